"""Sends every octet down a line that gives back what it gets, and looks at what returns."""

from __future__ import annotations

import asyncio
from typing import Final

from dlmskit.edge.streams import open_transport
from dlmskit.edge.transport import Receiver, Transport
from dlmskit.edge.url import ConnectionUrl, as_url
from dlmskit.errors import Timeout, TransportError, UsageError
from dlmskit.link.transparency import PATTERN, Transparency, is_over, judge

#: A line that gives back more than this is not listened to any longer.
_MOST: Final = 8 * len(PATTERN)


class _Return(Receiver):
    """Keeps what comes; `came` is set with every delivery, and for good when nothing more is wanted."""

    def __init__(self) -> None:
        self.octets = bytearray()
        self.came = asyncio.Event()
        self.is_over = False
        self.error: TransportError | None = None

    def connection_made(self, transport: Transport) -> None:
        transport.keep_echo()
        transport.write(PATTERN)

    def data_received(self, data: bytes) -> None:
        self.octets += data[: _MOST - len(self.octets)]
        self.is_over = self.is_over or is_over(self.octets) or len(self.octets) == _MOST
        self.came.set()

    def pause_writing(self) -> None:
        """The pattern is short and was written at once."""

    def resume_writing(self) -> None:
        """Likewise."""

    def connection_lost(self, error: TransportError | None) -> None:
        self.is_over, self.error = True, error
        self.came.set()

    async def all(self, silence_s: float) -> bytes:
        """What came until the pattern's end or a silence of so long."""
        while not self.is_over:
            self.came.clear()
            try:
                async with asyncio.timeout(silence_s):
                    await self.came.wait()
            except TimeoutError:
                break
        return bytes(self.octets)


async def examine_line(url: str | ConnectionUrl) -> Transparency:
    """Which octets a line does not carry.

    At its far end a loopback plug, a mirror or an echo gives back what it gets; a silence of the URL's `timeout_s` ends
    it. Raises UsageError for a line without a plain stream of octets, Timeout where nothing comes back, TransportError
    where the line does not open or breaks first.
    """
    url = as_url(url)
    if url.signs_on or url.transport not in ("tcp", "serial", "rfc2217"):
        raise UsageError(
            f"{url.line} is no plain stream of octets",
            hints=("name the line below it: serial:///dev/ttyUSB0, hdlc+tcp://host:port, hdlc+rfc2217://host:port",),
        )
    heard = _Return()
    line = await open_transport(url, heard)
    try:
        received = await heard.all(url.merge().line.timeout_s)
    finally:
        await line.aclose()
    if received:
        return judge(received)
    if heard.error is not None:
        raise heard.error
    raise Timeout(
        f"{url.line}: nothing came back",
        hints=("join transmit and receive at the far end, or hold a mirror before the probe", "check speed and wiring"),
    )
