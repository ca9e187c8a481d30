"""Rows of one shape: where each cell stands, and the proof that every row agrees.

The first row is walked once. Its tags, counts and lengths are the constant octets of the shape; all rows have the
shape if those octets are the same at the same place of every row, which one strided slice per octet finds out.
Then one struct reads all rows. What is not a structure of numbers and short strings has no layout: the general
decoder does it.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

from dlmskit.data.primitives import DELTA_TAGS, ENDS_EARLY, NUMBER_CODES, OCTETS, STRINGS
from dlmskit.data.value import Tag

_CODES = {**NUMBER_CODES, **{tag: f"{size}s" for tag, size in OCTETS.items()}}


class Cell(NamedTuple):
    """One cell: its tag, the struct code of its contents, and where those begin in the row."""

    tag: int
    code: str
    offset: int


class Layout(NamedTuple):
    """The cells of a row, its size in octets, and where in it which octets never change."""

    cells: tuple[Cell, ...]
    size: int
    constants: tuple[tuple[int, bytes], ...]

    @property
    def has_delta(self) -> bool:
        return any(cell.tag in DELTA_TAGS for cell in self.cells)

    def unpack(self, buf: bytes, at: int, count: int) -> Iterator[tuple[Any, ...]]:
        """The plain payloads of each of `count` rows from `at`."""
        code, end = ">", 0
        for cell in self.cells:
            code += f"{cell.offset - end}x{cell.code}"
            end = cell.offset + struct.calcsize(">" + cell.code)
        return struct.iter_unpack(code, memoryview(buf)[at : at + count * self.size])


def shared_layout(buf: bytes, at: int, count: int) -> Layout | None:
    """The layout that all `count` rows from `at` have, or None if they do not share one."""
    try:
        layout = _first_row(buf, at)
    except ENDS_EARLY:
        return None
    if layout is None or count * layout.size > len(buf) - at:
        return None
    end = at + count * layout.size
    for offset, octets in layout.constants:
        for i, octet in enumerate(octets, at + offset):
            if buf[i : end : layout.size].count(octet) != count:
                return None
    return layout


def _first_row(buf: bytes, start: int) -> Layout | None:
    if buf[start] != Tag.STRUCTURE or not 0 < buf[start + 1] < 0x80:
        return None
    cells, constants = [], []
    constant, at = start, start + 2
    for _ in range(buf[start + 1]):
        tag = buf[at]
        at += 1
        code = _CODES.get(tag)
        if code is None:
            if tag not in STRINGS or buf[at] >= 0x80:
                return None
            code = f"{buf[at]}s"
            at += 1
        constants.append((constant - start, buf[constant:at]))
        cells.append(Cell(tag, code, at - start))
        at = constant = at + struct.calcsize(">" + code)
    return Layout(tuple(cells), at - start, tuple(constants))
