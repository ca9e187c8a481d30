"""A bounded queue whose oldest items give way, read as an asynchronous iterator."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Generic, TypeVar

from dlmskit.errors import DlmsError

T = TypeVar("T")


class Kept(AsyncIterator[T], Generic[T]):
    """The last `most` items, oldest first; each is given out once.

    It ends quietly, or with an error, once what it had is given out.

    dropped  how many were thrown away, the oldest first, because nobody took them
    """

    __slots__ = ("_ended", "_error", "_kept", "_most", "_waiting", "dropped")

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: deque[T] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._ended = False
        self._error: DlmsError | None = None
        self.dropped = 0

    @property
    def waiting(self) -> tuple[T, ...]:
        """Those that nobody has taken yet."""
        return tuple(self._kept)

    def add(self, item: T) -> T | None:
        """Keep one; the oldest, which is given back, goes where there are too many."""
        gone = None
        if len(self._kept) >= self._most:
            gone = self._kept.popleft()
            self.dropped += 1
        self._kept.append(item)
        self._wake(one=True)
        return gone

    def end(self, error: DlmsError | None) -> None:
        """Nothing comes any more; the first reason holds."""
        if self._ended:
            return
        self._ended, self._error = True, error
        self._wake(one=False)

    def go_on(self) -> None:
        """It goes on after all."""
        self._ended, self._error = False, None

    async def __anext__(self) -> T:
        while not self._kept:
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                await future
            finally:
                if future in self._waiting:
                    self._waiting.remove(future)
                elif future.cancelled() or self._kept:
                    self._wake(one=True)  # woken and cancelled at once: the next in line takes over
        return self._kept.popleft()

    def _wake(self, *, one: bool) -> None:
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                if one:
                    return
