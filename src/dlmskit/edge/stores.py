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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Self, TypeVar

from dlmskit.errors import TransportError, UsageError
from dlmskit.security.counters import FIRST_COUNTER, CounterBlock, Ledger, Scope, Span

_T = TypeVar("_T")

_creating = threading.Lock()

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
        self._lock = threading.Lock()
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
            before = self._load(scope)
            after, result = step(before)
            self._ledgers[scope] = after
            for other, change in also:
                self._ledgers[other] = change(self._load(other))
            if reason is not None:
                self.overrides.append((scope, *_record(before, after), reason))
        return result


class SqliteCounterStore(_LedgerStore):
    """Counters in a file, safe across threads, processes and crashes.

    path       created with its folders, readable by the owner only
    timeout_s  how long a call waits for other users of the file

    Raises UsageError if the file cannot be opened as a store, TransportError if reading or writing it fails later.
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout_s: float = 30.0) -> None:
        self.path = Path(path).absolute()
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._inherited: sqlite3.Connection | None = None
        self._owner = 0
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _create(self.path)
            with self._lock, self._transaction() as connection:
                _prepare(connection, self.path)
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise UsageError(
                f"invocation counters cannot be kept in {self.path}: {_reason(error)}",
                hints=("name a file in a folder that can be written",),
            ) from error
        except UsageError:
            self.close()
            raise

    def close(self) -> None:
        """Close the file; a later call opens it again."""
        with self._lock:
            if self._connection is not None and self._owner == os.getpid():
                self._connection.close()
                self._connection = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"SqliteCounterStore({str(self.path)!r})"

    def _load(self, scope: Scope) -> Ledger:
        with self._faults(), self._lock:
            return _read(self._open(), scope)

    def _change(
        self,
        scope: Scope,
        step: Callable[[Ledger], tuple[Ledger, _T]],
        *,
        also: Sequence[tuple[Scope, _Step]] = (),
        reason: str | None = None,
    ) -> _T:
        with self._faults(), self._lock, self._transaction() as connection:
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
        with self._faults(), self._lock:
            return dict(
                self._open().execute(
                    "SELECT title, received FROM ledger WHERE fingerprint = ? AND part = ? AND received IS NOT NULL",
                    (fingerprint, association),
                )
            )

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._owner != os.getpid():
            # A SQLite connection must not be used, nor even closed, across a fork: the child keeps it and opens its own.
            self._inherited = self._connection
            self._owner = os.getpid()
            self._connection = sqlite3.connect(
                self.path, timeout=self._timeout_s, isolation_level=None, check_same_thread=False
            )
            # A counter is on the disk before it is handed out. EXTRA is FULL that also syncs the folder once the
            # journal is gone, else a power cut could bring it back and undo a reservation. fullfsync is for macOS.
            self._connection.execute("PRAGMA synchronous = EXTRA")
            self._connection.execute("PRAGMA fullfsync = ON")
        return self._connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")  # takes the write lock before reading, so nobody reserves in between
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise TransportError(f"the invocation counters in {self.path} failed: {error}") from error


def _create(path: Path) -> None:
    """Create the file for its owner only; SQLite alone would follow the umask. Its journal copies the file's rights."""
    # Closing any descriptor of a file drops all locks this process holds on it, also those of SQLite. So a file that
    # exists is not opened here, and no other thread of ours can open the new one before it is closed again.
    with _creating:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == _SCHEMA_VERSION:
        return
    is_foreign = not version and connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    if is_foreign or version not in _UPGRADES:
        raise UsageError(f"{path} is not a counter store of this version of dlmskit")
    for statement in (*_UPGRADES[version], f"PRAGMA user_version = {_SCHEMA_VERSION}"):
        connection.execute(statement)


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


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
