"""COSEM dates and times: raw octets kept, wildcards understood, UTC or "unknown".

    date       year (2) | month | day | weekday                     FFFF and FF: not specified
    time       hour | minute | second | hundredths                  FF: not specified
    date-time  date (5) | time (4) | deviation (2, signed) | status

Month FE and FD stand for "when daylight saving begins" and "ends"; day FE and FD for the last and the second last
day of the month. The deviation is what has to be added to local time to get UTC, in minutes: UTC+1 is -60, and 8000
is not specified. Status FF is not specified. Source: Blue Book, date and time formats.

Meters send any octets here (month 13, hour 24, deviation 32767). Every content is carried as it came; only what
makes a real date has a `.local` or `.utc`.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import IntFlag
from typing import ClassVar, Self

from dlmskit.errors import UsageError

_ANY, _FE, _FD = 0xFF, 0xFE, 0xFD
_ANY_YEAR = 0xFFFF
_NO_DEVIATION = -0x8000
# The standard says -720..840. Zones up to UTC+14 need -840, and reversed signs occur, so both ways are taken.
_MOST_DEVIATION = 840
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class ClockStatus(IntFlag):
    """The last octet of a date-time; unknown bits are kept."""

    INVALID = 0x01
    DOUBTFUL = 0x02
    DIFFERENT_CLOCK_BASE = 0x04
    INVALID_CLOCK_STATUS = 0x08
    DAYLIGHT_SAVING_ACTIVE = 0x80


_FINE = ClockStatus(0)


@dataclass(frozen=True, slots=True, repr=False)
class _Octets:
    """A fixed number of octets, compared and hashed as such."""

    raw: bytes
    size: ClassVar[int]

    def __post_init__(self) -> None:
        if len(self.raw) != self.size:
            raise UsageError(f"a {type(self).__name__} has {self.size} octets, not {len(self.raw)}")

    def isoformat(self) -> str:
        raise NotImplementedError

    def __bytes__(self) -> bytes:
        return self.raw

    def __str__(self) -> str:
        return self.isoformat()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.isoformat()} {self.raw.hex()}>"


class _DateFields(_Octets):
    __slots__ = ()

    @property
    def year(self) -> int | None:
        year = int.from_bytes(self.raw[:2], "big")
        return None if year == _ANY_YEAR else year

    @property
    def month(self) -> int | None:
        """The month as sent; None for any month and for the daylight saving markers."""
        return None if self.raw[2] >= _FD else self.raw[2]

    @property
    def dst_begin(self) -> bool:
        """The month stands for the day on which daylight saving begins."""
        return self.raw[2] == _FE

    @property
    def dst_end(self) -> bool:
        """The month stands for the day on which daylight saving ends."""
        return self.raw[2] == _FD

    @property
    def day(self) -> int | None:
        """The day as sent; None for any day and for the last ones of the month."""
        return None if self.raw[3] >= _FD else self.raw[3]

    @property
    def last_day(self) -> bool:
        """The last day of the month or, with a weekday, the last such day."""
        return self.raw[3] == _FE

    @property
    def second_last_day(self) -> bool:
        return self.raw[3] == _FD

    @property
    def weekday(self) -> int | None:
        """1 Monday to 7 Sunday."""
        return None if self.raw[4] == _ANY else self.raw[4]

    @property
    def date(self) -> dt.date | None:
        """The calendar day, or None where the fields make none."""
        if self.year is None or self.month is None or self.day is None:
            return None
        try:
            return dt.date(self.year, self.month, self.day)
        except ValueError:
            return None

    def _date_text(self) -> str:
        month = {_FE: "dst-begin", _FD: "dst-end"}.get(self.raw[2]) or _field(self.month)
        day = {_FE: "last", _FD: "second-last"}.get(self.raw[3]) or _field(self.day)
        text = f"{_field(self.year, 4)}-{month}-{day}"
        if self.date is None and self.weekday is not None and 1 <= self.weekday <= 7:
            text += "-" + _WEEKDAYS[self.weekday - 1]
        return text


class _TimeFields(_Octets):
    __slots__ = ()
    _time_at: ClassVar[int]

    @property
    def hour(self) -> int | None:
        return self._octet(0)

    @property
    def minute(self) -> int | None:
        return self._octet(1)

    @property
    def second(self) -> int | None:
        return self._octet(2)

    @property
    def hundredths(self) -> int | None:
        return self._octet(3)

    @property
    def time(self) -> dt.time | None:
        """The time of day; seconds and hundredths not specified count as zero."""
        if self.hour is None or self.minute is None:
            return None
        try:
            return dt.time(self.hour, self.minute, self.second or 0, (self.hundredths or 0) * 10_000)
        except ValueError:
            return None

    def _octet(self, at: int) -> int | None:
        octet = self.raw[self._time_at + at]
        return None if octet == _ANY else octet

    def _time_text(self) -> str:
        text = f"{_field(self.hour)}:{_field(self.minute)}:{_field(self.second)}"
        return f"{text}.{self.hundredths:02d}" if self.hundredths else text


class CosemDate(_DateFields):
    """A day, possibly recurring: five octets."""

    __slots__ = ()
    size = 5

    @classmethod
    def from_date(cls, date: dt.date) -> Self:
        return cls(_pack_date(date))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026-11-22`, or with wildcards `*-03-last-Sun`."""
        date = cls(_parse_date(_match(_DATE_TEXT, text, "2026-11-22")))
        _refuse_no_such_day(date, text)
        return date

    def isoformat(self) -> str:
        """ISO 8601; `*` stands for what is not specified."""
        return self._date_text()


class CosemTime(_TimeFields):
    """A time of day, possibly recurring: four octets."""

    __slots__ = ()
    size = 4
    _time_at = 0

    @classmethod
    def from_time(cls, time: dt.time) -> Self:
        return cls(_pack_time(time))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `15:00`, `15:00:30.25`, or with wildcards `*:00`."""
        return cls(_parse_time(_match(_TIME_TEXT, text, "15:00:30")))

    def isoformat(self) -> str:
        """ISO 8601; `*` stands for what is not specified."""
        return self._time_text()


class CosemDateTime(_DateFields, _TimeFields):
    """A moment as a meter tells it: twelve octets, kept as they came."""

    __slots__ = ()
    size = 12
    _time_at = 5

    @classmethod
    def from_datetime(cls, moment: dt.datetime, *, status: ClockStatus | None = _FINE) -> Self:
        """The date-time for `moment`; a naive one leaves the deviation unspecified.

        status  None for "not specified"; the daylight saving bit is added where the zone says so
        """
        if status is not None and moment.dst():
            status |= ClockStatus.DAYLIGHT_SAVING_ACTIVE
        offset = moment.utcoffset()
        deviation = None if offset is None else -round(offset.total_seconds() / 60)
        return cls(_pack_date(moment) + _pack_time(moment) + _pack_zone(deviation, status))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2026-11-22T15:00`, with or without seconds, fraction and offset.

        Also `2026-11-22` for its midnight, and with wildcards `*-03-last-SunT02:00`.
        """
        match = _match(_DATE_TIME_TEXT, text, "2026-11-22T15:00 or 2026-11-22T15:00:00+01:00")
        time = _parse_time(match) if match["hour"] else bytes(4)
        moment = cls(_parse_date(match) + time + _pack_zone(_parse_deviation(match["zone"]), _FINE))
        _refuse_no_such_day(moment, text)
        return moment

    @property
    def deviation(self) -> int | None:
        """Minutes to add to local time for UTC, as sent; None where not specified."""
        deviation = int.from_bytes(self.raw[9:11], "big", signed=True)
        return None if deviation == _NO_DEVIATION else deviation

    @property
    def status(self) -> ClockStatus | None:
        """What the clock says about itself; None: not specified, which is not "fine"."""
        return None if self.raw[11] == _ANY else ClockStatus(self.raw[11])

    @property
    def local(self) -> dt.datetime | None:
        """The meter's local time, naive; None where the fields make no moment."""
        high, low, month, day, _, hour, minute, second, hundredths = self.raw[:9]
        if second == _ANY:
            second = 0
        if hundredths == _ANY:
            hundredths = 0
        try:  # no other octet that is not specified makes a date or a time
            return dt.datetime(high << 8 | low, month, day, hour, minute, second, hundredths * 10_000)
        except ValueError:
            return None

    @property
    def aware(self) -> dt.datetime | None:
        """Local time with its offset; None where either is missing."""
        return self.aware_with(deviation_reversed=False)

    @property
    def utc(self) -> dt.datetime | None:
        """The moment in UTC; None where it cannot be known."""
        return self.utc_with(deviation_reversed=False)

    def aware_with(self, *, deviation_reversed: bool) -> dt.datetime | None:
        """`aware`, for a meter that may send its deviation with the sign reversed."""
        local, offset = self.local, self._offset(deviation_reversed)
        if local is None or offset is None:
            return None
        return local.replace(tzinfo=dt.timezone(offset))

    def utc_with(self, *, deviation_reversed: bool) -> dt.datetime | None:
        """`utc`, for a meter that may send its deviation with the sign reversed."""
        local, offset = self.local, self._offset(deviation_reversed)
        try:
            return None if local is None or offset is None else local.replace(tzinfo=dt.UTC) - offset
        except OverflowError:  # the first or last day of the calendar
            return None

    @property
    def mirrored(self) -> Self:
        """The same with the sign of its deviation reversed, as a meter has it that reverses signs."""
        deviation = self.deviation
        if deviation is None:
            return self
        return type(self)(self.raw[:9] + (-deviation).to_bytes(2, "big", signed=True) + self.raw[11:])

    def isoformat(self, *, deviation_reversed: bool = False) -> str:
        """ISO 8601, with offset where the deviation is given, `*` where nothing is."""
        text = f"{self._date_text()}T{self._time_text()}"
        offset = self._offset(deviation_reversed)
        if offset is None:
            return text
        minutes = round(offset.total_seconds() / 60)
        sign = "-" if minutes < 0 else "+"
        return f"{text}{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"

    def _offset(self, deviation_reversed: bool) -> dt.timedelta | None:
        deviation = self.deviation
        if deviation is None or abs(deviation) > _MOST_DEVIATION:
            return None
        return dt.timedelta(minutes=deviation if deviation_reversed else -deviation)


def _field(number: int | None, width: int = 2) -> str:
    return "*" if number is None else f"{number:0{width}d}"


def _pack_date(date: dt.date) -> bytes:
    return date.year.to_bytes(2, "big") + bytes((date.month, date.day, date.isoweekday()))


def _pack_time(time: dt.time | dt.datetime) -> bytes:
    return bytes((time.hour, time.minute, time.second, time.microsecond // 10_000))


def _pack_zone(deviation: int | None, status: ClockStatus | None) -> bytes:
    minutes = _NO_DEVIATION if deviation is None else deviation
    return minutes.to_bytes(2, "big", signed=True) + bytes((_ANY if status is None else status & 0xFF,))


_DATE = (
    r"(?P<year>\d{4}|\*)-(?P<month>\d{2}|\*|dst-begin|dst-end)-(?P<day>\d{2}|\*|last|second-last)"
    rf"(?:-(?P<weekday>{'|'.join(_WEEKDAYS)}))?"
)
_TIME = r"(?P<hour>\d{2}|\*):(?P<minute>\d{2}|\*)(?::(?P<second>\d{2}|\*)(?:[.,](?P<fraction>\d{1,9}))?)?"
_DATE_TEXT = re.compile(_DATE, re.ASCII)
_TIME_TEXT = re.compile(_TIME, re.ASCII)
_DATE_TIME_TEXT = re.compile(rf"{_DATE}(?:[T ]{_TIME}(?P<zone>Z|[+-]\d{{2}}(?::?\d{{2}})?)?)?", re.ASCII)
_MARKERS = {"*": _ANY, "dst-begin": _FE, "dst-end": _FD, "last": _FE, "second-last": _FD}


def _match(pattern: re.Pattern[str], text: str, example: str) -> re.Match[str]:
    match = pattern.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"cannot read {text!r}; write it like {example}")
    return match


def _parse_date(match: re.Match[str]) -> bytes:
    year = _ANY_YEAR if match["year"] == "*" else int(match["year"])
    month, day = (_number(match[name], low=1, high=high) for name, high in (("month", 12), ("day", 31)))
    weekday = _WEEKDAYS.index(match["weekday"]) + 1 if match["weekday"] else _ANY
    packed = CosemDate(year.to_bytes(2, "big") + bytes((month, day, weekday)))
    return packed.raw if packed.date is None or match["weekday"] else _pack_date(packed.date)


def _parse_time(match: re.Match[str]) -> bytes:
    hour = _number(match["hour"], high=23)
    minute, second = (_number(match[name] or "00", high=59) for name in ("minute", "second"))
    hundredths = _ANY if match["second"] == "*" else int((match["fraction"] or "").ljust(2, "0")[:2])
    return bytes((hour, minute, second, hundredths))


def _parse_deviation(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    if hours > 14 or minutes > 59:
        raise UsageError(f"{zone!r} is no offset from UTC")
    return (-1 if zone[0] == "+" else 1) * (hours * 60 + minutes)


def _number(text: str, *, low: int = 0, high: int) -> int:
    if text in _MARKERS:
        return _MARKERS[text]
    if not low <= int(text) <= high:
        raise UsageError(f"{text} is outside {low} to {high}")
    return int(text)


def _refuse_no_such_day(date: _DateFields, text: str) -> None:
    if date.date is None and None not in (date.year, date.month, date.day):
        raise UsageError(f"{text!r} is no day of the calendar")
