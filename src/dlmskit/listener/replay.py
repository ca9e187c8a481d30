"""Pushes seen before: a window over the invocation counters of every sender."""

from __future__ import annotations

from typing import Final

from dlmskit.dissect import Found
from dlmskit.errors import MissingKey
from dlmskit.security.keys import KeyRole, KeySource

#: Counters below the highest that may still come late, as datagrams do.
WIDTH: Final = 64
#: Senders remembered; only verified pushes are, so holders of keys alone fill it.
SENDERS: Final = 100_000


class ReplayWindow:
    """The counters of one sender: the highest, and which of the `WIDTH` up to it were seen."""

    __slots__ = ("_highest", "_seen")

    def __init__(self) -> None:
        self._highest, self._seen = -1, 0

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
    """A window for each sender and key."""

    def __init__(self, keys: KeySource | None) -> None:
        self._keys = keys
        self._windows: dict[tuple[bytes, bytes], ReplayWindow] = {}

    def is_new(self, found: Found) -> bool:
        """Whether a push whose tag verified was not seen before. An unverified one moves nothing and counts as new."""
        said = found.security
        if said is None or said.tag != "verified" or self._keys is None:
            return True
        if said.system_title is None or said.invocation_counter is None or said.control is None:
            return True
        role = KeyRole.BROADCAST if said.control.broadcast else KeyRole.ENCRYPTION
        try:
            sender = said.system_title, self._keys.for_title(said.system_title).fingerprint(role)
        except MissingKey:  # a dedicated key, whose counters belong to its association
            return True
        window = self._windows.get(sender)
        if window is None:
            if len(self._windows) >= SENDERS:
                del self._windows[next(iter(self._windows))]
            window = self._windows[sender] = ReplayWindow()
        return window.take(said.invocation_counter)
