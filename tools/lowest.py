"""Write constraints-lowest.txt: each lower bound of pyproject.toml as a pin, for the tests that run on them."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "constraints-lowest.txt"
EXTRAS = ("arrow", "cli", "columns", "docs", "pandas", "plot", "serial", "test")
BOUND = re.compile(r"^([A-Za-z0-9-]+)>=([0-9.]+)")


def lowest() -> str:
    """The text of constraints-lowest.txt."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    bounds = map(BOUND.match, [*project["dependencies"], *(line for extra in EXTRAS for line in extras[extra])])
    pins = sorted({f"{bound[1]}=={bound[2]}" for bound in bounds if bound})
    return "\n".join(["# The lower bounds of pyproject.toml, written by `make lock`.", *pins, ""])


if __name__ == "__main__":
    TARGET.write_text(lowest(), encoding="utf-8")
