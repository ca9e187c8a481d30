"""The master of an M-Bus: one exchange at a time, with whichever meter.

    SND_NKE → E5                          a meter is there, and its frame count bits begin anew
    SND_UD segment → E5, for each         an APDU goes
    REQ_UD2 → E5                          it has nothing to say yet: asked again after a pause
    REQ_UD2 → RSP_UD segment, for each    an APDU comes
    REQ_UD1 → RSP_UD segment, for each    another one, where the meter has set its access demand bit

A telegram that is not answered goes again as it was, so that the meter can tell it from a new one by its frame count
bit. Source: EN 13757-2, link layer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum, auto
from typing import Final, Protocol

from dlmskit.errors import DlmsError, Timeout
from dlmskit.link.hdlc.frames import BadFrame
from dlmskit.link.mbus.bus import (
    ACCESS_DEMAND,
    ANY_STATION,
    FCB,
    FLOW_CONTROL,
    REQ_UD1,
    REQ_UD2,
    RSP_UD,
    SND_NKE,
    SND_UD,
    BusEnd,
)
from dlmskit.link.mbus.frames import MbusFrame
from dlmskit.link.mbus.reader import Acknowledged, Telegram, encode_long, encode_short
from dlmskit.link.mbus.segments import MbusMessage, Segment, cut


class State(IntEnum):
    """What the master waits for."""

    IDLE = auto()
    RESETTING = auto()  # E5 to SND_NKE
    SENDING = auto()  # E5 to SND_UD
    POLLING = auto()  # anything to REQ_UD1 or REQ_UD2
    PAUSED = auto()  # the time to ask again


class Input(IntEnum):
    """What can happen."""

    RESET = auto()  # the next errand
    SEND = auto()
    MORE = auto()  # E5, and there are segments left
    ASKED = auto()  # E5 to the last segment, and an answer is wanted
    TOLD = auto()  # E5 to the last segment, and none is
    SEGMENT = auto()  # of an answer
    DEMAND = auto()  # its last segment, and there is more to come
    ANSWER = auto()  # its last segment
    STRANGE = auto()  # a telegram out of place
    TIMEOUT = auto()  # no answer, repetitions left; or the pause is over
    EXHAUSTED = auto()  # no answer, none left; or the meter has had nothing to say for too long


class Action(IntEnum):
    """What the master does then; it has a method for each."""

    DROP = auto()
    RESET = auto()
    SEND = auto()
    POLL = auto()
    POLL_ON = auto()
    PAUSE = auto()
    REPEAT = auto()
    UP = auto()
    DONE = auto()
    FAIL = auto()


_s, _i, _a = State, Input, Action
_failed = (_s.IDLE, _a.FAIL)

TABLE: Final = {
    (_s.IDLE, _i.RESET): (_s.RESETTING, _a.RESET),
    (_s.IDLE, _i.SEND): (_s.SENDING, _a.SEND),
    (_s.RESETTING, _i.TOLD): (_s.IDLE, _a.UP),
    (_s.RESETTING, _i.TIMEOUT): (_s.RESETTING, _a.REPEAT),
    (_s.RESETTING, _i.EXHAUSTED): _failed,
    (_s.SENDING, _i.MORE): (_s.SENDING, _a.SEND),
    (_s.SENDING, _i.ASKED): (_s.POLLING, _a.POLL),
    (_s.SENDING, _i.TOLD): (_s.IDLE, _a.DONE),
    (_s.SENDING, _i.TIMEOUT): (_s.SENDING, _a.REPEAT),
    (_s.SENDING, _i.EXHAUSTED): _failed,
    (_s.POLLING, _i.ASKED): (_s.PAUSED, _a.PAUSE),
    (_s.POLLING, _i.SEGMENT): (_s.POLLING, _a.POLL),
    (_s.POLLING, _i.DEMAND): (_s.POLLING, _a.POLL_ON),
    (_s.POLLING, _i.ANSWER): (_s.IDLE, _a.DONE),
    (_s.POLLING, _i.TIMEOUT): (_s.POLLING, _a.REPEAT),
    (_s.POLLING, _i.EXHAUSTED): _failed,
    # An E5 that was none, out of noise, may have gone before what was asked for.
    (_s.PAUSED, _i.SEGMENT): (_s.POLLING, _a.POLL),
    (_s.PAUSED, _i.DEMAND): (_s.POLLING, _a.POLL_ON),
    (_s.PAUSED, _i.ANSWER): (_s.IDLE, _a.DONE),
    (_s.PAUSED, _i.TIMEOUT): (_s.POLLING, _a.POLL),
    (_s.PAUSED, _i.EXHAUSTED): _failed,
}
"""What is not listed: a telegram is dropped."""
_ASKING: Final = (State.POLLING, State.PAUSED)


@dataclass(frozen=True, slots=True)
class MasterSettings:
    """How patient a master is.

    response_s     a telegram goes again after this silence, `retries` times, then the meter is given up
    pause_s        between two questions to a meter that has nothing to say yet
    patience_s     how long one is asked for an answer at all
    inter_octet_s  a silence this long ends an unfinished telegram
    """

    response_s: float = 5.0
    retries: int = 3
    pause_s: float = 0.2
    patience_s: float = 20.0
    inter_octet_s: float = 1.0


class Port(Protocol):
    """Whoever has errands: told how they went."""

    def came_up(self) -> None: ...
    def failed(self, error: DlmsError) -> None: ...
    def moved(self, now: float) -> None: ...


@dataclass(slots=True)
class Errand:
    """One thing to do at one meter: send these segments, or reset its link where there are none."""

    port: Port
    station: int
    segments: deque[Segment]
    wants_answer: bool = False


class Master(BusEnd):
    """The one that calls. Errands are done in the order they came."""

    __slots__ = (
        "_counts",
        "_deadline",
        "_errand",
        "_errands",
        "_give_up_at",
        "_is_spoilt",
        "_poll_with",
        "_said",
        "_settings",
        "_tries",
        "state",
    )

    def __init__(self, settings: MasterSettings = MasterSettings()) -> None:
        super().__init__(settings.inter_octet_s)
        self._settings = settings
        self._errands: deque[Errand] = deque()
        self._errand: Errand  # in every state but IDLE
        self._counts: dict[tuple[int, int], int] = {}
        self._said = b""
        self._tries, self._poll_with = 0, REQ_UD2
        self._is_spoilt = False  # a segment of the answer is missing; nothing more earns the meter patience
        self._deadline: float | None = None
        self._give_up_at = 0.0
        self.state = State.IDLE

    # --- errands ---

    def reset(self, port: Port, station: int, now: float) -> None:
        """Begin anew with a meter; `port.came_up` or `port.failed` follows."""
        self._queue(Errand(port, station, deque()), now)

    def send(
        self, port: Port, station: int, source: int, destination: int, apdu: bytes, now: float, *, wants_answer: bool
    ) -> None:
        """Send an APDU and, where an answer is wanted, ask for it."""
        self._queue(Errand(port, station, deque(cut(source, destination, apdu)), wants_answer), now)

    def drop(self, port: Port) -> None:
        """Nothing more is to be done for that one; an exchange under way ends by itself."""
        self._errands = deque(errand for errand in self._errands if errand.port is not port)

    def _queue(self, errand: Errand, now: float) -> None:
        self._errands.append(errand)
        self._next(now)

    def _next(self, now: float) -> None:
        if self.state is State.IDLE and self._errands:
            self._errand = self._errands.popleft()
            self._apply(Input.SEND if self._errand.segments else Input.RESET, now)

    # --- octets and time ---

    def handle_timer(self, now: float) -> list[MbusMessage | BadFrame]:
        found = super().handle_timer(now)
        if self._deadline is not None and now >= self._deadline:
            is_over = now >= self._give_up_at if self.state is State.PAUSED else self._tries > self._settings.retries
            self._apply(Input.EXHAUSTED if is_over else Input.TIMEOUT, now)
        return found

    def next_deadline(self) -> float | None:
        moments = [at for at in (self._deadline, super().next_deadline()) if at is not None]
        return min(moments, default=None)

    def _hear(self, telegram: Telegram, now: float) -> MbusMessage | BadFrame | None:
        if isinstance(telegram, Acknowledged):
            self._apply(self._acknowledged(), now)
            return None
        if isinstance(telegram, MbusFrame) and self.state in _ASKING and self._is_asked(telegram):
            return self._join(telegram, now)
        return BadFrame("not asked for", bytes(telegram[:2]))

    def _is_asked(self, frame: MbusFrame) -> bool:
        is_there = self._errand.station in (frame.address, ANY_STATION)
        return is_there and frame.control & ~(ACCESS_DEMAND | FLOW_CONTROL) == RSP_UD

    def _join(self, frame: MbusFrame, now: float) -> MbusMessage | BadFrame | None:
        joined = self._joiner.add(frame)
        if isinstance(joined, str):
            self._is_spoilt = True
            self._apply(Input.SEGMENT if now < self._give_up_at else Input.EXHAUSTED, now)
            return BadFrame(joined, frame.data)
        if not self._is_spoilt:
            self._give_up_at = now + self._settings.patience_s
            self._errand.port.moved(now)
        if joined is None:
            self._apply(Input.SEGMENT, now)
            return None
        joined = joined._replace(station=self._errand.station)
        self._apply(Input.DEMAND if frame.control & ACCESS_DEMAND else Input.ANSWER, now)
        return joined

    def _acknowledged(self) -> Input:
        if self.state in (State.IDLE, State.PAUSED):
            return Input.STRANGE
        if self._errand.segments:
            return Input.MORE
        return Input.ASKED if self._errand.wants_answer else Input.TOLD

    # --- actions ---

    def _apply(self, event: Input, now: float) -> None:
        self.state, action = TABLE.get((self.state, event), (self.state, Action.DROP))
        _ACTIONS[action](self, now)

    def _drop(self, now: float) -> None:
        """A telegram out of place changes nothing."""

    def _reset(self, now: float) -> None:
        errand = self._errand
        for control in (SND_UD, REQ_UD1, REQ_UD2):
            self._counts[errand.station, control] = FCB
        self._poll_with = REQ_UD2
        self._say(encode_short(SND_NKE, errand.station), now)

    def _send(self, now: float) -> None:
        errand = self._errand
        segment = errand.segments.popleft()
        self._say(encode_long(self._counted(SND_UD), errand.station, segment.ci, segment.data), now)
        if not errand.segments:
            self._joiner.clear()
            self._is_spoilt = False
            self._poll_with = REQ_UD2
            self._give_up_at = now + self._settings.patience_s

    def _poll(self, now: float) -> None:
        self._say(encode_short(self._counted(self._poll_with), self._errand.station), now)

    def _poll_on(self, now: float) -> None:
        self._poll_with = REQ_UD1
        self._poll(now)

    def _counted(self, control: int) -> int:
        """The control field of a new telegram, its frame count bit the other one than last time."""
        key = self._errand.station, control
        bit = self._counts.get(key, FCB)
        self._counts[key] = bit ^ FCB
        return control | bit

    def _pause(self, now: float) -> None:
        self._deadline = now + self._settings.pause_s

    def _say(self, telegram: bytes, now: float) -> None:
        self._said, self._tries = telegram, 0
        self._repeat(now)

    def _repeat(self, now: float) -> None:
        self._tries += 1
        self._out += self._said
        self._deadline = now + self._settings.response_s

    def _up(self, now: float) -> None:
        self._errand.port.came_up()
        self._done(now)

    def _done(self, now: float) -> None:
        self._deadline = None
        self._next(now)

    def _fail(self, now: float) -> None:
        self.drop(self._errand.port)
        self._errand.port.failed(Timeout("no answer on the M-Bus"))
        self._done(now)


_ACTIONS: Final[dict[Action, Callable[[Master, float], None]]] = {
    Action.DROP: Master._drop,
    Action.RESET: Master._reset,
    Action.SEND: Master._send,
    Action.POLL: Master._poll,
    Action.POLL_ON: Master._poll_on,
    Action.PAUSE: Master._pause,
    Action.REPEAT: Master._repeat,
    Action.UP: Master._up,
    Action.DONE: Master._done,
    Action.FAIL: Master._fail,
}
