"""Security setup, served, and the invocation counter that a newcomer must start above."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlmskit.cosem.ics import Data, SecuritySetup, SecuritySetup_v0
from dlmskit.cosem.ics.security import SecurityPolicy, SecurityPolicy_v0
from dlmskit.data.value import Tag, Value
from dlmskit.server.behaviour import Behaviour, Context, performs, serves
from dlmskit.server.offer import Offer
from dlmskit.session.policy import Policy, number_of, numbered

if TYPE_CHECKING:
    from dlmskit.server.device import Device


class _SecurityState(Behaviour):
    """What both versions have: a policy that holds in every association of this object, at once and never less."""

    policy: Policy

    def attached(self, device: Device) -> None:
        super().attached(device)
        self.policy = device.policy(self.obj.obis)

    @serves(SecuritySetup.client_system_title)
    def client_system_title(self, context: Context) -> bytes:
        """That of the association that asks."""
        protection = context.association.protection if context.association is not None else None
        return protection.peer_title or b"" if protection is not None else b""


class SecurityState_v0(_SecurityState):  # noqa: N801 - named like the class it serves
    """Version 0: the policy is a number."""

    def attached(self, device: Device) -> None:
        super().attached(device)
        self.default(SecuritySetup_v0.security_policy, SecurityPolicy_v0.NOTHING)
        self.policy.activate(numbered(self.stored(SecuritySetup_v0.security_policy)) | self.policy.flags)

    @serves(SecuritySetup_v0.security_policy)
    def security_policy(self, context: Context) -> SecurityPolicy_v0:
        return SecurityPolicy_v0(number_of(self.policy.flags))

    @performs(SecuritySetup_v0.security_activate)
    def security_activate(self, wanted: SecurityPolicy_v0, context: Context) -> None:
        self.policy.activate(numbered(wanted))


class SecurityState(_SecurityState):
    """Version 1: the policy is flags."""

    def attached(self, device: Device) -> None:
        super().attached(device)
        self.default(SecuritySetup.security_policy, SecurityPolicy(0))
        self.policy.activate(self.stored(SecuritySetup.security_policy) | self.policy.flags)

    @serves(SecuritySetup.security_policy)
    def security_policy(self, context: Context) -> SecurityPolicy:
        return SecurityPolicy(self.policy.flags)

    @performs(SecuritySetup.security_activate)
    def security_activate(self, wanted: SecurityPolicy, context: Context) -> None:
        self.policy.activate(wanted)


class ReceivedCounter(Behaviour):
    """The highest invocation counter accepted in an association: a client's next one has to be greater."""

    def __init__(self, obj: Data, offer: Offer) -> None:
        super().__init__(obj)
        self._offer = offer

    @serves(Data.value)
    def value(self, context: Context) -> Value:
        return Value(Tag.DOUBLE_LONG_UNSIGNED, self._offer.received.highest)
