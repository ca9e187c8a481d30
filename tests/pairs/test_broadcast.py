"""The broadcast key: one APDU for all meters, in a pre-established association, with nobody answering."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.client import Security
from dlmskit.client.plan import AssociationPlan
from dlmskit.data.value import Tag, Value
from dlmskit.edge.options import AssociationOptions
from dlmskit.errors import MissingKey, UsageError
from dlmskit.security.cipher import BOTH, BROADCAST
from dlmskit.security.keys import KeyRing, KeyRole
from dlmskit.session.context import Ciphering
from dlmskit.session.events import SetIndication
from dlmskit.session.services.exchanges import put_unconfirmed
from tests.support.session_pair import CLIENT_TITLE, ENERGY, SERVER_TITLE, Pair, client_settings, served
from tests.support.suites import rings

VALUE, NINE = AttributeDescriptor(3, ENERGY, 2), Value(Tag.LONG_UNSIGNED, 9)


def pair(*, control: int = BOTH | BROADCAST, envelope: str = "glo", server: KeyRing | None = None) -> Pair:
    keys = rings(0)
    own = Ciphering(CLIENT_TITLE, keys.client, control, envelope=envelope, peer_title=SERVER_TITLE)
    theirs = Ciphering(SERVER_TITLE, server or keys.server, peer_title=CLIENT_TITLE)
    settings = client_settings(0, ciphering=own, is_pre_established=True)
    offer = served(0, ciphering=theirs, is_pre_established=True, required=BOTH)
    made = Pair(settings=settings, offer=offer)
    assert made.open().error is None
    return made


def sent(on: Pair) -> list[bytes]:
    """What goes out when a value is written to all; it arrives as well."""
    seen: list[bytes] = []
    on.wire = lambda way, octets: (seen.append(octets) if way == "C" else None) or octets
    on.do(lambda context: put_unconfirmed(context, VALUE, NINE), command=True)
    return seen


def writes(on: Pair) -> int:
    return sum(isinstance(event, SetIndication) for event in on.server_events)


@pytest.mark.parametrize("envelope", ["glo", "general-glo"])
def test_a_broadcast_is_taken_once_and_verified_under_its_own_key(envelope: str) -> None:
    on = pair(envelope=envelope)
    (octets,) = sent(on)
    assert on.model.values[VALUE] == NINE
    assert bytes((BOTH | BROADCAST,)) in octets
    scope = on.meter.protection.pool.scope  # type: ignore[union-attr]
    assert scope.fingerprint == rings(0).client.fingerprint(KeyRole.BROADCAST)
    on.server.receive(octets, on.now)  # A40
    on.pump()
    assert writes(on) == 1
    sent(on)
    assert writes(on) == 2


def test_A43_the_bit_without_the_key_and_the_key_without_the_bit_are_refused() -> None:
    keys = rings(0)
    swapped = KeyRing(ek=bytes(range(0x80, 0x90)), ak=keys.client.ak, broadcast=bytes(16 * [7]))
    for on in (pair(server=swapped), pair(control=BOTH, server=swapped)):
        sent(on)
        assert writes(on) == 0
    none = pair(server=KeyRing(ek=bytes(range(16)), ak=keys.client.ak))
    sent(none)
    assert writes(none) == 0


def test_A43_every_flipped_bit_of_a_broadcast_is_refused() -> None:
    on = pair()
    (octets,) = sent(pair())
    for bit in range(8 * 8, 8 * len(octets)):
        flipped = bytearray(octets)
        flipped[bit // 8] ^= 1 << bit % 8
        on.server.receive(bytes(flipped), on.now)
        on._settle()
    assert writes(on) == 0
    on.server.receive(octets, on.now)
    on._settle()
    assert writes(on) == 1


def test_a_broadcast_needs_its_key_and_an_association_that_nobody_answers_in() -> None:
    ring = rings(0).client
    security = Security(keys=ring, system_title=CLIENT_TITLE, server_title=SERVER_TITLE, broadcast=True)
    assert security.scope() != Security(keys=ring, system_title=CLIENT_TITLE).scope()
    beforehand = AssociationOptions(opening="pre-established")
    assert AssociationPlan(options=beforehand, security=security).counter_scope == security.scope()
    with pytest.raises(UsageError, match="pre-established"):
        AssociationPlan(options=replace(beforehand, opening="aarq"), security=security)
    with pytest.raises(UsageError, match="general-glo"):
        security.ciphering("general", bytes)
    with pytest.raises(MissingKey, match="broadcast"):
        Security(ek=bytes(range(16)), ak=bytes(range(1, 17)), system_title=CLIENT_TITLE, broadcast=True)
