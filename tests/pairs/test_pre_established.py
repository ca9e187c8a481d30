"""Associations that are there beforehand, without an AARQ, and users of one client told apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dlmskit.apdu.acse import Aare, Rlrq
from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.faults import ExceptionResponse
from dlmskit.data.value import Tag, Value
from dlmskit.errors import CallingAeInvocationIdentifierNotRecognized, DlmsError, UsageError
from dlmskit.link.hdlc.frames import Frame, FrameReader
from dlmskit.security.keys import KeyRing
from dlmskit.server.access import ALL, Rule
from dlmskit.server.device import Device
from dlmskit.server.serve import serve
from dlmskit.session.events import ActionIndication, GetIndication, SetIndication
from dlmskit.session.framing import FramingName
from dlmskit.session.opening.asking import ClientSettings
from dlmskit.session.services import exchanges
from tests.support.caller import Caller
from tests.support.device import small_device
from tests.support.served_line import ServedLine
from tests.support.session_pair import (
    AK,
    CLIENT_TITLE,
    EK,
    ENERGY,
    SERVER_TITLE,
    Pair,
    ciphering,
    client_settings,
    served,
)

VALUE, NINE = AttributeDescriptor(3, ENERGY, 2), Value(Tag.LONG_UNSIGNED, 9)
UI, SNRM = 0x03, 0x83


def standing(framing: FramingName, protected: int, **changes: Any) -> Pair:
    """Both sides hold the association beforehand; `protected` is 5 for a ciphered one, else 0."""
    own, theirs = ciphering(CLIENT_TITLE, protected), ciphering(SERVER_TITLE, protected)
    if own is not None and theirs is not None:
        own, theirs = replace(own, peer_title=SERVER_TITLE), replace(theirs, peer_title=CLIENT_TITLE)
    settings = client_settings(0, ciphering=own, is_pre_established=True)
    offer = served(
        0, ciphering=theirs, is_pre_established=True, required=0x30 if protected else 0, max_pdu=256, **changes
    )
    return Pair(framing, settings=settings, offer=offer)


@pytest.mark.parametrize("protected", [0, 5])
@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
def test_a_pre_established_association_is_used_without_opening_or_release(framing: FramingName, protected: int) -> None:
    sent: list[bytes] = []
    pair = standing(framing, protected)
    pair.wire = lambda way, octets: (sent.append(octets) if way == "C" else None) or octets
    assert pair.open().error is None
    assert pair.do(lambda context: exchanges.put(context, VALUE, NINE), command=True) is None
    assert pair.do(lambda context: exchanges.get(context, VALUE)) == NINE
    pair.meter.release(pair.now)
    pair.pump()
    assert not pair.meter.is_associated
    assert not any(
        tag in octets for octets in sent for tag in (b"\x60\x1d", bytes.fromhex("0607608574050801"), b"\x62")
    )
    pair.renew()
    assert pair.open().error is None
    assert pair.do(lambda context: exchanges.get(context, VALUE)) == NINE


@pytest.mark.parametrize("protected", [0, 5])
def test_over_hdlc_an_unconfirmed_request_goes_in_a_ui_frame(protected: int) -> None:
    pair, controls = standing("hdlc", protected), list[int]()
    reader = FrameReader()

    def note(way: str, octets: bytes) -> bytes:
        if way == "C":
            controls.extend(f.control & 0xEF for f in reader.receive(octets, 0.0) if isinstance(f, Frame))
        return octets

    pair.wire = note
    pair.open()
    pair.do(lambda context: exchanges.put_unconfirmed(context, VALUE, NINE))
    assert pair.model.values[VALUE] == NINE
    assert controls == [SNRM, UI]
    assert pair.do(lambda context: exchanges.get(context, VALUE)) == NINE


def test_over_hdlc_a_ui_frame_is_taken_without_a_link_where_no_opening_has_to_come_first() -> None:
    for is_standing in (True, False):
        pair = standing("hdlc", 0)
        if not is_standing:
            pair.server = Pair("hdlc").server
        connection = next(iter(pair.client._links.values())).connection
        put = exchanges.put_unconfirmed(pair.meter.context, VALUE, NINE)
        connection.send_unconfirmed(next(put).apdu.to_bytes(), 0.0)
        pair.pump()
        assert (VALUE in pair.model.values) is is_standing


def test_a_pre_established_association_cannot_be_opened_or_released() -> None:
    device = Device(logical_name="DKT0000000000001")
    device.association(client=1, access=(Rule("*"),), is_pre_established=True)
    line = ServedLine(device, client=1)
    refused = line.one(line.aarq())
    assert isinstance(refused, Aare)
    assert refused.result == 1
    assert isinstance(line.one(Rlrq(reason=0)), ExceptionResponse)
    assert not any(isinstance(event, GetIndication | SetIndication | ActionIndication) for event in line.events)


def test_A40_a_pre_established_association_takes_no_counter_twice_over_links() -> None:
    pair = standing("wrapper", 5)
    recorded: list[bytes] = []
    pair.wire = lambda way, octets: (recorded.append(octets) if way == "C" else None) or octets
    pair.open()
    pair.do(lambda context: exchanges.put(context, VALUE, NINE), command=True)
    pair.model.values.clear()
    pair.server.receive_eof(0.0)
    pair.pump()
    pair.server.receive(recorded[0], 1.0)
    pair.pump()
    assert pair.model.values == {}
    pair.meter.release(1.0)
    pair.renew()
    pair.open()
    pair.do(lambda context: exchanges.put(context, VALUE, NINE), command=True)
    assert pair.model.values == {VALUE: NINE}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mechanism": 1, "password": b"x"}, "not authenticated"),
        ({"ciphering": ciphering(CLIENT_TITLE, 5)}, "server_title"),
        ({"ciphering": ciphering(CLIENT_TITLE, 5, dedicated=bytes(range(16)))}, "dedicated"),
    ],
)
def test_what_a_pre_established_association_cannot_have_is_a_usage_error(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Pair(settings=ClientSettings(is_pre_established=True, **changes))


# --- users ---


def device_with_users() -> Device:
    device = small_device()
    device.association(client=48, access=(Rule("*", write=ALL, call=ALL),), version=2, users={1: "Ada", 7: "Grace"})
    return device


@pytest.mark.parametrize(("user", "is_known"), [(1, True), (7, True), (2, False), (None, False)])
def test_only_a_listed_user_may_associate(user: int | None, is_known: bool) -> None:
    line = ServedLine(device_with_users(), client=48)
    aare = line.one(line.aarq(calling_ae_invocation_id=user))
    assert isinstance(aare, Aare)
    assert (aare.result == 0) is is_known
    if not is_known:
        assert (aare.diagnostic_source, aare.diagnostic) == (1, 6)


async def test_users_are_listed_added_removed_and_the_present_one_is_told() -> None:
    def user(number: int, name: str) -> Value:
        return Value(Tag.STRUCTURE, (Value(Tag.UNSIGNED, number), Value(Tag.VISIBLE_STRING, name.encode())))

    current, listed = "0.0.40.0.0.255", "0.0.40.0.4.255"
    async with serve(device_with_users(), "memory:users"):
        async with Caller.on("memory:users", ClientSettings(user_id=7), client=48) as grace:
            assert await grace.get(15, current, 11) == user(7, "Grace")
            assert await grace.get(15, current, 10) == Value(Tag.ARRAY, (user(1, "Ada"), user(7, "Grace")))
            await grace.call(15, listed, 5, user(2, "Edith"))
            await grace.call(15, listed, 6, user(1, "Ada"))
            with pytest.raises(DlmsError):
                await grace.call(15, listed, 6, user(1, "Ada"))
        async with Caller.on("memory:users", ClientSettings(user_id=2), client=48) as edith:
            assert await edith.get(15, current, 11) == user(2, "Edith")
        with pytest.raises(CallingAeInvocationIdentifierNotRecognized):
            async with Caller.on("memory:users", ClientSettings(user_id=1), client=48):
                pass


def test_keys_of_a_pre_established_association_are_those_of_the_client_that_was_named() -> None:
    device = Device(logical_name="DKT0000000000001", system_title=SERVER_TITLE)
    with pytest.raises(UsageError, match="client_title"):
        device.association(client=1, access=(), keys=KeyRing(ek=EK, ak=AK), is_pre_established=True)
    offer = device.association(
        client=1, access=(), keys=KeyRing(ek=EK, ak=AK), is_pre_established=True, client_title=CLIENT_TITLE
    )
    assert offer.ciphering is not None
    assert offer.ciphering.peer_title == CLIENT_TITLE
