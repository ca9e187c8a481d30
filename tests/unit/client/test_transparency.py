"""A line is examined over pseudo-terminals and sockets that do to octets what real lines do."""

from __future__ import annotations

import asyncio
import json
import os
import tty
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from dlmskit.cli.app import run
from dlmskit.client.transparency import examine_line
from dlmskit.errors import Timeout, TransportError, UsageError
from dlmskit.link.transparency import PATTERN, Fault

pytestmark = pytest.mark.real_time

Line = Callable[[bytes], bytes]


@asynccontextmanager
async def loopback(line: Line, *, most: int = 1 << 20) -> AsyncIterator[str]:
    """A socket that gives back what it gets, as `line` changes it, and closes after so many octets."""

    async def give_back(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        given = 0
        while given < most and (data := await reader.read(97)):
            writer.write(line(data))
            given += len(data)
        writer.close()

    server = await asyncio.start_server(give_back, "127.0.0.1", 0)
    async with server:
        yield f"hdlc+tcp://127.0.0.1:{server.sockets[0].getsockname()[1]}?timeout_s=0.1"


async def test_a_transparent_line_has_no_fault() -> None:
    async with loopback(lambda data: data) as url:
        found = await examine_line(url)
    assert (found.faults, found.received) == ({}, len(PATTERN))


@pytest.mark.parametrize(
    ("line", "fault", "octets"),
    [
        (lambda data: data.replace(b"\xff", b"\xff\xff"), Fault.DOUBLED, b"\xff"),
        (lambda data: data.translate(None, b"\x11\x13"), Fault.LOST, b"\x11\x13"),
        (lambda data: bytes(octet & 0x7F for octet in data), Fault.EIGHTH_BIT, bytes(range(0x80, 0x100))),
    ],
)
async def test_what_a_serial_server_does_is_named(line: Line, fault: Fault, octets: bytes) -> None:
    async with loopback(line) as url:
        assert (await examine_line(url)).faults == {fault: octets}


async def test_a_silent_line_and_one_that_breaks_say_so() -> None:
    async with loopback(lambda data: b"") as url:
        with pytest.raises(Timeout, match="nothing came back") as caught:
            await examine_line(url)
        assert "mirror" in caught.value.hints[0]
    async with loopback(lambda data: b"", most=1) as url:
        with pytest.raises(TransportError):
            await examine_line(url)


async def test_a_line_that_never_stops_is_left() -> None:
    async with loopback(lambda data: data.replace(b"<end>", b"") * 40) as url:
        assert (await examine_line(url)).received == 8 * len(PATTERN)


@pytest.mark.parametrize("url", ["mode-e:///dev/ttyUSB0", "mode-c+tcp://h:1", "udp://h", "memory:meter"])
async def test_a_line_without_a_plain_stream_of_octets_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="no plain stream"):
        await examine_line(url)


@pytest.mark.parametrize(("swallowed", "faults"), [(b"", {}), (b"\x13", {Fault.LOST: b"\x13"})])
async def test_the_echo_of_a_port_is_looked_at_and_not_taken_away(swallowed: bytes, faults: dict[Fault, bytes]) -> None:
    pytest.importorskip("serialx")
    loop = asyncio.get_running_loop()
    far, port = os.openpty()
    tty.setraw(port)
    loop.add_reader(far, lambda: os.write(far, os.read(far, 4096).translate(None, swallowed)))
    try:
        found = await examine_line(f"serial://{os.ttyname(port)}?timeout_s=0.2")
    finally:
        loop.remove_reader(far)
        os.close(far)
        os.close(port)
    assert found.faults == faults


async def test_the_command_names_faults_and_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    async with loopback(lambda data: data.replace(b"\xff", b"\xff\xff")) as url:
        assert await asyncio.to_thread(run, ["line-test", url, "--json"]) == 1
        told = json.loads(capsys.readouterr().out)
        assert told["faults"] == [{"fault": "doubled", "octets": "ff"}]
        assert await asyncio.to_thread(run, ["line-test", url]) == 1
        assert "doubled: 0xFF" in capsys.readouterr().out
    async with loopback(lambda data: data) as url:
        assert await asyncio.to_thread(run, ["line-test", url]) == 0
        assert "every octet came back" in capsys.readouterr().out
