"""Security setup, served, and the invocation counter that a newcomer must start above."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlmskit.cosem.ics import Data, SecuritySetup, SecuritySetup_v0
from dlmskit.cosem.ics.security import KeyAgreement, KeyTransfer, SecurityPolicy, SecurityPolicy_v0
from dlmskit.data.value import Tag, Value
from dlmskit.server.behaviour import Behaviour, Context, performs, serves
from dlmskit.server.behaviours.certificates import CertificateKeeper
from dlmskit.server.behaviours.key_change import ALL_KEYS, GLOBAL_KEYS, agree, held_keys, take_transferred
from dlmskit.server.offer import Offer
from dlmskit.session.protection.policy import Policy, number_of, numbered

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
        return _client_title(context)


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

    @performs(SecuritySetup_v0.global_key_transfer)
    async def global_key_transfer(self, transfers: Sequence[KeyTransfer], context: Context) -> None:
        await asyncio.to_thread(take_transferred, transfers, held_keys(context), GLOBAL_KEYS)


class SecurityState(CertificateKeeper, _SecurityState):
    """Version 1: the policy is flags; keys may be agreed on; there are certificates."""

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

    @performs(SecuritySetup.key_transfer)
    async def key_transfer(self, transfers: Sequence[KeyTransfer], context: Context) -> None:
        await asyncio.to_thread(take_transferred, transfers, held_keys(context), ALL_KEYS)

    @performs(SecuritySetup.key_agreement)
    async def key_agreement(self, contributions: Sequence[KeyAgreement], context: Context) -> tuple[KeyAgreement, ...]:
        client, server = _client_title(context), self.device.system_title or b""
        return await asyncio.to_thread(
            agree,
            contributions,
            held_keys(context),
            client=client,
            server=server,
            suite=self.stored(SecuritySetup.security_suite),
            draw=self.device.environment.random_bytes,
            shown=context.association.protection.shown
            if context.association is not None and context.association.protection is not None
            else None,
        )


def _client_title(context: Context) -> bytes:
    """The system title of the client that asks; empty where it has told none."""
    protection = context.association.protection if context.association is not None else None
    return protection.peer_title or b"" if protection is not None else b""


class ReceivedCounter(Behaviour):
    """The highest invocation counter accepted in an association: a client's next one has to be greater."""

    def __init__(self, obj: Data, offer: Offer) -> None:
        super().__init__(obj)
        self._offer = offer

    @serves(Data.value)
    def value(self, context: Context) -> Value:
        return Value(Tag.DOUBLE_LONG_UNSIGNED, self._offer.received.highest)
