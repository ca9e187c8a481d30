"""Load profiles as companion specifications have them: scalers in a profile of their own, event codes, UNIX times."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import dlmskit
from dlmskit.cosem.common import CaptureObject, ScalerUnit
from dlmskit.cosem.ics import Clock, Data, ProfileGeneric, Register
from dlmskit.data.value import Tag, Value
from dlmskit.edge.clock import Environment
from dlmskit.obis import Obis
from dlmskit.server.access import Rule
from dlmskit.server.behaviour import Behaviour, Context, serves
from dlmskit.server.behaviours.clock import RunningClock
from dlmskit.server.behaviours.profile import EVER, Profile
from dlmskit.server.device import Device
from dlmskit.units import Unit

NOW = datetime(2026, 11, 22, 12, 7, tzinfo=UTC)
CLOCK, IMPORT, EXPORT = "0.0.1.0.0.255", "1.0.1.29.0.255", "1.0.2.29.0.255"
BLOCK, SCALERS = "1.0.99.1.0.255", "1.0.94.91.4.255"


def column(class_id: int, name: str, attribute: int = 2) -> CaptureObject:
    return CaptureObject(class_id, Obis.parse(name), attribute, 0)


def register(name: str, number: int, unit: Unit = Unit.WH) -> Register:
    return Register(name, value=Value(Tag.DOUBLE_LONG_UNSIGNED, number), scaler_unit=ScalerUnit(-2, unit))


@asynccontextmanager
async def met(
    how: str,
    objects: Sequence[Any],
    profiles: dict[str, tuple[CaptureObject, ...]],
    hidden: Sequence[str] = (),
    entries: int = 2,
) -> AsyncIterator[Any]:
    """A meter that captures columns once; `hidden` ones are read through a profile only."""
    device = Device(logical_name="DKT0000000000001", environment=Environment(now=lambda: NOW))
    device.add(RunningClock(Clock(CLOCK, time_zone=-330)))
    for obj in objects:
        device.add(obj)
    for name, columns in profiles.items():
        profile = ProfileGeneric(name, capture_objects=columns, capture_period=900, profile_entries=entries)
        device.add(Profile(profile, since=EVER))
    names = [str(obj.obj.obis if isinstance(obj, Behaviour) else obj.obis) for obj in objects]
    shown = [name for name in names if name not in hidden]
    device.association(client=16, access=[Rule(name) for name in ("7:*", "8:*", *shown)])
    async with (
        dlmskit.serve(device, "memory:companion"),
        dlmskit.connect(f"memory:companion?profile={how}/public") as meter,
    ):
        yield meter


INDIA = {
    BLOCK: (column(8, CLOCK), column(3, IMPORT), column(3, EXPORT)),
    SCALERS: (column(3, IMPORT, 3),),
}


async def test_india_takes_scalers_from_the_scaler_profile_and_the_rest_from_the_registers() -> None:
    energies = [register(IMPORT, 1234), register(EXPORT, 5, Unit.VARH)]
    async with met("is15959-1", energies, INDIA, hidden=[IMPORT]) as meter:
        table = await meter.profile(BLOCK).last(1)
        assert [str(cell.quantity) for cell in table[0].values] == ["12.34 Wh", "0.05 varh"]
    without = {name: columns for name, columns in INDIA.items() if name != SCALERS}
    async with met("is15959-1", energies, without) as meter:
        table = await meter.profile(BLOCK).last(1)
        assert table[0].values[0].value == Decimal("12.34")


async def test_a_scaler_profile_of_something_else_scales_nothing() -> None:
    nonsense = {**INDIA, SCALERS: (column(3, IMPORT, 2),)}
    async with met("is15959-1", [register(IMPORT, 1234)], nonsense, hidden=[IMPORT, EXPORT]) as meter:
        (cell, _) = (await meter.profile(BLOCK).last(1))[0].values
    assert (cell.raw, cell.quantity) == (1234, None)


@pytest.mark.parametrize(
    ("log", "code", "text"),
    [
        (0, 7, "over-voltage, begins"),
        (1, 68, "over-current, ends"),
        (1, 4711, None),
        (2, 101, "power failure, begins"),
        (3, 151, "clock set"),
        (4, 203, "neutral disturbed, begins"),
        (5, 251, "meter cover opened"),
        (5, 252, None),
        (6, 301, "load switch opened"),
    ],
)
async def test_india_tells_what_event_codes_mean_and_leaves_others_as_numbers(
    log: int, code: int, text: str | None
) -> None:
    name, events = f"0.0.96.11.{log}.255", f"0.0.99.98.{log}.255"
    event = Data(name, value=Value(Tag.LONG_UNSIGNED, code))
    columns = {events: (column(8, CLOCK), column(1, name), column(3, IMPORT))}
    async with met("is15959-1", [event, register(IMPORT, 1234)], columns) as meter:
        cell, _ = (await meter.profile(events).last(1))[0].values
    assert (cell.raw, cell.value, cell.text) == (code, code, text)


@pytest.mark.parametrize(
    ("profile", "scalers"),
    [
        ("1.0.94.7.0.255", "1.0.94.7.3.255"),
        ("1.0.98.1.0.255", "1.0.94.7.1.255"),
        ("1.0.98.2.0.255", "1.0.94.7.2.255"),
        ("1.0.99.1.0.255", "1.0.94.7.4.255"),
    ],
)
async def test_russias_profiles_have_their_scalers_each_in_its_own_scaler_profile(profile: str, scalers: str) -> None:
    captured = {profile: (column(8, CLOCK), column(3, IMPORT)), scalers: (column(8, CLOCK), column(3, IMPORT, 3))}
    async with met("spodes", [register(IMPORT, 1234)], captured, hidden=[IMPORT]) as meter:
        table = await meter.profile(profile).last(1)
    assert [str(cell.quantity) for cell in table[0].values] == ["12.34 Wh"]


# --- Italy: the time of reference is a UNIX clock ---

UNIX, VOLUME, DAILY = "0.0.1.1.0.255", "7.0.13.2.0.255", "7.0.99.99.3.255"


class UnixClock(Behaviour):
    """It counts the seconds since 1970."""

    @serves(Data.value)
    def value(self, context: Context) -> Value:
        return Value(Tag.DOUBLE_LONG_UNSIGNED, int(context.now.timestamp()))


async def test_italys_rows_have_the_time_of_the_unix_clock(tmp_path: Path) -> None:
    columns = {DAILY: (column(1, UNIX), column(3, VOLUME))}
    objects = [UnixClock(Data(UNIX)), register(VOLUME, 7, Unit.M3)]
    quarters = [datetime(2026, 11, 22, 11, 30, tzinfo=UTC), datetime(2026, 11, 22, 11, 45, tzinfo=UTC)]
    async with met("uni-ts-11291-11", objects, columns, entries=96) as meter:
        profile = meter.profile(DAILY)
        table = await profile.between(*quarters)
        assert [row.utc for row in table] == quarters
        assert [row.raw[0] for row in table] == [int(one.timestamp()) for one in quarters]
        assert not table.report
        local = [one.replace(tzinfo=None) + timedelta(minutes=330) for one in quarters]
        assert (await profile.between(*local)).raw_rows == table.raw_rows
        found = [row.utc async for row in profile.stream(quarters[0], window=timedelta(minutes=15))]
        assert found == [*quarters, datetime(2026, 11, 22, 12, tzinfo=UTC)]
    table.to_csv(tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text().splitlines()[1] == "2026-11-22T11:30:00+00:00,0.07"
    assert table.to_numpy()["time"].tolist() == [one.replace(tzinfo=None) for one in quarters]
