"""Meters that dial in: handed out with what they pushed and who they say they are, and associated with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from dlmskit import simulator
from dlmskit.apdu.ciphered import GeneralGloCiphering
from dlmskit.apdu.notify import DataNotification
from dlmskit.client import Security
from dlmskit.data.value import Tag, Value
from dlmskit.edge.clock import Environment, repeatable
from dlmskit.edge.stores import MemoryCounterStore, SqliteCounterStore
from dlmskit.edge.streams import open_transport
from dlmskit.edge.transport import Transport
from dlmskit.errors import TransportError, UnprovenCaller, UsageError
from dlmskit.link.hdlc.frames import Frame
from dlmskit.link.hdlc.frames import encode as hdlc_frame
from dlmskit.link.wrapper import encode
from dlmskit.listener import Caller, Identity, Listening, ListenLimits, Standing, listen
from dlmskit.security.cipher import aead_of, protect
from dlmskit.security.counters import Scope, Span
from dlmskit.security.keys import KeyRing
from dlmskit.server import DialOut, serve
from dlmskit.server.serve import Served
from tests.support.virtual_time import elapsed
from tests.unit.edge.recorder import Recorder

EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
TITLE = b"DKT\x00\x00\x00\x00\x01"
HEADEND = "memory:headend"
NAME = Value(Tag.OCTET_STRING, b"DKT0000000000001")
#: The beginnings of a message of 65535 octets and of a frame of 2010.
STALLED = {
    "": b"\x00\x01\x00\x01\x00\x66\xff\xff",
    "hdlc+": hdlc_frame(Frame(b"\xcd", b"\x03", 0x03, bytes(2000)))[:20],
}
KEYS = KeyRing(by_title={TITLE: KeyRing(ek=EK, ak=AK)})


def push(*values: Value) -> bytes:
    return DataNotification(1, b"", Value(Tag.STRUCTURE, values)).to_bytes()


def sealed(counter: int, *values: Value, title: bytes = TITLE) -> bytes:
    """A push as general-glo-ciphering, authenticated and encrypted."""
    content = protect(push(*values), control=0x30, title=title, counter=counter, key=aead_of(EK), ak=AK)
    return GeneralGloCiphering(title, content).to_bytes()


async def dialled(apdu: bytes | None = None, url: str = HEADEND) -> tuple[Recorder, Transport]:
    """A connection to the listener on which something was sent."""
    recorder = Recorder()
    transport = await open_transport(url, recorder)
    if apdu is not None:
        transport.write(encode(1, 102, apdu))
    return recorder, transport


@asynccontextmanager
async def first_of(callers: Listening) -> AsyncIterator[Caller]:
    async with asyncio.timeout(60):
        async for caller in callers:
            yield caller
            return


@asynccontextmanager
async def meter_dials(url: str = HEADEND, environment: Environment | None = None) -> AsyncIterator[Served]:
    """The built-in meter, connected to the listener."""
    device = simulator.build("electricity", environment=environment or repeatable(seed=1))
    async with serve(device, dial=DialOut(url, push=None)) as served:
        yield served


def management() -> dict[str, object]:
    security = Security(ek=EK, ak=AK, system_title=b"CLI00001", counters=MemoryCounterStore())
    return {"client": 1, "auth": "gmac", "security": security}


async def test_a_caller_comes_with_what_it_pushed_and_a_name_anyone_could_say() -> None:
    async with listen(HEADEND) as callers:
        await dialled(push(NAME, Value(Tag.DOUBLE_LONG_UNSIGNED, 5)))
        async with first_of(callers) as caller:
            assert caller.logical_device_name == "DKT0000000000001"
            assert caller.system_title is None
            assert caller.identity.logical_device_name is not None
            assert caller.identity.logical_device_name.standing is Standing.CLAIMED
            assert not caller.identity.is_proven
            (found,) = caller.pushed
            assert found.name == "data-notification"
            assert found.value is not None
            assert found.value.value[1].value == 5
    assert elapsed() == 0


async def test_a_silent_caller_is_handed_out_after_a_while_and_its_push_comes_later() -> None:
    async with listen(HEADEND) as callers:
        _, transport = await dialled()
        async with first_of(callers) as caller:
            assert elapsed() == callers.limits.hello_s
            assert caller.identity == Identity()
            transport.write(encode(1, 102, push(NAME)))
            found = await anext(caller.pushes)
            assert found.name == "data-notification"
            assert caller.logical_device_name == "DKT0000000000001"
            transport.close()
            assert [found async for found in caller.pushes] == []


async def test_pushes_of_many_meters_are_deciphered_by_title_and_seal_the_name() -> None:
    other = b"DKT00002"
    async with listen(HEADEND, keys=KEYS) as callers:
        await dialled(sealed(1, NAME))
        async with first_of(callers) as caller:
            assert caller.system_title == TITLE
            assert caller.identity.system_title is not None
            assert caller.identity.system_title.standing is Standing.SEALED
            assert caller.pushed[0].security is not None
            assert caller.pushed[0].security.tag == "verified"
            assert not caller.identity.is_proven
        await dialled(sealed(1, NAME, title=other))
        async with first_of(callers) as caller:
            assert caller.system_title == other
            assert caller.identity.system_title is not None
            assert caller.identity.system_title.standing is Standing.CLAIMED
            assert caller.pushed[0].value is None


async def test_a_push_seen_before_says_nothing_a_second_time() -> None:
    async with listen(HEADEND, keys=KEYS) as callers:
        for counter in (5, 5, 4, 6):
            await dialled(sealed(counter, NAME))
        async with first_of(callers) as caller:
            assert len(caller.pushed) == 1
        await asyncio.sleep(10)
        assert callers.counted["seen before"] == 1
        handed = [caller.identity async for caller in _those_waiting(callers, 3)]
    assert sorted(identity.system_title is not None for identity in handed) == [False, True, True]


@pytest.mark.real_time
async def test_A40_a_push_from_before_a_restart_says_nothing_to_a_listener_with_a_store(tmp_path: Path) -> None:
    """The counter is on the disk before the push is handed out: nothing is written when the listener ends."""
    taken: dict[str, list[int]] = {}
    for run, counters in {"first": (5, 5, 6), "again": (5, 6, 7)}.items():
        with SqliteCounterStore(tmp_path / "counters.sqlite") as store:
            async with listen(HEADEND, keys=KEYS, counters=store) as callers, asyncio.timeout(20):
                _, transport = await dialled()
                for counter in counters:
                    transport.write(encode(1, 102, sealed(counter, NAME)))
                transport.close()  # what came is still judged
                async with first_of(callers) as caller:
                    pushes = [found async for found in caller.pushes]
            taken[run] = [found.security.invocation_counter or 0 for found in pushes if found.security]
            assert callers.counted["seen before"] == (1 if run == "first" else 2)
    assert taken == {"first": [5, 6], "again": [7]}


async def test_what_a_listener_cannot_keep_is_not_handed_out() -> None:
    class Full(MemoryCounterStore):
        def settle(self, block: tuple[Scope, Span] | None, received: Mapping[Scope, int]) -> None:
            raise TransportError("the disk is full")

    async with listen(HEADEND, keys=KEYS, counters=Full()) as callers:
        await dialled(sealed(5, NAME))
        async with first_of(callers) as caller:
            assert caller.identity == Identity()
            assert caller.pushed == ()
        assert callers.counted["its counter could not be kept"] == 1


async def _those_waiting(callers: Listening, count: int) -> AsyncIterator[Caller]:
    async for caller in callers:
        yield caller
        count -= 1
        if not count:
            return


@pytest.mark.parametrize("url", [HEADEND, f"hdlc+{HEADEND}"])
async def test_the_meter_is_associated_with_on_the_connection_it_opened(url: str) -> None:
    async with listen(url) as callers, meter_dials(url), first_of(callers) as caller:
        async with caller.meter(client=16) as meter:
            assert (await meter.register("1.0.1.8.0.255").quantity()).value > 0
        assert not caller.identity.is_proven
        async with caller.meter(**management()) as meter:
            assert (await meter.logical_device_name.value).value == b"DKT0000000000001"
            assert caller.identity.is_proven
            assert caller.system_title == TITLE


async def test_an_awaited_meter_lasts_until_the_caller_is_closed() -> None:
    async with listen(HEADEND) as callers, meter_dials() as served, first_of(callers) as caller:
        async with caller:
            meter = await caller.meter(client=16)
            assert await meter.clock.time_zone == -60
        await asyncio.sleep(0)
        assert not served.connections
        with pytest.raises(TransportError, match="hung up"):
            await caller.meter(client=16)


async def test_no_password_goes_to_an_unproven_caller_unless_the_user_says_so() -> None:
    low = {"client": 32, "auth": "low", "password": "dlmskit1"}
    async with listen(HEADEND) as callers:
        recorder, _ = await dialled(push(NAME))
        async with first_of(callers) as caller:
            with pytest.raises(UnprovenCaller, match="nothing proves") as refused:
                await caller.meter(**low)
            assert "trust_name=True" in refused.value.hints[1]
            assert recorder.data == b""
    async with (
        listen(HEADEND) as callers,
        meter_dials(),
        first_of(callers) as caller,
        caller.meter(trust_name=True, **low) as meter,
    ):
        assert await meter.clock.time_zone == -60


async def test_a_sealed_name_is_no_proof_and_an_answered_challenge_is() -> None:
    low = {"client": 32, "auth": "low", "password": "dlmskit1"}
    async with listen(HEADEND, keys=KEYS) as callers:
        await dialled(sealed(1, NAME))
        async with first_of(callers) as caller:
            with pytest.raises(UnprovenCaller):
                await caller.meter(**low)
        async with meter_dials():
            async for caller in _those_waiting(callers, 1):
                async with caller.meter(**management()):
                    pass
                async with caller.meter(**low) as meter:
                    assert await meter.clock.time_zone == -60


async def test_a_push_between_other_addresses_comes_while_an_association_is_open() -> None:
    async with (
        listen(HEADEND) as callers,
        meter_dials() as served,
        first_of(callers) as caller,
        caller.meter(client=16) as meter,
    ):
        (connection,) = served._connections
        assert connection._transport is not None
        connection._transport.write(encode(1, 102, push(NAME)))
        await meter.clock.time
        assert caller.logical_device_name == "DKT0000000000001"


async def test_a_push_in_hdlc_unnumbered_frames_is_put_together() -> None:
    octets = b"\xe6\xe7\x00" + push(NAME, *[Value(Tag.DOUBLE_LONG_UNSIGNED, n) for n in range(40)])
    async with listen(f"hdlc+{HEADEND}") as callers:
        _, transport = await dialled(url=f"hdlc+{HEADEND}")
        for at in range(0, len(octets), 100):
            part = octets[at : at + 100]
            transport.write(hdlc_frame(Frame(b"\xcd", b"\x03", 0x03, part, at + 100 < len(octets))))
        async with first_of(callers) as caller:
            assert caller.logical_device_name == "DKT0000000000001"
            assert caller.pushed[0].framing == "hdlc"


async def test_a_loop_left_early_closes_the_listener() -> None:
    async def first() -> Caller | None:
        async for caller in listen(HEADEND):
            return caller
        return None

    waiting = asyncio.ensure_future(first())
    await asyncio.sleep(0)
    _, transport = await dialled(push(NAME))
    assert await waiting is not None
    await asyncio.sleep(1)
    assert transport.is_closing()
    async with listen(HEADEND):  # the name is free again
        pass


def test_a_line_to_connect_to_is_refused_with_the_one_meant() -> None:
    with pytest.raises(UsageError) as refused:
        listen("tcp://0.0.0.0:4059")
    assert refused.value.hints == ("write listen+tcp://0.0.0.0:4059",)
    with pytest.raises(UsageError, match="unknown option"):
        listen("listen+tcp://0.0.0.0:4059", clientt=1)


# --- bounds ---


async def test_A70_a_flood_of_pushes_drops_the_oldest_and_counts_them() -> None:
    limits = ListenLimits(pushes=4)
    async with listen(HEADEND, limits=limits) as callers:
        _, transport = await dialled()
        for number in range(100):
            transport.write(encode(1, 102, push(Value(Tag.UNSIGNED, number))))
        await asyncio.sleep(1)
        async with first_of(callers) as caller:
            assert [found.value.value[0].value for found in caller.pushed if found.value] == [96, 97, 98, 99]
        assert callers.counted["pushes dropped"] == caller.pushes.dropped == 96


async def test_A70_callers_nobody_takes_are_closed_oldest_first() -> None:
    async with listen(HEADEND, limits=ListenLimits(waiting=2)) as callers:
        lines = [await dialled(push(NAME)) for _ in range(5)]
        await asyncio.sleep(1)
        assert [transport.is_closing() for _, transport in lines] == [True, True, True, False, False]
        assert callers.counted["not taken"] == 3
        assert callers.connections == 2


@pytest.mark.parametrize("limits", [ListenLimits(connections=2), ListenLimits(per_address=2)])
async def test_A06_connections_are_limited_and_come_again_when_others_go(limits: ListenLimits) -> None:
    async with listen(HEADEND, limits=limits) as callers:
        lines = [await dialled() for _ in range(3)]
        await asyncio.sleep(1)
        assert [transport.is_closing() for _, transport in lines] == [False, False, True]
        assert sum(callers.counted.values()) == 1
        lines[0][1].close()
        await asyncio.sleep(1)
        _, again = await dialled()
        await asyncio.sleep(1)
        assert not again.is_closing()


@pytest.mark.parametrize("scheme", ["", "hdlc+"])
async def test_A06_a_message_that_stalls_or_drips_is_given_up(scheme: str) -> None:
    async with listen(f"{scheme}{HEADEND}", limits=ListenLimits(unfinished_s=8)) as callers:
        _, transport = await dialled(url=f"{scheme}{HEADEND}")
        _, other = await dialled(url=f"{scheme}{HEADEND}")
        transport.write(STALLED[scheme])
        for _ in range(12):
            await asyncio.sleep(0.9)
            transport.write(b"\x00")
        assert (transport.is_closing(), other.is_closing()) == (True, False)
        assert callers.counted["a message never came whole"] == 1


async def test_A06_unfinished_messages_have_a_bound_in_all() -> None:
    async with listen(HEADEND, limits=ListenLimits(unfinished_octets=100)) as callers:
        lines = [await dialled() for _ in range(4)]
        for _, transport in lines:
            transport.write(STALLED[""] + bytes(32))
            await asyncio.sleep(0.1)
        assert [transport.is_closing() for _, transport in lines] == [False, False, True, True]
        assert callers.counted["too many unfinished messages"] == 2


async def test_a_connection_that_is_silent_too_long_is_closed() -> None:
    async with listen(HEADEND, limits=ListenLimits(idle_s=100)) as callers:
        _, silent = await dialled()
        _, alive = await dialled()
        for _ in range(3):
            await asyncio.sleep(50)
            alive.write(encode(1, 102, push(NAME)))
        assert (silent.is_closing(), alive.is_closing()) == (True, False)
        assert callers.counted["silent too long"] == 1
