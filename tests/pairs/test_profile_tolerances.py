"""Meters with their own idea of a range, from both sides: whoever knows the deviation gets the rows of the standard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

import dlmskit
from dlmskit.client.profile.table import ProfileTable
from dlmskit.cosem.common import CaptureObject
from dlmskit.cosem.ics import Clock, ProfileGeneric, Register
from dlmskit.edge.clock import Environment
from dlmskit.errors import UsageError
from dlmskit.obis import Obis
from dlmskit.server.behaviours.clock import RunningClock
from dlmskit.server.behaviours.profile import EVER, Profile
from dlmskit.server.behaviours.register import Measuring
from dlmskit.server.device import Device
from dlmskit.times import CosemDateTime
from dlmskit.tolerances import DEFAULT, Tolerances
from tests.support.device import EVERYTHING

#: Daylight saving ended ten hours ago.
NOW = datetime(2026, 10, 25, 11, 7, tzinfo=UTC)
CLOCK, COUNT, PROFILE = "0.0.1.0.0.255", "1.0.1.8.0.255", "1.0.99.1.0.255"
COLUMNS = tuple(CaptureObject(class_id, Obis.parse(name), 2, 0) for class_id, name in ((8, CLOCK), (3, COUNT)))

DEVIATIONS: dict[str, Tolerances] = {
    "date-time": Tolerances(range_as_date_time=True),
    "needed": Tolerances(range_deviation="needed"),
    "refused": Tolerances(range_deviation="refused"),
    "local": Tolerances(range_by_local_time=True),
    "local without deviation": Tolerances(range_by_local_time=True, range_deviation="refused"),
    "hours": Tolerances(range_rounded_to_s=3600),
    "start": Tolerances(range_excludes_start=True),
    "sign": Tolerances(deviation_sign_reversed=True),
    "no range": Tolerances(no_range=True),
    "no entries": Tolerances(no_range=True, no_entries=True),
    "no columns": Tolerances(no_columns=True),
    "everything": Tolerances(
        deviation_sign_reversed=True, range_as_date_time=True, range_deviation="needed", range_rounded_to_s=1800,
        range_excludes_start=True, no_columns=True,
    ),
}  # fmt: skip


def utc(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


def minutes(moment: datetime) -> int:
    """What the register counts."""
    return int((moment - utc(10, 0)).total_seconds() // 60)


@asynccontextmanager
async def met(theirs: Tolerances, ours: Tolerances | None = None, entries: int = 520) -> AsyncIterator[Any]:
    """A client that knows `ours` of a meter that has `theirs`."""
    device = Device(logical_name="DKT0000000000001", environment=Environment(now=lambda: NOW))
    device.add(RunningClock(Clock(CLOCK, time_zone=-60, daylight_savings_enabled=True)))
    device.add(Measuring(Register(COUNT), minutes))
    profile = ProfileGeneric(PROFILE, capture_objects=COLUMNS, capture_period=900, profile_entries=entries)
    device.add(Profile(profile, since=EVER))
    device.association(client=16, access=EVERYTHING, tolerances=theirs)
    async with (
        dlmskit.serve(device, "memory:tolerant"),
        dlmskit.connect("memory:tolerant", tolerances=theirs if ours is None else ours) as meter,
    ):
        yield meter


def counted(table: ProfileTable) -> list[int]:
    return [row.values[0].raw for row in table]


def quarters(start: datetime, end: datetime) -> list[int]:
    return list(range(minutes(start), minutes(end) + 1, 15))


SPANS = [
    (utc(25, 9, 15), utc(25, 10, 45)),
    (utc(24, 20), utc(25, 3, 30)),  # across the fold
    (utc(22, 7, 30), utc(22, 8)),  # in the other half of the year
]


@pytest.mark.parametrize("name", DEVIATIONS)
async def test_a_known_deviation_gives_the_rows_of_the_standard(name: str) -> None:
    async with met(DEVIATIONS[name]) as meter:
        profile = meter.profile(PROFILE)
        tables = [await profile.between(start, end, [COUNT]) for start, end in SPANS]
    for table, (start, end) in zip(tables, SPANS, strict=True):
        assert counted(table) == quarters(start, end)
        assert [row.utc for row in table] == [start + timedelta(minutes=15 * n) for n in range(len(table))]
        assert not table.report


@pytest.mark.parametrize("name", DEVIATIONS)
async def test_so_it_does_for_local_times(name: str) -> None:
    async with met(DEVIATIONS[name]) as meter:
        profile = meter.profile(PROFILE)
        winter = await profile.between(datetime(2026, 10, 25, 10, 15), datetime(2026, 10, 25, 11))
        summer = await profile.between(datetime(2026, 10, 22, 10, 15), datetime(2026, 10, 22, 11))
    assert counted(winter) == quarters(utc(25, 9, 15), utc(25, 10))
    assert counted(summer) == quarters(utc(22, 8, 15), utc(22, 9))


@pytest.mark.parametrize("name", DEVIATIONS)
async def test_pieces_of_a_range_give_each_row_once(name: str) -> None:
    start, end = utc(24, 23), utc(25, 2, 30)
    async with met(DEVIATIONS[name]) as meter:
        profile = meter.profile(PROFILE)
        found = [row async for row in profile.stream(start, end, window=timedelta(minutes=45))]
    assert [row.values[0].raw for row in found] == quarters(start, end)


@pytest.mark.parametrize("name", ["date-time", "needed", "hours", "no range", "no entries", "no columns"])
async def test_a_meter_that_refuses_what_nobody_knew_is_asked_otherwise(name: str) -> None:
    async with met(DEVIATIONS[name], DEFAULT) as meter:
        table = await meter.profile(PROFILE).between(
            datetime(2026, 10, 25, 10, 15), datetime(2026, 10, 25, 11), [COUNT]
        )
    assert counted(table) == quarters(utc(25, 9, 15), utc(25, 10))


@pytest.mark.parametrize(("name", "hours"), [("start", 1), ("local", 0), ("sign", 1)])
async def test_a_deviation_that_nobody_knows_shows(name: str, hours: int) -> None:
    """Otherwise the tests above would prove nothing."""
    zone = timezone(timedelta(hours=hours))
    start, end = utc(25, 9, 15), utc(25, 10, 45)
    async with met(DEVIATIONS[name], DEFAULT) as meter:
        table = await meter.profile(PROFILE).between(start.astimezone(zone), end.astimezone(zone))
    assert counted(table) != quarters(start, end)


async def test_a_refused_range_is_not_asked_for_again() -> None:
    async with met(Tolerances(no_range=True), DEFAULT) as meter:
        for _ in range(2):
            await meter.profile(PROFILE).between(utc(25, 9), utc(25, 10))
        assert meter.backend.refused == {Obis.parse(PROFILE): {"range"}}
        await meter.profile(PROFILE).entries(1, 5)


async def test_local_times_are_not_converted_by_a_clock_without_offset() -> None:
    class Zoneless(RunningClock):
        def as_told(self, utc: datetime) -> CosemDateTime:
            told = super().as_told(utc)
            return CosemDateTime(told.raw[:9] + b"\x80\x00" + told.raw[11:])

    device = Device(logical_name="DKT0000000000001", environment=Environment(now=lambda: NOW))
    device.add(Zoneless(Clock(CLOCK)))
    device.add(Profile(ProfileGeneric(PROFILE, capture_objects=COLUMNS[:1], capture_period=900), since=EVER))
    device.association(client=16, access=EVERYTHING)
    tolerances = Tolerances(range_deviation="refused")
    async with (
        dlmskit.serve(device, "memory:zoneless"),
        dlmskit.connect("memory:zoneless", tolerances=tolerances) as meter,
    ):
        with pytest.raises(UsageError, match="no offset from UTC"):
            await meter.profile(PROFILE).between(utc(25, 9), utc(25, 10))


@pytest.mark.parametrize("theirs", [DEFAULT, Tolerances(deviation_sign_reversed=True)])
async def test_a_clock_is_set_whichever_sign_its_deviation_has(theirs: Tolerances) -> None:
    async with met(theirs) as meter:
        told = await meter.clock.time
        assert told.deviation == (60 if theirs.deviation_sign_reversed else -60)
        sent = await meter.set_clock()
        assert abs(sent.utc - datetime.now(UTC)) < timedelta(minutes=1)
        now = await meter.clock.time
        assert now.deviation in (told.deviation, 2 * told.deviation)
        shown = (now.mirrored if theirs.deviation_sign_reversed else now).utc
        assert abs(shown - datetime.now(UTC)) < timedelta(minutes=1)
