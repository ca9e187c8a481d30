"""Data readouts: sign on at an optical port, or wait for what a meter says by itself; take and check it."""

from __future__ import annotations

import asyncio
from typing import Final

from dlmskit.edge.streams import open_transport
from dlmskit.edge.transport import Receiver, Transport
from dlmskit.edge.url import ConnectionUrl, as_url
from dlmskit.errors import DlmsError, Timeout, TransportError, UsageError
from dlmskit.link import mode_c, mode_d
from dlmskit.link.mode_c import DataSet, data_sets

#: What finds the end of a readout, and the silence before it that is lawful: a P1 port speaks every ten seconds.
_READERS: Final[dict[str, tuple[type[mode_c.TextReader], float]]] = {
    "mode-c": (mode_c.ReadoutReader, 0.0),
    "mode-d": (mode_d.TelegramReader, 15.0),
}


class _Collector(Receiver):
    """Waits for the end of a readout; `heard_at` is when octets came last."""

    def __init__(self, reader: mode_c.TextReader) -> None:
        self._loop = asyncio.get_running_loop()
        self._reader = reader
        self.text: asyncio.Future[str] = self._loop.create_future()
        self.heard_at = self._loop.time()

    def connection_made(self, transport: Transport) -> None:
        self.heard_at = self._loop.time()

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._loop.time()
        if self.text.done():
            return
        try:
            self._reader.receive(data)
        except DlmsError as error:
            self.text.set_exception(error)
        else:
            if self._reader.text is not None:
                self.text.set_result(self._reader.text)

    def pause_writing(self) -> None:
        """Nothing is written."""

    def resume_writing(self) -> None:
        """Likewise."""

    def connection_lost(self, error: TransportError | None) -> None:
        if not self.text.done():
            self.text.set_exception(error or TransportError("the line was closed"))

    async def collect(self, silence_s: float) -> str:
        """The text, or a Timeout once nothing came for so long."""
        while not self.text.done():
            left = self.heard_at + silence_s - self._loop.time()
            if left <= 0:
                self.text.cancel()
                raise Timeout(
                    "the readout stopped before its end",
                    hints=("the speed may not be the meter's: try a slower baud", "check the probe's seat"),
                )
            await asyncio.wait([self.text], timeout=left)
        return self.text.result()


async def read_out(url: str | ConnectionUrl) -> list[DataSet]:
    """The values a meter shows on `mode-c:///dev/ttyUSB0`, or says by itself on `mode-d:///dev/ttyUSB0`.

    Raises UsageError for another line, RemoteProtocolError where the block check is wrong, Timeout and TransportError.
    """
    url = as_url(url)
    if not url.is_readout:
        raise UsageError(f"{url.line} is read as a meter; a data readout comes by mode-c, a telegram by mode-d")
    reader, least_s = _READERS[url.framing]
    collector = _Collector(reader())
    line = await open_transport(url, collector)
    try:
        return list(data_sets(await collector.collect(max(url.merge().line.timeout_s, least_s))))
    finally:
        await line.aclose()
