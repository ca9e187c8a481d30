"""A saved meter as JSON text: an object a line, values tagged, so that they come back bit for bit.

    {"dlmskit": "snapshot", "version": 1, "taken": "2026-11-22T14:00:00+00:00", "association": {…}, "rights": "modes",
    "services": {"with_list": "works"},
    "objects": [
    {"object": "1.0.1.8.0.255", "class_id": 3, "version": 0, "attributes": [
        {"attribute": 2, "access": 1, "value": {"double-long-unsigned": 12345}}, …], "methods": [{"method": 1, "access": 0}]}
    ]}

`access` is the meter's own number: a mode, or flags where `rights` says so. An attribute that was refused has `error`.
What stands in the meter's list and names no object is in `unfit`, by its place there.
`services` says which of those that meters agree to and do not always have are known to work, or to be broken.
Members that are not known are passed over, so that later versions may add some.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import fields
from datetime import datetime
from typing import Any, Final, cast

from dlmskit.apdu.base import AttributeDescriptor, DataAccessResult
from dlmskit.client.facts import AssociationFacts
from dlmskit.client.plan import MECHANISMS
from dlmskit.client.saved.saved import Answer, Saved
from dlmskit.client.security import LEVELS
from dlmskit.client.view import FLAGS_FROM_VERSION, View
from dlmskit.cosem.access import AccessFlags, AccessRight, AttributeAccess, MethodAccess, ObjectListElement
from dlmskit.cosem.object_list import ObjectListElementKind
from dlmskit.data import tagged
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Value
from dlmskit.errors import UnfitValue, UsageError, access_refused
from dlmskit.obis import Obis
from dlmskit.session.services.advertised import Extra, Standing

FORMAT, VERSION = "snapshot", 1
#: Octets of text that are read at most. 65,000 objects with values take some 30 million.
LARGEST: Final = 1 << 26

OF_WHAT: Final = "`dlmskit read URL --save FILE` makes one"
_RIGHTS = {"modes": ObjectListElementKind(1), "flags": ObjectListElementKind(FLAGS_FROM_VERSION)}
_SURE = (Standing.WORKS.value, Standing.BROKEN.value)
_FACTS = {field.name for field in fields(AssociationFacts)} - {"hdlc", "server_certificate"}


def to_text(saved: Saved) -> str:
    """The whole of a file."""
    head = {
        "dlmskit": FORMAT,
        "version": VERSION,
        "taken": saved.taken.isoformat(),
        "association": _facts_to_json(saved.facts),
        "rights": "flags" if _has_flags(saved.view) else "modes",
        "services": {extra.value: standing.value for extra, standing in saved.services.items()},
    }
    if saved.view.unfit:
        head["unfit"] = [
            {"entry": number, "value": tagged.to_json(cast(Value, error.value)), "note": error.message}
            for number, error in saved.view.unfit.items()
        ]
    objects = ",\n".join(_brief(_object_to_json(entry, saved)) for entry in saved.view)
    return f'{_brief(head)[:-1]}, "objects": [\n{objects}\n]}}\n'


def from_text(text: str, *, most: int = LARGEST) -> Saved:
    """What such a text holds. Raises UsageError for any other, and for one of more than `most` characters."""
    if len(text) > most:
        raise UsageError(f"a snapshot of more than {most} octets is not read")
    try:
        return _saved(json.loads(text))
    except json.JSONDecodeError as error:
        raise UsageError(
            f"no snapshot: no JSON at line {error.lineno}, column {error.colno}",
            hints=("the file is cut off or was edited: save the meter again",),
        ) from None
    except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
        raise _unreadable(error) from None
    except RecursionError:
        raise UsageError("no snapshot: nested too deeply") from None


def _unreadable(error: Exception) -> UsageError:
    if isinstance(error, UsageError):
        return UsageError(f"no snapshot: {error.message}", hints=error.hints)
    what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
    return UsageError(f"no snapshot: {what[:200]}", hints=(OF_WHAT,))


def _brief(given: object) -> str:
    return json.dumps(given, ensure_ascii=False, allow_nan=False)


def _has_flags(view: View) -> bool:
    rights = (right for entry in view for right in entry.access_rights.attribute_access)
    return any(isinstance(right.access_mode, AccessFlags) for right in rights)


# --- written ---


def _facts_to_json(facts: AssociationFacts) -> dict[str, object]:
    told = {name: getattr(facts, name) for name in sorted(_FACTS)}
    title = facts.server_system_title
    return told | {
        "conformance": int(facts.conformance),
        "server_system_title": None if title is None else title.hex(),
    }


def _object_to_json(entry: ObjectListElement, saved: Saved) -> dict[str, object]:
    return {
        "object": str(entry.logical_name),
        "class_id": entry.class_id,
        "version": entry.version,
        "attributes": [_attribute_to_json(right, entry, saved) for right in entry.access_rights.attribute_access],
        "methods": [
            {"method": right.method_id, "access": int(right.access_mode)} for right in entry.access_rights.method_access
        ],
    }


def _attribute_to_json(right: AttributeAccess, entry: ObjectListElement, saved: Saved) -> dict[str, object]:
    told: dict[str, object] = {"attribute": right.attribute_id, "access": int(right.access_mode)}
    if right.access_selectors is not None:
        told["selectors"] = list(right.access_selectors)
    answer = saved.values.get(AttributeDescriptor(entry.class_id, entry.logical_name, right.attribute_id))
    if isinstance(answer, Value):
        told["value"] = tagged.to_json(answer)
    elif answer is not None:
        told["error"] = {"kind": access_refused(answer.code).kind, "code": answer.code}
    return told


# --- read ---


def _saved(given: Any) -> Saved:
    if given["dlmskit"] != FORMAT:
        raise UsageError("another kind of file", hints=(OF_WHAT,))
    version = _number(given["version"], range(1, 1 << 31))
    if version > VERSION:
        newer = "a newer dlmskit wrote it: use that one, or save the meter again with this one"
        raise UsageError(f"version {version}; this dlmskit reads up to {VERSION}", hints=(newer,))
    kind = _RIGHTS[given["rights"]]
    objects = [_object(number, one, kind) for number, one in enumerate(_list(given["objects"]), 1)]
    return Saved(
        _facts(given["association"]),
        View((entry for entry, _ in objects), dict(map(_unfit, given.get("unfit", ())))),
        dict(answer for _, answers in objects for answer in answers),
        _moment(given["taken"]),
        dict(_services(given.get("services", {}))),
    )


def _unfit(given: Any) -> tuple[int, UnfitValue]:
    place = _number(given["entry"], range(1 << 16))
    return place, UnfitValue(_text(given["note"]), value=tagged.from_json(given["value"]))


def _services(given: Any) -> Iterator[tuple[Extra, Standing]]:
    known = {extra.value: extra for extra in Extra}
    for name, standing in given.items():
        if name in known:
            yield known[name], Standing(_choice(standing, _SURE))


def _object(
    number: int, given: Any, kind: ObjectListElementKind
) -> tuple[ObjectListElement, list[tuple[AttributeDescriptor, Answer]]]:
    """One of the objects. Errors say which: they stand one a line, to be edited by hand."""
    try:
        entry = _element(given, kind)
        return entry, list(_answers(entry, given["attributes"]))
    except UsageError as error:
        name = given.get("object") if isinstance(given, dict) else None
        raise UsageError(f"object {number}, {str(name)[:40]}: {error.message}", hints=error.hints) from None


def _facts(given: Any) -> AssociationFacts:
    title = given["server_system_title"]
    return AssociationFacts(
        _number(given["client"], range(1 << 16)),
        _number(given["server"], range(1 << 16)),
        _choice(given["auth"], MECHANISMS),
        _choice(given["level"], LEVELS),
        Conformance(_number(given["conformance"], range(1 << 24))),
        _number(given["max_pdu_sent"], range(1 << 32)),
        _number(given["max_pdu_received"], range(1 << 32)),
        None if title is None else bytes.fromhex(title),
        None,
    )


def _element(given: Any, kind: ObjectListElementKind) -> ObjectListElement:
    return ObjectListElement(
        _number(given["class_id"], range(1 << 16)),
        _number(given["version"], range(1 << 8)),
        Obis.parse(given["object"]),
        AccessRight(
            tuple([_attribute_access(one, kind) for one in _list(given["attributes"])]),
            tuple(
                [
                    MethodAccess(_index(one["method"]), kind.method_modes[_octet(one["access"])])
                    for one in _list(given["methods"])
                ]
            ),
        ),
    )


def _attribute_access(given: Any, kind: ObjectListElementKind) -> AttributeAccess:
    selectors = given.get("selectors")
    chosen = None if selectors is None else tuple(map(_index, _list(selectors)))
    return AttributeAccess(_index(given["attribute"]), kind.attribute_modes[_octet(given["access"])], chosen)


def _answers(entry: ObjectListElement, attributes: Any) -> Iterator[tuple[AttributeDescriptor, Answer]]:
    for one in attributes:
        target = AttributeDescriptor(entry.class_id, entry.logical_name, one["attribute"])
        if "value" in one:
            yield target, tagged.from_json(one["value"])
        elif "error" in one:
            yield target, DataAccessResult(_octet(one["error"]["code"]))


def _moment(given: Any) -> datetime:
    moment = datetime.fromisoformat(_text(given))
    if moment.utcoffset() is None:
        raise UsageError("the time it was taken at has no offset from UTC")
    return moment


def _number(given: Any, allowed: range) -> int:
    if type(given) is not int or given not in allowed:
        raise UsageError(f"{str(given)[:40]} where a number from {allowed[0]} to {allowed[-1]} should be")
    return given


def _index(given: Any) -> int:
    return _number(given, range(-128, 128))


def _octet(given: Any) -> int:
    return _number(given, range(256))


def _list(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise UsageError(f"{str(given)[:40]} where a list should be")
    return given


def _choice(given: Any, known: Collection[str]) -> str:
    if not isinstance(given, str) or given not in known:
        raise UsageError(f"{str(given)[:40]}, which is none of {', '.join(known)}")
    return given


def _text(given: Any) -> str:
    if not isinstance(given, str):
        raise UsageError(f"{str(given)[:40]} where text should be")
    return given
