"""Signing certificates in the AE-qualifiers of AARQ and AARE: shown by both sides, believed only through an authority."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from dlmskit.apdu.acse import Aare, Aarq
from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.codec import decode
from dlmskit.data.value import Tag, Value
from dlmskit.errors import AuthenticationFailed, CertificateRefused, MissingKey
from dlmskit.security.certificates import Authority, CertificateBook, parse_certificate
from dlmskit.security.keys import KeyRing
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.security.signature import draw_private
from dlmskit.security.suites import SUITES
from dlmskit.session.services.exchanges import get
from tests.support.session_pair import CLIENT_TITLE, ENERGY, SERVER_TITLE, Pair
from tests.support.suites import Rings, offer, protected, settings

SINCE, NOW, LATER = (datetime(year, 1, 1, tzinfo=UTC) for year in (2026, 2027, 2040))
SIGNERS = {CLIENT_TITLE: 71, SERVER_TITLE: 72}
ATTRIBUTE, READING = AttributeDescriptor(3, ENERGY, 2), Value(Tag.DOUBLE_LONG_UNSIGNED, 5009)


def laboratory(start: int = 0) -> Authority:
    private = draw_private(bytes(range(start, start + 56)), 2)
    return Authority.create(private, "Laboratory", serial_number=1, since=SINCE)


ROOT, STRANGER = laboratory(), laboratory(60)


def pair_of(title: bytes, suite: int) -> KeyPair:
    return KeyPair(SIGNERS[title], suite)


def certificate(
    title: bytes, suite: int = 1, *, by: Authority = ROOT, use: KeyUse = KeyUse.SIGNATURE, of: bytes | None = None
) -> bytes:
    public = pair_of(title, suite).public
    return by.issue(public, of or title, use, serial_number=2, since=SINCE).der


def book(*certificates: bytes, at: datetime = NOW) -> CertificateBook:
    return CertificateBook(certificates, lambda: at)


def ring(title: bytes, suite: int, certificates: CertificateBook | None, **more: Any) -> KeyRing:
    """A ring that knows nobody's public key as it stands."""
    size = SUITES[suite].key_size
    shared = {"ek": bytes(range(size)), "ak": bytes(range(0xD0, 0xD0 + size))}
    return KeyRing(**shared, suite=suite, signing=pair_of(title, suite), certificates=certificates, **more)


def both(suite: int = 1) -> Rings:
    """Each side shows its certificate and trusts the laboratory."""
    titles = (CLIENT_TITLE, SERVER_TITLE)
    return Rings(*(ring(title, suite, book(ROOT.certificate.der, certificate(title, suite))) for title in titles))


@pytest.mark.parametrize("suite", [1, 2])
@pytest.mark.parametrize("how", [{}, {"envelope": "general", "signed": True}], ids=["HLS 7", "HLS 7 and signed"])
def test_two_sides_that_know_an_authority_only_prove_themselves_by_certificates(
    suite: int, how: dict[str, Any]
) -> None:
    pair = protected(suite, mechanism=7, keys=both(suite), **how)
    pair.model.values[ATTRIBUTE] = READING
    assert pair.open().error is None
    assert pair.do(lambda context: get(context, ATTRIBUTE)) == READING


def test_the_ae_qualifiers_hold_the_certificates() -> None:
    seen: dict[str, Any] = {}

    def watch(sender: str, octets: bytes) -> bytes:
        if octets[8:9] in (b"\x60", b"\x61"):
            seen[sender] = decode(octets[8:])
        return octets

    keys = both()
    pair = protected(1, mechanism=7, keys=keys)
    pair.wire = watch
    assert pair.open().error is None
    aarq, aare = seen["C"], seen["S"]
    assert isinstance(aarq, Aarq)
    assert isinstance(aare, Aare)
    assert aarq.calling_ae_qualifier == certificate_of(CLIENT_TITLE, keys.client)
    assert aare.responding_ae_qualifier == certificate_of(SERVER_TITLE, keys.server)


def certificate_of(title: bytes, keys: KeyRing) -> bytes:
    shown = keys.certificate(title, 1)
    assert shown is not None
    assert parse_certificate(shown).public == pair_of(title, 1).public
    return shown


def bad_books(title: bytes) -> Iterator[tuple[str, CertificateBook, CertificateBook, type[Exception]]]:
    """What a side shows and what the other goes by: one thing wrong each, and what comes of it."""
    root, own = ROOT.certificate.der, certificate(title)
    trusting = book(root)
    yield "nobody known issued it", book(certificate(title, by=STRANGER)), trusting, CertificateRefused
    yield "no authority is trusted", book(own), book(), CertificateRefused
    yield "it is over", book(own), book(root, at=LATER), CertificateRefused
    yield "none is shown", book(root), trusting, MissingKey


WRONG = [case[0] for case in bad_books(CLIENT_TITLE)]


@pytest.mark.parametrize(("shown", "trusted", "error"), [case[1:] for case in bad_books(SERVER_TITLE)], ids=WRONG)
def test_a_client_takes_no_certificate_that_is_not_vouched_for(
    shown: CertificateBook, trusted: CertificateBook, error: type[Exception]
) -> None:
    own = book(ROOT.certificate.der, certificate(CLIENT_TITLE))
    pinned = {(CLIENT_TITLE, KeyUse.SIGNATURE): pair_of(CLIENT_TITLE, 1).public}
    server = ring(SERVER_TITLE, 1, shown, publics=pinned)
    pair = protected(1, mechanism=7, keys=Rings(ring(CLIENT_TITLE, 1, trusted), server))
    assert isinstance(pair.open().error, error)
    assert not pair.meter.is_associated
    right = Rings(ring(CLIENT_TITLE, 1, own), ring(SERVER_TITLE, 1, book(certificate(SERVER_TITLE)), publics=pinned))
    assert protected(1, mechanism=7, keys=right).open().error is None


@pytest.mark.parametrize(("shown", "trusted"), [case[1:3] for case in bad_books(CLIENT_TITLE)], ids=WRONG)
def test_a_served_meter_takes_no_certificate_that_is_not_vouched_for(
    shown: CertificateBook, trusted: CertificateBook
) -> None:
    pinned = {(SERVER_TITLE, KeyUse.SIGNATURE): pair_of(SERVER_TITLE, 1).public}
    client = ring(CLIENT_TITLE, 1, shown, publics=pinned)
    pair = protected(1, mechanism=7, keys=Rings(client, ring(SERVER_TITLE, 1, trusted)))
    assert isinstance(pair.open().error, AuthenticationFailed)
    assert not any(link.association.is_associated for link in pair.server._links.values())


@pytest.mark.parametrize("which", ["for key agreement", "another system's"])
def test_a_certificate_for_another_use_or_of_another_system_is_refused(which: str) -> None:
    changes: dict[str, Any] = {"use": KeyUse.AGREEMENT} if which == "for key agreement" else {"of": b"DKT99999"}
    shown = certificate(SERVER_TITLE, **changes)
    wrong = book(ROOT.certificate.der)
    with pytest.raises(CertificateRefused, match="not that of"):
        wrong.public_key(SERVER_TITLE, KeyUse.SIGNATURE, 1, shown=shown)
    assert wrong.public_key(SERVER_TITLE, KeyUse.SIGNATURE, 1, shown=certificate(SERVER_TITLE))


def test_a_key_that_is_trusted_as_it_stands_counts_more_than_what_is_shown() -> None:
    pinned = {(SERVER_TITLE, KeyUse.SIGNATURE): KeyPair(99, 1).public}
    keys = ring(CLIENT_TITLE, 1, book(ROOT.certificate.der), publics=pinned)
    found = keys.public_key(SERVER_TITLE, KeyUse.SIGNATURE, 1, shown=certificate(SERVER_TITLE))
    assert found == KeyPair(99, 1).public


def test_a_certificate_that_is_held_needs_none_to_be_shown() -> None:
    held = book(ROOT.certificate.der, certificate(SERVER_TITLE))
    found = held.public_key(SERVER_TITLE, KeyUse.SIGNATURE, 1)
    assert found == pair_of(SERVER_TITLE, 1).public
    assert held.public_key(CLIENT_TITLE, KeyUse.SIGNATURE, 1) is None


def test_a_refused_caller_is_shown_no_certificate() -> None:
    answers: list[Any] = []

    def watch(sender: str, octets: bytes) -> bytes:
        if sender == "S":
            answers.append(decode(octets[8:]))
        return octets

    keys = both()
    pair = Pair(settings=settings(keys.client, 1, 5), offer=offer(keys.server, 1, 7), wire=watch)
    assert pair.open().error is not None
    assert answers[0].result == 1
    assert answers[0].responding_ae_qualifier is None
