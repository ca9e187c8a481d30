"""An APDU out of octets, or as much of one as can be read before it goes wrong."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from dlmskit.apdu.ciphered import ServiceCiphered
from dlmskit.apdu.codec import Apdu, decode_from
from dlmskit.apdu.tags import name_of
from dlmskit.data import axdr
from dlmskit.data.lengths import read_length
from dlmskit.data.limits import Limits
from dlmskit.data.value import Value
from dlmskit.errors import DlmsError, RemoteProtocolError, kebab


class Taken(NamedTuple):
    """What stands at a place.

    name    of the APDU or, where it cannot be told apart, of the service; None for an unknown tag
    apdu    None where it could not be read whole
    fields  name -> value of what could be read; with an error, the last one may be cut short
    end     the offset behind it; with an error, where the octets end
    """

    name: str | None
    apdu: Apdu | None
    fields: Mapping[str, Any]
    end: int
    error: DlmsError | None = None


def take(buf: bytes, at: int, limits: Limits) -> Taken:
    """The APDU that begins at `at`, or what can be said of it. Never raises for octets."""
    try:
        apdu, end = decode_from(buf, at, limits)
    except RemoteProtocolError as error:
        cls = Apdu.registry.get(buf[at : at + 2]) or Apdu.registry.get(buf[at : at + 1])
        if cls is None or len(buf) - at > limits.octets:
            return Taken(name_of(buf[at : at + 1]) or None, None, {}, len(buf), error)
        name = name_of(buf[at : at + 1]) if cls is ServiceCiphered else kebab(cls.__name__)
        return Taken(name, None, _fields_before_the_fault(cls, buf, at, limits), len(buf), error)
    return Taken(apdu.name, apdu, vars(apdu), end)


def take_value(buf: bytes, limits: Limits) -> tuple[Value | None, DlmsError | None]:
    """The value that `buf` begins with, or its first elements, and what is wrong."""
    try:
        value, end = axdr.decode_from(buf, 0, limits)
    except RemoteProtocolError as error:
        return _first_elements(buf, 0, limits, limits.depth), error
    if end == len(buf):
        return value, None
    return value, RemoteProtocolError(f"{len(buf) - end} octets too many behind a value", data=buf, offset=end)


def _fields_before_the_fault(cls: type[Apdu], buf: bytes, at: int, limits: Limits) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    end = at + len(cls.tag)
    try:
        for span in cls.walk(buf, at, limits):
            fields[span.name], end = span.value, span.end
    except RemoteProtocolError:
        pass
    if len(fields) < len(cls.parts):
        part = cls.parts[len(fields)]
        is_last = part is cls.parts[-1]
        cut_short = _cut_short(part.codec.name, buf, end, limits) if is_last else None
        if cut_short is not None:
            fields[part.name] = cut_short
    return fields


def _cut_short(kind: str, buf: bytes, at: int, limits: Limits) -> object:
    """What there is of a field that does not end as it should."""
    if kind == "Data":
        return _first_elements(buf, at, limits, limits.depth)
    if kind == "OCTET STRING":
        try:
            return buf[read_length(buf, at)[1] :]
        except RemoteProtocolError:
            return None
    return None


def _first_elements(buf: bytes, at: int, limits: Limits, depth: int) -> Value | None:
    """The array or structure at `at` with the elements before the fault; None for anything else."""
    if depth <= 0 or buf[at : at + 1] not in (b"\x01", b"\x02"):
        return None
    tag, elements = buf[at], []
    try:
        count, at = read_length(buf, at + 1)
        for _ in range(min(count, limits.elements)):
            element, at = axdr.decode_from(buf, at, limits)
            elements.append(element)
    except RemoteProtocolError:
        last = _first_elements(buf, at, limits, depth - 1)
        if last is not None:
            elements.append(last)
    return Value(tag, tuple(elements))
