"""The client opens associations, and releases them on every way out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from dlmskit.client import connect, open_line
from dlmskit.cosem.ics import Clock
from dlmskit.errors import AuthenticationFailure, DlmsError, LocalProtocolError, Timeout, TransportError, UsageError
from dlmskit.security.mechanisms import SharedSecret
from tests.support.meters import CLOCK, ENERGY, URLS, security, values, ways
from tests.support.peer import Peer, gmac, low, public
from tests.support.virtual_time import elapsed, run


def nothing_is_left(peer: Peer) -> None:
    assert peer.log.count("connected") == peer.log.count("disconnected")
    assert peer.open_associations == 0
    loop = asyncio.get_running_loop()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert not [handle for handle in loop._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("way", ways())
async def test_a_meter_is_read_in_every_cell_and_released(url: str, way: str) -> None:
    peer = Peer(values())
    async with peer.on(url):
        async with connect(url, **ways()[way]) as meter:
            assert str(await meter.clock.time) == "2026-11-22T15:04:00"
            assert str(await meter.register(ENERGY).quantity()) == "1234.5 Wh"
            facts = meter.association
        assert (facts.auth, facts.server_system_title) == (way, b"DKT00001" if way == "gmac" else None)
        assert (facts.hdlc is not None) == url.startswith("hdlc")
        await asyncio.sleep(0)
        nothing_is_left(peer)


@pytest.mark.parametrize("url", URLS)
async def test_an_error_in_the_block_releases(url: str) -> None:
    peer = Peer(values())
    async with peer.on(url):
        with pytest.raises(ZeroDivisionError):
            async with connect(url) as meter:
                await meter.clock.time
                raise ZeroDivisionError
        assert "released" in peer.log
        await asyncio.sleep(0)
        nothing_is_left(peer)


async def interrupted(scenario: Callable[[], Coroutine[Any, Any, None]], steps: int, again: int | None) -> bool:
    """Cancel a scenario after some steps of the loop, and again after more; whether it was still going."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(scenario())
        for _ in range(steps):
            await asyncio.sleep(0)
        was_going = task.cancel()
        if again is not None:
            for _ in range(again):
                await asyncio.sleep(0)
            task.cancel()
        await asyncio.wait((task,))
    return was_going


@pytest.mark.parametrize("again", [None, 0, 1, 2, 3])
@pytest.mark.parametrize("way", ["none", "gmac"])
@pytest.mark.parametrize("url", URLS)
def test_cancelled_at_any_step_nothing_is_left_behind(url: str, way: str, again: int | None) -> None:
    released = 0

    async def one(steps: int) -> bool:
        nonlocal released
        peer = Peer(values())
        async with peer.on(url):

            async def scenario() -> None:
                async with connect(url, **ways()[way]) as meter:
                    await meter.clock.time
                    await meter.batch(meter.clock.time, meter.clock.time_zone)

            was_going = await interrupted(scenario, steps, again)
            for _ in range(5):
                await asyncio.sleep(0)
            nothing_is_left(peer)
            released += "released" in peer.log and was_going
        return was_going

    steps = 0
    while run(one(steps)):
        steps += 1
    assert steps > 15
    if again is None:
        assert released > 5  # cancelled while associated, it released in order


@pytest.mark.parametrize("url", URLS)
async def test_a_cancelled_request_leaves_the_association_usable(url: str) -> None:
    peer = Peer(values())
    peer.silent_on.add(f"get 8:{CLOCK}/2")
    held: list[Any] = []
    async with peer.on(url), connect(url) as meter:
        peer.answer = held.append  # type: ignore[assignment]
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await meter.clock.time
        peer.answer = None
        held[0].association.respond(held[0].id, peer.find(8, held[0].attribute.instance_id, 2), elapsed())
        peer.calls[0].flush()
        assert await meter.clock.time_zone == -60


async def test_a_request_cancelled_and_never_answered_ends_the_association_in_a_stated_time() -> None:
    peer = Peer(values())
    peer.silent_on.add(f"get 8:{CLOCK}/2")
    async with peer.on("memory:meter"), connect("memory:meter", timeout_s=5, retries=0) as meter:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await meter.clock.time
        with pytest.raises(Timeout, match="cancelled request"):
            await meter.clock.time_zone
        assert elapsed() == pytest.approx(6, abs=0.1)
        with pytest.raises(TransportError, match="association has ended"):
            await meter.clock.time_zone


async def test_a_request_still_waiting_when_cancelled_never_goes() -> None:
    peer = Peer(values())
    async with peer.on("memory:meter"), connect("memory:meter") as meter, asyncio.TaskGroup() as group:
        first = group.create_task(meter.get(meter.clock.time))
        second = group.create_task(meter.set(meter.clock.time_zone, 0))
        await asyncio.sleep(0)
        second.cancel()
        await first
    assert not [what for what in peer.log if what.startswith("set")]


async def test_nobody_serves_there() -> None:
    with pytest.raises(TransportError, match="nobody serves"):
        async with connect("memory:nowhere"):
            pass


@pytest.mark.parametrize("url", URLS)
async def test_a_wrong_password_is_said_and_the_line_closed(url: str) -> None:
    peer = Peer(values())
    async with peer.on(url):
        with pytest.raises(AuthenticationFailure) as caught:
            async with connect(url, client=32, auth="low", password="wrong"):
                pass
        assert "password" in caught.value.hints[0]
        await asyncio.sleep(0)
        nothing_is_left(peer)


@pytest.mark.parametrize("url", URLS)
async def test_a_peer_that_never_answers_is_given_up_in_bounded_time(url: str) -> None:
    peer = Peer(values(), {9: {9: public()}})
    async with peer.on(url):
        with pytest.raises(Timeout) as caught:
            async with connect(url, timeout_s=2, retries=1):
                pass
        assert elapsed() <= 10
        assert caught.value.hints


async def test_a_peer_that_hangs_up_at_once_is_not_waited_for() -> None:
    peer = Peer(values())
    async with peer.on("memory:meter"), open_line("memory:meter") as line:
        await asyncio.sleep(0)
        peer.hang_up()
        await asyncio.sleep(0)
        with pytest.raises(TransportError, match="line is gone"):
            async with line.meter():
                pass
        assert elapsed() < 1


@pytest.mark.parametrize("url", URLS)
async def test_the_line_lost_in_the_middle_fails_what_is_under_way_at_once(url: str) -> None:
    peer = Peer(values())
    peer.silent_on.add("get")
    async with peer.on(url), asyncio.TaskGroup() as group:
        with pytest.raises(TransportError) as caught:
            async with connect(url, retries=0) as meter:
                group.create_task(hang_up(peer))
                await meter.clock.time
        assert "connect again" in caught.value.hints[0]
        assert elapsed() < 1


async def hang_up(peer: Peer) -> None:
    for _ in range(3):
        await asyncio.sleep(0)
    peer.hang_up()


@pytest.mark.parametrize("url", URLS)
async def test_several_associations_live_on_one_line(url: str) -> None:
    devices = {1: {16: public(), 32: low(), 1: gmac()}, 2: {16: public()}}
    peer = Peer(values(), devices)
    async with peer.on(url), open_line(url) as line:
        async with (
            line.meter() as first,
            line.meter(client=32, auth="low", password="secret") as second,
            line.meter(client=1, auth="gmac", security=security(), invocation_counter=77) as third,
            line.meter(server=2) as fourth,
        ):
            meters = (first, second, third, fourth)
            for _ in range(3):
                times = await asyncio.gather(*(meter.get(Clock.time, at=CLOCK) for meter in meters))
                assert {str(time) for time in times} == {"2026-11-22T15:04:00"}
            assert peer.open_associations == 4
        assert peer.open_associations == 0
        async with line.meter() as again:
            assert await again.clock.time_zone == -60
    assert peer.log.count("connected") == 1


async def test_one_meter_of_a_line_gone_leaves_the_others() -> None:
    peer = Peer(values(), {1: {16: public()}, 2: {16: public()}})
    url = "hdlc+memory:meter"
    async with peer.on(url), open_line(url, timeout_s=1, retries=0) as line, line.meter() as first:
        with pytest.raises(Timeout):
            async with line.meter(server=3):
                pass
        assert await first.clock.time_zone == -60


async def test_after_the_block_the_meter_says_that_it_is_closed() -> None:
    peer = Peer(values())
    async with peer.on("memory:meter"):
        async with connect("memory:meter") as meter:
            pass
        with pytest.raises(LocalProtocolError, match="closed"):
            await meter.clock.time


@pytest.mark.parametrize(
    "wrong",
    [
        {"client": 70000},
        {"nonsense": 1},
        {"auth": "low"},
        {"auth": "gmac"},
        {"password": "x"},
        {"profile": "acme"},
        {"auth": "sha256"},
        {"auth": "ecdsa"},
        {"auth": "md5", "password": "x", "hls": SharedSecret()},
        {"network_id": 1},
        {"invocation_counter": "clock"},
    ],
)
async def test_a_wrong_option_is_a_usage_error_before_anything_is_opened(wrong: dict[str, Any]) -> None:
    peer = Peer(values())
    async with peer.on("memory:meter"):
        with pytest.raises(UsageError):
            async with connect("memory:meter", **wrong):
                pass
    assert peer.log == []


async def test_options_of_the_url_and_of_open_line_hold_for_its_meters() -> None:
    peer = Peer(values(), {1: {33: public()}})
    async with peer.on("memory:meter"):
        async with open_line("memory:meter", client=33) as line, line.meter() as meter:
            assert meter.association.client == 33
        async with connect("memory:meter?client=33") as meter:
            assert meter.association.client == 33
        async with open_line("memory:meter") as line:
            with pytest.raises(UsageError, match="belongs to the line"):
                async with line.meter(timeout_s=3):
                    pass


async def test_every_trace_event_of_line_and_association_is_told() -> None:
    peer, events = Peer(values()), []
    async with peer.on("memory:meter"), connect("memory:meter", trace=events.append) as meter:
        await meter.clock.time
    told = [(event.layer, event.name) for event in events]
    assert ("line", "opened") in told
    assert ("apdu", "aarq") in told
    assert ("line", "closed") in told


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("protection", ["glo", "ded", "general-glo", "general-ded"])
async def test_every_envelope_carries_services_both_ways(url: str, protection: str) -> None:
    peer, events = Peer(values()), []
    async with (
        peer.on(url),
        connect(
            url,
            client=1,
            auth="gmac",
            security=security(),
            invocation_counter=1,
            protection=protection,
            trace=events.append,
        ) as meter,
    ):
        assert await meter.clock.time_zone == -60
        await meter.set(meter.clock.time_zone, 0)
        assert len(await meter.objects()) == 6
    envelopes = {event.detail.get("envelope") for event in events if event.name == "get-response-normal"}
    assert envelopes == {
        {
            "glo": "glo-get-response",
            "ded": "ded-get-response",
            "general-glo": "general-glo-ciphering",
            "general-ded": "general-ded-ciphering",
        }[protection]
    }


@pytest.mark.parametrize("url", URLS)
async def test_a_fresh_dedicated_key_serves_each_association(url: str) -> None:
    peer, keys = Peer(values()), security(dedicated=True)
    async with peer.on(url):
        for _ in range(2):
            async with connect(url, client=1, auth="gmac", security=keys) as meter:
                assert await meter.clock.time_zone == -60


async def test_a_wrong_key_is_what_is_suspected_first() -> None:
    peer = Peer(values())
    for wrong in ({"ek": b"\x55" * 16}, {"ak": b"\x55" * 16}):
        async with peer.on("memory:meter"):
            with pytest.raises(DlmsError) as caught:
                async with connect("memory:meter", client=1, auth="gmac", security=security(**wrong)):
                    pass
            assert "key is wrong" in caught.value.hints[0]
