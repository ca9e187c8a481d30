"""Hypothesis strategies for every APDU class, derived from the codecs of its fields."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from dlmskit.apdu import access, base, variables
from dlmskit.apdu.acse import Aare, Aarq, Acse, ForeignName, Rlre, Rlrq
from dlmskit.apdu.ciphered import ServiceCiphered
from dlmskit.apdu.codec import Apdu, Codec
from dlmskit.apdu.faults import ExceptionResponse
from dlmskit.apdu.general import KeyInfo
from dlmskit.apdu.tags import PLAIN_TAG
from dlmskit.data.conformance import Conformance
from tests.support.values import values

_OCTETS = st.binary(max_size=200)
_OCTET = st.binary(min_size=1, max_size=1)
_DATE_TIMES = st.binary(min_size=12, max_size=12)
_DESCRIPTORS = (st.integers(0, 0xFFFF), st.binary(min_size=6, max_size=6), st.integers(-128, 127))

_SELECTIONS = st.none() | st.builds(base.Selection, st.integers(0, 0xFF), values(max_leaves=4))
_ATTRIBUTES = st.builds(base.AttributeDescriptor, *_DESCRIPTORS)
_METHODS = st.builds(base.MethodDescriptor, *_DESCRIPTORS)
_GET_OR_SET = st.sampled_from((access.AccessKind.GET, access.AccessKind.SET))

_BY_NAME: dict[str, st.SearchStrategy[Any]] = {
    "Unsigned8": st.integers(0, 0xFF),
    "Integer8": st.integers(-128, 127),
    "Integer16": st.integers(-0x8000, 0x7FFF),
    "NULL": st.none(),
    "Unsigned16": st.integers(0, 0xFFFF),
    "Unsigned32": st.integers(0, 0xFFFFFFFF),
    "BOOLEAN": st.booleans(),
    "OCTET STRING": _OCTETS,
    "Data": values(max_leaves=4),
    "Conformance": st.integers(0, 0xFFFFFF).map(Conformance),
    "date-time": st.just(b"") | _DATE_TIMES,
    "GeneralizedTime OPTIONAL": st.none() | _OCTETS,
    "date-time OPTIONAL": st.none() | _DATE_TIMES,
    "AttributeDescriptor": _ATTRIBUTES,
    "MethodDescriptor": _METHODS,
    "AccessSpecification": st.builds(access.AccessSpecification, _GET_OR_SET, _ATTRIBUTES, _SELECTIONS)
    | st.builds(access.AccessSpecification, st.just(access.AccessKind.ACTION), _METHODS, st.none()),
    "AccessResult": st.builds(access.AccessResult, st.sampled_from(access.AccessKind), st.integers(0, 0xFF)),
    "Key-Info": st.builds(KeyInfo, st.just(0), _OCTET, st.just(b""))
    | st.builds(KeyInfo, st.just(1), _OCTET, _OCTETS)
    | st.builds(KeyInfo, st.just(2), _OCTETS, _OCTETS),
}
_RECORDS = (
    base.Selection,
    base.AttributeRequest,
    base.DataBlock,
    base.ActionResult,
    base.DataAccessResult,
    variables.VariableName,
    variables.ParameterisedAccess,
    variables.BlockNumberAccess,
    variables.ReadDataBlockAccess,
    variables.WriteDataBlockAccess,
    variables.BlockNumber,
)
_CHOICES = ("Variable-Access-Specification", "Read-Result", "Write-Result")


def from_codec(codec: Codec[Any]) -> st.SearchStrategy[Any]:
    """What a codec can write. A codec it does not know is an error, so that none stays untested."""
    if codec.name in _BY_NAME:
        return _BY_NAME[codec.name]
    inner = [from_codec(one) for one in codec.inner]
    for record in _RECORDS:
        if codec.name == record.__name__:
            return st.builds(record, *inner)
    if codec.name in _CHOICES:
        return st.one_of(inner)
    if codec.name.endswith(" OPTIONAL"):
        return st.none() | inner[0]
    if codec.name.startswith("SEQUENCE OF "):
        return st.lists(inner[0], max_size=4).map(tuple)
    if codec.name.endswith(" DEFAULT"):
        return inner[0]
    if codec.name.endswith(("-Result", " result")):
        return inner[0] | st.builds(base.DataAccessResult, st.integers(0, 0xFF))
    raise LookupError(codec.name)


_LATER = st.none() | _OCTETS
_IDS = st.none() | st.integers(-(2**31), 2**31 - 1)
_NAMES = st.integers(0, 0x7F) | st.binary(min_size=1, max_size=6).map(ForeignName)
_ACSE_FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "application_context": _NAMES,
    "mechanism": st.none() | _NAMES,
    "protocol_version": st.none() | st.text("01", max_size=12),
    "sender_acse_requirements": st.booleans(),
    "responder_acse_requirements": st.booleans(),
    "result": st.integers(0, 2),
    "diagnostic_source": st.integers(1, 2),
    "diagnostic": st.integers(0, 200),
    "reason": st.none() | st.integers(0, 127),
}


def _acse(cls: type[Acse]) -> st.SearchStrategy[Apdu]:
    names = [name for element in cls.elements.values() for name in element.fields]
    return st.builds(
        cls, **{name: _ACSE_FIELDS.get(name, _IDS if name.endswith("_invocation_id") else _LATER) for name in names}
    )


def _exception_responses() -> st.SearchStrategy[Apdu]:
    octet = st.integers(0, 0xFF)
    return st.builds(ExceptionResponse, octet, octet.filter(lambda code: code != 6)) | st.builds(
        ExceptionResponse, octet, st.just(6), st.integers(0, 0xFFFFFFFF)
    )


_BY_CLASS: dict[type[Apdu], st.SearchStrategy[Apdu]] = {
    **{cls: _acse(cls) for cls in (Aarq, Aare, Rlrq, Rlre)},
    ExceptionResponse: _exception_responses(),
    ServiceCiphered: st.builds(ServiceCiphered, st.sampled_from(sorted(PLAIN_TAG)), _OCTETS),
}

CLASSES: tuple[type[Apdu], ...] = tuple(dict.fromkeys(Apdu.registry.values()))
"""Every APDU class that `decode` knows."""


def of_class(cls: type[Apdu]) -> st.SearchStrategy[Apdu]:
    """Any APDU of this class."""
    if cls in _BY_CLASS:
        return _BY_CLASS[cls]
    return st.builds(cls, **{part.name: from_codec(part.codec) for part in cls.parts})


def apdus() -> st.SearchStrategy[Apdu]:
    """Any APDU."""
    return st.sampled_from(CLASSES).flatmap(of_class)
