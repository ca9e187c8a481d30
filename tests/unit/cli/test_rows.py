"""Rows of a profile on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlmskit.cli.output import Output
from dlmskit.cli.rows import row_to_json, show_table
from dlmskit.client.profile.table import Column, ProfileTable, Timing
from dlmskit.cosem.common import CaptureObject
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime

CLOCK = Column(CaptureObject(8, Obis.parse("0.0.1.0.0.255"), 2, 0))
TOLD = CosemDateTime.parse("2026-11-22T15:00:00+01:00")


@pytest.mark.parametrize("is_reversed", [False, True])
def test_the_offset_of_a_time_is_right_whichever_sign_the_meter_gives_it(
    is_reversed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    came = TOLD.mirrored if is_reversed else TOLD
    timing = Timing(deviation_reversed=is_reversed)
    table = ProfileTable(Obis.parse("1.0.99.1.0.255"), [CLOCK], [(came.raw,)], timing)
    assert row_to_json(table, table[0])["time"] == "2026-11-22T15:00:00+01:00"
    show_table(Output(), table)
    assert "2026-11-22 15:00+01:00" in capsys.readouterr().out
    table.to_csv(tmp_path / "rows.csv")
    assert "2026-11-22T15:00:00+01:00" in (tmp_path / "rows.csv").read_text()
