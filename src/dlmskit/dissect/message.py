"""What one framing delivers to the layers above it."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from dlmskit.errors import DlmsError
from dlmskit.link.hdlc.frames import Frame
from dlmskit.link.hdlc.segments import LLC_COMMAND, LLC_RESPONSE
from dlmskit.link.mbus.frames import MbusFrame
from dlmskit.link.wrapper import WrapperMessage

AnyFrame: TypeAlias = Frame | WrapperMessage | MbusFrame
Link: TypeAlias = tuple[object, object]
"""Sender and receiver, in the terms of the framing."""

NO_LINK: Link = (None, None)
_LLC = (LLC_COMMAND, LLC_RESPONSE)


class Message(NamedTuple):
    """Octets of one or more APDUs, or a frame without any.

    octets  None where the frame carries no APDU
    frame   the frame, or the first of those put together
    error   why the octets are damaged or cut short; they are then shown, and trusted with nothing
    """

    framing: str
    octets: bytes | None
    frame: AnyFrame | None = None
    link: Link = NO_LINK
    error: DlmsError | None = None


def behind_llc(data: bytes, at: int = 0) -> int:
    """The offset behind an LLC header, which is not always there and sometimes there twice."""
    while data[at : at + 3] in _LLC:
        at += 3
    return at
