"""What an APDU carries for whoever reads it: the moment, the data, the readings."""

from __future__ import annotations

from typing import TypedDict

from dlmskit.apdu.base import ActionResult, AttributeDescriptor
from dlmskit.data.value import Value
from dlmskit.dissect.partial import Taken
from dlmskit.dissect.readings import Reading, readings
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime

_DATA_FIELDS = ("body", "value", "result", "parameters")  # of notifications, set, get, action


class Contents(TypedDict):
    """Members of `Found` that come out of the fields of the APDU."""

    date_time: CosemDateTime | None
    value: Value | None
    readings: tuple[Reading, ...]


def contents(taken: Taken) -> Contents:
    """Moment, data and readings, as far as the APDU could be read. Readings come from pushes only."""
    fields = taken.fields
    moment = fields.get("date_time") or fields.get("time") or b""
    value = next((fields[name] for name in _DATA_FIELDS if isinstance(fields.get(name), Value)), None)
    response = fields.get("response")
    if isinstance(response, ActionResult) and isinstance(response.data, Value):
        value = response.data
    return Contents(
        date_time=CosemDateTime(moment) if len(moment) == CosemDateTime.size else None,
        value=value,
        readings=_readings(taken, value),
    )


def _readings(taken: Taken, value: Value | None) -> tuple[Reading, ...]:
    if value is None:
        return ()
    if taken.name == "data-notification":
        return readings(value)
    attribute = taken.fields.get("attribute")
    if taken.name == "event-notification-request" and isinstance(attribute, AttributeDescriptor):
        class_id, instance_id, attribute_id = attribute
        return (Reading(Obis(instance_id), value, class_id=class_id, attribute=attribute_id),)
    return ()
