"""A clock set to now over lines that take their time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

import dlmskit
from dlmskit.cosem.ics import Clock
from dlmskit.edge.clock import repeatable
from dlmskit.edge.memory import channel
from dlmskit.errors import OutcomeUnknown, UsageError
from dlmskit.server.behaviour import serves
from dlmskit.server.behaviours.clock import RunningClock
from dlmskit.server.device import Device
from dlmskit.times import ClockStatus, CosemDateTime
from tests.support.device import EVERYTHING

NOW = datetime(2026, 7, 15, 12, 7, 30, tzinfo=UTC)
WRONG = CosemDateTime.parse("2025-06-01T10:00:00+02:00")
NAME = "0.0.1.0.0.255"
RESOLUTION_S = 0.01


class Zoneless(RunningClock):
    """It tells no offset from UTC."""

    @serves(Clock.time)
    def time(self, context: Any) -> CosemDateTime:
        return CosemDateTime.from_datetime(self.utc(context.now).replace(tzinfo=None))


@asynccontextmanager
async def met(there_s: float, back_s: float, served: type[RunningClock] = RunningClock) -> AsyncIterator[Any]:
    """A meter whose clock is wrong, behind a line with these delays: its client, and how far the clock is off."""
    environment = repeatable(start=NOW, monotonic=asyncio.get_running_loop().time)
    device = Device(logical_name="DKT0000000000001", environment=environment)
    initial = Clock(NAME, time=WRONG, time_zone=-60, daylight_savings_enabled=True)
    clock = device.add(served(initial))
    device.association(client=16, access=EVERYTHING)

    def off_s() -> float:
        return float((clock.utc(environment.now()) - environment.now()).total_seconds())

    async with dlmskit.serve(device, "memory:clock"):
        line = channel("clock")
        line.to_server = lambda chunk: [(there_s, chunk)]
        line.to_client = lambda chunk: [(back_s, chunk)]
        async with dlmskit.connect("memory:clock", environment=environment, timeout_s=60) as meter:
            yield meter, off_s


@pytest.mark.parametrize(("there_s", "back_s"), [(0.0, 0.0), (2.0, 2.0), (0.5, 3.5), (4.0, 0.0)])
async def test_a_clock_is_set_to_within_half_a_round_trip(there_s: float, back_s: float) -> None:
    async with met(there_s, back_s) as (meter, off_s):
        assert abs(off_s()) > 86400
        sent = await meter.set_clock()
        assert off_s() == pytest.approx((back_s - there_s) / 2, abs=RESOLUTION_S)
        assert (sent.deviation, sent.status) == (-120, ClockStatus.DAYLIGHT_SAVING_ACTIVE)  # as the meter tells it


async def test_waiting_for_the_line_does_not_count() -> None:
    async with met(1.0, 1.0) as (meter, off_s):
        first = asyncio.gather(*(meter.get(meter.clock.time_zone) for _ in range(5)))
        setting = asyncio.create_task(meter.set_clock())
        await asyncio.sleep(0)
        then = asyncio.gather(*(meter.get(meter.clock.time_zone) for _ in range(5)))
        await asyncio.gather(first, setting, then)
        assert abs(off_s()) <= RESOLUTION_S


async def test_a_clock_that_tells_no_offset_needs_its_zone() -> None:
    async with met(1.0, 1.0, Zoneless) as (meter, off_s):
        with pytest.raises(UsageError, match="name its zone"):
            await meter.set_clock()
        assert abs(off_s()) > 86400
        sent = await meter.set_clock(zone=timezone(timedelta(hours=2)))
        assert sent.deviation == -120
        assert abs(off_s()) <= RESOLUTION_S


async def test_a_time_that_may_have_been_set_is_not_sent_again() -> None:
    async with met(0.0, 0.0) as (meter, off_s):
        await meter.get(meter.clock.time_zone)
        answers = 0

        def only_the_first(chunk: bytes) -> list[tuple[float, bytes]]:
            nonlocal answers
            answers += 1
            return [(0.0, chunk)] if answers == 1 else []

        channel("clock").to_client = only_the_first
        with pytest.raises(OutcomeUnknown):
            await meter.set_clock()
        assert abs(off_s()) <= RESOLUTION_S
