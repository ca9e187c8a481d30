"""Recorded HDLC conversations: given the same APDUs, our frames are the recorded ones, octet for octet."""

from __future__ import annotations

from collections.abc import Iterator

from dlmskit.link.events import ApduReceived
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.connection import HdlcConnection, HdlcSettings
from dlmskit.link.hdlc.control import KIND
from dlmskit.link.hdlc.frames import Frame, FrameReader
from dlmskit.link.hdlc.segments import Reassembly, strip_llc
from dlmskit.link.hdlc.state import Input
from tests.support import corpus

GURUX = [
    *(f"interop-gurux-c-server-ln-hdlc-{auth}" for auth in ("low", "high", "gmac")),
    *(f"interop-gurux-java-server-ln-hdlc-{auth}" for auth in ("low", "md5", "sha1", "sha256")),
    "interop-gurux-c-simple-server-hdlc-gmac",
    "interop-gurux-java-server-sn-hdlc-low",
]
GOCOSEM = [
    f"gocosem-trace-{security}"
    for security in ("none", "low-level-sec", "authentication", "encryption", "authentication-and-encryption")
]


class ApdusOf:
    """The APDUs in frames that are known to arrive."""

    def __init__(self) -> None:
        self._parts = Reassembly(100_000)

    def take(self, frame: Frame) -> bytes | None:
        if KIND[frame.control] is not Input.I:
            return None
        whole = self._parts.add(frame.information, frame.segmented)
        return None if whole is None else strip_llc(whole)


def frame_of(octets: bytes) -> Frame:
    """The one frame that a recorded line is."""
    [frame] = FrameReader().receive(octets, 0.0)
    assert isinstance(frame, Frame)
    return frame


def turns(session: corpus.Session) -> Iterator[tuple[bytes, bytes]]:
    """Command and answer: the recorder noted neighbouring lines out of order, the half-duplex line had them in order."""
    return zip(session.sent_by("C"), session.sent_by("S"), strict=True)


def conversation_of_a_client(session: corpus.Session, settings: HdlcSettings) -> None:
    """Our client, told the recorded APDUs and hearing the recorded meter, sends the recorded frames."""
    link, apdus = None, ApdusOf()
    for said, answer in turns(session):
        frame = frame_of(said)
        kind, apdu = KIND[frame.control], apdus.take(frame)
        if link is None or frame.source + frame.destination != link[1]:
            pair = HdlcAddress.parse(frame.source), HdlcAddress.parse(frame.destination)
            link = HdlcConnection("client", *pair, settings), frame.source + frame.destination
            link[0].connect(0.0)
        elif kind is Input.DISC:
            link[0].disconnect(0.0)
        elif apdu is not None:
            link[0].send(apdu, 0.0)
        assert link[0].to_send() == said
        corpus.COUNT.compared += 1
        link[0].receive_frame(frame_of(answer), 0.0)
        link[0].events()


@corpus.each_session(*GURUX)
def test_our_client_sends_the_frames_of_the_gurux_client(session: corpus.Session) -> None:
    conversation_of_a_client(session, HdlcSettings())


@corpus.each_session(*GOCOSEM)
def test_our_client_sends_the_frames_of_the_client_that_disconnects_first(session: corpus.Session) -> None:
    conversation_of_a_client(session, HdlcSettings(disconnect_first=True))


def conversation_of_a_server(session: corpus.Session) -> None:
    """Our server, told the recorded APDUs and hearing the recorded client, answers with the recorded frames.

    All but the field of UA: the recorded servers agree on 128 octets and fill 125, and put it into the UA that answers
    DISC too.
    """
    settings = HdlcSettings(max_info_tx=125)
    link, apdus = None, answers_of(session)
    for said, answer in turns(session):
        frame = frame_of(said)
        if link is None:
            pair = HdlcAddress.parse(frame.source), HdlcAddress.parse(frame.destination)
            link = HdlcConnection("server", *pair, settings)
        link.receive_frame(frame, 0.0)
        if any(isinstance(event, ApduReceived) for event in link.events()):
            apdu = next(apdus, None)
            if apdu is None:
                break  # the excerpt ends inside this answer
            link.send(apdu, 0.0)
        sent = link.to_send()
        if KIND[frame_of(answer).control] is Input.UA:
            assert KIND[frame_of(sent).control] is Input.UA
            continue
        assert sent == answer
        corpus.COUNT.compared += 1


@corpus.each_session(*GURUX)
def test_our_server_answers_with_the_frames_of_the_gurux_servers(session: corpus.Session) -> None:
    conversation_of_a_server(session)


def answers_of(session: corpus.Session) -> Iterator[bytes]:
    """The meter's APDUs one by one."""
    parts = ApdusOf()
    found = [apdu for octets in session.sent_by("S") if (apdu := parts.take(frame_of(octets))) is not None]
    return iter(found)
