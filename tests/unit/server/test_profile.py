"""A served profile: rows that follow from the time, selective access, capture and reset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.apdu.base import Selection
from dlmskit.cosem.common import CaptureObject
from dlmskit.cosem.ics import Clock, Data, ProfileGeneric, Register
from dlmskit.cosem.ics.profile import SortMethod
from dlmskit.cosem.selectors import EntryDescriptor, RangeDescriptor, time_range
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.edge.clock import Environment
from dlmskit.errors import AccessRefused, OtherReason, TypeUnmatched, UsageError
from dlmskit.obis import Obis
from dlmskit.server.behaviour import Behaviour, Context, serves
from dlmskit.server.behaviours.clock import RunningClock
from dlmskit.server.behaviours.profile import EVER, MAX_ENTRIES, Profile
from dlmskit.server.behaviours.register import Measuring
from dlmskit.server.device import Device
from dlmskit.times import CosemDateTime

NOW = datetime(2026, 1, 15, 12, 7, 30, tzinfo=UTC)
CLOCK = CaptureObject(8, Obis.parse("0.0.1.0.0.255"), 2, 0)
COUNT = CaptureObject(3, Obis.parse("1.0.1.8.0.255"), 2, 0)
SCALER = CaptureObject(3, Obis.parse("1.0.1.8.0.255"), 3, 2)
GONE = CaptureObject(3, Obis.parse("1.0.9.9.9.255"), 2, 0)


def minutes(moment: datetime) -> int:
    """What the test's register counts."""
    return int((moment - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds() // 60)


def profile(*columns: CaptureObject, since: datetime | None = EVER, **values: object) -> Profile:
    device = Device(logical_name="DKT0000000000001", environment=Environment(now=lambda: NOW))
    device.add(RunningClock(Clock("0.0.1.0.0.255", time_zone=-60)))
    device.add(Measuring(Register("1.0.1.8.0.255"), minutes))
    settings = {"capture_period": 900, "profile_entries": 96, **values}
    served = Profile(
        ProfileGeneric("1.0.99.1.0.255", capture_objects=columns or (CLOCK, COUNT), **settings), since=since
    )
    device.add(served)
    return served


def read(
    served: Profile, selection: RangeDescriptor | EntryDescriptor | Selection | None = None, now: datetime = NOW
) -> list[tuple[object, ...]]:
    """Rows as plain values, times as ISO texts."""
    if isinstance(selection, RangeDescriptor | EntryDescriptor):
        selection = Selection(*selection.selection())
    return [
        tuple(
            CosemDateTime(cell.value).isoformat() if isinstance(cell.value, bytes) else cell.value for cell in row.value
        )
        for row in served.buffer(Context(now, selection=selection))
    ]


def counts(
    served: Profile, selection: RangeDescriptor | EntryDescriptor | None = None, now: datetime = NOW
) -> list[object]:
    return [row[-1] for row in read(served, selection, now)]


def test_it_holds_full_periods_up_to_now_oldest_first() -> None:
    rows = read(profile())
    assert len(rows) == 96
    assert rows[-1] == ("2026-01-15T13:00:00+01:00", 14 * 1440 + 720)
    assert rows[-2] == ("2026-01-15T12:45:00+01:00", 14 * 1440 + 705)
    assert rows[0] == ("2026-01-14T13:15:00+01:00", 13 * 1440 + 735)


def test_a_row_appears_at_its_moment_and_the_oldest_goes() -> None:
    served = profile()
    full = datetime(2026, 1, 15, 12, 15, tzinfo=UTC)
    assert counts(served, now=full - timedelta(microseconds=1)) == counts(served)
    assert counts(served, now=full) == [*counts(served)[1:], 14 * 1440 + 735]


def test_days_begin_at_local_midnight() -> None:
    rows = read(profile(capture_period=86_400, profile_entries=3))
    assert [row[0] for row in rows] == [f"2026-01-{day}T00:00:00+01:00" for day in (13, 14, 15)]


def test_a_new_profile_is_empty_and_fills() -> None:
    served = profile(since=None)
    assert read(served) == []
    assert len(read(served, now=NOW + timedelta(hours=1))) == 4
    assert served.entries_in_use(Context(NOW + timedelta(hours=1))) == 4


def test_reset_empties_and_it_goes_on() -> None:
    served = profile()
    served.reset(0, Context(NOW))
    assert read(served) == []
    assert counts(served, now=NOW + timedelta(minutes=8)) == [14 * 1440 + 735]


def test_capture_adds_a_row_in_its_place() -> None:
    served = profile()
    served.capture(0, Context(NOW))
    later = NOW + timedelta(minutes=10)
    assert counts(served, now=later)[-3:] == [14 * 1440 + 720, 14 * 1440 + 727, 14 * 1440 + 735]
    assert served.entries_in_use(Context(later)) == 96


def test_a_profile_on_demand_captures_only_then() -> None:
    served = profile(capture_period=0, profile_entries=2)
    assert read(served) == []
    for number in range(3):
        served.capture(0, Context(NOW + timedelta(minutes=number)))
    assert counts(served, now=NOW + timedelta(hours=9)) == [14 * 1440 + 728, 14 * 1440 + 729]


def test_a_clock_set_forward_leaves_a_gap_and_the_past_as_it_was() -> None:
    served = profile()
    before = read(served)
    clock = served.device.object("0.0.1.0.0.255", RunningClock)
    clock.set_time(CosemDateTime.parse("2026-01-15T14:10:00+01:00"), Context(NOW))
    assert read(served) == before
    after = read(served, now=NOW + timedelta(minutes=5))
    assert after[:-1] == before[1:]
    assert after[-1] == ("2026-01-15T14:15:00+01:00", 14 * 1440 + 732)


def test_a_clock_set_back_captures_the_same_time_twice() -> None:
    served = profile()
    clock = served.device.object("0.0.1.0.0.255", RunningClock)
    clock.set_time(CosemDateTime.parse("2026-01-15T12:58:00+01:00"), Context(NOW))
    rows = read(served, now=NOW + timedelta(minutes=3))
    assert [row[0] for row in rows[-2:]] == ["2026-01-15T13:00:00+01:00"] * 2
    assert [row[1] for row in rows[-2:]] == [14 * 1440 + 720, 14 * 1440 + 729]


def test_elements_and_what_is_not_there() -> None:
    served = profile(CLOCK, SCALER, GONE, COUNT, profile_entries=1)
    assert read(served) == [("2026-01-15T13:00:00+01:00", None, None, 14 * 1440 + 720)]


def test_a_column_that_has_to_be_awaited_or_refuses_is_null() -> None:
    class Awaited(Behaviour):
        @serves(Data.value)
        async def value(self, context: Context) -> Value:
            return NULL

    class Refusing(Behaviour):
        @serves(Data.value)
        def value(self, context: Context) -> Value:
            raise OtherReason

    names = [Obis.parse(f"0.0.96.1.{number}.255") for number in (1, 2)]
    served = profile(*(CaptureObject(1, name, 2, 0) for name in names), profile_entries=1)
    served.device.add(Awaited(Data(names[0])))
    served.device.add(Refusing(Data(names[1])))
    assert read(served) == [(None, None)]


# --- by entry ---


@pytest.mark.parametrize(
    ("first", "last", "rows"),
    [
        (1, 1, slice(0, 1)),
        (1, 2, slice(0, 2)),
        (95, 96, slice(94, 96)),
        (1, 0, slice(0, 96)),
        (90, 0, slice(89, 96)),
        (90, 1000, slice(89, 96)),
        (1, 0xFFFFFFFF, slice(0, 96)),
        (97, 100, slice(0, 0)),
        (0xFFFFFFFF, 0xFFFFFFFF, slice(0, 0)),
        (0xFFFFFFFF, 0, slice(0, 0)),
        (5, 4, slice(0, 0)),
    ],
)
def test_A26_by_entry(first: int, last: int, rows: slice) -> None:
    served = profile()
    assert read(served, EntryDescriptor(first, last, 1, 0)) == read(served)[rows]


@pytest.mark.parametrize(("first", "column"), [(0, 1), (1, 0)])
def test_A26_entry_and_column_0_are_refused(first: int, column: int) -> None:
    with pytest.raises(OtherReason):
        read(profile(), EntryDescriptor(first, 1, column, 0))


@pytest.mark.parametrize(
    ("first", "last", "columns"),
    [(1, 1, [0]), (2, 2, [1]), (1, 2, [0, 1]), (2, 0, [1]), (1, 0xFFFF, [0, 1]), (3, 9, [])],
)
def test_columns_by_number(first: int, last: int, columns: list[int]) -> None:
    served = profile()
    (whole,) = read(served, EntryDescriptor(96, 96, 1, 0))
    (part,) = read(served, EntryDescriptor(96, 96, first, last))
    assert part == tuple(whole[column] for column in columns)


# --- by range ---


def utc(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 1, 15, hour, minute, tzinfo=UTC)


def test_by_range_both_ends_are_in() -> None:
    assert counts(profile(), time_range(utc(11), utc(11, 30))) == [14 * 1440 + 660 + part for part in (0, 15, 30)]


def test_local_time_without_zone_is_the_meters() -> None:
    assert counts(profile(), time_range(datetime(2026, 1, 15, 12), datetime(2026, 1, 15, 12))) == [14 * 1440 + 660]


def test_both_forms_of_a_moment_are_understood() -> None:
    assert counts(profile(), time_range(utc(11), utc(11), tagged=True)) == [14 * 1440 + 660]


@pytest.mark.parametrize(
    ("start", "end", "count"),
    [(utc(11, 30), utc(11), 0), (utc(13), utc(14), 0), (datetime(2000, 1, 1), datetime(2001, 1, 1), 0)],
)
def test_A26_reversed_and_outside_give_no_rows(start: datetime, end: datetime, count: int) -> None:
    assert len(read(profile(), time_range(start, end))) == count


@pytest.mark.parametrize("end", [Value(Tag.OCTET_STRING, b"\xff" * 12), NULL])
def test_an_end_that_is_not_specified_is_open(end: Value) -> None:
    start = Value(Tag.OCTET_STRING, CosemDateTime.from_datetime(utc(11, 45)).raw)
    assert len(read(profile(), RangeDescriptor(CLOCK, start, end, ()))) == 2
    assert len(read(profile(), RangeDescriptor(CLOCK, end, end, ()))) == 96


def test_only_the_columns_asked_for_come_in_capture_order() -> None:
    served = profile()
    (row,) = read(served, time_range(utc(11), utc(11), [COUNT]))
    assert row == (14 * 1440 + 660,)
    (row,) = read(served, time_range(utc(11), utc(11), [COUNT, CLOCK]))
    assert row == ("2026-01-15T12:00:00+01:00", 14 * 1440 + 660)


def test_a_range_of_numbers() -> None:
    low, high = (Value(Tag.DOUBLE_LONG_UNSIGNED, 14 * 1440 + number) for number in (700, 720))
    assert counts(profile(), RangeDescriptor(COUNT, low, high, ())) == [14 * 1440 + 705, 14 * 1440 + 720]


@pytest.mark.parametrize(
    "wanted",
    [
        RangeDescriptor(GONE, NULL, NULL, ()),
        time_range(utc(11), utc(11), [GONE]),
    ],
)
def test_what_is_not_captured_is_refused(wanted: RangeDescriptor) -> None:
    with pytest.raises(OtherReason):
        read(profile(), wanted)


@pytest.mark.parametrize(
    "wanted",
    [
        Selection(3, NULL),
        Selection(1, NULL),
        Selection(2, Value(Tag.STRUCTURE, ())),
        Selection(*RangeDescriptor(COUNT, NULL, NULL, ()).selection()),
        Selection(*RangeDescriptor(CLOCK, Value(Tag.LONG, 1), NULL, ()).selection()),
    ],
)
def test_parameters_of_another_type_are_type_unmatched(wanted: Selection) -> None:
    with pytest.raises(TypeUnmatched):
        read(profile(), wanted)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.integers(0, 2**16 - 1), st.integers(0, 2**16 - 1))
def test_A26_any_entries_give_a_part_of_the_buffer_or_a_refusal(first: int, last: int, column: int, end: int) -> None:
    served = profile(profile_entries=5)
    try:
        rows = read(served, EntryDescriptor(first, last, column, end))
    except AccessRefused:
        assert not (first and column)
    else:
        assert len(rows) <= 5
        assert {len(row) for row in rows} <= {0, 1, 2}


# --- settings ---


def test_changing_what_or_how_often_it_captures_empties_it() -> None:
    served = profile()
    served.set_capture_period(60, Context(NOW))
    assert read(served) == []
    assert len(read(served, now=NOW + timedelta(minutes=5))) == 5
    served.set_capture_objects((COUNT,), Context(NOW + timedelta(minutes=5)))
    assert read(served, now=NOW + timedelta(minutes=6)) == [(14 * 1440 + 733,)]


def test_only_what_can_be_done_is_taken() -> None:
    served = profile()
    served.set_sort_method(SortMethod.FIFO, Context(NOW))
    with pytest.raises(OtherReason):
        served.set_sort_method(SortMethod.LARGEST, Context(NOW))
    with pytest.raises(OtherReason):
        served.set_profile_entries(MAX_ENTRIES + 1, Context(NOW))
    with pytest.raises(UsageError, match="entries at most"):
        profile(profile_entries=MAX_ENTRIES + 1)
    served.set_profile_entries(2, Context(NOW))
    assert len(read(served)) == 2


def test_a_period_of_centuries_is_survived() -> None:
    assert read(profile(capture_period=2**32 - 1)) == []
