"""What is drawn of a column: in order of time, and what was counted only of what counts up."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from dlmskit.client.profile.series import series_of
from dlmskit.client.profile.table import Column, ProfileTable, Timing
from dlmskit.cosem.common import CaptureObject, ScalerUnit
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime
from dlmskit.units import Unit

CLOCK = Column(CaptureObject(8, Obis.parse("0.0.1.0.0.255"), 2, 0))
TIMES = [CosemDateTime.from_datetime(datetime(2026, 11, 22, 15) + timedelta(hours=n)) for n in range(4)]
COUNTS = [10, 13, 17, 30]


def table(order: list[int], name: str = "1.0.1.8.0.255", unit: Unit = Unit.WH, **timing: bool) -> ProfileTable:
    column = Column(CaptureObject(3, Obis.parse(name), 2, 0), ScalerUnit(0, unit))
    rows = [(TIMES[n].raw, COUNTS[n]) for n in order]
    return ProfileTable(Obis.parse("1.0.99.1.0.255"), [CLOCK, column], rows, Timing(period_s=3600, **timing))


@pytest.mark.parametrize(
    ("order", "timing"),
    [([0, 1, 2, 3], {}), ([3, 2, 1, 0], {"newest_first": True}), ([2, 0, 3, 1], {"by_age": False})],
)
def test_what_was_counted_goes_forward_in_time_whatever_the_meters_order(
    order: list[int], timing: dict[str, bool]
) -> None:
    found = series_of(table(order, **timing), 1)
    assert (found.counted, found.numbers, found.times) == (True, [3, 4, 13], TIMES[1:])


@pytest.mark.parametrize(
    ("name", "unit", "label"),
    [
        ("1.0.1.29.0.255", Unit.WH, "Wh per period"),
        ("1.0.2.30.0.255", Unit.WH, "Wh per period"),
        ("7.0.11.9.0.255", Unit.M3, "m³ per period"),
        ("1.0.1.7.0.255", Unit.W, "W"),
    ],
)
def test_what_begins_at_zero_in_each_period_is_drawn_as_it_is(name: str, unit: Unit, label: str) -> None:
    found = series_of(table([3, 2, 1, 0], name, unit, newest_first=True), 1)
    assert (found.unit, found.numbers, found.times) == (label, COUNTS, TIMES)
