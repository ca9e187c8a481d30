"""General block transfer over a line that loses, delays and repeats: each position, each window, any order of events."""

from __future__ import annotations

from collections import deque
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from dlmskit.apdu.transfer import GeneralBlockTransfer, block
from dlmskit.session.blocks.general_transfer import MAX_WINDOW, GeneralTransfer

LIMIT = 4096
#: Octets of data in a block.
SIZE = 10


class Two:
    """A side that asks and one that answers; what goes between them stands in two queues until it is delivered."""

    def __init__(self, request: bytes, answer: bytes, windows: tuple[int, int]) -> None:
        self.client = GeneralTransfer(SIZE, windows[0], LIMIT, asks=True)
        self.server = GeneralTransfer(SIZE, windows[1], LIMIT, asks=False)
        self.request, self.answer, self.window = request, answer, max(windows)
        self.asked: list[bytes] = []
        self.got: list[bytes] = []
        self.ways: tuple[deque[GeneralBlockTransfer], deque[GeneralBlockTransfer]] = (deque(), deque())
        self.up, self.down = self.ways
        self.sent = 0
        self._put(self.up, self.client.offer(request))

    def _put(self, way: deque[GeneralBlockTransfer], blocks: list[GeneralBlockTransfer]) -> None:
        way += blocks
        self.sent += len(blocks)

    def poll(self) -> None:
        self._put(self.up, self.client.poll())

    def deliver(self, way: deque[GeneralBlockTransfer]) -> None:
        heard = way.popleft()
        if way is self.down:
            reply, whole, _, _ = self.client.hear(heard)
            self._put(self.up, reply)
            self.got += [] if whole is None else [whole]
            return
        reply, whole, _, _ = self.server.hear(heard)
        self._put(self.down, reply)
        if whole is not None:
            self.asked.append(whole)
            self._put(self.down, self.server.offer(self.answer))

    def finish(self, lost: int | None = None) -> int:
        """Deliver all there is and ask again until the answer is there; how often it was asked again.

        lost  the ordinal of the one block that does not arrive
        """
        polls, ordinal = 0, 0
        while not self.got:
            if not self.up and not self.down:
                polls += 1
                assert polls <= 1000, "it goes on for ever"
                self.poll()
            for way in self.ways:
                for _ in range(len(way)):
                    ordinal += 1
                    if ordinal == lost:
                        way.popleft()
                    else:
                        self.deliver(way)
        while self.up or self.down:  # what is still on the line brings nothing new
            for way in self.ways:
                for _ in range(len(way)):
                    self.deliver(way)
        return polls


APDUS = {"short": b"one block", "long": bytes(range(200))}


@pytest.mark.parametrize("answer", APDUS)
@pytest.mark.parametrize("theirs", [1, 2, 7, 63])
def test_whichever_block_is_lost_it_costs_a_window_and_no_more(theirs: int, answer: str) -> None:
    for ours in range(1, MAX_WINDOW + 1):
        two = Two(APDUS["long"], APDUS[answer], (ours, theirs))
        assert two.finish() == 0
        usual = two.sent
        for lost in range(1, usual + 1):
            two = Two(APDUS["long"], APDUS[answer], (ours, theirs))
            assert two.finish(lost) <= 1, (ours, lost)
            assert (two.asked, two.got) == ([APDUS["long"]], [APDUS[answer]]), (ours, lost)
            assert two.sent <= usual + min(two.window, 20) + 4, (ours, lost)


@example(ours=2, theirs=2, at=34, often=1)  # both answers bring something new, in turns
@settings(max_examples=60)
@given(
    ours=st.integers(1, MAX_WINDOW), theirs=st.integers(1, MAX_WINDOW), at=st.integers(0, 60), often=st.integers(1, 3)
)
def test_asking_again_too_soon_does_not_have_all_go_twice(ours: int, theirs: int, at: int, often: int) -> None:
    """An answer that is only late comes as well as the one to the second question."""
    two = Two(APDUS["long"], APDUS["long"], (ours, theirs))
    two.finish()
    usual = two.sent
    two = Two(APDUS["long"], APDUS["long"], (ours, theirs))
    for _ in range(at):
        way = two.up or two.down
        if way:
            two.deliver(way)
    for _ in range(often):
        two.poll()
    two.finish()
    assert (two.asked, two.got) == ([APDUS["long"]], [APDUS["long"]])
    assert two.sent <= usual + 2 * often * (min(two.window, 20) + 2)


def test_an_acknowledgement_that_was_lost_before_the_answer_holds_nothing_up() -> None:
    client = GeneralTransfer(SIZE, 2, LIMIT, asks=True)
    client.offer(bytes(15))
    client.hear(block(1, b"", acknowledged=1, window=1))
    (asked,) = client.hear(block(3, b"first ", acknowledged=2, window=1)).reply  # 2 is lost
    assert (asked.block_number_ack, asked.window) == (1, 1)
    (asked,) = client.hear(block(2, b"", acknowledged=2, window=1)).reply
    assert (asked.block_number_ack, asked.window) == (3, 2)
    assert client.hear(block(4, b"second", acknowledged=3, last=True)).whole == b"first second"


def test_what_was_acknowledged_is_not_sent_again_for_a_block_that_is_late() -> None:
    server = GeneralTransfer(SIZE, 2, LIMIT, asks=False, hears=False)
    server.offer(bytes(100))
    said = [block(n, b"", acknowledged=ack, window=7, last=True) for n, ack in enumerate((1, 8, 3), 1)]
    assert [[one.block_number for one in server.hear(word).reply] for word in said] == [
        [2, 3, 4, 5, 6, 7, 8],
        [9, 10],
        [9, 10],
    ]


class Line(RuleBasedStateMachine):
    """Blocks are delivered, lost, overtaken and repeated in any order, and the client asks again whenever it likes."""

    two: Two

    @initialize(
        request=st.binary(min_size=SIZE + 1, max_size=120),
        answer=st.binary(min_size=1, max_size=120),
        windows=st.tuples(st.integers(1, MAX_WINDOW), st.integers(1, MAX_WINDOW)),
    )
    def begin(self, request: bytes, answer: bytes, windows: tuple[int, int]) -> None:
        self.two = Two(request, answer, windows)

    def _is_there(self, way: int) -> bool:
        return bool(self.two.ways[way])

    @precondition(lambda self: self._is_there(0))
    @rule()
    def a_block_arrives_at_the_server(self) -> None:
        self.two.deliver(self.two.up)

    @precondition(lambda self: self._is_there(1))
    @rule()
    def a_block_arrives_at_the_client(self) -> None:
        self.two.deliver(self.two.down)

    @precondition(lambda self: self._is_there(0) or self._is_there(1))
    @rule(data=st.data(), what=st.sampled_from(["lose", "repeat", "overtake"]))
    def the_line_is_bad(self, data: Any, what: str) -> None:
        way = data.draw(st.sampled_from([way for way in self.two.ways if way]))
        at = data.draw(st.integers(0, len(way) - 1))
        block = way[at]
        if what != "repeat":
            del way[at]
        if what != "lose":
            way.appendleft(block)

    @rule()
    def nothing_came_in_time(self) -> None:
        self.two.poll()

    @invariant()
    def nothing_arrives_that_was_not_sent_nor_twice(self) -> None:
        two = self.two
        assert two.asked in ([], [two.request]) and two.got in ([], [two.answer])

    def teardown(self) -> None:
        if hasattr(self, "two"):
            self.two.finish()
            assert (self.two.asked, self.two.got) == ([self.two.request], [self.two.answer])


TestLine = Line.TestCase
TestLine.settings = settings(max_examples=150, stateful_step_count=40)
