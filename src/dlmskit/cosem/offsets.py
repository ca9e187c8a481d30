"""How far the short names of an object's attributes and methods lie from its base name.

Attributes lie 8 apart, the logical name on the base name itself; methods lie 8 apart from where the class has its first
one, by default just behind the attributes. What a class has otherwise is declared with it. Source: Blue Book, the short
name column of each class.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

STEP: Final = 8


class Basis(StrEnum):
    """How sure the offsets of a class are: meters may differ from inferred ones."""

    STATED = "stated"
    PARTLY_STATED = "partly stated"
    INFERRED = "inferred"
    NO_SHORT_NAMES = "no short names"


def in_steps(first: int, index: int) -> int:
    """The offset of the `index`-th of several that lie 8 apart, the first one at `first`."""
    return first + STEP * (index - 1)
