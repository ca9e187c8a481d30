"""The wrapper over UDP: each datagram holds whole messages, or is dropped.

A datagram may get lost, come twice or late, and nothing tells so. What is no whole message is dropped here, so that it
is not taken for the beginning of another one; so is what came twice, as a command must not be carried out twice.
Requests are repeated above. Source: IEC 62056-47; Green Book, UDP-IP profile.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final, cast

from dlmskit.edge.failures import address_of, transport_error
from dlmskit.edge.transport import Listener, Receiver, ReceiverFactory, Transport
from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import TransportError, UsageError
from dlmskit.link.wrapper import HEADER_SIZE, VERSION

#: Peers a listener remembers; the one heard least lately gives way.
MOST_PEERS: Final = 16_384
#: An equal datagram within this time is the same one again. Who asks anew uses another invoke-id, or more patience.
_SAME_S: Final = 2.0
#: Datagrams of a peer that are remembered for it: fewer than there are invoke-ids.
_REMEMBERED: Final = 8


def messages(data: bytes) -> Iterator[bytes]:
    """The messages in octets of the wrapper, each with its header; the last one may be cut short, or be none."""
    at = 0
    while at < len(data):
        end = at + HEADER_SIZE + int.from_bytes(data[at + 6 : at + 8])
        yield data[at:end]
        at = end


def is_whole(data: bytes) -> bool:
    """Whether a datagram consists of whole messages."""
    pieces = list(messages(data))
    return (
        bool(pieces)
        and all(len(piece) > HEADER_SIZE and piece[:2] == VERSION.to_bytes(2) for piece in pieces)
        and sum(HEADER_SIZE + int.from_bytes(piece[6:8]) for piece in pieces) == len(data)
    )


class _UdpTransport(Transport):
    """One peer: at our own socket as its client, at a listener's socket as one of many."""

    __slots__ = ("_address", "_is_closing", "_is_paused", "_lately", "_on_lost", "_receiver", "_socket")

    def __init__(self, peer: str, receiver: Receiver, address: Any = None) -> None:
        super().__init__(peer)
        self._receiver, self._address = receiver, address
        self._lately: deque[tuple[float, bytes]] = deque(maxlen=_REMEMBERED)
        self._is_closing = self._is_paused = False

    def start(self, socket: asyncio.DatagramTransport) -> None:
        self._socket = socket
        self._receiver.connection_made(self)

    def receive(self, data: bytes) -> None:
        """Take a datagram from this peer."""
        now = asyncio.get_running_loop().time()
        is_known = any(data == known and now - at < _SAME_S for at, known in self._lately)
        if self._is_paused or self._is_closing or is_known or not is_whole(data):
            return
        self._lately.append((now, data))
        self._receiver.data_received(data)

    def write(self, data: bytes) -> None:
        if not self._is_closing:
            for message in messages(data):
                self._socket.sendto(message, self._address)

    def pause_reading(self) -> None:
        self._is_paused = True

    def resume_reading(self) -> None:
        self._is_paused = False

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self.lose(None)

    def abort(self) -> None:
        self.lose(None)

    def lose(self, error: TransportError | None) -> None:
        """The peer is gone, or nothing more is wanted of it."""
        if not self._is_closing:
            self._is_closing = True
            self._let_go()
            asyncio.get_running_loop().call_soon(self._lost, error)

    def _let_go(self) -> None:
        self._socket.close()

    def _lost(self, error: TransportError | None) -> None:
        self._mark_lost()
        self._receiver.connection_lost(error)


class _Client(asyncio.DatagramProtocol):
    """A socket connected to one peer."""

    def __init__(self, line: _UdpTransport) -> None:
        self._line = line

    def datagram_received(self, data: bytes, addr: object) -> None:
        self._line.receive(data)

    def error_received(self, exc: Exception) -> None:
        self._line.lose(transport_error(self._line.peer, exc))

    def connection_lost(self, exc: Exception | None) -> None:
        self._line.lose(None if exc is None else transport_error(self._line.peer, exc))


async def open_udp(url: ConnectionUrl, receiver: Receiver) -> Transport:
    """A line to one address; nobody is asked whether it is there."""
    if not url.port:
        raise UsageError(f"{url.line}: port 0 is for listening")
    line = _UdpTransport(str(url.line), receiver)
    loop = asyncio.get_running_loop()
    try:
        socket, _ = await loop.create_datagram_endpoint(lambda: _Client(line), remote_addr=(url.host, url.port))
    except (OSError, UnicodeError) as error:
        raise transport_error(str(url.line), error) from error
    line.start(socket)
    return line


class _Peer(_UdpTransport):
    """A peer of a listener; the socket is not its own."""

    __slots__ = ("_listener",)

    def __init__(self, listener: _UdpListener, receiver: Receiver, address: Any) -> None:
        super().__init__(address_of(address), receiver, address)
        self._listener = listener

    def _let_go(self) -> None:
        self._listener.forget(self, self._address)


class _UdpListener(Listener, asyncio.DatagramProtocol):
    """One socket; whoever sends a whole message is a connection from then on, until it is closed here."""

    def __init__(self, url: ConnectionUrl, factory: ReceiverFactory) -> None:
        super().__init__(url)
        self._factory = factory
        self._peers: dict[object, _Peer] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._socket = cast("asyncio.DatagramTransport", transport)
        self.url = replace(self.url, port=transport.get_extra_info("sockname")[1])

    def datagram_received(self, data: bytes, addr: object) -> None:
        peer = self._peers.pop(addr, None)
        if peer is None:
            if not is_whole(data):
                return
            peer = self._welcome(addr)
        if not peer.is_closing():
            self._peers[addr] = peer  # heard last, so last to give way
            peer.receive(data)

    def _welcome(self, address: object) -> _Peer:
        if len(self._peers) >= MOST_PEERS:
            next(iter(self._peers.values())).abort()
        peer = _Peer(self, self._factory(), address)
        self.connections.add(peer)
        peer.start(self._socket)
        return peer

    def forget(self, peer: _Peer, address: object) -> None:
        self.connections.discard(peer)
        self._peers.pop(address, None)

    def close(self) -> None:
        if not self.connections:
            self._socket.close()

    async def aclose(self, grace_s: float = 1.0) -> None:
        await super().aclose(grace_s)
        self._socket.close()


async def listen_udp(url: ConnectionUrl, factory: ReceiverFactory) -> Listener:
    """Serve a UDP port."""
    loop = asyncio.get_running_loop()
    try:
        _, listener = await loop.create_datagram_endpoint(
            lambda: _UdpListener(url, factory), local_addr=(url.host, url.port or 0)
        )
    except (OSError, UnicodeError) as error:
        raise transport_error(str(url.line), error) from error
    return listener
