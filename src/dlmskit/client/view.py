"""An association's view: every object it shows, with class, version and access rights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from dlmskit.apdu.base import AttributeDescriptor, MethodDescriptor
from dlmskit.cosem.access import (
    PROTECTION,
    AccessMode,
    AccessRight,
    AccessRightsElement,
    AttributeAccess,
    MethodAccess,
    ObjectListElement,
)
from dlmskit.cosem.object_list import ObjectListElementKind
from dlmskit.data.axdr import decode, decode_from
from dlmskit.data.compact import CompactArray
from dlmskit.data.lengths import read_length
from dlmskit.data.value import Tag, Value
from dlmskit.errors import RemoteProtocolError
from dlmskit.obis import Obis, as_obis
from dlmskit.session.naming import ShortNames

ASSOCIATION_CLASS = 15
OBJECT_LIST = 2
CURRENT_ASSOCIATION = Obis.parse("0.0.40.0.0.255")
FLAGS_FROM_VERSION = 3


class View(Sequence[ObjectListElement]):
    """The objects of an association in the meter's order; of every class, also such that are not declared here."""

    __slots__ = ("_entries", "_first")

    def __init__(self, entries: Iterable[ObjectListElement]) -> None:
        self._entries = tuple(entries)
        self._first: dict[tuple[Obis, int | None], ObjectListElement] = {}
        for entry in self._entries:
            for class_id in (None, entry.class_id):
                self._first.setdefault((entry.logical_name, class_id), entry)

    def find(self, logical_name: Obis | str | bytes, class_id: int | None = None) -> ObjectListElement | None:
        """The first entry of that name, and class where one is given; None where the meter does not show it."""
        return self._first.get((as_obis(logical_name), class_id))

    def demanded(self, targets: Iterable[AttributeDescriptor | MethodDescriptor]) -> int:
        """What the rights over attributes and methods demand of requests and responses together, as flags."""
        flags = 0
        for target in targets:
            entry = self.find(target.instance_id, target.class_id)
            for right in () if entry is None else _rights_over(target, entry):
                flags |= int(right.rights) & PROTECTION
        return flags

    @overload
    def __getitem__(self, index: int) -> ObjectListElement: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[ObjectListElement, ...]: ...
    def __getitem__(self, index: int | slice) -> ObjectListElement | tuple[ObjectListElement, ...]:
        return self._entries[index]

    def __iter__(self) -> Iterator[ObjectListElement]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __eq__(self, other: object) -> bool:
        return self._entries == other._entries if isinstance(other, View) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._entries)

    def __repr__(self) -> str:
        return f"<View of {len(self)} objects>"


def _rights_over(
    target: AttributeDescriptor | MethodDescriptor, entry: ObjectListElement
) -> Iterable[AttributeAccess | MethodAccess]:
    """The rights a request is weighed by; attribute 0 stands for all attributes."""
    if isinstance(target, MethodDescriptor):
        right: AttributeAccess | MethodAccess | None = entry.method(target.method_id)
    elif target.attribute_id:
        right = entry.attribute(target.attribute_id)
    else:
        return entry.access_rights.attribute_access
    return () if right is None else (right,)


def load_view(object_list: Value) -> View:
    """The view an object_list holds. Its own entry says in which version access rights are written."""
    if object_list.tag not in (Tag.ARRAY, Tag.COMPACT_ARRAY):
        raise RemoteProtocolError("the object list is no array")
    payload = object_list.value
    items: tuple[Value, ...] = payload.items if isinstance(payload, CompactArray) else payload
    entries = _load(items, 1)
    version = _rights_version(entries)
    return View(_load(items, version) if version >= FLAGS_FROM_VERSION else entries)


def read_view(octets: bytes) -> View:
    """The same from its octets, an element at a time: however long, it never stands in memory as a tree of values."""
    if octets[:1] != bytes((Tag.ARRAY,)):
        return load_view(decode(octets))
    entries = tuple(_elements(octets, 1))
    version = _rights_version(entries)
    return View(_elements(octets, version) if version >= FLAGS_FROM_VERSION else entries)


def _elements(octets: bytes, version: int) -> Iterator[ObjectListElement]:
    count, at = read_length(octets, 1)
    load = ObjectListElementKind(version).load
    for _ in range(count):
        value, at = decode_from(octets, at)
        yield load(value)
    if at != len(octets):
        raise RemoteProtocolError(f"{len(octets) - at} octets behind the object list", data=octets, offset=at)


def dump_view(view: View) -> Value:
    """The object_list that holds a view."""
    return Value(Tag.ARRAY, tuple(map(ObjectListElementKind(_rights_version(view)).dump, view)))


def _rights_version(entries: Iterable[ObjectListElement]) -> int:
    return max((entry.version for entry in entries if entry.class_id == ASSOCIATION_CLASS), default=1)


def _load(items: tuple[Value, ...], version: int) -> list[ObjectListElement]:
    return list(map(ObjectListElementKind(version).load, items))


def short_name_view(names: ShortNames, rights: Iterable[AccessRightsElement]) -> View:
    """The view of an association by short names.

    Where it does not tell the rights over an object, what is declared of it is taken to be readable: it is found out by
    reading.
    """
    told = {element.base_name: element.access_rights for element in rights}
    return View(
        ObjectListElement(
            entry.class_id,
            entry.version,
            entry.logical_name,
            told.get(entry.base_name) or AccessRight(tuple(map(_readable, names.attributes(entry)))),
        )
        for entry in names.entries
    )


def _readable(index: int) -> AttributeAccess:
    return AttributeAccess(index, AccessMode.READ_ONLY, None)
