"""Kinds made of kinds: arrays, structures, choices, optional values and anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, make_dataclass
from typing import Any, TypeVar, cast, dataclass_transform

from dlmskit.data.kind import AnyKind, Kind
from dlmskit.data.simple import Null
from dlmskit.data.value import Tag, Value
from dlmskit.errors import RemoteProtocolError, UsageError

T = TypeVar("T")


class Anything(Kind[Value]):
    """Any type at all, as the tagged value itself."""

    name = "CHOICE"

    def load(self, value: Value) -> Value:
        return value

    def dump(self, value: Value) -> Value:
        if not isinstance(value, Value):
            raise self._unfit(value)
        return value


class ArrayOf(Kind[tuple[T, ...]]):
    """Any number of elements of one kind; a compact-array is taken for an array."""

    name = "array"
    tags = (Tag.ARRAY, Tag.COMPACT_ARRAY)

    def __init__(self, element: Kind[T]) -> None:
        self.element = element
        self.children = (element,)

    def load(self, value: Value) -> tuple[T, ...]:
        if value.tag not in self.tags:
            raise self._misfit(value)
        items = value.value if value.tag == Tag.ARRAY else value.value.items
        load = self.element.load
        return tuple([load(item) for item in items])

    def dump(self, value: tuple[T, ...]) -> Value:
        if not isinstance(value, (tuple, list)):
            raise self._unfit(value)
        return Value(Tag.ARRAY, tuple([self.element.dump(item) for item in value]))

    def describe(self) -> str:
        return f"array of {self.element.describe()}"


def field(kind: Kind[T]) -> T:
    """Declare that a structure has an element of `kind` here."""
    return cast(T, kind)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def structure(cls: type[T]) -> type[T]:
    """Make a frozen dataclass of fields declared, in wire order, with `field`.

    Compiling a dataclass takes long and the standard has hundreds of structures, so it waits for the first instance.
    """
    own = {name: kind for name, kind in vars(cls).items() if isinstance(kind, Kind)}
    rest = {name: member for name, member in vars(cls).items() if name not in {*own, "__dict__", "__weakref__"}}
    kinds = {**getattr(cls, _KINDS, {}), **own}
    shared = {"__qualname__": cls.__qualname__, "__slots__": tuple(own), _KINDS: kinds}
    made = cast("type[T]", type(cls.__name__, cls.__bases__, {**rest, **shared, **_FROZEN}))

    def build(self: T, *values: object, **named: object) -> None:
        compiled = vars(make_dataclass(cls.__name__, kinds, frozen=True))
        for name in _COMPILED:  # the constructor last: another thread may be building as well
            if name in compiled:
                setattr(made, name, compiled[name])
        made.__init__(self, *values, **named)

    made.__init__ = build  # type: ignore[assignment]
    return made


def _refuse_change(self: object, name: str, *value: object) -> None:
    raise FrozenInstanceError(f"cannot change {name!r} of a {type(self).__name__}: make another one")


def _reduce(self: Any) -> tuple[type, tuple[object, ...]]:
    return type(self), tuple(getattr(self, name) for name in getattr(self, _KINDS))


_KINDS = "__kinds__"
_FROZEN = {"__setattr__": _refuse_change, "__delattr__": _refuse_change, "__reduce__": _reduce}
_COMPILED = (
    "__dataclass_fields__", "__dataclass_params__", "__match_args__", "__repr__", "__eq__", "__hash__", "__replace__", "__init__",
)  # fmt: skip


class StructureOf(Kind[T]):
    """A structure as a dataclass whose fields were declared with `field`."""

    name = "structure"
    tags = (Tag.STRUCTURE,)

    def __init__(self, cls: type[T]) -> None:
        self.cls = cls
        self.fields: dict[str, AnyKind] = getattr(cls, _KINDS)
        self.children = tuple(self.fields.values())
        self._loads: list[Callable[[Value], Any]] = [kind.load for kind in self.children]

    def load(self, value: Value) -> T:
        if value.tag != Tag.STRUCTURE or len(value.value) != len(self._loads):
            raise self._misfit(value)
        try:
            return self.cls(*[load(item) for load, item in zip(self._loads, value.value, strict=True)])
        except RemoteProtocolError:
            self._tell_field(value)
            raise

    def dump(self, value: T) -> Value:
        if not isinstance(value, self.cls):
            raise self._unfit(value)
        return Value(Tag.STRUCTURE, tuple([kind.dump(getattr(value, name)) for name, kind in self.fields.items()]))

    def describe(self) -> str:
        return f"structure{{{', '.join(f'{name}:{kind.describe()}' for name, kind in self.fields.items())}}}"

    def _tell_field(self, value: Value) -> None:
        for (name, kind), item in zip(self.fields.items(), value.value, strict=True):
            try:
                kind.load(item)
            except RemoteProtocolError as error:
                raise RemoteProtocolError(
                    f"{self.cls.__name__}.{name}: {error.message}", data=error.data, offset=error.offset
                ) from None


class Choice(Kind[T]):
    """One of several kinds: the first that takes the value, in both directions."""

    name = "choice"

    def __init__(self, *alternatives: AnyKind) -> None:
        self.children = alternatives
        self.tags = () if any(not kind.tags for kind in alternatives) else tuple(
            dict.fromkeys(tag for kind in alternatives for tag in kind.tags)
        )  # fmt: skip

    def load(self, value: Value) -> T:
        refusal = None
        for kind in self.children:
            if kind.tags and value.tag not in kind.tags:
                continue
            try:
                return cast(T, kind.load(value))
            except RemoteProtocolError as error:
                refusal = refusal or error
        raise refusal or self._misfit(value)

    def dump(self, value: T) -> Value:
        for kind in self.children:
            try:
                return kind.dump(value)
            except UsageError:
                continue
        raise self._unfit(value)

    def describe(self) -> str:
        return f"choice{{{'|'.join(kind.describe() for kind in self.children)}}}"

    def _parse(self, text: str) -> T:
        for kind in self.children:
            try:
                return cast(T, kind.parse(text))
            except UsageError:
                continue
        return super()._parse(text)


class Optional(Choice[T | None]):
    """A value of a kind, or null-data for none."""

    def __init__(self, kind: Kind[T]) -> None:
        super().__init__(Null(), kind)
