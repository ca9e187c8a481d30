"""Pushes seen before: a window over the invocation counters of every sender."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dlmskit.dissect import Found
from dlmskit.errors import MissingKey
from dlmskit.security.counters import CounterStore, Scope
from dlmskit.security.keys import KeyRole, KeySource

#: Counters below the highest that may still come late, as datagrams do.
WIDTH: Final = 64
#: Senders remembered; only verified pushes are, so holders of keys alone fill it.
SENDERS: Final = 100_000
#: What a store keeps the counters of pushes under.
_KEPT_AS: Final = "pushes"


class ReplayWindow:
    """The counters of one sender: the highest, and which of the `WIDTH` up to it were seen.

    highest  where to go on, from a store: all up to it count as seen
    """

    __slots__ = ("_highest", "_seen")

    def __init__(self, highest: int = -1) -> None:
        self._highest = highest
        self._seen = 0 if highest < 0 else (1 << WIDTH) - 1

    def take(self, counter: int) -> bool:
        """Whether the counter is new; one too old to tell is not."""
        ahead = counter - self._highest
        if ahead > 0:
            self._seen = (self._seen << min(ahead, WIDTH) | 1) & ((1 << WIDTH) - 1)
            self._highest = counter
            return True
        bit = 1 << -ahead
        if -ahead >= WIDTH or self._seen & bit:
            return False
        self._seen |= bit
        return True


class PushWindows:
    """A window for each sender and key.

    store  keeps the highest counters over restarts; None: nobody does
    """

    def __init__(self, keys: KeySource | None, store: CounterStore | None = None) -> None:
        self._keys, self._store = keys, store
        self._windows: dict[Scope, ReplayWindow] = {}

    def keeps(self, found: Found) -> bool:
        """Whether the push is to be judged by `take`, which may block."""
        return self._store is not None and self._sender(found) is not None

    def is_new(self, found: Found) -> bool:
        """Whether a push whose tag verified was not seen before. An unverified one moves nothing and counts as new."""
        sender = self._sender(found)
        return sender is None or self._window(sender).take(_counter(found))

    def take(self, pushes: Sequence[Found]) -> list[bool]:
        """Which of these are new, all their counters durable by then. Raises what the store does."""
        new, highest = list[bool](), dict[Scope, int]()
        for found in pushes:
            sender, is_new = self._sender(found), self.is_new(found)
            new.append(is_new)
            if is_new and sender is not None:
                highest[sender] = max(_counter(found), highest.get(sender, 0))
        if self._store is not None and highest:
            self._store.settle(None, highest)
        return new

    def _window(self, sender: Scope) -> ReplayWindow:
        window = self._windows.get(sender)
        if window is None:
            if len(self._windows) >= SENDERS:
                del self._windows[next(iter(self._windows))]
            kept = None if self._store is None else self._store.received(sender)
            window = self._windows[sender] = ReplayWindow(-1 if kept is None else kept)
        return window

    def _sender(self, found: Found) -> Scope | None:
        """Whose counters those of a push are; None where nothing is proven, or they belong to an association."""
        said = found.security
        if said is None or said.tag != "verified" or self._keys is None:
            return None
        if said.system_title is None or said.invocation_counter is None or said.control is None:
            return None
        role = KeyRole.BROADCAST if said.control.broadcast else KeyRole.ENCRYPTION
        try:
            fingerprint = self._keys.for_title(said.system_title).fingerprint(role)
        except MissingKey:  # a dedicated key
            return None
        return Scope(said.system_title, fingerprint, association=_KEPT_AS)


def _counter(found: Found) -> int:
    return (found.security.invocation_counter or 0) if found.security is not None else 0
