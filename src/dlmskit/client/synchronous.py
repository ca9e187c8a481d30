"""A meter without `async`: the same references, values instead of awaitables.

Whoever makes one says how its coroutines run: on a loop in the background, or at once, where nothing is waited for.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from datetime import timedelta, tzinfo
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar, overload

from dlmskit.client.access import Wanted
from dlmskit.client.backend import MeterBackend
from dlmskit.client.facts import AssociationFacts
from dlmskit.client.meter import Meter as AsyncMeter
from dlmskit.client.meter import Name
from dlmskit.client.notifications import Notification
from dlmskit.client.profile.captured import ColumnName
from dlmskit.client.profile.compact_data import MeterCompactData
from dlmskit.client.profile.reading import MeterProfile
from dlmskit.client.profile.span import Moment
from dlmskit.client.profile.table import ProfileTable, Row
from dlmskit.client.view import View
from dlmskit.cosem.ics import Clock, Register
from dlmskit.cosem.model import Attribute, Bound, BoundMethod, BoundTrigger, CosemObject, Selection
from dlmskit.data.value import Value
from dlmskit.errors import DlmsError
from dlmskit.times import CosemDateTime
from dlmskit.units import Quantity

if TYPE_CHECKING:
    from dlmskit.client.saved.snapshot import Snapshot

T = TypeVar("T")
P = TypeVar("P")
R = TypeVar("R")


class Run(Protocol):
    """Runs a coroutine to its end and gives what it returns."""

    def __call__(self, coroutine: Coroutine[Any, Any, T], /) -> T: ...


def each(found: AsyncIterator[T], run: Run) -> Iterator[T]:
    """The items of an asynchronous iterator, one by one."""
    while True:
        try:
            yield run(_next(found))
        except _Finished:
            return


class _Finished(Exception):
    """In place of StopAsyncIteration, which no task may raise."""


async def _next(found: AsyncIterator[T]) -> T:
    try:
        return await anext(found)
    except StopAsyncIteration:
        raise _Finished from None


class Profile:
    """A profile; see `dlmskit.client.profile.reading.MeterProfile`."""

    __slots__ = ("_profile", "_run")

    def __init__(self, profile: MeterProfile, run: Run) -> None:
        self._profile, self._run = profile, run

    def between(
        self,
        start: Moment,
        end: Moment,
        columns: Sequence[ColumnName] | None = None,
        *,
        window: timedelta | None = None,
    ) -> ProfileTable:
        """The rows from one moment to another, both included."""
        return self._run(self._profile.between(start, end, columns, window=window))

    def entries(self, first: int, last: int = 0, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """The rows from entry `first`, counted from 1, to `last`; 0 stands for the last one."""
        return self._run(self._profile.entries(first, last, columns))

    def last(self, count: int, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """The last `count` rows captured."""
        return self._run(self._profile.last(count, columns))

    def all(self, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """Every row."""
        return self._run(self._profile.all(columns))

    def stream(
        self,
        since: Moment,
        until: Moment | None = None,
        columns: Sequence[ColumnName] | None = None,
        *,
        window: timedelta | None = None,
    ) -> Iterator[Row]:
        """The rows since a moment, some hundred at a time."""
        return each(self._profile.stream(since, until, columns, window=window), self._run)


class Compact:
    """Compact data; see `dlmskit.client.profile.compact_data.MeterCompactData`."""

    __slots__ = ("_compact", "_run")

    def __init__(self, compact: MeterCompactData, run: Run) -> None:
        self._compact, self._run = compact, run

    def read(self) -> Row:
        """What it holds now, as one row."""
        return self._run(self._compact.read())

    def decode(self, buffer: bytes) -> Row:
        """A buffer that was received otherwise."""
        return self._run(self._compact.decode(buffer))


class MeterRegister:
    """A register; its attributes are references as everywhere."""

    __slots__ = ("_run", "object")

    def __init__(self, register: Register, run: Run) -> None:
        self.object, self._run = register, run

    def quantity(self) -> Quantity:
        """The value, scaled, with its unit."""
        return self._run(self.object.quantity())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.object, name)


class Meter:
    """A meter, associated; see `dlmskit.client.meter.Meter`."""

    clock = AsyncMeter.clock
    current_association = AsyncMeter.current_association
    sap_assignment = AsyncMeter.sap_assignment
    logical_device_name = AsyncMeter.logical_device_name
    serial_number = AsyncMeter.serial_number
    disconnect_control = AsyncMeter.disconnect_control

    def __init__(self, meter: AsyncMeter, run: Run) -> None:
        self._meter, self._run = meter, run

    @property
    def backend(self) -> MeterBackend:
        """What ties an object to this meter; its references are for `get`, `set` and `call`."""
        return self._meter.backend

    @property
    def association(self) -> AssociationFacts:
        """What was agreed on."""
        return self._meter.association

    @overload
    def get(self, ref: Bound[T]) -> T: ...
    @overload
    def get(self, ref: Attribute[T], *, at: Name) -> T: ...
    def get(self, ref: Any, *, at: Name | None = None) -> Any:
        """Read an attribute: `get(meter.clock.time)` or `get(Clock.time, at="0.0.1.0.0.255")`."""
        return self._run(self._meter.get(ref) if at is None else self._meter.get(ref, at=at))

    def set(self, ref: Bound[T], value: T, *, idempotent: bool = False, confirmed: bool = True) -> None:
        """Write an attribute."""
        self._run(self._meter.set(ref, value, idempotent=idempotent, confirmed=confirmed))

    @overload
    def call(self, ref: BoundTrigger, *, idempotent: bool = False) -> None: ...
    @overload
    def call(self, ref: BoundMethod[P, R], value: P, *, idempotent: bool = False) -> R: ...
    def call(self, ref: BoundMethod[Any, Any], value: object = 0, *, idempotent: bool = False) -> Any:
        """Invoke a method."""
        return self._run(self._meter.call(ref, value, idempotent=idempotent))

    @overload
    def batch(self, *refs: Bound[Any], return_errors: Literal[False] = False) -> tuple[Any, ...]: ...
    @overload
    def batch(self, *refs: Bound[Any], return_errors: bool) -> tuple[Any | DlmsError, ...]: ...
    def batch(self, *refs: Bound[Any], return_errors: bool = False) -> tuple[Any, ...]:
        """Read several attributes, in as few requests as the meter takes."""
        return self._run(self._meter.batch(*refs, return_errors=return_errors))

    def access(
        self, *wanted: Wanted, break_on_error: bool = False, idempotent: bool = False
    ) -> tuple[Any | DlmsError, ...]:
        """Read, write and call in one request."""
        return self._run(self._meter.access(*wanted, break_on_error=break_on_error, idempotent=idempotent))

    def get_all(self, obj: CosemObject) -> dict[int, Any]:
        """Every readable attribute of an object by number."""
        return self._run(self._meter.get_all(obj))

    def set_clock(self, clock: Clock | None = None, *, zone: tzinfo | None = None) -> CosemDateTime:
        """Set the clock, or another one, to now; what it was set to."""
        return self._run(self._meter.set_clock(clock, zone=zone))

    def read_attribute(
        self, class_id: int, logical_name: Name, index: int, selection: Selection | None = None
    ) -> Value:
        """Read an attribute by its numbers, as tagged data."""
        return self._run(self._meter.read_attribute(class_id, logical_name, index, selection))

    def write_attribute(self, class_id: int, logical_name: Name, index: int, value: Value) -> None:
        """Write tagged data to an attribute by its numbers."""
        self._run(self._meter.write_attribute(class_id, logical_name, index, value))

    def call_method(self, class_id: int, logical_name: Name, index: int, parameters: Value | None = None) -> Value:
        """Invoke a method by its numbers."""
        return self._run(self._meter.call_method(class_id, logical_name, index, parameters))

    def objects(self, *, refresh: bool = False) -> View:
        """The association's view."""
        return self._run(self._meter.objects(refresh=refresh))

    def object(self, logical_name: Name, class_id: int | None = None, version: int | None = None) -> CosemObject:
        """The object of that name, in its class and version."""
        return self._run(self._meter.object(logical_name, class_id, version))

    def register(self, logical_name: Name) -> MeterRegister:
        """A Register of that name."""
        return MeterRegister(self._meter.register(logical_name), self._run)

    def profile(self, logical_name: Name) -> Profile:
        """A profile of that name."""
        return Profile(self._meter.profile(logical_name), self._run)

    def compact_data(self, logical_name: Name, *, template: bytes | None = None) -> Compact:
        """Compact data of that name."""
        return Compact(self._meter.compact_data(logical_name, template=template), self._run)

    def quantity(self, ref: Bound[Any]) -> Quantity:
        """A register's value, scaled, with its unit."""
        return self._run(self._meter.quantity(ref))

    def snapshot(self) -> Snapshot:
        """Everything the association lets be read, to be kept."""
        return self._run(self._meter.snapshot())

    def trigger_event_notification(self) -> None:
        """Let the meter send what it has to notify: over HDLC it may not speak unasked."""
        self._run(self._trigger())

    async def _trigger(self) -> None:
        self._meter.trigger_event_notification()

    def notifications(self) -> Iterator[Notification]:
        """What the meter sends unasked, oldest first; waits for the next one."""
        return each(self._meter.notifications(), self._run)
