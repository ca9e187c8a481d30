"""Kinds of the simple types: numbers, strings, booleans, bits, nothing."""

from __future__ import annotations

import struct
from typing import ClassVar, cast

from dlmskit.data.kind import Kind, parse_integer, unquote
from dlmskit.data.value import Tag, Value, type_name
from dlmskit.errors import RemoteProtocolError, UsageError


class Null(Kind[None]):
    """Nothing: null-data."""

    name = "null-data"
    tags = (Tag.NULL_DATA,)

    def load(self, value: Value) -> None:
        if value.tag != Tag.NULL_DATA:
            raise self._misfit(value)

    def dump(self, value: None) -> Value:
        if value is not None:
            raise self._unfit(value)
        return Value(Tag.NULL_DATA)

    def _parse(self, text: str) -> None:
        if text not in ("", "null"):
            raise self._unfit(text)


class Boolean(Kind[bool]):
    """true or false."""

    name = "boolean"
    tags = (Tag.BOOLEAN,)
    _words: ClassVar = {"true": True, "false": False, "1": True, "0": False, "on": True, "off": False}

    def load(self, value: Value) -> bool:
        if value.tag != Tag.BOOLEAN:
            raise self._misfit(value)
        return bool(value.value)

    def dump(self, value: bool) -> Value:
        if not isinstance(value, bool):
            raise self._unfit(value)
        return Value(Tag.BOOLEAN, value)

    def _parse(self, text: str) -> bool:
        word = self._words.get(text.strip().lower())
        if word is None:
            raise UsageError(f"{text!r} is neither true nor false")
        return word


class Integer(Kind[int]):
    """A whole number from `low` to `high`: every integer type and a bare enum."""

    def __init__(self, tag: Tag, low: int, high: int) -> None:
        self.name, self.tags = type_name(tag), (tag,)
        self.tag, self.low, self.high = tag, low, high

    def load(self, value: Value) -> int:
        if value.tag != self.tag:
            raise self._misfit(value)
        return cast(int, value.value)

    def dump(self, value: int) -> Value:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self._unfit(value)
        if not self.low <= value <= self.high:
            raise UsageError(f"{value} is outside {self.name}, {self.low} to {self.high}")
        return Value(self.tag, int(value))

    def _parse(self, text: str) -> int:
        number = parse_integer(text)
        self.dump(number)
        return number


class Float(Kind[float]):
    """float32 or float64."""

    def __init__(self, tag: Tag, layout: str) -> None:
        self.name, self.tags = type_name(tag), (tag,)
        self.tag, self._layout = tag, struct.Struct(layout)

    def load(self, value: Value) -> float:
        if value.tag != self.tag:
            raise self._misfit(value)
        return cast(float, value.value)

    def dump(self, value: float) -> Value:
        try:
            return Value(self.tag, self._layout.unpack(self._layout.pack(value))[0])
        except (struct.error, OverflowError):
            raise self._unfit(value) from None

    def _parse(self, text: str) -> float:
        try:
            return cast(float, self.dump(float(text)).value)
        except ValueError:
            raise self._unfit(text) from None


class Bcd(Kind[int]):
    """Two decimal digits in one octet."""

    name = "bcd"
    tags = (Tag.BCD,)

    def load(self, value: Value) -> int:
        if value.tag != Tag.BCD or not value.value.hex().isdecimal():
            raise self._misfit(value)
        return int(value.value.hex())

    def dump(self, value: int) -> Value:
        if not isinstance(value, int) or not 0 <= value <= 99:
            raise self._unfit(value)
        return Value(Tag.BCD, bytes((value // 10 * 16 + value % 10,)))

    def _parse(self, text: str) -> int:
        number = parse_integer(text)
        self.dump(number)
        return number


class BitString(Kind[str]):
    """Bits as a text of 0 and 1, the first bit first; `bits` of them, or any number."""

    name = "bit-string"
    tags = (Tag.BIT_STRING,)

    def __init__(self, bits: int | None = None) -> None:
        self.bits = bits

    def load(self, value: Value) -> str:
        if value.tag != Tag.BIT_STRING or self.bits not in (None, len(value.value)):
            raise self._misfit(value)
        return cast(str, value.value)

    def dump(self, value: str) -> Value:
        if not isinstance(value, str) or not set(value) <= {"0", "1"} or self.bits not in (None, len(value)):
            raise self._unfit(value)
        return Value(Tag.BIT_STRING, value)

    def describe(self) -> str:
        return self.name if self.bits is None else f"{self.name}[{self.bits}]"

    def _parse(self, text: str) -> str:
        return cast(str, self.dump(text.strip()).value)


class OctetString(Kind[bytes]):
    """Octets; `sizes` are the lengths allowed, all where it is None."""

    name = "octet-string"
    tags = (Tag.OCTET_STRING,)

    def __init__(self, sizes: range | None = None) -> None:
        self.sizes = sizes

    def load(self, value: Value) -> bytes:
        if value.tag != Tag.OCTET_STRING or (self.sizes is not None and len(value.value) not in self.sizes):
            raise self._misfit(value)
        return cast(bytes, value.value)

    def dump(self, value: bytes) -> Value:
        if not isinstance(value, (bytes, bytearray)) or (self.sizes is not None and len(value) not in self.sizes):
            raise self._unfit(value)
        return Value(Tag.OCTET_STRING, bytes(value))

    def describe(self) -> str:
        if self.sizes is None:
            return self.name
        low, high = self.sizes[0], self.sizes[-1]
        return f"{self.name}[{low}]" if low == high else f"{self.name}[{low}..{high}]"

    def _parse(self, text: str) -> bytes:
        text = text.strip()
        try:
            octets = bytes.fromhex(text[2:]) if text[:2].lower() == "0x" else unquote(text).encode()
        except ValueError:
            raise UsageError(f'{text!r} is no {self.name}; write it like 0x0102 or "text"') from None
        self.dump(octets)
        return octets


class Text(Kind[str]):
    """visible-string or utf8-string as `str`, losslessly by `encoding`."""

    def __init__(self, tag: Tag, encoding: str) -> None:
        self.name, self.tags = type_name(tag), (tag,)
        self.tag, self.encoding = tag, encoding

    def load(self, value: Value) -> str:
        if value.tag != self.tag:
            raise self._misfit(value)
        try:
            return cast(bytes, value.value).decode(self.encoding)
        except UnicodeDecodeError as error:
            raise RemoteProtocolError(f"not {self.encoding}", data=value.value, offset=error.start) from None

    def dump(self, value: str) -> Value:
        try:
            return Value(self.tag, value.encode(self.encoding))
        except (AttributeError, UnicodeEncodeError):
            raise self._unfit(value) from None

    def _parse(self, text: str) -> str:
        text = unquote(text) if text.startswith('"') else text
        self.dump(text)
        return text
