"""What the times of a profile's rows show: rows that are missing, that came twice, and a clock that was set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from dlmskit.times import ClockStatus, CosemDateTime

_HOUR = timedelta(hours=1)
_SAVES = int(ClockStatus.DAYLIGHT_SAVING_ACTIVE)
#: How far from a full number of periods two rows may lie, as a part of the period.
_JITTER = 10
#: Capture periods of months are no fixed number of seconds.
_LONGEST = timedelta(days=27)


@dataclass(frozen=True, slots=True)
class Gap:
    """Rows are missing.

    row      number in the table of the later one of the two rows around the gap, counted from 0
    missing  how many captures the period would have made between them
    """

    row: int
    before: CosemDateTime
    after: CosemDateTime
    missing: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two rows of one moment; `row` is the later one in the table."""

    row: int
    time: CosemDateTime


@dataclass(frozen=True, slots=True)
class Jump:
    """The clock was set: two captures lie no whole number of periods apart, or the later one before the earlier.

    by  how far, forward or back, from one capture to the next
    """

    row: int
    before: CosemDateTime
    after: CosemDateTime
    by: timedelta


@dataclass(frozen=True, slots=True)
class Report:
    """What is odd about the times of a table's rows; false where nothing is.

    untimed  how many rows have no time that makes a moment
    """

    gaps: tuple[Gap, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    jumps: tuple[Jump, ...] = ()
    untimed: int = 0

    @property
    def missing(self) -> int:
        """Rows missing in all gaps."""
        return sum(gap.missing for gap in self.gaps)

    def __bool__(self) -> bool:
        return bool(self.gaps or self.duplicates or self.jumps or self.untimed)

    def __str__(self) -> str:
        counts = [
            _counted(self.missing, "row missing", "rows missing"),
            _counted(len(self.duplicates), "time twice", "times twice"),
            _counted(len(self.jumps), "time jump", "time jumps"),
            _counted(self.untimed, "row without a time", "rows without a time"),
        ]
        return ", ".join(filter(None, counts)) or "no gaps"


def report(times: Sequence[CosemDateTime | None], period_s: int, *, newest_first: bool, reversed_: bool) -> Report:
    """Look through the times of rows in the meter's order.

    period_s      seconds between two captures; 0 for none, and then nothing can be missing
    newest_first  in which order the rows came
    reversed_     the meter's deviations have the wrong sign

    A fold is no jump: with deviations, or while the clock says in its status when daylight saving is active, times are
    compared as moments.
    """
    moments = _moments(times, reversed_=reversed_)
    if newest_first:
        moments.reverse()
    period = timedelta(seconds=period_s)
    gaps: list[Gap] = []
    duplicates: list[Duplicate] = []
    jumps: list[Jump] = []
    for (row, before, earlier), (other, after, later) in pairwise(moments):
        step = later - earlier
        if step and step == period:
            continue  # as nearly all are
        at = max(row, other)
        periods, rest = _in_periods(step, period)
        if not step:
            duplicates.append(Duplicate(at, after))
        elif step < timedelta(0) or rest:
            jumps.append(Jump(at, before, after, step))
        if periods > 1:
            gaps.append(Gap(at, before, after, periods - 1))
    return Report(tuple(gaps), tuple(duplicates), tuple(jumps), len(times) - len(moments))


def _moments(times: Sequence[CosemDateTime | None], *, reversed_: bool) -> list[tuple[int, CosemDateTime, datetime]]:
    """Number, time and moment of the rows that have one: in UTC where all tell it, else in local standard time."""
    timed = [(row, time) for row, time in enumerate(times) if time is not None]
    found: list[tuple[int, CosemDateTime, datetime]] = []
    for row, time in timed:
        utc = time.utc_with(deviation_reversed=reversed_)
        if utc is not None:
            found.append((row, time, utc))
        elif time.local is not None:
            return [(row, time, _standard(time, local)) for row, time in timed if (local := time.local) is not None]
    return found


def _standard(time: CosemDateTime, local: datetime) -> datetime:
    """Local time without daylight saving, as far as the status tells."""
    saves = (time.status or 0) & _SAVES
    return local - _HOUR if saves and local - datetime.min >= _HOUR else local


def _in_periods(step: timedelta, period: timedelta) -> tuple[int, bool]:
    """How many periods a step forward is, and whether it is no whole number of them."""
    if not timedelta(0) < period <= _LONGEST or step <= timedelta(0):
        return 0, False
    periods = round(step / period)
    return periods, abs(step - periods * period) > period / _JITTER


def _counted(number: int, one: str, many: str) -> str:
    return "" if not number else f"{number} {one if number == 1 else many}"
