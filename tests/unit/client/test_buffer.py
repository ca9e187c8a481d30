"""Rows out of the octets of a buffer: compression undone, clocks filled in, and what matches of what does not."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.client.profile.buffer import read_rows
from dlmskit.data import axdr
from dlmskit.data.compact import CompactArray, TypeDescription
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import LimitExceeded, ProfileMismatch, RemoteProtocolError
from dlmskit.times import CosemDateTime

NOW = datetime(2026, 10, 25, 2, 30)
SUMMER = timezone(timedelta(hours=2))
EMPTY = Value(Tag.OCTET_STRING, b"")


def stamp(moment: datetime) -> Value:
    return Value(Tag.OCTET_STRING, CosemDateTime.from_datetime(moment).raw)


def number(n: int, tag: int = Tag.DOUBLE_LONG_UNSIGNED) -> Value:
    return Value(tag, n)


def buffer(*rows: tuple[Value, ...]) -> bytes:
    return axdr.encode(Value(Tag.ARRAY, tuple(Value(Tag.STRUCTURE, row) for row in rows)))


def read(octets: bytes, step_s: int = 900, width: int = 2) -> list[tuple[object, ...]]:
    return read_rows(octets, {width: 0}, step_s)


def times(rows: list[tuple[object, ...]]) -> list[str | None]:
    return [CosemDateTime(row[0]).isoformat() if isinstance(row[0], bytes) else None for row in rows]


@pytest.mark.parametrize("empty", [NULL, EMPTY])
@pytest.mark.parametrize(("step_s", "minutes"), [(900, [30, 45, 60, 75]), (-900, [30, 15, 0, -15])])
def test_clocks_left_out_follow_the_period_in_the_order_of_the_rows(
    empty: Value, step_s: int, minutes: list[int]
) -> None:
    rows = read(buffer((stamp(NOW), number(1)), *[(empty, number(n)) for n in range(3)]), step_s)
    wanted = [NOW + timedelta(minutes=past - 30) for past in minutes]
    assert times(rows) == [one.isoformat() for one in wanted]


def test_clocks_left_out_across_a_fold_are_right_in_utc() -> None:
    """The row after the fold brings the new deviation; those between keep the old one, and the moment is the same."""
    winter = NOW.replace(tzinfo=timezone(timedelta(hours=1)))
    rows = read(
        buffer(
            (stamp(NOW.replace(tzinfo=SUMMER)), number(1)),
            *[(NULL, number(n)) for n in range(3)],
            (stamp(winter), number(5)),
            (NULL, number(6)),
        )
    )
    utc = [CosemDateTime(row[0]).utc for row in rows]  # type: ignore[arg-type]
    assert [one.strftime("%H:%M") for one in utc if one] == ["00:30", "00:45", "01:00", "01:15", "01:30", "01:45"]


def test_a27_null_data_in_the_first_row_stays_null_and_nothing_shifts() -> None:
    rows = read(buffer((NULL, NULL), (NULL, number(5)), (stamp(NOW), NULL), (NULL, NULL)))
    assert times(rows) == [None, None, "2026-10-25T02:30:00", "2026-10-25T02:45:00"]
    assert [row[1] for row in rows] == [None, 5, 5, 5]


def test_a27_a_delta_in_the_first_row_matches_nothing() -> None:
    octets = buffer((stamp(NOW), number(1, Tag.DELTA_UNSIGNED)), (stamp(NOW), number(7)), (NULL, NULL))
    with pytest.raises(ProfileMismatch, match="delta-unsigned 1 cannot be added") as caught:
        read(octets)
    assert [row[1] for row in caught.value.rows] == [7, 7]


DELTAS = {
    Tag.DELTA_INTEGER: -3, Tag.DELTA_LONG: -300, Tag.DELTA_DOUBLE_LONG: -70_000,
    Tag.DELTA_UNSIGNED: 200, Tag.DELTA_LONG_UNSIGNED: 60_000, Tag.DELTA_DOUBLE_LONG_UNSIGNED: 70_000,
}  # fmt: skip


@pytest.mark.parametrize("tag", DELTAS)
def test_every_delta_type_adds_to_the_running_value(tag: int) -> None:
    rows = read(buffer((stamp(NOW), number(500_000)), *[(NULL, number(DELTAS[tag], tag))] * 2, (NULL, NULL)))
    assert [row[1] - 500_000 for row in rows] == [0, DELTAS[tag], 2 * DELTAS[tag], 2 * DELTAS[tag]]  # type: ignore[operator]


def test_a_compact_array_gives_the_same_rows() -> None:
    kind = TypeDescription(
        Tag.STRUCTURE, (TypeDescription(Tag.OCTET_STRING), TypeDescription(Tag.DOUBLE_LONG_UNSIGNED))
    )
    items = tuple(Value(Tag.STRUCTURE, (clock, number(n))) for n, clock in enumerate((stamp(NOW), EMPTY, EMPTY)))
    packed = axdr.encode(Value(Tag.COMPACT_ARRAY, CompactArray(kind, items)))
    assert read(packed) == read(buffer(*[item.value for item in items]))
    assert times(read(packed))[2] == "2026-10-25T03:00:00"


def test_rows_that_came_whole_before_octets_that_make_no_sense_are_kept() -> None:
    whole = buffer((stamp(NOW), number(1)), (NULL, number(2)), (NULL, number(3)))
    for octets in (whole[:-2], whole[:-5] + b"\xee" + whole[-4:]):
        with pytest.raises(ProfileMismatch) as caught:
            read(octets)
        assert [row[1] for row in caught.value.rows] == [1, 2]


def test_what_is_no_array_is_no_mismatch_and_a_limit_stays_one() -> None:
    with pytest.raises(RemoteProtocolError, match="rows are an array") as caught:
        read(axdr.encode(number(1)))
    assert not isinstance(caught.value, ProfileMismatch)
    with pytest.raises(LimitExceeded):
        read(b"\x01\x01" + b"\x02\x01" * 200 + b"\x00")


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just(stamp(NOW)), st.integers(0, 99).map(number)),
            st.tuples(st.just(NULL)),
            st.just(()),
            st.tuples(st.just(NULL), st.integers(0, 9).map(lambda n: number(n, Tag.DELTA_UNSIGNED))),
        ),
        max_size=12,
    )
)
def test_what_matches_is_of_one_width_and_never_more_than_came(rows: list[tuple[Value, ...]]) -> None:
    try:
        found = read(buffer(*rows))
    except ProfileMismatch as error:
        found = list(error.rows)
        assert len(found) < len(rows)
    else:
        assert len(found) == len(rows)
    assert {len(row) for row in found} <= {2}


@given(st.binary(max_size=80))
def test_any_octets_give_rows_or_our_error(octets: bytes) -> None:
    try:
        read_rows(octets, {2: 0, 3: None}, 900)
    except RemoteProtocolError:
        pass
