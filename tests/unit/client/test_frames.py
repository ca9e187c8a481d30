"""A table as other libraries have it: whole columns at a time give what cell by cell would."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.client.profile.table import Column, ProfileTable, Timing
from dlmskit.cosem.common import CaptureObject, ScalerUnit
from dlmskit.errors import MissingExtra, UsageError
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime
from dlmskit.units import Unit, scale

np = pytest.importorskip("numpy")

ENERGY = "1.0.1.8.0.255"
CLOCK = Column(CaptureObject(8, Obis.parse("0.0.1.0.0.255"), 2, 0))
START = datetime(2026, 11, 22, 15, tzinfo=timezone(timedelta(hours=1)))


def counter(scaler: int) -> Column:
    return Column(CaptureObject(3, Obis.parse(ENERGY), 2, 0), ScalerUnit(scaler, Unit.WH))


def table(cells: list[Any], scaler: int = -1, times: list[Any] | None = None, **timing: Any) -> ProfileTable:
    clocks = times or [CosemDateTime.from_datetime(START + timedelta(minutes=15 * n)).raw for n in range(len(cells))]
    return ProfileTable(
        Obis.parse("1.0.99.1.0.255"), [CLOCK, counter(scaler)], list(zip(clocks, cells, strict=True)), Timing(**timing)
    )


WORDS = st.integers(-(2**63), 2**63 - 1) | st.integers(-1000, 1000)


@given(st.lists(WORDS, min_size=1, max_size=8), st.integers(-30, 30))
def test_scaled_numbers_are_rounded_like_one_by_one(cells: list[int], scaler: int) -> None:
    assert table(cells, scaler).to_numpy()[ENERGY].tolist() == [float(scale(cell, scaler)) for cell in cells]


@given(st.lists(st.one_of(WORDS, st.none(), st.floats(), st.binary(max_size=4)), max_size=6), st.integers(-128, 127))
def test_any_cells_are_columns(cells: list[Any], scaler: int) -> None:
    assert len(table(cells, scaler).to_numpy()[ENERGY]) == len(cells)


MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC) | st.none())


@given(st.lists(st.binary(min_size=12, max_size=12) | MOMENTS.map(lambda one: CosemDateTime.from_datetime(one).raw) | st.none(), min_size=1, max_size=6), st.booleans())  # fmt: skip
def test_times_are_in_utc_where_every_row_tells_it_and_else_local(cells: list[Any], reversed_: bool) -> None:
    found = table(cells, times=cells, deviation_reversed=reversed_)
    times = [time for time in found.times if time is not None and time.local is not None]
    utc = [time.utc_with(deviation_reversed=reversed_) for time in times]
    wanted = utc if all(utc) else [time.local for time in times]
    came = [one for one in found.to_numpy()["time"].tolist() if one is not None]
    assert came == [one.replace(tzinfo=None) for one in wanted if one is not None]


def test_an_empty_table_has_its_columns() -> None:
    found = table([]).to_numpy()
    assert {name: len(cells) for name, cells in found.items()} == {"time": 0, ENERGY: 0}


# --- Arrow, Parquet, pandas ---


@given(st.lists(WORDS | st.none(), min_size=1, max_size=6), st.integers(-12, 3))
def test_arrow_has_exact_decimals(cells: list[Any], scaler: int) -> None:
    pytest.importorskip("pyarrow")
    found = table(cells, scaler).to_arrow().column(ENERGY).to_pylist()
    assert found == [None if cell is None else Decimal(cell).scaleb(scaler) for cell in cells]


@pytest.mark.parametrize(
    ("cells", "scaler"),
    [
        ([1, b"a", None], 0),
        ([1.5, b"a"], 2),
        ([float("nan"), float("inf")], -1),
        ([1, 2**63], 127),
        ([(1, b"x"), 1], -128),
    ],
)
def test_a74_cells_and_scalers_that_make_no_column_are_texts(cells: list[Any], scaler: int, tmp_path: Path) -> None:
    found = table(cells, scaler)
    assert len(found.to_numpy()[ENERGY]) == len(cells)
    found.to_csv(tmp_path / "rows.csv")
    pytest.importorskip("pyarrow")
    assert found.to_arrow().num_rows == len(cells)
    found.to_parquet(tmp_path / "rows.parquet")


@pytest.mark.parametrize(
    "cell", [b"=1+1", b"@SUM(1)", b"\x1b[2J", b"a\r\nb", b"<script>", b"'; DROP", "0101", True, None]
)
def test_a73_a_cell_of_a_csv_file_begins_no_formula_and_controls_nothing(cell: Any, tmp_path: Path) -> None:
    table([cell]).to_csv(tmp_path / "rows.csv")
    _, line = (tmp_path / "rows.csv").read_text().splitlines()
    assert line.partition(",")[2].isalnum() or cell is None


def test_arrow_knows_utc_units_and_status_of_a_parquet_file(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    from pyarrow import parquet

    table([1000, 1001]).to_parquet(tmp_path / "rows.parquet")
    found = parquet.read_table(tmp_path / "rows.parquet")
    assert str(found.schema.field("time").type) == "timestamp[us, tz=UTC]"
    assert found.column("time").to_pylist()[0] == START.astimezone(UTC)
    assert found.column(ENERGY).to_pylist() == [Decimal("100.0"), Decimal("100.1")]
    assert found.schema.field(ENERGY).metadata[b"unit"] == b"Wh"
    local = [CosemDateTime.from_datetime(START.replace(tzinfo=None)).raw]
    assert str(table([1], times=local).to_arrow().schema.field("time").type) == "timestamp[us]"


def test_pandas_has_the_same() -> None:
    pytest.importorskip("pandas")
    found = table([1000, 1001]).to_pandas()
    assert list(found.columns) == ["time", ENERGY]
    assert found[ENERGY].tolist() == [100.0, 100.1]
    assert found["time"].iloc[0] == START.astimezone(UTC).replace(tzinfo=None)


# --- pictures ---


@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("SVG", b"<?xml")])
def test_a_picture_shows_what_was_counted(tmp_path: Path, ending: str, start: bytes) -> None:
    pytest.importorskip("matplotlib")
    file = tmp_path / f"chart.{ending}"
    table([1000, 1010, None, 1030]).to_image(file)
    octets = file.read_bytes()
    assert octets.startswith(start)
    if ending == "SVG":
        assert b"Wh per period" in octets and b"Active energy" in octets


def test_what_cannot_be_drawn_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"ends in \.png or \.svg"):
        table([1]).to_image(tmp_path / "chart.pdf")
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtra, match=r"dlmskit\[plot\]"):
        table([1]).to_image(tmp_path / "chart.png")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"dlmskit\[arrow\]"):
        table([1]).to_parquet(tmp_path / "rows.parquet")


def test_no_numbers_make_no_picture(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(UsageError, match="no numbers to draw"):
        table([b"text"]).to_image(tmp_path / "chart.svg")
