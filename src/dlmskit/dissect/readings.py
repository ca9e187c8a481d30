"""What a push says about which object, where it says so itself.

    OBIS, value, OBIS, value ...                       with or without {scaler, unit} behind each value
    {OBIS, value, {scaler, unit}}, {OBIS, value} ...   in arrays and structures, however nested
    [{class, OBIS, attribute, ...} ...], value ...     the list of what is pushed, then the values

Lists of bare values say nothing here: what they mean depends on the meter, and belongs to a library of signatures.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, TypeAlias

from dlmskit.data import tagged
from dlmskit.data.primitives import INTEGER_RANGES
from dlmskit.data.value import Tag, Value
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime
from dlmskit.units import Unit, plain, scale

_CONTAINERS = frozenset((Tag.ARRAY, Tag.STRUCTURE))
_NUMBERS = frozenset((*INTEGER_RANGES, Tag.FLOAT32, Tag.FLOAT64))
_TEXTS = {Tag.OCTET_STRING: "ascii", Tag.VISIBLE_STRING: "ascii", Tag.UTF8_STRING: "utf-8"}
_MEDIA = frozenset(range(16))  # value group A; text never begins so
_SCALER_UNIT = 3  # attribute of register, extended register and demand register
_PUSH_SETUP = (0, 25, 9)  # value groups A, C and D

Json: TypeAlias = dict[str, object]
Plain: TypeAlias = Decimal | bool | str | CosemDateTime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one object.

    value         a number (scaled where a scaler came with it), text, time, else the tagged value as sent
    raw           the value as sent
    scaler, unit  None unless they came with the push
    class_id, attribute  None unless the push names them
    """

    object: Obis
    raw: Value
    scaler: int | None = None
    unit: Unit | None = None
    class_id: int | None = None
    attribute: int | None = None

    @property
    def value(self) -> Plain | Value:
        return _meaning(self.raw, self.scaler)

    def to_json(self) -> Json:
        found: Json = {"object": str(self.object), "value": _shown(self.value), "unit": None}
        if self.unit is not None:
            found |= {"unit": self.unit.symbol, "raw": self.raw.value, "scaler": self.scaler}
        for name in ("class_id", "attribute"):
            if getattr(self, name) is not None:
                found[name] = getattr(self, name)
        return found


class _Entry(NamedTuple):
    """One of the list of what is pushed."""

    class_id: int
    obis: Obis
    attribute: int


def readings(body: Value) -> tuple[Reading, ...]:
    """Every value that the body of a push names the object of."""
    return tuple(_of(body))


def _of(value: Value) -> Iterator[Reading]:
    if value.tag not in _CONTAINERS or _entry(value):
        return
    items: tuple[Value, ...] = value.value
    entries = _entries(items[0]) if items else None
    if entries and len(entries) - len(items) in (0, -1):
        yield from _listed(entries[len(entries) - len(items) + 1 :], items[1:])
    else:
        yield from _named(items)


def _listed(entries: list[_Entry], values: tuple[Value, ...]) -> Iterator[Reading]:
    """Values in the order of the list; a scaler_unit among them belongs to the value of the same object."""
    scales = {
        (entry.class_id, entry.obis): scaler_unit
        for entry, value in zip(entries, values, strict=True)
        if entry.attribute == _SCALER_UNIT and (scaler_unit := _scaler_unit(value))
    }
    for (class_id, obis, attribute), value in zip(entries, values, strict=True):
        scaler, unit = scales.get((class_id, obis), (None, None)) if value.tag in _NUMBERS else (None, None)
        yield Reading(obis, value, scaler, unit, class_id, attribute)


def _named(items: tuple[Value, ...]) -> Iterator[Reading]:
    """An OBIS code names the value behind it; what is neither is looked into."""
    at = 0
    while at < len(items):
        obis = _obis(items[at])
        if obis is None or not _has_value(items, at):
            yield from _of(items[at])
            at += 1
            continue
        value = items[at + 1]
        at += 2
        scaler, unit = None, None
        if value.tag in _NUMBERS and at < len(items) and (scaler_unit := _scaler_unit(items[at])):
            scaler, unit = scaler_unit
            at += 1
        yield Reading(obis, value, scaler, unit)


def _has_value(items: tuple[Value, ...], at: int) -> bool:
    """Whether a simple value follows.

    In a longer list, another OBIS code is the next name and no value, and that of a push setup names nothing: it is
    pushed itself, to say which push this is.
    """
    if at + 1 >= len(items) or items[at + 1].tag in _CONTAINERS:
        return False
    return len(items) == 2 or not (_obis(items[at + 1]) or _is_push_setup(items[at]))


def _obis(value: Value) -> Obis | None:
    octets = value.value
    if value.tag == Tag.OCTET_STRING and len(octets) == 6 and octets[0] in _MEDIA:
        return Obis(octets)
    return None


def _is_push_setup(value: Value) -> bool:
    obis = _obis(value)
    return obis is not None and (obis.a, obis.c, obis.d) == _PUSH_SETUP


def _entry(value: Value) -> _Entry | None:
    """A structure that begins with class, OBIS code and attribute."""
    if value.tag != Tag.STRUCTURE or [item.tag for item in value.value[:3]] != [18, 9, 15]:
        return None
    class_id, octets, attribute = (item.value for item in value.value[:3])
    return _Entry(class_id, Obis(octets), attribute) if len(octets) == 6 else None


def _entries(value: Value) -> list[_Entry] | None:
    if value.tag not in _CONTAINERS:
        return None
    entries = [_entry(item) for item in value.value]
    return [entry for entry in entries if entry] if all(entries) else None


def _scaler_unit(value: Value) -> tuple[int, Unit] | None:
    if value.tag != Tag.STRUCTURE or [item.tag for item in value.value] != [Tag.INTEGER, Tag.ENUM]:
        return None
    return value.value[0].value, Unit(value.value[1].value)


def _meaning(raw: Value, scaler: int | None) -> Plain | Value:
    tag, payload = raw.tag, raw.value
    if tag in _NUMBERS:
        return scale(payload, scaler or 0)
    if tag == Tag.ENUM:
        return Decimal(payload)
    if tag in (Tag.BOOLEAN, Tag.NULL_DATA, Tag.BIT_STRING):
        return payload  # type: ignore[no-any-return]
    if tag == Tag.DATE_TIME or (tag == Tag.OCTET_STRING and _is_date_time(payload)):
        return CosemDateTime(payload)
    if tag in _TEXTS:
        return _text(payload, _TEXTS[Tag(tag)])
    return raw


def _text(octets: bytes, encoding: str) -> str:
    """The text that the octets are, without the zeros that fill it up, else their hex digits."""
    text = octets.rstrip(b"\0").decode(encoding, "replace")
    return text if text.isprintable() and "\ufffd" not in text else octets.hex()


def _is_date_time(octets: bytes) -> bool:
    """Twelve octets that make a moment and no text."""
    if len(octets) != CosemDateTime.size:
        return False
    return not octets.isascii() and CosemDateTime(octets).local is not None


def _shown(value: Plain | Value) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, CosemDateTime):
        return value.isoformat()
    return tagged.to_json(value) if isinstance(value, Value) else value
