"""HDLC frames of format type 3, and finding them in a stream of octets.

    7E | format (2) | destination (1, 2, 4) | source (1, 2, 4) | control (1) | HCS (2) | information | FCS (2) | 7E

format: 1010, segmentation bit, 11 bits of length (everything between the flags). HCS and information are there
together or not at all. There is no octet stuffing: 0x7E inside a frame is legal, so a frame ends where its length
says, and is one only if checksum and closing flag agree. Source: IEC 62056-46; Green Book, HDLC frame format.
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from dataclasses import dataclass
from typing import Final, NamedTuple

from dlmskit.errors import UsageError
from dlmskit.link.hdlc.fcs import GOOD, REVERSED, START, advance, fcs16, trailer

__all__ = ["BadFrame", "Frame", "FrameLimits", "FrameReader", "encode", "fcs16"]

FLAG: Final = 0x7E
MAX_LENGTH: Final = 0x7FF
_MIN_LENGTH: Final = 7  # format, two addresses, control, FCS
_LONGEST_HEADER: Final = 14  # opening flag to HCS with two addresses of four octets
_OPENING: Final = re.compile(rb"\x7e(?=[^\x7e])", re.DOTALL)


class Frame(NamedTuple):
    """One frame without flags, lengths and checksums. Addresses are the octets on the wire."""

    destination: bytes
    source: bytes
    control: int
    information: bytes = b""
    segmented: bool = False


class BadFrame(NamedTuple):
    """A frame candidate that was none, for the trace. `data` is what the judgement needed, flag included."""

    reason: str
    data: bytes


@dataclass(frozen=True, slots=True)
class FrameLimits:
    """inter_octet_s: silence after which an unfinished frame is dropped; max_length: as in the format field."""

    inter_octet_s: float = 0.5
    max_length: int = MAX_LENGTH


def encode(frame: Frame) -> bytes:
    """The frame between its two flags."""
    destination, source, control, information, segmented = frame
    length = 5 + len(destination) + len(source)
    if information:
        length += 2 + len(information)
        if length > MAX_LENGTH:
            raise UsageError(f"{len(information)} octets do not fit one HDLC frame")
    kind = (0xA800 if segmented else 0xA000) | length
    header = kind.to_bytes(2, "big") + destination + source + control.to_bytes(1, "big")
    state = advance(header)
    if not information:
        return b"\x7e" + header + trailer(state) + b"\x7e"
    rest = trailer(state) + information
    return b"\x7e" + header + rest + trailer(advance(rest, state)) + b"\x7e"


class FrameReader:
    """Frames out of a stream, however it is chunked, garbled or interrupted.

    A closing flag may open the next frame. When a candidate fails, the search goes on right behind its opening
    flag, so nothing valid inside it is lost. It holds at most one unfinished frame.
    """

    __slots__ = ("_deadline", "_inter_octet_s", "_max_length", "_rest", "_shared")

    def __init__(self, limits: FrameLimits = FrameLimits()) -> None:
        self._inter_octet_s, self._max_length = limits.inter_octet_s, limits.max_length
        self._rest = b""  # empty, or begins with the opening flag of a candidate
        self._shared = False  # _rest is one flag, and it closed a frame
        self._deadline: float | None = None

    @property
    def is_inside_frame(self) -> bool:
        """Whether a frame has begun and not ended."""
        return len(self._rest) > 1

    @property
    def unfinished(self) -> int:
        """Octets held of a frame that has not ended."""
        return len(self._rest) if self.is_inside_frame else 0

    def receive(self, data: bytes, now: float) -> list[Frame | BadFrame]:
        """Everything that `data` completes, in order."""
        if not data:
            return []
        length = len(data) - 2
        # By far the commonest: one frame, whole, with at most a flag before it. `_scan` would find the same.
        if (
            len(self._rest) < 2
            and _MIN_LENGTH <= length <= self._max_length
            and data[0] == FLAG
            and (data[1] << 8 | data[2]) & 0xF7FF == 0xA000 | length
        ):
            frame = _checked(data, 0, length + 1)
            if type(frame) is Frame:
                self._rest, self._shared = b"\x7e", True
                self._deadline = now + self._inter_octet_s
                return [frame]
        found: list[Frame | BadFrame] = []
        self._scan(self._rest + data, found)
        self._deadline = now + self._inter_octet_s if self._rest else None
        return found

    def turn(self) -> None:
        """Note that we transmit: what comes next cannot share the closing flag of what came before."""
        if self._shared:
            self._forget()

    def next_deadline(self) -> float | None:
        return self._deadline

    def handle_timer(self, now: float) -> list[Frame | BadFrame]:
        """Drop an unfinished frame whose time is up; gives the whole frames that were hidden behind it."""
        if self._deadline is None or now < self._deadline:
            return []
        found: list[Frame | BadFrame] = []
        if self.is_inside_frame:
            found.append(BadFrame("unfinished", self._rest))
        while self.is_inside_frame:
            self._scan(self._rest[1:], found)
        self._forget()
        return found

    def _forget(self) -> None:
        self._rest, self._shared, self._deadline = b"", False, None

    def _scan(self, buffer: bytes, found: list[Frame | BadFrame]) -> None:
        closing = 0 if self._shared else -1
        at = 0
        while opening := _OPENING.search(buffer, at):
            begin = opening.start()
            candidate = self._judge(buffer, begin)
            if candidate is None:
                self._rest, self._shared = buffer[begin:], False
                return
            found.append(candidate)
            if type(candidate) is Frame:
                at = closing = begin + 1 + ((buffer[begin + 1] & 0x07) << 8 | buffer[begin + 2])
            else:
                at = begin + 1
        last = len(buffer) - 1
        self._rest = b"\x7e" if buffer[last] == FLAG and last >= at else b""
        self._shared = bool(self._rest) and closing == last

    def _judge(self, buffer: bytes, begin: int) -> Frame | BadFrame | None:
        """The frame that opens at `begin`; None while octets are missing that decide it.

        A wrong header is told from its own checksum before the rest has come: garbage that looks like an
        opening does not hold up the frames behind it. What is decided never depends on the chunks.
        """
        kind = buffer[begin + 1]
        if kind & 0xF0 != 0xA0:
            return BadFrame("format type", buffer[begin : begin + 2])
        have = len(buffer)
        if have < begin + 3:
            return None
        length = (kind & 0x07) << 8 | buffer[begin + 2]
        if not _MIN_LENGTH <= length <= self._max_length:
            return BadFrame("length", buffer[begin : begin + 3])
        end = begin + 1 + length  # of the closing flag
        if have <= end and have < begin + _LONGEST_HEADER:
            return None
        return _checked(buffer, begin, end)


def _checked(buffer: bytes, begin: int, end: int) -> Frame | BadFrame | None:
    """What stands between the flags at `begin` and `end`, if the header is there at least."""
    at = begin + 3
    source = at + 1 if buffer[at] & 1 else at + _address_size(buffer, at, end)
    control = source + 1 if buffer[source] & 1 else source + _address_size(buffer, source, end)
    if control == source or source == at:
        return BadFrame("address", _header(buffer, begin, end))
    if control + 3 > end or control + 4 == end:
        return BadFrame("length", _header(buffer, begin, end))
    octets = buffer[begin + 1 : end].translate(REVERSED)
    if control + 3 != end and crc_hqx(octets[: control + 2 - begin], START) != GOOD:
        return BadFrame("header checksum", _header(buffer, begin, end))
    if len(buffer) <= end:
        return None
    if crc_hqx(octets, START) != GOOD:
        return BadFrame("frame checksum", buffer[begin : end + 1])
    if buffer[end] != FLAG:
        return BadFrame("no closing flag", buffer[begin : end + 1])
    information = buffer[control + 3 : end - 2]  # empty where there is no header checksum either
    fields = buffer[at:source], buffer[source:control], buffer[control], information, buffer[at - 2] & 0x08 != 0
    return tuple.__new__(Frame, fields)  # as Frame(*fields), in half the time


def _header(buffer: bytes, begin: int, end: int) -> bytes:
    return buffer[begin : min(end + 1, begin + _LONGEST_HEADER)]


def _address_size(buffer: bytes, at: int, end: int) -> int:
    """Octets of the address at `at`; 0 if it has another size than 1, 2 or 4, or does not end before `end`."""
    field = buffer[at : min(at + 4, end)]
    for size in (1, 2, 4):
        if len(field) >= size and field[size - 1] & 1:
            return 0 if size == 4 and field[2] & 1 else size
    return 0
