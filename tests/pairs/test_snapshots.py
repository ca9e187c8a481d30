"""A meter read as a whole, kept, and read again from what was kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import dlmskit
from dlmskit import Snapshot
from dlmskit.apdu.base import AttributeDescriptor, DataAccessResult
from dlmskit.apdu.get import GetRequestWithList
from dlmskit.client import connect
from dlmskit.client.facts import AssociationFacts
from dlmskit.client.known import Known
from dlmskit.client.meter import Meter
from dlmskit.client.saved.as_json import from_text, to_text
from dlmskit.client.saved.saved import Saved
from dlmskit.client.view import View
from dlmskit.cosem.access import AccessRight, AttributeAccess, ObjectListElement
from dlmskit.cosem.common import CaptureObject
from dlmskit.cosem.ics import AssociationLN, AssociationLN_v1, DisconnectControl, ProfileGeneric, ProfileGeneric_v0
from dlmskit.cosem.model import GenericObject
from dlmskit.cosem.object_list import ObjectListElementKind
from dlmskit.cosem.registry import Registry
from dlmskit.cosem.selectors import CLOCK_TIME, RangeDescriptor
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.edge.clock import repeatable
from dlmskit.errors import OtherReason, ReadWriteDenied, RemoteProtocolError, TypeUnmatched, UsageError
from dlmskit.obis import Obis
from dlmskit.server.access import Rule
from dlmskit.session import responder
from dlmskit.session.context import CLIENT_CONFORMANCE
from dlmskit.simulator import build, recorded
from dlmskit.trace import TraceEvent
from tests.support.meters import CLOCK, ENERGY, PROFILE, security, values
from tests.support.peer import Peer, object_list, public

URL = "memory:meter"
NOON = datetime(2026, 11, 22, 11, tzinfo=UTC)
LOW = {"client": 32, "auth": "low", "password": "dlmskit1"}


STILL = repeatable(seed=1, start=NOON, monotonic=lambda: 0.0)


def built_in(model: str = "electricity", referencing: Any = "ln") -> Any:
    """A built-in meter, its profiles cut short."""
    device = build(model, environment=STILL, referencing=referencing)
    for one in device.objects:
        if isinstance(one.obj, ProfileGeneric):
            one.store(ProfileGeneric.profile_entries, 12)
    return device


async def test_a_snapshot_reads_like_the_meter_with_the_same_references(tmp_path: Path) -> None:
    async with dlmskit.serve(built_in(), URL), connect(URL, environment=STILL, **LOW) as meter:
        (await meter.snapshot()).save(tmp_path / "meter.json")
        snapshot = Snapshot.load(tmp_path / "meter.json")
        assert snapshot.objects() == await meter.objects()
        assert snapshot.taken == NOON
        for entry in await meter.objects():
            obj = await meter.object(entry.logical_name, entry.class_id)
            assert type(snapshot.object(entry.logical_name, entry.class_id)) is type(obj)
            for index in entry.readable:
                assert snapshot[obj.attribute(index)] == await meter.get(obj.attribute(index))
        online, offline = meter.profile(PROFILE), snapshot.profile(PROFILE)
        last = await online.last(5)
        assert offline.last(5).raw_rows == last.raw_rows
        assert offline.last(5).columns == last.columns
        start, end = last[0].time, last[2].time
        assert start is not None and end is not None
        some = await online.between(start, end, [ENERGY])
        assert offline.between(start, end, [ENERGY]).raw_rows == some.raw_rows
        assert [row.raw for row in offline.stream(start, end)] == [row.raw for row in last[:3]]
        assert snapshot.quantity(snapshot.register(ENERGY).value) == await meter.quantity(meter.register(ENERGY).value)


async def test_no_secret_comes_into_the_file_even_where_the_meter_tells_it(tmp_path: Path) -> None:
    device = built_in()
    told = (Rule("*"), Rule("15:*", read=("secret",)))
    secret = device.find(15, bytes((0, 0, 40, 0, 2, 255)))
    secret.values[7] = AssociationLN.secret.kind.dump(b"Xq7-secret-word")
    device.association(client=50, access=told)
    async with dlmskit.serve(device, URL), connect(URL, client=50) as meter:
        assert await meter.get(AssociationLN.secret, at="0.0.40.0.2.255") == b"Xq7-secret-word"
        (await meter.snapshot()).save(tmp_path / "meter.json")
    text = (tmp_path / "meter.json").read_text()
    assert '"0.0.40.0.2.255"' in text
    assert b"Xq7-secret-word".hex() not in text and "Xq7" not in text


# --- the order ---


def peer_with(*objects: tuple[int, int, str], **terms: Any) -> Peer:
    peer = Peer({**values(), (15, "0.0.40.0.0.255", 2): object_list((15, 1, "0.0.40.0.0.255"), *objects)})
    peer.devices = {1: {16: public(**terms)}}
    return peer


def _asked(peer: Peer, name: str) -> list[int]:
    wanted = [line.rpartition("/") for line in peer.log if line.startswith("get ")]
    return [int(index) for head, _, index in wanted if head.endswith(f":{name}")]


async def test_what_is_static_comes_before_what_is_not_and_the_buffer_last() -> None:
    peer = peer_with((3, 0, ENERGY), (7, 1, PROFILE))
    async with peer.on(URL), connect(URL) as meter:
        await meter.snapshot()
    assert _asked(peer, ENERGY)[:3] == [1, 3, 2]
    order = _asked(peer, PROFILE)
    assert order[-1] == 2
    assert order.index(3) < order.index(7) < order.index(2)


async def test_with_a_snapshot_what_is_static_and_the_view_are_not_read_again(tmp_path: Path) -> None:
    peer = peer_with((3, 0, ENERGY), (8, 0, CLOCK))
    async with peer.on(URL), connect(URL) as meter:
        first = await meter.snapshot()
    first.save(tmp_path / "meter.json")
    peer.log.clear()
    async with peer.on(URL), connect(URL, snapshot=tmp_path / "meter.json") as meter:
        second = await meter.snapshot()
        assert await meter.quantity(meter.register(ENERGY).value) == first.register(ENERGY).quantity()
    assert not {1, 2} & set(_asked(peer, "0.0.40.0.0.255"))
    assert 3 not in _asked(peer, ENERGY)
    assert _asked(peer, ENERGY)[0] == 2
    assert 3 not in _asked(peer, CLOCK) and 2 in _asked(peer, CLOCK)
    assert second.saved.values == first.saved.values


async def test_a_profile_is_read_without_asking_what_it_captures() -> None:
    async with dlmskit.serve(built_in(), URL), connect(URL, **LOW) as meter:
        snapshot, last = await meter.snapshot(), await meter.profile(PROFILE).last(3)
    told: list[str] = []
    async with dlmskit.serve(built_in(), URL), connect(URL, snapshot=snapshot, trace=_apdus(told), **LOW) as meter:
        told.clear()
        assert (await meter.profile(PROFILE).last(3)).raw_rows == last.raw_rows
        assert set(told) == {"get-request-normal"}
        known = len(told)
    async with dlmskit.serve(built_in(), URL), connect(URL, trace=_apdus(told), **LOW) as meter:
        told.clear()
        await meter.profile(PROFILE).last(3)
        assert len(told) > known


def _apdus(told: list[str]) -> Callable[[TraceEvent], None]:
    return lambda event: told.append(event.name) if (event.layer, event.direction) == ("apdu", "out") else None


async def test_a_snapshot_of_another_meter_or_association_is_not_used() -> None:
    async with dlmskit.serve(built_in(), URL), connect(URL) as meter:
        snapshot = await meter.snapshot()
    async with dlmskit.serve(build(serial=2), URL):
        with pytest.raises(UsageError, match="is of another meter"):
            async with connect(URL, snapshot=snapshot):
                pass
        with pytest.raises(UsageError, match="what client=16 of server=1 sees, not client=32 of server=1"):
            async with connect(URL, snapshot=snapshot, **LOW):
                pass
        async with dlmskit.open_line(URL) as line:
            with pytest.raises(UsageError, match="is of another meter"):
                async with line.meter(snapshot=snapshot):
                    pass


async def test_what_is_written_is_remembered_no_more() -> None:
    async with dlmskit.serve(built_in(), URL), connect(URL, **LOW) as meter:
        snapshot = await meter.snapshot()
        await meter.set(meter.clock.time_zone, 90)
        assert (await meter.snapshot())[snapshot.clock.time_zone] == 90
    assert snapshot[snapshot.clock.time_zone] == -60


async def test_a_meter_that_refuses_lists_is_asked_for_one_and_then_for_none(monkeypatch: pytest.MonkeyPatch) -> None:
    lists: list[GetRequestWithList] = []
    taken, _ = responder.HANDLERS[GetRequestWithList]

    def refuse(desk: Any, request: GetRequestWithList, shield: Any, now: float) -> None:
        lists.append(request)
        raise RemoteProtocolError("no lists here")

    async with dlmskit.serve(built_in(), URL), connect(URL, **LOW) as meter:
        usual = await meter.snapshot()
    monkeypatch.setitem(responder.HANDLERS, GetRequestWithList, (taken, refuse))
    async with dlmskit.serve(built_in(), URL), connect(URL, **LOW) as meter:
        assert (await meter.snapshot()).saved.values == usual.saved.values
    assert len(lists) == 1


# --- the view's versions ---


async def test_well_known_objects_are_of_the_version_the_view_says() -> None:
    peer = peer_with((7, 0, PROFILE), (8, 0, CLOCK))
    async with peer.on(URL), connect(URL) as meter:
        assert type(meter.current_association) is AssociationLN
        assert type(meter.profile(PROFILE).object) is ProfileGeneric
        await meter.objects()
        assert type(meter.current_association) is AssociationLN_v1
        assert type(meter.profile(PROFILE).object) is ProfileGeneric_v0


async def test_a_version_newer_than_any_declared_is_known_by_the_newest_of_the_classes_in_force() -> None:
    class MakersControl(DisconnectControl, class_id=70, version=2):
        """The maker's own."""

    peer = Peer()
    peer.values[15, bytes(Obis.parse("0.0.40.0.0.255")), 2] = object_list((70, 9, "0.0.96.3.10.255"))
    async with peer.on(URL), connect(URL, registry=Registry([MakersControl])) as meter:
        assert type(meter.disconnect_control) is MakersControl
        assert type(await meter.object("0.0.96.3.10.255", 70)) is MakersControl
        await meter.objects()
        assert type(meter.disconnect_control) is MakersControl
        assert type(await meter.object("0.0.96.3.10.255")) is GenericObject


async def test_every_well_known_object_of_a_meter_is_one_of_the_view() -> None:
    known = {name: one for name, one in vars(Meter).items() if isinstance(one, Known)}
    async with dlmskit.serve(built_in(), URL), connect(URL, **LOW) as meter:
        view = await meter.objects()
        for name, one in known.items():
            entry = view.find(one.name, one.cls.class_id)
            assert entry is not None and getattr(meter, name).class_version == entry.version


# --- served again ---


async def _served_again(snapshot: Snapshot, **how: Any) -> Snapshot:
    async with dlmskit.serve(recorded(snapshot.saved, STILL), URL), connect(URL, environment=STILL, **how) as meter:
        return await meter.snapshot()


@pytest.mark.parametrize(
    ("model", "how"),
    [
        ("gas", {}),
        ("electricity", {}),
        ("electricity", {"referencing": "sn"}),
        ("electricity", LOW),
        ("electricity", {"client": 1, "auth": "gmac", "security": security()}),
    ],
    ids=["gas", "none", "short names", "low", "gmac"],
)
async def test_a_meter_read_saved_served_and_read_is_the_same(model: str, how: dict[str, Any], tmp_path: Path) -> None:
    device = built_in(model, how.get("referencing", "ln"))
    async with dlmskit.serve(device, URL), connect(URL, environment=STILL, **how) as meter:
        (await meter.snapshot()).save(tmp_path / "meter.json")
    first = Snapshot.load(tmp_path / "meter.json")
    again = await _served_again(first, **how)
    assert sorted(map(repr, again.objects())) == sorted(map(repr, first.objects()))
    assert again.saved.values == first.saved.values
    assert replace(again.association, hdlc=None) == replace(first.association, hdlc=None)


async def test_rows_of_a_saved_profile_are_selected_by_the_served_meter() -> None:
    async with dlmskit.serve(built_in(), URL), connect(URL, **LOW) as meter:
        last, snapshot = await meter.profile(PROFILE).last(6), await meter.snapshot()
    start, end = last[1].time, last[3].time
    assert start is not None and end is not None
    asked: list[str] = []
    async with (
        dlmskit.serve(recorded(snapshot.saved, STILL), URL),
        connect(URL, trace=lambda event: asked.append(event.name), **LOW) as meter,
    ):
        profile = meter.profile(PROFILE)
        await profile.columns()
        for wanted in ([], [ENERGY]):
            chosen = await profile.between(start, end, wanted or None)
            assert [row.time for row in chosen] == [row.time for row in last[1:4]]
            assert len(chosen.columns) == (2 if wanted else 4)
        assert (await profile.entries(2, 4)).raw_rows == (await profile.all()).raw_rows[1:4]
        assert (await profile.last(6)).raw_rows == last.raw_rows
        with pytest.raises(TypeUnmatched):
            await meter.get(profile.object.buffer.select(RangeDescriptor(CLOCK_TIME, NULL, NULL, ()).selection()))
        with pytest.raises(OtherReason):
            other = CaptureObject(3, Obis.parse("1.0.99.99.99.255"), 2, 0)
            await meter.get(profile.object.buffer.between(start, end, [other]))


async def test_compressed_rows_are_served_whole_and_selected_by_the_client() -> None:
    async with dlmskit.serve(built_in(), URL), connect(URL, **LOW) as meter:
        snapshot = await meter.snapshot()
    buffer = AttributeDescriptor(7, Obis.parse(PROFILE), 2)
    rows = list(snapshot.saved.values[buffer].value)
    rows[4] = Value(Tag.STRUCTURE, (rows[4].value[0], NULL, *rows[4].value[2:]))
    changed = {**snapshot.saved.values, buffer: Value(Tag.ARRAY, tuple(rows))}
    saved = replace(snapshot.saved, values=changed)
    async with dlmskit.serve(recorded(saved, STILL), URL), connect(URL, **LOW) as meter:
        assert (await meter.profile(PROFILE).last(3)).raw_rows == snapshot.profile(PROFILE).last(3).raw_rows


async def test_a_saved_meter_is_written_where_its_rights_say_so_and_its_methods_do_nothing() -> None:
    async with dlmskit.serve(built_in(), URL), connect(URL, **LOW) as meter:
        snapshot = await meter.snapshot()
    async with dlmskit.serve(recorded(snapshot.saved, STILL), URL), connect(URL, **LOW) as meter:
        await meter.set(meter.clock.time_zone, 120)
        assert await meter.clock.time_zone == 120
        with pytest.raises(ReadWriteDenied):
            await meter.set(meter.clock.daylight_savings_deviation, 30)
        with pytest.raises(ReadWriteDenied):
            await meter.call(meter.clock.shift_time, 5)


async def test_a_refusal_and_an_odd_name_are_served_as_they_were() -> None:
    name, zone = AttributeDescriptor(1, Obis.parse("0.0.42.0.0.255"), 2), AttributeDescriptor(8, Obis.parse(CLOCK), 3)
    async with dlmskit.serve(built_in(), URL), connect(URL) as meter:
        snapshot = await meter.snapshot()
    odd = Value(Tag.VISIBLE_STRING, b"\x00\xffa name of more than sixteen octets")
    values = {**snapshot.saved.values, name: odd, zone: DataAccessResult(2)}
    again = await _served_again(Snapshot(replace(snapshot.saved, values=values)))
    assert (again.saved.values[name], again.saved.values[zone]) == (odd, DataAccessResult(2))


def test_what_cannot_be_served_is_said() -> None:
    facts = AssociationFacts(1, 1, "ecdsa", "both", Conformance.GET, 0, 0, None, None)
    with pytest.raises(UsageError, match="no example certificates"):
        recorded(Saved(facts, View(()), {}, NOON), STILL)


async def test_a_meter_of_thousands_of_objects_is_served_seen_and_kept() -> None:
    many, kind = 3000, ObjectListElementKind(1)
    rights = AccessRight(tuple(AttributeAccess(index, kind.attribute_modes[1]) for index in (1, 2, 3)))
    names = [Obis(bytes((1, 0, 96, *divmod(number, 256), 255))) for number in range(many)]
    view = View(ObjectListElement(3, 0, name, rights) for name in names)
    number = {AttributeDescriptor(3, names[-1], 2): Value(Tag.LONG, 7)}
    facts = AssociationFacts(16, 1, "none", "none", CLIENT_CONFORMANCE, 0, 0, None, None)
    saved = from_text(to_text(Saved(facts, view, number, NOON)))
    async with dlmskit.serve(recorded(saved, STILL), URL), connect(URL, timeout_s=60) as meter:
        seen = await meter.objects()
        assert set(seen) >= set(view) and len(seen) == many + 1
        assert (await (await meter.object(names[-1])).attribute("value").get()) == Value(Tag.LONG, 7)
