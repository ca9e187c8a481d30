"""What was found in octets, explained for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from dlmskit.apdu.acse import ApplicationContext
from dlmskit.cli.output import Output
from dlmskit.cli.text import fold, pad, printable
from dlmskit.cli.words import name_of, text_of
from dlmskit.cosem.catalogue import title
from dlmskit.cosem.model import CosemObject
from dlmskit.data.compact import CompactArray
from dlmskit.data.value import Tag, Value, type_name
from dlmskit.dissect import Found, Protection, Reading
from dlmskit.errors import access_refused, association_refused
from dlmskit.obis import Obis
from dlmskit.security.mechanisms import Mechanism
from dlmskit.times import CosemDateTime

_NAME = 26
_MEDIA = range(16)
_TOLD_ELSEWHERE = ("user_information", "content", "raw_data", "system_title", "date_time", "diagnostic_source")
_TAG_STATES = {
    "verified": "tag verified",
    "unchecked": "deciphered, but not proven: give --ak to check the tag",
    "wrong": "tag wrong, nothing is shown: a key or the system title does not fit",
    "absent": "without a tag: encrypted only, so not proven",
    "no-key": "not deciphered: give --ek, --ak, and --system-title where it is not in the octets",
}
_RESULTS = {0: "accepted", 1: "rejected, permanently", 2: "rejected, for now"}
_CONTEXTS = {
    ApplicationContext.LN: "logical names",
    ApplicationContext.SN: "short names",
    ApplicationContext.LN_CIPHERED: "logical names, ciphered",
    ApplicationContext.SN_CIPHERED: "short names, ciphered",
}


def show_found(output: Output, found: Found, *, first: bool) -> None:
    """One APDU or frame: what it is, how it is protected, what it carries."""
    if not first:
        output.say()
    said = found.to_json()
    output.say(found.name or _frame_name(said) or "unknown octets", style="bold cyan")
    _row(output, "framing", _framing(found, said))
    for layer in found.layers or ((found.security,) if found.security else ()):
        _row(output, "protection", _protection(layer), style="dim" if layer.tag == "verified" else "yellow")
    fields: Any = said["fields"]
    for name, value in fields.items():
        if name not in _TOLD_ELSEWHERE:
            _field(output, name, value, fields)
    initiate: Any = said["user_information"] or {}
    for name, value in initiate.items():
        _field(output, name, value, {})
    if found.date_time is not None:
        _row(output, "date-time", str(found.date_time))
    if found.value is not None:
        for number, line in enumerate(_tree(found.value)):
            _row(output, "" if number else "value", line)
    for number, reading in enumerate(found.readings):
        _row(output, "" if number else "readings", _reading(reading), style="green")
    if found.error is not None:
        _row(output, "error", found.error.message, style="red")
    if found.octets is not None and (found.apdu is None or found.error is not None):
        _row(output, "octets", found.octets.hex(" "), style="dim")


def _row(output: Output, name: str, text: str, style: str | None = None) -> None:
    indent = len(text) - len(text.lstrip(" "))
    head = pad(f"  {name}", _NAME)
    if not head.endswith(" "):  # a long name has a line of its own
        output.say(head, style=style)
        head = " " * _NAME
    for line in fold(printable(text.lstrip(" ")), output.width - _NAME - indent):
        output.say(head + " " * indent + line, style=style)
        head = " " * _NAME


def _frame_name(said: Mapping[str, Any]) -> str | None:
    frame = said["frame"]
    return f"{frame['type']} frame" if frame and "type" in frame else None


def _framing(found: Found, said: Mapping[str, Any]) -> str:
    frame = said["frame"]
    if not frame or "source" not in frame:
        return found.framing
    return f"{found.framing}, from {_address(frame['source'])} to {_address(frame['destination'])}"


def _address(address: object) -> str:
    if not isinstance(address, Mapping):
        return str(address)
    physical = address.get("physical")
    return str(address.get("logical", address.get("hex"))) + ("" if physical is None else f"/{physical}")


def _protection(layer: Protection) -> str:
    parts = [layer.service]
    if layer.system_title is not None:
        text = text_of(layer.system_title[:3])
        parts.append(f"system title {layer.system_title.hex()}" + (f" ({text})" if text else ""))
    if layer.control is not None:
        parts.append(f"suite {layer.suite}, control 0x{int(layer.control):02x}")
    if layer.invocation_counter is not None:
        parts.append(f"invocation counter {layer.invocation_counter}")
    return "; ".join([*parts, _TAG_STATES[layer.tag]])


def _field(output: Output, name: str, value: object, fields: Mapping[str, Any]) -> None:
    if value is None or value is False:
        return
    label = name.replace("_", " ")
    words = _EXPLAINED.get(name)
    text = words(value, fields) if words is not None else None
    for number, line in enumerate([text] if text else _outline(value)):
        _row(output, "" if number else label, line)


def _outline(value: object) -> Iterator[str]:
    """Lines of a field's JSON: attributes by name, lists item by item."""
    if isinstance(value, Mapping):
        yield _attribute(value) or ", ".join(
            f"{name.replace('_', ' ')} {_short_name(inner) if name == 'name' else ' '.join(_outline(inner))}"
            for name, inner in value.items()
            if inner is not None
        )
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield ", ".join(value)
        else:
            for item in value:
                yield " ".join(_outline(item))
    else:
        yield str(value).lower() if isinstance(value, bool) else str(value)


def _short_name(name: object) -> str:
    """A short name as meters' papers have it: 0xFA08 for -1528."""
    return f"0x{name & 0xFFFF:04X}" if isinstance(name, int) else str(name)


def _attribute(value: Mapping[str, Any]) -> str | None:
    """An attribute or method: `8:0.0.1.0.0.255/2 (Clock, time)`."""
    number = value.get("attribute_id", value.get("method_id"))
    if number is None or "instance_id" not in value:
        return None
    class_id, name = value["class_id"], value["instance_id"]
    cls = CosemObject.registry.newest(class_id)
    members: Mapping[int, Any] = {} if cls is None else cls.attributes if "attribute_id" in value else cls.methods
    known = f", {members[number].name}" if number in members else ""
    return f"{class_id}:{name}/{number} ({title(name, class_id)}{known})"


def _reading(reading: Reading) -> str:
    said = reading.to_json()
    return f"{reading.object}  {title(reading.object)}: {said['value']} {said['unit'] or ''}".rstrip()


def _tree(value: Value, depth: int = 0) -> Iterator[str]:
    """A value line by line, what octets may stand for beside them."""
    indent, name, payload = "  " * depth, type_name(value.tag), value.value
    items = payload.items if isinstance(payload, CompactArray) else payload
    if isinstance(items, tuple):
        yield f"{indent}{name} of {len(items)}"
        for item in items:
            yield from _tree(item, depth + 1)
        return
    yield f"{indent}{name} {_simple(value)}".rstrip()


def _simple(value: Value) -> str:
    payload = value.value
    if not isinstance(payload, bytes):
        return "" if payload is None else str(payload).lower() if isinstance(payload, bool) else str(payload)
    if value.tag in (Tag.VISIBLE_STRING, Tag.UTF8_STRING):
        return f'"{payload.decode("utf-8", "replace")}"'
    meaning = _meaning(payload)
    return f"{payload.hex()}  {meaning}" if meaning else payload.hex()


def _meaning(octets: bytes) -> str:
    if len(octets) == 6 and octets[0] in _MEDIA:
        return f"{Obis(octets)} {title(octets)}"
    text = text_of(octets)
    if text is not None:
        return f'"{text}"'
    if len(octets) == CosemDateTime.size and CosemDateTime(octets).local is not None:
        return str(CosemDateTime(octets))
    return ""


def _invoke_id(value: int, fields: Mapping[str, Any]) -> str:
    confirmed = "confirmed" if value & 0x40 else "unconfirmed"
    return f"{value & 0x0F}, {confirmed}, {'high' if value & 0x80 else 'normal'} priority"


def _diagnostic(value: int, fields: Mapping[str, Any]) -> str:
    if not value:
        return "0: no error"
    return f"{value}: {association_refused(value, provider=fields.get('diagnostic_source') == 2).message}"


def _mechanism(value: int, fields: Mapping[str, Any]) -> str | None:
    return f"{value}: {name_of(Mechanism(value))}" if value in list(Mechanism) else None


def _result(value: object, fields: Mapping[str, Any]) -> str | None:
    if isinstance(value, Mapping) and "data-access-result" in value:
        return str(access_refused(value["data-access-result"]).message)
    if not isinstance(value, int):
        return None
    if "diagnostic" in fields:
        return f"{value}: {_RESULTS.get(value, 'unknown')}"
    return "0: success" if not value else f"{value}: {access_refused(value).message}"


def _long_invoke_id(value: int, fields: Mapping[str, Any]) -> str:
    confirmed = "confirmed" if value & 0x40000000 else "unconfirmed"
    return f"{value & 0xFFFFFF}, {confirmed}, {'high' if value & 0x80000000 else 'normal'} priority"


_EXPLAINED: Mapping[str, Callable[[Any, Mapping[str, Any]], str | None]] = {
    "invoke_id_and_priority": _invoke_id,
    "long_invoke_id_and_priority": _long_invoke_id,
    "diagnostic": _diagnostic,
    "mechanism": _mechanism,
    "result": _result,
    "application_context": lambda value, fields: f"{value}: {_CONTEXTS[value]}" if value in _CONTEXTS else None,
}
