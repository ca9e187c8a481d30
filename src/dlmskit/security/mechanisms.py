"""Authentication mechanisms: the LLS password, and the answers of HLS passes 3 and 4.

An HLS mechanism is the same function in both roles: each side answers the other's challenge (pass 3 answers StoC,
pass 4 answers CtoS). `HlsFacts` is what one side knows, and `HLS` is the table by mechanism id.

    id                proves                        over
    2 manufacturer    AES-128, secret as key        their challenge (IS 15959), or what the user's own object does
    3 MD5, 4 SHA-1    hash                          their challenge | secret
    5 GMAC            AES-GMAC                      SC | AK | their challenge
    6 SHA-256         hash                          secret | own title | their title | their challenge | own challenge
    7 ECDSA           signature                     own title | their title | their challenge | own challenge

Source: Green Book, authentication mechanisms; IS 15959 for the Indian form of mechanism 2.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from hmac import compare_digest
from typing import Protocol, TypeVar

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from dlmskit.errors import AuthenticationFailed, ChallengeRefused, MissingKey, RemoteProtocolError, UsageError
from dlmskit.security.cipher import AUTHENTICATED, HEADER_SIZE, TAG_SIZE, TITLE_SIZE, Aead, protect, unprotect
from dlmskit.security.signature import verify as verify_signature

CHALLENGE_SIZES = range(8, 65)

_AES_BLOCK = 16
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


#: What a mechanism needs of a caller besides a challenge.
WITH_SECRET = frozenset((Mechanism.LOW, Mechanism.MANUFACTURER, Mechanism.MD5, Mechanism.SHA1, Mechanism.SHA256))
WITH_TITLES = frozenset((Mechanism.SHA256, Mechanism.ECDSA))


@dataclass(frozen=True, slots=True)
class HlsFacts:
    """What one side knows when it answers the peer's challenge or checks the peer's answer.

    key, ak      for GMAC; secret  for the mechanisms that hash or cipher with one; control  its suite is used
    sign         own signature over octets, `r | s`, and peer_public, which finds the peer's signing key `x | y`: for
                 ECDSA; both may block
    """

    own_title: bytes
    peer_title: bytes
    own_challenge: bytes
    peer_challenge: bytes
    control: int = 0
    key: Aead | None = None
    ak: bytes | None = field(default=None, repr=False)
    secret: bytes | None = field(default=None, repr=False)
    sign: Callable[[bytes], bytes] | None = field(default=None, repr=False)
    peer_public: Callable[[], bytes | None] | None = field(default=None, repr=False)

    def mirrored(self) -> HlsFacts:
        """The same from the peer's side, as far as both share it."""
        return replace(
            self,
            own_title=self.peer_title,
            peer_title=self.own_title,
            own_challenge=self.peer_challenge,
            peer_challenge=self.own_challenge,
            sign=None,
            peer_public=None,
        )


class HlsMechanism(Protocol):
    """One HLS mechanism, for both roles. Derive from `SharedSecret` where both sides know the same secret."""

    @property
    def uses_counter(self) -> bool:
        """Whether an answer uses up an invocation counter."""

    @property
    def may_block(self) -> bool:
        """Whether it takes so long that an event loop must not wait for it."""

    @property
    def challenge_sizes(self) -> range:
        """How long a challenge may be, in octets."""

    def answer(self, facts: HlsFacts, *, counter: int) -> bytes:
        """What proves us: the answer to the peer's challenge."""

    def verify(self, answer: bytes, facts: HlsFacts) -> None:
        """Check the peer's answer to our challenge. Raises AuthenticationFailed."""


class SharedSecret:
    """A mechanism whose answer follows from what both sides know. A maker's own one is a `prove`:

    class Reversed(SharedSecret):
        def prove(self, facts: HlsFacts) -> bytes:
            return hashlib.sha256(facts.peer_challenge[::-1] + (facts.secret or b"")).digest()
    """

    uses_counter = False
    may_block = False
    challenge_sizes = CHALLENGE_SIZES

    def prove(self, facts: HlsFacts) -> bytes:
        """The answer to `facts.peer_challenge`."""
        raise NotImplementedError

    def answer(self, facts: HlsFacts, *, counter: int = 0) -> bytes:
        return self.prove(facts)

    def verify(self, answer: bytes, facts: HlsFacts) -> None:
        if not compare_digest(answer, self.prove(facts.mirrored())):
            raise AuthenticationFailed


class ChallengeHash(SharedSecret):
    """HLS 3 and 4: a hash of the challenge and the secret."""

    def __init__(self, name: str) -> None:
        self._name = name

    def prove(self, facts: HlsFacts) -> bytes:
        return hashlib.new(self._name, facts.peer_challenge + _secret(facts), usedforsecurity=False).digest()


class TitledHash(SharedSecret):
    """HLS 6: SHA-256 of the secret, both titles and both challenges."""

    def prove(self, facts: HlsFacts) -> bytes:
        return hashlib.sha256(_secret(facts) + _both_sides(facts)).digest()


class ChallengeCipher(SharedSecret):
    """HLS 2 as the Indian companion specification has it: the challenge under AES-128 with the secret as key."""

    challenge_sizes = range(16, 65, 16)

    def prove(self, facts: HlsFacts) -> bytes:
        secret = _secret(facts)
        if len(secret) != _AES_BLOCK:
            raise UsageError(f"the secret of mechanism 2 is an AES-128 key of {_AES_BLOCK} octets, not {len(secret)}")
        if len(facts.peer_challenge) % _AES_BLOCK:
            raise ChallengeRefused(
                f"a challenge of {len(facts.peer_challenge)} octets is no whole number of AES blocks"
            )
        # Each block is random and used once, so that nothing is lost without a chaining mode.
        encryptor = Cipher(AES(secret), ECB()).encryptor()
        return encryptor.update(facts.peer_challenge) + encryptor.finalize()


class Signed:
    """HLS 7: an ECDSA signature over both titles and both challenges."""

    uses_counter = False
    may_block = True
    challenge_sizes = range(32, 65)

    def answer(self, facts: HlsFacts, *, counter: int = 0) -> bytes:
        if facts.sign is None:
            raise MissingKey("HLS-ECDSA needs a private signing key of our own")
        return facts.sign(_both_sides(facts))

    def verify(self, answer: bytes, facts: HlsFacts) -> None:
        public = None if facts.peer_public is None else facts.peer_public()
        if public is None:
            raise MissingKey("HLS-ECDSA needs the peer's public signing key")
        verify_signature(answer, _both_sides(facts.mirrored()), public, facts.control & 0x0F)


class Gmac:
    """HLS 5: a GMAC over the challenge under the encryption and authentication keys."""

    uses_counter = True
    may_block = False
    challenge_sizes = CHALLENGE_SIZES

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


#: Forms of mechanism 2 that are built in, by the name a device profile gives them.
MAKERS: Mapping[str, HlsMechanism] = {"is15959": ChallengeCipher()}

HLS: Mapping[int, HlsMechanism] = {
    Mechanism.MANUFACTURER: MAKERS["is15959"],
    Mechanism.MD5: ChallengeHash("md5"),
    Mechanism.SHA1: ChallengeHash("sha1"),
    Mechanism.GMAC: Gmac(),
    Mechanism.SHA256: TitledHash(),
    Mechanism.ECDSA: Signed(),
}


def hls_of(mechanism: int, own: HlsMechanism | None = None) -> HlsMechanism:
    """The HLS mechanism of that id; `own` is the user's for mechanism 2. Raises UsageError for none."""
    if own is not None:
        if mechanism != Mechanism.MANUFACTURER:
            raise UsageError("a mechanism of one's own stands for mechanism 2 (auth=manufacturer) only")
        return own
    if mechanism not in HLS:
        raise UsageError(f"there is no HLS mechanism {mechanism}; these are: {', '.join(map(str, map(int, HLS)))}")
    return HLS[mechanism]


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


def _secret(facts: HlsFacts) -> bytes:
    if not facts.secret:
        raise MissingKey("the authentication mechanism needs the HLS secret", hints=("give it as password",))
    return facts.secret


def _both_sides(facts: HlsFacts) -> bytes:
    for title in (facts.own_title, facts.peer_title):
        if len(title) != TITLE_SIZE:
            raise MissingKey("the authentication mechanism needs the system titles of both sides, 8 octets each")
    return facts.own_title + facts.peer_title + facts.peer_challenge + facts.own_challenge


def _given(key: _T | None) -> _T:
    if key is None:
        raise MissingKey("HLS-GMAC needs the encryption and the authentication key")
    return key
