"""`dlmskit write`: set an attribute."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dlmskit.cli.connection import Connection
from dlmskit.cli.output import Output
from dlmskit.cli.reading import value_to_json
from dlmskit.cli.targets import Target
from dlmskit.cli.words import in_words
from dlmskit.cosem.ics import Clock
from dlmskit.data.value import type_name
from dlmskit.errors import UsageError

AttributeName = Annotated[str, typer.Argument(metavar="OBJECT/ATTRIBUTE", help="What to set, such as clock/time_zone.")]
NewValue = Annotated[
    str,
    typer.Argument(
        metavar="VALUE",
        help='By the declared type: 60, 2026-11-22T15:00, "text", 0x0102; else tagged JSON: {"long": 60}; '
        "now for a clock's time.",
    ),
]
NOW = "now"


async def write(connection: Connection, output: Output, attribute: AttributeName, value: NewValue) -> None:
    """Set an attribute of a meter."""
    target = Target.of_attribute(attribute, connection.words)
    if target.member is None:
        raise UsageError(f"{attribute!r} names no attribute; write {attribute}/2 or {attribute}/time")
    is_now = value == NOW and target.may_be(Clock.time)
    if not is_now:
        target.check_value("attributes", value)
    async with connection.meter(output) as meter:
        obj = await meter.object(target.obis, target.class_id, target.version)
        ref = obj.attribute(target.member)
        if is_now and isinstance(obj, Clock):
            parsed: Any = await meter.set_clock(obj)
        else:
            parsed = ref.attribute.kind.parse(value)
            await meter.set(ref, parsed)
    sent = ref.dump(parsed)
    if output.as_json:
        output.emit(
            {
                "object": str(obj.obis),
                "class_id": obj.class_id,
                "attribute": ref.attribute.index,
                "name": ref.attribute.name,
                "type": type_name(sent.tag),
                "value": value_to_json(sent, parsed),
            }
        )
    else:
        output.say(f"{ref} set to {in_words(parsed)}")
