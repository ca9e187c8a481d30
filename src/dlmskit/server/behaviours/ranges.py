"""What a client selects of a served profile, and the ranges of time a meter takes that has its own idea of them."""

from __future__ import annotations

from datetime import datetime, timedelta

from dlmskit.cosem.ics import Clock
from dlmskit.cosem.model import Selection
from dlmskit.cosem.selectors import EntryDescriptor, RangeDescriptor, parse_selection
from dlmskit.data.value import Tag, Value
from dlmskit.errors import OtherReason, RemoteProtocolError, TypeUnmatched
from dlmskit.server.behaviours.clock import RunningClock
from dlmskit.times import CosemDateTime
from dlmskit.tolerances import Tolerances


def parsed(selection: Selection, tolerances: Tolerances) -> RangeDescriptor | EntryDescriptor:
    """What is selected. Raises TypeUnmatched, and OtherReason for what this meter does not select by."""
    try:
        wanted = parse_selection(selection)
    except RemoteProtocolError as error:
        raise TypeUnmatched(error.message) from error
    if isinstance(wanted, EntryDescriptor):
        is_refused = tolerances.no_entries or (tolerances.no_columns and wanted.from_selected_value > 1)
    else:
        is_refused = tolerances.no_range or (tolerances.no_columns and bool(wanted.selected_values))
    if is_refused:
        raise OtherReason("this meter does not select like that")
    return wanted


class TimeRange:
    """Whether a moment of the environment lies in a range; either end may be open."""

    def __init__(self, clock: RunningClock, wanted: RangeDescriptor, tolerances: Tolerances) -> None:
        self._clock, self._tolerances = clock, tolerances
        self._start, self._end = self._bound(wanted.from_value), self._bound(wanted.to_value)

    def __call__(self, moment: datetime) -> bool:
        at = self._clock.utc(moment)
        if self._tolerances.range_by_local_time:
            at = self._clock.as_told(at).local or at
        after = self._start is None or self._start < at or (self._start == at and not self._excludes_start)
        return after and (self._end is None or at <= self._end)

    @property
    def _excludes_start(self) -> bool:
        return self._tolerances.range_excludes_start

    def _bound(self, value: Value) -> datetime | None:
        """One end; None where it is open: not specified, or null-data. Raises TypeUnmatched, OtherReason."""
        if value.tag == Tag.NULL_DATA:
            return None
        if self._tolerances.range_as_date_time and value.tag != Tag.DATE_TIME:
            raise TypeUnmatched("this meter takes date-times")
        try:
            told = Clock.time.kind.load(value)
        except RemoteProtocolError as error:
            raise TypeUnmatched(error.message) from error
        self._check(told)
        if self._tolerances.range_by_local_time:
            return told.local
        return self._clock.as_meant(told.mirrored if self._tolerances.deviation_sign_reversed else told)

    def _check(self, told: CosemDateTime) -> None:
        tolerances = self._tolerances
        if told.deviation is None and tolerances.range_deviation == "needed":
            raise OtherReason("this meter takes no time without a deviation")
        if told.deviation is not None and tolerances.range_deviation == "refused":
            raise OtherReason("this meter takes no time with a deviation")
        full = timedelta(seconds=tolerances.range_rounded_to_s)
        if full and told.local is not None and (told.local - datetime.min) % full:
            raise OtherReason(f"this meter takes full multiples of {full}")
