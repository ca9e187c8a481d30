"""A meter for the client's tests: the session's server line over a table of values, served on any line.

    peer = Peer({(8, "0.0.1.0.0.255", 2): time})
    async with peer.on("memory:meter"), connect("memory:meter") as meter: ...

It notes what came in `log`, and answers when told to: `silent_on` names what it never answers.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from itertools import count

from dlmskit.apdu.base import ActionResult, DataAccessResult
from dlmskit.apdu.codec import Apdu
from dlmskit.cosem.access import AccessMode, AccessRight, AttributeAccess, MethodAccess, MethodMode, ObjectListElement
from dlmskit.cosem.object_list import ObjectListElementKind
from dlmskit.data.kinds import array_of
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.edge.streams import open_listener
from dlmskit.edge.transport import Receiver, Transport
from dlmskit.obis import Obis
from dlmskit.security.counters import CounterBlock
from dlmskit.security.keys import KeyRing
from dlmskit.session.called import Devices, ServerLine
from dlmskit.session.context import CLIENT_CONFORMANCE, Ciphering
from dlmskit.session.events import (
    ActionIndication,
    Closed,
    Ended,
    Established,
    Event,
    GetIndication,
    NeedCounters,
    NeedRandom,
    SetIndication,
)
from dlmskit.session.opening.judging import ServedAssociation
from dlmskit.session.responder import ServerAssociation

EK, AK = bytes(range(16)), bytes(range(0xD0, 0xE0))
TITLE, CLIENT_TITLE = b"DKT00001", b"CLI00001"
UNDEFINED, DENIED = 4, 3
Name = tuple[int, str, int]
Override = Callable[[Event], Value | DataAccessResult | ActionResult | None]


def public(**changes: object) -> ServedAssociation:
    return ServedAssociation(**{"conformance": CLIENT_CONFORMANCE, **changes})  # type: ignore[arg-type]


def low(password: bytes = b"secret", **changes: object) -> ServedAssociation:
    return public(mechanism=1, password=password, **changes)


def gmac(**changes: object) -> ServedAssociation:
    return public(mechanism=5, ciphering=Ciphering(TITLE, KeyRing(ek=EK, ak=AK)), required=0x30, **changes)


def object_list(*objects: tuple[int, int, str], version: int = 1) -> Value:
    """An object_list; every attribute and method of every object may be used."""
    mode, call = AccessMode.READ_AND_WRITE, MethodMode.ACCESS
    rights = AccessRight(
        tuple(AttributeAccess(i, mode) for i in range(1, 10)), tuple(MethodAccess(i, call) for i in range(1, 4))
    )
    elements = tuple(ObjectListElement(c, v, Obis.parse(name), rights) for c, v, name in objects)
    return array_of(ObjectListElementKind(version)).dump(elements)


class Peer:
    """What is served, and what happened."""

    def __init__(
        self, values: Mapping[Name, Value | DataAccessResult] | None = None, devices: Devices | None = None
    ) -> None:
        self.values = {(c, bytes(Obis.parse(n)), a): value for (c, n, a), value in (values or {}).items()}
        self.devices: Devices = devices or {1: {16: public(), 32: low(), 1: gmac()}}
        self.log: list[str] = []
        self.answer: Override | None = None
        self.silent_on: set[str] = set()
        self.calls: list[_Call] = []
        self.counters = count(1000, 1000)

    @asynccontextmanager
    async def on(self, url: str) -> AsyncIterator[str]:
        """Serve a line; gives the URL under which it can be reached."""
        async with await open_listener(url, lambda: _Call(self, "hdlc" if url.startswith("hdlc") else "wrapper")) as it:
            yield str(it.url)

    @property
    def open_associations(self) -> int:
        return sum(association.is_associated for call in self.calls for association in call.associations)

    def find(self, class_id: int, name: bytes, index: int) -> Value | DataAccessResult:
        if index == 1 and any(key[:2] == (class_id, bytes(name)) for key in self.values):
            return Value(Tag.OCTET_STRING, bytes(name))
        return self.values.get((class_id, bytes(name), index), DataAccessResult(UNDEFINED))

    def notify(self, apdu: Apdu) -> None:
        """Push to everybody who is associated."""
        for call in self.calls:
            call.notify(apdu)

    def hang_up(self) -> None:
        for call in self.calls:
            if call.transport is not None:
                call.transport.abort()


class _Call(Receiver):
    """One connection."""

    def __init__(self, peer: Peer, framing: str) -> None:
        self.peer = peer
        self.line = ServerLine(framing, peer.devices)  # type: ignore[arg-type]
        self.transport: Transport | None = None
        self.associations: list[ServerAssociation] = []
        self.time = asyncio.get_running_loop().time

    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...

    def connection_made(self, transport: Transport) -> None:
        self.transport = transport
        self.peer.calls.append(self)
        self.peer.log.append("connected")

    def connection_lost(self, error: object) -> None:
        self.peer.log.append("disconnected")
        self.line.receive_eof(self.time())
        self.flush()

    def data_received(self, data: bytes) -> None:
        self.line.receive(data, self.time())
        self.flush()

    def flush(self) -> None:
        while True:
            data = self.line.to_send()
            if data and self.transport is not None:
                self.transport.write(data)
            events = self.line.events()
            for event in events:
                self.handle(event)
            if not data and not events:
                return

    def handle(self, event: Event) -> None:
        now = self.time()
        if isinstance(event, NeedCounters):
            start = next(self.peer.counters)
            event.association.supply_counters(CounterBlock(start, start + 1000), now)
        elif isinstance(event, NeedRandom):
            event.association.supply_random(bytes(range(50, 50 + event.count)), now)  # type: ignore[attr-defined]
        elif isinstance(event, Established):
            if event.association not in self.associations:
                self.associations.append(event.association)  # type: ignore[arg-type]
            self.peer.log.append("established")
        elif isinstance(event, Ended):
            self.peer.log.append("released" if event.error is None else "broken off")
        elif isinstance(event, Closed):
            self.peer.log.append("closed")
        elif isinstance(event, GetIndication | SetIndication | ActionIndication):
            self.serve(event)

    def serve(self, event: GetIndication | SetIndication | ActionIndication) -> None:
        what = _what(event)
        self.peer.log.append(what)
        answer = self.peer.answer(event) if self.peer.answer is not None else None
        if answer is None and {what, what.partition(" ")[0]} & self.peer.silent_on:
            return
        event.association.respond(event.id, self.usual(event) if answer is None else answer, self.time())  # type: ignore[attr-defined]

    def usual(self, event: Event) -> Value | DataAccessResult | ActionResult:
        if isinstance(event, GetIndication):
            return self.peer.find(*event.attribute)
        if isinstance(event, SetIndication):
            class_id, name, index = event.attribute
            self.peer.values[class_id, bytes(name), index] = event.value
            return DataAccessResult(0)
        return ActionResult(0, NULL)

    def notify(self, apdu: Apdu) -> None:
        for association in self.associations:
            association.notify(apdu, self.time())
        self.flush()


def _what(event: GetIndication | SetIndication | ActionIndication) -> str:
    if isinstance(event, ActionIndication):
        return f"call {event.method.class_id}:{Obis(event.method.instance_id)}/{event.method.method_id}"
    verb = "get" if isinstance(event, GetIndication) else "set"
    return f"{verb} {event.attribute.class_id}:{Obis(event.attribute.instance_id)}/{event.attribute.attribute_id}"
