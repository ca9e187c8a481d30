"""Consumption as a function of time: repeatable by its seed, always growing, cheap to ask at any moment.

A day has a shape in quarter hours; a day's level varies with the season and, a little, by chance. The consumption up
to a moment is the sum of all days before and the part of the present one. The sums have closed forms, so nothing is
kept and any moment of any year costs the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from typing import Final

QUARTERS: Final = 96
_QUARTER_S: Final = 900
_DAY_S: Final = 86_400
_YEAR_DAYS: Final = 365.25
#: How much the season and chance move a day's level; together less than one, so that consumption never runs back.
_SEASON, _CHANCE = 0.25, 0.3

#: Before this the meter was not there.
INSTALLED: Final = datetime(2020, 1, 1, tzinfo=UTC)


def chance(*what: object) -> float:
    """A number from 0 to below 1 that looks random and depends on nothing but `what`."""
    digest = blake2b(repr(what).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


class Curve:
    """A consumption per hour over time, and its sum.

    seed     any text or number; equal seeds give equal curves
    per_day  what an average day comes to
    shape    weights of the hours of a day, 24 of them
    zone     local standard time ahead of UTC
    winter   the season of high consumption is winter, else summer
    """

    def __init__(
        self, seed: object, per_day: float, shape: Sequence[float], *, zone: timedelta, winter: bool = True
    ) -> None:
        weights = [
            _between(shape, quarter / 4) * (0.8 + 0.4 * chance(seed, "quarter", quarter)) for quarter in range(QUARTERS)
        ]
        scale = per_day / sum(weights)
        self._weights = tuple(weight * scale for weight in weights)
        self._up_to = (0.0, *accumulate(self._weights))
        self._seed, self._origin = seed, INSTALLED - zone
        # A profile asks for the quarter hours of one day after the other.
        self._level = lru_cache(maxsize=8)(self._level_of)
        self._levels = lru_cache(maxsize=8)(self._levels_up_to)
        self._phase = (0.0 if winter else math.pi) + 0.3 * (chance(seed, "phase") - 0.5)

    def rate(self, moment: datetime) -> float:
        """The consumption per hour at a moment."""
        day, second = self._split(moment)
        return 4 * self._weights[int(second // _QUARTER_S)] * self._level(day)

    def total(self, moment: datetime, first: int = 0, last: int = QUARTERS) -> float:
        """What was consumed up to a moment, in the quarter hours of the day from `first` to before `last`."""
        day, second = self._split(moment)
        quarter, rest = divmod(second, _QUARTER_S)
        at = int(quarter)
        begun = self._weights[at] * rest / _QUARTER_S if first <= at < last else 0.0
        today = self._up_to[min(max(at, first), last)] - self._up_to[first] + begun
        return self._levels(day) * (self._up_to[last] - self._up_to[first]) + self._level(day) * today

    def _split(self, moment: datetime) -> tuple[int, float]:
        """The day since installation, and the second of that day."""
        seconds = max((moment - self._origin).total_seconds(), 0.0)
        day = int(seconds // _DAY_S)
        return day, seconds - day * _DAY_S

    def _level_of(self, day: int) -> float:
        season = _SEASON * math.cos(2 * math.pi * day / _YEAR_DAYS - self._phase)
        return 1 + season + _CHANCE * (chance(self._seed, day + 1) - chance(self._seed, day))

    def _levels_up_to(self, days: int) -> float:
        """The sum of the levels of that many days: a sum of cosines, and chances of which two are left."""
        half = math.pi / _YEAR_DAYS
        cosines = math.sin(days * half) / math.sin(half) * math.cos((days - 1) * half - self._phase)
        return days + _SEASON * cosines + _CHANCE * (chance(self._seed, days) - chance(self._seed, 0))


def _between(shape: Sequence[float], hour: float) -> float:
    """The weight between two hours."""
    before, part = int(hour), hour % 1
    return shape[before] * (1 - part) + shape[(before + 1) % len(shape)] * part
