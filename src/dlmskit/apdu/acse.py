"""AARQ, AARE, RLRQ, RLRE: opening and releasing an association, in BER.

Each field is one element with its own tag, in ascending order, at most once. An element may give two fields (the
diagnostic and its source). Absent and default are the same on the wire, except where a peer writes a default out:
`protocol_version` then keeps it.
Source: Green Book, COSEM-OPEN and COSEM-RELEASE; ISO/IEC 15954 (X.227).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field, fields
from enum import IntEnum
from typing import Any, ClassVar, NamedTuple, Self, TypeVar, cast, dataclass_transform

from dlmskit.apdu import ber
from dlmskit.apdu.codec import DOES_NOT_FIT, Apdu, Span
from dlmskit.data.limits import LIMITS, Limits
from dlmskit.errors import RemoteProtocolError, UnknownTag, UsageError

T = TypeVar("T")

SYSTEM_TITLE_OCTETS = 8
CHALLENGE_OCTETS = range(8, 65)


class ApplicationContext(IntEnum):
    """Last arc of application-context-name: referencing, and whether APDUs may be ciphered."""

    LN = 1
    SN = 2
    LN_CIPHERED = 3
    SN_CIPHERED = 4


class MechanismId(IntEnum):
    """Last arc of mechanism-name."""

    NONE = 0
    LOW = 1
    MANUFACTURER = 2
    MD5 = 3
    SHA1 = 4
    GMAC = 5
    SHA256 = 6
    ECDSA = 7


# {joint-iso-ccitt 2 country 16 country-name 756 identified-organisation 5 DLMS-UA 8}, then 1 for contexts, 2 for mechanisms.
_CONTEXTS = bytes.fromhex("608574050801")
_MECHANISMS = bytes.fromhex("608574050802")
_NUMBER = 0x1F  # of a context tag; the rest says class and form


class ForeignName(int):
    """A name outside the DLMS arc: equal to no number of ours, with its object identifier in `oid`."""

    oid: bytes

    def __new__(cls, oid: bytes) -> Self:
        self = super().__new__(cls, 0x100)  # no arc of one octet
        self.oid = oid
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ForeignName) and self.oid == other.oid

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.oid)

    def __repr__(self) -> str:
        return f"ForeignName({self.oid.hex()})"


class _Form(NamedTuple):
    """How the contents of an element are read, and written: None leaves the element out."""

    read: Callable[[bytes, int, int], Any]
    write: Callable[..., bytes | None]


def _explicit(tag: int, inner: _Form) -> _Form:
    """An element around one element of its own tag."""

    def read(buf: bytes, at: int, end: int) -> Any:
        return inner.read(buf, *ber.inside(buf, tag, at, end))

    def write(value: Any) -> bytes | None:
        contents = inner.write(value)
        return None if contents is None else ber.element(tag, contents)

    return _Form(read, write)


def _name(arc: bytes) -> _Form:
    """An object identifier, as its last octet where it begins with `arc`."""
    tagged_arc = bytes((ber.OBJECT_IDENTIFIER, len(arc) + 1)) + arc

    def read(buf: bytes, at: int, end: int) -> int:
        oid = buf[at:end]
        if oid[:-1] == tagged_arc:  # some peers tag the implicit mechanism-name as well
            oid = oid[2:]
        return oid[-1] if oid[:-1] == arc and oid[-1] < 0x80 else ForeignName(oid)

    return _Form(read, lambda value: _oid(arc, value))


def _oid(arc: bytes, value: int) -> bytes:
    if isinstance(value, ForeignName):
        return value.oid
    if not 0 <= value < 0x80:
        raise UsageError(f"an arc is 0 to 127, not {value}")
    return arc + bytes((value,))


def _read_diagnostic(buf: bytes, at: int, end: int) -> tuple[int, int]:
    choice, start, stop = ber.header(buf, at, end)
    if choice not in _SOURCES:
        raise UnknownTag("result-source-diagnostic", choice, data=buf, offset=at)
    if stop != end:
        raise RemoteProtocolError("octets behind result-source-diagnostic", data=buf, offset=stop)
    return _SOURCES[choice], _INTEGER.read(buf, start, stop)


def _write_diagnostic(source: int, diagnostic: int) -> bytes:
    for tag, number in _SOURCES.items():
        if number == source:
            return ber.element(tag, _INTEGER.write(diagnostic) or b"")
    raise UsageError(f"the source of a diagnostic is 1 (user) or 2 (provider), not {source}")


_SOURCES = {0xA1: 1, 0xA2: 2}  # acse-service-user, acse-service-provider
_RAW = _Form(lambda buf, at, end: buf[at:end], lambda value: b"" + value)
_BITS = _Form(ber.read_bits, ber.bits)
_IMPLICIT_INTEGER = _Form(ber.read_integer, ber.integer)
_INTEGER = _explicit(ber.INTEGER, _IMPLICIT_INTEGER)
_OCTET_STRING = _explicit(ber.OCTET_STRING, _RAW)
_CONTEXT_NAME = _explicit(ber.OBJECT_IDENTIFIER, _name(_CONTEXTS))
_MECHANISM_NAME = _name(_MECHANISMS)
_CHARSTRING = _explicit(0x80, _RAW)
_DIAGNOSTIC = _Form(_read_diagnostic, _write_diagnostic)
# Only the first bit, authentication, is used.
_REQUIREMENTS = _Form(
    lambda buf, at, end: ber.read_bits(buf, at, end)[:1] == "1",
    lambda value: ber.bits("1") if value else None,
)


def element(tag: int, form: _Form, *, default: T, required: bool = False, secret: bool = False) -> T:
    """Declare a field of an ACSE APDU; fields of the same tag share one element."""
    metadata = {"tag": tag, "form": form, "required": required, "secret": secret}
    return field(default=default, repr=not secret, metadata=metadata)


class _Element(NamedTuple):
    tag: int
    form: _Form
    fields: tuple[str, ...]
    required: bool
    secret: bool

    def values(self, buf: bytes, at: int, end: int) -> dict[str, Any]:
        read = self.form.read(buf, at, end)
        return dict(zip(self.fields, read if len(self.fields) > 1 else (read,), strict=True))


@dataclass_transform(frozen_default=True, field_specifiers=(element,))
class Acse(Apdu):
    """An APDU of elements. Only the four below are."""

    elements: ClassVar[dict[int, _Element]] = {}

    @classmethod
    def _compile(cls) -> None:
        cls.elements = {}
        for x in sorted(fields(cast(Any, cls)), key=lambda x: x.metadata["tag"] & _NUMBER):
            tag = x.metadata["tag"]
            names = (*cls.elements[tag].fields, x.name) if tag in cls.elements else (x.name,)
            cls.elements[tag] = _Element(fields=names, **x.metadata)

    @classmethod
    def read_from(cls, buf: bytes, at: int = 0, limits: Limits = LIMITS) -> tuple[Self, int]:
        values = {span.name: span.value for span in cls.walk(buf, at, limits)}
        end = ber.header(buf, at, len(buf))[2]
        for known in cls.elements.values():
            if known.required and known.fields[0] not in values:
                missing = known.fields[0].replace("_", "-")
                raise RemoteProtocolError(f"{cls._kind} without {missing}", data=buf, offset=end)
        return cls(**values), end

    @classmethod
    def walk(cls, buf: bytes, at: int = 0, limits: Limits = LIMITS) -> Iterator[Span]:
        _, at, end = ber.header(buf, at, len(buf))
        last = -1
        while at < end:
            tag, start, stop = ber.header(buf, at, end)
            known = cls.elements.get(tag)
            if known is None:
                raise UnknownTag(f"{cls._kind} element", tag, data=buf, offset=at)
            if tag & _NUMBER <= last:
                fault = "twice" if tag & _NUMBER == last else "out of order"
                raise RemoteProtocolError(f"{cls._kind} element 0x{tag:02X} {fault}", data=buf, offset=at)
            for name, value in known.values(buf, start, stop).items():
                yield Span(name, at, stop, value, known.secret)
            at, last = stop, tag & _NUMBER

    def to_bytes(self) -> bytes:
        contents = bytearray()
        for tag, form, names, required, _ in self.elements.values():
            values = [getattr(self, name) for name in names]
            try:
                inner = None if values[0] is None else form.write(*values)
                if inner is None and required:
                    raise UsageError("it is required")
                if inner is not None:
                    contents += ber.element(tag, inner)
            except DOES_NOT_FIT as error:
                raise UsageError(f"{self.name}: {names[0]} does not fit: {error}") from error
        return ber.element(self.tag[0], bytes(contents))


class Aarq(Acse, tag=b"\x60"):
    """Association request: who calls whom, in which context, with which authentication."""

    application_context: int = element(0xA1, _CONTEXT_NAME, default=ApplicationContext.LN, required=True)
    protocol_version: str | None = element(0x80, _BITS, default=None)
    called_ap_title: bytes | None = element(0xA2, _OCTET_STRING, default=None)
    called_ae_qualifier: bytes | None = element(0xA3, _OCTET_STRING, default=None)
    called_ap_invocation_id: int | None = element(0xA4, _INTEGER, default=None)
    called_ae_invocation_id: int | None = element(0xA5, _INTEGER, default=None)
    calling_ap_title: bytes | None = element(0xA6, _OCTET_STRING, default=None)
    calling_ae_qualifier: bytes | None = element(0xA7, _OCTET_STRING, default=None)
    calling_ap_invocation_id: int | None = element(0xA8, _INTEGER, default=None)
    calling_ae_invocation_id: int | None = element(0xA9, _INTEGER, default=None)
    sender_acse_requirements: bool = element(0x8A, _REQUIREMENTS, default=False)
    mechanism: int | None = element(0x8B, _MECHANISM_NAME, default=None)
    calling_authentication_value: bytes | None = element(0xAC, _CHARSTRING, default=None, secret=True)
    implementation_information: bytes | None = element(0x9D, _RAW, default=None)
    user_information: bytes | None = element(0xBE, _OCTET_STRING, default=None)

    @property
    def application_context_oid(self) -> bytes:
        """The whole object identifier, also where it is foreign."""
        return _oid(_CONTEXTS, self.application_context)


class Aare(Acse, tag=b"\x61"):
    """Association response: accepted or why not. `diagnostic_source` is 1 for the user, 2 for the provider."""

    application_context: int = element(0xA1, _CONTEXT_NAME, default=ApplicationContext.LN, required=True)
    result: int = element(0xA2, _INTEGER, default=0, required=True)
    diagnostic_source: int = element(0xA3, _DIAGNOSTIC, default=1, required=True)
    diagnostic: int = element(0xA3, _DIAGNOSTIC, default=0, required=True)
    protocol_version: str | None = element(0x80, _BITS, default=None)
    responding_ap_title: bytes | None = element(0xA4, _OCTET_STRING, default=None)
    responding_ae_qualifier: bytes | None = element(0xA5, _OCTET_STRING, default=None)
    responding_ap_invocation_id: int | None = element(0xA6, _INTEGER, default=None)
    responding_ae_invocation_id: int | None = element(0xA7, _INTEGER, default=None)
    responder_acse_requirements: bool = element(0x88, _REQUIREMENTS, default=False)
    mechanism: int | None = element(0x89, _MECHANISM_NAME, default=None)
    responding_authentication_value: bytes | None = element(0xAA, _CHARSTRING, default=None, secret=True)
    implementation_information: bytes | None = element(0x9D, _RAW, default=None)
    user_information: bytes | None = element(0xBE, _OCTET_STRING, default=None)

    @property
    def application_context_oid(self) -> bytes:
        """The whole object identifier, also where it is foreign."""
        return _oid(_CONTEXTS, self.application_context)


class Rlrq(Acse, tag=b"\x62"):
    """Release request. Reasons: 0 normal, 1 urgent, 30 user defined."""

    reason: int | None = element(0x80, _IMPLICIT_INTEGER, default=None)
    user_information: bytes | None = element(0xBE, _OCTET_STRING, default=None)


class Rlre(Acse, tag=b"\x63"):
    """Release response. Reasons: 0 normal, 1 not finished, 30 user defined."""

    reason: int | None = element(0x80, _IMPLICIT_INTEGER, default=None)
    user_information: bytes | None = element(0xBE, _OCTET_STRING, default=None)


def fits_system_title(title: bytes | None) -> bool:
    """Whether this is a system title: 8 octets. The codec keeps whatever was sent."""
    return title is not None and len(title) == SYSTEM_TITLE_OCTETS


def fits_challenge(challenge: bytes | None) -> bool:
    """Whether this is a challenge of HLS: 8 to 64 octets. The codec keeps whatever was sent."""
    return challenge is not None and len(challenge) in CHALLENGE_OCTETS
