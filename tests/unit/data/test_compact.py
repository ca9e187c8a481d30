"""Compact-arrays, and rows sent with null-data and delta compression."""

from __future__ import annotations

import time
import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.data.axdr import Limits, decode, encode
from dlmskit.data.compact import CompactArray, TypeDescription, expand
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import LimitExceeded, RemoteProtocolError, UnknownTag, UsageError
from tests.support.values import compact_arrays

UNSIGNED = TypeDescription(Tag.UNSIGNED)


def _row(*cells: Value) -> Value:
    return Value(Tag.STRUCTURE, cells)


def _u32(number: int) -> Value:
    return Value(Tag.DOUBLE_LONG_UNSIGNED, number)


def test_items_of_a_simple_type_follow_without_tags() -> None:
    items = (Value(Tag.UNSIGNED, 1), Value(Tag.UNSIGNED, 2))
    assert decode(bytes.fromhex("1311020102")) == Value(Tag.COMPACT_ARRAY, CompactArray(UNSIGNED, items))


def test_an_array_type_has_a_two_octet_count() -> None:
    kind = TypeDescription(Tag.ARRAY, (UNSIGNED,), 2)
    item = Value(Tag.ARRAY, (Value(Tag.UNSIGNED, 1), Value(Tag.UNSIGNED, 2)))
    value = Value(Tag.COMPACT_ARRAY, CompactArray(kind, (item,)))
    assert decode(bytes.fromhex("1301000211020102")) == value
    assert encode(value).hex() == "1301000211020102"


def test_a_structure_type_lists_its_members() -> None:
    value = decode(bytes.fromhex("13020211100601FFFE030004"))
    assert value.value.items == (
        _row(Value(Tag.UNSIGNED, 1), Value(Tag.LONG, -2)),
        _row(Value(Tag.UNSIGNED, 3), Value(Tag.LONG, 4)),
    )


def test_strings_keep_their_length_in_the_contents() -> None:
    items = decode(bytes.fromhex("13090402010200")).value.items
    assert [item.value for item in items] == [b"\x01\x02", b""]


@given(compact_arrays())
def test_a_compact_array_comes_back(value: Value) -> None:
    assert decode(encode(value)) == value


@pytest.mark.parametrize("kind", ["00", "FF", "0200", "01000011", "01FFFF00", "02020000"])
def test_A22_items_without_octets_end_at_once(kind: str) -> None:
    with pytest.raises(RemoteProtocolError, match="no octets"):
        decode(bytes.fromhex("13" + kind + "0101"))
    assert decode(bytes.fromhex("13" + kind + "00")).value.items == ()
    assert len(decode(bytes.fromhex("131101" + "01")).value.items) == 1


def test_A22_a_type_description_nested_too_deep_is_refused() -> None:
    def nested(depth: int) -> bytes:
        return b"\x13" + b"\x02\x01" * depth + b"\x11\x01\x05"

    with pytest.raises(LimitExceeded):
        decode(nested(10_000))
    with pytest.raises(LimitExceeded):
        decode(nested(32))
    assert len(decode(nested(31)).value.items) == 1


@pytest.mark.parametrize("levels", [2, 5, 20])
def test_A22_arrays_of_arrays_of_nothing_are_bounded_before_they_are_built(levels: int) -> None:
    kind = b"\x02\x02\x11" + b"\x01\xff\xff" * levels + b"\x00"
    tracemalloc.start()
    started = time.process_time()
    try:
        with pytest.raises(LimitExceeded):
            decode(b"\x13" + kind + b"\x01\x05", Limits(elements=100_000))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 50_000_000
    assert time.process_time() - started < 5
    assert len(decode(b"\x13\x02\x02\x11\x01\xff\xff\x00\x01\x05").value.items[0].value[1].value) == 65535


def test_A22_many_members_promised_by_few_octets_are_refused() -> None:
    with pytest.raises(RemoteProtocolError):
        decode(bytes.fromhex("130284FFFFFFFF1111"))
    assert len(decode(bytes.fromhex("13028400000002111100")).value.type.members) == 2


def test_a_compact_array_within_a_type_description_is_an_unknown_tag() -> None:
    with pytest.raises(UnknownTag, match="0x13"):
        decode(bytes.fromhex("13131100"))


def test_contents_that_end_within_an_item_are_an_error() -> None:
    with pytest.raises(RemoteProtocolError) as error:
        decode(bytes.fromhex("1312030001FF"))
    assert error.value.offset == 6


@pytest.mark.parametrize("behind", ["", "FFFF"])
def test_an_item_never_reads_beyond_the_contents(behind: str) -> None:
    with pytest.raises(RemoteProtocolError):
        decode(bytes.fromhex("0202" + "1312030001FF" + "11" + "05" + behind))
    assert decode(bytes.fromhex("0202" + "1312020001" + "1105")).value[1] == Value(Tag.UNSIGNED, 5)


@pytest.mark.parametrize(
    "array",
    [
        CompactArray(UNSIGNED, (Value(Tag.ENUM, 1),)),
        CompactArray(TypeDescription(Tag.NULL_DATA), (NULL,)),
        CompactArray(TypeDescription(Tag.ARRAY, (UNSIGNED,), 2), (Value(Tag.ARRAY, (Value(Tag.UNSIGNED, 1),)),)),
        CompactArray(TypeDescription(Tag.ARRAY, (), 2), ()),
        CompactArray(TypeDescription(Tag.ARRAY, (UNSIGNED,), 65536), ()),
        CompactArray(TypeDescription(Tag.COMPACT_ARRAY), ()),
    ],
)
def test_what_no_compact_array_can_hold_is_a_usage_error(array: CompactArray) -> None:
    with pytest.raises(UsageError):
        encode(Value(Tag.COMPACT_ARRAY, array))


def test_a_null_cell_repeats_and_a_delta_cell_adds_to_the_cell_above() -> None:
    expanded = expand(
        [
            _row(Value(Tag.UNSIGNED, 8), _u32(1000)),
            _row(NULL, Value(Tag.DELTA_UNSIGNED, 200)),
            _row(NULL, Value(Tag.DELTA_INTEGER, -50)),
            _row(Value(Tag.UNSIGNED, 9), NULL),
        ]
    )
    assert expanded == [
        _row(Value(Tag.UNSIGNED, 8), _u32(1000)),
        _row(Value(Tag.UNSIGNED, 8), _u32(1200)),
        _row(Value(Tag.UNSIGNED, 8), _u32(1150)),
        _row(Value(Tag.UNSIGNED, 9), _u32(1150)),
    ]


def test_A27_null_data_in_the_first_row_stays_null_data() -> None:
    assert expand([_row(NULL, _u32(1)), _row(NULL, NULL)]) == [_row(NULL, _u32(1))] * 2
    assert expand([_row(_u32(7), _u32(1)), _row(NULL, NULL)]) == [_row(_u32(7), _u32(1))] * 2


def test_A27_a_delta_in_the_first_row_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="row 0: delta-integer 1"):
        expand([_row(Value(Tag.DELTA_INTEGER, 1))])
    assert expand([_row(_u32(1)), _row(Value(Tag.DELTA_INTEGER, 1))])[1] == _row(_u32(2))


@pytest.mark.parametrize("above", [Value(Tag.OCTET_STRING, b"x"), Value(Tag.BOOLEAN, True), Value(Tag.FLOAT32, 1.0)])
def test_a_delta_on_what_is_no_integer_is_refused(above: Value) -> None:
    with pytest.raises(RemoteProtocolError, match="cannot be added"):
        expand([_row(above), _row(Value(Tag.DELTA_UNSIGNED, 1))])


def test_a_delta_that_leaves_the_range_of_its_type_is_refused() -> None:
    step = _row(Value(Tag.DELTA_UNSIGNED, 1))
    assert expand([_row(_u32(2**32 - 2)), step])[1] == _row(_u32(2**32 - 1))
    with pytest.raises(RemoteProtocolError, match="cannot be added"):
        expand([_row(_u32(2**32 - 1)), step])


def test_rows_of_other_lengths_look_up_only_what_is_above_them() -> None:
    assert expand([_row(_u32(1)), _row(NULL, NULL), _row(NULL)]) == [_row(_u32(1)), _row(_u32(1), NULL), _row(_u32(1))]


@given(st.lists(st.integers(0, 2**31), min_size=1, max_size=20))
def test_numbers_sent_as_deltas_come_back(numbers: list[int]) -> None:
    sent = [_row(_u32(numbers[0]))]
    for above, number in pairwise(numbers):
        sent.append(_row(Value(Tag.DELTA_DOUBLE_LONG, number - above) if number != above else NULL))
    assert [row.value[0].value for row in expand(sent)] == numbers


def test_A22_A75_few_octets_do_not_stand_for_millions_of_elements() -> None:
    """Found by fuzzing: each array is within the limit of elements, and there are enough of them to reach it."""
    bomb = bytes.fromhex("13 01 110f 01 0901 01 0101 02 01 00 01 17".replace(" ", ""))
    for value in (bomb, b"\x01\x02" + b"\x13\x02\x02\x11\x01\xff\xff\x00\x01\x05" + bomb):
        started = time.process_time()
        with pytest.raises(LimitExceeded, match="more than"):
            decode(value)
        assert time.process_time() - started < 2


def test_A22_arrays_of_nothing_share_one_bound_in_a_decoding() -> None:
    one = b"\x13\x02\x02\x11\x01\xff\xff\x00\x01\x05"
    assert len(decode(b"\x01\x02" + one * 2).value) == 2
    with pytest.raises(LimitExceeded):
        decode(b"\x01\x05" + one * 5)
