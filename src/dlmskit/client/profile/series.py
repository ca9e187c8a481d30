"""A column as a series of numbers to be drawn: what is, or what was counted in each period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from dlmskit.client.profile.table import Cell, Column, ProfileTable, RawRow
from dlmskit.cosem.catalogue import title
from dlmskit.times import CosemDateTime

# Units of what is counted up, not of what is: a chart of it shows what was counted in each period.
_COUNTED = frozenset(("Wh", "varh", "VAh", "m³", "l", "J", "Ah", "kg"))
# D, by A, of what begins at zero in each period: time integrals 5 and 6 of electricity, index differences of gas.
_OF_ONE_PERIOD = {1: (29, 30), 7: range(6, 24)}


@dataclass(frozen=True, slots=True)
class Series:
    """One column over time, the oldest first; None where there is no number, or no time."""

    column: Column
    numbers: Sequence[float | None]
    times: Sequence[CosemDateTime | None]
    counted: bool

    @property
    def title(self) -> str:
        """What is measured, in words."""
        return f"{self.column.object}  {title(self.column.object, self.column.class_id)}"

    @property
    def unit(self) -> str:
        return f"{self.column.unit}{' per period' if self.counted else ''}"


def all_series(table: ProfileTable) -> Iterator[Series]:
    """The series of every column with numbers."""
    for at in table.values_at:
        series = series_of(table, at)
        if any(number is not None for number in series.numbers):
            yield series


def series_of(table: ProfileTable, at: int) -> Series:
    """The series of one column."""
    column, rows = table.columns[at], _oldest_first(table)
    numbers = [_number(Cell(column, raw[at])) for raw in rows]
    times = list(map(table.time_of, rows))
    is_counted = column.unit in _COUNTED
    if is_counted and column.object.d in _OF_ONE_PERIOD.get(column.object.a, ()):
        return Series(column, numbers, times, counted=True)
    if is_counted and len(numbers) > 1:
        return Series(column, differences(numbers), times[1:], counted=True)
    return Series(column, numbers, times, counted=False)


def _oldest_first(table: ProfileTable) -> Sequence[RawRow]:
    if not table.timing.by_age:
        return sorted(table.raw_rows, key=lambda raw: _local(table.time_of(raw)))
    return table.raw_rows[::-1] if table.timing.newest_first else table.raw_rows


def _local(time: CosemDateTime | None) -> datetime:
    return datetime.min if time is None or time.local is None else time.local


def differences(values: Sequence[float | None]) -> list[float | None]:
    """What a counting register counted between each entry and the one before; None where either is missing."""
    pairs = pairwise(values)
    return [None if before is None or after is None else after - before for before, after in pairs]


def _number(cell: Cell) -> float | None:
    value = cell.value
    return float(value) if isinstance(value, int | float | Decimal) and not isinstance(value, bool) else None
