"""Attributes of an object read together, with the scaler and unit that belong to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlmskit.cli.reading import Reading
from dlmskit.client import Meter
from dlmskit.cosem.access import ObjectListElement
from dlmskit.cosem.common import ScalerUnit, register_value, scaler_unit
from dlmskit.cosem.model import Attribute, Bound, CosemObject
from dlmskit.data.kinds import anything
from dlmskit.data.value import Value
from dlmskit.errors import DlmsError, ReadWriteDenied, Refused, RemoteProtocolError

# Too large to be asked for together with others.
_ALONE = ("buffer", "object_list")


async def fetch(meter: Meter, obj: CosemObject, indices: Sequence[int]) -> list[Reading]:
    """The attributes of those numbers, in that order; what cannot be read has its error as the result."""
    wanted = [obj.attribute(index) for index in indices]
    scaler = next((ref for ref in map(obj.attribute, obj.attributes) if ref.attribute.kind is scaler_unit), None)
    extra = [scaler] if scaler is not None and scaler not in wanted and any(map(_is_scaled, wanted)) else []
    results = dict(zip(wanted + extra, await _read(meter, wanted + extra), strict=True))
    scaling = _loaded(scaler, results) if scaler is not None else None
    return [Reading(ref, results[ref], scaling if _is_scaled(ref) else None) for ref in wanted]


def object_of(meter: Meter, entry: ObjectListElement) -> CosemObject:
    """The object that an entry of the view names, in its class and version."""
    return CosemObject.registry.object(entry.class_id, entry.version, entry.logical_name, meter.backend)


def denied(obj: CosemObject, index: int) -> Reading:
    """An attribute that the view says may not be read: not even asked for."""
    return Reading(obj.attribute(index), ReadWriteDenied("not readable in this association"))


async def _read(meter: Meter, refs: Sequence[Bound[Any]]) -> list[Value | DlmsError]:
    together = [ref for ref in refs if ref.attribute.name not in _ALONE]
    found: dict[Bound[Any], Value | DlmsError] = {}
    if len(together) > 1:
        try:
            results = await meter.batch(*map(_raw, together), return_errors=True)
            found = dict(zip(together, results, strict=True))
        except Refused:
            pass  # the meter takes no lists after all: one by one
    return [found[ref] if ref in found else await _read_one(meter, ref) for ref in refs]


async def _read_one(meter: Meter, ref: Bound[Any]) -> Value | DlmsError:
    try:
        return await meter.get(_raw(ref))
    except (Refused, RemoteProtocolError) as error:
        return error


def _raw(ref: Bound[Any]) -> Bound[Value]:
    """The same attribute as tagged data, whatever its class declares."""
    attribute = Attribute(ref.attribute.index, anything)
    attribute.__set_name__(type(ref.obj), ref.attribute.name)
    return Bound(ref.obj, attribute)


def _is_scaled(ref: Bound[Any]) -> bool:
    return ref.attribute.kind is register_value


def _loaded(scaler: Bound[ScalerUnit], results: dict[Bound[Any], Value | DlmsError]) -> ScalerUnit | None:
    result = results.get(scaler)
    try:
        return scaler.load(result) if isinstance(result, Value) else None
    except RemoteProtocolError:
        return None
