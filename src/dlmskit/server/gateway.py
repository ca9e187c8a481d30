"""A served gateway: one address, behind which meters are told apart by network and physical device address.

Each client gets a connection of its own to each meter it names, made when it names it first.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

from dlmskit.edge.streams import open_listener
from dlmskit.edge.transport import Receiver, Transport
from dlmskit.edge.url import ConnectionUrl, as_url
from dlmskit.errors import RemoteProtocolError, TransportError, UsageError
from dlmskit.link import wrapper
from dlmskit.link.gateway import Route, routed
from dlmskit.server.connection import Connection
from dlmskit.server.device import Device
from dlmskit.server.serve import Served, serve

_Make = Callable[[], Receiver]


class _Behind(Transport):
    """The line to one meter as that meter sees it: without the prefix its requests came with."""

    __slots__ = ("_is_closing", "_outside", "_reader", "_receiver", "_route")

    def __init__(self, outside: Transport, route: Route, receiver: Receiver) -> None:
        super().__init__(outside.peer)
        self._outside, self._route, self._receiver = outside, route, receiver
        self._reader = wrapper.WrapperReader()
        self._is_closing = False

    def write(self, data: bytes) -> None:
        if not self._is_closing:
            for source, destination, apdu in self._reader.receive(data):
                self._outside.write(wrapper.encode(source, destination, self._route.response(apdu)))

    def pause_reading(self) -> None:
        self._outside.pause_reading()

    def resume_reading(self) -> None:
        self._outside.resume_reading()

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self.lose(None)

    def abort(self) -> None:
        self.lose(None)

    def lose(self, error: TransportError | None) -> None:
        """The meter hung up, or the client did."""
        if not self._is_closing:
            self._is_closing = True
            self._receiver.connection_lost(error)
            self._mark_lost()


class _Gateway(Receiver):
    """One client of the gateway."""

    def __init__(self, meters: Mapping[Route, _Make]) -> None:
        self._meters = meters
        self._reader = wrapper.WrapperReader()
        self._behind: dict[Route, tuple[_Behind, Receiver]] = {}

    def connection_made(self, transport: Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            while messages := self._reader.receive(data):
                data = b""
                for message in messages:
                    self._pass_on(message)
        except RemoteProtocolError:
            self._transport.close()

    def _pass_on(self, message: wrapper.WrapperMessage) -> None:
        """To the meter it names; what names none we have is not answered, as where no meter is."""
        try:
            route, apdu = routed(message.apdu)
        except RemoteProtocolError:
            return
        if route not in self._meters:
            return
        known = self._behind.get(route)
        if known is None or known[0].is_closing():
            receiver = self._meters[route]()
            known = self._behind[route] = _Behind(self._transport, route, receiver), receiver
            receiver.connection_made(known[0])
        known[1].data_received(wrapper.encode(message.source, message.destination, apdu))

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._transport.resume_reading()

    def connection_lost(self, error: TransportError | None) -> None:
        for behind, _ in self._behind.values():
            behind.lose(error)


@asynccontextmanager
async def serve_gateway(meters: Mapping[Route, Device], *urls: str | ConnectionUrl) -> AsyncIterator[list[str]]:
    """Serve meters behind a gateway; gives the URLs where it can be reached.

    Raises UsageError for a line without the wrapper, TransportError where it cannot be opened.
    """
    lines = [as_url(url) for url in urls]
    if any(line.framing != "wrapper" for line in lines):
        raise UsageError("a gateway is served over the wrapper: tcp://")
    async with AsyncExitStack() as stack:
        made: dict[Route, _Make] = {}
        for route, device in meters.items():
            served: Served = await stack.enter_async_context(serve(device))
            made[route] = partial(Connection, served, "wrapper")
        listeners = [
            await stack.enter_async_context(await open_listener(line, partial(_Gateway, made))) for line in lines
        ]
        yield [str(listener.url) for listener in listeners]
