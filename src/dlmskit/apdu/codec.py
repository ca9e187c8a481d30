r"""An APDU is declared once: its fields are the grammar, in ASN.1 order.

`class GetRequestNext(Apdu, tag=b"\xc0\x02")` with fields `wire(codec)` becomes a frozen dataclass; reading, writing
and the byte spans derive from the codecs. A codec may simply index and unpack: running out of octets is turned
into an error with its place here, and nowhere else.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar, cast, dataclass_transform

from dlmskit.apdu.tags import CHOICES, NAMES
from dlmskit.data.limits import LIMITS, Limits
from dlmskit.errors import LimitExceeded, RemoteProtocolError, UnknownTag, UsageError, kebab

T = TypeVar("T")
Reader = Callable[[bytes, int, Limits], tuple[T, int]]
Writer = Callable[[T, bytearray], None]

# What indexing, unpacking and struct raise when octets run out, and what writing raises for values that do not fit.
RAN_OUT = (IndexError, struct.error)
DOES_NOT_FIT = (ValueError, TypeError, AttributeError, OverflowError, struct.error)

_NO_DEFAULT: Any = MISSING


class Codec(Generic[T]):
    """How one value is written: `read(buf, at, limits) -> (value, next)` and `write(value, out)`.

    `name` is the ASN.1 type, `inner` the codecs it is made of: what else is derived from the grammar walks them.
    """

    __slots__ = ("name", "read", "write", "inner")

    def __init__(self, name: str, read: Reader[T], write: Writer[T], inner: tuple[Codec[Any], ...] = ()) -> None:
        self.name, self.read, self.write, self.inner = name, read, write, inner

    def __repr__(self) -> str:
        return f"Codec({self.name})"


def wire(codec: Codec[T], *, default: T = _NO_DEFAULT, secret: bool = False) -> T:
    """Declare one field of an APDU. `secret` keeps it out of `repr` and marks its span."""
    metadata = {"codec": codec, "secret": secret}
    return field(default=default, repr=not secret, metadata=metadata)


class Span(NamedTuple):
    """Where one field stands in the octets: `data[start:end]`."""

    name: str
    start: int
    end: int
    value: object
    secret: bool = False


class _Part(NamedTuple):
    name: str
    codec: Codec[Any]
    secret: bool


@dataclass_transform(frozen_default=True, field_specifiers=(wire,))
class Apdu:
    """Base of all APDUs. A subclass with `tag=` is a frozen dataclass and is known to `decode`."""

    tag: ClassVar[bytes] = b""
    registry: ClassVar[dict[bytes, type[Apdu]]] = {}
    parts: ClassVar[tuple[_Part, ...]] = ()
    _readers: ClassVar[tuple[tuple[str, Reader[Any]], ...]] = ()
    _writers: ClassVar[tuple[tuple[str, Writer[Any]], ...]] = ()
    _kind: ClassVar[str] = "apdu"

    def __init_subclass__(cls, *, tag: bytes | None = None) -> None:
        if tag is None:  # an intermediate base
            return
        dataclass(frozen=True)(cls)
        cls.tag, cls._kind = tag, kebab(cls.__name__)
        cls._compile()
        if tag:
            Apdu.registry[tag] = cls

    @classmethod
    def _compile(cls) -> None:
        cls.parts = tuple(_Part(x.name, **x.metadata) for x in fields(cast(Any, cls)))
        cls._readers = tuple((x.name, x.codec.read) for x in cls.parts)
        cls._writers = tuple((x.name, x.codec.write) for x in cls.parts)

    @property
    def name(self) -> str:
        """The standard's name of this APDU, e.g. `get-request-normal`."""
        return self._kind

    @classmethod
    def read_from(cls, buf: bytes, at: int = 0, limits: Limits = LIMITS) -> tuple[Self, int]:
        """The APDU of this class whose tag stands at `at`, and the offset behind it."""
        out = cls.__new__(cls)
        values, at, name = out.__dict__, at + len(cls.tag), ""
        try:
            for name, read in cls._readers:
                values[name], at = read(buf, at, limits)
        except RAN_OUT:
            raise cls._cut_short(buf, name, at) from None
        return out, at

    @classmethod
    def walk(cls, buf: bytes, at: int = 0, limits: Limits = LIMITS) -> Iterator[Span]:
        """Where each field stands, one after the other as far as they can be read; then raises as `read_from`."""
        at += len(cls.tag)
        for name, codec, secret in cls.parts:
            try:
                value, end = codec.read(buf, at, limits)
            except RAN_OUT:
                raise cls._cut_short(buf, name, at) from None
            yield Span(name, at, end, value, secret)
            at = end

    def to_bytes(self) -> bytes:
        """The octets, tag first. Raises UsageError naming the field whose value does not fit."""
        out, name = bytearray(self.tag), ""
        try:
            for name, write in self._writers:
                write(getattr(self, name), out)
        except DOES_NOT_FIT as error:
            raise UsageError(f"{self._kind}: {name} does not fit: {error}") from error
        return bytes(out)

    @classmethod
    def _cut_short(cls, buf: bytes, field_name: str, at: int) -> RemoteProtocolError:
        what = f"{cls._kind} ends after {len(buf)} octets, in the middle of {field_name} (from octet {at})"
        return RemoteProtocolError(what, data=buf, offset=len(buf))


def decode(data: bytes, limits: Limits = LIMITS) -> Apdu:
    """The APDU that `data` are, whole.

    Raises UnknownTag for a first octet, or a choice octet, that names none; RemoteProtocolError with the offset
    for anything else that is wrong, trailing octets included.
    """
    apdu, end = decode_from(data, 0, limits)
    if end != len(data):
        raise RemoteProtocolError(f"{len(data) - end} octets too many behind {apdu.name}", data=data, offset=end)
    return apdu


def decode_from(buf: bytes, at: int = 0, limits: Limits = LIMITS) -> tuple[Apdu, int]:
    """The APDU that begins at `at`, and the offset behind it. Raises as `decode`."""
    if len(buf) - at > limits.octets:
        raise LimitExceeded(f"APDU of {len(buf) - at} octets, {limits.octets} allowed", offset=at)
    registry = Apdu.registry
    cls = registry.get(buf[at : at + 2]) or registry.get(buf[at : at + 1])
    if cls is None:
        raise _unknown(buf, at)
    return cls.read_from(buf, at, limits)


def spans(data: bytes, limits: Limits = LIMITS) -> list[Span]:
    """Where each field of the APDU stands in `data`. Raises as `decode`."""
    return list(type(decode(data, limits)).walk(data, 0, limits))


def _unknown(buf: bytes, at: int) -> RemoteProtocolError:
    if at >= len(buf):
        return RemoteProtocolError("an APDU of no octets", data=buf, offset=at)
    first, name = buf[at], NAMES.get(buf[at], "")
    if first not in CHOICES:
        return UnknownTag("APDU", first, name=name, data=buf, offset=at)
    if at + 1 == len(buf):
        return RemoteProtocolError(f"{name} ends after its tag", data=buf, offset=at + 1)
    return UnknownTag(name, buf[at + 1], data=buf, offset=at + 1)
