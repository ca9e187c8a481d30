"""Key pairs behind handles: they sign and agree on keys, and never give the private key away.

A `Signer` and a `KeyAgreement` may be a `KeyPair` in memory or a key in a hardware module; either may block.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NoReturn, Protocol

from cryptography.hazmat.primitives.asymmetric import ec

from dlmskit.errors import UsageError
from dlmskit.security import agreement, signature
from dlmskit.security.suites import public_key_suite


class KeyUse(StrEnum):
    """What a key pair is for; a certificate is for one of them."""

    SIGNATURE = "signature"
    AGREEMENT = "agreement"


class Signer(Protocol):
    """A private signing key as an operation."""

    @property
    def public(self) -> bytes:
        """The public key, `x | y`."""

    def sign(self, data: bytes) -> bytes:
        """The signature, `r | s`. May block."""


class KeyAgreement(Protocol):
    """A private key agreement key as an operation."""

    @property
    def public(self) -> bytes:
        """The public key, `x | y`."""

    def exchange(self, peer: bytes) -> bytes:
        """Z, from the peer's public key `x | y`. May block. Raises RemoteProtocolError for what is no public key."""


class KeyPair:
    """A private key in memory, for signatures or for key agreement; it cannot be read back, shown or pickled.

    private  the number, its octets, or the key as `cryptography` has it
    suite    1 for P-256, 2 for P-384
    Raises UsageError for a key that is none, or of another curve.
    """

    __slots__ = ("_key", "public", "suite")

    def __init__(self, private: bytes | int | ec.EllipticCurvePrivateKey, suite: int) -> None:
        row = public_key_suite(suite)
        key = private if isinstance(private, ec.EllipticCurvePrivateKey) else signature.load_private(private, suite)
        if key.key_size != row.coordinate_size * 8:
            raise UsageError(f"suite {suite} takes private keys of {row.curve}")
        self._key, self.suite = key, suite
        self.public = signature.public_octets(key.public_key())

    @classmethod
    def drawn(cls, random: bytes, suite: int) -> KeyPair:
        """A new pair out of `signature.random_octets_for(suite)` random octets."""
        return cls(signature.draw_private(random, suite), suite)

    def sign(self, data: bytes) -> bytes:
        return signature.sign(self._key, data, self.suite)

    def exchange(self, peer: bytes) -> bytes:
        return agreement.exchange(self._key, peer, self.suite)

    def certificate_request(self, title: bytes) -> bytes:
        """A request (PKCS #10, DER) for a certificate of the public key, in the name of a system title."""
        from dlmskit.security.certificates import certificate_request

        return certificate_request(self._key, title)

    def __repr__(self) -> str:
        return f"<KeyPair {public_key_suite(self.suite).curve} public={self.public[:4].hex()}…>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not pickled or copied")
