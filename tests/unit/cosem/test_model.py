"""References: what they name, how they are read, written and called, and what is refused."""

from __future__ import annotations

import pytest

from dlmskit.cosem.ics import (
    AssociationLN,
    AssociationLN_v1,
    Clock,
    Data,
    DisconnectControl,
    ExtendedRegister,
    Register,
)
from dlmskit.cosem.ics.time import ClockBase
from dlmskit.cosem.model import Attribute, Bound, BoundMethod, BoundTrigger, Selection
from dlmskit.cosem.offsets import Basis
from dlmskit.data import kinds
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import RemoteProtocolError, UsageError
from dlmskit.obis import Obis
from tests.support.objects import Table

NAME = "0.0.1.0.0.255"


async def test_awaiting_a_reference_reads_it_with_its_type() -> None:
    table = Table({3: Value(Tag.LONG, -60), 9: Value(Tag.ENUM, 1)})
    clock = Clock(NAME, table)
    assert await clock.time_zone == -60
    assert await clock.clock_base is ClockBase.INTERNAL_CRYSTAL
    assert table.asked[0] == ("get", "8:0.0.1.0.0.255/time_zone", None)


async def test_a_reference_is_written_with_its_type() -> None:
    table = Table()
    await Clock(NAME, table).time_zone.set(-120)
    assert table.asked == [("set", "8:0.0.1.0.0.255/time_zone", Value(Tag.LONG, -120))]


async def test_a_method_is_called_with_its_type_and_a_trigger_with_integer_0() -> None:
    table = Table()
    clock = Clock(NAME, table)
    await clock.shift_time(30)
    await clock.adjust_to_minute()
    assert [entry[2] for entry in table.asked] == [Value(Tag.LONG, 30), Value(Tag.INTEGER, 0)]


async def test_what_a_meter_returns_beyond_the_standard_is_ignored() -> None:
    control = DisconnectControl("0.0.96.3.10.255", Table(returned=Value(Tag.INTEGER, 0)))
    assert await control.remote_disconnect() is None


def test_nothing_happens_before_a_reference_is_used() -> None:
    table = Table()
    clock = Clock(NAME, table)
    assert isinstance(clock.time, Bound)
    assert isinstance(clock.shift_time, BoundMethod)
    assert isinstance(clock.adjust_to_minute, BoundTrigger)
    assert table.asked == []


def test_references_are_equal_where_they_name_the_same_data() -> None:
    here, there = Clock(NAME, Table()), Clock(bytes((0, 0, 1, 0, 0, 255)))
    assert here.time == there.time
    assert hash(here.time) == hash(there.time)
    assert {here.time: "kept"}[there.time] == "kept"
    assert here.time != here.time_zone
    assert here.time != Clock("0.0.1.0.1.255").time
    assert here.time != here.time.select(Selection(1, NULL))
    assert here.time != "8:0.0.1.0.0.255/time"


def test_a_declaration_names_an_object_without_a_meter() -> None:
    ref = Clock.time_zone.at(NAME)
    assert ref == Clock(NAME).time_zone
    assert ref.load(ref.dump(-60)) == -60
    assert str(Clock.shift_time.at(NAME)) == "8:0.0.1.0.0.255/shift_time"


def test_an_inherited_declaration_makes_an_object_of_the_version_it_was_taken_from() -> None:
    assert AssociationLN.secret.at("0.0.40.0.0.255").obj.class_version == 3
    assert AssociationLN_v1.secret.at("0.0.40.0.0.255").obj.class_version == 1


async def test_a_reference_without_a_meter_says_what_to_do() -> None:
    with pytest.raises(UsageError, match=r"meter\.get"):
        await Clock(NAME).time
    with pytest.raises(UsageError, match=r"meter\.get"):
        await Clock(NAME).shift_time(1)


def test_a_type_that_does_not_fit_is_named_with_its_attribute() -> None:
    clock = Clock(NAME)
    with pytest.raises(RemoteProtocolError, match=r"8:0\.0\.1\.0\.0\.255/time_zone: .*long"):
        clock.time_zone.load(Value(Tag.OCTET_STRING, b""))
    with pytest.raises(UsageError, match="time_zone: 99999"):
        clock.time_zone.dump(99_999)
    with pytest.raises(UsageError, match="shift_time"):
        clock.shift_time.dump(99_999)
    with pytest.raises(RemoteProtocolError, match="reply_to_hls"):
        AssociationLN("0.0.40.0.0.255").reply_to_hls_authentication.load(Value(Tag.LONG, 1))


def test_an_object_to_be_served_keeps_the_values_it_was_made_with() -> None:
    clock = Clock(NAME, time_zone=-60, clock_base=ClockBase.GPS)
    assert clock.initial_values() == {
        1: Value(Tag.OCTET_STRING, b"\x00\x00\x01\x00\x00\xff"),
        3: Value(Tag.LONG, -60),
        9: Value(Tag.ENUM, 4),
    }
    assert Clock(NAME).initial_values().keys() == {1}


@pytest.mark.parametrize(
    ("values", "says"),
    [({"time_zone": "x"}, "time_zone"), ({"tiem": 1}, "known by name: logical_name, time, time_zone")],
)
def test_a_value_that_does_not_fit_is_refused_when_the_object_is_made(values: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Clock(NAME, **values)


def test_attributes_and_methods_are_found_by_number_and_by_name() -> None:
    clock = Clock(NAME)
    assert clock.attribute(2) == clock.attribute("time") == clock.attribute("2") == clock.time
    assert str(clock.method("Shift-Time")) == str(clock.method(6)) == str(clock.shift_time)
    assert isinstance(clock.method(1), BoundTrigger)


def test_an_undeclared_number_carries_raw_values() -> None:
    register = Register("1.0.1.8.0.255")
    assert register.attribute(-3).load(Value(Tag.LONG, 5)) == Value(Tag.LONG, 5)
    assert register.attribute(-3).attribute.index == -3
    assert str(register.attribute(77)) == "3:1.0.1.8.0.255/attribute_77"
    assert register.method(9).dump(NULL) == NULL
    assert register.attribute(77).attribute.owner is Register
    assert 77 not in Register.attributes


@pytest.mark.parametrize("which", [128, -129, "200", "no_such", "_3", "--3", ""])
def test_a_number_outside_the_wire_or_an_unknown_name_is_refused(which: int | str) -> None:
    with pytest.raises(UsageError):
        Data("0.0.96.1.0.255").attribute(which)
    with pytest.raises(UsageError):
        Data("0.0.96.1.0.255").method(which)


def test_an_object_cannot_be_assigned_to_by_accident() -> None:
    with pytest.raises(AttributeError):
        Clock(NAME).time = 5  # type: ignore[assignment, misc]


def test_an_object_takes_its_name_in_every_form() -> None:
    assert Clock("0-0:1.0.0*255").obis == Clock(Obis.parse(NAME)).obis == Obis.parse(NAME)
    with pytest.raises(UsageError):
        Clock("clock")


def test_short_names_lie_8_apart_unless_declared_otherwise() -> None:
    assert [attribute.offset for attribute in Register.attributes.values()] == [0, 8, 16]
    assert Register.reset.offset == 0x28
    assert (ExtendedRegister.status.offset, ExtendedRegister.reset.offset) == (0x18, 0x38)
    assert (Clock.shift_time.offset, Clock.offsets) == (0x88, Basis.PARTLY_STATED)
    assert DisconnectControl.remote_disconnect.offset == 0x20
    assert DisconnectControl.offsets is Basis.INFERRED
    assert AssociationLN.object_list.offset is None
    assert AssociationLN.add_object.offset is None


def test_a_maker_s_subclass_keeps_the_offsets_unless_it_declares_others() -> None:
    class Odd(Clock, methods_at=0x100):
        spare = Attribute(-1, kinds.long, doc="the maker's own")
        class_ = Attribute(10, kinds.long, offset=0x60, doc="a word of Python")

    class Own(Clock):
        pass

    assert Own.shift_time.offset == Clock.shift_time.offset
    assert (Odd.adjust_to_quarter.offset, Odd.spare.offset) == (0x100, None)
    assert (Odd.class_.offset, Odd.class_.name) == (0x60, "class")
    assert Odd(NAME).attribute("class") == Odd(NAME).attribute("class_") == Odd(NAME).class_
