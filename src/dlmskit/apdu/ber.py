"""The part of BER that ACSE needs: tag-length-value elements with one-octet tags and definite lengths.

Accepted though not canonical: lengths in a longer form than needed. Refused: indefinite lengths, lengths of more
than four octets, elements that reach beyond the one they stand in, tags of several octets. Nothing recurses.
Source: ITU-T X.690.
"""

from __future__ import annotations

from typing import Final

from dlmskit.data.lengths import read_length, write_length
from dlmskit.errors import RemoteProtocolError, UnknownTag, UsageError

INTEGER: Final = 0x02
OCTET_STRING: Final = 0x04
OBJECT_IDENTIFIER: Final = 0x06
_LONG_TAG = 0x1F
_MOST_INTEGER_OCTETS = 4


def header(buf: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag, start and end of the contents of the element at `at`, which must lie before `end`."""
    if at >= end:
        raise RemoteProtocolError("an element is missing", data=buf, offset=at)
    tag = buf[at]
    if tag & _LONG_TAG == _LONG_TAG:
        raise UnknownTag("BER", tag, data=buf, offset=at)
    size, start = read_length(buf, at + 1)
    if start + size > end:
        what = f"element 0x{tag:02X} of {size} octets, {max(end - start, 0)} left"
        raise RemoteProtocolError(what, data=buf, offset=at)
    return tag, start, start + size


def inside(buf: bytes, tag: int, at: int, end: int) -> tuple[int, int]:
    """Start and end of the contents of the one element between `at` and `end`, whose tag must be `tag`."""
    found, start, stop = header(buf, at, end)
    if found != tag:
        raise RemoteProtocolError(f"tag 0x{found:02X} where 0x{tag:02X} belongs", data=buf, offset=at)
    if stop != end:
        raise RemoteProtocolError(f"{end - stop} octets too many in an element", data=buf, offset=stop)
    return start, stop


def read_integer(buf: bytes, at: int, end: int) -> int:
    """The contents octets of an INTEGER: two's complement, 1 to 4 octets."""
    if not 1 <= end - at <= _MOST_INTEGER_OCTETS:
        raise RemoteProtocolError(f"INTEGER of {end - at} octets", data=buf, offset=at)
    return int.from_bytes(buf[at:end], "big", signed=True)


def integer(value: int) -> bytes:
    """The shortest contents octets of an INTEGER."""
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    if size > _MOST_INTEGER_OCTETS:
        raise UsageError(f"INTEGER {value} is too large")
    return value.to_bytes(size, "big", signed=True)


def read_bits(buf: bytes, at: int, end: int) -> str:
    """The contents octets of a BIT STRING, as 0 and 1; the first octet says how many of the last are unused."""
    if at == end or buf[at] > (7 if end - at > 1 else 0):
        raise RemoteProtocolError("BIT STRING without its count of unused bits", data=buf, offset=at)
    octets = buf[at + 1 : end]
    text = "".join(f"{octet:08b}" for octet in octets)
    return text[: len(text) - buf[at]]


def bits(value: str) -> bytes:
    """The contents octets of a BIT STRING."""
    unused = -len(value) % 8
    padded = value + "0" * unused
    return bytes((unused, *(int(padded[i : i + 8], 2) for i in range(0, len(padded), 8))))


def element(tag: int, contents: bytes) -> bytes:
    """One whole element."""
    out = bytearray((tag,))
    write_length(len(contents), out)
    return bytes(out + contents)
