"""An idle association stays, a slow meter gets its pauses, and a server keeps its own patience. In virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from dlmskit import simulator
from dlmskit.client import Meter, Security, connect, keep_alive
from dlmskit.cosem.ics import HdlcSetup, TcpUdpSetup
from dlmskit.edge.clock import repeatable
from dlmskit.edge.memory import channel
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.server import Device, serve
from dlmskit.trace import TraceEvent
from tests.support.meters import URLS, values
from tests.support.peer import Peer
from tests.support.virtual_time import elapsed

EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
SET_UP = {"memory:meter": "0.0.25.0.0.255", "hdlc+memory:meter": "0.0.22.0.0.255"}


def device(inactivity_s: int) -> Device:
    """The built-in meter, as patient on both kinds of line."""
    meter = simulator.build("electricity", environment=repeatable(seed=1))
    meter.object("0.0.22.0.0.255").store(HdlcSetup.inactivity_time_out, inactivity_s)
    meter.object("0.0.25.0.0.255").store(TcpUdpSetup.inactivity_time_out, inactivity_s)
    return meter


def management() -> dict[str, Any]:
    return {
        "client": 1,
        "auth": "gmac",
        "security": Security(ek=EK, ak=AK, system_title=b"CLI00001", counters=MemoryCounterStore()),
    }


class Signs:
    """The signs of life in a trace, and how often an association was opened anew."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.reopened = 0

    def __call__(self, event: TraceEvent) -> None:
        if event.name == "keep-alive":
            self.times.append(elapsed())
        self.reopened += event.name == "reopening"


@asynccontextmanager
async def associated(
    url: str, inactivity_s: int, *, delay_s: float = 0.0, **options: Any
) -> AsyncIterator[tuple[Meter, Signs]]:
    signs = Signs()
    async with serve(device(inactivity_s), url):
        if delay_s:
            line = channel("meter")
            line.to_server = line.to_client = lambda chunk: [(delay_s, chunk)]
        async with connect(
            url, trace=signs, **{"client": 32, "auth": "low", "password": "dlmskit1", **options}
        ) as meter:
            yield meter, signs


@pytest.mark.parametrize("inactivity_s", [20, 120, 600])
@pytest.mark.parametrize("url", URLS)
async def test_an_idle_association_stays_within_what_the_set_up_object_says(url: str, inactivity_s: int) -> None:
    async with associated(url, inactivity_s) as (meter, signs):
        await asyncio.sleep(3600)
        assert await meter.clock.time_zone == -60
    assert signs.reopened == 0
    assert signs.times[0] == pytest.approx(keep_alive.FIRST_LOOK_S, abs=0.1)
    pauses = [later - earlier for earlier, later in zip(signs.times[1:], signs.times[2:], strict=False)]
    assert all(inactivity_s * 0.6 < pause < inactivity_s * 0.95 for pause in pauses)


async def test_an_idle_association_by_short_names_stays_too() -> None:
    meter_of = simulator.build("electricity", environment=repeatable(seed=1), referencing="sn")
    meter_of.object("0.0.25.0.0.255").store(TcpUdpSetup.inactivity_time_out, 30)
    signs = Signs()
    way: dict[str, Any] = {"client": 32, "auth": "low", "password": "dlmskit1", "referencing": "sn"}
    async with serve(meter_of, "memory:meter"), connect("memory:meter", trace=signs, **way) as meter:
        await asyncio.sleep(3600)
        assert await meter.clock.time_zone == -60
    assert signs.reopened == 0
    assert len(signs.times) > 100


@pytest.mark.parametrize("url", URLS)
async def test_without_keep_alive_the_server_drops_it_by_its_own_timer_and_a_read_opens_it_anew(url: str) -> None:
    async with associated(url, 30, keep_alive="off") as (meter, signs):
        await asyncio.sleep(29)
        assert await meter.clock.time_zone == -60
        assert signs.reopened == 0
        await asyncio.sleep(31)
        assert await meter.clock.time_zone == -60
    assert (signs.times, signs.reopened) == ([], 1)


@pytest.mark.parametrize("url", URLS)
async def test_over_the_air_the_margin_grows_with_the_round_trip(url: str) -> None:
    async with associated(url, 30, delay_s=3.0, timeout_s=8) as (meter, signs):
        for _ in range(3):
            await meter.clock.time_zone
        await asyncio.sleep(900)
        assert await meter.clock.time_zone == -60
    assert signs.reopened == 0
    assert 10 <= signs.times[-1] - signs.times[-2] <= 30 - 2 * 6


@pytest.mark.parametrize("url", URLS)
async def test_a_meter_of_endless_patience_is_left_alone(url: str) -> None:
    async with associated(url, 0) as (meter, signs):
        await asyncio.sleep(86_400)
        assert await meter.clock.time_zone == -60
    assert (len(signs.times), signs.reopened) == (1, 0)


@pytest.mark.parametrize("url", URLS)
async def test_the_public_client_keeps_the_association_on_what_it_may_read(url: str) -> None:
    """The set-up objects are not there for it: the standard's time-outs hold, and something permitted is asked for."""
    inactivity_s = 120 if url.startswith("hdlc") else 180
    async with associated(url, inactivity_s, client=16, auth="none", password=None) as (meter, signs):
        await asyncio.sleep(3600)
        assert await meter.clock.time_zone == -60
    assert signs.reopened == 0
    assert len(signs.times) > 10


async def test_a_known_time_out_is_not_asked_for() -> None:
    peer = Peer(values())
    async with peer.on("memory:meter"), connect("memory:meter", inactivity_s=60) as meter:
        await asyncio.sleep(300)
        assert await meter.clock.time_zone == -60
    assert not [line for line in peer.log if "0.0.25.0.0.255" in line]
    assert len([line for line in peer.log if line.startswith("get")]) == 6


@pytest.mark.parametrize("url", URLS)
async def test_a_busy_association_says_nothing_besides(url: str) -> None:
    async with associated(url, 30) as (meter, signs):
        for _ in range(50):
            await meter.clock.time_zone
            await asyncio.sleep(9)
    assert signs.times == []


async def test_the_sign_of_life_of_a_ciphered_association_is_protected_too() -> None:
    async with associated("memory:meter", 40, **{"password": None, **management()}) as (meter, signs):
        await asyncio.sleep(400)
        assert await meter.clock.time_zone == -60
    assert signs.reopened == 0
    assert len(signs.times) > 9


@pytest.mark.parametrize("url", URLS)
async def test_a_time_out_written_by_a_client_holds_from_the_next_connection_on(url: str) -> None:
    async with serve(device(120), url):
        async with connect(url, **management()) as meter:
            setup = await meter.object(SET_UP[url])
            await meter.set(setup.attribute("inactivity_time_out"), 15)
        async with connect(url, client=16, keep_alive="off", retries=0) as meter:
            assert await meter.clock.time_zone == -60
            await asyncio.sleep(16)
            assert not meter._backend.association.is_associated or url.startswith("hdlc")
            with pytest.raises(OSError, match=r"closed|DM"):
                await meter.clock.time_zone


async def test_a_pause_between_two_requests_is_kept_and_none_is_added_where_there_was_one() -> None:
    async with serve(device(120), "memory:meter"), connect("memory:meter", client=16, object_delay_s=2) as meter:
        opened = elapsed()
        await asyncio.gather(*[meter.get(meter.clock.time_zone) for _ in range(3)])
        assert elapsed() == pytest.approx(opened + 6)
        await asyncio.sleep(5)
        before = elapsed()
        await meter.clock.time_zone
        assert elapsed() == before


@pytest.mark.parametrize("url", URLS)
async def test_a_pause_before_every_frame_is_no_reason_to_time_out(url: str) -> None:
    async with serve(device(120), url), connect(url, client=16, frame_delay_s=1.5, timeout_s=1) as meter:
        before = elapsed()
        await meter.clock.time_zone
        assert elapsed() == pytest.approx(before + 1.5)
