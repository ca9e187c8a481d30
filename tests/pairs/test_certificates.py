"""Certificates on a served meter, as its client handles them."""

from __future__ import annotations

from datetime import timedelta

import pytest

import dlmskit
from dlmskit.apdu.acse import Aare
from dlmskit.apdu.codec import decode
from dlmskit.client import Meter, Security
from dlmskit.client.key_agreement import agree_on_keys
from dlmskit.cosem.ics import SecuritySetup
from dlmskit.cosem.ics import security as ic
from dlmskit.errors import AccessRefused
from dlmskit.security.certificates import Authority, CertificateBook, parse_certificate
from dlmskit.security.keys import KeyRole
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.security.signature import draw_private
from dlmskit.server.behaviours.certificates import CertificateKeeper
from dlmskit.server.behaviours.security_setup import SecurityState
from dlmskit.server.device import Device
from tests.pairs.test_key_change import (
    CLIENT,
    COUNTERS,
    NOW,
    SERVER,
    SETUP,
    associated,
    contribution,
    meter,
    ring,
    works,
)

SINCE = NOW - timedelta(days=1)
LABORATORY = Authority.create(draw_private(bytes(40), 1), "Laboratory", serial_number=1, since=SINCE)
STRANGER = Authority.create(draw_private(bytes(range(40)), 1), "Stranger", serial_number=1, since=SINCE)
OWN = KeyPair.drawn(bytes(range(3, 43)), 1)
BY_ENTITY, BY_SERIAL = ic.CertificateIdentificationType


def device() -> Device:
    """A meter that trusts the laboratory, knows no client's key and has no signing key of its own."""
    made = meter(ring(suite=1, publics={}, signing=None), suite=1)
    made.object(SETUP, CertificateKeeper).trust(LABORATORY.certificate.der)
    return made


def setup_of(found: Meter) -> SecuritySetup:
    return SecuritySetup(SETUP, found.backend)


def of_client(use: KeyUse = KeyUse.SIGNATURE, by: Authority = LABORATORY, serial_number: int = 7) -> bytes:
    return by.issue(OWN.public, CLIENT, use, serial_number=serial_number, since=SINCE).der


def by_entity(
    entity: ic.CertificateEntity = ic.CertificateEntity.CLIENT,
    kind: ic.CertificateType = ic.CertificateType.DIGITAL_SIGNATURE,
    title: bytes = CLIENT,
) -> ic.CertificateIdentification:
    return ic.CertificateIdentification(BY_ENTITY, ic.CertificateByEntity(entity, kind, title))


async def certified(found: Meter, which: ic.KeyPair = ic.KeyPair.DIGITAL_SIGNATURE_KEY_PAIR) -> bytes:
    """Have the meter make a key pair, certify it, and import the certificate: its DER."""
    setup = setup_of(found)
    await found.call(setup.generate_key_pair, which)
    request = await found.call(setup.generate_certificate_request, which)
    use = KeyUse.SIGNATURE if which is ic.KeyPair.DIGITAL_SIGNATURE_KEY_PAIR else KeyUse.AGREEMENT
    der = LABORATORY.answer(request, use, serial_number=21, since=SINCE).der
    await found.call(setup.import_certificate, der)
    return der


async def test_a_meter_gets_its_keys_certified_and_agrees_on_new_ones_with_them() -> None:
    async with dlmskit.serve(device(), "memory:keyed"):
        async with associated(suite=1) as found:
            own = await certified(found)
            with pytest.raises(AccessRefused):  # it knows no key of ours yet
                await found.call(setup_of(found).key_agreement, (contribution(OWN, signer=OWN),))
            await found.call(setup_of(found).import_certificate, of_client())
            told = await setup_of(found).certificates
            assert [(one.certificate_entity, one.certificate_type) for one in told] == [
                (ic.CertificateEntity.CERTIFICATION_AUTHORITY, ic.CertificateType.OTHER),
                (ic.CertificateEntity.SERVER, ic.CertificateType.DIGITAL_SIGNATURE),
                (ic.CertificateEntity.CLIENT, ic.CertificateType.DIGITAL_SIGNATURE),
            ]
            (answer,) = await found.call(setup_of(found).key_agreement, (contribution(OWN, signer=OWN),))
            dlmskit.security.signature.verify(
                answer.key_data[64:], b"\0" + answer.key_data[:64], parse_certificate(own).public, 1
            )
        assert not await works(suite=1), "the agreed key has taken the place of the old one"


async def test_certificates_are_exported_by_entity_and_by_serial_and_removed() -> None:
    async with dlmskit.serve(device(), "memory:keyed"), associated(suite=1) as found:
        setup, der = setup_of(found), of_client()
        await found.call(setup.import_certificate, der)
        assert await found.call(setup.export_certificate, by_entity()) == der
        read = parse_certificate(der)
        by_serial = ic.CertificateBySerial(read.serial_number, read.issuer)
        serial = ic.CertificateIdentification(BY_SERIAL, by_serial)
        assert await found.call(setup.export_certificate, serial) == der
        await found.call(setup.remove_certificate, serial)
        for which in (serial, by_entity()):
            with pytest.raises(AccessRefused):
                await found.call(setup.export_certificate, which)


async def test_a_removed_certificates_key_is_trusted_no_more() -> None:
    async with dlmskit.serve(device(), "memory:keyed"), associated(suite=1) as found:
        await certified(found)
        await found.call(setup_of(found).import_certificate, of_client())
        await found.call(setup_of(found).remove_certificate, by_entity())
        with pytest.raises(AccessRefused):
            await found.call(setup_of(found).key_agreement, (contribution(OWN, signer=OWN),))
        await found.call(setup_of(found).import_certificate, of_client())
        await found.call(setup_of(found).key_agreement, (contribution(OWN, signer=OWN),))


async def test_a_renewed_certificate_takes_the_place_of_the_old_one() -> None:
    async with dlmskit.serve(device(), "memory:keyed"), associated(suite=1) as found:
        renewed = [of_client(serial_number=number) for number in (7, 8)]
        for der in renewed:
            await found.call(setup_of(found).import_certificate, der)
        assert await found.call(setup_of(found).export_certificate, by_entity()) == renewed[-1]
        assert len(await setup_of(found).certificates) == 2


async def test_a_meter_shows_its_newest_certificate_and_none_that_was_removed() -> None:
    shown: list[bytes | None] = []

    def note(event: dlmskit.TraceEvent) -> None:
        if event.name == "aare" and event.data:
            aare = decode(event.data)
            shown.append(aare.responding_ae_qualifier if isinstance(aare, Aare) else None)

    made = device()
    async with dlmskit.serve(made, "memory:keyed", trace=note):
        async with associated(suite=1) as found:
            first = await certified(found)
        async with associated(suite=1) as found:  # the same key, certified again
            use, public = KeyUse.SIGNATURE, parse_certificate(first).public
            renewed = LABORATORY.issue(public, SERVER, use, serial_number=22, since=SINCE).der
            await found.call(setup_of(found).import_certificate, renewed)
        async with associated(suite=1) as found:  # another key
            second = await certified(found)
        async with associated(suite=1) as found:
            server = ic.CertificateEntity.SERVER
            await found.call(setup_of(found).remove_certificate, by_entity(server, title=SERVER))
        async with associated(suite=1):
            pass
    assert shown == [None, first, renewed, second, None]


async def test_keys_are_agreed_on_where_both_sides_know_an_authority_only() -> None:
    def book(*certificates: bytes) -> CertificateBook:
        return CertificateBook(certificates, lambda: NOW)

    for trusted in (LABORATORY, STRANGER):
        root = trusted.certificate.der
        made = meter(ring(suite=1, publics={}, signing=None, certificates=book(root)), suite=1)
        made.object(SETUP, CertificateKeeper).trust(LABORATORY.certificate.der)
        keys = ring(suite=1, publics={}, signing=OWN, certificates=book(LABORATORY.certificate.der, of_client()))
        security = Security("both", 1, keys=keys, system_title=CLIENT, counters=COUNTERS)
        way = {"client": 1, "auth": "gmac", "security": security, "invocation_counter": 0}
        async with dlmskit.serve(made, "memory:keyed"):
            async with associated(suite=1) as found:
                await certified(found)
            async with dlmskit.connect("memory:keyed", **way) as found:
                wanted = agree_on_keys(found, [KeyRole.ENCRYPTION], keys, client_title=CLIENT, suite=1)
                if trusted is STRANGER:
                    with pytest.raises(AccessRefused):
                        await wanted
                    continue
                new = await wanted
            assert await works(new[KeyRole.ENCRYPTION], suite=1)


async def test_what_no_trusted_authority_has_signed_is_not_imported() -> None:
    async with dlmskit.serve(device(), "memory:keyed"), associated(suite=1) as found:
        setup = setup_of(found)
        for wrong in (of_client(by=STRANGER), STRANGER.certificate.der, b"", bytes(5000), of_client()[:-1]):
            with pytest.raises(AccessRefused):
                await found.call(setup.import_certificate, wrong)
        assert len(await setup.certificates) == 1
        await found.call(setup.import_certificate, of_client())


async def test_a_certificate_in_the_meters_name_must_be_about_its_own_key() -> None:
    async with dlmskit.serve(device(), "memory:keyed"), associated(suite=1) as found:
        foreign = LABORATORY.issue(OWN.public, SERVER, KeyUse.SIGNATURE, serial_number=9, since=SINCE)
        with pytest.raises(AccessRefused):
            await found.call(setup_of(found).import_certificate, foreign.der)
        await certified(found)


async def test_an_authority_is_not_removed_from_afar() -> None:
    async with dlmskit.serve(device(), "memory:keyed"), associated(suite=1) as found:
        told = (await setup_of(found).certificates)[0]
        which = ic.CertificateIdentification(BY_SERIAL, ic.CertificateBySerial(told.serial_number, told.issuer))
        assert await found.call(setup_of(found).export_certificate, which) == LABORATORY.certificate.der
        with pytest.raises(AccessRefused):
            await found.call(setup_of(found).remove_certificate, which)


async def test_a_new_key_pair_holds_when_its_certificate_is_imported() -> None:
    made = device()
    async with dlmskit.serve(made, "memory:keyed"), associated(suite=1) as found:
        first = parse_certificate(await certified(found))
        setup = setup_of(found)
        await found.call(setup.generate_key_pair, ic.KeyPair.DIGITAL_SIGNATURE_KEY_PAIR)
        await found.call(setup.import_certificate, of_client())
        (answer,) = await found.call(setup.key_agreement, (contribution(OWN, signer=OWN),))
        dlmskit.security.signature.verify(answer.key_data[64:], b"\0" + answer.key_data[:64], first.public, 1)


async def test_suite_0_has_no_key_pairs_and_tls_none_here() -> None:
    async with dlmskit.serve(meter(ring()), "memory:keyed"), associated() as found:
        with pytest.raises(AccessRefused):
            await found.call(setup_of(found).generate_key_pair, ic.KeyPair.DIGITAL_SIGNATURE_KEY_PAIR)
    async with dlmskit.serve(device(), "memory:keyed"), associated(suite=1) as found:
        with pytest.raises(AccessRefused):
            await found.call(setup_of(found).generate_key_pair, ic.KeyPair.TLS_KEY_PAIR)
        await found.call(setup_of(found).generate_key_pair, ic.KeyPair.KEY_AGREEMENT_KEY_PAIR)


def test_no_more_certificates_are_kept_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlmskit.server.behaviours.certificates.MAX_CERTIFICATES", 2)
    keeper = device().object(SETUP, SecurityState)
    keeper.trust(of_client())
    with pytest.raises(dlmskit.UsageError, match="no more than 2"):
        keeper.trust(of_client(KeyUse.AGREEMENT))
    keeper.trust(of_client(serial_number=9))
