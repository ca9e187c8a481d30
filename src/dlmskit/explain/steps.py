"""What an explanation consists of: a step for each thing that was looked at, and what follows from all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from dlmskit.explain.capture import Side
from dlmskit.explain.changes import Change

State: TypeAlias = Literal["fits", "plausible", "wrong", "not-checked", "note"]
"""`plausible`: it deciphers to an APDU, and nothing proves it · `not-checked`: something lacks · `note`: only told"""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at.

    message   number of the message in the capture, from 1
    what      an APDU, `hls pass 3`, `lls password` …
    inputs    name -> what went in; keys and secrets by their names only
    computed  what ought to stand there
    change    the single change that makes it fit, and `changed`, the inputs with it
    excluded  ids of the changes that do not; `possible`  what may be the reason all the same
    notes     what else there is to say
    """

    message: int
    sender: Side | None
    what: str
    state: State
    inputs: Mapping[str, str] = field(default_factory=dict)
    computed: bytes | None = None
    change: Change | None = None
    changed: Mapping[str, str] = field(default_factory=dict)
    excluded: tuple[str, ...] = ()
    possible: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, object]:
        """The documented form."""
        return {
            "message": self.message,
            "sender": self.sender,
            "what": self.what,
            "state": self.state,
            "inputs": dict(self.inputs),
            "computed": self.computed and self.computed.hex(),
            "change": self.change and {**self.change._asdict(), "inputs": dict(self.changed)},
            "excluded": list(self.excluded),
            "possible": list(self.possible),
            "notes": list(self.notes),
        }


class Suggestion(NamedTuple):
    """A single change, and how many of the steps that do not fit it makes fit."""

    change: Change
    mended: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """Every step, in the order of the capture."""

    steps: tuple[Step, ...]

    @property
    def fits(self) -> bool:
        """Whether everything was checked and fits; so it does where nothing is authenticated or protected."""
        return not self.states["wrong"] + self.states["not-checked"]

    @property
    def states(self) -> Counter[State]:
        return Counter(step.state for step in self.steps)

    @property
    def suggestions(self) -> tuple[Suggestion, ...]:
        """The changes that make something fit, the one that mends most first."""
        mended = Counter(step.change for step in self.steps if step.change is not None)
        return tuple(Suggestion(change, times) for change, times in mended.most_common())

    def to_json(self) -> dict[str, object]:
        """What follows, in the documented form."""
        return {
            "fits": self.fits,
            "states": dict(self.states),
            "suggestions": [{**change._asdict(), "mends": mended} for change, mended in self.suggestions],
        }
