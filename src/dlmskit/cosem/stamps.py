"""Times as profiles capture them: the date-time of a clock, or the seconds of a UNIX clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from dlmskit.cosem.common import CaptureObject
from dlmskit.times import CosemDateTime

_CLOCK, _TIME = 8, 2
#: Classes of a UNIX clock, Data and Register, and the attribute that has its value.
_NUMBERS, _VALUE = (1, 3), 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Seconds of 32 bits, as UNIX clocks count.
_SECONDS = range(1 << 32)


def tells_time(capture: CaptureObject) -> bool:
    """Whether a column is the time of a clock."""
    return (capture.class_id, capture.attribute_index) == (_CLOCK, _TIME) or tells_unix_time(capture)


def tells_unix_time(capture: CaptureObject) -> bool:
    """Whether a column is the value of a UNIX clock, 0.b.1.1.e."""
    name = capture.logical_name
    is_named = (name.a, name.c, name.d) == (0, 1, 1)
    return is_named and capture.class_id in _NUMBERS and capture.attribute_index == _VALUE


def as_time(cell: object) -> CosemDateTime | None:
    """A captured time: 12 octets of a date-time, or seconds since 1970; None for anything else."""
    if isinstance(cell, bytes) and len(cell) == CosemDateTime.size:
        return CosemDateTime(cell)
    if isinstance(cell, int) and not isinstance(cell, bool) and cell in _SECONDS:
        return CosemDateTime.from_datetime(_EPOCH + timedelta(seconds=cell))
    return None


def unix_seconds(time: CosemDateTime) -> int | None:
    """A moment as a UNIX clock counts; None where it is not known in UTC, or lies beyond what it counts."""
    utc = time.utc
    seconds = -1 if utc is None else (utc - _EPOCH) // timedelta(seconds=1)
    return seconds if seconds in _SECONDS else None
