"""A-XDR: octets to `Value` and back. The hot path of every large answer.

    tag | contents          contents of array and structure: count | that many values

Whatever the octets, the result is a value or a `RemoteProtocolError`. Accepted though not canonical: lengths in a
longer form than needed, booleans other than 00 and 01, padding bits of a bit-string other than 0.
Source: IEC 62056-5-3, Data; IEC 61334-6 (A-XDR).
"""

from __future__ import annotations

import struct
from typing import Any

from dlmskit.data.compact import decode_compact, encode_compact
from dlmskit.data.layout import shared_layout
from dlmskit.data.lengths import read_length, too_short, write_length
from dlmskit.data.limits import LIMITS, Budget, Limits
from dlmskit.data.primitives import ENDS_EARLY, NUMBER_CODES, READ, WRITE
from dlmskit.data.value import NULL, BareValue, Tag, Value, type_name
from dlmskit.errors import LimitExceeded, RemoteProtocolError, UnknownTag, UsageError

__all__ = ["LIMITS", "Limits", "decode", "decode_from", "encode", "encode_into"]

_FEWEST_UNIFORM_ROWS = 8  # below that, finding a common layout costs more than it saves
_SHARED = (Tag.BOOLEAN, Tag.INTEGER, Tag.UNSIGNED, Tag.ENUM)


def _numbers() -> tuple[tuple[Any, int] | None, ...]:
    """Per tag: what reads tag and number at one go, and the size of both; None for other types."""
    codes = {tag: struct.Struct(">x" + code) for tag, code in NUMBER_CODES.items() if tag not in _SHARED}
    return tuple((codes[tag].unpack_from, codes[tag].size) if tag in codes else None for tag in range(256))


def _octet_values() -> tuple[tuple[Value, ...] | None, ...]:
    """Per tag: the 256 values of the common types of one octet. They are shared, not built anew."""
    tables: list[tuple[Value, ...] | None] = [None] * 256
    for tag in _SHARED:
        payloads = struct.unpack(">256" + NUMBER_CODES[tag], bytes(range(256)))
        tables[tag] = tuple(Value(int(tag), payload) for payload in payloads)
    return tuple(tables)


_NUMBERS = _numbers()
_OCTET_VALUES = _octet_values()


def decode(data: bytes, limits: Limits = LIMITS) -> Value:
    """The one value that `data` holds; octets behind it are an error."""
    value, end = decode_from(data, 0, limits)
    if end != len(data):
        raise RemoteProtocolError(f"{len(data) - end} octets too many", data=bytes(data), offset=end)
    return value


def decode_from(buf: bytes, at: int = 0, limits: Limits = LIMITS) -> tuple[Value, int]:
    """The value that begins at `at`, and the offset behind it."""
    if type(buf) is not bytes:
        buf = bytes(buf)
    if len(buf) - at > limits.octets:
        raise LimitExceeded(f"{len(buf) - at} octets, more than {limits.octets}", data=buf[:64], offset=at)
    try:
        budget = Budget(limits)
        budget.take(1, buf, at)
        payload, end = _payload(buf, at + 1, buf[at], limits.depth, budget)
        return Value(buf[at], payload), end
    except ENDS_EARLY:
        raise too_short(buf, "a value") from None


def _payload(buf: bytes, at: int, tag: int, depth: int, budget: Budget) -> tuple[Any, int]:
    """What follows one tag, whatever the tag; `depth` more levels may be opened."""
    read = READ[tag]
    if read is not None:
        return read(buf, at)
    if tag == Tag.ARRAY or tag == Tag.STRUCTURE:
        return _elements(buf, at, tag, depth, budget)
    if tag == Tag.COMPACT_ARRAY:
        return decode_compact(buf, at, depth, budget)
    raise UnknownTag("data", tag, data=buf, offset=at - 1)


def _elements(buf: bytes, at: int, tag: int, depth: int, budget: Budget) -> tuple[tuple[Value, ...], int]:
    """The elements of an array or structure. Calls are inlined here, and only here, because they are the cost."""
    count, at = (buf[at], at + 1) if buf[at] < 0x80 else read_length(buf, at)
    budget.elements -= count
    if count > len(buf) - at or budget.elements < 0 or depth <= 0:
        raise _refusal(buf, at, count, depth, budget)
    if tag == 1 and count >= _FEWEST_UNIFORM_ROWS and (rows := _uniform_rows(buf, at, count, depth - 1, budget)):
        return rows
    values = []
    for _ in range(count):
        tag = buf[at]
        number = _NUMBERS[tag]
        if number is not None:
            unpack_from, size = number
            value = BareValue()
            value.tag = tag
            (value.value,) = unpack_from(buf, at)
            at += size
        elif (octets := _OCTET_VALUES[tag]) is not None:
            value = octets[buf[at + 1]]
            at += 2
        elif tag == 0:
            value = NULL
            at += 1
        else:
            value = BareValue()
            value.tag = tag
            if (tag == 9 or tag == 10) and (size := buf[at + 1]) < 0x80 and (end := at + 2 + size) <= len(buf):
                value.value = buf[at + 2 : end]
                at = end
            elif tag == 2 or tag == 1:
                value.value, at = _elements(buf, at + 1, tag, depth - 1, budget)
            elif (read := READ[tag]) is not None:
                value.value, at = read(buf, at + 1)
            else:
                value.value, at = _payload(buf, at + 1, tag, depth - 1, budget)
        values.append(value)
    return tuple(values), at


def _refusal(buf: bytes, at: int, count: int, depth: int, budget: Budget) -> RemoteProtocolError:
    """Why an array or structure whose count ends at `at` is not even begun."""
    if depth <= 0:
        return LimitExceeded(f"nested deeper than {budget.limits.depth}", data=buf, offset=at)
    if count > len(buf) - at:
        return RemoteProtocolError(
            f"{count} elements cannot stand in the {len(buf) - at} octets that follow", data=buf, offset=at
        )
    return budget.exceeded(buf, at)


def _uniform_rows(buf: bytes, at: int, count: int, depth: int, budget: Budget) -> tuple[tuple[Value, ...], int] | None:
    """Rows that share one layout, built column by column; None if they do not."""
    layout = shared_layout(buf, at, count) if depth > 0 else None
    if layout is None:
        return None
    budget.take(count * len(layout.cells), buf, at)
    columns: list[Any] = []
    for cell, payloads in zip(layout.cells, zip(*layout.unpack(buf, at, count), strict=True), strict=True):
        shared = _OCTET_VALUES[cell.tag]
        if shared is not None:
            first = at + cell.offset
            columns.append([shared[octet] for octet in buf[first : at + count * layout.size : layout.size]])
        else:
            columns.append(_built(cell.tag, payloads))
    return tuple(_built(2, zip(*columns, strict=True))), at + count * layout.size


def _built(tag: int, payloads: Any) -> list[Value]:
    values = []
    for payload in payloads:
        value = BareValue()
        value.tag = tag
        value.value = payload
        values.append(value)
    return values


def encode(value: Value) -> bytes:
    """The canonical encoding of a value."""
    out = bytearray()
    encode_into(value, out)
    return bytes(out)


def encode_into(value: Value, out: bytearray) -> None:
    """Append the canonical encoding of a value; on a UsageError `out` may hold a part of it."""
    try:
        _write(value, out)
    except UsageError:
        raise
    except (*ENDS_EARLY, ArithmeticError, AttributeError, RecursionError, TypeError, ValueError) as error:
        raise UsageError(f"not a value that A-XDR can write: {error}") from error


def _write(value: Value, out: bytearray) -> None:
    tag, payload = value.tag, value.value
    out.append(tag)
    write = WRITE[tag]
    if write is not None:
        write(payload, out)
    elif tag == Tag.ARRAY or tag == Tag.STRUCTURE:
        write_length(len(payload), out)
        for item in payload:
            _write(item, out)
    elif tag == Tag.COMPACT_ARRAY:
        encode_compact(payload, out)
    else:
        raise UsageError(f"{type_name(tag)} is not a type of A-XDR")
