"""The data readout of an optical port: lines of text, to readings and back.

    modes A to C   STX | 1.8.0(000123.456*kWh) CR LF … ! CR LF | ETX | block check    exclusive or of all behind STX
    mode D         identification | CR LF | the same lines, ! CR LF                   no check

Source: IEC 62056-21, clauses 5.8 and 6.4, annex A; short OBIS codes as IEC 62056-61 lets them stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import xor
from types import MappingProxyType
from typing import Final

from dlmskit.errors import LimitExceeded, RemoteProtocolError
from dlmskit.link.mode_e import STX, Identification, without_parity
from dlmskit.obis import Obis

_ETX: Final = 0x03
#: A readout is a few kilobytes; a meter that never ends is told so.
MOST_READOUT: Final = 1 << 16
_END: Final = "!\r\n"
#: What precedes an unchecked readout; a unit such as kW/min does not look like it.
_ANNOUNCED = re.compile(rb"/[A-Za-z]{3}[^/!()\r\n]{1,64}\r\n")

_LETTERS: Mapping[str, int] = MappingProxyType({"C": 96, "F": 97, "L": 98, "P": 99})
_CODE = re.compile(r"(?:(\d{1,3})-(\d{1,3}):)?(\d{1,3}|[CFLP])\.(\d{1,3}|[CFLP])(?:\.(\d{1,3}))?(?:[*&](\d{1,3}))?")
_SET = re.compile(r"([^()/!\r\n]{0,32})\(([^()\r\n]{0,128})\)")
_LINE = re.compile(rf"(?:{_SET.pattern})+")
_NUMBER = re.compile(r"[-+]?\d{1,32}(?:\.\d{1,32})?")
#: A season may precede the digits, or follow them as a letter.
_STAMP = re.compile(r"[0-3]?(\d{10}|\d{12})[SW]?")
#: Groups C, D, E of what is a time stamp itself: the last billing period's.
_RESET_AT: Final = (0, 1, 2)


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
        is_stamp = obis is not None and (obis.c == _LETTERS["P"] or (obis.c, obis.d, obis.e) == _RESET_AT)
        return (_stamp(self.text) if is_stamp else None) or self.text

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
    behind = _lines(sets) + bytes((_ETX,))
    return bytes((STX,)) + behind + bytes((block_check(behind),))


def unasked(identification: Identification, sets: Iterable[DataSet]) -> bytes:
    """A readout with what precedes it, as mode D sends it."""
    return bytes(identification) + b"\r\n" + _lines(sets)


def _lines(sets: Iterable[DataSet]) -> bytes:
    return ("".join(f"{one}\r\n" for one in sets) + _END).encode("ascii", "replace")


class ReadoutReader:
    """A readout out of octets, however cut; `text` is there once it came whole and its check, if any, agrees.

    is_checked  it stands between STX and a block check; one of mode D is found by its identification
    """

    __slots__ = ("_heard", "_is_checked", "text")

    def __init__(self, *, is_checked: bool = True) -> None:
        self._heard = bytearray()
        self._is_checked = is_checked
        self.text: str | None = None

    def receive(self, data: bytes) -> None:
        """Take octets, with or without parity. Raises RemoteProtocolError for damage, LimitExceeded without an end."""
        self._heard += without_parity(data)
        if len(self._heard) > MOST_READOUT:
            raise LimitExceeded(f"a readout of more than {MOST_READOUT} octets")
        text = self._checked() if self._is_checked else self._unchecked()
        if text is not None:
            self.text = text.decode("ascii", "replace")

    def _checked(self) -> bytes | None:
        heard = self._heard
        start = heard.find(STX)
        end = heard.find(_ETX, start)
        if start < 0 or end < 0 or end + 1 >= len(heard):
            return None
        block = bytes(heard[start + 1 : end + 1])
        if block_check(block) != heard[end + 1]:
            raise _damaged("the block check of the readout is wrong: octets were damaged", block)
        return block[:-1]

    def _unchecked(self) -> bytes | None:
        """Without a check, a character that its parity gives away is all that can be noticed."""
        heard = self._heard
        found = _ANNOUNCED.search(heard)
        end = -1 if found is None else heard.find(b"!", found.end())
        if found is None or end < 0 or heard.find(b"\n", end) < 0:
            return None
        block = bytes(heard[found.end() : end]).strip(b"\r\n")
        if 0 in block:
            raise _damaged("the parity of the readout is wrong: octets were damaged", block)
        return block


def _damaged(what: str, data: bytes) -> RemoteProtocolError:
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
