"""A line that breaks in the middle: the association is opened anew, and what does no harm twice is asked again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from dlmskit.client import connect, open_line
from dlmskit.data.value import Tag, Value
from dlmskit.edge.memory import channel
from dlmskit.errors import OutcomeUnknown, SecurityError, Timeout, TransportError
from dlmskit.security.keys import KeyRing
from dlmskit.session.context import Ciphering
from dlmskit.trace import TraceEvent
from tests.support.meters import CLOCK, ENERGY, NOW, URLS, unsigned32, values, ways
from tests.support.peer import AK, EK, Peer, gmac, public
from tests.support.virtual_time import elapsed


def breaking(peer: Peer, what: str, times: int = 1) -> Callable[[Any], None]:
    """An answer of `peer` that hangs up `times` times instead, when `what` is asked."""
    left = [times]

    def answer(event: Any) -> None:
        if peer.log[-1].startswith(what) and left[0]:
            left[0] -= 1
            peer.silent_on.add(what)
            peer.hang_up()
        else:
            peer.silent_on.discard(what)

    return answer


@pytest.mark.parametrize("way", ["none", "low", "gmac"])
@pytest.mark.parametrize("url", URLS)
async def test_a_read_whose_line_breaks_goes_on_over_a_new_one(url: str, way: str) -> None:
    peer, events = Peer(values()), list[TraceEvent]()
    peer.answer = breaking(peer, "get")
    async with peer.on(url), connect(url, trace=events.append, **ways()[way]) as meter:
        assert (await meter.clock.time).local == NOW
        assert await meter.clock.time_zone == -60
    assert peer.log.count("established") == (3 if way == "gmac" else 2)  # its counter is asked for first
    assert peer.open_associations == 0
    (told,) = [event for event in events if event.name == "reopening"]
    assert (told.layer, told.direction, told.detail["attempt"]) == ("line", "state", 1)


@pytest.mark.parametrize("url", URLS)
async def test_an_association_lost_between_two_requests_is_opened_anew_also_for_a_command(url: str) -> None:
    peer = Peer(values())
    async with peer.on(url), connect(url) as meter:
        await meter.clock.time
        peer.hang_up()
        await asyncio.sleep(1)
        await meter.set(meter.clock.time_zone, -120)
        assert await meter.clock.time_zone == -120
    assert peer.log.count(f"set 8:{CLOCK}/3") == 1


@pytest.mark.parametrize("url", URLS)
async def test_a_command_whose_answer_is_lost_is_not_sent_again_unless_it_is_idempotent(url: str) -> None:
    peer = Peer(values())
    async with peer.on(url), connect(url) as meter:
        peer.answer = breaking(peer, "call")
        with pytest.raises(OutcomeUnknown):
            await meter.call(meter.clock.shift_time, 1)
        assert peer.log.count(f"call 8:{CLOCK}/6") == 1
        assert await meter.clock.time_zone == -60
        peer.answer = breaking(peer, "set")
        await meter.set(meter.clock.time_zone, 30, idempotent=True)
    assert peer.log.count(f"set 8:{CLOCK}/3") == 2


@pytest.mark.parametrize("retries", [0, 1, 3])
async def test_a_line_that_breaks_again_and_again_is_given_up_after_as_many_retries(retries: int) -> None:
    peer = Peer(values())
    peer.answer = breaking(peer, "get", times=99)
    async with peer.on("memory:meter"), connect("memory:meter", retries=retries) as meter:
        with pytest.raises(TransportError, match=CLOCK):
            await meter.clock.time
    assert peer.log.count("established") == 1 + retries


async def test_a_meter_that_does_not_come_back_is_waited_for_within_bounds_and_told_with_the_first_reason() -> None:
    peer = Peer(values())
    async with peer.on("memory:meter") as url, connect(url, timeout_s=2, retries=3) as meter:
        channel("meter").close()
        peer.hang_up()
        with pytest.raises(TransportError, match="reset") as caught:
            await meter.clock.time
        assert caught.value.hints
        assert elapsed() == pytest.approx(6, abs=0.1)


async def test_a_meter_that_falls_silent_over_hdlc_is_called_once_more_on_a_new_line() -> None:
    peer, url = Peer(values()), "hdlc+memory:meter"
    async with peer.on(url), connect(url, timeout_s=1, retries=1) as meter:
        await meter.clock.time
        channel("meter").to_server = lambda chunk: ()
        with pytest.raises(Timeout, match=CLOCK):
            await meter.clock.time
        assert peer.log.count("connected") == 2
        assert elapsed() == pytest.approx(4, abs=0.1)
        channel("meter").to_server = None


async def test_what_else_is_associated_on_the_line_keeps_it_when_one_meter_falls_silent() -> None:
    peer, url = Peer(values(), {1: {16: public()}, 2: {16: public()}}), "hdlc+memory:meter"
    async with (
        peer.on(url),
        open_line(url, timeout_s=1, retries=1) as line,
        line.meter() as one,
        line.meter(server=2) as other,
    ):
        assert await other.clock.time_zone == -60
        channel("meter").to_server = lambda chunk: () if chunk[3] == 0x03 else ((0.0, chunk),)
        with pytest.raises(Timeout):
            await one.clock.time
        assert await other.clock.time_zone == -60
    assert peer.log.count("connected") == 1


async def test_several_requests_and_associations_share_one_new_line() -> None:
    peer, url = Peer(values(), {1: {16: public()}, 2: {16: public()}}), "hdlc+memory:meter"
    async with peer.on(url), open_line(url) as line, line.meter() as one, line.meter(server=2) as other:
        await one.clock.time
        peer.hang_up()
        await asyncio.sleep(1)
        found = await asyncio.gather(
            one.clock.time_zone.get(), other.register(ENERGY).value.get(), one.clock.time.get()
        )
    assert found[:2] == [-60, unsigned32(12345)]
    assert peer.log.count("connected") == 2
    assert peer.log.count("established") == 4


async def test_another_meter_on_the_new_line_is_not_taken_for_the_old_one() -> None:
    peer = Peer(values())
    async with peer.on("memory:meter"), connect("memory:meter", **ways()["gmac"]) as meter:
        await meter.clock.time
        peer.devices = {1: {1: replace(gmac(), ciphering=Ciphering(b"DKT00002", KeyRing(ek=EK, ak=AK)))}}  # type: ignore[dict-item]
        peer.hang_up()
        await asyncio.sleep(1)
        with pytest.raises(SecurityError, match="another meter"):
            await meter.clock.time
    assert peer.open_associations == 0


async def test_notifications_go_on_with_the_new_association() -> None:
    from dlmskit.apdu.notify import DataNotification

    peer = Peer(values())
    async with peer.on("memory:meter"), connect("memory:meter") as meter:
        peer.hang_up()
        await asyncio.sleep(1)
        with pytest.raises(TransportError):
            await anext(meter.notifications())
        await meter.clock.time
        peer.notify(DataNotification(1, b"", Value(Tag.UNSIGNED, 7)))
        assert (await anext(meter.notifications())).value == Value(Tag.UNSIGNED, 7)


async def test_a_block_left_while_it_is_opened_anew_ends_at_once() -> None:
    peer = Peer(values())
    async with peer.on("memory:meter"):
        with suppress(TimeoutError):
            async with connect("memory:meter") as meter, asyncio.timeout(3):
                channel("meter").close()
                peer.hang_up()
                await meter.clock.time
    assert elapsed() == pytest.approx(3, abs=0.1)
