"""Facts about APDUs and values, by the names their sources give them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from dlmskit.apdu.access import AccessSpecification
from dlmskit.apdu.base import DataAccessResult
from dlmskit.apdu.faults import ConfirmedServiceError
from dlmskit.data import axdr
from dlmskit.data.value import Tag, Value, type_name
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime
from tests.corpus.measured import Fact
from tests.corpus.seen import Seen, close

_CONTEXTS = {1: "LN", 2: "SN", 3: "LN_CIPHERED", 4: "SN_CIPHERED"}
_MECHANISMS = {None: None, 1: "LLS", 2: "HLS(2)", 3: "HLS_MD5(3)", 4: "HLS_SHA1(4)", 5: "HLS_GMAC(5)"}
_RESULTS = {0: "accepted", 1: "rejected-permanent", 2: "rejected-transient"}
_DIAGNOSTICS = {
    0: "null",
    1: "no-reason-given",
    2: "application-context-name-not-supported",
    14: "authentication-required",
}
_ROWS = re.compile(r"array\[(\d+)\] of \{(.*)\}")


def says(value: Value | None, expected: object) -> bool:
    """Whether a value is what a source writes: numbers, texts, OBIS codes, {"octets": hex}, {"enum": n}, lists."""
    if value is None or value.tag == Tag.NULL_DATA:
        return expected is None
    payload = value.value
    if isinstance(expected, dict):
        ((kind, content),) = list(expected.items())[:1]
        return _says_kind(value, kind, content)
    if isinstance(expected, str):
        if found := _ROWS.fullmatch(expected):  # so many rows, all alike
            count, row = int(found[1]), [int(cell, 0) for cell in found[2].split(",")]
            return len(payload) == count and all(says(item, row) for item in payload)
        return isinstance(payload, bytes) and expected in (
            payload.decode("latin-1"),
            payload.hex().upper(),
            _dotted(payload),
        )
    if isinstance(expected, list):
        return len(payload) == len(expected) and all(map(says, payload, expected))
    return bool(payload == expected)


def _says_kind(value: Value, kind: str, content: Any) -> bool:
    if kind == "clock":
        moment, _, deviation = content.partition(" deviation ")
        clock = CosemDateTime(value.value)
        return clock.local == dt.datetime.fromisoformat(moment) and clock.deviation == int(deviation)
    if kind in ("octets", "ascii"):
        return bool(value.value == (bytes.fromhex(content) if kind == "octets" else content.encode()))
    return type_name(value.tag) == kind and bool(value.value == content)


def _dotted(octets: bytes) -> str:
    return str(Obis(octets)) if len(octets) == 6 else ""


def _said(value: Value | None, expected: object) -> object:
    return expected if says(value, expected) else value


def _carried(seen: Seen) -> Value:
    """The value the APDU carries: the data of a push, the answer to a GET, what a SET or ACTION brings."""
    return seen.value


def _length(seen: Seen, _: object) -> object:
    return len(_carried(seen).value)


def _values(seen: Seen, expected: Sequence[Any]) -> object:
    """What a list-answer or a push carries, in order; of a push with its own list, what is behind the list."""
    results = getattr(seen.main.apdu, "results", None)
    found = list(results if results is not None else seen.value.value)
    if found and found[0].tag == Tag.ARRAY and len(found) > len(expected):
        found = found[len(found) - len(expected) :]
    fits = len(found) >= len(expected) and all(map(says, found, expected))
    return expected if fits and len(found) == len(expected) else found


def _elements(seen: Seen, expected: Sequence[dict[str, Any]]) -> object:
    """Each element with its object, type and value; those without an object are texts."""
    wrong = [element for element in expected if not _element(seen, element)]
    return wrong or expected


def _element(seen: Seen, element: dict[str, Any]) -> bool:
    if element["obis"] is None:
        return element["value"] in seen.texts
    reading = seen.reading(element["obis"])
    if reading is None or type_name(reading.raw.tag) != element["type"].replace("_", "-"):
        return False
    if isinstance(reading.value, str):
        return reading.value == element["value"]
    return close(reading.value, float(element["value"])) or reading.raw.value == element["value"]  # type: ignore[arg-type]


def _push_objects(seen: Seen, _: object = None) -> list[str]:
    """The list of what is pushed, as class/object/attribute."""
    listed = seen.value.value[0].value
    return [f"{c.value}/{Obis(o.value)}/{a.value}" for c, o, a, *_ in (entry.value for entry in listed)]


def _count(seen: Seen, _: object) -> int:
    """Readings, and what the source counts under 0.0.0.0.0.0 because it stands in the list without an object."""
    return len(seen.readings) + ("0.0.0.0.0.0" in seen.case.expected["strings"])


def _reason(seen: Seen, expected: object) -> object:
    reason = seen.apdu.reason
    return f"normal({reason})" if reason == 0 and isinstance(expected, str) else reason


def _diagnostic(seen: Seen, _: object) -> str:
    source = {1: "user", 2: "provider"}[seen.apdu.diagnostic_source]
    return f"{source}/{_DIAGNOSTICS[seen.apdu.diagnostic]}({seen.apdu.diagnostic})"


def _user_information(seen: Seen, expected: object) -> object:
    carried = seen.apdu.user_information
    if isinstance(expected, dict):
        error = seen.main.user_information
        assert isinstance(error, ConfirmedServiceError)
        service = "initiateError" if error.service == 1 else error.service
        words = error.words.partition(": ")[2].partition(" (")[0].replace(" ", "-").replace("DLMS", "dlms")
        return {"confirmed_service_error": service, "initiate_error": f"{words}({error.code})"}
    if isinstance(expected, str) and " SC " in expected:
        shield = seen.security
        return f"{shield.service} SC 0x{shield.control:02X} IC {shield.invocation_counter}"
    return carried


def _attribute(seen: Seen) -> Any:
    return getattr(seen.apdu, "attribute", None) or seen.apdu.method


def _descriptor(attribute: Any) -> str:
    return f"{attribute.class_id}/{Obis(attribute.instance_id)}/{attribute.attribute_id}"


def _selected(seen: Seen, place: int) -> Value:
    value: Value = seen.apdu.selection.parameters.value[place]
    return value


def _restricting(seen: Seen, _: object) -> str:
    class_id, obis, attribute, index = (part.value for part in _selected(seen, 0).value)
    return f"{class_id}/{Obis(obis)}/{attribute}/{index}"


def _refusal(seen: Seen, _: object) -> str:
    result = seen.apdu.result
    assert isinstance(result, DataAccessResult)
    return {1: "hardware-fault(1)", 3: "read-write-denied(3)"}[result.code]


def _result(seen: Seen, expected: object) -> object:
    if expected == "success(0)":
        response = getattr(seen.apdu, "response", None)
        return f"success({response.result if response else seen.apdu.result})".replace("(1", "(?")
    return _RESULTS[seen.apdu.result]


def _invoke(seen: Seen, expected: object) -> object:
    priority = getattr(seen.apdu, "long_invoke_id_and_priority", None)
    if priority is None:
        return f"{seen.apdu.invoke_id_and_priority:02X}"
    if isinstance(expected, str):
        return f"{priority:08X}"
    swapped = int.from_bytes(priority.to_bytes(4, "big"), "little")  # one source reads the four octets so
    return expected if expected in (priority, swapped, priority >> 8) else priority


def _specification(one: AccessSpecification) -> str:
    class_id, name, number = one.target
    return f"{one.kind.name.lower()} {class_id}/{Obis(name)}/{number}"


def _list_of_data(seen: Seen, expected: Sequence[str]) -> list[str]:
    """Each as its type, `array[4]`, and behind it what the source says it is for."""
    found = []
    for value, said in zip(seen.apdu.data, expected, strict=True):
        count = f"[{len(value.value)}]" if value.tag == Tag.ARRAY else ""
        found.append(type_name(value.tag).removesuffix("-data") + count + "".join(said.partition(" ")[1:]))
    return found


def _type(seen: Seen, expected: str) -> str:
    """Of an initiate its name, of a value its type; some add in brackets what it is for."""
    if expected[0].isupper():
        return seen.initiate.name.title().replace("-", "")
    return type_name(seen.value.tag) + "".join(expected.partition(" ")[1:])


def _first(seen: Seen, count: int) -> list[Value]:
    items: tuple[Value, ...] = seen.value.value
    return list(items[:count])


def _remaining(seen: Seen, _: object) -> int:
    """Octets behind the first of several values."""
    return len(seen.case.data) - axdr.decode_from(seen.case.data)[1]


def _bits(seen: Seen, _: object) -> list[str]:
    return sorted(bit.name.lower().replace("_", "-") for bit in _conformance(seen))


def _conformance(seen: Seen) -> Any:
    initiate = seen.initiate
    return getattr(initiate, "proposed_conformance", None) or initiate.negotiated_conformance


def _of_initiate(*names: str) -> Fact:
    return lambda seen, _: next(getattr(seen.initiate, name) for name in names if hasattr(seen.initiate, name))


_INITIATE: dict[str, Fact] = {
    "conformance": lambda seen, _: f"{int(_conformance(seen)):06X}",
    "conformance_bits": lambda seen, expected: expected if sorted(expected) == _bits(seen, None) else _bits(seen, None),
    "dedicated_key": _of_initiate("dedicated_key"),
    "dlms_version": _of_initiate("proposed_dlms_version_number", "negotiated_dlms_version_number"),
    "max_pdu": _of_initiate("client_max_receive_pdu_size", "server_max_receive_pdu_size"),
    "qos": _of_initiate("proposed_quality_of_service", "negotiated_quality_of_service"),
    "response_allowed": _of_initiate("response_allowed"),
    "vaa": _of_initiate("vaa_name"),
    "type": _type,
}

SPOKEN: dict[str, Fact] = {
    **_INITIATE,
    **{f"initiate.{name}": fact for name, fact in _INITIATE.items()},
    "context": lambda seen, _: _CONTEXTS[seen.apdu.application_context],
    "mechanism": lambda seen, _: _MECHANISMS[seen.apdu.mechanism],
    "auth_value": lambda seen, _: _secret(seen).decode("latin-1"),
    "diagnostic": _diagnostic,
    "result": _result,
    "reason": _reason,
    "user_information": _user_information,
    "class_id": lambda seen, _: _attribute(seen).class_id,
    "obis": lambda seen, _: str(Obis(_attribute(seen).instance_id)),
    "attribute": lambda seen, _: seen.apdu.attribute.attribute_id,
    "method": lambda seen, _: seen.apdu.method.method_id,
    "attributes": lambda seen, _: [_descriptor(request.attribute) for request in seen.apdu.attributes],
    "parameter": lambda seen, expected: _said(seen.apdu.parameters, expected),
    "parameter_octets": lambda seen, _: seen.apdu.parameters.value,
    "return_octets": lambda seen, _: seen.apdu.response.data.value,
    "clock_octets": lambda seen, _: seen.apdu.value.value,
    "octets": lambda seen, _: seen.value.value,
    "clock_hex": lambda seen, expected: next(
        (leaf.value for leaf in seen.leaves if leaf.value == bytes.fromhex(expected)), None
    ),
    "invoke": _invoke,
    "invoke_id": _invoke,
    "long_invoke_id_and_priority": _invoke,
    "long_invoke_id": _invoke,
    "specs": lambda seen, _: [_specification(one) for one in seen.apdu.specifications],
    "data": _list_of_data,
    "block_number": lambda seen, _: seen.apdu.block_number,
    "last_block": lambda seen, _: seen.apdu.last_block,
    "raw_length": lambda seen, _: len(seen.apdu.result),
    "data_access_result": _refusal,
    "selective_access": lambda seen, _: seen.apdu.selection,
    "access_selector": lambda seen, _: seen.apdu.selection.selector,
    "restricting_object": _restricting,
    "from": lambda seen, _: _selected(seen, 1).value,
    "to": lambda seen, _: _selected(seen, 2).value,
    "selected_values": lambda seen, _: list(_selected(seen, 3).value),
    "body_len": lambda seen, _: len(seen.value.value),
    "body_type": lambda seen, _: type_name(seen.value.tag),
    "body": lambda seen, expected: _said(seen.value, expected),
    "date_time_hex": lambda seen, _: seen.main.date_time and seen.main.date_time.raw,
    "value": lambda seen, expected: _said(seen.value, expected),
    "values": _values,
    "structure": lambda seen, expected: _said(seen.value, expected),
    "elements": _elements,
    "items": lambda seen, expected: expected if all(map(says, _first(seen, len(expected)), expected)) else seen.value,
    "first_row": lambda seen, expected: _said(_first(seen, 1)[0], expected),
    "row_len": lambda seen, _: {len(row.value) for row in seen.value.value}.pop(),
    "first_value": lambda seen, expected: _said(_first(seen, 1)[0], expected),
    "remaining_bytes_after_limit_1": _remaining,
    "compact_array": lambda seen, expected: (
        expected if all(map(says, seen.value.value.items, expected)) else seen.value
    ),
    "type_tag": lambda seen, _: seen.value.tag,
    "obis_present": lambda seen, expected: [o for o in expected if any(f"/{o}." in one for one in _push_objects(seen))],
    "push_object_list": _push_objects,
    "push_object_count": lambda seen, _: len(_push_objects(seen)),
    "push_classes": lambda seen, _: [int(one.partition("/")[0]) for one in _push_objects(seen)],
    "mbus_volume": lambda seen, _: [r.raw.value for r in seen.readings if (r.object.c, r.object.d) == (24, 2)],
    "lists": lambda seen, _: [len(found.value.value) for found in seen.found if found.value],
    "expected_count": _count,
    **dict.fromkeys(
        ("structure_items", "array_items", "structure_len", "array_len", "count", "first_structure_len"), _length
    ),
}


def _secret(seen: Seen) -> bytes:
    apdu = seen.apdu
    value = getattr(apdu, "calling_authentication_value", None) or apdu.responding_authentication_value
    assert isinstance(value, bytes)
    return value[2:] if value[:1] == b"\x80" else value
