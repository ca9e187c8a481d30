"""Keys behind handles: a ring gives operations, never the encryption key's octets.

A `KeySource` is anything that can cipher under a named key: the `KeyRing` in memory here, a hardware module elsewhere.
The authentication key is additional data, not a cipher key, so it is the one that is handed out.
Source: Green Book, security keys.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from enum import StrEnum
from hmac import compare_digest
from types import MappingProxyType
from typing import TYPE_CHECKING, NoReturn, Protocol

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from dlmskit.errors import AuthenticationFailed, MissingKey, UsageError
from dlmskit.security.cipher import TITLE_SIZE, Aead, aead_of
from dlmskit.security.pairs import KeyAgreement, KeyPair, KeyUse, Signer
from dlmskit.security.suites import SUITES

if TYPE_CHECKING:
    from dlmskit.security.certificates import CertificateBook

_FINGERPRINT_DOMAIN = b"dlmskit key fingerprint\x00"


class KeyRole(StrEnum):
    """What a key is for; the handle by which a `KeySource` is asked."""

    ENCRYPTION = "ek"
    AUTHENTICATION = "ak"
    DEDICATED = "dedicated"
    BROADCAST = "broadcast"
    MASTER = "master"


class KeySource(Protocol):
    """Gives operations under keys, addressed by role, for one system title."""

    @property
    def ak(self) -> bytes | None: ...

    def aead(self, handle: KeyRole) -> Aead:
        """AES-GCM under that key. Raises MissingKey."""

    def fingerprint(self, handle: KeyRole) -> bytes:
        """Eight octets that name the key without giving it away. Raises MissingKey."""

    def for_title(self, title: bytes) -> KeySource:
        """The keys shared with the system of that title."""

    def signer(self, suite: int) -> Signer:
        """Our own signing key. Raises MissingKey."""

    def agreement(self, suite: int) -> KeyAgreement:
        """Our own static key agreement key. Raises MissingKey."""

    def certificate(self, title: bytes, suite: int) -> bytes | None:
        """The certificate (DER) of our signing key, to be shown to a peer; `title` is our own."""

    def public_key(self, title: bytes, use: KeyUse, suite: int, *, shown: bytes | None = None) -> bytes | None:
        """The public key `x | y` of the system of that title, where it is known and trusted.

        `shown` is a certificate (DER) that the peer showed, believed only as far as an authority vouches for it.
        May block where a certificate is checked. Raises CertificateRefused for one that is not to be trusted.
        """

    def wrap(self, key: bytes) -> bytes:
        """`key` under the master key. Raises MissingKey. Source: RFC 3394."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """What `wrap` was given. Raises MissingKey, AuthenticationFailed for whatever was not wrapped with this key."""


class KeyRing:
    """The keys of one system, or of many by system title.

    ek, ak      global unicast encryption key and authentication key: octets, or text as `parse_secret` reads it
    dedicated   key of one association; broadcast  global broadcast encryption key; master  key that wraps others
    signing, agreement  own key pairs
    publics     (system title, use) -> public key `x | y` of a peer, trusted as it stands
    certificates  our own and the authorities', where peers show certificates or shall be shown one
    by_title    system title (8) -> ring; an entry stands alone, nothing in it is filled up from the default
    allow_weak  accept all-zero keys and one key in two roles, which some test meters use

    Immutable. Raises UsageError for a key of the wrong size or a weak one.
    """

    __slots__ = ("_by_title", "_certificates", "_keys", "_pairs", "_publics", "allow_weak", "suite")

    def __init__(
        self,
        *,
        ek: bytes | str | None = None,
        ak: bytes | str | None = None,
        dedicated: bytes | str | None = None,
        broadcast: bytes | str | None = None,
        master: bytes | str | None = None,
        signing: KeyPair | None = None,
        agreement: KeyPair | None = None,
        publics: Mapping[tuple[bytes, KeyUse], bytes] | None = None,
        certificates: CertificateBook | None = None,
        by_title: Mapping[bytes, KeyRing] | None = None,
        suite: int = 0,
        allow_weak: bool = False,
    ) -> None:
        given = {
            KeyRole.ENCRYPTION: ek,
            KeyRole.AUTHENTICATION: ak,
            KeyRole.DEDICATED: dedicated,
            KeyRole.BROADCAST: broadcast,
            KeyRole.MASTER: master,
        }
        self._keys = {role: _key(key, role, suite) for role, key in given.items() if key is not None}
        if not allow_weak:
            _refuse_weak(self._keys)
        self.suite, self.allow_weak = suite, allow_weak
        self._pairs = {KeyUse.SIGNATURE: signing, KeyUse.AGREEMENT: agreement}
        self._publics, self._certificates = dict(publics or {}), certificates
        self._by_title = {check_title(title): ring for title, ring in (by_title or {}).items()}

    def changed(
        self,
        keys: Mapping[KeyRole, bytes] | None = None,
        *,
        pairs: Mapping[KeyUse, KeyPair] | None = None,
        publics: Mapping[tuple[bytes, KeyUse], bytes] | None = None,
        certificates: CertificateBook | None = None,
    ) -> KeyRing:
        """A ring with some keys and pairs in place of these, these public keys and this book. Raises UsageError."""
        held = {role.value: key for role, key in {**self._keys, **(keys or {})}.items()}
        own = {**self._pairs, **(pairs or {})}
        return KeyRing(
            **held,
            signing=own[KeyUse.SIGNATURE],
            agreement=own[KeyUse.AGREEMENT],
            publics=self._publics if publics is None else publics,
            certificates=self._certificates if certificates is None else certificates,
            by_title=self._by_title,
            suite=self.suite,
            allow_weak=self.allow_weak,
        )

    def holds(self, role: KeyRole, key: bytes) -> bool:
        """Whether `key` is the one held in that role, compared in constant time."""
        return compare_digest(self._keys.get(role, b""), key)

    @property
    def publics(self) -> Mapping[tuple[bytes, KeyUse], bytes]:
        """The peers' public keys."""
        return MappingProxyType(self._publics)

    @property
    def certificates(self) -> CertificateBook | None:
        """What peers' certificates are held against, and ours that are shown."""
        return self._certificates

    @property
    def ak(self) -> bytes | None:
        return self._keys.get(KeyRole.AUTHENTICATION)

    @property
    def dedicated(self) -> bytes | None:
        """The dedicated key, which an initiate request carries to the meter."""
        return self._keys.get(KeyRole.DEDICATED)

    def aead(self, handle: KeyRole) -> Aead:
        return aead_of(self._key(handle))

    def fingerprint(self, handle: KeyRole) -> bytes:
        return fingerprint(self._key(handle))

    def for_title(self, title: bytes) -> KeyRing:
        return self._by_title.get(title, self)

    def signer(self, suite: int) -> Signer:
        return self._pair(KeyUse.SIGNATURE, suite)

    def agreement(self, suite: int) -> KeyAgreement:
        return self._pair(KeyUse.AGREEMENT, suite)

    def certificate(self, title: bytes, suite: int) -> bytes | None:
        return None if self._certificates is None else self._certificates.of(title, suite)

    def public_key(self, title: bytes, use: KeyUse, suite: int, *, shown: bytes | None = None) -> bytes | None:
        return find_public_key(self._publics, self._certificates, title, use, suite, shown)

    def wrap(self, key: bytes) -> bytes:
        return aes_key_wrap(self._key(KeyRole.MASTER), key)

    def unwrap(self, wrapped: bytes) -> bytes:
        try:
            return aes_key_unwrap(self._key(KeyRole.MASTER), wrapped)
        except (InvalidUnwrap, ValueError):
            raise AuthenticationFailed from None

    def __contains__(self, handle: object) -> bool:
        return handle in self._keys

    def __repr__(self) -> str:
        titles = f", {len(self._by_title)} by title" if self._by_title else ""
        return f"<KeyRing {' '.join(self._keys) or 'empty'}{titles}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not pickled or copied")

    def _pair(self, use: KeyUse, suite: int) -> KeyPair:
        pair = self._pairs[use]
        if pair is None or pair.suite != suite:
            raise MissingKey(f"our own {use} key for suite {suite} is needed and was not given")
        return pair

    def _key(self, handle: KeyRole) -> bytes:
        try:
            return self._keys[handle]
        except KeyError:
            raise MissingKey(f"the {handle.name.lower()} key is needed and was not given") from None


def parse_secret(text: str) -> bytes:
    """The octets of a secret written as hex or as `ascii:text`. Raises UsageError, which does not repeat the secret."""
    if text.startswith("ascii:") and text.isascii():
        return text.removeprefix("ascii:").encode()
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise UsageError("a secret is written as hex digits or as ascii:text") from None


def find_public_key(
    publics: Mapping[tuple[bytes, KeyUse], bytes],
    certificates: CertificateBook | None,
    title: bytes,
    use: KeyUse,
    suite: int,
    shown: bytes | None,
) -> bytes | None:
    """A peer's public key: the one that is trusted as it stands, else the one a certificate proves."""
    public = publics.get((title, use))
    if public is not None:
        return public if len(public) == SUITES[suite].pair_size else None
    return None if certificates is None else certificates.public_key(title, use, suite, shown=shown)


def fingerprint(key: bytes) -> bytes:
    """Eight octets that name a key without giving it away."""
    return hashlib.sha256(_FINGERPRINT_DOMAIN + key).digest()[:8]


def check_title(title: bytes) -> bytes:
    """A system title, if it has its eight octets. Raises UsageError."""
    if len(title) != TITLE_SIZE:
        raise UsageError(f"a system title has {TITLE_SIZE} octets, not {len(title)}")
    return title


def _key(key: bytes | str, role: KeyRole, suite: int) -> bytes:
    if suite not in SUITES:
        raise UsageError(f"security suite {suite} is not supported")
    octets = parse_secret(key) if isinstance(key, str) else bytes(key)
    size = SUITES[suite].key_size
    if len(octets) != size:
        raise UsageError(f"the {role.name.lower()} key has {len(octets)} octets, suite {suite} needs {size}")
    return octets


def _refuse_weak(keys: Mapping[KeyRole, bytes]) -> None:
    seen: dict[bytes, KeyRole] = {}
    for role, key in keys.items():
        if not any(key):
            raise UsageError(f"the {role.name.lower()} key is all zero", hints=("a test meter: allow_weak=True",))
        if key in seen:
            raise UsageError(
                f"the {seen[key].name.lower()} and the {role.name.lower()} key are the same",
                hints=("a test meter: allow_weak=True",),
            )
        seen[key] = role
