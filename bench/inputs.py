"""The octets both sides work on. Plain Python, because the foreign interpreter reads this file too."""

from __future__ import annotations

import struct
from datetime import datetime, timedelta

OCTETS_128 = bytes((7 * n + 3) & 0xFF for n in range(128))
INFORMATION = bytes.fromhex("e6e600c001c100030100010800ff0200")
# An I frame with 16 octets from server 1 to client 16.
FRAME = bytes.fromhex("7ea0192103307d5de6e700c401c10009076d65746572203190847e")
TITLE = b"ABC00001"
EK = bytes(range(16))
AK = bytes(range(0xD0, 0xE0))
APDU_60 = OCTETS_128[:60]

_DATE = bytes.fromhex("090c07ea0b1607") + b"%c%c" + bytes.fromhex("0000ffc400")

_STATUS_AND_ENERGIES = struct.Struct(">BBBIBIBIBI")


def profile(rows: int) -> bytes:
    """A load profile: rows of clock, status and two energies."""
    return _array(
        b"\x02\x04" + _DATE % (n // 4 % 24, n % 4 * 15) + struct.pack(">BBBIBI", 17, 0, 6, 1000 + n, 6, 77 + n)
        for n in range(rows)
    )


def year() -> bytes:
    """A year of quarters of an hour: clock, status and four energies."""
    begin, quarter = datetime(2026, 1, 1), timedelta(minutes=15)  # octets tell no zone
    return _array(
        b"\x02\x06\x09\x0c"
        + _clock(begin + n * quarter)
        + _STATUS_AND_ENERGIES.pack(17, 0, 6, n, 6, n, 6, n // 2, 6, n // 3)
        for n in range(35_040)
    )


def _clock(moment: datetime) -> bytes:
    day = moment.year.to_bytes(2, "big") + bytes((moment.month, moment.day, moment.isoweekday()))
    return day + bytes((moment.hour, moment.minute, 0, 0, 0xFF, 0xC4, 0))


def mixed(rows: int) -> bytes:
    """An array of structures of changing shapes, with nested ones and every usual type."""
    shapes = (
        b"\x02\x03\x12\x00\x03\x0f\xff\x16\x1b",
        b"\x02\x04\x09\x06\x01\x00\x01\x08\x00\xff\x06\x00\x00\x30\x39\x00\x03\x01",
        b"\x02\x02\x0a\x05meter\x04\x0c\xab\xc0",
        b"\x02\x03\x02\x02\x0f\x00\x16\x1e\x14\x00\x00\x00\x00\x00\x01\x02\x03\x17\x41\x48\x00\x00",
        b"\x02\x02\x01\x02\x10\xff\xfe\x10\x00\x01\x05\xff\xff\xff\x00",
    )
    return _array(shapes[n % len(shapes)] for n in range(rows))


def object_list(objects: int) -> bytes:
    """The view of an association version 1: registers, each with access rights of three attributes and a method."""
    attributes = b"".join(bytes((2, 3, 15, n, 22, 1, 0)) for n in (1, 2, 3))
    rights = b"\x02\x02\x01\x03" + attributes + b"\x01\x01\x02\x02\x0f\x01\x16\x00"
    quantities = (1, 2, 3, 4, 9, 10, 13, 21, 22, 31, 32, 41, 51, 71, 14)
    codes = [(quantities[n % 15], (8, 7, 6, 29)[n // 15 % 4], n // 60 % 5) for n in range(objects)]
    return _array(b"\x02\x04\x12\x00\x03\x11\x00\x09\x06" + bytes((1, 0, c, d, e, 255)) + rights for c, d, e in codes)


def _array(items: object) -> bytes:
    encoded = list(items)  # type: ignore[call-overload]
    count = len(encoded)
    length = bytes((count,)) if count < 0x80 else b"\x82" + count.to_bytes(2, "big")
    return b"\x01" + length + b"".join(encoded)
