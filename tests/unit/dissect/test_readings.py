"""What a push says about which object, in the shapes that meters send."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given

from dlmskit.data.value import NULL, Tag, Value
from dlmskit.dissect.readings import readings
from dlmskit.times import CosemDateTime
from dlmskit.units import Unit
from tests.support.values import values
from tests.unit.dissect.pushes import NOW, array, name, number, scaler_unit, struct

ENERGY, POWER, VOLTAGE = "1.0.1.8.0.255", "1.0.1.7.0.255", "1.0.32.7.0.255"
TEXT = Value(Tag.VISIBLE_STRING, b"DKT_V0001")
WH, VOLT = scaler_unit(0, Unit.WH), scaler_unit(-1, Unit.V)


def entry(class_id: int, obis: str, attribute: int = 2) -> Value:
    return struct(
        Value(Tag.LONG_UNSIGNED, class_id), name(obis), Value(Tag.INTEGER, attribute), Value(Tag.LONG_UNSIGNED, 0)
    )


def said(body: Value) -> list[tuple[str, object, str | None]]:
    found = [reading.to_json() for reading in readings(body)]
    return [(str(one["object"]), one["value"], one["unit"]) for one in found]  # type: ignore[misc]


def test_a_flat_list_names_each_value_before_it() -> None:
    body = struct(TEXT, name(ENERGY), number(12345), name(VOLTAGE), number(230, Tag.LONG_UNSIGNED))
    assert said(body) == [(ENERGY, "12345", None), (VOLTAGE, "230", None)]


def test_a_flat_list_may_have_scaler_and_unit_behind_each_value() -> None:
    body = struct(Value(Tag.OCTET_STRING, NOW), name(ENERGY), number(12345), WH, name(VOLTAGE), number(2301), VOLT)
    assert said(body) == [(ENERGY, "12345", "Wh"), (VOLTAGE, "230.1", "V")]


@pytest.mark.parametrize("container", [array, struct])
def test_a_list_of_structures_names_each_in_its_own(container: type) -> None:
    body = container(struct(name("0.0.96.1.0.255"), TEXT), struct(name(VOLTAGE), number(2301), VOLT))
    assert said(body) == [("0.0.96.1.0.255", "DKT_V0001", None), (VOLTAGE, "230.1", "V")]


def test_the_list_of_what_is_pushed_names_the_values_behind_it() -> None:
    listed = array(entry(40, "0.8.25.9.0.255"), entry(1, "0.0.96.1.0.255"), entry(3, ENERGY))
    body = struct(listed, TEXT, number(7))
    assert said(body) == [("0.0.96.1.0.255", "DKT_V0001", None), (ENERGY, "7", None)]
    assert [(one.class_id, one.attribute) for one in readings(body)] == [(1, 2), (3, 2)]
    # A list that does not name itself
    assert said(struct(array(entry(3, ENERGY)), number(7))) == [(ENERGY, "7", None)]


def test_a_scaler_unit_that_is_pushed_belongs_to_the_value_of_its_object() -> None:
    listed = array(entry(40, "0.8.25.9.0.255"), entry(3, VOLTAGE), entry(3, VOLTAGE, 3))
    first, second = readings(struct(listed, number(2301), VOLT))
    assert (first.value, first.unit, first.scaler) == (Decimal("230.1"), Unit.V, -1)
    assert second.attribute == 3


def test_a_list_that_does_not_fit_the_values_names_nothing() -> None:
    assert said(struct(array(entry(3, ENERGY), entry(3, POWER)), number(1), number(2), number(3), number(4))) == []


def test_lists_of_bare_values_say_nothing_here() -> None:
    assert said(struct(TEXT, number(1), number(2))) == []
    assert said(number(1)) == []
    assert said(struct()) == []


def test_a_push_setup_says_which_push_this_is_and_names_no_value() -> None:
    setup = name("0.6.25.9.0.255")
    assert said(struct(setup, TEXT, number(7), number(8))) == []
    assert said(struct(setup, TEXT, name(ENERGY), number(7))) == [(ENERGY, "7", None)]
    assert said(struct(setup, TEXT)) == [("0.6.25.9.0.255", "DKT_V0001", None)]


def test_objects_of_an_association_view_and_capture_objects_are_no_readings() -> None:
    access = struct(array(struct(Value(Tag.INTEGER, 1), Value(Tag.ENUM, 1), NULL)), array())
    view = array(struct(Value(Tag.LONG_UNSIGNED, 3), Value(Tag.UNSIGNED, 0), name(ENERGY), access))
    assert said(view) == []
    assert said(array(entry(8, "0.0.1.0.0.255"), entry(3, ENERGY))) == []


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (number(-5, Tag.DOUBLE_LONG), "-5"),
        (number(2**63, Tag.LONG64_UNSIGNED), "9223372036854775808"),
        (Value(Tag.FLOAT32, 1.5), "1.5"),
        (Value(Tag.FLOAT64, float("nan")), "NaN"),
        (Value(Tag.ENUM, 3), "3"),
        (Value(Tag.BOOLEAN, True), True),
        (NULL, None),
        (Value(Tag.BIT_STRING, "101"), "101"),
        (Value(Tag.OCTET_STRING, NOW), "2026-11-22T15:04:00+01:00"),
        (Value(Tag.DATE_TIME, NOW), "2026-11-22T15:04:00+01:00"),
        (Value(Tag.OCTET_STRING, b"202012345678"), "202012345678"),
        (Value(Tag.OCTET_STRING, b"DKT1\0\0"), "DKT1"),
        (Value(Tag.OCTET_STRING, b"\x01\x02"), "0102"),
        (Value(Tag.UTF8_STRING, "Zähler".encode()), "Zähler"),
        (Value(Tag.BCD, b"\x12"), {"bcd": "12"}),
    ],
)
def test_a_value_is_shown_as_what_it_is(value: Value, shown: object) -> None:
    (reading,) = readings(struct(name(POWER), value))
    assert reading.to_json() == {"object": POWER, "value": shown, "unit": None}


def test_a_scaled_number_keeps_what_was_sent() -> None:
    (reading,) = readings(struct(name(VOLTAGE), number(2301), VOLT))
    assert reading.to_json() == {"object": VOLTAGE, "value": "230.1", "unit": "V", "raw": 2301, "scaler": -1}
    assert (reading.raw, reading.value) == (number(2301), Decimal("230.1"))


def test_scaler_and_unit_behind_something_that_is_no_number_belong_to_nothing() -> None:
    (reading,) = readings(struct(name("0.0.96.1.0.255"), TEXT, WH))
    assert (reading.value, reading.unit) == ("DKT_V0001", None)


def test_times_are_moments_with_their_raw_octets() -> None:
    (reading,) = readings(struct(name("0.0.1.0.0.255"), Value(Tag.OCTET_STRING, NOW)))
    assert reading.value == CosemDateTime(NOW)


@given(body=values(max_leaves=20))
def test_any_value_gives_readings_that_can_be_shown(body: Value) -> None:
    for reading in readings(body):
        reading.to_json()
