"""A meter that agrees to what does not work: it is done without, once found out, and not tried again."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.apdu.base import AttributeDescriptor, AttributeRequest
from dlmskit.apdu.codec import decode
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Tag, Value
from dlmskit.errors import OutcomeUnknown, ServiceRefused, TransportError
from dlmskit.session.events import Established, GetIndication
from dlmskit.session.services.advertised import STANDINGS, UNASKED, Extra, Outcome, Services, Standing
from dlmskit.session.services.exchanges import get_all, get_many, put
from dlmskit.session.services.steps import Service
from dlmskit.tolerances import Tolerances
from tests.support.session_pair import ENERGY, Pair, client_settings, served

VALUE, UNIT = AttributeDescriptor(3, ENERGY, 2), AttributeDescriptor(3, ENERGY, 3)
WHOLE = AttributeDescriptor(3, ENERGY, 0)
BOTH = [AttributeRequest(VALUE), AttributeRequest(UNIT)]
SEVEN = Value(Tag.UNSIGNED, 7)
WITH_LIST = bytes.fromhex("c003")
LONG = Value(Tag.OCTET_STRING, bytes(1000))


def broken(
    bits: Conformance, mechanism: int = 0, tolerances: Tolerances = Tolerances(), tried: Collection[Extra] = UNASKED
) -> tuple[Pair, list[str]]:
    """A meter that has agreed to what it then refuses, and what the client sends it."""
    asked: list[str] = []

    def wire(side: str, octets: bytes) -> bytes:
        if side == "C":
            asked.append(decode(octets[8:]).name)
        return octets

    settings = client_settings(mechanism, tolerances=tolerances, services=Services(tried))
    pair = Pair("wrapper", mechanism, settings=settings, offer=served(mechanism))
    assert pair.open().error is None
    (meter,) = [event.association for event in pair.server_events if isinstance(event, Established)]
    meter.context.conformance &= ~bits
    pair.model.values = {VALUE: SEVEN, UNIT: SEVEN}
    pair.wire = wire
    return pair, asked


def test_a_list_that_is_refused_is_read_one_by_one_from_then_on() -> None:
    pair, asked = broken(Conformance.MULTIPLE_REFERENCES)
    for _ in range(2):
        assert pair.do(lambda context: get_many(context, BOTH)) == [SEVEN, SEVEN]
    assert asked == ["get-request-with-list"] + ["get-request-normal"] * 4


def test_a_list_that_works_is_used_again() -> None:
    pair, asked = broken(Conformance(0))
    for _ in range(2):
        assert pair.do(lambda context: get_many(context, BOTH)) == [SEVEN, SEVEN]
    assert asked == ["get-request-with-list"] * 2


def test_attribute_0_that_is_refused_is_read_attribute_by_attribute_from_then_on() -> None:
    pair, asked = broken(Conformance.ATTRIBUTE0_GET, tried=Extra)
    for _ in range(2):
        assert pair.do(lambda context: get_all(context, WHOLE, BOTH)) == [SEVEN, SEVEN]
    assert asked == ["get-request-normal", "get-request-with-list", "get-request-with-list"]


@pytest.mark.parametrize("standing", [Standing.UNTRIED, Standing.WORKS])
def test_attribute_0_is_used_where_it_is_known_to_work_and_not_tried_unasked(standing: Standing) -> None:
    pair, asked = broken(Conformance(0))
    pair.model.values[WHOLE] = Value(Tag.STRUCTURE, (SEVEN, SEVEN))
    pair.meter.context.services.recall({Extra.ATTRIBUTE_0: standing})
    assert pair.do(lambda context: get_all(context, WHOLE, BOTH)) == [SEVEN, SEVEN]
    assert asked == ["get-request-normal" if standing is Standing.WORKS else "get-request-with-list"]


def test_a_list_that_is_not_answered_is_read_one_by_one_once_it_is_clear_that_the_line_is_not_at_fault() -> None:
    pair, asked = broken(Conformance(0))
    services, through = pair.meter.context.services, pair.wire
    pair.wire = lambda side, octets: b"" if through(side, octets)[8:10] == WITH_LIST else octets
    ticket = pair.submit(lambda context: get_many(context, BOTH))
    pair.tick(6)
    assert ticket.error is None and ticket.result == [SEVEN, SEVEN]
    assert services.known == {Extra.WITH_LIST: Standing.BROKEN}
    assert pair.do(lambda context: get_many(context, BOTH)) == [SEVEN, SEVEN]
    assert asked == ["get-request-with-list"] + ["get-request-normal"] * 4


def test_a_list_during_which_the_association_breaks_off_is_read_one_by_one_in_the_next() -> None:
    pair, _ = broken(Conformance(0))
    services = pair.meter.context.services
    ticket = pair.meter.submit(Service(lambda context: get_many(context, BOTH)), pair.now)
    pair.meter.abort(pair.now, TransportError("gone"))
    assert isinstance(ticket.error, TransportError) and services.known == {}
    again = Pair(settings=client_settings(0, services=services))
    again.model.values = pair.model.values
    assert again.open().error is None
    assert again.do(lambda context: get_many(context, BOTH)) == [SEVEN, SEVEN]
    assert len([event for event in again.server_events if isinstance(event, GetIndication)]) == 2
    assert services.known == {Extra.WITH_LIST: Standing.BROKEN}


def test_a_list_under_way_when_the_caller_leaves_says_nothing_of_lists() -> None:
    pair, _ = broken(Conformance(0))
    pair.meter.submit(Service(lambda context: get_many(context, BOTH)), pair.now)
    pair.meter.abort(pair.now)
    services = pair.meter.context.services
    services.note(Extra.WITH_LIST, Outcome.OTHERWISE)
    assert services.may(Extra.WITH_LIST) and not services.known


def test_octets_that_mean_nothing_in_answer_to_a_list_are_a_refusal() -> None:
    pair, asked = broken(Conformance(0))
    through = pair.wire
    pair.wire = lambda side, octets: (
        bytes.fromhex("000100010010 0002 c40f") if octets[8:10] == b"\xc4\x03" else through(side, octets)
    )
    for _ in range(2):
        assert pair.do(lambda context: get_many(context, BOTH)) == [SEVEN, SEVEN]
    assert asked == ["get-request-with-list"] + ["get-request-normal"] * 4


@pytest.mark.parametrize("mechanism", [0, 5])
def test_general_blocks_that_are_refused_give_way_to_those_of_the_service(mechanism: int) -> None:
    """A refusal in clear may be anyone's in a protected association: then the command is not sent again, the next one
    goes otherwise.
    """
    pair, asked = broken(Conformance.GENERAL_BLOCK_TRANSFER, mechanism, Tolerances(block_transfer="general"))
    first = pair.submit(lambda context: put(context, VALUE, LONG), command=True)
    if mechanism:
        assert isinstance(first.error, OutcomeUnknown) and VALUE in pair.model.values
        assert pair.model.values[VALUE] == SEVEN
        pair.do(lambda context: put(context, VALUE, LONG), command=True)
    else:
        assert first.is_done and first.error is None
    assert pair.model.values[VALUE] == LONG
    assert asked.count("general-block-transfer") == 1
    pair.do(lambda context: put(context, VALUE, LONG), command=True)
    assert asked.count("general-block-transfer") == 1


def test_general_blocks_without_any_other_way_are_refused() -> None:
    pair, asked = broken(Conformance.GENERAL_BLOCK_TRANSFER | Conformance.BLOCK_TRANSFER_SET)
    pair.meter.context.conformance &= ~Conformance.BLOCK_TRANSFER_SET
    with pytest.raises(ServiceRefused):
        pair.do(lambda context: put(context, VALUE, LONG), command=True)
    assert asked == ["general-block-transfer"]


def test_what_a_meter_refused_is_known_in_its_next_association() -> None:
    services = Services()
    services.note(Extra.WITH_LIST, Outcome.REFUSED)
    pair = Pair(settings=client_settings(0, services=services))
    pair.open()
    pair.model.values = {VALUE: SEVEN, UNIT: SEVEN}
    events = len(pair.server_events)
    assert pair.do(lambda context: get_many(context, BOTH)) == [SEVEN, SEVEN]
    assert len(pair.server_events) == events + 2
    assert pair.meter.context.services is services


@pytest.mark.parametrize("mechanism", [0, 5])
def test_general_blocks_that_are_not_answered_give_way_to_those_of_the_service(mechanism: int) -> None:
    pair, asked = broken(Conformance(0), mechanism, Tolerances(block_transfer="general"))
    through = pair.wire
    pair.wire = lambda side, octets: b"" if through(side, octets)[8:9] == b"\xe0" else octets
    first = pair.submit(lambda context: put(context, VALUE, LONG), command=True)
    for _ in range(10):
        pair.tick(6)
    assert isinstance(first.error, OutcomeUnknown) and pair.model.values[VALUE] == SEVEN
    pair.do(lambda context: put(context, VALUE, LONG), command=True)
    assert pair.model.values[VALUE] == LONG
    assert pair.meter.context.services.known == {Extra.GENERAL_BLOCKS: Standing.BROKEN}
    polled = asked.count("general-block-transfer")
    pair.do(lambda context: put(context, VALUE, LONG), command=True)
    assert asked.count("general-block-transfer") == polled


def test_general_blocks_over_which_the_association_breaks_off_are_done_without_in_the_next() -> None:
    pair, _ = broken(Conformance(0), tolerances=Tolerances(block_transfer="general"))
    pair.meter.submit(Service(lambda context: put(context, VALUE, LONG), command=True), pair.now)
    assert pair.meter.context.prefers_general_blocks
    pair.meter.abort(pair.now, TransportError("gone"))
    assert not pair.meter.context.prefers_general_blocks


@pytest.mark.parametrize("pair", list(product(Standing, Outcome)), ids=str)
def test_every_outcome_has_its_standing(pair: tuple[Standing, Outcome]) -> None:
    standing, outcome = pair
    after = STANDINGS[pair]
    assert (after is Standing.WORKS) == (
        standing is not Standing.BROKEN
        and (outcome is Outcome.WORKED or (standing is Standing.WORKS and outcome is Outcome.OTHERWISE))
    )
    if standing is Standing.BROKEN:
        assert after is Standing.BROKEN
    if outcome is Outcome.LOST:
        assert after is not Standing.BROKEN or standing is Standing.BROKEN  # a line proves nothing


@given(st.lists(st.sampled_from(Outcome), max_size=12))
def test_however_it_goes_an_extra_that_works_is_broken_by_two_failures_in_a_row_only(outcomes: list[Outcome]) -> None:
    services = Services(Extra)
    services.recall({Extra.WITH_LIST: Standing.WORKS})
    failures = 0
    for outcome in outcomes:
        if not services.may(Extra.WITH_LIST):
            outcome = Outcome.OTHERWISE
        services.note(Extra.WITH_LIST, outcome)
        if outcome is Outcome.WORKED:
            failures = 0
        elif outcome is not Outcome.OTHERWISE:
            failures += 1
        assert services.may(Extra.WITH_LIST) == (failures < 2)
