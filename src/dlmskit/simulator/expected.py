"""What a served device holds, as plain Python, without the encoder: for tests and checks of what a client reads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dlmskit.data.compact import CompactArray
from dlmskit.data.value import Value
from dlmskit.server.behaviour import Context
from dlmskit.server.device import Device
from dlmskit.server.later import discard


def expected(device: Device, when: datetime | None = None) -> dict[str, object]:
    """Every attribute that has a value, as `CLASS:OBIS/INDEX` → number, text, octets, bool, tuple or None.

    when  the moment asked about; by default the device's present
    Left out is what differs by who asks, the associations, and what has to be awaited.
    """
    context = Context(when or device.now)
    found: dict[str, object] = {}
    for behaviour in device.objects:
        if behaviour.obj.class_id == 15:
            continue
        for index in sorted(behaviour.readable):
            value = behaviour.get(index, context)
            if isinstance(value, Value):
                found[f"{behaviour.obj}/{index}"] = plain(value)
            else:
                discard(value)
    return found


def plain(value: Value) -> Any:
    """The payload of a value without its tags."""
    payload = value.value
    if isinstance(payload, CompactArray):
        return tuple(plain(item) for item in payload.items)
    if isinstance(payload, tuple):
        return tuple(plain(item) for item in payload)
    return payload
