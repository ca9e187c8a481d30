"""Any octets give a value or our error; what is written comes back; nothing is allocated on a peer's word."""

from __future__ import annotations

import struct
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.data.axdr import LIMITS, Limits, decode, decode_from, encode, encode_into
from dlmskit.data.value import DONT_CARE, NULL, Tag, Value
from dlmskit.errors import LimitExceeded, RemoteProtocolError, UnknownTag, UsageError
from tests.support.values import values

VECTORS = {
    "00": NULL,
    "FF": DONT_CARE,
    "0300": Value(Tag.BOOLEAN, False),
    "0301": Value(Tag.BOOLEAN, True),
    "0400": Value(Tag.BIT_STRING, ""),
    "0405F8": Value(Tag.BIT_STRING, "11111"),
    "04090080": Value(Tag.BIT_STRING, "000000001"),
    "05FFFFFFFE": Value(Tag.DOUBLE_LONG, -2),
    "06FFFFFFFE": Value(Tag.DOUBLE_LONG_UNSIGNED, 2**32 - 2),
    "09060100010800FF": Value(Tag.OCTET_STRING, bytes.fromhex("0100010800FF")),
    "0A024B57": Value(Tag.VISIBLE_STRING, b"KW"),
    "0C02C2B5": Value(Tag.UTF8_STRING, "µ".encode()),
    "0D42": Value(Tag.BCD, b"\x42"),
    "0FFE": Value(Tag.INTEGER, -2),
    "10FFFE": Value(Tag.LONG, -2),
    "11FE": Value(Tag.UNSIGNED, 254),
    "12FFFE": Value(Tag.LONG_UNSIGNED, 65534),
    "14FFFFFFFFFFFFFFFE": Value(Tag.LONG64, -2),
    "15FFFFFFFFFFFFFFFE": Value(Tag.LONG64_UNSIGNED, 2**64 - 2),
    "161E": Value(Tag.ENUM, 30),
    "173FC00000": Value(Tag.FLOAT32, 1.5),
    "183FF8000000000000": Value(Tag.FLOAT64, 1.5),
    "1907EA0B16070F0000FFFFC400": Value(Tag.DATE_TIME, bytes.fromhex("07EA0B16070F0000FFFFC400")),
    "1A07EA0B1607": Value(Tag.DATE, bytes.fromhex("07EA0B1607")),
    "1B0F0000FF": Value(Tag.TIME, bytes.fromhex("0F0000FF")),
    "1CFE": Value(Tag.DELTA_INTEGER, -2),
    "1DFFFE": Value(Tag.DELTA_LONG, -2),
    "1EFFFFFFFE": Value(Tag.DELTA_DOUBLE_LONG, -2),
    "1FFE": Value(Tag.DELTA_UNSIGNED, 254),
    "20FFFE": Value(Tag.DELTA_LONG_UNSIGNED, 65534),
    "21FFFFFFFE": Value(Tag.DELTA_DOUBLE_LONG_UNSIGNED, 2**32 - 2),
    "0100": Value(Tag.ARRAY, ()),
    "02020FFD161E": Value(Tag.STRUCTURE, (Value(Tag.INTEGER, -3), Value(Tag.ENUM, 30))),
}
"""Encodings written by hand from the definition of Data."""

NOT_CANONICAL = {
    "09810141": "090141",
    "0982000141": "090141",
    "0983000001" + "41": "090141",
    "0984000000" + "0141": "090141",
    "01810100": "010100",
    "02820001" + "00": "020100",
    "04810180": "040180",
    "0302": "0301",
    "03FF": "0301",
    "0405FF": "0405F8",
    "13118101" + "05": "13110105",
}
"""All that is accepted though another encoding is the shortest, and what we write instead."""


@pytest.mark.parametrize("octets", VECTORS)
def test_every_type_reads_and_writes_as_the_standard_says(octets: str) -> None:
    assert decode(bytes.fromhex(octets)) == VECTORS[octets]
    assert encode(VECTORS[octets]).hex().upper() == octets


@pytest.mark.parametrize("octets", NOT_CANONICAL)
def test_what_is_accepted_though_not_canonical_is_listed(octets: str) -> None:
    assert encode(decode(bytes.fromhex(octets))).hex().upper() == NOT_CANONICAL[octets]


@given(values())
def test_a_value_comes_back(value: Value) -> None:
    octets = encode(value)
    assert decode(octets) == value
    assert encode(decode(octets)) == octets
    assert decode_from(b"\xaa" + octets + b"\xbb", 1) == (value, 1 + len(octets))


@given(values())
def test_every_proper_prefix_is_an_error_that_says_where(value: Value) -> None:
    octets = encode(value)
    for cut in range(len(octets)):
        with pytest.raises(RemoteProtocolError) as error:
            decode(octets[:cut])
        assert error.value.offset is not None
        assert 0 <= error.value.offset <= cut


@given(st.binary(max_size=300))
def test_any_octets_are_a_value_or_our_error(octets: bytes) -> None:
    _value_or_error(octets)


@given(values(), st.data())
def test_any_octet_changed_is_a_value_or_our_error(value: Value, data: st.DataObject) -> None:
    octets = bytearray(encode(value))
    octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    _value_or_error(bytes(octets))


def _value_or_error(octets: bytes) -> None:
    try:
        value = decode(octets)
    except RemoteProtocolError:
        return
    canonical = encode(value)
    assert encode(decode(canonical)) == canonical


@given(st.integers(0, 2**32 - 1))
def test_float32_comes_back_bit_by_bit(bits: int) -> None:
    octets = b"\x17" + bits.to_bytes(4, "big")
    assert encode(decode(octets)) == octets


@pytest.mark.parametrize("bits", ["7F800000", "FF800000", "7FC00000", "FFC00001", "7F800001", "FFBFFFFF", "80000000"])
def test_infinity_nan_payload_and_signalling_nan_of_float32_come_back(bits: str) -> None:
    assert encode(decode(bytes.fromhex("17" + bits))).hex().upper() == "17" + bits


@pytest.mark.parametrize("bits", ["7FF0000000000001", "FFF8000000000123", "7FF0000000000000", "8000000000000000"])
def test_infinity_nan_payload_and_signalling_nan_of_float64_come_back(bits: str) -> None:
    assert encode(decode(bytes.fromhex("18" + bits))).hex().upper() == "18" + bits


def test_a_nan_too_fine_for_float32_stays_a_nan() -> None:
    (fine,) = struct.unpack(">d", bytes.fromhex("7FF0000000000001"))
    assert encode(Value(Tag.FLOAT32, fine)).hex() == "177fc00000"


def test_octets_behind_the_value_are_an_error() -> None:
    with pytest.raises(RemoteProtocolError, match="1 octets too many") as error:
        decode(b"\x11\x05\x00")
    assert error.value.offset == 2
    assert decode(b"\x11\x05") == Value(Tag.UNSIGNED, 5)


def test_an_unknown_tag_is_named_with_its_place() -> None:
    with pytest.raises(UnknownTag, match="0x0E") as error:
        decode(b"\x02\x02\x11\x05\x0e")
    assert (error.value.tag, error.value.offset) == (14, 4)


@pytest.mark.parametrize(
    "value",
    [
        Value(Tag.UNSIGNED, 256),
        Value(Tag.UNSIGNED, -1),
        Value(Tag.UNSIGNED, "5"),
        Value(Tag.OCTET_STRING, "text"),
        Value(Tag.DATE_TIME, b"short"),
        Value(Tag.BIT_STRING, "012"),
        Value(Tag.FLOAT32, 1e300),
        Value(Tag.NULL_DATA, 0),
        Value(Tag.ARRAY, None),
        Value(Tag.ARRAY, (5,)),
        Value(Tag.COMPACT_ARRAY, b""),
        Value(14, 0),
        Value(256, 0),
    ],
)
def test_a_value_that_cannot_be_written_is_a_usage_error(value: Value) -> None:
    with pytest.raises(UsageError):
        encode(value)


def test_encoding_appends_to_what_is_there() -> None:
    out = bytearray(b"\xc4\x01")
    encode_into(Value(Tag.UNSIGNED, 5), out)
    assert out == b"\xc4\x01\x11\x05"


@pytest.mark.parametrize("tag", ["01", "02"])
def test_A20_array_count_of_2_to_the_32_is_refused_without_allocation(tag: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(RemoteProtocolError, match="4294967295 elements") as error:
            decode(bytes.fromhex(tag + "84FFFFFFFF" + "00000000"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error.value.offset == 6
    assert peak < 100_000
    assert decode(bytes.fromhex(tag + "8400000004" + "00000000")).value == (NULL,) * 4


def test_A20_element_and_size_limits_hold_over_all_depths_together() -> None:
    rows = Value(Tag.ARRAY, (Value(Tag.STRUCTURE, (NULL, NULL)),) * 3)
    octets = encode(rows)
    assert decode(octets, Limits(elements=10, octets=len(octets))) == rows
    with pytest.raises(LimitExceeded):
        decode(octets, Limits(elements=9))
    with pytest.raises(LimitExceeded):
        decode(octets, Limits(octets=len(octets) - 1))
    uniform = Value(Tag.ARRAY, (Value(Tag.STRUCTURE, (Value(Tag.UNSIGNED, 1),)),) * 10)
    assert decode(encode(uniform), Limits(elements=21)) == uniform
    with pytest.raises(LimitExceeded):
        decode(encode(uniform), Limits(elements=20))
    with pytest.raises(LimitExceeded, match="more than 2000000 elements"):
        decode(bytes.fromhex("0184001e8481") + b"\x0f\x01" * 2_000_001)


@pytest.mark.parametrize("opening", ["0101", "0201"])
def test_A21_nesting_of_10_000_is_refused_and_32_is_read(opening: str) -> None:
    with pytest.raises(LimitExceeded, match="deeper than 32"):
        decode(bytes.fromhex(opening) * 10_000 + b"\x00")
    with pytest.raises(LimitExceeded):
        decode(bytes.fromhex(opening) * 33 + b"\x00")
    value = decode(bytes.fromhex(opening) * 32 + b"\x00")
    for _ in range(LIMITS.depth):
        (value,) = value.value
    assert value == NULL


def test_A21_rows_of_one_shape_count_as_deep_as_others() -> None:
    rows = b"\x01\x08" + b"\x02\x01\x11\x05" * 8
    assert len(decode(rows, Limits(depth=2)).value) == 8
    with pytest.raises(LimitExceeded):
        decode(rows, Limits(depth=1))


def test_A21_a_value_nested_too_deep_to_write_is_a_usage_error() -> None:
    value = NULL
    for _ in range(100_000):
        value = Value(Tag.ARRAY, (value,))
    try:
        with pytest.raises(UsageError):
            encode(value)
    finally:
        while value.value:  # take it apart from outside: deep tuples are freed recursively
            (value,) = value.value


@pytest.mark.parametrize("octets", ["0409FF", "0411FFFF", "0484FFFFFFFFFF"])
def test_A23_a_bit_string_longer_than_its_octets_is_refused(octets: str) -> None:
    with pytest.raises(RemoteProtocolError) as error:
        decode(bytes.fromhex(octets))
    assert error.value.offset == len(octets) // 2
    assert decode(bytes.fromhex("0409FF80")) == Value(Tag.BIT_STRING, "111111111")


@pytest.mark.parametrize("tag", ["09", "0A", "0C"])
@pytest.mark.parametrize("rest", ["05414141", "8105414141", "84FFFFFFFF41", "82FF", "85"])
def test_A24_a_string_longer_than_the_data_is_refused(tag: str, rest: str) -> None:
    with pytest.raises(RemoteProtocolError):
        decode(bytes.fromhex(tag + rest))
    with pytest.raises(RemoteProtocolError):
        decode(bytes.fromhex("0201" + tag + rest))
    assert decode(bytes.fromhex(tag + "0341414A")).value == b"AAJ"
    assert decode(bytes.fromhex("0201" + tag + "0341414A")).value[0].value == b"AAJ"


@pytest.mark.parametrize("rows", [7, 8, 9, 200])
@given(cells=st.lists(st.integers(0, 2**16 - 1), min_size=1, max_size=4), change=st.integers(0, 10**6))
def test_rows_of_one_shape_give_the_same_as_rows_one_by_one(rows: int, cells: list[int], change: int) -> None:
    row = Value(
        Tag.STRUCTURE,
        (*(Value(Tag.LONG_UNSIGNED, cell) for cell in cells), Value(Tag.ENUM, 3), Value(Tag.OCTET_STRING, b"abc")),
    )
    octets = bytearray(encode(Value(Tag.ARRAY, (row,) * rows)))
    assert decode(bytes(octets)) == Value(Tag.ARRAY, (row,) * rows)
    octets[change % len(octets)] ^= 1
    head = len(octets) - rows * len(encode(row))
    try:
        whole = decode(bytes(octets))
    except RemoteProtocolError:
        return
    one_by_one, at = [], head
    while at < len(octets):
        value, at = decode_from(bytes(octets), at)
        one_by_one.append(value)
    assert list(whole.value) == one_by_one
