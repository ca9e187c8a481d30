"""Keys of meters in a file, encrypted under a passphrase.

What stands in clear: which system titles there are keys for, and how the passphrase is stretched. Each entry is sealed
by itself with AES-GCM, its title being additional data, so that entries can neither be read nor exchanged.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from dlmskit.edge.clock import MACHINE, Environment
from dlmskit.edge.sqlite_file import SqliteFile
from dlmskit.errors import AuthenticationFailed, MissingKey, UsageError
from dlmskit.security.keys import KeyRing, KeyRole, check_title

#: Memory for one guess at the passphrase is 128 × 8 × this many octets: 64 MiB.
SCRYPT_COST = 1 << 16
_BLOCK, _PARALLEL, _KEY_SIZE, _NONCE_SIZE, _SALT_SIZE = 8, 1, 32, 12, 16
_LARGEST_COST = 1 << 20
#: The entry under which the file proves that the passphrase is right, and that of meters without one of their own.
_PROOF, DEFAULT_TITLE = b"\0proof", b""

_SCHEMA = (
    "CREATE TABLE stretching (salt BLOB NOT NULL, cost INTEGER NOT NULL)",
    "CREATE TABLE entry (title BLOB PRIMARY KEY, sealed BLOB NOT NULL) WITHOUT ROWID",
)
_MAGIC = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class MeterKeys:
    """The keys of one meter.

    held     those in force, as far as we know
    pending  those that were, or are about to be, sent to it and that it may hold by now
    """

    held: Mapping[KeyRole, bytes] = field(default_factory=dict, repr=False)
    pending: Mapping[KeyRole, bytes] = field(default_factory=dict, repr=False)
    suite: int = 0

    def ring(self, *, with_pending: bool = False) -> KeyRing:
        """The keys in force, or those that hold once the pending ones are taken. Raises UsageError for weak ones."""
        keys = {**self.held, **(self.pending if with_pending else {})}
        return KeyRing(suite=self.suite).changed(keys)

    def settled(self, *, taken: bool) -> MeterKeys:
        """After the pending keys turned out to be taken, or not."""
        return replace(self, held={**self.held, **self.pending} if taken else self.held, pending={})


class KeyFile:
    """The file, open.

    path        created where there is none, readable by the owner only
    passphrase  any octets; a wrong one raises AuthenticationFailed
    cost        of stretching it, for a new file; a power of two
    Safe across threads and processes; every change is durable before it returns. Calls block.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        passphrase: bytes,
        *,
        cost: int = SCRYPT_COST,
        environment: Environment = MACHINE,
    ) -> None:
        if not passphrase:
            raise UsageError("a key file needs a passphrase")
        self._environment = environment
        self._file = SqliteFile(path, "keys", 1, {0: _SCHEMA})
        try:
            with self._file.changing() as connection:
                self._aead = AESGCM(_stretched(passphrase, *self._stretching(connection, cost)))
                self._prove(connection)
        except BaseException:
            self._file.close()
            raise

    @property
    def path(self) -> Path:
        return self._file.path

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"KeyFile({str(self.path)!r})"

    # --- entries ---

    def titles(self) -> tuple[bytes, ...]:
        """The system titles there are keys for; empty octets stand for every other meter."""
        with self._file.reading() as connection:
            rows = connection.execute("SELECT title FROM entry WHERE title != ? ORDER BY title", (_PROOF,))
            return tuple(title for (title,) in rows)

    def get(self, title: bytes) -> MeterKeys:
        """The keys of one meter. Raises MissingKey where there are none, AuthenticationFailed for a forged entry."""
        with self._file.reading() as connection:
            found = self._read(connection, title)
        if found is None:
            raise MissingKey(f"there are no keys for {title.hex() or 'meters without keys of their own'}")
        return found

    def change(self, title: bytes, step: Callable[[MeterKeys], MeterKeys]) -> MeterKeys:
        """Apply a step to the keys of one meter, none being there at first; what it raises changes nothing."""
        if title != DEFAULT_TITLE:
            check_title(title)
        with self._file.changing() as connection:
            after = step(self._read(connection, title) or MeterKeys())
            self._write(connection, title, _dumped(after))
        return after

    def remove(self, title: bytes) -> None:
        """Forget the keys of one meter."""
        with self._file.changing() as connection:
            connection.execute("DELETE FROM entry WHERE title = ?", (title,))

    def ring(self) -> KeyRing:
        """All keys in force, as one source: by system title, and those for every other meter."""
        by_title = {title: self.get(title).ring() for title in self.titles() if title != DEFAULT_TITLE}
        common = self.get(DEFAULT_TITLE) if DEFAULT_TITLE in self.titles() else MeterKeys()
        return KeyRing(suite=common.suite, by_title=by_title).changed(common.held)

    # --- octets ---

    def _stretching(self, connection: sqlite3.Connection, cost: int) -> tuple[bytes, int]:
        row = connection.execute("SELECT salt, cost FROM stretching").fetchone()
        if row is None:
            row = self._environment.random_bytes(_SALT_SIZE), cost
            connection.execute("INSERT INTO stretching VALUES (?, ?)", row)
        salt, known = row
        if not 2 <= known <= _LARGEST_COST:
            raise UsageError(f"{self.path}: a passphrase is not stretched {known} times here")
        return salt, known

    def _prove(self, connection: sqlite3.Connection) -> None:
        row = connection.execute("SELECT sealed FROM entry WHERE title = ?", (_PROOF,)).fetchone()
        if row is None:
            self._write(connection, _PROOF, b"")
        else:
            self._open(_PROOF, row[0])

    def _read(self, connection: sqlite3.Connection, title: bytes) -> MeterKeys | None:
        row = connection.execute("SELECT sealed FROM entry WHERE title = ?", (title,)).fetchone()
        return None if row is None else _loaded(self._open(title, row[0]))

    def _write(self, connection: sqlite3.Connection, title: bytes, text: bytes) -> None:
        nonce = self._environment.random_bytes(_NONCE_SIZE)
        sealed = nonce + self._aead.encrypt(nonce, text, title)
        connection.execute("INSERT OR REPLACE INTO entry VALUES (?, ?)", (title, sealed))

    def _open(self, title: bytes, sealed: bytes) -> bytes:
        try:
            return self._aead.decrypt(sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:], title)
        except (InvalidTag, ValueError):
            raise AuthenticationFailed(f"{self.path}: the passphrase is wrong, or the file was changed") from None


def is_key_file(path: str | os.PathLike[str]) -> bool:
    """Whether a file is an encrypted one rather than text."""
    with Path(path).open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _stretched(passphrase: bytes, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=_KEY_SIZE, n=cost, r=_BLOCK, p=_PARALLEL).derive(passphrase)


def _dumped(keys: MeterKeys) -> bytes:
    sets = {"held": keys.held, "pending": keys.pending}
    text = {name: {role.value: key.hex() for role, key in found.items()} for name, found in sets.items()}
    return json.dumps({**text, "suite": keys.suite}).encode()


def _loaded(text: bytes) -> MeterKeys:
    entry = json.loads(text)
    held, pending = (
        {KeyRole(role): bytes.fromhex(key) for role, key in entry[name].items()} for name in ("held", "pending")
    )
    return MeterKeys(held, pending, entry["suite"])
