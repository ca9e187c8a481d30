"""How well APDUs have to be protected: what a security setup and the rights over an object demand, each way.

Both tell it in the same flags (version 1 of Security setup, version 3 of Association LN); version 0 of Security setup
tells it as a number. Here flags become protection bits as the security control octet has them, and `SIGNED`.
Source: Blue Book, Security setup and Association LN; Green Book, security policy.
"""

from __future__ import annotations

from typing import Final

from dlmskit.errors import ReadWriteDenied
from dlmskit.security.cipher import AUTHENTICATED, BOTH, ENCRYPTED
from dlmskit.session.context import SIGNED

_REQUEST: Final = {0x04: AUTHENTICATED, 0x08: ENCRYPTED, 0x10: SIGNED}
_RESPONSE: Final = {0x20: AUTHENTICATED, 0x40: ENCRYPTED, 0x80: SIGNED}
_PROTECTIONS: Final = sum(_REQUEST) | sum(_RESPONSE)
#: Version 0 by number: nothing, all authenticated, all encrypted, both; the same for requests and responses.
_NUMBERED: Final = (0, 0x24, 0x48, 0x6C)


def of_request(flags: int) -> int:
    """The protection that a request needs under these flags."""
    return sum(bits for flag, bits in _REQUEST.items() if flags & flag) if flags else 0


def of_response(flags: int) -> int:
    """The protection that a response needs under these flags."""
    return sum(bits for flag, bits in _RESPONSE.items() if flags & flag) if flags else 0


def numbered(number: int) -> int:
    """The flags of a policy as version 0 numbers it. Raises ReadWriteDenied for a number that is none."""
    if not 0 <= number < len(_NUMBERED):
        raise ReadWriteDenied(f"there is no security policy {number}")
    return _NUMBERED[number]


def number_of(flags: int) -> int:
    """The number that version 0 gives these flags; what it cannot tell becomes the next stronger."""
    bits = (of_request(flags) | of_response(flags)) & BOTH
    return next(number for number, known in enumerate(_NUMBERED) if of_request(known) == bits)


class Policy:
    """The security policy in force, shared by all associations of one security setup.

    request, response  protection bits that every APDU of that way needs
    """

    __slots__ = ("flags", "request", "response")

    def __init__(self, flags: int = 0) -> None:
        self._set(flags)

    def activate(self, flags: int) -> None:
        """Demand more, from the next APDU on. Raises ReadWriteDenied for less than now, or for flags that are none."""
        if flags & ~_PROTECTIONS:
            raise ReadWriteDenied(f"0x{flags:02X} is no security policy")
        if self.flags & ~flags:
            raise ReadWriteDenied("a security policy is never lowered")
        self._set(flags)

    def _set(self, flags: int) -> None:
        self.flags = flags
        self.request, self.response = of_request(flags), of_response(flags)

    def __repr__(self) -> str:
        return f"Policy(0x{self.flags:02X})"
