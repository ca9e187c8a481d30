"""What a line does to octets is told from what comes back of the pattern."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.link.transparency import PATTERN, Fault, is_over, judge


def even(octets: bytes) -> bytes:
    return bytes(octet & 0x7F | (0x80 if (octet & 0x7F).bit_count() % 2 else 0) for octet in octets)


def telnet(octets: bytes) -> bytes:
    at = octets.index(0xFF)
    return octets[:at] + octets[at + 2 :]


def test_the_pattern_has_every_octet_and_comes_back_without_a_fault() -> None:
    assert set(PATTERN) == set(range(0x100))
    assert PATTERN.index(0x13) < PATTERN.index(0x11)
    whole = judge(PATTERN)
    assert (whole.faults, whole.causes, whole.received) == ({}, (), len(PATTERN))


@pytest.mark.parametrize(
    ("line", "faults", "cause"),
    [
        (lambda sent: sent.replace(b"\xff", b"\xff\xff"), {Fault.DOUBLED: b"\xff"}, "Telnet"),
        (telnet, {Fault.LOST_WITH_NEXT: b"\xff"}, "Telnet"),
        (lambda sent: sent.replace(b"\x13", b"").replace(b"\x11", b""), {Fault.LOST: b"\x11\x13"}, "flow control"),
        (lambda sent: bytes(o & 0x7F for o in sent), {Fault.EIGHTH_BIT: bytes(range(0x80, 0x100))}, "bit 8"),
        (lambda sent: sent.replace(b"\x7d.", b"\x0e"), {Fault.CHANGED: b"\x7d"}, "escapes"),
        (lambda sent: sent.replace(b"\x0a", b"\x0d\x0a"), {Fault.CHANGED: b"\x0a"}, "translated"),
        (lambda sent: sent.replace(b"<40>@..<3f>", b"<40>@.."), {Fault.MISSING: b"\x3f\x40"}, ""),
        (lambda sent: b"\x00" * len(sent), {Fault.MISSING: bytes(range(0x100))}, "the speed or the parity"),
    ],
)
def test_what_a_line_does_is_named(line: Callable[[bytes], bytes], faults: dict[Fault, bytes], cause: str) -> None:
    found = judge(line(PATTERN))
    assert found.faults == faults
    assert [words for words in found.causes if cause in words] == list(found.causes)
    assert bool(found.causes) == bool(cause)


def test_a_parity_bit_is_told_from_octets_that_are_lost() -> None:
    found = judge(even(PATTERN))
    assert set(found.faults) == {Fault.EIGHTH_BIT}
    assert len(found.causes) == 1
    assert is_over(even(PATTERN))


@given(octet=st.integers(0, 0xFF), times=st.sampled_from([0, 2]))
def test_any_one_octet_that_is_lost_or_doubled_is_named(octet: int, times: int) -> None:
    mark = b"<%02x>" % octet
    came = PATTERN.replace(mark + bytes((octet,)), mark + bytes((octet,)) * times)
    assert judge(came).faults == {Fault.DOUBLED if times else Fault.LOST: bytes((octet,))}


@given(noise=st.binary(max_size=200), at=st.integers(0, len(PATTERN)), cut=st.integers(0, 300))
def test_whatever_comes_back_is_judged(noise: bytes, at: int, cut: int) -> None:
    came = PATTERN[:at] + noise + PATTERN[at + cut :]
    found = judge(came)
    named = [octet for octets in found.faults.values() for octet in octets]
    assert len(named) == len(set(named))
    assert found.received == len(came)
    assert judge(noise).to_json()["received"] == len(noise)


def test_it_is_over_with_the_mark_of_the_end() -> None:
    assert is_over(PATTERN)
    assert not is_over(PATTERN[:-1])
