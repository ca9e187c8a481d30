"""Interface classes as declarations, and objects as inert, typed references to a meter's data.

A class is declared once:

    class Clock(CosemObject, class_id=8, version=0):
        time = Attribute(2, date_time, doc="local date and time")
        shift_time = Method(6, long, doc="shift by -900 to 900 s")

`Clock.time` is the declaration. `clock.time` on an object is a `Bound[CosemDateTime]` and `clock.shift_time` a
`BoundMethod[int, None]`: they say *what*, and do nothing until handed to a meter, a snapshot or a batch, or awaited.
Access rights belong to an association, not to the class. Source: Blue Book, interface classes.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Generic, NamedTuple, Never, Protocol, Self, TypeVar, cast, overload

from dlmskit.cosem.offsets import STEP, Basis, in_steps
from dlmskit.cosem.registry import Registry, StandardRegistry
from dlmskit.data import kinds
from dlmskit.data.kinds import Kind
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import RemoteProtocolError, UnfitValue, UsageError
from dlmskit.obis import Obis, as_obis

T = TypeVar("T")
P = TypeVar("P")
R = TypeVar("R")
D = TypeVar("D", bound="Attribute[Any] | Method[Any, Any]")


class Selection(NamedTuple):
    """Selective access: which part of an attribute is wanted."""

    selector: int
    parameters: Value


class Backend(Protocol):
    """What carries references out: a client's association, a snapshot, a served device."""

    async def get(self, ref: Bound[Any], /) -> Value: ...
    async def set(self, ref: Bound[Any], value: Value, /) -> None: ...
    async def call(self, ref: BoundMethod[Any, Any], argument: Value, /) -> Value: ...


class Attribute(Generic[T]):
    """The declaration of one attribute.

    index   its number; 1 is the logical name, negative ones are the maker's
    kind    how a `T` is carried in tagged data
    static  changes by configuration only; a dynamic one changes while the meter runs
    secret  a key or password: not served unless it is named, and never saved
    owner   the class, in the version, it was reached through
    offset  how far its short name lies from the base name, where not by the rule of `cosem.offsets`
    """

    __slots__ = ("_offset", "doc", "index", "kind", "name", "owner", "secret", "static")

    name: str
    owner: type[CosemObject]

    def __init__(
        self,
        index: int,
        kind: Kind[T],
        *,
        static: bool = True,
        secret: bool = False,
        offset: int | None = None,
        doc: str = "",
    ) -> None:
        self.index, self.kind, self.static, self._offset, self.doc = index, kind, static, offset, doc
        self.secret = secret

    def __set_name__(self, owner: type[CosemObject], name: str) -> None:
        self.owner, self.name = owner, name.rstrip("_")  # `class_` is the standard's `class`

    @property
    def offset(self) -> int | None:
        """How far its short name lies from the base name of its object; None where it has none."""
        if self.index < 1 or self.owner.offsets is Basis.NO_SHORT_NAMES:
            return None
        return in_steps(0, self.index) if self._offset is None else self._offset

    @overload
    def __get__(self, obj: None, owner: type[CosemObject]) -> Self: ...
    @overload
    def __get__(self, obj: CosemObject, owner: type[CosemObject]) -> Bound[T]: ...
    def __get__(self, obj: CosemObject | None, owner: type[CosemObject]) -> Self | Bound[T]:
        return self if obj is None else Bound(obj, self)

    def __set__(self, obj: CosemObject, value: Never) -> None:
        raise AttributeError(f"{obj}/{self.name} is a reference: write it with meter.set(reference, value)")

    def at(self, logical_name: Obis | str | bytes, backend: Backend | None = None) -> Bound[T]:
        """This attribute of the object called `logical_name`."""
        return Bound(self.owner(logical_name, backend), self)

    def copy(self, *, offset: int | None = None) -> Self:
        """The same declaration, to be owned by another version, or with its short name elsewhere."""
        twin = object.__new__(type(self))
        twin.index, twin.kind, twin.static, twin.doc = self.index, self.kind, self.static, self.doc
        twin.secret, twin._offset = self.secret, self._offset if offset is None else offset
        return twin

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.owner.__name__}.{self.name} {self.index}: {self.kind.name}>"


class Bound(Generic[T]):
    """A reference to one attribute of one object: inert, typed; equal where it names the same data.

    `await ref` reads it through the object's backend.
    """

    __slots__ = ("attribute", "obj", "selection")

    def __init__(self, obj: CosemObject, attribute: Attribute[T], selection: Selection | None = None) -> None:
        self.obj, self.attribute, self.selection = obj, attribute, selection

    def load(self, value: Value) -> T:
        """The Python value of what the meter sent. Raises UnfitValue where the type does not fit."""
        try:
            return self.attribute.kind.load(value)
        except RemoteProtocolError as error:
            numbers = f"{self.obj.class_id}, {str(self.obj.obis)!r}, {self.attribute.index}"
            raw = f"as it came it is this error's value; read_attribute({numbers}) reads it so"
            raise _unfit(self, value, error, raw) from error

    def dump(self, value: T) -> Value:
        """The tagged value for a Python one. Raises UsageError where it does not fit."""
        try:
            return self.attribute.kind.dump(value)
        except UsageError as error:
            raise UsageError(f"{self}: {error.message}") from error

    def select(self, selection: Selection) -> Bound[T]:
        """The same attribute, restricted by selective access."""
        return Bound(self.obj, self.attribute, selection)

    async def get(self) -> T:
        """Read it."""
        return self.load(await self.obj.connected.get(self))

    async def set(self, value: T) -> None:
        """Write it."""
        await self.obj.connected.set(self, self.dump(value))

    def __await__(self) -> Generator[Any, None, T]:
        return self.get().__await__()

    def __str__(self) -> str:
        return f"{self.obj}/{self.attribute.name}"

    def __repr__(self) -> str:
        return f"<Bound {self} {self.attribute.index}>"

    @property
    def _key(self) -> tuple[int, Obis, int, Selection | None]:
        return self.obj.class_id, self.obj.obis, self.attribute.index, self.selection

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Bound) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)


class Method(Generic[P, R]):
    """The declaration of one method: its number, what it takes and what it returns.

    secret  it takes a key or password, which no trace shows
    """

    __slots__ = ("doc", "index", "name", "owner", "returns", "secret", "takes")

    name: str
    owner: type[CosemObject]

    @overload
    def __init__(self: Method[P, None], index: int, takes: Kind[P], *, doc: str = "", secret: bool = False) -> None: ...
    @overload
    def __init__(self, index: int, takes: Kind[P], returns: Kind[R], *, doc: str = "") -> None: ...
    def __init__(
        self, index: int, takes: Kind[P], returns: Kind[Any] = kinds.null_data, *, doc: str = "", secret: bool = False
    ) -> None:
        self.index, self.takes, self.doc, self.secret = index, takes, doc, secret
        self.returns: Kind[R] = returns

    def __set_name__(self, owner: type[CosemObject], name: str) -> None:
        self.owner, self.name = owner, name

    @property
    def offset(self) -> int | None:
        """How far its short name lies from the base name of its object; None where it has none."""
        if self.index < 1 or self.owner.offsets is Basis.NO_SHORT_NAMES:
            return None
        return in_steps(self.owner.methods_at, self.index)

    @overload
    def __get__(self, obj: None, owner: type[CosemObject]) -> Self: ...
    @overload
    def __get__(self, obj: CosemObject, owner: type[CosemObject]) -> BoundMethod[P, R]: ...
    def __get__(self, obj: CosemObject | None, owner: type[CosemObject]) -> Self | BoundMethod[P, R]:
        return self if obj is None else BoundMethod(obj, self)

    def at(self, logical_name: Obis | str | bytes, backend: Backend | None = None) -> BoundMethod[P, R]:
        """This method of the object called `logical_name`."""
        return BoundMethod(self.owner(logical_name, backend), self)

    def copy(self) -> Self:
        """The same declaration, to be owned by another version."""
        twin = object.__new__(type(self))
        twin.index, twin.takes, twin.returns = self.index, self.takes, self.returns
        twin.doc, twin.secret = self.doc, self.secret
        return twin

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.owner.__name__}.{self.name} {self.index}>"


class BoundMethod(Generic[P, R]):
    """A reference to one method of one object; `await method(argument)` calls it through the object's backend."""

    __slots__ = ("method", "obj")

    def __init__(self, obj: CosemObject, method: Method[P, R]) -> None:
        self.obj, self.method = obj, method

    def load(self, value: Value) -> R:
        """The Python value of what the meter returned. Raises UnfitValue where the type does not fit."""
        if self.method.returns is kinds.null_data:
            value = NULL  # some meters return data where the standard has none
        try:
            return self.method.returns.load(value)
        except RemoteProtocolError as error:
            raise _unfit(self, value, error, "as it came it is this error's value") from error

    def dump(self, argument: P) -> Value:
        """The tagged value for an argument. Raises UsageError where it does not fit."""
        try:
            return self.method.takes.dump(argument)
        except UsageError as error:
            raise UsageError(f"{self}: {error.message}") from error

    async def __call__(self, argument: P) -> R:
        return self.load(await self.obj.connected.call(self, self.dump(argument)))

    def __str__(self) -> str:
        return f"{self.obj}/{self.method.name}"

    def __repr__(self) -> str:
        return f"<BoundMethod {self} {self.method.index}>"


class Trigger(Method[int, None]):
    """The declaration of a method without a meaningful argument: it takes integer 0 and returns nothing."""

    __slots__ = ()

    def __init__(self, index: int, *, doc: str = "") -> None:
        super().__init__(index, kinds.integer, doc=doc)

    @overload
    def __get__(self, obj: None, owner: type[CosemObject]) -> Self: ...
    @overload
    def __get__(self, obj: CosemObject, owner: type[CosemObject]) -> BoundTrigger: ...
    def __get__(self, obj: CosemObject | None, owner: type[CosemObject]) -> Self | BoundTrigger:
        return self if obj is None else BoundTrigger(obj, self)


class BoundTrigger(BoundMethod[int, None]):
    """A reference to a method that needs no argument: `await method()`."""

    __slots__ = ()

    async def __call__(self, argument: int = 0) -> None:
        await super().__call__(argument)


def _unfit(ref: object, value: Value, error: RemoteProtocolError, hint: str) -> UnfitValue:
    return UnfitValue(f"{ref}: {error.message}", value=value, data=error.data, offset=error.offset, hints=(hint,))


def _own(cls: type[CosemObject], what: type[D]) -> Mapping[int, D]:
    """The declarations of `cls` by index; an inherited one becomes its own, so that `owner` names the version."""
    names = {
        name: None for base in reversed(cls.__mro__) for name, member in vars(base).items() if isinstance(member, what)
    }
    found: dict[int, D] = {}
    for name in names:
        declared: D = getattr(cls, name)
        if declared.owner is not cls:
            declared = cast(D, declared.copy())
            declared.__set_name__(cls, name)
            setattr(cls, name, declared)
        if found.setdefault(declared.index, declared) is not declared:
            raise TypeError(f"{cls.__name__}: {found[declared.index].name} and {name} have one number")
    return MappingProxyType(dict(sorted(found.items())))


class CosemObject:
    """One object of a meter: its class, its logical name and, when it can be reached, its backend.

    obis      the logical name: six octets
    backend   what reads and writes it; None for an object that is served or only named
    values    initial attribute values by name, for an object to be served
    registry  every class of the standard by (class id, version); never changes

    A subclass given `class_id` and `version` is usable at once; it stands in no registry until put into an overlay.

    methods_at  offset of the short name of its first method; by default the next behind its attributes
    offsets     what is known of its offsets; a version says it anew
    """

    __slots__ = ("_values", "backend", "obis")

    class_id: int
    class_version: int
    methods_at: ClassVar[int]
    offsets: ClassVar[Basis] = Basis.INFERRED
    _methods_at: ClassVar[int | None] = None
    attributes: ClassVar[Mapping[int, Attribute[Any]]]
    methods: ClassVar[Mapping[int, Method[Any, Any]]]
    registry: ClassVar[Registry] = StandardRegistry()

    logical_name = Attribute(1, kinds.logical_name, doc="six octets that name the object")

    def __init_subclass__(
        cls,
        *,
        class_id: int | None = None,
        version: int | None = None,
        methods_at: int | None = None,
        offsets: Basis | None = None,
    ) -> None:
        super().__init_subclass__()
        if class_id is not None:
            cls.class_id = class_id
        if version is not None:
            cls.class_version, cls._methods_at, cls.offsets = version, None, Basis.INFERRED
        if methods_at is not None:
            cls._methods_at = methods_at
        if offsets is not None:
            cls.offsets = offsets
        cls.attributes = _own(cls, Attribute)
        cls.methods = _own(cls, Method)
        behind = max(attribute.offset or 0 for attribute in cls.attributes.values()) + STEP
        cls.methods_at = behind if cls._methods_at is None else cls._methods_at

    def __init__(self, logical_name: Obis | str | bytes, backend: Backend | None = None, /, **values: object) -> None:
        self.obis = as_obis(logical_name)
        self.backend = backend
        self._values: dict[int, Value] = {}
        for name, value in values.items():
            ref = self.attribute(name)
            self._values[ref.attribute.index] = ref.dump(value)

    def initial_values(self) -> dict[int, Value]:
        """The values it was made with, by attribute index; its logical name is always among them."""
        return {1: Value(Tag.OCTET_STRING, bytes(self.obis)), **self._values}

    def attribute(self, which: int | str) -> Bound[Any]:
        """An attribute by number (-128 to 127) or Blue Book name; an undeclared number carries raw values."""
        index = _number(which, self.attributes, self)
        declared = self.attributes.get(index) or _undeclared(Attribute(index, kinds.anything), self)
        bound: Bound[Any] = declared.__get__(self, type(self))
        return bound

    def method(self, which: int | str) -> BoundMethod[Any, Any]:
        """A method by number (-128 to 127) or Blue Book name; an undeclared number takes and returns raw values."""
        index = _number(which, self.methods, self)
        raw: Method[Any, Any] = Method(index, kinds.anything, kinds.anything)
        declared = self.methods.get(index) or _undeclared(raw, self)
        bound: BoundMethod[Any, Any] = declared.__get__(self, type(self))
        return bound

    @property
    def connected(self) -> Backend:
        """The backend. Raises UsageError where there is none."""
        if self.backend is None:
            raise UsageError(f"{self} belongs to no meter; hand the reference to one: meter.get(reference)")
        return self.backend

    def __str__(self) -> str:
        return f"{self.class_id}:{self.obis}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.obis}>"


CosemObject.attributes = _own(CosemObject, Attribute)
CosemObject.methods = _own(CosemObject, Method)
CosemObject.methods_at = STEP


class GenericObject(CosemObject):
    """An object of a class or version that is not declared here: read, written and called by number, in raw values.

    like  the nearest declared older version: its names serve for reading, its types are tried with `read_as`
    """

    __slots__ = ("class_id", "class_version", "like")

    def __init__(
        self,
        class_id: int,
        version: int,
        logical_name: Obis | str | bytes,
        backend: Backend | None = None,
        *,
        like: type[CosemObject] | None = None,
    ) -> None:
        super().__init__(logical_name, backend)
        self.class_id, self.class_version, self.like = class_id, version, like

    def attribute(self, which: int | str) -> Bound[Any]:
        known = self.like.attributes if self.like else self.attributes
        index = _number(which, known, self)
        if index in self.attributes:
            return super().attribute(index)
        name = known[index].name if index in known else None
        return Bound(self, _undeclared(Attribute(index, kinds.anything), self, name))

    def read_as(self, index: int, value: Value) -> object:
        """`value` as the older version's attribute has it where the type fits, else unchanged."""
        known = self.like.attributes.get(index) if self.like else None
        try:
            return known.kind.load(value) if known else value
        except RemoteProtocolError:
            return value

    def __repr__(self) -> str:
        return f"<GenericObject {self.class_id} version {self.class_version} {self.obis}>"


def _number(which: int | str, known: Mapping[int, D], obj: CosemObject) -> int:
    """The index for a number, a number in text, or a name."""
    if isinstance(which, str):
        wanted = which.strip().lower().replace("-", "_").rstrip("_")
        for index, declared in known.items():
            if declared.name == wanted:
                return index
        try:
            which = int(which)
        except ValueError:
            names = ", ".join(declared.name for declared in known.values())
            raise UsageError(f"{obj} has no {which!r}; known by name: {names or 'none'}, others by number") from None
    if not -128 <= which <= 127:
        raise UsageError(f"{which} is outside -128 to 127")
    return which


def _undeclared(declaration: D, obj: CosemObject, name: str | None = None) -> D:
    """`declaration` with a name and owner, as if it stood in the class of `obj`."""
    what = "attribute" if isinstance(declaration, Attribute) else "method"
    number = str(declaration.index).replace("-", "minus_")
    declaration.__set_name__(type(obj), name or f"{what}_{number}")
    return declaration
