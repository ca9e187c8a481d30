"""Octets of a profile's buffer as rows of plain values, compression undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import dropwhile, groupby
from operator import eq
from typing import Any

from dlmskit.data import axdr, columns
from dlmskit.data.lengths import read_length, write_length
from dlmskit.data.primitives import DELTA_TAGS
from dlmskit.data.value import Tag, Value
from dlmskit.errors import LimitExceeded, ProfileMismatch, RemoteProtocolError
from dlmskit.times import CosemDateTime

RawRow = tuple[Any, ...]


def read_rows(octets: bytes, clocks: Mapping[int, int | None], step_s: int) -> list[RawRow]:
    """The rows of an encoded buffer: a null cell repeats the one above it, a delta adds to it.

    clocks  where the clock stands in a row, by how many values it has; all rows have one of these widths
    step_s  from one row to the next, for clocks that were left out; negative where the newest row comes first
    Raises ProfileMismatch with the rows that match, else RemoteProtocolError.
    """
    try:
        return _rows(octets, clocks, step_s)
    except LimitExceeded:
        raise
    except RemoteProtocolError as error:
        rows = _matching(whole_rows(octets) or octets, clocks, step_s)
        if rows is None:
            raise
        raise ProfileMismatch(error.message, rows=rows, data=octets) from error


def _rows(octets: bytes, clocks: Mapping[int, int | None], step_s: int) -> list[RawRow]:
    found: list[RawRow] = columns.rows(octets, compressed=True)
    sizes = set(map(len, found))
    if len(sizes) > 1 or not sizes <= clocks.keys():
        came, said = (" or ".join(map(str, sorted(widths))) for widths in (sizes, clocks))
        raise RemoteProtocolError(f"rows of {came} values, where {said} are captured")
    for at in (clocks[size] for size in sizes):
        if at is not None:
            _fill_clock(found, octets, at, step_s)
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
            _, at = axdr.decode_from(octets, at)
            count += 1
    except RemoteProtocolError:
        pass  # here it was cut off
    whole = bytearray((Tag.ARRAY,))
    write_length(count, whole)
    return bytes(whole + octets[begin:at]) if count else b""


def _matching(octets: bytes, clocks: Mapping[int, int | None], step_s: int) -> list[RawRow] | None:
    """The rows of the width that most of them have; None for what has no rows.

    What is said of the row above is lost with a row that does not match.
    """
    try:
        buffer = axdr.decode(octets)
    except RemoteProtocolError:
        return None
    if buffer.tag not in (Tag.ARRAY, Tag.COMPACT_ARRAY):
        return None
    rows = buffer.value.items if buffer.tag == Tag.COMPACT_ARRAY else buffer.value
    width = Counter(len(row.value) for row in rows if row.tag == Tag.STRUCTURE and len(row.value) in clocks)
    if not width:
        return []
    ((most, _),) = width.most_common(1)
    found: list[RawRow] = []
    for fits, group in groupby(rows, lambda row: row.tag == Tag.STRUCTURE and len(row.value) == most):
        if not fits:
            continue
        part = axdr.encode(Value(Tag.ARRAY, tuple(dropwhile(_has_delta, group))))
        try:
            found += _rows(part, {most: clocks[most]}, step_s)
        except RemoteProtocolError:
            continue  # a delta on what is no number
    return found


def _has_delta(row: Value) -> bool:
    return any(cell.tag in DELTA_TAGS for cell in row.value)


def _fill_clock(rows: list[RawRow], octets: bytes, at: int, step_s: int) -> None:
    """Give each row whose clock was sent as null-data or empty the time `step_s` after the row above, in place."""
    if not _repeats(rows, at):
        return
    sent = columns.rows(octets)
    for number in range(1, len(rows)):
        if not sent[number][at] and isinstance(sent[number][at], bytes | None):
            row = list(rows[number])
            row[at] = _later(rows[number - 1][at], step_s)
            rows[number] = tuple(row)


def _repeats(rows: Sequence[RawRow], at: int) -> bool:
    """Whether any clock is empty or reads the same as the one above: what null cells look like after expansion."""
    clocks = [row[at] for row in rows]
    return b"" in clocks[1:] or any(map(eq, clocks, clocks[1:]))


def _later(above: Any, step_s: int) -> bytes | int | None:
    """The time `step_s` after another; deviation and status of a date-time are kept, so it is right across a fold."""
    if isinstance(above, int):
        return above + step_s
    if not isinstance(above, bytes) or len(above) != CosemDateTime.size:
        return None
    local = CosemDateTime(above).local
    if local is None:
        return above
    try:
        return CosemDateTime.from_datetime(local + timedelta(seconds=step_s)).raw[:9] + above[9:]
    except OverflowError:  # the first or last day of the calendar
        return None
