"""How an association by short names is served: it tells the objects it shows, their base names and the rights.

Source: Blue Book, Association SN and its previous versions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

from dlmskit.apdu.base import Selection
from dlmskit.cosem.access import AccessRightsElement, ObjectListElement
from dlmskit.cosem.common import ObjectDefinition, ValueDefinition, object_definition
from dlmskit.cosem.ics.access import User
from dlmskit.cosem.ics.association_sn import (
    AssociationSN,
    AssociationSN_v0,
    AssociationSN_v1,
    AssociationSN_v2,
    AssociationSN_v3,
    ObjectDescription,
    ObjectListElementSN,
)
from dlmskit.data import axdr
from dlmskit.data.kinds import array_of, long_unsigned
from dlmskit.data.value import Tag, Value
from dlmskit.errors import (
    ObjectUndefined,
    OtherReason,
    ReadWriteDenied,
    RemoteProtocolError,
    ScopeOfAccessViolated,
    TypeUnmatched,
)
from dlmskit.obis import Obis
from dlmskit.security.mechanisms import Mechanism
from dlmskit.server.access import is_protected_enough
from dlmskit.server.behaviour import Behaviour, Context, performs, serves
from dlmskit.server.behaviours.association import Versions, in_version, part_with, user_in, users_of
from dlmskit.server.later import gathered
from dlmskit.server.offer import Offer
from dlmskit.session.serving.requests import MAX_JOBS, MAX_LIST

#: Selective access to the object list: whole, by class ids, by class ids and logical names.
ALL, OF_CLASSES, NAMED = 1, 2, 3
_classes, _objects = array_of(long_unsigned), array_of(object_definition)

AnyAssociationSN = AssociationSN_v0 | AssociationSN_v1 | AssociationSN_v2 | AssociationSN_v3


class AssociationObjectSN(Behaviour):
    """One association by short names, what all versions tell of it."""

    selectors: ClassVar[Mapping[int, tuple[int, ...]]] = {AssociationSN.object_list.index: (ALL, OF_CLASSES, NAMED)}
    reply_to_hls: ClassVar[int] = AssociationSN.reply_to_hls_authentication.index
    own_methods: ClassVar[tuple[int, ...]] = (reply_to_hls, AssociationSN.read_by_logicalname.index)

    def __init__(self, obj: AnyAssociationSN, offer: Offer) -> None:
        super().__init__(obj)
        self.offer = offer

    @property
    def callable(self) -> set[int]:
        """What it performs, and pass 3 of HLS, which the session itself carries out; afterwards it is refused."""
        return super().callable | ({self.reply_to_hls} if self.offer.mechanism > Mechanism.LOW else set())

    @serves(AssociationSN_v1.object_list)
    def objects(self, context: Context) -> tuple[ObjectListElementSN, ...]:
        chosen = _chosen(context.selection)
        return tuple(entry for entry in self.entries if chosen(entry))

    @performs(AssociationSN.read_by_logicalname)
    def read_by_logicalname(self, wanted: Sequence[ValueDefinition], context: Context) -> Any:
        """The value of each attribute, all of them in a structure for attribute 0. One that may not be read refuses all."""
        if context.offer is not self.offer:
            raise ReadWriteDenied("another association's rights")
        if len(wanted) > MAX_JOBS:
            raise OtherReason(f"more than {MAX_JOBS} attributes at once")
        return gathered((self._value(one, context) for one in wanted), _array)

    def _value(self, wanted: ValueDefinition, context: Context) -> Any:
        behaviour, seen = self._seen(wanted.class_id, wanted.logical_name)
        if wanted.attribute_index:
            return _read(behaviour, seen, wanted.attribute_index, context)
        listed = [entry.attribute_id for entry in seen.access_rights.attribute_access if entry.attribute_id > 0]
        return gathered((_read(behaviour, seen, index, context) for index in listed), _structure)

    def _seen(self, class_id: int, name: Obis) -> tuple[Behaviour, ObjectListElement]:
        """An object as the association sees it. Raises ObjectUndefined."""
        found = self.offer.device.view(self.offer).get((class_id, bytes(name)))
        if found is None:
            raise ObjectUndefined
        return found

    @property
    def entries(self) -> tuple[ObjectListElementSN, ...]:
        """The objects it shows, with their base names."""
        return self.offer.device.short_names(self.offer).entries


class AssociationObjectSN_v1(AssociationObjectSN):  # noqa: N801 - named like the class it serves
    """Before version 2 a method tells the rights."""

    own_methods = (*AssociationObjectSN.own_methods, AssociationSN_v1.get_attributes_and_methods.index)

    @performs(AssociationSN_v1.get_attributes_and_methods)
    def descriptions(self, wanted: Sequence[ObjectDefinition], context: Context) -> tuple[ObjectDescription, ...]:
        return tuple(_description(self._seen(one.class_id, one.logical_name)[1]) for one in wanted)


class AssociationObjectSN_v0(AssociationObjectSN_v1):  # noqa: N801 - named like the class it serves
    """In version 0 objects are looked up by methods, too."""

    own_methods = (
        *AssociationObjectSN_v1.own_methods,
        AssociationSN_v0.getlist_by_classid.index,
        AssociationSN_v0.getobj_by_logicalname.index,
    )

    @performs(AssociationSN_v0.getlist_by_classid)
    def of_class(self, class_id: int, context: Context) -> tuple[ObjectListElementSN, ...]:
        return tuple(entry for entry in self.entries if entry.class_id == class_id)

    @performs(AssociationSN_v0.getobj_by_logicalname)
    def called(self, name: Obis, context: Context) -> ObjectListElementSN:
        for entry in self.entries:
            if entry.logical_name == name:
                return entry
        raise ObjectUndefined


class AssociationObjectSN_v2(AssociationObjectSN):  # noqa: N801 - named like the class it serves
    """From version 2 on the rights and the security setup are told."""

    @serves(AssociationSN_v2.access_rights_list)
    def rights(self, context: Context) -> tuple[AccessRightsElement, ...]:
        view = self.offer.device.view(self.offer)
        return tuple(
            AccessRightsElement(entry.base_name, view[entry.class_id, bytes(entry.logical_name)][1].access_rights)
            for entry in self.entries
        )

    @serves(AssociationSN_v2.security_setup_reference)
    def security_setup(self, context: Context) -> Obis:
        return self.offer.security_setup


class AssociationObjectSN_v3(AssociationObjectSN_v2):  # noqa: N801 - named like the class it serves
    """From version 3 on the client's users are known by number."""

    @serves(AssociationSN_v3.user_list)
    def users(self, context: Context) -> tuple[User, ...]:
        return users_of(self.offer)

    @serves(AssociationSN_v3.current_user)
    def user(self, context: Context) -> User:
        return user_in(self.offer, context)

    @performs(AssociationSN_v3.add_user)
    def add_user(self, user: User, context: Context) -> None:
        self.offer.users[user.user_id] = user.user_name

    @performs(AssociationSN_v3.remove_user)
    def remove_user(self, user: User, context: Context) -> None:
        part_with(self.offer, user)


def _chosen(selection: Selection | None) -> Callable[[ObjectListElementSN], bool]:
    """Which objects a selective access means. Raises ReadWriteDenied, TypeUnmatched."""
    if selection is None or selection.selector == ALL:
        return lambda entry: True
    try:
        if selection.selector == OF_CLASSES:
            classes = set(_classes.load(selection.parameters))
            return lambda entry: entry.class_id in classes
        if selection.selector == NAMED:
            named = {(one.class_id, one.logical_name) for one in _objects.load(selection.parameters)}
            return lambda entry: (entry.class_id, entry.logical_name) in named
    except RemoteProtocolError as error:
        raise TypeUnmatched(error.message) from error
    raise ReadWriteDenied(f"the object list takes no selector {selection.selector}")


def _read(behaviour: Behaviour, seen: ObjectListElement, index: int, context: Context) -> Any:
    """One attribute. Raises ScopeOfAccessViolated where it may not be read, or not in an answer protected so weakly.

    The answer is as well protected as the request, whatever the rights over the attribute demand of it.
    """
    entry = seen.attribute(index)
    if entry is None or not entry.can_read or not is_protected_enough(context.control, entry.rights, context.control):
        raise ScopeOfAccessViolated
    return behaviour.get(index, replace(context, selection=None))


def _array(values: Sequence[Value]) -> Value:
    """Raises OtherReason where they are more than a list may hold."""
    room = MAX_LIST
    for value in values:
        room -= len(axdr.encode(value))
        if room < 0:
            raise OtherReason(f"more than {MAX_LIST} octets at once")
    return Value(Tag.ARRAY, tuple(values))


def _structure(values: Sequence[Value]) -> Value:
    return Value(Tag.STRUCTURE, tuple(values))


def _description(seen: ObjectListElement) -> ObjectDescription:
    """What may be done with an object, as bits."""
    attributes, methods = seen.access_rights.attribute_access, seen.access_rights.method_access
    return ObjectDescription(
        _bits({entry.attribute_id: entry.can_read for entry in attributes}),
        _bits({entry.attribute_id: entry.can_write for entry in attributes}),
        _bits({entry.method_id: entry.can_call for entry in methods}),
    )


def _bits(allowed: Mapping[int, bool]) -> str:
    return "".join("01"[allowed.get(index, False)] for index in range(1, max(allowed, default=0) + 1))


_VERSIONS: Final[Versions[AssociationObjectSN]] = (
    (AssociationSN_v0, AssociationObjectSN_v0),
    (AssociationSN_v1, AssociationObjectSN_v1),
    (AssociationSN_v2, AssociationObjectSN_v2),
    (AssociationSN_v3, AssociationObjectSN_v3),
    (AssociationSN, AssociationObjectSN_v3),
)


def association_object_sn(offer: Offer, logical_name: str) -> AssociationObjectSN:
    """The object of an association by short names, in the version it was offered in."""
    return in_version(_VERSIONS, offer, logical_name)
