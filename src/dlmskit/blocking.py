"""The client without `async`: the same references, values instead of awaitables.

    with dlmskit.blocking.connect("tcp://127.0.0.1:4059") as meter:
        print(meter.get(meter.clock.time), meter.register("1.0.1.8.0.255").quantity())

One event loop runs in a background thread for all connections, so that the line is looked after while the caller does
something else. Ctrl-C cancels what is under way, and the association is released.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from concurrent.futures import CancelledError, Future, wait
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, TypeVar

from dlmskit.client import connect as _connect
from dlmskit.client import open_line as _open_line
from dlmskit.client.line import OpenLine
from dlmskit.client.synchronous import Meter, each
from dlmskit.dissect import Found
from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import LocalProtocolError
from dlmskit.listener import Caller as _Caller
from dlmskit.listener import Identity, Listening
from dlmskit.listener import listen as _listen

__all__ = ["Caller", "Callers", "Line", "Meter", "connect", "listen", "open_line"]

T = TypeVar("T")


class _Background:
    """The event loop in its thread; there while anyone uses it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @contextmanager
    def used(self) -> Iterator[None]:
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._start()
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._stop()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns. Interrupted, it is cancelled and waited for, unless interrupted again."""
        loop, done, tasks = self._loop, Future[T](), list[asyncio.Task[T]]()
        if loop is None or threading.current_thread() is self._thread:
            coroutine.close()
            raise LocalProtocolError("the blocking client is closed, or called from within its own event loop")

        def start() -> None:
            tasks.append(loop.create_task(coroutine))
            tasks[0].add_done_callback(lambda task: _hand_over(task, done))

        def cancel() -> None:
            tasks[0].cancel()

        loop.call_soon_threadsafe(start)
        try:
            return done.result()
        except BaseException:
            if not done.done():
                loop.call_soon_threadsafe(cancel)
                wait((done,))
            raise

    def _start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, args=(self._loop,), name="dlmskit", daemon=True)
        self._thread.start()

    @staticmethod
    def _serve(loop: asyncio.AbstractEventLoop) -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.get_loop().run_forever()

    def _stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop = self._thread = None


def _hand_over(task: asyncio.Task[T], done: Future[T]) -> None:
    if task.cancelled():
        done.set_exception(CancelledError())
    elif (error := task.exception()) is not None:
        done.set_exception(error)
    else:
        done.set_result(task.result())


_background = _Background()


@contextmanager
def _entered(manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """An asynchronous context of the background loop, for a block here."""
    entered: list[T] = []
    try:
        _background.run(_enter(manager, entered))
        yield entered[0]
    finally:
        if entered:  # also where the interrupt came just after
            _background.run(_leave(manager))


async def _enter(manager: AbstractAsyncContextManager[T], entered: list[T]) -> None:
    entered.append(await manager.__aenter__())


async def _leave(manager: AbstractAsyncContextManager[object]) -> None:
    await manager.__aexit__(None, None, None)


class Line:
    """An open line; see `dlmskit.client.line.OpenLine`."""

    def __init__(self, line: OpenLine) -> None:
        self._line = line

    @contextmanager
    def meter(self, **arguments: Any) -> Iterator[Meter]:
        """A meter on this line, associated until the block ends; arguments as for `connect`."""
        with _entered(self._line.meter(**arguments)) as meter:
            yield Meter(meter, _background.run)


@contextmanager
def connect(url: str | ConnectionUrl, **arguments: Any) -> Iterator[Meter]:
    """A meter, connected and associated until the block ends; arguments as for `dlmskit.connect`."""
    with _background.used(), _entered(_connect(url, **arguments)) as meter:
        yield Meter(meter, _background.run)


@contextmanager
def open_line(url: str | ConnectionUrl, **arguments: Any) -> Iterator[Line]:
    """An open line until the block ends; arguments as for `dlmskit.open_line`."""
    with _background.used(), _entered(_open_line(url, **arguments)) as line:
        yield Line(line)


class Caller:
    """A meter that dialled in; see `dlmskit.listener.Caller`."""

    def __init__(self, caller: _Caller) -> None:
        self._caller = caller

    @property
    def peer(self) -> str:
        """Its network address."""
        return self._caller.peer

    @property
    def identity(self) -> Identity:
        """Who it says it is, with what that is worth."""
        return self._caller.identity

    @property
    def pushed(self) -> tuple[Found, ...]:
        """What it pushed and nobody has taken from `pushes` yet."""
        return self._caller.pushed

    def pushes(self) -> Iterator[Found]:
        """What it pushes, oldest first; waits for the next one."""
        return each(self._caller.pushes, _background.run)

    @contextmanager
    def meter(self, *, trust_name: bool = False, **arguments: Any) -> Iterator[Meter]:
        """An association with it until the block ends; arguments as for `dlmskit.listener.Caller.meter`."""
        with _entered(self._caller.meter(trust_name=trust_name, **arguments)) as meter:
            yield Meter(meter, _background.run)

    def close(self) -> None:
        """Hang up."""
        _background.run(self._caller.aclose())


class Callers:
    """Meters that dial in, as they come; see `dlmskit.listener.Listening`."""

    def __init__(self, listening: Listening) -> None:
        self._listening = listening
        self._found = aiter(listening)

    @property
    def url(self) -> str | None:
        """Where they can reach it, with the port that was really taken."""
        return self._listening.url

    def __iter__(self) -> Iterator[Caller]:
        return map(Caller, each(self._found, _background.run))


@contextmanager
def listen(url: str | ConnectionUrl, **arguments: Any) -> Iterator[Callers]:
    """Wait for meters that dial in until the block ends; arguments as for `dlmskit.listen`."""
    with _background.used(), _entered(_listen(url, **arguments)) as listening:
        yield Callers(listening)
