"""The clock and randomness, from one place so that a simulation can be repeated."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dlmskit.errors import UsageError


def monotonic() -> float:
    """Seconds that only go forward; asyncio's loops count the same."""
    return time.monotonic()


def now() -> datetime:
    """The time of day, aware, in UTC."""
    return datetime.now(UTC)


def random_bytes(count: int) -> bytes:
    """Octets nobody can foresee, for challenges and keys."""
    return os.urandom(count)


@dataclass(frozen=True, slots=True)
class Environment:
    """Where a client or a served meter takes time and randomness from.

    By default they are the machine's own.
    """

    monotonic: Callable[[], float] = monotonic
    now: Callable[[], datetime] = now
    random_bytes: Callable[[int], bytes] = random_bytes


MACHINE = Environment()


def repeatable(
    *, seed: int | None = None, start: datetime | None = None, monotonic: Callable[[], float] = monotonic
) -> Environment:
    """An environment that behaves the same in every run.

    seed   makes `random_bytes` foreseeable: for simulations and tests only, never with keys that matter
    start  what `now` shows at this moment; it goes on with `monotonic`. Needs an offset, else UsageError
    """
    return Environment(
        monotonic=monotonic,
        now=now if start is None else _running_from(start, monotonic),
        random_bytes=random_bytes if seed is None else random.Random(seed).randbytes,
    )


def _running_from(start: datetime, monotonic: Callable[[], float]) -> Callable[[], datetime]:
    if start.utcoffset() is None:
        raise UsageError("a start time needs its offset from UTC, such as 2026-11-22T15:00:00+01:00")
    began, origin = monotonic(), start.astimezone(UTC)
    return lambda: origin + timedelta(seconds=monotonic() - began)
