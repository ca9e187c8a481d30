"""X.509 certificates of meters and their clients: read, checked, requested, issued.

The subject's common name is the holder's system title in hex. A certificate is for signatures or for key agreement, and
its key usage says which. Loads `cryptography.x509`, so whoever needs no certificates does not import this module.
Source: Green Book, public key certificates; RFC 5280.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import copy
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from dlmskit.errors import CertificateRefused, UsageError
from dlmskit.security.cipher import TITLE_SIZE
from dlmskit.security.pairs import KeyUse
from dlmskit.security.signature import load_public, public_octets
from dlmskit.security.suites import SUITES, public_key_suite

#: Octets of a certificate at most: what a peer sends is bounded before it is read.
LARGEST = 4096

# What `cryptography` raises, by version, for octets that are no certificate; KeyError for an unknown type of string.
_UNREADABLE = (
    ValueError,
    TypeError,
    KeyError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
)
_SUITE_OF_BITS = {suite.coordinate_size * 8: suite.number for suite in SUITES.values() if suite.has_public_keys}


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate, as far as COSEM needs it.

    title     the holder's system title; None for an authority, whose name is no title
    use       what its key is for; None for an authority
    public    the key, `x | y`; suite  the one whose curve it lies on
    serial_number, issuer, subject  the number's octets, and the names in DER, as the standard's structures have them
    der       the whole
    """

    title: bytes | None
    use: KeyUse | None
    suite: int
    public: bytes = field(repr=False)
    serial_number: bytes
    issuer: bytes = field(repr=False)
    subject: bytes = field(repr=False)
    not_before: datetime
    not_after: datetime
    der: bytes = field(repr=False)

    @property
    def is_authority(self) -> bool:
        return self.use is None


def parse_certificate(der: bytes) -> Certificate:
    """Read a certificate in DER. Raises CertificateRefused for what is none, or none that COSEM can use."""
    if len(der) > LARGEST:
        raise CertificateRefused(f"a certificate has at most {LARGEST} octets, this one has {len(der)}")
    try:
        found = x509.load_der_x509_certificate(der)
        key = found.public_key()
        is_authority, use = _purpose(found)
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.key_size not in _SUITE_OF_BITS:
            raise CertificateRefused("the key of a certificate lies on P-256 or P-384")
        if found.serial_number <= 0:
            raise CertificateRefused("the serial number of a certificate is positive")
        return Certificate(
            title=None if is_authority else _title(found.subject),
            use=None if is_authority else use,
            suite=_SUITE_OF_BITS[key.key_size],
            public=public_octets(key),
            serial_number=_number_octets(found.serial_number),
            issuer=found.issuer.public_bytes(),
            subject=found.subject.public_bytes(),
            not_before=found.not_valid_before_utc,
            not_after=found.not_valid_after_utc,
            der=der,
        )
    except _UNREADABLE as error:
        raise CertificateRefused(f"no certificate that can be read: {type(error).__name__}") from None


def check_issued(certificate: Certificate, authorities: Iterable[Certificate], at: datetime) -> None:
    """Check that `certificate` is valid at that time and signed by one of the `authorities`, which are trusted.

    An authority in the middle of a chain is checked likewise before it joins the trusted ones. Raises CertificateRefused.
    """
    _check_validity(certificate, at)
    for issuer in authorities:
        if issuer.subject == certificate.issuer and _is_signed(certificate, issuer):
            if issuer.suite < certificate.suite:
                raise CertificateRefused("a certificate is not signed on a smaller curve than its own")
            _check_validity(issuer, at)
            return
    raise CertificateRefused("no certificate authority that is known here has signed it")


class CertificateBook:
    """The certificates a key source goes by: our own, which it shows, peers' own, and those of trusted authorities.

    certificates  in DER; an authority among them is trusted as it stands
    clock         gives the time, with its zone, at which a certificate has to be valid

    Raises CertificateRefused for what is no certificate that COSEM can use.
    """

    def __init__(self, certificates: Iterable[bytes], clock: Callable[[], datetime]) -> None:
        found = sorted(map(parse_certificate, certificates), key=lambda one: one.not_before)
        self._authorities = tuple(one for one in found if one.is_authority)
        self._held = {(one.title, one.use, one.suite): one for one in found if not one.is_authority}  # the newest
        self._clock = clock

    def renewed(self, certificate: Certificate) -> CertificateBook:
        """The same book with this certificate in place of the one of its holder, use and suite."""
        key = certificate.title, certificate.use, certificate.suite
        return self._holding({**self._held, key: certificate})

    def without(self, certificate: Certificate) -> CertificateBook:
        """The same book without this certificate."""
        return self._holding({key: one for key, one in self._held.items() if one != certificate})

    def _holding(self, held: dict[tuple[bytes | None, KeyUse | None, int], Certificate]) -> CertificateBook:
        book = copy(self)
        book._held = held
        return book

    def of(self, title: bytes, suite: int) -> bytes | None:
        """The certificate, in DER, of the signing key of the system of that title."""
        held = self._held.get((title, KeyUse.SIGNATURE, suite))
        return None if held is None else held.der

    def public_key(self, title: bytes, use: KeyUse, suite: int, *, shown: bytes | None = None) -> bytes | None:
        """The key that a certificate held here, else the one `shown`, proves to be that system's; None without either.

        Raises CertificateRefused for a certificate of another system, for another use, not valid now, or issued by no
        authority that is trusted.
        """
        wanted = (title, use, suite)
        certificate = self._held.get(wanted)
        if certificate is None and shown is not None:
            certificate = parse_certificate(shown)
        if certificate is None:
            return None
        if (certificate.title, certificate.use, certificate.suite) != wanted:
            raise CertificateRefused(f"the certificate shown is not that of the {use} key of {title.hex()}")
        check_issued(certificate, self._authorities, self._clock())
        return certificate.public


def certificate_request(key: ec.EllipticCurvePrivateKey, title: bytes) -> bytes:
    """A request (PKCS #10, DER) for a certificate of our public key. Source: RFC 2986."""
    suite = _SUITE_OF_BITS[key.key_size]
    builder = x509.CertificateSigningRequestBuilder().subject_name(_name(title.hex().upper()))
    return builder.sign(key, _hash(suite)).public_bytes(serialization.Encoding.DER)


class Authority:
    """A certificate authority for tests and laboratories: it signs whatever it is asked to.

    key          its private key; certificate  its own certificate
    """

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: Certificate) -> None:
        if not certificate.is_authority or public_octets(key.public_key()) != certificate.public:
            raise UsageError("that certificate is not one of an authority with that key")
        self._key, self.certificate = key, certificate

    @classmethod
    def create(
        cls, key: ec.EllipticCurvePrivateKey, name: str, *, serial_number: int, since: datetime, days: int = 3650
    ) -> Authority:
        """One that vouches for itself. `serial_number` is drawn by the caller: at least 64 random bits."""
        suite = _SUITE_OF_BITS.get(key.key_size)
        if suite is None:
            raise UsageError("the key of a certificate lies on P-256 or P-384")
        usage = _usage(certify=True)
        builder = _builder(_name(name), _name(name), key.public_key(), serial_number, since, days)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        signed = builder.add_extension(usage, critical=True).sign(key, _hash(suite))
        return cls(key, parse_certificate(signed.public_bytes(serialization.Encoding.DER)))

    def issue(
        self, public: bytes, title: bytes, use: KeyUse, *, serial_number: int, since: datetime, days: int = 3650
    ) -> Certificate:
        """A certificate for the public key `x | y` of the system of that title."""
        subject_suite = next((one for one in (1, 2) if SUITES[one].pair_size == len(public)), None)
        if subject_suite is None or len(title) != TITLE_SIZE:
            raise UsageError("a public key of P-256 or P-384 and a system title of 8 octets are needed")
        key = load_public(public, subject_suite)
        issuer = x509.load_der_x509_certificate(self.certificate.der).subject
        builder = _builder(_name(title.hex().upper()), issuer, key, serial_number, since, days)
        usage = _usage(sign=use is KeyUse.SIGNATURE, agree=use is KeyUse.AGREEMENT)
        signed = builder.add_extension(usage, critical=True).sign(self._key, _hash(self.certificate.suite))
        return parse_certificate(signed.public_bytes(serialization.Encoding.DER))

    def answer(
        self, request: bytes, use: KeyUse, *, serial_number: int, since: datetime, days: int = 3650
    ) -> Certificate:
        """The certificate that a request (PKCS #10, DER) asks for. Raises CertificateRefused."""
        try:
            asked = x509.load_der_x509_csr(request)
            is_proven = asked.is_signature_valid
            key, title = asked.public_key(), _title(asked.subject)
        except _UNREADABLE:
            raise CertificateRefused("no certificate request that can be read") from None
        if not is_proven or not isinstance(key, ec.EllipticCurvePublicKey):
            raise CertificateRefused("the request is not signed with the key it is about")
        return self.issue(public_octets(key), title, use, serial_number=serial_number, since=since, days=days)


def _purpose(found: x509.Certificate) -> tuple[bool, KeyUse | None]:
    """Whether it is an authority's, else what its key is for. Raises CertificateRefused where that is not said."""
    extensions = found.extensions
    try:
        if extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return True, None
    except x509.ExtensionNotFound:
        pass
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        raise CertificateRefused("the certificate does not say what its key is for") from None
    if usage.digital_signature == usage.key_agreement:
        raise CertificateRefused("a certificate is either for signatures or for key agreement")
    return False, KeyUse.SIGNATURE if usage.digital_signature else KeyUse.AGREEMENT


def _title(name: x509.Name) -> bytes:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    try:
        title = bytes.fromhex(str(common[0].value)) if len(common) == 1 else b""
    except ValueError:
        title = b""
    if len(title) != TITLE_SIZE:
        raise CertificateRefused("the common name of a certificate is a system title: 16 hex digits")
    return title


def _check_validity(certificate: Certificate, at: datetime) -> None:
    if not certificate.not_before <= at <= certificate.not_after:
        until = f"{certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}"
        raise CertificateRefused(f"the certificate is valid from {until}, not at {at:%Y-%m-%d}")


@lru_cache(maxsize=64)  # what is signed stays signed; a peer shows its certificate once for many APDUs
def _is_signed(certificate: Certificate, issuer: Certificate) -> bool:
    try:
        x509.load_der_x509_certificate(certificate.der).verify_directly_issued_by(
            x509.load_der_x509_certificate(issuer.der)
        )
    except (ValueError, TypeError, InvalidSignature):
        return False
    return issuer.is_authority


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    serial_number: int,
    since: datetime,
    days: int,
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    return builder.serial_number(serial_number).not_valid_before(since).not_valid_after(since + timedelta(days=days))


def _usage(*, sign: bool = False, agree: bool = False, certify: bool = False) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=agree,
        key_cert_sign=certify,
        crl_sign=certify,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _number_octets(number: int) -> bytes:
    return number.to_bytes(max(1, (number.bit_length() + 8) // 8))


def _hash(suite: int) -> hashes.SHA256 | hashes.SHA384:
    return hashes.SHA256() if public_key_suite(suite).hash_name == "sha256" else hashes.SHA384()
