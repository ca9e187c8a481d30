"""`write` and `call`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.conftest import Simulated
from tests.acceptance.running import LOW, Ended

Dlmskit = Callable[..., Ended]


@pytest.mark.parametrize("value", ["-60", '{"long": -60}'])
def test_an_attribute_is_set_by_its_declared_type(dlmskit: Dlmskit, simulator: Simulated, value: str) -> None:
    ended = dlmskit("write", "--json", simulator.tcp, "clock/time_zone", value, *LOW)
    assert ended.status == 0, ended.err
    assert ended.records == [
        {
            "object": "0.0.1.0.0.255",
            "class_id": 8,
            "attribute": 3,
            "name": "time_zone",
            "type": "long",
            "value": -60,
        }
    ]


def test_a_clock_is_set_to_now(dlmskit: Dlmskit, simulator: Simulated) -> None:
    before = datetime.now(UTC)
    ended = dlmskit("write", "--json", simulator.tcp, "clock/time", "now", *LOW)
    assert ended.status == 0, ended.err
    (record,) = ended.records
    set_to = datetime.fromisoformat(record["value"])
    assert before <= set_to < before + timedelta(minutes=1)


def test_a_refused_write_is_one_line_with_causes(dlmskit: Dlmskit, simulator: Simulated) -> None:
    ended = dlmskit("write", simulator.tcp, "clock/time_zone", "0")
    assert (ended.status, ended.out) == (1, "")
    assert len(ended.err.splitlines()) == 1
    assert "read write denied" in ended.err and "1) the association of client=16 has no right to this" in ended.err


def test_a_method_is_called(dlmskit: Dlmskit, simulator: Simulated) -> None:
    ended = dlmskit("call", "--json", simulator.tcp, "clock/adjust_to_measuring_period", *LOW)
    refused = "read-write-denied" if ended.status else None
    shifted = dlmskit("call", "--json", simulator.tcp, "clock/shift_time", "0", *LOW)
    assert shifted.status == 0, shifted.err
    assert shifted.records == [
        {"object": "0.0.1.0.0.255", "class_id": 8, "method": 6, "name": "shift_time", "value": {"null-data": None}}
    ]
    assert refused is None or "denied" in ended.err
