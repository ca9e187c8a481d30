"""Processes that hand protected APDUs out, one store among four of them, each killed at some point.

    python -m tests.support.killed reserved|unreserved FOLDER KILLS

Run as a process of its own, because it forks. It keeps four children at work and kills one after the other with SIGKILL;
how many ciphertexts it waits for in between is drawn, so that kills fall anywhere without a clock. A child appends
"scope counter" to FOLDER/log only after it has handed the ciphertext out. Prints how many it killed.
"""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlmskit.edge.stores import SqliteCounterStore
from dlmskit.security.cipher import Aead, protect
from dlmskit.security.counters import CounterBlock, Scope, Span

WORKERS, LEASE = 4, 8
KEY, AK = Aead(bytes(range(16))), bytes(range(16, 32))
SCOPES = Scope(b"ABC00001", b"12345678"), Scope(b"ABC00002", b"12345678")


class Unreserved:
    """The control: a store that notes what was used when the session is over, and not before."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def reserve(self, scope: Scope, count: int) -> CounterBlock:
        file = self._path / scope.title.decode()
        start = int(file.read_text() or 1) if file.exists() else 1
        return CounterBlock(start, start + count)

    def settle(self, block: tuple[Scope, Span], received: Mapping[Scope, int]) -> None:
        (self._path / block[0].title.decode()).write_text(str(block[1].start))


def work(store: Any, chance: random.Random, handed_out: int, log: int) -> None:
    """Session after session, until somebody kills it."""
    while True:
        scope = chance.choice(SCOPES)
        block = store.reserve(scope, LEASE)
        for _ in range(chance.randint(1, LEASE)):
            counter = block.take()
            apdu = protect(b"\xc0\x01\xc1", control=0x30, title=scope.title, counter=counter, key=KEY, ak=AK)
            os.write(handed_out, apdu.ljust(32, b"\0"))
            os.write(log, b"%s %d\n" % (scope.title, counter))
        store.settle((scope, block.surrender()), {})


def start(manner: str, folder: Path, seed: int, handed_out: int, log: int) -> int:
    """A child at work; its process id."""
    child = os.fork()
    if not child:
        store = SqliteCounterStore(folder / "counters.sqlite") if manner == "reserved" else Unreserved(folder)
        work(store, random.Random(seed), handed_out, log)
    return child


def main(manner: str, folder: Path, kills: int) -> None:
    chance = random.Random(41)
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    taken, handed_out = os.pipe()
    children = [start(manner, folder, seed, handed_out, log) for seed in range(WORKERS)]
    killed = 0
    while killed < kills:
        for _ in range(chance.randrange(1, 12)):
            os.read(taken, 32)
        victim = children.pop(chance.randrange(WORKERS))
        os.kill(victim, signal.SIGKILL)
        os.waitpid(victim, 0)
        killed += 1
        children.append(start(manner, folder, WORKERS + killed, handed_out, log))
    for child in children:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    print(killed + len(children))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
