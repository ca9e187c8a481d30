"""Push setup, served: `push` sends what is listed to the client that called it, on its own association."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlmskit.cosem.common import CaptureObject
from dlmskit.cosem.ics import PushSetup_v0
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.server.access import is_protected_enough
from dlmskit.server.behaviour import Behaviour, Context, part, performs

if TYPE_CHECKING:
    from dlmskit.server.offer import Offer


class Pusher(Behaviour):
    """Pushes a structure with one value per listed object.

    Null-data stands for what the client may not read, or not protected as the push is.
    """

    @performs(PushSetup_v0.push)
    def push(self, argument: int, context: Context) -> None:
        self.device.notify(self._body(context), only=context.association)

    def body(self, offer: Offer | None) -> Value:
        """What is pushed to the client of that association; without one, whatever is listed."""
        return self._body(Context(self.device.now, offer=offer))

    def _body(self, context: Context) -> Value:
        listed: tuple[Any, ...] = self.obj.attribute(PushSetup_v0.push_object_list.index).load(
            self.values[PushSetup_v0.push_object_list.index]
        )
        return Value(Tag.STRUCTURE, tuple([self._value(one, context) for one in listed]))

    def _value(self, listed: Any, context: Context) -> Value:
        """`listed` is a capture object, or has its fields among others in later versions."""
        column = CaptureObject(listed.class_id, listed.logical_name, listed.attribute_index, listed.data_index)
        source = self._source(column, context)
        return NULL if source is None else part(source, column, context)

    def _source(self, column: CaptureObject, context: Context) -> Behaviour | None:
        """The object, where that association may read it and protects the push enough; the meter itself may read all."""
        key = column.class_id, bytes(column.logical_name)
        if context.offer is None:
            return self.device.find(*key)
        found = self.device.view(context.offer).get(key)
        entry = found[1].attribute(column.attribute_index) if found is not None else None
        control = _control(context)
        if found is None or entry is None or not entry.can_read:
            return None
        return found[0] if is_protected_enough(control, entry.rights, control) else None


def _control(context: Context) -> int:
    """How a push goes: as the association that asked protects it, else as its client's is."""
    if context.association is not None:
        shield = context.association.push_shield
        return shield.control if shield is not None else 0
    ciphering = context.offer.ciphering if context.offer is not None else None
    return ciphering.control if ciphering is not None else 0
