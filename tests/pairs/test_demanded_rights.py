"""A client protects each request as the rights it has read demand, and expects the answer to be protected likewise."""

from __future__ import annotations

from typing import Any

import pytest

import dlmskit
from dlmskit.client import Meter, Security, connect
from dlmskit.cosem.access import AccessFlags
from dlmskit.cosem.ics import Data, SecuritySetup
from dlmskit.cosem.ics.security import SecurityPolicy
from dlmskit.data.value import Tag, Value
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import AccessRefused
from dlmskit.security.keys import KeyRing
from dlmskit.server.access import Rule
from dlmskit.server.device import Device
from dlmskit.trace import TraceEvent

EK, AK = bytes(range(1, 17)), bytes(range(40, 56))
GUARDED, OPEN, SETUP = "0.0.96.1.1.255", "0.0.96.1.2.255", "0.0.43.0.0.255"
DEMANDS = AccessFlags.AUTHENTICATED_REQUEST | AccessFlags.ENCRYPTED_REQUEST | AccessFlags.AUTHENTICATED_RESPONSE
SEVEN = Value(Tag.UNSIGNED, 7)


def meter() -> Device:
    device = Device(logical_name="DKT0000000000001", system_title=b"DKT00001")
    for name in (GUARDED, OPEN):
        device.add(Data(name, value=SEVEN))
    device.add(SecuritySetup(SETUP, security_suite=0, server_system_title=b"DKT00001"))
    guarded = (Rule(name, write=("*",), call=("*",), protection=DEMANDS) for name in (GUARDED, SETUP))
    rules = (Rule("*", write=("*",)), *guarded)
    device.association(client=1, access=rules, mechanism=5, keys=KeyRing(ek=EK, ak=AK), required=0, version=3)
    return device


def unprotected(**changes: Any) -> Security:
    """Keys for the opening; services go plain unless more is demanded."""
    return Security("none", ek=EK, ak=AK, system_title=b"CLI00001", counters=MemoryCounterStore(), **changes)


class Sent:
    """How each APDU went out."""

    def __init__(self) -> None:
        self.controls: list[tuple[str, object]] = []

    def __call__(self, event: TraceEvent) -> None:
        if (event.layer, event.direction) == ("apdu", "out"):
            self.controls.append((event.name, event.detail.get("control", 0)))

    def take(self) -> list[object]:
        controls = [control for _, control in self.controls]
        self.controls.clear()
        return controls


async def refused(found: Meter) -> None:
    with pytest.raises(AccessRefused):
        await found.get(Data.value, at=GUARDED)


async def test_what_the_view_demands_is_done_and_nothing_more() -> None:
    sent = Sent()
    async with (
        dlmskit.serve(meter(), "memory:guarded"),
        connect(
            "memory:guarded", client=1, auth="gmac", security=unprotected(), invocation_counter=0, trace=sent
        ) as found,
    ):
        await refused(found)  # nothing is known of the rights yet
        await found.objects()
        sent.take()
        assert await found.get(Data.value, at=GUARDED) == SEVEN
        assert await found.get(Data.value, at=OPEN) == SEVEN
        assert sent.take() == [0x30, 0]
        guarded, plain = Data(GUARDED, found.backend), Data(OPEN, found.backend)
        assert await found.batch(guarded.value, plain.value) == (SEVEN, SEVEN)
        assert await found.batch(plain.value) == (SEVEN,)
        assert sent.take() == [0x30, 0]
        await found.set(guarded.value, SEVEN)
        await found.set(plain.value, SEVEN)
        await found.write_attribute(1, GUARDED, 2, SEVEN)
        assert sent.take() == [0x30, 0, 0x30]
        await found.call(SecuritySetup(SETUP, found.backend).security_activate, SecurityPolicy(0))
        assert sent.take() == [0x30]
        assert (await found.read_attribute(1, GUARDED, 2)) == SEVEN
        assert sent.take() == [0x30]
