"""A meter that agrees to what does not work: it is done without, once found out, and not tried again."""

from __future__ import annotations

from itertools import product

import pytest

from dlmskit.apdu.base import AttributeDescriptor, AttributeRequest
from dlmskit.apdu.codec import decode
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Tag, Value
from dlmskit.errors import OutcomeUnknown, ServiceRefused
from dlmskit.session.events import Established
from dlmskit.session.services.advertised import STANDINGS, Extra, Services, Standing
from dlmskit.session.services.exchanges import get_all, get_many, put
from dlmskit.tolerances import Tolerances
from tests.support.session_pair import ENERGY, Pair, client_settings, served

VALUE, UNIT = AttributeDescriptor(3, ENERGY, 2), AttributeDescriptor(3, ENERGY, 3)
BOTH = [AttributeRequest(VALUE), AttributeRequest(UNIT)]
SEVEN = Value(Tag.UNSIGNED, 7)
LONG = Value(Tag.OCTET_STRING, bytes(1000))


def broken(bits: Conformance, mechanism: int = 0, tolerances: Tolerances = Tolerances()) -> tuple[Pair, list[str]]:
    """A meter that has agreed to what it then refuses, and what the client sends it."""
    asked: list[str] = []

    def wire(side: str, octets: bytes) -> bytes:
        if side == "C":
            asked.append(decode(octets[8:]).name)
        return octets

    pair = Pair(
        "wrapper", mechanism, settings=client_settings(mechanism, tolerances=tolerances), offer=served(mechanism)
    )
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
    pair, asked = broken(Conformance.ATTRIBUTE0_GET)
    whole = AttributeDescriptor(3, ENERGY, 0)
    for _ in range(2):
        assert pair.do(lambda context: get_all(context, whole, BOTH)) == [SEVEN, SEVEN]
    assert asked == ["get-request-normal", "get-request-with-list", "get-request-with-list"]


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
    services.note(Extra.WITH_LIST, worked=False)
    pair = Pair(settings=client_settings(0, services=services))
    pair.open()
    pair.model.values = {VALUE: SEVEN, UNIT: SEVEN}
    events = len(pair.server_events)
    assert pair.do(lambda context: get_many(context, BOTH)) == [SEVEN, SEVEN]
    assert len(pair.server_events) == events + 2
    assert pair.meter.context.services is services


@pytest.mark.parametrize(("standing", "worked"), list(product(Standing, (True, False))), ids=str)
def test_one_refusal_is_enough_unless_it_worked_before(standing: Standing, worked: bool) -> None:
    after = STANDINGS[standing, worked]
    assert (after is Standing.BROKEN) == (standing is Standing.BROKEN or (standing is Standing.UNTRIED and not worked))
    assert (after is Standing.WORKS) == (worked and standing is not Standing.BROKEN)
