"""Waiting for meters that dial in: `listen`.

async for caller in dlmskit.listen("listen+tcp://0.0.0.0:4059", keys=ring):
print(caller.peer, caller.identity, caller.pushed)
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

from dlmskit.client.kept import Kept
from dlmskit.client.line import OpenLine, client_line
from dlmskit.client.pump import Pump
from dlmskit.edge.clock import MACHINE, Environment
from dlmskit.edge.streams import open_listener
from dlmskit.edge.transport import Listener
from dlmskit.edge.url import ConnectionUrl, as_url
from dlmskit.errors import UsageError
from dlmskit.listener.call import Call
from dlmskit.listener.caller import Caller
from dlmskit.listener.limits import LIMITS, ListenLimits
from dlmskit.listener.memory import PushMemory
from dlmskit.listener.replay import PushWindows
from dlmskit.security.counters import CounterStore
from dlmskit.security.keys import KeySource
from dlmskit.session.calling import ClientLine
from dlmskit.trace import Tracer

#: The clock of time limits ticks so often within the shortest of them.
_TICKS = 4


class Listening:
    """Meters that dial in, as they come: an asynchronous iterator of `Caller`s; made by `listen`.

    url      where they can reach it, with the port that was really taken; None before it is open
    counted  what was refused, dropped and closed, by reason
    Leaving its block, or the loop over it, closes every connection.
    """

    def __init__(
        self,
        url: ConnectionUrl,
        *,
        keys: KeySource | None,
        trace: Tracer | None,
        limits: ListenLimits,
        environment: Environment,
        counters: CounterStore | None = None,
    ) -> None:
        self.limits, self.keys, self.tracer = limits, keys, trace
        self.memory = PushMemory(PushWindows(keys, counters), limits.waiting)
        self.counted: Counter[str] = Counter()
        self._url, self._options = url, url.merge().line
        self._environment = environment
        self._listener: Listener | None = None
        self._callers: Kept[Caller] = Kept(limits.waiting)
        self._calls: set[Call] = set()
        self._by_address: Counter[str] = Counter()
        self._unfinished = 0
        self._clock: asyncio.TimerHandle | None = None

    @property
    def url(self) -> str | None:
        return None if self._listener is None else str(self._listener.url)

    @property
    def connections(self) -> int:
        """How many are connected."""
        return len(self._calls)

    # --- open and closed ---

    async def __aenter__(self) -> Self:
        self._listener = await open_listener(self._url, lambda: Call(self))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Accept no more and close every connection."""
        listener, self._listener = self._listener, None
        await self.memory.settled()
        self._callers.end(None)
        if listener is not None:
            await listener.aclose()
        if self._clock is not None:
            self._clock.cancel()

    async def __aiter__(self) -> AsyncIterator[Caller]:
        """Every caller once it has pushed something, or been silent for `hello_s`."""
        if self._listener is not None:
            async for caller in self._callers:
                yield caller
            return
        async with self:
            async for caller in self._callers:
                yield caller

    # --- what a call needs ---

    def new_line(self) -> ClientLine:
        return client_line(self._url, self._options, self.tracer)

    def line_of(self, pump: Pump) -> OpenLine:
        """What a caller's associations are opened on. The line is the meter's to open: it is never reopened."""
        return OpenLine(self._url, self._options, pump, self._environment)

    def refusal(self, address: str) -> str | None:
        """Why another connection from there is not taken; None where it is."""
        if len(self._calls) >= self.limits.connections:
            return "too many connections"
        if self._by_address[address] >= self.limits.per_address:
            return "too many connections from one address"
        return None

    def admit(self, call: Call, address: str) -> None:
        self._calls.add(call)
        self._by_address[address] += 1
        if self._clock is None:
            self._wind()

    def dismiss(self, call: Call, address: str) -> None:
        self._calls.discard(call)
        self._by_address[address] -= 1
        if not self._by_address[address]:
            del self._by_address[address]

    def hand_out(self, caller: Caller) -> None:
        """The caller is known as well as it will be by itself."""
        gone = self._callers.add(caller)
        if gone is not None:
            self.counted["not taken"] += 1
            gone.hang_up()

    def holds(self, change: int) -> bool:
        """Take note of octets that wait for the rest of their message; whether there is room for them."""
        self._unfinished += change
        return self._unfinished <= self.limits.unfinished_octets

    # --- time ---

    def _wind(self) -> None:
        loop = asyncio.get_running_loop()
        period = min(self.limits.idle_s, self.limits.unfinished_s) / _TICKS
        self._clock = loop.call_later(period, self._tick)

    def _tick(self) -> None:
        """One timer for them all: ten thousand idle connections need no timer of their own."""
        self._clock = None
        now = asyncio.get_running_loop().time()
        for call in tuple(self._calls):
            call.check(now)
        if self._calls:
            self._wind()


def listen(
    url: str | ConnectionUrl,
    *,
    keys: KeySource | None = None,
    trace: Tracer | None = None,
    limits: ListenLimits = LIMITS,
    counters: CounterStore | None = None,
    environment: Environment = MACHINE,
    **options: object,
) -> Listening:
    """Wait for meters that dial in, and yield each as a `Caller`.

        async for caller in dlmskit.listen("listen+tcp://0.0.0.0:4059"):
            async with caller.meter(client=1, auth="gmac", security=keys_for(caller)) as meter: ...

    keys         to decipher what they push, by system title
    trace        called with every `TraceEvent` of every connection
    limits       how many connections, and how much of each
    counters     keeps the counters of verified pushes, so that none is taken again after a restart; by default they are
                 kept as long as the listener lives
    options      members of the URL's query: how to talk on the lines, defaults for associations
    Raises UsageError for a line on which nobody dials in; TransportError, on entering, where it cannot be opened.
    """
    url = as_url(url)
    if not url.dial_in and url.transport != "memory":
        raise UsageError(f"{url.line} is for connecting", hints=(f"write listen+{url.line}",))
    url.merge(**options)
    given = {**url.options, **{name: value for name, value in options.items() if value is not None}}
    return Listening(
        ConnectionUrl(url.scheme, url.host, url.port, url.path, given),
        keys=keys,
        trace=trace,
        limits=limits,
        environment=environment,
        counters=counters,
    )
