from __future__ import annotations

from pathlib import Path

import pytest

from dlmskit.cli.secrets import Secrets, parse
from dlmskit.errors import UsageError

EK = "000102030405060708090A0B0C0D0E0F"
TITLE = "444b540000000001"


@pytest.fixture(autouse=True)
def _nothing_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("EK", "AK", "PASSWORD", "CONFIG"):
        monkeypatch.delenv(f"DLMSKIT_{name}", raising=False)


@pytest.mark.parametrize(
    ("name", "text", "octets"),
    [
        ("ek", EK, bytes(range(16))),
        ("ek", "ascii:0123456789abcdef", b"0123456789abcdef"),
        ("password", "ascii:12345678", b"12345678"),
        ("password", "3132", b"12"),
        ("password", "dlmskit1", b"dlmskit1"),
    ],
)
def test_a_secret_is_hex_or_text(name: str, text: str, octets: bytes) -> None:
    assert parse(name, text) == octets


def test_a_key_that_is_neither_is_refused_without_repeating_it() -> None:
    with pytest.raises(UsageError) as refused:
        parse("ek", "secret-text")
    assert "secret-text" not in str(refused.value)


def test_an_option_goes_before_the_environment_and_that_before_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "keys.toml"
    file.write_text('ek = "ascii:from-the-file..."\nak = "ascii:from-the-file..."\npassword = "ascii:file"\n')
    monkeypatch.setenv("DLMSKIT_AK", "ascii:from-environment")
    monkeypatch.setenv("DLMSKIT_EK", "ascii:from-environment")
    found = Secrets.gather({"ek": "ascii:from-the-option!"}, file, 0, allow_weak=False)
    assert (found.get("ek"), found.get("ak"), found.get("password")) == (
        b"from-the-option!",
        b"from-environment",
        b"file",
    )
    assert list(found.typed) == ["ek"]


def test_keys_by_system_title(tmp_path: Path) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(f'["{TITLE}"]\nek = "{EK}"\n')
    ring = Secrets.gather({}, file, 0, allow_weak=False).key_ring
    assert ring is not None
    assert "ek" in ring.for_title(bytes.fromhex(TITLE)) and "ek" not in ring


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("pasword = 'x'", "did you mean 'password'"),
        ("ek = 5", "written as text"),
        ("[short]\nek = '00'", "no system title"),
        (f"['{TITLE}']\npassword = 'x'", "unknown entry 'password'"),
        ("ek =", "is no TOML"),
    ],
)
def test_a_keys_file_with_a_mistake_is_refused(tmp_path: Path, content: str, says: str) -> None:
    file = tmp_path / "keys.toml"
    file.write_text(content)
    with pytest.raises(UsageError, match=says):
        Secrets.gather({}, file, 0, allow_weak=False)


def test_nothing_shows_a_secret() -> None:
    found = Secrets.gather({"ek": EK}, None, 0, allow_weak=False)
    assert repr(found) == "<Secrets ek>"
