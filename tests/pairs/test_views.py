"""The association's view: rights over every attribute and method, as each version of the association tells them."""

from __future__ import annotations

from typing import Any

import pytest

import dlmskit
from dlmskit import Snapshot
from dlmskit.cli.objects import to_json
from dlmskit.client import connect
from dlmskit.client.saved.as_json import from_text, to_text
from dlmskit.cosem.access import AccessFlags
from dlmskit.cosem.ics import Clock
from dlmskit.server.access import Rule
from tests.support.meters import CLOCK, ENERGY, values
from tests.support.peer import Peer, object_list

URL = "memory:view"
DEMANDED = AccessFlags.AUTHENTICATED_REQUEST | AccessFlags.ENCRYPTED_RESPONSE
AUTHENTICATED = ", authenticated request"
FLAGS = f"{AUTHENTICATED}, encrypted response"


def meter(referencing: Any, version: int, protection: AccessFlags) -> Any:
    device = dlmskit.Device(logical_name="DKT0000000000001")
    device.add(Clock(CLOCK, time_zone=-60))
    ruled = Rule(f"8:{CLOCK}", read=("time_zone", "time"), write=("time",), call=("shift_time",), protection=protection)
    device.association(client=16, access=(Rule("0.0.42.0.0.255"), ruled), referencing=referencing, version=version)
    return device


def _words(view: Any) -> dict[str, str]:
    """The rights over the clock's time, time_zone, status, and its methods shift_time and adjust_to_minute."""
    shown: Any = to_json(view.find(CLOCK))
    told = {one["name"]: one["access"] for one in (*shown["attributes"], *shown["methods"])}
    return {name: told[name] for name in ("time", "time_zone", "status", "shift_time", "adjust_to_minute")}


@pytest.mark.parametrize(
    ("referencing", "version", "suffix"),
    [
        ("ln", 0, ""),
        ("ln", 1, AUTHENTICATED),
        ("ln", 2, AUTHENTICATED),
        ("ln", 3, FLAGS),
        ("sn", 2, AUTHENTICATED),
        ("sn", 3, AUTHENTICATED),
        ("sn", 4, FLAGS),
    ],
)
async def test_the_rights_of_every_version_are_shown_and_kept(referencing: Any, version: int, suffix: str) -> None:
    for protection, ending in ((AccessFlags(0), ""), (DEMANDED, suffix)):
        device = meter(referencing, version, protection)
        async with dlmskit.serve(device, URL), connect(URL, referencing=referencing) as client:
            view = await client.objects()
            saved = (await client.snapshot()).saved
        assert _words(view) == {
            "time": f"read and write{ending}",
            "time_zone": f"read{ending}",
            "status": "no access",
            "shift_time": f"call{ending}",
            "adjust_to_minute": "no access",
        }
        assert len(to_json(view.find(CLOCK))["attributes"]) == 9 and len(to_json(view.find(CLOCK))["methods"]) == 6
        assert Snapshot(from_text(to_text(saved))).objects() == view


async def test_an_older_association_by_short_names_tells_no_rights() -> None:
    async with (
        dlmskit.serve(meter("sn", 1, AccessFlags(0)), URL),
        connect(URL, referencing="sn") as client,
    ):
        entry = (await client.objects()).find(CLOCK)
    assert entry is not None and entry.can_read(2) and not entry.access_rights.method_access


@pytest.mark.parametrize("often", [1, 3])
async def test_a72_an_object_that_is_listed_again_is_read_and_kept_as_one_that_is_listed_once(often: int) -> None:
    own, again = (15, 1, "0.0.40.0.0.255"), [(3, 0, ENERGY)] * often
    peer = Peer({**values(), (15, "0.0.40.0.0.255", 2): object_list(own, *again, (9999, 3, ENERGY))})
    async with peer.on(URL), connect(URL) as client:
        view = await client.objects()
        quantity = await client.register(ENERGY).quantity()
        saved = from_text(to_text((await client.snapshot()).saved))
    assert len(view) == often + 2
    assert str(quantity) == str(Snapshot(saved).register(ENERGY).quantity()) == "1234.5 Wh"
    assert saved.view == view
