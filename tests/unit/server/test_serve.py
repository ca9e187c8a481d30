"""Serving: real ports, several lines and clients, limits, patience, and leaving."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from itertools import pairwise

import pytest

from dlmskit.cosem.ics import Data
from dlmskit.data.value import Tag, Value
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.edge.streams import open_transport
from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import CounterExhausted, TransportError, UsageError
from dlmskit.link.wrapper import encode
from dlmskit.security.counters import CounterBlock, Scope
from dlmskit.security.keys import KeyRing
from dlmskit.server.access import ALL, Rule
from dlmskit.server.connection import MAX_AWAITED
from dlmskit.server.device import Device
from dlmskit.server.serve import serve
from dlmskit.session.context import Ciphering
from dlmskit.session.opening.asking import ClientSettings
from dlmskit.trace import TraceEvent, to_json
from tests.support.caller import Caller, gmac, low
from tests.support.device import LONG, NUMBER, small_device
from tests.support.served_line import AK, CTOS, EK
from tests.support.virtual_time import elapsed
from tests.unit.edge.recorder import Recorder
from tests.unit.server.test_dispatch import slow_device

SEVEN = Value(Tag.LONG_UNSIGNED, 7)
CELLS = [(ClientSettings(), 16), (low(), 32), (gmac(), 1)]


@pytest.mark.real_time
async def test_ports_are_real_and_every_association_is_served_on_both_framings() -> None:
    device = small_device()
    async with serve(device, "tcp://127.0.0.1:0", "hdlc+tcp://127.0.0.1:0") as served:
        assert all(ConnectionUrl.parse(url).port for url in served.urls)
        for url in served.urls:
            for settings, client in CELLS:
                device.offers[2].received.by_key.clear()
                async with Caller.on(url, settings, client=client) as caller:
                    assert await caller.get(1, NUMBER, 2) == SEVEN
                    assert len((await caller.get(1, LONG, 2)).value) == 1024
    assert served.connections == 0


@pytest.mark.parametrize("url", ["memory:many", "hdlc+memory:many"])
async def test_many_clients_are_served_at_once(url: str) -> None:
    device = small_device()
    async with serve(device, url), asyncio.TaskGroup() as group:

        async def ask(settings: ClientSettings, client: int) -> Value:
            async with Caller.on(url, settings, client=client) as caller:
                return await caller.get(1, LONG, 2)

        asked = [group.create_task(ask(*cell)) for cell in CELLS * 5 if cell[1] != 1]
    assert {len(task.result().value) for task in asked} == {1024}


async def test_what_is_written_is_read_back_by_others() -> None:
    async with serve(small_device(), "memory:written"):
        async with Caller.on("memory:written", low(), client=32) as caller:
            await caller.put(1, LONG, 2, Value(Tag.OCTET_STRING, b"x" * 5000))
        async with Caller.on("memory:written", ClientSettings(), client=16) as caller:
            assert (await caller.get(1, LONG, 2)).value == b"x" * 5000


@pytest.mark.real_time
async def test_one_address_does_not_take_the_places_of_all_others() -> None:
    async with (
        serve(small_device(), "tcp://127.0.0.1:0", "memory:elsewhere", max_connections=3, max_per_address=2) as served,
        AsyncExitStack() as stack,
    ):
        tcp, memory = served.urls
        for _ in range(2):
            await stack.enter_async_context(Caller.on(tcp, ClientSettings(), client=16))
        with pytest.raises(TransportError):
            async with Caller.on(tcp, ClientSettings(), client=16):
                pass
        async with Caller.on(memory, ClientSettings(), client=16) as caller:
            assert await caller.get(1, NUMBER, 2) == SEVEN


async def test_beyond_the_limit_a_connection_is_closed_at_once() -> None:
    async with serve(small_device(), "memory:limit", max_connections=1) as served:
        async with Caller.on("memory:limit", ClientSettings(), client=16) as caller:
            with pytest.raises(TransportError):
                async with Caller.on("memory:limit", ClientSettings(), client=16):
                    pass
            assert served.connections == 1
            assert await caller.get(1, NUMBER, 2) == SEVEN
        await asyncio.sleep(0)
        async with Caller.on("memory:limit", ClientSettings(), client=16) as caller:
            assert await caller.get(1, NUMBER, 2) == SEVEN


async def test_a_silent_connection_is_closed() -> None:
    async with serve(small_device(), "memory:idle", idle_timeout_s=60) as served:
        transport = await open_transport("memory:idle", Recorder())
        await asyncio.sleep(59)
        assert served.connections == 1
        await transport.wait_closed()
        assert (served.connections, elapsed()) == (0, 60)


async def test_A06_a_connection_that_only_trickles_octets_is_closed() -> None:
    """What counts is what was asked and answered, so a message that never ends buys no time."""
    endless = encode(16, 1, bytes(60_000))
    async with serve(small_device(), "memory:slow", idle_timeout_s=60) as served:
        transport = await open_transport("memory:slow", Recorder())
        for octet in endless[:59]:
            transport.write(bytes((octet,)))
            await asyncio.sleep(1)
        assert served.connections == 1
        await transport.wait_closed()
        assert elapsed() == 60


async def test_a_client_that_asks_is_not_cut_off() -> None:
    async with (
        serve(small_device(), "memory:asks", idle_timeout_s=60),
        Caller.on("memory:asks", ClientSettings(), client=16) as caller,
    ):
        for _ in range(5):
            await asyncio.sleep(50)
            assert await caller.get(1, NUMBER, 2) == SEVEN


@pytest.mark.parametrize("url", ["memory:garbage", "hdlc+memory:garbage"])
async def test_garbage_hurts_only_its_own_connection(url: str) -> None:
    async with serve(small_device(), url), Caller.on(url, ClientSettings(), client=16) as caller:
        recorder = Recorder()
        transport = await open_transport(url, recorder)
        transport.write(bytes(range(256)) * 40)
        await asyncio.sleep(1)
        assert await caller.get(1, NUMBER, 2) == SEVEN
        transport.abort()


async def test_too_many_awaited_handlers_are_told_to_try_again() -> None:
    device, slow = slow_device()
    async with serve(device, "memory:flood"):
        caller = Caller("memory:flood", ClientSettings(), client=16)
        await open_transport(caller.url, caller)
        await caller.open()
        wanted = [(1, "0.0.96.1.1.255", 2)] * 70
        async with asyncio.TaskGroup() as group:
            asking = group.create_task(caller.get_many(*wanted))
            await asyncio.sleep(1)
            assert slow.started == MAX_AWAITED
            slow.gate.set()
        results = [getattr(result, "code", result) for result in asking.result()]
        assert results == [SEVEN] * MAX_AWAITED + [2] * (70 - MAX_AWAITED)
        caller.hang_up()


# --- protection ---


@pytest.mark.parametrize("envelope", ["glo", "ded", "general-glo", "general-ded"])
@pytest.mark.parametrize("control", [0x10, 0x20, 0x30])
async def test_every_protection_and_envelope_is_served_and_answered_alike(control: int, envelope: str) -> None:
    device = Device(logical_name="DKT0000000000001", system_title=b"DKT\0\0\0\0\1")
    device.add(Data(NUMBER, value=SEVEN))
    keys = KeyRing(ek=EK, ak=AK)
    device.association(client=1, access=(Rule("*", write=ALL),), mechanism=5, keys=keys, required=control)
    dedicated = bytes(range(40, 56)) if "ded" in envelope else None
    ciphering = Ciphering(b"CLI00001", keys, control, envelope=envelope, dedicated=dedicated)
    settings = ClientSettings(5, challenge=CTOS, ciphering=ciphering)
    async with serve(device, "memory:shield"), Caller.on("memory:shield", settings, client=1) as caller:
        await caller.put(1, NUMBER, 2, Value(Tag.LONG_UNSIGNED, 8))
        assert await caller.get(1, NUMBER, 2) == Value(Tag.LONG_UNSIGNED, 8)


async def test_ciphering_without_high_level_authentication_is_served() -> None:
    device = Device(logical_name="DKT0000000000001", system_title=b"DKT\0\0\0\0\1")
    keys = KeyRing(ek=EK, ak=AK)
    device.association(client=2, access=(Rule("*"),), mechanism=1, password=b"pw", keys=keys)
    settings = ClientSettings(1, b"pw", ciphering=Ciphering(b"CLI00001", keys))
    async with serve(device, "memory:low"), Caller.on("memory:low", settings, client=2) as caller:
        assert await caller.get(1, "0.0.42.0.0.255", 2) == Value(Tag.OCTET_STRING, b"DKT0000000000001")


# --- leaving ---


async def test_leaving_closes_listeners_and_connections_and_ends_handlers() -> None:
    device, slow = slow_device()
    async with serve(device, "memory:left"):
        caller = Caller("memory:left", ClientSettings(), client=16)
        transport = await open_transport(caller.url, caller)
        await caller.open()
        group = asyncio.TaskGroup()
        with pytest.raises(ExceptionGroup):
            async with group:
                group.create_task(caller.get(1, "0.0.96.1.1.255", 2))
                await asyncio.sleep(0.1)
                transport.abort()
    assert (slow.started, slow.cancelled) == (1, 1)
    assert device.associated == {}
    with pytest.raises(TransportError, match="nobody serves"):
        await open_transport("memory:left", Recorder())


async def test_leaving_does_not_wait_for_a_handler() -> None:
    device, slow = slow_device()
    caller = Caller("memory:gone", ClientSettings(), client=16)
    async with asyncio.TaskGroup() as group:
        async with serve(device, "memory:gone"):
            await open_transport(caller.url, caller)
            await caller.open()
            asking = group.create_task(_outcome(caller))
            await asyncio.sleep(0.1)
            before = elapsed()
        assert elapsed() - before <= 1
    assert isinstance(asking.result(), TransportError)
    assert slow.cancelled == 1


async def _outcome(caller: Caller) -> object:
    try:
        return await caller.get(1, "0.0.96.1.1.255", 2)
    except TransportError as error:
        return error


async def test_what_the_block_raises_comes_out_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        async with serve(small_device(), "memory:raised"):
            raise ZeroDivisionError
    async with serve(small_device(), "memory:raised"):
        pass


async def test_cancelling_the_block_leaves_nothing_served() -> None:
    async def forever() -> None:
        async with serve(small_device(), "memory:cancelled"):
            await asyncio.sleep(3600)

    async with asyncio.TaskGroup() as group:
        task = group.create_task(forever())
        await asyncio.sleep(1)
        task.cancel()
    assert task.cancelled()
    assert elapsed() < 5
    with pytest.raises(TransportError):
        await open_transport("memory:cancelled", Recorder())


async def test_a_line_that_cannot_be_served_leaves_none_open() -> None:
    with pytest.raises(UsageError):
        async with serve(small_device(), "memory:first", "hdlc+rfc2217://127.0.0.1:1"):
            pass
    with pytest.raises(TransportError):
        await open_transport("memory:first", Recorder())


async def test_devices_need_addresses_of_their_own() -> None:
    for devices in ([], [small_device(), small_device()]):
        with pytest.raises(UsageError, match="address of its own"):
            async with serve(devices, "memory:none"):
                pass


async def test_a_rule_that_names_what_is_not_there_is_said_before_anything_is_served() -> None:
    device = small_device()
    device.association(client=17, access=(Rule("1:*", write=("valeu",)),))
    with pytest.raises(UsageError, match="names 'valeu'"):
        async with serve(device, "memory:rule"):
            pass


# --- counters and trace ---


class _Failing(MemoryCounterStore):
    def reserve(self, scope: Scope, count: int, received: object = ()) -> CounterBlock:
        raise CounterExhausted("none is left")


async def test_without_counters_a_protected_association_does_not_come_about() -> None:
    async with serve(small_device(), "memory:counters", counters=_Failing()):
        with pytest.raises(TransportError):
            async with Caller.on("memory:counters", gmac(), client=1):
                pass
        async with Caller.on("memory:counters", ClientSettings(), client=16) as caller:
            assert await caller.get(1, NUMBER, 2) == SEVEN


async def test_no_counter_is_used_twice_over_servers_that_share_a_store() -> None:
    store, used = MemoryCounterStore(), []

    class _Noting(MemoryCounterStore):
        def reserve(self, scope: Scope, count: int, received: object = ()) -> CounterBlock:
            block = store.reserve(scope, count)
            used.append((block.start, block.end))
            return block

    for number in range(2):
        async with (
            serve(small_device(), "memory:shared", counters=_Noting()),
            Caller.on("memory:shared", gmac(), client=1, counter=1 + 1000 * number) as caller,
        ):
            for _ in range(100):
                await caller.get(1, NUMBER, 2)
    assert len(used) >= 4
    assert all(after[0] >= before[1] for before, after in pairwise(used))


async def test_the_trace_tells_connections_and_no_secret() -> None:
    told: list[TraceEvent] = []
    async with (
        serve(small_device(), "memory:traced", trace=told.append),
        Caller.on("memory:traced", low(), client=32) as caller,
    ):
        await caller.get(1, NUMBER, 2)
    names = [(event.layer, event.name) for event in told]
    assert names[0] == ("line", "opened")
    assert ("apdu", "aarq") in names
    assert names[-1] in {("line", "closed"), ("line", "lost"), ("state", "idle")}
    assert b"dlmskit1".hex() not in repr([to_json(event) for event in told])


async def test_the_device_needs_its_title_for_a_ciphered_association() -> None:
    device = Device(logical_name="DKT0000000000001")
    with pytest.raises(UsageError, match="system title"):
        device.association(client=1, access=(), mechanism=5, keys=KeyRing(ek=EK, ak=AK))
