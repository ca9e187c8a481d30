"""A-XDR: octets to `Value` and back. The hot path of every large answer.

    tag | contents          contents of array and structure: count | that many values

Whatever the octets, the result is a value or a `RemoteProtocolError`. Accepted though not canonical: lengths in a
longer form than needed, booleans other than 00 and 01, padding bits of a bit-string other than 0.
Source: IEC 62056-5-3, Data; IEC 61334-6 (A-XDR).
"""

from __future__ import annotations

from dlmskit.data.compact import Budget, decode_compact, encode_compact
from dlmskit.data.lengths import read_length, too_short, write_length
from dlmskit.data.limits import LIMITS, Limits
from dlmskit.data.primitives import ENDS_EARLY, READ, WRITE
from dlmskit.data.value import Tag, Value, type_name
from dlmskit.errors import LimitExceeded, RemoteProtocolError, UnknownTag, UsageError

__all__ = ["LIMITS", "Limits", "decode", "decode_from", "encode", "encode_into"]


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
        (value,), at = _values(buf, at, 1, limits.depth, Budget(limits))
    except ENDS_EARLY:
        raise too_short(buf, "a value") from None
    return value, at


def _values(buf: bytes, at: int, count: int, depth: int, budget: Budget) -> tuple[tuple[Value, ...], int]:
    budget.take(count, buf, at)
    values = []
    for _ in range(count):
        tag = buf[at]
        at += 1
        read = READ[tag]
        if read is not None:
            payload, at = read(buf, at)
        elif tag == Tag.ARRAY or tag == Tag.STRUCTURE:
            if depth <= 0:
                raise LimitExceeded(f"nested deeper than {budget.limits.depth}", data=buf, offset=at - 1)
            inner, at = read_length(buf, at)
            if inner > len(buf) - at:
                raise too_short(buf, f"{inner} elements")
            payload, at = _values(buf, at, inner, depth - 1, budget)
        elif tag == Tag.COMPACT_ARRAY:
            payload, at = decode_compact(buf, at, depth, budget)
        else:
            raise UnknownTag("data", tag, data=buf, offset=at - 1)
        values.append(Value(tag, payload))
    return tuple(values), at


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
