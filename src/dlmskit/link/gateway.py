"""The prefix by which a gateway is told which meter behind it is meant.

    E6 or E7 | network id (1) | length (1) | physical device address | APDU        E6 asks, E7 answers

Source: Green Book, gateway protocol; the layout agrees with what a foreign client sends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dlmskit.errors import RemoteProtocolError, UsageError

REQUEST: Final = 0xE6
RESPONSE: Final = 0xE7
_HEAD: Final = 3


@dataclass(frozen=True, slots=True)
class Route:
    """A meter behind a gateway: `network` is 0 to 255, `address` its physical device address of 0 to 255 octets."""

    network: int
    address: bytes

    def __post_init__(self) -> None:
        if not 0 <= self.network <= 0xFF or len(self.address) > 0xFF:
            raise UsageError("a network id is 0 to 255, a gateway address 0 to 255 octets")

    def request(self, apdu: bytes) -> bytes:
        """The APDU as it goes to the gateway."""
        return self._prefix(REQUEST) + apdu

    def response(self, apdu: bytes) -> bytes:
        """The APDU as the gateway passes it back."""
        return self._prefix(RESPONSE) + apdu

    def answer(self, data: bytes) -> bytes | None:
        """The APDU of an answer that comes from this meter; None for anything else."""
        prefix = self._prefix(RESPONSE)
        return data[len(prefix) :] if len(data) > len(prefix) and data.startswith(prefix) else None

    def _prefix(self, tag: int) -> bytes:
        return bytes((tag, self.network, len(self.address))) + self.address


def routed(data: bytes) -> tuple[Route, bytes]:
    """Who is meant by a request that came to a gateway, and the APDU. Raises RemoteProtocolError."""
    end = _HEAD + data[2] if len(data) > _HEAD else 0
    if not end or data[0] != REQUEST or len(data) <= end:
        raise RemoteProtocolError("a gateway takes requests that name a meter: E6, network, length, address", data=data)
    return Route(data[1], data[_HEAD:end]), data[end:]
