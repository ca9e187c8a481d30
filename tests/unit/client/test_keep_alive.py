"""How long nothing need be said."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.client.keep_alive import KeepAlive
from dlmskit.edge.options import LineOptions


def interval(inactivity_s: float, round_trip_s: float, framing: str, timeout_s: float = 5.0) -> float:
    keep_alive = KeepAlive(LineOptions(inactivity_s=inactivity_s, timeout_s=timeout_s))
    parts: Any = SimpleNamespace(line=SimpleNamespace(framing=framing)), SimpleNamespace(round_trip_s=round_trip_s)
    keep_alive._pump, keep_alive._association = parts
    return keep_alive.interval_s


@given(st.floats(1, 86_400), st.floats(0, 60), st.sampled_from(["hdlc", "wrapper"]), st.floats(0.1, 60))
def test_a_sign_of_life_arrives_in_time_where_that_is_possible(
    inactivity_s: float, round_trip_s: float, framing: str, timeout_s: float
) -> None:
    pause = interval(inactivity_s, round_trip_s, framing, timeout_s)
    assert inactivity_s / 3 - 1e-6 <= pause <= 0.9 * inactivity_s + 1e-6
    needed = 2 * round_trip_s + (timeout_s if framing == "hdlc" else 0)
    assert pause + min(needed, inactivity_s * 2 / 3) <= inactivity_s + 1e-6


@pytest.mark.parametrize(
    ("inactivity_s", "round_trip_s", "framing", "pause"),
    [
        (120, 0.1, "hdlc", 108),
        (180, 0.1, "wrapper", 162),
        (30, 4, "wrapper", 22),
        (30, 4, "hdlc", 17),
        (6, 9, "hdlc", 2),
    ],
)
def test_examples(inactivity_s: float, round_trip_s: float, framing: str, pause: float) -> None:
    assert interval(inactivity_s, round_trip_s, framing) == pytest.approx(pause)
