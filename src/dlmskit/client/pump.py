"""Joins a transport and a sans-IO line: octets in and out, one timer, events to those they concern."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from dlmskit.client.diagnosis.heard import Earshot
from dlmskit.edge.transport import Receiver, Transport
from dlmskit.errors import TransportError
from dlmskit.session.association import Association
from dlmskit.session.calling import ClientLine
from dlmskit.session.events import Event
from dlmskit.trace import TraceEvent, Tracer

Listener = Callable[[Event], None]


class Pump(Receiver):
    """Drives one `ClientLine` over one transport; `frame_delay_s` is a pause before it speaks, for slow meters.

    `earshot` has what went and came, for a diagnosis; `error` says why the line is gone. After any call into the
    line or an association, `flush`.
    """

    __slots__ = (
        "_due",
        "_frame_delay_s",
        "_heard_at",
        "_held",
        "_listeners",
        "_speaking",
        "_timer",
        "_tracer",
        "_transport",
        "earshot",
        "error",
        "line",
        "loop",
        "now",
    )

    def __init__(self, line: ClientLine, tracer: Tracer | None = None, *, frame_delay_s: float = 0.0) -> None:
        self.loop = asyncio.get_running_loop()
        self.now = self.loop.time
        self.line = line
        self.earshot = Earshot()
        self.error: TransportError | None = None
        self._tracer = tracer
        self._transport: Transport | None = None
        self._listeners: dict[Association | None, Listener] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._frame_delay_s, self._heard_at = frame_delay_s, 0.0
        self._held = bytearray()
        self._speaking: asyncio.TimerHandle | None = None

    @property
    def peer(self) -> str:
        """The other end, as its URL or address; empty before there is one."""
        return "" if self._transport is None else self._transport.peer

    # --- from the transport ---

    def connection_made(self, transport: Transport) -> None:
        self._transport = transport
        self.tell("opened", {"url": transport.peer})

    def data_received(self, data: bytes) -> None:
        self.earshot.note_received(data)
        self._heard_at = now = self.now()
        self.line.receive(data, now)
        self.flush()

    def connection_lost(self, error: TransportError | None) -> None:
        self.tell("lost" if error else "closed", {"error": str(error)} if error else {})
        self.error = error or TransportError("the line was closed")
        self.line.lose(self.error, self.now())
        self.flush()
        self._stop_timer()

    def pause_writing(self) -> None:
        """One exchange at a time never writes ahead of the peer."""

    def resume_writing(self) -> None:
        """Likewise."""

    # --- to the transport ---

    def flush(self) -> None:
        """Send what the line has to say, tell what happened, come back in time."""
        line, transport = self.line, self._transport
        while True:
            data = line.to_send()
            if data and transport is not None:
                self.earshot.note_sent(data)
                self._write(transport, data)
            events = line.events()
            if not events:
                break
            for event in events:
                listener = self._listeners.get(event.association)
                if listener is not None:
                    listener(event)
        if line.is_lost and transport is not None and not transport.is_closing():
            transport.abort()
        self._arm()

    def _write(self, transport: Transport, data: bytes) -> None:
        """At once, or when a slow meter has had its pause since we last heard it."""
        if not self._frame_delay_s:
            transport.write(data)
            return
        self._held += data
        if self._speaking is None:
            self._speaking = self.loop.call_at(self._heard_at + self._frame_delay_s, self._speak)

    def _speak(self) -> None:
        self._speaking = None
        if self._transport is not None:
            self._transport.write(bytes(self._held))
        self._held.clear()

    def listen(self, association: Association | None, listener: Listener) -> None:
        """Tell `listener` the events of an association, or those that belong to none."""
        self._listeners[association] = listener

    def forget(self, association: Association) -> None:
        self._listeners.pop(association, None)

    async def aclose(self) -> None:
        """Close the transport and wait until it is."""
        self._stop_timer()
        if self._transport is not None:
            await self._transport.aclose()

    def abort(self) -> None:
        """Drop the transport at once."""
        self._stop_timer()
        if self._transport is not None:
            self._transport.abort()

    # --- time ---

    def _arm(self) -> None:
        """One timer for the whole line. A later deadline leaves it alone: it looks again when it fires."""
        deadline = self.line.next_deadline()
        if deadline is None or (self._timer is not None and self._due <= deadline) or self.line.is_lost:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = deadline
        self._timer = self.loop.call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        self.line.handle_timer(self.now())
        self.flush()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._speaking is not None:
            self._speaking.cancel()
            self._speaking = None

    def tell(self, name: str, detail: dict[str, object], *, layer: str = "line") -> None:
        """What happened to the line as a whole, for the trace."""
        if self._tracer is not None:
            self._tracer(TraceEvent(self.now(), layer, "state", name, None, detail))
