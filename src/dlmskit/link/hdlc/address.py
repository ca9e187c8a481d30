"""HDLC addresses: of servers in one, two or four octets, of clients always in one.

Seven bits an octet; the lowest bit is 1 in the last octet only.

    1 octet   upper (7 bits)                 4 octets   upper (14 bits) | lower (14 bits)
    2 octets  upper (7) | lower (7)

Upper is the logical device, lower the physical one. Source: Green Book, HDLC addressing; IEC 62056-46.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from dlmskit.errors import RemoteProtocolError, UsageError

AddressSize = Literal[1, 2, 4]

NO_STATION: Final = 0x00
MANAGEMENT: Final = 0x01  # management logical device of a server, management process of a client
PUBLIC_CLIENT: Final = 0x10
CALLING: Final = 0x7E  # the physical device at the other end of the wire, whatever its address
ALL_STATION: Final = 0x7F
CALLING_14_BIT: Final = 0x3FFE
ALL_STATION_14_BIT: Final = 0x3FFF


class Reach(IntEnum):
    """Whom a destination address means, as seen by one station."""

    OTHERS = 0
    US = 1
    EVERYONE = 2  # a broadcast: act on it, never answer


@dataclass(frozen=True, slots=True)
class HdlcAddress:
    """One station. `lower` is None in the one-octet form only."""

    upper: int
    lower: int | None = None
    size: AddressSize = 1

    def __post_init__(self) -> None:
        if self.size not in (1, 2, 4):
            raise UsageError(f"an HDLC address has 1, 2 or 4 octets, not {self.size}")
        if (self.size == 1) != (self.lower is None):
            raise UsageError("an HDLC address has a lower (physical) part if and only if it is longer than one octet")
        top = 0x3FFF if self.size == 4 else 0x7F
        for part in (self.upper, self.lower):
            if part is not None and not 0 <= part <= top:
                raise UsageError(f"{part} does not fit an HDLC address of {self.size} octets (0 to {top} a part)")

    def to_bytes(self) -> bytes:
        """The octets on the wire."""
        lower = self.lower or 0
        if self.size == 1:
            return bytes((self.upper << 1 | 1,))
        if self.size == 2:
            return bytes((self.upper << 1, lower << 1 | 1))
        return bytes((self.upper >> 6 & 0xFE, self.upper << 1 & 0xFE, lower >> 6 & 0xFE, lower << 1 & 0xFE | 1))

    @classmethod
    def parse(cls, raw: bytes) -> HdlcAddress:
        """The address in `raw`, all of it; RemoteProtocolError for a wrong size or misplaced end bit."""
        if len(raw) not in (1, 2, 4) or [octet & 1 for octet in raw] != [0] * (len(raw) - 1) + [1]:
            raise RemoteProtocolError(f"no HDLC address: {raw[:8].hex()}", data=raw, offset=0)
        parts = [octet >> 1 for octet in raw]
        if len(raw) == 1:
            return cls(parts[0])
        if len(raw) == 2:
            return cls(parts[0], parts[1], 2)
        return cls(parts[0] << 7 | parts[1], parts[2] << 7 | parts[3], 4)

    def reach(self, destination: HdlcAddress) -> Reach:
        """Whether a frame to `destination` is for this station.

        The size must be the station's own: a server answers in the form it was called in. No-station is nobody.
        """
        if destination.size != self.size:
            return Reach.OTHERS
        every, calling = _specials(self.size)
        if destination.lower not in (self.lower, every, calling) or destination.upper not in (self.upper, every):
            return Reach.OTHERS
        if destination.upper == every or (self.size > 1 and destination.lower == every):
            return Reach.EVERYONE
        if destination.upper == NO_STATION:
            return Reach.OTHERS
        return Reach.US

    def __str__(self) -> str:
        return str(self.upper) if self.lower is None else f"{self.upper}/{self.lower}"


def client_address(number: int) -> HdlcAddress:
    """Address of a client; 16 is the public client."""
    return HdlcAddress(number)


def server_address(logical: int, physical: int | None = None, size: int | None = None) -> HdlcAddress:
    """Address of a logical device in a physical one.

    Without `size`: one octet without `physical` and below 0x80, else two where both fit, else four. Without
    `physical` the longer forms carry no-station there.
    """
    if size is None:
        size = 1 if physical is None and logical < 0x80 else 2 if max(logical, physical or 0) < 0x80 else 4
    if size == 1:
        if physical is not None:
            raise UsageError("a one-octet HDLC address has no room for a physical address")
        return HdlcAddress(logical)
    if size == 2:
        return HdlcAddress(logical, physical or NO_STATION, 2)
    if size == 4:
        return HdlcAddress(logical, physical or NO_STATION, 4)
    raise UsageError(f"an HDLC address has 1, 2 or 4 octets, not {size}")


def _specials(size: int) -> tuple[int, int]:
    return (ALL_STATION_14_BIT, CALLING_14_BIT) if size == 4 else (ALL_STATION, CALLING)
