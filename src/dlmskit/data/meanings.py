"""Kinds that give a simple type a meaning: names, moments, enums, flags."""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import TypeVar, cast

from dlmskit.data.kind import Kind, parse_integer
from dlmskit.data.simple import BitString, Integer
from dlmskit.data.value import Tag, Value, type_name
from dlmskit.errors import UsageError
from dlmskit.obis import Obis
from dlmskit.times import CosemDate, CosemDateTime, CosemTime

E = TypeVar("E", bound=IntEnum)
F = TypeVar("F", bound=IntFlag)
Moment = TypeVar("Moment", bound=CosemDateTime | CosemDate | CosemTime)


class LogicalName(Kind[Obis]):
    """An OBIS code in an octet-string of 6."""

    name = "octet-string"
    tags = (Tag.OCTET_STRING,)

    def load(self, value: Value) -> Obis:
        if value.tag != Tag.OCTET_STRING or len(value.value) != 6:
            raise self._misfit(value)
        return Obis(value.value)

    def dump(self, value: Obis) -> Value:
        if not isinstance(value, Obis):
            raise self._unfit(value)
        return Value(Tag.OCTET_STRING, bytes(value))

    def describe(self) -> str:
        return "octet-string[6] logical-name"

    def _parse(self, text: str) -> Obis:
        return Obis.parse(text)


class MomentKind(Kind[Moment]):
    """A COSEM date-time, date or time, in its own type or in an octet-string.

    Meters send either, whatever was declared; `tag` is what is sent: OCTET_STRING or the type's own.
    """

    def __init__(self, cls: type[Moment], own_tag: Tag, tag: Tag) -> None:
        self.cls, self.tag, self._meaning = cls, tag, type_name(own_tag)
        self.name, self.tags = type_name(tag), (own_tag, Tag.OCTET_STRING)

    def load(self, value: Value) -> Moment:
        if value.tag not in self.tags or len(value.value) != self.cls.size:
            raise self._misfit(value)
        return self.cls(value.value)

    def dump(self, value: Moment) -> Value:
        if not isinstance(value, self.cls):
            raise self._unfit(value)
        return Value(self.tag, value.raw)

    def describe(self) -> str:
        own = self.tag != Tag.OCTET_STRING
        return self._meaning if own else f"octet-string[{self.cls.size}] {self._meaning}"

    def _parse(self, text: str) -> Moment:
        return cast(Moment, self.cls.parse(text))


class EnumOf(Kind[E]):
    """An enum that keeps unknown numbers.

    What `cls` does not list becomes a member called `UNLISTED_<n>`, equal to its number.
    """

    name = "enum"
    tags = (Tag.ENUM,)

    def __init__(self, cls: type[E]) -> None:
        self.cls = cls

    def load(self, value: Value) -> E:
        if value.tag != Tag.ENUM:
            raise self._misfit(value)
        return self.member(value.value)

    def member(self, number: int) -> E:
        try:
            return self.cls(number)
        except ValueError:
            unlisted = int.__new__(self.cls, number)
            unlisted._name_, unlisted._value_ = f"UNLISTED_{number}", number
            return unlisted

    def dump(self, value: E) -> Value:
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 255:
            raise self._unfit(value)
        return Value(Tag.ENUM, int(value))

    def describe(self) -> str:
        return f"enum {self.cls.__name__}"

    def _parse(self, text: str) -> E:
        name = text.strip().upper().replace("-", "_")
        if name in self.cls.__members__:
            return self.cls[name]
        try:
            number = parse_integer(text)
        except UsageError:
            known = ", ".join(name.lower() for name in self.cls.__members__)
            raise UsageError(f"{text!r} is none of {known}") from None
        self.dump(cast(E, number))
        return self.member(number)


class FlagsOf(Kind[F]):
    """Flags carried by an integer, or by a bit-string, most significant first."""

    def __init__(self, cls: type[F], carrier: Integer | BitString) -> None:
        self.cls, self.carrier = cls, carrier
        self.name, self.tags = carrier.name, carrier.tags

    def load(self, value: Value) -> F:
        carried = self.carrier.load(value)
        return self.cls(int(carried or "0", 2) if isinstance(carried, str) else carried)

    def dump(self, value: F) -> Value:
        if not isinstance(value, int):
            raise self._unfit(value)
        if isinstance(self.carrier, Integer):
            return self.carrier.dump(int(value))
        return self.carrier.dump(f"{int(value):0{self.carrier.bits}b}")

    def describe(self) -> str:
        return f"{self.carrier.describe()} {self.cls.__name__}"

    def _parse(self, text: str) -> F:
        """A number, or names with `|` between them."""
        flags = self.cls(0)
        for part in text.split("|"):
            name = part.strip().upper().replace("-", "_")
            flags |= self.cls[name] if name in self.cls.__members__ else self.cls(parse_integer(part))
        self.dump(flags)
        return flags
