"""The kind of an object_list's elements: hand-written, because a view has hundreds of them on every connection.

    class_id: long-unsigned | version: unsigned | logical_name: octet-string[6] | access_rights
    access_rights     attribute_access: array | method_access: array
    attribute_access  attribute_id: integer | access_mode: enum | access_selectors: null-data or array of integer
    method_access     method_id: integer | access_mode: boolean in version 0, enum from version 1 on

Meters are found whose object_list has the method access of another version, so a boolean and an enum are both taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

from dlmskit.cosem.access import (
    AccessFlags,
    AccessMode,
    AccessRight,
    AccessRightsElement,
    AnyAttributeMode,
    AnyMethodMode,
    AttributeAccess,
    MethodAccess,
    MethodFlags,
    MethodMode,
    ObjectListElement,
    attribute_mode,
    attribute_rights,
    method_mode,
    method_rights,
)
from dlmskit.data.kind import Kind
from dlmskit.data.kinds import enum_of, integer, long, long_unsigned, unsigned
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import RemoteProtocolError, UnfitValue, UsageError
from dlmskit.obis import Obis

T = TypeVar("T")

_INTEGERS = frozenset(
    (Tag.INTEGER, Tag.LONG, Tag.DOUBLE_LONG, Tag.UNSIGNED, Tag.LONG_UNSIGNED, Tag.DOUBLE_LONG_UNSIGNED, Tag.ENUM)
)


class Modes(dict[int, T]):
    """What octets mean, made as they come: making all of them takes a tenth of the time to load every class."""

    def __init__(self, made: Callable[[int], T]) -> None:
        super().__init__()
        self._made = made

    def __missing__(self, number: int) -> T:
        mode = self[number] = self._made(number)
        return mode


_attribute_modes = Modes(lambda number: enum_of(AccessMode).load(Value(Tag.ENUM, number)))
_method_modes = Modes(lambda number: enum_of(MethodMode).load(Value(Tag.ENUM, number)))
_attribute_flags, _method_flags = Modes(AccessFlags), Modes(MethodFlags)

# A view repeats a handful of entries over and over. Typed: mode 1 and flag 1 are equal and mean different things.
_attribute_access = lru_cache(maxsize=4096, typed=True)(AttributeAccess)
_method_access = lru_cache(maxsize=4096, typed=True)(MethodAccess)


class RightsKind(Kind[T]):
    """What carries rights, as an association by logical names of `version` encodes them.

    attribute_modes, method_modes  what a received number from 0 on means
    """

    name = "structure"
    tags = (Tag.STRUCTURE,)

    def __init__(self, version: int) -> None:
        self.version = version
        self.attribute_modes: Mapping[int, AnyAttributeMode] = _attribute_flags if version >= 3 else _attribute_modes
        self.method_modes: Mapping[int, AnyMethodMode] = _method_flags if version >= 3 else _method_modes

    def _load_rights(self, attributes: Value, methods: Value) -> AccessRight:
        return AccessRight(
            tuple([self._load_attribute(entry) for entry in _items(attributes)]),
            tuple([self._load_method(entry) for entry in _items(methods)]),
        )

    def _load_attribute(self, entry: Value) -> AttributeAccess:
        attribute_id, mode, selectors = _members(entry, 3)
        chosen = tuple(map(_integer, _items(selectors))) if selectors.tag != Tag.NULL_DATA else None
        return _attribute_access(_integer(attribute_id), self.attribute_modes[_octet(mode)], chosen)

    def _load_method(self, entry: Value) -> MethodAccess:
        method_id, mode = _members(entry, 2)
        return _method_access(_integer(method_id), self.method_modes[_octet(mode)])

    def _dump_rights(self, rights: AccessRight) -> tuple[Value, Value]:
        return (
            Value(Tag.ARRAY, tuple(map(self._dump_attribute, rights.attribute_access))),
            Value(Tag.ARRAY, tuple(map(self._dump_method, rights.method_access))),
        )

    def _dump_attribute(self, entry: AttributeAccess) -> Value:
        mode, selectors = entry.access_mode, entry.access_selectors
        if isinstance(mode, AccessFlags) != (self.version >= 3):
            mode = attribute_mode(attribute_rights(mode), self.version)
        chosen = NULL if selectors is None else Value(Tag.ARRAY, tuple(map(integer.dump, selectors)))
        return _structure(integer.dump(entry.attribute_id), _enum(mode), chosen)

    def _dump_method(self, entry: MethodAccess) -> Value:
        mode = entry.access_mode
        if isinstance(mode, MethodFlags) != (self.version >= 3):
            mode = method_mode(method_rights(mode), self.version)
        boolean = self.version == 0
        return _structure(integer.dump(entry.method_id), Value(Tag.BOOLEAN, bool(mode)) if boolean else _enum(mode))

    def _describe_rights(self) -> str:
        mode = "boolean" if self.version == 0 else f"enum {type(self.method_modes[0]).__name__}"
        return (
            "attribute_access:array of structure{attribute_id:integer, "
            f"access_mode:enum {type(self.attribute_modes[0]).__name__}, "
            "access_selectors:choice{null-data|array of integer}}, "
            f"method_access:array of structure{{method_id:integer, access_mode:{mode}}}"
        )


class ObjectListElementKind(RightsKind[ObjectListElement]):
    """One object of an association's view."""

    def load(self, value: Value) -> ObjectListElement:
        class_id, version, name, rights = _members(value, 4)
        if name.tag != Tag.OCTET_STRING or len(name.value) != 6:
            raise RemoteProtocolError("an object without a logical name in the object list")
        return ObjectListElement(
            _integer(class_id), _integer(version), Obis(name.value), self._load_rights(*_members(rights, 2))
        )

    def dump(self, value: ObjectListElement) -> Value:
        if not isinstance(value, ObjectListElement):
            raise self._unfit(value)
        return _structure(
            long_unsigned.dump(value.class_id),
            unsigned.dump(value.version),
            Value(Tag.OCTET_STRING, bytes(value.logical_name)),
            _structure(*self._dump_rights(value.access_rights)),
        )

    def describe(self) -> str:
        return (
            "structure{class_id:long-unsigned, version:unsigned, logical_name:octet-string[6] logical-name, "
            f"access_rights:structure{{{self._describe_rights()}}}}}"
        )


class AccessRightsElementKind(RightsKind[AccessRightsElement]):
    """The rights over one object of an association by short names, which tells them apart from its object list."""

    def load(self, value: Value) -> AccessRightsElement:
        base_name, attributes, methods = _members(value, 3)
        return AccessRightsElement(_integer(base_name), self._load_rights(attributes, methods))

    def dump(self, value: AccessRightsElement) -> Value:
        if not isinstance(value, AccessRightsElement):
            raise self._unfit(value)
        return _structure(long.dump(value.base_name), *self._dump_rights(value.access_rights))

    def describe(self) -> str:
        return f"structure{{base_name:long, {self._describe_rights()}}}"


def load_elements(kind: Kind[T], items: Iterable[Value]) -> tuple[list[T], dict[int, UnfitValue]]:
    """The elements of an object list, and what is none by its place in the list.

    Raises UnfitValue where nothing is one.
    """
    elements, unfit = list[T](), dict[int, UnfitValue]()
    for number, value in enumerate(items):
        try:
            elements.append(kind.load(value))
        except RemoteProtocolError as error:
            unfit[number] = UnfitValue(error.message, value=value)
    if unfit and not elements:
        raise next(iter(unfit.values()))
    return elements, unfit


def _members(value: Value, count: int) -> tuple[Value, ...]:
    if value.tag != Tag.STRUCTURE or len(value.value) != count:
        raise RemoteProtocolError(f"expected a structure of {count} in the object list")
    members: tuple[Value, ...] = value.value
    return members


def _items(value: Value) -> tuple[Value, ...]:
    if value.tag == Tag.ARRAY:
        items: tuple[Value, ...] = value.value
        return items
    if value.tag == Tag.COMPACT_ARRAY:
        return tuple(value.value.items)
    raise RemoteProtocolError("expected an array in the object list")


def _integer(value: Value) -> int:
    if value.tag not in _INTEGERS:
        raise RemoteProtocolError("expected a number in the object list")
    number: int = value.value
    return number


def _octet(value: Value) -> int:
    number = int(value.value) if value.tag == Tag.BOOLEAN else _integer(value)
    if not 0 <= number <= 255:
        raise RemoteProtocolError(f"access mode {number} in the object list")
    return number


def _enum(number: int) -> Value:
    if not 0 <= number <= 255:
        raise UsageError(f"{number} is no access mode")
    return Value(Tag.ENUM, int(number))


def _structure(*members: Value) -> Value:
    return Value(Tag.STRUCTURE, members)
