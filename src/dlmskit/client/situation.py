"""How far an association had come when something failed: what a diagnosis starts from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """What the client was waiting for."""

    LINE = "the line to open"
    LINK = "the answer to SNRM"
    ASSOCIATION = "the answer to the AARQ"
    PROOF = "the answer to our proof"
    SERVICE = "the answer to a request"


@dataclass(frozen=True, slots=True)
class Situation:
    """What was tried and what came of it.

    heard          whether any octet came on this line since the association was begun
    heard_of_this  whether any octet came since the request that failed was made: a transfer stopped in the middle
    counter_known  whether the invocation counter was proven by an earlier association, not learnt just now
    """

    stage: Stage
    framing: str = "wrapper"
    client: int = 16
    server: int = 1
    auth: str = "none"
    level: str = "none"
    heard: bool = False
    heard_of_this: bool = False
    counter_known: bool = True
