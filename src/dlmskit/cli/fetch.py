"""Attributes of an object read together, with the scaler and unit that belong to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlmskit.cli.reading import Reading
from dlmskit.client.saved.survey import Answers, Survey
from dlmskit.cosem.common import ScalerUnit, register_value, scaler_unit
from dlmskit.cosem.model import Bound, CosemObject
from dlmskit.data.value import Value
from dlmskit.errors import ReadWriteDenied, UnfitValue


async def fetch(survey: Survey, obj: CosemObject, indices: Sequence[int]) -> list[Reading]:
    """The attributes of those numbers, in that order; what cannot be read has its error as the result."""
    wanted = [obj.attribute(index) for index in indices]
    scaler = next((ref for ref in map(obj.attribute, obj.attributes) if ref.attribute.kind is scaler_unit), None)
    is_needed = scaler is not None and any(map(_is_scaled, wanted))
    extra = [scaler.attribute.index] if is_needed and scaler is not None else []
    answers = await survey.read(obj, [*indices, *extra])
    scaling = _loaded(scaler, answers) if scaler is not None else None
    return [Reading(ref, answers[ref.attribute.index], scaling if _is_scaled(ref) else None) for ref in wanted]


def denied(obj: CosemObject, index: int) -> Reading:
    """An attribute that the view says may not be read: not even asked for."""
    return Reading(obj.attribute(index), ReadWriteDenied("not readable in this association"))


def _is_scaled(ref: Bound[Any]) -> bool:
    return ref.attribute.kind is register_value


def _loaded(scaler: Bound[ScalerUnit], answers: Answers) -> ScalerUnit | UnfitValue | None:
    result = answers.get(scaler.attribute.index)
    try:
        return scaler.load(result) if isinstance(result, Value) else None
    except UnfitValue as error:
        return error
