"""The tests' own clock keeps its promises."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.virtual_time import Deadlock, elapsed, run


async def test_an_hour_passes_at_once() -> None:
    before = time.monotonic()
    await asyncio.sleep(3600)
    assert elapsed() == pytest.approx(3600)
    assert time.monotonic() - before < 5


async def test_timers_fire_in_the_order_of_their_deadlines() -> None:
    order: list[int] = []

    async def after(seconds: int) -> None:
        await asyncio.sleep(seconds)
        order.append(seconds)

    async with asyncio.TaskGroup() as group:
        for seconds in (30, 10, 20):
            group.create_task(after(seconds))
    assert order == [10, 20, 30]
    assert elapsed() == pytest.approx(30)


async def test_a_timeout_ends_what_would_wait_for_ever() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(7):
            await asyncio.Event().wait()
    assert elapsed() == pytest.approx(7)


async def test_the_clock_stands_still_while_a_thread_works() -> None:
    async with asyncio.timeout(1):
        assert await asyncio.to_thread(_work) == "done"
    assert elapsed() == 0


@given(seconds=st.floats(0.001, 1e6))
async def test_any_delay_is_kept(seconds: float) -> None:
    await asyncio.sleep(seconds)
    assert elapsed() == pytest.approx(seconds)


def test_waiting_for_nothing_is_reported_as_a_deadlock() -> None:
    with pytest.raises(Deadlock, match="wait_for_nothing"):
        run(wait_for_nothing())


async def wait_for_nothing() -> None:
    await asyncio.Event().wait()


def _work() -> str:
    time.sleep(0.02)
    return "done"
