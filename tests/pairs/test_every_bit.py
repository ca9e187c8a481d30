"""A44, A55 and A57: every bit of a protected request, flipped one at a time, in every kind of envelope.

Nothing is decoded, no counter is accepted, and counter, title, ciphertext and tag fail with one and the same answer. Each
time the unchanged request is accepted afterwards, which it would not be had a flipped one moved the counter.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.ciphered import GeneralDedCiphering, GeneralGloCiphering, ServiceCiphered
from dlmskit.apdu.codec import Apdu, decode
from dlmskit.apdu.faults import ExceptionResponse
from dlmskit.apdu.general import GeneralCiphering, GeneralSigning
from dlmskit.data.value import Tag, Value
from dlmskit.errors import DlmsError
from dlmskit.session.context import SIGNED
from dlmskit.session.events import GetIndication
from dlmskit.session.protection.general import KeyForm
from dlmskit.session.responder import ServerAssociation
from dlmskit.session.services.exchanges import get
from dlmskit.session.services.steps import Service
from tests.support.session_pair import ENERGY, Pair
from tests.support.suites import offer, rings, settings

DEDICATED = bytes(range(0x60, 0x70))
WRAPPER = 8
DECIPHERING_ERROR = 5

KINDS: dict[str, dict[str, Any]] = {
    "glo": {},
    "glo, authenticated only": {"control": 0x11},
    "ded": {"envelope": "ded", "dedicated": DEDICATED},
    "general-glo": {"envelope": "general-glo"},
    "general-ded": {"envelope": "general-ded", "dedicated": DEDICATED},
    **{f"general-ciphering, {form}": {"envelope": "general", "key_form": form} for form in KeyForm},
    "general-signing": {"envelope": "general", "control": 0x01, "signed": True},
    "signed, then general-glo": {"envelope": "general-glo", "signed": True},
    "signed, then agreed on": {"envelope": "general", "key_form": KeyForm.STATIC, "signed": True},
}


class Held(NamedTuple):
    """A served association, and a request on its way to it."""

    pair: Pair
    server: ServerAssociation
    request: bytes


def held(how: dict[str, Any]) -> Held:
    """Associate, and ask for an attribute; the request is taken off the wire."""
    keys, least = rings(1), how.get("control", 0x31) & 0x30 or SIGNED
    pair = Pair(settings=settings(keys.client, 1, **how), offer=offer(keys.server, 1, required=least))
    assert pair.open().error is None
    pair.answers = False
    pair.meter.submit(Service(lambda context: get(context, AttributeDescriptor(3, ENERGY, 2))), pair.now)
    while not (octets := pair.client.to_send()):
        assert pair._settle()
    server = next(iter(pair.server._links.values())).association
    return Held(pair, server, octets[WRAPPER:])


def deliver(on: Held, octets: bytes) -> tuple[bool, bytes]:
    """Whether the request reached the meter's objects, and what the meter answered."""
    before = len(on.pair.server_events)
    on.server.receive(octets, on.pair.now)
    while on.pair._settle():
        pass
    reached = any(isinstance(event, GetIndication) for event in on.pair.server_events[before:])
    return reached, on.pair.server.to_send()[WRAPPER:]


def proven_octets(octets: bytes) -> set[int]:
    """Where counter, titles, ciphertext, tag and signature stand: what the one error is for."""
    apdu: Apdu = decode(octets)
    parts: list[bytes] = []
    if isinstance(apdu, ServiceCiphered):
        parts = [apdu.content[1:]]
    elif isinstance(apdu, GeneralGloCiphering | GeneralDedCiphering):
        parts = [apdu.system_title, apdu.content[1:]]
    elif isinstance(apdu, GeneralCiphering):
        key = apdu.key_info.ciphered if apdu.key_info is not None else b""
        parts = [apdu.originator_system_title, apdu.recipient_system_title, key, apdu.ciphered_content[1:]]
    elif isinstance(apdu, GeneralSigning):
        parts = [apdu.originator_system_title, apdu.recipient_system_title, apdu.content, apdu.signature]
    found: set[int] = set()
    for part in parts:
        start = octets.index(part)
        found.update(range(start, start + len(part)))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_A57_one_flipped_bit_and_nothing_is_decoded_or_counted(kind: str) -> None:
    on = held(KINDS[kind])
    proven, answers = proven_octets(on.request), set()
    assert len(proven) > len(on.request) // 2
    for bit in range(8 * len(on.request)):
        flipped = bytearray(on.request)
        flipped[bit // 8] ^= 1 << bit % 8
        reached, answer = deliver(on, bytes(flipped))
        assert not reached, f"bit {bit}"
        assert isinstance(decode(answer), ExceptionResponse)
        if bit // 8 in proven:
            answers.add(answer)
    assert len(answers) == 1
    error = decode(answers.pop())
    assert isinstance(error, ExceptionResponse)
    assert error.service_error == DECIPHERING_ERROR
    assert deliver(on, on.request)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_A44_cut_short_or_grown_nothing_is_decoded(kind: str) -> None:
    on = held(KINDS[kind])
    for octets in (*(on.request[:size] for size in range(1, len(on.request))), on.request + b"\0"):
        assert not deliver(on, octets)[0]
    assert deliver(on, on.request)[0]


def answered(pair: Pair) -> tuple[Any, bytes]:
    """A request under way, and the meter's answer on its way to the client."""
    ticket = pair.meter.submit(Service(lambda context: get(context, AttributeDescriptor(3, ENERGY, 2))), pair.now)
    for _ in range(20):
        if octets := pair.client.to_send():
            pair.server.receive(octets, pair.now)
        pair._settle()
        if answer := pair.server.to_send():
            return ticket, answer[WRAPPER:]
    raise AssertionError("no answer")


def take(pair: Pair, octets: bytes) -> None:
    pair.meter.receive(octets, pair.now)
    while pair._settle():
        pass


@pytest.mark.parametrize("kind", KINDS)
def test_A44_one_flipped_bit_of_an_answer_and_the_client_takes_nothing(kind: str) -> None:
    how = KINDS[kind]
    keys, least = rings(1), how.get("control", 0x31) & 0x30 or SIGNED
    pair = Pair(settings=settings(keys.client, 1, **how), offer=offer(keys.server, 1, required=least))
    assert pair.open().error is None
    pair.model.values[AttributeDescriptor(3, ENERGY, 2)] = Value(Tag.DOUBLE_LONG_UNSIGNED, 5009)
    ticket, answer = answered(pair)
    take(pair, answer)
    assert ticket.result == Value(Tag.DOUBLE_LONG_UNSIGNED, 5009)
    step = 1 if len(answer) < 80 else 13  # of a long one every bit is flipped below, where no whole session is needed
    for bit in range(0, 8 * len(answer), step):
        ticket, answer = answered(pair)
        flipped = bytearray(answer)
        flipped[bit // 8 % len(answer)] ^= 1 << bit % 8
        take(pair, bytes(flipped))
        assert ticket.result is None, f"bit {bit}"
        if not ticket.is_done:  # dropped, not taken for the answer: the true one still is
            take(pair, answer)
            assert ticket.error is None
        else:
            assert isinstance(ticket.error, DlmsError)
    ticket, answer = answered(pair)
    take(pair, answer)
    assert ticket.error is None


@pytest.mark.parametrize("kind", KINDS)
def test_A44_no_flipped_bit_of_an_answer_is_opened(kind: str) -> None:
    how = KINDS[kind]
    keys, least = rings(1), how.get("control", 0x31) & 0x30 or SIGNED
    pair = Pair(settings=settings(keys.client, 1, **how), offer=offer(keys.server, 1, required=least))
    assert pair.open().error is None
    _, answer = answered(pair)
    protection = pair.meter.protection
    assert protection is not None
    for bit in range(8 * len(answer)):
        flipped = bytearray(answer)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(DlmsError):
            protection.open(decode(bytes(flipped)), least)
    assert protection.open(decode(answer), least).is_verified
