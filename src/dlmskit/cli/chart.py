"""A small chart of one column over time, in block characters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

_EIGHTHS = " ▁▂▃▄▅▆▇█"


def chart(values: Sequence[float | None], *, width: int, height: int = 8, first: str = "", last: str = "") -> list[str]:
    """Lines of a bar chart: a scale on the left, the first and last moment below; gaps stay empty.

    More values than there are columns are averaged.
    """
    known = [value for value in values if value is not None]
    if not known:
        return ["nothing to show"]
    top, bottom = max(known), min(0.0, *known)
    labels = [f"{top:,.4g}", f"{bottom:,.4g}"]
    margin = max(map(len, labels)) + 2
    bars = _fit(values, max(width - margin, 8))
    span = (top - bottom) or 1.0
    eighths = [None if bar is None else math.ceil((bar - bottom) / span * height * 8) for bar in bars]
    lines = []
    for row in range(height, 0, -1):
        label = labels[0] if row == height else labels[1] if row == 1 else ""
        cells = ["" if filled is None else _EIGHTHS[min(max(filled - (row - 1) * 8, 0), 8)] for filled in eighths]
        lines.append(f"{label:>{margin - 2}} │" + "".join(cell or " " for cell in cells))
    lines.append(" " * (margin - 1) + "└" + "─" * len(bars))
    gap = len(bars) - len(first) - len(last)
    lines.append(" " * margin + first + " " * max(gap, 1) + last)
    return lines


def _fit(values: Sequence[float | None], columns: int) -> list[float | None]:
    """`values` on at most `columns` bars: widened evenly where there are few, averaged where there are many."""
    count = len(values)
    if count <= columns:
        wide = columns // count
        return [value for value in values for _ in range(wide)]
    bounds = [round(number * count / columns) for number in range(columns + 1)]
    return [_mean(values[start:end]) for start, end in pairwise(bounds)]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None
