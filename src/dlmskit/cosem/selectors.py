"""Selective access to a profile's buffer: by range (selector 1) and by entry (selector 2).

    RangeDescriptor  restricting_object | from_value | to_value | selected_values, both ends included
    EntryDescriptor  from_entry | to_entry | from_selected_value | to_selected_value, counted from 1, 0 for the last

Source: Blue Book, Profile generic, selective access.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from dlmskit.cosem.common import CaptureObject, capture_object
from dlmskit.cosem.model import Selection
from dlmskit.cosem.stamps import tells_unix_time, unix_seconds
from dlmskit.data.kinds import (
    anything,
    array_of,
    date_time,
    double_long_unsigned,
    field,
    long_unsigned,
    structure,
    structure_of,
    tagged_date_time,
)
from dlmskit.data.value import Value
from dlmskit.errors import RemoteProtocolError, UsageError
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime

CLOCK_TIME = CaptureObject(8, Obis.parse("0.0.1.0.0.255"), 2, 0)


@structure
class RangeDescriptor:
    """The entries in which `restricting_object` lies between two values.

    selected_values  the columns wanted; none for all
    """

    selector: ClassVar[int] = 1

    restricting_object: CaptureObject = field(capture_object)
    from_value: Value = field(anything)
    to_value: Value = field(anything)
    selected_values: tuple[CaptureObject, ...] = field(array_of(capture_object))

    def selection(self) -> Selection:
        return Selection(self.selector, range_descriptor.dump(self))


@structure
class EntryDescriptor:
    """The entries, and of them the columns, from one number to another; as a last number 0 is "to the end"."""

    selector: ClassVar[int] = 2

    from_entry: int = field(double_long_unsigned)
    to_entry: int = field(double_long_unsigned)
    from_selected_value: int = field(long_unsigned)
    to_selected_value: int = field(long_unsigned)

    def selection(self) -> Selection:
        return Selection(self.selector, entry_descriptor.dump(self))


range_descriptor = structure_of(RangeDescriptor)
entry_descriptor = structure_of(EntryDescriptor)


def time_range(
    start: datetime | CosemDateTime,
    end: datetime | CosemDateTime,
    columns: Sequence[CaptureObject] = (),
    *,
    clock: CaptureObject = CLOCK_TIME,
    tagged: bool = False,
) -> RangeDescriptor:
    """The range of two moments; a datetime without zone is the meter's local time, which a UNIX clock does not know.

    tagged  send date-time (tag 25), which some meters want, instead of the standard's octet-string
    """
    if tells_unix_time(clock):
        first, last = (double_long_unsigned.dump(_seconds(moment(end))) for end in (start, end))
    else:
        kind = tagged_date_time if tagged else date_time
        first, last = kind.dump(moment(start)), kind.dump(moment(end))
    return RangeDescriptor(clock, first, last, tuple(columns))


def _seconds(when: CosemDateTime) -> int:
    seconds = unix_seconds(when)
    if seconds is None:
        raise UsageError(f"{when} is no moment of a UNIX clock: give it an offset from UTC")
    return seconds


def moment(when: datetime | CosemDateTime) -> CosemDateTime:
    """`when` as a meter takes it."""
    return when if isinstance(when, CosemDateTime) else CosemDateTime.from_datetime(when)


def parse_selection(selection: Selection) -> RangeDescriptor | EntryDescriptor:
    """What a client selects of a buffer. Raises RemoteProtocolError; what the numbers mean is not judged here."""
    if selection.selector == RangeDescriptor.selector:
        return range_descriptor.load(selection.parameters)
    if selection.selector == EntryDescriptor.selector:
        return entry_descriptor.load(selection.parameters)
    raise RemoteProtocolError(f"a buffer has no selector {selection.selector}")
