"""One connection: octets from the transport to the line, its events to the devices, one timer for it all."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, Final

from dlmskit.apdu.codec import Apdu
from dlmskit.edge.transport import Receiver, Transport, neighbourhood
from dlmskit.errors import DlmsError, TemporaryFailure, TransportError
from dlmskit.server.counters import received_by
from dlmskit.server.dispatch import Result, carry_out, refusal, response_protection, words
from dlmskit.server.later import Later, discard
from dlmskit.server.offer import Offer
from dlmskit.session.called import ServerLine
from dlmskit.session.events import Closed, Ended, Established, Event, Indication, NeedCounters, NeedRandom, NeedWork
from dlmskit.session.framing import FramingName
from dlmskit.session.responder import ServerAssociation

if TYPE_CHECKING:
    from dlmskit.server.serve import Served

#: Handlers of one connection that are awaited at a time; what comes beyond is told to try again.
MAX_AWAITED: Final = 64


class Connection(Receiver):
    """What a transport's receiver is to a server."""

    def __init__(self, served: Served, framing: FramingName) -> None:
        self._served = served
        self._loop = asyncio.get_running_loop()
        self._line = ServerLine(
            framing, served.offers, physical=served.physical, hdlc=served.hdlc, tracer=served.tracer
        )
        self._transport: Transport | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._active_at = self._loop.time()
        self._idle_timeout_s = served.idle_timeout_s  # what the set-up says now is in force for connections from now on

    # --- the transport's side ---

    @property
    def caller(self) -> str:
        """Where the other end sits."""
        return self._line.caller

    def connection_made(self, transport: Transport) -> None:
        self._line.caller = neighbourhood(transport.peer)
        if not self._served.admit(self):
            transport.abort()
            return
        self._transport = transport
        self._served.tell(self._loop.time(), "line", "opened", {"url": transport.peer})
        self._arm()

    def data_received(self, data: bytes) -> None:
        if self._transport is not None:
            self._line.receive(data, self._loop.time())
            self._settle()

    def pause_writing(self) -> None:
        """A peer that does not read what it asked for is not listened to either."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def connection_lost(self, error: TransportError | None) -> None:
        if self._transport is None:
            return
        now = self._loop.time()
        name, detail = ("lost", {"error": error.to_json()}) if error else ("closed", {})
        self._served.tell(now, "line", name, {"url": self._transport.peer, **detail})
        self._transport = None
        self._served.dismiss(self)
        self._line.receive_eof(now)
        self._settle()
        for task in tuple(self._tasks):
            task.cancel()
        if self._timer is not None:
            self._timer.cancel()

    # --- the line's side ---

    def notify(self, association: ServerAssociation, apdu: Apdu) -> None:
        """Send an APDU nobody asked for; it goes out when what is going on has come to rest."""
        association.notify(apdu, self._loop.time())
        self._loop.call_soon(self._settle)

    def push(self, server: int, client: int, apdu: Apdu) -> None:
        """Send an APDU to a client that need not be associated, as the association offered to it is protected."""
        self._line.push(server, client, apdu, self._loop.time())
        self._settle()

    def _settle(self) -> None:
        """Whatever the line has to say goes out, whatever it asks is answered, until it rests."""
        while True:
            octets, events = self._line.to_send(), self._line.events()
            if octets and self._transport is not None:
                self._transport.write(octets)
            for event in events:
                self._handle(event)
            if not octets and not events:
                break
            self._active_at = self._loop.time()
        if self._transport is None:
            return
        if self._line.is_lost:
            self._transport.close()
        else:
            self._arm()

    def _handle(self, event: Event) -> None:
        association = event.association
        if not isinstance(association, ServerAssociation) or not isinstance(association.served, Offer):
            return
        device = association.served.device
        if isinstance(event, Ended | Closed):
            device.associated.pop(association, None)
            if isinstance(event, Closed):
                self._served.settle(association)
        elif self._transport is None:  # nobody is left to be answered
            return
        elif isinstance(event, Indication):
            self._answer(event, association)
        elif isinstance(event, NeedCounters):
            self._spawn(self._reserve(event, association))
        elif isinstance(event, NeedWork):
            self._spawn(self._work(event, association))
        elif isinstance(event, NeedRandom):
            association.supply_random(device.environment.random_bytes(event.count), self._loop.time())
        elif isinstance(event, Established):
            device.associated[association] = self

    def _answer(self, indication: Indication, association: ServerAssociation) -> None:
        if len(self._tasks) >= MAX_AWAITED:
            result: Result | Later = refusal(indication, TemporaryFailure(), self._complain)
        else:
            result = carry_out(indication, self._complain)
        if isinstance(result, Later):
            task = self._spawn(self._answer_later(indication, association, result))
            task.add_done_callback(lambda _: discard(result))
        else:
            self._respond(indication, association, result)

    async def _answer_later(self, indication: Indication, association: ServerAssociation, result: Later) -> None:
        self._respond(indication, association, await result)
        self._settle()

    def _respond(self, indication: Indication, association: ServerAssociation, result: Result) -> None:
        needed = response_protection(indication)
        association.respond(indication.id, result, self._loop.time(), protection=needed)

    async def _reserve(self, need: NeedCounters, association: ServerAssociation) -> None:
        try:
            block = await asyncio.to_thread(self._served.counters.reserve, need, received_by(association))
        except DlmsError as error:  # without a counter nothing can be said any more
            self._served.tell(self._loop.time(), "line", "lost", {"error": error.to_json()})
            if self._transport is not None:
                self._transport.close()
            return
        if block.is_alarming:
            told = {"used": block.start, "hint": "transfer a new encryption key"}
            self._served.tell(self._loop.time(), "security", "counters-running-out", told)
        association.supply_counters(block, self._loop.time())
        self._settle()

    async def _work(self, need: NeedWork, association: ServerAssociation) -> None:
        """Signatures and key agreement, off the event loop."""
        draw = association.served.device.environment.random_bytes if isinstance(association.served, Offer) else None
        if draw is not None:
            association.supply_work(need, await asyncio.to_thread(need.perform, draw), self._loop.time())
            self._settle()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._served.spawn(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def _complain(self, indication: Indication, error: Exception) -> None:
        """A handler failed in a way that is no refusal: for the trace and, as a bug, for whoever runs the server."""
        asked = words(indication)
        told = {"indication": asked, "error": f"{type(error).__name__}: {error}"}
        self._served.tell(self._loop.time(), "server", "handler-failed", told)
        self._loop.call_exception_handler(
            {"message": f"the handler of a served object failed: {asked}", "exception": error}
        )

    # --- time ---

    def _arm(self) -> None:
        """One timer, for the line's next deadline or the end of patience; one that comes early is put off again."""
        due = self._due()
        if self._timer is not None:
            if due is not None and self._timer.when() <= due:
                return
            self._timer.cancel()
        self._timer = None if due is None else self._loop.call_at(due, self._on_timer)

    def _due(self) -> float | None:
        idle, line = self._idle_timeout_s, self._line.next_deadline()
        moments = [line] if line is not None else []
        if idle is not None:
            moments.append(self._active_at + idle)
        return min(moments, default=None)

    def _on_timer(self) -> None:
        timer, self._timer = self._timer, None
        if self._transport is None or timer is None:
            return
        now, idle = max(self._loop.time(), timer.when()), self._idle_timeout_s
        if idle is not None and now >= self._active_at + idle:
            self._transport.close()
            return
        self._line.handle_timer(now)
        self._settle()
