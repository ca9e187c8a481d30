"""What a meter says by itself: a telegram of text, as in mode D and on the P1 port.

    /XXX5identification CR LF | CR LF | 1-0:1.8.0(000123.456*kWh) CR LF … ! CR LF
                                                                        !E47C CR LF with a check, as P1 ports have it

The check is a CRC-16 (polynomial A001 reflected, from 0) of all from / to !. Source: IEC 62056-21, clause 6.4.4; the P1
companion of DSMR.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from dlmskit.link.mode_c import DataSet, TextReader, damaged, lines
from dlmskit.link.mode_e import Identification

#: What precedes a telegram; a unit such as kW/min does not look like it.
_ANNOUNCED: Final = re.compile(rb"/[A-Za-z]{3}[^/!()\r\n]{1,64}\r\n")
_CHECK: Final = re.compile(rb"[0-9A-Fa-f]{4}")
_POLYNOMIAL: Final = 0xA001


def crc16(data: bytes) -> int:
    """The check of a telegram, of its octets from / to !."""
    crc = 0
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ _POLYNOMIAL if crc & 1 else crc >> 1
    return crc


def telegram(identification: Identification, sets: Iterable[DataSet]) -> bytes:
    """A telegram with its check."""
    octets = bytes(identification) + b"\r\n" + lines(sets) + b"!"
    return octets + f"{crc16(octets):04X}\r\n".encode("ascii")


class TelegramReader(TextReader):
    """The first whole telegram.

    Without a check, a character that its parity gives away is all that can be noticed.
    """

    __slots__ = ()

    def _find(self, heard: bytearray) -> bytes | None:
        found = _ANNOUNCED.search(heard)
        end = -1 if found is None else heard.find(b"!", found.end())
        close = heard.find(b"\n", end) if end >= 0 else -1
        if found is None or close < 0:
            return None
        check = bytes(heard[end + 1 : close]).strip()
        if 0 in heard[found.start() : close]:
            raise damaged("the parity of the telegram is wrong: octets were damaged", bytes(heard))
        if check and not (_CHECK.fullmatch(check) and int(check, 16) == crc16(bytes(heard[found.start() : end + 1]))):
            raise damaged("the check of the telegram is wrong: octets were damaged", bytes(heard))
        return bytes(heard[found.end() : end])
