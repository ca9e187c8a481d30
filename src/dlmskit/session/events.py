"""What a line tells its edge: associations that came and went, pushes, and what it needs or is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dlmskit.apdu.base import AttributeDescriptor, MethodDescriptor, Selection
from dlmskit.apdu.codec import Apdu
from dlmskit.data.value import Value
from dlmskit.errors import DlmsError, SecurityError
from dlmskit.security.counters import Scope
from dlmskit.session.protection.general import Draw

if TYPE_CHECKING:
    from dlmskit.session.association import Association
    from dlmskit.session.framing import Packet
    from dlmskit.session.protection.protection import Shield


@dataclass(frozen=True, slots=True)
class Established:
    """Services may go."""

    association: Association


@dataclass(frozen=True, slots=True)
class Ended:
    """An association is no more, or did not come about; `error` is None after an orderly release."""

    association: Association
    error: DlmsError | None


@dataclass(frozen=True, slots=True)
class Closed:
    """The link of an association is down; nothing more comes from it."""

    association: Association
    error: DlmsError | None


@dataclass(frozen=True, slots=True)
class Notified:
    """A DataNotification or EventNotification; `shield` is None where it came unprotected."""

    association: Association
    apdu: Apdu
    shield: Shield | None


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A packet between addresses no association here has, such as a push of a meter that was not asked."""

    packet: Packet
    association: None = None


@dataclass(frozen=True, slots=True)
class NeedCounters:
    """Reserve `count` invocation counters of `scope` and hand them to `association.supply_counters`."""

    association: Association
    scope: Scope
    count: int


class NeedWork:
    """Call `perform` where it may block, and hand what it gives to `association.supply_work(self, outcome, now)`.

    It signs, agrees on a key, checks a signature or draws random octets; it touches nothing of the association.
    """

    __slots__ = ("association", "then", "work")

    def __init__(
        self,
        association: Association,
        work: Callable[[Draw], object],
        then: Callable[[object, float], None],
    ) -> None:
        self.association, self.work, self.then = association, work, then

    def perform(self, draw: Draw) -> object:
        """The outcome: what the work gave, or the DlmsError it ended with. `draw` gives fresh random octets."""
        try:
            return outcome_of(self.work, draw)
        except Exception as error:  # noqa: BLE001 - a key source is foreign code, and may fail in any way
            return SecurityError(f"the key source failed: {type(error).__name__}")


def outcome_of(work: Callable[[Draw], object], draw: Draw) -> object:
    """What the work gave, or the DlmsError it ended with."""
    try:
        return work(draw)
    except DlmsError as error:
        return error


def raised(outcome: object) -> object:
    """The outcome of a work, raised where it is an error."""
    if isinstance(outcome, DlmsError):
        raise outcome
    return outcome


@dataclass(frozen=True, slots=True)
class NeedRandom:
    """Draw `count` random octets and hand them to `association.supply_random`."""

    association: Association
    count: int


@dataclass(frozen=True, slots=True)
class GetIndication:
    """A client wants an attribute: answer with `association.respond(id, value or DataAccessResult)`."""

    association: Association
    id: int
    attribute: AttributeDescriptor
    selection: Selection | None
    shield: Shield | None


@dataclass(frozen=True, slots=True)
class SetIndication:
    """A client writes an attribute: answer with `association.respond(id, DataAccessResult)`."""

    association: Association
    id: int
    attribute: AttributeDescriptor
    selection: Selection | None
    value: Value
    shield: Shield | None


@dataclass(frozen=True, slots=True)
class ActionIndication:
    """A client invokes a method: answer with `association.respond(id, ActionResult)`."""

    association: Association
    id: int
    method: MethodDescriptor
    parameters: Value | None
    shield: Shield | None


Indication = GetIndication | SetIndication | ActionIndication
Event = Established | Ended | Closed | Notified | Unclaimed | NeedCounters | NeedWork | NeedRandom | Indication
