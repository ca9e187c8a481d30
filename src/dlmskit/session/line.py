"""A line carries links, a link carries an association: octets and `now` in, octets and events out.

    receive(data, now) · receive_eof(now) · handle_timer(now)     what comes
    to_send() · events() · next_deadline()                        what goes, what happened, when to come back

`ClientLine` (`calling.py`) opens associations on one line, several on an RS-485 bus; `ServerLine` (`called.py`) answers
for the logical devices it is given. Nothing here waits, reads a clock or logs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, ClassVar, Generic, TypeVar

from dlmskit.errors import DlmsError, RemoteProtocolError, TransportError
from dlmskit.link.events import ApduReceived, FrameDropped, LinkDown
from dlmskit.link.gateway import Route
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.connection import Note
from dlmskit.link.hdlc.frames import BadFrame, Frame, FrameLimits, FrameReader
from dlmskit.session.association import Association
from dlmskit.session.events import Event
from dlmskit.session.framing import Between, Connection, Framing, FramingName, Key, Packet
from dlmskit.session.port import Way
from dlmskit.session.tracing import LineTrace
from dlmskit.trace import Tracer

A = TypeVar("A", bound=Association)


class Link(Generic[A]):
    """One address pair on the line and its association; the association's port."""

    __slots__ = ("_line", "association", "connection", "route", "waiting")

    def __init__(self, line: Line[A], connection: Connection) -> None:
        self._line, self.connection = line, connection
        self.route: Route | None = None
        self.association: A
        self.waiting: deque[Callable[[float], None]] = deque()

    def connect(self, now: float) -> None:
        self._when_free(self.connection.connect, now)

    def disconnect(self, now: float) -> None:
        self.waiting.clear()
        self._when_free(self.connection.disconnect, now)

    def send(self, apdu: bytes, now: float, way: Way) -> None:
        connection = self.connection
        if self.route is not None:
            apdu = self.route.request(apdu)
        if way is Way.NOTIFY or (self._line.is_called and not connection.is_up):
            self._when_free(lambda at: connection.send_unconfirmed(apdu, at), now)
        elif not self._line.takes_turns:
            connection.send(apdu, now, expect_answer=way is Way.ASK)
        else:
            is_asked, more = way is Way.ASK, way is Way.MORE
            self._when_free(lambda at: connection.send(apdu, at, expect_answer=is_asked, more=more), now)

    @property
    def progress_at(self) -> float:
        return self.connection.progress_at

    def pass_turn(self, now: float) -> None:
        """There is nothing to say to what came: on a half-duplex link the right to speak goes back."""
        self.connection.pass_turn(now)

    def trigger(self, now: float) -> None:
        self._when_free(self.connection.trigger, now)

    def _when_free(self, act: Callable[[float], None], now: float) -> None:
        """At once, or when the link that holds the half-duplex line has its answer."""
        if self._line.is_free_for(self):
            act(now)
            self._line.settle(self, now)
        else:
            self.waiting.append(act)


class Line(Generic[A]):
    """What both roles share: octets to links and back, timers, trace."""

    is_called: ClassVar[bool] = False

    def __init__(self, framing: Framing[Any], *, tracer: Tracer | None = None) -> None:
        self._framing = framing
        self.framing: FramingName = framing.name
        self.takes_turns = framing.takes_turns
        self._links: dict[Key, Link[A]] = {}
        self._events: deque[Event] = deque()
        self._holder: Link[A] | None = None
        self._is_lost = False
        self._trace = None if tracer is None else LineTrace(tracer)

    # --- octets and time ---

    def receive(self, data: bytes, now: float) -> None:
        """Take octets as they came, however cut. A stream that makes no sense ends the line."""
        self._at(now)
        try:
            for found in self._framing.receive(data, now):
                self._receive_found(found, now)
        except RemoteProtocolError as error:
            self.lose(error, now)
            return
        if self._framing.is_inside_frame:
            for link in self._links.values():
                link.connection.note_octets(now, len(data))
        if self._framing.is_shared:
            self._settle_all(now)

    def _settle_all(self, now: float) -> None:
        for link in list(self._links.values()):
            self.settle(link, now)

    def _receive_found(self, found: Packet | BadFrame, now: float) -> None:
        if isinstance(found, BadFrame):
            self._dropped(found.reason, found.data)
            for link in self._links.values():
                link.connection.note_damage(now)
        else:
            self._receive_packet(found, now)

    def _receive_packet(self, packet: Packet, now: float) -> None:
        link = self._links.get(self._framing.key_of(packet)) or self._new_link(packet)
        if link is None:
            self._on_unclaimed(packet)
            return
        if self._trace is not None:
            self._trace_packet(self._trace, packet)
        link.connection.receive_frame(packet, now)  # type: ignore[arg-type]  # a line has one framing
        self.settle(link, now)

    def receive_eof(self, now: float) -> None:
        """The transport was closed by the peer."""
        self.lose(TransportError("the connection was closed by the peer"), now)

    def lose(self, error: DlmsError, now: float) -> None:
        """The line is gone: every association ends with `error`."""
        if self._is_lost:
            return
        self._is_lost = True
        self._at(now)
        for link in list(self._links.values()):
            link.waiting.clear()
            link.association.link_event(LinkDown("line lost", error), now)
            link.connection.events()

    @property
    def is_lost(self) -> bool:
        return self._is_lost

    @property
    def unfinished(self) -> int:
        """Octets held of a message or frame that has not come whole."""
        return self._framing.unfinished

    def to_send(self) -> bytes:
        """Octets for the wire; empty where there is nothing to say."""
        data = self._framing.to_send()
        for link in self._links.values():
            data += link.connection.to_send()
        if data:
            self._framing.note_sent()
            if self._trace is not None:
                self._trace_sent(self._trace, data)
        return data

    def events(self) -> list[Event]:
        """What happened since the last call."""
        if not self._events:
            return []
        found = list(self._events)
        self._events.clear()
        return found

    def next_deadline(self) -> float | None:
        """When `handle_timer` wants to be called, in the terms of `now`."""
        is_timed = self.takes_turns  # elsewhere no connection has a time of its own
        earliest = self._framing.next_deadline()
        for link in self._links.values():
            at = link.association.next_deadline()
            if at is not None and (earliest is None or at < earliest):
                earliest = at
            if is_timed:
                at = link.connection.next_deadline()
                if at is not None and (earliest is None or at < earliest):
                    earliest = at
        return earliest

    def handle_timer(self, now: float) -> None:
        self._at(now)
        for found in self._framing.handle_timer(now):
            self._receive_found(found, now)
        for link in list(self._links.values()):
            link.connection.handle_timer(now)
            self.settle(link, now)
            link.association.handle_timer(now)

    # --- links ---

    def _new_link(self, packet: Packet) -> Link[A] | None:
        """A link for an address pair not seen before, where this role takes calls."""
        return None

    def _on_unclaimed(self, packet: Packet) -> None:
        """A packet between addresses that have no link here."""
        self._dropped("not addressed to us", packet.information if isinstance(packet, Frame) else packet.apdu)

    def _add(self, between: Between, make: Callable[[Link[A]], A]) -> Link[A]:
        link: Link[A] = Link(self, between.connection)
        link.association = make(link)
        self._links[between.key] = link
        return link

    def settle(self, link: Link[A], now: float) -> None:
        """Hand the link's events to its association, then let the next one speak."""
        while events := link.connection.events():
            for event in events:
                if isinstance(event, ApduReceived):
                    apdu = event.apdu if link.route is None else link.route.answer(event.apdu)
                    if apdu is None or not self._may_take(link):
                        self._dropped("no link" if apdu else "not from the meter asked", event.apdu)
                    else:
                        link.association.receive(apdu, now)
                elif isinstance(event, FrameDropped):
                    self._dropped(event.reason, event.data)
                else:
                    if isinstance(event, LinkDown):
                        link.waiting.clear()
                    link.association.link_event(event, now)
        if self._holder is not None:
            self._pass_on(now)

    def _may_take(self, link: Link[A]) -> bool:
        """Whether an APDU from that link means anything now."""
        return True

    def is_free_for(self, link: Link[A]) -> bool:
        """Whether that link may speak: on a half-duplex line, one conversation at a time."""
        return True

    def _pass_on(self, now: float) -> None:
        """The line may have become free."""

    # --- trace ---

    def _at(self, now: float) -> None:
        if self._trace is not None:
            self._trace.now = now

    def hide(self, *secrets: bytes | None) -> None:
        """Keep these octets out of the trace."""
        if self._trace is not None:
            self._trace.secrets.update(secret for secret in secrets if secret)

    def _note(self, server: HdlcAddress) -> Note | None:
        """What a link tells of itself, into the trace."""
        trace, name = self._trace, server.to_bytes().hex()
        if trace is None:
            return None
        return lambda what, detail: trace.tell("hdlc", "state", what, None, {**detail, "server": name})

    def _dropped(self, reason: str, data: bytes) -> None:
        if self._trace is not None:
            self._trace.tell_dropped(self.framing, reason, data)

    def _trace_packet(self, trace: LineTrace, packet: Packet) -> None:
        if isinstance(packet, Frame):
            detail = {"control": f"{packet.control:02x}", "from": packet.source.hex(), "to": packet.destination.hex()}
            trace.tell_frame(packet, detail)
        else:
            ports = {"source": packet.source, "destination": packet.destination}
            trace.tell(self.framing, "in", "message", packet.apdu, ports)

    def _trace_sent(self, trace: LineTrace, data: bytes) -> None:
        if self.framing == "hdlc":
            frames = FrameReader(FrameLimits()).receive(data, trace.now)
            trace.tell_frames(data, [frame for frame in frames if isinstance(frame, Frame)])
        elif self.framing == "mbus":
            trace.tell_parts(self.framing, "out", "frames", data, {})
        else:
            trace.tell(self.framing, "out", "frames", data, {})
