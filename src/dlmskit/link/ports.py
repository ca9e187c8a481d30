"""A pair of ports with the interface of an HDLC connection, for framings in which it has nothing to time."""

from __future__ import annotations

from math import inf
from typing import Literal, TypeAlias

from dlmskit.errors import LocalProtocolError
from dlmskit.link.events import ApduReceived, FrameDropped, LinkDown, LinkEvent, LinkUp

#: A message with the ports it goes from and to at its head: of the wrapper, of an M-Bus.
Addressed: TypeAlias = tuple[int, int, bytes] | tuple[int, int, bytes, int]


class PortPair:
    """From one port to another. `connect` is answered by LinkUp at once: what is below is the link."""

    __slots__ = ("_events", "_own", "_peer", "_up", "role")

    def __init__(self, role: Literal["client", "server"], client: int, server: int) -> None:
        self.role = role
        self._own, self._peer = (client, server) if role == "client" else (server, client)
        self._up = False
        self._events: list[LinkEvent] = []

    @property
    def is_up(self) -> bool:
        return self._up

    @property
    def state(self) -> str:
        return "connected" if self._up else "disconnected"

    @property
    def negotiated(self) -> None:
        return None

    def connect(self, now: float) -> None:
        if not self._up:
            self._up = True
            self._events.append(LinkUp())

    def disconnect(self, now: float) -> None:
        if self._up:
            self._up = False
            self._events.append(LinkDown("disconnected"))

    def send(self, apdu: bytes, now: float, *, expect_answer: bool = True, more: bool = False) -> None:
        self._check_up()
        self.send_unconfirmed(apdu, now)

    def _check_up(self) -> None:
        if not self._up:
            raise LocalProtocolError("the link is not up")

    def send_unconfirmed(self, apdu: bytes, now: float) -> None:
        """Send an APDU to which the link below brings no answer by itself."""
        raise NotImplementedError  # each framing that has port pairs says how

    def receive_frame(self, message: Addressed, now: float) -> None:
        """Take a message that came."""
        source, destination, apdu = message[:3]
        if (source, destination) != (self._peer, self._own):
            self._events.append(FrameDropped("other ports", apdu))
        elif not apdu:
            self._events.append(FrameDropped("no APDU", b""))
        else:
            if self.role == "server":
                self.connect(now)  # whoever was dropped for silence may call again
            self._events.append(ApduReceived(apdu))

    @property
    def progress_at(self) -> float:
        """When the other side last moved anything on; a message that comes whole or not at all never does."""
        return -inf

    def note_octets(self, now: float, count: int) -> None:
        """Nothing here depends on time."""

    def note_damage(self, now: float) -> None:
        """Likewise."""

    def pass_turn(self, now: float) -> None:
        """Nobody waits for a turn."""

    def trigger(self, now: float) -> None:
        """Likewise."""

    def handle_timer(self, now: float) -> None:
        """Nothing here depends on time."""

    def next_deadline(self) -> float | None:
        return None

    def to_send(self) -> bytes:
        return b""

    def events(self) -> list[LinkEvent]:
        if not self._events:
            return []
        events, self._events = self._events, []
        return events
