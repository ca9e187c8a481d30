"""What one proof is computed from, and whether it fits.

A check holds every input of one tag, answer or password as a field, so that a single change is `replace(check, …)`. The
computing itself is that of `dlmskit.security`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, Self, TypeAlias

from dlmskit.apdu.ciphered import PLAIN_TAG
from dlmskit.data.limits import LIMITS
from dlmskit.dissect.partial import take
from dlmskit.errors import DlmsError
from dlmskit.security.cipher import (
    AUTHENTICATED,
    BROADCAST,
    ENCRYPTED,
    HEADER_SIZE,
    TAG_SIZE,
    Opened,
    aead_of,
    protect,
    unprotect,
)
from dlmskit.security.mechanisms import HLS, HlsFacts, verify_password
from dlmskit.security.suites import SUITES

Proof: TypeAlias = Literal["proven", "plausible"]
"""`proven`: only who knows the secrets can have made it · `plausible`: it deciphers to an APDU, and carries no proof"""
_COUNTER_SIZE = 4


class Check(Protocol):
    """One thing to check."""

    def proof(self) -> Proof | None:
        """Whether it fits, and how well; None where it does not."""

    def inputs(self) -> Mapping[str, str]:
        """What went in, for people; keys and secrets by name only."""

    def computed(self) -> bytes | None:
        """What ought to stand there, where that can be computed."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A ciphered APDU, or a GMAC over a challenge.

    rest         behind the header: text and tag. Of a GMAC the text is the challenge, which is not sent along.
    title        of the sender
    ak           the authentication key, or what else stands in its place in the additional data
    envelope     the first octet of the ciphered APDU; None for a GMAC
    other        the challenge that the prover of a GMAC sent itself
    """

    control: int
    counter: int
    rest: bytes
    title: bytes
    key: bytes = field(repr=False)
    ak: bytes | None = field(repr=False)
    key_name: str = "ek"
    aad: str = "SC | AK"
    envelope: int | None = None
    other: bytes = b""

    @classmethod
    def of(cls, content: bytes, *, title: bytes, key: bytes, ak: bytes | None, **more: Any) -> Self:
        """Of `security control | invocation counter | text | tag`."""
        counter = int.from_bytes(content[1:HEADER_SIZE])
        return cls(content[0], counter, content[HEADER_SIZE:], title, key, ak, **more)

    def opened(self) -> Opened | None:
        """What it holds; None where the tag does not fit, or it can be no such APDU."""
        try:
            opened = self._unprotect(self.control, self.rest)
        except DlmsError:
            return None
        return opened if opened.state == "verified" or self._is_plausible(opened.plaintext) else None

    def proof(self) -> Proof | None:
        opened = self.opened()
        if opened is None:
            return None
        return "proven" if opened.state == "verified" else "plausible"

    def inputs(self) -> Mapping[str, str]:
        shown = {
            "security_control": f"0x{self.control:02x}",
            "invocation_counter": str(self.counter),
            "system_title": self.title.hex(),
            "iv": (self.title + self.counter.to_bytes(_COUNTER_SIZE)).hex(),
            "key": self.key_name,
        }
        if self.control & AUTHENTICATED:
            shown["aad"] = self.aad if self.control & ENCRYPTED else f"{self.aad} | text"
            shown["tag"] = self.rest[-TAG_SIZE:].hex()
        return shown

    def computed(self) -> bytes | None:
        if not self.control & AUTHENTICATED or not self.ak:
            return None
        text, key = self.rest[:-TAG_SIZE], aead_of(self.key)
        try:
            plain = (
                text if not self.control & ENCRYPTED else self._unprotect(self.control & ~AUTHENTICATED, text).plaintext
            )
            sealed = protect(plain, control=self.control, title=self.title, counter=self.counter, key=key, ak=self.ak)
        except DlmsError:
            return None
        return sealed[-TAG_SIZE:]

    def _unprotect(self, control: int, rest: bytes) -> Opened:
        content = bytes((control,)) + self.counter.to_bytes(_COUNTER_SIZE) + rest
        broadcast = bool(control & BROADCAST)
        return unprotect(
            content, title=self.title, key=aead_of(self.key), ak=self.ak, broadcast=broadcast, allow_unchecked=True
        )

    def _is_plausible(self, plain: bytes) -> bool:
        if self.envelope is None:
            return False
        if self.envelope in PLAIN_TAG and plain[:1] != bytes((PLAIN_TAG[self.envelope],)):
            return False
        taken = take(plain, 0, LIMITS)
        return taken.error is None and taken.end == len(plain)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of an HLS pass that proves a secret or a signature.

    challenge, other  the one that is answered, and the one that the prover sent
    title, verifier   system titles of who proves, and of who is to be convinced
    key, ak           for a GMAC; public  the prover's signing key `x | y`, which also says the suite
    """

    mechanism: int
    answer: bytes
    challenge: bytes = field(repr=False)
    other: bytes = field(repr=False)
    title: bytes
    verifier: bytes
    secret: bytes | None = field(repr=False)
    key: bytes | None = field(default=None, repr=False)
    ak: bytes | None = field(default=None, repr=False)
    public: bytes | None = None

    def proof(self) -> Proof | None:
        try:
            HLS[self.mechanism].verify(self.answer, self._facts(self.verifier, self.title, self.challenge, self.other))
        except (DlmsError, KeyError):
            return None
        return "proven"

    def inputs(self) -> Mapping[str, str]:
        titles = {"prover_title": self.title.hex(), "verifier_title": self.verifier.hex()}
        return {
            "mechanism": str(self.mechanism),
            "challenge": self.challenge.hex(),
            "answer": self.answer.hex(),
            **{name: title for name, title in titles.items() if title},
        }

    def computed(self) -> bytes | None:
        try:
            facts = self._facts(self.title, self.verifier, self.other, self.challenge)
            return HLS[self.mechanism].answer(facts, counter=0)
        except (DlmsError, KeyError):
            return None

    def _facts(self, own: bytes, peer: bytes, own_challenge: bytes, peer_challenge: bytes) -> HlsFacts:
        return HlsFacts(
            own,
            peer,
            own_challenge,
            peer_challenge,
            control=_suite_of(self.public or b""),
            key=None if self.key is None else aead_of(self.key),
            ak=self.ak,
            secret=self.secret,
            peer_public=lambda: self.public,
        )


@dataclass(frozen=True, slots=True)
class Password:
    """An LLS password, as it was sent and as it is known."""

    sent: bytes = field(repr=False)
    secret: bytes = field(repr=False)

    def proof(self) -> Proof | None:
        return "proven" if verify_password(self.sent, self.secret) else None

    def inputs(self) -> Mapping[str, str]:
        return {"octets_sent": str(len(self.sent)), "octets_known": str(len(self.secret))}

    def computed(self) -> bytes | None:
        return None


def _suite_of(public: bytes) -> int:
    """The suite whose signing keys have that length."""
    return next((row.number for row in SUITES.values() if row.has_public_keys and row.pair_size == len(public)), 0)
