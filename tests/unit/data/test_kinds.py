from __future__ import annotations

import math
import pickle
from contextlib import suppress
from dataclasses import is_dataclass, replace
from enum import IntEnum, IntFlag
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.data import kinds
from dlmskit.data.axdr import decode, encode
from dlmskit.data.compact import CompactArray, TypeDescription
from dlmskit.data.kinds import Kind, field, structure
from dlmskit.data.value import Tag, Value
from dlmskit.errors import RemoteProtocolError, UsageError
from dlmskit.obis import Obis
from dlmskit.times import ClockStatus, CosemDateTime
from dlmskit.units import Unit
from tests.support.kinds import python_values
from tests.support.values import values


class ClockBase(IntEnum):
    NOT_DEFINED = 0
    INTERNAL_CRYSTAL = 1


class Access(IntFlag):
    READ = 0x800000
    WRITE = 0x400000
    LAST = 1


@structure
class ScalerUnit:
    scaler: int = field(kinds.integer)
    unit: Unit = field(kinds.enum_of(Unit))


@structure
class Entry:
    name: Obis = field(kinds.logical_name)
    scaler_unit: ScalerUnit = field(kinds.structure_of(ScalerUnit))
    at: CosemDateTime | None = field(kinds.optional(kinds.date_time))


SCALER_UNIT = kinds.structure_of(ScalerUnit)
READY: dict[str, Kind[Any]] = {name: kind for name, kind in vars(kinds).items() if isinstance(kind, Kind)}
BUILT: dict[str, Kind[Any]] = {
    "sized": kinds.octet_string_of(range(2, 9)),
    "bits": kinds.bit_string_of(24),
    "enum_of": kinds.enum_of(ClockBase),
    "unit": kinds.enum_of(Unit),
    "flags_of": kinds.flags_of(Access, 24),
    "flags_in": kinds.flags_in(kinds.unsigned, ClockStatus),
    "array": kinds.array_of(kinds.long),
    "structure": kinds.structure_of(Entry),
    "entries": kinds.array_of(kinds.structure_of(Entry)),
    "choice": kinds.choice(kinds.double_long, kinds.visible_string, kinds.boolean),
    "optional": kinds.optional(kinds.octet_string_of(6)),
}
ALL = list((READY | BUILT).values())
KINDS = pytest.mark.parametrize("kind", ALL, ids=[*READY, *BUILT])


@KINDS
@given(data=st.data())
def test_what_is_sent_is_read_back_the_same(kind: Kind[Any], data: st.DataObject) -> None:
    given_value = data.draw(python_values(kind))
    sent = kind.dump(given_value)
    assert not kind.tags or sent.tag in kind.tags
    assert kind.load(decode(encode(sent))) == given_value


@given(value=values())
def test_any_value_is_loaded_or_refused_as_the_peers_fault(value: Value) -> None:
    for kind in ALL:
        with suppress(RemoteProtocolError):
            kind.dump(kind.load(value))


@given(
    text=st.text(max_size=20)
    | st.integers().map(str)
    | st.sampled_from(["0x0102", '"a"', "true", '{"long": 1}', '{"a"'])
)
def test_any_text_is_read_or_refused_as_the_callers_fault(text: str) -> None:
    for kind in ALL:
        with suppress(UsageError):
            kind.dump(kind.parse(text))


@KINDS
@pytest.mark.parametrize("wrong", [object(), b"wrong size", "§", 1.5, -(2**70), {}, [None], CosemDateTime], ids=str)
def test_a_python_value_is_sent_whole_or_refused_as_the_callers_fault(kind: Kind[Any], wrong: object) -> None:
    with suppress(UsageError):
        assert decode(encode(kind.dump(wrong))).tag in (kind.tags or range(256))


@pytest.mark.parametrize("name", [name for name in READY if hasattr(READY[name], "low")])
def test_integers_are_checked_against_the_types_range(name: str) -> None:
    kind = READY[name]
    low, high = kind.low, kind.high  # type: ignore[attr-defined]
    assert encode(kind.dump(low))
    assert encode(kind.dump(high))
    for outside in (low - 1, high + 1):
        with pytest.raises(UsageError, match=f"{kind.name}, {low} to {high}"):
            kind.dump(outside)
    with pytest.raises(UsageError):
        kind.dump(True)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (kinds.long, "60", 60),
        (kinds.long, "-0x10", -16),
        (kinds.unsigned, '{"unsigned": 60}', 60),
        (kinds.boolean, "True", True),
        (kinds.boolean, "off", False),
        (kinds.null_data, "null", None),
        (kinds.float64, "2.5", 2.5),
        (kinds.bcd, "42", 42),
        (kinds.bit_string, "0101", "0101"),
        (kinds.octet_string, "0x0102", b"\x01\x02"),
        (kinds.octet_string, '"text"', b"text"),
        (kinds.visible_string, '"text"', "text"),
        (kinds.visible_string, "text", "text"),
        (kinds.logical_name, "1-0:1.8.0", Obis.parse("1.0.1.8.0.255")),
        (kinds.date_time, "2026-11-22T15:00", CosemDateTime.parse("2026-11-22T15:00")),
        (kinds.enum_of(ClockBase), "internal-crystal", ClockBase.INTERNAL_CRYSTAL),
        (kinds.enum_of(ClockBase), "1", ClockBase.INTERNAL_CRYSTAL),
        (kinds.flags_of(Access, 24), "read | last", Access.READ | Access.LAST),
        (kinds.flags_of(Access, 24), "0x800000", Access.READ),
        (kinds.optional(kinds.long), "", None),
        (kinds.optional(kinds.long), "7", 7),
        (kinds.array_of(kinds.long), '{"array": [{"long": 1}, {"long": 2}]}', (1, 2)),
        (SCALER_UNIT, '{"structure": [{"integer": -1}, {"enum": 30}]}', ScalerUnit(-1, Unit.WH)),
        (kinds.anything, '{"long": 60}', Value(Tag.LONG, 60)),
    ],
    ids=str,
)
def test_a_person_can_type_a_value(kind: Kind[Any], text: str, value: object) -> None:
    assert kind.parse(text) == value


@pytest.mark.parametrize(
    ("kind", "text", "says"),
    [
        (kinds.long, "sixty", "whole number"),
        (kinds.long, "40000", "-32768 to 32767"),
        (kinds.long, '{"unsigned": 1}', "expected long, got unsigned"),
        (kinds.long, '{"unsigned": ', "JSON"),
        (kinds.octet_string, "0102", "0x0102"),
        (kinds.boolean, "maybe", "true nor false"),
        (kinds.enum_of(ClockBase), "quartz", "internal_crystal"),
        (SCALER_UNIT, "5", "tagged JSON"),
        (kinds.anything, "5", "tagged JSON"),
        (kinds.anything, '{"array": [' * 100_000, "JSON"),
    ],
    ids=lambda item: item[:40] if isinstance(item, str) else str(item),
)
def test_what_was_typed_wrongly_is_explained(kind: Kind[Any], text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        kind.parse(text)


def test_an_enum_number_that_is_not_listed_is_kept() -> None:
    kind = kinds.enum_of(ClockBase)
    member = kind.load(Value(Tag.ENUM, 99))
    assert isinstance(member, ClockBase)
    assert (member, member.name, member.value) == (99, "UNLISTED_99", 99)
    assert kind.dump(member) == Value(Tag.ENUM, 99)
    with pytest.raises(ValueError):
        ClockBase(99)  # the enum itself has not changed


def test_flags_keep_bits_that_have_no_name() -> None:
    assert kinds.flags_of(Access, 24).dump(Access.READ) == Value(Tag.BIT_STRING, "1" + "0" * 23)
    assert kinds.flags_of(Access, 24).load(Value(Tag.BIT_STRING, "1" * 24)) == 0xFFFFFF
    assert kinds.flags_in(kinds.unsigned, ClockStatus).load(Value(Tag.UNSIGNED, 0x91)) == 0x91


@pytest.mark.parametrize("tag", [Tag.OCTET_STRING, Tag.DATE_TIME])
def test_date_times_are_read_in_both_forms_and_sent_as_declared(tag: Tag) -> None:
    raw = bytes.fromhex("07ea0b16070f040000ffc400")
    assert kinds.date_time.load(Value(tag, raw)) == kinds.tagged_date_time.load(Value(tag, raw)) == CosemDateTime(raw)
    assert kinds.date_time.dump(CosemDateTime(raw)) == Value(Tag.OCTET_STRING, raw)
    assert kinds.tagged_date_time.dump(CosemDateTime(raw)) == Value(Tag.DATE_TIME, raw)
    with pytest.raises(RemoteProtocolError, match=r"octet-string\[12\] date-time, got octet-string of 11"):
        kinds.date_time.load(Value(Tag.OCTET_STRING, raw[:11]))


def test_a_compact_array_is_read_as_an_array() -> None:
    packed = CompactArray(TypeDescription(Tag.LONG), (Value(Tag.LONG, 1), Value(Tag.LONG, 2)))
    assert kinds.array_of(kinds.long).load(Value(Tag.COMPACT_ARRAY, packed)) == (1, 2)


def test_a_list_may_be_sent_as_an_array() -> None:
    assert kinds.array_of(kinds.long).dump([1]) == Value(Tag.ARRAY, (Value(Tag.LONG, 1),))  # type: ignore[arg-type]


def test_strings_lose_nothing() -> None:
    octets = bytes(range(256))
    text = kinds.visible_string.load(Value(Tag.VISIBLE_STRING, octets))
    assert kinds.visible_string.dump(text).value == octets
    with pytest.raises(RemoteProtocolError, match="utf-8") as caught:
        kinds.utf8_string.load(Value(Tag.UTF8_STRING, b"ok\xff"))
    assert caught.value.offset == 2


def test_a_float32_is_sent_as_the_nearest_one_and_too_large_a_number_is_refused() -> None:
    assert kinds.float32.dump(0.1) == decode(encode(kinds.float32.dump(0.1)))
    assert math.isnan(kinds.float32.load(kinds.float32.dump(math.nan)))
    with pytest.raises(UsageError):
        kinds.float32.dump(1e300)


def test_a_structure_is_a_frozen_dataclass() -> None:
    loaded = SCALER_UNIT.load(Value(Tag.STRUCTURE, (Value(Tag.INTEGER, -1), Value(Tag.ENUM, 30))))
    assert loaded == ScalerUnit(-1, Unit.WH) == ScalerUnit(scaler=-1, unit=Unit.WH)
    assert pickle.loads(pickle.dumps(loaded)) == loaded
    assert replace(loaded, scaler=2) == ScalerUnit(2, Unit.WH) != loaded
    assert repr(loaded) == "ScalerUnit(scaler=-1, unit=<Unit.WH: 30>)"
    assert hash(loaded) == hash(ScalerUnit(-1, Unit.WH))
    with pytest.raises(AttributeError, match="'scaler' of a ScalerUnit"):
        loaded.scaler = 0  # type: ignore[misc]
    with pytest.raises(AttributeError):
        loaded.more = 0  # type: ignore[attr-defined]


def test_a_structure_is_compiled_when_it_is_first_used() -> None:
    @structure
    class Fresh:
        one: int = field(kinds.long)

    @structure
    class Longer(Fresh):
        two: int = field(kinds.long)

    kind = kinds.structure_of(Longer)
    assert kind.describe() == "structure{one:long, two:long}"
    assert not is_dataclass(Longer)
    loaded = kind.load(Value(Tag.STRUCTURE, (Value(Tag.LONG, 1), Value(Tag.LONG, 2))))
    assert is_dataclass(Longer)
    assert (loaded.one, loaded.two) == (1, 2)
    assert isinstance(loaded, Fresh)
    assert not is_dataclass(Fresh)
    with pytest.raises(TypeError):
        Longer(1)  # type: ignore[call-arg]


def test_the_field_that_does_not_fit_is_named() -> None:
    wrong = Value(Tag.STRUCTURE, (Value(Tag.INTEGER, -1), Value(Tag.UNSIGNED, 30)))
    with pytest.raises(RemoteProtocolError, match=r"^ScalerUnit\.unit: expected enum Unit, got unsigned$"):
        SCALER_UNIT.load(wrong)
    nested = Value(Tag.STRUCTURE, (Value(Tag.OCTET_STRING, bytes(6)), wrong, Value(Tag.NULL_DATA)))
    with pytest.raises(RemoteProtocolError, match=r"^Entry\.scaler_unit: ScalerUnit\.unit: "):
        kinds.structure_of(Entry).load(nested)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_structure_of_another_length_is_refused(count: int) -> None:
    with pytest.raises(RemoteProtocolError, match=f"got structure of {count}"):
        SCALER_UNIT.load(Value(Tag.STRUCTURE, (Value(Tag.INTEGER, -1),) * count))


def test_a_choice_is_decided_by_the_tag_and_tells_what_the_fitting_kind_missed() -> None:
    kind = kinds.choice(kinds.logical_name, kinds.long)
    assert kind.load(Value(Tag.LONG, 5)) == 5
    with pytest.raises(RemoteProtocolError, match="logical-name, got octet-string of 2"):
        kind.load(Value(Tag.OCTET_STRING, b"ab"))
    with pytest.raises(RemoteProtocolError, match="expected choice"):
        kind.load(Value(Tag.BOOLEAN, True))


@pytest.mark.parametrize(
    ("kind", "name", "described"),
    [
        (kinds.double_long_unsigned, "double-long-unsigned", "double-long-unsigned"),
        (kinds.logical_name, "octet-string", "octet-string[6] logical-name"),
        (kinds.date_time, "octet-string", "octet-string[12] date-time"),
        (kinds.tagged_date_time, "date-time", "date-time"),
        (kinds.octet_string_of(range(1, 17)), "octet-string", "octet-string[1..16]"),
        (kinds.flags_of(Access, 24), "bit-string", "bit-string[24] Access"),
        (kinds.array_of(kinds.long), "array", "array of long"),
        (SCALER_UNIT, "structure", "structure{scaler:integer, unit:enum Unit}"),
        (kinds.optional(kinds.long), "choice", "choice{null-data|long}"),
        (kinds.anything, "CHOICE", "CHOICE"),
    ],
    ids=str,
)
def test_kinds_are_called_what_the_standard_calls_them(kind: Kind[Any], name: str, described: str) -> None:
    assert (kind.name, kind.describe()) == (name, described)


def test_the_kinds_inside_can_be_walked() -> None:
    def leaves(kind: Kind[Any]) -> list[str]:
        return [name for child in kind.children for name in leaves(child)] if kind.children else [kind.describe()]

    assert leaves(BUILT["entries"]) == [
        "octet-string[6] logical-name", "integer", "enum Unit", "null-data", "octet-string[12] date-time",
    ]  # fmt: skip


@pytest.mark.parametrize("sizes", [-1, range(5, 5), range(0, 8, 2)])
def test_sizes_that_make_no_sense_are_refused(sizes: int | range) -> None:
    with pytest.raises(UsageError):
        kinds.octet_string_of(sizes)
