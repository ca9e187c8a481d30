"""What outlives one command: the configuration file, the state folder, and the environment that moves them."""

from __future__ import annotations

import os
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlmskit.client.counters import default_counter_file
from dlmskit.edge.options import did_you_mean, member
from dlmskit.edge.stores import MemoryCounterStore, SqliteCounterStore
from dlmskit.errors import DlmsError, UsageError
from dlmskit.security.counters import CounterStore, Scope

#: Counters a run of a simulator may use up before the next one would begin below it.
COUNTERS_OF_A_RUN = 1 << 17
_SIMULATED = Scope(b"SIMULATE", bytes(8))
_SECTIONS = ("keys", "connection")


def variable(name: str) -> str | None:
    """`DLMSKIT_<NAME>` of the environment; None where it is not set or empty."""
    return os.environ.get(f"DLMSKIT_{name.upper().replace('-', '_')}") or None


def state_folder() -> Path:
    """Where invocation counters live: `DLMSKIT_STATE`, else where the library keeps them too.

    One place for both: two stores under one key and title would use counters twice.
    """
    given = variable("state")
    return Path(given).expanduser() if given else default_counter_file().parent


def counter_store() -> SqliteCounterStore:
    """The store of invocation counters; without it nothing is ciphered.

    Raises UsageError where it cannot be written.
    """
    return SqliteCounterStore(state_folder() / default_counter_file().name)


def simulated_counters() -> CounterStore:
    """Counters for simulated meters: in memory, but above those of every earlier run, or clients would refuse them.

    Where no run can be noted down they begin at the beginning.
    """
    try:
        with counter_store() as runs:
            return MemoryCounterStore(first=runs.reserve(_SIMULATED, COUNTERS_OF_A_RUN).start)
    except DlmsError:
        return MemoryCounterStore()


def config_file() -> Path:
    """The configuration: `DLMSKIT_CONFIG`, else `dlmskit/config.toml` in the platform's folder."""
    given = variable("config")
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return base / "dlmskit" / "config.toml"


def read_toml(path: Path, what: str) -> dict[str, Any]:
    """A TOML file. Raises UsageError, which does not repeat what stands in it."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise UsageError(f"{what} {path} cannot be read: {reason}") from None
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{what} {path} is no TOML: {str(error).split(':')[0]}") from None


class Config:
    """The configuration file: `keys = "keys.toml"` and a table `[connection]` of options; empty where there is none."""

    def __init__(self, path: Path, content: Mapping[str, Any]) -> None:
        for name in content:
            if name not in _SECTIONS:
                raise UsageError(f"{path}: unknown entry {name!r}{did_you_mean(name, _SECTIONS)}")
        keys, table = content.get("keys"), content.get("connection", {})
        if not isinstance(keys, str | None) or not isinstance(table, dict):
            raise UsageError(f'{path}: write keys = "keys.toml" and a table [connection] of options')
        self.keys_file = path.parent / Path(keys).expanduser() if keys else None
        self.options: dict[str, object] = {}
        for name, value in table.items():
            try:
                found = member(name)
                self.options[name] = found.parse(value) if isinstance(value, str) else found.check(value)
            except UsageError as error:
                raise UsageError(f"{path}: {error.message}") from None

    @classmethod
    def load(cls) -> Config:
        """What is configured. A file named in the environment must be there."""
        path = config_file()
        if not path.exists() and variable("config") is None:
            return cls(path, {})
        return cls(path, read_toml(path, "the configuration"))
