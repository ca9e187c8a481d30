"""A meter in one association: its objects, read, written and called."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from dlmskit.apdu.base import AttributeDescriptor, AttributeRequest, DataAccessResult, MethodDescriptor
from dlmskit.apdu.base import Selection as WireSelection
from dlmskit.client.access import Wanted, carry_out
from dlmskit.client.backend import MeterBackend, described, secrets_in, selected
from dlmskit.client.clock import set_clock
from dlmskit.client.facts import AssociationFacts
from dlmskit.client.image import MeterImage
from dlmskit.client.known import Known
from dlmskit.client.notifications import Notifications
from dlmskit.client.profile.compact_data import MeterCompactData
from dlmskit.client.profile.reading import MeterProfile
from dlmskit.client.resolve import Resolver
from dlmskit.client.view import View
from dlmskit.cosem.ics import (
    AssociationLN,
    Clock,
    CompactData,
    Data,
    DisconnectControl,
    ImageTransfer,
    ProfileGeneric,
    Register,
    SapAssignment,
)
from dlmskit.cosem.model import Attribute, Bound, BoundMethod, BoundTrigger, CosemObject, Selection
from dlmskit.data.value import NULL, Value
from dlmskit.errors import DlmsError, Refused, UnfitValue, UsageError, access_refused
from dlmskit.obis import Obis, as_obis
from dlmskit.session.services import exchanges
from dlmskit.session.services.steps import Service
from dlmskit.times import CosemDateTime
from dlmskit.units import Quantity

if TYPE_CHECKING:
    from dlmskit.client.saved.snapshot import Snapshot

T = TypeVar("T")
P = TypeVar("P")
R = TypeVar("R")
C = TypeVar("C", bound=CosemObject)
Name = Obis | str | bytes


class Meter:
    """What `connect` gives: a meter, associated.

    References such as `meter.clock.time` say what is meant; `get`, `set`, `call` and `batch` carry them out, and
    `await meter.clock.time` is short for `await meter.get(meter.clock.time)`. Every call raises `Refused` where the
    meter says no, `Timeout` and `TransportError` where the line fails, `RemoteProtocolError` for what it cannot mean:
    `UnfitValue`, which has what came, where that is of another type than declared.
    """

    __slots__ = ("_backend", "_resolver")

    clock = Known(Clock, "0.0.1.0.0.255")
    current_association = Known(AssociationLN, "0.0.40.0.0.255")
    sap_assignment = Known(SapAssignment, "0.0.41.0.0.255")
    logical_device_name = Known(Data, "0.0.42.0.0.255")
    serial_number = Known(Data, "0.0.96.1.0.255")
    disconnect_control = Known(DisconnectControl, "0.0.96.3.10.255")

    def __init__(self, backend: MeterBackend) -> None:
        self._backend = backend
        self._resolver = Resolver(backend)

    @property
    def association(self) -> AssociationFacts:
        """What was agreed on: services, sizes, the meter's system title, link parameters."""
        return self._backend.facts

    @property
    def backend(self) -> MeterBackend:
        """What carries references out: hand it to an object to tie it to this meter."""
        return self._backend

    # --- services on references ---

    @overload
    async def get(self, ref: Bound[T]) -> T: ...
    @overload
    async def get(self, ref: Attribute[T], *, at: Name) -> T: ...
    async def get(self, ref: Bound[T] | Attribute[T], *, at: Name | None = None) -> T:
        """Read an attribute: `get(meter.clock.time)` or `get(Clock.time, at="0.0.1.0.0.255")`."""
        bound = _bound(ref, at)
        return bound.load(await self._backend.get(bound))

    async def set(self, ref: Bound[T], value: T, *, idempotent: bool = False, confirmed: bool = True) -> None:
        """Write an attribute.

        idempotent  writing it twice does no harm, so that it may be repeated when no answer comes
        confirmed   False: want no answer, and never know
        Raises OutcomeUnknown where it was sent and its answer lost.
        """
        raw = ref.dump(value)
        if confirmed:
            await self._backend.set(ref, raw, idempotent=idempotent)
            return
        descriptor, selection = described(ref), selected(ref)
        service = Service(
            lambda context: exchanges.put_unconfirmed(context, descriptor, raw, selection),
            command=True,
            protection=self._backend.demanded(descriptor),
        )
        await self._ask(service, ref)

    @overload
    async def call(self, ref: BoundTrigger, *, idempotent: bool = False) -> None: ...
    @overload
    async def call(self, ref: BoundMethod[P, R], value: P, *, idempotent: bool = False) -> R: ...
    async def call(self, ref: BoundMethod[Any, R], value: object = 0, *, idempotent: bool = False) -> R:
        """Invoke a method. Raises OutcomeUnknown where it was sent and its answer lost; see `set` for `idempotent`."""
        return ref.load(await self._backend.call(ref, ref.dump(value), idempotent=idempotent))

    @overload
    async def batch(self, *refs: Bound[Any], return_errors: Literal[False] = False) -> tuple[Any, ...]: ...
    @overload
    async def batch(self, *refs: Bound[Any], return_errors: bool) -> tuple[Any | DlmsError, ...]: ...
    async def batch(self, *refs: Bound[Any], return_errors: bool = False) -> tuple[Any, ...]:
        """Read several attributes, in as few requests as the meter takes.

        return_errors  put what could not be read in its place as an error, instead of raising the first one
        """
        requests = [AttributeRequest(described(ref), selected(ref)) for ref in refs]
        demanded = self._backend.demanded(*[request.attribute for request in requests])
        results = await self._ask(Service(lambda context: exchanges.get_many(context, requests), protection=demanded))
        found = [_loaded(ref, result) for ref, result in zip(refs, results, strict=True)]
        for ref, result in zip(refs, found, strict=True):
            if isinstance(result, DlmsError):
                self._backend.explain(result, ref)
                if not return_errors:
                    raise result
        return tuple(found)

    async def access(
        self, *wanted: Wanted, break_on_error: bool = False, idempotent: bool = False
    ) -> tuple[Any | DlmsError, ...]:
        """Read, write and call in one request: `access(meter.clock.time, Set(ref, 5), Call(other_ref))`.

        break_on_error  leave out what stands behind the first that is refused
        idempotent      doing all of it twice does no harm, so that it may be repeated when no answer comes
        In the place of each stands what `get`, `set` or `call` would give, or the error why not; nothing is raised for
        one of several. Raises LocalProtocolError where the meter has no ACCESS or takes no request that long,
        OutcomeUnknown where anything is written or called and the answer was lost.
        """
        return await carry_out(self._backend, wanted, break_on_error=break_on_error, idempotent=idempotent)

    async def get_all(self, obj: CosemObject) -> dict[int, Any]:
        """Every attribute of an object that can be read, by number, as its Python value.

        In as few requests as the meter takes; by attribute 0 with `attribute_0="use"`, or where that has worked before.
        What is refused is left out; in the place of what is of another type than declared stands an `UnfitValue`.
        """
        refs = [obj.attribute(index) for index in obj.attributes if index > 0]
        whole, each = AttributeDescriptor(obj.class_id, obj.obis, 0), [AttributeRequest(described(ref)) for ref in refs]
        demanded = self._backend.demanded(whole, *[request.attribute for request in each])
        service = Service(lambda context: exchanges.get_all(context, whole, each), protection=demanded)
        raw = await self._ask(service, str(obj))
        results = [(ref.attribute.index, _loaded(ref, one)) for ref, one in zip(refs, raw, strict=False)]
        return {index: result for index, result in results if not _is_withheld(result)}

    async def set_clock(self, clock: Clock | None = None, *, zone: tzinfo | None = None) -> CosemDateTime:
        """Set the clock, or another one, to now; what it was set to. At most half a round trip off, and 10 ms.

        zone  the meter's; by default the offset from UTC it tells, else UsageError
        Raises OutcomeUnknown where the answer was lost; then set it again.
        """
        return await set_clock(self._backend, clock or self.clock, zone)

    # --- raw access ---

    async def read_attribute(
        self, class_id: int, logical_name: Name, index: int, selection: Selection | None = None
    ) -> Value:
        """Read an attribute by its numbers, as tagged data."""
        descriptor = AttributeDescriptor(class_id, as_obis(logical_name), index)
        wire = None if selection is None else WireSelection(*selection)
        return await self._backend.read(descriptor, wire, _numbers(descriptor))

    async def write_attribute(self, class_id: int, logical_name: Name, index: int, value: Value) -> None:
        """Write tagged data to an attribute by its numbers."""
        descriptor = AttributeDescriptor(class_id, as_obis(logical_name), index)
        demanded, declared = self._backend.demanded(descriptor), self._declared(class_id, as_obis(logical_name))
        service = Service(
            lambda context: exchanges.put(context, descriptor, value),
            command=True,
            protection=demanded,
            secrets=secrets_in(declared.attributes.get(index) if declared is not None else None, value),
        )
        await self._ask(service, _numbers(descriptor))

    async def call_method(
        self, class_id: int, logical_name: Name, index: int, parameters: Value | None = None
    ) -> Value:
        """Invoke a method by its numbers; what it returns as tagged data, null-data for nothing."""
        descriptor = MethodDescriptor(class_id, as_obis(logical_name), index)
        declared = self._declared(class_id, as_obis(logical_name))
        service = Service(
            lambda context: exchanges.call(context, descriptor, parameters),
            command=True,
            protection=self._backend.demanded(descriptor),
            secrets=secrets_in(declared.methods.get(index) if declared is not None else None, parameters),
        )
        return await self._ask(service, _numbers(descriptor))

    def _declared(self, class_id: int, name: Obis) -> type[CosemObject] | None:
        """The declaration of an object, as far as there is one."""
        newest = self._backend.plan.classes.newest(class_id)
        return None if newest is None else self._backend.in_version(newest, name)

    # --- objects ---

    async def objects(self, *, refresh: bool = False) -> View:
        """The association's view, read once; `refresh` reads it again."""
        return await self._resolver.view(refresh=refresh)

    async def object(self, logical_name: Name, class_id: int | None = None, version: int | None = None) -> CosemObject:
        """The object of that name, in its class and version.

        Without a class: what the view says if it was read, else the classes usual for the name are tried, else the view
        is read. Raises ObjectUndefined where the meter has no such object.
        """
        return await self._resolver.object(as_obis(logical_name), class_id, version)

    async def snapshot(self) -> Snapshot:
        """Everything the association lets be read, to be kept: `(await meter.snapshot()).save("meter.json")`.

        Secrets are left out. What the meter refuses stays refused; raises where the line is lost.
        """
        from dlmskit.client.saved.snapshot import Snapshot
        from dlmskit.client.saved.survey import survey

        view = await self.objects()
        return Snapshot(await survey(self._backend, view), registry=self._backend.plan.registry)

    def data(self, logical_name: Name) -> Data:
        """A Data object of that name."""
        return self._known(Data, logical_name)

    def register(self, logical_name: Name) -> Register:
        """A Register of that name; `await register.quantity()` is its value with its unit."""
        return self._resolver.register(as_obis(logical_name))

    def profile(self, logical_name: Name) -> MeterProfile:
        """A profile of that name: `await profile.last(10)`."""
        return MeterProfile(self._known(ProfileGeneric, logical_name), self._backend)

    def compact_data(self, logical_name: Name, *, template: bytes | None = None) -> MeterCompactData:
        """Compact data of that name: `row = await compact.read()`; `template` where the meter does not tell it."""
        return MeterCompactData(CompactData(logical_name, self._backend), self._backend, template)

    def image(self, logical_name: Name = "0.0.44.0.0.255") -> MeterImage:
        """The firmware of the meter, or of a part: `await image.update(octets, identifier)`."""
        return MeterImage(self._known(ImageTransfer, logical_name), self._backend)

    async def quantity(self, ref: Bound[Any]) -> Quantity:
        """A register's value, scaled, with its unit."""
        scaling = await self.get(ref.obj.attribute("scaler_unit"))
        found: Quantity = scaling.quantity(await self._backend.get(ref))
        return found

    def notifications(self) -> Notifications:
        """What the meter sends unasked: an asynchronous iterator over the last ones, oldest first."""
        return self._backend.notifications

    def trigger_event_notification(self) -> None:
        """Let the meter send what it has to notify: over HDLC it may not speak unasked. `notifications` has it then."""
        self._backend.trigger()

    def _known(self, cls: type[C], logical_name: Name) -> C:
        name = as_obis(logical_name)
        return self._backend.in_version(cls, name)(name, self._backend)

    async def _ask(self, service: Service[T], what: str | Bound[Any] | None = None) -> T:
        return await self._backend.ask(service, what)

    def __repr__(self) -> str:
        facts = self.association
        return f"<Meter client={facts.client} server={facts.server} auth={facts.auth} security={facts.level}>"


def _bound(ref: Bound[T] | Attribute[T], at: Name | None) -> Bound[T]:
    if isinstance(ref, Attribute):
        if at is None:
            raise UsageError(f"{ref!r} belongs to no object: say at which, get({ref.name}, at=...)")
        return ref.at(at)
    if at is not None:
        raise UsageError(f"{ref} names its object already")
    return ref


def _loaded(ref: Bound[Any], result: Value | DataAccessResult) -> Any:
    """The Python value of one result, or why there is none."""
    if isinstance(result, DataAccessResult):
        return access_refused(result.code, str(ref))
    try:
        return ref.load(result)
    except UnfitValue as error:
        return error


def _is_withheld(result: object) -> bool:
    """Whether an attribute is refused: alone, or by null-data in its place in attribute 0."""
    return isinstance(result, Refused) or (isinstance(result, UnfitValue) and result.value == NULL)


def _numbers(target: AttributeDescriptor | MethodDescriptor) -> str:
    class_id, name, index = target
    return f"{class_id}:{Obis(name)}/{index}"
