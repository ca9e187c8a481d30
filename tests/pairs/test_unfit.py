"""Values of other types than are declared never stop a read of many: they are shown as they came, with why."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dlmskit.cli.fetch import fetch
from dlmskit.client import connect
from dlmskit.client.profile.reading import MeterProfile
from dlmskit.client.saved.as_json import from_text, to_text
from dlmskit.client.saved.snapshot import Snapshot
from dlmskit.client.saved.survey import Survey
from dlmskit.cosem.ics import STANDARD, Clock, Register
from dlmskit.cosem.model import Attribute, Bound, CosemObject
from dlmskit.data import tagged
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.edge.clock import repeatable
from dlmskit.errors import RemoteProtocolError, UnfitValue
from dlmskit.server.access import Rule
from dlmskit.server.behaviour import Behaviour
from dlmskit.server.device import Device
from dlmskit.server.serve import serve
from dlmskit.simulator.models.recorded import recorded
from tests.support.meters import CLOCK, ENERGY, NOW, PROFILE, array, octets, structure, time, unsigned32, values
from tests.support.peer import Peer, object_list

URL = "memory:unfit"
SEVEN, LIE = unsigned32(7), Value(Tag.BOOLEAN, True)
ODD = (
    LIE,
    Value(Tag.FLOAT64, 0.5),
    structure(Value(Tag.BCD, b"\x12")),
    array(structure(), LIE),
    octets(text=b"\xff"),
    NULL,
)
STILL = repeatable(seed=1, start=datetime(2026, 11, 22, 11, tzinfo=UTC), monotonic=lambda: 0.0)


def unfit_for(attribute: Attribute[Any]) -> Value | None:
    """What such an attribute cannot be; None for one that may be anything."""
    for value in ODD:
        try:
            attribute.kind.load(value)
        except RemoteProtocolError:
            return value
    return None


def liar() -> Device:
    """Every class there is, each attribute of another type than declared where that can be told."""
    device = Device(logical_name="DKT0000000000001", environment=STILL)
    for number, cls in enumerate(STANDARD):
        told = {index: unfit_for(one) for index, one in cls.attributes.items() if index > 1}
        behaviour = Behaviour(cls(f"0.1.128.{number // 200}.{number % 200}.255"))
        behaviour.values |= {index: SEVEN if value is None else value for index, value in told.items()}
        device.add(behaviour)
    device.association(client=16, access=(Rule("*"),))
    return device


def lies(obj: CosemObject) -> dict[int, Value]:
    found = {index: unfit_for(one) for index, one in obj.attributes.items() if index > 1 and not one.secret}
    return {index: value for index, value in found.items() if value is not None}


def told(error: object) -> Value:
    """The value an error of that kind has."""
    assert isinstance(error, UnfitValue) and isinstance(error.value, Value)
    assert error.hints and str(error)
    return error.value


@pytest.mark.parametrize("word", ["use", "never"])
async def test_a_meter_all_of_whose_values_are_of_other_types_is_read_completely(word: str) -> None:
    count = 0
    async with serve(liar(), URL), connect(URL, with_list=word, attribute_0=word) as meter:
        survey = Survey(meter.backend)
        for entry in (await meter.objects())[:]:
            obj, odd = survey.object(entry), {}
            if entry.logical_name[:3] != b"\x00\x01\x80":
                continue
            odd = lies(obj)
            count += len(odd)
            whole = await meter.get_all(obj)
            assert {index: told(whole[index]) for index in odd} == odd
            assert whole[1] == obj.obis
            batch = await meter.batch(*map(obj.attribute, odd), return_errors=True)
            assert [told(one) for one in batch] == list(odd.values())
            for reading in await fetch(survey, obj, list(odd)):
                record = reading.to_json()
                assert record["note"] and str(record["note"]) in str(reading)
                assert "error" not in record
    assert count > 500


async def test_it_comes_back_from_a_snapshot_as_it_came_and_is_served_again_as_it_was() -> None:
    async with serve(liar(), URL), connect(URL, environment=STILL) as meter:
        snapshot = await meter.snapshot()
    again = from_text(to_text(snapshot.saved))
    assert again == snapshot.saved
    offline, count = Snapshot(again), 0
    for entry in offline.objects():
        obj = offline.object(entry.logical_name, entry.class_id, entry.version)
        if entry.logical_name[:3] == b"\x00\x01\x80":
            odd, whole = lies(obj), offline.get_all(obj)
            assert {index: told(whole[index]) for index in odd} == odd
            count += len(odd)
    assert count > 500
    async with serve(recorded(again, STILL), URL), connect(URL, environment=STILL) as meter:
        served = (await meter.snapshot()).saved.values
    own = {(one.class_id, bytes(one.instance_id)) for one in served} - {(15, bytes((0, 0, 40, 0, 0, 255)))}
    same = {target: value for target, value in again.values.items() if (target[0], bytes(target[1])) in own}
    assert {target: served[target] for target in same} == same


async def test_a_single_typed_read_has_what_came_and_says_how_to_read_it_so() -> None:
    peer = Peer({**values(), (8, CLOCK, 3): LIE})
    async with peer.on(URL), connect(URL) as meter:
        with pytest.raises(UnfitValue, match=r"8:0.0.1.0.0.255/time_zone: expected long, got boolean") as caught:
            await meter.clock.time_zone
        assert told(caught.value) == LIE
        assert "read_attribute(8, '0.0.1.0.0.255', 3)" in caught.value.hints[0]
        assert await meter.read_attribute(8, CLOCK, 3) == LIE
        with pytest.raises(UnfitValue):
            await meter.batch(meter.clock.time, meter.clock.time_zone)
        time_of, zone = await meter.access(meter.clock.time, meter.clock.time_zone)
        assert time_of.local == NOW and told(zone) == LIE


async def test_a_value_whose_scaler_is_none_is_shown_unscaled_with_why() -> None:
    peer = Peer({**values(), (3, ENERGY, 3): LIE})
    async with peer.on(URL), connect(URL) as meter:
        (reading,) = await fetch(Survey(meter.backend), Register(ENERGY), [2])
        table = await meter.profile(PROFILE).last(1)
    record = reading.to_json()
    assert (record["value"], record["unit"]) == (12345, None)
    assert "scaler_unit" in str(record["note"]) and str(reading).startswith("12345 (")
    assert table[0].values[0].raw == 1009 and table[0].values[0].quantity is None


# --- object lists ---

ENTRIES = ((15, 1, "0.0.40.0.0.255"), (8, 0, CLOCK), (3, 0, ENERGY))


@pytest.mark.parametrize("odd", [*ODD, structure(SEVEN, SEVEN, octets(text=b"short"), structure(array(), array()))])
@pytest.mark.parametrize("place", [0, 1, 3])
async def test_an_entry_that_names_no_object_hides_no_other(odd: Value, place: int) -> None:
    elements = list(object_list(*ENTRIES).value)
    elements.insert(place, odd)
    peer = Peer({**values(), (15, "0.0.40.0.0.255", 2): array(*elements)})
    async with peer.on(URL), connect(URL) as meter:
        view = await meter.objects()
        snapshot = await meter.snapshot()
    assert [str(entry.logical_name) for entry in view] == [name for *_, name in ENTRIES]
    assert {number: error.value for number, error in view.unfit.items()} == {place: odd}
    again = Snapshot(from_text(to_text(snapshot.saved)))
    assert again.saved.view == view
    assert again.read_attribute(15, "0.0.40.0.0.255", 2) == array(*elements)
    assert again.get(Clock.time, at=CLOCK).local == NOW


# --- profiles ---

CELLS = (*ODD, Value(Tag.LONG, 5), Value(Tag.VISIBLE_STRING, b"5"), octets(text=bytes(12)))


async def rows_with(column: int, cell: Value) -> tuple[Any, Any]:
    """A profile of three columns with an odd cell in the middle row."""
    rows = [[time(NOW.replace(minute=15 * n)), Value(Tag.UNSIGNED, n), unsigned32(n)] for n in range(3)]
    rows[1][column] = cell
    peer = Peer({**values(), (7, PROFILE, 2): array(*(structure(*row) for row in rows))})
    async with peer.on(URL), connect(URL) as meter:
        profile: MeterProfile = meter.profile(PROFILE)
        return await profile.all(), await profile.between(NOW.replace(minute=0), NOW.replace(minute=59))


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: str(tagged.to_json(cell))[:40])
@pytest.mark.parametrize("column", [0, 1, 2])
async def test_a_cell_of_another_type_than_its_column_spoils_no_other(column: int, cell: Value) -> None:
    from dlmskit.cli.rows import row_to_json

    table, part = await rows_with(column, cell)
    assert len(table) == len(part) == 3
    assert [row.raw[2] for row in table][::2] == [0, 2]
    assert [row.status for row in table][::2] == [0, 2]
    assert len(table.to_numpy()) == 3
    records = [row_to_json(table, row) for row in table]
    assert records[0]["values"] == [
        {**records[2]["values"][0], "raw": 0, "value": records[0]["values"][0]["value"]}  # type: ignore[index]
    ]
    if column == 0 and table[1].time is None and table[1].raw[0] is not None:
        assert records[1]["time_raw"] is not None and records[1]["time"] is None
    assert str(table.report)


async def test_numbers_of_rows_that_are_none_are_done_without() -> None:
    peer = Peer({**values(), (7, PROFILE, 7): LIE, (7, PROFILE, 4): LIE, (7, PROFILE, 5): LIE})
    async with peer.on(URL), connect(URL) as meter:
        assert len(await meter.profile(PROFILE).last(2)) == 2


def test_a_reference_keeps_what_it_cannot_load() -> None:
    ref: Bound[Any] = Clock(CLOCK).time_zone
    with pytest.raises(UnfitValue) as caught:
        ref.load(LIE)
    assert told(caught.value) == LIE and caught.value.kind == "unfit-value"
