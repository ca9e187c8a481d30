"""New keys for a meter, in two phases, so that no moment of failure leaves it with keys nobody knows.

    store     the new keys are drawn and kept as pending, durably
    send      they go to the meter, wrapped under its master key
    settle    taken: pending becomes held · refused: pending is dropped · in doubt: as `recover` finds out

`recover` associates with the pending keys, then with the held ones, and settles what it finds; where neither works it
changes nothing. A device whose keys are pending gets no new ones before that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Final

from cryptography.hazmat.primitives.keywrap import aes_key_wrap

from dlmskit.client.meter import Meter
from dlmskit.cosem.ics import SecuritySetup, SecuritySetup_v0
from dlmskit.cosem.ics.security import KeyId, KeyTransfer
from dlmskit.edge.clock import MACHINE, Environment
from dlmskit.edge.keyfiles import KeyFile, MeterKeys
from dlmskit.errors import AccessRefused, DlmsError, KeysPending, MissingKey, OutcomeUnknown, UsageError
from dlmskit.obis import Obis, as_obis
from dlmskit.security.keys import KeyRing, KeyRole
from dlmskit.security.suites import SUITES

KEY_IDS: Final = {
    KeyRole.ENCRYPTION: KeyId.GLOBAL_UNICAST_ENCRYPTION_KEY,
    KeyRole.BROADCAST: KeyId.GLOBAL_BROADCAST_ENCRYPTION_KEY,
    KeyRole.AUTHENTICATION: KeyId.AUTHENTICATION_KEY,
    KeyRole.MASTER: KeyId.KEY_ENCRYPTING_KEY,
}
#: Roles whose keys an association proves; a new master or broadcast key shows only in the meter's answer.
PROVEN: Final = frozenset({KeyRole.ENCRYPTION, KeyRole.AUTHENTICATION})
USUAL_SETUP: Final = "0.0.43.0.0.255"

Connect = Callable[[KeyRing], AbstractAsyncContextManager[Meter]]
"""Opens an association with the meter under the keys of a ring."""


class KeyRoll:
    """The change of keys of one meter.

    keys     where its keys are kept
    title    the meter's system title, under which they are kept
    connect  opens an association under a ring of keys: the present ones, or those that may hold by now
    setup    the security setup whose keys they are; version  of it
    """

    def __init__(
        self,
        keys: KeyFile,
        title: bytes,
        connect: Connect,
        *,
        setup: Obis | str | bytes = USUAL_SETUP,
        version: int = 1,
        environment: Environment = MACHINE,
    ) -> None:
        self._keys, self._title, self._connect = keys, title, connect
        self._setup, self._version, self._environment = as_obis(setup), version, environment
        self._one_at_a_time = asyncio.Lock()

    async def change(self, roles: Iterable[KeyRole], *, dry_run: bool = False) -> None:
        """Give the meter new keys in these roles, and settle them.

        dry_run  check that it could be done: keys, association and rights; draw and send nothing
        Raises KeysPending where an earlier change is not settled; AccessRefused where the meter refuses, the old keys
        holding; OutcomeUnknown where it is in doubt and could not be found out either.
        """
        wanted = tuple(dict.fromkeys(roles))
        async with self._one_at_a_time:
            present = await asyncio.to_thread(self._keys.get, self._title)
            self._check(wanted, present)
            async with self._connect(present.ring()) as meter:
                if dry_run:
                    await self._check_right(meter)
                    return
                pending = await asyncio.to_thread(self._store, wanted)
                try:
                    await self._send(meter, pending)
                except AccessRefused:
                    await self._settle(taken=False)
                    raise
                except DlmsError:
                    sent = False
                else:
                    sent = True
            if sent:
                await self._settle(taken=True)
            elif await self._recover() is None:
                raise OutcomeUnknown("the meter may or may not have taken the new keys", hints=("recover() finds out",))

    async def recover(self) -> bool | None:
        """Settle a change that was cut short: True the new keys hold, False the old ones, None nothing is pending.

        Raises OutcomeUnknown where the meter takes neither, or it cannot be told; nothing is forgotten then.
        """
        async with self._one_at_a_time:
            if not (await asyncio.to_thread(self._keys.get, self._title)).pending:
                return None
            taken = await self._recover()
            if taken is None:
                raise OutcomeUnknown("the meter takes neither the new keys nor the old ones, or cannot be reached")
            return taken

    # --- steps ---

    def _check(self, roles: tuple[KeyRole, ...], present: MeterKeys) -> None:
        if not roles or KeyRole.DEDICATED in roles:
            raise UsageError("new keys are for encryption, authentication, broadcast or the master key")
        if self._version == 0 and KeyRole.MASTER in roles:
            raise UsageError("version 0 of a security setup cannot replace the master key")
        if KeyRole.MASTER not in present.held:
            raise MissingKey("the master key is needed to wrap new ones")
        if present.pending:
            raise KeysPending("an earlier change of this meter's keys is not settled", hints=("recover() it first",))

    async def _check_right(self, meter: Meter) -> None:
        view = await meter.objects()
        for entry in view:
            if (entry.class_id, entry.logical_name) == (SecuritySetup.class_id, self._setup) and entry.can_call(2):
                return
        raise UsageError(f"this association may not transfer keys to {self._setup}")

    def _store(self, roles: tuple[KeyRole, ...]) -> MeterKeys:
        def draw(keys: MeterKeys) -> MeterKeys:
            if keys.pending:
                raise KeysPending("an earlier change of this meter's keys is not settled")
            size = SUITES[keys.suite].key_size
            new = replace(keys, pending={role: self._environment.random_bytes(size) for role in roles})
            new.ring(with_pending=True)  # refuses weak keys before they are kept
            return new

        return self._keys.change(self._title, draw)

    async def _send(self, meter: Meter, keys: MeterKeys) -> None:
        master = keys.held[KeyRole.MASTER]
        transfers = tuple(KeyTransfer(KEY_IDS[role], aes_key_wrap(master, key)) for role, key in keys.pending.items())
        if self._version == 0:
            await meter.call(SecuritySetup_v0(self._setup, meter.backend).global_key_transfer, transfers)
        else:
            await meter.call(SecuritySetup(self._setup, meter.backend).key_transfer, transfers)

    async def _recover(self) -> bool | None:
        """Which keys the meter takes, settled; None where that cannot be told."""
        keys = await asyncio.to_thread(self._keys.get, self._title)
        if not PROVEN & keys.pending.keys():
            return None
        for taken in (True, False):
            if await self._is_taken(keys.ring(with_pending=taken)):
                await self._settle(taken=taken)
                return taken
        return None

    async def _is_taken(self, ring: KeyRing) -> bool:
        try:
            async with self._connect(ring):
                return True
        except DlmsError:
            return False

    async def _settle(self, *, taken: bool) -> None:
        await asyncio.to_thread(self._keys.change, self._title, lambda keys: keys.settled(taken=taken))
