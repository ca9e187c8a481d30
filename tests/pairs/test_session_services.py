"""Client and server session in memory: every service, both framings, every authentication."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.apdu import set as s
from dlmskit.apdu.base import (
    ActionResult,
    AttributeDescriptor,
    AttributeRequest,
    DataAccessResult,
    DataBlock,
    MethodDescriptor,
    Selection,
)
from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.notify import DataNotification
from dlmskit.data import axdr
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import AuthenticationFailure, LocalProtocolError, ObjectUndefined, OutcomeUnknown, Timeout
from dlmskit.security.counters import CounterBlock
from dlmskit.session.calling import ClientLine
from dlmskit.session.context import CLIENT_CONFORMANCE, Context
from dlmskit.session.events import ActionIndication, Closed, Ended, Established, Event, Notified
from dlmskit.session.framing import FramingName
from dlmskit.session.services import exchanges as x
from dlmskit.session.services.steps import Ask, Exchange
from dlmskit.session.states import State
from dlmskit.trace import TraceEvent
from tests.support.session_pair import CELLS, ENERGY, PASSWORD, Pair, client_settings, served

VALUE, LONG = AttributeDescriptor(3, ENERGY, 2), AttributeDescriptor(1, ENERGY, 2)
SMALL = Value(Tag.DOUBLE_LONG_UNSIGNED, 1234)
BIG = Value(Tag.OCTET_STRING, bytes(range(256)) * 4)
METHOD = MethodDescriptor(3, ENERGY, 1)
cells = pytest.mark.parametrize(("framing", "mechanism"), CELLS)


def opened(framing: FramingName, mechanism: int) -> Pair:
    pair = Pair(framing, mechanism)
    ticket = pair.open()
    assert ticket.is_done and ticket.error is None and pair.meter.state is State.ASSOCIATED
    assert any(isinstance(event, Established) for event in pair.server_events)
    pair.model.values = {VALUE: SMALL, LONG: BIG}
    return pair


@cells
def test_get_short_and_in_blocks(framing: FramingName, mechanism: int) -> None:
    pair = opened(framing, mechanism)
    assert pair.do(lambda c: x.get(c, VALUE)) == SMALL
    assert pair.do(lambda c: x.get(c, LONG)) == BIG
    with pytest.raises(ObjectUndefined, match=r"1\.0\.1\.8\.0\.255/3"):
        pair.do(lambda c: x.get(c, AttributeDescriptor(3, ENERGY, 3)))


@cells
def test_get_with_list_short_in_blocks_and_partly_refused(framing: FramingName, mechanism: int) -> None:
    pair = opened(framing, mechanism)
    wanted = [AttributeRequest(VALUE), AttributeRequest(AttributeDescriptor(3, ENERGY, 3)), AttributeRequest(LONG)]
    assert pair.do(lambda c: x.get_many(c, wanted[:2])) == [SMALL, DataAccessResult(4)]
    assert pair.do(lambda c: x.get_many(c, wanted)) == [SMALL, DataAccessResult(4), BIG]


@cells
def test_a_long_list_is_split_to_the_pdu_size(framing: FramingName, mechanism: int) -> None:
    pair = opened(framing, mechanism)
    wanted = [AttributeRequest(VALUE)] * 100  # over 1000 octets of descriptors, the server takes 300
    assert pair.do(lambda c: x.get_many(c, wanted)) == [SMALL] * 100


def put_list(context: Context, requests: list[AttributeRequest], values: list[Value]) -> Exchange[tuple[int, ...]]:
    """SET with list, whole where it is short and else in blocks of 100 octets; the results."""
    invoke, listed = context.next_invoke(), tuple(requests)
    data = bytes((len(values),)) + b"".join(map(axdr.encode, values))
    if len(data) < 100:
        reply = yield Ask(s.SetRequestWithList(invoke, listed, tuple(values)), (s.SetResponseWithList,))
        return reply.results  # type: ignore[attr-defined, no-any-return]
    parts = [data[at : at + 100] for at in range(0, len(data), 100)]
    asked: Apdu = s.SetRequestWithListAndFirstDatablock(invoke, listed, DataBlock(False, 1, parts[0]))
    for number, part in enumerate(parts[1:], 2):
        reply = yield Ask(asked, (s.SetResponseDatablock,), is_whole=False)
        asked = s.SetRequestWithDatablock(invoke, DataBlock(number == len(parts), number, part))
    reply = yield Ask(asked, (s.SetResponseLastDatablockWithList,))
    return reply.results  # type: ignore[attr-defined, no-any-return]


@cells
def test_set_short_in_blocks_and_with_list(framing: FramingName, mechanism: int) -> None:
    pair = opened(framing, mechanism)
    pair.do(lambda c: x.put(c, VALUE, Value(Tag.UNSIGNED, 7)), command=True)
    assert pair.model.values[VALUE] == Value(Tag.UNSIGNED, 7)
    pair.do(lambda c: x.put(c, VALUE, BIG), command=True)
    assert pair.model.values[VALUE] == BIG
    requests = [AttributeRequest(VALUE), AttributeRequest(LONG)]
    for values in ([SMALL, SMALL], [BIG, SMALL]):
        assert pair.do(lambda c, values=values: put_list(c, requests, values), command=True) == (0, 0)
        assert [pair.model.values[VALUE], pair.model.values[LONG]] == values


@cells
def test_action_short_and_in_blocks_both_ways(framing: FramingName, mechanism: int) -> None:
    pair = opened(framing, mechanism)
    assert pair.do(lambda c: x.call(c, METHOD, SMALL), command=True) == SMALL
    assert pair.do(lambda c: x.call(c, METHOD), command=True) == NULL
    assert pair.do(lambda c: x.call(c, METHOD, BIG), command=True) == BIG
    assert len(pair.model.calls) == 3


@cells
def test_unconfirmed_services_are_carried_out_and_leave_the_line_usable(framing: FramingName, mechanism: int) -> None:
    pair = opened(framing, mechanism)
    pair.do(lambda c: x.put_unconfirmed(c, VALUE, Value(Tag.UNSIGNED, 9)))
    assert pair.do(lambda c: x.get(c, VALUE)) == Value(Tag.UNSIGNED, 9)
    pair.do(lambda c: x.call_unconfirmed(c, METHOD, SMALL))
    assert pair.do(lambda c: x.get(c, VALUE)) == Value(Tag.UNSIGNED, 9)
    assert len(pair.model.calls) == 1


@cells
def test_notifications_come_between_answers(framing: FramingName, mechanism: int) -> None:
    pair = opened(framing, mechanism)
    theirs = next(event.association for event in pair.server_events if isinstance(event, Established))
    push = DataNotification(1, b"", SMALL)
    pair.answers = False
    ticket = pair.submit(lambda c: x.get(c, VALUE))
    theirs.notify(push, pair.now)  # type: ignore[attr-defined]
    (asked,) = [event for event in pair.server_events if hasattr(event, "attribute")]
    pair.model.answer(asked, pair.now)
    pair.pump()
    pair.tick(0.3)  # on an M-Bus a meter that has nothing to say yet is asked again after a pause
    assert ticket.result == SMALL
    (notified,) = [event for event in pair.client_events if isinstance(event, Notified)]
    assert notified.apdu == push and (notified.shield is not None) == (mechanism == 5)


@cells
def test_release_ends_both_sides(framing: FramingName, mechanism: int) -> None:
    pair = opened(framing, mechanism)
    pair.meter.release(pair.now)
    pair.pump()
    assert pair.meter.state is State.IDLE
    assert [event.error for event in pair.client_events if isinstance(event, Ended | Closed)] == [None, None]
    assert [event.error for event in pair.server_events if isinstance(event, Ended)] == [None]
    pair.renew()
    again = pair.open()
    assert again.error is None and pair.meter.is_associated


@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
def test_a_wrong_password_is_refused_with_its_diagnostic(framing: FramingName) -> None:
    pair = Pair(framing, 1, settings=client_settings(1, password=b"wrong"))
    assert isinstance(pair.open().error, AuthenticationFailure)
    assert not pair.meter.is_associated and any(isinstance(event, Closed) for event in pair.client_events)


@given(st.data())
def test_any_chunking_of_the_octets_gives_the_same(data: st.DataObject) -> None:
    framing, mechanism = data.draw(st.sampled_from(CELLS))
    pair = Pair(framing, mechanism)
    receive = {"C": pair.server.receive, "S": pair.client.receive}

    def in_pieces(side: str, octets: bytes) -> bytes:
        cuts = sorted(data.draw(st.lists(st.integers(0, len(octets)), max_size=4)))
        for start, end in zip([0, *cuts], cuts, strict=False):
            receive[side](octets[start:end], pair.now)
        return octets[cuts[-1] if cuts else 0 :]

    pair.wire = in_pieces
    pair.model.values = {VALUE: SMALL, LONG: BIG}
    assert pair.open().error is None
    assert pair.do(lambda c: x.get(c, LONG)) == BIG
    assert pair.do(lambda c: x.get_many(c, [AttributeRequest(VALUE), AttributeRequest(LONG)])) == [SMALL, BIG]


@given(st.sampled_from(CELLS), st.booleans(), st.binary(max_size=200))
def test_any_octets_leave_a_line_standing_or_lost_with_our_error(
    cell: tuple[FramingName, int], is_associated: bool, octets: bytes
) -> None:
    pair = Pair(*cell)
    if is_associated:
        pair.open()
    pair.server.receive(octets, pair.now)
    pair.client.receive(octets, pair.now)
    pair.pump()
    pair.tick(60)


@given(st.sampled_from([(0, False), (1, False), (5, False), (5, True)]), st.binary(min_size=1, max_size=60))
def test_any_apdu_in_any_association_gives_an_answer_or_an_end(cell: tuple[int, bool], octets: bytes) -> None:
    mechanism, _ = cell
    pair = Pair("wrapper", mechanism)
    pair.open()
    pair.model.values = {VALUE: SMALL}
    theirs = next(event.association for event in pair.server_events if isinstance(event, Established))
    theirs.receive(octets, pair.now)
    pair.meter.receive(octets, pair.now)
    pair.pump()


@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
def test_a_command_whose_answer_is_lost_has_an_unknown_outcome(framing: FramingName) -> None:
    pair = opened(framing, 0)
    pair.answers = False
    ticket = pair.submit(lambda c: x.put(c, VALUE, SMALL), command=True)
    pair.client.receive_eof(pair.now)
    assert isinstance(ticket.error, OutcomeUnknown)


def test_a_read_whose_answer_is_lost_is_a_time_out_and_the_next_one_works() -> None:
    pair = opened("wrapper", 0)
    pair.answers = False
    ticket = pair.submit(lambda c: x.get(c, VALUE))
    pair.tick(6)
    assert isinstance(ticket.error, Timeout)
    late = pair.server_events[-1]
    pair.answers = True
    pair.model.answer(late, pair.now)  # the late answer carries the old invoke-id
    pair.pump()
    assert pair.do(lambda c: x.get(c, LONG)) == BIG


def test_what_was_not_negotiated_is_not_used() -> None:
    blocks = Conformance.BLOCK_TRANSFER_SET | Conformance.GENERAL_BLOCK_TRANSFER
    reduced = CLIENT_CONFORMANCE & ~blocks & ~Conformance.MULTIPLE_REFERENCES
    pair = Pair(offer=served(0, conformance=reduced))
    pair.open()
    pair.model.values = {VALUE: SMALL, LONG: SMALL}
    assert pair.do(lambda c: x.get_many(c, [AttributeRequest(VALUE), AttributeRequest(LONG)])) == [SMALL, SMALL]
    with pytest.raises(LocalProtocolError, match="did not agree"):
        pair.do(lambda c: x.put(c, VALUE, BIG), command=True)


@pytest.mark.parametrize("without_blocks", [False, True])
def test_a_server_answers_in_blocks_of_its_own_size_where_it_can(without_blocks: bool) -> None:
    sizes: list[int] = []

    def wire(side: str, octets: bytes) -> bytes:
        if side == "S":
            sizes.append(len(octets) - 8)
        return octets

    blocks = Conformance.BLOCK_TRANSFER_GET | Conformance.BLOCK_TRANSFER_ACTION | Conformance.GENERAL_BLOCK_TRANSFER
    conformance = CLIENT_CONFORMANCE & ~blocks if without_blocks else CLIENT_CONFORMANCE
    pair = Pair(settings=client_settings(0, max_pdu=0xFFFF), offer=served(0, conformance=conformance), wire=wire)
    pair.open()
    pair.model.values = {LONG: BIG}
    assert pair.do(lambda c: x.get(c, LONG)) == BIG
    assert (max(sizes) > 300) == without_blocks
    pair.model.answer = answer_long  # type: ignore[method-assign]
    assert pair.do(lambda c: x.call(c, METHOD), command=True) == BIG
    assert (max(sizes) > 300) == without_blocks


def answer_long(event: Event, now: float) -> None:
    if isinstance(event, ActionIndication):
        event.association.respond(event.id, ActionResult(0, BIG), now)  # type: ignore[attr-defined]


def test_selective_access_reaches_the_server() -> None:
    pair = opened("wrapper", 0)
    selection = Selection(2, Value(Tag.STRUCTURE, (SMALL, SMALL)))
    pair.do(lambda c: x.get(c, VALUE, selection))
    assert pair.server_events[-1].selection == selection  # type: ignore[union-attr]


@cells
def test_trace_events_carry_the_time_of_what_caused_them_and_no_secret(framing: FramingName, mechanism: int) -> None:
    told: list[TraceEvent] = []
    line = ClientLine(framing, tracer=told.append)
    meter = line.associate(client_settings(mechanism), client=16, server=1)
    if meter.protection is not None:
        meter.supply_counters(CounterBlock(1, 100), 7.0)
    meter.open(7.5)
    octets = line.to_send()
    assert octets
    assert {event.time for event in told} == {7.5}
    meter.abort(9.0)
    line.to_send()
    assert told[-1].time == 9.0
    assert all(PASSWORD not in (event.data or b"") for event in told)
