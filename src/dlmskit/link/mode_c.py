"""The data readout of an optical port, modes A to C: lines of text, to readings and back.

    STX | 1.8.0(000123.456*kWh) CR LF … ! CR LF | ETX | block check      the check: exclusive or of all behind STX

Source: IEC 62056-21, clauses 5.8 and 6.4, annex A; short OBIS codes as IEC 62056-61 lets them stand.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import xor
from types import MappingProxyType
from typing import Final

from dlmskit.errors import LimitExceeded, RemoteProtocolError
from dlmskit.link.mode_e import STX, without_parity
from dlmskit.obis import Obis
from dlmskit.units import Quantity, Unit

_ETX: Final = 0x03
#: A readout is a few kilobytes; a meter that never ends is told so.
MOST_READOUT: Final = 1 << 16
_END: Final = b"!\r\n"

_LETTERS: Mapping[str, int] = MappingProxyType({"C": 96, "F": 97, "L": 98, "P": 99})
_CODE = re.compile(r"(?:(\d{1,3})-(\d{1,3}):)?(\d{1,3}|[CFLP])\.(\d{1,3}|[CFLP])(?:\.(\d{1,3}))?(?:[*&](\d{1,3}))?")
_SET = re.compile(r"([^()/!\r\n]{0,32})\(([^()\r\n]{0,128})\)")
_LINE = re.compile(rf"(?:{_SET.pattern})+")
_NUMBER = re.compile(r"[-+]?\d{1,32}(?:\.\d{1,32})?")
#: A season may precede the digits, or follow them as a letter.
_STAMP = re.compile(r"[0-3]?(\d{10}|\d{12})[SW]?")
#: Groups C, D, E of what is a time stamp itself: the last billing period's; and a whole code, the clock of a P1 port.
_RESET_AT, _CLOCK = (0, 1, 2), Obis.parse("0.0.1.0.0.255")

_PREFIXES: Final = {"": 0, "k": 3, "M": 6, "G": 9}
_PLAIN: Final = {
    "h": Unit.HOUR,
    "min": Unit.MINUTE,
    "s": Unit.SECOND,
    "m3": Unit.M3,
    "m3/h": Unit.M3_PER_H,
    "l": Unit.LITRE,
}
_PREFIXED: Final = {
    one.symbol: one
    for one in (
        Unit.W,
        Unit.VA,
        Unit.VAR,
        Unit.WH,
        Unit.VAH,
        Unit.VARH,
        Unit.A,
        Unit.V,
        Unit.HZ,
        Unit.JOULE,
        Unit.PA,
        Unit.BAR,
        Unit.KELVIN,
    )
}
UNITS: Mapping[str, tuple[Unit, int]] = MappingProxyType(
    {
        **{text: (unit, 0) for text, unit in _PLAIN.items()},
        **{prefix + text: (unit, power) for text, unit in _PREFIXED.items() for prefix, power in _PREFIXES.items()},
    }
)
"""How units are written in a readout, with the power of ten before them."""

_TEXTS: Final = {unit: text for text, (unit, power) in UNITS.items() if power == 0}


@dataclass(frozen=True, slots=True)
class DataSet:
    """One value of a readout.

    code  as the meter writes it; a value that has none belongs to the code before it. A line that is no value stands
          in `text` as it came, with an empty code
    text  what stands in the brackets, without its unit
    unit  as it stands there; empty without one
    time  the time stamp in the brackets behind the value, by the meter's clock; seconds 0 where it tells none
    """

    code: str
    text: str
    unit: str = ""
    time: datetime | None = None

    @property
    def obis(self) -> Obis | None:
        """The code as an OBIS code, in electricity where it does not say; None where it is none.

        Group F numbers the billing period of a historical value, whether the meter (`*`) or a hand (`&`) ended it.
        """
        found = _CODE.fullmatch(self.code)
        if found is None:
            return None
        a, b, c, d, e, f = found.groups()
        groups = [int(a or 1), int(b or 0), _group(c), _group(d), int(e or 0), int(f or 255)]
        return Obis(bytes(groups)) if max(groups) <= 0xFF else None

    @property
    def value(self) -> Decimal | datetime | str:
        """The number of what is measured, exactly; the time of a time stamp; else the text, as of a serial number."""
        obis = self.obis
        is_measured = bool(self.unit) or (obis is not None and 0 < obis.c < _LETTERS["C"])
        if is_measured and _NUMBER.fullmatch(self.text):
            return Decimal(self.text)
        is_stamp = obis is not None and (
            obis.c == _LETTERS["P"] or (obis.c, obis.d, obis.e) == _RESET_AT or obis == _CLOCK
        )
        return (_stamp(self.text) if is_stamp else None) or self.text

    @property
    def quantity(self) -> Quantity | None:
        """The number in the unit itself, 1.5 kWh as 1500 Wh; None where either is not known."""
        number, known = self.value, UNITS.get(self.unit)
        if known is None or not isinstance(number, Decimal):
            return None
        unit, power = known
        return Quantity(number.scaleb(power) if power else number, unit)

    def __str__(self) -> str:
        unit = f"*{self.unit}" if self.unit else ""
        time = f"({self.time:%y%m%d%H%M%S})" if self.time is not None else ""
        return f"{self.code}({self.text}{unit}){time}"


def _group(text: str) -> int:
    return _LETTERS[text] if text in _LETTERS else int(text)


def _stamp(text: str) -> datetime | None:
    found = _STAMP.fullmatch(text)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1].ljust(12, "0"), "%y%m%d%H%M%S")
    except ValueError:
        return None


def block_check(data: bytes) -> int:
    """The block check of what stands behind STX, ETX included."""
    return reduce(xor, data, 0)


def readout(sets: Iterable[DataSet]) -> bytes:
    """A readout with its block check, as modes A to C send it."""
    behind = lines(sets) + _END + bytes((_ETX,))
    return bytes((STX,)) + behind + bytes((block_check(behind),))


def lines(sets: Iterable[DataSet]) -> bytes:
    """The lines of a readout, a value in each."""
    return "".join(f"{one}\r\n" for one in sets).encode("ascii", "replace")


class TextReader(ABC):
    """What a meter shows, out of octets, however cut; `text` is there once it came whole and its check agrees."""

    __slots__ = ("_heard", "text")

    def __init__(self) -> None:
        self._heard = bytearray()
        self.text: str | None = None

    def receive(self, data: bytes) -> None:
        """Take octets, with or without parity. Raises RemoteProtocolError for damage, LimitExceeded without an end."""
        self._heard += without_parity(data)
        if len(self._heard) > MOST_READOUT:
            raise LimitExceeded(f"a readout of more than {MOST_READOUT} octets")
        found = self._find(self._heard)
        if found is not None:
            self.text = found.decode("ascii", "replace")

    @abstractmethod
    def _find(self, heard: bytearray) -> bytes | None:
        """The text in what was heard, None while it is not whole. Raises RemoteProtocolError for damage."""


class ReadoutReader(TextReader):
    """A readout between STX and its block check."""

    __slots__ = ()

    def _find(self, heard: bytearray) -> bytes | None:
        start = heard.find(STX)
        end = heard.find(_ETX, start)
        if start < 0 or end < 0 or end + 1 >= len(heard):
            return None
        block = bytes(heard[start + 1 : end + 1])
        if block_check(block) != heard[end + 1]:
            raise damaged("the block check of the readout is wrong: octets were damaged", block)
        return block[:-1]


def damaged(what: str, data: bytes) -> RemoteProtocolError:
    """The error of a readout that did not come as it was sent, with what helps."""
    hints = ("read again", "a probe that sits well, and a slower baud, damage less")
    return RemoteProtocolError(what, data=data, hints=hints)


def data_sets(text: str) -> Iterator[DataSet]:
    """The values of a readout in order; a line that holds none comes as it is."""
    last: DataSet | None = None
    for one, has_code in _each(text):
        stamp = None if has_code or one.unit or last is None or last.time is not None else _stamp(one.text)
        if last is not None and stamp is not None and isinstance(last.value, Decimal):
            last = replace(last, time=stamp)
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _each(text: str) -> Iterator[tuple[DataSet, bool]]:
    """What each pair of brackets holds, and whether it has a code of its own."""
    code = ""
    for line in map(str.strip, re.split(r"[\r\n]+", text)):
        if line in ("", "!"):
            continue
        if not _LINE.fullmatch(line):
            yield DataSet("", line), True
            continue
        for found in _SET.finditer(line):
            own = found[1].strip()
            code = own or code
            value, _, unit = found[2].partition("*")
            yield DataSet(code, value, unit), bool(own)


def unit_text(unit: Unit) -> str:
    """How a unit is written in a readout; empty where it has no such text."""
    return _TEXTS.get(unit, "")
