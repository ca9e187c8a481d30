"""A served meter's keys, replaced by its client: transferred under the master key, or agreed on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_wrap

import dlmskit
from dlmskit.client import Meter, Security, connect
from dlmskit.client.key_agreement import agree_on_keys
from dlmskit.cosem.ics import SecuritySetup, SecuritySetup_v0
from dlmskit.cosem.ics.security import KeyAgreement, KeyId, KeyTransfer
from dlmskit.data.kinds import enum_of
from dlmskit.data.value import Tag, Value
from dlmskit.edge.clock import Environment, random_bytes
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import AccessRefused, AuthenticationFailed, DlmsError, MissingKey
from dlmskit.security import agreement, signature
from dlmskit.security.held import HeldKeys
from dlmskit.security.keys import KeyRing, KeyRole
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.server.access import Rule
from dlmskit.server.device import Device

EK, AK, MASTER = (bytes((start,)) * 15 + b"\1" for start in (0x10, 0x20, 0x30))
NEW_EK, NEW_AK, NEW_MASTER = (bytes((start,)) * 15 + b"\2" for start in (0x40, 0x50, 0x60))
CLIENT, SERVER, SETUP = b"CLI00001", b"DKT00001", "0.0.43.0.0.255"
SIGNING = KeyPair.drawn(bytes(range(40)), 1)
METERS_SIGNING = KeyPair.drawn(bytes(range(1, 41)), 1)
COUNTERS = MemoryCounterStore()
NOW = datetime(2026, 11, 25, tzinfo=UTC)
EVERYTHING = (Rule("*", call=("*",)),)


def ring(**changes: Any) -> KeyRing:
    publics = {(CLIENT, KeyUse.SIGNATURE): SIGNING.public}
    return KeyRing(**{"ek": EK, "ak": AK, "master": MASTER, "signing": METERS_SIGNING, "publics": publics, **changes})


def meter(keys: KeyRing | HeldKeys, *, version: int = 1, suite: int = 0) -> Device:
    device = Device(
        logical_name="DKT0000000000001",
        system_title=SERVER,
        environment=Environment(now=lambda: NOW, random_bytes=random_bytes),
    )
    of_version = SecuritySetup if version else SecuritySetup_v0
    device.add(of_version(SETUP, security_suite=suite, server_system_title=SERVER))
    for client in (1, 2):
        device.association(client=client, access=EVERYTHING, mechanism=5, keys=keys, suite=suite, security_setup=SETUP)
    return device


@asynccontextmanager
async def associated(ek: bytes = EK, ak: bytes = AK, *, suite: int = 0, client: int = 1) -> AsyncIterator[Meter]:
    security = Security("both", suite, ek=ek, ak=ak, system_title=CLIENT, counters=COUNTERS)
    async with connect("memory:keyed", client=client, auth="gmac", security=security, invocation_counter=0) as found:
        yield found


async def works(ek: bytes = EK, ak: bytes = AK, **how: Any) -> bool:
    try:
        async with associated(ek, ak, **how) as found:
            return bytes(await found.get(SecuritySetup.server_system_title, at=SETUP)) == SERVER
    except DlmsError:
        return False


def named(key_id: int) -> KeyId:
    """A key id, also one that the standard does not list."""
    return enum_of(KeyId).load(Value(Tag.ENUM, key_id))


def transfer(key_id: int, key: bytes, master: bytes = MASTER) -> KeyTransfer:
    return KeyTransfer(named(key_id), aes_key_wrap(master, key))


async def transferred(found: Meter, *transfers: KeyTransfer, version: int = 1) -> None:
    if version:
        await found.call(SecuritySetup(SETUP, found.backend).key_transfer, transfers)
    else:
        await found.call(SecuritySetup_v0(SETUP, found.backend).global_key_transfer, transfers)


@pytest.mark.parametrize("version", [0, 1])
@pytest.mark.parametrize(
    ("keys", "after"),
    [
        pytest.param([(0, NEW_EK)], (NEW_EK, AK), id="SYMSEC_0_Key_Tx_P1"),
        pytest.param([(2, NEW_AK)], (EK, NEW_AK), id="SYMSEC_0_Key_Tx_P2"),
        pytest.param([(0, NEW_EK), (2, NEW_AK)], (NEW_EK, NEW_AK), id="SYMSEC_0_Key_Tx_P3"),
    ],
)
async def test_new_keys_work_old_ones_stop_and_they_can_be_restored(
    version: int, keys: list[tuple[int, bytes]], after: tuple[bytes, bytes]
) -> None:
    async with dlmskit.serve(meter(ring(), version=version), "memory:keyed"):
        async with associated() as found:
            await transferred(found, *[transfer(*key) for key in keys], version=version)
        assert await works(*after)
        assert await works(*after, client=2), "associations that were given one ring share the new keys"
        assert not await works()
        old = {0: EK, 2: AK}
        async with associated(*after) as found:
            await transferred(found, *[transfer(key_id, old[key_id]) for key_id, _ in keys], version=version)
        assert await works()
        assert not await works(*after)


async def test_a_new_master_key_wraps_the_next_one() -> None:
    async with dlmskit.serve(meter(ring()), "memory:keyed"), associated() as found:
        await transferred(found, transfer(3, NEW_MASTER))
        with pytest.raises(AccessRefused):
            await transferred(found, transfer(0, NEW_EK))
        await transferred(found, transfer(0, NEW_EK, NEW_MASTER))


WRONG = {
    "SYMSEC_0_Key_Tx_N1 unknown key id": [transfer(7, NEW_EK)],
    "SYMSEC_0_Key_Tx_N2 another master key": [transfer(0, NEW_EK, NEW_MASTER)],
    "A54 one octet changed": [KeyTransfer(KeyId(0), aes_key_wrap(MASTER, NEW_EK)[:-1] + b"\0")],
    "A54 too short": [KeyTransfer(KeyId(0), aes_key_wrap(MASTER, NEW_EK)[:-8])],
    "A54 nothing": [KeyTransfer(KeyId(0), b"")],
    "A54 not wrapped": [KeyTransfer(KeyId(0), NEW_EK)],
    "A54 a key of another size": [transfer(0, NEW_EK * 2)],
    "A54 the same key again": [transfer(0, EK)],
    "A54 the key of the other role": [transfer(0, AK)],
    "A54 all zero": [transfer(0, bytes(16))],
    "A54 one key named twice": [transfer(0, NEW_EK), transfer(0, NEW_AK)],
    "A54 a good one beside a bad one": [transfer(0, NEW_EK), transfer(2, NEW_AK, NEW_MASTER)],
    "A54 no key at all": [],
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_key_that_is_wrong_in_any_way_changes_nothing(case: str) -> None:
    async with dlmskit.serve(meter(ring()), "memory:keyed"):
        async with associated() as found:
            with pytest.raises(AccessRefused) as refused:
                await transferred(found, *WRONG[case])
            assert refused.value.code == 250, "one and the same answer, whatever was wrong"
        assert await works()
        assert not await works(NEW_EK)
        async with associated() as found:
            await transferred(found, transfer(0, NEW_EK))
        assert await works(NEW_EK)


async def test_a54_the_master_key_is_not_replaced_in_version_0() -> None:
    async with dlmskit.serve(meter(ring(), version=0), "memory:keyed"), associated() as found:
        with pytest.raises(AccessRefused):
            await transferred(found, transfer(3, NEW_MASTER), version=0)
        await transferred(found, transfer(0, NEW_EK), version=0)


async def test_a54_power_lost_while_new_keys_are_saved_leaves_the_old_ones() -> None:
    saved: list[KeyRing] = []
    fails = [True]

    def save(new: KeyRing) -> None:
        if fails.pop():
            raise OSError("power lost")
        saved.append(new)
        fails.append(False)

    held = HeldKeys(ring(), save)
    async with dlmskit.serve(meter(held), "memory:keyed"), associated() as found:
        with pytest.raises(AccessRefused):
            await transferred(found, transfer(0, NEW_EK))
        assert await works(client=2)
        fails.append(False)
        await transferred(found, transfer(0, NEW_EK))
    assert [one.holds(KeyRole.ENCRYPTION, NEW_EK) for one in saved] == [True]


async def test_a_meter_without_a_master_key_takes_none() -> None:
    async with dlmskit.serve(meter(ring(master=None)), "memory:keyed"), associated() as found:
        with pytest.raises(AccessRefused):
            await transferred(found, transfer(0, NEW_EK))


# --- key agreement ---


def contribution(own: KeyPair, *, key_id: int = 0, signer: KeyPair = SIGNING, told: int | None = None) -> KeyAgreement:
    content = bytes((key_id if told is None else told,)) + own.public
    return KeyAgreement(named(key_id), own.public + signer.sign(content))


async def test_keys_are_agreed_on_by_c_2e_0s() -> None:
    own = KeyPair.drawn(bytes(range(2, 42)), 1)
    async with dlmskit.serve(meter(ring(suite=1), suite=1), "memory:keyed"):
        async with associated(suite=1) as found:
            (answer,) = await found.call(SecuritySetup(SETUP, found.backend).key_agreement, (contribution(own),))
        public, signed = answer.key_data[:64], answer.key_data[64:]
        signature.verify(signed, b"\0" + public, METERS_SIGNING.public, 1)
        agreed = agreement.derive(own.exchange(public), party_u=CLIENT, party_v=SERVER, suite=1)
        assert await works(agreed, suite=1)
        assert not await works(suite=1)


@pytest.mark.parametrize(
    "wrong",
    [
        contribution(SIGNING, signer=METERS_SIGNING),
        contribution(SIGNING, told=1),
        KeyAgreement(KeyId(0), contribution(SIGNING).key_data[:-1]),
        KeyAgreement(KeyId(0), bytes(64) + SIGNING.sign(bytes(65))),
        contribution(SIGNING, key_id=9),
    ],
    ids=["another signer", "signed for another key", "too short", "no point of the curve", "unknown key id"],
)
async def test_a_contribution_that_proves_nothing_changes_nothing(wrong: KeyAgreement) -> None:
    async with dlmskit.serve(meter(ring(suite=1), suite=1), "memory:keyed"):
        async with associated(suite=1) as found:
            with pytest.raises(AccessRefused):
                await found.call(SecuritySetup(SETUP, found.backend).key_agreement, (wrong,))
        assert await works(suite=1)


def own_ring() -> KeyRing:
    """The client's: its signing key, and the meter's public one."""
    return KeyRing(suite=1, signing=SIGNING, publics={(SERVER, KeyUse.SIGNATURE): METERS_SIGNING.public})


async def test_the_client_agrees_on_keys_that_then_hold() -> None:
    roles = (KeyRole.ENCRYPTION, KeyRole.AUTHENTICATION, KeyRole.MASTER)
    async with dlmskit.serve(meter(ring(suite=1), suite=1), "memory:keyed"):
        async with associated(suite=1) as found:
            new = await agree_on_keys(found, roles, own_ring(), client_title=CLIENT, suite=1)
        assert new.keys() == set(roles)
        assert len({*new.values(), EK, AK, MASTER}) == 6
        assert await works(new[KeyRole.ENCRYPTION], new[KeyRole.AUTHENTICATION], suite=1)
        assert not await works(suite=1)
        async with associated(new[KeyRole.ENCRYPTION], new[KeyRole.AUTHENTICATION], suite=1) as found:
            await transferred(found, transfer(0, NEW_EK, new[KeyRole.MASTER]))


async def test_the_client_takes_no_part_that_the_meter_has_not_signed() -> None:
    async with (
        dlmskit.serve(meter(ring(suite=1, signing=SIGNING), suite=1), "memory:keyed"),
        associated(suite=1) as found,
    ):
        with pytest.raises(AuthenticationFailed):
            await agree_on_keys(found, [KeyRole.ENCRYPTION], own_ring(), client_title=CLIENT, suite=1)
    async with dlmskit.serve(meter(ring(suite=1), suite=1), "memory:keyed"), associated(suite=1) as found:
        unknown = KeyRing(suite=1, signing=SIGNING)
        with pytest.raises(MissingKey, match="public signing key"):
            await agree_on_keys(found, [KeyRole.ENCRYPTION], unknown, client_title=CLIENT, suite=1)
