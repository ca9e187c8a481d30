"""What fields of APDUs are made of: the codecs of A-XDR's building blocks and the shared small records."""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar, cast

from dlmskit.apdu.codec import Codec
from dlmskit.data.axdr import decode_from, encode_into
from dlmskit.data.lengths import read_length, write_length
from dlmskit.data.limits import Limits
from dlmskit.data.value import Value
from dlmskit.errors import LimitExceeded, RemoteProtocolError, UnknownTag, UsageError

T = TypeVar("T")
_new = tuple.__new__


class AttributeDescriptor(NamedTuple):
    """Cosem-Attribute-Descriptor: which attribute of which object."""

    class_id: int
    instance_id: bytes
    attribute_id: int


class MethodDescriptor(NamedTuple):
    """Cosem-Method-Descriptor: which method of which object."""

    class_id: int
    instance_id: bytes
    method_id: int


class Selection(NamedTuple):
    """Selective-Access-Descriptor: which part of an attribute."""

    selector: int
    parameters: Value


class AttributeRequest(NamedTuple):
    """Cosem-Attribute-Descriptor-With-Selection."""

    attribute: AttributeDescriptor
    selection: Selection | None = None


class DataBlock(NamedTuple):
    """DataBlock-SA: one block of a long SET or ACTION."""

    last_block: bool
    block_number: int
    raw_data: bytes


class DataAccessResult(NamedTuple):
    """Why there is no data; the standard's number. A tuple of its own, so that it never equals data."""

    code: int


class ActionResult(NamedTuple):
    """Action-Response-With-Optional-Data: the action's result and what it returned."""

    result: int
    data: Value | DataAccessResult | None = None


def integer(name: str, form: str) -> Codec[int]:
    """An integer of fixed width, `form` as in `struct`."""
    packer = struct.Struct(form)
    unpack_from, pack, size = packer.unpack_from, packer.pack, packer.size

    def read(buf: bytes, at: int, limits: Limits) -> tuple[int, int]:
        return unpack_from(buf, at)[0], at + size

    def write(value: int, out: bytearray) -> None:
        out += pack(value)

    return Codec(name, read, write)


def _read_u8(buf: bytes, at: int, limits: Limits) -> tuple[int, int]:
    return buf[at], at + 1


u8: Codec[int] = Codec("Unsigned8", _read_u8, lambda value, out: out.append(value))
i8 = integer("Integer8", ">b")
u16 = integer("Unsigned16", ">H")
u32 = integer("Unsigned32", ">I")
boolean: Codec[bool] = Codec(
    "BOOLEAN",
    lambda buf, at, limits: (buf[at] != 0, at + 1),
    lambda value, out: out.append(1 if value else 0),
)


def take(buf: bytes, at: int, size: int) -> tuple[bytes, int]:
    """The next `size` octets; a slice alone would not notice that they are not there."""
    end = at + size
    if end > len(buf):
        raise IndexError
    return buf[at:end], end


def _read_octets(buf: bytes, at: int, limits: Limits) -> tuple[bytes, int]:
    size, at = read_length(buf, at)
    return take(buf, at, size)


def _write_octets(value: bytes, out: bytearray) -> None:
    write_length(len(value), out)
    out += value


octet_string: Codec[bytes] = Codec("OCTET STRING", _read_octets, _write_octets)

data: Codec[Value] = Codec("Data", decode_from, encode_into)


def optional(codec: Codec[T]) -> Codec[T | None]:
    """OPTIONAL: an octet 0 for absent, else an octet and the value."""
    read_present, write_present = codec.read, codec.write

    def read(buf: bytes, at: int, limits: Limits) -> tuple[T | None, int]:
        if not buf[at]:
            return None, at + 1
        return read_present(buf, at + 1, limits)

    def write(value: T | None, out: bytearray) -> None:
        if value is None:
            out.append(0)
        else:
            out.append(1)
            write_present(value, out)

    return Codec(f"{codec.name} OPTIONAL", read, write, (codec,))


def defaulted(codec: Codec[T], default: T) -> Codec[T]:
    """DEFAULT: written as OPTIONAL, absent when it is the default. An explicit default is accepted."""
    inner = optional(codec)

    def read(buf: bytes, at: int, limits: Limits) -> tuple[T, int]:
        value, at = inner.read(buf, at, limits)
        return (default if value is None else value), at

    def write(value: T, out: bytearray) -> None:
        inner.write(None if value == default else value, out)

    return Codec(f"{codec.name} DEFAULT", read, write, (codec,))


def sequence_of(codec: Codec[T]) -> Codec[tuple[T, ...]]:
    """SEQUENCE OF: a count and the elements. A count that the octets left cannot hold is refused at once."""
    read_one, write_one = codec.read, codec.write

    def read(buf: bytes, at: int, limits: Limits) -> tuple[tuple[T, ...], int]:
        start = at
        count, at = read_length(buf, at)
        if count > len(buf) - at:
            what = f"{count} elements announced, {len(buf) - at} octets left"
            raise RemoteProtocolError(what, data=buf, offset=start)
        if count > limits.elements:
            raise LimitExceeded(f"{count} elements, {limits.elements} allowed", data=buf, offset=start)
        found = []
        for _ in range(count):
            one, at = read_one(buf, at, limits)
            found.append(one)
        return tuple(found), at

    def write(value: tuple[T, ...], out: bytearray) -> None:
        write_length(len(value), out)
        for one in value:
            write_one(one, out)

    return Codec(f"SEQUENCE OF {codec.name}", read, write, (codec,))


def record(cls: Callable[..., T], *codecs: Codec[Any]) -> Codec[T]:
    """SEQUENCE: a NamedTuple whose fields are written one after the other."""
    readers, writers = tuple(c.read for c in codecs), tuple(c.write for c in codecs)

    def read(buf: bytes, at: int, limits: Limits) -> tuple[T, int]:
        found = []
        for read_one in readers:
            one, at = read_one(buf, at, limits)
            found.append(one)
        return cls(*found), at

    def write(value: T, out: bytearray) -> None:
        for write_one, one in zip(writers, cast("tuple[Any, ...]", value), strict=True):
            write_one(one, out)

    return Codec(getattr(cls, "__name__", "SEQUENCE"), read, write, codecs)


def data_or_refusal(name: str, codec: Codec[T]) -> Codec[T | DataAccessResult]:
    """CHOICE of a result [0] and a data-access-result [1]."""
    read_result, write_result = codec.read, codec.write

    def read(buf: bytes, at: int, limits: Limits) -> tuple[T | DataAccessResult, int]:
        choice = buf[at]
        if choice == 0:
            return read_result(buf, at + 1, limits)
        if choice == 1:
            return DataAccessResult(buf[at + 1]), at + 2
        raise UnknownTag(name, choice, data=buf, offset=at)

    def write(value: T | DataAccessResult, out: bytearray) -> None:
        if isinstance(value, DataAccessResult):
            out += bytes((1, value.code))
        else:
            out.append(0)
            write_result(value, out)

    return Codec(name, read, write, (codec,))


def choice(name: str, alternatives: Mapping[int, tuple[type[Any], Codec[Any]]]) -> Codec[Any]:
    """CHOICE: the number of an alternative and its value; the type of a value says which alternative it is."""
    readers = {number: codec.read for number, (_, codec) in alternatives.items()}
    writers = {cls: (number, codec.write) for number, (cls, codec) in alternatives.items()}

    def read(buf: bytes, at: int, limits: Limits) -> tuple[Any, int]:
        read_chosen = readers.get(buf[at])
        if read_chosen is None:
            raise UnknownTag(name, buf[at], data=buf, offset=at)
        return read_chosen(buf, at + 1, limits)

    def write(value: Any, out: bytearray) -> None:
        if type(value) not in writers:
            raise TypeError(f"{type(value).__name__} is no {name}")
        number, write_chosen = writers[type(value)]
        out.append(number)
        write_chosen(value, out)

    return Codec(name, read, write, tuple(codec for _, codec in alternatives.values()))


_DESCRIPTOR = struct.Struct(">H6sb")
_D = TypeVar("_D", AttributeDescriptor, MethodDescriptor)


def _descriptor(cls: type[_D]) -> Codec[_D]:
    unpack_from, pack, size = _DESCRIPTOR.unpack_from, _DESCRIPTOR.pack, _DESCRIPTOR.size

    def read(buf: bytes, at: int, limits: Limits) -> tuple[_D, int]:
        return _new(cls, unpack_from(buf, at)), at + size

    def write(value: _D, out: bytearray) -> None:
        if len(value[1]) != 6:  # struct would pad or cut
            raise UsageError(f"an instance id has 6 octets, not {len(value[1])}")
        out += pack(*value)

    return Codec(cls.__name__, read, write)


attribute_descriptor = _descriptor(AttributeDescriptor)
method_descriptor = _descriptor(MethodDescriptor)
selection: Codec[Selection] = record(Selection, u8, data)
selective_access: Codec[Selection | None] = optional(selection)
attribute_request: Codec[AttributeRequest] = record(AttributeRequest, attribute_descriptor, selective_access)
data_block: Codec[DataBlock] = record(DataBlock, boolean, u32, octet_string)
data_access_result: Codec[DataAccessResult] = record(DataAccessResult, u8)
nothing: Codec[None] = Codec("NULL", lambda buf, at, limits: (None, at), lambda value, out: None)
get_data_result: Codec[Value | DataAccessResult] = data_or_refusal("Get-Data-Result", data)
action_result: Codec[ActionResult] = record(ActionResult, u8, optional(get_data_result))
