"""The server's end of a line: it answers for logical devices to whoever calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from dlmskit.apdu.codec import Apdu
from dlmskit.link.hdlc.frames import FrameLimits
from dlmskit.link.hdlc.parameters import HdlcSettings
from dlmskit.session.framing import CalledFraming, FramingName, HdlcFraming, MeterFraming, Packet, WrapperFraming
from dlmskit.session.line import Line, Link
from dlmskit.session.opening.judging import ServedAssociation
from dlmskit.session.responder import ServerAssociation
from dlmskit.trace import Tracer

#: Server SAP → client SAP → what is offered.
Devices: TypeAlias = Mapping[int, Mapping[int, ServedAssociation]]

#: Links one peer may have at a time on one line; a flood of new addresses displaces links that are down.
MAX_LINKS = 64
#: Primary address of a meter on an M-Bus that was given none.
FIRST_STATION = 1


class ServerLine(Line[ServerAssociation]):
    """A line on which this side is called.

    physical  the HDLC address answered to, or the primary address on an M-Bus; without it any, on an M-Bus 1
    caller    says where it is called from, for those who get their authentication wrong
    """

    is_called = True

    def __init__(
        self,
        framing: FramingName,
        devices: Devices,
        *,
        physical: int | None = None,
        hdlc: HdlcSettings | None = None,
        frame_limits: FrameLimits | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        limits = frame_limits or FrameLimits()
        made: CalledFraming[Any]
        if framing == "hdlc":
            made = HdlcFraming(hdlc or HdlcSettings(), limits, physical)
        elif framing == "mbus":
            made = MeterFraming(FIRST_STATION if physical is None else physical, limits.inter_octet_s)
        else:
            made = WrapperFraming()
        super().__init__(made, tracer=tracer)
        self._calls: CalledFraming[Any] = made
        self._devices = devices
        self.caller = ""

    def _new_link(self, packet: Packet) -> Link[ServerAssociation] | None:
        if len(self._links) >= MAX_LINKS and not self._displace():
            return None
        between = self._calls.called(packet, self._note)
        offers = self._devices.get(between.server) if between is not None else None
        if between is None or offers is None:
            return None
        return self._add(between, self._maker(offers, between.client))

    def push(self, server: int, client: int, apdu: Apdu, now: float) -> None:
        """Send an APDU between two addresses, also where no association is open between them."""
        link = self._link_between(server, client)
        link.association.notify(apdu, now)
        self.settle(link, now)

    def _link_between(self, server: int, client: int) -> Link[ServerAssociation]:
        between = self._calls.push(server, client)
        known = self._links.get(between.key)
        return known or self._add(between, self._maker(self._devices.get(server, {}), client))

    def _maker(
        self, offers: Mapping[int, ServedAssociation], client: int
    ) -> Callable[[Link[ServerAssociation]], ServerAssociation]:
        served = offers.get(client)
        if served is not None:
            self.hide(served.password)
        return lambda link: ServerAssociation(link, served, self._events.append, self._trace, (client, self.caller))

    def _may_take(self, link: Link[ServerAssociation]) -> bool:
        """UI frames come without a link too; they mean something where no AARQ has to come first."""
        served = link.association.served
        return link.connection.is_up or (served is not None and served.is_pre_established)

    def _displace(self) -> bool:
        """Make room by forgetting a link on which nothing is going on."""
        for key, link in self._links.items():
            if not link.association.is_associated:
                del self._links[key]
                return True
        return False
