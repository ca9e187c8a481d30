"""Rows of a profile with times, units and exact values, and the same as NumPy, Arrow, pandas or CSV."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dlmskit.client.profile.timeline import Report, report
from dlmskit.cosem.common import CaptureObject, ScalerUnit
from dlmskit.cosem.stamps import as_time, tells_time
from dlmskit.errors import MissingExtra
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime
from dlmskit.units import Quantity, scale

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

Role = Literal["time", "status", "value"]
RawRow = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """One captured attribute.

    scaling  scaler and unit, where the meter has told them
    texts    what its numbers mean, where a device profile says so
    """

    capture: CaptureObject
    scaling: ScalerUnit | None = None
    texts: Mapping[int, str] = field(default_factory=dict, compare=False)

    @property
    def object(self) -> Obis:
        return self.capture.logical_name

    @property
    def class_id(self) -> int:
        return self.capture.class_id

    @property
    def attribute(self) -> int:
        return self.capture.attribute_index

    @property
    def data_index(self) -> int:
        return self.capture.data_index

    @property
    def role(self) -> Role:
        """What the column is for: the time of the row, its status (0.b.96.10.e.f), or a value."""
        if tells_time(self.capture):
            return "time"
        name = self.object
        return "status" if name.a == 0 and name.c == 96 and name.d == 10 and self.class_id != 7 else "value"

    @property
    def unit(self) -> str:
        return self.scaling.unit.symbol if self.scaling is not None else ""

    def __str__(self) -> str:
        detail = "" if self.attribute == 2 and not self.data_index else f"/{self.attribute}"
        return f"{self.object}{detail}{f'[{self.data_index}]' if self.data_index else ''}"


@dataclass(frozen=True, slots=True)
class Cell:
    """One captured value: as it came, and where scaler and unit are known as an exact quantity."""

    column: Column
    raw: Any

    @property
    def quantity(self) -> Quantity | None:
        """The scaled value with its unit; None without scaler and unit, or where it is no number."""
        scaling, raw = self.column.scaling, self.raw
        if scaling is None or isinstance(raw, bool) or not isinstance(raw, int | float):
            return None
        return Quantity(scale(raw, scaling.scaler), scaling.unit)

    @property
    def text(self) -> str | None:
        """What the number means, such as an event; None where nothing says so."""
        return self.column.texts.get(self.raw) if isinstance(self.raw, int) else None

    @property
    def value(self) -> Any:
        """The scaled number where scaler and unit are known, else what came."""
        quantity = self.quantity
        return self.raw if quantity is None else quantity.value


@dataclass(frozen=True, slots=True)
class Timing:
    """How a meter keeps the times of its rows.

    period_s            seconds between two captures; 0 for none
    newest_first        the order of its entries
    by_age              they lie in the order in which they were captured
    deviation_reversed  the sign of its deviations is wrong
    """

    period_s: int = 0
    newest_first: bool = False
    by_age: bool = True
    deviation_reversed: bool = False


_STANDARD = Timing()


class Row:
    """One entry of a profile.

    time    as the meter gave it; None where no clock is captured
    utc     the same moment in UTC; None where that cannot be known
    odd_time  what came in the place of a time and is none; None without such
    status  the number or octets of the status column; None where there is none
    raw     every captured value in the order of `table.columns`
    """

    __slots__ = ("_table", "raw")

    def __init__(self, table: ProfileTable, raw: RawRow) -> None:
        self._table, self.raw = table, raw

    @property
    def time(self) -> CosemDateTime | None:
        return self._table.time_of(self.raw)

    @property
    def utc(self) -> datetime | None:
        return self._table.utc_of(self.raw)

    @property
    def odd_time(self) -> Any:
        at = self._table.time_at
        return self.raw[at] if at is not None and self.time is None else None

    @property
    def status(self) -> Any:
        at = self._table.status_at
        return self.raw[at] if at is not None else None

    @property
    def values(self) -> tuple[Cell, ...]:
        """The captured values, without time and status, in capture order."""
        columns = self._table.columns
        return tuple([Cell(columns[at], self.raw[at]) for at in self._table.values_at])

    def __repr__(self) -> str:
        cells = ", ".join(f"{cell.column}={cell.quantity or cell.raw}" for cell in self.values)
        return f"<Row {self.time} {cells}>"


class ProfileTable(Sequence[Row]):
    """What was read of a profile: columns in capture order and rows in the meter's."""

    def __init__(
        self, logical_name: Obis, columns: Sequence[Column], raw_rows: Sequence[RawRow], timing: Timing = _STANDARD
    ) -> None:
        self.object, self.timing = logical_name, timing
        self.columns = tuple(columns)
        self.raw_rows = raw_rows
        self.time_at = self._first("time")
        self.status_at = self._first("status")
        self.values_at = tuple(i for i in range(len(self.columns)) if i not in (self.time_at, self.status_at))

    def _first(self, role: Role) -> int | None:
        return next((at for at, column in enumerate(self.columns) if column.role == role), None)

    @cached_property
    def rows(self) -> list[Row]:
        return [Row(self, raw) for raw in self.raw_rows]

    def time_of(self, raw: RawRow) -> CosemDateTime | None:
        """The time of a row as the meter gave it."""
        return None if self.time_at is None else as_time(raw[self.time_at])

    def utc_of(self, raw: RawRow) -> datetime | None:
        """The time of a row in UTC, where that can be known."""
        time = self.time_of(raw)
        return None if time is None else time.utc_with(deviation_reversed=self.timing.deviation_reversed)

    @property
    def times(self) -> list[CosemDateTime | None]:
        """The time of each row as the meter gave it."""
        return list(map(self.time_of, self.raw_rows))

    @cached_property
    def report(self) -> Report:
        """Rows that are missing or came twice, and jumps of the clock; nothing without a time, or in another order."""
        timing = self.timing
        if self.time_at is None or not timing.by_age:
            return Report()
        return report(
            self.times, timing.period_s, newest_first=timing.newest_first, reversed_=timing.deviation_reversed
        )

    def __getitem__(self, index: Any) -> Any:
        return self.rows[index]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.raw_rows)

    def __repr__(self) -> str:
        return f"<ProfileTable {self.object}: {len(self)} rows of {', '.join(map(str, self.columns))}>"

    # --- as other libraries have it ---

    @property
    def names(self) -> list[str]:
        """A name for each column: `time`, `status`, or what is captured; numbered where captured twice."""
        found: list[str] = []
        for at, column in enumerate(self.columns):
            name = "time" if at == self.time_at else "status" if at == self.status_at else str(column)
            again = sum(1 for earlier in self.columns[:at] if earlier.capture == column.capture)
            found.append(f"{name} #{again + 1}" if again else name)
        return found

    def to_numpy(self) -> dict[str, np.ndarray[Any, Any]]:
        """The columns by name: scaled numbers as float64, times as datetime64 in UTC where all tell it, else local.

        Raises MissingExtra without NumPy.
        """
        try:
            from dlmskit.client.profile.frames import numpy_columns
        except ImportError:
            raise MissingExtra("columns", "a NumPy array") from None
        return numpy_columns(self)

    def to_arrow(self) -> pa.Table:
        """An Arrow table with exact decimals; units stand in the metadata. Raises MissingExtra without PyArrow."""
        try:
            from dlmskit.client.profile.frames import arrow_table

            return arrow_table(self)
        except ImportError:
            raise MissingExtra("arrow", "an Arrow table") from None

    def to_pandas(self) -> pd.DataFrame:
        """A pandas table, as `to_numpy`. Raises MissingExtra without pandas."""
        try:
            import pandas as pd
        except ImportError:
            raise MissingExtra("pandas", "a pandas table") from None
        return pd.DataFrame(self.to_numpy())

    def to_parquet(self, path: str | os.PathLike[str]) -> None:
        """Write a Parquet file of the Arrow table. Raises MissingExtra without PyArrow."""
        parquet_writer()(self.to_arrow(), path)

    def to_image(self, path: str | os.PathLike[str]) -> None:
        """Draw a chart of each column into a PNG or SVG file, as its name ends. Raises MissingExtra without Matplotlib."""
        from dlmskit.client.profile.picture import draw

        draw(self, path)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write a header and one line a row: times in ISO 8601, exact numbers, units in the header."""
        header = [f"{name} ({c.unit})" if c.unit else name for name, c in zip(self.names, self.columns, strict=True)]
        with Path(path).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(header)
            for raw in self.raw_rows:
                writer.writerow([self.text_of(at, cell) for at, cell in enumerate(raw)])

    def text_of(self, at: int, raw: Any) -> str:
        """A cell as text: times in ISO 8601, exact numbers, octets in hex."""
        time = as_time(raw) if at == self.time_at else None
        if time is not None:
            return time.isoformat(deviation_reversed=self.timing.deviation_reversed)
        value = Cell(self.columns[at], raw).value
        if value is None:
            return ""
        return (
            format(value, "f")
            if isinstance(value, Decimal)
            else value.hex()
            if isinstance(value, bytes)
            else str(value)
        )


def parquet_writer() -> Any:
    """What writes a Parquet file. Raises MissingExtra without PyArrow."""
    try:
        from pyarrow import parquet
    except ImportError:
        raise MissingExtra("arrow", "a Parquet file") from None
    return parquet.write_table
