"""What the times of rows show: gaps, duplicates and jumps, and folds that are none of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.client.profile.timeline import Duplicate, Gap, Jump, Report, report
from dlmskit.times import ClockStatus, CosemDateTime

START = datetime(2026, 11, 22, 12)
VIENNA = ZoneInfo("Europe/Vienna")
#: Six hours around the end and the beginning of daylight saving.
FOLDS = [datetime(2026, 10, 24, 22, tzinfo=UTC), datetime(2026, 3, 28, 22, tzinfo=UTC)]


def quarters(*numbers: int, start: datetime = START) -> list[CosemDateTime | None]:
    return [CosemDateTime.from_datetime(start + timedelta(minutes=15 * n)) for n in numbers]


def look(times: list[CosemDateTime | None], period_s: int = 900, *, newest_first: bool = False) -> Report:
    return report(times, period_s, newest_first=newest_first, reversed_=False)


def test_rows_without_anything_odd() -> None:
    found = look(quarters(0, 1, 2, 3))
    assert found == Report()
    assert not found
    assert str(found) == "no gaps"


def test_a_gap_says_where_and_how_many() -> None:
    times = quarters(0, 1, 4, 5)
    found = look(times)
    assert found.gaps == (Gap(2, times[1], times[2], 2),)  # type: ignore[arg-type]
    assert str(found) == "2 rows missing"


def test_the_same_in_rows_that_come_newest_first() -> None:
    times = quarters(5, 4, 1, 0)
    found = look(times, newest_first=True)
    assert found.gaps == (Gap(2, times[2], times[1], 2),)  # type: ignore[arg-type]
    assert found.jumps == ()


def test_a_time_that_comes_twice_is_a_duplicate() -> None:
    times = quarters(0, 1, 1, 2)
    assert look(times).duplicates == (Duplicate(2, times[2]),)  # type: ignore[arg-type]


def test_a_clock_set_back_or_off_the_period_is_a_jump() -> None:
    times = [*quarters(0, 1, 2), *quarters(1, 2, start=START + timedelta(minutes=7))]
    found = look(times)
    assert found.jumps == (Jump(3, times[2], times[3], timedelta(minutes=-8)),)  # type: ignore[arg-type]
    forward = [*quarters(0, 1), *quarters(2, 3, start=START + timedelta(minutes=7))]
    assert [jump.by for jump in look(forward).jumps] == [timedelta(minutes=22)]
    assert str(found) == "1 time jump"


def test_a_second_or_two_late_is_no_jump() -> None:
    times = [*quarters(0), *quarters(1, start=START + timedelta(seconds=2)), *quarters(2, start=START)]
    assert not look(times)


def test_without_a_period_nothing_can_be_missing() -> None:
    found = look(quarters(0, 7, 7, 3), 0)
    assert (found.gaps, len(found.duplicates), len(found.jumps)) == ((), 1, 1)
    months = [CosemDateTime.parse(f"2026-{month:02d}-01") for month in range(1, 8)]
    assert not look(list(months), 30 * 86400)


def test_rows_without_a_time_are_counted() -> None:
    assert look([None, *quarters(0, 1), CosemDateTime(b"\xff" * 12)]).untimed == 2


@pytest.mark.parametrize("start", FOLDS)
@pytest.mark.parametrize("tells", ["deviation", "status"])
@pytest.mark.parametrize("missing", [False, True])
def test_a_fold_is_no_jump_and_hides_no_gap(start: datetime, tells: str, missing: bool) -> None:
    moments = [(start + timedelta(minutes=15 * n)).astimezone(VIENNA) for n in range(24)]
    del moments[10 : 10 + missing]
    times: list[CosemDateTime | None] = []
    for moment in moments:
        time = CosemDateTime.from_datetime(moment, status=ClockStatus(0))
        times.append(time if tells == "deviation" else CosemDateTime(time.raw[:9] + b"\x80\x00" + time.raw[11:]))
    found = look(times)
    assert (found.missing, found.duplicates, found.jumps) == (int(missing), (), ())


def test_deviations_of_the_wrong_sign_fold_the_right_way() -> None:
    moments = [(FOLDS[0] + timedelta(minutes=15 * n)).astimezone(VIENNA) for n in range(24)]
    times: list[CosemDateTime | None] = [CosemDateTime.from_datetime(moment).mirrored for moment in moments]
    assert not report(times, 900, newest_first=False, reversed_=True)
    assert report(times, 900, newest_first=False, reversed_=False).jumps


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20))
def test_steps_forward_add_up_to_what_is_missing(steps: list[int]) -> None:
    numbers = [sum(steps[: end + 1]) for end in range(len(steps))]
    found = look(quarters(*numbers))
    assert found.missing == sum(step - 1 for step in steps[1:] if step > 1)
    assert len(found.duplicates) == steps[1:].count(0)
    assert found.jumps == ()


@given(st.lists(st.binary(min_size=12, max_size=12).map(CosemDateTime), max_size=5), st.integers(0, 2**32 - 1))
def test_any_times_give_a_report(times: list[CosemDateTime | None], period_s: int) -> None:
    for newest_first in (False, True):
        assert str(report(times, period_s, newest_first=newest_first, reversed_=newest_first))
