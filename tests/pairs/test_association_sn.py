"""What an association by short names does with objects that are named by logical names: read, and told the rights over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from dlmskit.client import Security, connect
from dlmskit.cosem.access import AccessFlags
from dlmskit.cosem.common import ObjectDefinition, ValueDefinition
from dlmskit.cosem.ics import Clock, Data
from dlmskit.cosem.ics.association_sn import AssociationSN, AssociationSN_v0, AssociationSN_v1, ObjectDescription
from dlmskit.data.kinds import long
from dlmskit.data.value import Tag, Value
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import (
    DlmsError,
    ObjectUndefined,
    OtherReason,
    ReadWriteDenied,
    ScopeOfAccessViolated,
    TypeUnmatched,
)
from dlmskit.obis import Obis
from dlmskit.security.keys import KeyRing
from dlmskit.server.access import ALL, Rule
from dlmskit.server.behaviour import Behaviour, Context, serves
from dlmskit.server.device import Device
from dlmskit.server.serve import serve
from dlmskit.session.serving import requests
from tests.support.device import NUMBER
from tests.support.peer import AK, EK

URL = "memory:by-name"
ASSOCIATION, OTHERS = "0.0.40.0.0.255", "0.0.40.0.1.255"
CLOCK = "0.0.1.0.0.255"
SLOW = "0.0.96.1.3.255"


class Slow(Behaviour):
    """An object that takes its time."""

    @serves(Data.value)
    async def value(self, context: Context) -> Value:
        return Value(Tag.UNSIGNED, 9)


def device(*access: Rule, version: int = 4, **terms: Any) -> Device:
    served = Device(logical_name="DKT0000000000001", system_title=b"DKT\0\0\0\0\1")
    served.add(Clock(CLOCK, time_zone=-60))
    served.add(Data(NUMBER, value=Value(Tag.LONG_UNSIGNED, 7)))
    served.add(Slow(Data(SLOW)))
    served.association(client=16, access=access or (Rule("*"),), referencing="sn", version=version, **terms)
    return served


def named(class_id: int, name: str, index: int) -> ValueDefinition:
    return ValueDefinition(class_id, Obis.parse(name), index)


async def by_name(served: Device, *wanted: ValueDefinition, at: str = ASSOCIATION, **options: Any) -> Sequence[Value]:
    """What `read_by_logicalname` gives."""
    async with serve(served, URL), connect(URL, referencing="sn", **options) as meter:
        found: Value = await AssociationSN(at, meter.backend).read_by_logicalname(wanted)
        assert found.tag == Tag.ARRAY
        return tuple(found.value)


@pytest.mark.parametrize("version", range(5))
async def test_attributes_are_read_by_their_logical_names(version: int) -> None:
    zone, slow, whole = await by_name(
        device(version=version), named(8, CLOCK, 3), named(1, SLOW, 2), named(1, NUMBER, 0)
    )
    assert zone == Value(Tag.LONG, -60)
    assert slow == Value(Tag.UNSIGNED, 9)
    name = Value(Tag.OCTET_STRING, bytes(Obis.parse(NUMBER)))
    assert whole == Value(Tag.STRUCTURE, (name, Value(Tag.LONG_UNSIGNED, 7)))


async def test_nothing_named_is_nothing_read() -> None:
    assert await by_name(device()) == ()


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (named(3, NUMBER, 2), ObjectUndefined),
        (named(1, "9.9.9.9.9.9", 2), ObjectUndefined),
        (named(8, CLOCK, 3), ScopeOfAccessViolated),
        (named(8, CLOCK, 0), ScopeOfAccessViolated),
        (named(8, CLOCK, 42), ScopeOfAccessViolated),
        (named(8, CLOCK, -1), ScopeOfAccessViolated),
    ],
)
async def test_what_may_not_be_read_refuses_all(wanted: ValueDefinition, error: type[DlmsError]) -> None:
    served = device(Rule("*"), Rule("8:*.*.*.*.*.*", read=("time",)))
    with pytest.raises(error):
        await by_name(served, named(1, SLOW, 2), named(8, CLOCK, 2), wanted)


async def test_what_the_rights_hide_is_not_there() -> None:
    with pytest.raises(ObjectUndefined):
        await by_name(device(Rule("8:*.*.*.*.*.*")), named(1, NUMBER, 2))


async def test_the_object_of_another_association_lends_nobody_its_rights() -> None:
    served = device()
    served.association(client=17, access=(Rule(OTHERS, call=ALL),), referencing="sn", version=4)
    with pytest.raises(ReadWriteDenied):
        await by_name(served, named(1, NUMBER, 2), at=OTHERS, client=17)


@pytest.mark.parametrize(
    "demanded", [AccessFlags.ENCRYPTED_REQUEST, AccessFlags.ENCRYPTED_RESPONSE, AccessFlags.AUTHENTICATED_RESPONSE]
)
async def test_no_attribute_comes_in_an_answer_weaker_than_its_rights_demand(demanded: AccessFlags) -> None:
    def served() -> Device:
        rules = Rule("*"), Rule("1:0.0.96.1.2.255", protection=demanded)
        return device(*rules, keys=KeyRing(ek=EK, ak=AK), client_title=b"DKTCLNT1", required=0)

    def secured(level: Any) -> Security:
        return Security(level=level, ek=EK, ak=AK, system_title=b"DKTCLNT1", counters=MemoryCounterStore())

    (read,) = await by_name(served(), named(1, NUMBER, 2), security=secured("both"), invocation_counter=1)
    assert read == Value(Tag.LONG_UNSIGNED, 7)
    weaker = "encrypted" if demanded == AccessFlags.AUTHENTICATED_RESPONSE else "authenticated"
    with pytest.raises(ScopeOfAccessViolated):
        await by_name(served(), named(1, NUMBER, 2), security=secured(weaker), invocation_counter=1)


async def test_an_answer_is_bounded_before_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OtherReason):
        await by_name(device(), *[named(1, SLOW, 2)] * (requests.MAX_JOBS + 1))
    monkeypatch.setattr("dlmskit.server.behaviours.association_sn.MAX_LIST", 5)
    assert len(await by_name(device(), named(1, NUMBER, 2))) == 1
    with pytest.raises(OtherReason):
        await by_name(device(), *[named(1, NUMBER, 2)] * 2)


@pytest.mark.parametrize("cls", [AssociationSN_v0, AssociationSN_v1])
async def test_the_first_versions_tell_rights_by_a_method(cls: type[Any]) -> None:
    served = device(
        Rule("8:*.*.*.*.*.*", read=("time", 4), write=("time",), call=("shift_time",)), version=cls.class_version
    )
    clock = ObjectDefinition(8, Obis.parse(CLOCK))
    async with serve(served, URL), connect(URL, referencing="sn") as meter:
        own = cls(ASSOCIATION, meter.backend)
        ask = own.get_attributes_and_services if cls is AssociationSN_v0 else own.get_attributes_and_methods
        assert await ask((clock,)) == (ObjectDescription("010100000", "010000000", "000001"),)
        assert await ask(()) == ()
        with pytest.raises(ObjectUndefined):
            await ask((clock, ObjectDefinition(1, Obis.parse(NUMBER))))


@pytest.mark.parametrize("method", ["read_by_logicalname", "get_attributes_and_methods"])
async def test_what_names_nothing_is_of_the_wrong_type(method: str) -> None:
    async with serve(device(version=1), URL), connect(URL, referencing="sn") as meter:
        with pytest.raises(TypeUnmatched):
            number = getattr(AssociationSN_v1, method).index
            await meter.call_method(12, ASSOCIATION, number, long.dump(1))
