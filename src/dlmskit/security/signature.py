"""ECDSA as COSEM writes it: public keys as `x | y`, signatures as `r | s`, each half as long as a coordinate.

The suite decides on curve and hash: P-256 with SHA-256 in suite 1, P-384 with SHA-384 in suite 2.
Source: Green Book, digital signature; NIST FIPS 186-5; SEC 1.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from dlmskit.errors import AuthenticationFailed, RemoteProtocolError, UsageError
from dlmskit.security.suites import Suite, public_key_suite

_UNCOMPRESSED = b"\x04"
_ORDERS = {
    "P-256": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "P-384": 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}
#: Random octets from which a private key is drawn: 64 bits more than it has, so that no key is likelier than another.
#: Source: NIST FIPS 186-5, key pair generation using extra random bits.
_EXTRA = 8


def sign(key: ec.EllipticCurvePrivateKey, data: bytes, suite: int) -> bytes:
    """The signature of `data`, `r | s`. Raises UsageError for a key of another curve."""
    row = public_key_suite(suite)
    if key.key_size != row.coordinate_size * 8:
        raise UsageError(f"suite {suite} signs on {row.curve}, the private key is for another curve")
    r, s = decode_dss_signature(key.sign(data, _ecdsa(row)))
    return r.to_bytes(row.coordinate_size) + s.to_bytes(row.coordinate_size)


def verify(signature: bytes, data: bytes, public: bytes, suite: int) -> None:
    """Check a signature `r | s` with the signer's public key `x | y`.

    Raises AuthenticationFailed for whatever does not fit; RemoteProtocolError for a public key that is none.
    """
    row = public_key_suite(suite)
    key = load_public(public, suite)
    if len(signature) != row.pair_size:
        raise AuthenticationFailed
    r, s = (int.from_bytes(half) for half in (signature[: row.coordinate_size], signature[row.coordinate_size :]))
    try:
        key.verify(encode_dss_signature(r, s), data, _ecdsa(row))
    except (InvalidSignature, ValueError):
        raise AuthenticationFailed from None


def load_public(public: bytes, suite: int) -> ec.EllipticCurvePublicKey:
    """The key of `x | y`. Raises RemoteProtocolError where it is no point of the suite's curve."""
    row = public_key_suite(suite)
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve(suite), _UNCOMPRESSED + public)
    except ValueError:
        raise RemoteProtocolError(
            f"a public key that is no point of {row.curve}, the curve of suite {suite}", data=public
        ) from None


def public_octets(key: ec.EllipticCurvePublicKey) -> bytes:
    """`x | y` of a public key."""
    numbers, size = key.public_numbers(), (key.key_size + 7) // 8
    return numbers.x.to_bytes(size) + numbers.y.to_bytes(size)


def load_private(scalar: bytes | int, suite: int) -> ec.EllipticCurvePrivateKey:
    """The private key with that number. Raises UsageError where it is out of range."""
    number = int.from_bytes(scalar) if isinstance(scalar, bytes) else scalar
    row = public_key_suite(suite)
    if not 0 < number < _ORDERS[row.curve or ""]:
        raise UsageError(f"a private key that is out of range for {row.curve}")
    return ec.derive_private_key(number, curve(suite))


def random_octets_for(suite: int) -> int:
    """How many random octets `draw_private` takes."""
    return public_key_suite(suite).coordinate_size + _EXTRA


def draw_private(random: bytes, suite: int) -> ec.EllipticCurvePrivateKey:
    """A private key out of `random_octets_for(suite)` random octets."""
    if len(random) != random_octets_for(suite):
        raise UsageError(f"a private key of suite {suite} is drawn from {random_octets_for(suite)} random octets")
    order = _ORDERS[public_key_suite(suite).curve or ""]
    return load_private(int.from_bytes(random) % (order - 1) + 1, suite)


def curve(suite: int) -> ec.EllipticCurve:
    """The curve of a suite, as `cryptography` has it."""
    return ec.SECP256R1() if public_key_suite(suite).curve == "P-256" else ec.SECP384R1()


def _ecdsa(row: Suite) -> ec.ECDSA:
    return ec.ECDSA(hashes.SHA256() if row.hash_name == "sha256" else hashes.SHA384())
