"""A profile's rows in as many requests as a breaking line makes of one.

After a loss the rows that came whole are kept, and the rest is asked for from the last of them on. That row has to come
again: it proves that the buffer has not moved meanwhile. Where it does not, everything is read anew.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Generic, TypeAlias, TypeVar

from dlmskit.apdu.base import AttributeDescriptor, AttributeRequest, Selection
from dlmskit.client.profile.buffer import whole_rows
from dlmskit.cosem.selectors import EntryDescriptor
from dlmskit.cosem.stamps import as_time
from dlmskit.errors import AccessRefused, RemoteProtocolError
from dlmskit.session.blocks.transfer import Joined
from dlmskit.session.context import Context
from dlmskit.session.services import exchanges
from dlmskit.session.services.steps import Exchange
from dlmskit.times import CosemDateTime

R = TypeVar("R")

#: What is still to be asked for, behind rows that are there; None where that cannot be said.
Rest: TypeAlias = Callable[[list[Any]], AttributeRequest | None]


class Gathering(Generic[R]):
    """One selection of a buffer. `exchange` asks for what is missing; `keep`, after a loss, saves what has come.

    load  rows out of the octets of a buffer
    """

    __slots__ = ("_best", "_is_rest", "_joined", "_kept", "_load", "_rest", "_whole")

    def __init__(self, whole: AttributeRequest, rest: Rest, load: Callable[[bytes], list[R]]) -> None:
        self._whole, self._rest, self._load = whole, rest, load
        self._kept: list[R] = []
        self._joined, self._is_rest = Joined(), False
        self._best = 0

    def exchange(self, context: Context) -> Exchange[list[R]]:
        """Every row."""
        rest = self._rest(self._kept) if self._kept else None
        self._is_rest = rest is not None
        if rest is not None:
            try:
                rows = yield from self._ask(context, rest)
            except AccessRefused:
                rows = []
            if self._goes_on(rows):
                return self._kept + self._behind(rows)
        self._kept, self._is_rest = [], False
        return (yield from self._ask(context, self._whole))

    def _ask(self, context: Context, wanted: AttributeRequest) -> Exchange[list[R]]:
        self._joined = Joined()
        octets = yield from exchanges.get_octets(context, *wanted, self._joined)
        return self._load(octets)

    def _goes_on(self, rows: list[R]) -> bool:
        return self._kept[-1] in rows

    def _behind(self, rows: list[R]) -> list[R]:
        return rows[rows.index(self._kept[-1]) + 1 :]

    def keep(self) -> bool:
        """Save the rows that came whole; whether there are more now than ever before."""
        octets, self._joined = whole_rows(self._joined.octets()), Joined()
        try:
            rows = self._load(octets) if octets else []
        except RemoteProtocolError:
            return False  # the whole answer will say so
        if not self._is_rest:
            self._kept = rows if rows and self._rest(rows) is not None else []
        elif self._goes_on(rows):
            self._kept += self._behind(rows)
        is_more = len(self._kept) > self._best
        self._best = max(self._best, len(self._kept))
        return is_more


def rest_of_entries(buffer: AttributeDescriptor, first: int, last: int) -> Rest:
    """The rest of the entries from one number to another."""
    return lambda rows: AttributeRequest(buffer, _entries(first + len(rows) - 1, last))


def _entries(first: int, last: int) -> Selection:
    return Selection(*EntryDescriptor(first, last, 1, 0).selection())


def rest_of_range(
    between: Callable[[CosemDateTime, CosemDateTime], AttributeRequest],
    start: CosemDateTime,
    end: CosemDateTime,
    at: int,
) -> Rest:
    """The rest of the rows between two moments, whether the meter gives the oldest or the newest first.

    at  where in a row the clock stands
    """

    def rest(rows: list[tuple[Any, ...]]) -> AttributeRequest | None:
        times = [time for row in rows if (time := as_time(row[at])) is not None]
        moments = [time.local for time in times if time.local is not None]
        if len(moments) < max(2, len(rows)):
            return None
        steps = {(later > earlier) - (later < earlier) for earlier, later in pairwise(moments)}
        if steps == {1}:
            return between(times[-1], end)
        return between(start, times[-1]) if steps == {-1} else None

    return rest
