"""A relay of real octets, over sockets and pseudo-terminals, that does to them what a bad line does.

async with tcp_relay(port, to_server, to_client) as through: ...    # the port to call instead
"""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any

from dlmskit.edge.memory import Fault

Send = Callable[[bytes], Any]


class Way:
    """One direction: what comes out of `fault` goes on when it is due, in order."""

    def __init__(self, fault: Fault, send: Send) -> None:
        self.fault, self.send = fault, send
        self.loop = asyncio.get_running_loop()
        self.due = 0.0

    def carry(self, data: bytes) -> None:
        for delay_s, piece in self.fault(data):
            self.due = max(self.due, self.loop.time() + delay_s)
            self.loop.call_at(self.due, self.send, piece)


@asynccontextmanager
async def tcp_relay(port: int, to_server: Fault, to_client: Fault) -> AsyncIterator[int]:
    """Between a client and what listens on `port`."""
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, fault: Fault) -> None:
        way = Way(fault, lambda data: None if writer.is_closing() else writer.write(data))
        try:
            while data := await reader.read(4096):
                way.carry(data)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", port)
        for task in (
            asyncio.create_task(pump(reader, inner_writer, to_server)),
            asyncio.create_task(pump(inner_reader, writer, to_client)),
        ):
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(welcome, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _UdpRelay(asyncio.DatagramProtocol):
    """Its one client is whoever spoke last; `inner` is the socket towards the server."""

    def __init__(self, to_server: Fault, to_client: Fault) -> None:
        self.to_server, self.to_client = to_server, to_client
        self.inner: asyncio.DatagramTransport | None = None
        self.client: Any = None

    def connection_made(self, transport: Any) -> None:
        self.outer = transport
        self.back = Way(self.to_client, lambda data: transport.sendto(data, self.client))
        self.forth = Way(self.to_server, lambda data: None if self.inner is None else self.inner.sendto(data))

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.client = addr
        self.forth.carry(data)


class _Inner(asyncio.DatagramProtocol):
    def __init__(self, relay: _UdpRelay) -> None:
        self.relay = relay

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.relay.back.carry(data)


@asynccontextmanager
async def udp_relay(port: int, to_server: Fault, to_client: Fault) -> AsyncIterator[int]:
    """Between a client and what listens on `port`, datagram by datagram."""
    loop = asyncio.get_running_loop()
    outer, relay = await loop.create_datagram_endpoint(
        lambda: _UdpRelay(to_server, to_client), local_addr=("127.0.0.1", 0)
    )
    relay.inner, _ = await loop.create_datagram_endpoint(lambda: _Inner(relay), remote_addr=("127.0.0.1", port))
    try:
        yield outer.get_extra_info("sockname")[1]
    finally:
        outer.close()
        relay.inner.close()


@asynccontextmanager
async def port_relay(to_server: Fault, to_client: Fault) -> AsyncIterator[tuple[str, str]]:
    """Two serial ports and the cable between them: the client's name and the meter's."""
    loop = asyncio.get_running_loop()
    (ours, our_port), (theirs, their_port) = os.openpty(), os.openpty()
    for port in (our_port, their_port):
        tty.setraw(port)
    is_open = True

    def into(end: int) -> Send:
        return lambda data: os.write(end, data) if is_open else None

    forth, back = Way(to_server, into(theirs)), Way(to_client, into(ours))
    loop.add_reader(ours, lambda: forth.carry(os.read(ours, 4096)))
    loop.add_reader(theirs, lambda: back.carry(os.read(theirs, 4096)))
    try:
        yield os.ttyname(our_port), os.ttyname(their_port)
    finally:
        is_open = False
        for end in (ours, theirs):
            loop.remove_reader(end)
        for end in (ours, our_port, theirs, their_port):
            os.close(end)


def reordered(rate: float, *, seed: int) -> Fault:
    """A datagram is held back until the next one has passed."""
    random, held = Random(seed), list[bytes]()

    def fault(data: bytes) -> list[tuple[float, bytes]]:
        if not held and random.random() < rate:
            held.append(data)
            return []
        late, held[:] = held[:], []
        return [(0.0, data), *((0.0, one) for one in late)]

    return fault
