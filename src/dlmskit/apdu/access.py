"""ACCESS: reading, writing and invoking, mixed, in one exchange.

`long_invoke_id_and_priority` is the raw number: bits 0-23 invoke id, then the flags below; 0x40000000 confirmed and
0x80000000 high priority stand where the short form has them.
Source: Green Book, Access-Request and Access-Response.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from dlmskit.apdu.base import (
    AttributeDescriptor,
    MethodDescriptor,
    Selection,
    attribute_descriptor,
    data,
    method_descriptor,
    optional,
    selection,
    sequence_of,
    u32,
)
from dlmskit.apdu.codec import Apdu, Codec, wire
from dlmskit.apdu.notify import notification_time
from dlmskit.data.limits import Limits
from dlmskit.data.value import Value
from dlmskit.errors import UnknownTag

#: The answer repeats what was asked for; nothing is done any more behind what failed.
SELF_DESCRIPTIVE, BREAK_ON_ERROR = 0x10000000, 0x20000000


#: A specification with a selection is numbered this much higher than one without.
_SELECTIVE = 3


class AccessKind(IntEnum):
    """What is done to one target; the choice of its specification, and of its result."""

    GET = 1
    SET = 2
    ACTION = 3


class AccessSpecification(NamedTuple):
    """Access-Request-Specification: what to do to which attribute or method, or to which part of an attribute."""

    kind: AccessKind
    target: AttributeDescriptor | MethodDescriptor
    selection: Selection | None = None


class AccessResult(NamedTuple):
    """Access-Response-Specification: the data-access-result or action-result of one specification, 0 for success."""

    kind: AccessKind
    code: int


def _kind(name: str, choice: int, buf: bytes, at: int) -> AccessKind:
    try:
        return AccessKind(choice)
    except ValueError:
        raise UnknownTag(name, buf[at], data=buf, offset=at) from None


def _read_specification(buf: bytes, at: int, limits: Limits) -> tuple[AccessSpecification, int]:
    choice, is_selective = buf[at], buf[at] > AccessKind.ACTION
    kind = _kind("Access-Request-Specification", choice - _SELECTIVE if is_selective else choice, buf, at)
    if kind is AccessKind.ACTION:
        if is_selective:  # a method has no parts
            raise UnknownTag("Access-Request-Specification", choice, data=buf, offset=at)
        method, at = method_descriptor.read(buf, at + 1, limits)
        return AccessSpecification(kind, method), at
    attribute, at = attribute_descriptor.read(buf, at + 1, limits)
    if not is_selective:
        return AccessSpecification(kind, attribute), at
    part, at = selection.read(buf, at, limits)
    return AccessSpecification(kind, attribute, part), at


def _write_specification(value: AccessSpecification, out: bytearray) -> None:
    kind, target, part = value
    if isinstance(target, MethodDescriptor) != (kind == AccessKind.ACTION) or (part and kind == AccessKind.ACTION):
        raise ValueError(f"{kind.name} of {target}")
    out.append(kind if part is None else kind + _SELECTIVE)
    if isinstance(target, MethodDescriptor):
        method_descriptor.write(target, out)
    else:
        attribute_descriptor.write(target, out)
    if part is not None:
        selection.write(part, out)


def _read_result(buf: bytes, at: int, limits: Limits) -> tuple[AccessResult, int]:
    return AccessResult(_kind("Access-Response-Specification", buf[at], buf, at), buf[at + 1]), at + 2


def _write_result(value: AccessResult, out: bytearray) -> None:
    out += bytes(value)


access_specification: Codec[AccessSpecification] = Codec(
    "AccessSpecification", _read_specification, _write_specification
)
access_result: Codec[AccessResult] = Codec("AccessResult", _read_result, _write_result)


class AccessRequest(Apdu, tag=b"\xd9"):
    """What to do, and as many data: the new value, the parameters, null-data for a GET and where there are none."""

    long_invoke_id_and_priority: int = wire(u32)
    date_time: bytes = wire(notification_time)
    specifications: tuple[AccessSpecification, ...] = wire(sequence_of(access_specification))
    data: tuple[Value, ...] = wire(sequence_of(data))


class AccessResponse(Apdu, tag=b"\xda"):
    """For each specification its data and its result; null-data where there are none.

    `specifications` are repeated where that was asked for.
    """

    long_invoke_id_and_priority: int = wire(u32)
    date_time: bytes = wire(notification_time)
    specifications: tuple[AccessSpecification, ...] | None = wire(optional(sequence_of(access_specification)))
    data: tuple[Value, ...] = wire(sequence_of(data))
    results: tuple[AccessResult, ...] = wire(sequence_of(access_result))
