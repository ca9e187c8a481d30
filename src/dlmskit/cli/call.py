"""`dlmskit call`: carry out a method."""

from __future__ import annotations

from typing import Annotated

import typer

from dlmskit.cli.connection import Connection
from dlmskit.cli.output import Output
from dlmskit.cli.targets import Target
from dlmskit.cli.words import in_words
from dlmskit.cosem.model import BoundMethod, BoundTrigger
from dlmskit.data import tagged
from dlmskit.errors import UsageError

MethodName = Annotated[str, typer.Argument(metavar="OBJECT/METHOD", help="What to call, such as clock/shift_time.")]
Argument = Annotated[
    str | None,
    typer.Argument(metavar="VALUE", help="What the method takes, as for write.", show_default=False),
]


async def call(connection: Connection, output: Output, method: MethodName, value: Argument = None) -> None:
    """Carry out a method of a meter."""
    target = Target.of_method(method, connection.words)
    if value is not None:
        target.check_value("methods", value)
    async with connection.meter(output) as meter:
        obj = await meter.object(target.obis, target.class_id, target.version)
        ref = obj.method(target.member or "")
        answer = ref.method.returns.dump(await meter.call(ref, _argument(ref, value)))
    if output.as_json:
        output.emit(
            {
                "object": str(obj.obis),
                "class_id": obj.class_id,
                "method": ref.method.index,
                "name": ref.method.name,
                "value": tagged.to_json(answer),
            }
        )
    else:
        output.say(f"{ref} done" if answer.value is None else f"{ref} returned {in_words(answer)}")


def _argument(ref: BoundMethod[object, object], value: str | None) -> object:
    if value is not None:
        return ref.method.takes.parse(value)
    if isinstance(ref, BoundTrigger):
        return 0
    raise UsageError(f"{ref} takes a value: {ref.method.takes.describe()}")
