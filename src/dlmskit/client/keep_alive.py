"""Keeps an idle association from being dropped: something is said before the meter's patience ends.

How long that is, the meter's set-up object tells, which is read once the association has been idle for a while: HDLC
set-up (class 23) over HDLC, TCP-UDP set-up (class 41) over the wrapper. Then an RR with the poll bit goes over HDLC, a
GET over the wrapper. An answer of any kind, a refusal too, is a sign of life to the meter as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.cosem.ics import HdlcSetup, TcpUdpSetup
from dlmskit.data.value import Value
from dlmskit.errors import DlmsError, Refused
from dlmskit.obis import Obis
from dlmskit.session.services import exchanges
from dlmskit.session.services.steps import Service
from dlmskit.session.ticket import Ticket

if TYPE_CHECKING:
    from dlmskit.client.pump import Pump
    from dlmskit.edge.options import LineOptions
    from dlmskit.session.requester import ClientAssociation

#: Idle for so long, an association is worth the question how long it may be.
FIRST_LOOK_S: Final = 10.0

#: Where the time-out is told, and what the standard has where it is not.
SET_UPS: Final = {
    "hdlc": (AttributeDescriptor(23, Obis.parse("0.0.22.0.0.255"), HdlcSetup.inactivity_time_out.index), 120.0),
    "wrapper": (AttributeDescriptor(41, Obis.parse("0.0.25.0.0.255"), TcpUdpSetup.inactivity_time_out.index), 180.0),
}
#: Small attributes that almost every association may read; the first one that is permitted is asked for.
CHEAP: Final = (
    AttributeDescriptor(15, Obis.parse("0.0.40.0.0.255"), 1),
    AttributeDescriptor(1, Obis.parse("0.0.42.0.0.255"), 2),
    AttributeDescriptor(8, Obis.parse("0.0.1.0.0.255"), 2),
)
#: The same by short names: what the object list does not have is not asked for, and keeps nothing alive.
CHEAP_BY_SHORT_NAMES: Final = (AttributeDescriptor(12, Obis.parse("0.0.40.0.0.255"), 1), *CHEAP[1:])
#: Of the meter's patience, at least this part is left, and at most that part.
_LEAST_LEFT, _MOST_LEFT = 0.1, 2 / 3


class KeepAlive:
    """Looks after one association at a time, from `start` to `stop`.

    inactivity_s  how long the meter bears silence; 0 for ever, None where it is not known yet
    """

    __slots__ = ("_association", "_cheap", "_is_wanted", "_line", "_pump", "_timer", "inactivity_s")

    def __init__(self, line: LineOptions) -> None:
        self._line = line
        self._is_wanted = line.keep_alive == "auto"
        self.inactivity_s = line.inactivity_s
        self._cheap = 0
        self._timer: asyncio.TimerHandle | None = None
        self._pump: Pump
        self._association: ClientAssociation

    def start(self, pump: Pump, association: ClientAssociation) -> None:
        """Look after this association from now on."""
        self.stop()
        self._pump, self._association = pump, association
        if pump.line.framing not in SET_UPS and self.inactivity_s is None:
            self.inactivity_s = 0.0  # an M-Bus has no set-up that would say when a meter loses its patience
        association.asked_at = pump.now()
        self._arm()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    @property
    def interval_s(self) -> float:
        """How long nothing need be said: the meter's patience less the time that a question may be on its way.

        That is twice the round trip as it was measured and, over HDLC, one repetition.
        """
        if self.inactivity_s is None:
            return FIRST_LOOK_S
        on_its_way = 2 * self._association.round_trip_s
        if self._pump.line.framing == "hdlc":
            on_its_way += self._line.timeout_s
        left = min(max(on_its_way, _LEAST_LEFT * self.inactivity_s), _MOST_LEFT * self.inactivity_s)
        return self.inactivity_s - left

    def _arm(self) -> None:
        if self._is_wanted and self.inactivity_s != 0:
            self._timer = self._pump.loop.call_at(self._association.asked_at + self.interval_s, self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        association, now = self._association, self._pump.now()
        if not association.is_associated:
            return
        if association.is_busy:
            association.asked_at = now
        elif now >= association.asked_at + self.interval_s:
            self._say_something(now)
        self._arm()

    def _say_something(self, now: float) -> None:
        association, framing = self._association, self._pump.line.framing
        association.asked_at = now
        self._pump.tell("keep-alive", {"inactivity_s": self.inactivity_s})
        if self.inactivity_s is None:
            self._ask(SET_UPS[framing][0], self._on_time_out, now)
        elif framing == "hdlc":
            self._pump.line.poll(association, now)
        else:
            cheap = CHEAP if association.context.names is None else CHEAP_BY_SHORT_NAMES
            self._ask(cheap[self._cheap], self._on_cheap, now)
        self._pump.flush()

    def _ask(self, attribute: AttributeDescriptor, on_done: Callable[[Ticket[Any]], None], now: float) -> None:
        self._association.submit(Service(lambda context: exchanges.get(context, attribute)), now, on_done=on_done)

    def _on_time_out(self, ticket: Ticket[Value]) -> None:
        """The meter's patience, or the standard's where the meter does not tell it."""
        told = ticket.result.value if ticket.result is not None else None
        if isinstance(told, int) and told >= 0:
            self.inactivity_s = float(told)
        elif not isinstance(ticket.error, DlmsError) or isinstance(ticket.error, Refused):
            self.inactivity_s = SET_UPS[self._pump.line.framing][1]
        self.stop()
        self._arm()

    def _on_cheap(self, ticket: Ticket[Value]) -> None:
        if isinstance(ticket.error, Refused):
            self._cheap = (self._cheap + 1) % len(CHEAP)
