"""Profile buffers as rows and columns of plain Python values, without tags.

Numbers are int or float, boolean is bool, null-data and dont-care are None, bit-string is str, every other string
and the date and time types are bytes; arrays, structures and compact-arrays are tuples.

Rows of one shape are read by one struct; whatever else goes through the general decoder with the same result.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlmskit.data.axdr import decode
from dlmskit.data.compact import CompactArray, expand
from dlmskit.data.layout import Layout, shared_layout
from dlmskit.data.lengths import read_length
from dlmskit.data.limits import LIMITS, Limits
from dlmskit.data.value import Tag, Value, type_name
from dlmskit.errors import LimitExceeded, MissingExtra, RemoteProtocolError

if TYPE_CHECKING:
    import numpy as np

Row = tuple[Any, ...]


def rows(buffer: bytes | Value, *, compressed: bool = False, limits: Limits = LIMITS) -> list[Row]:
    """The rows of an encoded or decoded array of structures.

    compressed  undo null-data and delta compression, see `dlmskit.data.compact.expand`
    Raises RemoteProtocolError if it is not an array of structures.
    """
    if not isinstance(buffer, Value):
        buffer = bytes(buffer)
        found = _uniform(buffer, limits)
        if found is not None and not (compressed and found[0].has_delta):
            layout, at, count = found
            return list(layout.unpack(buffer, at, count))
        buffer = decode(buffer, limits)
    return [_plain_row(row) for row in _rows_of(buffer, compressed)]


def columns(buffer: bytes | Value, *, compressed: bool = False, limits: Limits = LIMITS) -> list[Row]:
    """The columns of the same: one tuple per captured cell, in capture order."""
    return _transposed(rows(buffer, compressed=compressed, limits=limits))


def to_numpy(buffer: bytes | Value, *, compressed: bool = False, limits: Limits = LIMITS) -> list[np.ndarray[Any, Any]]:
    """The columns as NumPy arrays.

    Numbers of one shape keep the width they had on the wire; strings of one length have the dtype `V<length>`.
    Raises MissingExtra without NumPy.
    """
    try:
        from dlmskit.data import arrays
    except ImportError:
        raise MissingExtra("columns", "a NumPy array") from None
    if not isinstance(buffer, Value):
        buffer = bytes(buffer)
        found = _uniform(buffer, limits)
        if found is not None and not (compressed and found[0].has_delta):
            layout, at, count = found
            return arrays.of_layout(layout, buffer, at, count)
    return [arrays.of_column(column) for column in columns(buffer, compressed=compressed, limits=limits)]


def _uniform(buffer: bytes, limits: Limits) -> tuple[Layout, int, int] | None:
    """Layout, offset and number of the rows of an encoded array that is all rows of one shape."""
    if len(buffer) > limits.octets:
        raise LimitExceeded(f"{len(buffer)} octets, more than {limits.octets}", data=buffer[:64], offset=0)
    if limits.depth < 2 or len(buffer) < 2 or buffer[0] != Tag.ARRAY:
        return None
    count, at = read_length(buffer, 1)
    layout = shared_layout(buffer, at, count) if count else None
    if layout is None or at + count * layout.size != len(buffer):
        return None
    return (layout, at, count) if 1 + count * (1 + len(layout.cells)) <= limits.elements else None


def _rows_of(buffer: Value, compressed: bool) -> Sequence[Value]:
    if buffer.tag == Tag.COMPACT_ARRAY:
        found: Sequence[Value] = buffer.value.items
    elif buffer.tag == Tag.ARRAY:
        found = buffer.value
    else:
        raise RemoteProtocolError(f"rows are an array, not {type_name(buffer.tag)}")
    return expand(found) if compressed else found


def _plain_row(row: Value) -> Row:
    if row.tag != Tag.STRUCTURE:
        raise RemoteProtocolError(f"a row is a structure, not {type_name(row.tag)}")
    return tuple(map(_plain, row.value))


def _plain(value: Value) -> Any:
    """The payload of a value and of all within it, without tags."""
    payload = value.value
    if isinstance(payload, CompactArray):
        payload = payload.items
    return tuple(map(_plain, payload)) if isinstance(payload, tuple) else payload


def _transposed(found: list[Row]) -> list[Row]:
    try:
        return list(zip(*found, strict=True))
    except ValueError:
        raise RemoteProtocolError("rows of different lengths have no columns") from None
