"""Lines inside one process, `memory:NAME`: ordered and repeatable.

Either side may run in an event loop of its own. Each end touches only its own state; everything that crosses does so
through `call_soon` of the other loop, so the order of events is the order of calls.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable

from dlmskit.edge.transport import Listener, Receiver, ReceiverFactory, Transport
from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import TransportError

HIGH_WATER = 65536
LOW_WATER = HIGH_WATER // 4

Fault = Callable[[bytes], Iterable[tuple[float, bytes]]]
"""What a bad line makes of one written chunk: chunks, each with a delay in seconds; none at all loses it.

Order is kept: a delayed chunk holds up those behind it."""


class Channel(Listener):
    """A served name.

    `to_server` and `to_client` make the line a bad one, from the next chunk on.
    """

    __slots__ = ("_factory", "_is_served", "loop", "to_client", "to_server")

    def __init__(self, url: ConnectionUrl, factory: ReceiverFactory) -> None:
        super().__init__(url)
        self._factory = factory
        self._is_served = True
        self.loop = asyncio.get_running_loop()
        self.to_server: Fault | None = None
        self.to_client: Fault | None = None

    @property
    def is_served(self) -> bool:
        """Whether a newcomer would be answered; the loop may have ended without a word."""
        return self._is_served and not self.loop.is_closed()

    def cut(self) -> None:
        """Break every connection, as a network does."""
        for transport in tuple(self.connections):
            if isinstance(transport, _MemoryTransport):
                transport.reset()

    def close(self) -> None:
        self._is_served = False
        if _served.get(self.url.path) is self:
            del _served[self.url.path]

    def welcome(self, end: _MemoryTransport) -> None:
        """Give a new connection its receiver, in the server's loop."""
        if not self.is_served:
            end.reset()
            return
        self.connections.add(end)
        end.start(self._factory, self.connections.discard)


_served: dict[str, Channel] = {}


def channel(name: str) -> Channel:
    """The channel served under a name. Raises TransportError where there is none."""
    found = _served.get(name)
    if found is None or not found.is_served:
        known = ", ".join(sorted(name for name, served in _served.items() if served.is_served))
        raise TransportError(
            f"memory:{name}: nobody serves that name in this process",
            hints=(f"served are: {known}" if known else "serve a device on it first",),
        )
    return found


async def serve_memory(url: ConnectionUrl, factory: ReceiverFactory) -> Channel:
    """Serve a name of this process. Raises TransportError where it is taken."""
    taken = _served.get(url.path)
    if taken is not None and taken.is_served:
        raise TransportError(f"{url.line}: the name is in use", hints=("choose another name, or close the other",))
    served = _served[url.path] = Channel(url, factory)
    return served


async def open_memory(url: ConnectionUrl, receiver: Receiver) -> Transport:
    """Connect to a served name of this process."""
    served = channel(url.path)
    if served.url.framing != url.framing:
        raise TransportError(
            f"{url.line}: the name is served as {served.url.scheme}", hints=(f"use {served.url.line}",)
        )
    loop = asyncio.get_running_loop()
    ours = _MemoryTransport(loop, str(url.line), lambda: served.to_server)
    theirs = _MemoryTransport(served.loop, f"a client of {url.line}", lambda: served.to_client)
    ours.other, theirs.other = theirs, ours
    post(loop, served.loop, served.welcome, theirs)
    ours.start(lambda: receiver)
    return ours


class _MemoryTransport(Transport):
    """One end: an inbox emptied in its own loop, and a way to the other end's."""

    __slots__ = (
        "_fault", "_inbox", "_is_closing", "_is_reading_paused", "_is_writing_paused", "_last_due", "_loop",
        "_on_lost", "_receiver", "_timer", "_unread", "other",
    )  # fmt: skip

    other: _MemoryTransport

    def __init__(self, loop: asyncio.AbstractEventLoop, peer: str, fault: Callable[[], Fault | None]) -> None:
        super().__init__(peer)
        self._loop = loop
        self._fault = fault
        self._receiver: Receiver | None = None
        self._on_lost: Callable[[Transport], None] | None = None
        self._inbox: deque[tuple[float, bytes | None]] = deque()  # when it is due; None: the other end closed
        self._last_due = 0.0
        self._timer: asyncio.Handle | None = None
        self._unread = 0
        self._is_closing = self._is_reading_paused = self._is_writing_paused = False

    def start(self, factory: ReceiverFactory, on_lost: Callable[[Transport], None] | None = None) -> None:
        """Begin with the receiver that `factory` makes; break the line if it cannot."""
        self._on_lost = on_lost
        try:
            self._receiver = factory()
            self._receiver.connection_made(self)
        except BaseException:
            self.reset()
            raise

    def write(self, data: bytes) -> None:
        if self._is_closing:
            return
        chunk = bytes(data)
        fault = self._fault()
        for delay_s, piece in ((0.0, chunk),) if fault is None else fault(chunk):
            self._unread += len(piece)
            self._tell(self.other._arrive, delay_s, piece)
        if self._unread > HIGH_WATER and not self._is_writing_paused and self._receiver is not None:
            self._is_writing_paused = True
            self._receiver.pause_writing()

    def pause_reading(self) -> None:
        self._is_reading_paused = True

    def resume_reading(self) -> None:
        self._is_reading_paused = False
        self._loop.call_soon(self._deliver)

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._tell(self.other._arrive, 0.0, None)
            self._loop.call_soon(self._lose, None)

    def abort(self) -> None:
        if not self._is_lost:
            self._is_closing = True
            self._tell(self.other._break)
            self._loop.call_soon(self._lose, None)

    def reset(self) -> None:
        """Break the line at both ends."""
        self._tell(self.other._break)
        self._loop.call_soon(self._break)

    def _tell(self, call: Callable[..., None], *arguments: object) -> None:
        if not post(self._loop, self.other._loop, call, *arguments):
            self._loop.call_soon(self._break)

    def _arrive(self, delay_s: float, piece: bytes | None) -> None:
        self._last_due = max(self._last_due, self._loop.time() + delay_s)
        self._inbox.append((self._last_due, piece))
        self._deliver()

    def _deliver(self) -> None:
        while self._inbox and not self._is_reading_paused and not self._is_closing:
            due, piece = self._inbox[0]
            if due > self._loop.time():
                self._wait_until(due)
                return
            self._inbox.popleft()
            if piece is None:
                self._lose(TransportError(f"{self.peer}: the peer closed the connection"))
                return
            self._hand_over(piece)

    def _hand_over(self, piece: bytes) -> None:
        self._tell(self.other._was_read, len(piece))
        if self._receiver is None:
            return
        try:
            self._receiver.data_received(piece)
        except BaseException:
            self.reset()
            raise

    def _wait_until(self, due: float) -> None:
        if self._timer is None:
            self._timer = self._loop.call_at(due, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self._deliver()

    def _was_read(self, count: int) -> None:
        self._unread -= count
        if self._is_writing_paused and self._unread <= LOW_WATER and self._receiver is not None:
            self._is_writing_paused = False
            self._receiver.resume_writing()

    def _break(self) -> None:
        self._lose(TransportError(f"{self.peer}: the peer reset the connection"))

    def _lose(self, error: TransportError | None) -> None:
        if self._is_lost:
            return
        self._is_closing = True
        self._inbox.clear()
        if self._timer is not None:
            self._timer.cancel()
        if self._on_lost is not None:
            self._on_lost(self)
        self._mark_lost()
        if self._receiver is not None:
            self._receiver.connection_lost(error)


def post(
    here: asyncio.AbstractEventLoop, there: asyncio.AbstractEventLoop, call: Callable[..., None], *arguments: object
) -> bool:
    """Call in the loop `there` from the loop `here`; False where that one has ended."""
    if here is there:
        there.call_soon(call, *arguments)
        return True
    try:
        there.call_soon_threadsafe(call, *arguments)
    except RuntimeError:
        return False
    return True
