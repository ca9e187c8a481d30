"""What a line's octets are framed in, behind one interface: HDLC, the wrapper, M-Bus.

A framing finds packets in what comes, makes the connection between two addresses, and says which packets belong to it:
each connection has a key, and `key_of` gives that of a packet. Nothing here knows of associations.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from typing import ClassVar, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from dlmskit.errors import RemoteProtocolError, UsageError
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
from dlmskit.link.mbus.bus import ANY_STATION, BusEnd
from dlmskit.link.mbus.connection import CalledConnection, CallingConnection
from dlmskit.link.mbus.master import Master, MasterSettings
from dlmskit.link.mbus.meter import Meter
from dlmskit.link.mbus.segments import MbusMessage
from dlmskit.link.ports import PortPair
from dlmskit.link.wrapper import WrapperConnection, WrapperMessage, WrapperReader

FramingName = Literal["hdlc", "wrapper", "mbus"]
Connection: TypeAlias = HdlcConnection | PortPair
Packet: TypeAlias = Frame | WrapperMessage | MbusMessage
P = TypeVar("P", Frame, WrapperMessage, MbusMessage)
Key: TypeAlias = tuple[object, ...]
#: Who is told what the link to an HDLC server tells of itself.
Notes: TypeAlias = Callable[[HdlcAddress], Note | None]


class Between(NamedTuple):
    """A connection between a client and a server, by their SAPs."""

    key: Key
    connection: Connection
    client: int
    server: int


class Framing(ABC, Generic[P]):
    """What every framing can do; where nothing is said of time, it has no timers."""

    name: ClassVar[FramingName]
    #: One conversation at a time: the line is half-duplex, and its connections have to wait for each other.
    takes_turns: ClassVar[bool] = False
    #: What comes may concern connections it is not addressed to.
    is_shared: ClassVar[bool] = False

    @abstractmethod
    def receive(self, data: bytes, now: float) -> Iterable[P | BadFrame]:
        """What `data` completes, in order. Raises RemoteProtocolError where the stream makes no sense any more."""

    @property
    @abstractmethod
    def unfinished(self) -> int:
        """Octets held of a packet that has not come whole."""

    @property
    def is_inside_frame(self) -> bool:
        """Whether a packet has begun and not ended, where connections want to know."""
        return False

    @abstractmethod
    def key_of(self, packet: P) -> Key:
        """The key of the connection a packet belongs to."""

    def to_send(self) -> bytes:
        """Octets the framing itself has to say."""
        return b""

    def note_sent(self) -> None:
        """Octets went out."""

    def next_deadline(self) -> float | None:
        return None

    def handle_timer(self, now: float) -> Iterable[P | BadFrame]:
        return ()


class CallingFraming(Framing[P]):
    """A framing as a client uses it."""

    @abstractmethod
    def call(self, client: int, server: int, physical: int | None, size: int | None, notes: Notes) -> Between:
        """A client's connection to a server."""


class CalledFraming(Framing[P]):
    """A framing as a server uses it."""

    @abstractmethod
    def called(self, packet: P, notes: Notes) -> Between | None:
        """The server's end of the connection a packet of a new peer belongs to; None where it is not for us."""

    @abstractmethod
    def push(self, server: int, client: int) -> Between:
        """The server's end of a connection that it speaks on first."""


class WrapperFraming(CallingFraming[WrapperMessage], CalledFraming[WrapperMessage]):
    """The wrapper of TCP and UDP."""

    name = "wrapper"

    def __init__(self) -> None:
        self._messages = WrapperReader()

    def receive(self, data: bytes, now: float) -> Iterator[WrapperMessage]:
        messages = self._messages.receive(data)
        yield from messages
        while messages and self._messages.unfinished:
            messages = self._messages.receive(b"")
            yield from messages

    @property
    def unfinished(self) -> int:
        return self._messages.unfinished

    def key_of(self, packet: WrapperMessage) -> Key:
        return packet.destination, packet.source

    def call(self, client: int, server: int, physical: int | None, size: int | None, notes: Notes) -> Between:
        return Between((client, server), WrapperConnection("client", client, server), client, server)

    def called(self, packet: WrapperMessage, notes: Notes) -> Between | None:
        return self.push(packet.destination, packet.source)

    def push(self, server: int, client: int) -> Between:
        return Between((server, client), WrapperConnection("server", client, server), client, server)


class HdlcFraming(CallingFraming[Frame], CalledFraming[Frame]):
    """HDLC; `physical` limits the addresses a server answers to."""

    name = "hdlc"
    takes_turns = True

    def __init__(self, settings: HdlcSettings, limits: FrameLimits, physical: int | None) -> None:
        self._settings, self._physical = settings, physical
        self._frames = FrameReader(limits)

    def receive(self, data: bytes, now: float) -> list[Frame | BadFrame]:
        return self._frames.receive(data, now)

    @property
    def unfinished(self) -> int:
        return self._frames.unfinished

    @property
    def is_inside_frame(self) -> bool:
        return self._frames.is_inside_frame

    def key_of(self, packet: Frame) -> Key:
        return packet.destination, packet.source

    def call(self, client: int, server: int, physical: int | None, size: int | None, notes: Notes) -> Between:
        own, peer = client_address(client), server_address(server, physical, size)
        connection = HdlcConnection("client", own, peer, self._settings, notes(peer))
        return Between((own.to_bytes(), peer.to_bytes()), connection, client, server)

    def called(self, packet: Frame, notes: Notes) -> Between | None:
        try:
            own, peer = HdlcAddress.parse(packet.destination), HdlcAddress.parse(packet.source)
        except RemoteProtocolError:
            return None
        calling, every = (CALLING_14_BIT, ALL_STATION_14_BIT) if own.size == 4 else (CALLING, ALL_STATION)
        is_ours = self._physical is None or own.lower in (None, self._physical, calling)
        if own.lower == every or not is_ours or peer.size != 1:  # nobody answers a broadcast
            return None
        connection = HdlcConnection("server", peer, own, self._settings, notes(own))
        return Between(self.key_of(packet), connection, peer.upper, own.upper)

    def push(self, server: int, client: int) -> Between:
        own, peer = server_address(server, self._physical), client_address(client)
        connection = HdlcConnection("server", peer, own, self._settings)
        return Between((own.to_bytes(), peer.to_bytes()), connection, client, server)

    def note_sent(self) -> None:
        self._frames.turn()

    def next_deadline(self) -> float | None:
        return self._frames.next_deadline()

    def handle_timer(self, now: float) -> list[Frame | BadFrame]:
        return self._frames.handle_timer(now)


class MbusFraming(Framing[MbusMessage]):
    """Wired M-Bus, as either end of the bus has it. SAPs have one octet.

    Nothing is half-duplex for the connections: the master does one errand after the other.
    """

    name = "mbus"
    is_shared = True
    _bus: BusEnd

    def receive(self, data: bytes, now: float) -> list[MbusMessage | BadFrame]:
        return self._bus.receive(data, now)

    @property
    def unfinished(self) -> int:
        return self._bus.unfinished

    def key_of(self, packet: MbusMessage) -> Key:
        return packet.destination, packet.source, packet.station

    def to_send(self) -> bytes:
        return self._bus.to_send()

    def next_deadline(self) -> float | None:
        return self._bus.next_deadline()

    def handle_timer(self, now: float) -> list[MbusMessage | BadFrame]:
        return self._bus.handle_timer(now)


class MasterFraming(MbusFraming, CallingFraming[MbusMessage]):
    """The client is the master of the bus."""

    def __init__(self, settings: MasterSettings) -> None:
        self._bus: Master = Master(settings)

    def call(self, client: int, server: int, physical: int | None, size: int | None, notes: Notes) -> Between:
        station = ANY_STATION if physical is None else physical
        if not 0 <= station <= ANY_STATION:
            raise UsageError(f"primary addresses of M-Bus meters are 0 to {ANY_STATION}, not {station}")
        _check_saps(client, server)
        connection = CallingConnection(self._bus, station, client, server)
        return Between((client, server, station), connection, client, server)


class MeterFraming(MbusFraming, CalledFraming[MbusMessage]):
    """The server is a meter on the bus, at the primary address `station`."""

    def __init__(self, station: int, inter_octet_s: float) -> None:
        self._bus: Meter = Meter(station, inter_octet_s)

    def called(self, packet: MbusMessage, notes: Notes) -> Between:
        connection = CalledConnection(self._bus, packet.source, packet.destination)
        return Between(self.key_of(packet), connection, packet.source, packet.destination)

    def push(self, server: int, client: int) -> Between:
        _check_saps(client, server)
        connection = CalledConnection(self._bus, client, server)
        return Between((server, client, self._bus.station), connection, client, server)


def _check_saps(*saps: int) -> None:
    for sap in saps:
        if not 0 <= sap <= 0xFF:
            raise UsageError(f"an address on an M-Bus has one octet, and {sap} does not fit")
