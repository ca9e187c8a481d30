"""A served meter that calls: when, what it says, how patiently, and that it answers on the connection it opened."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from dlmskit import simulator
from dlmskit.client import Security
from dlmskit.edge.clock import repeatable
from dlmskit.edge.memory import channel
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.edge.streams import open_listener
from dlmskit.edge.url import as_url
from dlmskit.errors import UsageError
from dlmskit.listener import Standing, listen
from dlmskit.security.keys import KeyRing
from dlmskit.server import Device, DialOut, serve
from dlmskit.trace import TraceEvent
from tests.support.virtual_time import elapsed
from tests.unit.edge.recorder import Recorder

EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
KEYS = KeyRing(ek=EK, ak=AK)
HEADEND = "memory:headend"


def meter(seed: int = 1, serial: int = 1) -> Device:
    return simulator.build("electricity", serial=serial, environment=repeatable(seed=seed))


@pytest.mark.parametrize("url", [HEADEND, f"hdlc+{HEADEND}"])
async def test_it_calls_at_start_pushes_sealed_and_answers_on_that_connection(url: str) -> None:
    security = Security(ek=EK, ak=AK, system_title=b"CLI00001", counters=MemoryCounterStore())
    async with asyncio.timeout(1000), listen(url, keys=KEYS) as callers, serve(meter(), dial=url):
        async for caller in callers:
            assert caller.logical_device_name == "DKT0000000000001"
            assert caller.identity.system_title is not None
            assert caller.identity.system_title.standing is Standing.SEALED
            (found,) = caller.pushed
            assert found.date_time is not None
            async with caller.meter(client=1, auth="gmac", security=security) as opened:
                assert (await opened.register("1.0.1.8.0.255").quantity()).value > 0
            break
    assert elapsed() < 1


async def test_a_client_without_keys_gets_the_push_in_plain() -> None:
    async with (
        asyncio.timeout(1000),
        listen(HEADEND, keys=KEYS) as callers,
        serve(meter(), dial=DialOut(HEADEND, client=102)),
    ):
        async for caller in callers:
            assert caller.pushed[0].security is None
            assert caller.logical_device_name == "DKT0000000000001"
            break


async def test_without_a_push_setup_it_calls_and_says_nothing() -> None:
    async with asyncio.timeout(1000), listen(HEADEND) as callers, serve(meter(), dial=DialOut(HEADEND, push=None)):
        async for caller in callers:
            assert caller.pushed == ()
            break
    assert elapsed() == callers.limits.hello_s


async def test_on_schedule_and_on_event_it_pushes_again_on_the_line_that_is_there() -> None:
    plan = DialOut(HEADEND, at_start=False, every_s=60)
    async with asyncio.timeout(1000), listen(HEADEND, keys=KEYS) as callers, serve(meter(), dial=plan) as served:
        async for caller in callers:
            times = [elapsed()]
            await anext(caller.pushes)
            await anext(caller.pushes)
            times.append(elapsed())
            await asyncio.sleep(10)
            served.dial_now()
            await anext(caller.pushes)
            times.append(elapsed())
            break
    assert times == [60, 120, 130]


async def test_an_event_makes_it_call() -> None:
    async with (
        asyncio.timeout(1000),
        listen(HEADEND) as callers,
        serve(meter(), dial=DialOut(HEADEND, at_start=False)) as served,
    ):
        await asyncio.sleep(100)
        assert callers.connections == 0
        served.dial_now()
        await asyncio.sleep(1)
        assert callers.connections == 1


async def test_it_calls_again_when_the_line_is_lost_if_it_is_to_keep_it() -> None:
    plan = DialOut(HEADEND, keep=True, retry_s=8)
    async with (
        asyncio.timeout(1000),
        listen(HEADEND) as callers,
        serve(meter(), dial=plan),
        serve(meter(2), dial=HEADEND),
    ):
        await asyncio.sleep(100)
        assert callers.connections == 2
        channel("headend").cut()
        await asyncio.sleep(0)
        assert callers.connections == 0
        await asyncio.sleep(8)
        assert callers.connections == 1


async def test_nobody_there_is_called_ever_more_rarely_and_a_fleet_not_in_step() -> None:
    fleet: list[list[float]] = []

    async def call(seed: int) -> None:
        times: list[float] = []
        fleet.append(times)

        def note(event: TraceEvent) -> None:
            if event.name == "not-reached":
                times.append(elapsed())

        async with serve(meter(seed), dial=DialOut("memory:nobody", retry_s=5, most_s=600), trace=note):
            await asyncio.sleep(7200)

    async with asyncio.TaskGroup() as group:
        for seed in range(20):
            group.create_task(call(seed))
    for times in fleet:
        pauses = [later - earlier for earlier, later in pairwise(times)]
        assert all(pause <= min(5 * 2**number, 600) for number, pause in enumerate(pauses))
        assert 12 < len(times) < 60
    second = sorted(times[1] for times in fleet)
    assert len({round(time, 1) for time in second}) > 12
    assert second[-1] - second[0] > 2


async def test_a_spread_start_keeps_a_fleet_from_calling_at_once() -> None:
    arrived: list[float] = []

    class Arrival(Recorder):
        def connection_made(self, transport: object) -> None:
            arrived.append(elapsed())

    listener = await open_listener(as_url(HEADEND), Arrival)
    async with asyncio.TaskGroup() as group:

        async def call(seed: int) -> None:
            async with serve(meter(seed), dial=DialOut(HEADEND, spread_s=60)):
                await asyncio.sleep(61)

        for seed in range(12):
            group.create_task(call(seed))
    assert len(arrived) == 12
    assert max(arrived) - min(arrived) > 20
    await listener.aclose()


async def test_who_takes_calls_and_drops_them_is_called_more_rarely_too() -> None:
    calls: list[float] = []

    class Dropping(Recorder):
        def connection_made(self, transport: object) -> None:
            calls.append(elapsed())
            transport.abort()  # type: ignore[attr-defined]

    listener = await open_listener(as_url(HEADEND), Dropping)
    async with serve(meter(), dial=DialOut(HEADEND, keep=True, retry_s=1, most_s=300)):
        await asyncio.sleep(3600)
    assert 10 < len(calls) < 60
    await listener.aclose()


def test_a_meter_does_not_call_a_line_to_listen_on() -> None:
    with pytest.raises(UsageError, match="connects"):
        DialOut("listen+tcp://127.0.0.1:4059")
