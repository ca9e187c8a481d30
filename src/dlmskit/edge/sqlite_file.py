"""A SQLite file of ours: what was written is there after a crash, for any threads and processes."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dlmskit.errors import TransportError, UsageError

_creating = threading.Lock()


class SqliteFile:
    """The file, opened when first needed.

    path       created with its folders, readable by the owner only
    holds      what it holds, for messages: "invocation counters"
    version    of the schema; upgrades  from an older version (0: an empty file) the statements that lead to it
    timeout_s  how long a call waits for other users of the file

    Raises UsageError if the file cannot be opened as such a one, TransportError if reading or writing it fails later.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        holds: str,
        version: int,
        upgrades: Mapping[int, Sequence[str]],
        *,
        timeout_s: float = 30.0,
    ) -> None:
        self.path = Path(path).absolute()
        self._holds, self._version, self._upgrades = holds, version, upgrades
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._inherited: sqlite3.Connection | None = None
        self._owner = 0
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _create(self.path)
            with self._lock, self._transaction() as connection:
                self._prepare(connection)
        except (OSError, sqlite3.Error) as error:
            self.close()
            raise UsageError(
                f"{holds} cannot be kept in {self.path}: {_reason(error)}",
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

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The file, to read from."""
        with self._faults(), self._lock:
            yield self._open()

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """The file, to change at once or, where the block raises, not at all; durable when the block has ended."""
        with self._faults(), self._lock, self._transaction() as connection:
            yield connection

    def _open(self) -> sqlite3.Connection:
        if self._connection is None or self._owner != os.getpid():
            # A SQLite connection must not be used, nor even closed, across a fork: the child keeps it and opens its own.
            self._inherited = self._connection
            self._owner = os.getpid()
            self._connection = sqlite3.connect(
                self.path, timeout=self._timeout_s, isolation_level=None, check_same_thread=False
            )
            # What is written is on the disk before it is used. EXTRA is FULL that also syncs the folder once the
            # journal is gone, else a power cut could bring it back and undo a change. fullfsync is for macOS.
            self._connection.execute("PRAGMA synchronous = EXTRA")
            self._connection.execute("PRAGMA fullfsync = ON")
        return self._connection

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self._open()
        connection.execute("BEGIN IMMEDIATE")  # takes the write lock before reading, so nobody writes in between
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
            raise TransportError(f"the {self._holds} in {self.path} failed: {error}") from error

    def _prepare(self, connection: sqlite3.Connection) -> None:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version == self._version:
            return
        is_foreign = not version and connection.execute("SELECT 1 FROM sqlite_master").fetchone()
        if is_foreign or version not in self._upgrades:
            raise UsageError(f"{self.path} holds no {self._holds} as this version of dlmskit keeps them")
        for statement in (*self._upgrades[version], f"PRAGMA user_version = {self._version}"):
            connection.execute(statement)


def _create(path: Path) -> None:
    """Create the file for its owner only; SQLite alone would follow the umask. Its journal copies the file's rights."""
    # Closing any descriptor of a file drops all locks this process holds on it, also those of SQLite. So a file that
    # exists is not opened here, and no other thread of ours can open the new one before it is closed again.
    with _creating:
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
