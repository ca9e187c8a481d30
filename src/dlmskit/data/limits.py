"""How deep, how many and how large: what a decoder agrees to build."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one decoding, checked before anything is allocated.

    depth     nesting of arrays, structures and type descriptions
    elements  elements in all, at every depth together
    octets    size of the encoded value
    """

    depth: int = 32
    elements: int = 2_000_000
    octets: int = 16 * 1024 * 1024


LIMITS = Limits()
