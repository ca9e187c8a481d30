from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlmskit.cli.chart import chart
from dlmskit.client.profile.series import differences


def test_a_bar_is_as_high_as_its_value() -> None:
    assert chart([0, 1, 2, None, 4], width=9, height=2, first="a", last="b") == [
        "4 │    █",
        "0 │ ▄█ █",
        "  └─────",
        "   a   b",
    ]


def test_what_a_counter_counted_skips_gaps() -> None:
    assert differences([1.0, 3.0, None, 4.0, 9.0]) == [2.0, None, None, 5.0]


def test_nothing_to_show() -> None:
    assert chart([None, None], width=40) == chart([], width=40) == ["nothing to show"]


@given(st.lists(st.none() | st.floats(-1e9, 1e9), max_size=300), st.integers(20, 120))
def test_a_chart_keeps_to_its_width(values: list[float | None], width: int) -> None:
    lines = chart(values, width=width, height=4)
    assert max(map(len, lines)) <= max(width, 24)
    assert len(lines) in (1, 6)
