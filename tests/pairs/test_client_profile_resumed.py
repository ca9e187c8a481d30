"""A profile whose line breaks is read on from the last row that came whole, if that still stands where it stood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dlmskit.client import Meter, connect
from dlmskit.cosem.selectors import EntryDescriptor, RangeDescriptor
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.edge.memory import channel
from dlmskit.errors import TransportError
from dlmskit.session.context import CLIENT_CONFORMANCE
from dlmskit.times import CosemDateTime
from tests.support.bad_line import Resetting
from tests.support.meters import NOW, PROFILE, array, profile_rows, structure, unsigned32
from tests.support.peer import public
from tests.support.profile_peer import ProfilePeer

URL = "memory:meter"
ROWS = profile_rows(200)
END = profile_rows(200)[-1].value[0].value


def energies(rows: Any) -> list[int]:
    return [row[-1] for row in rows]


def reset(every: int) -> Resetting:
    """The wrapper's messages are written one by one."""
    return Resetting(channel("meter"), every, lambda chunk: [chunk])


READINGS: dict[str, Callable[[Meter], Any]] = {
    "all": lambda meter: meter.profile(PROFILE).all(),
    "entries": lambda meter: meter.profile(PROFILE).entries(1, 200),
    "last": lambda meter: meter.profile(PROFILE).last(200),
    "between": lambda meter: meter.profile(PROFILE).between(NOW, CosemDateTime(END)),
    "columns": lambda meter: meter.profile(PROFILE).between(NOW, CosemDateTime(END), ["1.0.1.8.0.255"]),
}


@pytest.mark.parametrize("how", READINGS)
async def test_however_a_profile_is_read_every_row_comes_once_and_in_order(how: str) -> None:
    peer = ProfilePeer(ROWS, values={(7, PROFILE, 7): unsigned32(200)})
    async with peer.on(URL), connect(URL, max_pdu=300) as meter:
        await meter.profile(PROFILE).columns()
        line = reset(14)
        table = await READINGS[how](meter)
    assert energies(table.raw_rows) == list(range(1000, 1200))
    assert line.resets >= 3
    assert len(peer.asked) > line.resets - 2


async def test_the_newest_first_is_read_on_backwards() -> None:
    peer = ProfilePeer(ROWS[::-1])
    async with peer.on(URL), connect(URL, max_pdu=300) as meter:
        await meter.profile(PROFILE).columns()
        line = reset(14)
        table = await meter.profile(PROFILE).between(NOW, CosemDateTime(END))
    assert energies(table.raw_rows) == list(range(1199, 999, -1))
    assert line.resets >= 3
    resumed = [asked for asked in peer.asked if isinstance(asked, RangeDescriptor)][1:]
    assert {asked.from_value for asked in resumed} == {peer.asked[0].from_value}


async def test_the_buffer_as_an_attribute_goes_on_too() -> None:
    peer = ProfilePeer(ROWS)
    async with peer.on(URL), connect(URL, max_pdu=300) as meter:
        line = reset(14)
        assert await meter.read_attribute(7, PROFILE, 2) == Value(Tag.ARRAY, tuple(ROWS))
    assert line.resets >= 3
    assert [asked.from_entry for asked in peer.asked if isinstance(asked, EntryDescriptor)] != []


async def test_rows_that_moved_meanwhile_are_read_anew() -> None:
    """Between two connections the oldest entry is overwritten: the entries have other numbers now."""
    peer = ProfilePeer(ROWS[:100])
    async with peer.on(URL), connect(URL, max_pdu=300) as meter:
        await meter.profile(PROFILE).columns()
        line, usual = reset(14), peer.read

        def read(event: Any) -> Any:
            if line.resets == 1 and peer.rows[0] is ROWS[0]:
                peer.rows = ROWS[1:101]
            return usual(event)

        peer.answer = read
        line.every = 40
        line.frames = 30
        table = await meter.profile(PROFILE).all()
    assert energies(table.raw_rows) == list(range(1001, 1101))
    assert peer.asked[0] == "all" and peer.asked[-1] == "all"


async def test_null_clocks_and_values_are_filled_in_across_the_break() -> None:
    peer = ProfilePeer(ROWS)
    usual = peer.read

    def compressed(event: Any) -> Any:
        answer = usual(event)
        if not isinstance(answer, Value):
            return answer
        first, *others = answer.value
        return array(first, *(structure(NULL, *row.value[1:]) for row in others))

    peer.answer = compressed
    async with peer.on(URL), connect(URL, max_pdu=300) as meter:
        await meter.profile(PROFILE).columns()
        reset(20).frames = 10
        table = await meter.profile(PROFILE).all()
    whole = [CosemDateTime(row[0]).local for row in table.raw_rows]
    assert whole == [CosemDateTime(row.value[0].value).local for row in ROWS]
    assert energies(table.raw_rows) == list(range(1000, 1200))


async def test_apdus_larger_than_the_line_holds_are_asked_for_in_smaller_ones() -> None:
    """As many octets as a connection carries are fewer than one block has."""
    peer, url = ProfilePeer(ROWS), "hdlc+memory:meter"
    async with peer.on(url), connect(url, max_info_rx=32, max_info_tx=32) as meter:
        await meter.profile(PROFILE).columns()
        Resetting(channel("meter"), 40)
        table = await meter.profile(PROFILE).all()
    assert energies(table.raw_rows) == list(range(1000, 1200))
    assert 64 <= meter.association.max_pdu_received < 1024


async def test_without_selective_access_it_begins_again_and_is_given_up_within_bounds() -> None:
    without = CLIENT_CONFORMANCE & ~Conformance.SELECTIVE_ACCESS
    peer = ProfilePeer(ROWS, devices={1: {16: public(conformance=without)}})
    async with peer.on(URL), connect(URL, max_pdu=300) as meter:
        await meter.profile(PROFILE).columns()
        line = reset(14)
        with pytest.raises(TransportError):
            await meter.profile(PROFILE).all()
        assert line.resets >= 4
        reset(10_000)
        assert str(await meter.clock.time) == "2026-11-22T15:04:00"
    assert peer.asked == ["all"] * 4
