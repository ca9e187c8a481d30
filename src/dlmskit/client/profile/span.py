"""Stretches of time, whole and in pieces, and as a meter takes them that has its own idea of a range."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from dlmskit.cosem.selectors import moment
from dlmskit.errors import UsageError
from dlmskit.times import CosemDateTime
from dlmskit.tolerances import Tolerances

Moment = datetime | CosemDateTime

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another, both included; a moment without deviation is the meter's local time."""

    start: CosemDateTime
    end: CosemDateTime

    @classmethod
    def of(cls, start: Moment, end: Moment) -> Span:
        return cls(moment(start), moment(end))

    def pieces(self, step: timedelta) -> Iterator[Span]:
        """The same in parts no longer than `step`, earliest first, the end of each the start of the next; 0: whole."""
        ends = _ends(self.start, self.end) if step else None
        if ends is None or ends[1] - ends[0] <= step:
            yield self
            return
        start, (at, end) = self.start, ends
        while end - at > step:
            at += step
            to = moment(at)
            yield Span(start, to)
            start = to
        yield Span(start, self.end)

    def holds(self, time: CosemDateTime | None) -> bool:
        """Whether a time lies in it; with deviations where both have one, else by local times."""
        return time is not None and not is_before(time, self.start) and not is_before(self.end, time, unknown=True)

    @property
    def is_aware(self) -> bool:
        """Whether an end has its deviation."""
        return self.start.aware is not None or self.end.aware is not None

    @property
    def is_local(self) -> bool:
        """Whether an end has none."""
        return self.start.aware is None or self.end.aware is None

    def in_zone(self, zone: tzinfo) -> Span:
        """The same, where it has deviations with those of a zone."""
        return Span(_in_zone(self.start, zone), _in_zone(self.end, zone))

    def localised(self, zone: tzinfo) -> Span:
        """The same, where it has no deviations with those of a zone."""
        return Span(_localised(self.start, zone), _localised(self.end, zone))


def is_before(one: CosemDateTime, other: CosemDateTime, *, unknown: bool = False) -> bool:
    """Whether one moment lies before another; `unknown` where one of them is no moment."""
    ends = _ends(one, other)
    return unknown if ends is None else ends[0] < ends[1]


def needs_zone(span: Span, tolerances: Tolerances) -> bool:
    """Whether a meter takes a span only after its zone is known."""
    if tolerances.range_deviation == "needed":
        return span.is_local
    return span.is_aware and (tolerances.range_by_local_time or tolerances.range_deviation == "refused")


def as_taken(span: Span, tolerances: Tolerances, period_s: int, zone: tzinfo | None) -> Span:
    """The span to ask for so that a meter with these tolerances gives every row of `span`, and perhaps more.

    zone  the meter's present one; an hour more is asked for on both sides where that may not hold
    """
    start, end = (time.aware or time.local for time in (span.start, span.end))
    if start is None or end is None:
        return span
    margin = timedelta(seconds=period_s or 1) if tolerances.range_excludes_start else timedelta(0)
    start -= margin
    if zone is not None:
        start, end = _told(start - _HOUR, tolerances, zone), _told(end + _HOUR, tolerances, zone)
    full = timedelta(seconds=tolerances.range_rounded_to_s)
    if full:
        start, end = start - _past(start, full), end + -_past(end, full) % full
    if (start, end) == (span.start.aware or span.start.local, span.end.aware or span.end.local):
        taken = span
    else:
        taken = Span.of(start, end)
    return Span(taken.start.mirrored, taken.end.mirrored) if tolerances.deviation_sign_reversed else taken


def _told(moment: datetime, tolerances: Tolerances, zone: tzinfo) -> datetime:
    """A moment with the deviation, or without one, that the meter takes."""
    if moment.tzinfo is None:
        return moment.replace(tzinfo=zone) if tolerances.range_deviation == "needed" else moment
    local = moment.astimezone(zone)
    return local.replace(tzinfo=None) if tolerances.range_deviation == "refused" else local


def _past(moment: datetime, full: timedelta) -> timedelta:
    """How long a moment lies behind the last full multiple, by its local time."""
    return (moment.replace(tzinfo=None) - datetime.min) % full


def _in_zone(time: CosemDateTime, zone: tzinfo) -> CosemDateTime:
    return time if time.aware is None else CosemDateTime.from_datetime(time.aware.astimezone(zone))


def _localised(time: CosemDateTime, zone: tzinfo) -> CosemDateTime:
    local = time.local if time.aware is None else None
    return time if local is None else CosemDateTime.from_datetime(local.replace(tzinfo=zone))


def _ends(start: CosemDateTime, end: CosemDateTime) -> tuple[datetime, datetime] | None:
    """Two moments as datetimes of one kind: with offsets where both have one, else both local; None for no moment."""
    if start.aware is not None and end.aware is not None:
        return start.aware, end.aware
    if start.local is None or end.local is None:
        return None
    return start.local, end.local


def checked_window(window: timedelta | None, usual: timedelta) -> timedelta:
    """How much is asked for at once. Raises UsageError."""
    if window is None:
        return usual
    if window <= timedelta(0):
        raise UsageError("a window is longer than nothing")
    return window
