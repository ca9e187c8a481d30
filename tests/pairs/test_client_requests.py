"""What the client asks of a meter, and what it makes of the answers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from dlmskit.apdu.base import ActionResult, AttributeDescriptor, DataAccessResult
from dlmskit.apdu.notify import DataNotification, EventNotificationRequest
from dlmskit.client import connect
from dlmskit.client import notifications as kept
from dlmskit.cosem.ics import Clock, Data, ExtendedRegister
from dlmskit.cosem.model import GenericObject
from dlmskit.cosem.selectors import EntryDescriptor
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import (
    ObjectUndefined,
    OutcomeUnknown,
    ReadWriteDenied,
    RemoteProtocolError,
    Timeout,
    UsageError,
)
from dlmskit.obis import Obis
from dlmskit.session.context import CLIENT_CONFORMANCE
from dlmskit.session.events import ActionIndication, Event
from tests.support.meters import CLOCK, ENERGY, NOW, PROFILE, URLS, array, octets, structure, time, unsigned32, values
from tests.support.peer import DENIED, Peer, object_list, public
from tests.support.virtual_time import elapsed

URL = "memory:meter"


# --- attributes and methods ---


async def test_an_attribute_is_read_in_three_ways() -> None:
    peer = Peer(values())
    async with peer.on(URL), connect(URL) as meter:
        first = await meter.clock.time
        assert await meter.get(meter.clock.time) == first
        assert await meter.get(Clock.time, at=CLOCK) == first
        assert first.local == NOW


async def test_an_attribute_without_an_object_is_a_usage_error() -> None:
    peer = Peer(values())
    async with peer.on(URL), connect(URL) as meter:
        with pytest.raises(UsageError, match="at="):
            await meter.get(Clock.time)  # type: ignore[call-overload]
        with pytest.raises(UsageError, match="already"):
            await meter.get(meter.clock.time, at=CLOCK)  # type: ignore[call-overload]


async def test_an_attribute_is_written_by_reference_and_by_object() -> None:
    peer = Peer(values())
    async with peer.on(URL), connect(URL) as meter:
        await meter.set(meter.clock.time_zone, -120)
        assert peer.values[8, bytes(Obis.parse(CLOCK)), 3] == Value(Tag.LONG, -120)
        await meter.clock.time_zone.set(-180)
        assert await meter.clock.time_zone == -180
        with pytest.raises(UsageError, match="time_zone"):
            await meter.set(meter.clock.time_zone, 10**6)


async def test_a_value_written_unconfirmed_arrives_and_is_not_waited_for() -> None:
    peer = Peer(values())
    async with peer.on(URL), connect(URL) as meter:
        peer.silent_on.add("set")
        await meter.set(meter.clock.time_zone, 0, confirmed=False)
        assert await meter.clock.time_zone == -60
        assert f"set 8:{CLOCK}/3" in peer.log


async def test_a_method_is_called_with_and_without_an_argument() -> None:
    peer, given = Peer(values()), list[Any]()

    def note(event: Event) -> ActionResult | None:
        return given.append(event.parameters) if isinstance(event, ActionIndication) else None  # type: ignore[func-returns-value]

    peer.answer = note
    async with peer.on(URL), connect(URL) as meter:
        await meter.call(meter.clock.shift_time, 30)
        await meter.call(meter.clock.adjust_to_minute)
        await meter.clock.adjust_to_quarter()
    assert given == [Value(Tag.LONG, 30), Value(Tag.INTEGER, 0), Value(Tag.INTEGER, 0)]


async def test_raw_access_by_numbers_reads_writes_and_calls() -> None:
    peer = Peer(values())
    async with peer.on(URL), connect(URL) as meter:
        assert await meter.read_attribute(3, ENERGY, 2) == unsigned32(12345)
        await meter.write_attribute(1, "0.0.96.1.0.255", 2, octets(text=b"x"))
        assert await meter.read_attribute(1, "0.0.96.1.0.255", 2) == octets(text=b"x")
        assert await meter.call_method(8, CLOCK, 1, Value(Tag.INTEGER, 0)) == NULL


async def test_raw_access_carries_a_selection() -> None:
    peer, seen = Peer(values()), list[Any]()
    peer.answer = lambda event: seen.append(getattr(event, "selection", None))  # type: ignore[func-returns-value]
    async with peer.on(URL), connect(URL) as meter:
        await meter.read_attribute(7, PROFILE, 2, EntryDescriptor(1, 2, 1, 0).selection())
    assert seen[0].selector == 2


# --- errors ---


async def test_a_refusal_says_which_attribute_and_what_to_try() -> None:
    peer = Peer({**values(), (8, CLOCK, 3): DataAccessResult(DENIED)})
    async with peer.on(URL), connect(URL) as meter:
        with pytest.raises(ReadWriteDenied, match=rf"{CLOCK}/3: read write denied") as caught:
            await meter.clock.time_zone
        assert "client=16" in caught.value.hints[0]
        assert str(await meter.clock.time) == "2026-11-22T15:04:00"


async def test_a_type_that_does_not_fit_names_the_attribute() -> None:
    peer = Peer({**values(), (8, CLOCK, 3): octets(text=b"?")})
    async with peer.on(URL), connect(URL) as meter:
        with pytest.raises(RemoteProtocolError, match=rf"8:{CLOCK}/time_zone"):
            await meter.clock.time_zone


async def test_silence_names_the_attribute_and_the_time_waited() -> None:
    peer = Peer(values())
    peer.silent_on.add("get")
    async with peer.on(URL), connect(URL, timeout_s=3) as meter:
        with pytest.raises(Timeout, match=rf"8:{CLOCK}/time: no answer within 3 s") as caught:
            await meter.clock.time
        assert "timeout_s" in caught.value.hints[0]
        assert elapsed() == pytest.approx(3, abs=0.1)
        peer.silent_on.clear()
        assert await meter.clock.time_zone == -60


@pytest.mark.parametrize("url", URLS)
async def test_a_command_without_an_answer_has_an_unknown_outcome(url: str) -> None:
    peer = Peer(values())
    peer.silent_on |= {"set", "call"}
    async with peer.on(url):
        for command in ("set", "call"):
            async with connect(url, timeout_s=1, retries=0) as meter:
                with pytest.raises(OutcomeUnknown) as caught:
                    if command == "set":
                        await meter.set(meter.clock.time_zone, 0)
                    else:
                        await meter.call(meter.clock.shift_time, 1)
                assert "read back" in caught.value.hints[0]
        assert peer.log.count(f"set 8:{CLOCK}/3") == 1


async def test_requests_are_repeated_over_the_wrapper_only_where_asked_for_and_commands_only_if_idempotent() -> None:
    peer = Peer(values())
    peer.silent_on |= {"set", "get"}
    async with peer.on(URL), connect(URL, timeout_s=1, retries=2) as meter:
        with pytest.raises(Timeout):
            await meter.clock.time
        with pytest.raises(OutcomeUnknown):
            await meter.set(meter.clock.time_zone, 0)
        with pytest.raises(OutcomeUnknown):
            await meter.set(meter.clock.status, 0, idempotent=True)  # type: ignore[arg-type]
    counts = [peer.log.count(what) for what in (f"get 8:{CLOCK}/2", f"set 8:{CLOCK}/3", f"set 8:{CLOCK}/4")]
    assert counts == [3, 1, 3]


# --- batches ---


@pytest.mark.parametrize("with_list", [True, False])
async def test_a_batch_gives_values_in_order_with_and_without_lists(with_list: bool) -> None:
    conformance = CLIENT_CONFORMANCE if with_list else CLIENT_CONFORMANCE & ~Conformance.MULTIPLE_REFERENCES
    peer = Peer(values(), {1: {16: public(conformance=conformance)}})
    async with peer.on(URL), connect(URL) as meter:
        zone, energy, now = await meter.batch(meter.clock.time_zone, meter.register(ENERGY).value, meter.clock.time)
    assert (zone, energy, now.local) == (-60, unsigned32(12345), NOW)


async def test_a_batch_raises_the_first_refusal_or_puts_errors_in_their_places() -> None:
    peer = Peer(values())
    async with peer.on(URL), connect(URL) as meter:
        refs = meter.clock.time_zone, meter.clock.status, meter.clock.clock_base
        with pytest.raises(ObjectUndefined, match="status"):
            await meter.batch(*refs)
        zone, status, base = await meter.batch(*refs, return_errors=True)
        assert zone == -60
        assert isinstance(status, ObjectUndefined)
        assert isinstance(base, ObjectUndefined)


async def test_an_empty_batch_is_empty() -> None:
    peer = Peer(values())
    async with peer.on(URL), connect(URL) as meter:
        assert await meter.batch() == ()


@pytest.mark.parametrize("whole", [True, False])
async def test_all_of_an_object_comes_in_one_request_where_the_meter_can(whole: bool) -> None:
    conformance = CLIENT_CONFORMANCE if whole else CLIENT_CONFORMANCE & ~Conformance.ATTRIBUTE0_GET
    everything = structure(octets(text=bytes(Obis.parse(ENERGY))), *(values()[3, ENERGY, i] for i in (2, 3)))
    peer = Peer({**values(), (3, ENERGY, 0): everything}, {1: {16: public(conformance=conformance)}})
    async with peer.on(URL), connect(URL, attribute_0="use") as meter:
        found = await meter.get_all(meter.register(ENERGY))
    assert found[2] == unsigned32(12345)
    assert found[3].scaler == -1
    assert (f"get 3:{ENERGY}/0" in peer.log) == whole


# --- objects ---


async def test_a_quantity_reads_scaler_and_unit_once() -> None:
    peer = Peer(values())
    async with peer.on(URL), connect(URL) as meter:
        for _ in range(3):
            assert str(await meter.register(ENERGY).quantity()) == "1234.5 Wh"
        assert str(await meter.quantity(meter.register(ENERGY).value)) == "1234.5 Wh"
        assert peer.log.count(f"get 3:{ENERGY}/3") == 1
        await meter.write_attribute(3, ENERGY, 3, structure(Value(Tag.INTEGER, 0), Value(Tag.ENUM, 30)))
        assert await meter.read_attribute(3, ENERGY, 3) == structure(Value(Tag.INTEGER, 0), Value(Tag.ENUM, 30))


async def test_a_scaler_that_was_written_is_read_anew() -> None:
    peer = Peer(values())
    async with peer.on(URL), connect(URL) as meter:
        register = meter.register(ENERGY)
        scaling = await register.scaler_unit
        await meter.set(register.scaler_unit, type(scaling)(0, scaling.unit))
        assert str(await register.quantity()) == "12345 Wh"


async def test_the_view_is_read_once_and_keeps_what_is_not_declared() -> None:
    peer = Peer(values())
    async with peer.on(URL), connect(URL) as meter:
        view = await meter.objects()
        assert await meter.objects() is view
        assert [entry.class_id for entry in view] == [15, 8, 3, 1, 7, 9999]
        assert view[2].can_read(2)
        strange = await meter.object("0.0.96.99.0.255")
        assert isinstance(strange, GenericObject)
        assert (strange.class_id, strange.class_version) == (9999, 3)
        again = await meter.objects(refresh=True)
        assert again is not view
    assert peer.log.count("get 15:0.0.40.0.0.255/2") == 2


async def test_a_bare_name_is_tried_in_its_usual_classes_before_the_view_is_read() -> None:
    extended = {**values(), (4, ENERGY, 2): unsigned32(1)}
    del extended[3, ENERGY, 2], extended[3, ENERGY, 3]
    peer = Peer(extended)
    async with peer.on(URL), connect(URL) as meter:
        found = await meter.object(ENERGY)
        assert type(found) is ExtendedRegister
        assert type(await meter.object(ENERGY)) is ExtendedRegister
    assert [what for what in peer.log if what.startswith("get")] == [f"get 3:{ENERGY}/1", f"get 4:{ENERGY}/1"]


async def test_a_name_that_no_usual_class_fits_is_looked_up_in_the_view() -> None:
    strange = {(15, "0.0.40.0.0.255", 2): object_list((15, 1, "0.0.40.0.0.255"), (1, 0, ENERGY))}
    peer = Peer(strange)
    async with peer.on(URL), connect(URL) as meter:
        assert type(await meter.object(ENERGY)) is Data
        with pytest.raises(ObjectUndefined, match="does not show it"):
            await meter.object("1.0.2.8.0.255")


async def test_a_cached_view_decides_class_and_version_without_asking() -> None:
    peer = Peer(
        {**values(), (15, "0.0.40.0.0.255", 2): object_list((15, 1, "0.0.40.0.0.255"), (7, 0, PROFILE), (4, 0, ENERGY))}
    )
    async with peer.on(URL), connect(URL) as meter:
        await meter.objects()
        asked = len(peer.log)
        assert type(await meter.object(PROFILE)).__name__ == "ProfileGeneric_v0"
        assert type(meter.register(ENERGY)) is ExtendedRegister
        assert len(peer.log) == asked
        given = await meter.object(PROFILE, 7, 1)
        assert type(given).__name__ == "ProfileGeneric"


async def test_access_rights_of_version_3_are_read_as_flags() -> None:
    peer = Peer({(15, "0.0.40.0.0.255", 2): object_list((15, 3, "0.0.40.0.0.255"), version=3)})
    async with peer.on(URL), connect(URL) as meter:
        (entry,) = await meter.objects()
        assert type(entry.access_rights.attribute_access[0].access_mode).__name__ == "AccessFlags"


async def test_an_object_list_that_is_none_is_an_error_of_ours() -> None:
    peer = Peer({(15, "0.0.40.0.0.255", 2): array(NULL)})
    async with peer.on(URL), connect(URL) as meter:
        with pytest.raises(RemoteProtocolError, match="object list"):
            await meter.objects()


async def test_a_view_larger_than_one_apdu_comes_in_blocks() -> None:
    many = object_list((15, 1, "0.0.40.0.0.255"), *((3, 0, f"1.0.{i}.8.0.255") for i in range(1, 120)))
    peer = Peer({(15, "0.0.40.0.0.255", 2): many}, {1: {16: public(max_pdu=200)}})
    for url in URLS:
        async with peer.on(url), connect(url, max_pdu=256) as meter:
            assert len(await meter.objects()) == 120


# --- notifications ---


def push(number: int) -> DataNotification:
    return DataNotification(number, time(NOW).value, unsigned32(number))


@pytest.mark.parametrize("url", URLS)
async def test_notifications_come_in_order_beside_requests(url: str) -> None:
    peer = Peer(values())
    async with peer.on(url), connect(url) as meter:
        found = meter.notifications()
        for number in (1, 2):
            peer.notify(push(number))
            assert str(await meter.clock.time) == "2026-11-22T15:04:00"
        peer.notify(EventNotificationRequest(None, AttributeDescriptor(8, Obis.parse(CLOCK), 2), NULL))
        await meter.clock.time
        first, second, third = [await anext(found) for _ in range(3)]
    assert [first.value, second.value] == [unsigned32(1), unsigned32(2)]
    assert first.time is not None
    assert first.time.local == NOW
    assert not first.is_protected
    assert third.attribute == AttributeDescriptor(8, bytes(Obis.parse(CLOCK)), 2)


async def test_too_many_notifications_drop_the_oldest_and_count_them() -> None:
    peer = Peer(values())
    async with peer.on(URL), connect(URL) as meter:
        for number in range(kept.KEPT + 3):
            peer.notify(push(number))
        await meter.clock.time
        found = meter.notifications()
        assert found.dropped == 3
        assert (await anext(found)).value == unsigned32(3)


async def test_waiting_for_notifications_ends_with_the_association() -> None:
    peer = Peer(values())
    async with peer.on(URL), asyncio.TaskGroup() as group:

        async def count(found: Any) -> int:
            return len([one async for one in found])

        async with connect(URL) as meter:
            counted = group.create_task(count(meter.notifications()))
            await asyncio.sleep(0.1)
            peer.notify(push(1))
            await asyncio.sleep(0.1)
    assert counted.result() == 1
