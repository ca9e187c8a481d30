"""`profile`: rows by number and by time, as text, JSON and CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.conftest import Simulated
from tests.acceptance.running import LOW, Ended

Dlmskit = Callable[..., Ended]


def test_rows_as_json_have_the_promised_shape(dlmskit: Dlmskit, simulator: Simulated) -> None:
    ended = dlmskit("profile", "--json", simulator.tcp, "load_profile", "--last", "2")
    assert (ended.status, ended.err) == (0, "")
    before, noon = ended.records
    assert (before["time"], noon["time"]) == ("2026-11-22T11:45:00+01:00", "2026-11-22T12:00:00+01:00")
    values = noon["values"]
    assert isinstance(values, list)
    raw = [value.pop("raw") for value in values]
    assert noon == {
        "object": "1.0.99.1.0.255",
        "time": "2026-11-22T12:00:00+01:00",
        "status": 0,
        "values": [
            {
                "object": name,
                "class_id": 3,
                "attribute": 2,
                "data_index": 0,
                "value": f"{number // 10}.{number % 10}",
                "unit": "Wh",
            }
            for name, number in zip(("1.0.1.8.0.255", "1.0.2.8.0.255"), raw, strict=True)
        ],
    }


@pytest.mark.parametrize("framing", ["tcp", "hdlc"])
def test_rows_between_two_moments_of_the_meters_local_time(
    dlmskit: Dlmskit, simulator: Simulated, framing: str
) -> None:
    span = ("--from", "2026-11-21T23:00", "--to", "2026-11-22T00:30", "--columns", "1.0.2.8.0.255")
    ended = dlmskit("profile", "--json", getattr(simulator, framing), "load_profile", *span, *LOW)
    assert ended.status == 0, ended.err
    times = [str(record["time"])[:16] for record in ended.records]
    assert times[0] == "2026-11-21T23:00" and times[-1] == "2026-11-22T00:30" and len(times) == 7
    assert all([value["object"] for value in record["values"]] == ["1.0.2.8.0.255"] for record in ended.records)  # type: ignore[attr-defined]


def test_the_table_fits_eighty_columns_and_names_units(dlmskit: Dlmskit, simulator: Simulated) -> None:
    ended = dlmskit("profile", simulator.tcp, "1.0.99.1.0.255", "--last", "3")
    lines = ended.out.splitlines()
    assert lines[0].split() == ["time", "status", "1.0.1.8.0.255", "1.0.2.8.0.255"]
    assert lines[1].split() == ["Wh", "Wh"]
    assert lines[-1].startswith("2026-11-22 12:00+01:00       0 ") and len(lines) == 5
    assert max(map(len, lines)) <= 80


def test_rows_go_to_a_csv_file(dlmskit: Dlmskit, simulator: Simulated, tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    ended = dlmskit("profile", simulator.tcp, "load_profile", "--last", "4", "--csv", str(file))
    assert (ended.status, ended.out) == (0, "")
    assert ended.err == f"dlmskit: 4 rows written to {file}\n"
    header, *rows = csv.reader(file.read_text().splitlines())
    assert header == ["time", "status", "1.0.1.8.0.255 (Wh)", "1.0.2.8.0.255 (Wh)"]
    assert rows[-1][0] == "2026-11-22T12:00:00+01:00" and len(rows) == 4


def test_rows_take_the_place_of_a_chart_where_the_output_is_no_terminal(dlmskit: Dlmskit, simulator: Simulated) -> None:
    columns = ("--columns", "1.0.1.8.0.255, 1.0.2.8.0.255")
    ended = dlmskit("profile", simulator.tcp, "load_profile", "--last", "4", "--plot", *columns)
    assert ended.status == 0
    assert ended.out.split()[:3] == ["time", "1.0.1.8.0.255", "1.0.2.8.0.255"] and len(ended.out.splitlines()) == 6
    assert ended.err == "dlmskit: no chart: the output is no terminal\n"


def test_a_chart_goes_to_a_file_of_an_ending_that_is_known(
    dlmskit: Dlmskit, simulator: Simulated, tmp_path: Path
) -> None:
    wrong = dlmskit("profile", simulator.tcp, "load_profile", "--plot-file", str(tmp_path / "chart.pdf"))
    assert wrong.status == 2 and "ends in .png or .svg" in wrong.err
    pytest.importorskip("matplotlib")
    file = tmp_path / "chart.svg"
    ended = dlmskit("profile", simulator.tcp, "load_profile", "--last", "4", "--plot-file", str(file))
    assert (ended.status, ended.out, ended.err) == (0, "", f"dlmskit: 4 rows written to {file}\n")
    assert file.read_bytes().startswith(b"<?xml")


def test_a_device_profile_names_the_objects(dlmskit: Dlmskit, simulator: Simulated) -> None:
    ended = dlmskit("profile", "--json", f"{simulator.tcp}?profile=is15959-1", "block_load", "--last", "1")
    assert ended.status == 0, ended.err
    assert ended.records[0]["object"] == "1.0.99.1.0.255"
