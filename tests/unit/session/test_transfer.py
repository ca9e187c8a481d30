"""Blocks: cut and joined again, whatever their size; out of order they are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import LimitExceeded, RemoteProtocolError
from dlmskit.session.blocks.transfer import Joined, Outgoing, cut

SIZES = st.integers(1, 40)


@given(st.binary(max_size=300), SIZES, SIZES)
def test_cut_and_joined_data_is_the_same(data: bytes, first: int, size: int) -> None:
    joined = Joined()
    blocks = list(cut(data, first, size))
    assert [block.block_number for block in blocks] == list(range(1, len(blocks) + 1))
    assert [block.last_block for block in blocks] == [False] * (len(blocks) - 1) + [True]
    for last, number, octets in blocks:
        assert len(octets) <= (first if number == 1 else size)
        joined.add(number, octets, last)
    assert joined.is_complete and joined.octets() == data


@given(st.binary(min_size=1, max_size=300), SIZES)
def test_an_outgoing_answer_gives_all_its_octets(data: bytes, size: int) -> None:
    outgoing, joined = Outgoing("get", 1, data, size), Joined()
    while not joined.is_complete:
        last, number, octets = outgoing.next_block()
        joined.add(number, octets, last)
    assert joined.octets() == data and outgoing.is_complete


@pytest.mark.parametrize("numbers", [[2], [0], [1, 1], [1, 3], [1, 0]], ids=str)
def test_A30_a_block_number_skipped_repeated_or_zero_is_refused(numbers: list[int]) -> None:
    joined = Joined()
    with pytest.raises(RemoteProtocolError, match="was due"):
        for number in numbers:
            joined.add(number, b"x", False)
    good = Joined()
    for number in (1, 2, 3):
        good.add(number, b"x", number == 3)
    assert good.octets() == b"xxx"


def test_A32_a_block_after_the_last_one_is_refused() -> None:
    joined = Joined()
    joined.add(1, b"x", True)
    with pytest.raises(RemoteProtocolError):
        joined.add(2, b"x", True)
    assert joined.octets() == b"x"


def test_A71_blocks_beyond_the_limit_are_refused() -> None:
    joined = Joined(limit=10)
    joined.add(1, bytes(10), False)
    with pytest.raises(LimitExceeded):
        joined.add(2, b"x", True)


def test_an_empty_block_that_is_not_the_last_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="empty"):
        Joined().add(1, b"", False)
