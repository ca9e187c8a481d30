"""The direction of an RS-485 line, turned around by the driver of the port; Linux knows how to ask it to.

    flags (4) | delay before sending (4) | delay after it (4), in milliseconds | reserved (20)

Flags: 1 enabled, 2 RTS high while sending, 4 RTS high while listening. Source: Linux, serial-rs485 of its driver API.
"""

from __future__ import annotations

import os
import platform
import struct
import sys
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from dlmskit.errors import TransportError, UsageError

DIRECTIONS: Mapping[str, int] = MappingProxyType({"on": 1 | 2, "inverted": 1 | 4})
"""Flags by what the option says."""

#: The number of the request, but for a few machines that number theirs otherwise.
_TIOCSRS485: Final = 0x542F
_OTHERWISE: Final = ("mips", "sparc", "alpha", "parisc")
_ADAPTERS: Final = "most adapters turn by themselves: leave rs485 away"


def turn_around(path: str, direction: str) -> None:
    """Have the driver of a port turn the line around. It keeps that until told otherwise.

    Raises UsageError where the machine has no such request, TransportError where the driver does not know it, OSError
    where the port does not open.
    """
    if sys.platform != "linux" or platform.machine().startswith(_OTHERWISE):
        raise UsageError(f"rs485={direction}: only Linux turns a line around", hints=(_ADAPTERS,))
    import fcntl

    port = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        fcntl.ioctl(port, _TIOCSRS485, struct.pack("=8I", DIRECTIONS[direction], *bytes(7)))
    except OSError as error:
        raise TransportError(
            f"{path}: the driver of this port turns no RS-485 line around", hints=(_ADAPTERS,)
        ) from error
    finally:
        os.close(port)
