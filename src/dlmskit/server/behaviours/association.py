"""Association LN, served: what the association that asks, or another one, is like.

0.0.40.0.0.255 is the association that asks; each one offered stands at 0.0.40.0.n.255 as well.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Final, TypeVar

from dlmskit.cosem.access import ObjectListElement
from dlmskit.cosem.ics import AssociationLN, AssociationLN_v0, AssociationLN_v1, AssociationLN_v2
from dlmskit.cosem.ics.access import (
    ApplicationContextName,
    AssociatedPartners,
    AssociationStatus,
    AuthenticationMechanismName,
    User,
    XdlmsContextInfo,
)
from dlmskit.errors import ReadWriteDenied, UsageError
from dlmskit.obis import Obis
from dlmskit.security.mechanisms import Mechanism
from dlmskit.server.behaviour import Behaviour, Context, performs, serves
from dlmskit.server.offer import Offer
from dlmskit.session.context import Context as Negotiated
from dlmskit.session.opening.judging import DLMS_VERSION
from dlmskit.session.responder import ServerAssociation

B = TypeVar("B", bound=Behaviour)

CURRENT: Final = "0.0.40.0.0.255"

#: 2.16.756.5.8: where the object identifiers of DLMS stand.
_DLMS: Final = (2, 16, 756, 5, 8)
_CONTEXT, _MECHANISM = 1, 2


class AssociationObject(Behaviour):
    """One association as versions 0 and on tell it.

    own_methods  what every association may call of the object that is its own
    """

    reply_to_hls: ClassVar[int] = AssociationLN.reply_to_hls_authentication.index
    own_methods: ClassVar[tuple[int, ...]] = (reply_to_hls,)

    def __init__(self, obj: AssociationLN_v0 | AssociationLN_v1, offer: Offer) -> None:
        super().__init__(obj)
        self.offer = offer

    @property
    def callable(self) -> set[int]:
        """Pass 3 of HLS, which the session itself carries out; afterwards it is refused."""
        return {self.reply_to_hls} if self.offer.mechanism > Mechanism.LOW else set()

    @serves(AssociationLN.object_list)
    def objects(self, context: Context) -> tuple[ObjectListElement, ...]:
        return tuple(found for _, found in self.offer.device.view(self.offer).values())

    @serves(AssociationLN.associated_partners_id)
    def partners(self, context: Context) -> AssociatedPartners:
        return AssociatedPartners(self.offer.client, self.offer.device.sap)

    @serves(AssociationLN.application_context_name)
    def context_name(self, context: Context) -> ApplicationContextName:
        (number,) = self.offer.contexts
        return ApplicationContextName(*_DLMS, _CONTEXT, int(number))

    @serves(AssociationLN.xdlms_context_info)
    def context_info(self, context: Context) -> XdlmsContextInfo:
        live = self._live(context)
        agreed = live.context if live is not None else Negotiated(conformance=self.offer.conformance)
        most = agreed.max_send or 0xFFFF
        return XdlmsContextInfo(agreed.conformance, self.offer.max_pdu, most, DLMS_VERSION, 0, b"")

    @serves(AssociationLN.authentication_mechanism_name)
    def mechanism_name(self, context: Context) -> AuthenticationMechanismName:
        return AuthenticationMechanismName(*_DLMS, _MECHANISM, int(self.offer.mechanism))

    @serves(AssociationLN.association_status)
    def status(self, context: Context) -> AssociationStatus:
        is_live = self._live(context) is not None
        return AssociationStatus.ASSOCIATED if is_live else AssociationStatus.NON_ASSOCIATED

    def _live(self, context: Context) -> ServerAssociation | None:
        """The association this is about: the one that asks, else any that is up."""
        if context.offer is self.offer:
            return context.association
        return next((one for one in self.offer.device.associated if one.served is self.offer), None)


class AssociationObject_v1(AssociationObject):  # noqa: N801 - named like the class it serves
    """From version 1 on the security setup is named."""

    @serves(AssociationLN_v1.security_setup_reference)
    def security_setup(self, context: Context) -> Obis:
        return self.offer.security_setup


class AssociationObject_v2(AssociationObject_v1):  # noqa: N801 - named like the class it serves
    """From version 2 on the client's users are known by number."""

    @property
    def callable(self) -> set[int]:
        return {*super().callable, AssociationLN_v2.add_user.index, AssociationLN_v2.remove_user.index}

    @serves(AssociationLN_v2.user_list)
    def users(self, context: Context) -> tuple[User, ...]:
        return users_of(self.offer)

    @serves(AssociationLN_v2.current_user)
    def user(self, context: Context) -> User:
        return user_in(self.offer, context)

    @performs(AssociationLN_v2.add_user)
    def add_user(self, user: User, context: Context) -> None:
        self.offer.users[user.user_id] = user.user_name

    @performs(AssociationLN_v2.remove_user)
    def remove_user(self, user: User, context: Context) -> None:
        part_with(self.offer, user)


def users_of(offer: Offer) -> tuple[User, ...]:
    """The users who may associate."""
    return tuple(User(number, name) for number, name in offer.users.items())


def user_in(offer: Offer, context: Context) -> User:
    """The user who asks."""
    number = context.user_id or 0
    return User(number, offer.users.get(number, ""))


def part_with(offer: Offer, user: User) -> None:
    """Allow a user no longer. The last one stays: an empty list would let anybody in."""
    if offer.users.get(user.user_id) != user.user_name or len(offer.users) == 1:
        raise ReadWriteDenied(f"association {offer.number} does not part with user {user.user_id}")
    del offer.users[user.user_id]


#: Versions from 0 on: their declarations, and how they act.
Versions = Sequence[tuple[Callable[[str], Any], Callable[[Any, Offer], B]]]

_VERSIONS: Final[Versions[AssociationObject]] = (
    (AssociationLN_v0, AssociationObject),
    (AssociationLN_v1, AssociationObject_v1),
    (AssociationLN_v2, AssociationObject_v2),
    (AssociationLN, AssociationObject_v2),
)


def association_object(offer: Offer, logical_name: str) -> AssociationObject:
    """The object of an association by logical names, in the version it was offered in."""
    return in_version(_VERSIONS, offer, logical_name)


def in_version(versions: Versions[B], offer: Offer, logical_name: str) -> B:
    """The object of an offered association. Raises UsageError for a version that is not there."""
    if not 0 <= offer.version < len(versions):
        raise UsageError(f"the association object has no version {offer.version} here")
    declared, acts = versions[offer.version]
    return acts(declared(logical_name), offer)
