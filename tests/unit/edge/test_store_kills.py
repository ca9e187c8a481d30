"""No invocation counter is used twice, and none taken twice, whatever is killed when."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.support.killed import WORKERS

pytestmark = [
    pytest.mark.real_time,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the children are forked"),
]

KILLS = 300
#: The whole harness; a machine that is busy otherwise takes longer than the seconds it needs alone.
PATIENCE_S = 90


def logged_under_kill(
    manner: str, folder: Path, kills: int, harness: str = "killed", others: int = WORKERS
) -> list[str]:
    """What the log says after so many kills, a line for each counter handed out or taken."""
    command = [sys.executable, "-m", f"tests.support.{harness}", manner, str(folder), str(kills)]
    root = Path(__file__).parents[3]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True, cwd=root)
    assert int(ended.stdout) == kills + others
    return (folder / "log").read_text().splitlines()


def test_A41_no_counter_is_used_twice_when_processes_are_killed(tmp_path: Path) -> None:
    logged = logged_under_kill("reserved", tmp_path, KILLS)
    assert [line for line, times in Counter(logged).items() if times > 1] == []
    assert len(logged) > 3 * KILLS  # progress was made
    assert {line.split()[0] for line in logged} == {"ABC00001", "ABC00002"}


def test_A41_the_same_kills_catch_a_store_without_reservation(tmp_path: Path) -> None:
    logged = logged_under_kill("unreserved", tmp_path, 20)
    assert max(Counter(logged).values()) > 1


def test_A40_no_command_is_carried_out_twice_when_the_meter_is_killed(tmp_path: Path) -> None:
    logged = logged_under_kill("kept", tmp_path, 40, "killed_receiver", others=0)
    assert [line for line, times in Counter(logged).items() if times > 1] == []
    assert len(logged) >= 40


def test_A40_the_same_kills_catch_a_meter_that_keeps_what_it_took_at_the_end(tmp_path: Path) -> None:
    logged = logged_under_kill("forgotten", tmp_path, 10, "killed_receiver", others=0)
    assert max(Counter(logged).values()) > 1


_FORKED = """
import os, sys
from dlmskit.edge.stores import MemoryCounterStore, SqliteCounterStore
from dlmskit.errors import CounterExhausted
from dlmskit.security.counters import Scope
scope, other = Scope(b"ABC00001", b"12345678"), Scope(b"ABC00002", b"12345678")
memory, file = MemoryCounterStore(), SqliteCounterStore(sys.argv[1])
blocks = [store.reserve(scope, 8) for store in (memory, file)]
if not os.fork():
    for take in (*(block.take for block in blocks), lambda: memory.reserve(scope, 1)):
        try:
            print("taken", take())
        except CounterExhausted:
            print("refused")
    print(memory.reserve(other, 1).start, file.reserve(scope, 1).start, flush=True)
    os._exit(0)
os.wait()
print(*(block.take() for block in blocks), memory.reserve(scope, 1).start, file.reserve(scope, 1).start)
"""


def test_A41_a_forked_process_takes_none_of_the_counters_it_was_copied_with(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FORKED, str(tmp_path / "counters.sqlite")]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True)
    assert ended.stdout.splitlines() == ["refused"] * 3 + ["1 9", "1 1 9 10"]
