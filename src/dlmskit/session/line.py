"""A line carries links, a link carries an association: octets and `now` in, octets and events out.

    receive(data, now) · receive_eof(now) · handle_timer(now)     what comes
    to_send() · events() · next_deadline()                        what goes, what happened, when to come back

`ClientLine` opens associations on one line, several on an RS-485 bus; `ServerLine` answers for the logical devices it
is given. Nothing here waits, reads a clock or logs.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import ClassVar, Generic, Literal, TypeAlias, TypeVar

from dlmskit.apdu.codec import Apdu
from dlmskit.errors import DlmsError, LocalProtocolError, RemoteProtocolError, TransportError
from dlmskit.link.events import ApduReceived, FrameDropped, LinkDown
from dlmskit.link.gateway import Route
from dlmskit.link.hdlc.address import (
    ALL_STATION,
    ALL_STATION_14_BIT,
    CALLING,
    CALLING_14_BIT,
    HdlcAddress,
    client_address,
    server_address,
)
from dlmskit.link.hdlc.connection import HdlcConnection, Note
from dlmskit.link.hdlc.frames import BadFrame, Frame, FrameLimits, FrameReader
from dlmskit.link.hdlc.parameters import HdlcSettings
from dlmskit.link.wrapper import WrapperConnection, WrapperMessage, WrapperReader
from dlmskit.session.association import Association, Way
from dlmskit.session.events import Event, Packet, Unclaimed
from dlmskit.session.judging import ServedAssociation
from dlmskit.session.opening import ClientSettings
from dlmskit.session.requester import ClientAssociation
from dlmskit.session.responder import ServerAssociation
from dlmskit.session.states import State
from dlmskit.session.tracing import LineTrace
from dlmskit.trace import Tracer

Framing = Literal["hdlc", "wrapper"]
Connection: TypeAlias = HdlcConnection | WrapperConnection
A = TypeVar("A", bound=Association)

#: Server SAP → client SAP → what is offered.
Devices: TypeAlias = Mapping[int, Mapping[int, ServedAssociation]]

#: Links one peer may have at a time on one line; a flood of new addresses displaces links that are down.
MAX_LINKS = 64


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
        is_hdlc = isinstance(connection, HdlcConnection)
        if way is Way.NOTIFY or (is_hdlc and self._line.is_called and not connection.is_up):
            self._when_free(lambda at: connection.send_unconfirmed(apdu, at), now)
        elif not isinstance(connection, HdlcConnection):
            connection.send(apdu, now)
        else:
            self._when_free(lambda at: connection.send(apdu, at, expect_answer=way is Way.ASK), now)

    @property
    def progress_at(self) -> float:
        return self.connection.progress_at

    def pass_turn(self, now: float) -> None:
        """Nothing is to be answered: on a half-duplex link the right to speak goes back."""
        if isinstance(self.connection, HdlcConnection):
            self.connection.pass_turn(now)

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

    def __init__(
        self,
        framing: Framing,
        *,
        hdlc: HdlcSettings | None = None,
        frame_limits: FrameLimits | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        self.framing = framing
        self._hdlc = hdlc or HdlcSettings()
        self._frames = FrameReader(frame_limits or FrameLimits())
        self._messages = WrapperReader()
        self._links: dict[tuple[object, object], Link[A]] = {}
        self._events: deque[Event] = deque()
        self._holder: Link[A] | None = None
        self._is_lost = False
        self._trace = None if tracer is None else LineTrace(tracer)

    # --- octets and time ---

    def receive(self, data: bytes, now: float) -> None:
        """Take octets as they came, however cut. A stream that makes no sense ends the line."""
        self._at(now)
        if self.framing == "wrapper":
            self._receive_messages(data, now)
            return
        for found in self._frames.receive(data, now):
            self._receive_frame(found, now)
        if self._frames.is_inside_frame:
            for link in self._links.values():
                if isinstance(link.connection, HdlcConnection):
                    link.connection.note_octets(now, len(data))

    def _receive_messages(self, data: bytes, now: float) -> None:
        try:
            while True:
                messages = self._messages.receive(data)
                for message in messages:
                    self._receive_packet((message.destination, message.source), message, now)
                if not messages or not self._messages.unfinished:
                    return
                data = b""
        except RemoteProtocolError as error:
            self.lose(error, now)

    def _receive_frame(self, found: Frame | BadFrame, now: float) -> None:
        if isinstance(found, BadFrame):
            self._dropped(found.reason, found.data)
            for link in self._links.values():
                if isinstance(link.connection, HdlcConnection):
                    link.connection.note_damage(now)
        else:
            self._receive_packet((found.destination, found.source), found, now)

    def _receive_packet(self, key: tuple[object, object], packet: Packet, now: float) -> None:
        link = self._links.get(key) or self._new_link(packet, now)
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
        return self._messages.unfinished + self._frames.unfinished

    def to_send(self) -> bytes:
        """Octets for the wire; empty where there is nothing to say."""
        data = b""
        for link in self._links.values():
            data += link.connection.to_send()
        if data and self.framing == "hdlc":
            self._frames.turn()
        if data and self._trace is not None:
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
        is_timed = self.framing == "hdlc"  # on the wrapper nothing below the associations has a time of its own
        earliest = self._frames.next_deadline() if is_timed else None
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
        for found in self._frames.handle_timer(now):
            self._receive_frame(found, now)
        for link in list(self._links.values()):
            link.connection.handle_timer(now)
            self.settle(link, now)
            link.association.handle_timer(now)

    # --- links ---

    def _new_link(self, packet: Packet, now: float) -> Link[A] | None:
        """A link for an address pair not seen before, where this role takes calls."""
        return None

    def _on_unclaimed(self, packet: Packet) -> None:
        """A packet between addresses that have no link here."""
        self._dropped("not addressed to us", packet[2] if isinstance(packet, WrapperMessage) else packet.information)

    def _add(self, key: tuple[object, object], connection: Connection, make: Callable[[Link[A]], A]) -> Link[A]:
        link: Link[A] = Link(self, connection)
        link.association = make(link)
        self._links[key] = link
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

    def _hide(self, *secrets: bytes | None) -> None:
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
        if isinstance(packet, WrapperMessage):
            ports = {"source": packet.source, "destination": packet.destination}
            trace.tell("wrapper", "in", "message", packet.apdu, ports)
        else:
            detail = {"control": f"{packet.control:02x}", "from": packet.source.hex(), "to": packet.destination.hex()}
            trace.tell_frame(packet, detail)

    def _trace_sent(self, trace: LineTrace, data: bytes) -> None:
        if self.framing == "wrapper":
            trace.tell("wrapper", "out", "frames", data, {})
        else:
            frames = FrameReader(FrameLimits()).receive(data, trace.now)
            trace.tell_frames(data, [frame for frame in frames if isinstance(frame, Frame)])


class ClientLine(Line[ClientAssociation]):
    """A line on which this side calls: each association has an address pair of its own."""

    def associate(
        self,
        settings: ClientSettings,
        *,
        client: int,
        server: int,
        physical: int | None = None,
        address_size: int | None = None,
        route: Route | None = None,
    ) -> ClientAssociation:
        """A new association, not opened yet. One between the same addresses that is over is replaced.

        route  the meter behind the gateway that has these addresses

        Raises LocalProtocolError where one is still going on: its answers would go to the new one.
        """
        self._hide(settings.password, settings.ciphering.dedicated if settings.ciphering else None)

        def make(link: Link[ClientAssociation]) -> ClientAssociation:
            link.route = route
            return ClientAssociation(link, settings, self._events.append, self._trace)

        if self.framing == "wrapper":
            self._vacate((client, server))
            return self._add((client, server), WrapperConnection("client", client, server), make).association
        own, peer = client_address(client), server_address(server, physical, address_size)
        self._vacate((own.to_bytes(), peer.to_bytes()))
        connection = HdlcConnection("client", own, peer, self._hdlc, self._note(peer))
        return self._add((own.to_bytes(), peer.to_bytes()), connection, make).association

    def _on_unclaimed(self, packet: Packet) -> None:
        super()._on_unclaimed(packet)
        self._events.append(Unclaimed(packet))

    def _vacate(self, key: tuple[object, object]) -> None:
        link = self._links.get(key)
        if link is None:
            return
        if link.association.state is not State.IDLE:
            raise LocalProtocolError(
                "an association between these two addresses is under way on this line",
                hints=("end that one first, or open another line",),
            )
        self.forget(link.association)

    def forget(self, association: ClientAssociation) -> None:
        """Drop the link of an association that is over."""
        for key, link in list(self._links.items()):
            if link.association is association:
                del self._links[key]
                if self._holder is link:
                    self._holder = None

    def poll(self, association: ClientAssociation, now: float) -> None:
        """Give an HDLC link a sign of life, where nobody else speaks on the line."""
        for link in self._links.values():
            if link.association is association and isinstance(link.connection, HdlcConnection):
                if self.is_free_for(link):
                    link.connection.poll(now)
                return

    def is_free_for(self, link: Link[ClientAssociation]) -> bool:
        holder = self._holder
        if self.framing == "wrapper" or self._is_lost:
            return True
        if holder is None or holder is link or _has_turn(holder):
            self._holder = link
            return True
        return False

    def _pass_on(self, now: float) -> None:
        if self._holder is None or not _has_turn(self._holder):
            return
        for link in list(self._links.values()):
            while link.waiting and self.is_free_for(link):
                link.waiting.popleft()(now)
                self.settle(link, now)


class ServerLine(Line[ServerAssociation]):
    """A line on which this side is called. `physical` limits the HDLC addresses answered to; None answers to any.

    `caller` says where it is called from, for those who get their authentication wrong.
    """

    is_called = True

    def __init__(
        self,
        framing: Framing,
        devices: Devices,
        *,
        physical: int | None = None,
        hdlc: HdlcSettings | None = None,
        frame_limits: FrameLimits | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        super().__init__(framing, hdlc=hdlc, frame_limits=frame_limits, tracer=tracer)
        self._devices, self._physical = devices, physical
        self.caller = ""

    def _new_link(self, packet: Packet, now: float) -> Link[ServerAssociation] | None:
        if len(self._links) >= MAX_LINKS and not self._displace():
            return None
        if isinstance(packet, WrapperMessage):
            offers = self._devices.get(packet.destination)
            if offers is None:
                return None
            wrapper = WrapperConnection("server", packet.source, packet.destination)
            link = self._add((packet.destination, packet.source), wrapper, self._maker(offers, packet.source))
            link.connect(now)
            return link
        return self._new_hdlc_link(packet)

    def push(self, server: int, client: int, apdu: Apdu, now: float) -> None:
        """Send an APDU between two addresses, also where no association is open between them."""
        link = self._link_between(server, client)
        link.association.notify(apdu, now)
        self.settle(link, now)

    def _link_between(self, server: int, client: int) -> Link[ServerAssociation]:
        maker = self._maker(self._devices.get(server, {}), client)
        if self.framing == "wrapper":
            known = self._links.get((server, client))
            return known or self._add((server, client), WrapperConnection("server", client, server), maker)
        own, peer = server_address(server, self._physical), client_address(client)
        key = own.to_bytes(), peer.to_bytes()
        return self._links.get(key) or self._add(key, HdlcConnection("server", peer, own, self._hdlc), maker)

    def _new_hdlc_link(self, frame: Frame) -> Link[ServerAssociation] | None:
        try:
            own, peer = HdlcAddress.parse(frame.destination), HdlcAddress.parse(frame.source)
        except RemoteProtocolError:
            return None
        offers = self._devices.get(own.upper)
        calling, every = (CALLING_14_BIT, ALL_STATION_14_BIT) if own.size == 4 else (CALLING, ALL_STATION)
        is_ours = self._physical is None or own.lower in (None, self._physical, calling)
        if own.lower == every:  # nobody answers a broadcast
            return None
        if offers is None or not is_ours or peer.size != 1:
            return None
        connection = HdlcConnection("server", peer, own, self._hdlc, self._note(own))
        return self._add((frame.destination, frame.source), connection, self._maker(offers, peer.upper))

    def _maker(
        self, offers: Mapping[int, ServedAssociation], client: int
    ) -> Callable[[Link[ServerAssociation]], ServerAssociation]:
        served = offers.get(client)
        if served is not None:
            self._hide(served.password)
        return lambda link: ServerAssociation(link, served, self._events.append, self._trace, (client, self.caller))

    def _may_take(self, link: Link[ServerAssociation]) -> bool:
        """UI frames come without a link too; they mean something where no AARQ has to come first."""
        served = link.association.served
        return link.connection.is_up or (served is not None and served.is_pre_established)

    def _displace(self) -> bool:
        """Make room by forgetting a link on which nothing is going on."""
        for key, link in self._links.items():
            if not link.association.is_associated:
                del self._links[key]
                return True
        return False


def _has_turn(link: Link[ClientAssociation]) -> bool:
    connection = link.connection
    return not isinstance(connection, HdlcConnection) or connection.has_turn
