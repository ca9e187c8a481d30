"""Contents of the simple types, without their tag: one reader and one writer per type.

`READ[tag](buf, at)` gives payload and next offset; `WRITE[tag](payload, out)` appends. `None` where the tag is
not a simple type. Readers may leave `IndexError` and `struct.error` to their caller (`ENDS_EARLY`); a slice is
always checked here, because a slice never raises.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from dlmskit.data.lengths import read_length, too_short, write_length
from dlmskit.data.value import Tag
from dlmskit.errors import UsageError

Reader = Callable[[bytes, int], tuple[Any, int]]
Writer = Callable[[Any, bytearray], None]

ENDS_EARLY = (IndexError, struct.error)

NUMBER_CODES: dict[int, str] = {
    Tag.BOOLEAN: "?",
    Tag.DOUBLE_LONG: "i",
    Tag.DOUBLE_LONG_UNSIGNED: "I",
    Tag.INTEGER: "b",
    Tag.LONG: "h",
    Tag.UNSIGNED: "B",
    Tag.LONG_UNSIGNED: "H",
    Tag.LONG64: "q",
    Tag.LONG64_UNSIGNED: "Q",
    Tag.ENUM: "B",
    Tag.FLOAT64: "d",
    Tag.DELTA_INTEGER: "b",
    Tag.DELTA_LONG: "h",
    Tag.DELTA_DOUBLE_LONG: "i",
    Tag.DELTA_UNSIGNED: "B",
    Tag.DELTA_LONG_UNSIGNED: "H",
    Tag.DELTA_DOUBLE_LONG_UNSIGNED: "I",
}
"""struct codes of the types that one big-endian struct field reads and writes exactly."""

DELTA_TAGS = frozenset(range(Tag.DELTA_INTEGER, Tag.DELTA_DOUBLE_LONG_UNSIGNED + 1))

INTEGER_RANGES: dict[int, tuple[int, int]] = {
    Tag.INTEGER: (-(2**7), 2**7 - 1),
    Tag.LONG: (-(2**15), 2**15 - 1),
    Tag.DOUBLE_LONG: (-(2**31), 2**31 - 1),
    Tag.LONG64: (-(2**63), 2**63 - 1),
    Tag.UNSIGNED: (0, 2**8 - 1),
    Tag.LONG_UNSIGNED: (0, 2**16 - 1),
    Tag.DOUBLE_LONG_UNSIGNED: (0, 2**32 - 1),
    Tag.LONG64_UNSIGNED: (0, 2**64 - 1),
}
"""The least and the greatest number of each type that a delta may be added to."""

OCTETS: dict[int, int] = {Tag.BCD: 1, Tag.DATE_TIME: 12, Tag.DATE: 5, Tag.TIME: 4}
STRINGS = (Tag.OCTET_STRING, Tag.VISIBLE_STRING, Tag.UTF8_STRING)

_BITS = tuple(f"{octet:08b}" for octet in range(256))
_FLOAT32 = struct.Struct(">f")
_FLOAT64 = struct.Struct(">d")


def _number(code: str) -> tuple[Reader, Writer]:
    packed = struct.Struct(">" + code)
    unpack_from, pack, size = packed.unpack_from, packed.pack, packed.size

    def read(buf: bytes, at: int) -> tuple[Any, int]:
        return unpack_from(buf, at)[0], at + size

    def write(payload: Any, out: bytearray) -> None:
        out += pack(payload)

    return read, write


def _octets(size: int) -> tuple[Reader, Writer]:
    def read(buf: bytes, at: int) -> tuple[bytes, int]:
        end = at + size
        if end > len(buf):
            raise too_short(buf, f"{size} octets")
        return buf[at:end], end

    def write(payload: bytes, out: bytearray) -> None:
        if len(payload) != size:
            raise UsageError(f"{size} octets are needed, not {len(payload)}")
        out += payload

    return read, write


def _read_string(buf: bytes, at: int) -> tuple[bytes, int]:
    size, at = read_length(buf, at)
    end = at + size
    if end > len(buf):
        raise too_short(buf, f"a string of {size} octets")
    return buf[at:end], end


def _write_string(payload: bytes, out: bytearray) -> None:
    write_length(len(payload), out)
    out += payload


def _read_bits(buf: bytes, at: int) -> tuple[str, int]:
    """A bit-string: its length counts bits, the last octet is padded (padding is not looked at)."""
    bits, at = (buf[at], at + 1) if buf[at] < 0x80 else read_length(buf, at)
    size = (bits + 7) // 8
    end = at + size
    if end > len(buf):
        raise too_short(buf, f"a string of {bits} bits")
    return "".join([_BITS[octet] for octet in buf[at:end]])[:bits], end


def _write_bits(payload: str, out: bytearray) -> None:
    if payload.strip("01"):
        raise UsageError(f"a bit-string has only 0 and 1, not {payload!r}")
    write_length(len(payload), out)
    size = (len(payload) + 7) // 8
    out += int(payload.ljust(size * 8, "0") or "0", 2).to_bytes(size, "big")


def _read_float32(buf: bytes, at: int) -> tuple[float, int]:
    """A float32. A NaN is widened by hand: the processor would make a signalling one quiet."""
    number = _FLOAT32.unpack_from(buf, at)[0]
    if number != number:
        bits = int.from_bytes(buf[at : at + 4], "big")
        widened = (bits >> 31) << 63 | 0x7FF << 52 | (bits & 0x7FFFFF) << 29
        number = _FLOAT64.unpack(widened.to_bytes(8, "big"))[0]
    return number, at + 4


def _write_float32(payload: float, out: bytearray) -> None:
    if payload == payload:
        out += _FLOAT32.pack(payload)
        return
    bits = int.from_bytes(_FLOAT64.pack(payload), "big")
    fraction = bits >> 29 & 0x7FFFFF or 1 << 22  # a fraction of 0 would be an infinity
    out += ((bits >> 63) << 31 | 0xFF << 23 | fraction).to_bytes(4, "big")


def _read_nothing(buf: bytes, at: int) -> tuple[None, int]:
    return None, at


def _write_nothing(payload: None, out: bytearray) -> None:
    if payload is not None:
        raise UsageError(f"null-data and dont-care hold nothing, not {payload!r}")


def _tables() -> tuple[tuple[Reader | None, ...], tuple[Writer | None, ...]]:
    codecs: dict[int, tuple[Reader, Writer]] = {
        **{tag: _number(code) for tag, code in NUMBER_CODES.items()},
        **{tag: _octets(size) for tag, size in OCTETS.items()},
        **dict.fromkeys(STRINGS, (_read_string, _write_string)),
        Tag.BIT_STRING: (_read_bits, _write_bits),
        Tag.FLOAT32: (_read_float32, _write_float32),
        Tag.NULL_DATA: (_read_nothing, _write_nothing),
        Tag.DONT_CARE: (_read_nothing, _write_nothing),
    }
    found = [codecs.get(tag, (None, None)) for tag in range(256)]
    return tuple(read for read, _ in found), tuple(write for _, write in found)


READ, WRITE = _tables()
