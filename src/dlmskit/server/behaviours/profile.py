"""A profile that captures: its rows are worked out when they are read, not kept.

What a served register shows follows from the time, so a row of the past is made by asking its columns about that
moment. Thirty days of quarter hours cost nothing until somebody reads them. A column that depends on more than the
time shows its present value in every row; one that has to be awaited shows null-data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Final

from dlmskit.cosem.common import CaptureObject
from dlmskit.cosem.ics import Clock, ProfileGeneric
from dlmskit.cosem.ics.profile import Rows, SortMethod
from dlmskit.cosem.model import Selection as ModelSelection
from dlmskit.cosem.selectors import EntryDescriptor, RangeDescriptor
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import OtherReason, TypeUnmatched, UsageError
from dlmskit.obis import Obis
from dlmskit.server.behaviour import Behaviour, Context, accepts, part, performs, serves
from dlmskit.server.behaviours.clock import RunningClock
from dlmskit.server.behaviours.ranges import TimeRange, parsed

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING: Final = CaptureObject(0, Obis(bytes(6)), 0, 0)

#: Rows one profile may be made to hold.
MAX_ENTRIES: Final = 100_000

#: An entry: when it was captured, and its values where they were kept.
Entry = tuple[datetime, Value | None]


class Profile(Behaviour):
    """A profile filled every `capture_period`, on the full period by its clock, oldest entry first.

    since  from when on it has captured; by default from when it is added, `EVER` for a buffer that is full at once
    """

    selectors: ClassVar = {ProfileGeneric.buffer.index: (RangeDescriptor.selector, EntryDescriptor.selector)}

    def __init__(self, obj: ProfileGeneric, *, since: datetime | None = None) -> None:
        super().__init__(obj)
        self._since = since
        self._captured: list[tuple[datetime, Value]] = []
        self.default(ProfileGeneric.capture_objects, ())
        self.default(ProfileGeneric.capture_period, 0)
        self.default(ProfileGeneric.sort_method, SortMethod.FIFO)
        self.default(ProfileGeneric.sort_object, _NOTHING)
        self.default(ProfileGeneric.profile_entries, 2880)
        if self.stored(ProfileGeneric.profile_entries) > MAX_ENTRIES:
            raise UsageError(f"a served profile holds {MAX_ENTRIES} entries at most")

    # --- what it holds ---

    def entries(self, now: datetime) -> list[Entry]:
        """What the buffer holds at a moment, oldest first."""
        limit = self.stored(ProfileGeneric.profile_entries)
        found: list[Entry] = [(moment, None) for moment in self._moments(now, limit)]
        found += [entry for entry in self._captured if entry[0] <= now]
        found.sort(key=lambda entry: entry[0])
        return found[-limit:] if limit else []

    def _moments(self, now: datetime, limit: int) -> Iterator[datetime]:
        """When it captured by itself, newest first, `limit` of them at most."""
        period = timedelta(seconds=self.stored(ProfileGeneric.capture_period))
        since = self._started
        end, count = now + timedelta(microseconds=1), 0
        for start, ahead in reversed(self._corrections()) if period else ():
            full = self._full_period(end + ahead, period)
            while count < limit and full - ahead >= max(start, since):
                if full - ahead < end:
                    count += 1
                    yield full - ahead
                full -= period
            end = start
            if count >= limit or start <= since:
                return

    def _full_period(self, shown: datetime, period: timedelta) -> datetime:
        """The last full period, by the local standard time of the clock."""
        clock = self._clock
        origin = EVER + timedelta(minutes=clock.stored(Clock.time_zone)) if clock else EVER
        return origin + (shown - origin) // period * period

    def _corrections(self) -> tuple[tuple[datetime, timedelta], ...]:
        return self._clock.corrections if self._clock else ((EVER, timedelta(0)),)

    @property
    def _started(self) -> datetime:
        if self._since is None:
            self._since = self.device.now
        return self._since

    @property
    def _clock(self) -> RunningClock | None:
        for column in self.stored(ProfileGeneric.capture_objects):
            found = self.device.find(column.class_id, bytes(column.logical_name))
            if isinstance(found, RunningClock):
                return found
        return next((one for one in self.device.objects if isinstance(one, RunningClock)), None)

    def _row_maker(self, columns: list[int], on_behalf: Context) -> Callable[[Entry], Value]:
        wanted = self.stored(ProfileGeneric.capture_objects)
        sources = [self._source(wanted[column]) for column in columns]

        def make(entry: Entry) -> Value:
            moment, kept = entry
            if kept is not None:
                return Value(Tag.STRUCTURE, tuple([kept.value[column] for column in columns]))
            context = replace(on_behalf, now=moment, selection=None)
            return Value(Tag.STRUCTURE, tuple([source(context) for source in sources]))

        return make

    def _source(self, column: CaptureObject) -> Callable[[Context], Value]:
        found = self.device.find(column.class_id, bytes(column.logical_name))
        if found is None:
            return lambda context: NULL
        return lambda context: part(found, column, context)

    def _all_columns(self) -> list[int]:
        return list(range(len(self.stored(ProfileGeneric.capture_objects))))

    # --- attributes ---

    @serves(ProfileGeneric.buffer)
    def buffer(self, context: Context) -> Rows:
        entries, columns = self.entries(context.now), self._all_columns()
        if context.selection is not None:
            wanted = parsed(ModelSelection(*context.selection), context.tolerances)
            entries, columns = self._selected(wanted, entries, columns, context)
        return tuple(map(self._row_maker(columns, context), entries))

    @serves(ProfileGeneric.entries_in_use)
    def entries_in_use(self, context: Context) -> int:
        return len(self.entries(context.now))

    @accepts(ProfileGeneric.capture_objects)
    def set_capture_objects(self, value: tuple[CaptureObject, ...], context: Context) -> None:
        self.store(ProfileGeneric.capture_objects, value)
        self._empty(context.now)

    @accepts(ProfileGeneric.capture_period)
    def set_capture_period(self, value: int, context: Context) -> None:
        self.store(ProfileGeneric.capture_period, value)
        self._empty(context.now)

    @accepts(ProfileGeneric.sort_method)
    def set_sort_method(self, value: SortMethod, context: Context) -> None:
        if value != SortMethod.FIFO:
            raise OtherReason(f"{self.obj} sorts its entries by age only")

    @accepts(ProfileGeneric.profile_entries)
    def set_profile_entries(self, value: int, context: Context) -> None:
        if value > MAX_ENTRIES:
            raise OtherReason(f"{self.obj} holds {MAX_ENTRIES} entries at most")
        self.store(ProfileGeneric.profile_entries, value)

    # --- methods ---

    @performs(ProfileGeneric.reset)
    def reset(self, argument: int, context: Context) -> None:
        self._empty(context.now)

    @performs(ProfileGeneric.capture)
    def capture(self, argument: int, context: Context) -> None:
        row = self._row_maker(self._all_columns(), Context(context.now))((context.now, None))
        self._captured.append((context.now, row))
        del self._captured[: -self.stored(ProfileGeneric.profile_entries)]

    def _empty(self, now: datetime) -> None:
        self._captured.clear()
        self._since = now + timedelta(microseconds=1)

    # --- selective access ---

    def _selected(
        self, wanted: RangeDescriptor | EntryDescriptor, entries: list[Entry], columns: list[int], context: Context
    ) -> tuple[list[Entry], list[int]]:
        if isinstance(wanted, EntryDescriptor):
            rows = _numbered(wanted.from_entry, wanted.to_entry, len(entries))
            picked = _numbered(wanted.from_selected_value, wanted.to_selected_value, len(columns))
            return entries[rows], columns[picked]
        return self._in_range(wanted, entries, context), self._named(wanted.selected_values) or columns

    def _in_range(self, wanted: RangeDescriptor, entries: list[Entry], context: Context) -> list[Entry]:
        (column,) = self._named((wanted.restricting_object,))
        clock = self.device.find(wanted.restricting_object.class_id, bytes(wanted.restricting_object.logical_name))
        if isinstance(clock, RunningClock) and wanted.restricting_object.attribute_index == Clock.time.index:
            holds = TimeRange(clock, wanted, context.tolerances)
            return [entry for entry in entries if holds(entry[0])]
        low, high = _number(wanted.from_value), _number(wanted.to_value)
        make = self._row_maker([column], context)
        return [entry for entry in entries if low <= _number(make(entry).value[0]) <= high]

    def _named(self, wanted: tuple[CaptureObject, ...]) -> list[int]:
        """The columns of these capture objects, in capture order. Raises OtherReason for what is not captured."""
        captured = self.stored(ProfileGeneric.capture_objects)
        if not set(wanted) <= set(captured):
            raise OtherReason(f"{self.obj} does not capture that")
        return [index for index, column in enumerate(captured) if column in wanted]


def _numbered(first: int, last: int, count: int) -> slice:
    """Entries or columns from `first`, counted from 1, to `last`, where 0 is the end.

    Raises OtherReason for a `first` of 0.
    """
    if first < 1:
        raise OtherReason("entries and columns are counted from 1")
    return slice(first - 1, last or count)


def _number(value: Value) -> float:
    if isinstance(value.value, bool) or not isinstance(value.value, (int, float)):
        raise TypeUnmatched("a range is between two numbers or two moments")
    return value.value
