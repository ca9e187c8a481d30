"""What a type checker says about references: the right type for each, and no for what does not fit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
from dlmskit.cosem.ics import AssociationLN, AssociationLN_v1, Clock, ProfileGeneric, Register
from dlmskit.cosem.model import Backend, Bound, BoundMethod

async def program(backend: Backend) -> None:
    clock = Clock("0.0.1.0.0.255", backend)
    register = Register("1.0.1.8.0.255", backend)
    profile = ProfileGeneric("1.0.99.1.0.255", backend)
    reveal_type(Clock.time)  # Attribute[dlmskit.times.CosemDateTime]
    reveal_type(clock.time)  # Bound[dlmskit.times.CosemDateTime]
    reveal_type(await clock.time)  # dlmskit.times.CosemDateTime
    reveal_type(Clock.time_zone.at("0.0.1.0.0.255"))  # Bound[int]
    reveal_type(await clock.clock_base)  # dlmskit.cosem.ics.time.ClockBase
    reveal_type(await clock.logical_name)  # dlmskit.obis.Obis
    reveal_type(clock.shift_time)  # BoundMethod[int, None]
    reveal_type(clock.adjust_to_minute)  # BoundTrigger
    reveal_type(await register.scaler_unit)  # dlmskit.cosem.common.ScalerUnit
    reveal_type(await register.quantity())  # dlmskit.units.Quantity
    reveal_type(profile.buffer)  # dlmskit.cosem.ics.profile.BoundBuffer
    reveal_type(await profile.buffer.entries(1, 2))  # tuple[dlmskit.data.value.Value, ...]
    reveal_type(await profile.sort_method)  # dlmskit.cosem.ics.profile.SortMethod
    reveal_type(AssociationLN.object_list)  # Attribute[tuple[dlmskit.cosem.access.ObjectListElement, ...]]
    reveal_type(AssociationLN("0.0.40.0.0.255").reply_to_hls_authentication)  # BoundMethod[bytes, bytes]
    await clock.time_zone.set(-60)
    await clock.shift_time(30)
    await clock.adjust_to_minute()
    await clock.time_zone.set("x")  # expect error
    await clock.shift_time("x")  # expect error
    await clock.tiem  # expect error
    clock.time.between  # expect error
    clock.time = 5  # expect error
    await AssociationLN_v1("0.0.40.0.0.255").user_list  # expect error
"""


def test_a_type_checker_knows_every_reference_and_rejects_what_does_not_fit(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="the type checker is a tool of `make lint`")
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    config = Path(__file__).resolve().parents[3] / "pyproject.toml"
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file", str(config), "--no-error-summary", str(program)],
        capture_output=True,
        text=True,
        check=False,
        cwd=config.parent,
    )
    said: dict[int, str] = {}
    for line in ran.stdout.splitlines():
        number = int(line.split(":")[1])
        said[number] = said.get(number, "") + line
    for number, line in enumerate(PROGRAM.splitlines(), start=1):
        code, _, comment = line.partition("  # ")
        if comment == "expect error":
            assert "error:" in said.get(number, ""), line
        elif code.strip().startswith("reveal_type"):
            assert f'{comment}"' in said.get(number, ""), (line, said.get(number))
        else:
            assert number not in said, said[number]
