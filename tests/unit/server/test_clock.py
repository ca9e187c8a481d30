"""A served clock: it runs, keeps zone and daylight saving, is set and corrected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.cosem.ics import Clock
from dlmskit.cosem.ics.time import PresetTime
from dlmskit.errors import OtherReason
from dlmskit.server.behaviour import Context
from dlmskit.server.behaviours.clock import MAX_CORRECTIONS, RunningClock
from dlmskit.server.device import Device
from dlmskit.times import ClockStatus, CosemDateTime

NOON = datetime(2026, 1, 15, 12, 0, 10, tzinfo=UTC)


def clock(**values: object) -> RunningClock:
    device = Device(logical_name="DKT0000000000001")
    served = RunningClock(Clock("0.0.1.0.0.255", **values))
    device.add(served)
    return served


def berlin() -> RunningClock:
    return clock(time_zone=-60, daylight_savings_enabled=True)


def at(moment: datetime) -> Context:
    return Context(moment)


@pytest.mark.parametrize(
    ("utc", "told"),
    [
        ("2026-01-15T12:00:10", "2026-01-15T13:00:10+01:00"),
        ("2026-07-15T12:00:10", "2026-07-15T14:00:10+02:00"),
        ("2026-03-29T00:59:59", "2026-03-29T01:59:59+01:00"),
        ("2026-03-29T01:00:00", "2026-03-29T03:00:00+02:00"),
        ("2026-10-25T00:59:59", "2026-10-25T02:59:59+02:00"),
        ("2026-10-25T01:00:00", "2026-10-25T02:00:00+01:00"),
        ("2026-12-31T23:30:00", "2027-01-01T00:30:00+01:00"),
    ],
)
def test_daylight_saving_begins_and_ends_on_the_last_sundays(utc: str, told: str) -> None:
    shown = berlin().local(datetime.fromisoformat(utc).replace(tzinfo=UTC))
    assert shown.isoformat() == told
    assert shown.status == (ClockStatus.DAYLIGHT_SAVING_ACTIVE if told.endswith("+02:00") else ClockStatus(0))


def test_daylight_saving_south_of_the_equator_spans_the_new_year() -> None:
    south = clock(
        time_zone=-600,
        daylight_savings_enabled=True,
        daylight_savings_begin=CosemDateTime.parse("*-10-01-SunT02:00"),
        daylight_savings_end=CosemDateTime.parse("*-04-01-SunT03:00"),
    )
    assert south.local(NOON).deviation == -660
    assert south.local(NOON + timedelta(days=180)).deviation == -600


def test_markers_that_name_no_day_mean_no_daylight_saving() -> None:
    marked = clock(time_zone=-60, daylight_savings_enabled=True, daylight_savings_begin=CosemDateTime(b"\xff" * 12))
    assert marked.local(NOON + timedelta(days=180)).deviation == -60


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)))
def test_what_the_clock_tells_is_what_it_means(moment: datetime) -> None:
    utc = moment.replace(tzinfo=UTC, microsecond=0)
    assert berlin().local(utc).utc == utc


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)))
def test_local_time_without_deviation_is_understood_where_it_is_one(moment: datetime) -> None:
    local = CosemDateTime.from_datetime(moment.replace(microsecond=0))
    meant = berlin().as_meant(local)
    assert meant is not None
    told = berlin().local(meant)
    is_skipped = (moment.month, moment.hour) == (3, 2) and moment.isoweekday() == 7 and moment.day > 24
    assert told.local == local.local or is_skipped


def test_an_initial_time_sets_the_clock() -> None:
    served = clock(time=CosemDateTime.parse("2030-05-01T10:00:00+00:00"))
    shown = served.utc(served.device.now)
    assert abs(shown - datetime(2030, 5, 1, 10, tzinfo=UTC)) < timedelta(seconds=5)


def test_setting_the_time_moves_the_present_and_not_the_past() -> None:
    served = berlin()
    served.set_time(CosemDateTime.parse("2026-01-15T14:30:00+01:00"), at(NOON))
    assert served.local(NOON).isoformat() == "2026-01-15T14:30:00+01:00"
    assert served.local(NOON + timedelta(hours=1)).isoformat() == "2026-01-15T15:30:00+01:00"
    assert served.local(NOON - timedelta(seconds=10)).isoformat() == "2026-01-15T13:00:00+01:00"


@pytest.mark.parametrize(
    "raw", ["ffff" * 6, "07ea0d01ff0c0000000000 00", "07ea021eff0c000000000000", "000101010c000000000000" + "00"]
)
def test_A29_what_is_no_moment_does_not_set_the_clock(raw: str) -> None:
    served = berlin()
    with pytest.raises(OtherReason):
        served.set_time(CosemDateTime(bytes.fromhex(raw)), at(NOON))
    assert served.utc(NOON) == NOON


@pytest.mark.parametrize(
    ("method", "shown"),
    [
        (RunningClock.adjust_to_minute, "12:00:00"),
        (RunningClock.adjust_to_quarter, "12:00:00"),
        (RunningClock.adjust_to_measuring_period, "12:00:00"),
    ],
)
def test_adjusting_goes_to_the_nearest(method: object, shown: str) -> None:
    served = clock()
    method(served, 0, at(NOON))  # type: ignore[operator]
    assert served.utc(NOON).strftime("%H:%M:%S") == shown
    later = NOON + timedelta(minutes=9, seconds=50)
    method(served, 0, at(later))  # type: ignore[operator]
    expected = "12:10:00" if method is RunningClock.adjust_to_minute else "12:15:00"
    assert served.utc(later).strftime("%H:%M:%S") == expected


def test_shifting_is_bounded() -> None:
    served = clock()
    served.shift_time(-900, at(NOON))
    assert served.utc(NOON) == NOON - timedelta(seconds=900)
    with pytest.raises(OtherReason):
        served.shift_time(901, at(NOON))
    assert served.utc(NOON) == NOON - timedelta(seconds=900)


def test_a_preset_time_is_taken_within_its_validity() -> None:
    served = clock()
    with pytest.raises(OtherReason):
        served.adjust_to_preset_time(0, at(NOON))
    start, end = (CosemDateTime.from_datetime(NOON + timedelta(minutes=minutes)) for minutes in (0, 10))
    preset = PresetTime(CosemDateTime.from_datetime(NOON + timedelta(minutes=3)), start, end)
    served.preset_adjusting_time(preset, at(NOON))
    with pytest.raises(OtherReason):
        served.adjust_to_preset_time(0, at(NOON + timedelta(minutes=11)))
    served.adjust_to_preset_time(0, at(NOON + timedelta(minutes=1)))
    assert served.utc(NOON + timedelta(minutes=1)) == NOON + timedelta(minutes=3)


def test_corrections_without_end_fill_no_memory() -> None:
    served = clock()
    for number in range(10 * MAX_CORRECTIONS):
        served.shift_time(1, at(NOON + timedelta(seconds=number)))
    assert len(served.corrections) <= MAX_CORRECTIONS + 1
    assert served.utc(NOON + timedelta(days=1)) == NOON + timedelta(days=1, seconds=10 * MAX_CORRECTIONS)
