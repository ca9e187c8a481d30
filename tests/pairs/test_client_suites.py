"""The asyncio client and a served device over suites 1 and 2: ECDSA, general-ciphering, signatures; never on the loop."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dlmskit.client import connect
from dlmskit.client.security import Security
from dlmskit.cosem.ics import Data
from dlmskit.data.value import Tag, Value
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import DlmsError, SecurityError
from dlmskit.security.certificates import Authority, CertificateBook
from dlmskit.security.keys import KeyRing
from dlmskit.security.pairs import KeyPair, KeyUse, Signer
from dlmskit.security.signature import draw_private
from dlmskit.server import ALL, Device, Rule, serve
from dlmskit.session.protection.general import KeyForm
from tests.support.session_pair import CLIENT_TITLE, SERVER_TITLE
from tests.support.suites import Rings, rings

SERIAL = "0.0.96.1.0.255"
SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def device(keys: KeyRing, suite: int, mechanism: int) -> Device:
    served = Device(logical_name="DKT0000000000001", system_title=SERVER_TITLE)
    served.add(Data(SERIAL, value=Value(Tag.OCTET_STRING, b"4711")))
    served.association(client=1, access=(Rule("*", read=ALL),), keys=keys, suite=suite, mechanism=mechanism)
    return served


async def serial(keys: Rings, suite: int, *, auth: str = "ecdsa", protection: str = "general", **how: Any) -> object:
    """The serial number, read through everything."""
    meter = device(keys.server, suite, 7 if auth == "ecdsa" else 5)
    security = Security(suite=suite, keys=keys.client, system_title=CLIENT_TITLE, counters=MemoryCounterStore(), **how)
    async with (
        serve(meter, "memory:suites"),
        connect(
            "memory:suites", client=1, auth=auth, protection=protection, security=security, invocation_counter=1
        ) as one,
    ):
        return await one.data(SERIAL).value


@pytest.mark.parametrize("suite", [1, 2])
@pytest.mark.parametrize("form", list(KeyForm))
async def test_a_meter_is_read_with_ecdsa_and_general_ciphering(suite: int, form: KeyForm) -> None:
    assert await serial(rings(suite), suite, key_form=form, signed=True) == Value(Tag.OCTET_STRING, b"4711")


async def test_suite_2_in_global_envelopes_with_gmac() -> None:
    assert await serial(rings(2), 2, auth="gmac", protection="glo") == Value(Tag.OCTET_STRING, b"4711")


class Watched:
    """A signer that notes in which thread it is asked, and may fail as foreign code does."""

    def __init__(self, signer: Signer, threads: set[int], *, fails: bool = False) -> None:
        self._signer, self._threads, self._fails = signer, threads, fails

    @property
    def public(self) -> bytes:
        return self._signer.public

    def sign(self, data: bytes) -> bytes:
        self._threads.add(threading.get_ident())
        if self._fails:
            raise OSError("the token is gone")
        return self._signer.sign(data)


class Hardware(KeyRing):
    """A key source whose signing key is a `Watched` one."""

    watched: Signer

    def signer(self, suite: int) -> Signer:
        return self.watched


def hardware(keys: KeyRing, threads: set[int], *, fails: bool = False) -> KeyRing:
    made = object.__new__(Hardware)
    for name in KeyRing.__slots__:
        setattr(made, name, getattr(keys, name))
    made.watched = Watched(keys.signer(1), threads, fails=fails)
    return made


async def test_signatures_are_never_made_on_the_event_loop() -> None:
    threads: set[int] = set()
    keys = rings(1)
    both = Rings(hardware(keys.client, threads), hardware(keys.server, threads))
    assert await serial(both, 1, key_form="one-pass", signed=True) == Value(Tag.OCTET_STRING, b"4711")
    assert threads
    assert threading.get_ident() not in threads


@pytest.mark.parametrize("side", ["client", "server"])
async def test_a_key_source_that_fails_ends_in_an_error_of_ours(side: str) -> None:
    keys = rings(1)
    broken = keys._replace(**{side: hardware(getattr(keys, side), set(), fails=True)})
    with pytest.raises(SecurityError if side == "client" else DlmsError):
        await serial(broken, 1)


async def test_certificates_shown_are_checked_in_a_thread() -> None:
    threads: set[int] = set()
    authority = Authority.create(draw_private(bytes(range(40)), 1), "Laboratory", serial_number=1, since=SINCE)

    def clock() -> datetime:
        threads.add(threading.get_ident())
        return SINCE + timedelta(days=1)

    def keys(title: bytes, number: int) -> KeyRing:
        pair = KeyPair(number, 1)
        own = authority.issue(pair.public, title, KeyUse.SIGNATURE, serial_number=number, since=SINCE)
        book = CertificateBook([authority.certificate.der, own.der], clock)
        return KeyRing(ek=bytes(range(16)), ak=bytes(range(16, 32)), suite=1, signing=pair, certificates=book)

    both = Rings(keys(CLIENT_TITLE, 71), keys(SERVER_TITLE, 72))
    assert await serial(both, 1, protection="glo", signed=True) == Value(Tag.OCTET_STRING, b"4711")
    assert threads
    assert threading.get_ident() not in threads
