"""Rows and columns of plain values: the fast path gives what the general decoder gives."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.data import columns
from dlmskit.data.axdr import Limits, decode, encode
from dlmskit.data.layout import shared_layout
from dlmskit.data.lengths import read_length
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import LimitExceeded, MissingExtra, RemoteProtocolError
from tests.support.values import PAYLOADS, values

ROW = bytes.fromhex("0204090C07EA0B160715000000FFC40011000600000100" + "0600000001")
CLOCK = bytes.fromhex("07EA0B160715000000FFC400")
FLAT = [tag for tag in PAYLOADS if tag not in (Tag.NULL_DATA, Tag.DONT_CARE, Tag.BIT_STRING, Tag.FLOAT32)]


def _array(*rows: Value) -> bytes:
    return encode(Value(Tag.ARRAY, rows))


def _row(*cells: Value) -> Value:
    return Value(Tag.STRUCTURE, cells)


def _has_layout(buffer: bytes) -> bool:
    count, at = read_length(buffer, 1)
    return count > 0 and shared_layout(buffer, at, count) is not None


@st.composite
def _one_shape(draw: st.DrawFn) -> bytes:
    """Rows of one shape, strings as long in every row as in the first."""
    tags = draw(st.lists(st.sampled_from(FLAT), min_size=1, max_size=6))
    first = [draw(PAYLOADS[tag]) for tag in tags]
    cells = [
        st.binary(min_size=len(sample), max_size=len(sample)) if isinstance(sample, bytes) else PAYLOADS[tag]
        for tag, sample in zip(tags, first, strict=True)
    ]
    others = draw(st.lists(st.tuples(*cells), max_size=12))
    return _array(*(_row(*map(Value, tags, row)) for row in [tuple(first), *others]))


@given(_one_shape())
def test_the_fast_path_takes_rows_of_one_shape_and_gives_what_the_general_one_gives(buffer: bytes) -> None:
    assert _has_layout(buffer)
    assert columns.rows(buffer) == columns.rows(decode(buffer))


@given(_one_shape(), st.data())
def test_one_changed_octet_gives_the_same_on_both_paths(buffer: bytes, data: st.DataObject) -> None:
    changed = bytearray(buffer)
    changed[data.draw(st.integers(0, len(buffer) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    assert _outcome(bytes(changed), fast=True) == _outcome(bytes(changed), fast=False)


@given(st.lists(st.lists(values(max_leaves=4), max_size=4).map(lambda cells: _row(*cells)), max_size=6))
def test_rows_of_any_shape_give_the_same_on_both_paths(rows: list[Value]) -> None:
    assert _outcome(_array(*rows), fast=True) == _outcome(_array(*rows), fast=False)


@given(st.binary(max_size=200))
def test_any_octets_are_rows_or_our_error(octets: bytes) -> None:
    for buffer in (octets, b"\x01" + octets, b"\x01\x02" + octets):
        assert _outcome(buffer, fast=True) == _outcome(buffer, fast=False)


def _outcome(buffer: bytes, *, fast: bool) -> str:
    """The rows as text, in which also NaN equals itself and True is not 1; or "refused"."""
    try:
        return repr(columns.rows(buffer) if fast else columns.rows(decode(buffer)))
    except RemoteProtocolError:
        return "refused"


def test_rows_have_plain_values_without_tags() -> None:
    assert columns.rows(b"\x01\x03" + ROW * 3) == [(CLOCK, 0, 256, 1)] * 3
    nested = _row(Value(Tag.BOOLEAN, True), NULL, _row(Value(Tag.BIT_STRING, "01"), Value(Tag.ENUM, 2)))
    assert columns.rows(_array(nested)) == [(True, None, ("01", 2))]


@pytest.mark.parametrize("count", [0, 1, 127, 128, 255, 256, 1000])
def test_the_outer_count_may_take_several_octets(count: int) -> None:
    row = _row(Value(Tag.LONG, -7), Value(Tag.BOOLEAN, False))
    assert columns.rows(_array(*[row] * count)) == [(-7, False)] * count


def test_a_boolean_other_than_1_is_true_on_both_paths() -> None:
    buffer = bytes.fromhex("0102" + "02010302" + "020103FF")
    assert columns.rows(buffer) == columns.rows(decode(buffer)) == [(True,), (True,)]


def test_a_string_of_128_octets_and_one_of_none_are_read() -> None:
    for size in (0, 127, 128, 300):
        row = _row(Value(Tag.OCTET_STRING, b"x" * size), Value(Tag.UNSIGNED, 1))
        assert columns.rows(_array(row, row)) == [(b"x" * size, 1)] * 2


def test_a_compact_array_gives_rows_too() -> None:
    assert columns.rows(bytes.fromhex("13020211100601FFFE030004")) == [(1, -2), (3, 4)]


@pytest.mark.parametrize("buffer", ["1105", "01021105" + "1106", "0102" + "02011105", "", "01", "010102011105" + "00"])
def test_what_is_no_array_of_structures_is_refused(buffer: str) -> None:
    with pytest.raises(RemoteProtocolError):
        columns.rows(bytes.fromhex(buffer))


@pytest.mark.parametrize("limits", [Limits(elements=14), Limits(depth=1), Limits(octets=83)])
def test_limits_hold_on_the_fast_path(limits: Limits) -> None:
    buffer = b"\x01\x03" + ROW * 3
    with pytest.raises(LimitExceeded):
        columns.rows(buffer, limits=limits)
    assert len(columns.rows(buffer, limits=Limits(elements=16, depth=2, octets=len(buffer)))) == 3


def test_columns_are_in_capture_order() -> None:
    assert columns.columns(b"\x01\x02" + ROW * 2) == [(CLOCK,) * 2, (0, 0), (256, 256), (1, 1)]
    assert columns.columns(b"\x01\x00") == []


def test_rows_of_different_lengths_have_no_columns() -> None:
    one = Value(Tag.UNSIGNED, 1)
    with pytest.raises(RemoteProtocolError, match="different lengths"):
        columns.columns(_array(_row(one), _row(one, one)))


def test_A27_compressed_rows_are_expanded_only_when_asked() -> None:
    count = Value(Tag.DOUBLE_LONG_UNSIGNED, 100)
    buffer = _array(_row(NULL, count), _row(NULL, Value(Tag.DELTA_UNSIGNED, 5)), _row(Value(Tag.UNSIGNED, 1), NULL))
    assert columns.rows(buffer) == [(None, 100), (None, 5), (1, None)]
    assert columns.rows(buffer, compressed=True) == [(None, 100), (None, 105), (1, 105)]
    plain = _array(_row(Value(Tag.UNSIGNED, 1), count), _row(NULL, NULL))
    assert columns.rows(plain, compressed=True) == [(1, 100)] * 2


def test_A27_a_delta_in_the_first_row_is_refused_on_the_fast_path_too() -> None:
    delta = _row(Value(Tag.DELTA_UNSIGNED, 5))
    assert columns.rows(_array(delta, delta)) == [(5,), (5,)]
    with pytest.raises(RemoteProtocolError, match="row 0"):
        columns.rows(_array(delta, delta), compressed=True)


@given(_one_shape())
def test_numpy_columns_hold_the_same_on_both_paths(buffer: bytes) -> None:
    pytest.importorskip("numpy")
    fast, general = columns.to_numpy(buffer), columns.to_numpy(decode(buffer))
    plain = columns.columns(buffer)
    assert len(fast) == len(general) == len(plain)
    for quick, slow, cells in zip(fast, general, plain, strict=True):
        assert quick.dtype.isnative
        assert [_octets(cell) for cell in quick.tolist()] == list(cells)
        assert [_octets(cell) for cell in slow.tolist()] == list(cells)


def test_numpy_booleans_other_than_1_are_true() -> None:
    pytest.importorskip("numpy")
    (found,) = columns.to_numpy(bytes.fromhex("0102" + "02010302" + "02010300"))
    assert found.tolist() == [True, False]
    assert found.sum() == 1


def test_numpy_columns_of_mixed_cells_are_objects() -> None:
    pytest.importorskip("numpy")
    found = columns.to_numpy(_array(_row(Value(Tag.UNSIGNED, 1)), _row(NULL)))
    assert found[0].tolist() == [1, None]


@pytest.mark.parametrize("numbers", [[0, 2**64 - 1], [-(2**63), 2**63 - 1], [-1, 2**63], [2**63 + 1, 0]])
def test_numpy_never_rounds_an_integer(numbers: list[int]) -> None:
    pytest.importorskip("numpy")
    tag = {True: Tag.LONG64, False: Tag.LONG64_UNSIGNED}
    (found,) = columns.to_numpy(_array(*(_row(Value(tag[number < 2**63], number)) for number in numbers)))
    assert found.tolist() == numbers


def test_without_numpy_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "dlmskit.data.arrays", None)
    monkeypatch.delattr("dlmskit.data.arrays", raising=False)
    with pytest.raises(MissingExtra, match=r"dlmskit\[columns\]"):
        columns.to_numpy(b"\x01\x00")


def _octets(cell: object) -> object:
    return bytes(cell) if isinstance(cell, memoryview) else cell
