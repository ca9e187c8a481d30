"""What both ends of an M-Bus share: control fields and addresses, and octets to telegrams and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Final

from dlmskit.link.hdlc.frames import BadFrame
from dlmskit.link.mbus.reader import Telegram, TelegramReader
from dlmskit.link.mbus.segments import Joiner, MbusMessage

SND_NKE, SND_UD, REQ_UD1, REQ_UD2, RSP_UD = 0x40, 0x53, 0x5A, 0x5B, 0x08
FCB: Final = 0x20
#: What a response may set besides: the meter has more to say; it can take no more for now.
ACCESS_DEMAND, FLOW_CONTROL = 0x20, 0x10
#: Whoever is the only meter answers to this address.
ANY_STATION: Final = 254
BROADCAST: Final = 255


class BusEnd(ABC):
    """Octets and `now` in, octets and whole messages out."""

    __slots__ = ("_joiner", "_out", "_reader")

    def __init__(self, inter_octet_s: float) -> None:
        self._reader = TelegramReader(inter_octet_s)
        self._joiner = Joiner()
        self._out = bytearray()

    @property
    def unfinished(self) -> int:
        """Octets held of a telegram that has not ended."""
        return self._reader.unfinished

    def receive(self, data: bytes, now: float) -> list[MbusMessage | BadFrame]:
        """Take octets as they came; whole messages, and what could not be used."""
        return self._take(self._reader.receive(data, now), now)

    def handle_timer(self, now: float) -> list[MbusMessage | BadFrame]:
        return self._take(self._reader.handle_timer(now), now)

    def next_deadline(self) -> float | None:
        return self._reader.next_deadline()

    def to_send(self) -> bytes:
        data = bytes(self._out)
        self._out.clear()
        return data

    def _take(self, telegrams: list[Telegram | BadFrame], now: float) -> list[MbusMessage | BadFrame]:
        found: list[MbusMessage | BadFrame] = []
        for telegram in telegrams:
            taken = telegram if isinstance(telegram, BadFrame) else self._hear(telegram, now)
            if taken is not None:
                found.append(taken)
        return found

    @abstractmethod
    def _hear(self, telegram: Telegram, now: float) -> MbusMessage | BadFrame | None:
        """Act on a telegram; the message it completes, or itself where it cannot be used."""
