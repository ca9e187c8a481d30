"""What carries references to a meter out: it asks services, of a meter or of what was saved of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, TypeVar, cast

from dlmskit.apdu.base import AttributeDescriptor, AttributeRequest, MethodDescriptor, Selection
from dlmskit.client.facts import AssociationFacts
from dlmskit.client.notifications import Notifications
from dlmskit.client.plan import AssociationPlan
from dlmskit.client.profile.gathering import Gathering, rest_of_entries
from dlmskit.client.saved.saved import LOGICAL_DEVICE_NAME, Saved
from dlmskit.client.view import View
from dlmskit.cosem.common import scaler_unit
from dlmskit.cosem.model import Attribute, Bound, BoundMethod, CosemObject, Method
from dlmskit.data import axdr
from dlmskit.data.value import Tag, Value
from dlmskit.edge.clock import Environment
from dlmskit.errors import AccessRefused, DlmsError, UsageError
from dlmskit.obis import Obis
from dlmskit.session.context import Context
from dlmskit.session.services import exchanges
from dlmskit.session.services.steps import Service

T = TypeVar("T")
C = TypeVar("C", bound=CosemObject)

#: Class and attribute of a profile's buffer.
_BUFFER = (7, 2)


class MeterBackend(ABC):
    """The backend of a meter's objects.

    plan         what the association is opened with
    environment  where time and randomness come from
    view         what the association shows, once it is known
    refused      what the meter has refused of which object and is not asked for again

    It reads a register's scaler and unit once: they are configuration, and every quantity needs them.
    """

    __slots__ = ("_remembered", "environment", "notifications", "plan", "refused", "view")

    def __init__(self, plan: AssociationPlan, environment: Environment) -> None:
        self.plan, self.environment = plan, environment
        self.notifications = Notifications()
        self.view: View | None = None
        self.refused: dict[Obis, set[str]] = {}
        self._remembered: dict[AttributeDescriptor, Value] = {}

    @abstractmethod
    async def ask(self, service: Service[T], what: object = None, *, keep: Callable[[], bool] | None = None) -> T:
        """Carry out one service.

        what  names what is asked for, in errors
        keep  called after a loss: keeps what has come, and says whether that was anything
        """

    @abstractmethod
    def trigger(self) -> None:
        """Let the meter send what it has to notify."""

    @property
    @abstractmethod
    def context(self) -> Context:
        """What was negotiated."""

    @property
    @abstractmethod
    def facts(self) -> AssociationFacts:
        """The facts of the association."""

    def told_version(self, class_id: int, logical_name: Obis) -> int | None:
        """The version of an object by the view or the list of short names; None before either was read."""
        entry = self.view.find(logical_name, class_id) if self.view is not None else None
        if entry is not None:
            return entry.version
        names = None if self.plan.names is None else self.plan.names.known
        return None if names is None else names.version(class_id, logical_name)

    def in_version(self, cls: type[C], logical_name: Obis) -> type[C]:
        """The class in the version an object is told to have, or the nearest older one; the newest before it is told."""
        version, classes = self.told_version(cls.class_id, logical_name), self.plan.classes
        found = classes.newest(cls.class_id) if version is None else classes.nearest(cls.class_id, version)
        # A version may have less than the newest, which the types cannot say.
        return cls if found is None else cast("type[C]", found)

    @abstractmethod
    def now(self) -> float:
        """Seconds on the clock that round trips are measured by."""

    @abstractmethod
    def explain(self, error: DlmsError, what: object) -> None:
        """Say where, and add likely causes and what to try to what the error knew itself."""

    # No coroutines of their own around the one that asks: a thousand meters read at once are a thousand of each.
    def get(self, ref: Bound[Any], /) -> Coroutine[Any, Any, Value]:
        if ref.attribute.kind is scaler_unit:
            return self._get_scaler(ref)
        return self.read(described(ref), selected(ref), ref)

    async def _get_scaler(self, ref: Bound[Any]) -> Value:
        known = self.remembered(ref)
        if known is None:
            known = self._remembered[described(ref)] = await self.read(described(ref), selected(ref), ref)
        return known

    def remembered(self, ref: Bound[Any]) -> Value | None:
        """What is known of an attribute that changes by configuration only; None where it has to be read."""
        return self._remembered.get(described(ref))

    async def recall(self, saved: Saved) -> None:
        """Take the view, and what changes by configuration only, from what was read before of the same association.

        Raises UsageError where it was another meter's, as far as the meter tells its name.
        """
        before = saved.value(LOGICAL_DEVICE_NAME)
        if before is not None:
            try:
                now = await self.read(LOGICAL_DEVICE_NAME, None, "its name")
            except AccessRefused:
                now = before
            if now != before:
                raise UsageError("the snapshot is of another meter: the logical device names differ")
        self.view = saved.view
        self.plan.recall_services(saved)
        self._remembered.update(saved.static(self.plan.classes))

    def read(
        self, descriptor: AttributeDescriptor, selection: Selection | None, what: object
    ) -> Coroutine[Any, Any, Value]:
        """An attribute by its numbers; `what` names it in errors."""
        is_buffer = (descriptor.class_id, descriptor.attribute_id) == _BUFFER and selection is None
        if is_buffer and self.context.selects:
            return self._get_buffer(descriptor, what)
        run = partial(exchanges.get, attribute=descriptor, selection=selection)
        return self.ask(Service(run, protection=self.demanded(descriptor)), what)

    def forget(self, descriptor: AttributeDescriptor) -> None:
        """It is written: what was known of it holds no more."""
        self._remembered.pop(descriptor, None)

    def demanded(self, *targets: AttributeDescriptor | MethodDescriptor) -> int:
        """What the rights over these demand of requests and responses, as flags; nothing before the view was read."""
        return 0 if self.view is None else self.view.demanded(targets)

    async def _get_buffer(self, descriptor: AttributeDescriptor, what: object) -> Value:
        """All of a profile's buffer, which may be longer than the line holds."""
        is_array = True  # a compact-array for one is none, and comes in one piece

        def load(octets: bytes) -> list[Value]:
            nonlocal is_array
            found = axdr.decode(octets)
            is_array = found.tag == Tag.ARRAY
            return list(found.value) if is_array else [found]

        gathering = Gathering(AttributeRequest(descriptor), rest_of_entries(descriptor, 1, 0), load)
        service = Service(gathering.exchange, protection=self.demanded(descriptor))
        rows = await self.ask(service, what, keep=gathering.keep)
        return Value(Tag.ARRAY, tuple(rows)) if is_array else rows[0]

    async def set(self, ref: Bound[Any], value: Value, /, *, idempotent: bool = False) -> None:
        descriptor, selection = described(ref), selected(ref)
        self.forget(descriptor)
        service = Service(
            lambda context: exchanges.put(context, descriptor, value, selection),
            command=True,
            idempotent=idempotent,
            protection=self.demanded(descriptor),
            secrets=secrets_in(ref.attribute, value),
        )
        await self.ask(service, ref)

    async def call(self, ref: BoundMethod[Any, Any], argument: Value, /, *, idempotent: bool = False) -> Value:
        descriptor = MethodDescriptor(ref.obj.class_id, ref.obj.obis, ref.method.index)
        service = Service(
            lambda context: exchanges.call(context, descriptor, argument),
            command=True,
            idempotent=idempotent,
            protection=self.demanded(descriptor),
            secrets=secrets_in(ref.method, argument),
        )
        return await self.ask(service, ref)


def secrets_in(declared: Attribute[Any] | Method[Any, Any] | None, value: Value | None) -> tuple[bytes, ...]:
    """The octets of a value that are a key or a password."""
    if declared is None or not declared.secret or value is None:
        return ()
    return (value.value if isinstance(value.value, bytes) else axdr.encode(value),)


def described(ref: Bound[Any]) -> AttributeDescriptor:
    """The attribute of a reference as a request names it."""
    return AttributeDescriptor(ref.obj.class_id, ref.obj.obis, ref.attribute.index)


def selected(ref: Bound[Any]) -> Selection | None:
    """The selection of a reference as a request carries it."""
    return None if ref.selection is None else Selection(*ref.selection)
