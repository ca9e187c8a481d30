"""Whatever misbehaves, the error says what happened and where, and its first hint names the cause that is there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest

import dlmskit.errors as e
from dlmskit.apdu.base import DataAccessResult
from dlmskit.apdu.faults import ConfirmedServiceError, ExceptionResponse
from dlmskit.client import connect
from dlmskit.client.meter import Meter
from dlmskit.data.value import Tag, Value
from dlmskit.edge.memory import Fault, channel
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.link.wrapper import encode
from dlmskit.security.counters import Received, ReceiveWindows
from dlmskit.security.keys import KeyRing, fingerprint
from tests.support.meters import CLOCK, COUNTER, security, unsigned32, values
from tests.support.misbehaving import (
    BUSY_DM,
    UNNUMBERED_ANSWER,
    acceptance,
    answering,
    ciphered_acceptance,
    cut_after,
    raw,
    refusal,
    silent_after,
    unnumbered,
)
from tests.support.peer import AK, CLIENT_TITLE, EK, TITLE, Peer, gmac, low, public
from tests.support.virtual_time import run

WRAPPER, HDLC = "memory:meter", "hdlc+memory:meter"
SECRET, WRONG = "geheim17", "mistaken"
OTHER_KEY = bytes(range(0x40, 0x50))
LONG = "0.0.96.1.1.255"
AARQ = 0x60
KEY_IS_WRONG = "key is wrong: check ek and ak"

Serving = Callable[[], Any]
Reading = Callable[[Meter], Awaitable[object]]


async def clock(meter: Meter) -> object:
    return await meter.clock.time


def value_of(name: str) -> Reading:
    async def read(meter: Meter) -> object:
        return await meter.data(name).value

    return read


def small_pdu() -> dict[str, Any]:
    return {"max_pdu": 200}


@dataclass(frozen=True)
class Failure:
    """Who is there, what is tried, and what the error has to say."""

    url: str
    peer: Serving
    says: str
    first: str
    options: Callable[[], dict[str, Any]] = field(default=dict)
    read: Reading = clock

    async def provoke(self) -> e.DlmsError:
        async with self.peer():
            with pytest.raises(e.DlmsError) as caught:
                async with connect(self.url, timeout_s=5, **self.options()) as meter:
                    await self.read(meter)
        return caught.value


@asynccontextmanager
async def peer_on(url: str, peer: Peer, fault: Fault | None = None) -> AsyncIterator[None]:
    """A proper meter, on a line that may fail on its way to the client."""
    async with peer.on(url):
        channel("meter").to_client = fault
        yield


def meter(url: str = WRAPPER, *, chunks: int | None = None, cut: int | None = None, **changed: Any) -> Serving:
    """Serves clients 16, 32 and 1; the line goes silent, or is cut, after so many chunks to the client."""
    offers = {16: public(), 32: low(SECRET.encode()), 1: changed.get("c1", gmac())}
    told = unsigned32(changed.get("counter", 77))
    held = {**values(), (1, COUNTER, 2): told, (1, LONG, 2): Value(Tag.OCTET_STRING, bytes(range(256)) * 8)}

    def serving() -> Any:
        fault = silent_after(chunks) if chunks is not None else None
        if cut is not None:
            fault = cut_after(cut, lambda: channel("meter").cut())
        return peer_on(url, Peer(held, {1: offers}), fault)

    return serving


def refusing(result: int) -> Serving:
    return lambda: peer_on(WRAPPER, Peer({(1, LONG, 2): DataAccessResult(result)}))


def silent_on(url: str) -> Serving:
    """Never answers a read of the clock."""

    def serving() -> Any:
        peer = Peer(values())
        peer.silent_on.add(f"get 8:{CLOCK}/2")
        return peer_on(url, peer)

    return serving


def answers(url: str, reply: Any, *, client: int = 16) -> Serving:
    return lambda: answering(url, reply, client=client)


def octets(url: str, **what: Any) -> Serving:
    return lambda: raw(url, **what)


def with_low(password: str, client: int = 32) -> Callable[[], dict[str, Any]]:
    return lambda: {"client": client, "auth": "low", "password": password}


def with_gmac(client: int = 1, **changes: Any) -> Callable[[], dict[str, Any]]:
    return lambda: {"client": client, "auth": "gmac", "security": security(**changes), "invocation_counter": 100}


def first_contact(**changes: Any) -> Callable[[], dict[str, Any]]:
    """Keys that nothing is known of yet: the counter is asked from the public client."""
    return lambda: {"client": 1, "auth": "gmac", "security": security(**changes)}


LINK = {
    "silence after SNRM": Failure(
        HDLC, octets(HDLC), "no answer to SNRM", "no device has this address: check server=1"
    ),
    "an echo after SNRM": Failure(
        HDLC, octets(HDLC, answer=lambda data: data), "no answer to SNRM", "only an echo of our own octets"
    ),
    "an echo of the AARQ": Failure(
        WRAPPER, octets(WRAPPER, answer=lambda data: data), "no answer", "an echo service answers"
    ),
    "noise after SNRM": Failure(
        HDLC,
        octets(HDLC, answer=lambda _: b"\xf8\x00\x9c\xe3\x80\x00\x1f"),
        "no answer to SNRM",
        "baud or parity differ",
    ),
    "another address answers": Failure(
        HDLC,
        octets(HDLC, answer=lambda _: unnumbered(UNNUMBERED_ANSWER, physical=17, size=4)),
        "no answer to SNRM",
        "answers from another address: try server=1 physical=17 address_size=4",
    ),
    "the wrapper answers HDLC": Failure(
        HDLC, octets(HDLC, answer=lambda _: encode(1, 16, b"\xd8\x01\x01")), "no answer to SNRM", "use memory:meter"
    ),
    "HDLC answers the wrapper": Failure(
        WRAPPER, octets(WRAPPER, answer=lambda _: unnumbered(BUSY_DM)), "no wrapper", "use hdlc+memory:meter"
    ),
    "silence after AARQ on the wrapper": Failure(
        WRAPPER, octets(WRAPPER), "no answer", "nothing serves client=16 and server=1"
    ),
    "silence after AARQ on HDLC": Failure(
        HDLC, answers(HDLC, lambda _: None), "no answer", "does not serve client=16 to this authentication"
    ),
    "DM": Failure(HDLC, octets(HDLC, answer=lambda _: unnumbered(BUSY_DM)), "DM", "holds the meter's only link"),
    "hung up at once": Failure(
        WRAPPER, octets(WRAPPER, hangs_up=True), "closed", "another client holds its only connection"
    ),
    "hung up at once, HDLC": Failure(
        HDLC, octets(HDLC, hangs_up=True), "closed", "another client holds its only connection"
    ),
    "HTTP": Failure(
        WRAPPER,
        octets(WRAPPER, answer=lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n"),
        "no wrapper",
        "a web server (HTTP)",
    ),
    "TLS": Failure(
        WRAPPER,
        octets(WRAPPER, answer=lambda _: bytes.fromhex("15030300020228"), hangs_up=False),
        "no answer",
        "a TLS service",
    ),
    "SSH": Failure(WRAPPER, octets(WRAPPER, greeting=b"SSH-2.0-OpenSSH_9.6\r\n"), "no wrapper", "an SSH server"),
    "Telnet": Failure(
        HDLC, octets(HDLC, greeting=b"\xff\xfd\x18\xff\xfd\x20login: "), "no answer to SNRM", "a Telnet server"
    ),
    "a sign-on": Failure(
        HDLC, octets(HDLC, answer=lambda _: b"/ISk5MT174-0001\r\n"), "no answer to SNRM", "signs on as IEC 62056-21"
    ),
    "a console": Failure(
        HDLC, octets(HDLC, answer=lambda _: b"Unknown command.\r\n"), "no answer to SNRM", "talks text"
    ),
}

ASSOCIATION = {
    "wrong password": Failure(WRAPPER, meter(), "authentication failure", "the password is wrong", with_low(WRONG)),
    "wrong password, HDLC": Failure(
        HDLC, meter(HDLC), "authentication failure", "the password is wrong", with_low(WRONG)
    ),
    "no password": Failure(
        WRAPPER, meter(), "authentication required", "client=32 has to authenticate", lambda: {"client": 32}
    ),
    "a password for nothing": Failure(
        WRAPPER,
        meter(),
        "mechanism name not recognised",
        "another authentication for client=16 than auth=low",
        with_low(SECRET, client=16),
    ),
    "low where GMAC is wanted": Failure(
        WRAPPER,
        meter(),
        "application context name not supported",
        "wants client=1 ciphered",
        with_low(SECRET, client=1),
    ),
    "GMAC where low is wanted": Failure(
        WRAPPER, meter(), "application context name not supported", "client=32 only without ciphering", with_gmac(32)
    ),
    "unknown client": Failure(WRAPPER, meter(), "no reason given", "client=99 is not served", lambda: {"client": 99}),
}

COUNTER_EXPECTED = ExceptionResponse(1, 6, 77_000).to_bytes()
NO_LOOK = ciphered_acceptance(TITLE, KeyRing(ek=OTHER_KEY, ak=AK))


def heard(counter: int) -> Received:
    """A meter that has accepted that counter from our client."""
    return Received({fingerprint(EK): ReceiveWindows({CLIENT_TITLE: counter})})


FAR_AHEAD: dict[str, Any] = {"c1": gmac(received=heard(1_000_000)), "counter": 1_000_000}
ACCEPTED = ciphered_acceptance(TITLE, KeyRing(ek=EK, ak=AK))


def after_aare(reply: bytes | None) -> Callable[[bytes], bytes | None]:
    """Accepts, then says that to the proof."""
    return lambda apdu: ACCEPTED if apdu[0] == AARQ else reply


def worked_before(**changes: Any) -> dict[str, Any]:
    """A counter that an earlier association has proven."""
    store = MemoryCounterStore()
    keys = security(counters=store, **changes)
    scope = keys.scope()
    assert scope is not None
    store.learn(scope, 100)
    store.confirm(scope)
    return {"client": 1, "auth": "gmac", "security": keys}


KEYS = {
    "wrong EK": Failure(WRAPPER, meter(), "authentication failure", KEY_IS_WRONG, first_contact(ek=OTHER_KEY)),
    "wrong AK": Failure(WRAPPER, meter(), "authentication failure", KEY_IS_WRONG, first_contact(ak=OTHER_KEY)),
    "EK and AK exchanged": Failure(
        WRAPPER, meter(), "authentication failure", KEY_IS_WRONG, first_contact(ek=AK, ak=EK)
    ),
    "wrong EK, HDLC": Failure(HDLC, meter(HDLC), "authentication failure", KEY_IS_WRONG, first_contact(ek=OTHER_KEY)),
    "deciphering error": Failure(
        WRAPPER,
        answers(WRAPPER, ExceptionResponse(1, 5).to_bytes(), client=1),
        "deciphering error",
        KEY_IS_WRONG,
        with_gmac(),
    ),
    "deciphering error as ConfirmedServiceError": Failure(
        WRAPPER,
        answers(WRAPPER, ConfirmedServiceError(1, 0, 6).to_bytes(), client=1),
        "deciphering error",
        KEY_IS_WRONG,
        with_gmac(),
    ),
    "an AARE that does not verify": Failure(
        WRAPPER, answers(WRAPPER, NO_LOOK, client=1), "AARQ does not verify", KEY_IS_WRONG, with_gmac()
    ),
    "silence to wrong keys": Failure(
        HDLC,
        answers(HDLC, lambda _: None, client=1),
        "no answer",
        "keys or the system title are wrong, and this meter says so by silence",
        with_gmac(),
    ),
    "silence to our proof": Failure(
        WRAPPER, answers(WRAPPER, after_aare(None), client=1), "no answer", KEY_IS_WRONG, with_gmac()
    ),
    "our proof is not deciphered": Failure(
        WRAPPER,
        answers(WRAPPER, after_aare(ExceptionResponse(1, 5).to_bytes()), client=1),
        "deciphering error",
        KEY_IS_WRONG,
        with_gmac(),
    ),
    "unknown system title": Failure(
        WRAPPER,
        answers(WRAPPER, refusal(3), client=1),
        "calling ap title not recognized",
        "our system title is not the one",
        with_gmac(),
    ),
    "another meter": Failure(
        WRAPPER,
        meter(),
        "system title is not the one that was named",
        "another meter answers",
        with_gmac(server_title=b"DKT00002"),
    ),
    "counter left behind": Failure(
        WRAPPER,
        meter(**FAR_AHEAD),
        "authentication failure",
        "our invocation counter 100 is not above the meter's 1000000: give invocation_counter=1000000",
        worked_before,
    ),
    "counter left behind, HDLC": Failure(
        HDLC,
        meter(HDLC, **FAR_AHEAD),
        "authentication failure",
        "our invocation counter 100 is not above the meter's 1000000: give invocation_counter=1000000",
        worked_before,
    ),
    "wrong AK, where keys worked before": Failure(
        WRAPPER, meter(), "authentication failure", KEY_IS_WRONG, lambda: worked_before(ak=OTHER_KEY)
    ),
    "wrong AK, where keys worked before and the counter is not told": Failure(
        WRAPPER, answers(WRAPPER, refusal(13), client=1), "authentication failure", KEY_IS_WRONG, worked_before
    ),
    "invocation counter error": Failure(
        WRAPPER,
        answers(WRAPPER, COUNTER_EXPECTED, client=1),
        "invocation counter error",
        "which expects 77000: give invocation_counter=77000",
        with_gmac(),
    ),
}


# Each chunk to the client is one frame or one block; the first ones open the association.
SERVICE = {
    "object not in this association": Failure(
        WRAPPER,
        meter(),
        "1.0.99.98.0.255",
        "the object is not in the association of client=16",
        read=value_of("1.0.99.98.0.255"),
    ),
    "object unavailable": Failure(
        WRAPPER,
        refusing(11),
        "object unavailable",
        "the object is not in the association of client=16",
        read=value_of(LONG),
    ),
    "object of another class": Failure(
        WRAPPER, refusing(9), "object class inconsistent", "another class or version", read=value_of(LONG)
    ),
    "no right to it": Failure(
        WRAPPER, refusing(3), "read write denied", "client=16 has no right to this", read=value_of(LONG)
    ),
    "silence in the middle of blocks": Failure(
        WRAPPER, meter(chunks=3), LONG, "middle of the transfer, after", small_pdu, value_of(LONG)
    ),
    "silence in the middle of blocks, HDLC": Failure(
        HDLC, meter(HDLC, chunks=8), LONG, "middle of the transfer, after", small_pdu, value_of(LONG)
    ),
    "silence in the middle of segments": Failure(
        HDLC, meter(HDLC, chunks=6), LONG, "middle of the transfer, after", read=value_of(LONG)
    ),
    "hung up in the middle of blocks": Failure(
        WRAPPER, meter(cut=4), LONG, "middle of the transfer, after", small_pdu, value_of(LONG)
    ),
    "silence to a request": Failure(WRAPPER, silent_on(WRAPPER), f"{CLOCK}", "needs longer for this request"),
    "a request acknowledged and not answered": Failure(
        HDLC, silent_on(HDLC), f"{CLOCK}", "needs longer for this request"
    ),
    "the session has ended there": Failure(
        WRAPPER,
        answers(WRAPPER, lambda apdu: acceptance() if apdu[0] == AARQ else ExceptionResponse(1, 1).to_bytes()),
        "service not allowed",
        "the association has ended on the meter's side",
    ),
}

FAILURES = {**LINK, **ASSOCIATION, **KEYS, **SERVICE}


@cache
def provoked(name: str) -> e.DlmsError:
    return run(FAILURES[name].provoke())


@pytest.mark.parametrize("name", FAILURES)
def test_the_cause_that_is_there_stands_first(name: str) -> None:
    failure, error = FAILURES[name], provoked(name)
    assert failure.says in error.message
    assert failure.first in error.hints[0], error.hints


@pytest.mark.parametrize("name", FAILURES)
def test_nothing_else_is_blamed_with_the_same_words(name: str) -> None:
    first = FAILURES[name].first
    others = [other for other, failure in FAILURES.items() if failure.first != first]
    assert len(others) > 20
    assert not [other for other in others if first in provoked(other).hints[0]]


@pytest.mark.parametrize("name", FAILURES)
def test_the_line_says_where_and_gives_no_secret_away(name: str) -> None:
    error = provoked(name)
    said = f"{error.message} {' '.join(error.hints)}"
    assert error.message.startswith(("memory:", "hdlc+memory:", "1:", "8:", "1.0.", "0.0.")), error.message
    assert "\n" not in said
    assert len(error.hints) == len(set(error.hints)) <= 5
    for secret in (SECRET, WRONG, EK.hex(), AK.hex(), OTHER_KEY.hex(), repr(OTHER_KEY)[2:-1]):
        assert secret not in said


@pytest.mark.parametrize("url", [WRAPPER, HDLC])
@pytest.mark.parametrize("options", [dict, with_low(SECRET), first_contact()], ids=["none", "low", "gmac"])
async def test_with_the_right_settings_the_same_meter_is_read(url: str, options: Callable[[], dict[str, Any]]) -> None:
    async with meter(url)(), connect(url, **options()) as found:
        assert await found.data(LONG).value == Value(Tag.OCTET_STRING, bytes(range(256)) * 8)


async def test_the_counter_that_the_hint_asks_for_mends_it() -> None:
    options = worked_before()
    async with meter(c1=gmac(received=heard(1_000_000)), counter=1_000_000)():
        with pytest.raises(e.AuthenticationFailure):
            async with connect(WRAPPER, **options):
                pass
        async with connect(WRAPPER, invocation_counter=1_000_000, **options) as found:
            assert await found.clock.time
        async with connect(WRAPPER, **options) as found:
            assert await found.clock.time
