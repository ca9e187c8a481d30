"""Opening and serving lines: the dispatch by URL, and TCP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

from dlmskit.edge import datagrams, memory, opening, serial
from dlmskit.edge.failures import address_of, connect_timeout, transport_error
from dlmskit.edge.transport import Listener, Receiver, ReceiverFactory, Transport
from dlmskit.edge.url import SCHEMES, ConnectionUrl, Scheme, as_url
from dlmskit.errors import Timeout, TransportError, UsageError

T = TypeVar("T")
_Address = tuple[socket.AddressFamily, tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]]

NEXT_ADDRESS_AFTER_S = 2.0
"""How long one address of a host with several may keep silent."""

_INBOX_SIZE = 1 << 16
_inboxes: WeakKeyDictionary[asyncio.AbstractEventLoop, memoryview] = WeakKeyDictionary()


def _inbox_of(loop: asyncio.AbstractEventLoop) -> memoryview:
    """Where the octets of that loop's connections come in. A loop of its own, because another may run in a thread."""
    if loop not in _inboxes:
        _inboxes[loop] = memoryview(bytearray(_INBOX_SIZE))
    return _inboxes[loop]


async def open_transport(
    url: ConnectionUrl | str, receiver: Receiver, *, connect_timeout_s: float | None = None
) -> Transport:
    """Open the line a URL names.

    The time-out comes from the URL or its default where it is not given. Raises UsageError for a line that cannot be
    opened in this role or not yet, Timeout when nobody answers in time, TransportError otherwise. Cancelling it
    leaves nothing open.
    """
    url = as_url(url)
    if url.dial_in:
        raise UsageError(f"{url.line} waits for meters to dial in: listen on it instead of connecting")
    opener = _chosen(_OPENERS, url)
    wait_s = url.merge(connect_timeout_s=connect_timeout_s).line.connect_timeout_s
    try:
        async with asyncio.timeout(wait_s):
            if url.signs_on:
                line = opening.probe(url, receiver)
                return await opening.signed_on(line, await opener(url, line))
            return await opener(url, receiver)
    except Timeout:
        raise
    except TimeoutError as error:
        raise connect_timeout(url, f"within {wait_s:g} s") from error


async def open_listener(
    url: ConnectionUrl | str, factory: ReceiverFactory, *, readout: ReceiverFactory | None = None
) -> Listener:
    """Serve the line a URL names; every connection gets a receiver from `factory`.

    readout  for connections that want the data readout of an optical port
    Port 0 picks a free one; `listener.url` has it. Raises UsageError and TransportError as `open_transport`.
    """
    url = as_url(url)
    if url.is_readout and readout is None:
        raise UsageError("there is no data readout to be served here")
    listen = _chosen(_LISTENERS, url)
    if url.framing == "mode-d" and readout is not None:
        return await listen(url, readout)
    return await listen(url, opening.port(url, factory, readout) if url.signs_on else factory)


def _chosen(table: Mapping[str, T], url: ConnectionUrl) -> T:
    if _is_there(SCHEMES[url.scheme], table):
        return table[url.transport]
    there = ", ".join(name for name, scheme in SCHEMES.items() if _is_there(scheme, table) and not scheme.dial_in)
    raise UsageError(
        f"{url.scheme} lines are not there yet",
        hints=(f"these are: {there}", "hdlc+tcp:// reaches a meter behind a serial server"),
    )


def _is_there(scheme: Scheme, table: Mapping[str, T]) -> bool:
    return scheme.transport in table


class _TcpTransport(Transport, asyncio.BufferedProtocol):
    """Both ends of asyncio's contract: its callbacks above, the line's methods below.

    All connections of a loop receive into one place, which holds nothing between two callbacks: without that, asyncio
    has the system map and unmap 256 KiB for every answer, which costs as much as sending a request.
    Once connected, the call that matters for speed is bound past this object.
    """

    def __init__(self, receiver: Receiver, line: ConnectionUrl, open_now: set[Transport] | None = None) -> None:
        super().__init__(str(line))
        self._receiver = receiver
        self._open_now = open_now
        self._peer_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if self._open_now is not None:
            self._open_now.add(self)
            self.peer = address_of(transport.get_extra_info("peername"))
        self.write = self._transport.write  # type: ignore[method-assign]
        self._inbox = _inbox_of(asyncio.get_running_loop())
        self._receiver.connection_made(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._inbox

    def buffer_updated(self, nbytes: int) -> None:
        self._receiver.data_received(self._inbox[:nbytes].tobytes())

    def eof_received(self) -> bool:
        self._peer_closed = True
        return False

    def pause_writing(self) -> None:
        self._receiver.pause_writing()

    def resume_writing(self) -> None:
        self._receiver.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._mark_lost()
        if self._open_now is not None:
            self._open_now.discard(self)
        error: TransportError | None = None
        if exc is not None:
            error = transport_error(self.peer, exc)
        elif self._peer_closed:
            error = TransportError(f"{self.peer}: the peer closed the connection")
        self._receiver.connection_lost(error)

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def pause_reading(self) -> None:
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        self._transport.resume_reading()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def close(self) -> None:
        self._transport.close()

    def abort(self) -> None:
        self._transport.abort()


async def _open_tcp(url: ConnectionUrl, receiver: Receiver) -> Transport:
    if not url.port:
        raise UsageError(f"{url.line}: port 0 is for listening")
    loop = asyncio.get_running_loop()
    try:
        sock = await _connected(await _addresses(url.host, url.port))
        _, transport = await loop.create_connection(lambda: _TcpTransport(receiver, url.line), sock=sock)
    except TimeoutError as error:
        raise connect_timeout(url, "within the system's patience") from error
    except (OSError, UnicodeError) as error:  # UnicodeError: a host name that IDNA cannot spell
        raise transport_error(str(url.line), error) from error
    return transport


async def _addresses(host: str, port: int) -> list[_Address]:
    try:  # no thread for what needs no look-up
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


async def _connected(addresses: list[_Address]) -> socket.socket:
    """A socket connected to the first address that answers.

    Not left to `loop.create_connection`: cancelled at the wrong moment its race of addresses leaks the socket, and
    its error for several addresses has no number.
    """
    *others, last = addresses
    for address in others:
        try:
            async with asyncio.timeout(NEXT_ADDRESS_AFTER_S):
                return await _connect(address)
        except OSError:  # a TimeoutError is one too
            continue
    return await _connect(last)


async def _connect(address: _Address) -> socket.socket:
    family, where = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await asyncio.get_running_loop().sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock


class _TcpListener(Listener):
    __slots__ = ("_server",)

    def start(self, server: asyncio.Server) -> None:
        self._server = server
        self.url = replace(self.url, port=server.sockets[0].getsockname()[1])

    def close(self) -> None:
        self._server.close()


async def _listen_tcp(url: ConnectionUrl, factory: ReceiverFactory) -> Listener:
    listener = _TcpListener(url)
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(
            lambda: _TcpTransport(factory(), url.line, listener.connections), url.host, url.port, backlog=1024
        )
    except (OSError, UnicodeError) as error:
        raise transport_error(str(url.line), error) from error
    listener.start(server)
    return listener


Opener = Callable[[ConnectionUrl, Receiver], Awaitable[Transport]]
Server = Callable[[ConnectionUrl, ReceiverFactory], Awaitable[Listener]]

_OPENERS: dict[str, Opener] = {
    "tcp": _open_tcp,
    "udp": datagrams.open_udp,
    "serial": serial.open_serial,
    "rfc2217": serial.open_serial,
    "memory": memory.open_memory,
}
_LISTENERS: dict[str, Server] = {
    "tcp": _listen_tcp,
    "udp": datagrams.listen_udp,
    "serial": serial.listen_serial,
    "memory": memory.serve_memory,
}
