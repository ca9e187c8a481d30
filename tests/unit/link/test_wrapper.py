"""The wrapper: messages out of any chunks, and streams that make no sense."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import LimitExceeded, LocalProtocolError, RemoteProtocolError, UsageError
from dlmskit.link.events import ApduReceived, FrameDropped, LinkDown, LinkUp
from dlmskit.link.wrapper import WrapperConnection, WrapperMessage, WrapperReader, encode

ports = st.integers(0, 0xFFFF)
messages = st.lists(st.builds(WrapperMessage, ports, ports, st.binary(max_size=60)), max_size=5)

GET = bytes.fromhex("c001c1000f0000280000ff0200")
GOOD = encode(16, 1, GET)


def test_the_header_is_version_ports_and_length_in_big_endian() -> None:
    assert GOOD == bytes.fromhex("0001 0010 0001 000d") + GET


@given(messages, st.lists(st.integers(1, 30), min_size=1))
def test_any_chunks_give_the_same_messages(sent: list[WrapperMessage], sizes: list[int]) -> None:
    stream = b"".join(encode(*message) for message in sent)
    reader, got, at = WrapperReader(), [], 0
    for turn in range(len(stream)):
        size = sizes[turn % len(sizes)]
        got += reader.receive(stream[at : at + size])
        at += size
    assert got == sent
    assert reader.unfinished == 0


def test_messages_that_cannot_be_told_on_the_wire_are_a_usage_error() -> None:
    for bad in ((16, 1, bytes(65536)), (-1, 1, b""), (16, 65536, b"")):
        with pytest.raises(UsageError):
            encode(*bad)


def test_A06_a_length_of_FFFF_and_then_silence_holds_no_more_than_one_message() -> None:
    reader = WrapperReader()
    assert reader.receive(bytes.fromhex("000100100001ffff") + GET) == []
    assert reader.unfinished == 8 + len(GET)
    small = WrapperReader(max_apdu=1024)
    with pytest.raises(LimitExceeded):
        small.receive(bytes.fromhex("000100100001ffff"))
    with pytest.raises(LimitExceeded):
        small.receive(bytes(100_000))
    assert small.unfinished <= 8 + 100_000
    assert WrapperReader(max_apdu=1024).receive(GOOD) == [WrapperMessage(16, 1, GET)]


@pytest.mark.parametrize("cut", range(1, len(GOOD) * 2))
def test_A07_messages_merged_and_split_at_every_octet(cut: int) -> None:
    reader = WrapperReader()
    got = reader.receive((GOOD + GOOD)[:cut]) + reader.receive((GOOD + GOOD)[cut:])
    assert got == [WrapperMessage(16, 1, GET)] * 2


@pytest.mark.parametrize("version", [0, 2, 0x0100, 0x1001, 0xFFFF])
def test_A07_another_version_is_an_error_after_the_messages_before_it(version: int) -> None:
    bad = version.to_bytes(2, "big") + GOOD[2:]
    reader = WrapperReader()
    assert reader.receive(GOOD + bad) == [WrapperMessage(16, 1, GET)]
    for _ in range(2):
        with pytest.raises(RemoteProtocolError, match="version"):
            reader.receive(b"")
    assert reader.unfinished <= 8


@given(st.binary(max_size=300))
def test_A07_any_octets_are_messages_or_a_clean_error(data: bytes) -> None:
    reader = WrapperReader()
    try:
        got = reader.receive(data)
    except RemoteProtocolError as error:
        assert error.offset in (0, 6)
    else:
        assert b"".join(encode(*message) for message in got) == data[: sum(8 + len(m.apdu) for m in got)]


def test_a_connection_is_up_at_once_and_carries_apdus_both_ways() -> None:
    client, server = WrapperConnection("client", 16, 1), WrapperConnection("server", 16, 1)
    with pytest.raises(LocalProtocolError):
        client.send(GET, 0.0)
    for link in (client, server):
        link.connect(0.0)
        assert link.events() == [LinkUp()]
        assert link.is_up
    client.send(GET, 0.0)
    [message] = WrapperReader().receive(client.to_send())
    server.receive_frame(message, 0.0)
    assert server.events() == [ApduReceived(GET)]
    server.send_unconfirmed(b"\xc4", 0.0)
    assert server.to_send() == encode(1, 16, b"\xc4")
    client.disconnect(0.0)
    assert client.events() == [LinkDown("disconnected")]
    assert client.next_deadline() is None


def test_messages_of_other_ports_or_without_apdu_are_dropped() -> None:
    link = WrapperConnection("server", 16, 1)
    link.connect(0.0)
    link.events()
    for message in (WrapperMessage(17, 1, GET), WrapperMessage(16, 2, GET), WrapperMessage(16, 1, b"")):
        link.receive_frame(message, 0.0)
    assert [type(event) for event in link.events()] == [FrameDropped] * 3
    link.receive_frame(WrapperMessage(16, 1, GET), 0.0)
    assert link.events() == [ApduReceived(GET)]
