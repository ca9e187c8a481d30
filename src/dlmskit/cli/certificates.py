"""Certificates on the command line: an authority for a laboratory, what it issues, and what a certificate says."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dlmskit.cli.output import Output
from dlmskit.cli.passphrase import passphrase
from dlmskit.edge.clock import now, random_bytes
from dlmskit.errors import CertificateRefused, UsageError
from dlmskit.security.certificates import Authority, Certificate, parse_certificate
from dlmskit.security.pairs import KeyUse
from dlmskit.security.signature import draw_private, random_octets_for

_KEY, _CERTIFICATE = "authority.key", "authority.crt"
#: A clock that is a little behind must find a new certificate valid.
_LEEWAY = timedelta(hours=1)


def make_authority(output: Output, folder: Path, name: str, suite: int, days: int) -> None:
    """A key under a passphrase, and a certificate in which it vouches for itself, in a new folder."""
    if (folder / _KEY).exists():
        raise UsageError(f"{folder} holds an authority already")
    key = draw_private(random_bytes(random_octets_for(suite)), suite)
    made = Authority.create(key, name, serial_number=_serial_number(), since=now() - _LEEWAY, days=days)
    sealed = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase(folder / _KEY)),
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(folder / _KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(sealed)
    (folder / _CERTIFICATE).write_bytes(made.certificate.der)
    _tell(output, made.certificate, folder / _CERTIFICATE)


def issue_certificate(output: Output, folder: Path, request: str, use: str, days: int) -> None:
    """The certificate that a request (PKCS #10) asks for, beside the request."""
    if use not in list(KeyUse):
        raise UsageError(f"--use is {' or '.join(KeyUse)}, not {use[:40]!r}")
    asked = Path(request)
    authority = Authority(_private_key(folder / _KEY), parse_certificate(_octets(folder / _CERTIFICATE)))
    since = now() - _LEEWAY
    made = authority.answer(_octets(asked), KeyUse(use), serial_number=_serial_number(), since=since, days=days)
    path = asked.with_suffix(".crt")
    path.write_bytes(made.der)
    _tell(output, made, path)


def show_certificate(output: Output, path: Path) -> None:
    """What a certificate says."""
    _tell(output, parse_certificate(_octets(path)), path)


def _tell(output: Output, certificate: Certificate, path: Path) -> None:
    holder = certificate.title.hex() if certificate.title else "an authority"
    if output.as_json:
        output.emit(
            {
                "file": str(path),
                "title": certificate.title.hex() if certificate.title else None,
                "use": certificate.use,
                "suite": certificate.suite,
                "serial_number": certificate.serial_number.hex(),
                "not_before": certificate.not_before.isoformat(),
                "not_after": certificate.not_after.isoformat(),
                "public_key": certificate.public.hex(),
            }
        )
        return
    output.say(f"{path}: {holder}, {certificate.use or 'signs certificates'}, suite {certificate.suite}")
    output.say(f"  serial number {certificate.serial_number.hex()}")
    output.say(f"  valid from {certificate.not_before:%Y-%m-%d} to {certificate.not_after:%Y-%m-%d}")


def _octets(path: Path) -> bytes:
    """DER, also where the file holds it as PEM."""
    try:
        octets = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    if not octets.startswith(b"-----BEGIN"):
        return octets
    try:
        read = x509.load_pem_x509_csr if b"REQUEST" in octets.splitlines()[0] else x509.load_pem_x509_certificate
        return read(octets).public_bytes(serialization.Encoding.DER)
    except ValueError:
        raise CertificateRefused(f"{path} holds no certificate that can be read") from None


def _private_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        key = serialization.load_pem_private_key(_octets_of_key(path), passphrase(path))
    except (ValueError, TypeError):
        raise UsageError(f"{path}: the passphrase is wrong, or it is no private key") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise UsageError(f"{path} is no key of P-256 or P-384")
    return key


def _octets_of_key(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise UsageError(f"{path.parent} holds no authority", hints=("`dlmskit keys ca FOLDER` makes one",)) from None


def _serial_number() -> int:
    """Positive, and foreseen by nobody. Source: RFC 5280 and practice of public authorities, 64 bits or more."""
    return int.from_bytes(random_bytes(16)) >> 1 | 1
