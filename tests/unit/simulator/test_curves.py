"""Consumption over time: repeatable, never running back, its sum the sum of its rate."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.simulator.curves import INSTALLED, QUARTERS, Curve, chance

ZONE = timedelta(hours=1)
SHAPE = (1, 2, 0, 5) * 6
moments = st.datetimes(datetime(2020, 1, 2), datetime(2060, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))


def curve(seed: object = 1, **changes: object) -> Curve:
    return Curve(seed, 9600.0, SHAPE, zone=ZONE, **changes)  # type: ignore[arg-type]


@given(moments, st.integers(0, 40 * 86_400))
def test_consumption_never_runs_back(moment: datetime, seconds: int) -> None:
    served = curve()
    assert served.total(moment + timedelta(seconds=seconds)) >= served.total(moment) - 1e-6
    assert served.rate(moment) >= 0


@given(moments)
def test_the_sum_grows_as_the_rate_says(moment: datetime) -> None:
    served, start = curve(), moment.replace(minute=15 * (moment.minute // 15), second=0, microsecond=0)
    grown = served.total(start + timedelta(minutes=15)) - served.total(start)
    assert grown == pytest.approx(served.rate(start) / 4, rel=1e-6, abs=1e-3)


@given(moments, st.integers(0, QUARTERS), st.integers(0, QUARTERS))
def test_the_parts_of_a_day_make_the_whole(moment: datetime, one: int, other: int) -> None:
    served, (first, last) = curve(), sorted((one, other))
    parts = served.total(moment, 0, first) + served.total(moment, first, last) + served.total(moment, last, QUARTERS)
    assert parts == pytest.approx(served.total(moment), rel=1e-9)


def test_the_closed_form_is_the_sum_of_the_days() -> None:
    served, days = curve(), 1000
    end = INSTALLED - ZONE + timedelta(days=days)
    added = sum(
        served.total(INSTALLED - ZONE + timedelta(days=day + 1)) - served.total(INSTALLED - ZONE + timedelta(days=day))
        for day in range(days)
    )
    assert served.total(end) == pytest.approx(added, rel=1e-9)
    assert served.total(end) == pytest.approx(9600 * days, rel=0.1)


def test_equal_seeds_give_equal_curves_and_others_do_not() -> None:
    moment = datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert curve(7).total(moment) == curve(7).total(moment)
    assert len({curve(seed).total(moment) for seed in range(20)}) == 20


def test_winter_and_summer_are_opposite() -> None:
    def grown(served: Curve, month: int) -> float:
        start = datetime(2025, month, 1, tzinfo=UTC)
        return served.total(start + timedelta(days=28)) - served.total(start)

    assert grown(curve(), 1) > grown(curve(), 7)
    assert grown(curve(winter=False), 1) < grown(curve(winter=False), 7)


def test_before_it_was_installed_nothing_was_counted() -> None:
    assert curve().total(datetime(2000, 1, 1, tzinfo=UTC)) == 0


def test_chance_is_repeatable_and_spread() -> None:
    drawn = [chance("x", number) for number in range(1000)]
    assert drawn == [chance("x", number) for number in range(1000)]
    assert all(0 <= number < 1 for number in drawn)
    assert 0.45 < sum(drawn) / 1000 < 0.55
