"""Authentication mechanisms: the LLS password, and the answers of HLS passes 3 and 4.

An HLS mechanism is the same function in both roles: each side answers the other's challenge (pass 3 answers StoC,
pass 4 answers CtoS). `HlsFacts` is what one side knows, and `HLS` is the table by mechanism id; further mechanisms are
further rows. Source: Green Book, authentication mechanisms.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from hmac import compare_digest
from typing import Protocol, TypeVar

from dlmskit.errors import AuthenticationFailed, ChallengeRefused, MissingKey, RemoteProtocolError
from dlmskit.security.cipher import AUTHENTICATED, HEADER_SIZE, TAG_SIZE, Aead, protect, unprotect

CHALLENGE_SIZES = range(8, 65)

_T = TypeVar("_T")


class Mechanism(IntEnum):
    """Mechanism ids: the last arc of the authentication mechanism name."""

    NONE = 0
    LOW = 1
    MANUFACTURER = 2
    MD5 = 3
    SHA1 = 4
    GMAC = 5
    SHA256 = 6
    ECDSA = 7

    @property
    def is_hls(self) -> bool:
        """Both sides prove themselves, in four passes."""
        return self > Mechanism.LOW


@dataclass(frozen=True, slots=True)
class HlsFacts:
    """What one side knows when it answers the peer's challenge or checks the peer's answer.

    key, ak  for GMAC; secret  for the mechanisms that hash one; control  its suite is used
    """

    own_title: bytes
    peer_title: bytes
    own_challenge: bytes
    peer_challenge: bytes
    control: int = 0
    key: Aead | None = None
    ak: bytes | None = field(default=None, repr=False)
    secret: bytes | None = field(default=None, repr=False)


class HlsMechanism(Protocol):
    """One HLS mechanism, for both roles."""

    @property
    def uses_counter(self) -> bool:
        """Whether an answer uses up an invocation counter."""

    def answer(self, facts: HlsFacts, *, counter: int) -> bytes:
        """What proves us: the answer to the peer's challenge."""

    def verify(self, answer: bytes, facts: HlsFacts) -> None:
        """Check the peer's answer to our challenge. Raises AuthenticationFailed."""


class Gmac:
    """HLS 5: a GMAC over the challenge under the encryption and authentication keys."""

    uses_counter = True

    def answer(self, facts: HlsFacts, *, counter: int) -> bytes:
        return gmac_response(
            facts.peer_challenge,
            control=facts.control,
            counter=counter,
            title=facts.own_title,
            key=_given(facts.key),
            ak=_given(facts.ak),
        )

    def verify(self, answer: bytes, facts: HlsFacts) -> None:
        gmac_verify(answer, facts.own_challenge, title=facts.peer_title, key=_given(facts.key), ak=_given(facts.ak))


HLS: dict[int, HlsMechanism] = {Mechanism.GMAC: Gmac()}


def gmac_response(challenge: bytes, *, control: int = 0, counter: int, title: bytes, key: Aead, ak: bytes) -> bytes:
    """The answer to a challenge: `SC (0x10 and suite) | IC (4) | GMAC (12) over SC | AK | challenge`.

    title    own system title; counter  reserved like any other, it shares the IV space of the key
    control  of the association; only its suite is used
    """
    # Authenticated-only protection has the challenge for text and sends it along; here the peer knows it already.
    sealed = protect(challenge, control=AUTHENTICATED | control & 0x0F, title=title, counter=counter, key=key, ak=ak)
    return sealed[:HEADER_SIZE] + sealed[-TAG_SIZE:]


def gmac_verify(response: bytes, challenge: bytes, *, title: bytes, key: Aead, ak: bytes) -> int:
    """The invocation counter of a GMAC answer that proves the peer. Raises AuthenticationFailed for any other.

    The counter may be lower than that of the APDU around it, which was ciphered later but is opened first. The fresh
    challenge already rules out a replay, so it is not to be offered to the receive window.
    """
    if len(response) != HEADER_SIZE + TAG_SIZE or response[0] & 0xF0 != AUTHENTICATED:
        raise AuthenticationFailed
    content = response[:HEADER_SIZE] + challenge + response[HEADER_SIZE:]
    try:
        return unprotect(content, title=title, key=key, ak=ak).counter
    except RemoteProtocolError:  # an unknown suite
        raise AuthenticationFailed from None


def verify_password(given: bytes, expected: bytes) -> bool:
    """Whether an LLS password is right, in constant time. An empty one never is."""
    return compare_digest(given, expected) and bool(expected)


def check_challenge(challenge: bytes, own: bytes, *, sizes: range = CHALLENGE_SIZES) -> None:
    """Refuse a peer's challenge that would make an answer worthless.

    own  the challenge sent to the peer: one sent back would have the peer prove itself with our own answer
    Raises ChallengeRefused if it is too short, too long, made of one repeated octet, or equal to `own`.
    """
    if len(challenge) not in sizes:
        raise ChallengeRefused(f"a challenge has {sizes.start} to {sizes.stop - 1} octets, the peer's {len(challenge)}")
    if len(set(challenge)) == 1:
        raise ChallengeRefused("the peer's challenge is one octet repeated")
    if compare_digest(challenge, own):
        raise ChallengeRefused("the peer sent our own challenge back")


def _given(key: _T | None) -> _T:
    if key is None:
        raise MissingKey("HLS-GMAC needs the encryption and the authentication key")
    return key
