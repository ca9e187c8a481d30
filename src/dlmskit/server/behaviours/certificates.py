"""Certificates of a served meter: its own, those of clients, and of the authorities it trusts.

The first authority is put in when the meter is made. Whatever a client imports must be signed by one that is trusted
already. A new key pair takes the place of the old one when its certificate is imported.
Source: Blue Book, Security setup version 1, certificate methods.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dlmskit.cosem.ics import SecuritySetup
from dlmskit.cosem.ics import security as ic
from dlmskit.errors import CertificateRefused, MissingKey, ObjectUndefined, OtherReason, ReadWriteDenied, UsageError
from dlmskit.security import signature
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.server.behaviour import Behaviour, Context, performs, serves
from dlmskit.server.behaviours.key_change import held_keys

if TYPE_CHECKING:
    from dlmskit.security.certificates import Certificate, CertificateBook
    from dlmskit.security.held import HeldKeys

#: Certificates one meter keeps.
MAX_CERTIFICATES = 64

_USE = {
    ic.KeyPair.DIGITAL_SIGNATURE_KEY_PAIR: KeyUse.SIGNATURE,
    ic.KeyPair.KEY_AGREEMENT_KEY_PAIR: KeyUse.AGREEMENT,
}
_TYPE = {KeyUse.SIGNATURE: ic.CertificateType.DIGITAL_SIGNATURE, KeyUse.AGREEMENT: ic.CertificateType.KEY_AGREEMENT}


class CertificateKeeper(Behaviour):
    """The part of a security setup that has to do with certificates."""

    def trust(self, *certificates: bytes) -> None:
        """Put in certificates (DER) without a check, as in the factory. Raises CertificateRefused, UsageError."""
        from dlmskit.security.certificates import parse_certificate

        for der in certificates:
            self._keep(parse_certificate(der))

    # --- what the object does ---

    @serves(SecuritySetup.certificates)
    def certificates(self, context: Context) -> tuple[ic.CertificateInfo, ...]:
        return tuple(
            ic.CertificateInfo(self._entity(one), _type(one), one.serial_number, one.issuer, one.subject, b"")
            for one in self._kept
        )

    @performs(SecuritySetup.generate_key_pair)
    async def generate_key_pair(self, which: ic.KeyPair, context: Context) -> None:
        use, suite = _use(which), self._suite
        if suite == 0:
            raise ReadWriteDenied("suite 0 has no key pairs")
        draw, count = self.device.environment.random_bytes, signature.random_octets_for(suite)
        self._drawn[use] = await asyncio.to_thread(KeyPair.drawn, draw(count), suite)

    @performs(SecuritySetup.generate_certificate_request)
    async def generate_certificate_request(self, which: ic.KeyPair, context: Context) -> bytes:
        use, title = _use(which), self.device.system_title
        pair = self._drawn.get(use) or self._own(held_keys(context), use)
        if pair is None or title is None:
            raise OtherReason("there is no key pair to be certified")
        return await asyncio.to_thread(pair.certificate_request, title)

    @performs(SecuritySetup.import_certificate)
    async def import_certificate(self, der: bytes, context: Context) -> None:
        keys = held_keys(context)
        try:
            certificate = await asyncio.to_thread(self._checked, der)
            if certificate.title == self.device.system_title:
                self._activate(certificate, keys)
            self._keep(certificate)
        except (CertificateRefused, UsageError) as error:
            raise OtherReason(error.message) from None
        if self._entity(certificate) is ic.CertificateEntity.CLIENT:
            self._publish(keys)

    @performs(SecuritySetup.export_certificate)
    def export_certificate(self, which: ic.CertificateIdentification, context: Context) -> bytes:
        return self._find(which).der

    @performs(SecuritySetup.remove_certificate)
    def remove_certificate(self, which: ic.CertificateIdentification, context: Context) -> None:
        found = self._find(which)
        if found.is_authority:
            raise ReadWriteDenied("an authority that is trusted cannot be removed from afar")
        keys = held_keys(context)
        self._kept.remove(found)
        if self._entity(found) is ic.CertificateEntity.SERVER:
            keys.replace(keys.ring.changed(certificates=self._book(keys).without(found)))
        else:
            self._publish(keys)

    # --- how ---

    def __init__(self, obj: SecuritySetup) -> None:
        super().__init__(obj)
        self._kept: list[Certificate] = []
        self._drawn: dict[KeyUse, KeyPair] = {}

    @property
    def _suite(self) -> int:
        return int(self.stored(SecuritySetup.security_suite))

    def _own(self, keys: HeldKeys, use: KeyUse) -> KeyPair | None:
        try:
            source = keys.signer if use is KeyUse.SIGNATURE else keys.agreement
            pair = source(self._suite)
        except MissingKey:
            return None
        return pair if isinstance(pair, KeyPair) else None

    def _checked(self, der: bytes) -> Certificate:
        from dlmskit.security.certificates import check_issued, parse_certificate

        certificate = parse_certificate(der)
        authorities = [one for one in self._kept if one.is_authority]
        check_issued(certificate, authorities, self.device.now)
        return certificate

    def _activate(self, certificate: Certificate, keys: HeldKeys) -> None:
        """Our own certificate came: the key pair it is about is the one in force from now on."""
        use = certificate.use
        if use is None:
            raise CertificateRefused("a meter is no authority")
        drawn, present = self._drawn.get(use), self._own(keys, use)
        book = self._book(keys).renewed(certificate)  # what the meter shows from now on
        if drawn is not None and drawn.public == certificate.public:
            keys.replace(keys.ring.changed(pairs={use: drawn}, certificates=book))
            del self._drawn[use]
        elif present is None or present.public != certificate.public:
            raise CertificateRefused("the certificate is about none of the meter's key pairs")
        else:
            keys.replace(keys.ring.changed(certificates=book))

    def _book(self, keys: HeldKeys) -> CertificateBook:
        from dlmskit.security.certificates import CertificateBook

        return keys.ring.certificates or CertificateBook((), lambda: self.device.now)

    def _keep(self, certificate: Certificate) -> None:
        """Store it in place of the one it renews. Raises UsageError where there is no room."""
        same = [one for one in self._kept if _holder(one) == _holder(certificate)]
        if not same and len(self._kept) >= MAX_CERTIFICATES:
            raise UsageError(f"no more than {MAX_CERTIFICATES} certificates are kept")
        self._kept = [one for one in self._kept if one not in same] + [certificate]

    def _publish(self, keys: HeldKeys) -> None:
        """Trust the public keys of the clients' certificates, and no others of theirs."""
        publics = {(one.title, one.use): one.public for one in self._kept if one.title and one.use}
        keys.replace(keys.ring.changed(publics=publics))

    def _entity(self, certificate: Certificate) -> ic.CertificateEntity:
        if certificate.is_authority:
            return ic.CertificateEntity.CERTIFICATION_AUTHORITY
        is_own = certificate.title == self.device.system_title
        return ic.CertificateEntity.SERVER if is_own else ic.CertificateEntity.CLIENT

    def _find(self, which: ic.CertificateIdentification) -> Certificate:
        wanted = which.certificate_identification_options
        for one in self._kept:
            if isinstance(wanted, ic.CertificateBySerial):
                is_it = (one.serial_number, one.issuer) == (wanted.serial_number, wanted.issuer)
            else:
                named = (self._entity(one), _type(one), one.title or b"")
                is_it = named == (wanted.certificate_entity, wanted.certificate_type, wanted.system_title)
            if is_it:
                return one
        raise ObjectUndefined("there is no such certificate")


def _use(which: ic.KeyPair) -> KeyUse:
    if which not in _USE:
        raise ReadWriteDenied("key pairs are for signatures or for key agreement here")
    return _USE[which]


def _type(certificate: Certificate) -> ic.CertificateType:
    return ic.CertificateType.OTHER if certificate.use is None else _TYPE[certificate.use]


def _holder(certificate: Certificate) -> tuple[object, ...]:
    """What a renewed certificate has in common with the one before."""
    if certificate.is_authority:
        return (certificate.subject, certificate.public)
    return (certificate.title, certificate.use)
