"""One served meter for all commands that need one, at a time that never changes from run to run."""

from __future__ import annotations

import functools
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.running import Ended, run, start

#: What time it is for the meter when it starts.
NOON = "2026-11-22T12:00:00+01:00"


@dataclass(frozen=True)
class Simulated:
    """Where the meter is reached."""

    tcp: str
    hdlc: str


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    home = tmp_path_factory.mktemp("simulator")
    process = start(home, "simulate", "--tcp", "0", "--hdlc-tcp", "0", "--time", NOON)
    assert process.stdout is not None
    lines = [process.stdout.readline().strip() for _ in range(3)]
    assert lines[0] == "ready", process.stderr and process.stderr.read()
    yield Simulated(lines[1], lines[2])
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=10)
    assert process.returncode == 0, err


@pytest.fixture
def dlmskit(tmp_path: Path) -> Callable[..., Ended]:
    """Run one command in a home of its own."""
    return functools.partial(run, tmp_path)
