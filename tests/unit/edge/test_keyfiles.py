"""Key files: sealed under a passphrase, whole after every change, and telling nothing."""

from __future__ import annotations

import sqlite3
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.edge.keyfiles import DEFAULT_TITLE, KeyFile, MeterKeys, is_key_file
from dlmskit.errors import AuthenticationFailed, MissingKey, UsageError
from dlmskit.security.keys import KeyRole

CHEAP = 1 << 4
TITLE, OTHER = b"DKT00001", b"DKT00002"
EK, AK = bytes(range(16)), bytes(range(16, 32))
KEYS = MeterKeys({KeyRole.ENCRYPTION: EK, KeyRole.AUTHENTICATION: AK})


def opened(folder: Path, passphrase: bytes = b"correct horse") -> KeyFile:
    return KeyFile(folder / "keys", passphrase, cost=CHEAP)


def put(keys: MeterKeys) -> Callable[[MeterKeys], MeterKeys]:
    return lambda before: keys


def test_what_was_put_in_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    with opened(tmp_path) as file:
        file.change(TITLE, put(KEYS))
        file.change(DEFAULT_TITLE, put(MeterKeys({KeyRole.ENCRYPTION: AK})))
    with opened(tmp_path) as file:
        assert file.titles() == (DEFAULT_TITLE, TITLE)
        assert file.get(TITLE) == KEYS
        ring = file.ring()
        assert ring.for_title(TITLE).ak == AK
        assert ring.for_title(OTHER).fingerprint(KeyRole.ENCRYPTION) == KEYS.ring().changed(
            {KeyRole.ENCRYPTION: AK, KeyRole.AUTHENTICATION: EK}
        ).fingerprint(KeyRole.ENCRYPTION)
        file.remove(TITLE)
        with pytest.raises(MissingKey):
            file.get(TITLE)


def test_a_wrong_passphrase_opens_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as file:
        file.change(TITLE, put(KEYS))
    with pytest.raises(AuthenticationFailed, match="passphrase"):
        opened(tmp_path, b"correct house")
    with pytest.raises(UsageError, match="needs a passphrase"):
        opened(tmp_path, b"")
    with opened(tmp_path) as file:
        assert file.get(TITLE) == KEYS


def test_entries_can_be_neither_changed_nor_exchanged(tmp_path: Path) -> None:
    with opened(tmp_path) as file:
        file.change(TITLE, put(KEYS))
        file.change(OTHER, put(MeterKeys({KeyRole.ENCRYPTION: AK})))
    connection = sqlite3.connect(tmp_path / "keys")
    (sealed,) = connection.execute("SELECT sealed FROM entry WHERE title = ?", (OTHER,)).fetchone()
    connection.execute("UPDATE entry SET sealed = ? WHERE title = ?", (sealed, TITLE))
    connection.commit()
    connection.close()
    with opened(tmp_path) as file:
        assert file.get(OTHER).held == {KeyRole.ENCRYPTION: AK}
        with pytest.raises(AuthenticationFailed):
            file.get(TITLE)


def test_no_key_stands_in_the_file_or_is_shown(tmp_path: Path) -> None:
    with opened(tmp_path) as file:
        file.change(TITLE, put(KEYS))
        shown = repr(file) + repr(file.get(TITLE)) + repr(file.ring())
    octets = (tmp_path / "keys").read_bytes()
    assert TITLE in octets, "titles stand in clear"
    for key in (EK, AK):
        assert key not in octets
        assert key.hex().encode() not in octets.lower()
        assert key.hex() not in shown.lower()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such rights")
def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    opened(tmp_path).close()
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600


def test_a_step_that_raises_changes_nothing(tmp_path: Path) -> None:
    def fails(keys: MeterKeys) -> MeterKeys:
        raise ZeroDivisionError

    with opened(tmp_path) as file:
        file.change(TITLE, put(KEYS))
        with pytest.raises(ZeroDivisionError):
            file.change(TITLE, fails)
        assert file.get(TITLE) == KEYS
        with pytest.raises(UsageError, match="8 octets"):
            file.change(b"short", put(KEYS))


def test_a_key_file_is_told_from_text(tmp_path: Path) -> None:
    opened(tmp_path).close()
    (tmp_path / "keys.toml").write_text('ek = "00"')
    assert is_key_file(tmp_path / "keys")
    assert not is_key_file(tmp_path / "keys.toml")


@given(st.binary(max_size=100))
def test_any_octets_are_a_key_file_or_refused(octets: bytes) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "keys").write_bytes(octets)
        try:
            opened(Path(folder)).close()
        except UsageError:
            assert octets


@given(st.dictionaries(st.sampled_from(list(KeyRole)), st.binary(min_size=16, max_size=16)), st.booleans())
def test_pending_keys_are_taken_or_dropped(pending: dict[KeyRole, bytes], taken: bool) -> None:
    after = MeterKeys(KEYS.held, pending).settled(taken=taken)
    assert after.pending == {}
    assert after.held == ({**KEYS.held, **pending} if taken else KEYS.held)
