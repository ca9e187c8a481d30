"""The tagged A-XDR value and the tags of its types.

A payload is, by tag:
`None`               null-data, dont-care
`tuple[Value, ...]`  array, structure
`bool`               boolean
`int`                every integer type, enum, the delta types
`float`              float32, float64
`str` of 0 and 1     bit-string
`bytes`              octet-string, visible-string, utf8-string, bcd (1), date-time (12), date (5), time (4)
`CompactArray`       compact-array (see `dlmskit.data.compact`)
Source: IEC 62056-5-3, Data.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class Tag(IntEnum):
    """The type tags of `Data`."""

    NULL_DATA = 0
    ARRAY = 1
    STRUCTURE = 2
    BOOLEAN = 3
    BIT_STRING = 4
    DOUBLE_LONG = 5
    DOUBLE_LONG_UNSIGNED = 6
    OCTET_STRING = 9
    VISIBLE_STRING = 10
    UTF8_STRING = 12
    BCD = 13
    INTEGER = 15
    LONG = 16
    UNSIGNED = 17
    LONG_UNSIGNED = 18
    COMPACT_ARRAY = 19
    LONG64 = 20
    LONG64_UNSIGNED = 21
    ENUM = 22
    FLOAT32 = 23
    FLOAT64 = 24
    DATE_TIME = 25
    DATE = 26
    TIME = 27
    DELTA_INTEGER = 28
    DELTA_LONG = 29
    DELTA_DOUBLE_LONG = 30
    DELTA_UNSIGNED = 31
    DELTA_LONG_UNSIGNED = 32
    DELTA_DOUBLE_LONG_UNSIGNED = 33
    DONT_CARE = 255


def type_name(tag: int) -> str:
    """The standard's name of a type, e.g. `double-long-unsigned`."""
    try:
        return Tag(tag).name.lower().replace("_", "-")
    except ValueError:
        return f"type {tag}"


class Value:
    """One A-XDR value: its type tag and its payload. Immutable by convention, equal only with an equal tag."""

    __slots__ = ("tag", "value")
    __match_args__ = ("tag", "value")

    tag: int
    value: Any  # what it holds is said by the tag, see above

    def __init__(self, tag: int, value: Any = None) -> None:
        self.tag = tag
        self.value = value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Value):
            return NotImplemented
        return self.tag == other.tag and self.value == other.value

    def __hash__(self) -> int:
        return hash((self.tag, self.value))

    def __repr__(self) -> str:
        return f"Value({type_name(self.tag)}, {self.value!r})"


class BareValue(Value):
    """A Value whose maker sets both slots: what the decoder builds, because it is made in half the time.

    A `Value` in every other respect, so ask `isinstance`, never for the exact type.
    """

    __slots__ = ()
    __init__ = object.__init__


NULL = Value(Tag.NULL_DATA)
DONT_CARE = Value(Tag.DONT_CARE)
