"""A meter on an M-Bus: it acknowledges, puts APDUs together, and speaks when it is asked.

A telegram with the frame count bit of the one before is that one again: it is acknowledged, or answered, as it was,
and not taken twice. Source: EN 13757-2, link layer.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from dlmskit.link.hdlc.frames import BadFrame
from dlmskit.link.mbus.bus import (
    ACCESS_DEMAND,
    ANY_STATION,
    BROADCAST,
    FCB,
    REQ_UD1,
    REQ_UD2,
    RSP_UD,
    SND_NKE,
    SND_UD,
    BusEnd,
)
from dlmskit.link.mbus.frames import MbusFrame
from dlmskit.link.mbus.reader import ACKNOWLEDGEMENT, Acknowledged, Telegram, encode_long
from dlmskit.link.mbus.segments import MbusMessage, Segment, cut

#: Segments that wait to be asked for; what comes beyond is not sent.
MAX_WAITING: Final = 1024


class Meter(BusEnd):
    """The station with this primary address.

    While it has more to say than the APDU it is asked for, such as a push that came up before an answer was ready, its
    access demand bit says so.
    """

    __slots__ = ("_answer", "_owed", "_polled", "_taken", "_waiting", "station")

    def __init__(self, station: int, inter_octet_s: float = 1.0) -> None:
        super().__init__(inter_octet_s)
        self.station = station
        self._waiting: deque[Segment] = deque()
        self._answer = ACKNOWLEDGEMENT
        self._taken: int | None = None  # control field of the last SND_UD
        self._polled: int | None = None  # control field of the last REQ_UD1 or REQ_UD2
        self._owed = 0  # requests that wait for their answer

    def send(self, source: int, destination: int, apdu: bytes) -> None:
        """Have an APDU ready for the master's next questions."""
        segments = cut(source, destination, apdu)
        if len(self._waiting) + len(segments) <= MAX_WAITING:
            self._waiting += segments

    def owe_less(self) -> None:
        """A request has its answer, or gets none."""
        self._owed = max(0, self._owed - 1)

    def _hear(self, telegram: Telegram, now: float) -> MbusMessage | BadFrame | None:
        if isinstance(telegram, Acknowledged) or telegram.address not in (self.station, ANY_STATION, BROADCAST):
            return None
        control = telegram.control & ~FCB
        taken: MbusMessage | BadFrame | None = None
        if isinstance(telegram, MbusFrame):
            if control != SND_UD:
                return BadFrame("unknown control field", bytes(telegram[:2]))
            taken, answer = self._accept(telegram), ACKNOWLEDGEMENT
        elif telegram.control == SND_NKE:
            answer = self._begin_anew()
        elif control in (REQ_UD1, REQ_UD2):
            answer = self._asked(telegram.control)
        else:
            return BadFrame("unknown control field", bytes(telegram[:2]))
        if telegram.address != BROADCAST:
            self._out += answer
        return taken

    def _begin_anew(self) -> bytes:
        self._taken = self._polled = None
        self._owed = 0
        self._waiting.clear()
        self._joiner.clear()
        return ACKNOWLEDGEMENT

    def _accept(self, frame: MbusFrame) -> MbusMessage | BadFrame | None:
        if self._taken == frame.control:
            return None
        self._taken = frame.control
        joined = self._joiner.add(frame)
        if isinstance(joined, str):
            return BadFrame(joined, frame.data)
        if joined is not None:
            self._owed += 1
            joined = joined._replace(station=self.station)
        return joined

    def _asked(self, control: int) -> bytes:
        if self._polled != control:
            self._polled, self._answer = control, self._next()
        return self._answer

    def _next(self) -> bytes:
        if not self._waiting:
            return ACKNOWLEDGEMENT
        segment = self._waiting.popleft()
        more = ACCESS_DEMAND if segment.is_final and (self._waiting or self._owed) else 0
        return encode_long(RSP_UD | more, self.station, segment.ci, segment.data)
