"""Pushes of real meters in general blocks, heard by a client of ours; each one whole, or none where blocks are missing."""

from __future__ import annotations

from collections.abc import Iterator

from dlmskit.apdu.notify import DataNotification
from dlmskit.dissect import decode
from dlmskit.link.hdlc.frames import Frame, FrameReader
from dlmskit.session.events import Notified
from tests.support import corpus
from tests.support.session_pair import Pair

LLC = b"\xe6\xe7\x00"
FIRST = LLC + bytes.fromhex("e040 0001 0000")
PLAIN = 0x0F


def blocks(data: bytes) -> Iterator[bytes]:
    """The APDUs in the frames; some meters put the LLC header before the first one only."""
    for frame in FrameReader().receive(data, 0.0):
        if isinstance(frame, Frame):
            yield frame.information.removeprefix(LLC)


def is_plain(case: corpus.Case) -> bool:
    at = case.data.find(FIRST)
    return at > 0 and case.data[at + len(FIRST) + 1] == PLAIN


def heard(data: bytes) -> list[DataNotification]:
    pair = Pair()
    for apdu in blocks(data):
        pair.meter.receive(apdu, 0.0)
    told = [event.apdu for event in pair.client.events() if isinstance(event, Notified)]
    return [apdu for apdu in told if isinstance(apdu, DataNotification)]


@corpus.each("hdlc-stream", "hdlc-frame", where=is_plain)
def test_a_push_in_blocks_is_heard_as_it_is_decoded(case: corpus.Case) -> None:
    expected = [one.apdu for one in decode(case.data) if one.error is None and isinstance(one.apdu, DataNotification)]
    assert heard(case.data) == expected
    if case.expected.get("must_not_yield_message"):
        assert not expected
