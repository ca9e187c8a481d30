"""What is measured, ours, and what it has to reach."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import dlmskit
from bench import inputs
from bench.timing import Timer, timer
from dlmskit.data.axdr import decode
from dlmskit.data.columns import rows
from dlmskit.link.hdlc.fcs import fcs16
from dlmskit.link.hdlc.frames import Frame, FrameReader, encode
from dlmskit.security.cipher import aead_of, protect

UNITS = {"µs": 1e6, "ms": 1e3}


@dataclass(frozen=True, slots=True)
class Case:
    """One row: `ratio` is how many times faster than the peer we have to be, `most` what it may take in its unit.

    A row with neither is there to compare with; it runs here alone.
    """

    name: str
    title: str
    unit: str
    build: Callable[[int], Timer]
    ratio: float | None = None
    most: float | None = None


def _fcs(_port: int) -> Timer:
    return timer(lambda: fcs16(inputs.OCTETS_128))


def _hdlc_build(_port: int) -> Timer:
    frame = Frame(b"\x03", b"\x21", 0x10, inputs.INFORMATION)
    return timer(lambda: encode(frame))


def _hdlc_parse(_port: int) -> Timer:
    reader = FrameReader()
    if not isinstance(reader.receive(inputs.FRAME, 0.0)[0], Frame):
        raise SystemExit("the frame was not parsed")
    return timer(lambda: reader.receive(inputs.FRAME, 0.0))


def _decode(octets: bytes) -> Timer:
    return timer(lambda: decode(octets))


def _rows(octets: bytes) -> Timer:
    return timer(lambda: rows(octets))


def _object_list(_port: int) -> Timer:
    from dlmskit.cosem.catalogue import describe
    from dlmskit.cosem.object_list import ObjectListElementKind

    octets, kind = inputs.object_list(300), ObjectListElementKind(1)

    def view() -> list[tuple[object, str]]:
        elements = map(kind.load, decode(octets).value)
        return [(element, describe(element.logical_name, element.class_id)) for element in elements]

    return timer(view)


def _view(_port: int) -> Timer:
    from dlmskit.client.view import read_view

    octets = inputs.object_list(65_000)
    return timer(lambda: read_view(octets))


def _protect(_port: int) -> Timer:
    key = aead_of(inputs.EK)
    return timer(lambda: protect(inputs.APDU_60, control=0x30, title=inputs.TITLE, counter=1, key=key, ak=inputs.AK))


def _get(port: int) -> Timer:
    """CPU of the client for one GET; the answering server is another process."""

    async def ask(loops: int) -> float:
        async with dlmskit.connect(f"tcp://127.0.0.1:{port}", client=16) as meter:
            reference = meter.register("1.0.1.8.0.255").value
            if (await meter.get(reference)).value != 12345:
                raise SystemExit("the register was not read")
            start = time.process_time()
            for _ in range(loops):
                await meter.get(reference)
            return time.process_time() - start

    return lambda loops: asyncio.run(ask(loops))


class Echo(asyncio.Protocol):
    """The least an asyncio client can do: send, and wake a future with what comes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.answer.set_result(data)

    async def ask(self, request: bytes) -> bytes:
        self.answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self.answer


def _floor(port: int) -> Timer:
    """CPU of a bare asyncio client that sends and receives the octets of the same GET."""
    request = bytes.fromhex("000100100001000dc001c100030100010800ff0200")

    async def ask(loops: int) -> float:
        transport, echo = await asyncio.get_running_loop().create_connection(Echo, "127.0.0.1", port)
        await echo.ask(request)
        start = time.process_time()
        for _ in range(loops):
            await echo.ask(request)
        took = time.process_time() - start
        transport.close()
        return took

    return lambda loops: asyncio.run(ask(loops))


def _import(_port: int) -> Timer:
    code = "import time; t = time.perf_counter(); import dlmskit; print(time.perf_counter() - t)"
    return lambda loops: (
        loops * float(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)
    )


CASES = (
    Case("fcs", "FCS-16 of 128 octets", "µs", _fcs, ratio=25),
    Case("hdlc-build", "HDLC frame of 16 octets, build", "µs", _hdlc_build, ratio=10),
    Case("hdlc-parse", "HDLC frame of 16 octets, parse", "µs", _hdlc_parse, ratio=10),
    Case(
        "decode-uniform",
        "decode 500 rows of one shape to Value",
        "ms",
        lambda _: _decode(inputs.profile(500)),
        ratio=12,
    ),
    Case(
        "decode-mixed", "decode 500 rows of mixed shapes to Value", "ms", lambda _: _decode(inputs.mixed(500)), ratio=12
    ),
    Case("rows", "500 profile rows of one shape to tuples", "ms", lambda _: _rows(inputs.profile(500)), ratio=60),
    Case("object-list", "object list of 300 with descriptions", "ms", _object_list, ratio=30),
    Case("view", "view of 65,000 objects from its octets", "ms", _view),
    Case("protect", "AES-GCM protect 60 octets", "µs", _protect, ratio=300),
    Case("get", "client CPU of one GET, wrapper, asyncio", "µs", _get, ratio=2),
    Case("floor", "  for comparison: bare asyncio, same octets", "µs", _floor),
    Case("import", "import in a fresh interpreter", "ms", _import, most=100),
)
