"""Protected APDUs opened offline: which key, whose system title, and what is proven then.

Nothing here keeps a counter: a capture may be looked at as often as one likes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from dlmskit.apdu.ciphered import DED_TAG, GLO_TAG
from dlmskit.apdu.general import GeneralCiphering, GeneralSigning
from dlmskit.apdu.tags import NAMES
from dlmskit.dissect.found import Opening, Protection, TagState
from dlmskit.dissect.general import check_signing, open_ciphering
from dlmskit.dissect.limits import DissectLimits
from dlmskit.dissect.message import Link
from dlmskit.errors import AuthenticationFailed, DlmsError, MissingKey, RemoteProtocolError
from dlmskit.security.cipher import (
    AUTHENTICATED,
    BOTH,
    HEADER_SIZE,
    TAG_SIZE,
    TITLE_SIZE,
    Aead,
    SecurityControl,
    aead_of,
    unprotect,
)
from dlmskit.security.keys import KeyRole, KeySource
from dlmskit.security.suites import KEY_SIZES

_GENERAL_DED = 0xDC
_LEAST_AUTHENTICATED = HEADER_SIZE + TAG_SIZE
_REQUESTS = (0x01, 0x05, 0x06, 0x16, 0xC0, 0xC1, 0xC3)  # what a client sends
FROM_CLIENT = frozenset(table[plain] for table in (GLO_TAG, DED_TAG) for plain in _REQUESTS)
_DEDICATED = frozenset((_GENERAL_DED, *DED_TAG.values()))


class Envelope(NamedTuple):
    """A ciphered APDU.

    tag      its first octet
    title    the sender's system title, where it is in the octets
    content  security control | counter | text | tag; None if not even its length could be read
    whole    False where the content is cut short
    """

    tag: int
    title: bytes | None
    content: bytes | None
    whole: bool

    @classmethod
    def of(cls, tag: int, fields: Mapping[str, Any], whole: bool) -> Envelope:
        title = fields.get("system_title") or fields.get("originator_system_title")
        return cls(tag, title, fields.get("content") or fields.get("ciphered_content"), whole)


class Association:
    """What an association request and its answer told about both sides."""

    __slots__ = ("client_title", "dedicated", "server_title")

    def __init__(self) -> None:
        self.client_title: bytes | None = None
        self.server_title: bytes | None = None
        self.dedicated: bytes | None = None

    def titles(self, tag: int) -> tuple[bytes | None, ...]:
        """Whose title it may be, the likelier first."""
        both = (self.client_title, self.server_title)
        return both if tag in FROM_CLIENT else both[::-1]


class Associations:
    """The associations of a capture, by the two ends of their link."""

    def __init__(self, limits: DissectLimits) -> None:
        self._most = limits.associations
        self._known: dict[frozenset[object], Association] = {}

    def at(self, link: Link) -> Association:
        ends = frozenset(link)
        if ends not in self._known:
            if len(self._known) >= self._most:
                del self._known[next(iter(self._known))]
            self._known[ends] = Association()
        return self._known[ends]


class Decipherer:
    """Opens envelopes with the keys given; `title` is the sender's where nothing else says it."""

    def __init__(self, keys: KeySource | None, title: bytes | None) -> None:
        self._keys, self._title = keys, title

    def open(self, envelope: Envelope, association: Association) -> Opening:
        """Try the titles that may be the sender's. Never raises for octets."""
        content = envelope.content or b""
        protection = Protection(NAMES[envelope.tag], envelope.title)
        if len(content) < HEADER_SIZE:
            error = RemoteProtocolError("protected content shorter than its security header", data=content, offset=0)
            return Opening(protection, error=error)
        control, counter = SecurityControl(content[0]), int.from_bytes(content[1:HEADER_SIZE])
        protection = protection._replace(control=control, invocation_counter=counter)
        if not envelope.whole:
            return Opening(protection)
        attempt = Opening(protection, error=_no_title() if self._keys and envelope.title is None else None)
        for title in self._titles(envelope, association):
            attempt = self._attempt(envelope.tag, content, title, protection, association)
            if attempt.plain is not None:
                return attempt
        if (
            control & BOTH == AUTHENTICATED
            and attempt.protection.tag == "no-key"
            and len(content) >= _LEAST_AUTHENTICATED
        ):
            return Opening(_with(attempt.protection, "unchecked"), content[HEADER_SIZE:-TAG_SIZE])
        return attempt

    def open_ciphering(self, apdu: GeneralCiphering) -> Opening:
        """The same for an envelope that names its key."""
        return open_ciphering(apdu, self._keys)

    def check_signing(self, apdu: GeneralSigning) -> Opening:
        """The content of a signed APDU, and whether the signature proves it."""
        return check_signing(apdu, self._keys)

    def _titles(self, envelope: Envelope, association: Association) -> Iterator[bytes]:
        if envelope.title is not None:
            yield envelope.title
            return
        yield from dict.fromkeys(title for title in (*association.titles(envelope.tag), self._title) if title)

    def _attempt(
        self, tag: int, content: bytes, title: bytes, protection: Protection, association: Association
    ) -> Opening:
        protection = protection._replace(system_title=title)
        if self._keys is None:
            return Opening(protection)
        if len(title) != TITLE_SIZE:
            return Opening(protection, error=RemoteProtocolError(f"a system title of {len(title)} octets", data=title))
        ring, broadcast = self._keys.for_title(title), SecurityControl(content[0]).broadcast
        try:
            aead = _aead(ring, tag, broadcast, association)
            opened = unprotect(content, title=title, key=aead, ak=ring.ak, broadcast=broadcast, allow_unchecked=True)
        except MissingKey:
            return Opening(protection)
        except AuthenticationFailed as error:
            return Opening(_with(protection, "wrong"), error=error)
        except RemoteProtocolError as error:  # compression, a suite that is not known
            return Opening(protection, error=error)
        return Opening(_with(protection, opened.state), opened.plaintext)


def _aead(ring: KeySource, tag: int, broadcast: bool, association: Association) -> Aead:
    if tag not in _DEDICATED:
        return ring.aead(KeyRole.BROADCAST if broadcast else KeyRole.ENCRYPTION)
    if association.dedicated is not None and len(association.dedicated) in KEY_SIZES:
        return aead_of(association.dedicated)
    return ring.aead(KeyRole.DEDICATED)


def _with(protection: Protection, tag: TagState) -> Protection:
    return protection._replace(tag=tag)


def _no_title() -> DlmsError:
    return MissingKey(
        "the sender's system title is not in the octets", hints=("give it as system_title (--system-title)",)
    )
