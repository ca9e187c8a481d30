"""Serial ports, as pseudo-terminals: both roles, sign-on, echo, and RFC 2217 against another implementation."""

from __future__ import annotations

import asyncio
import fcntl
import itertools
import os
import tty
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

import dlmskit
from dlmskit.client.readout import read_out
from dlmskit.edge.serial import _SerialTransport
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
async def bus(ports: int, *, echo: bool = False) -> AsyncIterator[tuple[str, ...]]:
    """Ports joined as on an RS-485 line: each hears the others; the first one may hear itself, too."""
    loop = asyncio.get_running_loop()
    pairs = [os.openpty() for _ in range(ports)]
    ends = [end for end, _ in pairs]

    def carry(end: int) -> None:
        data = os.read(end, 4096)
        for other in ends:
            if other != end or (echo and end == ends[0]):
                os.write(other, data)

    for end, port in pairs:
        tty.setraw(port)
        loop.add_reader(end, carry, end)
    try:
        yield tuple(os.ttyname(port) for _, port in pairs)
    finally:
        for end in ends:
            loop.remove_reader(end)
        for either in itertools.chain(*pairs):
            os.close(either)


def cable(*, echo: bool = False) -> AbstractAsyncContextManager[tuple[str, ...]]:
    """Two ports joined by a cable; the first one may get back what it says, as at an optical probe."""
    return bus(2, echo=echo)


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


@pytest.mark.parametrize("echo", [False, True])
async def test_several_meters_on_one_line_are_told_apart_by_their_address(echo: bool) -> None:
    async with bus(3, echo=echo) as (ours, first, second):
        async with (
            serve(build(serial=1), f"serial://{first}", physical=17),
            serve(build(serial=2), f"serial://{second}", physical=18),
            dlmskit.open_line(f"serial://{ours}", address_size=4) as line,
            line.meter(physical=17) as one,
            line.meter(physical=18) as other,
        ):
            names = [await meter.read_attribute(1, "0.0.42.0.0.255", 2) for meter in (one, other, one)]
        assert [name.value for name in names] == [b"DKT0000000000001", b"DKT0000000000002", b"DKT0000000000001"]


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


async def test_a_port_whose_driver_turns_no_rs485_line_around_says_so() -> None:
    async with cable() as (ours, _):
        with pytest.raises(TransportError, match="turns no RS-485 line around") as caught:
            await open_transport(f"serial://{ours}?rs485=on", Recorder())
    assert "leave rs485 away" in caught.value.hints[0]


@pytest.mark.parametrize(("direction", "flags"), [("on", 3), ("inverted", 5)])
async def test_the_driver_is_asked_to_turn_the_line_around(
    direction: str, flags: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, bytes]] = []

    def driver(port: int, request: int, settings: Any = 0, *_: Any) -> Any:
        if request != 0x542F:
            return ioctl(port, request, settings, *_)
        asked.append((port, settings))
        return 0

    ioctl = fcntl.ioctl
    monkeypatch.setattr(fcntl, "ioctl", driver)
    async with (
        cable() as (ours, theirs),
        serve(build(), f"serial://{theirs}"),
        dlmskit.connect(f"serial://{ours}?rs485={direction}") as meter,
    ):
        assert await maker(meter) == b"DKT"
    assert [settings for _, settings in asked] == [bytes((flags,)) + bytes(31)]


async def test_the_direction_of_a_serial_server_is_not_ours_to_turn() -> None:
    with pytest.raises(UsageError, match="ports of this machine"):
        await open_transport("hdlc+rfc2217://127.0.0.1:1?rs485=on", Recorder())


class _Adapter(Recorder):
    """A port that holds what it was given for 5 ms after it says that it is out, and drops it with a new speed."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[tuple[float, bytes]] = []
        self.changed = asyncio.Event()

    def is_closing(self) -> bool:
        return False

    def write(self, data: bytes) -> None:
        self.held.append((asyncio.get_running_loop().time(), data))

    async def flush(self) -> None:
        """Say so."""

    async def reconfigure_port(self, **_: object) -> None:
        now = asyncio.get_running_loop().time()
        self.data += b"".join(data for at, data in self.held if now - at >= 0.005)
        self.changed.set()


async def test_what_an_adapter_still_holds_is_out_before_its_speed_changes() -> None:
    adapter = _Adapter()
    line = _SerialTransport(Recorder(), "port")
    line.connection_made(adapter)  # type: ignore[arg-type]
    line.write(b"acknowledgement")
    line.change_speed(9600)
    await adapter.changed.wait()
    assert adapter.data == b"acknowledgement"
