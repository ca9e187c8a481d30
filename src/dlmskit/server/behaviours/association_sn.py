"""How an association by short names is served: it tells the objects it shows, their base names and the rights."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, Final

from dlmskit.apdu.base import Selection
from dlmskit.cosem.access import AccessRightsElement
from dlmskit.cosem.common import object_definition
from dlmskit.cosem.ics.access import User
from dlmskit.cosem.ics.association_sn import (
    AssociationSN,
    AssociationSN_v0,
    AssociationSN_v1,
    AssociationSN_v2,
    AssociationSN_v3,
    ObjectListElementSN,
)
from dlmskit.data.kinds import array_of, long_unsigned
from dlmskit.errors import ObjectUndefined, ReadWriteDenied, RemoteProtocolError, TypeUnmatched
from dlmskit.obis import Obis
from dlmskit.security.mechanisms import Mechanism
from dlmskit.server.behaviour import Behaviour, Context, performs, serves
from dlmskit.server.behaviours.association import Versions, in_version, part_with, user_in, users_of
from dlmskit.server.offer import Offer

#: Selective access to the object list: whole, by class ids, by class ids and logical names.
ALL, OF_CLASSES, NAMED = 1, 2, 3
_classes, _objects = array_of(long_unsigned), array_of(object_definition)

AnyAssociationSN = AssociationSN_v0 | AssociationSN_v1 | AssociationSN_v2 | AssociationSN_v3


class AssociationObjectSN(Behaviour):
    """One association by short names as versions 1 and on tell it."""

    selectors: ClassVar[Mapping[int, tuple[int, ...]]] = {AssociationSN.object_list.index: (ALL, OF_CLASSES, NAMED)}
    reply_to_hls: ClassVar[int] = AssociationSN.reply_to_hls_authentication.index
    own_methods: ClassVar[tuple[int, ...]] = (reply_to_hls,)

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

    @property
    def entries(self) -> tuple[ObjectListElementSN, ...]:
        """The objects it shows, with their base names."""
        return self.offer.device.short_names(self.offer).entries


class AssociationObjectSN_v0(AssociationObjectSN):  # noqa: N801 - named like the class it serves
    """In version 0 objects are looked up by methods, too."""

    own_methods = (
        *AssociationObjectSN.own_methods,
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


_VERSIONS: Final[Versions[AssociationObjectSN]] = (
    (AssociationSN_v0, AssociationObjectSN_v0),
    (AssociationSN_v1, AssociationObjectSN),
    (AssociationSN_v2, AssociationObjectSN_v2),
    (AssociationSN_v3, AssociationObjectSN_v3),
    (AssociationSN, AssociationObjectSN_v3),
)


def association_object_sn(offer: Offer, logical_name: str) -> AssociationObjectSN:
    """The object of an association by short names, in the version it was offered in."""
    return in_version(_VERSIONS, offer, logical_name)
