"""What every open line looks like to the machines that use it."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from types import TracebackType
from typing import Protocol, Self

from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import TransportError


class Receiver(Protocol):
    """Who is told what happens on a line, always in the event loop and in this order.

    `connection_made` comes first and once, `connection_lost` last and once. Between them `pause_writing` asks for
    restraint because the peer does not keep up, `resume_writing` ends that; what is written meanwhile is queued.
    A class that inherits from this one need not define the last two.
    """

    def connection_made(self, transport: Transport) -> None: ...

    def data_received(self, data: bytes) -> None: ...

    def connection_lost(self, error: TransportError | None) -> None:
        """The line is gone; `error` is None where our side closed it, else says why."""

    def pause_writing(self) -> None:
        """Do nothing: enough where one exchange is under way at a time."""

    def resume_writing(self) -> None:
        """Do nothing, likewise."""


class Transport(ABC):
    """An open line.

    Calls are for its own event loop and return at once, but for `wait_closed` and `aclose`. `peer` names the other
    end, for messages.
    """

    __slots__ = ("__weakref__", "_closed", "_is_lost", "peer")

    def __init__(self, peer: str) -> None:
        self.peer = peer
        self._is_lost = False
        self._closed: asyncio.Future[None] | None = None

    @abstractmethod
    def write(self, data: bytes) -> None:
        """Send, or queue for sending; nothing happens once the line is closing."""

    @abstractmethod
    def pause_reading(self) -> None:
        """Deliver nothing until `resume_reading`; the peer is slowed down."""

    @abstractmethod
    def resume_reading(self) -> None:
        """Deliver again."""

    @abstractmethod
    def is_closing(self) -> bool:
        """Whether the line is closed or about to be."""

    @abstractmethod
    def close(self) -> None:
        """Send what is queued, then close."""

    @abstractmethod
    def abort(self) -> None:
        """Close now; what is queued is lost."""

    def change_speed(self, baud: int) -> None:  # noqa: B027
        """Go on at this speed, with eight bits and no parity, once what is queued is sent; lines without one stay."""

    def keep_echo(self) -> None:  # noqa: B027
        """Deliver also what the line gives back of our own; lines that take nothing away stay as they are."""

    async def wait_closed(self) -> None:
        """Return once the line is gone and `connection_lost` was called."""
        if self._is_lost:
            return
        if self._closed is None:
            self._closed = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._closed)

    def _mark_lost(self) -> None:
        self._is_lost = True
        if self._closed is not None and not self._closed.done():
            self._closed.set_result(None)

    async def aclose(self, grace_s: float = 1.0) -> None:
        """Close and wait; abort what is not flushed within `grace_s`, and when cancelled."""
        self.close()
        try:
            async with asyncio.timeout(grace_s):
                await self.wait_closed()
        except TimeoutError:
            self.abort()
            await self.wait_closed()
        except BaseException:
            self.abort()
            raise


class Listener(ABC):
    """A served line: accepts connections until closed.

    `url`          where it can be reached, with the port that was really taken
    `connections`  those that are open
    """

    __slots__ = ("connections", "url")

    def __init__(self, url: ConnectionUrl) -> None:
        self.url = url
        self.connections: set[Transport] = set()

    @abstractmethod
    def close(self) -> None:
        """Accept no more; connections that are open stay."""

    async def aclose(self, grace_s: float = 1.0) -> None:
        """Accept no more, close every connection and wait for that."""
        self.close()
        async with asyncio.TaskGroup() as group:
            for transport in tuple(self.connections):
                group.create_task(transport.aclose(grace_s))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


ReceiverFactory = Callable[[], Receiver]


def neighbourhood(peer: str) -> str:
    """Where a caller sits: its host without the port; of IPv6 the network, whose addresses one caller has at will."""
    host = peer.rpartition(":")[0].strip("[]")
    try:
        return host if ip_address(host).version == 4 else str(ip_network((host.partition("%")[0], 64), strict=False))
    except ValueError:
        return peer
