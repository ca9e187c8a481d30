"""Our server in the place of a recorded one: it is told the client's APDUs and answers from what was answered."""

from __future__ import annotations

from collections.abc import Iterator

from dlmskit.apdu.base import DataAccessResult
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Value
from dlmskit.link import wrapper
from dlmskit.link.events import ApduReceived
from dlmskit.link.hdlc.connection import HdlcConnection
from dlmskit.link.hdlc.frames import Frame, FrameReader
from dlmskit.security.counters import CounterBlock
from dlmskit.session.called import ServerLine
from dlmskit.session.events import Event, GetIndication, Indication, NeedCounters, NeedRandom
from dlmskit.session.responder import ServerAssociation
from tests.support.conversation import Talk
from tests.support.second_reader import Plain


class Server:
    """One association of a conversation, on a line with a client that says what it is given to say.

    The recorded counters and challenge are injected. Each indication is answered with the next recorded result.
    """

    def __init__(self, talk: Talk, more: Conformance = Conformance(0)) -> None:
        self.talk, at = talk, talk.addressed
        self.line = ServerLine(talk.framing, {at["server"]: {at["client"]: talk.served(more)}})
        self.indications: list[Indication] = []
        self._counters, self._results = iter(talk.counters("S")), recorded_results(talk)
        self._link: HdlcConnection | None = None
        self._frames = FrameReader()
        if talk.framing == "hdlc":
            to, by = talk.hdlc_addresses
            self._link = HdlcConnection("client", by, to)
            self._link.connect(0.0)
            self._carry(self._link)

    def says(self, apdu: bytes) -> bytes:
        """The one answer to an APDU."""
        if self._link is None:
            at = self.talk.addressed
            self.line.receive(wrapper.encode(at["client"], at["server"], apdu), 0.0)
            self._settle()
            answers = [message.apdu for message in wrapper.WrapperReader().receive(self.line.to_send())]
        else:
            self._link.send(apdu, 0.0)
            answers = self._carry(self._link)
        [answer] = answers
        return answer

    def _carry(self, link: HdlcConnection) -> list[bytes]:
        heard: list[bytes] = []
        while said := link.to_send():
            self.line.receive(said, 0.0)
            self._settle()
            for frame in self._frames.receive(self.line.to_send(), 0.0):
                assert isinstance(frame, Frame)
                link.receive_frame(frame, 0.0)
            heard += [event.apdu for event in link.events() if isinstance(event, ApduReceived)]
        return heard

    def _settle(self) -> None:
        while events := self.line.events():
            for event in events:
                self._serve(event)

    def _serve(self, event: Event) -> None:
        association = event.association
        assert isinstance(association, ServerAssociation)
        if isinstance(event, NeedCounters):
            for counter in self._counters:
                association.supply_counters(CounterBlock(counter, counter + 1), 0.0)
        elif isinstance(event, NeedRandom):
            association.supply_random(self.talk.aare.responding_authentication_value or b"", 0.0)
        elif isinstance(event, Indication):
            self.indications.append(event)
            assert isinstance(event, GetIndication)
            association.respond(event.id, next(self._results), 0.0)


def recorded_results(talk: Talk) -> Iterator[Value | DataAccessResult]:
    """What the recorded server answered, one by one, as a second reader has it."""
    for exchange in talk.exchanges:
        for result in exchange.results:
            yield DataAccessResult(result) if isinstance(result, int) else _value(result)


def _value(plain: Plain) -> Value:
    tag, inside = plain
    return Value(tag, tuple(map(_value, inside)) if tag in (1, 2) else inside)
