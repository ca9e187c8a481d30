"""`dlmskit objects`: the association view."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from dlmskit.cli.connection import Connection
from dlmskit.cli.output import Output
from dlmskit.cli.text import fold, pad
from dlmskit.cli.words import in_words
from dlmskit.client.view import View
from dlmskit.cosem.access import ObjectListElement
from dlmskit.cosem.catalogue import title
from dlmskit.cosem.model import Attribute, CosemObject, GenericObject, Method
from dlmskit.data import tagged
from dlmskit.data.value import Value

_NAME, _CLASS = 17, 22


async def objects(connection: Connection, output: Output) -> None:
    """Show what an association sees: names, classes, access rights."""
    async with connection.meter(output) as meter:
        with output.progress("reading the list of objects"):
            view = await meter.objects()
    for entry in view:
        if output.as_json:
            output.emit(to_json(entry))
        else:
            _show(output, entry)
    tell_unfit(output, view)


def tell_unfit(output: Output, view: View) -> None:
    """What stands in the meter's list of objects and names none, as it came."""
    for number, error in view.unfit.items():
        raw = cast(Value, error.value)
        if output.as_json:
            nothing = dict.fromkeys(("object", "class_id", "version"))
            output.emit(nothing | {"entry": number, "value": tagged.to_json(raw), "note": error.message})
        else:
            output.note(f"entry {number} of the list names no object: {in_words(raw)} ({error.message})")


def to_json(entry: ObjectListElement) -> dict[str, object]:
    """One object of the view, with access rights in words."""
    obj = CosemObject.registry.object(entry.class_id, entry.version, entry.logical_name)
    return {
        "object": str(entry.logical_name),
        "class_id": entry.class_id,
        "version": entry.version,
        "class": _class_name(obj),
        "description": title(entry.logical_name, entry.class_id),
        "attributes": [
            {"attribute": right.attribute_id, "name": _name(obj.attributes, right.attribute_id), "access": str(right)}
            for right in entry.access_rights.attribute_access
        ],
        "methods": [
            {"method": right.method_id, "name": _name(obj.methods, right.method_id), "access": str(right)}
            for right in entry.access_rights.method_access
        ],
    }


def _class_name(obj: CosemObject) -> str | None:
    declared = obj.like if isinstance(obj, GenericObject) else type(obj)
    return declared.__name__.partition("_")[0] if declared is not None else None


def _name(declared: Mapping[int, Attribute[Any]] | Mapping[int, Method[Any, Any]], index: int) -> str | None:
    found = declared.get(index)
    return found.name if found is not None else None


def _show(output: Output, entry: ObjectListElement) -> None:
    obj = CosemObject.registry.object(entry.class_id, entry.version, entry.logical_name)
    name = _class_name(obj) or "class"
    output.say(pad(f"{entry.logical_name} ", _NAME), style="cyan", end="")
    output.say(pad(f"{name} {entry.class_id}.{entry.version}", _CLASS) + " ", style="dim", end="")
    room = output.width - _NAME - _CLASS - 1
    lines = [*fold(title(entry.logical_name, entry.class_id), room), *fold(rights_in_brief(entry), room)]
    for number, line in enumerate(lines):
        output.say((" " * (_NAME + _CLASS + 1) if number else "") + line)


def rights_in_brief(entry: ObjectListElement) -> str:
    """Numbers of attributes by what may be done with them: `read 1-3 · write 2 · call 1`."""
    rights = entry.access_rights
    groups = {
        "read": [right.attribute_id for right in rights.attribute_access if right.can_read],
        "write": [right.attribute_id for right in rights.attribute_access if right.can_write],
        "call": [right.method_id for right in rights.method_access if right.can_call],
    }
    return " · ".join(f"{verb} {_ranges(numbers)}" for verb, numbers in groups.items() if numbers) or "no access"


def _ranges(numbers: list[int]) -> str:
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
