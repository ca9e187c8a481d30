"""A served link with its reader, driven by octets as a conformance tool drives a meter."""

from __future__ import annotations

from dlmskit.link.events import ApduReceived, LinkDown, LinkEvent
from dlmskit.link.hdlc.address import Reach, client_address, server_address
from dlmskit.link.hdlc.connection import HdlcConnection, HdlcSettings
from dlmskit.link.hdlc.frames import Frame, FrameReader, encode
from dlmskit.link.hdlc.state import State

CLIENT, SERVER = client_address(16), server_address(1)
TO, FROM = SERVER.to_bytes(), CLIENT.to_bytes()

GET = bytes.fromhex("c001c1000f0000280000ff0200")
SNRM, DISC, UA, DM, FRMR, RR = 0x93, 0x53, 0x73, 0x1F, 0x97, 0x11


def command(control: int, information: bytes = b"", *, segmented: bool = False) -> bytes:
    """A frame from the client."""
    return encode(Frame(TO, FROM, control, information, segmented))


def request(apdu: bytes, control: int = 0x10) -> bytes:
    return command(control, b"\xe6\xe6\x00" + apdu)


class Station:
    """The server side. `answer` None leaves APDUs unanswered until `link.send`."""

    def __init__(self, settings: HdlcSettings = HdlcSettings(), answer: bytes | None = b"\xc4\x01") -> None:
        self.link = HdlcConnection("server", CLIENT, SERVER, settings)
        self.reader = FrameReader()
        self.answer = answer
        self.now = 0.0
        self.happened: list[LinkEvent] = []

    def tell(self, octets: bytes) -> list[Frame]:
        """What the station answers to these octets."""
        for frame in self.reader.receive(octets, self.now):
            if isinstance(frame, Frame) and self.is_ours(frame):
                self.link.receive_frame(frame, self.now)
            self.events()
        return self.said()

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.reader.handle_timer(self.now)
        self.link.handle_timer(self.now)
        self.events()

    def is_ours(self, frame: Frame) -> bool:
        """What a line above does: pick the links a frame is for."""
        from dlmskit.link.hdlc.address import HdlcAddress

        return SERVER.reach(HdlcAddress.parse(frame.destination)) is not Reach.OTHERS

    def events(self) -> None:
        for event in self.link.events():
            self.happened.append(event)
            if isinstance(event, ApduReceived) and not event.unconfirmed and self.answer is not None:
                self.link.send(self.answer, self.now)

    def said(self) -> list[Frame]:
        found = FrameReader().receive(self.link.to_send(), 0.0)
        if found:
            self.reader.turn()
        return [frame for frame in found if isinstance(frame, Frame)]

    def controls(self, octets: bytes) -> list[int]:
        return [frame.control for frame in self.tell(octets)]

    def connected(self) -> Station:
        assert self.controls(command(SNRM)) == [UA]
        return self

    @property
    def apdus(self) -> list[bytes]:
        return [event.apdu for event in self.happened if isinstance(event, ApduReceived)]

    @property
    def downs(self) -> list[LinkDown]:
        return [event for event in self.happened if isinstance(event, LinkDown)]

    def recovers(self) -> bool:
        """Whether the link can be set up anew and carries an APDU: the last step of every case."""
        before = len(self.apdus)
        again = self.controls(command(SNRM)) == [UA] and self.controls(request(GET)) == [0x30]
        return again and len(self.apdus) == before + 1 and self.link.state is State.CONNECTED
