"""Link parameters: what is wanted, how SNRM and UA carry it, what both sides agree on.

    81 80 length | 05 n value | 06 n value | 07 n value | 08 n value        value: 1 to 4 octets, big-endian

05, 06: longest information field the sender transmits, receives; 07, 08: its windows. What is left out has its
default, and with all defaults the whole field is left out of SNRM. Source: Green Book, HDLC parameter negotiation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dlmskit.errors import RemoteProtocolError, UsageError

FORMAT_ID: Final = 0x81
GROUP_ID: Final = 0x80
MAX_INFORMATION: Final = 2030
MAX_WINDOW: Final = 7


@dataclass(frozen=True, slots=True)
class HdlcParameters:
    """The four parameters, seen from the side that holds them."""

    max_info_tx: int = 128
    max_info_rx: int = 128
    window_tx: int = 1
    window_rx: int = 1


DEFAULTS: Final = HdlcParameters()


@dataclass(frozen=True, slots=True)
class HdlcSettings:
    """What a connection wants and how patient it is.

    response_timeout_s  a client repeats after this silence, `retries` times, then the link is down
    poll_interval_s     pause between polls of a server that answers but has no data yet
    inactivity_s        a server drops the link after this silence; None or 0: never
    always_negotiate    SNRM carries the parameters even when they are the defaults
    disconnect_first    DISC before SNRM, for meters that want it
    max_apdu            octets reassembled from segments; the default holds 65535 and a ciphering envelope
    """

    max_info_tx: int = 128
    max_info_rx: int = 128
    window_tx: int = 1
    window_rx: int = 1
    response_timeout_s: float = 5.0
    retries: int = 3
    poll_interval_s: float = 0.5
    inactivity_s: float | None = None
    always_negotiate: bool = False
    disconnect_first: bool = False
    max_apdu: int = 65_600

    def __post_init__(self) -> None:
        for name in ("max_info_tx", "max_info_rx"):
            if not 1 <= getattr(self, name) <= MAX_INFORMATION:
                raise UsageError(f"{name} is 1 to {MAX_INFORMATION} octets, not {getattr(self, name)}")
        for name in ("window_tx", "window_rx"):
            if not 1 <= getattr(self, name) <= MAX_WINDOW:
                raise UsageError(f"{name} is 1 to {MAX_WINDOW} frames, not {getattr(self, name)}")

    @property
    def parameters(self) -> HdlcParameters:
        return HdlcParameters(self.max_info_tx, self.max_info_rx, self.window_tx, self.window_rx)


def agree(own: HdlcParameters, peer: HdlcParameters) -> HdlcParameters:
    """What holds for us: neither side sends more than the other takes."""
    return HdlcParameters(
        min(own.max_info_tx, peer.max_info_rx),
        min(own.max_info_rx, peer.max_info_tx),
        min(own.window_tx, peer.window_rx),
        min(own.window_rx, peer.window_tx),
    )


def encode(parameters: HdlcParameters) -> bytes:
    """The information field of SNRM or UA. Lengths in one octet where they fit, windows in four, as meters do."""
    group = b"".join(
        (
            _length(0x05, parameters.max_info_tx),
            _length(0x06, parameters.max_info_rx),
            b"\x07\x04" + parameters.window_tx.to_bytes(4, "big"),
            b"\x08\x04" + parameters.window_rx.to_bytes(4, "big"),
        )
    )
    return bytes((FORMAT_ID, GROUP_ID, len(group))) + group


def decode(information: bytes) -> HdlcParameters:
    """Parameters of a SNRM or UA; an empty field gives the defaults.

    Unknown parameters and other groups are passed over, values above the standard's ceiling are cut to it.
    RemoteProtocolError: a length that lies, a value of no octets or more than four, a zero, a repetition.
    """
    if not information:
        return DEFAULTS
    if information[0] != FORMAT_ID:
        raise _wrong("format identifier", information, 0)
    values: dict[int, int] = {}
    at = 1
    while at < len(information):
        group, at, end = _item(information, at, len(information))
        while group == GROUP_ID and at < end:
            tag, start, at = _item(information, at, end)
            if not 0x05 <= tag <= 0x08:
                continue
            value = int.from_bytes(information[start:at], "big")
            if tag in values or not 1 <= at - start <= 4 or value == 0:
                raise _wrong(f"value of parameter {tag:02X}", information, start)
            values[tag] = value
        at = end
    return HdlcParameters(
        min(values.get(0x05, DEFAULTS.max_info_tx), MAX_INFORMATION),
        min(values.get(0x06, DEFAULTS.max_info_rx), MAX_INFORMATION),
        min(values.get(0x07, DEFAULTS.window_tx), MAX_WINDOW),
        min(values.get(0x08, DEFAULTS.window_rx), MAX_WINDOW),
    )


def _length(tag: int, value: int) -> bytes:
    return bytes((tag, 1, value)) if value < 0x100 else bytes((tag, 2, value >> 8, value & 0xFF))


def _item(data: bytes, at: int, limit: int) -> tuple[int, int, int]:
    """Tag, start and end of one tag-length-value that lies within `limit`."""
    if at + 2 > limit or at + 2 + data[at + 1] > limit:
        raise _wrong("length", data, at)
    return data[at], at + 2, at + 2 + data[at + 1]


def _wrong(what: str, data: bytes, offset: int) -> RemoteProtocolError:
    return RemoteProtocolError(f"link parameters: wrong {what}", data=data, offset=offset)
