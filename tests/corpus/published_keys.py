"""The keys a case of the corpus is published with, as a ring; some sources write a rule for them instead of numbers."""

from __future__ import annotations

import hashlib

from dlmskit.security.keys import KeyRing
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.security.suites import SUITES
from tests.support.corpus import Case

_ORDERS = {
    1: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    2: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}


def ring_of(case: Case) -> KeyRing | None:
    """What the case is published with; None where it has no keys that can be used."""
    if "scheme" in case.keys or "server_signing" in case.keys:
        return _by_rule(case)
    if "gurux_ka_private" in case.keys:
        return _by_number(case)
    ek, ak = case.key("ek"), case.key("ak")
    return KeyRing(ek=ek, ak=ak, allow_weak=True) if ek is not None and len(ek) == 16 else None


def _by_number(case: Case) -> KeyRing:
    """Private keys of both sides, written as numbers."""
    ek = case.key("ek") or b""
    suite = next(number for number in (1, 2) if SUITES[number].key_size == len(ek))
    own, theirs, signing = (
        KeyPair(int(case.keys[f"{name}_private"], 16), suite) for name in ("recipient_ka", "gurux_ka", "gurux_signing")
    )
    title = bytes.fromhex(case.expected["originator"])
    publics = {(title, KeyUse.AGREEMENT): theirs.public, (title, KeyUse.SIGNATURE): signing.public}
    return KeyRing(ek=ek, ak=case.key("ak"), agreement=own, publics=publics, suite=suite)


def _by_rule(case: Case) -> KeyRing:
    """Private keys are hashes of labels; the authentication key counts up from D0."""
    suite = case.expected.get("suite", 1)
    size = SUITES[suite].key_size
    own = _labelled("tp-ka", suite)
    title = bytes.fromhex(case.expected["originator"])
    publics = {
        (title, KeyUse.AGREEMENT): _labelled("server-ka", suite).public,
        (title, KeyUse.SIGNATURE): _labelled("server-sign", suite).public,
    }
    ak = bytes(range(0xD0, 0xD0 + size))
    return KeyRing(ek=bytes(range(size)), ak=ak, agreement=own, publics=publics, suite=suite)


def _labelled(name: str, suite: int) -> KeyPair:
    digest = hashlib.new(SUITES[suite].hash_name or "", f"{name}-{suite}".encode()).digest()
    return KeyPair(int.from_bytes(digest) % (_ORDERS[suite] - 1) + 1, suite)
