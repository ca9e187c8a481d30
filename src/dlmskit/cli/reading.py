"""One attribute that was read, or why not: as JSON and as text for people."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any, cast

from dlmskit.cli.words import MOMENTS, NESTED, in_words, name_of, text_of
from dlmskit.cosem.catalogue import title
from dlmskit.cosem.common import ScalerUnit
from dlmskit.cosem.model import Bound, GenericObject
from dlmskit.data import tagged
from dlmskit.data.value import Tag, Value, type_name
from dlmskit.errors import DlmsError, UnfitValue
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime
from dlmskit.units import Quantity, plain


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meter answered for one attribute.

    ref      the attribute as its class declares it
    result   the tagged value that came, or why none did
    scaling  scaler and unit that belong to it, or why what came for them is none
    """

    ref: Bound[Any]
    result: Value | DlmsError
    scaling: ScalerUnit | UnfitValue | None = None

    @property
    def index(self) -> int:
        return self.ref.attribute.index

    @property
    def is_read(self) -> bool:
        return isinstance(self.result, Value)

    @property
    def quantity(self) -> Quantity | None:
        """The exact number with its unit, where a scaler belongs to it."""
        result = self.result
        is_number = isinstance(result, Value) and type(result.value) in (int, float)
        scaling = self.scaling
        return scaling.quantity(cast(Value, result)) if is_number and isinstance(scaling, ScalerUnit) else None

    def to_json(self) -> dict[str, object]:
        """The promised shape: `value` is an exact decimal string where there is a scaler, the wire's number in `raw`."""
        obj, attribute = self.ref.obj, self.ref.attribute
        said: dict[str, object] = {
            "object": str(obj.obis),
            "class_id": obj.class_id,
            "version": obj.class_version,
            "attribute": attribute.index,
            "name": attribute.name,
            "description": title(obj.obis, obj.class_id),
        }
        if isinstance(self.result, DlmsError):
            return said | {"error": self.result.to_json()}
        said["type"] = type_name(self.result.tag)
        quantity = self.quantity
        if quantity is not None and isinstance(self.scaling, ScalerUnit):
            return said | {
                "value": plain(quantity.value),
                "unit": quantity.unit.symbol or None,
                "raw": self.result.value,
                "scaler": self.scaling.scaler,
            }
        loaded, note = self._loaded(self.result)
        said |= {"value": value_to_json(self.result, loaded), "unit": None, "raw": None, "scaler": None}
        text = _said_by(self.result, loaded)
        return said | ({"text": text} if text else {}) | ({"note": note} if note else {})

    def __str__(self) -> str:
        """The value for people."""
        if isinstance(self.result, DlmsError):
            return refusal(self.result)
        quantity = self.quantity
        if quantity is not None:
            return str(quantity)
        loaded, note = self._loaded(self.result)
        return f"{in_words(loaded)} ({note})" if note else in_words(loaded)

    def _loaded(self, value: Value) -> tuple[object, str | None]:
        """As Python has it where the type is the declared one, else as it came; and what does not fit."""
        try:
            loaded = self.ref.load(value)
        except UnfitValue as error:
            return value, error.message
        if isinstance(self.ref.obj, GenericObject):
            loaded = self.ref.obj.read_as(self.index, value)
        return loaded, self.scaling.message if isinstance(self.scaling, UnfitValue) else None


def refusal(error: DlmsError) -> str:
    """Why there is no value, in a few words: `(read write denied)`."""
    return f"({error.kind.replace('-', ' ')})"


def value_to_json(value: Value, loaded: object = None) -> object:
    """A value as plain JSON where it is simple, tagged where it is nested."""
    if isinstance(loaded, (*MOMENTS, Obis)):
        return str(loaded)
    tag, payload = value.tag, value.value
    if tag in NESTED:
        return tagged.to_json(value)
    if isinstance(payload, bytes):
        return (
            payload.decode("utf-8", "replace") if tag in (Tag.VISIBLE_STRING, Tag.UTF8_STRING) else _hex(tag, payload)
        )
    if isinstance(payload, float) and not math.isfinite(payload):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(payload, "NaN")
    return cast(object, payload)


def _hex(tag: int, octets: bytes) -> str:
    return str(CosemDateTime(octets)) if tag == Tag.DATE_TIME else octets.hex()


def _said_by(value: Value, loaded: object) -> str | None:
    """What a number or octets stand for, beside them: the name of an enum's member, printable text."""
    if isinstance(loaded, Enum):
        return name_of(loaded)
    if value.tag == Tag.OCTET_STRING and not isinstance(loaded, (*MOMENTS, Obis)):
        return text_of(value.value)
    return None
