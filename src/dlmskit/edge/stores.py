"""Stores of invocation counters: a SQLite file that survives a crash, and memory.

The policy is `security.counters.Ledger`; a store loads a ledger, applies one step and saves it, atomically. The file
holds no key, only fingerprints, and may be used by any number of threads and processes on one machine. A copy restored
from a backup knows nothing of the counters used since: after a restore, learn the counter from the meter again.

Taking a lease is one durable write, giving it back at a clean end another. The file has a rollback journal and no
write-ahead log on purpose: the one file is always the whole truth, also where it is copied without what lies beside it.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Self, TypeVar
from weakref import WeakSet

from dlmskit.edge.sqlite_file import SqliteFile
from dlmskit.errors import CounterExhausted, UsageError
from dlmskit.security.counters import FIRST_COUNTER, CounterBlock, Ledger, Scope, Span, surrender_copies

_T = TypeVar("_T")

_SCHEMA_VERSION = 2
_LEDGER = """CREATE TABLE ledger (
    title BLOB NOT NULL, fingerprint BLOB NOT NULL, part TEXT NOT NULL,
    following INTEGER NOT NULL, confirmed INTEGER NOT NULL, pending TEXT, spent TEXT NOT NULL, received INTEGER,
    PRIMARY KEY (title, fingerprint, part)) WITHOUT ROWID"""
_OVERRIDE = """CREATE TABLE override (
    at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP, title BLOB NOT NULL, fingerprint BLOB NOT NULL,
    from_counter INTEGER NOT NULL, to_counter INTEGER, reason TEXT NOT NULL)"""
#: By the version a file has: what makes it one of today's.
_UPGRADES = {
    0: (_LEDGER, _OVERRIDE),
    1: (
        "ALTER TABLE ledger RENAME TO before",
        "ALTER TABLE override RENAME TO recorded",
        _LEDGER,
        _OVERRIDE,
        "INSERT INTO ledger SELECT title, fingerprint, '', following, confirmed, pending, spent, received FROM before",
        "INSERT INTO override SELECT * FROM recorded",
        "DROP TABLE before",
        "DROP TABLE recorded",
    ),
}


_Step = Callable[[Ledger], Ledger]
_NOTHING: Mapping[Scope, int] = MappingProxyType({})


class _LedgerStore(ABC):
    """The steps of a `CounterStore`, over one atomic `_change`."""

    def reserve(self, scope: Scope, count: int, received: Mapping[Scope, int] = _NOTHING) -> CounterBlock:
        return self._change(scope, lambda ledger: ledger.reserve(count), also=_raising(received))

    def learn(self, scope: Scope, at_least: int, *, consent: bool = False) -> None:
        self._change(scope, lambda ledger: (ledger.learn(at_least, consent=consent), None))

    def confirm(self, scope: Scope) -> None:
        self._change(scope, lambda ledger: (ledger.confirm(), None))

    def known(self, scope: Scope) -> bool:
        return self._load(scope).confirmed

    def received(self, scope: Scope) -> int | None:
        return self._load(scope).received

    def accept(self, scope: Scope, counter: int) -> None:
        self._change(scope, lambda ledger: (ledger.accept(counter), None))

    def settle(self, block: tuple[Scope, Span] | None, received: Mapping[Scope, int]) -> None:
        steps = _raising(received)
        if block is not None and block[1].start < block[1].end:
            steps.append((block[0], partial(Ledger.give_back, rest=block[1])))
        if steps:
            (scope, first), *also = steps
            self._change(scope, lambda ledger: (first(ledger), None), also=also)

    @abstractmethod
    def received_by(self, fingerprint: bytes, association: str) -> dict[bytes, int]: ...

    def override(self, scope: Scope, following: int, *, reason: str) -> None:
        self._change(scope, lambda ledger: (ledger.lower(following), None), reason=_given(reason))

    def reset_received(self, scope: Scope, *, reason: str) -> None:
        self._change(scope, lambda ledger: (ledger.forget_received(), None), reason=_given(reason))

    @abstractmethod
    def _load(self, scope: Scope) -> Ledger: ...

    @abstractmethod
    def _change(
        self,
        scope: Scope,
        step: Callable[[Ledger], tuple[Ledger, _T]],
        *,
        also: Sequence[tuple[Scope, _Step]] = (),
        reason: str | None = None,
    ) -> _T:
        """Apply one step to a ledger, and others to others; what it raises leaves all of them as they were."""


class MemoryCounterStore(_LedgerStore):
    """Counters of this process only: for tests, and for keys that never outlive it.

    first  where counting begins

    `overrides` lists (scope, from, to, reason) of every lowered counter; to is None where a received one was forgotten.
    """

    def __init__(self, *, first: int = FIRST_COUNTER) -> None:
        self._first = first
        self._ledgers: dict[Scope, Ledger] = {}
        self._inherited: frozenset[Scope] = frozenset()
        self._lock = threading.Lock()
        _memories.add(self)
        self.overrides: list[tuple[Scope, int, int | None, str]] = []

    def _load(self, scope: Scope) -> Ledger:
        known = self._ledgers.get(scope)
        if known is not None:
            return known
        fresh = Ledger.of(scope)
        return replace(fresh, following=max(fresh.following, self._first))

    def received_by(self, fingerprint: bytes, association: str) -> dict[bytes, int]:
        with self._lock:
            return {
                scope.title: ledger.received
                for scope, ledger in self._ledgers.items()
                if (scope.fingerprint, scope.association) == (fingerprint, association) and ledger.received is not None
            }

    def _change(
        self,
        scope: Scope,
        step: Callable[[Ledger], tuple[Ledger, _T]],
        *,
        also: Sequence[tuple[Scope, _Step]] = (),
        reason: str | None = None,
    ) -> _T:
        with self._lock:
            if scope in self._inherited:
                raise CounterExhausted(
                    "these counters stand in the memory of another process too, from which this one was forked",
                    hints=("keep counters in a file, which processes may share: SqliteCounterStore",),
                )
            before = self._load(scope)
            after, result = step(before)
            self._ledgers[scope] = after
            for other, change in also:
                self._ledgers[other] = change(self._load(other))
            if reason is not None:
                self.overrides.append((scope, *_record(before, after), reason))
        return result

    def inherit(self) -> None:
        """In a process just forked: what was counted so far goes on being counted in the other one."""
        self._inherited, self._lock = frozenset(self._ledgers), threading.Lock()


_memories: WeakSet[MemoryCounterStore] = WeakSet()


def _after_fork() -> None:
    surrender_copies()
    for memory in tuple(_memories):
        memory.inherit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class SqliteCounterStore(_LedgerStore):
    """Counters in a file, safe across threads, processes and crashes.

    path       created with its folders, readable by the owner only
    timeout_s  how long a call waits for other users of the file

    Raises UsageError if the file cannot be opened as a store, TransportError if reading or writing it fails later.
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout_s: float = 30.0) -> None:
        self._file = SqliteFile(path, "invocation counters", _SCHEMA_VERSION, _UPGRADES, timeout_s=timeout_s)

    @property
    def path(self) -> Path:
        return self._file.path

    def close(self) -> None:
        """Close the file; a later call opens it again."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SqliteCounterStore({str(self.path)!r})"

    def _load(self, scope: Scope) -> Ledger:
        with self._file.reading() as connection:
            return _read(connection, scope)

    def _change(
        self,
        scope: Scope,
        step: Callable[[Ledger], tuple[Ledger, _T]],
        *,
        also: Sequence[tuple[Scope, _Step]] = (),
        reason: str | None = None,
    ) -> _T:
        with self._file.changing() as connection:
            before = _read(connection, scope)
            after, result = step(before)
            _write(connection, scope, after)
            for other, change in also:
                _write(connection, other, change(_read(connection, other)))
            if reason is not None:
                connection.execute(
                    "INSERT INTO override (title, fingerprint, from_counter, to_counter, reason)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (scope.title, scope.fingerprint, *_record(before, after), reason),
                )
        return result

    def received_by(self, fingerprint: bytes, association: str) -> dict[bytes, int]:
        with self._file.reading() as connection:
            return dict(
                connection.execute(
                    "SELECT title, received FROM ledger WHERE fingerprint = ? AND part = ? AND received IS NOT NULL",
                    (fingerprint, association),
                )
            )


def _read(connection: sqlite3.Connection, scope: Scope) -> Ledger:
    row = connection.execute(
        "SELECT following, confirmed, pending, spent, received FROM ledger"
        " WHERE title = ? AND fingerprint = ? AND part = ?",
        (scope.title, scope.fingerprint, scope.part),
    ).fetchone()
    if row is None:
        return Ledger.of(scope)
    following, confirmed, pending, spent, received = row
    return Ledger(
        following,
        bool(confirmed),
        Span(*json.loads(pending)) if pending else None,
        tuple(Span(*span) for span in json.loads(spent)),
        received,
        scope.range.end,
    )


def _write(connection: sqlite3.Connection, scope: Scope, ledger: Ledger) -> None:
    pending = json.dumps(ledger.pending) if ledger.pending else None
    connection.execute(
        "INSERT OR REPLACE INTO ledger VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            scope.title,
            scope.fingerprint,
            scope.part,
            ledger.following,
            ledger.confirmed,
            pending,
            json.dumps(ledger.spent),
            ledger.received,
        ),
    )


def _raising(received: Mapping[Scope, int]) -> list[tuple[Scope, _Step]]:
    return [(scope, partial(_raised, to=counter)) for scope, counter in received.items()]


def _raised(ledger: Ledger, to: int) -> Ledger:
    """Take note of a counter received; another user of the store may have heard a higher one."""
    return ledger if ledger.received is not None and ledger.received >= to else ledger.accept(to)


def _record(before: Ledger, after: Ledger) -> tuple[int, int | None]:
    """What an override changed: from, to."""
    if after.following != before.following or before.received is None:
        return before.following, after.following
    return before.received, after.received


def _given(reason: str) -> str:
    if not reason.strip():
        raise UsageError("going back to lower invocation counters needs a reason, which is kept on record")
    return reason
