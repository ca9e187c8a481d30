"""Single changes: one input of a check that may be another than thought, and the check with that one.

Each function below gives the variants of one kind; the tables at the end say which a check has, likelier ones first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeVar

from dlmskit.explain.checks import Answer, Check, Password, Sealed
from dlmskit.explain.known import Known
from dlmskit.security.cipher import AUTHENTICATED, BOTH, TAG_SIZE
from dlmskit.security.mechanisms import HLS, Mechanism
from dlmskit.security.suites import SUITES

C = TypeVar("C", bound=Check)

_COUNTERS_BESIDE = 16
_LONG_TAG = 16
_LLS_OCTETS = 8
_AES_KEY = 16
_LAST_COUNTER = 0xFFFFFFFF


class Change(NamedTuple):
    """What would have to be otherwise.

    id    of the kind, in kebab-case: `keys-exchanged`, `system-title`, `counter` …
    text  in words: what to take instead
    """

    id: str
    text: str


@dataclass(slots=True)
class Seen:
    """What the capture has told so far, and what the user knows: where other inputs come from.

    titles    system title -> whose it is
    counters  `client`, `server` -> the last invocation counter of that side
    """

    known: Known
    titles: dict[bytes, str] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)
    dedicated: bytes | None = field(default=None, repr=False)

    def keys(self) -> Mapping[str, bytes]:
        """Every key that may be the one, by name."""
        keys = dict(self.known.keys())
        return {**keys, "dedicated": self.dedicated} if self.dedicated is not None else keys


Variants = Iterator[tuple[Change, C]]


class Search(NamedTuple):
    """What came of trying: the first change that fits and the check with it, else which kinds of change do not."""

    change: Change | None = None
    fitting: Check | None = None
    excluded: tuple[str, ...] = ()


def find(check: Check, seen: Seen) -> Search:
    """Look for a single change that makes `check` fit. A proof beats what is only plausible."""
    plausible, tried = Search(), {}
    for change, variant in variants(check, seen):
        proof = variant.proof()
        if proof == "proven":
            return Search(change, variant)
        if proof and plausible.change is None:
            plausible = Search(change, variant)
        tried[change.id] = True
    return plausible if plausible.change else Search(excluded=tuple(tried))


def variants(check: Check, seen: Seen) -> Iterator[tuple[Change, Check]]:
    """The check with each single change that can be tried with what is known."""
    for kind in KINDS[type(check)]:
        for change, variant in kind(check, seen):
            if variant != check:
                yield change, variant


# --- ciphered ---


def _keys_exchanged(check: Sealed, seen: Seen) -> Variants[Sealed]:
    if check.ak is not None and len(check.ak) == len(check.key):
        text = "the encryption key and the authentication key are exchanged"
        yield Change("keys-exchanged", text), replace(check, key=check.ak, ak=check.key)


def _title(check: Sealed, seen: Seen) -> Variants[Sealed]:
    for title, whose in seen.titles.items():
        yield Change("system-title", f"the system title is {whose}, {title.hex()}"), replace(check, title=title)
    yield Change("system-title", "the octets of the system title are reversed"), replace(check, title=check.title[::-1])


def _control(check: Sealed, seen: Seen) -> Variants[Sealed]:
    """Suite, authentication, encryption, broadcast bit; the likely ones, that keep most of the octet, first."""
    others = [bits | suite for bits in range(0x10, 0x80, 0x10) if bits & BOTH for suite in SUITES]
    for control in sorted(others, key=lambda control: (control ^ check.control).bit_count()):
        text = f"the security control octet is 0x{control:02x}, not 0x{check.control:02x}"
        yield Change("security-control", text), replace(check, control=control)


def _key(check: Sealed, seen: Seen) -> Variants[Sealed]:
    for name, key in seen.keys().items():
        text = f"it is ciphered with the {_KEY_NAMES[name]}, not with the {_KEY_NAMES[check.key_name]}"
        yield Change("key", text), replace(check, key=key, key_name=name)


def _authentication_key(check: Sealed, seen: Seen) -> Variants[Sealed]:
    for name, key in seen.keys().items():
        text = f"the {_KEY_NAMES[name]} stands in place of the authentication key"
        yield Change("authentication-key", text), replace(check, ak=key)


def _counter(check: Sealed, seen: Seen) -> Variants[Sealed]:
    for distance in range(1, _COUNTERS_BESIDE + 1):
        yield _with_counter(check, check.counter + distance, f"{distance} above the one sent")
        yield _with_counter(check, check.counter - distance, f"{distance} below the one sent")
    for side, last in seen.counters.items():
        yield _with_counter(check, last, f"the last one of the {side}")
        yield _with_counter(check, last + 1, f"the one after the last of the {side}")
    yield _with_counter(check, int.from_bytes(check.counter.to_bytes(4), "little"), "the one sent, octets reversed")


def _with_counter(check: Sealed, counter: int, which: str) -> tuple[Change, Sealed]:
    within = min(max(counter, 0), _LAST_COUNTER)
    return Change("counter", f"the invocation counter in the IV is {which}"), replace(check, counter=within)


def _aad(check: Sealed, seen: Seen) -> Variants[Sealed]:
    """What else implementers authenticate with an APDU."""
    if check.ak is None:
        return
    forms = {
        "SC | IC | AK": check.counter.to_bytes(4) + check.ak,
        "SC | AK | system title": check.ak + check.title,
        "SC | system title | AK": check.title + check.ak,
        "SC | AK | ciphertext": check.ak + check.rest[:-TAG_SIZE],
    }
    for form, behind_control in forms.items():
        change = Change("aad", f"the additional data are {form}, the standard has {check.aad}")
        yield change, replace(check, ak=behind_control, aad=form)


def _long_tag(check: Sealed, seen: Seen) -> Variants[Sealed]:
    if check.control & AUTHENTICATED and len(check.rest) >= _LONG_TAG:
        text = f"the tag has {_LONG_TAG} octets, the standard's has {TAG_SIZE}"
        yield Change("tag-length", text), replace(check, rest=check.rest[: TAG_SIZE - _LONG_TAG])


def _challenge_of_gmac(check: Sealed, seen: Seen) -> Variants[Sealed]:
    if check.envelope is None:
        challenge, tag = check.rest[:-TAG_SIZE], check.rest[-TAG_SIZE:]
        if check.other:
            yield _EXCHANGED, replace(check, rest=check.other + tag)
        yield _REVERSED, replace(check, rest=challenge[::-1] + tag)


def _spelt_key(check: Sealed, seen: Seen) -> Variants[Sealed]:
    for how, key in _spellings(check.key):
        yield Change("key-spelling", f"the {_KEY_NAMES[check.key_name]} {how}"), replace(check, key=key)
    for how, key in _spellings(check.ak or b""):
        yield Change("key-spelling", f"the authentication key {how}"), replace(check, ak=key)


# --- answers of HLS passes ---


def _challenges(check: Answer, seen: Seen) -> Variants[Answer]:
    yield _EXCHANGED, replace(check, challenge=check.other, other=check.challenge)
    yield _REVERSED, replace(check, challenge=check.challenge[::-1])


def _titles(check: Answer, seen: Seen) -> Variants[Answer]:
    if check.title and check.verifier:
        text = "the two system titles are exchanged"
        yield Change("titles-exchanged", text), replace(check, title=check.verifier, verifier=check.title)
    for title, whose in seen.titles.items():
        change = Change("system-title", f"the system title of who proves is {whose}, {title.hex()}")
        yield change, replace(check, title=title)
        change = Change("system-title", f"the system title of who checks is {whose}, {title.hex()}")
        yield change, replace(check, verifier=title)


def _mechanism(check: Answer, seen: Seen) -> Variants[Answer]:
    for mechanism in HLS:
        text = f"the answer is that of mechanism {mechanism} ({_name(mechanism)}), not of {check.mechanism}"
        yield Change("mechanism", text), replace(check, mechanism=mechanism)


def _secret(check: Answer, seen: Seen) -> Variants[Answer]:
    for how, secret in _spellings(check.secret or b""):
        yield Change("secret-spelling", f"the secret {how}"), replace(check, secret=secret)
    filled = (check.secret or b"").ljust(_AES_KEY, b"\0")
    yield Change("secret-spelling", "the secret is filled up with zeros to an AES key"), replace(check, secret=filled)
    for name, key in seen.keys().items():
        yield Change("secret", f"the {_KEY_NAMES[name]} is the secret"), replace(check, secret=key)


def _public_key(check: Answer, seen: Seen) -> Variants[Answer]:
    for whose, public in (("client", seen.known.client_public), ("server", seen.known.server_public)):
        if check.public is not None and public is not None:
            yield Change("public-key", f"it is signed with the key of the {whose}"), replace(check, public=public)


# --- passwords ---


def _password(check: Password, seen: Seen) -> Variants[Password]:
    for how, secret in _spellings(check.secret):
        yield Change("secret-spelling", f"the password {how}"), replace(check, secret=secret)
    fillings = {"zeros": b"\0", "spaces": b" "}
    for filling, octet in fillings.items():
        filled = check.secret.ljust(_LLS_OCTETS, octet)
        yield Change("secret-spelling", f"the password is filled up with {filling}"), replace(check, secret=filled)
    cut = Change("secret-spelling", f"the password is cut after {_LLS_OCTETS} octets")
    yield cut, replace(check, secret=check.secret[:_LLS_OCTETS])


# --- used by several ---


def _spellings(secret: bytes) -> Iterator[tuple[str, bytes]]:
    """What else somebody may have meant or typed."""
    if not secret:
        return
    try:
        yield "is hex: its digits stand for octets", bytes.fromhex(secret.decode("ascii"))
    except ValueError:
        pass
    yield "is text: the hex digits are its characters", secret.hex().encode()
    yield "is text: the hex digits, in capitals, are its characters", secret.hex().upper().encode()
    yield "has white space at an end that does not belong to it", secret.strip()
    yield "ends in a line feed", secret + b"\n"
    yield "is written in capitals", secret.upper()
    yield "is written in small letters", secret.lower()
    yield "has its octets reversed", secret[::-1]


def _name(mechanism: int) -> str:
    return Mechanism(mechanism).name


_KEY_NAMES = {
    "ek": "encryption key",
    "ak": "authentication key",
    "dedicated": "dedicated key",
    "broadcast": "broadcast key",
    "master": "master key",
}
_EXCHANGED = Change("challenge-exchanged", "the prover answered its own challenge: CtoS and StoC are exchanged")
_REVERSED = Change("challenge-reversed", "the octets of the challenge are reversed")

KINDS: Mapping[type, tuple[Callable[..., Iterator[tuple[Change, Check]]], ...]] = {
    Sealed: (
        _keys_exchanged,
        _title,
        _key,
        _control,
        _counter,
        _challenge_of_gmac,
        _authentication_key,
        _aad,
        _long_tag,
        _spelt_key,
    ),
    Answer: (_challenges, _secret, _mechanism, _public_key, _titles),
    Password: (_password,),
}
