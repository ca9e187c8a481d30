"""Push setup, served: `push` sends what is listed to the client that called it, on its own association."""

from __future__ import annotations

from typing import Any

from dlmskit.cosem.common import CaptureObject
from dlmskit.cosem.ics import PushSetup_v0
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.server.access import is_protected_enough
from dlmskit.server.behaviour import Behaviour, Context, part, performs


class Pusher(Behaviour):
    """Pushes a structure with one value per listed object.

    Null-data stands for what the client may not read, or not protected as the push is.
    """

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
        entry = found[1].attribute(column.attribute_index) if found is not None else None
        shield = context.association.push_shield if context.association is not None else None
        control = shield.control if shield is not None else 0
        if (
            found is None
            or entry is None
            or not entry.can_read
            or not is_protected_enough(control, entry.rights, control)
        ):
            return NULL
        return part(found[0], column, context)
