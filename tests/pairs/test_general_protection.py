"""General-ciphering, general-signing and ECDSA between a client and a served meter, in every suite and key form."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.codec import decode
from dlmskit.apdu.general import GeneralCiphering, GeneralSigning
from dlmskit.data.value import Tag, Value
from dlmskit.errors import AuthenticationFailed, DlmsError, MissingKey, ServiceRefused
from dlmskit.security.counters import Received
from dlmskit.security.keys import KeyRing
from dlmskit.security.pairs import KeyPair
from dlmskit.session.context import SIGNED
from dlmskit.session.opening.judging import ServedAssociation
from dlmskit.session.protection.general import KeyForm
from dlmskit.session.services.exchanges import get
from dlmskit.tolerances import Tolerances
from tests.support.session_pair import ENERGY, SERVER_TITLE, Pair
from tests.support.suites import BOTH, offer, protected, rings, settings

ATTRIBUTE = AttributeDescriptor(3, ENERGY, 2)
VALUE = Value(Tag.DOUBLE_LONG_UNSIGNED, 4027)
CELLS = [(0, form, False) for form in (KeyForm.IDENTIFIED, KeyForm.WRAPPED)]
CELLS += [(suite, form, signed) for suite in (1, 2) for form in KeyForm for signed in (False, True)]


def read(pair: Pair) -> Value:
    pair.model.values[ATTRIBUTE] = VALUE
    return pair.do(lambda context: get(context, ATTRIBUTE))


def opened(pair: Pair) -> Pair:
    error = pair.open().error
    assert error is None, error
    return pair


@pytest.mark.parametrize(("suite", "form", "signed"), CELLS)
def test_a_value_comes_in_every_key_form(suite: int, form: KeyForm, signed: bool) -> None:
    seen: list[tuple[str, bytes]] = []
    pair = opened(protected(suite, envelope="general", key_form=form, signed=signed))
    pair.wire = lambda sender, octets: seen.append((sender, octets[8:])) or octets  # type: ignore[func-returns-value]
    assert read(pair) == VALUE
    assert read(pair) == VALUE
    assert [sender for sender, _ in seen] == ["C", "S"] * 2
    for _, octets in seen:
        envelope = decode(octets)
        assert isinstance(envelope, GeneralCiphering)
        assert VALUE.value.to_bytes(4) not in octets
        assert len(octets) - 13 <= pair.meter.protection.overhead  # type: ignore[union-attr]


@pytest.mark.parametrize("suite", [1, 2])
@pytest.mark.parametrize("envelope", ["glo", "general-glo"])
def test_what_is_signed_travels_in_global_envelopes_too(suite: int, envelope: str) -> None:
    assert read(opened(protected(suite, envelope=envelope, signed=True))) == VALUE


@pytest.mark.parametrize("suite", [1, 2])
def test_signed_only_is_clear_and_proven(suite: int) -> None:
    pair, seen = signing_pair(suite), []
    pair.wire = lambda _, octets: seen.append(octets[8:]) or octets  # type: ignore[func-returns-value]
    assert read(pair) == VALUE
    assert all(isinstance(decode(octets), GeneralSigning) for octets in seen)


@pytest.mark.parametrize("suite", [1, 2])
def test_ecdsa_authenticates_both_sides(suite: int) -> None:
    assert read(opened(protected(suite, mechanism=7))) == VALUE


@pytest.mark.parametrize("suite", [1, 2])
@pytest.mark.parametrize("who", ["client", "server"])
def test_A55_a_signature_of_somebody_else_opens_nothing(suite: int, who: str) -> None:
    pair = protected(suite, mechanism=7, keys=rings(suite, **{who: KeyPair(424242, suite)}))
    assert isinstance(pair.open().error, AuthenticationFailed)
    assert not pair.meter.is_associated


def signing_pair(suite: int) -> Pair:
    """Nothing is ciphered and everything signed."""
    keys = rings(suite)
    how = settings(keys.client, suite, control=suite, envelope="general", signed=True)
    return opened(Pair(settings=how, offer=offer(keys.server, suite, required=SIGNED)))


@pytest.mark.parametrize("suite", [1, 2])
def test_A55_a_signature_over_other_content_is_refused(suite: int) -> None:
    pair = signing_pair(suite)
    assert read(pair) == VALUE
    pair.wire = lambda sender, octets: octets.replace(ENERGY, ENERGY[:-1] + b"\0") if sender == "C" else octets
    with pytest.raises(ServiceRefused):
        read(pair)
    pair.wire = lambda sender, octets: octets.replace(VALUE.value.to_bytes(4), bytes(4)) if sender == "S" else octets
    with pytest.raises(AuthenticationFailed):
        read(pair)


def test_A42_unsigned_where_a_signature_is_demanded_is_refused() -> None:
    keys = rings(1)
    pair = opened(Pair(settings=settings(keys.client, 1), offer=offer(keys.server, 1)))
    assert read(pair) == VALUE
    strict = offer(keys.server, 1, required=BOTH | SIGNED)
    assert isinstance(Pair(settings=settings(keys.client, 1), offer=strict).open().error, DlmsError)
    assert read(opened(Pair(settings=settings(keys.client, 1, signed=True), offer=again(strict)))) == VALUE


def again(offered: ServedAssociation) -> ServedAssociation:
    """The same for a client that counts from the start."""
    return replace(offered, received=Received())


def test_a_message_for_somebody_else_proves_nothing() -> None:
    pair = opened(protected(1, envelope="general", key_form=KeyForm.STATIC))

    def redirect(sender: str, octets: bytes) -> bytes:
        return octets.replace(SERVER_TITLE, b"XXX00001") if sender == "C" else octets

    assert read(pair) == VALUE
    pair.wire = redirect
    with pytest.raises(ServiceRefused):
        read(pair)


def test_A40_what_was_agreed_on_is_not_taken_twice() -> None:
    pair, seen = opened(protected(1, envelope="general", key_form=KeyForm.ONE_PASS)), []
    pair.wire = lambda sender, octets: seen.append((sender, octets)) or octets  # type: ignore[func-returns-value]
    assert read(pair) == VALUE
    before = len(pair.server_events)
    pair.server.receive(next(octets for sender, octets in seen if sender == "C"), pair.now)
    pair.answers = False
    pair.pump()
    kinds = [type(event).__name__ for event in pair.server_events[before:]]
    assert "GetIndication" not in kinds


def test_an_unknown_public_key_is_said_before_anything_is_sent() -> None:
    keys = rings(1)
    lonely = KeyRing(ek=bytes(range(16)), ak=bytes(range(0xD0, 0xE0)), suite=1)
    pair = protected(1, keys=keys._replace(client=lonely), envelope="general", key_form=KeyForm.STATIC)
    assert isinstance(pair.open().error, MissingKey)
    known = protected(1, keys=keys, envelope="general", key_form=KeyForm.STATIC)
    assert read(opened(known)) == VALUE


@pytest.mark.parametrize("form", list(KeyForm))
def test_the_other_readings_of_the_standard_are_tolerances(form: KeyForm) -> None:
    other = Tolerances(short_additional_data=True, signs_content_without_length=True, signs_ephemeral_with_scheme=True)
    keys = rings(1)
    how = settings(keys.client, 1, envelope="general", key_form=form, signed=True)
    theirs = offer(keys.server, 1, tolerances=other)
    assert read(opened(Pair(settings=replace(how, tolerances=other), offer=theirs))) == VALUE
    assert isinstance(Pair(settings=how, offer=again(theirs)).open().error, ServiceRefused)
