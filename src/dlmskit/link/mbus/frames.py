"""Wired M-Bus long frames as they carry DLMS, and finding them in a stream of octets.

    68 | L | L | 68 | C | A | CI | data | checksum | 16        L counts C, A, CI and data

The transport layer of CI 00 to 1F has a sequence number in bits 0-3 and the final bit in bit 4, then source and
destination SAP. CI 60, 61, 7C and 7D have the M-Bus header of 12 or 4 octets before both. Some meters send 257 and
more octets with L modulo 256, so what ends a frame is its checksum and stop octet. Source: EN 13757-1, EN 13757-2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from dlmskit.link.hdlc.frames import BadFrame

_OPENING: Final = re.compile(rb"\x68(?=(.)\1\x68)", re.DOTALL)
_STOP: Final = 0x16
_HEAD: Final = 4
_SHORTEST: Final = 5  # C, A, CI and both SAPs
_MOST_WRAPS: Final = 4  # a length of up to 1023 octets
_FINAL: Final = 0x10
_LAST_SEGMENT: Final = 0x1F  # above that, CI names other layers
_HEADERS: Final = {0x60: 12, 0x61: 4, 0x7C: 12, 0x7D: 4}


class MbusFrame(NamedTuple):
    """One long frame without its envelope; `data` is what stands behind CI."""

    control: int
    address: int
    ci: int
    data: bytes

    @property
    def payload(self) -> bytes:
        """The APDU or its segment; empty if the frame carries no DLMS."""
        header = 0 if self.ci <= _LAST_SEGMENT else _HEADERS.get(self.ci)
        return b"" if header is None else self.data[header + 2 :]

    @property
    def sequence(self) -> int:
        """Number of the segment, from 0; always 0 where the transport layer has none."""
        return self.ci & 0x0F if self.ci <= _LAST_SEGMENT else 0

    @property
    def is_final(self) -> bool:
        return self.ci > _LAST_SEGMENT or bool(self.ci & _FINAL)


def frames(data: bytes) -> Iterator[MbusFrame | BadFrame]:
    """Long frames in order; what cannot be one is passed over, what nearly is one is a `BadFrame`."""
    at = 0
    while opening := _OPENING.search(data, at):
        begin = opening.start()
        body = _body(data, begin)
        if body is None:
            at = begin + 1
            yield _damaged(data, begin)
        else:
            at = begin + _HEAD + len(body) + 2
            yield MbusFrame(body[0], body[1], body[2], body[3:])


def _body(data: bytes, begin: int) -> bytes | None:
    """C to the last data octet of the frame that opens at `begin`, if its end agrees."""
    first = begin + _HEAD
    for size in range(data[begin + 1], 0x100 * _MOST_WRAPS, 0x100):
        end = first + size
        if end + 1 >= len(data):
            return None
        if size >= _SHORTEST and data[end + 1] == _STOP and sum(data[first:end]) & 0xFF == data[end]:
            return data[first:end]
    return None


def _damaged(data: bytes, begin: int) -> BadFrame:
    size = data[begin + 1]
    end = begin + _HEAD + (size if size >= _SHORTEST else size + 0x100) + 2
    return BadFrame("unfinished" if end > len(data) else "checksum", data[begin:end])
