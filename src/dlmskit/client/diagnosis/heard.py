"""What was heard on a line when the answer hoped for did not come: silence, an echo, another protocol, noise.

The first octets that went and came are kept, and looked at only after a failure.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from dlmskit.errors import RemoteProtocolError
from dlmskit.link.hdlc.address import HdlcAddress
from dlmskit.link.hdlc.frames import MAX_LENGTH, BadFrame, Frame, FrameReader
from dlmskit.link.mbus.frames import MbusFrame
from dlmskit.link.mbus.reader import TelegramReader
from dlmskit.link.wrapper import HEADER_SIZE, WrapperReader

#: Enough for the longest HDLC frame between its flags.
SAMPLE: Final = MAX_LENGTH + 2


class Heard(Enum):
    """What the octets that came are."""

    NOTHING = "nothing at all"
    ANSWER = "the meter, in the framing that was asked for"
    ACKNOWLEDGEMENT = "the meter's link, saying that it is there"
    OTHER_STATION = "a device that answers from another address"
    ECHO = "our own octets"
    HDLC = "HDLC, where another framing was expected"
    WRAPPER = "the wrapper, where HDLC was expected"
    WEB_SERVER = "HTTP"
    TLS = "TLS"
    SSH = "SSH"
    TELNET = "Telnet's negotiation"
    SIGN_ON = "an IEC 62056-21 identification"
    TEXT = "text"
    NOISE = "octets that make no sense"


class Sound(NamedTuple):
    """What was heard, how many octets of it, and from which station if from an unexpected one."""

    kind: Heard = Heard.NOTHING
    octets: int = 0
    station: str = ""


SILENCE: Final = Sound()


class Earshot:
    """The first octets that went and came since `begin`.

    octets  how many came in all
    """

    __slots__ = ("_received", "_sent", "octets")

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Forget what was, as a new request is made."""
        self._sent = self._received = b""
        self.octets = 0

    def note_sent(self, data: bytes) -> None:
        if len(self._sent) < SAMPLE:
            self._sent += data

    def note_received(self, data: bytes) -> None:
        if self.octets < SAMPLE:
            self._received += data[:SAMPLE]
        self.octets += len(data)

    def recognise(self, framing: str) -> Sound:
        """What the octets that came are, on a line that was opened for `framing`."""
        sent, received = self._sent[:SAMPLE], self._received[:SAMPLE]
        if not received:
            return SILENCE
        if len(received) >= HEADER_SIZE and received in sent:
            return Sound(Heard.ECHO, self.octets)
        known = _protocol(received)
        if known is not None:
            return Sound(known, self.octets)
        kind, station = _IN_FRAMING[framing](sent, received)
        return Sound(kind, self.octets, station)


_OPENINGS: Final[tuple[tuple[bytes, Heard], ...]] = (
    (b"HTTP/", Heard.WEB_SERVER),
    (b"\x15\x03", Heard.TLS),  # alert
    (b"\x16\x03", Heard.TLS),  # handshake
    (b"SSH-", Heard.SSH),
    *((bytes((0xFF, verb)), Heard.TELNET) for verb in range(0xFB, 0xFF)),  # IAC WILL, WON'T, DO, DON'T
)


def _protocol(received: bytes) -> Heard | None:
    for opening, kind in _OPENINGS:
        if received.startswith(opening):
            return kind
    if len(received) < 4 or not all(octet in b"\r\n\t" or 0x20 <= octet < 0x7F for octet in received):
        return None
    return Heard.SIGN_ON if received[:1] == b"/" and received[1:4].isalpha() else Heard.TEXT


def _in_hdlc(sent: bytes, received: bytes) -> tuple[Heard, str]:
    frames = _frames(received)
    if not frames:
        return (Heard.WRAPPER if _is_wrapper(received) else Heard.NOISE), ""
    asked = _frames(sent)[:1]
    answers = [frame for frame in frames if not asked or frame.source == asked[0].destination]
    if not answers:
        return _station(frames[0], own=asked[0].source)
    # Supervisory frames (RR, RNR) only say that the link is there.
    is_said = any(frame.control & 0x03 != 0x01 for frame in answers)
    return (Heard.ANSWER if is_said else Heard.ACKNOWLEDGEMENT), ""


def _station(frame: Frame, *, own: bytes) -> tuple[Heard, str]:
    """A frame from elsewhere: the meter under another address than the one that was called, or others' talk."""
    if frame.destination != own:
        return Heard.NOISE, ""
    address = HdlcAddress.parse(frame.source)
    physical = "" if address.lower is None else f" physical={address.lower}"
    return Heard.OTHER_STATION, f"server={address.upper}{physical} address_size={address.size}"


def _in_wrapper(sent: bytes, received: bytes) -> tuple[Heard, str]:
    if _frames(received):
        return Heard.HDLC, ""
    if not _is_wrapper(received):
        return Heard.NOISE, ""
    client, server = sent[2:4], sent[4:6]
    if (received[2:4], received[4:6]) == (server, client):
        return Heard.ANSWER, ""
    ports = f"server={int.from_bytes(received[2:4])} to client={int.from_bytes(received[4:6])}"
    return Heard.OTHER_STATION, ports


def _in_mbus(sent: bytes, received: bytes) -> tuple[Heard, str]:
    telegrams = [found for found in TelegramReader().receive(received, 0.0) if not isinstance(found, BadFrame)]
    if not telegrams:
        return (Heard.HDLC if _frames(received) else Heard.NOISE), ""
    is_said = any(isinstance(telegram, MbusFrame) for telegram in telegrams)
    return (Heard.ANSWER if is_said else Heard.ACKNOWLEDGEMENT), ""


def _frames(data: bytes) -> list[Frame]:
    return [found for found in FrameReader().receive(data, 0.0) if isinstance(found, Frame)]


def _is_wrapper(data: bytes) -> bool:
    try:
        return len(data) >= HEADER_SIZE and (bool(WrapperReader().receive(data)) or len(data) == SAMPLE)
    except RemoteProtocolError:
        return False


_IN_FRAMING = {"hdlc": _in_hdlc, "wrapper": _in_wrapper, "mbus": _in_mbus}
