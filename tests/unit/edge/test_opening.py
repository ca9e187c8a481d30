"""A meter read through its optical port: sign-on, then HDLC, by one URL in both roles."""

from __future__ import annotations

import asyncio
import gc

import pytest

import dlmskit
from dlmskit.edge.opening import ProbeLine
from dlmskit.edge.streams import open_listener, open_transport
from dlmskit.errors import Timeout, TransportError
from dlmskit.link.mode_e import SignOn
from dlmskit.server import serve
from dlmskit.simulator import build
from tests.unit.edge.recorder import Recorder

pytestmark = pytest.mark.real_time


async def maker(meter: dlmskit.Meter) -> bytes:
    """Who made the meter, as its logical device name says."""
    name = await meter.read_attribute(1, "0.0.42.0.0.255", 2)
    assert isinstance(name.value, bytes)
    return name.value[:3]


@pytest.mark.parametrize("options", ["", "?sign_on_parity=even&baud=4800"])
async def test_a_served_meter_is_read_through_its_optical_port(options: str) -> None:
    async with (
        serve(build(), "mode-e+tcp://127.0.0.1:0") as served,
        dlmskit.connect(served.urls[0] + options) as meter,
    ):
        assert await maker(meter) == b"DKT"


async def test_a_served_optical_port_takes_hdlc_at_once() -> None:
    async with (
        serve(build(), "mode-e+tcp://127.0.0.1:0") as served,
        dlmskit.connect(served.urls[0].replace("mode-e", "hdlc")) as meter,
    ):
        assert await maker(meter) == b"DKT"


class _Probe(asyncio.Protocol):
    """An optical probe that gives back what it is given, before what the meter says."""

    def __init__(self, meter: str) -> None:
        self._meter, self._held = meter, bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._task = asyncio.ensure_future(self._join())

    async def _join(self) -> None:
        probe = self

        class _Back(Recorder):
            def data_received(self, data: bytes) -> None:
                probe._transport.write(data)  # type: ignore[attr-defined]

        self._line = await open_transport(self._meter, _Back())
        self._line.write(bytes(self._held))

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)  # type: ignore[attr-defined]
        if hasattr(self, "_line"):
            self._line.write(data)
        else:
            self._held += data

    def connection_lost(self, exc: Exception | None) -> None:
        self._line.close()


async def test_a_probe_that_echoes_is_read_through() -> None:
    async with serve(build(), "mode-e+tcp://127.0.0.1:0") as served:
        raw = served.urls[0].replace("mode-e", "hdlc")
        server = await asyncio.get_running_loop().create_server(lambda: _Probe(raw), "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            async with dlmskit.connect(f"mode-e+tcp://127.0.0.1:{port}") as meter:
                assert await maker(meter) == b"DKT"


async def test_a_meter_that_keeps_the_first_speed_although_it_confirmed_another_is_found() -> None:
    """The frame that nobody heard at 9600 goes out at 300, and by turns until one is answered."""
    tried: list[tuple[int, bytes]] = []
    heard = Recorder()
    line = ProbeLine(SignOn(), heard, "probe")

    class _Port(Recorder):
        speed = 300

        def change_speed(self, baud: int) -> None:
            self.speed = baud

        def write(self, data: bytes) -> None:
            tried.append((self.speed, data))

    port = _Port()
    line.connection_made(port)  # type: ignore[arg-type]
    line.data_received(b"/DKt5METER\r\n")
    for later_s in (1.0, 9.0, 10.0):  # a pause before the answer, no confirmation, and the change of speed
        line._machine.handle_timer(asyncio.get_running_loop().time() + later_s)
        line._settle()
    for _ in range(3):
        line.write(b"~snrm~")
    line.data_received(b"\x00noise")
    line.write(b"~snrm~")
    line.data_received(b"~ua~")
    line.write(b"~i~")
    assert [one for one in tried if b"~" in one[1]] == [
        (9600, b"~snrm~"),
        (300, b"~snrm~"),
        (9600, b"~snrm~"),
        (300, b"~snrm~"),
        (300, b"~i~"),
    ]


async def test_a_line_that_goes_during_the_sign_on_says_so() -> None:
    theirs = Recorder()
    async with await open_listener("hdlc+tcp://127.0.0.1:0", lambda: theirs) as listener:
        opening = asyncio.ensure_future(open_transport(str(listener.url).replace("hdlc", "mode-e"), Recorder()))
        assert await theirs.until_octets(5) == b"/?!\r\n"
        theirs.transport.close()
        with pytest.raises(TransportError, match="closed the connection"):
            await opening


async def test_silence_is_a_timeout_that_leaves_nothing_open() -> None:
    theirs = Recorder()
    async with await open_listener("hdlc+tcp://127.0.0.1:0", lambda: theirs) as listener:
        with pytest.raises(Timeout):
            await open_transport(str(listener.url).replace("hdlc", "mode-e"), Recorder(), connect_timeout_s=0.1)
        await theirs.until("lost")


async def test_a_served_port_lets_go_of_who_does_not_sign_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlmskit.edge.opening.SIGN_ON_WITHIN_S", 0.05)
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    async with serve(build(), "mode-e+tcp://127.0.0.1:0") as served:
        idle = Recorder()
        await open_transport(served.urls[0].replace("mode-e", "hdlc"), idle)
        await idle.until("lost")
    gc.collect()
    assert not complaints
