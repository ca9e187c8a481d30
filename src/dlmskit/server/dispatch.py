"""From an indication to its answer: the object is found, the rights are checked, the handler is asked.

    GET, SET → DataAccessResult or Value     ACTION → ActionResult

What a handler raises becomes a result: an `AccessRefused` its own code, anything else "other reason", and it is told.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from inspect import isawaitable
from operator import or_
from typing import Any, Final

from dlmskit.apdu.base import ActionResult, DataAccessResult
from dlmskit.cosem.access import AccessFlags, ObjectListElement
from dlmskit.cosem.model import Trigger
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import (
    AccessRefused,
    ObjectClassInconsistent,
    ObjectUndefined,
    OtherReason,
    ReadWriteDenied,
    ScopeOfAccessViolated,
)
from dlmskit.obis import Obis
from dlmskit.security.cipher import BOTH
from dlmskit.server.access import is_protected_enough
from dlmskit.server.behaviour import Behaviour, Context
from dlmskit.server.later import Later, gathered, then
from dlmskit.server.offer import Offer
from dlmskit.session.events import ActionIndication, GetIndication, Indication, SetIndication
from dlmskit.session.protection.policy import of_response
from dlmskit.session.responder import ServerAssociation

Result = Value | DataAccessResult | ActionResult
#: Tells of a handler that failed.
Complain = Callable[[Indication, Exception], None]

_DONE: Final = DataAccessResult(0)
_NO_ARGUMENT: Final = Value(Tag.INTEGER, 0)


def carry_out(indication: Indication, complain: Complain) -> Result | Later:
    """The answer to an indication, or something that gives it when awaited. Raises nothing."""
    try:
        result = _CARRIERS[type(indication)](indication)
    except Exception as error:  # noqa: BLE001 - a handler may fail in any way, the session goes on
        return refusal(indication, error, complain)
    if not isawaitable(result):
        done: Result = result
        return done
    return Later((result,), lambda values: values[0], lambda error: refusal(indication, error, complain))


def refusal(indication: Indication, error: Exception, complain: Complain) -> Result:
    """The result that says why not."""
    if not isinstance(error, AccessRefused):
        complain(indication, error)
    code = error.code if isinstance(error, AccessRefused) and error.code is not None else OtherReason.code
    return ActionResult(code or 0) if isinstance(indication, ActionIndication) else DataAccessResult(code or 0)


def words(indication: Indication) -> str:
    """What a client asks for, without the value it sends: `set 1:0.0.96.1.0.255/2`."""
    if isinstance(indication, ActionIndication):
        class_id, name, index = indication.method
        return f"call {class_id}:{Obis(name)}/{index}"
    class_id, name, index = indication.attribute
    return f"{'get' if isinstance(indication, GetIndication) else 'set'} {class_id}:{Obis(name)}/{index}"


def _get(indication: GetIndication) -> Any:
    class_id, name, index = indication.attribute
    behaviour, seen, context = _object(indication, class_id, name)
    if index == 0:
        return _get_all(behaviour, seen, context, indication)
    _check(seen.attribute(index), AccessFlags.READ, indication)
    return behaviour.get(index, context)


def _get_all(behaviour: Behaviour, seen: ObjectListElement, context: Context, indication: GetIndication) -> Any:
    """Attribute 0: every public attribute in a structure, null-data for what may not be read."""
    if context.selection is not None:
        raise ReadWriteDenied("attribute 0 takes no selective access")
    return gathered(
        (
            behaviour.get(entry.attribute_id, context)
            if entry.can_read and _is_allowed(indication, entry.rights)
            else NULL
            for entry in seen.access_rights.attribute_access
            if entry.attribute_id > 0
        ),
        lambda values: Value(Tag.STRUCTURE, tuple(values)),
    )


def _set(indication: SetIndication) -> Any:
    class_id, name, index = indication.attribute
    behaviour, seen, context = _object(indication, class_id, name)
    _check(seen.attribute(index), AccessFlags.WRITE, indication)
    return then(behaviour.set(index, indication.value, context), lambda _: _DONE)


def _call(indication: ActionIndication) -> Any:
    class_id, name, index = indication.method
    behaviour, seen, context = _object(indication, class_id, name)
    _check(seen.method(index), AccessFlags.READ, indication)
    argument = indication.parameters
    if argument is None:
        argument = _NO_ARGUMENT if isinstance(behaviour.obj.methods.get(index), Trigger) else NULL
    return then(behaviour.call(index, argument, context), lambda returned: ActionResult(0, returned))


_CARRIERS: Final[dict[type[Indication], Callable[[Any], Any]]] = {
    GetIndication: _get,
    SetIndication: _set,
    ActionIndication: _call,
}


def _object(indication: Indication, class_id: int, name: bytes) -> tuple[Behaviour, ObjectListElement, Context]:
    """The object as the asking association sees it. Raises ObjectUndefined or ObjectClassInconsistent."""
    association = indication.association
    offer = association.served if isinstance(association, ServerAssociation) else None
    if not isinstance(association, ServerAssociation) or not isinstance(offer, Offer):
        raise ObjectUndefined("nothing is offered to this client")
    view = offer.device.view(offer)
    found = view.get((class_id, name))
    if found is None:
        is_other_class = any(known == name for _, known in view)
        raise ObjectClassInconsistent if is_other_class else ObjectUndefined
    selection = None if isinstance(indication, ActionIndication) else indication.selection
    return *found, Context(offer.device.now, association, offer, selection, _control(indication))


def _check(entry: Any, wanted: AccessFlags, indication: Indication) -> None:
    """Raises ReadWriteDenied, or ScopeOfAccessViolated where only the protection is too weak."""
    if entry is None or not entry.rights & wanted:
        raise ReadWriteDenied
    if not _is_allowed(indication, entry.rights):
        raise ScopeOfAccessViolated


def _is_allowed(indication: Indication, rights: int) -> bool:
    possible = BOTH if indication.association.protection is not None else 0
    return is_protected_enough(_control(indication), rights, possible)


def _control(indication: Indication) -> int:
    """The protection bits a request came with."""
    return indication.shield.control if indication.shield is not None else 0


def response_protection(indication: Indication) -> int:
    """The protection bits that the rights over an object demand of the response."""
    is_call = isinstance(indication, ActionIndication)
    class_id, name, index = indication.method if isinstance(indication, ActionIndication) else indication.attribute
    offer = getattr(indication.association, "served", None)
    found = offer.device.view(offer).get((class_id, name)) if isinstance(offer, Offer) else None
    if found is None:
        return 0
    seen = found[1]
    entries = [seen.method(index) if is_call else seen.attribute(index)]
    if index == 0 and not is_call:
        entries = list(seen.access_rights.attribute_access)
    return reduce(or_, (of_response(entry.rights) for entry in entries if entry is not None), 0)
