"""The columns of a table as NumPy and Arrow have them; imported only where they are wanted.

Whole columns at a time: cells of one kind are converted by one call, whatever else cell by cell with the same result.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from dlmskit.client.profile.table import Cell, Column, ProfileTable
from dlmskit.cosem.stamps import as_time
from dlmskit.times import CosemDateTime
from dlmskit.units import scale

if TYPE_CHECKING:
    import pyarrow as pa

Array = np.ndarray[Any, Any]

#: Powers of ten that a float has exactly.
_EXACT = 22
#: Decimal digits of what 64 bits hold.
_DIGITS = 19
#: Minutes between local time and UTC that are taken for such, as `times` has it.
_MOST_DEVIATION = 840


def numpy_columns(table: ProfileTable) -> dict[str, Array]:
    """Scaled numbers as float64, whole numbers as int64, times as datetime64, all else as objects."""
    found = {}
    for at, (name, column, cells) in enumerate(_columns(table)):
        integers = _integers(cells)
        if at == table.time_at:
            found[name] = _times(cells, reversed_=table.timing.deviation_reversed)[0]
        elif integers is not None:
            found[name] = integers if column.scaling is None else _scaled(integers, column.scaling.scaler)
        else:
            found[name] = _array(_values(column, cells))
    return found


def arrow_table(table: ProfileTable) -> pa.Table:
    """Scaled numbers as exact decimals, times as timestamps, in UTC where every row tells it; units in the metadata."""
    import pyarrow as pa

    arrays, fields = [], []
    for at, (name, column, cells) in enumerate(_columns(table)):
        if at == table.time_at:
            times, in_utc = _times(cells, reversed_=table.timing.deviation_reversed)
            array = pa.array(times, pa.timestamp("us", tz="UTC" if in_utc else None))
        else:
            array = _numbers(cells, column)
            if array is None:
                array = _mixed(table, at, cells)
        arrays.append(array)
        fields.append(pa.field(name, array.type, metadata={"unit": column.unit} if column.unit else None))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _columns(table: ProfileTable) -> list[tuple[str, Column, Sequence[Any]]]:
    # Column by column: zip(*rows) makes an iterator of every row, which sets the garbage collector to work.
    rows = table.raw_rows
    return [
        (name, column, list(map(itemgetter(at), rows)))
        for at, (name, column) in enumerate(zip(table.names, table.columns, strict=True))
    ]


def _integers(cells: Sequence[Any]) -> Array | None:
    """Integers of 64 bits as such; None for others."""
    if set(map(type, cells)) != {int}:
        return None
    try:
        return np.fromiter(cells, "int64", len(cells))
    except OverflowError:
        return None


def _values(column: Column, cells: Sequence[Any]) -> list[Any]:
    return list(cells) if column.scaling is None else [Cell(column, cell).value for cell in cells]


# --- numbers ---


def _scaled(numbers: Array, scaler: int) -> Array:
    """Integers times a power of ten, rounded as one division or multiplication rounds."""
    power = 10.0 ** abs(scaler)
    is_exact = abs(scaler) <= _EXACT and bool(np.all(np.abs(numbers) < 2**53))
    if not is_exact:
        return np.array([float(scale(int(number), scaler)) for number in numbers])
    return np.asarray(numbers / power if scaler < 0 else numbers * power)


def _numbers(cells: Sequence[Any], column: Column) -> pa.Array | None:
    """Integers, as decimals where they are scaled: the digits stay, only the point moves. None for others."""
    import pyarrow as pa

    integers = _integers(cells)
    if integers is None or column.scaling is None:
        return None if integers is None else pa.array(integers)
    if not -_DIGITS <= column.scaling.scaler <= 0:
        return None
    whole = pa.array(integers).cast(pa.decimal128(_DIGITS, 0))
    return pa.Array.from_buffers(pa.decimal128(_DIGITS, -column.scaling.scaler), len(cells), whole.buffers())


def _mixed(table: ProfileTable, at: int, cells: Sequence[Any]) -> pa.Array:
    """Cells of one kind as such; of what Arrow has no column for, the texts."""
    import pyarrow as pa

    values = _values(table.columns[at], cells)
    if any(isinstance(value, Decimal) and not value.is_finite() for value in values):
        values = [float(value) if isinstance(value, Decimal) else value for value in values]
    try:
        return pa.array(values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([None if cell is None else table.text_of(at, cell) for cell in cells])


def _array(cells: Sequence[Any]) -> Array:
    kinds = set(map(type, cells)) - {type(None)}
    if (kinds and kinds <= {Decimal, float}) or (kinds == {int} and None in cells):
        return np.array([np.nan if cell is None else float(cell) for cell in cells], "float64")
    if kinds == {int} and all(-(2**63) <= cell < 2**63 for cell in cells):
        return np.array(cells, "int64")
    found = np.empty(len(cells), object)
    found[:] = cells
    return found


# --- times ---


def _times(cells: Sequence[Any], *, reversed_: bool) -> tuple[Array, bool]:
    """Times in UTC where all that are there tell it, else all local; and which of the two."""
    if cells and set(map(type, cells)) == {bytes} and set(map(len, cells)) == {CosemDateTime.size}:
        found = _moments(np.frombuffer(b"".join(cells), np.uint8).reshape(-1, CosemDateTime.size), reversed_=reversed_)
        if found is not None:
            return found
    times = list(map(as_time, cells))
    utc = [None if time is None else time.utc_with(deviation_reversed=reversed_) for time in times]
    local = [None if time is None else time.local for time in times]
    in_utc = all(one is None or other is not None for one, other in zip(local, utc, strict=True)) and any(utc)
    return _datetimes(utc if in_utc else local), in_utc


def _datetimes(times: Sequence[datetime | None]) -> Array:
    return np.array([None if time is None else time.replace(tzinfo=None) for time in times], "datetime64[us]")


def _moments(octets: Array, *, reversed_: bool) -> tuple[Array, bool] | None:
    """The same for octets that all make moments; None for others."""
    year = (octets[:, 0].astype("int64") << 8) | octets[:, 1]
    month, day, hour, minute, second, hundredths = (octets[:, at].astype("int64") for at in (2, 3, 5, 6, 7, 8))
    if year.min() < 1 or year.max() > 9999 or month.min() < 1 or month.max() > 12:
        return None
    months = (year - 1970) * 12 + month - 1
    first, next_first = (one.astype("datetime64[M]").astype("datetime64[D]") for one in (months, months + 1))
    dates = first + (day - 1).astype("timedelta64[D]")
    is_known = (day > 0) & (dates < next_first) & (hour < 24) & (minute < 60) & (second < 60) & (hundredths < 100)
    if not is_known.all():
        return None
    microseconds = ((hour * 60 + minute) * 60 + second) * 1_000_000 + hundredths * 10_000
    local = dates.astype("datetime64[us]") + microseconds.astype("timedelta64[us]")
    deviation = octets[:, 9:11].copy().view(">i2")[:, 0].astype("int64")
    told = np.abs(deviation) <= _MOST_DEVIATION
    if not told.all():
        return local, False
    # The ends of the calendar lie as far off as a deviation may be.
    if year.min() == 1 or year.max() == 9999:
        return None
    return local + (-deviation if reversed_ else deviation).astype("timedelta64[m]"), True
