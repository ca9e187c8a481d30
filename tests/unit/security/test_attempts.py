"""Wrong authentications: so many at once, then one by one, each caller for itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.security import attempts
from dlmskit.security.attempts import AT_ONCE, EVERY_S, Attempts

HERE, THERE = (1, "10.0.0.1"), (1, "10.0.0.2")


def test_A53_a_caller_that_is_wrong_too_often_waits_and_others_do_not() -> None:
    tries = Attempts()
    for _ in range(AT_ONCE):
        assert tries.are_left(HERE, 0.0)
        tries.note(HERE, False, 0.0)
    assert not tries.are_left(HERE, 0.0)
    assert tries.are_left(THERE, 0.0)
    assert tries.are_left((2, HERE[1]), 0.0)
    assert not tries.are_left(HERE, EVERY_S * 0.9)
    assert tries.are_left(HERE, EVERY_S)


def test_A53_who_is_right_is_forgiven() -> None:
    tries = Attempts()
    for _ in range(3):
        for _ in range(AT_ONCE - 1):
            tries.note(HERE, False, 0.0)
        assert tries.are_left(HERE, 0.0)
        tries.note(HERE, True, 0.0)


def test_A53_the_memory_of_callers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "CALLERS", 3)
    tries = Attempts()
    for number in range(10):
        for _ in range(AT_ONCE):
            tries.note((number, ""), False, 0.0)
    assert [number for number in range(10) if not tries.are_left((number, ""), 0.0)] == [7, 8, 9]


@given(st.lists(st.floats(0, 100), max_size=200))
def test_A53_in_any_time_no_more_is_tried_than_is_granted(pauses: list[float]) -> None:
    tries, now, tried = Attempts(), 0.0, 0
    for pause in pauses:
        now += pause
        if tries.are_left(HERE, now):
            tries.note(HERE, False, now)
            tried += 1
    assert tried <= AT_ONCE + now / EVERY_S + 1e-6
