"""A meter by short names: the same calls, the names found out and kept by themselves."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.notify import InformationReportRequest
from dlmskit.client import connect
from dlmskit.client.notifications import Notification
from dlmskit.client.security import Security
from dlmskit.cosem.common import CaptureObject
from dlmskit.cosem.ics import (
    Clock,
    Data,
    DisconnectControl,
    DisconnectControl_v0,
    ProfileGeneric,
    SapAssignment,
    ScriptTable,
)
from dlmskit.cosem.ics.access import User
from dlmskit.cosem.ics.association_sn import AssociationSN_v0
from dlmskit.cosem.model import Selection
from dlmskit.cosem.relocation import Relocation
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.edge.clock import repeatable
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import (
    ApplicationContextNameNotSupported,
    LocalProtocolError,
    ObjectUndefined,
    ReadWriteDenied,
    TypeUnmatched,
    UsageError,
)
from dlmskit.obis import Obis
from dlmskit.quirks.profile import parse_profile
from dlmskit.security.keys import KeyRing
from dlmskit.server.access import Rule
from dlmskit.server.device import Device
from dlmskit.server.serve import serve
from dlmskit.session.naming import OBJECT_LIST
from dlmskit.simulator import build
from dlmskit.trace import TraceEvent
from tests.support.device import COUNTED, EVERYTHING, LONG, NUMBER, Counted
from tests.support.peer import AK, EK

URL = "memory:short"
ASSOCIATION = "0.0.40.0.0.255"


def device(*, version: int | None = None, **terms: Any) -> Device:
    served = Device(logical_name="DKT0000000000001", system_title=b"DKT\0\0\0\0\1")
    served.add(Clock("0.0.1.0.0.255", time_zone=-60))
    served.add(Data(LONG, value=Value(Tag.OCTET_STRING, bytes(range(256)) * 4)))
    served.add(Data(NUMBER, value=Value(Tag.LONG_UNSIGNED, 7)))
    served.add(Counted())
    served.association(client=16, access=EVERYTHING, referencing="sn", version=version, **terms)
    return served


@pytest.mark.parametrize("url", [URL, "hdlc+memory:short"])
async def test_a_meter_is_read_written_and_called_as_by_logical_names(url: str) -> None:
    served = device()
    async with serve(served, url), connect(url, referencing="sn") as meter:
        assert await meter.clock.time_zone == -60
        await meter.set(meter.clock.time_zone, -120)
        assert await meter.batch(meter.clock.time_zone, meter.data(NUMBER).value) == (-120, Value(Tag.LONG_UNSIGNED, 7))
        await meter.call(meter.register(COUNTED).reset)
        assert (await meter.get(Data.value, at=LONG)).value == bytes(range(256)) * 4
        await meter.set(meter.data(NUMBER).value, Value(Tag.LONG_UNSIGNED, 8), confirmed=False)
        assert (await meter.data(NUMBER).value).value == 8
        assert (await meter.get_all(meter.register(COUNTED)))[2] == Value(Tag.DOUBLE_LONG_UNSIGNED, 5)
        with pytest.raises(ObjectUndefined):
            await meter.data("0.0.96.9.9.255").value
    assert served.object(COUNTED, Counted).calls == [0]


async def test_a_long_value_is_written_in_blocks() -> None:
    served, text = device(max_pdu=100), Value(Tag.OCTET_STRING, bytes(1000))
    async with serve(served, URL), connect(URL, referencing="sn", max_pdu=100) as meter:
        await meter.set(meter.data(LONG).value, text)
        assert await meter.data(LONG).value == text


@pytest.mark.parametrize("way", ["low", "sha256", "gmac"])
async def test_who_asks_and_who_answers_is_proven_as_by_logical_names(way: Literal["low", "sha256", "gmac"]) -> None:
    served = Device(logical_name="DKT0000000000001", system_title=b"DKT\0\0\0\0\1")
    ring = KeyRing(ek=EK, ak=AK)
    offered: dict[str, dict[str, Any]] = {
        "low": {"mechanism": 1, "password": b"dlmskit1"},
        "sha256": {"mechanism": 6, "password": b"dlmskit1"},
        "gmac": {"mechanism": 5, "keys": ring},
    }
    served.association(client=1, access=(Rule("*"),), referencing="sn", **offered[way])
    asked: dict[str, dict[str, Any]] = {
        "low": {"password": "dlmskit1"},
        "sha256": {"password": "dlmskit1", "security": Security(system_title=b"CLI00001", level="none")},
        "gmac": {"security": Security(ek=EK, ak=AK, system_title=b"CLI00001"), "invocation_counter": 0},
    }
    async with (
        serve(served, URL),
        connect(URL, referencing="sn", client=1, auth=way, counters=MemoryCounterStore(), **asked[way]) as meter,
    ):
        assert (await meter.logical_device_name.value).value == b"DKT0000000000001"


@pytest.mark.parametrize("version", range(5))
async def test_every_version_of_the_association_shows_its_objects(version: int) -> None:
    async with serve(device(version=version), URL), connect(URL, referencing="sn") as meter:
        view = await meter.objects()
        assert {str(entry.logical_name) for entry in view} >= {ASSOCIATION, "0.0.1.0.0.255", NUMBER, COUNTED}
        entry = view.find(COUNTED, 3)
        assert entry is not None
        assert entry.readable == [1, 2] if version >= 2 else [1, 2, 3]
        assert entry.can_call(1) == (version >= 2)
        own = await meter.object(ASSOCIATION)
        assert (own.class_id, type(own).class_version) == (12, version)
        listed = await own.attribute("object_list")
        assert [one.logical_name for one in listed] == [one.logical_name for one in view]


async def test_version_0_looks_objects_up_by_methods() -> None:
    async with serve(device(version=0), URL), connect(URL, referencing="sn") as meter:
        association = AssociationSN_v0(ASSOCIATION, meter.backend)
        (clock,) = await association.getlist_by_classid(8)
        assert clock.logical_name == Obis.parse("0.0.1.0.0.255")
        assert await association.getobj_by_logicalname(clock.logical_name) == clock
        with pytest.raises(ObjectUndefined):
            await association.getobj_by_logicalname(Obis.parse("9.9.9.9.9.9"))


async def test_users_are_kept_from_version_3_on() -> None:
    async with serve(device(version=3, users={1: "one"}), URL), connect(URL, referencing="sn", user_id=1) as meter:
        association: Any = await meter.object("0.0.40.0.1.255", 12, 3)
        await association.add_user(User(2, "two"))
        assert await association.user_list == (User(1, "one"), User(2, "two"))
        await association.remove_user(User(2, "two"))
        with pytest.raises(ReadWriteDenied):
            await association.remove_user(User(1, "one"))
        assert await association.current_user == User(1, "one")


async def test_rights_hold_for_names_as_for_objects() -> None:
    served = device()
    served.association(client=17, access=(Rule("8:*.*.*.*.*.*", read=("time",)),), referencing="sn")
    async with serve(served, URL), connect(URL, referencing="sn", client=17) as meter:
        assert {str(entry.logical_name) for entry in await meter.objects()} == {ASSOCIATION, "0.0.1.0.0.255"}


async def test_the_names_are_asked_for_once_and_known_after_a_loss() -> None:
    events: list[TraceEvent] = []
    served = device()
    asked = b"\5\1\2" + (OBJECT_LIST & 0xFFFF).to_bytes(2, "big")
    async with serve(served, URL) as at, connect(URL, referencing="sn", trace=events.append) as meter:
        await meter.clock.time
        (connection,) = at._connections
        connection._transport.abort()  # type: ignore[union-attr]
        await meter.clock.time
    assert len([one for one in events if one.layer == "apdu" and one.data == asked]) == 1


async def test_well_known_objects_are_of_the_version_the_list_of_names_says() -> None:
    served = device()
    served.add(DisconnectControl_v0("0.0.96.3.10.255", output_state=True))
    async with serve(served, URL), connect(URL, referencing="sn") as meter:
        assert type(meter.disconnect_control) is DisconnectControl
        assert await meter.clock.time_zone == -60
        assert type(meter.disconnect_control) is DisconnectControl_v0
        assert type(await meter.object("0.0.96.3.10.255", 70)) is DisconnectControl_v0
        assert await meter.disconnect_control.output_state is True


async def test_a_profile_is_read_by_range_and_by_entry() -> None:
    served = device()
    served.add(
        ProfileGeneric(
            "1.0.99.1.0.255",
            capture_objects=(
                CaptureObject(8, Obis.parse("0.0.1.0.0.255"), 2, 0),
                CaptureObject(1, Obis.parse(NUMBER), 2, 0),
            ),
            capture_period=900,
            profile_entries=10,
        )
    )
    async with serve(served, URL), connect(URL, referencing="sn") as meter:
        profile = meter.profile("1.0.99.1.0.255")
        for _ in range(3):
            await meter.call(ProfileGeneric("1.0.99.1.0.255", meter.backend).capture)
        assert len((await profile.last(2)).rows) == 2


async def test_an_association_is_by_one_kind_of_names() -> None:
    async with serve(device(), URL):
        with pytest.raises(ApplicationContextNameNotSupported) as caught:
            async with connect(URL):
                pass
        assert any("referencing=sn" in hint for hint in caught.value.hints)
    served = Device(logical_name="DKT0000000000001")
    served.association(client=16, access=(Rule("*"),))
    async with serve(served, URL):
        with pytest.raises(ApplicationContextNameNotSupported) as caught:
            async with connect(URL, referencing="sn"):
                pass
        assert any("referencing=ln" in hint for hint in caught.value.hints)


def test_base_names_may_be_chosen_and_some_are_the_same_in_every_meter() -> None:
    served = Device(logical_name="DKT0000000000001")
    served.add(Clock("0.0.1.0.0.255"), base_name=0x7FF8)
    served.add(SapAssignment("0.0.41.0.0.255"))
    served.add(ScriptTable("0.0.10.0.125.255"))
    offer = served.association(client=16, access=(Rule("*"),), referencing="sn")
    bases = {str(entry.logical_name): entry.base_name & 0xFFFF for entry in served.short_names(offer).entries}
    assert bases == {
        ASSOCIATION: 0xFA00, "0.0.10.0.125.255": 0xFB00, "0.0.41.0.0.255": 0xFC00, "0.0.42.0.0.255": 0xFD00,
        "0.0.1.0.0.255": 0x7FF8, "0.0.40.0.1.255": 0x0100,
    }  # fmt: skip
    served.add(Data(NUMBER))
    assert served.short_names(offer).entries[1:][-1].base_name == 0x0160


# The clock from 0x100 takes up names to 0x188: nine attributes, a gap, six methods from 0x160 on.
@pytest.mark.parametrize("base_name", [0x104, 0xFFF8, 0x0F8, 0x100, 0x108, 0x150, 0x188, -8])
def test_a62_names_that_would_be_those_of_two_objects_or_of_none_are_refused(base_name: int) -> None:
    served = Device(logical_name="DKT0000000000001")
    served.add(Clock("0.0.1.0.0.255"), base_name=0x100)
    with pytest.raises(UsageError):
        served.add(Data(NUMBER), base_name=base_name)
    served.add(Data(LONG), base_name=0x190)
    served.add(Data(COUNTED), base_name=0xFFF0)


def test_a62_more_objects_than_names_are_refused_before_they_are_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlmskit.server.names._FIRST", 0xF9C0)  # as if all below were given
    served = Device(logical_name="DKT0000000000001")
    for number in range(4):
        served.add(Data(bytes((0, 0, 96, 1, number, 255))))
    offer = served.association(client=16, access=(Rule("*"),), referencing="sn")
    with pytest.raises(UsageError, match="no short names are left"):
        served.short_names(offer)


async def test_a_device_profile_tells_where_short_names_lie_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(
        'title = "Ours"\nconfidence = "low"\ndefault = "public"\n[options]\nreferencing = "sn"\n[roles.public]\n'
        '[short_names."8.0"]\nmethods_at = 0x100\nattributes = {2 = 0x50, 3 = 0x48}\n'
    )
    served = Device(logical_name="DKT0000000000001")
    elsewhere = Relocation(8, 0, {2: 0x50, 3: 0x48}, methods_at=0x100).of(Clock)
    served.add(elsewhere("0.0.1.0.0.255", time_zone=-60))
    served.association(client=16, access=EVERYTHING, referencing="sn")
    async with serve(served, URL), connect(URL, profile=str(path)) as meter:
        assert await meter.clock.time_zone == -60
        before = (await meter.clock.time).local
        await meter.call(meter.clock.shift_time, 120)
        after = (await meter.clock.time).local
        assert before is not None
        assert after is not None
        assert (after - before).total_seconds() >= 120
    async with serve(served, URL), connect(URL, referencing="sn") as meter:
        with pytest.raises(ObjectUndefined):
            await meter.clock.time


@pytest.mark.parametrize(
    "members",
    ['[short_names."8"]\nmethods_at = 3', '[short_names."x"]', '[short_names."8.0"]\nbegin = 8', "short_names = 5"],
)
def test_a_profile_with_offsets_that_are_none_is_refused(members: str) -> None:
    text = f'title = "Ours"\nconfidence = "low"\ndefault = "a"\n{members}\n[roles.a]\n'
    with pytest.raises(UsageError, match="profile ours"):
        parse_profile("ours", text, str)


async def test_the_built_in_meter_is_there_by_short_names_too_with_its_counter_to_be_found() -> None:
    keys = Security(ek=EK, ak=AK, system_title=b"CLI00001")
    meter_of = build("electricity", referencing="sn", environment=repeatable(seed=1))
    way: dict[str, Any] = {"client": 1, "auth": "gmac", "security": keys, "counters": MemoryCounterStore()}
    async with serve(meter_of, URL), connect(URL, referencing="sn", **way) as meter:
        assert meter.association.level == "both"
        assert (await meter.register("1.0.1.8.0.255").quantity()).unit.symbol == "Wh"
        assert len((await meter.profile("1.0.99.1.0.255").last(3)).rows) == 3


@pytest.mark.parametrize("url", [URL, "hdlc+memory:short"])
async def test_what_nobody_asked_for_is_reported_by_short_names_to_who_may_read_it(url: str) -> None:
    served = device()
    served.association(client=17, access=(Rule("8:*.*.*.*.*.*"),), referencing="sn")
    number, zone = Data(NUMBER).value, Clock("0.0.1.0.0.255").time_zone
    assert served.report(number) == 0
    async with (
        serve(served, url),
        connect(url, referencing="sn") as meter,
        connect(url, referencing="sn", client=17) as other,
    ):
        await meter.clock.time_zone
        assert served.report(number) == 1
        assert served.report(number, zone, client=16) == 1
        assert served.report(zone, client=17) == 1
        first, second = [(await meter.clock.time_zone, await anext(meter.notifications()))[1] for _ in range(2)]
        assert (first.attribute, first.value) == (
            AttributeDescriptor(1, number.obj.obis, 2),
            Value(Tag.LONG_UNSIGNED, 7),
        )
        assert second.value == Value(Tag.STRUCTURE, (Value(Tag.LONG_UNSIGNED, 7), Value(Tag.LONG, -60)))
        assert [one and one.class_id for one in second.attributes] == [1, 8]
        assert first.time is not None
        await other.clock.time_zone
        told = await anext(other.notifications())
        assert (told.value, told.attribute) == (Value(Tag.LONG, -60), AttributeDescriptor(8, zone.obj.obis, 3))


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"20261126024500Z", "2026-11-26T02:45:00"),
        (b"20261126024500.25", "2026-11-26T02:45:00"),
        (bytes.fromhex("07ea0b1a04022d0000000000"), "2026-11-26T02:45:00"),
        (b"20269926024500Z", None),
        (b"yesterday", None),
        (None, None),
    ],
)
def test_the_time_of_a_report_is_read_in_either_form(raw: bytes | None, told: str | None) -> None:
    notification = Notification(InformationReportRequest(raw, (), ()), False)
    found = notification.time
    assert (found and found.local and found.local.isoformat()) == told
    assert notification.attributes == ()


@pytest.mark.parametrize("protection", ["glo", "ded", "general-glo", "general-ded"])
async def test_every_envelope_carries_services_by_short_names(protection: str) -> None:
    served = Device(logical_name="DKT0000000000001", system_title=b"DKT\0\0\0\0\1")
    served.add(Data(LONG, value=Value(Tag.OCTET_STRING, bytes(500))))
    ring = KeyRing(ek=EK, ak=AK)
    served.association(client=1, access=EVERYTHING, referencing="sn", mechanism=5, keys=ring)
    keys = Security(ek=EK, ak=AK, system_title=b"CLI00001", counters=MemoryCounterStore())
    way: dict[str, Any] = {"client": 1, "auth": "gmac", "security": keys, "invocation_counter": 0, "max_pdu": 200}
    async with serve(served, URL), connect(URL, referencing="sn", protection=protection, **way) as meter:
        text = Value(Tag.OCTET_STRING, b"\7" * 700)
        await meter.set(meter.data(LONG).value, text)
        assert await meter.data(LONG).value == text


async def test_a_pre_established_association_by_short_names_needs_no_opening() -> None:
    async with (
        serve(device(is_pre_established=True), URL),
        connect(URL, referencing="sn", opening="pre-established") as meter,
    ):
        assert await meter.clock.time_zone == -60


CLASSES, NAMED = (
    Value(Tag.LONG_UNSIGNED, 1),
    (Value(Tag.LONG_UNSIGNED, 8), Value(Tag.OCTET_STRING, bytes((0, 0, 1, 0, 0, 255)))),
)


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (Selection(1, NULL), {8, 1, 3, 12}),
        (Selection(2, Value(Tag.ARRAY, (CLASSES,))), {1}),
        (Selection(2, Value(Tag.ARRAY, ())), set()),
        (Selection(3, Value(Tag.ARRAY, (Value(Tag.STRUCTURE, NAMED),))), {8}),
        (Selection(2, CLASSES), TypeUnmatched),
        (Selection(4, NULL), ReadWriteDenied),
    ],
)
async def test_the_object_list_is_read_in_parts(selection: Selection, expected: Any) -> None:
    async with serve(device(version=1), URL), connect(URL, referencing="sn") as meter:
        listed = AssociationSN_v0.object_list.at(ASSOCIATION, meter.backend).select(selection)
        if isinstance(expected, set):
            assert {entry.class_id for entry in await listed} == expected
        else:
            with pytest.raises(expected):
                await listed


async def test_without_blocks_of_their_own_services_by_short_names_go_in_general_ones() -> None:
    bits = Conformance.READ | Conformance.WRITE | Conformance.GENERAL_BLOCK_TRANSFER
    served, text = device(max_pdu=100, conformance=bits), Value(Tag.OCTET_STRING, b"\7" * 1000)
    async with serve(served, URL), connect(URL, referencing="sn", max_pdu=100) as meter:
        assert meter.association.conformance == bits
        await meter.set(meter.data(LONG).value, text)
        assert await meter.data(LONG).value == text
        with pytest.raises(LocalProtocolError, match="did not agree"):
            await meter.set(meter.data(LONG).value, text, confirmed=False)
