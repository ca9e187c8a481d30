"""The counters of one association and the store they are kept in, which never blocks the event loop."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

from dlmskit.client.security import CounterPlace, dedicated_key_spent
from dlmskit.edge.stores import MemoryCounterStore, SqliteCounterStore
from dlmskit.errors import CounterExhausted, DlmsError, TransportError
from dlmskit.security.counters import LAST_COUNTER, CounterBlock, CounterStore, Received, Scope, Span

T = TypeVar("T")

_STATE_FOLDERS = {"win32": ("AppData", "Local"), "darwin": ("Library", "Application Support")}


def default_counter_file() -> Path:
    """Where invocation counters are kept when nobody says otherwise: the platform's state folder."""
    return Path.home().joinpath(*_STATE_FOLDERS.get(sys.platform, (".local", "state")), "dlmskit", "counters.sqlite")


class Counters:
    """A counter store used from an event loop.

    place  a store, which stays the caller's; or the path of a file, opened on first use and closed with this object
    """

    __slots__ = ("_is_closed", "_lock", "_own", "_path", "_store")

    def __init__(self, place: CounterPlace | None) -> None:
        is_path = place is None or isinstance(place, str | os.PathLike)
        self._path = cast("str | os.PathLike[str]", place or default_counter_file()) if is_path else None
        self._store = None if is_path else cast(CounterStore, place)
        self._own: SqliteCounterStore | None = None
        self._lock = threading.Lock()
        self._is_closed = False

    def begin(self, step: Callable[[CounterStore], T]) -> asyncio.Future[T]:
        """One step on the store: in a thread where it may wait for a disk."""
        loop = asyncio.get_running_loop()
        if not isinstance(self._store, MemoryCounterStore):
            return loop.run_in_executor(None, self.in_thread, step)
        future: asyncio.Future[T] = loop.create_future()
        try:
            future.set_result(step(self._store))
        except DlmsError as error:
            future.set_exception(error)
        return future

    def in_thread(self, step: Callable[[CounterStore], T]) -> T:
        """One step on the store, here and now."""
        with self._lock:
            if self._is_closed:
                raise TransportError("the association that kept its counters here is closed")
            if self._store is None and self._path is not None:
                self._store = self._own = SqliteCounterStore(self._path)
        return step(cast(CounterStore, self._store))

    def close(self) -> None:
        """Close the file, if it was opened here."""
        with self._lock:
            self._is_closed = True
            if self._own is not None:
                self._own.close()


class AssociationCounters:
    """The invocation counters of one association: taken in leases, received ones kept, the rest given back.

    place        see `Counters`
    scope        where ours count; fingerprint of the key for the received ones, too
    association  its name, under which received counters are kept; None keeps them for this session only
    received     what the meter has sent
    """

    __slots__ = ("_association", "_counters", "_scope", "received")

    def __init__(self, place: CounterPlace | None, scope: Scope, association: str | None) -> None:
        self._counters = Counters(place)
        self._scope, self._association = scope, association
        self.received = Received()
        if association is not None:
            self.received.keep = self._keep

    async def load(self, *, forget: str | None = None) -> bool:
        """Take up what the store knows; whether our counters were ever accepted by the meter.

        forget  the reason why counters received from it so far no longer count, such as a new meter in its place
        """
        kept, is_known = await self._counters.begin(partial(self._load, forget=forget))
        self.received.under(self._scope.fingerprint).go_on_from(kept)
        return is_known

    def _load(self, store: CounterStore, *, forget: str | None) -> tuple[dict[bytes, int], bool]:
        fingerprint, association = self._scope.fingerprint, self._association
        kept = store.received_by(fingerprint, association) if association is not None else {}
        if forget is not None:
            for title in kept:
                store.reset_received(self._of_peer(title), reason=forget)
            kept = {}
        return kept, store.known(self._scope)

    async def spend(self, dedicated: Scope) -> None:
        """Use a dedicated key up, whose counters start anew in each association. Raises UsageError for a used one."""
        try:
            await self._counters.begin(lambda store: store.reserve(dedicated, LAST_COUNTER))
        except CounterExhausted:
            raise dedicated_key_spent() from None

    async def learn(self, counter: int) -> None:
        """Begin above what the meter says, provisionally. Raises CounterExhausted for a jump nobody consented to."""
        await self._counters.begin(lambda store: store.learn(self._scope, counter + 1))

    async def confirm(self) -> None:
        """The meter has proven itself and taken our counters."""
        await self._counters.begin(lambda store: store.confirm(self._scope))

    def reserve(self, count: int) -> asyncio.Future[CounterBlock]:
        """A lease, on the disk before it is here."""
        changes = self._changes()
        return self._counters.begin(lambda store: store.reserve(self._scope, count, changes))

    async def settle(self, rest: Span | None) -> None:
        """At a clean end: the rest of the lease goes back, and what was received is kept."""
        changes = self._changes()
        block = (self._scope, rest) if rest is not None else None
        if changes or (rest is not None and rest.start < rest.end):
            await self._counters.begin(lambda store: store.settle(block, changes))

    def close(self) -> None:
        self._counters.close()

    def _keep(self, fingerprint: bytes, title: bytes, counter: int) -> None:
        scope = Scope(title, fingerprint, association=self._association or "")
        self._counters.in_thread(lambda store: store.settle(None, {scope: counter}))

    def _changes(self) -> dict[Scope, int]:
        changes = self.received.under(self._scope.fingerprint).take_changes()
        return {} if self._association is None else {self._of_peer(title): top for title, top in changes.items()}

    def _of_peer(self, title: bytes) -> Scope:
        return Scope(title, self._scope.fingerprint, association=self._association or "")
