"""One connection from outside: admitted or not, its pushes read, its time and room watched."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Final

from dlmskit.client.pump import Pump
from dlmskit.dissect import DissectLimits, Found
from dlmskit.dissect.stream import PacketStream
from dlmskit.edge.transport import Transport, neighbourhood
from dlmskit.errors import TransportError
from dlmskit.listener.caller import Caller
from dlmskit.listener.identity import Standing
from dlmskit.session.events import Event, Unclaimed

if TYPE_CHECKING:
    from dlmskit.listener.listening import Listening

#: A meter has one push under way at a time, perhaps two on their way.
_LIMITS: Final = DissectLimits(transfers=2, associations=2)


class Call(Pump):
    """A transport's receiver: the client's line, which as yet nobody has called on."""

    def __init__(self, listening: Listening) -> None:
        super().__init__(listening.new_line(), listening.tracer)
        self._listening = listening
        self._caller: Caller | None = None
        self._address = ""
        self._stream: PacketStream | None = None
        self._hello: asyncio.TimerHandle | None = None
        self._heard_at = self.now()
        self._unfinished = 0
        self._unfinished_since: float | None = None
        self._judging = 0
        self._lost: tuple[TransportError | None] | None = None

    # --- from the transport ---

    def connection_made(self, transport: Transport) -> None:
        self._address = neighbourhood(transport.peer)
        refused = self._listening.refusal(self._address)
        if refused is not None:
            self._count(refused)
            transport.abort()
            return
        limits = self._listening.limits
        super().connection_made(transport)
        self._caller = Caller(transport.peer, self, self._listening.line_of, limits.pushes)
        self._listening.admit(self, self._address)
        self.listen(None, self._on_unclaimed)
        self._hello = self.loop.call_later(limits.hello_s, self._hand_out)

    def data_received(self, data: bytes) -> None:
        if self._caller is None:
            return
        self._heard_at = self.now()
        super().data_received(data)
        self._note_unfinished()

    def connection_lost(self, error: TransportError | None) -> None:
        self._lost = (error,)
        if not self._judging:
            self._end(error)

    def _end(self, error: TransportError | None) -> None:
        caller = self._caller
        if caller is None:
            return
        if caller.pushed:
            self._hand_out()
        self._stop_hello()
        self._listening.holds(-self._unfinished)
        self._unfinished = 0
        self._listening.dismiss(self, self._address)
        super().connection_lost(error)
        caller.pushes.end(None)

    # --- what came ---

    def _on_unclaimed(self, event: Event) -> None:
        if not isinstance(event, Unclaimed) or self._caller is None:
            return
        if self._stream is None:
            self._stream = PacketStream(self._listening.keys, limits=_LIMITS)
        for found in self._stream.read(event.packet):
            if found.octets is not None:
                self._take(self._caller, found)
        if not self._stream.unfinished:  # ten thousand idle callers need not hold one each
            self._stream = None

    def _take(self, caller: Caller, found: Found) -> None:
        self._judging += 1
        self._listening.memory.judge(found, partial(self._judged, caller, found))

    def _judged(self, caller: Caller, found: Found, verdict: str | None) -> None:
        self._judging -= 1
        if verdict is None:
            self._accept(caller, found)
        else:
            self._count(verdict)
        if self._lost is not None and not self._judging:
            self._end(*self._lost)

    def _accept(self, caller: Caller, found: Found) -> None:
        is_verified = found.security is not None and found.security.tag == "verified"
        caller.identity = caller.identity.told_by(found, Standing.SEALED if is_verified else Standing.CLAIMED)
        if caller.pushes.add(found) is not None:
            self._listening.counted["pushes dropped"] += 1
        self._hand_out()

    def _hand_out(self) -> None:
        """Once: to whoever waits for callers."""
        if self._hello is not None and self._caller is not None:
            self._stop_hello()
            self._listening.hand_out(self._caller)

    def _stop_hello(self) -> None:
        if self._hello is not None:
            self._hello.cancel()
            self._hello = None

    # --- bounds ---

    def _note_unfinished(self) -> None:
        held = self.line.unfinished + (self._stream.unfinished if self._stream is not None else 0)
        self._unfinished_since = (self._unfinished_since or self._heard_at) if held else None
        has_room = self._listening.holds(held - self._unfinished)
        self._unfinished = held
        if not has_room:
            self._drop("too many unfinished messages")

    def check(self, now: float) -> None:
        """Time has passed: hang up on what takes too long."""
        limits, since = self._listening.limits, self._unfinished_since
        if since is not None and now - since >= limits.unfinished_s:
            self._drop("a message never came whole")
        elif now - self._heard_at >= limits.idle_s:
            self._drop("silent too long")

    def _drop(self, why: str) -> None:
        self._count(why)
        self.abort()

    def _count(self, why: str) -> None:
        self._listening.counted[why] += 1
        self.tell("refused", {"peer": self._address, "reason": why})
