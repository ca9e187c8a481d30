"""Security suites: which algorithms belong to the suite number in the security control octet.

Suites 0 and 1 cipher alike with AES-GCM-128 (meters in the field push with suite 1 and a 16-octet key). What suite 1
adds for key agreement and signatures, and suite 2, join this table as further members and rows.
Source: Green Book, security suites.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Suite:
    """One row: the number on the wire and the sizes its ciphering needs, in octets."""

    number: int
    name: str
    key_size: int
    tag_size: int = 12


SUITES: dict[int, Suite] = {
    suite.number: suite
    for suite in (
        Suite(0, "AES-GCM-128", key_size=16),
        Suite(1, "ECDH-ECDSA-AES-GCM-128-SHA-256", key_size=16),
    )
}
