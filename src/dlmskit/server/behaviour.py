"""How a served object acts: stored values, and handlers where something has to happen.

    class Door(Behaviour):
        @serves(Data.value)
        async def position(self, context: Context) -> Value: ...

        @accepts(Data.value)
        def move(self, value: Value, context: Context) -> None: ...

A handler may be a coroutine and may refuse by raising an `AccessRefused`. An attribute without one is stored.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from dlmskit.apdu.base import Selection
from dlmskit.cosem.common import CaptureObject
from dlmskit.cosem.model import Attribute, CosemObject, Method
from dlmskit.data.kind import AnyKind
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import AccessRefused, ReadWriteDenied, RemoteProtocolError, TypeUnmatched, UsageError
from dlmskit.server.later import discard, then
from dlmskit.session.responder import ServerAssociation
from dlmskit.tolerances import DEFAULT, Tolerances

if TYPE_CHECKING:
    from dlmskit.server.device import Device
    from dlmskit.server.offer import Offer

T = TypeVar("T")
P = TypeVar("P")
R = TypeVar("R")
S = TypeVar("S", bound="Behaviour")
U = TypeVar("U")

Reader = Callable[[S, "Context"], T | Awaitable[T]]
Writer = Callable[[S, T, "Context"], Awaitable[None] | None]
Performer = Callable[[S, P, "Context"], R | Awaitable[R]]

_MARK = "_handles"


@dataclass(frozen=True, slots=True)
class Context:
    """On whose behalf a handler is asked, and when.

    now          the moment asked about, in UTC: the present, or a past one when a profile is filled in
    association  None where the meter itself asks
    offer        what that association was offered: its client address, its rights
    selection    selective access, for the attributes that take it
    control      protection bits the request came with
    """

    now: datetime
    association: ServerAssociation | None = None
    offer: Offer | None = None
    selection: Selection | None = None
    control: int = 0

    @property
    def client(self) -> int | None:
        """The client's address."""
        return self.offer.client if self.offer is not None else None

    @property
    def tolerances(self) -> Tolerances:
        """How the meter deviates from the standard in this association."""
        return self.offer.tolerances if self.offer is not None else DEFAULT

    @property
    def user_id(self) -> int | None:
        """The user the client named when it associated."""
        aarq = self.association.aarq if self.association is not None else None
        return aarq.calling_ae_invocation_id if aarq is not None else None


def serves(attribute: Attribute[T]) -> Callable[[Reader[S, T]], Reader[S, T]]:
    """The handler that gives an attribute: `handler(self, context)`."""
    return lambda function: _marked(function, "readers", attribute)


def accepts(attribute: Attribute[T]) -> Callable[[Writer[S, T]], Writer[S, T]]:
    """The handler that sets an attribute: `handler(self, value, context)`."""
    return lambda function: _marked(function, "writers", attribute)


def performs(method: Method[P, R]) -> Callable[[Performer[S, P, R]], Performer[S, P, R]]:
    """The handler that carries a method out: `handler(self, argument, context)`."""
    return lambda function: _marked(function, "performers", method)


def _marked(function: U, role: str, declared: Attribute[Any] | Method[Any, Any]) -> U:
    setattr(function, _MARK, (role, declared))
    return function


class Behaviour:
    """One served object: its declaration, its stored values, its handlers.

    selectors  the selective accesses an attribute takes, by index
    """

    readers: ClassVar[Mapping[int, str]] = {}
    writers: ClassVar[Mapping[int, str]] = {}
    performers: ClassVar[Mapping[int, str]] = {}
    selectors: ClassVar[Mapping[int, tuple[int, ...]]] = {}
    _owners: ClassVar[tuple[type[CosemObject], ...]] = ()

    device: Device

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        roles = "readers", "writers", "performers"
        bases = [base for base in reversed(cls.__bases__) if issubclass(base, Behaviour)]
        found: dict[str, dict[int, str]] = {role: {} for role in roles}
        for role, handlers in found.items():
            for base in bases:
                handlers.update(getattr(base, role))
        owners = dict.fromkeys(owner for base in bases for owner in base._owners)
        for name, member in vars(cls).items():
            if mark := getattr(member, _MARK, None):
                role, declared = mark
                found[role][declared.index] = name
                owners[declared.owner] = None
        cls.readers, cls.writers, cls.performers = found["readers"], found["writers"], found["performers"]
        cls._owners = tuple(owners)

    def __init__(self, obj: CosemObject) -> None:
        for owner in self._owners:
            if not isinstance(obj, owner) and obj.class_id != owner.class_id:
                raise UsageError(f"{type(self).__name__} serves {owner.__name__}, not {type(obj).__name__}")
        self.obj = obj
        self.values = obj.initial_values()

    def attached(self, device: Device) -> None:
        """Called once, when the object is added to its device."""
        self.device = device

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.obj}>"

    # --- what can be done ---

    @property
    def readable(self) -> set[int]:
        return {*self.values, *self.readers}

    @property
    def writable(self) -> set[int]:
        """Stored values and what has a handler for it; never the logical name."""
        return {*(self.values.keys() - self.readers.keys()), *self.writers} - {1}

    @property
    def callable(self) -> set[int]:
        return set(self.performers)

    # --- stored values ---

    def stored(self, attribute: Attribute[T]) -> T:
        """The stored value. Raises UsageError where there is none."""
        if attribute.index not in self.values:
            raise UsageError(f"{self.obj} has no value for {attribute.name}")
        return attribute.kind.load(self.values[attribute.index])

    def store(self, attribute: Attribute[T], value: T) -> None:
        self.values[attribute.index] = attribute.kind.dump(value)

    def default(self, attribute: Attribute[T], value: T) -> None:
        """Store a value where none was given."""
        if attribute.index not in self.values:
            self.store(attribute, value)

    # --- on behalf of a client, or of the meter itself ---

    def get(self, index: int, context: Context) -> Value | Awaitable[Value]:
        """An attribute as it is sent. A handler may make it awaitable; it, or this, may raise AccessRefused."""
        if context.selection is not None and index not in self.selectors:
            raise ReadWriteDenied(f"{self.obj}: attribute {index} takes no selective access")
        name = self.readers.get(index)
        if name is not None:
            served: Value | Awaitable[Value] = then(getattr(self, name)(context), self._kind(index).dump)
            return served
        if index not in self.values:
            raise ReadWriteDenied(f"{self.obj} has no attribute {index}")
        return self.values[index]

    def set(self, index: int, value: Value, context: Context) -> Awaitable[None] | None:
        """Take a new value. Raises TypeUnmatched where it is of another type than declared, or than the present one."""
        if context.selection is not None:
            raise ReadWriteDenied(f"{self.obj}: attribute {index} is not set in parts")
        kind = self._kind(index)
        loaded = _loaded(kind, value)
        name = self.writers.get(index)
        if name is not None:
            result: Awaitable[None] | None = getattr(self, name)(loaded, context)
            return result
        present = self.values.get(index)
        if not kind.tags and present is not None and present.tag != value.tag:
            raise TypeUnmatched(f"{self.obj}: attribute {index} is of another type")
        self.values[index] = kind.dump(loaded)
        return None

    def call(self, index: int, argument: Value, context: Context) -> Value | Awaitable[Value | None] | None:
        """Carry a method out; what it returns, if it returns anything."""
        name = self.performers.get(index)
        if name is None:
            raise ReadWriteDenied(f"{self.obj} has no method {index}")
        method = self.obj.methods[index]
        result = getattr(self, name)(_loaded(method.takes, argument), context)
        answer: Value | Awaitable[Value | None] | None = then(result, lambda returned: _returned(method, returned))
        return answer

    def _kind(self, index: int) -> AnyKind:
        declared = self.obj.attributes.get(index)
        if declared is None:
            raise ReadWriteDenied(f"{self.obj} has no attribute {index}")
        return declared.kind


def _loaded(kind: AnyKind, value: Value) -> Any:
    try:
        return kind.load(value)
    except RemoteProtocolError as error:
        raise TypeUnmatched(error.message) from error


def _returned(method: Method[Any, Any], returned: object) -> Value | None:
    value = method.returns.dump(returned)
    return None if value == NULL else value


def part(source: Behaviour, column: CaptureObject, context: Context) -> Value:
    """What a profile or a push takes of an object; null-data for what is refused, not there, or has to be awaited."""
    try:
        value = source.get(column.attribute_index, context)
    except AccessRefused:
        return NULL
    if not isinstance(value, Value):
        discard(value)
        return NULL
    if not column.data_index:
        return value
    is_there = value.tag in (Tag.ARRAY, Tag.STRUCTURE) and column.data_index <= len(value.value)
    element: Value = value.value[column.data_index - 1] if is_there else NULL
    return element
