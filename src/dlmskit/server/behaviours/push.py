"""Push setup, served: `push` sends what is listed to the client that called it, on its own association."""

from __future__ import annotations

from typing import Any

from dlmskit.cosem.common import CaptureObject
from dlmskit.cosem.ics import PushSetup_v0
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.server.behaviour import Behaviour, Context, part, performs


class Pusher(Behaviour):
    """Pushes a structure with one value per listed object; null-data for what the client may not read."""

    @performs(PushSetup_v0.push)
    def push(self, argument: int, context: Context) -> None:
        listed: tuple[Any, ...] = self.obj.attribute(PushSetup_v0.push_object_list.index).load(
            self.values[PushSetup_v0.push_object_list.index]
        )
        body = Value(Tag.STRUCTURE, tuple([self._value(one, context) for one in listed]))
        self.device.notify(body, only=context.association)

    def _value(self, listed: Any, context: Context) -> Value:
        """`listed` is a capture object, or has its fields among others in later versions."""
        column = CaptureObject(listed.class_id, listed.logical_name, listed.attribute_index, listed.data_index)
        seen = self.device.view(context.offer) if context.offer is not None else {}
        found = seen.get((column.class_id, bytes(column.logical_name)))
        if found is None or not found[1].can_read(column.attribute_index):
            return NULL
        return part(found[0], column, context)
