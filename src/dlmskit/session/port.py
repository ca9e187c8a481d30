"""What an association wants of the link below it."""

from __future__ import annotations

from enum import Enum, auto
from typing import Protocol


class Way(Enum):
    """How an APDU goes: an answer is wanted or is one, none is wanted, more follows at once, or it needs no link
    (HDLC: UI frames), as a push outside any exchange and an unconfirmed request where no opening has to come first.
    """

    ASK = auto()
    TELL = auto()
    MORE = auto()
    NOTIFY = auto()


class Port(Protocol):
    """The link below: one address pair of one line.

    progress_at  when it last moved anything on, or will have: over HDLC a long APDU comes in many frames
    pass_turn    there is nothing to say to what came: the other side has its answer, or has more to send
    trigger      the other side may send what it has to notify, for which it needs leave over HDLC
    """

    @property
    def progress_at(self) -> float: ...
    def connect(self, now: float) -> None: ...
    def disconnect(self, now: float) -> None: ...
    def send(self, apdu: bytes, now: float, way: Way) -> None: ...
    def pass_turn(self, now: float) -> None: ...
    def trigger(self, now: float) -> None: ...
