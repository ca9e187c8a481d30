"""Reading a profile: what to ask for, and rows with times and units from what comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import chain
from typing import Any

from dlmskit.apdu.base import AttributeRequest
from dlmskit.client.backend import MeterBackend, described, selected
from dlmskit.client.profile.buffer import RawRow, read_rows
from dlmskit.client.profile.captured import Captured, ColumnName, clock_of, read_captured
from dlmskit.client.profile.gathering import Gathering, Rest, rest_of_entries, rest_of_range
from dlmskit.client.profile.span import Moment, Span, as_taken, checked_window, is_before, needs_zone
from dlmskit.client.profile.table import Column, ProfileTable, Row, Timing
from dlmskit.cosem.common import CaptureObject
from dlmskit.cosem.ics import Clock, ProfileGeneric
from dlmskit.cosem.ics.profile import Rows
from dlmskit.cosem.model import Bound
from dlmskit.cosem.selectors import CLOCK_TIME
from dlmskit.cosem.stamps import tells_unix_time
from dlmskit.errors import (
    AccessRefused,
    OtherReason,
    ProfileMismatch,
    ReadWriteDenied,
    ScopeOfAccessViolated,
    TypeUnmatched,
    UnfitValue,
    UnlistedAccessResult,
    UsageError,
)
from dlmskit.session.services.steps import Service
from dlmskit.times import CosemDateTime

#: How a meter says that it does not know a selector, or not with these columns.
_SELECTION_REFUSED = (TypeUnmatched, OtherReason, ScopeOfAccessViolated, ReadWriteDenied, UnlistedAccessResult)
ROWS_AT_A_TIME = 512
#: Rows a buffer may have moved on between two requests.
_MOST_MOVED = 8


class MeterProfile:
    """A profile of a meter. A time without offset is the meter's local time.

    Columns, scalers and units are read once. `columns` of a reading name captured objects by OBIS code or as
    `CaptureObject`; the clock is always read with them. `window` is how much time is asked for at once, by default some
    hundred rows. What selection the meter refuses is not tried again in this association.
    Raises ProfileMismatch, with the rows that match, where a buffer is not of the columns that are said to be captured.
    """

    __slots__ = ("_backend", "_captured", "_zone", "object")

    def __init__(self, profile: ProfileGeneric, backend: MeterBackend) -> None:
        self.object = profile
        self._backend = backend
        self._captured: Captured | None = None
        self._zone: tzinfo | None = None

    # --- readings ---

    async def between(
        self,
        start: Moment,
        end: Moment,
        columns: Sequence[ColumnName] | None = None,
        *,
        window: timedelta | None = None,
    ) -> ProfileTable:
        """The rows from one moment to another, both included, in the meter's order.

        Asked for by range; of a meter that cannot do that by number, back to the first moment; else as a whole.
        """
        captured = await self.captured()
        wanted = captured.chosen(columns)
        pieces: list[Sequence[RawRow]] = []
        try:
            async for table in self._pieces(Span.of(start, end), wanted, window):
                pieces.insert(0 if captured.newest_first else len(pieces), table.raw_rows)
        except ProfileMismatch as error:
            pieces.append([row.raw for row in error.rows])
            error.rows = self._table(wanted, [*chain.from_iterable(pieces)])
            raise
        return self._table(wanted, pieces[0] if len(pieces) == 1 else [*chain.from_iterable(pieces)])

    async def stream(
        self,
        since: Moment,
        until: Moment | None = None,
        columns: Sequence[ColumnName] | None = None,
        *,
        window: timedelta | None = None,
    ) -> AsyncIterator[Row]:
        """The rows since a moment, oldest first, up to `until` or the meter's time when it is asked."""
        captured = await self.captured()
        wanted = captured.chosen(columns)
        last = until if until is not None else await self._time()
        async for table in self._pieces(Span.of(since, last), wanted, window):
            for row in reversed(table) if captured.newest_first else table:
                yield row

    async def entries(self, first: int, last: int = 0, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """The rows from entry `first`, counted from 1, to `last`; 0 stands for the last one."""
        wanted = (await self.captured()).chosen(columns)
        if first < 1 or (last and last < first):
            raise UsageError(f"entries are counted from 1: {first} to {last} is no range")
        table = await self._by_entry(first, last, wanted)
        if table is not None:
            return table
        whole = await self._read_all(wanted)
        return self._table(wanted, whole.raw_rows[first - 1 : last or None])

    async def last(self, count: int, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """The last `count` rows captured, in the meter's order."""
        if count < 1:
            raise UsageError("ask for at least one row")
        captured = await self.captured()
        if captured.newest_first:
            return await self.entries(1, count, columns)
        in_use = await self._in_use() if captured.by_age else 0
        if in_use:
            # To the end, wherever that is: a row may have been captured since, or the meter says fewer than it has.
            table = await self._by_entry(max(1, in_use - count + 1), 0, captured.chosen(columns))
            if table is not None and len(table) >= min(count, in_use):
                return self._table(table.columns, table.raw_rows[-count:])  # else it cannot, or has fewer than it says
        whole = await self.all(columns)
        kept = whole.raw_rows[-count:] if captured.by_age else _newest(whole, count)
        return self._table(whole.columns, kept)

    async def all(self, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """Every row."""
        return await self._read_all((await self.captured()).chosen(columns))

    # --- what is captured ---

    async def captured(self) -> Captured:
        """Columns, period and order."""
        if self._captured is None:
            self._captured = await read_captured(self.object, self._backend)
        return self._captured

    async def columns(self) -> tuple[Column, ...]:
        """The captured columns with their scalers and units."""
        return (await self.captured()).columns

    async def _clock(self) -> Column:
        clock = (await self.captured()).clock
        if clock is None:
            raise UsageError(f"{self.object} captures no clock: read it by entries or as a whole")
        return clock

    async def _time(self) -> CosemDateTime:
        """What the captured clock shows now; of a UNIX clock, what the meter's local one shows."""
        clock = await self._clock()
        name = CLOCK_TIME.logical_name if tells_unix_time(clock.capture) else clock.object
        return await Clock.time.at(name, self._backend)

    async def _in_use(self) -> int:
        """How many rows there are; 0 where that is no help."""
        try:
            return await self.object.entries_in_use if self._can("entries") else 0
        except (AccessRefused, UnfitValue):
            return 0

    # --- by range ---

    async def _pieces(
        self, span: Span, wanted: Sequence[Column], window: timedelta | None
    ) -> AsyncIterator[ProfileTable]:
        """The rows of a stretch of time, piece by piece, each row once."""
        captured = await self.captured()
        step = checked_window(window, timedelta(seconds=captured.period_s * ROWS_AT_A_TIME))
        clock = await self._clock()
        at = wanted.index(clock)
        if tells_unix_time(clock.capture) and span.is_local:
            span = span.localised(await self._zone_of_meter())
        seen: set[Any] = set()

        def unseen(table: ProfileTable) -> ProfileTable:
            return self._table(wanted, [row for row in table.raw_rows if row[at] not in seen])

        for piece in span.pieces(step):
            try:
                table = await self._by_range(piece, wanted)
                if table is None:
                    rest = unseen(await self._back_to(Span(piece.start, span.end), wanted))
                    self._refused.add("range")
                    yield rest
                    return
            except ProfileMismatch as error:
                error.rows = unseen(error.rows)  # type: ignore[arg-type]  # `_read` has made it a table
                raise
            yield unseen(table)
            seen = {row[at] for row in table.raw_rows} - {None}

    async def _by_range(self, span: Span, wanted: Sequence[Column]) -> ProfileTable | None:
        """The rows of a stretch of time; None where the meter does not select by range."""
        columns = (await self.captured()).columns
        if not self._can("range"):
            return None
        some = [column.capture for column in wanted]
        is_part = len(wanted) < len(columns) and self._can("columns")
        for selection in [some, []] if is_part else [[]]:
            try:
                table = await self._in_range(span, selection, wanted)
            except _SELECTION_REFUSED:
                continue
            if is_part and not selection:
                self._refused.add("columns")
            return table
        return None

    async def _in_range(self, span: Span, selection: Sequence[CaptureObject], wanted: Sequence[Column]) -> ProfileTable:
        captured, clock = await self.captured(), await self._clock()
        tolerances = self._backend.plan.tolerances
        zone = await self._zone_of_meter() if needs_zone(span, tolerances) else None

        def ask(start: CosemDateTime, end: CosemDateTime) -> AttributeRequest:
            taken = as_taken(Span(start, end), tolerances, captured.period_s, zone)
            tagged = tolerances.range_as_date_time
            return _request(
                self.object.buffer.between(taken.start, taken.end, selection, clock=clock.capture, tagged=tagged)
            )

        at = (wanted if selection else captured.columns).index(clock)
        table = await self._read(ask(span.start, span.end), wanted, rest_of_range(ask, span.start, span.end, at))
        if as_taken(span, tolerances, captured.period_s, zone) == span:
            return table
        return self._within(table, span if zone is None else span.in_zone(zone))

    async def _zone_of_meter(self) -> tzinfo:
        """The offset from UTC that its clock tells, taken once."""
        if self._zone is None:
            told = await self._time()
            aware = told.aware_with(deviation_reversed=self._backend.plan.tolerances.deviation_sign_reversed)
            if aware is None or aware.tzinfo is None:
                raise UsageError(f"{self.object}: its clock tells {told}, no offset from UTC to convert times by")
            self._zone = aware.tzinfo
        return self._zone

    def _within(self, table: ProfileTable, span: Span) -> ProfileTable:
        is_reversed = self._backend.plan.tolerances.deviation_sign_reversed
        times = (time.mirrored if time is not None and is_reversed else time for time in table.times)
        kept = [raw for raw, time in zip(table.raw_rows, times, strict=True) if span.holds(time)]
        return self._table(table.columns, kept)

    # --- by entry, and as a whole ---

    async def _back_to(self, span: Span, wanted: Sequence[Column]) -> ProfileTable:
        """The rows of a stretch of time without a range: page by page from the newest one, or all there are.

        A row that is captured meanwhile moves the others on, and the next page begins with some that are there already.
        """
        paged = await self._paged(span, wanted)
        return self._within(await self._read_all(wanted) if paged is None else self._table(wanted, paged), span)

    async def _paged(self, span: Span, wanted: Sequence[Column]) -> list[RawRow] | None:
        """The newest rows, back beyond the start of a stretch of time; None where paging is no help."""
        captured, in_use = await self.captured(), await self._in_use()
        if not captured.by_age or in_use <= ROWS_AT_A_TIME:
            return None
        found: list[RawRow] = []
        for first, last in _pages(in_use, newest_first=captured.newest_first):
            page = await self._by_entry(first, last, wanted)
            if page is None or not (page or found):  # a first page beyond the rows there are says nothing of them
                return None
            rows = list(page.raw_rows)
            found = _joined(found, rows) if captured.newest_first else _joined(rows, found)
            times = [time for time in page.times if time is not None]
            if not rows or (times and is_before(times[-1 if captured.newest_first else 0], span.start)):
                break
        return found

    async def _by_entry(self, first: int, last: int, wanted: Sequence[Column]) -> ProfileTable | None:
        """The entries of some numbers; None where the meter does not select by number."""
        if not self._can("entries"):
            return None
        buffer = self.object.buffer
        try:
            return await self._read(
                _request(buffer.entries(first, last)), wanted, rest_of_entries(described(buffer), first, last)
            )
        except _SELECTION_REFUSED:
            self._refused.add("entries")
            return None

    async def _read_all(self, wanted: Sequence[Column]) -> ProfileTable:
        buffer = self.object.buffer
        rest = rest_of_entries(described(buffer), 1, 0) if self._can("entries") else _no_rest
        return await self._read(_request(buffer), wanted, rest)

    # --- what every reading does ---

    @property
    def _refused(self) -> set[str]:
        return self._backend.refused.setdefault(self.object.obis, set())

    def _can(self, what: str) -> bool:
        """Whether it makes sense to ask for a selection: `range`, `entries` or `columns`."""
        tolerances = self._backend.plan.tolerances
        known = {"range": tolerances.no_range, "entries": tolerances.no_entries, "columns": tolerances.no_columns}
        is_offered = self._backend.context.selects and isinstance(self.object, ProfileGeneric)
        return is_offered and not known[what] and what not in self._refused

    async def _read(self, asked: AttributeRequest, wanted: Sequence[Column], rest: Rest) -> ProfileTable:
        captured = await self.captured()
        shapes: dict[int, Sequence[Column]] = {len(captured.columns): captured.columns, len(wanted): wanted}
        clocks = {width: _at_clock(columns) for width, columns in shapes.items()}

        def load(octets: bytes) -> list[RawRow]:
            return read_rows(octets, clocks, captured.step_s)

        def table(rows: Sequence[RawRow]) -> ProfileTable:
            came = shapes[len(rows[0])] if rows else wanted
            return self._table(wanted, _only(rows, came, wanted))

        gathering = Gathering(asked, rest, load)
        try:
            rows = await self._backend.ask(Service(gathering.exchange), self.object.buffer, keep=gathering.keep)
        except ProfileMismatch as error:
            error.rows = table(error.rows)
            raise
        return table(rows)

    def _table(self, columns: Sequence[Column], rows: Sequence[RawRow]) -> ProfileTable:
        captured, tolerances = self._captured, self._backend.plan.tolerances
        timing = Timing(
            period_s=captured.period_s if captured is not None else 0,
            newest_first=captured is not None and captured.newest_first,
            by_age=captured is None or captured.by_age,
            deviation_reversed=tolerances.deviation_sign_reversed,
        )
        return ProfileTable(self.object.obis, columns, rows, timing)

    def __str__(self) -> str:
        return str(self.object)


def _request(ref: Bound[Rows]) -> AttributeRequest:
    return AttributeRequest(described(ref), selected(ref))


def _no_rest(rows: list[RawRow]) -> None:
    """Without selective access nothing can be left away."""


def _pages(in_use: int, *, newest_first: bool) -> Iterator[tuple[int, int]]:
    """Numbers of the entries of each page, the newest page first.

    The one with the highest numbers ends at 0, the last entry: there may be more than were said to be in use.
    """
    starts = range(1, in_use + 1, ROWS_AT_A_TIME)
    if newest_first:
        pages = [(start, start + ROWS_AT_A_TIME - 1) for start in starts]
    else:
        pages = [(max(1, in_use - start - ROWS_AT_A_TIME + 2), in_use - start + 1) for start in starts]
    yield from ((first, 0 if last >= in_use else last) for first, last in pages)


def _joined(before: list[RawRow], behind: list[RawRow]) -> list[RawRow]:
    """Two pages that follow each other; rows that stand at the end of one and the beginning of the other count once."""
    for count in range(min(_MOST_MOVED, len(before), len(behind)), 0, -1):
        if before[-count:] == behind[:count]:
            return before + behind[count:]
    return before + behind


def _newest(table: ProfileTable, count: int) -> list[RawRow]:
    """The rows of the latest times, in the order they have, of a profile that is sorted by something else."""
    moments = [datetime.min if time is None or time.local is None else time.local for time in table.times]
    kept = sorted(sorted(range(len(moments)), key=moments.__getitem__)[-count:])
    return [table.raw_rows[at] for at in kept]


def _at_clock(columns: Sequence[Column]) -> int | None:
    clock = clock_of(columns)
    return None if clock is None else columns.index(clock)


def _only(rows: Sequence[RawRow], came: Sequence[Column], wanted: Sequence[Column]) -> Sequence[RawRow]:
    """The rows without the columns that were not asked for."""
    if len(came) == len(wanted):
        return rows
    kept = set(map(id, wanted))  # equal ones, captured twice, are still two
    at = [number for number, column in enumerate(came) if id(column) in kept]
    return [tuple([raw[i] for i in at]) for raw in rows]
