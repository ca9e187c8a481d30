from __future__ import annotations

from decimal import Decimal

import pytest

from dlmskit.cli.reading import Reading
from dlmskit.cli.words import in_words
from dlmskit.cosem.common import CaptureObject, ScalerUnit
from dlmskit.cosem.ics import Clock, Data, DisconnectControl, Register
from dlmskit.cosem.model import Bound, CosemObject
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import ReadWriteDenied
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime
from dlmskit.units import Unit

ENERGY = "1.0.1.8.0.255"
SAID = ("type", "value", "unit", "raw", "scaler", "text")


def said(ref: Bound[object], value: Value, scaling: ScalerUnit | None = None) -> dict[str, object]:
    record = Reading(ref, value, scaling).to_json()
    return {name: record[name] for name in SAID if name in record}


def test_a_scaled_number_is_an_exact_decimal_string() -> None:
    value = Value(Tag.DOUBLE_LONG_UNSIGNED, 12345)
    reading = Reading(Register(ENERGY).value, value, ScalerUnit(-1, Unit.WH))
    assert reading.to_json() == {
        "object": ENERGY,
        "class_id": 3,
        "version": 0,
        "attribute": 2,
        "name": "value",
        "description": "Active energy import (+A), time integral 1",
        "type": "double-long-unsigned",
        "value": "1234.5",
        "unit": "Wh",
        "raw": 12345,
        "scaler": -1,
    }
    assert str(reading) == "1234.5 Wh"
    assert reading.quantity is not None and reading.quantity.value == Decimal("1234.5")


@pytest.mark.parametrize(
    ("raw", "scaling", "value", "unit"),
    [
        (5, ScalerUnit(3, Unit.W), "5000", "W"),
        (-5, ScalerUnit(-7, Unit.A), "-0.0000005", "A"),
        (5, ScalerUnit(0, Unit.NONE), "5", None),
        (2**63 - 1, ScalerUnit(-128, Unit.WH), "0." + "0" * 109 + str(2**63 - 1), "Wh"),
    ],
)
def test_no_scaler_rounds_or_shows_an_exponent(raw: int, scaling: ScalerUnit, value: str, unit: str | None) -> None:
    record = said(Register(ENERGY).value, Value(Tag.LONG64, raw), scaling)
    assert (record["value"], record["unit"], record["raw"]) == (value, unit, raw)


@pytest.mark.parametrize(
    ("value", "shown", "text"),
    [
        (Value(Tag.OCTET_STRING, b"DKT1"), "444b5431", "DKT1"),
        (Value(Tag.OCTET_STRING, b"\x00\x01"), "0001", None),
        (Value(Tag.VISIBLE_STRING, b"abc"), "abc", None),
        (Value(Tag.UTF8_STRING, "m³".encode()), "m³", None),
        (Value(Tag.BIT_STRING, "0101"), "0101", None),
        (Value(Tag.BOOLEAN, True), True, None),
        (Value(Tag.LONG, -5), -5, None),
        (Value(Tag.FLOAT64, float("inf")), "Infinity", None),
        (Value(Tag.FLOAT64, float("nan")), "NaN", None),
        (NULL, None, None),
        (Value(Tag.STRUCTURE, (Value(Tag.LONG, 1),)), {"structure": [{"long": 1}]}, None),
    ],
)
def test_values_without_a_scaler(value: Value, shown: object, text: str | None) -> None:
    record = said(Data("0.0.96.1.0.255").value, value)
    assert record["value"] == shown and record.get("text") == text
    assert (record["unit"], record["raw"], record["scaler"]) == (None, None, None)


def test_declared_meanings_are_told() -> None:
    noon = Value(Tag.OCTET_STRING, bytes.fromhex("07ea0b16070c000000ffc400"))
    assert said(Clock("0.0.1.0.0.255").time, noon)["value"] == "2026-11-22T12:00:00+01:00"
    name = Value(Tag.OCTET_STRING, bytes.fromhex("0000010000ff"))
    assert said(Clock("0.0.1.0.0.255").logical_name, name)["value"] == "0.0.1.0.0.255"
    state = said(DisconnectControl("0.0.96.3.10.255").control_state, Value(Tag.ENUM, 1))
    assert (state["value"], state["text"]) == (1, "connected")


def test_a_type_other_than_the_declared_one_is_shown_as_it_came() -> None:
    assert said(Clock("0.0.1.0.0.255").time, Value(Tag.LONG, 7))["value"] == 7


def test_an_error_stands_in_place_of_the_value() -> None:
    reading = Reading(Register(ENERGY).value, ReadWriteDenied("no"))
    record = reading.to_json()
    assert record["error"] == {"kind": "read-write-denied", "code": 3, "message": "no", "offset": None}
    assert not record.keys() & set(SAID)
    assert (str(reading), reading.is_read) == ("(read write denied)", False)


def test_a_class_that_is_not_declared_is_read_all_the_same() -> None:
    unknown = CosemObject.registry.object(9000, 3, "0.0.96.1.0.255")
    record = Reading(unknown.attribute(5), Value(Tag.UNSIGNED, 1)).to_json()
    assert (record["class_id"], record["version"], record["attribute"], record["value"]) == (9000, 3, 5, 1)


def test_a_version_that_is_not_declared_is_shown_by_the_types_of_an_older_one_where_they_fit() -> None:
    later = CosemObject.registry.object(8, 9, "0.0.1.0.0.255")
    noon = CosemDateTime.parse("2026-11-22T12:00")
    time = Reading(later.attribute(2), Value(Tag.OCTET_STRING, noon.raw))
    assert time.to_json()["value"] == str(noon) and "2026" in str(time)
    odd = Reading(later.attribute(2), Value(Tag.LONG, 5)).to_json()
    assert odd["value"] == 5 and "note" not in odd


@pytest.mark.parametrize(
    ("loaded", "words"),
    [
        (None, "nothing"),
        (True, "true"),
        (b"", "empty"),
        (b"\x00\xff", "00 ff"),
        (b"abc", '"abc"'),
        (Obis.parse(ENERGY), ENERGY),
        (CaptureObject(3, Obis.parse(ENERGY), 2, 0), f"3:{ENERGY}/2"),
        (CaptureObject(0, Obis(bytes(6)), 0, 0), "none"),
        (ScalerUnit(-1, Unit.WH), "× 10^-1 Wh"),
        ((1, 2), "1\n2"),
        (tuple(range(17)), "17 entries"),
        (Value(Tag.VISIBLE_STRING, b"a\n\x1b[2J"), '"a\\n\\x1b[2J"'),
        ("a\x9bm", "a\\x9bm"),
        (Value(Tag.STRUCTURE, (Value(Tag.LONG, 1), Value(Tag.ARRAY, (Value(Tag.LONG, 2),)))), "1, (2)"),
    ],
)
def test_values_in_words(loaded: object, words: str) -> None:
    assert in_words(loaded) == words
