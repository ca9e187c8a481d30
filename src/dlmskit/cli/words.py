"""Values in words, for people.

A value is what an attribute's kind has loaded, or a tagged one where nothing is known of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum, Flag
from typing import Any

from dlmskit.cli.text import printable
from dlmskit.cosem.access import ObjectListElement
from dlmskit.cosem.common import CaptureObject, ScalerUnit
from dlmskit.cosem.ics.access import ApplicationContextName, AuthenticationMechanismName
from dlmskit.data.compact import CompactArray
from dlmskit.data.value import Tag, Value
from dlmskit.obis import Obis
from dlmskit.times import CosemDate, CosemDateTime, CosemTime

MOMENTS = (CosemDateTime, CosemDate, CosemTime)
NESTED = (Tag.ARRAY, Tag.STRUCTURE, Tag.COMPACT_ARRAY)
_SHOWN_OF_AN_ARRAY = 16


def in_words(loaded: object) -> str:
    """A loaded value; of a long array only how long it is."""
    for cls, words in _WORDS.items():
        if isinstance(loaded, cls):
            return words(loaded)
    if is_dataclass(loaded):
        return ", ".join(f"{item.name} {_inside(getattr(loaded, item.name))}" for item in fields(loaded))
    return str(loaded)


def name_of(member: Enum) -> str:
    """The name of an enum's member in small letters; of flags all names."""
    if isinstance(member, Flag):
        return " | ".join((flag.name or str(flag.value)).lower() for flag in member) or "none"
    return (member.name or str(member.value)).lower()


def text_of(octets: bytes) -> str | None:
    """The text that octets are; None where they are none that can be printed."""
    text = octets.decode("ascii", "replace")
    return text if text and octets.isascii() and text.isprintable() else None


def _octets(octets: bytes) -> str:
    text = text_of(octets)
    if text is not None:
        return f'"{text}"'
    return octets.hex(" ") if octets else "empty"


def _items(items: tuple[object, ...]) -> str:
    if len(items) > _SHOWN_OF_AN_ARRAY:
        return f"{len(items)} entries"
    return "\n".join(map(in_words, items)) if items else "no entries"


def _capture(said: CaptureObject) -> str:
    if not said.class_id:
        return "none"
    element = f"[{said.data_index}]" if said.data_index else ""
    return f"{said.class_id}:{said.logical_name}/{said.attribute_index}{element}"


def _object_identifier(name: ApplicationContextName | AuthenticationMechanismName) -> str:
    return ".".join(str(getattr(name, item.name)) for item in fields(name))


def _tagged(value: Value) -> str:
    tag, payload = value.tag, value.value
    if isinstance(payload, CompactArray):
        return _items(tuple(payload.items))
    if tag == Tag.STRUCTURE:
        return ", ".join(map(_inside, payload))
    if tag in (Tag.VISIBLE_STRING, Tag.UTF8_STRING):
        return f'"{printable(payload.decode("utf-8", "replace"))}"'
    return str(CosemDateTime(payload)) if tag == Tag.DATE_TIME else in_words(payload)


def _inside(loaded: object) -> str:
    """A value within a structure, kept apart from its neighbours where it is itself nested."""
    text = in_words(loaded).replace("\n", "; ")
    is_nested = isinstance(loaded, tuple) or (isinstance(loaded, Value) and loaded.tag in NESTED)
    return f"({text})" if is_nested or ", " in text else text


# In this order: an Obis is bytes, a flag an enum, both are plain values too.
_WORDS: Mapping[type, Callable[[Any], str]] = {
    Value: _tagged,
    Obis: str,
    bytes: _octets,
    tuple: _items,
    Enum: lambda member: f"{name_of(member)} ({member.value})",
    str: printable,
    bool: lambda said: str(said).lower(),
    type(None): lambda _: "nothing",
    **dict.fromkeys(MOMENTS, str),
    ScalerUnit: lambda said: f"× 10^{said.scaler} {said.unit.symbol}".rstrip(),
    CaptureObject: _capture,
    ObjectListElement: lambda said: f"{said.class_id}:{said.logical_name}",
    ApplicationContextName: _object_identifier,
    AuthenticationMechanismName: _object_identifier,
}
