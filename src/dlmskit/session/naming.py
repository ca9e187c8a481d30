"""Short names: which one stands for which attribute or method of which object, both ways.

A name is a signed number of 16 bits, as the object list has it: 0xFA00 is -1536. Source: Blue Book, short name
referencing, reserved base names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from dlmskit.apdu.base import AttributeDescriptor, MethodDescriptor
from dlmskit.cosem.ics.association_sn import ObjectListElementSN
from dlmskit.cosem.model import Attribute, CosemObject, Method
from dlmskit.cosem.object_list import load_elements
from dlmskit.cosem.offsets import in_steps
from dlmskit.cosem.registry import Registry
from dlmskit.data.kinds import anything, array_of, null_data, structure_of
from dlmskit.data.value import Value
from dlmskit.errors import LocalProtocolError, ObjectClassInconsistent, ObjectUndefined, RemoteProtocolError, UnfitValue
from dlmskit.session.services.steps import named

Target: TypeAlias = AttributeDescriptor | MethodDescriptor

#: Base names that are the same in every meter.
ASSOCIATION: Final = 0xFA00 - 0x10000
SCRIPT_TABLE: Final = 0xFB00 - 0x10000
SAP_ASSIGNMENT: Final = 0xFC00 - 0x10000
LOGICAL_DEVICE_NAME: Final = 0xFD00 - 0x10000

#: Attribute 2 and method 8 of the association, in all its versions.
OBJECT_LIST: Final = ASSOCIATION + 0x08
REPLY_TO_HLS: Final = ASSOCIATION + 0x58

_HIGHEST: Final = 0xFFFF
_LIST, _ELEMENT = array_of(anything), structure_of(ObjectListElementSN)


def signed(name: int) -> int:
    """A name as it is sent, from one counted from 0 to 0xFFFF."""
    return (name & _HIGHEST) - ((name & 0x8000) << 1)


class ShortNames:
    """The names of the objects that one association shows.

    entries  its object list
    classes  where offsets stand; a meter that has others has its own declarations over the standard's
    unfit    what else stands in the list and names no object, by its place there, counted from 0
    """

    def __init__(
        self,
        entries: Iterable[ObjectListElementSN],
        classes: Registry = CosemObject.registry,
        unfit: Mapping[int, UnfitValue] = MappingProxyType({}),
    ) -> None:
        self.entries, self.unfit = tuple(entries), unfit
        self._classes = classes
        self._bases: dict[tuple[int, bytes], ObjectListElementSN] = {}
        for entry in self.entries:  # of an object that is listed twice the first stands for it
            self._bases.setdefault((entry.class_id, bytes(entry.logical_name)), entry)

    def attribute(self, wanted: AttributeDescriptor) -> int:
        """The name of an attribute; one that is not declared lies where the rule has it.

        Raises ObjectUndefined or ObjectClassInconsistent where the association shows none, LocalProtocolError where it
        has no short name.
        """
        entry = self._entry(wanted.class_id, wanted.instance_id)
        cls = self._classes.nearest(entry.class_id, entry.version)
        declared = None if cls is None else cls.attributes.get(wanted.attribute_id)
        by_rule = in_steps(0, wanted.attribute_id) if wanted.attribute_id > 0 else None
        return _lying(entry, by_rule if declared is None else declared.offset, wanted)

    def method(self, wanted: MethodDescriptor) -> int:
        """The name of a method. Raises as `attribute`; methods of a version that is not known have none."""
        entry = self._entry(wanted.class_id, wanted.instance_id)
        cls = self._classes.get((entry.class_id, entry.version))
        declared = None if cls is None else cls.methods.get(wanted.method_id)
        by_rule = None if cls is None or wanted.method_id < 1 else in_steps(cls.methods_at, wanted.method_id)
        return _lying(entry, by_rule if declared is None else declared.offset, wanted)

    def returns(self, wanted: MethodDescriptor) -> bool:
        """Whether a method returns anything, as far as it is known: it is read then, and written else."""
        entry = self._entry(wanted.class_id, wanted.instance_id)
        cls = self._classes.get((entry.class_id, entry.version))
        declared = None if cls is None else cls.methods.get(wanted.method_id)
        return declared is None or declared.returns is not null_data

    def version(self, class_id: int, instance_id: bytes) -> int | None:
        """The version of an object; None where the association shows none of that class and name."""
        entry = self._bases.get((class_id, bytes(instance_id)))
        return None if entry is None else entry.version

    def attributes(self, entry: ObjectListElementSN) -> Sequence[int]:
        """The attributes an object has as far as its class is known, or an older version of it."""
        cls = self._classes.nearest(entry.class_id, entry.version) or CosemObject
        return [index for index, declared in cls.attributes.items() if declared.offset is not None]

    def target(self, name: int) -> Target | None:
        """What a name stands for; None where it is nothing's."""
        return self._targets.get(name)

    @cached_property
    def _targets(self) -> dict[int, Target]:
        found: dict[int, Target] = {}
        # Some meters leave too little room for methods: a name belongs to the last object that begins before it.
        for entry in sorted(self.entries, key=lambda entry: entry.base_name & _HIGHEST):
            cls = self._classes.get((entry.class_id, entry.version))
            members: list[Attribute[Any] | Method[Any, Any]] = []
            if cls is not None:
                members = [*cls.methods.values(), *cls.attributes.values()]
            for declared in members:
                name = _behind(entry, declared.offset)
                if name is not None:
                    found[name] = _target(entry, declared)
        return found

    def _entry(self, class_id: int, instance_id: bytes) -> ObjectListElementSN:
        entry = self._bases.get((class_id, bytes(instance_id)))
        if entry is not None:
            return entry
        is_there = any(name == instance_id for _, name in self._bases)
        raise ObjectClassInconsistent if is_there else ObjectUndefined


class NameBook:
    """What a client knows of a meter's short names: nothing until the object list was read."""

    __slots__ = ("_classes", "known")

    def __init__(self, classes: Registry = CosemObject.registry) -> None:
        self._classes = classes
        self.known: ShortNames | None = None

    def load(self, object_list: Value) -> ShortNames:
        """Take the object list as the meter sent it. Raises RemoteProtocolError where it is none."""
        entries, unfit = load_elements(_ELEMENT, _LIST.load(object_list))
        self.known = ShortNames(entries, self._classes, unfit)
        return self.known


def _target(entry: ObjectListElementSN, declared: Attribute[Any] | Method[Any, Any]) -> Target:
    kind = AttributeDescriptor if isinstance(declared, Attribute) else MethodDescriptor
    return kind(entry.class_id, bytes(entry.logical_name), declared.index)


def _behind(entry: ObjectListElementSN, offset: int | None) -> int | None:
    """The name so far behind the base name. There is nothing behind 0xFFFF: the count does not begin anew."""
    name = _HIGHEST + 1 if offset is None else (entry.base_name & _HIGHEST) + offset
    return signed(name) if name <= _HIGHEST else None


def _lying(entry: ObjectListElementSN, offset: int | None, wanted: Target) -> int:
    if offset is None:
        raise LocalProtocolError(f"{named(wanted)} has no short name that is known; a device profile can tell it")
    name = _behind(entry, offset)
    if name is None:
        base = entry.base_name & _HIGHEST
        raise RemoteProtocolError(f"{named(wanted)} lies behind the last short name: base name 0x{base:04X}")
    return name
