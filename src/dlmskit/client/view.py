"""An association's view: every object it shows, with class, version and access rights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import cast, overload

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
from dlmskit.cosem.object_list import ObjectListElementKind, load_elements
from dlmskit.data.axdr import decode, decode_from
from dlmskit.data.compact import CompactArray
from dlmskit.data.lengths import read_length
from dlmskit.data.value import Tag, Value
from dlmskit.errors import RemoteProtocolError, UnfitValue
from dlmskit.obis import Obis, as_obis
from dlmskit.session.naming import ShortNames

ASSOCIATION_CLASS = 15
OBJECT_LIST = 2
CURRENT_ASSOCIATION = Obis.parse("0.0.40.0.0.255")
FLAGS_FROM_VERSION = 3
_NOTHING: Mapping[int, UnfitValue] = MappingProxyType({})


class View(Sequence[ObjectListElement]):
    """The objects of an association in the meter's order; of every class, also such that are not declared here.

    unfit  what else stands in the meter's list and names no object, by its place there, counted from 0
    """

    __slots__ = ("_entries", "_first", "unfit")

    def __init__(self, entries: Iterable[ObjectListElement], unfit: Mapping[int, UnfitValue] = _NOTHING) -> None:
        self._entries, self.unfit = tuple(entries), unfit
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
        return self._key == other._key if isinstance(other, View) else NotImplemented

    @property
    def _key(self) -> object:
        return self._entries, {number: error.value for number, error in self.unfit.items()}

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
    view = _load(items, 1)
    version = _rights_version(view)
    return _load(items, version) if version >= FLAGS_FROM_VERSION else view


def read_view(octets: bytes) -> View:
    """The same from its octets, an element at a time: however long, it never stands in memory as a tree of values."""
    if octets[:1] != bytes((Tag.ARRAY,)):
        return load_view(decode(octets))
    view = _load(_elements(octets), 1)
    version = _rights_version(view)
    return _load(_elements(octets), version) if version >= FLAGS_FROM_VERSION else view


def _elements(octets: bytes) -> Iterator[Value]:
    count, at = read_length(octets, 1)
    for _ in range(count):
        value, at = decode_from(octets, at)
        yield value
    if at != len(octets):
        raise RemoteProtocolError(f"{len(octets) - at} octets behind the object list", data=octets, offset=at)


def dump_view(view: View) -> Value:
    """The object_list that holds a view."""
    elements = list(map(ObjectListElementKind(_rights_version(view)).dump, view))
    for number, error in sorted(view.unfit.items()):
        elements.insert(number, cast(Value, error.value))
    return Value(Tag.ARRAY, tuple(elements))


def _rights_version(entries: Iterable[ObjectListElement]) -> int:
    return max((entry.version for entry in entries if entry.class_id == ASSOCIATION_CLASS), default=1)


def _load(items: Iterable[Value], version: int) -> View:
    return View(*load_elements(ObjectListElementKind(version), items))


def short_name_view(names: ShortNames, rights: Iterable[AccessRightsElement]) -> View:
    """The view of an association by short names.

    Where it does not tell the rights over an object, what is declared of it is taken to be readable: it is found out by
    reading.
    """
    told = {element.base_name: element.access_rights for element in rights}
    entries = (
        ObjectListElement(
            entry.class_id,
            entry.version,
            entry.logical_name,
            told.get(entry.base_name) or AccessRight(tuple(map(_readable, names.attributes(entry)))),
        )
        for entry in names.entries
    )
    return View(entries, names.unfit)


def _readable(index: int) -> AttributeAccess:
    return AttributeAccess(index, AccessMode.READ_ONLY, None)
