"""The wrapper over UDP: read, served and pushed to over datagrams that are lost, come twice, late or damaged."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit import simulator
from dlmskit.client import Security, connect
from dlmskit.cosem.ics import DisconnectControl_v0
from dlmskit.cosem.ics.control import ControlMode
from dlmskit.data.value import Value
from dlmskit.edge import datagrams
from dlmskit.edge.clock import repeatable
from dlmskit.edge.datagrams import is_whole, messages
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.edge.streams import open_listener, open_transport
from dlmskit.errors import OutcomeUnknown, Timeout, TransportError
from dlmskit.link.wrapper import encode
from dlmskit.listener import listen
from dlmskit.security.keys import KeyRing
from dlmskit.server import ALL, Context, Device, DialOut, Rule, serve
from dlmskit.server.behaviours.disconnect import Breaker
from tests.unit.edge.recorder import Recorder

EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
Whole = st.builds(encode, st.integers(0, 0xFFFF), st.integers(0, 0xFFFF), st.binary(min_size=1, max_size=40))


def device(serial: int = 1) -> Any:
    return simulator.build("electricity", serial=serial, environment=repeatable(seed=1))


@given(st.lists(Whole, min_size=1, max_size=4))
def test_whole_messages_are_cut_apart_and_nothing_else_is_taken(wholes: list[bytes]) -> None:
    together = b"".join(wholes)
    assert list(messages(together)) == wholes
    assert is_whole(together)
    assert not any(is_whole(together[:-cut]) for cut in range(1, len(wholes[-1])))
    assert not is_whole(together + b"\0")
    assert not is_whole(b"\0\2" + together[2:])


@given(st.binary(max_size=60))
def test_any_octets_are_judged(data: bytes) -> None:
    assert b"".join(messages(data)) == data
    is_whole(data)


class Middle(asyncio.DatagramProtocol):
    """Between a client and a server: loses, doubles, delays and damages datagrams."""

    def __init__(self, port: int, seed: int, bad: float) -> None:
        self._port, self._draw, self._bad = port, random.Random(seed), bad
        self._to_server: dict[object, asyncio.DatagramTransport] = {}
        self.faults = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: object) -> None:
        task = asyncio.ensure_future(self._on(data, addr))
        task.add_done_callback(lambda done: done.cancelled() or done.result())

    async def _on(self, data: bytes, client: object) -> None:
        if client not in self._to_server:
            middle = self

            class Back(asyncio.DatagramProtocol):
                def datagram_received(self, data: bytes, addr: object) -> None:
                    middle.pass_on(data, lambda octets: middle.transport.sendto(octets, client))  # type: ignore[arg-type]

            loop = asyncio.get_running_loop()
            socket, _ = await loop.create_datagram_endpoint(Back, remote_addr=("127.0.0.1", self._port))
            self._to_server[client] = socket
        self.pass_on(data, self._to_server[client].sendto)

    def pass_on(self, data: bytes, send: Any) -> None:
        loop, chance = asyncio.get_running_loop(), self._draw.random() / self._bad
        self.faults += chance < 1
        if chance < 0.4:
            return
        if chance < 0.6:
            send(data)
        elif chance < 0.8:
            loop.call_later(0.03, send, data)
            return
        elif chance < 1:
            send(data[: len(data) // 2])
            return
        send(data)

    def close(self) -> None:
        self.transport.close()
        for socket in self._to_server.values():
            socket.close()


@asynccontextmanager
async def bad_line(url: str, seed: int, bad: float = 0.3) -> AsyncIterator[tuple[str, Middle]]:
    port = int(url.rpartition(":")[2])
    loop = asyncio.get_running_loop()
    _, middle = await loop.create_datagram_endpoint(lambda: Middle(port, seed, bad), local_addr=("127.0.0.1", 0))
    try:
        yield f"udp://127.0.0.1:{middle.transport.get_extra_info('sockname')[1]}", middle
    finally:
        middle.close()


@pytest.mark.real_time
async def test_a_meter_is_read_over_udp_with_and_without_keys() -> None:
    security = Security(ek=EK, ak=AK, system_title=b"CLI00001", counters=MemoryCounterStore())
    async with serve(device(), "udp://127.0.0.1:0") as served:
        async with connect(served.urls[0], client=1, auth="gmac", security=security) as meter:
            assert await meter.clock.time_zone == -60
            assert len(await meter.profile("1.0.99.1.0.255").last(50)) == 50
        async with connect(served.urls[0], client=16) as meter:
            assert await meter.clock.time_zone == -60


@pytest.mark.real_time
@pytest.mark.parametrize("seed", range(4))
async def test_loss_doubling_delay_and_damage_leave_right_values_or_an_error(seed: int) -> None:
    meter_there = device()
    async with serve(meter_there, "udp://127.0.0.1:0") as served, bad_line(served.urls[0], seed) as (url, middle):
        right = 0
        async with connect(url, client=32, auth="low", password="dlmskit1", timeout_s=0.06, retries=12) as meter:
            for _ in range(20):
                try:
                    assert await meter.clock.time_zone == -60
                    right += 1
                except (Timeout, TransportError):
                    continue
        assert right >= 18
        assert middle.faults > 5


@pytest.mark.real_time
async def test_a_request_that_comes_twice_is_carried_out_once() -> None:
    there = device()
    async with serve(there, "udp://127.0.0.1:0") as served:
        recorder = Recorder()
        line = await open_transport(served.urls[0], recorder)
        line.write(encode(16, 1, bytes.fromhex("601da109060760857405080101be10040e01000000065f1f0400001e1dffff")))
        await recorder.until_octets(40)
        read = encode(16, 1, bytes.fromhex("c001c100080000010000ff0300"))
        for _ in range(5):
            line.write(read)
        await asyncio.sleep(0.1)
        assert recorder.events.count("data 15") == 1
        line.write(encode(16, 1, bytes.fromhex("c001c200080000010000ff0300")))
        await asyncio.sleep(0.1)
        assert recorder.events.count("data 15") == 2
        await line.aclose()


class CountingBreaker(Breaker):
    """Notes how often it was told to open."""

    times = 0

    def call(self, index: int, argument: Value, context: Context) -> Any:
        self.times += index == DisconnectControl_v0.remote_disconnect.index
        return super().call(index, argument, context)


@pytest.mark.real_time
@pytest.mark.parametrize("seed", range(6))
async def test_a_disconnect_in_plain_is_executed_at_most_once_and_known_or_said_to_be_unknown(seed: int) -> None:
    breaker = CountingBreaker(DisconnectControl_v0("0.0.96.3.10.255", control_mode=ControlMode.MODE_2))
    there = Device(logical_name="DKT0000000000001")
    there.add(breaker)
    there.association(client=16, access=(Rule("*", call=ALL),))
    is_known = True
    async with (
        serve(there, "udp://127.0.0.1:0") as served,
        bad_line(served.urls[0], seed, 0.6) as (url, _),
        connect(url, client=16, timeout_s=0.05, retries=20) as meter,
    ):
        try:
            await meter.call(meter.disconnect_control.remote_disconnect)
        except OutcomeUnknown:
            is_known = False
    assert breaker.times == 1 if is_known else breaker.times <= 1


@pytest.mark.real_time
async def test_pushes_over_udp_are_taken_once_also_when_they_come_again_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datagrams, "_SAME_S", 0.0)
    async with listen("listen+udp://127.0.0.1:0", keys=KeyRing(ek=EK, ak=AK)) as callers:
        headend = (callers.url or "").removeprefix("listen+")
        async with bad_line(headend, 1, 1.6) as (url, _), serve(device(), dial=DialOut(url, every_s=0.02)):
            async for caller in callers:
                found = [await anext(caller.pushes) for _ in range(12)]
                break
    counters = [one.security.invocation_counter for one in found if one.security is not None]
    assert len(set(counters)) == len(counters) == 12
    assert callers.counted["seen before"] > 0


@pytest.mark.real_time
async def test_nobody_there_is_told_and_a_peer_that_was_forgotten_may_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(datagrams, "MOST_PEERS", 2)
    receivers: list[Recorder] = []

    def factory() -> Recorder:
        receivers.append(Recorder())
        return receivers[-1]

    async with await open_listener("udp://127.0.0.1:0", factory) as listener:
        lines = [await open_transport(str(listener.url), Recorder()) for _ in range(3)]
        for number in (0, 1, 2, 0):
            lines[number].write(encode(1, 1, bytes((number,))))
            await asyncio.sleep(0.02)
        lines[0].write(b"\0\1\0\1\0\1\0\5half")
        await asyncio.sleep(0.02)
        assert [bytes(receiver.data[8:]) for receiver in receivers] == [b"\0", b"\1", b"\2", b"\0"]
        assert len(listener.connections) == 2
        gone = str(listener.url)
        for line in lines:
            await line.aclose()
    with pytest.raises(OSError, match=r"refused|no answer"):
        async with connect(gone, client=16, timeout_s=0.1, retries=0):
            pass
