"""The words in which attributes are declared: ready kinds and builders.

    double_long_unsigned                      a ready kind, named as the standard names the type
    array_of(double_long_unsigned)            a builder

    @structure
    class ScalerUnit:
        scaler: int = field(integer)
        unit: Unit = field(enum_of(Unit))

    scaler_unit = structure_of(ScalerUnit)

Numbers are checked against the type's range when sent. What a kind loads is what the standard declares; only
date-times, dates and times are taken in both their forms, and a compact-array for an array.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import TypeVar, overload

from dlmskit.data.kind import AnyKind, Kind
from dlmskit.data.meanings import EnumOf, FlagsOf, LogicalName, MomentKind
from dlmskit.data.simple import Bcd, BitString, Boolean, Float, Integer, Null, OctetString, Text
from dlmskit.data.structures import Anything, ArrayOf, Choice, Optional, StructureOf, field, structure
from dlmskit.data.value import Tag, Value
from dlmskit.errors import UsageError
from dlmskit.obis import Obis
from dlmskit.times import CosemDate, CosemDateTime, CosemTime

__all__ = ["Kind", "field", "structure"]

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
E = TypeVar("E", bound=IntEnum)
F = TypeVar("F", bound=IntFlag)

null_data: Kind[None] = Null()
boolean: Kind[bool] = Boolean()
integer = Integer(Tag.INTEGER, -(2**7), 2**7 - 1)
long = Integer(Tag.LONG, -(2**15), 2**15 - 1)
double_long = Integer(Tag.DOUBLE_LONG, -(2**31), 2**31 - 1)
long64 = Integer(Tag.LONG64, -(2**63), 2**63 - 1)
unsigned = Integer(Tag.UNSIGNED, 0, 2**8 - 1)
long_unsigned = Integer(Tag.LONG_UNSIGNED, 0, 2**16 - 1)
double_long_unsigned = Integer(Tag.DOUBLE_LONG_UNSIGNED, 0, 2**32 - 1)
long64_unsigned = Integer(Tag.LONG64_UNSIGNED, 0, 2**64 - 1)
enum = Integer(Tag.ENUM, 0, 2**8 - 1)
float32: Kind[float] = Float(Tag.FLOAT32, ">f")
float64: Kind[float] = Float(Tag.FLOAT64, ">d")
bcd: Kind[int] = Bcd()
bit_string: Kind[str] = BitString()
octet_string: Kind[bytes] = OctetString()
# Meters put more than ASCII into visible-strings; Latin-1 gives every octet back as it came.
visible_string: Kind[str] = Text(Tag.VISIBLE_STRING, "latin-1")
utf8_string: Kind[str] = Text(Tag.UTF8_STRING, "utf-8")
logical_name: Kind[Obis] = LogicalName()
date_time: Kind[CosemDateTime] = MomentKind(CosemDateTime, Tag.DATE_TIME, Tag.OCTET_STRING)
date: Kind[CosemDate] = MomentKind(CosemDate, Tag.DATE, Tag.OCTET_STRING)
time: Kind[CosemTime] = MomentKind(CosemTime, Tag.TIME, Tag.OCTET_STRING)
tagged_date_time: Kind[CosemDateTime] = MomentKind(CosemDateTime, Tag.DATE_TIME, Tag.DATE_TIME)
anything: Kind[Value] = Anything()


def octet_string_of(size: int | range) -> Kind[bytes]:
    """An octet-string of `size` octets, or of any size in a range."""
    sizes = range(size, size + 1) if isinstance(size, int) else size
    if not sizes or sizes[0] < 0 or sizes.step != 1:
        raise UsageError(f"{size!r} gives no sizes")
    return OctetString(sizes)


def bit_string_of(bits: int) -> Kind[str]:
    """A bit-string of exactly `bits` bits."""
    return BitString(bits)


def enum_of(cls: type[E]) -> Kind[E]:
    """An enum; numbers that `cls` does not list are kept as `UNLISTED_<n>`."""
    return EnumOf(cls)


def flags_of(cls: type[F], bits: int) -> Kind[F]:
    """Flags in a bit-string of `bits` bits, the most significant flag first."""
    return FlagsOf(cls, BitString(bits))


def flags_in(carrier: Integer, cls: type[F]) -> Kind[F]:
    """Flags in a number: `flags_in(unsigned, ClockStatus)`."""
    return FlagsOf(cls, carrier)


def array_of(element: Kind[T]) -> Kind[tuple[T, ...]]:
    """An array, in Python a tuple."""
    return ArrayOf(element)


def structure_of(cls: type[T]) -> Kind[T]:
    """A structure, in Python the dataclass `cls` with fields declared by `field`."""
    return StructureOf(cls)


@overload
def choice(a: Kind[A], b: Kind[B], /) -> Kind[A | B]: ...
@overload
def choice(a: Kind[A], b: Kind[B], c: Kind[C], /) -> Kind[A | B | C]: ...
@overload
def choice(*kinds: AnyKind) -> Kind[object]: ...
def choice(*kinds: AnyKind) -> AnyKind:
    """Exactly one of several kinds; the first that takes the value is used."""
    return Choice(*kinds)


def optional(kind: Kind[T]) -> Kind[T | None]:
    """A value of `kind`, or null-data, in Python None."""
    return Optional(kind)
