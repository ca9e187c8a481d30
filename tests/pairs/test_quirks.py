"""Makers' deviations from both sides: a meter served with one is understood by who knows it, and by nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import dlmskit
from dlmskit.client import connect
from dlmskit.cosem.ics import Clock
from dlmskit.data.conformance import Conformance
from dlmskit.errors import DlmsError
from dlmskit.quirks.registry import quirks, tolerances_of
from dlmskit.security.keys import KeyRing
from dlmskit.security.mechanisms import Mechanism
from dlmskit.server.access import Rule
from dlmskit.server.behaviours.clock import RunningClock
from dlmskit.session.context import CLIENT_CONFORMANCE
from dlmskit.tolerances import DEFAULT, Tolerances
from tests.support.meters import security
from tests.support.peer import AK, EK, TITLE

URL = "memory:quirk"
#: What a deviation touches: an authentication in four passes, and fewer services than the meter has.
HOW: dict[str, Any] = {"client": 1, "auth": "gmac", "conformance": CLIENT_CONFORMANCE & ~Conformance.ACCESS}


def meter(tolerances: Tolerances) -> Any:
    device = dlmskit.Device(logical_name="DKT0000000000001", system_title=TITLE)
    device.add(Clock("0.0.1.0.0.255", time_zone=-330))
    device.association(
        client=1,
        access=(Rule("*"), Rule("8:*", write=("time",))),
        mechanism=Mechanism.GMAC,
        keys=KeyRing(ek=EK, ak=AK),
        tolerances=tolerances,
    )
    return device


async def _is_understood(served: Tolerances, known: Tolerances) -> bool:
    """Whether a client that knows of some deviations reads a meter that has some, and sets its clock right."""
    device = meter(served)
    clock = device.object("0.0.1.0.0.255", RunningClock)
    try:
        async with (
            dlmskit.serve(device, URL),
            connect(URL, tolerances=known, security=security(), invocation_counter=0, **HOW) as client,
        ):
            await client.set_clock()
            name = await client.logical_device_name.value
    except DlmsError:
        return False
    return name.value == b"DKT0000000000001" and abs(clock.utc(device.now) - device.now) < timedelta(seconds=5)


@pytest.mark.parametrize("name", quirks())
async def test_a_meter_with_it_is_understood_by_who_knows_it_and_by_nobody_else(name: str) -> None:
    tolerances = tolerances_of([quirks()[name]])
    assert await _is_understood(tolerances, tolerances)
    assert not await _is_understood(tolerances, DEFAULT)
    assert await _is_understood(DEFAULT, DEFAULT)


@pytest.mark.parametrize(("name", "member"), [(name, member) for name, one in quirks().items() for member in one.sets])
async def test_every_part_of_it_is_needed(name: str, member: str) -> None:
    sets = quirks()[name].sets
    alone = Tolerances(**{member: sets[member]})  # type: ignore[arg-type]
    others = Tolerances(**{one: value for one, value in sets.items() if one != member})  # type: ignore[arg-type]
    assert await _is_understood(alone, alone)
    assert not await _is_understood(alone, others)
