"""The counter policy: nothing twice, nothing lower, nothing unproven kept, no replay accepted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import AuthenticationFailed, CounterExhausted, LimitExceeded, ReplayDetected, UsageError
from dlmskit.security.cipher import Aead, protect, unprotect
from dlmskit.security.counters import (
    LARGEST_JUMP,
    LAST_COUNTER,
    SPANS_KEPT,
    CounterBlock,
    Ledger,
    ReceiveWindow,
    ReceiveWindows,
    Scope,
    Span,
)

near_the_end = st.integers(LAST_COUNTER - 200, LAST_COUNTER - 1)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("reserve"), st.integers(1, 70)),
        st.tuples(st.just("learn"), st.one_of(st.integers(0, 400), st.integers(0, LARGEST_JUMP), near_the_end)),
        st.tuples(st.just("confirm"), st.just(0)),
    ),
    max_size=60,
)


def reserved(ledger: Ledger, count: int) -> tuple[Ledger, list[int]]:
    ledger, block = ledger.reserve(count)
    return ledger, list(range(block.start, block.end))


def test_a_block_gives_each_counter_once() -> None:
    block = CounterBlock(5, 7)
    assert (block.left, block.take(), block.take(), block.left) == (2, 5, 6, 0)
    with pytest.raises(CounterExhausted):
        block.take()


def test_a_scope_is_a_title_and_a_fingerprint() -> None:
    assert Scope(b"ABC00001", b"12345678") == Scope(b"ABC00001", b"12345678")
    for title, fingerprint in ((b"ABC", b"12345678"), (b"ABC00001", b"")):
        with pytest.raises(UsageError):
            Scope(title, fingerprint)


@given(steps)
def test_A41_no_counter_is_given_twice_whatever_is_learnt_or_confirmed(steps: list[tuple[str, int]]) -> None:
    ledger, given_out = Ledger(), set[int]()
    for step, number in steps:
        try:
            if step == "reserve":
                ledger, block = reserved(ledger, number)
                assert block
                assert given_out.isdisjoint(block)
                given_out.update(block)
            elif step == "learn":
                ledger = ledger.learn(number, consent=True)
            else:
                before = ledger.following
                ledger = ledger.confirm()
                assert ledger.following >= before
        except CounterExhausted:
            continue
    assert max(given_out, default=0) < LAST_COUNTER


@given(steps)
def test_a_confirmed_counter_is_never_lowered_by_what_a_peer_says(steps: list[tuple[str, int]]) -> None:
    ledger = Ledger(following=300, confirmed=True)
    for step, number in steps:
        try:
            if step == "reserve":
                ledger, block = reserved(ledger, number)
                assert min(block) >= 300
            elif step == "learn":
                ledger = ledger.learn(number, consent=True)
        except CounterExhausted:
            continue
        assert ledger.following >= 300


def test_what_is_learnt_is_used_at_once_and_kept_only_when_confirmed() -> None:
    learnt = Ledger(following=100, confirmed=True).learn(5000)
    learnt, block = reserved(learnt, 10)
    assert block == list(range(5000, 5010))
    assert learnt.following == 100
    assert learnt.confirm() == Ledger(following=5010, confirmed=True)


def test_a_forged_value_is_forgotten_at_the_next_contact_but_what_was_spent_on_it_is_not() -> None:
    ledger, _ = reserved(Ledger(following=100, confirmed=True).learn(5000), 10)
    ledger, block = reserved(ledger.learn(90), 10)
    assert block == list(range(100, 110))
    assert ledger.spent == (Span(5000, 5010),)
    ledger, block = reserved(ledger.learn(4995), 10)
    assert block == list(range(4995, 5000))  # stops before the spent ones,
    ledger, block = reserved(ledger, 10)
    assert block == list(range(5010, 5020))  # and goes on after them
    ledger = ledger.confirm()
    assert (ledger.following, ledger.spent) == (5020, ())


def test_a_jump_over_two_to_the_24_needs_consent() -> None:
    ledger = Ledger(following=10, confirmed=True)
    assert ledger.learn(10 + LARGEST_JUMP).pending
    with pytest.raises(CounterExhausted) as refused:
        ledger.learn(11 + LARGEST_JUMP)
    assert refused.value.hints
    assert ledger.learn(11 + LARGEST_JUMP, consent=True).pending


def test_a_forged_last_counter_does_not_kill_a_key_even_with_consent() -> None:
    ledger = Ledger(following=10, confirmed=True)
    ledger, block = reserved(ledger.learn(0xFFFFFFFE, consent=True), 5)
    assert block == [0xFFFFFFFE]
    ledger, block = reserved(ledger.learn(9), 5)
    assert block == [10, 11, 12, 13, 14]
    for beyond in (0xFFFFFFFF, 0x100000000):
        with pytest.raises(CounterExhausted):
            ledger.learn(beyond, consent=True)


def test_counters_end_before_the_last_and_never_wrap() -> None:
    ledger = Ledger(following=LAST_COUNTER - 3)
    ledger, block = reserved(ledger, 2)
    assert block == [LAST_COUNTER - 3, LAST_COUNTER - 2]
    ledger, block = reserved(ledger, 64)
    assert block == [LAST_COUNTER - 1]
    with pytest.raises(CounterExhausted) as exhausted:
        ledger.reserve(1)
    assert exhausted.value.hints


def test_a_peer_that_lies_at_each_contact_does_not_fill_the_store() -> None:
    ledger, given_out = Ledger(), set[int]()
    for contact in range(300):
        ledger, block = reserved(ledger.learn(10_000 + (contact * 7919) % 300_000), 3)
        assert given_out.isdisjoint(block)
        given_out.update(block)
    assert len(ledger.spent) <= SPANS_KEPT
    assert reserved(ledger.learn(0), 1)[1] == [1]


def test_wrong_numbers_are_usage_errors() -> None:
    for wrong in (lambda: Ledger().reserve(0), lambda: Ledger().learn(-1), lambda: Ledger().lower(LAST_COUNTER)):
        with pytest.raises(UsageError):
            wrong()


def test_lowering_is_a_step_of_its_own() -> None:
    assert reserved(Ledger(following=5000, confirmed=True).lower(20), 2)[1] == [20, 21]


EK, AK, TITLE = Aead(bytes(range(16))), bytes(range(0xD0, 0xE0)), b"ABC00001"


def receive(window: ReceiveWindow, content: bytes) -> bytes:
    """What a session does with a protected APDU: the tag, then the counter, then the text."""
    opened = unprotect(content, title=TITLE, key=EK, ak=AK)
    window.accept(opened.counter, verified=opened.state == "verified")
    return opened.plaintext


def sent(counter: int, control: int = 0x30) -> bytes:
    return protect(b"\xc0\x01", control=control, title=TITLE, counter=counter, key=EK, ak=AK)


def test_A40_the_same_apdu_an_equal_and_a_lower_counter_are_replays() -> None:
    window = ReceiveWindow()
    assert receive(window, sent(10)) == b"\xc0\x01"
    for counter in (10, 9, 0):
        with pytest.raises(ReplayDetected):
            receive(window, sent(counter))
    assert receive(window, sent(11)) == b"\xc0\x01"
    assert receive(window, sent(500)) == b"\xc0\x01"


def test_A40_after_the_last_counter_nothing_is_accepted_so_it_cannot_wrap() -> None:
    window = ReceiveWindow(last=0xFFFFFFFE)
    assert receive(window, sent(0xFFFFFFFF)) == b"\xc0\x01"
    for counter in (0xFFFFFFFF, 0, 1):
        with pytest.raises(ReplayDetected):
            receive(window, sent(counter))


def test_A40_a_forged_counter_moves_nothing() -> None:
    window = ReceiveWindow(last=10)
    forged = sent(11)[:1] + b"\xff\xff\xff\xff" + sent(11)[5:]
    with pytest.raises(AuthenticationFailed):
        receive(window, forged)
    assert window.last == 10
    assert receive(window, forged[:1] + sent(11)[1:]) == b"\xc0\x01"


def test_A40_an_unproven_counter_is_checked_but_not_remembered() -> None:
    window = ReceiveWindow(last=10)
    assert receive(window, sent(0xFFFFFFFF, control=0x20)) == b"\xc0\x01"
    assert window.last == 10
    with pytest.raises(ReplayDetected):
        receive(window, sent(10, control=0x20))


def test_A40_windows_keep_peers_apart_and_only_those_that_proved_themselves() -> None:
    windows = ReceiveWindows({b"MTR00001": 10})
    with pytest.raises(ReplayDetected):
        windows.accept(b"MTR00001", 10)
    windows.accept(b"MTR00002", 3, verified=False)
    assert windows.last(b"MTR00002") is None
    windows.accept(b"MTR00002", 3)
    assert (windows.last(b"MTR00001"), windows.highest) == (10, 10)
    assert windows.take_changes() == {b"MTR00002": 3}
    assert windows.take_changes() == {}
    windows.go_on_from({b"MTR00002": 2, b"MTR00001": 50})
    assert (windows.last(b"MTR00002"), windows.last(b"MTR00001")) == (3, 50)


def test_A40_the_number_of_peers_under_one_key_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlmskit.security.counters.TITLES_KEPT", 2)
    windows = ReceiveWindows({b"MTR00001": 1, b"MTR00002": 1})
    with pytest.raises(LimitExceeded):
        windows.accept(b"MTR00003", 1)
    windows.accept(b"MTR00002", 2)


def test_A40_a_ledger_accepts_only_what_is_greater() -> None:
    ledger = Ledger().accept(0).accept(7)
    for counter in (7, 6):
        with pytest.raises(ReplayDetected):
            ledger.accept(counter)
    assert ledger.accept(8).received == 8
