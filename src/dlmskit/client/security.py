"""What protects an association: level, keys behind handles, own system title, where counters are kept."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from copy import copy
from typing import Literal

from dlmskit.errors import UsageError
from dlmskit.security.cipher import AUTHENTICATED, BOTH, BROADCAST, ENCRYPTED
from dlmskit.security.counters import RANGES, CounterStore, Scope, range_of
from dlmskit.security.keys import KeyRing, KeyRole, KeySource, check_title, fingerprint, parse_secret
from dlmskit.security.suites import SUITES
from dlmskit.session.context import Ciphering
from dlmskit.session.protection.general import KeyForm

Level = Literal["none", "authenticated", "encrypted", "both"]
CounterPlace = CounterStore | str | os.PathLike[str]

LEVELS: dict[str, int] = {"none": 0, "authenticated": AUTHENTICATED, "encrypted": ENCRYPTED, "both": BOTH}
ENVELOPES = {"glo": "ded", "ded": "ded", "general-glo": "general-ded", "general-ded": "general-ded"} | {
    "general": "general-ded"
}
"""Envelopes that are there, each with the one that takes its place under a dedicated key."""

BROADCAST_ENVELOPES = ("glo", "general-glo")


class Security:
    """Keys and how they are used; one object may serve any number of associations.

    level         protection of every service: none, authenticated, encrypted, both; by default what a device profile says,
                  else both
    ek, ak        encryption and authentication key: octets, or text in hex or as `ascii:text`
    system_title  our own, 8 octets; invocation counters are counted for it and the key
    key_form      with `protection=general`, where the key of each APDU comes from: "identified" (the encryption key),
                  "wrapped" (fresh, under the master key), "one-pass" or "static" (agreed on, by suites 1 and 2)
    signed        sign every APDU, before it is ciphered; suites 1 and 2
    broadcast     protect with the broadcast key of `keys`, for what goes to all meters at once; wants no answer, in a
                  pre-established association
    dedicated     True: a fresh key for each association, sent to the meter in the protected opening. Octets serve for
                  one association only, because its counters start afresh and would repeat under the same key
    counters      a store, or the path of a file; see `connect`
    keys          a source of keys, such as a `KeyRing`, in place of `ek` and `ak`
    server_title  the meter's system title, where it is known; another one is refused
    counter_range which of the key's invocation counters are ours: "whole", or where meters count two kinds of clients
                  apart, as in Italy, "on-line" (the lower half) or "off-line" (the upper); by default what a device
                  profile says, else "whole"
    require_protected_responses  refuse answers that are protected less than what was asked
    allow_weak    accept all-zero and equal keys, which some test meters have

    Raises UsageError for anything malformed.
    """

    __slots__ = (
        "_dedicated", "_says_level", "_says_range", "ciphers", "control", "counter_range", "counters", "key_form", "keys", "level",
        "require_protected_responses", "server_title", "signed", "suite", "title",
    )  # fmt: skip

    def __init__(
        self,
        level: Level | None = None,
        suite: int = 0,
        *,
        ek: bytes | str | None = None,
        ak: bytes | str | None = None,
        system_title: bytes | str | None = None,
        key_form: str = "identified",
        signed: bool = False,
        broadcast: bool = False,
        dedicated: bool | bytes = False,
        counters: CounterPlace | None = None,
        keys: KeySource | None = None,
        server_title: bytes | str | None = None,
        counter_range: str | None = None,
        require_protected_responses: bool = True,
        allow_weak: bool = False,
    ) -> None:
        self._says_level, self._says_range = level is not None, counter_range is not None
        level, counter_range = level or "both", counter_range or "whole"
        _check_choice("security level", level, LEVELS)
        _check_choice("counter range", counter_range, RANGES)
        _check_choice("key form", key_form, [form.value for form in KeyForm])
        _check_choice("security suite", suite, SUITES)
        if keys is not None and (ek is not None or ak is not None):
            raise UsageError("give either keys or ek and ak")
        self.level, self.suite = level, suite
        self.control = LEVELS[level] | suite | (BROADCAST if broadcast else 0)
        self.key_form, self.signed = KeyForm(key_form), signed
        self.keys: KeySource = keys or KeyRing(ek=ek, ak=ak, suite=suite, allow_weak=allow_weak)
        self.title = _title(system_title)
        self.server_title = _title(server_title)
        self.counters = counters
        self.counter_range = RANGES[counter_range]
        self.require_protected_responses = require_protected_responses
        self._dedicated = _GivenKey(dedicated, suite) if isinstance(dedicated, bytes) else dedicated
        self.ciphers = ek is not None or keys is not None
        self._check()

    def _check(self) -> None:
        if not self.ciphers:
            if self.level != "none":
                raise UsageError(f"security level {self.level} needs ek, the encryption key")
            return
        if self.title is None:
            raise UsageError("ciphering needs system_title: eight octets, the maker's three letters first")
        if self.control & AUTHENTICATED and self.keys.ak is None:
            raise UsageError(f"security level {self.level} needs ak, the authentication key")
        if self.control & BROADCAST:
            self.keys.fingerprint(KeyRole.BROADCAST)
        if self.signed:
            self.keys.signer(self.suite)

    def following(self, level: Level, counters: tuple[int, int] | None) -> Security:
        """The same keys, used as a device profile says wherever the caller said nothing; never without protection.

        counters  first and last invocation counter that the profile leaves to this client; None for all
        Raises UsageError where a key is missing for it.
        """
        twin = copy(self)
        if not self._says_level and level != "none":
            twin.level, twin.control = level, self.control & ~BOTH | LEVELS[level]
        if not self._says_range and counters is not None:
            twin.counter_range = range_of(*counters)
        twin._check()
        return twin

    def scope(self) -> Scope | None:
        """Where its invocation counters count; None where nothing is ciphered."""
        if self.title is None or not self.ciphers:
            return None
        return Scope(self.title, self.keys.fingerprint(self._role), self.counter_range)

    def dedicated_scope(self) -> Scope | None:
        """Where the counters of a dedicated key that was given count; None where there is none, or it is drawn."""
        if self.title is None or not isinstance(self._dedicated, _GivenKey):
            return None
        return Scope(self.title, fingerprint(self._dedicated.octets))

    @property
    def _role(self) -> KeyRole:
        return KeyRole.BROADCAST if self.control & BROADCAST else KeyRole.ENCRYPTION

    def ciphering(self, envelope: str, draw: Callable[[int], bytes]) -> Ciphering | None:
        """What the session needs for one association; None where nothing is ciphered.

        draw  gives fresh random octets, for a dedicated key
        """
        if self.title is None or not self.ciphers:
            return None
        if envelope not in ENVELOPES:
            raise UsageError(f"{envelope} ciphering is not there yet; these are: {', '.join(ENVELOPES)}")
        if self.control & BROADCAST and (self._dedicated or envelope not in BROADCAST_ENVELOPES):
            raise UsageError(f"the broadcast key goes with protection={' or '.join(BROADCAST_ENVELOPES)}")
        dedicated = self._dedicated_key(draw) if self._dedicated or envelope.endswith("ded") else None
        initiate = self.control if self.control & BOTH else self._strongest | self.suite
        if dedicated is not None:
            initiate |= ENCRYPTED  # it carries the key
        return Ciphering(
            self.title,
            self.keys,
            self.control,
            initiate,
            ENVELOPES[envelope] if dedicated else envelope,
            dedicated,
            self.server_title,
            self.counter_range,
            self.key_form,
            self.signed,
        )

    @property
    def _strongest(self) -> int:
        """Without protection of the services the opening still carries keys and proposals."""
        return ENCRYPTED if self.keys.ak is None else BOTH

    def _dedicated_key(self, draw: Callable[[int], bytes]) -> bytes:
        if not isinstance(self._dedicated, _GivenKey):
            return draw(SUITES[self.suite].key_size)
        return self._dedicated.take()

    def __repr__(self) -> str:
        title = self.title.hex() if self.title else None
        return f"<Security {self.level} suite {self.suite} system_title={title}>"


class _GivenKey:
    """A dedicated key that was given: for one association, whoever else shares it."""

    __slots__ = ("_is_spent", "octets")

    def __init__(self, octets: bytes, suite: int) -> None:
        size = SUITES[suite].key_size
        if len(octets) != size:
            raise UsageError(f"a dedicated key of suite {suite} has {size} octets, not {len(octets)}")
        self.octets, self._is_spent = octets, False

    def take(self) -> bytes:
        if self._is_spent:
            raise dedicated_key_spent()
        self._is_spent = True
        return self.octets


def dedicated_key_spent() -> UsageError:
    """What is said where a dedicated key that was given comes a second time."""
    return UsageError(
        "a dedicated key serves for one association: a second one would repeat its counters",
        hints=("dedicated=True draws a fresh key each time",),
    )


def _check_choice(what: str, given: object, known: Collection[object]) -> None:
    if given not in known:
        raise UsageError(f"the {what} is one of {', '.join(map(str, known))}, not {given!r}")


def _title(title: bytes | str | None) -> bytes | None:
    if title is None:
        return None
    return check_title(parse_secret(title) if isinstance(title, str) else bytes(title))
