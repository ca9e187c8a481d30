"""Packets of one line as they come, instead of a whole capture."""

from __future__ import annotations

from collections.abc import Iterator

from dlmskit.dissect.deciphering import Decipherer
from dlmskit.dissect.dissector import Dissector
from dlmskit.dissect.found import Found
from dlmskit.dissect.hdlc import Assembly
from dlmskit.dissect.limits import LIMITS, DissectLimits
from dlmskit.dissect.message import Message
from dlmskit.link.hdlc.frames import Frame
from dlmskit.link.mbus.segments import MbusMessage
from dlmskit.link.wrapper import WrapperMessage
from dlmskit.security.keys import KeySource


class PacketStream:
    """What each packet of a line says; it remembers unfinished segments and blocks, and the system titles told."""

    def __init__(self, keys: KeySource | None = None, *, limits: DissectLimits = LIMITS) -> None:
        self._dissector = Dissector(Decipherer(keys, None), limits)
        self._segments = Assembly(limits)

    @property
    def unfinished(self) -> int:
        """Octets held of what has not come whole."""
        return self._dissector.unfinished + self._segments.unfinished

    def read(self, packet: Frame | WrapperMessage | MbusMessage) -> Iterator[Found]:
        """What the packet says; a part that is not the last one says nothing yet. Never raises for octets."""
        for message in self._messages(packet):
            yield from self._dissector.read(message)

    def _messages(self, packet: Frame | WrapperMessage | MbusMessage) -> Iterator[Message]:
        if isinstance(packet, Frame):
            yield from self._segments.read(packet)
        elif isinstance(packet, MbusMessage):
            yield Message("mbus", packet.apdu or None, None, (packet.station, None))
        else:
            yield Message("wrapper", packet.apdu or None, packet, (packet.source, packet.destination))
