"""A pair of SAPs of a client and a meter on an M-Bus."""

from __future__ import annotations

from math import inf

from dlmskit.errors import DlmsError
from dlmskit.link.events import LinkDown, LinkUp
from dlmskit.link.mbus.master import Master
from dlmskit.link.mbus.meter import Meter
from dlmskit.link.ports import PortPair


class CallingConnection(PortPair):
    """The client's end: the link is up when the meter at the primary address `station` has acknowledged its reset."""

    __slots__ = ("_master", "_progress_at", "_station")

    def __init__(self, master: Master, station: int, client: int, server: int) -> None:
        super().__init__("client", client, server)
        self._master, self._station = master, station
        self._progress_at = -inf

    def connect(self, now: float) -> None:
        if not self._up:
            self._master.reset(self, self._station, now)

    def disconnect(self, now: float) -> None:
        self._master.drop(self)
        super().disconnect(now)

    def send(self, apdu: bytes, now: float, *, expect_answer: bool = True, more: bool = False) -> None:
        self._check_up()
        self._ask(apdu, now, expect_answer)

    def send_unconfirmed(self, apdu: bytes, now: float) -> None:
        self._ask(apdu, now, False)

    def _ask(self, apdu: bytes, now: float, expect_answer: bool) -> None:
        self._master.send(self, self._station, self._own, self._peer, apdu, now, wants_answer=expect_answer)

    @property
    def progress_at(self) -> float:
        return self._progress_at

    # --- what the master tells ---

    def came_up(self) -> None:
        self._up = True
        self._events.append(LinkUp())

    def failed(self, error: DlmsError) -> None:
        self._up = False
        self._events.append(LinkDown(error.message, error))

    def moved(self, now: float) -> None:
        self._progress_at = now


class CalledConnection(PortPair):
    """The meter's end."""

    __slots__ = ("_meter",)

    def __init__(self, meter: Meter, client: int, server: int) -> None:
        super().__init__("server", client, server)
        self._meter = meter

    def send(self, apdu: bytes, now: float, *, expect_answer: bool = True, more: bool = False) -> None:
        self._meter.owe_less()
        super().send(apdu, now)

    def pass_turn(self, now: float) -> None:
        self._meter.owe_less()

    def send_unconfirmed(self, apdu: bytes, now: float) -> None:
        self._meter.send(self._own, self._peer, apdu)
