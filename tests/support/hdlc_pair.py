"""A client and a server link joined in memory, in virtual time, over a line that may damage what it carries."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dlmskit.link.events import ApduReceived, LinkDown, LinkEvent, LinkUp
from dlmskit.link.hdlc.address import client_address, server_address
from dlmskit.link.hdlc.connection import HdlcConnection, HdlcSettings
from dlmskit.link.hdlc.frames import Frame, FrameReader

CLIENT, SERVER = client_address(16), server_address(1, 17)

# What the line makes of one burst of octets: the pieces that come out at the other end.
Damage = Callable[[bytes], Iterator[bytes]]
# What the server answers to an APDU: APDUs, now or (True) only when it is polled for them.
Handler = Callable[[bytes], tuple[list[bytes], bool]]


def whole(data: bytes) -> Iterator[bytes]:
    """The undamaged line."""
    yield data


def echo(apdu: bytes) -> tuple[list[bytes], bool]:
    return [apdu], False


class Pair:
    """Both ends. The server answers with what `handler` makes of each APDU."""

    def __init__(
        self,
        client: HdlcSettings = HdlcSettings(),
        server: HdlcSettings = HdlcSettings(),
        *,
        handler: Handler = echo,
        damage: Damage = whole,
    ) -> None:
        self.client = HdlcConnection("client", CLIENT, SERVER, client)
        self.server = HdlcConnection("server", CLIENT, SERVER, server)
        self.readers = {id(self.client): FrameReader(), id(self.server): FrameReader()}
        self.handler, self.damage = handler, damage
        self.now = 0.0
        self.at_client: list[LinkEvent] = []
        self.at_server: list[LinkEvent] = []
        self.sent: list[tuple[str, bytes]] = []
        self._late: list[bytes] = []

    def connect(self) -> None:
        self.client.connect(self.now)
        self.run(lambda: self.client.is_up)

    def ask(self, apdu: bytes) -> list[bytes]:
        """Send one APDU; what came back before the link fell silent or down."""
        before = len(self.at_client)
        self.client.send(apdu, self.now)
        self.run(lambda: any(type(event) in (ApduReceived, LinkDown) for event in self.at_client[before:]))
        return [event.apdu for event in self.at_client[before:] if isinstance(event, ApduReceived)]

    def run(self, until: Callable[[], bool], steps: int = 3000) -> None:
        """Carry octets and move time until it holds, or until nothing more can happen."""
        for _ in range(steps):
            self._events()
            if until():
                return
            if not self._carry() and not self._wait():
                return
        raise AssertionError("the links do not come to an end")

    def quiet(self) -> None:
        """Until nobody has anything to send."""
        while self._carry():
            self._events()

    def ups(self) -> int:
        return sum(isinstance(event, LinkUp) for event in self.at_client)

    def received(self, side: str) -> list[bytes]:
        events = self.at_client if side == "client" else self.at_server
        return [event.apdu for event in events if isinstance(event, ApduReceived)]

    def _events(self) -> None:
        self.at_client += self.client.events()
        for event in self.server.events():
            self.at_server.append(event)
            if isinstance(event, ApduReceived):
                answers, later = self.handler(event.apdu)
                if later:
                    self._late += answers
                else:
                    for answer in answers:
                        self.server.send(answer, self.now)

    def _carry(self) -> bool:
        moved = False
        for name, source, target in (("C", self.client, self.server), ("S", self.server, self.client)):
            data = source.to_send()
            if not data:
                continue
            moved = True
            self.now += 0.01
            self.sent.append((name, data))
            self.readers[id(source)].turn()
            for piece in self.damage(data):
                for frame in self.readers[id(target)].receive(piece, self.now):
                    if isinstance(frame, Frame):
                        target.receive_frame(frame, self.now)
            self._events()
        return moved

    def _wait(self) -> bool:
        """On to the next deadline of anybody; late answers are ready by then."""
        late, self._late = self._late, []
        for answer in late:
            if self.server.is_up:
                self.server.send(answer, self.now)
        parts = (self.client, self.server, *self.readers.values())
        deadlines = [deadline for part in parts if (deadline := part.next_deadline()) is not None]
        if not deadlines:
            return bool(late)
        self.now = max(self.now, min(deadlines))
        for part in parts:
            part.handle_timer(self.now)
        return True
