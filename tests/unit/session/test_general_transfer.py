"""General block transfer between two sides: whatever is lost, repeated or late, the same APDUs or an error of ours."""

from __future__ import annotations

from collections import deque
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.apdu.transfer import GeneralBlockTransfer, block
from dlmskit.errors import LimitExceeded, RemoteProtocolError
from dlmskit.session.blocks.general_transfer import (
    MAX_NUMBER,
    MAX_WINDOW,
    REPLIES,
    GeneralTransfer,
    Ours,
    Reply,
    Theirs,
    stream,
)

LIMIT = 4096
Blocks = list[GeneralBlockTransfer]


class Two:
    """A side that asks and one that answers, and a line between them that loses what `loses` says."""

    def __init__(self, request: bytes, answer: bytes, *, size: int, windows: tuple[int, int], whole: bool) -> None:
        self.client = GeneralTransfer(size, windows[0], LIMIT, asks=True)
        self.server = GeneralTransfer(size, windows[1], LIMIT, asks=False, hears=not whole)
        self.request, self.answer, self.is_whole = request, answer, whole
        self.asked: list[bytes] = []
        self.got: list[bytes] = []
        self.up: deque[GeneralBlockTransfer] = deque()
        self.down: deque[GeneralBlockTransfer] = deque()
        self.sent = 0

    def run(self, losses: Random | None, share: float, polls: int) -> int:
        """How often the client had to ask again."""
        asked_again = 0
        if self.is_whole:
            self.asked.append(self.request)
            self.down += self.server.offer(self.answer)
        else:
            self.up += self.client.offer(self.request)
        while not self.got:
            if not self.up and not self.down:
                asked_again += 1
                if asked_again > polls:
                    break
                self.up += self.client.poll()
            for queue in (self.up, self.down):
                while queue:
                    heard = queue.popleft()
                    self.sent += 1
                    if losses is None or losses.random() >= share:
                        self._deliver(queue, heard)
        return asked_again

    def _deliver(self, queue: deque[GeneralBlockTransfer], heard: GeneralBlockTransfer) -> None:
        if queue is self.up:
            reply, whole, _, _ = self.server.hear(heard)
            self.down += reply
            if whole is not None:
                self.asked.append(whole)
                self.down += self.server.offer(self.answer)
        else:
            reply, whole, _, _ = self.client.hear(heard)
            self.up += reply
            if whole is not None:
                self.got.append(whole)


APDUS = st.binary(min_size=1, max_size=200)
WINDOWS = st.tuples(st.integers(1, MAX_WINDOW), st.integers(1, MAX_WINDOW))


@given(APDUS, APDUS, st.integers(1, 40), WINDOWS, st.booleans())
def test_both_apdus_arrive_once_whatever_the_windows(
    request: bytes, answer: bytes, size: int, windows: tuple[int, int], whole: bool
) -> None:
    two = Two(request, answer, size=size, windows=windows, whole=whole)
    assert two.run(None, 0, 0) == 0
    assert two.asked == [request] and two.got == [answer]
    blocks = -(-len(request) // size) + -(-len(answer) // size)
    assert two.sent <= 2 * blocks + 2


@given(
    st.binary(min_size=2, max_size=200), APDUS, st.integers(1, 40), WINDOWS, st.integers(0), st.sampled_from([0.1, 0.4])
)
def test_lost_blocks_are_asked_for_again(
    request: bytes, answer: bytes, size: int, windows: tuple[int, int], seed: int, share: float
) -> None:
    """A request of one block goes as it is, so there are two at least."""
    two = Two(request, answer, size=min(size, len(request) - 1), windows=windows, whole=False)
    two.run(Random(seed), share, 2000)
    assert two.asked == [request] and two.got == [answer]


def test_only_the_blocks_of_a_gap_are_sent_again() -> None:
    two = Two(b"?", bytes(range(80)), size=10, windows=(7, 7), whole=True)
    (first,) = two.server.offer(two.answer)
    (ack,) = two.client.hear(first).reply
    window = two.server.hear(ack).reply
    assert [one.block_number for one in window] == [2, 3, 4, 5, 6, 7, 8]
    assert [one.is_streaming for one in window] == [True] * 6 + [False]
    assert not any(two.client.hear(one).reply for one in window[:2])
    (asked,) = two.client.hear(window[-1]).reply  # 4 to 7 are lost
    assert (asked.block_number_ack, asked.window, asked.is_last, asked.block_data) == (3, 4, True, b"")
    missing = two.server.hear(asked).reply
    assert [one.block_number for one in missing] == [4, 5, 6, 7]
    assert [two.client.hear(one).whole for one in missing] == [None, None, None, two.answer]


def test_acknowledgements_are_numbered_as_meters_know_them() -> None:
    """Seen on the wire: E0 83 0003 0006 00, the third acknowledgement of one side, after six blocks of the other's."""
    client = GeneralTransfer(10, 3, LIMIT, asks=True)
    said = [block(n, b"x" * 10, window=3, streaming=n not in (1, 3, 6)) for n in range(1, 8)]
    replies = [reply for each in said[:6] for reply in client.hear(each).reply]
    assert replies[-1].to_bytes() == bytes.fromhex("e083 0003 0006 00")


@pytest.mark.parametrize(("theirs", "ours"), list(product(Theirs, Ours)), ids=str)
def test_each_state_has_its_reply(theirs: Theirs, ours: Ours) -> None:
    """Gaps before all; else our blocks go as soon as it is our turn; where neither is left, nothing is said."""
    reply = REPLIES[theirs, ours]
    assert (reply is Reply.ASK) == (theirs is Theirs.GAP)
    assert (reply is Reply.SEND) == (ours is Ours.LEFT and theirs is not Theirs.GAP)
    assert (reply is Reply.REST) == (theirs is Theirs.WHOLE and ours is Ours.DONE)


@given(
    st.lists(
        st.builds(
            GeneralBlockTransfer,
            st.integers(0, 255),
            st.sampled_from([0, 1, 2, 3, 4, 9, MAX_NUMBER]),
            st.sampled_from([0, 1, 2, MAX_NUMBER]),
            st.binary(max_size=9),
        ),
        max_size=30,
    ),
    st.booleans(),
)
def test_any_blocks_give_blocks_or_an_error_of_ours(heard: Blocks, asks: bool) -> None:
    side = GeneralTransfer(3, 4, 64, asks=asks)
    if asks:
        side.offer(b"0123456789")
    for one in heard:
        try:
            reply = side.hear(one).reply
        except (RemoteProtocolError, LimitExceeded):
            return
        assert len(reply) <= MAX_WINDOW


# --- what attackers do ---


def server(limit: int = LIMIT) -> GeneralTransfer:
    return GeneralTransfer(10, 4, limit, asks=False)


def test_A30_general_blocks_in_their_order_are_taken() -> None:
    side = server()
    assert not side.hear(block(1, b"a", window=4, streaming=True)).reply
    assert side.hear(block(2, b"b", window=4, last=True)).whole == b"ab"


def test_A30_a_general_block_with_number_0_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="number 0"):
        server().hear(block(0, b"a"))


def test_A30_a_repeated_general_block_counts_once() -> None:
    side = server()
    side.hear(block(1, b"a", window=4))
    (reply,) = side.hear(block(1, b"a", window=4)).reply
    assert reply.block_number_ack == 1
    assert side.hear(block(2, b"b", last=True)).whole == b"ab"


def test_A30_a_skipped_general_block_is_asked_for() -> None:
    side = server()
    side.hear(block(1, b"a", window=4))
    (reply,) = side.hear(block(3, b"c", window=4, last=True)).reply
    assert (reply.block_number_ack, reply.window) == (1, 1)
    assert side.hear(block(2, b"b")).whole == b"abc"


def test_A30_a_general_block_far_ahead_is_not_kept() -> None:
    side = server()
    side.hear(block(1, b"a", window=4))
    (reply,) = side.hear(block(6, b"f", window=4)).reply  # four may come after the first
    assert (reply.block_number_ack, reply.window) == (1, 4)
    replies = [reply for n in range(2, 6) for reply in side.hear(block(n, b"x", window=4, streaming=n < 5)).reply]
    assert [reply.block_number_ack for reply in replies] == [5]


def test_A30_block_numbers_do_not_wrap() -> None:
    with pytest.raises(LimitExceeded):
        GeneralTransfer(1, 4, LIMIT, asks=True).offer(bytes(MAX_NUMBER + 1))
    with pytest.raises(LimitExceeded):
        list(stream(bytes(MAX_NUMBER + 1), 1))


def test_A31_a_window_of_63_and_no_acknowledgement_does_not_fill_the_memory() -> None:
    side, came = server(limit=1000), 0
    with pytest.raises(LimitExceeded):
        for number in range(1, 100):
            side.hear(block(number, bytes(63), window=63, streaming=True))
            came += 63
    assert came <= 1000


def test_A31_blocks_beyond_our_window_are_acknowledged_without_being_asked() -> None:
    side = server()
    replies = [len(side.hear(block(number, b"x", window=63, streaming=True)).reply) for number in range(1, 9)]
    assert replies == [0, 0, 0, 1, 0, 0, 0, 1]


def test_A31_a_side_that_takes_63_blocks_gets_no_more_at_once() -> None:
    two = Two(b"?", bytes(2000), size=10, windows=(63, 63), whole=True)
    two.server.offer(two.answer)
    assert len(two.server.hear(block(1, b"", acknowledged=1, window=63, last=True)).reply) == 63


def test_A32_a_last_general_block_twice_is_carried_out_once() -> None:
    side = server()
    side.hear(block(1, b"a", window=4))
    assert side.hear(block(2, b"b", last=True)).whole == b"ab"
    assert side.hear(block(2, b"b", last=True)).whole is None
    with pytest.raises(RemoteProtocolError, match="after the last one"):
        side.hear(block(3, b"c", last=True))


def test_A32_a_last_general_block_before_others_is_refused() -> None:
    side = server()
    side.hear(block(1, b"a", window=4))
    side.hear(block(4, b"d", window=4, streaming=True))
    with pytest.raises(RemoteProtocolError, match="stands before others"):
        side.hear(block(3, b"c", window=4, last=True))


def test_an_acknowledgement_of_what_was_never_sent_is_of_another_exchange() -> None:
    side = server()
    assert side.hear(block(1, b"a", acknowledged=7, last=True)).whole is None
    assert side.hear(block(1, b"a", last=True)).whole == b"a"


@given(APDUS, st.integers(1, 40))
def test_a_stream_needs_no_acknowledgement(apdu: bytes, size: int) -> None:
    blocks = list(stream(apdu, size))
    assert b"".join(one.block_data for one in blocks) == apdu
    assert [one.is_last for one in blocks] == [False] * (len(blocks) - 1) + [True]
    assert {(one.is_streaming, one.window, one.block_number_ack) for one in blocks} == {(True, 0, 0)}
