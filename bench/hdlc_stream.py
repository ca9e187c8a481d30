"""One long APDU over an HDLC link between two ends in memory."""

from __future__ import annotations

from bench.timing import Timer, timer
from dlmskit.link.events import ApduReceived, LinkEvent
from dlmskit.link.hdlc.address import client_address, server_address
from dlmskit.link.hdlc.connection import HdlcConnection
from dlmskit.link.hdlc.frames import Frame, FrameReader
from dlmskit.link.hdlc.parameters import HdlcSettings

LONG_APDU = bytes(range(256)) * 4096
_SETTINGS = HdlcSettings(max_info_tx=2030, max_info_rx=2030, window_tx=7, window_rx=7, max_apdu=len(LONG_APDU) + 3)


class _End:
    def __init__(self, role: str) -> None:
        self.link = HdlcConnection(role, client_address(16), server_address(1), _SETTINGS)  # type: ignore[arg-type]
        self.reader = FrameReader()

    def take(self, octets: bytes) -> list[LinkEvent]:
        for frame in self.reader.receive(octets, 0.0):
            if isinstance(frame, Frame):
                self.link.receive_frame(frame, 0.0)
        return self.link.events()


def _exchange(client: _End, server: _End) -> list[LinkEvent]:
    """What the server was told, once neither has anything more to say."""
    told: list[LinkEvent] = []
    while octets := client.link.to_send():
        told += server.take(octets)
        client.take(server.link.to_send())
    return told


def one_long_apdu() -> Timer:
    client, server = _End("client"), _End("server")
    client.link.connect(0.0)
    _exchange(client, server)

    def send() -> None:
        client.link.send(LONG_APDU, 0.0, expect_answer=False)
        if _exchange(client, server) != [ApduReceived(LONG_APDU)]:
            raise SystemExit("the APDU did not arrive")
        server.link.pass_turn(0.0)  # nothing is answered
        client.take(server.link.to_send())

    return timer(send)
