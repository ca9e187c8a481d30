"""The client without `async`: the same references, values instead of awaitables.

    with dlmskit.blocking.connect("tcp://127.0.0.1:4059") as meter:
        print(meter.get(meter.clock.time), meter.register("1.0.1.8.0.255").quantity())

One event loop runs in a background thread for all connections, so that the line is looked after while the caller does
something else. Ctrl-C cancels what is under way, and the association is released.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Coroutine, Iterator, Sequence
from concurrent.futures import CancelledError, Future, wait
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import tzinfo
from typing import Any, Literal, TypeVar, overload

from dlmskit.client import connect as _connect
from dlmskit.client import open_line as _open_line
from dlmskit.client.access import Wanted
from dlmskit.client.facts import AssociationFacts
from dlmskit.client.line import OpenLine
from dlmskit.client.meter import Meter as _Meter
from dlmskit.client.meter import Name
from dlmskit.client.notifications import Notification
from dlmskit.client.profile import ColumnName, MeterProfile, Moment
from dlmskit.client.table import ProfileTable, Row
from dlmskit.client.view import View
from dlmskit.cosem.ics import Clock, Register
from dlmskit.cosem.model import Attribute, Backend, Bound, BoundMethod, BoundTrigger, CosemObject, Selection
from dlmskit.data.value import Value
from dlmskit.dissect import Found
from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import DlmsError, LocalProtocolError
from dlmskit.listener import Caller as _Caller
from dlmskit.listener import Identity, Listening
from dlmskit.listener import listen as _listen
from dlmskit.times import CosemDateTime
from dlmskit.units import Quantity

T = TypeVar("T")
P = TypeVar("P")
R = TypeVar("R")


class _Background:
    """The event loop in its thread; there while anyone uses it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._users = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    @contextmanager
    def used(self) -> Iterator[None]:
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._start()
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                if not self._users:
                    self._stop()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns. Interrupted, it is cancelled and waited for, unless interrupted again."""
        loop, done, tasks = self._loop, Future[T](), list[asyncio.Task[T]]()
        if loop is None or threading.current_thread() is self._thread:
            coroutine.close()
            raise LocalProtocolError("the blocking client is closed, or called from within its own event loop")

        def start() -> None:
            tasks.append(loop.create_task(coroutine))
            tasks[0].add_done_callback(lambda task: _hand_over(task, done))

        def cancel() -> None:
            tasks[0].cancel()

        loop.call_soon_threadsafe(start)
        try:
            return done.result()
        except BaseException:
            if not done.done():
                loop.call_soon_threadsafe(cancel)
                wait((done,))
            raise

    def _start(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, args=(self._loop,), name="dlmskit", daemon=True)
        self._thread.start()

    @staticmethod
    def _serve(loop: asyncio.AbstractEventLoop) -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.get_loop().run_forever()

    def _stop(self) -> None:
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
        self._loop = self._thread = None


def _hand_over(task: asyncio.Task[T], done: Future[T]) -> None:
    if task.cancelled():
        done.set_exception(CancelledError())
    elif (error := task.exception()) is not None:
        done.set_exception(error)
    else:
        done.set_result(task.result())


_background = _Background()


@contextmanager
def _entered(manager: AbstractAsyncContextManager[T]) -> Iterator[T]:
    """An asynchronous context of the background loop, for a block here."""
    entered: list[T] = []
    try:
        _background.run(_enter(manager, entered))
        yield entered[0]
    finally:
        if entered:  # also where the interrupt came just after
            _background.run(_leave(manager))


async def _enter(manager: AbstractAsyncContextManager[T], entered: list[T]) -> None:
    entered.append(await manager.__aenter__())


async def _leave(manager: AbstractAsyncContextManager[object]) -> None:
    await manager.__aexit__(None, None, None)


def _each(found: AsyncIterator[T]) -> Iterator[T]:
    """The items of an asynchronous iterator, one by one."""
    while True:
        try:
            yield _background.run(_next(found))
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
    """A profile; see `dlmskit.client.profile.MeterProfile`."""

    __slots__ = ("_profile",)

    def __init__(self, profile: MeterProfile) -> None:
        self._profile = profile

    def between(self, start: Moment, end: Moment, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """The rows from one moment to another, both included."""
        return _background.run(self._profile.between(start, end, columns))

    def entries(self, first: int, last: int = 0, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """The rows from entry `first`, counted from 1, to `last`; 0 stands for the last one."""
        return _background.run(self._profile.entries(first, last, columns))

    def last(self, count: int, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """The last `count` rows captured."""
        return _background.run(self._profile.last(count, columns))

    def all(self, columns: Sequence[ColumnName] | None = None) -> ProfileTable:
        """Every row."""
        return _background.run(self._profile.all(columns))

    def stream(
        self, since: Moment, until: Moment | None = None, columns: Sequence[ColumnName] | None = None
    ) -> Iterator[Row]:
        """The rows since a moment, some hundred at a time."""
        return _each(self._profile.stream(since, until, columns))


class MeterRegister:
    """A register; its attributes are references as everywhere."""

    __slots__ = ("object",)

    def __init__(self, register: Register) -> None:
        self.object = register

    def quantity(self) -> Quantity:
        """The value, scaled, with its unit."""
        return _background.run(self.object.quantity())

    def __getattr__(self, name: str) -> Any:
        return getattr(self.object, name)


class Meter:
    """A meter, associated; see `dlmskit.client.meter.Meter`."""

    clock = _Meter.clock
    current_association = _Meter.current_association
    sap_assignment = _Meter.sap_assignment
    logical_device_name = _Meter.logical_device_name
    serial_number = _Meter.serial_number
    disconnect_control = _Meter.disconnect_control

    def __init__(self, meter: _Meter) -> None:
        self._meter = meter

    @property
    def backend(self) -> Backend:
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
        return _background.run(self._meter.get(ref) if at is None else self._meter.get(ref, at=at))

    def set(self, ref: Bound[T], value: T, *, idempotent: bool = False, confirmed: bool = True) -> None:
        """Write an attribute."""
        _background.run(self._meter.set(ref, value, idempotent=idempotent, confirmed=confirmed))

    @overload
    def call(self, ref: BoundTrigger, *, idempotent: bool = False) -> None: ...
    @overload
    def call(self, ref: BoundMethod[P, R], value: P, *, idempotent: bool = False) -> R: ...
    def call(self, ref: BoundMethod[Any, Any], value: object = 0, *, idempotent: bool = False) -> Any:
        """Invoke a method."""
        return _background.run(self._meter.call(ref, value, idempotent=idempotent))

    @overload
    def batch(self, *refs: Bound[Any], return_errors: Literal[False] = False) -> tuple[Any, ...]: ...
    @overload
    def batch(self, *refs: Bound[Any], return_errors: bool) -> tuple[Any | DlmsError, ...]: ...
    def batch(self, *refs: Bound[Any], return_errors: bool = False) -> tuple[Any, ...]:
        """Read several attributes, in as few requests as the meter takes."""
        return _background.run(self._meter.batch(*refs, return_errors=return_errors))

    def access(
        self, *wanted: Wanted, break_on_error: bool = False, idempotent: bool = False
    ) -> tuple[Any | DlmsError, ...]:
        """Read, write and call in one request."""
        return _background.run(self._meter.access(*wanted, break_on_error=break_on_error, idempotent=idempotent))

    def get_all(self, obj: CosemObject) -> dict[int, Any]:
        """Every readable attribute of an object by number."""
        return _background.run(self._meter.get_all(obj))

    def set_clock(self, clock: Clock | None = None, *, zone: tzinfo | None = None) -> CosemDateTime:
        """Set the clock, or another one, to now; what it was set to."""
        return _background.run(self._meter.set_clock(clock, zone=zone))

    def read_attribute(
        self, class_id: int, logical_name: Name, index: int, selection: Selection | None = None
    ) -> Value:
        """Read an attribute by its numbers, as tagged data."""
        return _background.run(self._meter.read_attribute(class_id, logical_name, index, selection))

    def write_attribute(self, class_id: int, logical_name: Name, index: int, value: Value) -> None:
        """Write tagged data to an attribute by its numbers."""
        _background.run(self._meter.write_attribute(class_id, logical_name, index, value))

    def call_method(self, class_id: int, logical_name: Name, index: int, parameters: Value | None = None) -> Value:
        """Invoke a method by its numbers."""
        return _background.run(self._meter.call_method(class_id, logical_name, index, parameters))

    def objects(self, *, refresh: bool = False) -> View:
        """The association's view."""
        return _background.run(self._meter.objects(refresh=refresh))

    def object(self, logical_name: Name, class_id: int | None = None, version: int | None = None) -> CosemObject:
        """The object of that name, in its class and version."""
        return _background.run(self._meter.object(logical_name, class_id, version))

    def register(self, logical_name: Name) -> MeterRegister:
        """A Register of that name."""
        return MeterRegister(self._meter.register(logical_name))

    def profile(self, logical_name: Name) -> Profile:
        """A profile of that name."""
        return Profile(self._meter.profile(logical_name))

    def quantity(self, ref: Bound[Any]) -> Quantity:
        """A register's value, scaled, with its unit."""
        return _background.run(self._meter.quantity(ref))

    def notifications(self) -> Iterator[Notification]:
        """What the meter sends unasked, oldest first; waits for the next one."""
        return _each(self._meter.notifications())


class Line:
    """An open line; see `dlmskit.client.line.OpenLine`."""

    def __init__(self, line: OpenLine) -> None:
        self._line = line

    @contextmanager
    def meter(self, **arguments: Any) -> Iterator[Meter]:
        """A meter on this line, associated until the block ends; arguments as for `connect`."""
        with _entered(self._line.meter(**arguments)) as meter:
            yield Meter(meter)


@contextmanager
def connect(url: str | ConnectionUrl, **arguments: Any) -> Iterator[Meter]:
    """A meter, connected and associated until the block ends; arguments as for `dlmskit.connect`."""
    with _background.used(), _entered(_connect(url, **arguments)) as meter:
        yield Meter(meter)


@contextmanager
def open_line(url: str | ConnectionUrl, **arguments: Any) -> Iterator[Line]:
    """An open line until the block ends; arguments as for `dlmskit.open_line`."""
    with _background.used(), _entered(_open_line(url, **arguments)) as line:
        yield Line(line)


class Caller:
    """A meter that dialled in; see `dlmskit.listener.Caller`."""

    def __init__(self, caller: _Caller) -> None:
        self._caller = caller

    @property
    def peer(self) -> str:
        """Its network address."""
        return self._caller.peer

    @property
    def identity(self) -> Identity:
        """Who it says it is, with what that is worth."""
        return self._caller.identity

    @property
    def pushed(self) -> tuple[Found, ...]:
        """What it pushed and nobody has taken from `pushes` yet."""
        return self._caller.pushed

    def pushes(self) -> Iterator[Found]:
        """What it pushes, oldest first; waits for the next one."""
        return _each(self._caller.pushes)

    @contextmanager
    def meter(self, *, trust_name: bool = False, **arguments: Any) -> Iterator[Meter]:
        """An association with it until the block ends; arguments as for `dlmskit.listener.Caller.meter`."""
        with _entered(self._caller.meter(trust_name=trust_name, **arguments)) as meter:
            yield Meter(meter)

    def close(self) -> None:
        """Hang up."""
        _background.run(self._caller.aclose())


class Callers:
    """Meters that dial in, as they come; see `dlmskit.listener.Listening`."""

    def __init__(self, listening: Listening) -> None:
        self._listening = listening
        self._found = aiter(listening)

    @property
    def url(self) -> str | None:
        """Where they can reach it, with the port that was really taken."""
        return self._listening.url

    def __iter__(self) -> Iterator[Caller]:
        return map(Caller, _each(self._found))


@contextmanager
def listen(url: str | ConnectionUrl, **arguments: Any) -> Iterator[Callers]:
    """Wait for meters that dial in until the block ends; arguments as for `dlmskit.listen`."""
    with _background.used(), _entered(_listen(url, **arguments)) as listening:
        yield Callers(listening)
