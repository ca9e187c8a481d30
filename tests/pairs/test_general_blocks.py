"""General block transfer between client and server: any service, both ways, over both links, with blocks lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from random import Random
from typing import Any

import pytest

from dlmskit.apdu.access import AccessKind, AccessSpecification
from dlmskit.apdu.base import AttributeDescriptor, AttributeRequest, MethodDescriptor
from dlmskit.apdu.codec import decode
from dlmskit.apdu.notify import DataNotification
from dlmskit.apdu.transfer import GeneralBlockTransfer, block
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import LocalProtocolError, Timeout
from dlmskit.session.context import CLIENT_CONFORMANCE
from dlmskit.session.events import Notified
from dlmskit.session.framing import FramingName
from dlmskit.session.port import Way
from dlmskit.session.services.accessing import Item, access
from dlmskit.session.services.exchanges import call, get, get_many, put, put_unconfirmed
from dlmskit.tolerances import Tolerances
from tests.support.session_pair import CELLS, Pair, client_settings, served

LONG = Value(Tag.OCTET_STRING, bytes(n * 7 & 0xFF for n in range(2000)))
NAME = AttributeDescriptor(1, bytes((0, 0, 96, 1, 0, 255)), 2)
METHOD = MethodDescriptor(9, bytes((0, 0, 10, 0, 0, 255)), 1)
GENERAL = Tolerances(block_transfer="general", general_window=5)
OWN_BLOCKS = Conformance.BLOCK_TRANSFER_GET | Conformance.BLOCK_TRANSFER_SET | Conformance.BLOCK_TRANSFER_ACTION


def pair(framing: FramingName, mechanism: int, tolerances: Tolerances = GENERAL, **wire: Any) -> Pair:
    both = Pair(
        framing,
        mechanism,
        settings=client_settings(mechanism, tolerances=tolerances),
        offer=served(mechanism, tolerances=tolerances),
        **wire,
    )
    both.model.values[NAME] = LONG
    assert both.open().error is None
    return both


def messages(octets: bytes) -> Iterator[bytes]:
    """What goes over a wrapper, message by message."""
    while octets:
        end = 8 + int.from_bytes(octets[6:8], "big")
        yield octets[:end]
        octets = octets[end:]


def watch(both: Pair) -> list[GeneralBlockTransfer]:
    """The general blocks that go over a wrapper from now on, as they go."""
    seen: list[GeneralBlockTransfer] = []

    def wire(_: str, octets: bytes) -> bytes:
        apdus = [decode(message[8:]) for message in messages(octets)]
        seen.extend(apdu for apdu in apdus if isinstance(apdu, GeneralBlockTransfer))
        return octets

    both.wire = wire
    return seen


@pytest.mark.parametrize(("framing", "mechanism"), CELLS, ids=str)
def test_any_service_goes_in_general_blocks_both_ways(framing: FramingName, mechanism: int) -> None:
    both = pair(framing, mechanism)
    assert both.do(lambda context: get(context, NAME)) == LONG
    other = Value(Tag.OCTET_STRING, bytes(1500))
    both.do(lambda context: put(context, NAME, other))
    assert both.model.values[NAME] == other
    assert both.do(lambda context: call(context, METHOD, LONG)) == LONG
    many = [AttributeRequest(NAME, None)] * 3
    assert both.do(lambda context: get_many(context, many)) == [other] * 3
    items = [Item(AccessSpecification(AccessKind.GET, NAME)), Item(AccessSpecification(AccessKind.SET, NAME), LONG)]
    assert [outcome.code for outcome in both.do(lambda context: access(context, items))] == [0, 0]
    assert both.do(lambda context: get(context, NAME)) == LONG


@pytest.mark.parametrize(("framing", "mechanism"), CELLS, ids=str)
def test_a_service_without_blocks_of_its_own_goes_in_general_ones(framing: FramingName, mechanism: int) -> None:
    both = pair(framing, mechanism, Tolerances())
    items = [Item(AccessSpecification(AccessKind.GET, NAME)), Item(AccessSpecification(AccessKind.SET, NAME), LONG)]
    first, second = both.do(lambda context: access(context, items))
    assert (first.code, first.data, second.code) == (0, LONG, 0)


def test_what_has_blocks_of_its_own_goes_in_those_where_nothing_is_said() -> None:
    both = pair("wrapper", 0, Tolerances())
    seen = watch(both)
    assert both.do(lambda context: get(context, NAME)) == LONG
    both.do(lambda context: put(context, NAME, LONG))
    assert not seen


def test_general_blocks_stand_in_for_the_blocks_that_were_not_agreed_on() -> None:
    offer = served(0, conformance=CLIENT_CONFORMANCE & ~OWN_BLOCKS)
    both = Pair(offer=offer)
    both.model.values[NAME] = LONG
    both.open()
    seen = watch(both)
    assert both.do(lambda context: get(context, NAME)) == LONG
    both.do(lambda context: put(context, NAME, LONG))
    assert both.do(lambda context: call(context, METHOD, LONG)) == LONG
    assert len(seen) > 20


def test_nothing_goes_in_general_blocks_where_they_were_not_agreed_on() -> None:
    offer = served(0, conformance=CLIENT_CONFORMANCE & ~OWN_BLOCKS & ~Conformance.GENERAL_BLOCK_TRANSFER)
    both = Pair(offer=offer)
    both.open()
    with pytest.raises(LocalProtocolError, match="need blocks"):
        both.do(lambda context: put(context, NAME, LONG))


def test_the_window_of_the_other_side_is_filled_and_no_more() -> None:
    both = pair("wrapper", 0)
    seen = watch(both)
    both.do(lambda context: get(context, NAME))
    data = [one for one in seen if one.block_data]
    words = [one for one in seen if not one.block_data]
    assert [one.block_number for one in data] == list(range(1, len(data) + 1))
    assert [one.block_number_ack for one in words] == [1, 6]
    assert all(one.is_last and one.window == 5 for one in words)
    assert [one.block_number_ack for one in data if one.block_number > 1][::5] == [1, 2], "words are acknowledged, too"


def lossy(lose: Callable[[int], bool]) -> Callable[[str, bytes], bytes]:
    """A wire that loses the wrapper messages whose ordinal `lose` names."""
    ordinal = count(1)

    def wire(_: str, octets: bytes) -> bytes:
        return b"".join(message for message in messages(octets) if not lose(next(ordinal)))

    return wire


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mechanism", [0, 5])
def test_lost_blocks_are_asked_for_again(mechanism: int, seed: int) -> None:
    both, draw = pair("wrapper", mechanism), Random(seed)
    both.wire = lossy(lambda n: n > 2 and draw.random() < 0.25)
    ticket = both.submit(lambda context: call(context, METHOD, LONG), command=True)
    for _ in range(200):
        if ticket.is_done:
            break
        both.tick(5.0)
    assert ticket.error is None and ticket.result == LONG
    assert len(both.model.calls) == 1, "carried out once, whatever was sent again"


def test_a_meter_that_falls_silent_in_mid_transfer_is_a_timeout() -> None:
    both = pair("wrapper", 0)
    both.wire = lossy(lambda n: n > 4)
    ticket = both.submit(lambda context: get(context, NAME))
    for asked in range(4):
        assert not ticket.is_done, asked
        both.tick(5.0)
    assert isinstance(ticket.error, Timeout)


@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
@pytest.mark.parametrize("mechanism", [0, 5])
def test_a_long_push_goes_in_blocks_that_nobody_acknowledges(framing: FramingName, mechanism: int) -> None:
    both = pair(framing, mechanism)
    push = DataNotification(1, b"", LONG)
    both.server.push(1, 16, push, both.now)
    both.pump()
    both.client.poll(both.meter, both.now)
    both.pump()
    (told,) = [event for event in both.client_events if isinstance(event, Notified)]
    assert told.apdu == push and (told.shield is not None) == (mechanism == 5)


@pytest.mark.parametrize(("framing", "mechanism"), CELLS, ids=str)
def test_a_push_waits_for_the_answer_whose_blocks_are_going(framing: FramingName, mechanism: int) -> None:
    both, pushes = pair(framing, mechanism), [DataNotification(number) for number in (1, 2)]
    carried = count()

    def wire(direction: str, octets: bytes) -> bytes:
        if direction == "S" and next(carried) in (1, 2):
            both.server.push(1, 16, pushes.pop(0), both.now)
        return octets

    both.wire = wire
    assert both.do(lambda context: get(context, NAME)) == LONG
    both.client.poll(both.meter, both.now)
    both.pump()
    told = [event.apdu for event in both.client_events if isinstance(event, Notified)]
    assert told == [DataNotification(1), DataNotification(2)]
    assert both.do(lambda context: get(context, NAME)) == LONG


def test_a_push_overtakes_no_segment_of_a_ciphered_answer() -> None:
    both = pair("hdlc", 5, Tolerances())
    carried = count()

    def wire(direction: str, octets: bytes) -> bytes:
        if direction == "S" and next(carried) == 1:
            both.server.push(1, 16, DataNotification(1), both.now)
        return octets

    both.wire = wire
    assert both.do(lambda context: get(context, NAME)) == LONG
    both.client.poll(both.meter, both.now)
    both.pump()
    assert [event.apdu for event in both.client_events if isinstance(event, Notified)] == [DataNotification(1)]


def test_a_push_that_lost_its_beginning_touches_no_request() -> None:
    both = pair("wrapper", 0)
    both.answers = False
    ticket = both.submit(lambda context: get(context, NAME))
    for stray in (block(2, b"late", streaming=True), block(3, b"", streaming=True)):
        both.meter.receive(stray.to_bytes(), both.now)
    assert not ticket.is_done
    both.answers = True
    both.model.answer(both.server_events[-1], both.now)
    both.pump()
    assert ticket.result == LONG


@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
def test_a_long_request_without_an_answer_goes_in_blocks_that_nobody_acknowledges(framing: FramingName) -> None:
    both = pair(framing, 0)
    both.model.values[NAME] = NULL
    both.do(lambda context: put_unconfirmed(context, NAME, LONG))
    both.pump()
    assert both.model.values[NAME] == LONG


def test_an_answer_follows_a_request_in_general_blocks_however_short() -> None:
    both = pair("wrapper", 0)
    seen = watch(both)
    both.do(lambda context: put(context, NAME, LONG))
    answer = seen[-1]
    assert answer.is_last and decode(answer.block_data).name == "set-response-normal"


def test_a_meter_that_did_not_agree_to_general_blocks_refuses_them() -> None:
    offer = served(0, conformance=CLIENT_CONFORMANCE & ~Conformance.GENERAL_BLOCK_TRANSFER)
    both = Pair(offer=offer)
    both.open()
    seen: list[bytes] = []

    def wire(direction: str, octets: bytes) -> bytes:
        seen.append(octets)
        return octets

    both.wire = wire
    both.meter._port.send(block(1, b"\xc0", window=1).to_bytes(), 0.0, Way.ASK)
    both.pump()
    assert decode(seen[-1][8:]).name == "exception-response"
