"""General block transfer: one exchange of APDUs in numbered blocks, for either side of it.

Each side numbers the blocks it sends from 1 on; an acknowledgement is a block without data. Each block says which
was the last one that came in order, and how many more its sender takes. Nothing here waits: the side that asks calls
`again` when nothing came in time, and the other side answers to what it hears.
Source: Green Book, protocol of the general block transfer mechanism, with the recovery of lost blocks. What the first
block of an acknowledgement is numbered, and that the asking side's are "last", was checked against logs of meters.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum, auto
from typing import NamedTuple

from dlmskit.apdu.transfer import GeneralBlockTransfer, block
from dlmskit.errors import LimitExceeded, RemoteProtocolError

#: Tag, control, two numbers and the longest length before the data of a block.
BLOCK_HEAD = 9
MAX_NUMBER, MAX_WINDOW = 0xFFFF, 0x3F


class Theirs(Enum):
    """What the other side has to send."""

    OPEN = auto()  # there is more, and what came is without gaps
    GAP = auto()  # blocks are missing before others that came
    WHOLE = auto()  # all of it is here, or nothing is expected


class Ours(Enum):
    """What this side has to send."""

    LEFT = auto()  # blocks that are not acknowledged
    DONE = auto()  # none, for now


class Reply(Enum):
    """What to say when it is our turn."""

    SEND = auto()  # as many of our blocks as the other side takes
    ACKNOWLEDGE = auto()  # that we take more
    ASK = auto()  # for the blocks of the first gap
    REST = auto()


REPLIES: dict[tuple[Theirs, Ours], Reply] = {
    (Theirs.OPEN, Ours.LEFT): Reply.SEND,
    (Theirs.OPEN, Ours.DONE): Reply.ACKNOWLEDGE,
    (Theirs.GAP, Ours.LEFT): Reply.ASK,
    (Theirs.GAP, Ours.DONE): Reply.ASK,
    (Theirs.WHOLE, Ours.LEFT): Reply.SEND,
    (Theirs.WHOLE, Ours.DONE): Reply.REST,
}


class Heard(NamedTuple):
    """What a block brought: what to send now, and the other side's APDU if it is whole now.

    is_news     something moved on, or was said anew
    gives_turn  there is nothing to say to it, and the other side goes on
    """

    reply: list[GeneralBlockTransfer]
    whole: bytes | None = None
    is_news: bool = False
    gives_turn: bool = False


class GeneralTransfer:
    """One exchange: an APDU each way, at least one of them in blocks.

    size    octets of data in each of our blocks
    window  blocks that the other side may send before we acknowledge
    limit   octets of the other side's APDU
    asks    this side asks and the other one answers
    hears   the other side's APDU comes in blocks, or may: not where a request came at once
    """

    def __init__(self, size: int, window: int, limit: int, *, asks: bool, hears: bool = True) -> None:
        self._size, self._window, self._limit = max(1, size), window, limit
        self._asks = asks
        # ours
        self._data: bytes | None = b"" if asks else None  # None: not known yet
        self._first = 1  # number of the first block with data
        self._number = self._acknowledged = 0
        self._taken = 1  # blocks that the other side takes at once
        # theirs
        self._parts: list[bytes] = []
        self._ahead: dict[int, bytes] = {}
        self._next, self._room_to = 1, 0  # the block that is due; the last one that may come before it
        self._last: int | None = None if hears else 0
        self._octets = self._since = 0  # received; new blocks since we last spoke
        self._late, self._is_polling = 0, False  # answers that may still come to what was said before asking again
        self._has_repeated = False  # this answer brought what had come already
        self.has_heard = False

    # --- what happens ---

    def offer(self, apdu: bytes) -> list[GeneralBlockTransfer]:
        """Our APDU is this: the first of its blocks."""
        self._data, self._first, self._acknowledged = apdu, self._number + 1, self._number
        if self._last_number > MAX_NUMBER:
            raise LimitExceeded(f"{len(apdu)} octets do not go into {MAX_NUMBER} blocks of {self._size}")
        return list(self._send())

    @property
    def carries_ours(self) -> bool:
        """Whether our APDU goes in blocks."""
        return bool(self._data)

    @property
    def has_more(self) -> bool:
        """Whether blocks of ours were never sent yet."""
        return self._number < self._last_number

    @property
    def wants_answer(self) -> bool:
        """Whether the other side's APDU came in blocks, so that ours has to, and is not known yet."""
        return self._data is None and self._last != 0 and self._theirs is Theirs.WHOLE

    def begins_anew(self, heard: GeneralBlockTransfer) -> bool:
        """Whether this block is the first of another exchange, not of this one."""
        if self._asks or heard.block_number != 1 or not heard.block_data:
            return False
        return self._theirs is Theirs.WHOLE or bool(self._parts and self._parts[0] != heard.block_data)

    def hear(self, heard: GeneralBlockTransfer) -> Heard:
        """Take a block. Raises RemoteProtocolError or LimitExceeded, which end the exchange."""
        if heard.block_number_ack > self._number:  # of an exchange that was given up
            return Heard([], gives_turn=not self._asks)
        before, due, was_whole = self._progress(), self._next, self._theirs is Theirs.WHOLE
        self.has_heard = True
        self._acknowledge(heard)
        if heard.block_data or self._is_empty_end(heard):
            self._take(heard)
        elif was_whole or (self._asks and not self._parts):  # nothing can be missing before an acknowledgement
            self._next = max(self._next, heard.block_number + 1)
            self._join()
        has_moved = before != self._progress()
        is_news = has_moved or self._next != due
        self._since += has_moved
        if self._theirs is Theirs.WHOLE and not was_whole:
            return Heard([], b"".join(self._parts), is_news)
        is_ended = not heard.is_streaming or heard.is_last or self._since >= self._window
        reply = self.again() if is_ended and not self._is_late(has_moved) else []
        is_expected = not self._asks or self._theirs is not Theirs.WHOLE
        return Heard(reply, None, is_news, not reply and is_expected)

    def _is_late(self, has_moved: bool) -> bool:
        """Whether this answers what was said before asking again: one more answer to it would have all go twice."""
        is_first, self._is_polling = self._is_polling, False
        is_repeated, self._has_repeated = self._has_repeated, False
        if (has_moved and not is_repeated) or is_first or not self._late:
            return False
        self._late -= 1
        return True

    def again(self) -> list[GeneralBlockTransfer]:
        """What is to be said when it is our turn."""
        reply = REPLIES[self._theirs, self._ours]
        if reply is Reply.SEND:
            return list(self._send())
        if reply is Reply.REST:
            return []
        missing = min(self._ahead) - self._next if reply is Reply.ASK else self._window
        return [self._word(min(missing, self._window))]

    def poll(self) -> list[GeneralBlockTransfer]:
        """What the side that asks says when nothing came in time; nothing where it has not been heard in blocks.

        The last block of a request is not sent twice unasked: it may have come, and be carried out just now.
        """
        self._late, self._is_polling = self._late + 1, True
        if self.has_more:
            return self.again()
        if not self.has_heard:
            return []
        return [self._word(self._window)] if self._ours is Ours.LEFT else self.again()

    # --- states ---

    @property
    def _theirs(self) -> Theirs:
        if self._last is not None and self._next > self._last:
            return Theirs.WHOLE
        return Theirs.GAP if self._ahead else Theirs.OPEN

    @property
    def _ours(self) -> Ours:
        return Ours.LEFT if self._data and self._acknowledged < self._last_number else Ours.DONE

    def _progress(self) -> tuple[int, int, int]:
        return len(self._parts), self._acknowledged, len(self._ahead)

    # --- theirs ---

    def _is_empty_end(self, heard: GeneralBlockTransfer) -> bool:
        """Whether this is the last block, without data, and no acknowledgement."""
        return heard.is_last and self._last is None and bool(self._parts) and heard.block_number == self._next

    def _take(self, heard: GeneralBlockTransfer) -> None:
        number = heard.block_number
        if not number:
            raise RemoteProtocolError("a block with number 0", data=heard.to_bytes())
        if self._last is not None and number > self._last:
            raise RemoteProtocolError(f"block {number} after the last one, {self._last}", data=heard.to_bytes())
        if not self._parts and not self._ahead and number < self._next:  # its acknowledgements were not counted
            self._next = number
        is_due = number == self._next
        self._has_repeated = self._has_repeated or number < self._next
        if number < self._next or number in self._ahead or (not is_due and number > self._room_to):
            return
        self._octets += len(heard.block_data)
        if self._octets > self._limit:
            raise LimitExceeded(f"general block transfer grows over {self._limit} octets")
        self._ahead[number] = heard.block_data
        if heard.is_last:
            if any(other > number for other in self._ahead):
                raise RemoteProtocolError(f"the last block, {number}, stands before others", data=heard.to_bytes())
            self._last = number
        self._join()

    def _join(self) -> None:
        """Take what came ahead and is due now."""
        while self._next in self._ahead:
            self._parts.append(self._ahead.pop(self._next))
            self._next += 1

    def _acknowledge(self, heard: GeneralBlockTransfer) -> None:
        """An answer says that all of the request came. What was acknowledged stays so: a late block says less."""
        said = self._last_number if heard.block_data and self._asks else heard.block_number_ack
        self._acknowledged = said if self._acknowledged < self._first else max(self._acknowledged, said)
        self._taken = heard.window or 1

    # --- ours ---

    @property
    def _last_number(self) -> int:
        return self._first - 1 + -(-len(self._data or b"") // self._size)

    def _send(self) -> Iterator[GeneralBlockTransfer]:
        """The blocks behind the one acknowledged, as many as are taken."""
        first = self._acknowledged + 1
        end = min(first + self._taken - 1, self._last_number)
        for number in range(first, end + 1):
            yield self._block(number, self._window, is_streaming=number < end)

    def _word(self, window: int) -> GeneralBlockTransfer:
        if self._number >= MAX_NUMBER:
            raise LimitExceeded(f"more than {MAX_NUMBER} blocks")
        return self._block(self._number + 1, window, is_streaming=False)

    def _block(self, number: int, window: int, *, is_streaming: bool) -> GeneralBlockTransfer:
        self._number = max(self._number, number)
        self._since, self._room_to = 0, self._next - 1 + window
        at = (number - self._first) * self._size
        data = self._data[at : at + self._size] if self._data and at >= 0 else b""
        is_last = self._data is not None and number >= self._last_number
        return block(number, data, acknowledged=self._next - 1, window=window, last=is_last, streaming=is_streaming)


def stream(apdu: bytes, size: int) -> Iterator[GeneralBlockTransfer]:
    """An APDU in blocks that nobody acknowledges."""
    count = max(1, -(-len(apdu) // size))
    if count > MAX_NUMBER:
        raise LimitExceeded(f"{len(apdu)} octets do not go into {MAX_NUMBER} blocks of {size}")
    for number in range(1, count + 1):
        yield block(number, apdu[(number - 1) * size : number * size], last=number == count, streaming=True)
