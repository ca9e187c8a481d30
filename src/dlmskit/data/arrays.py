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


def of_layout(layout: Layout, buffer: bytes, at: int, count: int) -> list[Array]:
    """The columns of rows of one shape: numbers of the width they have on the wire, strings as `V<length>`."""
    table = np.frombuffer(buffer, _dtype(layout), count, at)
    return [_native(table[name]) for name in table.dtype.names or ()]


def of_column(column: tuple[Any, ...]) -> Array:
    """One column of whatever: numbers as NumPy likes them, strings of one length as `V<length>`, all else as objects."""
    kinds = {type(cell) for cell in column}
    if kinds == {bytes} and len(sizes := {len(cell) for cell in column}) == 1 and 0 not in sizes:
        return np.frombuffer(b"".join(column), f"V{sizes.pop()}")
    if len(kinds) == 1 and kinds <= {bool, int, float}:
        return np.array(column)
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
        return np.not_equal(column.view("u1"), 0)  # any octet but 0 is true, and NumPy wants 1
    native: Array = column.astype(column.dtype.newbyteorder("="))
    return native
