"""Judging pushes by what came before: at once, or when a store has kept their counters."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dlmskit.dissect import Found
from dlmskit.errors import DlmsError
from dlmskit.listener.replay import PushWindows

Then = Callable[[str | None], None]


class PushMemory:
    """What was pushed before, over restarts where a store keeps it.

    most  pushes that may wait for the store; while it writes, what comes is gathered for the next write

    The verdict on a push is None where it is new, else why it is not taken.
    """

    def __init__(self, windows: PushWindows, most: int) -> None:
        self._windows, self._most = windows, most
        self._waiting: list[tuple[Found, Then]] = []
        self._writing: asyncio.Task[None] | None = None

    def judge(self, found: Found, then: Then) -> None:
        """Have `then` called with the verdict: here and now where nothing has to be written."""
        if not self._windows.keeps(found):
            then(None if self._windows.is_new(found) else "seen before")
        elif len(self._waiting) >= self._most:
            then("too many wait for the store")
        else:
            self._waiting.append((found, then))
            if self._writing is None:
                self._writing = asyncio.get_running_loop().create_task(self._write())

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                new = await asyncio.to_thread(self._windows.take, [found for found, _ in batch])
                verdicts = [None if is_new else "seen before" for is_new in new]
            except DlmsError:
                verdicts = ["its counter could not be kept" for _ in batch]
            for (_, then), verdict in zip(batch, verdicts, strict=True):
                then(verdict)
        self._writing = None

    async def settled(self) -> None:
        """Every push that came is judged."""
        if self._writing is not None:
            await self._writing
