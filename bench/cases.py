"""What is measured, ours, and what it has to reach."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import cast

import dlmskit
from bench import inputs
from bench.c_loop import c_loop
from bench.timing import Timer, timer
from dlmskit.data.axdr import decode
from dlmskit.data.columns import rows, to_numpy
from dlmskit.link.hdlc.fcs import fcs16
from dlmskit.link.hdlc.frames import Frame, FrameReader, encode
from dlmskit.obis import Obis
from dlmskit.security.cipher import aead_of, protect

ROOT = Path(__file__).resolve().parents[1]
#: The interpreter that has PyArrow.
TABLES = ROOT / ".venv-tables" / "bin" / "python"
#: So that the second import of a module is what it is for a user.
WITH_BYTECODE = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
UNITS = {"µs": 1e6, "ms": 1e3}


@dataclass(frozen=True, slots=True)
class Case:
    """One row: `ratio` is how many times faster than the peer we have to be, `most` what it may take in its unit.

    peer  what the peer does meanwhile, by name; without it the row runs here alone
    A row without a goal is there to compare with.
    """

    name: str
    title: str
    unit: str
    build: Callable[[int], Timer]
    ratio: float | None = None
    most: float | None = None
    peer: str = ""

    @property
    def goals(self) -> str:
        ratio = "" if self.ratio is None else f"≥ {self.ratio:g} ×"
        most = "" if self.most is None else f"< {self.most:g} {self.unit}"
        return " ".join(filter(None, (ratio, most)))

    def reached(self, ours_s: float, theirs_s: float) -> bool:
        """Whether an operation of so many seconds is fast enough; infinitely many where there is no peer."""
        is_short = self.most is None or ours_s * UNITS[self.unit] < self.most
        return is_short and (self.ratio is None or theirs_s >= self.ratio * ours_s)


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


def _numpy(_port: int) -> Timer:
    import numpy as np

    octets = inputs.profile(10_000)
    if not all(isinstance(column, np.ndarray) and len(column) == 10_000 for column in to_numpy(octets)):
        raise SystemExit("the columns were not read")
    return timer(lambda: to_numpy(octets))


def _arrow(_port: int) -> Timer:
    """From the octets of a buffer: rows, exact decimals, times in UTC."""
    if not TABLES.exists():
        raise ImportError("no environment with PyArrow", name="pyarrow")
    return lambda loops: loops * _printed(str(TABLES), "-m", "bench.year")


def _describe(_port: int) -> Timer:
    from dlmskit.cosem.catalogue import describe

    # More names than are remembered, so that each is new.
    names = cycle([Obis(bytes((1, 0, c, d, e, 255))) for c in range(1, 81) for d in range(2, 30) for e in range(3)])
    return timer(lambda: describe(next(names), 3))


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


def _import(module: str) -> Timer:
    """Wall time in a fresh interpreter, as after the first time: from bytecode."""
    code = f"import time; t = time.perf_counter(); import {module}; print(time.perf_counter() - t)"
    return lambda loops: loops * _printed(sys.executable, "-c", code)


def _printed(*command: str) -> float:
    """The seconds a process of its own has measured."""
    return float(subprocess.run(command, cwd=ROOT, env=WITH_BYTECODE, capture_output=True, check=True).stdout)


CASES = (
    Case("fcs", "FCS-16 of 128 octets", "µs", _fcs, ratio=25, peer="fcs"),
    Case("hdlc-build", "HDLC frame of 16 octets, build", "µs", _hdlc_build, ratio=10, peer="hdlc-build"),
    Case("hdlc-parse", "HDLC frame of 16 octets, parse", "µs", _hdlc_parse, ratio=10, peer="hdlc-parse"),
    Case(
        "decode-uniform",
        "decode 500 rows of one shape to Value",
        "ms",
        lambda _: _decode(inputs.profile(500)),
        ratio=12,
        peer="decode-uniform",
    ),
    Case(
        "decode-mixed",
        "decode 500 rows of mixed shapes to Value",
        "ms",
        lambda _: _decode(inputs.mixed(500)),
        ratio=12,
        peer="decode-mixed",
    ),
    Case(
        "rows",
        "500 profile rows of one shape to tuples",
        "ms",
        lambda _: _rows(inputs.profile(500)),
        ratio=60,
        peer="decode-uniform",
    ),
    Case(
        "rows-10000",
        "10,000 × 4 of one shape to tuples",
        "ms",
        lambda _: _rows(inputs.profile(10_000)),
        ratio=80,
        peer="decode-10000",
    ),
    # 10 million rows a second: 10,000 in a millisecond.
    Case("numpy-10000", "10,000 × 4 to NumPy, clocks as octets", "ms", _numpy, ratio=200, most=1, peer="decode-10000"),
    Case("c-loop", "  for comparison: a plain C loop", "ms", lambda _: c_loop()),
    Case("arrow", "a year, 35,040 × 6, octets to Arrow", "ms", _arrow, most=50),
    Case("object-list", "object list of 300 with descriptions", "ms", _object_list, ratio=30, peer="object-list"),
    Case("object-list-bare", "  the peer without descriptions", "ms", _object_list, ratio=6, peer="object-list-bare"),
    Case("describe", "describe one name", "µs", _describe, most=10),
    Case("view", "view of 65,000 objects from its octets", "ms", _view),
    Case("protect", "AES-GCM protect 60 octets", "µs", _protect, ratio=300, peer="protect"),
    Case("get", "client CPU of one GET, wrapper, asyncio", "µs", _get, ratio=2, peer="get"),
    Case("floor", "  for comparison: bare asyncio, same octets", "µs", _floor),
    Case("import", "import in a fresh interpreter", "ms", lambda _: _import("dlmskit"), most=100, peer="import"),
    Case("import-classes", "import of all classes", "ms", lambda _: _import("dlmskit.cosem.ics"), most=150),
)
