"""The counter store of one association: opened where it is needed, never blocking the event loop."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from dlmskit.client.security import CounterPlace
from dlmskit.edge.stores import MemoryCounterStore, SqliteCounterStore
from dlmskit.errors import DlmsError, TransportError
from dlmskit.security.counters import CounterStore

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
            return loop.run_in_executor(None, self._in_thread, step)
        future: asyncio.Future[T] = loop.create_future()
        try:
            future.set_result(step(self._store))
        except DlmsError as error:
            future.set_exception(error)
        return future

    def _in_thread(self, step: Callable[[CounterStore], T]) -> T:
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
