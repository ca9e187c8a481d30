"""Wrong authentications: each caller has so many, and gets new ones with time.

Guessing is slowed down where it comes from. Who calls from somewhere else is not kept waiting for it, so that nobody
locks an operator out by guessing in his name.
"""

from __future__ import annotations

from collections import OrderedDict

#: What a caller may get wrong in a row, and seconds until one more is granted.
AT_ONCE, EVERY_S = 5, 10.0
#: Callers remembered; the one whose last failure is longest ago is forgotten first.
CALLERS = 4096

Caller = tuple[int, str]


class Attempts:
    """A bucket of attempts per caller: client address and where it calls from. Wrong ones take from it.

    `now` in seconds, of any clock that only goes forward.
    """

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left: OrderedDict[Caller, tuple[float, float]] = OrderedDict()

    def are_left(self, caller: Caller, now: float) -> bool:
        """Whether this caller may try now."""
        return self._level(caller, now) >= 1.0

    def note(self, caller: Caller, is_right: bool, now: float) -> None:
        """A password, proof or key was right, which forgives what was wrong before, or wrong."""
        if is_right:
            self._left.pop(caller, None)
            return
        self._left[caller] = max(0.0, self._level(caller, now) - 1.0), now
        self._left.move_to_end(caller)
        while len(self._left) > CALLERS:
            self._left.popitem(last=False)

    def _level(self, caller: Caller, now: float) -> float:
        level, then = self._left.get(caller, (float(AT_ONCE), now))
        return min(float(AT_ONCE), level + (now - then) / EVERY_S)
