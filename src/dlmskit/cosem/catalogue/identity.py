"""What a meter calls itself, taken apart: logical device name and system title.

Both begin with the maker's FLAG id. What follows is the maker's own, or laid down by a companion specification:

    IDIS   system title: FLAG (3) | device type (1) | function type (4 bits) | serial number (28 bits)
           logical device name: FLAG (3) | device type (3 digits) | function type (2 digits) | serial number (8 digits)
    Italy  system title of gas meters: FLAG in 15 bits, as M-Bus packs it, low octet first | serial number (6, last first)

Source for Italy: one implementer's reading of UNI/TS 11291-11, which is the address of EN 13757-4 octet by octet; medium
confidence, so it is only told where it is asked for. Source otherwise: Green Book, system title; Blue Book, COSEM logical device name; IDIS package 2 and 3, device identification.
"""

from __future__ import annotations

from typing import NamedTuple

from dlmskit.cosem.catalogue.makers import Maker, maker

_FLAG_SIZE, _TITLE_SIZE, _LARGEST_NAME = 3, 8, 16
_IDIS_DIGITS = (3, 2, 8)


class Identity(NamedTuple):
    """What a name says.

    flag      three letters; empty where it does not begin with any
    maker     who holds them; None where they are not listed
    rest      what follows: text where it can be read, else hex
    """

    flag: str
    maker: Maker | None
    rest: str

    def __str__(self) -> str:
        holder = f" ({self.maker.name})" if self.maker else ""
        return f"{self.flag}{holder} {self.rest}" if self.flag else self.rest


class IdisIdentity(NamedTuple):
    """What IDIS puts behind the FLAG id. Which numbers mean what differs by package, so they stay numbers."""

    device_type: int
    function_type: int
    serial_number: int


class ItalianIdentity(NamedTuple):
    """What an Italian gas meter's system title says; the serial number as its twelve digits, in hex."""

    flag: str
    serial_number: str


def identity(name: bytes) -> Identity:
    """The parts of a logical device name or a system title; octets that are no such name are shown in hex."""
    flag = name[:_FLAG_SIZE].decode("ascii", "replace")
    if len(name) < _FLAG_SIZE or not (flag.isascii() and flag.isalpha()):
        return Identity("", None, name.hex())
    rest = name[_FLAG_SIZE:]
    is_text = rest.isascii() and rest.decode("ascii").isprintable()
    return Identity(flag, maker(flag), rest.decode("ascii").strip() if is_text else rest.hex())


def idis_title(title: bytes) -> IdisIdentity | None:
    """An IDIS system title taken apart; None where it has not eight octets."""
    if len(title) != _TITLE_SIZE:
        return None
    return IdisIdentity(title[3], title[4] >> 4, int.from_bytes(title[4:]) & 0x0FFFFFFF)


def italian_title(title: bytes) -> ItalianIdentity | None:
    """An Italian system title taken apart; None where it has not eight octets, or no three letters at its beginning."""
    if len(title) != _TITLE_SIZE:
        return None
    packed = int.from_bytes(title[:2], "little")
    letters = [packed >> shift & 0x1F for shift in (10, 5, 0)]
    if packed >> 15 or not all(1 <= letter <= 26 for letter in letters):
        return None
    return ItalianIdentity("".join(chr(0x40 + letter) for letter in letters), title[:1:-1].hex())


def idis_name(name: bytes) -> IdisIdentity | None:
    """An IDIS logical device name taken apart; None where it is not sixteen characters that end in digits."""
    digits = name[_FLAG_SIZE:]
    if len(name) != _LARGEST_NAME or not digits.isdigit():
        return None
    device, function, _ = _IDIS_DIGITS
    return IdisIdentity(int(digits[:device]), int(digits[device : device + function]), int(digits[device + function :]))
