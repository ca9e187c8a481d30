"""Time and randomness come from one place, and can be made repeatable."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from dlmskit.edge.clock import MACHINE, repeatable
from dlmskit.errors import UsageError

START = datetime(2026, 11, 22, 15, tzinfo=timezone(timedelta(hours=1)))


def test_the_machine_gives_its_own_time_and_randomness() -> None:
    assert MACHINE.now().utcoffset() == timedelta(0)
    assert MACHINE.monotonic() <= MACHINE.monotonic()
    assert len(MACHINE.random_bytes(16)) == 16
    assert MACHINE.random_bytes(16) != MACHINE.random_bytes(16)


def test_a_seed_makes_randomness_repeatable_and_another_seed_another() -> None:
    first, again, other = (repeatable(seed=seed).random_bytes(16) for seed in (1, 1, 2))
    assert first == again != other


def test_a_start_time_runs_on_with_the_monotonic_clock() -> None:
    seconds = 100.0
    environment = repeatable(start=START, monotonic=lambda: seconds)
    assert environment.now() == START
    seconds += 61.5
    assert environment.now() == START + timedelta(seconds=61.5)
    assert environment.now().tzinfo is UTC


def test_a_start_time_without_offset_is_refused() -> None:
    with pytest.raises(UsageError, match="offset"):
        repeatable(start=START.replace(tzinfo=None))


def test_what_is_not_made_repeatable_stays_the_machines() -> None:
    assert repeatable() == MACHINE
