from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.data.axdr import decode, encode
from dlmskit.data.compact import CompactArray, TypeDescription
from dlmskit.data.tagged import from_json, to_json
from dlmskit.data.value import Tag, Value, type_name
from dlmskit.errors import UsageError
from tests.support.values import values


@given(values())
def test_every_value_survives_the_way_through_json_text(value: Value) -> None:
    text = json.dumps(to_json(value), allow_nan=False)
    back = from_json(json.loads(text))
    assert back == value
    assert encode(back) == encode(value)  # -0.0 equals 0.0, their octets do not


@pytest.mark.parametrize("tag", [Tag.FLOAT32, Tag.FLOAT64])
def test_floats_that_are_no_numbers_are_words(tag: Tag) -> None:
    assert to_json(Value(tag, -math.inf)) == {type_name(tag): "-Infinity"}
    assert to_json(Value(tag, math.inf)) == {type_name(tag): "Infinity"}
    assert to_json(Value(tag, math.nan)) == {type_name(tag): "NaN"}
    assert math.isnan(from_json({type_name(tag): "NaN"}).value)
    assert from_json({type_name(tag): "-Infinity"}).value == -math.inf


@pytest.mark.parametrize("octets", ["177fc00001", "17ffc00000", "187ff8000000000001", "18fff8000000000000"])
def test_every_nan_keeps_its_bits(octets: str) -> None:
    value = decode(bytes.fromhex(octets))
    tagged = to_json(value)
    assert tagged["hex"] == octets[2:]
    assert encode(from_json(tagged)).hex() == octets
    with pytest.raises(UsageError):
        from_json({**tagged, "hex": octets})


@pytest.mark.parametrize(
    ("value", "tagged"),
    [
        (Value(Tag.NULL_DATA), {"null-data": None}),
        (Value(Tag.DONT_CARE), {"dont-care": None}),
        (Value(Tag.BOOLEAN, True), {"boolean": True}),
        (Value(Tag.BIT_STRING, "0110"), {"bit-string": "0110"}),
        (Value(Tag.LONG64_UNSIGNED, 2**64 - 1), {"long64-unsigned": 18446744073709551615}),
        (Value(Tag.OCTET_STRING, b"\x01\xff"), {"octet-string": "01ff"}),
        (Value(Tag.BCD, b"\x12"), {"bcd": "12"}),
        (Value(Tag.TIME, b"\x0f\x00\x00\xff"), {"time": "0f0000ff"}),
        (Value(Tag.VISIBLE_STRING, b"DKT"), {"visible-string": "DKT"}),
        (Value(Tag.VISIBLE_STRING, b"caf\xe9"), {"visible-string": "caf\ufffd", "hex": "636166e9"}),
        (Value(Tag.UTF8_STRING, "µ".encode()), {"utf8-string": "µ", "hex": "c2b5"}),
        (Value(Tag.FLOAT32, 0.5), {"float32": 0.5}),
        (Value(Tag.DELTA_DOUBLE_LONG_UNSIGNED, 7), {"delta-double-long-unsigned": 7}),
        (Value(Tag.ARRAY, ()), {"array": []}),
        (Value(Tag.STRUCTURE, (Value(Tag.ENUM, 30), Value(Tag.INTEGER, -1))), {"structure": [{"enum": 30}, {"integer": -1}]}),
        (
            Value(Tag.COMPACT_ARRAY, CompactArray(TypeDescription(Tag.ARRAY, (TypeDescription(Tag.UNSIGNED),), 1),
                  (Value(Tag.ARRAY, (Value(Tag.UNSIGNED, 5),)),))),
            {"compact-array": {"type": {"array": {"count": 1, "of": "unsigned"}}, "items": [{"array": [{"unsigned": 5}]}]}},
        ),
    ],
    ids=lambda item: type_name(item.tag) if isinstance(item, Value) else "",
)  # fmt: skip
def test_the_documented_form_of_each_type(value: Value, tagged: dict[str, object]) -> None:
    assert to_json(value) == tagged
    assert from_json(tagged) == value


def test_every_tag_of_the_standard_has_a_form() -> None:
    assert {type_name(tag) for tag in Tag} >= {"delta-integer", "compact-array", "double-long-unsigned", "utf8-string"}
    with pytest.raises(UsageError, match="tag 99"):
        to_json(Value(99, 1))


def test_a_date_time_may_carry_its_iso_form_for_the_reader() -> None:
    tagged = {"date-time": "07ea0b16070f040000ffc400", "iso": "2026-11-22T15:04:00+01:00"}
    assert from_json(tagged) == Value(Tag.DATE_TIME, bytes.fromhex("07ea0b16070f040000ffc400"))


def test_a_float32_takes_the_nearest_value_it_can_hold() -> None:
    assert from_json({"float32": 0.1}).value == pytest.approx(0.1)
    assert from_json({"float32": 0.1}).value != 0.1
    assert from_json({"float64": 0.1}).value == 0.1


@pytest.mark.parametrize(
    "tagged",
    [None, 5, [], {}, {"long": 1, "unsigned": 1}, {"long": 1, "hex": "00"}, {"long": 1, "iso": ""}, {"longer": 1}, {"long": True},
     {"long": "1"}, {"long": 1.0}, {"long": 32768}, {"unsigned": -1}, {"boolean": 1}, {"null-data": 0}, {"octet-string": "0"},
     {"octet-string": 7}, {"bcd": "1234"}, {"date-time": "00"}, {"bit-string": "012"}, {"bit-string": 1}, {"visible-string": "é"},
     {"visible-string": 1}, {"utf8-string": "x", "hex": "zz"}, {"float32": "nan"}, {"float32": 1e300}, {"float64": "1"},
     {"float64": True}, {"float64": None}, {"array": {}}, {"array": [1]}, {"structure": "x"}, {"compact-array": []},
     {"compact-array": {"type": "unsigned"}}, {"compact-array": {"type": "unsigned", "items": [{"long": 1}]}},
     {"compact-array": {"type": {"list": []}, "items": []}}, {"compact-array": {"type": "compact-array", "items": []}},
     {"compact-array": {"type": {"array": {"count": True, "of": "long"}}, "items": []}}],
    ids=str,
)  # fmt: skip
def test_what_is_no_tagged_value_is_a_usage_error(tagged: object) -> None:
    with pytest.raises(UsageError):
        from_json(tagged)


def test_nesting_without_end_is_a_usage_error() -> None:
    tagged: object = {"unsigned": 1}
    for _ in range(100_000):
        tagged = {"array": [tagged]}
    with pytest.raises(UsageError, match="deep"):
        from_json(tagged)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["NaN", "00", "unsigned"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*map(type_name, Tag), "hex", "iso", "type", "items", "count", "of"]), inner, max_size=2
        )
    ),
    max_leaves=8,
)


@given(_JSON | st.dictionaries(st.sampled_from([*map(type_name, Tag)]), _JSON, min_size=1, max_size=1))
def test_any_json_gives_a_value_that_can_be_sent_or_a_usage_error(tagged: object) -> None:
    try:
        value = from_json(tagged)
    except UsageError:
        return
    assert encode(from_json(to_json(value))) == encode(value)
