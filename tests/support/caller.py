"""The least client there is: one association of a `ClientLine` over a transport, for tests of the server.

async with Caller.on("memory:m", ClientSettings(), client=16) as caller:
    value = await caller.get(8, "0.0.1.0.0.255", 2)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dlmskit.apdu.base import AttributeDescriptor, AttributeRequest, MethodDescriptor, Selection
from dlmskit.data.value import Value
from dlmskit.edge.streams import open_transport
from dlmskit.edge.transport import Receiver, Transport
from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import TransportError
from dlmskit.obis import Obis
from dlmskit.security.counters import CounterBlock
from dlmskit.security.keys import KeyRing
from dlmskit.session.calling import ClientLine
from dlmskit.session.context import Ciphering
from dlmskit.session.events import Closed, Ended, NeedCounters, Notified
from dlmskit.session.opening.asking import ClientSettings
from dlmskit.session.requester import Service
from dlmskit.session.services import exchanges

EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
CHALLENGE = bytes(range(1, 17))


def gmac(title: bytes = b"CLI00001", *, control: int = 0x30, **more: Any) -> ClientSettings:
    """Settings of HLS-GMAC with the published example keys."""
    ciphering = Ciphering(title, KeyRing(ek=EK, ak=AK), control)
    return ClientSettings(5, challenge=CHALLENGE, ciphering=ciphering, **more)


def low(password: bytes = b"dlmskit1", **more: Any) -> ClientSettings:
    """Settings of LLS."""
    return ClientSettings(1, password, **more)


class Caller(Receiver):
    """One client with one association."""

    def __init__(self, url: str, settings: ClientSettings, *, client: int, server: int = 1, counter: int = 1) -> None:
        self.url = ConnectionUrl.parse(url)
        self.line = ClientLine(self.url.framing)  # type: ignore[arg-type]
        self.association = self.line.associate(settings, client=client, server=server)
        self._next_counter = counter
        self._is_ciphered = settings.ciphering is not None
        self._transport: Transport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()
        self.pushed: list[Notified] = []
        self.is_over = False

    @classmethod
    @asynccontextmanager
    async def on(cls, url: str, settings: ClientSettings, **more: Any) -> AsyncIterator[Caller]:
        """A caller that has opened its association, and releases it."""
        caller = cls(url, settings, **more)
        await open_transport(caller.url, caller)
        try:
            await caller.open()
            yield caller
            await caller.release()
        finally:
            caller.hang_up()

    async def open(self) -> None:
        if self._is_ciphered:
            self._supply(64)
        await self._done(self.association.open(self.now))

    async def release(self) -> None:
        self.association.release(self.now)
        self._pump()
        while not self.is_over:
            await self._wait()

    def hang_up(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # --- services ---

    async def get(self, class_id: int, name: str, index: int, selection: Selection | None = None) -> Any:
        wanted = AttributeDescriptor(class_id, bytes(Obis.parse(name)), index)
        return await self._serve(lambda context: exchanges.get(context, wanted, selection))

    async def get_many(self, *wanted: tuple[int, str, int]) -> Any:
        requests = [
            AttributeRequest(AttributeDescriptor(class_id, bytes(Obis.parse(name)), index))
            for class_id, name, index in wanted
        ]
        return await self._serve(lambda context: exchanges.get_many(context, requests))

    async def put(self, class_id: int, name: str, index: int, value: Value) -> Any:
        wanted = AttributeDescriptor(class_id, bytes(Obis.parse(name)), index)
        return await self._serve(lambda context: exchanges.put(context, wanted, value))

    async def call(self, class_id: int, name: str, index: int, argument: Value | None = None) -> Any:
        wanted = MethodDescriptor(class_id, bytes(Obis.parse(name)), index)
        return await self._serve(lambda context: exchanges.call(context, wanted, argument))

    async def _serve(self, run: Any) -> Any:
        return await self._done(self.association.submit(Service(run), self.now))

    async def _done(self, ticket: Any) -> Any:
        self._pump()
        while not ticket.is_done:
            await self._wait()
        if ticket.error is not None:
            raise ticket.error
        return ticket.result

    # --- plumbing ---

    @property
    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def _wait(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    def connection_made(self, transport: Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self.line.receive(data, self.now)
        self._pump()

    def connection_lost(self, error: TransportError | None) -> None:
        self.line.receive_eof(self.now)
        self._pump()
        if self._timer is not None:
            self._timer.cancel()

    def _supply(self, count: int) -> None:
        first, self._next_counter = self._next_counter, self._next_counter + count
        self.association.supply_counters(CounterBlock(first, first + count), self.now)

    def _pump(self) -> None:
        while True:
            octets, events = self.line.to_send(), self.line.events()
            if octets and self._transport is not None:
                self._transport.write(octets)
            for event in events:
                if isinstance(event, NeedCounters):
                    self._supply(event.count)
                elif isinstance(event, Notified):
                    self.pushed.append(event)
                elif isinstance(event, Ended | Closed):
                    self.is_over = True
            if not octets and not events:
                break
        self._changed.set()
        if self._timer is not None:
            self._timer.cancel()
        due = self.line.next_deadline()
        self._timer = None if due is None else asyncio.get_running_loop().call_at(due, self._on_timer, due)

    def _on_timer(self, due: float) -> None:
        self.line.handle_timer(max(self.now, due))
        self._pump()
