"""Keys and passwords that protect nothing: published ones, poor ones, and one key for many meters.

Source: keys printed in the Green Book and set by widely used tools; passwords of meters as delivered.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final, NamedTuple

from dlmskit.security.keys import KeyRole

#: Keys anybody can look up: the standard's example keys and test settings.
_PUBLISHED_KEYS: Final = frozenset(
    {
        bytes(range(16)),
        bytes(range(32)),
        bytes(range(0xD0, 0xE0)),
        bytes(range(0xD0, 0xF0)),
        bytes(range(0x10, 0x20)),
        bytes.fromhex("00112233445566778899aabbccddeeff"),
        b"1234567890123456",
    }
)
_PUBLISHED_PASSWORDS: Final = frozenset(
    (
        b"",
        b"00000000",
        b"11111111",
        b"12345678",
        b"1234567890123456",
        b"Gurux",
        b"password",
        b"ABCDEFGH",
        b"lnt1",
        b"dlmskit1",
    )
)
#: Fewer different octets than this in a key are no accident.
_FEWEST_DIFFERENT = 6


class Finding(NamedTuple):
    """What is wrong with the key in one role of the meters named; never the key itself."""

    titles: tuple[bytes, ...]
    role: KeyRole
    problem: str


def key_problem(key: bytes) -> str | None:
    """Why a key protects nothing: it is published, or too regular; None where nothing is found."""
    if key in _PUBLISHED_KEYS:
        return "is published: the standard's example, or a tool's setting"
    if len(set(key)) < _FEWEST_DIFFERENT:
        return "consists of few different octets"
    steps = {(second - first) & 0xFF for first, second in pairwise(key)}
    if len(steps) == 1:
        return "counts up or down"
    if key.isalnum() and key.isascii():
        return "is text: far fewer keys than it has bits"
    return None


def is_published_password(password: bytes) -> bool:
    """Whether a password is one that meters and tools are delivered with."""
    return password in _PUBLISHED_PASSWORDS


def examine(keys: Mapping[bytes, Mapping[KeyRole, bytes]]) -> list[Finding]:
    """Everything wrong with the keys of many meters, by system title: poor keys, and keys that several share.

    One key for two meters lets whoever opens one read and command the other. A broadcast key is meant to be shared.
    """
    findings, holders = list[Finding](), dict[bytes, list[tuple[bytes, KeyRole]]]()
    for title, held in keys.items():
        for role, key in held.items():
            problem = key_problem(key)
            if problem is not None:
                findings.append(Finding((title,), role, problem))
            holders.setdefault(key, []).append((title, role))
    for places in holders.values():
        titles = tuple(dict.fromkeys(title for title, _ in places))
        roles = {role for _, role in places}
        if len(titles) > 1 and roles != {KeyRole.BROADCAST}:
            findings.append(Finding(titles, places[0][1], f"is shared by {len(titles)} meters"))
        elif len(roles) > 1:
            findings.append(Finding(titles, places[0][1], f"is also the {places[1][1].name.lower()} key"))
    return findings
