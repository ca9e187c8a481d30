"""Selective access to a buffer: what is sent, and what a meter makes of what it receives."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given

from dlmskit.cosem.common import CaptureObject
from dlmskit.cosem.ics import ProfileGeneric
from dlmskit.cosem.ics.profile import Buffer
from dlmskit.cosem.model import Selection
from dlmskit.cosem.selectors import (
    EntryDescriptor,
    RangeDescriptor,
    entry_descriptor,
    parse_selection,
    range_descriptor,
    time_range,
)
from dlmskit.data import axdr
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import RemoteProtocolError, UsageError
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime
from tests.support.kinds import python_values
from tests.support.values import values

PROFILE = ProfileGeneric("1.0.99.1.0.255")
UTC_PLUS_1 = dt.timezone(dt.timedelta(hours=1))
DAY = dt.datetime(2026, 11, 22, tzinfo=UTC_PLUS_1), dt.datetime(2026, 11, 23, tzinfo=UTC_PLUS_1)
ENERGY = CaptureObject(3, Obis.parse("1.0.1.8.0.255"), 2, 0)


def encoded(selection: Selection | None) -> str:
    assert selection is not None
    return f"{selection.selector}:{axdr.encode(selection.parameters).hex()}"


def test_a_day_is_a_range_of_the_clock_with_both_ends() -> None:
    ref = PROFILE.buffer.between(*DAY)
    clock = "0204" + "120008" + "09060000010000ff" + "0f02" + "120000"
    start, end = "090c07ea0b160700000000ffc400", "090c07ea0b170100000000ffc400"
    assert encoded(ref.selection) == "1:0204" + clock + start + end + "0100"


def test_columns_are_named_in_the_range() -> None:
    selection = PROFILE.buffer.between(*DAY, [ENERGY]).selection
    assert encoded(selection).endswith("0101" + "0204" + "120003" + "09060100010800ff" + "0f02" + "120000")


def test_a_time_without_zone_is_the_meters_local_time() -> None:
    selection = PROFILE.buffer.between(dt.datetime(2026, 11, 22), CosemDateTime.parse("2026-11-23")).selection
    assert selection is not None
    parsed = parse_selection(selection)
    assert isinstance(parsed, RangeDescriptor)
    assert parsed.from_value.value[9:11] == b"\x80\x00"


def test_a_meter_that_wants_tagged_times_gets_them() -> None:
    descriptor = time_range(*DAY, tagged=True)
    assert (descriptor.from_value.tag, descriptor.to_value.tag) == (Tag.DATE_TIME, Tag.DATE_TIME)


def test_entries_are_counted_from_1_and_0_is_the_end() -> None:
    assert encoded(PROFILE.buffer.entries(3, 10).selection) == "2:0204060000000306" + "0000000a" + "120001" + "120000"
    assert encoded(PROFILE.buffer.entries(1).selection) == "2:020406000000010600000000" + "120001" + "120000"


def test_the_whole_buffer_needs_no_selection() -> None:
    assert PROFILE.buffer.selection is None
    assert isinstance(ProfileGeneric.buffer, Buffer)


@given(python_values(range_descriptor))
def test_any_range_comes_back(descriptor: RangeDescriptor) -> None:
    assert parse_selection(descriptor.selection()) == descriptor


@given(python_values(entry_descriptor))
def test_any_entries_come_back(descriptor: EntryDescriptor) -> None:
    assert parse_selection(descriptor.selection()) == descriptor


@pytest.mark.parametrize(("first", "last"), [(10, 3), (0, 0), (1, 2**32 - 1), (2**32 - 1, 2**32 - 1)])
def test_A26_reversed_zero_and_greatest_entries_are_parsed_as_they_are(first: int, last: int) -> None:
    parsed = parse_selection(EntryDescriptor(first, last, 1, 0).selection())
    assert isinstance(parsed, EntryDescriptor)
    assert (parsed.from_entry, parsed.to_entry) == (first, last)


def test_A26_a_number_beyond_the_wire_is_refused_before_it_is_sent() -> None:
    with pytest.raises(UsageError):
        PROFILE.buffer.entries(1, 2**32)


@given(values())
def test_A26_any_parameters_are_a_selection_or_a_clean_error(parameters: Value) -> None:
    for selector in (1, 2):
        try:
            parsed = parse_selection(Selection(selector, parameters))
        except RemoteProtocolError:
            continue
        assert parsed.selection() == (selector, parameters)


@pytest.mark.parametrize("selector", [0, 3, 255])
def test_a_selector_that_a_buffer_does_not_have_is_refused(selector: int) -> None:
    with pytest.raises(RemoteProtocolError, match=f"no selector {selector}"):
        parse_selection(Selection(selector, NULL))
