"""A receiver that keeps what it was told, and lets a test wait for it."""

from __future__ import annotations

import asyncio

from dlmskit.edge.transport import Receiver, Transport
from dlmskit.errors import TransportError


class Recorder(Receiver):
    """What happened on one line, in order, in `events`; the octets that came, joined, in `data`."""

    def __init__(self, *, echo: bool = False) -> None:
        self.events: list[str] = []
        self.data = bytearray()
        self.error: TransportError | None = None
        self.transport: Transport
        self._echo = echo
        self._news = asyncio.Event()

    def connection_made(self, transport: Transport) -> None:
        self.transport = transport
        self._note("made")

    def data_received(self, data: bytes) -> None:
        self.data += data
        if self._echo:
            self.transport.write(data)
        self._note(f"data {len(data)}")

    def connection_lost(self, error: TransportError | None) -> None:
        self.error = error
        self._note("lost")

    def pause_writing(self) -> None:
        self._note("pause")

    def resume_writing(self) -> None:
        self._note("resume")

    async def until(self, event: str) -> None:
        """Wait until this happened."""
        while event not in self.events:
            self._news.clear()
            await self._news.wait()

    async def until_octets(self, count: int) -> bytes:
        """Wait until so many octets have come in all."""
        while len(self.data) < count:
            self._news.clear()
            await self._news.wait()
        return bytes(self.data)

    def _note(self, event: str) -> None:
        self.events.append(event)
        self._news.set()
