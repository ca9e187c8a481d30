"""A clock that runs, keeps its zone and its daylight saving, and can be set.

It runs with the environment's time plus a correction. Every correction is remembered with the moment it was made, so
that what was captured before keeps the time it was captured at.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from dlmskit.cosem.ics import Clock
from dlmskit.cosem.ics.time import ClockBase, PresetTime
from dlmskit.errors import OtherReason
from dlmskit.server.behaviour import Behaviour, Context, accepts, performs, serves
from dlmskit.times import ClockStatus, CosemDateTime

if TYPE_CHECKING:
    from dlmskit.server.device import Device

LARGEST_SHIFT_S: Final = 900
_QUARTER, _MINUTE = timedelta(minutes=15), timedelta(minutes=1)
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_EVER: Final = datetime.min.replace(tzinfo=UTC)

#: Years a clock can be set to: far from the ends of the calendar, so that sums of times stay inside.
_YEARS: Final = range(1970, 9000)

#: Corrections remembered; beyond, the oldest ones are forgotten.
MAX_CORRECTIONS: Final = 64


class RunningClock(Behaviour):
    """A clock at the environment's time; an initial `time` sets it.

    measuring_period  what adjust_to_measuring_period goes by
    """

    def __init__(self, obj: Clock, *, measuring_period: timedelta = _QUARTER) -> None:
        super().__init__(obj)
        self._period = measuring_period
        self._corrections: list[tuple[datetime, timedelta]] = [(_EVER, timedelta(0))]
        self._preset: PresetTime | None = None
        self.default(Clock.time_zone, 0)
        self.default(Clock.daylight_savings_begin, CosemDateTime.parse("*-03-last-SunT02:00"))
        self.default(Clock.daylight_savings_end, CosemDateTime.parse("*-10-last-SunT03:00"))
        self.default(Clock.daylight_savings_deviation, 60)
        self.default(Clock.daylight_savings_enabled, False)
        self.default(Clock.clock_base, ClockBase.INTERNAL_CRYSTAL)

    def attached(self, device: Device) -> None:
        super().attached(device)
        initial = self.values.pop(Clock.time.index, None)
        if initial is not None:
            self._set_to(self._moment(Clock.time.kind.load(initial)), device.now)

    # --- time ---

    @property
    def corrections(self) -> tuple[tuple[datetime, timedelta], ...]:
        """From which moment of the environment on the clock was how far ahead of it, oldest first."""
        return tuple(self._corrections)

    def utc(self, moment: datetime) -> datetime:
        """What the clock shows, or showed, at a moment of the environment, in UTC."""
        ahead = next(ahead for since, ahead in reversed(self._corrections) if since <= moment)
        return moment + ahead

    def local(self, moment: datetime) -> CosemDateTime:
        """The same as the meter tells it: local time, deviation and status."""
        return self.as_told(self.utc(moment))

    def as_told(self, utc: datetime) -> CosemDateTime:
        """A time in UTC as this clock tells it."""
        saves = self._saves_daylight(utc)
        zone = self.stored(Clock.time_zone)
        deviation = zone - (self.stored(Clock.daylight_savings_deviation) if saves else 0)
        status = ClockStatus.DAYLIGHT_SAVING_ACTIVE if saves else ClockStatus(0)
        shown = CosemDateTime.from_datetime((utc - timedelta(minutes=deviation)).replace(tzinfo=None))
        return CosemDateTime(shown.raw[:9] + deviation.to_bytes(2, "big", signed=True) + bytes((status,)))

    def as_meant(self, told: CosemDateTime) -> datetime | None:
        """The UTC of a time a client tells: without deviation it is local time. None where it makes no moment."""
        if told.utc is not None or told.local is None:
            return told.utc
        standard = told.local.replace(tzinfo=UTC) + timedelta(minutes=self.stored(Clock.time_zone))
        saved = standard - timedelta(minutes=self.stored(Clock.daylight_savings_deviation))
        return saved if self._saves_daylight(saved) else standard

    def _saves_daylight(self, utc: datetime) -> bool:
        if not self.stored(Clock.daylight_savings_enabled):
            return False
        standard = timedelta(minutes=self.stored(Clock.time_zone))
        saved = standard - timedelta(minutes=self.stored(Clock.daylight_savings_deviation))
        begin, end = self.stored(Clock.daylight_savings_begin), self.stored(Clock.daylight_savings_end)
        year = (utc - standard).year
        begins, ends = _in_year(begin, year), _in_year(end, year)
        if begins is None or ends is None:
            return False
        from_utc, to_utc = begins + standard, ends + saved
        if from_utc <= to_utc:
            return from_utc <= utc < to_utc
        return not to_utc <= utc < from_utc  # south of the equator

    # --- attributes ---

    @serves(Clock.time)
    def time(self, context: Context) -> CosemDateTime:
        return _signed(self.local(context.now), context)

    @accepts(Clock.time)
    def set_time(self, value: CosemDateTime, context: Context) -> None:
        self._set_to(self._moment(_signed(value, context)), context.now)

    @serves(Clock.status)
    def status(self, context: Context) -> ClockStatus:
        return self.local(context.now).status or ClockStatus(0)

    # --- methods ---

    @performs(Clock.adjust_to_quarter)
    def adjust_to_quarter(self, argument: int, context: Context) -> None:
        self._set_to(_nearest(self.utc(context.now), _QUARTER), context.now)

    @performs(Clock.adjust_to_measuring_period)
    def adjust_to_measuring_period(self, argument: int, context: Context) -> None:
        self._set_to(_nearest(self.utc(context.now), self._period), context.now)

    @performs(Clock.adjust_to_minute)
    def adjust_to_minute(self, argument: int, context: Context) -> None:
        self._set_to(_nearest(self.utc(context.now), _MINUTE), context.now)

    @performs(Clock.preset_adjusting_time)
    def preset_adjusting_time(self, argument: PresetTime, context: Context) -> None:
        self._preset = argument

    @performs(Clock.adjust_to_preset_time)
    def adjust_to_preset_time(self, argument: int, context: Context) -> None:
        preset = self._preset
        if preset is None:
            raise OtherReason(f"{self.obj}: no time was preset")
        start, end = self._moment(preset.validity_interval_start), self._moment(preset.validity_interval_end)
        if not start <= self.utc(context.now) <= end:
            raise OtherReason(f"{self.obj}: outside the validity interval of the preset time")
        self._set_to(self._moment(preset.preset_time), context.now)

    @performs(Clock.shift_time)
    def shift_time(self, argument: int, context: Context) -> None:
        if abs(argument) > LARGEST_SHIFT_S:
            raise OtherReason(f"{self.obj}: a clock is shifted by {LARGEST_SHIFT_S} seconds at most")
        self._set_to(self.utc(context.now) + timedelta(seconds=argument), context.now)

    def _set_to(self, utc: datetime, now: datetime) -> None:
        self._corrections.append((now, utc - now))
        del self._corrections[1 : len(self._corrections) - MAX_CORRECTIONS + 1]

    def _moment(self, told: CosemDateTime) -> datetime:
        meant = self.as_meant(told)
        if meant is None or meant.year not in _YEARS:
            raise OtherReason(f"{self.obj}: {told} is no moment")
        return meant


def _signed(told: CosemDateTime, context: Context) -> CosemDateTime:
    """A time as this meter tells and takes it: some reverse the sign of the deviation."""
    return told.mirrored if context.tolerances.deviation_sign_reversed else told


def _nearest(utc: datetime, period: timedelta) -> datetime:
    return EPOCH + round((utc - EPOCH) / period) * period


@lru_cache(maxsize=64)
def _in_year(pattern: CosemDateTime, year: int) -> datetime | None:
    """The moment a recurring date-time stands for in a year, as if it were UTC; None where it stands for none."""
    if pattern.month is None or pattern.time is None or (pattern.year or year) != year:
        return None
    try:
        day = _day_in_month(pattern, year, pattern.month)
    except ValueError:
        return None
    return datetime.combine(day, pattern.time, UTC)


def _day_in_month(pattern: CosemDateTime, year: int, month: int) -> date:
    """The day of a month; with a weekday, the last such day, or the first one from the day on. Raises ValueError."""
    if pattern.day is not None:
        first = date(year, month, pattern.day)
        return first + timedelta(days=((pattern.weekday or first.isoweekday()) - first.isoweekday()) % 7)
    last = date(year, month, monthrange(year, month)[1])
    if pattern.second_last_day:
        last -= timedelta(days=1 if pattern.weekday is None else 7)
    elif not pattern.last_day and pattern.weekday is not None:  # any such day: the first
        last = date(year, month, 7)
    return last - timedelta(days=(last.isoweekday() - (pattern.weekday or last.isoweekday())) % 7)
