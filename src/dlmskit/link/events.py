"""What a link tells the layer above; the same for HDLC and the wrapper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from dlmskit.errors import DlmsError
from dlmskit.link.hdlc.parameters import HdlcParameters


@dataclass(frozen=True, slots=True)
class LinkUp:
    """APDUs can be sent. `parameters` are the negotiated ones, None where the framing negotiates nothing."""

    parameters: HdlcParameters | None = None


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The link is gone. `error` is None when it was closed on purpose, by either side."""

    reason: str
    error: DlmsError | None = None


class ApduReceived(NamedTuple):
    """One whole APDU, reassembled and without its LLC header. `unconfirmed`: it came in UI frames."""

    apdu: bytes
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class FrameDropped:
    """Something that was received and not used; for the trace."""

    reason: str
    data: bytes


LinkEvent: TypeAlias = LinkUp | LinkDown | ApduReceived | FrameDropped
