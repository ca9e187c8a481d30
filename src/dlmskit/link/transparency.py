"""Whether a line carries every octet: what is sent into a loopback plug or an echo, and what its return says.

    < hex hex > octet . .        for each octet from FF down to 00, then <end>

The marks are letters that any line carries, so what is amiss is known octet by octet. FF goes first and 13 before 11:
a line stopped by XOFF is set going again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Final

_PADS: Final = b".."
_OCTETS: Final = range(0xFF, -1, -1)
_SEVEN_BITS: Final = bytes(octet & 0x7F for octet in range(0x100))
_MARK: Final = len(b"<00>")
_END: Final = b"<end>"

PATTERN: Final = b"".join(b"<%02x>%c%b" % (octet, octet, _PADS) for octet in _OCTETS) + _END
"""What is sent."""


class Fault(Enum):
    """What a line does to an octet."""

    LOST = "lost"
    LOST_WITH_NEXT = "lost together with the octet behind it"
    DOUBLED = "doubled"
    EIGHTH_BIT = "changed in bit 8"
    CHANGED = "changed"
    MISSING = "not seen, nor what stands around it"


@dataclass(frozen=True, slots=True)
class Transparency:
    """What came of each octet; `faults` is empty where the line carries them all.

    received  how many octets came back
    """

    received: int
    faults: Mapping[Fault, bytes]

    @property
    def causes(self) -> tuple[str, ...]:
        """Likely reasons and what to do about them."""
        if len(self.faults.get(Fault.MISSING, b"")) == len(_OCTETS):
            return ("nothing of it makes sense: the speed or the parity differs, or something else answers",)
        return tuple(words for words, octets, kinds in _CAUSES if any(self._has(octets, kind) for kind in kinds))

    def to_json(self) -> dict[str, object]:
        """`{"sent", "received", "faults": [{"fault", "octets"}], "causes"}`, octets in hex."""
        faults = [{"fault": kind.value, "octets": octets.hex()} for kind, octets in self.faults.items()]
        return {"sent": len(PATTERN), "received": self.received, "faults": faults, "causes": list(self.causes)}

    def _has(self, octets: bytes, kind: Fault) -> bool:
        return any(octet in octets for octet in self.faults.get(kind, b""))


def is_over(received: bytes | bytearray) -> bool:
    """Whether the end of the pattern has come back."""
    return _END in received[-0x100:].translate(_SEVEN_BITS)


def judge(received: bytes) -> Transparency:
    """What the line did to the pattern, of which this came back."""
    marks = _marks(received.translate(_SEVEN_BITS))
    found: dict[Fault, bytearray] = {}
    for octet in reversed(_OCTETS):
        begin, end = marks.get(octet), marks.get(octet - 1)
        is_seen = begin is not None and end is not None
        fault = _fault(octet, received[begin:end][_MARK:]) if is_seen else Fault.MISSING
        if fault is not None:
            found.setdefault(fault, bytearray()).append(octet)
    return Transparency(len(received), MappingProxyType({kind: bytes(octets) for kind, octets in found.items()}))


def _marks(plain: bytes) -> dict[int, int]:
    """Where the mark of each octet begins; that of the end is -1."""
    marks: dict[int, int] = {}
    at = 0
    for octet in range(0xFF, -2, -1):
        mark = _END if octet < 0 else b"<%02x>" % octet
        begin = plain.find(mark, at)
        if begin >= 0:
            marks[octet] = begin
            at = begin + len(mark)
    return marks


def _fault(octet: int, came: bytes) -> Fault | None:
    sent = bytes((octet,)) + _PADS
    if came == sent:
        return None
    return {
        _PADS: Fault.LOST,
        _PADS[1:]: Fault.LOST_WITH_NEXT,
        _plain(sent[:1] + sent): Fault.DOUBLED,
        _plain(sent): Fault.EIGHTH_BIT,
    }.get(_plain(came), Fault.CHANGED)


def _plain(octets: bytes) -> bytes:
    return octets.translate(_SEVEN_BITS)


_GONE: Final = (Fault.LOST, Fault.LOST_WITH_NEXT, Fault.MISSING)
_ALTERED: Final = (Fault.LOST, Fault.LOST_WITH_NEXT, Fault.DOUBLED, Fault.CHANGED)
_CAUSES: Final[tuple[tuple[str, bytes, tuple[Fault, ...]], ...]] = (
    (
        "0xFF is Telnet's escape: set the serial server to raw TCP, or use hdlc+rfc2217://",
        b"\xff",
        (Fault.LOST, Fault.LOST_WITH_NEXT, Fault.DOUBLED),
    ),
    ("0x11 and 0x13 are XON and XOFF: turn software flow control off", b"\x11\x13", _GONE),
    (
        "bit 8 is lost or a parity bit: set eight data bits and no parity at both ends",
        bytes(range(0x80, 0x100)),
        (Fault.EIGHTH_BIT,),
    ),
    ("0x7D and 0x7E are escapes of a packet protocol between here and there: turn it off", b"\x7d\x7e", _ALTERED),
    ("0x0A and 0x0D are translated: set the port or the server to raw, not to text", b"\x0a\x0d", _ALTERED),
)
