"""General-ciphering and general-signing: an APDU protected between any two parties, with its key named inside.

    key form     key-info                            content key
    identified   0, key id                           the global key, or with id 1 the broadcast key
    wrapped      1, KEK id 0, wrapped key            a fresh one, under the master key
    one-pass     2, 01, ephemeral key | signature    agreed, C(1e,1s)
    static       2, 02, empty                        agreed, C(0e,2s); the transaction id is its nonce

The header (transaction id to other-information, each with its length) is authenticated: behind the authentication key
in the additional data, before the content in what is signed. A signed and ciphered APDU is signed first.
Everything here is a pure function over keys that may block, so that it can run in a thread.
Source: Green Book, General-Ciphering, General-Signing, key agreement.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from dlmskit.apdu.base import octet_string
from dlmskit.apdu.general import AGREED_KEY, IDENTIFIED_KEY, WRAPPED_KEY, GeneralCiphering, GeneralSigning, KeyInfo
from dlmskit.errors import (
    AuthenticationFailed,
    CertificateRefused,
    MissingKey,
    RemoteProtocolError,
    UnsupportedProtection,
)
from dlmskit.security.agreement import ONE_PASS, STATIC_UNIFIED, content_key
from dlmskit.security.cipher import Aead, Opened, aead_of, protect, unprotect
from dlmskit.security.keys import KeyRole, KeySource
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.security.signature import random_octets_for, verify
from dlmskit.security.suites import SUITES, public_key_suite
from dlmskit.tolerances import Tolerances

Draw = Callable[[int], bytes]
"""Gives fresh random octets."""

TRANSACTION_ID_SIZE = 8
_SUITE = 0x0F
_KEYS_BY_ID = {b"\x00": KeyRole.ENCRYPTION, b"\x01": KeyRole.BROADCAST}
_MASTER_ID = b"\x00"


class KeyForm(StrEnum):
    """Where the key of a general-ciphering APDU comes from."""

    IDENTIFIED = "identified"
    WRAPPED = "wrapped"
    ONE_PASS = "one-pass"
    STATIC = "static"


class Parties(NamedTuple):
    """Who protects what for whom: titles of originator and recipient, our keys, the suite, deviations.

    shown  a certificate (DER) of the originator's signing key, which it showed when it associated
    """

    originator: bytes
    recipient: bytes
    keys: KeySource
    suite: int
    tolerances: Tolerances
    shown: bytes | None = None


# --- leaving ---


def sign(apdu: bytes, parties: Parties, draw: Draw) -> bytes:
    """The APDU in general-signing."""
    head = (draw(TRANSACTION_ID_SIZE), parties.originator, parties.recipient, b"", b"")
    signed = signed_octets(GeneralSigning(*head, content=apdu, signature=b""), parties.tolerances)
    signature = parties.keys.signer(parties.suite).sign(signed)
    return GeneralSigning(*head, content=apdu, signature=signature).to_bytes()


def cipher(apdu: bytes, control: int, form: KeyForm, counter: int, parties: Parties, draw: Draw) -> bytes:
    """The APDU in general-ciphering."""
    nonce = draw(TRANSACTION_ID_SIZE) if form is KeyForm.STATIC else b""
    key, info = _SENT_KEYS[form](parties, nonce, draw)
    head = (nonce, parties.originator, parties.recipient, b"", b"")
    envelope = GeneralCiphering(*head, key_info=info, ciphered_content=b"")
    ak = additional_key(parties.keys.ak, envelope, parties.tolerances)
    content = protect(apdu, control=control, title=parties.originator, counter=counter, key=key, ak=ak)
    return GeneralCiphering(*head, key_info=info, ciphered_content=content).to_bytes()


def _identified(parties: Parties, nonce: bytes, draw: Draw) -> tuple[Aead, KeyInfo]:
    return parties.keys.aead(KeyRole.ENCRYPTION), KeyInfo(IDENTIFIED_KEY, b"\x00")


def _wrapped(parties: Parties, nonce: bytes, draw: Draw) -> tuple[Aead, KeyInfo]:
    key = draw(SUITES[parties.suite].key_size)
    return Aead(key), KeyInfo(WRAPPED_KEY, _MASTER_ID, parties.keys.wrap(key))


def _one_pass(parties: Parties, nonce: bytes, draw: Draw) -> tuple[Aead, KeyInfo]:
    pair = KeyPair.drawn(draw(random_octets_for(parties.suite)), parties.suite)
    z = pair.exchange(_public_key(parties.keys, parties.recipient, KeyUse.AGREEMENT, parties.suite))
    proof = parties.keys.signer(parties.suite).sign(_ephemeral(pair.public, parties.tolerances))
    return _agreed(z, parties, b""), KeyInfo(AGREED_KEY, ONE_PASS, pair.public + proof)


def _static(parties: Parties, nonce: bytes, draw: Draw) -> tuple[Aead, KeyInfo]:
    public = _public_key(parties.keys, parties.recipient, KeyUse.AGREEMENT, parties.suite)
    z = parties.keys.agreement(parties.suite).exchange(public)
    return _agreed(z, parties, nonce), KeyInfo(AGREED_KEY, STATIC_UNIFIED)


_SENT_KEYS: dict[KeyForm, Callable[[Parties, bytes, Draw], tuple[Aead, KeyInfo]]] = {
    KeyForm.IDENTIFIED: _identified,
    KeyForm.WRAPPED: _wrapped,
    KeyForm.ONE_PASS: _one_pass,
    KeyForm.STATIC: _static,
}


def overhead(form: KeyForm, suite: int) -> int:
    """Octets that general-ciphering adds at most."""
    row = SUITES[suite]
    key_info = {
        KeyForm.IDENTIFIED: 3,
        KeyForm.WRAPPED: 4 + row.key_size + 8,
        KeyForm.ONE_PASS: 6 + 2 * row.pair_size,
        KeyForm.STATIC: 5,
    }
    return _HEAD + key_info[form] + 3 + 5 + row.tag_size


def signing_overhead(suite: int) -> int:
    """Octets that general-signing adds at most."""
    return _HEAD + 3 + 2 + public_key_suite(suite).pair_size


_HEAD = 1 + 3 * (1 + TRANSACTION_ID_SIZE) + 2


# --- entering ---


def form_of(envelope: GeneralCiphering) -> tuple[KeyForm, KeyInfo]:
    """How the envelope says where its key comes from. Raises UnsupportedProtection for none and for unknown ones."""
    info = envelope.key_info
    if info is None:
        raise UnsupportedProtection("general-ciphering that names no key protects nothing")
    if info.choice == IDENTIFIED_KEY:
        return KeyForm.IDENTIFIED, info
    if info.choice == WRAPPED_KEY:
        return KeyForm.WRAPPED, info
    if info.parameters in (ONE_PASS, STATIC_UNIFIED):
        return (KeyForm.ONE_PASS if info.parameters == ONE_PASS else KeyForm.STATIC), info
    raise UnsupportedProtection(f"key agreement {info.parameters.hex()} is not known", data=envelope.to_bytes())


def uncipher(
    envelope: GeneralCiphering,
    keys: KeySource,
    tolerances: Tolerances,
    *,
    required: int = 0,
    allow_unchecked: bool = False,
    shown: bytes | None = None,
) -> Opened:
    """Check, then decrypt, what a general-ciphering APDU holds; see `cipher.unprotect` for what it raises.

    Whatever does not fit in the key it names (a wrap, a signature, a point of no curve) is AuthenticationFailed, too.
    """
    content = envelope.ciphered_content
    suite = content[0] & _SUITE if content else 0
    ring = keys.for_title(envelope.originator_system_title)
    titles = envelope.originator_system_title, envelope.recipient_system_title
    parties = Parties(*titles, keys, suite, tolerances, shown)
    try:
        key, is_proven = _received_key(envelope, parties, ring, allow_unchecked)
    except UnsupportedProtection:
        raise
    except RemoteProtocolError:
        raise AuthenticationFailed from None
    ak = additional_key(ring.ak, envelope, tolerances)
    opened = unprotect(
        content,
        title=envelope.originator_system_title,
        key=key,
        ak=ak,
        required=required,
        allow_unchecked=allow_unchecked,
    )
    return opened if is_proven or opened.state != "verified" else opened._replace(state="unchecked")


def unsign(
    envelope: GeneralSigning, keys: KeySource, suite: int, tolerances: Tolerances, *, shown: bytes | None = None
) -> bytes:
    """The content of a general-signing APDU.

    `shown` is the certificate of its key that the signer showed. Raises AuthenticationFailed, MissingKey where the
    public key of the signer is not known, and CertificateRefused.
    """
    title = envelope.originator_system_title
    public = _public_key(keys, title, KeyUse.SIGNATURE, suite, shown)
    try:
        verify(envelope.signature, signed_octets(envelope, tolerances), public, suite)
    except RemoteProtocolError:
        raise AuthenticationFailed from None
    return envelope.content


def _received_key(
    envelope: GeneralCiphering, parties: Parties, shared: KeySource, allow_unchecked: bool
) -> tuple[Aead, bool]:
    """The content key, and whether it is proven to come from the originator; `shared` are the keys shared with it."""
    (form, info), keys, suite = form_of(envelope), parties.keys, parties.suite
    if form is KeyForm.IDENTIFIED:
        role = _KEYS_BY_ID.get(info.parameters)
        if role is None:
            raise AuthenticationFailed
        return shared.aead(role), True
    if form is KeyForm.WRAPPED:
        key = shared.unwrap(info.ciphered)
        if info.parameters != _MASTER_ID or suite not in SUITES or len(key) != SUITES[suite].key_size:
            raise AuthenticationFailed
        return aead_of(key), True
    if form is KeyForm.STATIC:
        public = _public_key(keys, parties.originator, KeyUse.AGREEMENT, suite)
        return _agreed(keys.agreement(suite).exchange(public), parties, envelope.transaction_id), True
    is_proven = _check_ephemeral(info.ciphered, parties, allow_unchecked)
    ephemeral = info.ciphered[: public_key_suite(suite).pair_size]
    return _agreed(keys.agreement(suite).exchange(ephemeral), parties, b""), is_proven


def _check_ephemeral(octets: bytes, parties: Parties, allow_unchecked: bool) -> bool:
    """Check the signature over an ephemeral key; without the signer's public key only where that is good enough."""
    size = public_key_suite(parties.suite).pair_size
    try:
        public = _public_key(parties.keys, parties.originator, KeyUse.SIGNATURE, parties.suite, parties.shown)
    except (MissingKey, CertificateRefused):
        if allow_unchecked:
            return False
        raise
    verify(octets[size:], _ephemeral(octets[:size], parties.tolerances), public, parties.suite)
    return True


# --- both ways ---


def additional_key(ak: bytes | None, envelope: GeneralCiphering, tolerances: Tolerances) -> bytes | None:
    """The authentication key and the header, which follows it in the additional authenticated data."""
    if ak is None or tolerances.short_additional_data:
        return ak
    return ak + _header(envelope)


def signed_octets(envelope: GeneralSigning, tolerances: Tolerances) -> bytes:
    """What a signature covers: header and content."""
    out = bytearray(_header(envelope))
    if tolerances.signs_content_without_length:
        out += envelope.content
    else:
        octet_string.write(envelope.content, out)
    return bytes(out)


def _header(envelope: GeneralCiphering | GeneralSigning) -> bytes:
    out = bytearray()
    octet_string.write(envelope.transaction_id, out)
    octet_string.write(envelope.originator_system_title, out)
    octet_string.write(envelope.recipient_system_title, out)
    octet_string.write(envelope.date_time, out)
    octet_string.write(envelope.other_information, out)
    return bytes(out)


def _ephemeral(public: bytes, tolerances: Tolerances) -> bytes:
    """What proves an ephemeral key."""
    return ONE_PASS + public if tolerances.signs_ephemeral_with_scheme else public


def _agreed(z: bytes, parties: Parties, nonce: bytes) -> Aead:
    key = content_key(z, originator=parties.originator, recipient=parties.recipient, nonce=nonce, suite=parties.suite)
    return Aead(key)


def _public_key(keys: KeySource, title: bytes, use: KeyUse, suite: int, shown: bytes | None = None) -> bytes:
    found = keys.public_key(title, use, suite, shown=shown)
    if found is None:
        raise MissingKey(f"the public {use} key of {title.hex()} for suite {suite} is needed and not known")
    return found
