"""Key agreement: a shared secret from two key pairs, and a key from the secret.

    scheme                              originator's pair   recipient's pair   who is party U
    ephemeral unified  C(2e,0s)         ephemeral           ephemeral          the client
    one-pass DH        C(1e,1s)         ephemeral           static             the originator
    static unified     C(0e,2s)         static              static             the originator, with a nonce

The key is the first octets of `hash(00000001 | Z | algorithm | party U | party V)`.
Source: Green Book, key agreement and key derivation function; NIST SP 800-56A, single-step concatenation KDF.
"""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec

from dlmskit.data.lengths import write_length
from dlmskit.security.signature import load_public
from dlmskit.security.suites import public_key_suite

ONE_PASS, STATIC_UNIFIED = b"\x01", b"\x02"
"""Key parameters of an agreed key in Key-Info."""

_FIRST_ROUND = (1).to_bytes(4)


def exchange(key: ec.EllipticCurvePrivateKey, peer: bytes, suite: int) -> bytes:
    """Z, the x-coordinate both sides come to; `peer` is their public key `x | y`.

    Raises RemoteProtocolError where `peer` is no point of the suite's curve.
    """
    return key.exchange(ec.ECDH(), load_public(peer, suite))


def derive(z: bytes, *, party_u: bytes, party_v: bytes, suite: int) -> bytes:
    """The AES-GCM key of the suite's size that both parties derive from Z."""
    row = public_key_suite(suite)
    return concat_kdf(row.hash_name or "", z, row.cipher_id + party_u + party_v, row.key_size)


def concat_kdf(hash_name: str, z: bytes, other_info: bytes, size: int) -> bytes:
    """One round of the concatenation KDF: up to as many octets as the hash has."""
    return hashlib.new(hash_name, _FIRST_ROUND + z + other_info).digest()[:size]


def content_key(z: bytes, *, originator: bytes, recipient: bytes, nonce: bytes = b"", suite: int) -> bytes:
    """The key of one general-ciphering APDU.

    originator, recipient  system titles
    nonce  the transaction id, where both key pairs are static; it stands behind the originator with its length
    """
    party_u = bytearray(originator)
    if nonce:
        write_length(len(nonce), party_u)
        party_u += nonce
    return derive(z, party_u=bytes(party_u), party_v=recipient, suite=suite)
