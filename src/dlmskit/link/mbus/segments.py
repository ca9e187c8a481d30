"""APDUs in M-Bus telegrams: cut into segments, and put together again.

CI counts the segments from 0, modulo 16, in bits 0-3; bit 4 marks the last one. Source and destination SAP stand
before each. Source: EN 13757-1, transport layer of CI 00 to 1F.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from dlmskit.link.mbus.frames import MbusFrame
from dlmskit.link.mbus.reader import MAX_SEGMENT

#: Octets of one APDU with its envelopes.
MAX_APDU: Final = 65_600
_FINAL, _NUMBERS, _LAST_CI = 0x10, 0x10, 0x1F
_SAPS: Final = 2


class MbusMessage(NamedTuple):
    """One APDU with its SAPs, and the primary address of the meter it goes to or comes from."""

    source: int
    destination: int
    apdu: bytes
    station: int


class Segment(NamedTuple):
    """What one long telegram carries: CI, and both SAPs with a part of the APDU."""

    ci: int
    data: bytes

    @property
    def is_final(self) -> bool:
        return bool(self.ci & _FINAL)


def cut(source: int, destination: int, apdu: bytes) -> list[Segment]:
    """The segments of one APDU; SAPs are 0 to 255."""
    parts = [apdu[at : at + MAX_SEGMENT] for at in range(0, len(apdu), MAX_SEGMENT)] or [b""]
    saps, last = bytes((source, destination)), len(parts) - 1
    return [Segment(at % _NUMBERS | (_FINAL if at == last else 0), saps + part) for at, part in enumerate(parts)]


class Joiner:
    """Puts the segments of one message after the other together; it holds one that is unfinished."""

    __slots__ = ("_count", "_parts", "_saps", "_size")

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget what has begun."""
        self._parts: list[bytes] = []
        self._saps = b""
        self._count = self._size = 0

    def add(self, frame: MbusFrame) -> MbusMessage | str | None:
        """The whole message, None while it is unfinished, or in words why what there was is given up."""
        if frame.ci > _LAST_CI or len(frame.data) < _SAPS:
            return "no DLMS"
        if not frame.sequence and self._count % _NUMBERS:
            self.clear()  # another message begins, and what there was has no end
        if frame.sequence != self._count % _NUMBERS or (self._parts and frame.data[:_SAPS] != self._saps):
            self.clear()
            return "a segment is missing"
        self._saps, self._count = frame.data[:_SAPS], self._count + 1
        self._parts.append(frame.data[_SAPS:])
        self._size += len(frame.data)
        if self._size > MAX_APDU:
            self.clear()
            return "too long"
        if not frame.is_final:
            return None
        message = MbusMessage(self._saps[0], self._saps[1], b"".join(self._parts), frame.address)
        self.clear()
        return message
