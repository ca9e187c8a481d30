"""The data readout of an optical port: text between STX and ETX, checked, to readings.

    STX | 1.8.0(000123.456*kWh) CR LF … ! CR LF | ETX | block check      the check: exclusive or of all behind STX

Source: IEC 62056-21, clauses 5.8 and 6.4.2, annex A; short OBIS codes as IEC 62056-61 lets them stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import xor
from types import MappingProxyType
from typing import Final

from dlmskit.errors import LimitExceeded, RemoteProtocolError
from dlmskit.link.mode_e import STX, without_parity
from dlmskit.obis import Obis

_ETX: Final = 0x03
#: A readout is a few kilobytes; a meter that never ends is told so.
MOST_READOUT: Final = 1 << 16

_LETTERS: Mapping[str, int] = MappingProxyType({"C": 96, "F": 97, "L": 98, "P": 99})
_CODE = re.compile(r"(?:(\d{1,3})-(\d{1,3}):)?(\d{1,3}|[CFLP])\.(\d{1,3}|[CFLP])(?:\.(\d{1,3}))?(?:[*&](\d{1,3}))?")
_SET = re.compile(r"([^()/!\r\n]{0,32})\(([^()\r\n]{0,128})\)")


@dataclass(frozen=True, slots=True)
class DataSet:
    """One value of a readout.

    code   as the meter writes it; a value that has none belongs to the code before it
    value  digits or text as they stand there
    unit   as it stands there; empty without one
    """

    code: str
    value: str
    unit: str

    @property
    def obis(self) -> Obis | None:
        """The code as an OBIS code, in electricity where it does not say; None where it is none."""
        found = _CODE.fullmatch(self.code)
        if found is None:
            return None
        a, b, c, d, e, f = found.groups()
        groups = [int(a or 1), int(b or 0), _group(c), _group(d), int(e or 0), int(f or 255)]
        return Obis(bytes(groups)) if max(groups) <= 0xFF else None


def _group(text: str) -> int:
    return _LETTERS[text] if text in _LETTERS else int(text)


def block_check(data: bytes) -> int:
    """The block check of what stands behind STX, ETX included."""
    return reduce(xor, data, 0)


class ReadoutReader:
    """A readout out of octets, however cut; `text` is there once it came whole and its check agrees."""

    __slots__ = ("_heard", "text")

    def __init__(self) -> None:
        self._heard = bytearray()
        self.text: str | None = None

    def receive(self, data: bytes) -> None:
        """Take octets, with or without parity. Raises RemoteProtocolError for damage, LimitExceeded without an end."""
        self._heard += without_parity(data)
        heard = self._heard
        start = heard.find(STX)
        end = heard.find(_ETX, start)
        if len(heard) > MOST_READOUT:
            raise LimitExceeded(f"a readout of more than {MOST_READOUT} octets")
        if start < 0 or end < 0 or end + 1 >= len(heard):
            return
        block = bytes(heard[start + 1 : end + 1])
        if block_check(block) != heard[end + 1]:
            raise RemoteProtocolError(
                "the block check of the readout is wrong: octets were damaged",
                data=block,
                hints=("read again", "a probe that sits well, and a slower baud, damage less"),
            )
        self.text = block[:-1].decode("ascii", "replace")


def data_sets(text: str) -> Iterator[DataSet]:
    """The values of a readout in order; what is none of them is passed over."""
    code = ""
    for found in _SET.finditer(text):
        code = found[1].strip() or code
        value, _, unit = found[2].partition("*")
        yield DataSet(code, value, unit)
