"""What a meter says it can do beyond GET, SET and ACTION of one thing, and what came of it.

Meters agree to services that do not work. A list is tried when several attributes are to be read anyhow: that does no
harm, costs nothing where it works, and one answer where it does not. Attribute 0 is not tried unless somebody says so,
nor are general blocks where a service has blocks of its own: they gain nothing over what is known to work. Refused, or
not answered while the other way is, an extra is done without and after that not tried again. One that worked before is
not given up for one failure.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import Enum, auto


class Extra(Enum):
    """What there is another way for."""

    WITH_LIST = "with_list"  # one by one
    ATTRIBUTE_0 = "attribute_0"  # attribute by attribute
    GENERAL_BLOCKS = "general_blocks"  # the blocks of each service


class Standing(Enum):
    """What is known of it."""

    UNTRIED = "untried"
    WORKS = "works"
    DOUBTED = "doubted"  # it was not answered, which may be the line's fault: not tried until that is clear
    BROKEN = "broken"


class Outcome(Enum):
    """What came of asking."""

    WORKED = auto()
    REFUSED = auto()  # or answered with something else
    LOST = auto()  # no answer, or the association broke off
    OTHERWISE = auto()  # the other way was answered


#: Standing and what came of asking → standing.
STANDINGS: dict[tuple[Standing, Outcome], Standing] = {
    (Standing.UNTRIED, Outcome.WORKED): Standing.WORKS,
    (Standing.UNTRIED, Outcome.REFUSED): Standing.BROKEN,
    (Standing.UNTRIED, Outcome.LOST): Standing.DOUBTED,
    (Standing.UNTRIED, Outcome.OTHERWISE): Standing.UNTRIED,
    (Standing.WORKS, Outcome.WORKED): Standing.WORKS,
    (Standing.WORKS, Outcome.REFUSED): Standing.UNTRIED,
    (Standing.WORKS, Outcome.LOST): Standing.UNTRIED,
    (Standing.WORKS, Outcome.OTHERWISE): Standing.WORKS,
    (Standing.DOUBTED, Outcome.WORKED): Standing.WORKS,
    (Standing.DOUBTED, Outcome.REFUSED): Standing.BROKEN,
    (Standing.DOUBTED, Outcome.LOST): Standing.DOUBTED,
    (Standing.DOUBTED, Outcome.OTHERWISE): Standing.BROKEN,
    (Standing.BROKEN, Outcome.WORKED): Standing.BROKEN,
    (Standing.BROKEN, Outcome.REFUSED): Standing.BROKEN,
    (Standing.BROKEN, Outcome.LOST): Standing.BROKEN,
    (Standing.BROKEN, Outcome.OTHERWISE): Standing.BROKEN,
}

#: What is tried without anybody's word. General blocks have had theirs before they are preferred: a tolerance.
UNASKED = frozenset({Extra.WITH_LIST, Extra.GENERAL_BLOCKS})


class Services:
    """The standing of each extra with one meter; it outlives the association.

    tried  those that are tried while nothing is known of them
    """

    __slots__ = ("_standing", "tried")

    def __init__(self, tried: Collection[Extra] = UNASKED) -> None:
        self.tried = tried
        self._standing = dict.fromkeys(Extra, Standing.UNTRIED)

    def may(self, extra: Extra) -> bool:
        """Whether it is to be used."""
        standing = self._standing[extra]
        return standing is Standing.WORKS or (standing is Standing.UNTRIED and extra in self.tried)

    def note(self, extra: Extra, outcome: Outcome) -> None:
        """What came of asking that way, or the other."""
        self._standing[extra] = STANDINGS[self._standing[extra], outcome]

    @property
    def known(self) -> Mapping[Extra, Standing]:
        """What was found out, and may be kept."""
        sure = (Standing.WORKS, Standing.BROKEN)
        return {extra: standing for extra, standing in self._standing.items() if standing in sure}

    @property
    def failed(self) -> set[Extra]:
        """What is not tried any more."""
        return {extra for extra, standing in self.known.items() if standing is Standing.BROKEN}

    def recall(self, known: Mapping[Extra, Standing]) -> None:
        """Take up what was found out before."""
        self._standing.update(known)
