"""Octets of a profile's buffer as rows of plain values, compression undone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any

from dlmskit.data import columns
from dlmskit.data.axdr import decode_from
from dlmskit.data.lengths import read_length, write_length
from dlmskit.data.value import Tag
from dlmskit.errors import RemoteProtocolError
from dlmskit.times import CosemDateTime

RawRow = tuple[Any, ...]


def read_rows(octets: bytes, widths: Sequence[int]) -> list[RawRow]:
    """The rows of an encoded buffer: a null cell repeats the one above it, a delta adds to it.

    widths  how many values a row may have, the same in all. Raises RemoteProtocolError for another number
    """
    found: list[RawRow] = columns.rows(octets, compressed=True)
    sizes = set(map(len, found))
    if len(sizes) > 1 or not sizes <= set(widths):
        raise RemoteProtocolError(f"rows of {sorted(sizes)} values, where {' or '.join(map(str, widths))} are captured")
    return found


def whole_rows(octets: bytes) -> bytes:
    """The array of those rows that came whole, out of the beginning of an encoded buffer; empty for none.

    A compact-array has none: its rows are not told apart before its end.
    """
    if octets[:1] != bytes((Tag.ARRAY,)):
        return b""
    count, begin, at = 0, 0, 0
    try:
        wanted, begin = read_length(octets, 1)
        at = begin
        while count < wanted:
            _, at = decode_from(octets, at)
            count += 1
    except RemoteProtocolError:
        pass  # here it was cut off
    whole = bytearray((Tag.ARRAY,))
    write_length(count, whole)
    return bytes(whole + octets[begin:at]) if count else b""


def fill_clock(rows: list[RawRow], octets: bytes, at: int, period_s: int) -> None:
    """Give each row whose clock cell was sent as null the time `period_s` after the row above, in place."""
    if not _repeats(rows, at):
        return
    sent = columns.rows(octets)
    for number in range(1, len(rows)):
        if sent[number][at] is None:
            row = list(rows[number])
            row[at] = _later(rows[number - 1][at], period_s)
            rows[number] = tuple(row)


def _repeats(rows: Sequence[RawRow], at: int) -> bool:
    """Whether any clock reads the same as the one above: what null cells look like after expansion."""
    return any(row[at] == above[at] for above, row in pairwise(rows))


def _later(above: Any, period_s: int) -> bytes | None:
    """The date-time `period_s` after another; its deviation and status are kept."""
    if not isinstance(above, bytes) or len(above) != CosemDateTime.size:
        return None
    local = CosemDateTime(above).local
    if local is None:
        return above
    return CosemDateTime.from_datetime(local + timedelta(seconds=period_s)).raw[:9] + above[9:]
