"""Keys of a meter changed in two phases: cut off at any moment, the meter is never left with keys nobody knows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

import dlmskit
from dlmskit.client import Meter, Security, connect
from dlmskit.client.keyroll import KeyRoll
from dlmskit.edge.keyfiles import KeyFile, MeterKeys
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import (
    AccessRefused,
    AuthenticationFailed,
    KeysPending,
    MissingKey,
    OutcomeUnknown,
    TransportError,
    UsageError,
)
from dlmskit.security.keys import KeyRing, KeyRole
from dlmskit.server.access import Rule
from tests.pairs.test_key_change import AK, CLIENT, EK, EVERYTHING, MASTER, SERVER, SETUP, meter, ring
from tests.unit.edge.test_keyfiles import CHEAP

HELD = MeterKeys({KeyRole.ENCRYPTION: EK, KeyRole.AUTHENTICATION: AK, KeyRole.MASTER: MASTER})
BOTH_KEYS = (KeyRole.ENCRYPTION, KeyRole.AUTHENTICATION)
COUNTERS = MemoryCounterStore()


class Killed(BaseException):
    """The process is no more."""


class Places:
    """Where a change can be cut off: each passage through one counts, and the one chosen kills."""

    def __init__(self, at: int | None = None) -> None:
        self.at, self.passed = at, 0

    def here(self) -> None:
        self.passed += 1
        if self.passed - 1 == self.at:
            raise Killed


class CutFile(KeyFile):
    """A key file that is cut off before and after each change."""

    places: Places

    def change(self, title: bytes, step: Callable[[MeterKeys], MeterKeys]) -> MeterKeys:
        self.places.here()
        after = super().change(title, step)
        self.places.here()
        return after


def file(folder: Path, places: Places | None = None) -> CutFile:
    opened = CutFile(folder / "keys", b"passphrase", cost=CHEAP)
    opened.places = Places()
    if SERVER not in opened.titles():
        opened.change(SERVER, lambda before: HELD)
    opened.places = places or Places()
    return opened


@asynccontextmanager
async def associated(keys: KeyRing) -> AsyncIterator[Meter]:
    security = Security("both", keys=keys, system_title=CLIENT, counters=COUNTERS)
    async with connect("memory:keyed", client=1, auth="gmac", security=security, invocation_counter=0) as found:
        yield found


def roll(keys: KeyFile, opening: Any = associated, **how: Any) -> KeyRoll:
    return KeyRoll(keys, SERVER, opening, setup=SETUP, **how)


class CutMeter:
    """A meter that is cut off before and after each call."""

    def __init__(self, found: Meter, places: Places, loses_answer: bool) -> None:
        self._found, self._places, self._loses_answer = found, places, loses_answer
        self.backend = found.backend

    async def call(self, *args: Any) -> None:
        self._places.here()
        await self._found.call(*args)
        self._places.here()
        if self._loses_answer:
            raise TransportError("the line broke")


def cutting(places: Places, *, loses_answer: bool = False) -> Any:
    """Associations that are cut off when opened, before a call, after it and when closed."""

    @asynccontextmanager
    async def opening(keys: KeyRing) -> AsyncIterator[Any]:
        places.here()
        async with associated(keys) as found:
            yield CutMeter(found, places, loses_answer)
            places.here()

    return opening


async def works(keys: MeterKeys) -> bool:
    try:
        async with associated(keys.ring()):
            return True
    except dlmskit.DlmsError:
        return False


async def test_new_keys_are_held_when_the_meter_has_taken_them(tmp_path: Path) -> None:
    async with dlmskit.serve(meter(ring()), "memory:keyed"):
        with file(tmp_path) as keys:
            await roll(keys).change(BOTH_KEYS)
            after = keys.get(SERVER)
            assert after.pending == {}
            assert not after.held.items() & {(KeyRole.ENCRYPTION, EK), (KeyRole.AUTHENTICATION, AK)}
            assert await works(after)
            assert not await works(HELD)
            assert await roll(keys).recover() is None


async def test_version_0_and_the_master_key(tmp_path: Path) -> None:
    async with dlmskit.serve(meter(ring(), version=0), "memory:keyed"):
        with file(tmp_path) as keys:
            with pytest.raises(UsageError, match="version 0"):
                await roll(keys, version=0).change([KeyRole.MASTER])
            await roll(keys, version=0).change([KeyRole.ENCRYPTION])
            assert await works(keys.get(SERVER))


async def test_A54_a_new_master_key_wraps_the_keys_after_it(tmp_path: Path) -> None:
    async with dlmskit.serve(meter(ring()), "memory:keyed"):
        with file(tmp_path) as keys:
            await roll(keys).change([KeyRole.MASTER])
            assert keys.get(SERVER).held[KeyRole.MASTER] != MASTER
            await roll(keys).change(BOTH_KEYS)
            assert await works(keys.get(SERVER))


async def places_of(folder: Path) -> int:
    """How many places there are at which a change can be cut off."""
    places = Places()
    async with dlmskit.serve(meter(ring()), "memory:keyed"):
        with file(folder, places) as keys:
            await roll(keys, cutting(places)).change(BOTH_KEYS)
    return places.passed


async def test_A54_power_lost_at_any_moment_is_recovered_from(tmp_path: Path) -> None:
    taken = []
    for at in range(await places_of(tmp_path)):
        folder = tmp_path / str(at)
        async with dlmskit.serve(meter(ring()), "memory:keyed"):
            places = Places(at)
            with file(folder, places) as keys, pytest.raises(Killed):
                await roll(keys, cutting(places)).change(BOTH_KEYS)
            with file(folder) as keys:
                await roll(keys).recover()
                settled = keys.get(SERVER)
                assert settled.pending == {}
                assert await works(settled), f"cut off at place {at}, nobody knows the meter's keys"
                taken.append(settled != HELD)
                await roll(keys).change(BOTH_KEYS)
                assert await works(keys.get(SERVER))
    assert taken == sorted(taken), "once the meter has the new keys, they hold"
    assert {True, False} == set(taken)


async def test_a_lost_answer_is_found_out_at_once(tmp_path: Path) -> None:
    async with dlmskit.serve(meter(ring()), "memory:keyed"):
        with file(tmp_path) as keys:
            await roll(keys, cutting(Places(), loses_answer=True)).change(BOTH_KEYS)
            assert keys.get(SERVER) != HELD
            assert await works(keys.get(SERVER))


async def test_what_the_meter_refuses_leaves_the_old_keys(tmp_path: Path) -> None:
    async with dlmskit.serve(meter(ring(master=None)), "memory:keyed"):
        with file(tmp_path) as keys:
            with pytest.raises(AccessRefused):
                await roll(keys).change(BOTH_KEYS)
            assert keys.get(SERVER) == HELD
            assert await works(HELD)


async def test_what_cannot_be_found_out_is_said_and_nothing_is_forgotten(tmp_path: Path) -> None:
    async with dlmskit.serve(meter(ring()), "memory:keyed"):
        with file(tmp_path) as keys:
            with pytest.raises(OutcomeUnknown):  # no association shows whether a master key was taken
                await roll(keys, cutting(Places(), loses_answer=True)).change([KeyRole.MASTER])
            pending = keys.get(SERVER)
            assert pending.held == HELD.held
            assert pending.pending.keys() == {KeyRole.MASTER}
            with pytest.raises(OutcomeUnknown):
                await roll(keys).recover()
            with pytest.raises(KeysPending):
                await roll(keys).change(BOTH_KEYS)
            assert keys.get(SERVER) == pending


async def test_a_meter_that_takes_neither_key_loses_none_of_them(tmp_path: Path) -> None:
    @asynccontextmanager
    async def refusing(keys: KeyRing) -> AsyncIterator[Meter]:
        raise AuthenticationFailed
        yield

    async with dlmskit.serve(meter(ring()), "memory:keyed"):
        places = Places(5)
        with file(tmp_path, places) as keys, pytest.raises(Killed):
            await roll(keys, cutting(places)).change(BOTH_KEYS)
        with file(tmp_path) as keys:
            before = keys.get(SERVER)
            assert before.pending
            with pytest.raises(OutcomeUnknown):
                await roll(keys, refusing).recover()
            assert keys.get(SERVER) == before


async def test_a_dry_run_checks_and_changes_nothing(tmp_path: Path) -> None:
    async with dlmskit.serve(meter(ring()), "memory:keyed"):
        with file(tmp_path) as keys:
            await roll(keys).change(BOTH_KEYS, dry_run=True)
            assert keys.get(SERVER) == HELD
            keys.change(SERVER, lambda before: MeterKeys({KeyRole.ENCRYPTION: EK, KeyRole.AUTHENTICATION: AK}))
            with pytest.raises(MissingKey, match="master"):
                await roll(keys).change(BOTH_KEYS, dry_run=True)
    assert EVERYTHING == (Rule("*", call=("*",)),), "the meter lets this client transfer keys"
    may_not = meter(ring())
    may_not.association(client=9, access=(Rule("*"),), mechanism=5, keys=ring())

    @asynccontextmanager
    async def other(keys: KeyRing) -> AsyncIterator[Meter]:
        security = Security("both", keys=keys, system_title=CLIENT, counters=COUNTERS)
        async with connect("memory:keyed", client=9, auth="gmac", security=security, invocation_counter=0) as found:
            yield found

    async with dlmskit.serve(may_not, "memory:keyed"):
        with file(tmp_path / "may not") as keys, pytest.raises(UsageError, match="may not transfer"):
            await roll(keys, other).change(BOTH_KEYS, dry_run=True)
