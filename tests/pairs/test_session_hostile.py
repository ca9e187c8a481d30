"""What a hostile or broken peer sends in a state that has no place for it: nothing stops, leaks or hangs."""

from __future__ import annotations

import pytest

from dlmskit.apdu.acse import Aare
from dlmskit.apdu.base import AttributeDescriptor, DataAccessResult, DataBlock
from dlmskit.apdu.codec import Apdu, decode
from dlmskit.apdu.get import GetRequestNext, GetRequestNormal, GetResponseNormal, GetResponseWithDatablock
from dlmskit.apdu.notify import DataNotification, DataNotificationConfirm
from dlmskit.apdu.set import SetRequestWithDatablock, SetRequestWithFirstDatablock, SetResponseLastDatablock
from dlmskit.client.security import Security
from dlmskit.data.value import Tag, Value
from dlmskit.errors import LocalProtocolError, NoLongGetInProgress, Timeout, TransportError
from dlmskit.link.hdlc import control
from dlmskit.link.hdlc.address import client_address, server_address
from dlmskit.link.hdlc.frames import Frame, encode
from dlmskit.link.hdlc.parameters import HdlcSettings
from dlmskit.security.counters import CounterBlock
from dlmskit.session.called import ServerLine
from dlmskit.session.calling import ClientLine
from dlmskit.session.events import GetIndication, Notified
from dlmskit.session.framing import FramingName
from dlmskit.session.port import Way
from dlmskit.session.protection.protection import Shield
from dlmskit.session.responder import MAX_STARVED
from dlmskit.session.services import exchanges as x
from dlmskit.session.services.steps import Service
from dlmskit.session.states import State
from dlmskit.trace import TraceEvent
from tests.support.device import small_device
from tests.support.served_line import CTOS, ServedLine
from tests.support.session_pair import (
    AK,
    CLIENT_TITLE,
    EK,
    ENERGY,
    PASSWORD,
    SERVER_TITLE,
    STOC,
    Pair,
    client_settings,
    served,
)

VALUE = AttributeDescriptor(3, ENERGY, 2)
GET = GetRequestNormal(0xC1, VALUE, None).to_bytes()


def aarq() -> bytes:
    """An AARQ without authentication."""
    pair = Pair()
    pair.meter.open(0.0)
    return pair.client.to_send()[8:]


def send_plain(pair: Pair, apdu: Apdu) -> Apdu:
    """What the served side answers to an APDU that somebody slips in unprotected."""
    octets = apdu.to_bytes()
    pair.server.receive(b"\x00\x01\x00\x10\x00\x01" + len(octets).to_bytes(2) + octets, pair.now)
    for event in pair.server.events():
        pair.model.answer(event, pair.now)
    return decode(pair.server.to_send()[8:])


@pytest.mark.parametrize("apdu", [GET, aarq(), b"\xff"])
def test_an_apdu_in_a_ui_frame_without_a_link_is_dropped_and_the_server_lives_on(apdu: bytes) -> None:
    pair = Pair("hdlc")
    frame = Frame(
        server_address(1).to_bytes(), client_address(16).to_bytes(), control.UI | 0x10, b"\xe6\xe6\x00" + apdu
    )
    pair.server.receive(encode(frame), 0.0)
    assert pair.server.to_send() == b""
    assert pair.open().error is None


def test_whoever_was_dropped_for_silence_on_the_wrapper_may_associate_again() -> None:
    pair = Pair(offer=served(0, inactivity_s=5.0))
    assert pair.open().error is None
    pair.server.handle_timer(5.0)
    pair.server.events()
    line = pair.server
    line.receive(b"\x00\x01\x00\x10\x00\x01" + len(aarq()).to_bytes(2) + aarq(), 6.0)
    assert line.to_send()[8] == 0x61


def test_the_rest_of_a_protected_answer_is_not_given_in_clear() -> None:
    pair = Pair(offer=served(5, required=0), mechanism=5)
    pair.model.values[VALUE] = Value(Tag.OCTET_STRING, bytes(1000))
    assert pair.open().error is None
    ticket = pair.meter.submit(Service(lambda context: x.get(context, VALUE)), 0.0)
    pair.server.receive(pair.client.to_send(), 0.0)
    for event in pair.server.events():
        pair.model.answer(event, 0.0)
    first = pair.server.to_send()
    answer = send_plain(pair, GetRequestNext(0xC0 | pair.meter.context.invoke_id, 1))
    assert isinstance(answer, GetResponseWithDatablock)
    assert answer.result == DataAccessResult(15)
    pair.client.receive(first, 0.0)
    pair.pump()
    assert isinstance(ticket.error, NoLongGetInProgress)
    assert pair.do(lambda context: x.get(context, VALUE)) == pair.model.values[VALUE]


def test_blocks_slipped_in_unprotected_do_not_join_a_protected_set() -> None:
    pair = Pair(offer=served(5, required=0), mechanism=5)
    assert pair.open().error is None
    association = pair.server_events[-1].association
    first = SetRequestWithFirstDatablock(0xC1, VALUE, None, DataBlock(False, 1, b"\x09\x04ab"))
    association.requests.receive(first, Shield(0x30, "glo"), 0.0)  # type: ignore[attr-defined]
    pair.server.to_send()
    answer = send_plain(pair, SetRequestWithDatablock(0xC1, DataBlock(True, 2, b"cd")))
    assert answer == SetResponseLastDatablock(0xC1, 17, 2)
    assert VALUE not in pair.model.values


def test_an_answer_that_comes_during_the_release_does_not_stop_its_timer() -> None:
    pair = Pair()
    assert pair.open().error is None
    pair.answers = False
    ticket = pair.submit(lambda context: x.get(context, VALUE))
    pair.meter.release(0.0)
    pair.client.to_send()  # the RLRQ is lost
    answer = GetResponseNormal(0xC0 | pair.meter.context.invoke_id, Value(Tag.UNSIGNED, 7)).to_bytes()
    pair.client.receive(b"\x00\x01\x00\x01\x00\x10" + len(answer).to_bytes(2) + answer, 0.0)
    assert pair.meter.next_deadline() is not None
    pair.client.handle_timer(pair.meter.next_deadline() or 0.0)
    assert pair.meter.state is State.IDLE
    assert isinstance(ticket.error, TransportError)


@pytest.mark.parametrize("is_protected", [False, True])
def test_an_unprotected_push_is_dropped_and_leaves_the_request_under_way_alone(*, is_protected: bool) -> None:
    pair = Pair(mechanism=5)
    assert pair.open().error is None
    pair.answers = False
    ticket = pair.submit(lambda context: x.get(context, VALUE))
    push = DataNotification(1, b"", Value(Tag.UNSIGNED, 7))
    if is_protected:
        pair.server_events[-1].association.notify(push, 0.0)  # type: ignore[attr-defined]
        pair.pump()
    else:
        octets = push.to_bytes()
        pair.client.receive(b"\x00\x01\x00\x01\x00\x10" + len(octets).to_bytes(2) + octets, 0.0)
        pair.client_events += pair.client.events()
    assert any(isinstance(event, Notified) for event in pair.client_events) is is_protected
    assert not ticket.is_done


@pytest.mark.parametrize(("title", "result"), [(CLIENT_TITLE, 0), (SERVER_TITLE, 1)])
def test_A46_a_client_under_the_servers_own_title_is_refused(title: bytes, result: int) -> None:
    line = ServedLine(small_device(), client=1, title=title)
    aare = line.one(line.aarq(mechanism=5, value=CTOS))
    assert isinstance(aare, Aare)
    assert (aare.result, aare.diagnostic) == (result, 3 if result else 14)


def test_A51_a_dedicated_key_never_leaves_in_clear() -> None:
    for dedicated, initiate in ((False, 0x10), (True, 0x30)):
        security = Security("authenticated", ek=EK, ak=AK, system_title=CLIENT_TITLE, dedicated=dedicated)
        ciphering = security.ciphering("glo", lambda count: bytes(range(count)))
        assert ciphering is not None
        assert (ciphering.control, ciphering.initiate) == (0x10, initiate)


@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
def test_an_association_under_way_is_not_replaced_by_one_between_the_same_addresses(framing: FramingName) -> None:
    pair = Pair(framing)
    assert pair.open().error is None
    with pytest.raises(LocalProtocolError, match="under way"):
        pair.client.associate(client_settings(0), client=16, server=1)
    pair.model.values[VALUE] = Value(Tag.UNSIGNED, 7)
    assert pair.do(lambda context: x.get(context, VALUE)) == Value(Tag.UNSIGNED, 7)
    pair.meter.release(0.0)
    pair.pump()
    pair.meter = pair.client.associate(client_settings(0), client=16, server=1)
    assert pair.open().error is None


def test_a_confirmed_push_gives_the_turn_back() -> None:
    pair = Pair("hdlc")
    assert pair.open().error is None
    confirm = DataNotificationConfirm(1, b"").to_bytes()
    pair.meter._port.send(confirm, 0.0, Way.TELL)
    pair.server.receive(pair.client.to_send(), 0.0)
    assert pair.server.to_send(), "the client would wait for its time-out"


def test_an_opening_asks_for_the_counters_of_all_its_passes() -> None:
    pair = Pair(mechanism=5)
    pair.meter.open(0.0)
    pair.server.receive(pair.client.to_send(), 0.0)
    association = pair.server.events()[0].association
    association.supply_random(STOC, 0.0)  # type: ignore[attr-defined]
    association.supply_counters(CounterBlock(1, 2), 0.0)
    assert not pair.server.to_send()
    association.supply_counters(CounterBlock(2, 66), 0.0)
    pair.pump()
    assert pair.meter.is_associated


@pytest.mark.parametrize("size", range(16, 60))
def test_A76_a_password_cut_in_two_by_hdlc_segments_is_in_no_trace(size: int) -> None:
    told: list[TraceEvent] = []
    settings = HdlcSettings(max_info_tx=size, max_info_rx=size)
    server = ServerLine("hdlc", {1: {16: served(1)}}, hdlc=settings, tracer=told.append)
    client = ClientLine("hdlc", hdlc=settings, tracer=told.append)
    opening = client.associate(client_settings(1), client=16, server=1).open(0.0)
    while not opening.is_done:
        server.receive(client.to_send(), 0.0)
        client.receive(server.to_send(), 0.0)
        server.events()
    assert opening.error is None
    pieces = [PASSWORD[at : at + 3] for at in range(len(PASSWORD) - 2)]
    assert not [event for event in told for piece in pieces if event.data and piece in event.data]


def test_A76_a_repeated_segment_that_is_dropped_shows_no_part_of_the_password() -> None:
    told: list[TraceEvent] = []
    server = ServerLine("hdlc", {1: {16: served(1)}}, tracer=told.append)
    own, peer = server_address(1).to_bytes(), client_address(16).to_bytes()
    server.receive(encode(Frame(own, peer, control.SNRM | 0x10, b"")), 0.0)
    segment = Frame(own, peer, 0x10, b"\xe6\xe6\x00" + PASSWORD[:5], True)
    damaged = bytearray(encode(segment))
    damaged[-2] ^= 1
    server.receive(encode(segment) * 2 + damaged + b"\x7e", 0.0)
    assert {event.name for event in told} >= {"frame", "dropped"}
    assert not [event for event in told if event.data and PASSWORD[:3] in event.data]


@pytest.mark.parametrize("mechanism", [0, 5])
def test_A51_a_challenge_is_not_used_for_a_second_opening(mechanism: int) -> None:
    pair = Pair(mechanism=mechanism)
    assert pair.open().error is None
    pair.meter.release(0.0)
    pair.pump()
    if mechanism == 0:
        assert pair.open().error is None
    else:
        with pytest.raises(LocalProtocolError, match="new association"):
            pair.meter.open(0.0)


def test_answers_that_wait_for_counters_are_bounded_and_go_out_later() -> None:
    pair = Pair(mechanism=5)
    assert pair.open().error is None
    association = pair.server_events[-1].association
    protection = pair.meter.protection
    assert protection is not None
    protection.pool.add(CounterBlock(100, 1100))
    asked = 0
    for _ in range(400):
        octets = protection.wrap(GET, protection.services)
        pair.server.receive(b"\x00\x01\x00\x10\x00\x01" + len(octets).to_bytes(2) + octets, 0.0)
        for event in pair.server.events():
            asked += isinstance(event, GetIndication)
            pair.model.answer(event, 0.0)
    assert len(association._starved) <= MAX_STARVED
    assert asked < 200
    pair.server.to_send()
    association.supply_counters(CounterBlock(5000, 5100), 0.0)
    assert pair.server.to_send()
    assert not association._starved


def test_a_command_that_could_not_be_sent_has_a_known_outcome() -> None:
    pair = Pair()
    assert pair.open().error is None
    link = next(iter(pair.client._links.values()))
    link.connection._up = False  # type: ignore[union-attr]
    ticket = pair.submit(lambda context: x.put(context, VALUE, Value(Tag.UNSIGNED, 7)), command=True)
    assert type(ticket.error) is LocalProtocolError


def test_a_late_answer_over_hdlc_does_not_end_the_polling_for_the_next_one() -> None:
    pair = Pair("hdlc", settings=client_settings(0, timeout_s=60.0))
    assert pair.open().error is None
    pair.answers = False
    first = pair.meter.submit(Service(lambda context: x.get(context, VALUE)), 0.0, timeout_s=1.0)
    pair.server.receive(pair.client.to_send(), 0.0)
    (asked,) = (event for event in pair.server.events() if isinstance(event, GetIndication))
    pair.client.handle_timer(1.0)
    assert isinstance(first.error, Timeout)
    second = pair.meter.submit(Service(lambda context: x.get(context, VALUE)), 1.0)
    asked.association.respond(asked.id, Value(Tag.UNSIGNED, 1), 1.0)  # type: ignore[attr-defined]
    pair.now = 1.0
    pair.pump()
    pair.tick(10.0)  # the meter is slow: it has a poll of ours, and gives the turn back
    (asked,) = (event for event in pair.server_events[-1:] if isinstance(event, GetIndication))
    asked.association.respond(asked.id, Value(Tag.UNSIGNED, 2), pair.now)  # type: ignore[attr-defined]
    pair.tick(10.0)
    pair.tick(10.0)
    assert second.result == Value(Tag.UNSIGNED, 2)
