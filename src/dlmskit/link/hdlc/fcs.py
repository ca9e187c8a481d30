"""FCS-16, the checksum of header (HCS) and frame (FCS).

It is CRC-16/X.25, which works on reflected octets. The standard library has the same polynomial unreflected
(`binascii.crc_hqx`): reverse the bits of each octet first and those of the result last. A receiver needs no
reversal: over data and checksum together the state is always `GOOD`.
"""

from __future__ import annotations

from binascii import crc_hqx
from typing import Final

REVERSED: Final = bytes(int(f"{octet:08b}"[::-1], 2) for octet in range(256))
START: Final = 0xFFFF
GOOD: Final = 0x1D0F  # state after data followed by its own checksum

_COMPLEMENT: Final = bytes(octet ^ 0xFF for octet in REVERSED)
# High and low octet of the state -> the two octets on the wire (low octet of the checksum first).
_FIRST: Final = tuple(bytes((octet,)) for octet in _COMPLEMENT)


def advance(data: bytes, state: int = START) -> int:
    """State after `data`; the state after a header goes on into that of the frame."""
    return crc_hqx(data.translate(REVERSED), state)


def trailer(state: int) -> bytes:
    """The checksum as its two octets on the wire."""
    return _FIRST[state >> 8] + _FIRST[state & 0xFF]


def fcs16(data: bytes) -> int:
    """Checksum of `data` as a number; 0x906E for b"123456789"."""
    state = crc_hqx(data.translate(REVERSED), START)
    return _COMPLEMENT[state & 0xFF] << 8 | _COMPLEMENT[state >> 8]
