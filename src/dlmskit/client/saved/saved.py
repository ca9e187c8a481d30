"""What was read of a meter in one association, and may be kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from dlmskit.apdu.base import AttributeDescriptor, DataAccessResult
from dlmskit.client.facts import AssociationFacts
from dlmskit.client.view import ASSOCIATION_CLASS, CURRENT_ASSOCIATION, OBJECT_LIST, View, dump_view
from dlmskit.cosem.model import Attribute, CosemObject, GenericObject
from dlmskit.cosem.registry import Registry
from dlmskit.data.value import Value
from dlmskit.errors import AccessRefused, DlmsError
from dlmskit.obis import Obis
from dlmskit.session.services.advertised import Extra, Standing

#: Why there is no value where one was asked for that the view does not let be read, does not show, or that nobody read.
_DENIED, _UNDEFINED, _INCONSISTENT, _UNAVAILABLE = 3, 4, 9, 11

LOGICAL_DEVICE_NAME = AttributeDescriptor(1, Obis.parse("0.0.42.0.0.255"), 2)
_OWN_LIST = AttributeDescriptor(ASSOCIATION_CLASS, CURRENT_ASSOCIATION, OBJECT_LIST)

#: What an attribute came to: its value, or the result by which the meter refused it.
Answer: TypeAlias = Value | DataAccessResult


@dataclass(frozen=True, slots=True)
class Saved:
    """A meter as one association saw it.

    facts   the association
    view    every object it shows
    values  what was read. Secrets are not among them, and the view's own list is not twice in it
    taken   when, in UTC
    services  what was found out of services that meters agree to and do not always have
    """

    facts: AssociationFacts
    view: View
    values: Mapping[AttributeDescriptor, Answer]
    taken: datetime
    services: Mapping[Extra, Standing] = field(default_factory=dict)

    def answer(self, wanted: AttributeDescriptor) -> Answer:
        """What the meter said, or would say: refused where it has no such object, or nothing was read."""
        if wanted in self.values:
            return self.values[wanted]
        name = Obis(wanted.instance_id)
        entry = self.view.find(name, wanted.class_id)
        if entry is None:
            return DataAccessResult(_UNDEFINED if self.view.find(name) is None else _INCONSISTENT)
        if not entry.can_read(wanted.attribute_id):
            return DataAccessResult(_DENIED)
        return dump_view(self.view) if wanted == _OWN_LIST else DataAccessResult(_UNAVAILABLE)

    def value(self, wanted: AttributeDescriptor) -> Value | None:
        """The value that was read; None without one."""
        found = self.values.get(wanted)
        return found if isinstance(found, Value) else None

    def static(self, classes: Registry) -> Iterator[tuple[AttributeDescriptor, Value]]:
        """The values that change by configuration only."""
        for target, answer in self.values.items():
            entry = self.view.find(target.instance_id, target.class_id)
            cls = classes.get((target.class_id, entry.version)) if entry is not None else None
            declared = cls.attributes.get(target.attribute_id) if cls is not None else None
            if isinstance(answer, Value) and declared is not None and declared.static:
                yield target, answer


def kept(obj: CosemObject, answers: Mapping[int, Value | DlmsError]) -> dict[AttributeDescriptor, Answer]:
    """What is kept of an object: what `is_kept`, and of errors those the meter gave lawfully."""
    found: dict[AttributeDescriptor, Answer] = {}
    for index, answer in answers.items():
        target = AttributeDescriptor(obj.class_id, obj.obis, index)
        if not is_kept(obj, index):
            continue
        if isinstance(answer, Value):
            found[target] = answer
        elif isinstance(answer, AccessRefused) and answer.code is not None:
            found[target] = DataAccessResult(answer.code)
    return found


def is_kept(obj: CosemObject, index: int) -> bool:
    """Whether an attribute may be kept: no secret, and not the list that the view is made of."""
    one = declared(obj, index)
    return not (one is not None and one.secret) and (obj.class_id, obj.obis, index) != _OWN_LIST


def declared(obj: CosemObject, index: int) -> Attribute[Any] | None:
    """The declaration of an attribute, in the object's version or the nearest older one; None without one."""
    known = obj.like if isinstance(obj, GenericObject) else type(obj)
    return known.attributes.get(index) if known is not None else None
