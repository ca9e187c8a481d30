"""Values as tagged JSON and back, losslessly.

    {"double-long-unsigned": 4027}    {"structure": [{"octet-string": "0100010800ff"}, {"null-data": null}]}

One member named as the standard names the type. Strings that are not ASCII carry their octets beside the text
(`{"visible-string": "caf?", "hex": "636166e9"}`), as do floats that are another NaN than the usual one, and the octets
win; a date-time may carry an `iso` member for the reader. The type of a compact-array is a type name, `{"structure": [types]}` or `{"array": {"count": 3, "of": type}}`.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any, TypeVar

from dlmskit.data.axdr import encode
from dlmskit.data.compact import CompactArray, TypeDescription
from dlmskit.data.limits import LIMITS
from dlmskit.data.value import Tag, Value, type_name
from dlmskit.errors import UsageError

T = TypeVar("T")

_HEX = frozenset((Tag.OCTET_STRING, Tag.BCD, Tag.DATE_TIME, Tag.DATE, Tag.TIME))
_TEXT = {Tag.VISIBLE_STRING: "ascii", Tag.UTF8_STRING: "utf-8"}
_FLOATS = {Tag.FLOAT32: ">f", Tag.FLOAT64: ">d"}
_NO_NUMBER = ("NaN", "Infinity", "-Infinity")
_TAGS = {type_name(tag): tag for tag in Tag}
_BESIDE: dict[Tag, str] = {**dict.fromkeys((*_TEXT, *_FLOATS), "hex"), Tag.DATE_TIME: "iso"}


def to_json(value: Value) -> dict[str, object]:
    """The tagged form of a value, made of what `json.dumps` takes."""
    tag, payload = value.tag, value.value
    name = type_name(tag)
    if tag == Tag.ARRAY or tag == Tag.STRUCTURE:
        return {name: [to_json(item) for item in payload]}
    if tag in _HEX:
        return {name: payload.hex()}
    if tag in _TEXT:
        text = payload.decode(_TEXT[Tag(tag)], "replace")
        return {name: text} if payload.isascii() else {name: text, "hex": payload.hex()}
    if tag in _FLOATS:
        octets = struct.pack(_FLOATS[Tag(tag)], payload)
        is_usual = not math.isnan(payload) or octets == struct.pack(_FLOATS[Tag(tag)], math.nan)
        number = _float_to_json(payload)
        return {name: number} if is_usual else {name: number, "hex": octets.hex()}
    if tag == Tag.COMPACT_ARRAY:
        return {name: {"type": _type_to_json(payload.type), "items": [to_json(item) for item in payload.items]}}
    if name not in _TAGS:
        raise UsageError(f"tag {tag} is no type of A-XDR")
    return {name: payload}


def _float_to_json(number: float) -> float | str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    return number


def _type_to_json(kind: TypeDescription) -> object:
    if kind.tag == Tag.ARRAY:
        return {"array": {"count": kind.count, "of": _type_to_json(kind.members[0])}}
    if kind.tag == Tag.STRUCTURE:
        return {"structure": [_type_to_json(member) for member in kind.members]}
    return type_name(kind.tag)


def from_json(tagged: object) -> Value:
    """The value of a tagged form; UsageError for what is none or out of range."""
    try:
        value = _read(tagged)
        encode(value)  # knows the range and size of every type
        if _depth(value) <= LIMITS.depth:
            return value
    except RecursionError:
        pass
    raise UsageError("nested too deeply")


def _depth(value: Value) -> int:
    """How many arrays and structures lie in each other at most."""
    inside = value.value.items if value.tag == Tag.COMPACT_ARRAY else value.value
    return 1 + max(map(_depth, inside), default=0) if isinstance(inside, tuple) else 0


def _read(tagged: object) -> Value:
    if not isinstance(tagged, dict):
        raise UsageError(f'{_brief(tagged)} is no tagged value; write it like {{"long": 60}}')
    names = [name for name in tagged if name in _TAGS]
    if len(names) != 1 or not tagged.keys() <= {names[0], _BESIDE.get(_TAGS[names[0]])}:
        raise UsageError(f"{_brief(tagged)} must have one member, named like a type, such as octet-string")
    name, tag = names[0], _TAGS[names[0]]
    content, read = tagged[name], _READERS.get(tag, _from_integer)
    if "hex" in tagged:
        content, read = tagged["hex"], _float_from_hex if tag in _FLOATS else _from_hex
    try:
        return Value(tag, read(tag, content))
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"{_brief(content)} is no {name}") from None


def _from_null(tag: Tag, content: Any) -> None:
    if content is not None:
        raise ValueError


def _from_list(tag: Tag, content: Any) -> tuple[Value, ...]:
    return tuple([_read(item) for item in _expect(list, content)])


def _from_boolean(tag: Tag, content: Any) -> bool:
    return _expect(bool, content)


def _from_integer(tag: Tag, content: Any) -> int:
    if isinstance(content, bool):
        raise TypeError
    return _expect(int, content)


def _from_bits(tag: Tag, content: Any) -> str:
    if not set(_expect(str, content)) <= {"0", "1"}:
        raise ValueError
    return _expect(str, content)


def _from_hex(tag: Tag, content: Any) -> bytes:
    return bytes.fromhex(content)


def _from_text(tag: Tag, content: Any) -> bytes:
    return _expect(str, content).encode(_TEXT[tag])


def _from_float(tag: Tag, content: Any) -> float:
    if isinstance(content, bool) or (isinstance(content, str) and content not in _NO_NUMBER):
        raise TypeError
    number: float = struct.unpack(_FLOATS[tag], struct.pack(_FLOATS[tag], float(content)))[0]
    return number


def _float_from_hex(tag: Tag, content: Any) -> float:
    octets = bytes.fromhex(content)
    if len(octets) != struct.calcsize(_FLOATS[tag]):
        raise ValueError
    number: float = struct.unpack(_FLOATS[tag], octets)[0]
    return number


def _from_compact(tag: Tag, content: Any) -> CompactArray:
    return CompactArray(_read_type(content["type"]), _from_list(Tag.ARRAY, content["items"]))


def _read_type(content: Any) -> TypeDescription:
    if isinstance(content, str):
        return TypeDescription(_TAGS[content])
    ((name, inner),) = content.items()
    if name == "structure":
        return TypeDescription(Tag.STRUCTURE, tuple([_read_type(member) for member in _expect(list, inner)]))
    if name == "array":
        count = _from_integer(Tag.LONG_UNSIGNED, inner["count"])
        return TypeDescription(Tag.ARRAY, (_read_type(inner["of"]),), count)
    raise ValueError


def _expect(cls: type[T], content: object) -> T:
    if not isinstance(content, cls):
        raise TypeError
    return content


def _brief(content: object) -> str:
    text = repr(content)
    return text if len(text) <= 40 else text[:37] + "..."


_READERS: dict[Tag, Callable[[Tag, Any], object]] = {
    Tag.NULL_DATA: _from_null,
    Tag.DONT_CARE: _from_null,
    Tag.ARRAY: _from_list,
    Tag.STRUCTURE: _from_list,
    Tag.BOOLEAN: _from_boolean,
    Tag.BIT_STRING: _from_bits,
    Tag.COMPACT_ARRAY: _from_compact,
    **dict.fromkeys(_HEX, _from_hex),
    **dict.fromkeys(_TEXT, _from_text),
    **dict.fromkeys(_FLOATS, _from_float),
}
