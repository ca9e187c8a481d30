"""A client's and a server's line in memory, joined by octets, with a clock the test moves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeVar

from dlmskit.apdu.base import ActionResult, AttributeDescriptor, DataAccessResult
from dlmskit.data.value import Value
from dlmskit.security.counters import CounterBlock
from dlmskit.security.keys import KeyRing
from dlmskit.session.called import ServerLine
from dlmskit.session.calling import ClientLine
from dlmskit.session.context import CLIENT_CONFORMANCE, Ciphering
from dlmskit.session.events import (
    ActionIndication,
    Event,
    GetIndication,
    NeedCounters,
    NeedRandom,
    NeedWork,
    SetIndication,
)
from dlmskit.session.framing import FramingName
from dlmskit.session.opening.asking import ClientSettings
from dlmskit.session.opening.judging import ServedAssociation
from dlmskit.session.requester import ClientAssociation
from dlmskit.session.services.steps import Exchange, Service
from dlmskit.session.ticket import Ticket

T = TypeVar("T")

EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
CLIENT_TITLE, SERVER_TITLE = b"CLI00001", b"DKT\x00\x00\x00\x00\x01"
PASSWORD = b"dlmskit1"
CTOS, STOC = bytes(range(16)), bytes(range(50, 66))
ENERGY = bytes((1, 0, 1, 8, 0, 255))
CELLS: list[tuple[FramingName, int]] = [
    (framing, mechanism) for framing in ("wrapper", "hdlc", "mbus") for mechanism in (0, 1, 5)
]


def ciphering(title: bytes, mechanism: int, **changes: Any) -> Ciphering | None:
    return Ciphering(title, KeyRing(ek=EK, ak=AK), **changes) if mechanism == 5 else None


def client_settings(mechanism: int, **changes: Any) -> ClientSettings:
    given: dict[str, Any] = {
        "mechanism": mechanism,
        "password": PASSWORD if mechanism == 1 else None,
        "challenge": CTOS,
        "ciphering": ciphering(CLIENT_TITLE, mechanism),
        "max_pdu": 256,
    }
    return ClientSettings(**{**given, **changes})


def served(mechanism: int, **changes: Any) -> ServedAssociation:
    given: dict[str, Any] = {
        "mechanism": mechanism,
        "password": PASSWORD if mechanism == 1 else None,
        "ciphering": ciphering(SERVER_TITLE, mechanism),
        "required": 0x30 if mechanism == 5 else 0,
        "conformance": CLIENT_CONFORMANCE,
        "max_pdu": 300,
    }
    return ServedAssociation(**{**given, **changes})


@dataclass
class Model:
    """What the served side holds: attributes by (class id, instance, index); methods echo their parameters."""

    values: dict[AttributeDescriptor, Value] = field(default_factory=dict)
    calls: list[ActionIndication] = field(default_factory=list)

    def answer(self, event: Event, now: float) -> None:
        if isinstance(event, GetIndication):
            event.association.respond(event.id, self.values.get(event.attribute, DataAccessResult(4)), now)  # type: ignore[attr-defined]
        elif isinstance(event, SetIndication):
            self.values[event.attribute] = event.value
            event.association.respond(event.id, DataAccessResult(0), now)  # type: ignore[attr-defined]
        elif isinstance(event, ActionIndication):
            self.calls.append(event)
            event.association.respond(event.id, ActionResult(0, event.parameters), now)  # type: ignore[attr-defined]


class Pair:
    """Client line and server line; `pump` carries octets until nothing moves.

    `wire` may change what is carried: it gets the direction ("C" or "S") and the octets.
    """

    def __init__(
        self,
        framing: FramingName = "wrapper",
        mechanism: int = 0,
        *,
        settings: ClientSettings | None = None,
        offer: ServedAssociation | None = None,
        wire: Callable[[str, bytes], bytes] = lambda _, octets: octets,
    ) -> None:
        self.now, self.wire, self.model = 0.0, wire, Model()
        self.server = ServerLine(framing, {1: {16: offer or served(mechanism)}})
        self.client = ClientLine(framing)
        self._settings = settings or client_settings(mechanism)
        self.meter: ClientAssociation = self.client.associate(self._settings, client=16, server=1)
        self.client_events: list[Event] = []
        self.server_events: list[Event] = []
        self.answers = True
        self._next_counter = 1000
        self.draw = Random(7).randbytes
        if self.meter.protection is not None:
            self.meter.supply_counters(CounterBlock(1, 100), 0.0)

    def renew(self, challenge: bytes = bytes(range(100, 116))) -> None:
        """A new association in place of one that is over."""
        self.meter = self.client.associate(replace(self._settings, challenge=challenge), client=16, server=1)
        if self.meter.protection is not None:
            self.meter.supply_counters(CounterBlock(500, 600), self.now)

    def pump(self) -> None:
        for _ in range(2000):
            to_server, to_client = self.client.to_send(), self.server.to_send()
            if to_server:
                self.server.receive(self.wire("C", to_server), self.now)
            if to_client:
                self.client.receive(self.wire("S", to_client), self.now)
            if not (self._settle() or to_server or to_client):
                return
        raise AssertionError("the two never come to rest")

    def _settle(self) -> bool:
        ours, theirs = self.client.events(), self.server.events()
        for event in [*ours, *theirs]:
            if isinstance(event, NeedCounters):
                block = CounterBlock(self._next_counter, self._next_counter + event.count)
                self._next_counter += event.count
                event.association.supply_counters(block, self.now)
            elif isinstance(event, NeedWork):
                event.association.supply_work(event, event.perform(self.draw), self.now)
            elif isinstance(event, NeedRandom):
                event.association.supply_random((STOC * 4)[: event.count], self.now)  # type: ignore[attr-defined]
            elif self.answers:
                self.model.answer(event, self.now)
        self.client_events += ours
        self.server_events += theirs
        return bool(ours or theirs)

    def tick(self, seconds: float) -> None:
        """Let time pass and both sides act on it."""
        self.now += seconds
        self.client.handle_timer(self.now)
        self.server.handle_timer(self.now)
        self.pump()

    def open(self) -> Ticket[None]:
        ticket = self.meter.open(self.now)
        self.pump()
        return ticket

    def submit(self, run: Callable[[Any], Exchange[T]], **kinds: bool) -> Ticket[T]:
        ticket = self.meter.submit(Service(run, **kinds), self.now)
        self.pump()
        return ticket

    def do(self, run: Callable[[Any], Exchange[T]], **kinds: bool) -> T:
        """The service's result; its error is raised."""
        ticket = self.submit(run, **kinds)
        assert ticket.is_done, "no answer"
        if ticket.error is not None:
            raise ticket.error
        return ticket.result  # type: ignore[return-value]
