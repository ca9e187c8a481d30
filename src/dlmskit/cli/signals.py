"""How signals end a command: in order, after releasing."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Awaitable
from typing import TypeVar

T = TypeVar("T")


async def cancelled_by_sigterm(work: Awaitable[T]) -> T:
    """What `work` gives; SIGTERM cancels it as Ctrl-C does, so that associations are released.

    A process that runs a command in another thread keeps its signals to itself.
    """
    task = asyncio.current_task()
    if task is not None and threading.current_thread() is threading.main_thread():
        with contextlib.suppress(NotImplementedError):  # Windows has no SIGTERM to wait for
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work


def stop_on_signals(stop: asyncio.Event) -> None:
    """Ctrl-C and SIGTERM end the command in order, also where a shell has its background jobs ignore them."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows: its event loop takes no signals, Ctrl-C arrives as KeyboardInterrupt
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))
