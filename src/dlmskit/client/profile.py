"""Reading a profile: what to ask for, and rows with times and units from what comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from dlmskit.apdu.base import AttributeRequest, DataAccessResult
from dlmskit.client.backend import MeterBackend, described, selected
from dlmskit.client.buffer import RawRow, fill_clock, read_rows
from dlmskit.client.gathering import Gathering, Rest, rest_of_entries, rest_of_range
from dlmskit.client.table import Column, ProfileTable, Row
from dlmskit.cosem.common import CaptureObject, ScalerUnit
from dlmskit.cosem.ics import Clock, DemandRegister, ExtendedRegister, ProfileGeneric, Register
from dlmskit.cosem.ics.profile import Rows, SortMethod
from dlmskit.cosem.model import Bound
from dlmskit.cosem.selectors import moment
from dlmskit.errors import (
    AccessRefused,
    DlmsError,
    OtherReason,
    ReadWriteDenied,
    RemoteProtocolError,
    ScopeOfAccessViolated,
    TypeUnmatched,
    UnlistedAccessResult,
    UsageError,
)
from dlmskit.obis import Obis, as_obis
from dlmskit.session import exchanges
from dlmskit.session.steps import Service
from dlmskit.times import CosemDateTime

Moment = datetime | CosemDateTime
ColumnName = Obis | str | bytes | CaptureObject

#: How a meter says that it does not know a selector, or not with these columns.
_SELECTION_REFUSED = (TypeUnmatched, OtherReason, ScopeOfAccessViolated, ReadWriteDenied, UnlistedAccessResult)
_SCALED = {Register.class_id: (2,), ExtendedRegister.class_id: (2,), DemandRegister.class_id: (2, 3)}
ROWS_AT_A_TIME = 512


class MeterProfile:
    """A profile of a meter. A time without offset is the meter's local time.

    Columns, scalers and units are read once. `columns` of a reading name captured objects by OBIS code or as
    `CaptureObject`; the clock is always read with them.
    """

    __slots__ = ("_columns", "_backend", "_period_s", "_range_refused", "object")

    def __init__(self, profile: ProfileGeneric, backend: MeterBackend) -> None:
        self.object = profile
        self._backend = backend
        self._columns: tuple[Column, ...] | None = None
        self._period_s: int | None = None
        self._range_refused = False

    # --- readings ---

    async def between(self, start: Moment, end: Moment, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """The rows from one moment to another, both included.

        Asked for by range; a meter that cannot do that is asked for everything, which takes its time.
        """
        captured = await self.columns()
        wanted = _chosen(captured, columns)
        clock = _clock_of(captured)
        if clock is None:
            raise UsageError(f"{self.object} captures no clock: read it by entries or as a whole")
        since, until = moment(start), moment(end)
        if self._can_select and not self._range_refused:
            some = [column.capture for column in wanted] if len(wanted) < len(captured) else []
            for selection in [some, []] if some else [[]]:
                between = partial(self._between, selection, clock.capture)
                at = (wanted if selection else captured).index(clock)
                try:
                    return await self._read(between(since, until), wanted, rest_of_range(between, since, until, at))
                except _SELECTION_REFUSED:
                    continue
            self._range_refused = True
        whole = await self._read_all(wanted)
        kept = [row.raw for row in whole if _is_between(row, since, until)]
        return ProfileTable(self.object.obis, whole.columns, kept)

    async def entries(self, first: int, last: int = 0, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """The rows from entry `first`, counted from 1, to `last`; 0 stands for the last one."""
        wanted = _chosen(await self.columns(), columns)
        if first < 1 or (last and last < first):
            raise UsageError(f"entries are counted from 1: {first} to {last} is no range")
        buffer = self.object.buffer
        if self._can_select:
            try:
                rest = rest_of_entries(described(buffer), first, last)
                return await self._read(_request(buffer.entries(first, last)), wanted, rest)
            except _SELECTION_REFUSED:
                pass
        whole = await self._read_all(wanted)
        return ProfileTable(self.object.obis, whole.columns, whole.raw_rows[first - 1 : last or None])

    async def last(self, count: int, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """The last `count` rows captured, in the meter's order."""
        if count < 1:
            raise UsageError("ask for at least one row")
        newest_first = await self._sort_method() is SortMethod.LIFO
        if newest_first:
            return await self.entries(1, count, columns)
        try:
            in_use = await self.object.entries_in_use if self._can_select else 0
        except AccessRefused:
            in_use = 0
        if in_use:
            return await self.entries(max(1, in_use - count + 1), in_use, columns)
        whole = await self.all(columns)
        return ProfileTable(self.object.obis, whole.columns, whole.raw_rows[-count:])

    async def all(self, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """Every row."""
        return await self._read_all(_chosen(await self.columns(), columns))

    async def stream(
        self,
        since: Moment,
        until: Moment | None = None,
        columns: Sequence[ColumnName] | None = None,
    ) -> AsyncIterator[Row]:
        """The rows since a moment, some hundred at a time, up to `until` or the meter's time when it is asked."""
        last = until if until is not None else await Clock.time.at((await self._clock()).object, self._backend)
        start, end = _comparable(moment(since), moment(last))
        step = timedelta(seconds=await self.capture_period_s() * ROWS_AT_A_TIME) or end - start
        done: datetime | None = None
        while start <= end and done != end:
            in_pieces = self._can_select and not self._range_refused
            to = min(start + step, end) if in_pieces else end
            for row in await self.between(start, to, columns):
                if done is None or not _is_until(row, done):
                    yield row
            start = done = to

    # --- what is captured ---

    async def columns(self) -> tuple[Column, ...]:
        """The captured columns with their scalers and units."""
        if self._columns is None:
            captured = await self.object.capture_objects
            scalings = await self._scalings(captured)
            self._columns = tuple(
                Column(capture, scalings.get(capture.logical_name) if _is_scaled(capture) else None)
                for capture in captured
            )
        return self._columns

    async def capture_period_s(self) -> int:
        """Seconds between two captures; 0 where it captures on demand, or does not say."""
        if self._period_s is None:
            try:
                self._period_s = await self.object.capture_period
            except AccessRefused:
                self._period_s = 0
        return self._period_s

    async def _sort_method(self) -> int:
        try:
            return await self.object.sort_method
        except AccessRefused:
            return SortMethod.FIFO

    async def _clock(self) -> Column:
        clock = _clock_of(await self.columns())
        if clock is None:
            raise UsageError(f"{self.object} captures no clock")
        return clock

    @property
    def _can_select(self) -> bool:
        return self._backend.context.selects

    async def _scalings(self, captured: Sequence[CaptureObject]) -> dict[Obis, ScalerUnit]:
        """Scaler and unit of every captured register that tells them."""
        objects = {capture.logical_name: capture.class_id for capture in captured if _is_scaled(capture)}
        registry = self._backend.plan.classes
        refs: list[Bound[Any]] = [
            registry.object(class_id, 0, name).attribute("scaler_unit") for name, class_id in objects.items()
        ]
        if not refs:
            return {}
        requests = [AttributeRequest(described(ref)) for ref in refs]
        results = await self._backend.ask(Service(lambda context: exchanges.get_many(context, requests)), self)
        found: dict[Obis, ScalerUnit] = {}
        for ref, result in zip(refs, results, strict=True):
            try:
                if not isinstance(result, DataAccessResult):
                    found[ref.obj.obis] = ref.load(result)
            except DlmsError:
                continue  # what cannot be understood scales nothing; the raw number stays
        return found

    async def _read_all(self, wanted: Sequence[Column]) -> ProfileTable:
        buffer = self.object.buffer
        rest = rest_of_entries(described(buffer), 1, 0) if self._can_select else _no_rest
        return await self._read(_request(buffer), wanted, rest)

    def _between(
        self, columns: Sequence[CaptureObject], clock: CaptureObject, start: CosemDateTime, end: CosemDateTime
    ) -> AttributeRequest:
        return _request(self.object.buffer.between(start, end, columns, clock=clock))

    async def _read(self, asked: AttributeRequest, wanted: Sequence[Column], rest: Rest) -> ProfileTable:
        captured = await self.columns()
        period = await self.capture_period_s() if _clock_of(captured) is not None else 0

        def came(rows: list[RawRow]) -> Sequence[Column]:
            return wanted if rows and len(rows[0]) == len(wanted) else captured

        def load(octets: bytes) -> list[RawRow]:
            rows = self._rows(octets, captured, wanted)
            clock = _clock_of(came(rows))
            if clock is not None and rows:
                fill_clock(rows, octets, came(rows).index(clock), period)
            return rows

        gathering = Gathering(asked, rest, load)
        rows = await self._backend.ask(Service(gathering.exchange), self.object.buffer, keep=gathering.keep)
        return _only(ProfileTable(self.object.obis, came(rows), rows), wanted)

    def _rows(self, octets: bytes, captured: Sequence[Column], wanted: Sequence[Column]) -> list[RawRow]:
        try:
            return read_rows(octets, (len(captured), len(wanted)))
        except RemoteProtocolError as error:
            error.args = (f"{self.object}: {error.message}",)
            raise

    def __str__(self) -> str:
        return str(self.object)


def _request(ref: Bound[Rows]) -> AttributeRequest:
    return AttributeRequest(described(ref), selected(ref))


def _no_rest(rows: list[RawRow]) -> None:
    """Without selective access nothing can be left away."""


def _is_scaled(capture: CaptureObject) -> bool:
    return capture.attribute_index in _SCALED.get(capture.class_id, ()) and not capture.data_index


def _clock_of(columns: Sequence[Column]) -> Column | None:
    return next((column for column in columns if column.role == "time"), None)


def _chosen(captured: Sequence[Column], columns: Sequence[ColumnName] | None) -> Sequence[Column]:
    """The columns asked for, with the clock, in capture order."""
    if columns is None:
        return captured
    wanted = [column if isinstance(column, CaptureObject) else as_obis(column) for column in columns]
    for one in wanted:
        if not any(one in (column.capture, column.object) for column in captured):
            there = ", ".join(map(str, captured))
            raise UsageError(f"{one} is not captured; these are: {there}")
    clock = _clock_of(captured)
    return [column for column in captured if column is clock or column.capture in wanted or column.object in wanted]


def _only(table: ProfileTable, wanted: Sequence[Column]) -> ProfileTable:
    """The table without the columns that were not asked for."""
    if len(table.columns) == len(wanted):
        return table
    at = [table.columns.index(column) for column in wanted]
    return ProfileTable(table.object, wanted, [tuple([raw[i] for i in at]) for raw in table.raw_rows])


def _comparable(start: CosemDateTime, end: CosemDateTime) -> tuple[datetime, datetime]:
    """Two moments as datetimes of one kind: with offsets where both have one, else both local."""
    if start.aware is not None and end.aware is not None:
        return start.aware, end.aware
    if start.local is None or end.local is None:
        raise UsageError(f"from {start} to {end} is no range of time")
    return start.local, end.local


def _is_between(row: Row, start: CosemDateTime, end: CosemDateTime) -> bool:
    if row.time is None:
        return False
    try:
        after, at = _comparable(start, row.time)
        also_at, before = _comparable(row.time, end)
    except UsageError:
        return False
    return after <= at and also_at <= before


def _is_until(row: Row, end: datetime) -> bool:
    """Whether a row lies at or before `end`."""
    time = row.time
    if time is None:
        return False
    at = time.aware if end.tzinfo is not None else time.local
    return at is not None and at <= end
