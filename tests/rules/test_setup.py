"""The set-up pins what it uses and calls nothing but Python."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

from tests.support.source import PACKAGE, ROOT
from tools.lowest import TARGET, lowest

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
LAYERS = PYPROJECT["tool"]["importlinter"]["contracts"][0]


def test_the_lowest_constraints_are_the_lower_bounds() -> None:
    assert TARGET.read_text(encoding="utf-8") == lowest(), "run `make lock`"


def test_everything_make_installs_is_pinned() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").lower()
    wanted = {re.split(r"[>=;]", line)[0].lower() for extra in EXTRAS.values() for line in extra} | {"cryptography"}
    missing = {name for name in wanted if not name.startswith("dlmskit") and f"\n{name}==" not in pins}
    assert not missing, "run `make lock`"


def test_linters_are_pinned_exactly() -> None:
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    exact = [line for line in EXTRAS["dev"] if "==" in line]
    assert len(exact) == 3
    assert all(f"\n{line}\n" in pins for line in exact)


def test_no_foreign_implementation_is_a_dependency() -> None:
    assert "gurux" not in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "gurux-dlms==" in (ROOT / "requirements" / "peers.txt").read_text(encoding="utf-8")


def test_make_calls_python_and_never_a_script_of_an_environment() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert set(re.findall(r"\.venv[a-z-]*/bin/(\w+)", makefile)) == {"python"}


def test_an_old_python_is_told_what_to_install() -> None:
    pretend = "import sys; sys.version_info = (3, 10, 1); exec(open('tools/check_python.py').read())"
    run = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "Python 3.11 or newer is needed" in run.stderr
    assert "apt-get install" in run.stderr


def test_the_layer_contract_is_exhaustive_and_lists_as_optional_only_what_is_not_there() -> None:
    assert LAYERS["exhaustive"] is True
    assert LAYERS["exhaustive_ignores"] == ["__main__", "_version", "blocking"]
    optional = re.findall(r"\((\w+)\)", " ".join(LAYERS["layers"]))
    there = {path.name.removesuffix(".py") for path in PACKAGE.iterdir()}
    assert not there & set(optional), "take the brackets off in pyproject.toml"
