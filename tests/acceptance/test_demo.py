"""`demo`: what `make demo` runs."""

from __future__ import annotations

from collections.abc import Callable

from tests.acceptance.running import Ended

Dlmskit = Callable[..., Ended]


def test_the_check_passes_unattended(dlmskit: Dlmskit) -> None:
    ended = dlmskit("demo", "--check")
    assert (ended.status, ended.err) == (0, "")
    assert "all equal to what the meters hold" in ended.out.splitlines()[-1]
    assert max(map(len, ended.out.splitlines())) <= 80
    for word in ("tcp://127.0.0.1:", "hdlc+tcp://127.0.0.1:", "HLS-GMAC", "Clock", " Wh", " V", " A", " m³", "96 rows"):
        assert word in ended.out


def test_its_readings_as_json(dlmskit: Dlmskit) -> None:
    ended = dlmskit("demo", "--json")
    assert ended.status == 0
    names = [record["value"] for record in ended.records if record["object"] == "0.0.42.0.0.255"]
    assert names == [b"DKT000000000000%d".replace(b"%d", digit).hex() for digit in (b"1", b"2", b"3")]
    assert len([record for record in ended.records if "values" in record]) == 96 + 96 + 24
