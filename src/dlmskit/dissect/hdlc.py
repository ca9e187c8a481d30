"""HDLC frames, sound and damaged, as messages; segments put together per pair of addresses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from dlmskit.dissect.limits import DissectLimits
from dlmskit.dissect.message import Link, Message, behind_llc
from dlmskit.dissect.transfers import Outcome, Transfers
from dlmskit.errors import RemoteProtocolError
from dlmskit.link.hdlc.control import KIND
from dlmskit.link.hdlc.frames import BadFrame, Frame, FrameReader
from dlmskit.link.hdlc.state import Input

FRAMING = "hdlc"
_NUMBERS = 8  # N(S) counts modulo 8
_CHUNK = 1 << 16  # what noise gives stays small however long the noise is
# Too weak a hint of a frame to be told: any 7E in a file of something else gives one.
_NOISE = frozenset(("format type", "length", "address"))


def read(data: bytes) -> Iterator[Frame | BadFrame]:
    """Every frame and every candidate that was none, in order."""
    reader = FrameReader()
    for begin in range(0, len(data), _CHUNK):
        yield from reader.receive(data[begin : begin + _CHUNK], 0.0)
    yield from reader.handle_timer(math.inf)


def messages(frames: Iterable[Frame | BadFrame], limits: DissectLimits) -> Iterator[Message]:
    """A message for each APDU, each frame without one and each damaged frame."""
    assembly, damaged = Assembly(limits), b""
    for frame in frames:
        if isinstance(frame, Frame):
            damaged = b""
            yield from assembly.read(frame)
        elif frame.reason not in _NOISE and frame.data not in damaged:  # a flag inside a damaged frame opens no other
            damaged = frame.data
            yield _damaged(frame)
    yield from assembly.finish()


class Assembly:
    """Segments put together, frame by frame."""

    def __init__(self, limits: DissectLimits) -> None:
        self._transfers: Transfers[Link, Frame] = Transfers("HDLC segments", _NUMBERS, limits)

    @property
    def unfinished(self) -> int:
        """Octets held of transfers that have not ended."""
        return self._transfers.unfinished

    def read(self, frame: Frame) -> Iterator[Message]:
        """What this frame ends."""
        yield from map(_message, _assembled(self._transfers, frame))

    def finish(self) -> Iterator[Message]:
        """What never ended."""
        yield from map(_message, self._transfers.finish())


def _assembled(transfers: Transfers[Link, Frame], frame: Frame) -> Iterator[Outcome[Frame]]:
    """What this frame ends: itself, where it is no segment; a transfer it completes or breaks off."""
    key, kind, last = _link(frame), KIND[frame.control], not frame.segmented
    if kind not in (Input.I, Input.UI):
        yield Outcome(b"", frame)
        return
    number = frame.control >> 1 & 7 if kind is Input.I else 0
    first = transfers.context(key)
    if first is not None and _goes_on(frame, first, transfers.follows(key, number)):
        number = number if kind is Input.I else transfers.next_number(key)
        yield from transfers.go_on(key, number, frame.information, last)
    elif last:  # an unfinished transfer may go on behind it
        yield Outcome(frame.information, frame)
    else:
        yield from transfers.begin(key, number, frame.information, last, frame)


def _goes_on(frame: Frame, first: Frame, follows: bool) -> bool:
    """Whether a frame goes on with the segments that `first` began.

    UI frames have no number: an LLC header begins anew. Where both ends have one address, only the LLC header tells a repetition by the other end.
    """
    header = frame.information[:3] if behind_llc(frame.information) else b""
    if KIND[frame.control] is Input.UI:
        return not header
    return follows and header in (b"", first.information[:3])


def _message(ended: Outcome[Frame]) -> Message:
    octets = ended.octets[behind_llc(ended.octets) :]
    return Message(FRAMING, octets or None, ended.context, _link(ended.context), ended.error)


def _link(frame: Frame) -> Link:
    return frame.source, frame.destination


def _damaged(bad: BadFrame) -> Message:
    frame = _guess(bad.data)
    error = RemoteProtocolError(f"damaged HDLC frame: {bad.reason}", data=bad.data)
    if frame is None or KIND[frame.control] not in (Input.I, Input.UI):
        return Message(FRAMING, None, frame, error=error)
    octets = frame.information[behind_llc(frame.information) :]
    return Message(FRAMING, octets or None, frame, _link(frame), error)


def _guess(data: bytes) -> Frame | None:
    """What the octets of a damaged frame say; nothing of it is proven."""
    at = 3
    addresses = []
    for _ in range(2):
        size = next((n for n in (1, 2, 4) if data[at + n - 1 : at + n] and data[at + n - 1] & 1), 0)
        if not size:
            return None
        addresses.append(data[at : at + size])
        at += size
    if at >= len(data):
        return None
    length = (data[1] & 0x07) << 8 | data[2]
    return Frame(addresses[0], addresses[1], data[at], data[at + 3 : length - 1], bool(data[1] & 0x08))
