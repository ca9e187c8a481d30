"""EventNotification: a served meter tells attributes by itself, over HDLC when the client gives it its turn."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import dlmskit
from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.notify import EventNotificationRequest
from dlmskit.client import Security, connect
from dlmskit.client.meter import Meter
from dlmskit.cosem.ics import Clock, Data
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Tag, Value
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import LocalProtocolError, UsageError
from dlmskit.obis import Obis
from dlmskit.server.access import Rule
from dlmskit.server.device import Device
from dlmskit.session.context import CLIENT_CONFORMANCE
from dlmskit.trace import TraceEvent
from tests.support.device import small_device
from tests.support.served_line import AK, EK
from tests.support.session_pair import Pair, client_settings

NAME = "0.0.96.1.2.255"
NUMBER, ZONE = Data(NAME).value, Clock("0.0.1.0.0.255").time_zone
URLS = ["memory:events", "hdlc+memory:events"]


def device() -> Device:
    found = small_device()
    found.add(Clock(ZONE.obj.obis))
    found.association(client=17, access=(Rule("8:*.*.*.*.*.*"),))
    return found


async def told(meter: Meter) -> Any:
    return await asyncio.wait_for(anext(meter.notifications()), 5)


@pytest.mark.parametrize("url", URLS)
async def test_attributes_are_told_to_who_may_read_them_when_the_client_lets_the_meter_speak(url: str) -> None:
    served = device()
    async with dlmskit.serve(served, url), connect(url) as meter, connect(url, client=17) as other:
        assert served.report(NUMBER, ZONE) == 2
        assert served.report(ZONE, client=16) == 1
        meter.trigger_event_notification()
        first, second, third = [await told(meter) for _ in range(3)]
        assert (first.attribute, first.value) == (
            AttributeDescriptor(1, bytes(Obis.parse(NAME)), 2),
            Value(Tag.LONG_UNSIGNED, 7),
        )
        assert isinstance(first.apdu, EventNotificationRequest) and first.time is not None
        assert second.attribute == third.attribute and second.attribute.class_id == 8
        other.trigger_event_notification()
        assert (await told(other)).attribute.class_id == 8
        assert not other.notifications().waiting
        assert await meter.clock.time_zone == third.value.value, "the line is free again"


async def test_over_hdlc_nothing_is_told_before_the_client_lets_the_meter_speak() -> None:
    served, url = device(), "hdlc+memory:silent"
    async with dlmskit.serve(served, url), connect(url) as meter:
        served.report(NUMBER)
        for _ in range(20):
            await asyncio.sleep(0)
        assert not meter.notifications().waiting
        meter.trigger_event_notification()
        assert (await told(meter)).value == Value(Tag.LONG_UNSIGNED, 7)


async def test_a_client_may_leave_before_the_meter_has_answered() -> None:
    url, told = "hdlc+memory:leaving", list[TraceEvent]()
    async with dlmskit.serve(device(), url), connect(url, trace=told.append) as meter:
        await meter.clock.time_zone
        meter.trigger_event_notification()
    assert not [event for event in told if event.name in ("polling", "dropped")]


async def test_who_did_not_agree_to_notifications_gets_none() -> None:
    served, without = device(), CLIENT_CONFORMANCE & ~Conformance.EVENT_NOTIFICATION
    async with dlmskit.serve(served, "memory:quiet"), connect("memory:quiet", conformance=without):
        assert served.report(NUMBER) == 0


async def test_events_are_protected_as_the_association_is() -> None:
    served, url = device(), "hdlc+memory:sealed"
    way: dict[str, Any] = {
        "client": 1,
        "auth": "gmac",
        "security": Security(ek=EK, ak=AK, system_title=b"CLI00001"),
        "counters": MemoryCounterStore(),
        "invocation_counter": 1,
    }
    async with dlmskit.serve(served, url), connect(url, **way) as meter:
        assert served.report(NUMBER) == 1
        meter.trigger_event_notification()
        assert (await told(meter)).is_protected


async def test_what_was_saved_of_a_meter_tells_nothing() -> None:
    async with dlmskit.serve(device(), "memory:saved"), connect("memory:saved") as meter:
        saved = await meter.snapshot()
    with pytest.raises(UsageError):
        saved.trigger_event_notification()


def test_without_an_association_nobody_lets_a_meter_speak() -> None:
    pair = Pair("hdlc", settings=client_settings(0))
    with pytest.raises(LocalProtocolError):
        pair.meter.trigger_event_notification(0.0)


async def test_blocking_lets_the_meter_speak_too() -> None:
    def conversation(url: str) -> None:
        with dlmskit.blocking.connect(url) as meter:
            meter.get(meter.clock.time_zone)
            meter.trigger_event_notification()

    async with dlmskit.serve(device(), "hdlc+tcp://127.0.0.1:0") as running:
        await asyncio.to_thread(conversation, running.urls[0])
