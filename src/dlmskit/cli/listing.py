"""Readings laid out for people, in the columns there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from dlmskit.cli.output import Output
from dlmskit.cli.reading import Reading
from dlmskit.cli.text import fold, pad, printable, width_of
from dlmskit.cosem.catalogue import title
from dlmskit.cosem.common import ScalerUnit
from dlmskit.cosem.model import CosemObject

_NAME = 17
_ATTRIBUTE = 35
_GAP = "  "
# What stands on one line with its object: the classes that are a value.
_VALUE_CLASSES = (1, 3, 4)


def show(
    output: Output, obj: CosemObject, readings: Sequence[Reading], instead: Mapping[int, str] = MappingProxyType({})
) -> None:
    """An object: its value on one line where it is one, else a line for each attribute.

    instead  what is shown for attributes that were not read
    """
    shown = [reading for reading in readings if reading.ref.attribute.index != 1 or len(readings) == 1]
    if obj.class_id in _VALUE_CLASSES:
        first = next((reading for reading in shown if reading.ref.attribute.index == 2), None)
        shown = [one for one in shown if one is not first and not _belongs_to(one, first)]
        _head(output, obj, first)
    else:
        _head(output, obj, None)
    rows = {reading.ref.attribute.index: (str(reading), reading.is_read) for reading in shown}
    rows |= {index: (text, False) for index, text in instead.items()}
    for index, (text, is_read) in sorted(rows.items()):
        row(output, f"{index:>3} {obj.attribute(index).attribute.name}", text, is_dim=not is_read)


def _belongs_to(reading: Reading, value: Reading | None) -> bool:
    """Whether it is the scaler and unit that the value is already shown with."""
    return value is not None and isinstance(value.scaling, ScalerUnit) and reading.ref.attribute.name == "scaler_unit"


def _head(output: Output, obj: CosemObject, value: Reading | None) -> None:
    text = printable(title(obj.obis, obj.class_id))
    right = list(_lines(str(value), output.width // 2)) if value is not None else []
    room = output.width - _NAME - (max(map(width_of, right)) + len(_GAP) if right else 0)
    left = list(fold(text, room))
    for number in range(max(len(left), len(right))):
        name = str(obj.obis) if not number else ""
        line = left[number] if number < len(left) else ""
        output.say(pad(f"{name} ", _NAME), style="cyan", end="")
        if number >= len(right):
            output.say(line, style=None if value is not None else "bold")
            continue
        output.say(pad(line, room) + _GAP, end="")
        width = output.width - _NAME - room - len(_GAP)
        output.say(" " * (width - width_of(right[number])) + right[number], style=_style(value))


def _style(reading: Reading | None) -> str:
    return "bold green" if reading is not None and reading.is_read else "dim"


def row(output: Output, name: str, text: str, *, is_dim: bool = False) -> None:
    """A name, and what belongs to it beside it, on as many lines as it needs."""
    room = output.width - _ATTRIBUTE
    for number, line in enumerate(_lines(text, room)):
        output.say(pad("" if number else f"{name}{_GAP}", _ATTRIBUTE), style="dim" if is_dim else None, end="")
        output.say(line, style="dim" if is_dim else None)


def _lines(text: str, room: int) -> Iterable[str]:
    for line in text.split("\n"):
        yield from fold(printable(line), room)
