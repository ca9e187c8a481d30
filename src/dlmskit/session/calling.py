"""The client's end of a line: it opens associations, each between an address pair of its own."""

from __future__ import annotations

from typing import Any

from dlmskit.errors import LocalProtocolError
from dlmskit.link.gateway import Route
from dlmskit.link.hdlc.connection import HdlcConnection
from dlmskit.link.hdlc.frames import FrameLimits
from dlmskit.link.hdlc.parameters import HdlcSettings
from dlmskit.link.mbus.master import MasterSettings
from dlmskit.session.events import Unclaimed
from dlmskit.session.framing import CallingFraming, FramingName, HdlcFraming, Key, MasterFraming, Packet, WrapperFraming
from dlmskit.session.line import Line, Link
from dlmskit.session.opening.asking import ClientSettings
from dlmskit.session.requester import ClientAssociation
from dlmskit.session.states import State
from dlmskit.trace import Tracer


class ClientLine(Line[ClientAssociation]):
    """A line on which this side calls: each association has an address pair of its own."""

    def __init__(
        self,
        framing: FramingName,
        *,
        hdlc: HdlcSettings | None = None,
        mbus: MasterSettings | None = None,
        frame_limits: FrameLimits | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        made: CallingFraming[Any]
        if framing == "hdlc":
            made = HdlcFraming(hdlc or HdlcSettings(), frame_limits or FrameLimits(), None)
        else:
            made = MasterFraming(mbus or MasterSettings()) if framing == "mbus" else WrapperFraming()
        super().__init__(made, tracer=tracer)
        self._calls: CallingFraming[Any] = made

    def associate(
        self,
        settings: ClientSettings,
        *,
        client: int,
        server: int,
        physical: int | None = None,
        address_size: int | None = None,
        route: Route | None = None,
    ) -> ClientAssociation:
        """A new association, not opened yet. One between the same addresses that is over is replaced.

        route  the meter behind the gateway that has these addresses

        Raises LocalProtocolError where one is still going on: its answers would go to the new one.
        """
        self.hide(settings.password, settings.ciphering.dedicated if settings.ciphering else None)

        def make(link: Link[ClientAssociation]) -> ClientAssociation:
            link.route = route
            return ClientAssociation(link, settings, self._events.append, self._trace)

        between = self._calls.call(client, server, physical, address_size, self._note)
        self._vacate(between.key)
        return self._add(between, make).association

    def _on_unclaimed(self, packet: Packet) -> None:
        super()._on_unclaimed(packet)
        self._events.append(Unclaimed(packet))

    def _vacate(self, key: Key) -> None:
        link = self._links.get(key)
        if link is None:
            return
        if link.association.state is not State.IDLE:
            raise LocalProtocolError(
                "an association between these two addresses is under way on this line",
                hints=("end that one first, or open another line",),
            )
        self.forget(link.association)

    def forget(self, association: ClientAssociation) -> None:
        """Drop the link of an association that is over."""
        for key, link in list(self._links.items()):
            if link.association is association:
                del self._links[key]
                if self._holder is link:
                    self._holder = None

    def poll(self, association: ClientAssociation, now: float) -> None:
        """Give an HDLC link a sign of life, where nobody else speaks on the line."""
        for link in self._links.values():
            if link.association is association and isinstance(link.connection, HdlcConnection):
                if self.is_free_for(link):
                    link.connection.poll(now)
                return

    def is_free_for(self, link: Link[ClientAssociation]) -> bool:
        holder = self._holder
        if not self.takes_turns or self._is_lost:
            return True
        if holder is None or holder is link or _has_turn(holder):
            self._holder = link
            return True
        return False

    def _pass_on(self, now: float) -> None:
        if self._holder is None or not _has_turn(self._holder):
            return
        for link in list(self._links.values()):
            while link.waiting and self.is_free_for(link):
                link.waiting.popleft()(now)
                self.settle(link, now)


def _has_turn(link: Link[ClientAssociation]) -> bool:
    connection = link.connection
    return not isinstance(connection, HdlcConnection) or connection.has_turn
