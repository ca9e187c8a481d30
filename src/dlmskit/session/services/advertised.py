"""What a meter says it can do beyond GET, SET and ACTION of one thing, and what came of it.

Meters agree to services that do not work. Each is tried when somebody wants it; refused, it is done without, and after
that not tried again. One that worked before is not given up for one refusal.
"""

from __future__ import annotations

from enum import Enum, auto


class Extra(Enum):
    """What there is another way for."""

    WITH_LIST = auto()  # one by one
    ATTRIBUTE_0 = auto()  # attribute by attribute
    GENERAL_BLOCKS = auto()  # the blocks of each service


class Standing(Enum):
    """What is known of it."""

    UNTRIED = auto()
    WORKS = auto()
    BROKEN = auto()


#: Standing and whether it worked now → standing.
STANDINGS: dict[tuple[Standing, bool], Standing] = {
    (Standing.UNTRIED, True): Standing.WORKS,
    (Standing.UNTRIED, False): Standing.BROKEN,
    (Standing.WORKS, True): Standing.WORKS,
    (Standing.WORKS, False): Standing.UNTRIED,
    (Standing.BROKEN, True): Standing.BROKEN,
    (Standing.BROKEN, False): Standing.BROKEN,
}


class Services:
    """The standing of each extra with one meter; it outlives the association."""

    __slots__ = ("_standing",)

    def __init__(self) -> None:
        self._standing = dict.fromkeys(Extra, Standing.UNTRIED)

    def standing(self, extra: Extra) -> Standing:
        return self._standing[extra]

    def may(self, extra: Extra) -> bool:
        """Whether it is worth trying."""
        return self._standing[extra] is not Standing.BROKEN

    def note(self, extra: Extra, *, worked: bool) -> None:
        """What came of trying it."""
        self._standing[extra] = STANDINGS[self._standing[extra], worked]
