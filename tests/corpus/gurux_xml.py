"""APDUs as the leaves of Gurux's XML: `(name, value)` in order, from the XML and from ours.

The XML is not always well-formed (`UNKNOWN(49413)` as a name), so its tags are read one by one.
"""

from __future__ import annotations

import html
import re
import struct
from collections.abc import Callable, Iterator
from typing import Any

from dlmskit.apdu.access import AccessKind, AccessRequest, AccessSpecification
from dlmskit.apdu.base import ActionResult, AttributeRequest, DataAccessResult, DataBlock, Selection
from dlmskit.apdu.ciphered import ServiceCiphered
from dlmskit.apdu.codec import Apdu, decode
from dlmskit.apdu.general import KeyInfo
from dlmskit.apdu.read import ReadResult
from dlmskit.apdu.variables import VariableAccess
from dlmskit.apdu.write import WriteResult
from dlmskit.data.compact import CompactArray
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Tag, Value

Leaf = tuple[str, str]

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_TYPES_OF_COMPACT = re.compile(r"<ContentsDescription>.*?</ContentsDescription>", re.DOTALL)
_TAG = re.compile(r'<ArrayContents>(.*?)</|<([\w()]+)(?:\s+(?:Value|Qty|Name)="(.*?)")?\s*/?>', re.DOTALL)
_BARE = re.compile(r'<Data="([0-9A-F]*)"')

_TYPES: dict[int, tuple[str, str]] = {
    Tag.DOUBLE_LONG: ("Int32", ">i"), Tag.DOUBLE_LONG_UNSIGNED: ("UInt32", ">I"), Tag.INTEGER: ("Int8", ">b"),
    Tag.LONG: ("Int16", ">h"), Tag.UNSIGNED: ("UInt8", ">B"), Tag.LONG_UNSIGNED: ("UInt16", ">H"),
    Tag.LONG64: ("Int64", ">q"), Tag.LONG64_UNSIGNED: ("UInt64", ">Q"), Tag.ENUM: ("Enum", ">B"),
    Tag.FLOAT32: ("Float32", ">f"), Tag.FLOAT64: ("Float64", ">d"),
}  # fmt: skip
_STRINGS = {Tag.OCTET_STRING: "OctetString", Tag.VISIBLE_STRING: "String", Tag.UTF8_STRING: "StringUTF8",
            Tag.DATE_TIME: "DateTime", Tag.BIT_STRING: "BitString"}  # fmt: skip
_ACCESS = {0: "Success", 1: "HardwareFault", 3: "ReadWriteDenied", 4: "UndefinedObject", 12: "UnmatchedType"}
_CONTEXTS = {1: "LN", 2: "SN", 3: "LN_WITH_CIPHERING", 4: "SN_WITH_CIPHERING"}
_MECHANISMS = {1: "Low", 2: "High", 3: "HighMD5", 4: "HighSHA1", 5: "HighGMAC", 6: "HighSHA256", 7: "HighECDSA"}
_REASONS = {0: "Normal", 1: "Urgent", 30: "UserDefined"}
_STATE_ERRORS = {1: "ServiceNotAllowed", 2: "ServiceUnknown"}
_SERVICE_ERRORS = {5: "DecipheringError"}
_CATEGORIES = {4: ("Definition", {1: "ObjectUndefined"}), 6: ("Initiate", {1: "DlmsVersionTooLow"})}
_SERVICES = {0xD0: "ded_GetRequest", 0x21: "glo_InitiateRequest", 0x25: "glo_ReadRequest"}
_CONFORMANCE = {
    "PRIORITY_MGMT": "PriorityMgmtSupported", "ATTRIBUTE0_GET": "Attribute0SupportedWithGet",
    "BLOCK_TRANSFER_GET": "BlockTransferWithGetOrRead", "BLOCK_TRANSFER_SET": "BlockTransferWithSetOrWrite",
    "BLOCK_TRANSFER_ACTION": "BlockTransferWithAction",
}  # fmt: skip


def leaves_of_xml(text: str) -> list[Leaf]:
    """What the XML says; elements that only hold others say nothing."""
    text = _TYPES_OF_COMPACT.sub("", _COMMENT.sub("", text))
    if bare := _BARE.search(text):
        return [("glo_InitiateRequest", bare[1][4:])]
    found = []
    for contents, name, value in _TAG.findall(text):
        if contents:
            found.append(("ArrayContents", ";".join(contents.split())))
        elif value or name in _EMPTY or name in _PRESENT:
            found.append((name, html.unescape(value).removeprefix("0x")))
    return found


_EMPTY = ("OctetString", "BitString", "DateTime", "OtherInformation", "KeyCipheredData", "TransactionId")
_PRESENT = ("None", "Ok")


def leaves_of_apdu(apdu: Apdu) -> Iterator[Leaf]:
    """The same from ours, field by field."""
    if isinstance(apdu, ServiceCiphered):
        yield _SERVICES[apdu.service_tag], _hex(apdu.content)
        return
    for name, value in vars(apdu).items():
        if value is not None:
            yield from _FIELDS[name](apdu, value)


def _hex(octets: bytes) -> str:
    return octets.hex().upper()


def _value(value: Value) -> Iterator[Leaf]:
    tag, payload = value.tag, value.value
    if tag in _TYPES:
        name, form = _TYPES[tag]
        yield name, _hex(struct.pack(form, payload))
    elif tag in (Tag.VISIBLE_STRING, Tag.UTF8_STRING):
        text = payload.decode() if payload.isascii() else payload.hex(" ").upper()
        yield _STRINGS[Tag(tag)], text.replace('"', "'")  # as the translator does
    elif tag in _STRINGS:
        yield _STRINGS[Tag(tag)], payload if isinstance(payload, str) else _hex(payload)
    elif tag in (Tag.ARRAY, Tag.STRUCTURE):
        yield ("Array" if tag == Tag.ARRAY else "Structure"), f"{len(payload):02X}"
        for item in payload:
            yield from _value(item)
    elif tag == Tag.COMPACT_ARRAY:
        yield "ArrayContents", _contents(payload)
    elif tag == Tag.NULL_DATA:
        yield "None", ""
    else:
        raise LookupError(f"type {tag}")


def _contents(array: CompactArray) -> str:
    """Items line by line, members separated by semicolons, as the XML has them."""
    lines = []
    for item in array.items:
        members = item.value if item.tag == Tag.STRUCTURE else (item,)
        lines.append(";".join(m.value.hex(" ") if isinstance(m.value, bytes) else str(m.value) for m in members))
    return ";".join(";".join(lines).split())


def _number(name: str, digits: int) -> Callable[[Apdu, int], Iterator[Leaf]]:
    return lambda _, value: iter([(name, f"{value:0{digits}X}")])


def _octets(name: str) -> Callable[[Apdu, bytes], Iterator[Leaf]]:
    return lambda _, value: iter([(name, _hex(value))])


def _word(name: str, words: dict[int, str]) -> Callable[[Apdu, int], Iterator[Leaf]]:
    return lambda _, value: iter([(name, words[value])])


def _descriptor(number: str) -> Callable[[Apdu, Any], Iterator[Leaf]]:
    return lambda _, value: iter(
        [("ClassId", f"{value[0]:04X}"), ("InstanceId", _hex(value[1])), (number, f"{value[2]:02X}")]
    )


def _selection(_: Apdu, selection: Selection) -> Iterator[Leaf]:
    yield "AccessSelector", f"{selection.selector:02X}"
    yield from _value(selection.parameters)


def _requests(_: Apdu, requests: tuple[AttributeRequest, ...]) -> Iterator[Leaf]:
    yield "AttributeDescriptorList", f"{len(requests):02X}"
    for attribute, selection in requests:
        yield from _descriptor("AttributeId")(_, attribute)
        if selection is not None:
            yield from _selection(_, selection)


def _block(_: Apdu, block: DataBlock) -> Iterator[Leaf]:
    yield "LastBlock", f"{block.last_block:02X}"
    yield "BlockNumber", f"{block.block_number:08X}"
    yield "RawData", _hex(block.raw_data)


def _result(apdu: Apdu, result: object) -> Iterator[Leaf]:
    if isinstance(result, DataAccessResult):
        yield "DataAccessError", _ACCESS[result.code]
    elif isinstance(result, Value):
        yield from _value(result)
    elif isinstance(result, bytes):
        yield "RawData", _hex(result)
    elif apdu.name == "aare":
        yield "AssociationResult", f"{result:02X}"
    else:
        yield "Result", _ACCESS[result]  # type: ignore[index]


_OF_SHORT_NAMES = {"read-request": "ReadRequest", "read-response": "ReadResponse", "write-response": "WriteResponse",
                   "write-request": "ListOfVariableAccessSpecification"}  # fmt: skip


def _variables(apdu: Apdu, variables: tuple[VariableAccess, ...]) -> Iterator[Leaf]:
    yield _OF_SHORT_NAMES[apdu.name], f"{len(variables):02X}"
    for variable in variables:
        for field, value in variable._asdict().items():
            if field != "raw_data":  # the translator does not show it
                yield from _VARIABLE[field](apdu, value)


def _results_by_short_names(apdu: Apdu, results: tuple[ReadResult | WriteResult, ...]) -> Iterator[Leaf]:
    yield _OF_SHORT_NAMES[apdu.name], f"{len(results):02X}"
    for result in results:
        if result is None:
            yield "Ok", ""
        elif isinstance(result, DataBlock):
            yield "LastBlock", f"{result.last_block:02X}"
            yield "BlockNumber", f"{result.block_number:04X}"
            yield "RawData", _hex(result.raw_data)
        else:
            yield from _result(apdu, result)


def _results(apdu: Apdu, results: tuple[Any, ...]) -> Iterator[Leaf]:
    if apdu.name in _OF_SHORT_NAMES:
        yield from _results_by_short_names(apdu, results)
        return
    of_set = apdu.name == "set-response-with-list"
    yield "Result", f"{len(results):X}" if of_set else f"{len(results):02X}"
    for result in results:
        yield from [("DataAccessResult", _ACCESS[result])] if isinstance(result, int) else _result(apdu, result)


def _action(apdu: Apdu, response: ActionResult) -> Iterator[Leaf]:
    yield "Result", _ACCESS[response.result]
    if response.data is not None:
        yield from _result(apdu, response.data)


def _fault(apdu: Any, category: int) -> Iterator[Leaf]:
    name, words = _CATEGORIES[category]
    yield name, words[apdu.code]


def _bits(_: Apdu, conformance: Conformance) -> Iterator[Leaf]:
    for bit in sorted(conformance, reverse=True):
        name = bit.name or ""
        yield "ConformanceBit", _CONFORMANCE.get(name, name.title().replace("_", ""))


def _key_info(_: Apdu, key: KeyInfo) -> Iterator[Leaf]:
    yield "KeyParameters", _hex(key.parameters)
    yield "KeyCipheredData", _hex(key.ciphered)


def _long_invoke(apdu: Apdu, value: int) -> Iterator[Leaf]:
    octets = value.to_bytes(4, "big")
    yield "LongInvokeIdAndPriority", _hex(octets.lstrip(b"\0") if isinstance(apdu, AccessRequest) else octets)


def _specifications(_: Apdu, specifications: tuple[AccessSpecification, ...]) -> Iterator[Leaf]:
    yield "AccessRequestSpecification", f"{len(specifications):02X}"
    for kind, target, selection in specifications:
        yield from _descriptor("MethodId" if kind == AccessKind.ACTION else "AttributeId")(_, target)
        if selection is not None:
            yield from _selection(_, selection)


def _values(name: str) -> Callable[[Apdu, tuple[Value, ...]], Iterator[Leaf]]:
    def leaves(_: Apdu, values: tuple[Value, ...]) -> Iterator[Leaf]:
        yield name, f"{len(values):02X}"
        for value in values:
            yield from _value(value)

    return leaves


def _diagnostic(apdu: Any, diagnostic: int) -> Iterator[Leaf]:
    yield ("ACSEServiceUser" if apdu.diagnostic_source == 1 else "ACSEServiceProvider"), f"{diagnostic:02X}"


def _secret(name: str) -> Callable[[Apdu, bytes], Iterator[Leaf]]:
    return lambda _, value: iter([(name, _hex(value))])


def _required(name: str) -> Callable[[Apdu, bool], Iterator[Leaf]]:
    return lambda _, value: iter([(name, "1")] if value else [])


def _nothing(_: Apdu, __: object) -> Iterator[Leaf]:
    """The XML does not show it, or shows it elsewhere."""
    return iter(())


_VALUE_LIST = _values("ValueList")
_VARIABLE: dict[str, Callable[[Apdu, Any], Iterator[Leaf]]] = {
    "name": lambda _, name: iter([("VariableName", f"{name & 0xFFFF:04X}")]),
    "selector": _number("Selector", 2),
    "parameter": lambda _, value: _value(value),
    "last_block": _number("LastBlock", 2),
    "block_number": _number("BlockNumber", 4),
}
_FIELDS: dict[str, Callable[[Apdu, Any], Iterator[Leaf]]] = {
    "invoke_id_and_priority": _number("InvokeIdAndPriority", 2),
    "long_invoke_id_and_priority": _long_invoke,
    "date_time": _octets("DateTime"),
    "time": _octets("Time"),
    "body": lambda _, value: _value(value),
    "value": lambda _, value: _value(value),
    "parameters": lambda apdu, value: _value(value) if isinstance(value, Value) else _VALUE_LIST(apdu, value),
    "values": lambda apdu, values: (_values("ListOfData") if apdu.name == "write-request" else _VALUE_LIST)(
        apdu, values
    ),
    "variables": _variables,
    "data": _values("AccessRequestListOfData"),
    "specifications": _specifications,
    "attribute": _descriptor("AttributeId"),
    "method": _descriptor("MethodId"),
    "attributes": _requests,
    "selection": _selection,
    "methods": lambda apdu, methods: (leaf for method in methods for leaf in _descriptor("MethodId")(apdu, method)),
    "block": _block,
    "block_number": lambda apdu, value: _number("BlockNumber", 4 if apdu.tag == b"\xe0" else 8)(apdu, value),
    "last_block": _number("LastBlock", 2),
    "result": _result,
    "results": _results,
    "response": _action,
    "service": _number("Service", 2),
    "category": _fault,
    "code": _nothing,
    "state_error": _word("StateError", _STATE_ERRORS),
    "service_error": _word("ServiceError", _SERVICE_ERRORS),
    "proposed_quality_of_service": _number("ProposedQualityOfService", 1),
    "negotiated_quality_of_service": _number("NegotiatedQualityOfService", 1),
    "proposed_dlms_version_number": _number("ProposedDlmsVersionNumber", 2),
    "negotiated_dlms_version_number": _number("NegotiatedDlmsVersionNumber", 2),
    "proposed_conformance": _bits,
    "negotiated_conformance": _bits,
    "client_max_receive_pdu_size": _number("ProposedMaxPduSize", 4),
    "server_max_receive_pdu_size": _number("NegotiatedMaxPduSize", 4),
    "vaa_name": _number("VaaName", 4),
    "response_allowed": _nothing,
    "application_context": _word("ApplicationContextName", _CONTEXTS),
    "mechanism": _word("MechanismName", _MECHANISMS),
    "calling_ap_title": _octets("CallingAPTitle"),
    "calling_ae_qualifier": _octets("CallingAEQualifier"),
    "responding_ap_title": _octets("RespondingAPTitle"),
    "sender_acse_requirements": _required("SenderACSERequirements"),
    "responder_acse_requirements": _required("ResponderACSERequirement"),
    "calling_authentication_value": _secret("CallingAuthentication"),
    "responding_authentication_value": _secret("RespondingAuthentication"),
    "diagnostic_source": _nothing,
    "diagnostic": _diagnostic,
    "user_information": lambda _, octets: leaves_of_apdu(decode(octets)),
    "reason": _word("Reason", _REASONS),
    "system_title": _octets("SystemTitle"),
    "content": _octets("CipheredService"),
    "block_control": _number("BlockControl", 2),
    "block_number_ack": _number("BlockNumberAck", 4),
    "block_data": lambda _, octets: iter([("BlockData", octets.hex(" ").upper())]),
    "transaction_id": lambda _, octets: iter([("TransactionId", _hex(octets) or "00" * 8)]),
    "originator_system_title": _octets("OriginatorSystemTitle"),
    "recipient_system_title": _octets("RecipientSystemTitle"),
    "other_information": _octets("OtherInformation"),
    "key_info": _key_info,
    "ciphered_content": _octets("CipheredContent"),
}
