"""The window over invocation counters, against a model that remembers everything."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlmskit.listener.replay import WIDTH, ReplayWindow

Steps = st.lists(st.one_of(st.integers(-2 * WIDTH, 3), st.integers(-3, 2 * WIDTH), st.integers(0, 2**32)), max_size=60)


@given(st.integers(0, 2**31), Steps)
def test_each_counter_is_taken_once_and_late_ones_within_the_window(start: int, steps: list[int]) -> None:
    window, seen, highest = ReplayWindow(), set[int](), -1
    for step in steps:
        counter = max(0, (start if highest < 0 else highest) + step)
        is_new = counter not in seen and counter > highest - WIDTH
        assert window.take(counter) is is_new
        if is_new:
            seen.add(counter)
            highest = max(highest, counter)
        assert not window.take(counter)


def test_every_counter_within_the_width_may_come_late_and_the_one_beyond_may_not() -> None:
    window = ReplayWindow()
    assert window.take(1000)
    assert not window.take(1000 - WIDTH)
    assert all(window.take(1000 - late) for late in range(1, WIDTH))
    assert not any(window.take(1000 - late) for late in range(WIDTH + 2))
