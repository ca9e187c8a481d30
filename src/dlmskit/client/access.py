"""ACCESS from a meter: reads, writes and calls, mixed, in one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from dlmskit.apdu.access import AccessKind, AccessSpecification
from dlmskit.apdu.base import MethodDescriptor
from dlmskit.client.backend import MeterBackend, described, secrets_in, selected
from dlmskit.cosem.model import Bound, BoundMethod
from dlmskit.errors import DlmsError, UnfitValue, UsageError, access_refused
from dlmskit.session.services.accessing import Item, Outcome, access, is_command
from dlmskit.session.services.steps import Service

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Set(Generic[T]):
    """Write an attribute: `Set(meter.clock.time_zone, -60)`."""

    ref: Bound[T]
    value: T


@dataclass(frozen=True, slots=True)
class Call:
    """Invoke a method: `Call(meter.clock.shift_time, 30)`."""

    ref: BoundMethod[Any, Any]
    value: object = 0


#: A reference to an attribute alone stands for reading it.
Wanted: TypeAlias = Bound[Any] | Set[Any] | Call


async def carry_out(
    backend: MeterBackend, wanted: Sequence[Wanted], *, break_on_error: bool, idempotent: bool
) -> tuple[Any, ...]:
    """What each came to, in order: its value, None for what was written, or the error why not."""
    if not wanted:
        raise UsageError("an ACCESS to nothing: name references to read, Set(...) or Call(...)")
    items = [_item(one) for one in wanted]
    service = Service(
        lambda context: access(context, items, break_on_error=break_on_error),
        command=is_command(items),
        idempotent=idempotent,
        protection=backend.demanded(*[item.specification.target for item in items]),
        secrets=tuple(secret for one, item in zip(wanted, items, strict=True) for secret in _secrets(one, item)),
    )
    for one in wanted:
        if isinstance(one, Set):
            backend.forget(described(one.ref))
    outcomes = await backend.ask(service)
    found = tuple(_loaded(one, outcome) for one, outcome in zip(wanted, outcomes, strict=True))
    for one, result in zip(wanted, found, strict=True):
        if isinstance(result, DlmsError):
            backend.explain(result, _reference(one))
    return found


def _reference(one: Wanted) -> Bound[Any] | BoundMethod[Any, Any]:
    return one if isinstance(one, Bound) else one.ref


def _item(one: Wanted) -> Item:
    if isinstance(one, Call):
        method = MethodDescriptor(one.ref.obj.class_id, one.ref.obj.obis, one.ref.method.index)
        return Item(AccessSpecification(AccessKind.ACTION, method), one.ref.dump(one.value))
    if isinstance(one, Set):
        target = AccessSpecification(AccessKind.SET, described(one.ref), selected(one.ref))
        return Item(target, one.ref.dump(one.value))
    return Item(AccessSpecification(AccessKind.GET, described(one), selected(one)))


def _secrets(one: Wanted, item: Item) -> tuple[bytes, ...]:
    if isinstance(one, Bound):
        return ()
    return secrets_in(one.ref.method if isinstance(one, Call) else one.ref.attribute, item.data)


def _loaded(one: Wanted, outcome: Outcome) -> Any:
    ref = _reference(one)
    if outcome.code:
        return access_refused(outcome.code, str(ref), action=isinstance(one, Call))
    if isinstance(one, Set):
        return None
    try:
        return ref.load(outcome.data)
    except UnfitValue as error:
        return error
