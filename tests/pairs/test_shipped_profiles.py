"""Every association of every shipped profile, from both sides: its name and the secrets are all a client says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import dlmskit
from dlmskit.client import connect
from dlmskit.cosem.ics import Clock, Data
from dlmskit.data.value import Tag, Value
from dlmskit.edge.options import merge
from dlmskit.errors import UsageError
from dlmskit.quirks import shipped
from dlmskit.quirks.profile import Role
from dlmskit.security.keys import KeyRing
from dlmskit.security.mechanisms import Mechanism
from dlmskit.server.access import Rule
from dlmskit.server.device import Device
from tests.support.meters import CLOCK, security
from tests.support.peer import AK, CLIENT_TITLE, EK, TITLE

URL = "memory:shipped"
SECRET = "0123456789abcdef"
MECHANISMS = {"low": Mechanism.LOW, "manufacturer": Mechanism.MANUFACTURER, "gmac": Mechanism.GMAC}
ROLES = [f"{name}/{role}" for name in shipped.names() for role in shipped.profile(name).roles]


def _device(how: str) -> tuple[Device, dict[str, Any]]:
    """A meter as the profile describes it, and what its client has to add: secrets."""
    merged = merge(profile=how)
    assert merged.chosen is not None
    role, terms = merged.chosen.role, merged.association
    given: dict[str, Any] = {"mechanism": MECHANISMS[terms.auth]} if terms.auth in MECHANISMS else {}
    secrets: dict[str, Any] = {}
    if terms.auth in ("low", "manufacturer"):
        given["password"], secrets["password"] = SECRET.encode(), SECRET
    if role.security != "none" or terms.auth == "gmac":
        given |= {"keys": KeyRing(ek=EK, ak=AK), "client_title": CLIENT_TITLE, "suite": role.suite}
        given["required"] = {"none": 0x00, "encrypted": 0x20, "both": 0x30}[role.security]
        secrets["security"] = security(server_title=TITLE)
        if role.invocation_counter is None:  # what the meter alone sends: no counter object is known
            secrets["invocation_counter"] = 0
    device = Device(logical_name="DKT0000000000001", system_title=TITLE, sap=terms.server)
    device.add(Clock(CLOCK, time_zone=-330))
    _count(device, role, first=role.counters[0] if role.counters else 0)
    if terms.client != 16:
        device.association(client=16, access=(Rule("*"),))  # tells the counter
    device.association(
        client=terms.client,
        access=(Rule("*"),),
        referencing="sn" if terms.referencing == "sn" else "ln",
        is_pre_established=terms.opening == "pre-established",
        tolerances=merged.chosen.tolerances,
        **given,
    )
    return device, secrets


def _count(device: Device, role: Role, first: int) -> None:
    """The counter object the profile tells of, which the public client reads."""
    if role.invocation_counter is not None:
        device.add(Data(role.invocation_counter, value=Value(Tag.DOUBLE_LONG_UNSIGNED, first + 7)))


@pytest.mark.parametrize("how", ROLES)
async def test_its_name_and_the_secrets_are_all_a_client_says(how: str) -> None:
    device, secrets = _device(how)
    async with dlmskit.serve(device, URL), connect(URL, profile=how, **secrets) as meter:
        zone = await meter.clock.time_zone
    assert zone == -330


async def test_keys_of_another_suite_than_the_profiles_are_refused_before_anything_goes(tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('extends = "idis"\nconfidence = "high"\n[roles.management]\nsuite = 1\n')
    with pytest.raises(UsageError, match="security suite 1, the keys of 0"):
        async with connect(URL, profile=f"{mine}/management", security=security()):
            pass
