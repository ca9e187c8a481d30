"""How deep, how many and how large: what a decoder agrees to build."""

from __future__ import annotations

from dataclasses import dataclass

from dlmskit.errors import LimitExceeded


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


#: Elements without octets of their own in one decoding: one array of 65535 and its surroundings, not arrays of such.
UNPAID = 1 << 17


class Budget:
    """Elements that may still be built in one decoding; `unpaid` of them may take no octets."""

    __slots__ = ("elements", "limits", "unpaid")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.elements, self.unpaid = limits.elements, UNPAID

    def take(self, count: int, buf: bytes, at: int) -> None:
        """Account for `count` elements before they are built."""
        self.elements -= count
        if self.elements < 0:
            raise self.exceeded(buf, at)

    def exceeded(self, buf: bytes, at: int) -> LimitExceeded:
        return LimitExceeded(f"more than {self.limits.elements} elements", data=buf, offset=at)
