"""Invocation counters: what may be handed out, what may be accepted, and how a store keeps both.

A counter used twice under one key and title gives the key stream, and so the plaintext and the means to forge, away.
So counters are reserved in blocks before use, and a crash wastes a block. `Ledger` holds the whole policy as pure
functions of one scope's state; a `CounterStore` only has to load, apply and save it atomically.

    learn     what a meter says its next counter is, unproven: a pending span, from which blocks are taken
    confirm   the association's tag verified: the pending span becomes the counter
    learn     again, without confirm: the counters taken from the old pending span stay spent, the rest is forgotten

So a forged value neither lowers a counter nor uses a key up. Source: Green Book, invocation counter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from dlmskit.errors import CounterExhausted, ReplayDetected, UsageError

FIRST_COUNTER = 1  # meters accept only what is greater than their stored 0
LAST_COUNTER = 0xFFFFFFFF  # never handed out: no greater one could follow
LARGEST_JUMP = 1 << 24
SPANS_KEPT = 64  # beyond, the gap between two is given up: a peer that lies at each contact must not fill the store


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a counter counts: own system title (8) and fingerprint (8) of the encryption key."""

    title: bytes
    fingerprint: bytes

    def __post_init__(self) -> None:
        if len(self.title) != 8 or len(self.fingerprint) != 8:
            raise UsageError("a counter scope is a system title and a key fingerprint of 8 octets each")


class CounterBlock:
    """Counters reserved for one user, `start` up to but not including `end`; each is taken once."""

    __slots__ = ("_next", "end", "start")

    def __init__(self, start: int, end: int) -> None:
        self.start, self.end, self._next = start, end, start

    @property
    def left(self) -> int:
        return self.end - self._next

    def take(self) -> int:
        """The next counter. Raises CounterExhausted when the block is used up."""
        if self._next >= self.end:
            raise CounterExhausted("the reserved invocation counters are used up")
        self._next += 1
        return self._next - 1

    def __repr__(self) -> str:
        return f"CounterBlock({self.start}, {self.end}, left={self.left})"


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
    """

    following: int = FIRST_COUNTER
    confirmed: bool = False
    pending: Span | None = None
    spent: tuple[Span, ...] = ()
    received: int | None = None

    def reserve(self, count: int) -> tuple[Ledger, CounterBlock]:
        """A block of up to `count` counters, at least one. Raises CounterExhausted."""
        if count < 1:
            raise UsageError("reserve at least one invocation counter")
        start = self._past_spent(self.pending.end if self.pending else self.following)
        if start >= LAST_COUNTER:
            raise CounterExhausted(
                "no invocation counter is left under this key", hints=("transfer a new encryption key to the meter",)
            )
        end = min([start + count, LAST_COUNTER, *(span.start for span in self.spent if span.start > start)])
        if self.pending:
            return replace(self, pending=Span(self.pending.start, end)), CounterBlock(start, end)
        return replace(self, following=end), CounterBlock(start, end)

    def learn(self, at_least: int, *, consent: bool = False) -> Ledger:
        """Start from `at_least`, provisionally; never lower. A jump over 2^24 needs consent, else CounterExhausted."""
        if at_least < 0:
            raise UsageError("an invocation counter is not negative")
        if at_least >= LAST_COUNTER:
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

    def reserve(self, scope: Scope, count: int) -> CounterBlock:
        """Up to `count` counters that nobody was or will be given. Raises CounterExhausted."""

    def learn(self, scope: Scope, at_least: int, *, consent: bool = False) -> None:
        """Count on from what the peer says, provisionally. Raises CounterExhausted for a jump over 2^24."""

    def confirm(self, scope: Scope) -> None:
        """An association's tag verified: what was learnt holds."""

    def known(self, scope: Scope) -> bool:
        """Whether the scope was ever confirmed, so that nothing has to be discovered."""

    def received(self, scope: Scope) -> int | None:
        """The highest counter accepted from the peer of that scope."""

    def accept(self, scope: Scope, counter: int) -> None:
        """Take note of a peer's counter after its tag verified. Raises ReplayDetected."""

    def override(self, scope: Scope, following: int, *, reason: str) -> None:
        """Lower a counter against the rules; kept on record with the reason."""


class ReceiveWindow:
    """The peer's counters within one session: each greater than the one before.

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
