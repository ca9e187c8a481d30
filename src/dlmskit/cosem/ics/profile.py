"""Profile generic: class id 7."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import IntEnum
from typing import Self, overload

from dlmskit.cosem.common import CaptureObject, capture_object
from dlmskit.cosem.model import Attribute, Bound, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.cosem.selectors import CLOCK_TIME, EntryDescriptor, time_range
from dlmskit.data.kinds import (
    anything,
    array_of,
    double_long_unsigned,
    enum_of,
    field,
    integer,
    logical_name,
    long_unsigned,
    structure,
    structure_of,
)
from dlmskit.data.value import Value
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime

Rows = tuple[Value, ...]


class SortMethod(IntEnum):
    """The order of a profile's entries; `FAREST_FROM_ZERO` is the standard's spelling."""

    FIFO = 1
    LIFO = 2
    LARGEST = 3
    SMALLEST = 4
    NEAREST_TO_ZERO = 5
    FAREST_FROM_ZERO = 6


class BoundBuffer(Bound[Rows]):
    """A reference to the buffer of one profile: whole, or a part of it."""

    __slots__ = ()

    def between(
        self,
        start: datetime | CosemDateTime,
        end: datetime | CosemDateTime,
        columns: Sequence[CaptureObject] = (),
        *,
        clock: CaptureObject = CLOCK_TIME,
        tagged: bool = False,
    ) -> Bound[Rows]:
        """The entries from one moment to another, both included; see `selectors.time_range`."""
        return self.select(time_range(start, end, columns, clock=clock, tagged=tagged).selection())

    def entries(self, first: int, last: int = 0, *, first_column: int = 1, last_column: int = 0) -> Bound[Rows]:
        """The entries from `first`, counted from 1, to `last`; 0 is the end of the buffer or of the row."""
        return self.select(EntryDescriptor(first, last, first_column, last_column).selection())


class Buffer(Attribute[Rows]):
    """The declaration of a profile's buffer: an array of entries, read in part by range or by entry."""

    __slots__ = ()

    def __init__(self, index: int, *, doc: str) -> None:
        super().__init__(index, array_of(anything), static=False, doc=doc)

    @overload
    def __get__(self, obj: None, owner: type[CosemObject]) -> Self: ...
    @overload
    def __get__(self, obj: CosemObject, owner: type[CosemObject]) -> BoundBuffer: ...
    def __get__(self, obj: CosemObject | None, owner: type[CosemObject]) -> Self | BoundBuffer:
        return self if obj is None else BoundBuffer(obj, self)


class ProfileGeneric(CosemObject, class_id=7, version=1, methods_at=0x58, offsets=Basis.PARTLY_STATED):
    """A table of captured values: load profile, billing data, event log. Blue Book 4.3.6.

    Three public implementations agree that methods 3 and 4 are of version 0 only.
    """

    buffer = Buffer(2, doc="the entries, each a structure with one value per capture object")
    capture_objects = Attribute(3, array_of(capture_object), doc="what each column captures")
    capture_period = Attribute(4, double_long_unsigned, doc="between two captures, in seconds; 0 for on demand")
    sort_method = Attribute(5, enum_of(SortMethod), doc="the order of the entries")
    sort_object = Attribute(6, capture_object, doc="the column that is sorted by; zeros for none")
    entries_in_use = Attribute(7, double_long_unsigned, static=False, doc="entries the buffer holds now")
    profile_entries = Attribute(8, double_long_unsigned, doc="entries the buffer can hold")

    reset = Trigger(1, doc="empty the buffer")
    capture = Trigger(2, doc="capture one entry now")


@structure
class CaptureObject_v0:
    """One attribute of one object, as version 0 writes it: the name first, no data index."""

    logical_name: Obis = field(logical_name)
    class_id: int = field(long_unsigned)
    attribute_index: int = field(integer)


_capture_object = structure_of(CaptureObject_v0)


class ProfileGeneric_v0(CosemObject, class_id=7, version=0, methods_at=0x58):
    """A table of captured values, first edition: parts of the buffer are fetched by methods.

    Four public implementations name get_buffer_by_range and get_buffer_by_index. None describes what the first takes; for
    the second two begin with two numbers. What both take and return is passed through as it comes.
    """

    buffer = Attribute(2, array_of(anything), static=False, doc="the entries, one value per capture object each")
    capture_objects = Attribute(3, array_of(_capture_object), doc="what each column captures")
    capture_period = Attribute(4, double_long_unsigned, doc="between two captures, in seconds; 0 for on demand")
    sort_method = Attribute(5, enum_of(SortMethod), doc="the order of the entries")
    sort_object = Attribute(6, _capture_object, doc="the column that is sorted by; zeros for none")
    entries_in_use = Attribute(7, double_long_unsigned, static=False, doc="entries the buffer holds now")
    profile_entries = Attribute(8, double_long_unsigned, doc="entries the buffer can hold")

    reset = Trigger(1, doc="empty the buffer")
    capture = Trigger(2, doc="capture one entry now")
    get_buffer_by_range = Method(3, anything, anything, doc="entries between two values")
    get_buffer_by_index = Method(4, anything, anything, doc="entries between two numbers")
