"""The built-in meter read whole through bad lines, in virtual time: the right values, or an error, never wrong ones.

An unauthenticated HDLC frame is held by a checksum of 16 bits: of frames damaged in three bits or more, one in 65536
passes. The seeds are fixed; over an association with keys such a frame is an error.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import dlmskit
from dlmskit.cli.fetch import fetch, object_of
from dlmskit.client import connect
from dlmskit.edge.clock import repeatable
from dlmskit.edge.memory import channel
from dlmskit.simulator import build
from tests.support.bad_line import Resetting

TIME = datetime.fromisoformat("2026-11-22T15:04:00+01:00")
NAME = "bad-line"
HDLC = f"hdlc+memory:{NAME}"
LOAD_PROFILE = "1.0.99.1.0.255"


def meter() -> Any:
    return build("electricity", seed=1, environment=repeatable(seed=1, start=TIME, monotonic=lambda: 0.0))


async def everything(url: str, **options: Any) -> dict[str, Any]:
    """Every attribute of every object, as the command line reads them."""
    found: dict[str, Any] = {}
    async with connect(url, **{"client": 16, **options}) as it:
        for entry in await it.objects():
            indices = [right.attribute_id for right in entry.access_rights.attribute_access]
            for reading in await fetch(it, object_of(it, entry), [index for index in indices if entry.can_read(index)]):
                found[str(reading.ref)] = reading.result
    return found


async def test_a_profile_is_read_through_a_connection_that_is_reset_every_20_frames() -> None:
    async with dlmskit.serve(meter(), HDLC), connect(HDLC) as it:
        profile = it.profile(LOAD_PROFILE)
        wanted = (await profile.last(200)).raw_rows
        line = Resetting(channel(NAME), 20)
        assert (await profile.last(200)).raw_rows == wanted
    assert len(wanted) == 200
    assert line.resets >= 10


async def test_everything_is_read_through_a_connection_that_is_reset_every_500_frames() -> None:
    async with dlmskit.serve(meter(), HDLC):
        wanted = await everything(HDLC)
        line = Resetting(channel(NAME), 500)
        assert await everything(HDLC) == wanted
    assert line.resets >= 3
