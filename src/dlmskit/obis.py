"""OBIS codes: the six-octet names of COSEM objects.

Source: Blue Book, OBIS; IEC 62056-61.
"""

from __future__ import annotations

import re
from typing import Self

from dlmskit.errors import UsageError

_DOTTED = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})", re.ASCII)
_IEC = re.compile(r"(\d{1,3})-(\d{1,3}):(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:[*.&](\d{1,3}))?", re.ASCII)


class Obis(bytes):
    """An OBIS code: six octets, written `1.0.1.8.0.255`.

    It *is* the octets, so it equals and hashes like the logical name found on the wire.
    """

    __slots__ = ()

    def __new__(cls, octets: bytes) -> Self:
        if len(octets) != 6:
            raise UsageError(f"an OBIS code has 6 octets, not {len(octets)}")
        return super().__new__(cls, octets)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `1.0.1.8.0.255`, `1-0:1.8.0*255` or `1-0:1.8.0` (F is then 255)."""
        match = _DOTTED.fullmatch(text.strip()) or _IEC.fullmatch(text.strip())
        groups = [int(group or 255) for group in match.groups()] if match else []
        if not groups or max(groups) > 255:
            raise UsageError(f"{text!r} is no OBIS code; write 1.0.1.8.0.255 or 1-0:1.8.0*255")
        return cls(bytes(groups))

    @property
    def a(self) -> int:
        """The medium: 0 abstract, 1 electricity, 7 gas, 8 and 9 water."""
        return self[0]

    @property
    def b(self) -> int:
        """The channel."""
        return self[1]

    @property
    def c(self) -> int:
        """The quantity."""
        return self[2]

    @property
    def d(self) -> int:
        """How the quantity is processed."""
        return self[3]

    @property
    def e(self) -> int:
        """The tariff rate or a further distinction."""
        return self[4]

    @property
    def f(self) -> int:
        """The billing period; 255 where it does not matter."""
        return self[5]

    def __str__(self) -> str:
        return ".".join(map(str, self))

    def __repr__(self) -> str:
        return f"Obis.parse('{self}')"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def as_obis(name: Obis | str | bytes) -> Obis:
    """The `Obis` for a code in any of the forms a caller may have at hand."""
    if isinstance(name, Obis):
        return name
    return Obis.parse(name) if isinstance(name, str) else Obis(name)
