"""Telegrams out of a stream of octets, as a master and the meters on its bus exchange them.

    E5                                                acknowledgement
    10 | C | A | checksum | 16                        short
    68 | L | L | 68 | C | A | CI | data | checksum | 16    long; L is C to the last data octet, 255 at most

Source: EN 13757-2, frame formats of IEC 60870-5-1 class FT 1.2.
"""

from __future__ import annotations

from typing import Final, NamedTuple, TypeAlias

from dlmskit.errors import UsageError
from dlmskit.link.hdlc.frames import BadFrame
from dlmskit.link.mbus.frames import MbusFrame

ACKNOWLEDGEMENT: Final = b"\xe5"
#: Octets of an APDU in one telegram: L counts C, A, CI and both SAPs besides.
MAX_SEGMENT: Final = 250

_E5, _SHORT, _LONG, _STOP = 0xE5, 0x10, 0x68, 0x16
_SHORT_SIZE, _AROUND, _SHORTEST_BODY = 5, 6, 3


class ShortFrame(NamedTuple):
    """A telegram without data: control field and address."""

    control: int
    address: int


class Acknowledged(NamedTuple):
    """The single octet E5, which names nobody."""


Telegram: TypeAlias = ShortFrame | MbusFrame | Acknowledged


def encode_short(control: int, address: int) -> bytes:
    """A short telegram, ready for the wire."""
    return bytes((_SHORT, control, address, control + address & 0xFF, _STOP))


def encode_long(control: int, address: int, ci: int, data: bytes) -> bytes:
    """A long telegram, ready for the wire. Raises UsageError for more than 252 octets of data."""
    body = bytes((control, address, ci)) + data
    if len(body) > 0xFF:
        raise UsageError(f"{len(data)} octets do not fit one M-Bus telegram (252)")
    return bytes((_LONG, len(body), len(body), _LONG)) + body + bytes((sum(body) & 0xFF, _STOP))


class TelegramReader:
    """Telegrams however the stream is cut; a silence of `inter_octet_s` ends one that is unfinished.

    Where a candidate fails, the search goes on right behind its first octet. It holds one unfinished telegram.
    """

    __slots__ = ("_deadline", "_inter_octet_s", "_rest")

    def __init__(self, inter_octet_s: float = 1.0) -> None:
        self._inter_octet_s = inter_octet_s
        self._rest = b""
        self._deadline: float | None = None

    @property
    def unfinished(self) -> int:
        """Octets held of a telegram that has not ended."""
        return len(self._rest)

    def receive(self, data: bytes, now: float) -> list[Telegram | BadFrame]:
        """Everything that `data` completes, in order."""
        found: list[Telegram | BadFrame] = []
        self._scan(self._rest + data, found)
        self._deadline = now + self._inter_octet_s if self._rest else None
        return found

    def next_deadline(self) -> float | None:
        return self._deadline

    def handle_timer(self, now: float) -> list[Telegram | BadFrame]:
        """Drop a telegram whose time is up; gives the whole ones that were hidden behind its beginning."""
        if self._deadline is None or now < self._deadline:
            return []
        found: list[Telegram | BadFrame] = [BadFrame("unfinished", self._rest)]
        while self._rest:
            self._scan(self._rest[1:], found)
        self._deadline = None
        return found

    def _scan(self, buffer: bytes, found: list[Telegram | BadFrame]) -> None:
        at = 0
        while at < len(buffer):
            size = _size(buffer, at)
            if size == 0:
                at += 1
                continue
            if size is None or len(buffer) - at < size:
                break
            telegram = _telegram(buffer[at : at + size])
            found.append(telegram)
            at += 1 if isinstance(telegram, BadFrame) else size
        self._rest = buffer[at:]


def _size(buffer: bytes, at: int) -> int | None:
    """Octets of the telegram that may begin here; 0 where none does, None where it cannot be told yet."""
    first = buffer[at]
    if first == _E5:
        return 1
    if first == _SHORT:
        return _SHORT_SIZE
    if first != _LONG:
        return 0
    head = buffer[at : at + 4]
    if len(head) > 1 and head[1] < _SHORTEST_BODY:
        return 0
    if (len(head) > 2 and head[2] != head[1]) or (len(head) > 3 and head[3] != _LONG):
        return 0
    return head[1] + _AROUND if len(head) == 4 else None


def _telegram(octets: bytes) -> Telegram | BadFrame:
    if len(octets) == 1:
        return Acknowledged()
    body = octets[1:-2] if octets[0] == _SHORT else octets[4:-2]
    if octets[-1] != _STOP:
        return BadFrame("no stop octet", octets)
    if sum(body) & 0xFF != octets[-2]:
        return BadFrame("checksum", octets)
    return ShortFrame(body[0], body[1]) if octets[0] == _SHORT else MbusFrame(body[0], body[1], body[2], body[3:])
