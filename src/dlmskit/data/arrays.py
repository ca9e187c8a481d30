"""Columns as NumPy arrays; imported only where NumPy is wanted."""

from __future__ import annotations

from typing import Any

import numpy as np

from dlmskit.data.layout import Layout

Array = np.ndarray[Any, Any]

_CODES = {
    "?": "?",
    "b": "i1",
    "B": "u1",
    "h": ">i2",
    "H": ">u2",
    "i": ">i4",
    "I": ">u4",
    "q": ">i8",
    "Q": ">u8",
    "d": ">f8",
}
_NUMBERS = ({bool}, {int}, {float})


def of_layout(layout: Layout, buffer: bytes, at: int, count: int) -> list[Array]:
    """The columns of rows of one shape: numbers of the width they have on the wire, strings as `V<length>`."""
    table = np.frombuffer(buffer, _dtype(layout), count, at)
    return [_native(table[name]) for name in table.dtype.names or ()]


def of_column(column: tuple[Any, ...]) -> Array:
    """One column of whatever; what is not all numbers or all strings of one length becomes objects.

    Integers are int64, else uint64, else objects: NumPy left alone would round a mixture of the two to floats.
    """
    kinds = {type(cell) for cell in column}
    if kinds == {bytes} and len(sizes := {len(cell) for cell in column}) == 1 and 0 not in sizes:
        return np.frombuffer(b"".join(column), f"V{sizes.pop()}")
    return np.array(column, _number_type(column)) if kinds in _NUMBERS else _objects(column)


def _number_type(column: tuple[Any, ...]) -> type | None:
    if type(column[0]) is not int:
        return None
    lowest, highest = min(column), max(column)
    if lowest >= -(2**63) and highest < 2**63:
        return np.int64
    return np.uint64 if lowest >= 0 else object


def _objects(column: tuple[Any, ...]) -> Array:
    found = np.empty(len(column), object)
    found[:] = column
    return found


def _dtype(layout: Layout) -> np.dtype[Any]:
    return np.dtype(
        {
            "names": [f"f{i}" for i in range(len(layout.cells))],
            "formats": [_CODES.get(cell.code) or f"V{cell.code[:-1]}" for cell in layout.cells],
            "offsets": [cell.offset for cell in layout.cells],
            "itemsize": layout.size,
        }
    )


def _native(column: Array) -> Array:
    if column.dtype.kind == "b":
        column = column.view("u1")  # any octet but 0 is true; NumPy expects 1, and a cast from numbers makes it so
        return np.asarray(column.astype("?"))
    return np.asarray(column.astype(column.dtype.newbyteorder("=")))
