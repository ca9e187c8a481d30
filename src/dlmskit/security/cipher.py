"""Authenticated encryption as COSEM uses it: AES-GCM with 12-octet tags.

A protected content is `security control (1) | invocation counter (4, big-endian) | text | tag (12, if authenticated)`.

    control                     text on the wire   additional authenticated data
    authenticated only (0x10)   clear              SC | AK | text
    encrypted only     (0x20)   ciphered           none, and no tag: nothing proves where it comes from
    both               (0x30)   ciphered           SC | AK

The IV is the sender's system title (8) followed by the invocation counter (4).
Source: Green Book, AES-GCM and security header; NIST SP 800-38D.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import lru_cache
from hmac import compare_digest
from typing import Literal, NamedTuple, NoReturn

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dlmskit.errors import (
    AuthenticationFailed,
    CounterExhausted,
    DowngradeRefused,
    MissingKey,
    RemoteProtocolError,
    UnsupportedProtection,
    UsageError,
)
from dlmskit.security.suites import KEY_SIZES, SUITES

TITLE_SIZE = 8
TAG_SIZE = 12
HEADER_SIZE = 5

AUTHENTICATED = 0x10
ENCRYPTED = 0x20
BOTH = AUTHENTICATED | ENCRYPTED
BROADCAST = 0x40
COMPRESSED = 0x80

TagState = Literal["verified", "unchecked", "absent"]

_FULL_TAG_SIZE = 16  # what AES-GCM itself gives; COSEM sends the first 12 octets
_TAG_END = TAG_SIZE - _FULL_TAG_SIZE
_header = struct.Struct(">BI")
_new = tuple.__new__


class SecurityControl(int):
    """The security control octet: suite in bits 0-3, then authenticated, encrypted, broadcast key, compressed."""

    @property
    def suite(self) -> int:
        return self & 0x0F

    @property
    def authenticated(self) -> bool:
        return bool(self & AUTHENTICATED)

    @property
    def encrypted(self) -> bool:
        return bool(self & ENCRYPTED)

    @property
    def broadcast(self) -> bool:
        return bool(self & BROADCAST)

    @property
    def compressed(self) -> bool:
        return bool(self & COMPRESSED)


_CONTROLS = tuple(SecurityControl(octet) for octet in range(256))
# The controls that can be applied; looked up once per APDU instead of testing each bit.
_USABLE = frozenset(c for c in _CONTROLS if c & BOTH and not c.compressed and c.suite in SUITES)
_OPENABLE = tuple(c if c in _USABLE and not c.broadcast else None for c in _CONTROLS)


class Aead:
    """One AES-GCM key as an operation; the key itself cannot be read back, shown or pickled.

    seal  (iv 12, text, aad or None) -> ciphertext | full 16-octet tag
    """

    __slots__ = ("seal",)

    seal: Callable[[bytes, bytes, bytes | None], bytes]

    def __init__(self, key: bytes) -> None:
        if len(key) not in KEY_SIZES:
            raise UsageError(f"an AES-GCM key has {' or '.join(map(str, sorted(KEY_SIZES)))} octets, not {len(key)}")
        self.seal = AESGCM(key).encrypt

    @classmethod
    def by(cls, seal: Callable[[bytes, bytes, bytes | None], bytes]) -> Aead:
        """The key somebody else holds, such as a hardware module, as its operation."""
        made = cls.__new__(cls)
        made.seal = seal
        return made

    def __repr__(self) -> str:
        return "<Aead AES-GCM>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("keys are not pickled or copied")


@lru_cache(maxsize=256)
def aead_of(key: bytes) -> Aead:
    """The `Aead` of a key, made once: expanding a key costs more than ciphering a short APDU."""
    return Aead(key)


class Opened(NamedTuple):
    """What a protected content held, and what is proven about it.

    state  `verified`: the tag fits · `unchecked`: there is a tag, but no authentication key was given ·
           `absent`: encryption only, nothing is proven
    """

    plaintext: bytes
    control: SecurityControl
    counter: int
    state: TagState

    def __repr__(self) -> str:  # the plaintext of an initiate request holds the dedicated key
        return (
            f"Opened({len(self.plaintext)} octets, control=0x{self.control:02X}, counter={self.counter}, {self.state})"
        )


def protect(plaintext: bytes, *, control: int, title: bytes, counter: int, key: Aead, ak: bytes | None) -> bytes:
    """Authenticate and/or encrypt one APDU into `control | counter | text | tag`.

    title    own system title, 8 octets
    counter  never used before with this key and title
    ak       authentication key; None will do for encryption only
    """
    if control not in _USABLE or len(title) != TITLE_SIZE or not 0 <= counter <= 0xFFFFFFFF:
        _refuse_arguments(control, title)
    header = _header.pack(control, counter)
    iv = title + header[1:]
    if not control & AUTHENTICATED:
        return header + key.seal(iv, plaintext, None)[:-_FULL_TAG_SIZE]
    if not ak:
        raise MissingKey("an authentication key is needed to authenticate")
    if control & ENCRYPTED:
        return header + key.seal(iv, plaintext, header[:1] + ak)[:_TAG_END]
    return header + plaintext + key.seal(iv, b"", header[:1] + ak + plaintext)[:TAG_SIZE]


def unprotect(
    content: bytes,
    *,
    title: bytes,
    key: Aead,
    ak: bytes | None,
    required: int = 0,
    broadcast: bool = False,
    allow_unchecked: bool = False,
) -> Opened:
    """Check, then decrypt, one protected content.

    title            system title of the sender, 8 octets
    required         protection bits that must be there (see `satisfies`), else DowngradeRefused
    broadcast        the content came by broadcast, and `key` is the broadcast key
    allow_unchecked  without `ak`, decrypt what carries a tag and say so in `state`; for offline decoding only

    Raises AuthenticationFailed for a wrong tag, title, counter, ciphertext or key alike; RemoteProtocolError if the
    header is cut short; UnsupportedProtection for compression, an unknown suite or the wrong key set.
    """
    control = _OPENABLE[content[0]] if len(content) >= HEADER_SIZE else None
    if control is None or broadcast or required & BOTH & ~control:
        control = _checked_control(content, required, broadcast)
    if len(title) != TITLE_SIZE:
        raise UsageError(f"a system title has {TITLE_SIZE} octets, not {len(title)}")
    counter = int.from_bytes(content[1:HEADER_SIZE])
    iv = title + content[1:HEADER_SIZE]
    if not control & AUTHENTICATED:
        return Opened(_cipher(key, iv, content[HEADER_SIZE:]), control, counter, "absent")
    if not ak and not allow_unchecked:
        raise MissingKey("an authentication key is needed to check the tag")
    if len(content) < HEADER_SIZE + TAG_SIZE:
        raise AuthenticationFailed
    text = content[HEADER_SIZE:-TAG_SIZE]
    plaintext = key.seal(iv, text, None)[:-_FULL_TAG_SIZE] if control & ENCRYPTED else text
    if not ak:
        return Opened(plaintext, control, counter, "unchecked")
    # Twice as fast as a decryptor object, the only one that takes short tags: GCM is a stream cipher, so enciphering the
    # ciphertext deciphers it, and enciphering that again with the additional data gives the tag the sender had.
    aad = content[:1] + ak
    sealed = key.seal(iv, plaintext, aad) if control & ENCRYPTED else key.seal(iv, b"", aad + text)
    if not compare_digest(sealed[-_FULL_TAG_SIZE:_TAG_END], content[-TAG_SIZE:]):
        raise AuthenticationFailed
    return _new(Opened, (plaintext, control, counter, "verified"))


def _checked_control(content: bytes, required: int, broadcast: bool) -> SecurityControl:
    if len(content) < HEADER_SIZE:
        raise RemoteProtocolError("protected content shorter than its security header", data=content, offset=0)
    control = _CONTROLS[content[0]]
    if control not in _USABLE or broadcast != bool(control & BROADCAST):
        _refuse_control(content, control)
    if required & BOTH & ~control:
        raise DowngradeRefused(f"protection 0x{control:02X} received, at least 0x{required & BOTH:02X} required")
    return control


def _cipher(key: Aead, iv: bytes, text: bytes) -> bytes:
    return key.seal(iv, text, None)[:-_FULL_TAG_SIZE]


def _refuse_arguments(control: int, title: bytes) -> NoReturn:
    if control not in _USABLE:
        raise UsageError(f"security control 0x{control:02X} cannot be applied")
    if len(title) != TITLE_SIZE:
        raise UsageError(f"a system title has {TITLE_SIZE} octets, not {len(title)}")
    raise CounterExhausted("an invocation counter lies between 0 and 4294967295")


def _refuse_control(content: bytes, control: SecurityControl) -> NoReturn:
    if control.compressed:
        reason = "compression is not supported"
    elif control.suite not in SUITES:
        reason = f"suite {control.suite} is not supported"
    elif not control & BOTH:
        reason = "it neither authenticates nor encrypts"
    else:
        reason = "it names the broadcast key" if control.broadcast else "it does not name the broadcast key"
    raise UnsupportedProtection(f"security control 0x{control:02X}: {reason}", data=content, offset=0)
