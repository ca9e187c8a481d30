"""What importing brings in, seen from a fresh interpreter."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support.source import PACKAGE, modules

EXTRAS = {"typer", "rich", "click", "numpy", "pyarrow", "serialx"}
CERTIFICATES = "certificates"  # the one module about X.509, which is loaded where there are certificates
LOOK = "import json, sys; import {module}; print(json.dumps(sorted(sys.modules)))"


def loaded_by(module: str) -> set[str]:
    """Names of all modules after importing one in a fresh interpreter."""
    run = subprocess.run(
        [sys.executable, "-c", LOOK.format(module=module)], capture_output=True, text=True, check=True, timeout=60
    )
    return set(json.loads(run.stdout))


def test_importing_dlmskit_loads_no_extra_no_event_loop_and_no_certificates() -> None:
    loaded = loaded_by("dlmskit")
    assert not loaded & (EXTRAS | {"asyncio", "cryptography", "socket", "ssl", "decimal", "sqlite3"})
    assert {name for name in loaded if name.startswith("dlmskit")} == {"dlmskit", "dlmskit._version", "dlmskit.errors"}


@pytest.mark.parametrize("room", sorted({m.room for m in modules() if m.sans_io and not m.room.startswith("__")}))
def test_a_sans_io_room_loads_no_event_loop_no_extra_and_no_certificates(room: str) -> None:
    inside = [m for m in modules() if m.room == room and m.path.stem != CERTIFICATES]
    names = [".".join(m.path.relative_to(PACKAGE.parent).with_suffix("").parts) for m in inside]
    loaded = loaded_by(", ".join(name.removesuffix(".__init__") for name in names))
    optional = {"numpy"} if room == "data" else set()  # data.columns hands out arrays where numpy is there
    assert not loaded & (EXTRAS - optional | {"asyncio", "socket", "ssl", "cryptography.x509"})


def test_certificates_are_loaded_with_their_module() -> None:
    assert "cryptography.x509" in loaded_by(f"dlmskit.security.{CERTIFICATES}")


@pytest.mark.parametrize("room", ["client", "server"])
def test_a_client_or_server_loads_no_extra_and_no_certificates(room: str) -> None:
    assert not loaded_by(f"dlmskit.{room}") & (EXTRAS | {"cryptography.x509"})


def test_the_interface_classes_load_no_apdu() -> None:
    loaded = loaded_by("dlmskit.cosem.ics")
    assert "dlmskit.cosem.ics.access" in loaded
    assert not [name for name in loaded if name.startswith("dlmskit.apdu")]
