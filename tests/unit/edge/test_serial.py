"""Serial ports, as pseudo-terminals: both roles, sign-on, echo, and RFC 2217 against another implementation."""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

import dlmskit
from dlmskit.client.readout import read_out
from dlmskit.edge.streams import open_listener, open_transport
from dlmskit.errors import TransportError, UsageError
from dlmskit.server import serve
from dlmskit.simulator import build
from tests.unit.edge.recorder import Recorder

pytest.importorskip("serialx")
pytestmark = pytest.mark.real_time


async def maker(meter: dlmskit.Meter) -> bytes:
    name = await meter.read_attribute(1, "0.0.42.0.0.255", 2)
    assert isinstance(name.value, bytes)
    return name.value[:3]


@asynccontextmanager
async def cable(*, echo: bool = False) -> AsyncIterator[tuple[str, str]]:
    """Two ports joined by a cable; the first one may get back what it says, as at an optical probe."""
    loop = asyncio.get_running_loop()
    (ours, our_port), (theirs, their_port) = os.openpty(), os.openpty()
    for port in (our_port, their_port):
        tty.setraw(port)

    def carry_ours() -> None:
        data = os.read(ours, 4096)
        if echo:
            os.write(ours, data)
        os.write(theirs, data)

    loop.add_reader(ours, carry_ours)
    loop.add_reader(theirs, lambda: os.write(ours, os.read(theirs, 4096)))
    try:
        yield os.ttyname(our_port), os.ttyname(their_port)
    finally:
        for end in (ours, theirs):
            loop.remove_reader(end)
        for end in (ours, our_port, theirs, their_port):
            os.close(end)


@pytest.mark.parametrize(("served", "read"), [("mode-c", "mode-c"), ("mode-e", "mode-c"), ("mode-d", "mode-d")])
async def test_a_served_port_shows_its_readout(served: str, read: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlmskit.server.readout.EVERY_S", 0.05)
    async with cable() as (ours, theirs), serve(build(), f"{served}://{theirs}?parity=none"):
        for _ in range(2):
            codes = [one.code for one in await read_out(f"{read}://{ours}?parity=none")]
            assert "0-0:42.0.0" in codes


@pytest.mark.parametrize("scheme", ["serial", "mode-e", "mbus"])
@pytest.mark.parametrize("echo", [False, True])
async def test_a_served_port_is_read_one_client_after_another(scheme: str, echo: bool) -> None:
    async with cable(echo=echo) as (ours, theirs), serve(build(), f"{scheme}://{theirs}?parity=none"):
        for _ in range(2):
            async with dlmskit.connect(f"{scheme}://{ours}?parity=none") as meter:
                assert await maker(meter) == b"DKT"
            if scheme == "mode-e":
                break  # the port takes another sign-on when its connection has ended, for silence


async def test_the_sign_on_has_parity_on_a_port() -> None:
    async with cable() as (ours, theirs):
        heard = Recorder()
        async with await open_listener(f"serial://{theirs}", lambda: heard):
            opening = asyncio.ensure_future(open_transport(f"mode-e://{ours}", Recorder()))
            assert await heard.until_octets(5) == bytes.fromhex("af3f218d0a")
            opening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await opening


async def test_a_port_that_is_missing_is_said_in_words() -> None:
    with pytest.raises(TransportError, match="no such port") as caught:
        await open_transport("serial:///dev/ttyNONE9", Recorder())
    assert "ttyUSB0" in caught.value.hints[0]


async def test_without_the_extra_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "serialx", None)
    with pytest.raises(UsageError, match=r"dlmskit\[serial\]"):
        await open_transport("serial:///dev/ttyUSB0", Recorder())
