"""M-Bus long frames as messages; segments put together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dlmskit.dissect.limits import DissectLimits
from dlmskit.dissect.message import Link, Message
from dlmskit.dissect.transfers import Outcome, Transfers
from dlmskit.errors import RemoteProtocolError
from dlmskit.link.hdlc.frames import BadFrame
from dlmskit.link.mbus.frames import MbusFrame

FRAMING = "mbus"
_NUMBERS = 16
_SHORTEST = 9  # to the last SAP


def messages(frames: Iterable[MbusFrame | BadFrame], limits: DissectLimits) -> Iterator[Message]:
    """A message for each APDU, each frame without one and each damaged frame."""
    transfers: Transfers[int, MbusFrame] = Transfers("M-Bus segments", _NUMBERS, limits)
    damaged = b""
    for frame in frames:
        if isinstance(frame, MbusFrame):
            damaged = b""
            yield from map(_message, _assembled(transfers, frame))
        elif frame.data not in damaged:
            damaged = frame.data
            yield _damaged(frame)
    yield from map(_message, transfers.finish())


def _assembled(transfers: Transfers[int, MbusFrame], frame: MbusFrame) -> Iterator[Outcome[MbusFrame]]:
    key = frame.address
    if not frame.payload:
        yield Outcome(b"", frame)
    elif frame.sequence and transfers.context(key) is not None:
        yield from transfers.go_on(key, frame.sequence, frame.payload, frame.is_final)
    elif frame.sequence:
        yield Outcome(frame.payload, frame, RemoteProtocolError(f"M-Bus segment {frame.sequence} without those before"))
    else:
        yield from transfers.begin(key, 0, frame.payload, frame.is_final, frame)


def _message(ended: Outcome[MbusFrame]) -> Message:
    link: Link = (ended.context.address, None)
    return Message(FRAMING, ended.octets or None, ended.context, link, ended.error)


def _damaged(bad: BadFrame) -> Message:
    """With what a first segment says, unproven; a later one says nothing without it."""
    error = RemoteProtocolError(f"damaged M-Bus frame: {bad.reason}", data=bad.data)
    if len(bad.data) < _SHORTEST:
        return Message(FRAMING, None, error=error)
    frame = MbusFrame(bad.data[4], bad.data[5], bad.data[6], bad.data[7:])
    octets = frame.payload if not frame.sequence else b""
    return Message(FRAMING, octets or None, frame, error=error)
