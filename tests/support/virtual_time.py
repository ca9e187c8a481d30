"""An asyncio event loop whose clock jumps to the next timer whenever nothing else is ready.

Delays, deadlines and retries of minutes run in microseconds and always in the same order:

    from tests.support.virtual_time import run

    def test_a_silent_meter_times_out_after_five_seconds():
        async def conversation() -> None: ...
        run(conversation())

An `async def test_…` runs on this loop by itself (tests/conftest.py), unless it is marked `real_time`.
Time stands still while a thread of `loop.run_in_executor` or `asyncio.to_thread` works. Where no task can ever go on, `Deadlock` says what
every task waits for. Lines are `memory:` ones: a socket's octets come in real time, which this loop does not wait for.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")

START = 1_000.0  # not zero, so that "no time yet" and "at the start" stay two things


class Deadlock(RuntimeError):
    """Every task waits and no timer is set: nothing would ever happen again."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop with a clock of its own; `time()` begins at `START`."""

    def __init__(self) -> None:
        self._now = START
        self._working = 0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self._now

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        future = super().run_in_executor(executor, func, *args)
        self._working += 1
        future.add_done_callback(self._worker_ended)
        return future

    async def shutdown_default_executor(self, *timeout: Any) -> None:
        self._working += 1
        await super().shutdown_default_executor(*timeout)

    def _worker_ended(self, _future: object) -> None:
        self._working -= 1

    def pass_time(self, seconds: float | None) -> float | None:
        """Nothing is ready: jump to the next timer. How long to wait for a thread in real time instead."""
        if self._working:
            return None
        if seconds is None:
            tasks = "\n".join(f"  {task!r}" for task in asyncio.all_tasks(self))
            raise Deadlock(f"no timer is set and nothing is ready, at {self._now - START:.3f} s; waiting:\n{tasks}")
        self._now += seconds
        return 0


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        return super().select(self._loop.pass_time(timeout))


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """What `coroutine` returns, run to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(coroutine)


def elapsed() -> float:
    """Virtual seconds since the running loop started."""
    return asyncio.get_running_loop().time() - START
