"""Keys in a hardware security module, through PKCS #11: they are used there and never leave it.

Needs the extra `[hsm]`. The authentication key is additional data, not a cipher key, so it is given as octets.
Source: PKCS #11 v2.40 and v3.0: AES-GCM, AES key wrap, ECDSA, ECDH1-DERIVE.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self, TypeVar

from dlmskit.errors import AuthenticationFailed, MissingExtra, MissingKey, RemoteProtocolError, UsageError
from dlmskit.security.cipher import Aead
from dlmskit.security.keys import KeyRole, KeySource, find_public_key
from dlmskit.security.pairs import KeyAgreement, KeyUse, Signer
from dlmskit.security.suites import Suite, public_key_suite

if TYPE_CHECKING:
    import pkcs11

    from dlmskit.security.certificates import CertificateBook

_FINGERPRINT_DOMAIN = b"dlmskit hsm key fingerprint\x00"
_TAG_BITS = 128
_UNCOMPRESSED = b"\x04"

T = TypeVar("T")


class HsmKeys(KeySource):
    """A key source over one token; its session stays open until `close`.

    library     the module's shared library; token  its label; pin  of the user
    labels      role or use -> label of the key object, such as {KeyRole.ENCRYPTION: "meter 17 EK"}
    ak          the authentication key
    publics     (system title, use) -> public key `x | y` of a peer
    certificates  as in a `KeyRing`
    A key is named by the token's serial number and its own label: two labels for one key would count its invocation
    counters apart, and are not to be used. Every operation is a call to the module, one at a time, and may block.
    Raises MissingExtra, UsageError where the module or token cannot be used.
    """

    def __init__(
        self,
        library: str | os.PathLike[str],
        token: str,
        pin: str,
        labels: Mapping[KeyRole | KeyUse, str],
        *,
        ak: bytes | None = None,
        publics: Mapping[tuple[bytes, KeyUse], bytes] | None = None,
        certificates: CertificateBook | None = None,
    ) -> None:
        self._pkcs11 = _loaded()
        self._labels, self._ak = dict(labels), ak
        self._publics, self._certificates = dict(publics or {}), certificates
        self._lock = threading.Lock()  # a session is for one thread at a time
        try:
            found = self._pkcs11.lib(os.fspath(library)).get_token(token_label=token)
            self._serial = bytes(found.serial)
            self._session: pkcs11.Session = found.open(user_pin=pin)
        except (self._pkcs11.PKCS11Error, RuntimeError, OSError) as error:
            raise UsageError(f"token {token!r} cannot be used: {_named(error)}") from None

    def close(self) -> None:
        """End the session with the module."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<HsmKeys {' '.join(self._labels)}>"

    @property
    def ak(self) -> bytes | None:
        return self._ak

    def aead(self, handle: KeyRole) -> Aead:
        key = self._secret_key(handle)

        def seal(iv: bytes, text: bytes, aad: bytes | None) -> bytes:
            parameters = self._pkcs11.GCMParams(iv, aad or b"", _TAG_BITS)
            mechanism = self._pkcs11.Mechanism.AES_GCM
            return bytes(self._call(lambda: key.encrypt(text, mechanism=mechanism, mechanism_param=parameters)))

        return Aead.by(seal)

    def fingerprint(self, handle: KeyRole) -> bytes:
        label = self._label(handle)
        return hashlib.sha256(_FINGERPRINT_DOMAIN + self._serial + b"\0" + label.encode()).digest()[:8]

    def for_title(self, title: bytes) -> KeySource:
        return self

    def signer(self, suite: int) -> Signer:
        return self._pair(KeyUse.SIGNATURE, suite)

    def agreement(self, suite: int) -> KeyAgreement:
        return self._pair(KeyUse.AGREEMENT, suite)

    def _pair(self, use: KeyUse, suite: int) -> _HsmPair:
        self._label(use)  # raises MissingKey also where the suite has no key pairs
        return _HsmPair(self, use, public_key_suite(suite))

    def certificate(self, title: bytes, suite: int) -> bytes | None:
        return None if self._certificates is None else self._certificates.of(title, suite)

    def public_key(self, title: bytes, use: KeyUse, suite: int, *, shown: bytes | None = None) -> bytes | None:
        return find_public_key(self._publics, self._certificates, title, use, suite, shown)

    def wrap(self, key: bytes) -> bytes:
        master, names = self._secret_key(KeyRole.MASTER), self._pkcs11

        def wrapped() -> bytes:
            template = {names.Attribute.EXTRACTABLE: True, names.Attribute.TOKEN: False}
            made = self._session.create_object(
                {
                    names.Attribute.CLASS: names.ObjectClass.SECRET_KEY,
                    names.Attribute.KEY_TYPE: names.KeyType.AES,
                    names.Attribute.VALUE: key,
                    **template,
                }
            )
            try:
                return bytes(master.wrap_key(made, mechanism=names.Mechanism.AES_KEY_WRAP))
            finally:
                made.destroy()

        return self._call(wrapped)

    def unwrap(self, wrapped: bytes) -> bytes:
        master, names = self._secret_key(KeyRole.MASTER), self._pkcs11

        def unwrapped() -> bytes:
            template = {
                names.Attribute.EXTRACTABLE: True,
                names.Attribute.SENSITIVE: False,
                names.Attribute.TOKEN: False,
            }
            made = master.unwrap_key(
                names.ObjectClass.SECRET_KEY,
                names.KeyType.AES,
                wrapped,
                mechanism=names.Mechanism.AES_KEY_WRAP,
                template=template,
            )
            try:
                return bytes(made[names.Attribute.VALUE])
            finally:
                made.destroy()

        try:
            return self._call(unwrapped)
        except UsageError:
            raise AuthenticationFailed from None

    # --- objects of the token ---

    def _call(self, act: Callable[[], T]) -> T:
        """One operation in the module. Raises UsageError for what it refuses."""
        with self._lock, self._refusals():
            return act()

    @contextmanager
    def _refusals(self) -> Iterator[None]:
        try:
            yield
        except self._pkcs11.PKCS11Error as error:
            raise UsageError(f"the module refuses: {_named(error)}") from None

    def _label(self, handle: KeyRole | KeyUse) -> str:
        if handle not in self._labels:
            raise MissingKey(f"the {handle.name.lower()} key is needed, and no label of it was given")
        return self._labels[handle]

    def _secret_key(self, handle: KeyRole) -> Any:
        return self.find(handle, self._pkcs11.ObjectClass.SECRET_KEY)

    def find(self, handle: KeyRole | KeyUse, kind: Any) -> Any:
        """The key object of a role or use. Raises MissingKey."""
        label = self._label(handle)
        try:
            return self._call(lambda: self._session.get_key(object_class=kind, label=label))
        except UsageError:
            raise MissingKey(f"the token has no single {handle.name.lower()} key with the label {label!r}") from None


class _HsmPair:
    """A key pair of a token: it signs or agrees on keys there."""

    def __init__(self, keys: HsmKeys, use: KeyUse, suite: Suite) -> None:
        names = keys._pkcs11
        self._keys, self._suite = keys, suite
        self._private = keys.find(use, names.ObjectClass.PRIVATE_KEY)
        public = keys.find(use, names.ObjectClass.PUBLIC_KEY)
        point = bytes(keys._call(lambda: public[names.Attribute.EC_POINT]))
        self.public = point[-suite.pair_size :]
        if len(point) < suite.pair_size or len(point) > suite.pair_size + 4:
            raise MissingKey(f"our own {use} key in the token is not of {suite.curve}")

    def sign(self, data: bytes) -> bytes:
        names = self._keys._pkcs11
        digest = hashlib.new(self._suite.hash_name or "", data).digest()
        return bytes(self._keys._call(lambda: self._private.sign(digest, mechanism=names.Mechanism.ECDSA)))

    def exchange(self, peer: bytes) -> bytes:
        names = self._keys._pkcs11
        template = {names.Attribute.EXTRACTABLE: True, names.Attribute.SENSITIVE: False, names.Attribute.TOKEN: False}

        def derived() -> bytes:
            made = self._private.derive_key(
                names.KeyType.GENERIC_SECRET,
                8 * self._suite.coordinate_size,
                mechanism_param=(names.KDF.NULL, None, _UNCOMPRESSED + peer),
                template=template,
            )
            try:
                return bytes(made[names.Attribute.VALUE])
            finally:
                made.destroy()

        try:
            return self._keys._call(derived)
        except UsageError:
            raise RemoteProtocolError("a public key that is no point of the curve", data=peer) from None


def _loaded() -> Any:
    try:
        import pkcs11
    except ImportError:
        raise MissingExtra("hsm", "a hardware security module") from None
    return pkcs11


def _named(error: Exception) -> str:
    """What went wrong, in the module's name for it."""
    return str(error) or type(error).__name__
