from __future__ import annotations

from pathlib import Path

import pytest

from dlmskit.cli.config import Config, state_folder
from dlmskit.cli.machine_title import machine_title
from dlmskit.client.counters import default_counter_file
from dlmskit.errors import UsageError


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    monkeypatch.setenv("DLMSKIT_CONFIG", str(path))
    monkeypatch.setenv("DLMSKIT_STATE", str(tmp_path / "state"))
    return path


def test_options_and_the_keys_file_are_configured(file: Path) -> None:
    file.write_text('keys = "keys.toml"\n[connection]\nclient = 1\nauth = "gmac"\ntimeout_s = 2\n')
    config = Config.load()
    assert config.options == {"client": 1, "auth": "gmac", "timeout_s": 2.0}
    assert config.keys_file == file.parent / "keys.toml"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("conection = 1", "did you mean 'connection'"),
        ("[connection]\nclinet = 1", "did you mean 'client'"),
        ("[connection]\nclient = -1", "must be a whole number"),
        ("connection = 1", "connection"),
        ("[connection]\npassword = 'x'", "Secrets are never"),
    ],
)
def test_a_configuration_with_a_mistake_is_refused(file: Path, content: str, says: str) -> None:
    file.write_text(content)
    with pytest.raises(UsageError, match=says):
        Config.load()


def test_a_configuration_that_is_named_must_be_there(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        Config.load()
    monkeypatch.delenv("DLMSKIT_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(file.parent))
    monkeypatch.setenv("HOME", str(file.parent))
    assert Config.load().options == {}


def test_without_a_word_counters_are_where_the_library_keeps_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DLMSKIT_STATE", raising=False)
    assert state_folder() == default_counter_file().parent


def test_a_machine_keeps_its_title(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    title = machine_title()
    assert title == machine_title() and len(title) == 8 and title.startswith(b"DKC")
    monkeypatch.setenv("DLMSKIT_STATE", str(file.parent / "other"))
    assert machine_title() != title


def test_a_title_that_cannot_be_kept_is_refused(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text("")
    monkeypatch.setenv("DLMSKIT_STATE", str(file / "below"))
    with pytest.raises(UsageError, match="config.toml"):
        machine_title()
