"""`dlmskit` as a user runs it: a process of its own, in an environment of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

COMMAND = (sys.executable, "-m", "dlmskit")
EK, AK = "000102030405060708090A0B0C0D0E0F", "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"
#: The built-in meter in each of its associations.
LOW = ("--client", "32", "--auth", "low", "--password", "dlmskit1")
GMAC = ("--client", "1", "--auth", "gmac", "--ek", EK, "--ak", AK)


@dataclass(frozen=True)
class Ended:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def last_line(self) -> str:
        return self.err.splitlines()[-1] if self.err else ""


def environment(home: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Nothing of the developer's own: no keys, no colours, no folders."""
    kept = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT", "LANG") if name in os.environ}
    own = {"HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "DLMSKIT_STATE": str(home / "state")}
    return {**kept, **own, "COLUMNS": "80", "PYTHONUTF8": "1", **(more or {})}


def start(home: Path, *arguments: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *arguments],
        env=environment(home, env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def run(home: Path, *arguments: str, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> Ended:
    ended = subprocess.run(
        [*COMMAND, *arguments], env=environment(home, env), input=stdin, capture_output=True, timeout=60, check=False
    )
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode())
