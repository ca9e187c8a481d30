"""What an option may be: its range in words, and text to value and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from dlmskit.data.conformance import Conformance
from dlmskit.errors import UsageError

_INTEGER = re.compile(r"0[xX][0-9A-Fa-f]{1,8}|[0-9]{1,10}")
_ALL_BITS = 0xFFFFFF
_NUMBER = re.compile(r"[0-9]{1,10}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,2})?")


class Domain(Protocol):
    """A set of values. `parse` and `check` raise UsageError with the reason alone."""

    @property
    def words(self) -> str:
        """What is allowed, for help and errors."""

    def parse(self, text: str) -> object:
        """The value a query member spells."""

    def check(self, value: object) -> object:
        """The value given as a keyword argument, in its plain type."""

    def format(self, value: object) -> str:
        """Text that `parse` reads back."""


@dataclass(frozen=True, slots=True)
class Integer:
    """Whole numbers from `low` to `high`, decimal or 0x hexadecimal."""

    low: int
    high: int

    @property
    def words(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def parse(self, text: str) -> int:
        if not _INTEGER.fullmatch(text):
            raise UsageError(self.words)
        return self.check(int(text, 16 if text[:2] in ("0x", "0X") else 10))

    def check(self, value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise UsageError(self.words)
        return int(value)

    def format(self, value: object) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Seconds:
    """A time from `low` to `high` seconds."""

    low: float
    high: float

    @property
    def words(self) -> str:
        return f"seconds from {self.low:g} to {self.high:g}"

    def parse(self, text: str) -> float:
        if not _NUMBER.fullmatch(text):
            raise UsageError(self.words)
        return self.check(float(text))

    def check(self, value: object) -> float:
        if not isinstance(value, int | float) or isinstance(value, bool) or not self.low <= value <= self.high:
            raise UsageError(self.words)
        return float(value)

    def format(self, value: object) -> str:
        return repr(value).removesuffix(".0")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a few values."""

    values: tuple[str | int, ...]

    @property
    def words(self) -> str:
        return "one of " + ", ".join(map(str, self.values))

    def parse(self, text: str) -> str | int:
        for value in self.values:
            if str(value) == text.lower():
                return value
        raise UsageError(self.words)

    def check(self, value: object) -> str | int:
        for allowed in self.values:
            if value == allowed and type(value) is type(allowed):
                return allowed
        raise UsageError(self.words)

    def format(self, value: object) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Text:
    """Printable text of 1 to `longest` characters."""

    longest: int

    @property
    def words(self) -> str:
        return f"text of 1 to {self.longest} printable characters"

    def parse(self, text: str) -> str:
        return self.check(text)

    def check(self, value: object) -> str:
        if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value) <= self.longest:
            raise UsageError(self.words)
        return value

    def format(self, value: object) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Octets:
    """1 to `longest` octets, in hex."""

    longest: int

    @property
    def words(self) -> str:
        return f"1 to {self.longest} octets in hex"

    def parse(self, text: str) -> bytes:
        try:
            return self.check(bytes.fromhex(text))
        except ValueError:  # UsageError is one too
            raise UsageError(self.words) from None

    def check(self, value: object) -> bytes:
        if not isinstance(value, bytes) or not 1 <= len(value) <= self.longest:
            raise UsageError(self.words)
        return value

    def format(self, value: object) -> str:
        return bytes(value).hex() if isinstance(value, bytes) else ""


@dataclass(frozen=True, slots=True)
class ConformanceBits:
    """A conformance block: names joined by commas, or the 24 bits as a number."""

    @property
    def words(self) -> str:
        return "services joined by commas (get,set,selective-access) or the 24 bits as 0x…"

    def parse(self, text: str) -> Conformance:
        if _INTEGER.fullmatch(text):
            return self.check(Integer(0, _ALL_BITS).parse(text))
        bits = Conformance(0)
        for name in text.split(","):
            bit = Conformance.__members__.get(name.strip().upper().replace("-", "_"))
            if bit is None:
                raise UsageError(self.words)
            bits |= bit
        return bits

    def check(self, value: object) -> Conformance:
        return Conformance(Integer(0, _ALL_BITS).check(value))

    def format(self, value: object) -> str:
        return f"0x{value:06X}" if isinstance(value, int) else ""
