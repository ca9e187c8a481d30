"""How far an association had come when something failed: what a diagnosis starts from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from dlmskit.client.diagnosis.heard import SILENCE, Heard, Sound


class Stage(Enum):
    """What the client was waiting for."""

    LINE = "the line to open"
    LINK = "the answer to SNRM"
    ASSOCIATION = "the answer to the AARQ"
    PROOF = "the answer to our proof"
    SERVICE = "the answer to a request"


_SHORT_NAMES = "short names only: try referencing=sn"


@dataclass(frozen=True, slots=True)
class Situation:
    """What was tried and what came of it.

    line           the line's URL without options, where it is known
    heard          what came since the request that failed was made, or since the association was begun
    counter_known  whether the invocation counter was proven by an earlier association, not learnt just now
    """

    stage: Stage
    framing: str = "wrapper"
    client: int = 16
    server: int = 1
    auth: str = "none"
    level: str = "none"
    line: str = ""
    heard: Sound = SILENCE
    counter_known: bool = True
    referencing: str = "ln"

    @property
    def is_opening(self) -> bool:
        return self.stage is not Stage.SERVICE

    @property
    def is_ciphered(self) -> bool:
        return self.level != "none" or self.auth == "gmac"

    @property
    def is_silent(self) -> bool:
        return self.heard.kind is Heard.NOTHING

    @property
    def other_framing(self) -> str:
        """The URL of the same line with the other framing; behind M-Bus that is HDLC."""
        if self.framing == "hdlc":
            return self.line.removeprefix("hdlc+") if self.line else "tcp://"
        if self.framing == "mbus":
            return self.line.replace("mbus:", "serial:", 1).replace("mbus+", "hdlc+", 1)
        return f"hdlc+{self.line or 'tcp://'}"

    @property
    def other_names(self) -> str:
        """How the meter may want its objects to be named instead, and the option for it."""
        return "logical names only: try referencing=ln" if self.referencing == "sn" else _SHORT_NAMES

    @property
    def is_on_wrapper_port(self) -> bool:
        """Whether the port is the one registered for DLMS over TCP, which is the wrapper's."""
        return self.line.endswith(":4059")
