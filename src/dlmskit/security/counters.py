"""Invocation counters: what may be handed out, what may be accepted, and how a store keeps both.

A counter used twice under one key and title gives the key stream, and so the plaintext and the means to forge, away.
So counters are reserved in blocks before use, and a crash wastes a block. `Ledger` holds the whole policy as pure
functions of one scope's state; a `CounterStore` only has to load, apply and save it atomically.

    learn     what a meter says its next counter is, unproven: a pending span, from which blocks are taken
    settle    at a clean end: the rest of the last block goes back, unless somebody reserved since
    confirm   the association's tag verified: the pending span becomes the counter
    learn     again, without confirm: the counters taken from the old pending span stay spent, the rest is forgotten

So a forged value neither lowers a counter nor uses a key up. Source: Green Book, invocation counter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol
from weakref import WeakSet

from dlmskit.errors import CounterExhausted, LimitExceeded, ReplayDetected, UsageError

FIRST_COUNTER = 1  # meters accept only what is greater than their stored 0
LAST_COUNTER = 0xFFFFFFFF  # never handed out: no greater one could follow
LARGEST_JUMP = 1 << 24
RESYNCHRONISED = 1 << 16  # the most that is gone ahead by itself: forged errors must not use a key up in small steps
ALARM_COUNTER = 0xC0000000  # three quarters are used: time to transfer a new key, long before the last
DEDICATED_KEPT = 1024  # dedicated keys of one association that are not taken a second time
TITLES_KEPT = 4096  # system titles heard under one key
SPANS_KEPT = 64  # beyond, the gap between two is given up: a peer that lies at each contact must not fill the store


class CounterRange(NamedTuple):
    """A part of the counters of one key that is counted by itself, `first` up to but not including `end`."""

    name: str
    first: int = FIRST_COUNTER
    end: int = LAST_COUNTER


WHOLE = CounterRange("")
#: Meters in Italy count what comes from off-line tools apart, in the upper half. Source: UNI/TS 11291-11.
RANGES = {
    "whole": WHOLE,
    "on-line": CounterRange("on-line", end=1 << 31),
    "off-line": CounterRange("off-line", first=1 << 31),
}


def range_of(first: int, last: int) -> CounterRange:
    """The range from one counter to another, both included; one with a name where it is such."""
    first, end = max(first, FIRST_COUNTER), min(last + 1, LAST_COUNTER)
    found = CounterRange(f"{first}-{end - 1}", first, end)
    return next((known for known in RANGES.values() if known[1:] == found[1:]), found)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a counter counts: the sender's system title (8), fingerprint (8) of the encryption key, and which part.

    range        of what we send: the part of the key's counters
    association  of what we receive: in which association, as the caller names it
    """

    title: bytes
    fingerprint: bytes
    range: CounterRange = WHOLE
    association: str = ""

    @property
    def part(self) -> str:
        """What tells two scopes of one title and key apart, as a store keeps it."""
        return self.association or self.range.name

    def __post_init__(self) -> None:
        if len(self.title) != 8 or len(self.fingerprint) != 8:
            raise UsageError("a counter scope is a system title and a key fingerprint of 8 octets each")


class CounterBlock:
    """Counters reserved for one user, `start` up to but not including `end`; each is taken once."""

    __slots__ = ("__weakref__", "_next", "end", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end, self._next = start, end, start
        _blocks.add(self)

    @property
    def left(self) -> int:
        return self.end - self._next

    @property
    def is_alarming(self) -> bool:
        """Whether the counters of the key come to an end: time for a new one."""
        return self.end > ALARM_COUNTER

    def surrender(self) -> Span:
        """The counters that were not taken, to be given back; no more can be taken."""
        rest = Span(self._next, self.end)
        self._next = self.end
        return rest

    def take(self) -> int:
        """The next counter. Raises CounterExhausted when the block is used up."""
        if self._next >= self.end:
            raise CounterExhausted("the reserved invocation counters are used up")
        self._next += 1
        return self._next - 1

    def __repr__(self) -> str:
        return f"CounterBlock({self.start}, {self.end}, left={self.left})"


_blocks: WeakSet[CounterBlock] = WeakSet()


def surrender_copies() -> None:
    """In a process just forked: every block is a copy, whose counters the other process takes."""
    for block in tuple(_blocks):
        block.surrender()


class Span(NamedTuple):
    """Counters from `start` up to but not including `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Ledger:
    """The state of one scope. Every function gives a new state and changes nothing.

    following  the next counter that nobody was given
    confirmed  a counter near it was accepted by the peer, in an association whose tag verified
    pending    learnt and unproven: counters given out since, ending at the next one
    spent      given out above `following`, never to be given again
    received   the highest counter accepted from a peer
    end        the first counter that is never given out
    """

    following: int = FIRST_COUNTER
    confirmed: bool = False
    pending: Span | None = None
    spent: tuple[Span, ...] = ()
    received: int | None = None
    end: int = LAST_COUNTER

    @classmethod
    def of(cls, scope: Scope) -> Ledger:
        """The ledger of a scope that nothing is known of."""
        return cls(following=scope.range.first, end=scope.range.end)

    def reserve(self, count: int) -> tuple[Ledger, CounterBlock]:
        """A block of up to `count` counters, at least one. Raises CounterExhausted."""
        if count < 1:
            raise UsageError("reserve at least one invocation counter")
        start = self._past_spent(self.pending.end if self.pending else self.following)
        if start >= self.end:
            raise CounterExhausted(
                "no invocation counter is left under this key", hints=("transfer a new encryption key to the meter",)
            )
        end = min([start + count, self.end, *(span.start for span in self.spent if span.start > start)])
        if self.pending:
            return replace(self, pending=Span(self.pending.start, end)), CounterBlock(start, end)
        return replace(self, following=end), CounterBlock(start, end)

    def give_back(self, rest: Span) -> Ledger:
        """Take back what the last block had left; where another block was given out since, it stays wasted."""
        following = self.pending.end if self.pending else self.following
        if rest.end != following or not rest.start <= rest.end:
            return self
        if self.pending:
            is_inside = self.pending.start <= rest.start
            return replace(self, pending=Span(self.pending.start, rest.start)) if is_inside else self
        return replace(self, following=rest.start)

    def learn(self, at_least: int, *, consent: bool = False) -> Ledger:
        """Start from `at_least`, provisionally; never lower. A jump over 2^24 needs consent, else CounterExhausted."""
        if at_least < 0:
            raise UsageError("an invocation counter is not negative")
        if at_least >= self.end:
            raise CounterExhausted("the peer says that its last invocation counter is used")
        if at_least - self.following > LARGEST_JUMP and not consent:
            raise CounterExhausted(
                f"the peer asks for a jump of the invocation counter from {self.following} to {at_least}",
                hints=("if the key was really used that often, give consent to the jump",),
            )
        spent = self._spent_with_pending()
        if at_least <= self.following:
            return replace(self, pending=None, spent=spent)
        start = replace(self, spent=spent)._past_spent(at_least)
        return replace(self, pending=Span(start, start), spent=spent)

    def confirm(self) -> Ledger:
        """What was given out last was accepted by the peer."""
        following = self.pending.end if self.pending else self.following
        spent = tuple(span for span in self.spent if span.end > following)
        return replace(self, following=following, confirmed=True, pending=None, spent=spent)

    def lower(self, following: int) -> Ledger:
        """Go back to `following` against the rules: only where nothing was protected with the counters above it."""
        if not 0 <= following < LAST_COUNTER:
            raise UsageError("an invocation counter lies between 0 and 4294967294")
        return replace(self, following=following, pending=None, spent=self._spent_with_pending())

    def accept(self, counter: int) -> Ledger:
        """Take note of a counter of the peer, whose tag verified. Raises ReplayDetected unless it is greater."""
        check_fresh(counter, self.received)
        return replace(self, received=counter)

    def forget_received(self) -> Ledger:
        """Take any counter of the peer again: another device has its title and key now."""
        return replace(self, received=None)

    def _past_spent(self, counter: int) -> int:
        for span in self.spent:  # sorted, so one pass finds the first free one
            if span.start <= counter < span.end:
                counter = span.end
        return counter

    def _spent_with_pending(self) -> tuple[Span, ...]:
        if self.pending is None or self.pending.start == self.pending.end:
            return self.spent
        return _merged(*self.spent, self.pending)


class CounterStore(Protocol):
    """Keeps ledgers by scope; each call is atomic among all users of the store, and durable before it returns.

    Calls may block on a disk: an event loop runs them in a thread.
    """

    def reserve(self, scope: Scope, count: int, received: Mapping[Scope, int] = ...) -> CounterBlock:
        """Up to `count` counters that nobody was or will be given. Raises CounterExhausted.

        received  the highest counters accepted from peers since, kept in the same step
        """

    def settle(self, block: tuple[Scope, Span] | None, received: Mapping[Scope, int]) -> None:
        """End a session: give the rest of its last block back, if nobody reserved since, and keep the highest counters
        accepted. A counter that is no longer the highest changes nothing.
        """

    def learn(self, scope: Scope, at_least: int, *, consent: bool = False) -> None:
        """Count on from what the peer says, provisionally. Raises CounterExhausted for a jump over 2^24."""

    def confirm(self, scope: Scope) -> None:
        """An association's tag verified: what was learnt holds."""

    def known(self, scope: Scope) -> bool:
        """Whether the scope was ever confirmed, so that nothing has to be discovered."""

    def received(self, scope: Scope) -> int | None:
        """The highest counter accepted from the peer of that scope."""

    def received_by(self, fingerprint: bytes, association: str) -> dict[bytes, int]:
        """The highest counters accepted under a key in an association, by the peer's system title."""

    def accept(self, scope: Scope, counter: int) -> None:
        """Take note of a peer's counter after its tag verified. Raises ReplayDetected."""

    def reset_received(self, scope: Scope, *, reason: str) -> None:
        """Take any counter of a peer again, after its meter was replaced; kept on record with the reason."""

    def override(self, scope: Scope, following: int, *, reason: str) -> None:
        """Lower a counter against the rules; kept on record with the reason."""


class ReceiveWindow:
    """The counters of one peer: each greater than the one before.

    last  where to go on, from the store; None accepts any first counter
    """

    __slots__ = ("last",)

    def __init__(self, last: int | None = None) -> None:
        self.last = last

    def accept(self, counter: int, *, verified: bool = True) -> None:
        """Check a counter, and move on to it if the tag over it was verified. Raises ReplayDetected.

        Without a verified tag (encryption only) the window stays: a forged counter must not shut out the peer.
        """
        check_fresh(counter, self.last)
        if verified:
            self.last = counter


class ReceiveWindows:
    """The counters of all peers under one key in one association, by system title; kept over sessions.

    last  where each goes on, from the store
    """

    __slots__ = ("_changed", "_windows")

    def __init__(self, last: Mapping[bytes, int] | None = None) -> None:
        self._windows = {title: ReceiveWindow(counter) for title, counter in (last or {}).items()}
        self._changed = set[bytes]()

    def last(self, title: bytes) -> int | None:
        """The highest counter accepted from that peer."""
        window = self._windows.get(title)
        return None if window is None else window.last

    @property
    def highest(self) -> int:
        """The highest counter accepted from any peer, 0 for none."""
        return max((window.last or 0 for window in self._windows.values()), default=0)

    def accept(self, title: bytes, counter: int, *, verified: bool = True) -> None:
        """As `ReceiveWindow.accept`; a title that never verified is not kept. Raises ReplayDetected, LimitExceeded."""
        window = self._windows.get(title)
        if window is None:
            if len(self._windows) >= TITLES_KEPT:
                raise LimitExceeded(f"more than {TITLES_KEPT} system titles under one key")
            window = ReceiveWindow()
        window.accept(counter, verified=verified)
        if verified:
            self._windows[title] = window
            self._changed.add(title)

    def go_on_from(self, last: Mapping[bytes, int]) -> None:
        """Take over what a store kept, where it is higher."""
        for title, counter in last.items():
            if counter > (self.last(title) or -1):
                self._windows[title] = ReceiveWindow(counter)

    def take_changes(self) -> dict[bytes, int]:
        """What was accepted since the last call, to be kept."""
        changed = {title: self._windows[title].last or 0 for title in self._changed}
        self._changed.clear()
        return changed


class Received:
    """What one side of an association has received, by the fingerprint of the key: a new key starts afresh.

    dedicated  fingerprints of the last dedicated keys taken up; under one that comes again, all of an earlier session
               could be replayed
    broadcasts what came under broadcast keys, apart: they are shared by many senders
    keep       makes a counter durable, by fingerprint of the key, system title and counter; may block. Called before
               what came with the counter has any effect, where a restart could let it pass again. None: nobody keeps it
    """

    __slots__ = ("broadcasts", "by_key", "dedicated", "keep")

    def __init__(self, by_key: Mapping[bytes, ReceiveWindows] | None = None) -> None:
        self.by_key = dict(by_key or {})
        self.broadcasts: dict[bytes, ReceiveWindows] = {}
        self.dedicated: deque[bytes] = deque(maxlen=DEDICATED_KEPT)
        self.keep: Callable[[bytes, bytes, int], None] | None = None

    def under(self, fingerprint: bytes) -> ReceiveWindows:
        """The windows of that key."""
        return self.by_key.setdefault(fingerprint, ReceiveWindows())

    def to_all(self, fingerprint: bytes) -> ReceiveWindows:
        """The windows of that broadcast key."""
        return self.broadcasts.setdefault(fingerprint, ReceiveWindows())

    @property
    def highest(self) -> int:
        """The highest counter accepted under the newest key, 0 for none."""
        return next((windows.highest for windows in reversed(self.by_key.values())), 0)


def check_fresh(counter: int, last: int | None) -> None:
    """Refuse a peer's counter that is not greater than the last one. Raises ReplayDetected."""
    if last is not None and counter <= last:
        raise ReplayDetected(f"invocation counter {counter} received again or late, after {last}")


def _merged(*spans: Span) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(span.end, merged[-1].end))
        else:
            merged.append(span)
    while len(merged) > SPANS_KEPT:
        at = min(range(1, len(merged)), key=lambda i: merged[i].start - merged[i - 1].end)
        merged[at - 1 : at + 1] = [Span(merged[at - 1].start, merged[at].end)]
    return tuple(merged)
