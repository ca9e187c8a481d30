"""A logical device: its name, its objects, and the associations it offers.

device = Device(logical_name="DKT0000000000001")
device.add(Clock("0.0.1.0.0.255", time_zone=-60))
device.association(client=16, access=(Rule("*"),))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar, Unpack

from dlmskit.apdu.notify import DataNotification
from dlmskit.cosem.access import ObjectListElement
from dlmskit.cosem.ics import Data
from dlmskit.cosem.ics.association_sn import ObjectListElementSN
from dlmskit.cosem.model import Attribute, Bound, CosemObject
from dlmskit.cosem.registry import Registry
from dlmskit.data.value import Tag, Value
from dlmskit.edge.clock import MACHINE, Environment
from dlmskit.errors import MissingKey, UsageError
from dlmskit.obis import Obis, as_obis
from dlmskit.security.attempts import Attempts
from dlmskit.security.cipher import BOTH
from dlmskit.security.counters import Received
from dlmskit.security.held import HeldKeys
from dlmskit.security.keys import KeyRing, KeyRole, KeySource, check_title
from dlmskit.security.mechanisms import WITH_SECRET, WITH_TITLES, Mechanism, hls_of
from dlmskit.server.access import Rule, Ruling, element
from dlmskit.server.behaviour import Behaviour, Context
from dlmskit.server.behaviours import behaviour_of
from dlmskit.server.behaviours.association import CURRENT, AssociationObject, association_object
from dlmskit.server.behaviours.association_sn import AssociationObjectSN, association_object_sn
from dlmskit.server.behaviours.clock import RunningClock
from dlmskit.server.later import discard
from dlmskit.server.names import BaseNames, extent
from dlmskit.server.offer import Offer, Terms
from dlmskit.server.reporting import reports
from dlmskit.session.context import CLIENT_CONFORMANCE, SHORT_NAME_CONFORMANCE, Ciphering
from dlmskit.session.naming import ASSOCIATION, ShortNames
from dlmskit.session.protection.policy import Policy
from dlmskit.session.responder import ServerAssociation
from dlmskit.tolerances import DEFAULT, Tolerances

if TYPE_CHECKING:
    from dlmskit.server.connection import Connection

B = TypeVar("B", bound=Behaviour)
T = TypeVar("T")

LOGICAL_DEVICE_NAME: Final = "0.0.42.0.0.255"

#: What a served association agrees to, of what a client proposes.
SERVER_CONFORMANCE: Final = CLIENT_CONFORMANCE

#: The long invoke-id of a notification; the bits above are its priority and service class.
_LONG_INVOKE_ID: Final = 0xFFFFFF

#: By logical or by short names.
Referencing: TypeAlias = Literal["ln", "sn"]

#: What one association sees: an object and the rights over it, by class id and logical name.
View = Mapping[tuple[int, bytes], tuple[Behaviour, ObjectListElement]]


class Device:
    """One logical device to be served.

    logical_name   up to 16 characters, the maker's three letters first; stands in 0.0.42.0.0.255
    sap            its address: the HDLC upper address, the wrapper's wPort
    system_title   8 octets; needed where an association is ciphered
    environment    where it takes time and randomness from
    """

    def __init__(
        self,
        *,
        logical_name: str,
        sap: int = 1,
        system_title: bytes | None = None,
        environment: Environment = MACHINE,
    ) -> None:
        if not logical_name.isascii() or not 3 <= len(logical_name) <= 16:
            raise UsageError("a logical device name has 3 to 16 ASCII characters, the maker's letters first")
        self.logical_name, self.sap, self.environment = logical_name, sap, environment
        self.system_title = check_title(system_title) if system_title is not None else None
        self.together: tuple[Device, ...] = (self,)
        self.associated: dict[ServerAssociation, Connection] = {}
        self._policies: dict[Obis, Policy] = {}
        self._rings: dict[int, tuple[KeyRing, HeldKeys]] = {}
        self._received: dict[int | None, Received] = {}
        self._attempts = Attempts()
        self._objects: dict[tuple[int, bytes], Behaviour] = {}
        self._notified = 0
        self._current: dict[Offer, AssociationObject | AssociationObjectSN] = {}
        self._views: dict[Offer, View] = {}
        self._base_names = BaseNames()
        self._short_names: dict[Offer, ShortNames] = {}
        self.add(Data(LOGICAL_DEVICE_NAME, value=Value(Tag.OCTET_STRING, logical_name.encode())))

    def __repr__(self) -> str:
        return f"<Device {self.logical_name} at {self.sap}>"

    # --- objects ---

    def add(self, obj: CosemObject | Behaviour, *, base_name: int | None = None) -> Behaviour:
        """Serve an object; one whose class acts by itself, such as a clock, does so. Raises UsageError for a second.

        base_name  where it stands by short names: a multiple of 8; by default where there is room
        """
        behaviour = obj if isinstance(obj, Behaviour) else behaviour_of(obj)
        key = behaviour.obj.class_id, bytes(behaviour.obj.obis)
        if key in self._objects:
            raise UsageError(f"{self.logical_name} has {behaviour.obj} already")
        if base_name is not None:
            self._base_names.place(behaviour.obj, base_name)
        self._objects[key] = behaviour
        self._views.clear()
        self._short_names.clear()
        behaviour.attached(self)
        return behaviour

    @property
    def objects(self) -> Sequence[Behaviour]:
        """Everything it serves, in the order it was added."""
        return tuple(self._objects.values())

    def object(self, logical_name: Obis | str | bytes, kind: type[B] = Behaviour) -> B:  # type: ignore[assignment]
        """The served object of that name that acts as a `kind`. Raises UsageError where there is none."""
        obis = bytes(as_obis(logical_name))
        for (_, name), behaviour in self._objects.items():
            if name == obis and isinstance(behaviour, kind):
                return behaviour
        raise UsageError(f"{self.logical_name} has no {kind.__name__} called {as_obis(logical_name)}")

    def find(self, class_id: int, obis: bytes) -> Behaviour | None:
        return self._objects.get((class_id, obis))

    # --- associations ---

    def association(
        self,
        *,
        client: int,
        access: Sequence[Ruling],
        keys: KeySource | None = None,
        client_title: bytes | None = None,
        suite: int = 0,
        required: int | None = None,
        security_setup: Obis | str | bytes | None = None,
        referencing: Referencing = "ln",
        version: int | None = None,
        number: int | None = None,
        **terms: Unpack[Terms],
    ) -> Offer:
        """Offer an association to a client.

        access          what it may do; an object no rule names is not there for it
        keys            make it a ciphered one, with the device's system title; a ring is shared by all associations it
                        is given to, and clients may replace its keys through a security setup. `HeldKeys` says where
                        new ones are kept
        client_title    the client's, where no AARQ tells it
        suite           security suite its APDUs are protected in; any other is refused
        required        protection bits every request must come with; authenticated and encrypted by default
        security_setup  the object whose policy holds here, too; several associations may share one
        referencing     whether its objects go by logical or by short names
        version         of its object; by default 1 of Association LN, 2 of Association SN
        number          n of its object 0.0.40.0.n.255; by default the next, counted from 1
        terms           mechanism, password and more, see `Terms`
        Raises UsageError, MissingKey.
        """
        if any(offer.client == client for offer in self._current):
            raise UsageError(f"{self.logical_name} offers client {client} an association already")
        by_short_names = referencing == "sn"
        terms.setdefault("conformance", SHORT_NAME_CONFORMANCE if by_short_names else SERVER_CONFORMANCE)
        terms["users"] = dict(terms.get("users", {}))
        offer: Offer = Offer(
            title=self.system_title if terms.get("mechanism") in WITH_TITLES else None,
            ciphering=self._ciphering(keys, client_title, suite) if keys is not None else None,
            required=(BOTH if required is None else required) if keys is not None else 0,
            policy=Policy() if security_setup is None else self.policy(security_setup),
            attempts=self._attempts,
            received=self._received_by(client, terms.get("tolerances", DEFAULT)),
            device=self,
            client=client,
            access=tuple(access),
            number=len(self._current) + 1 if number is None else number,
            version=(2 if by_short_names else 1) if version is None else version,
            short_names=(lambda: self.short_names(offer)) if by_short_names else None,
            security_setup=as_obis(security_setup) if security_setup is not None else Obis(bytes(6)),
            **terms,
        )
        _check(offer)
        self._show(offer, association_object_sn if by_short_names else association_object)
        return offer

    def _show(self, offer: Offer, made: Callable[[Offer, str], AssociationObject | AssociationObjectSN]) -> None:
        """Serve the object of an offered association, and the one that it is to itself."""
        self.add(made(offer, f"0.0.40.0.{offer.number}.255"))
        self._current[offer] = made(offer, CURRENT)
        self._current[offer].attached(self)

    def policy(self, security_setup: Obis | str | bytes) -> Policy:
        """The policy in force under a security setup object."""
        return self._policies.setdefault(as_obis(security_setup), Policy())

    def _received_by(self, client: int, tolerances: Tolerances) -> Received:
        """Counters received in the association of a client, or in all of them."""
        return self._received.setdefault(None if tolerances.receive_counters == "key" else client, Received())

    def _ciphering(self, keys: KeySource, client_title: bytes | None, suite: int) -> Ciphering:
        if self.system_title is None:
            raise UsageError(f"{self.logical_name} needs a system title to offer a ciphered association")
        keys.aead(KeyRole.ENCRYPTION)
        protection = BOTH | suite
        return Ciphering(self.system_title, self._held(keys), protection, protection, peer_title=client_title)

    def _held(self, keys: KeySource) -> KeySource:
        """The keys as they are held: associations given one ring share it, also when it is replaced."""
        if not isinstance(keys, KeyRing):
            return keys
        return self._rings.setdefault(id(keys), (keys, HeldKeys(keys)))[1]

    @property
    def offers(self) -> Sequence[Offer]:
        return tuple(self._current)

    def view(self, offer: Offer) -> View:
        """What an association sees; the association object that is its own comes first."""
        view = self._views.get(offer)
        if view is None:
            current = self._current[offer]
            rules = (*offer.access, Rule(CURRENT, call=current.own_methods))
            seen = ((behaviour, element(behaviour, rules)) for behaviour in (current, *self.objects))
            view = self._views[offer] = {
                (found.class_id, bytes(found.logical_name)): (behaviour, found)
                for behaviour, found in seen
                if found is not None
            }
        return view

    def short_names(self, offer: Offer) -> ShortNames:
        """The names of what an association sees. Raises UsageError where there are not enough."""
        names = self._short_names.get(offer)
        if names is None:
            current = self._current[offer]
            entries = []
            for behaviour, seen in self.view(offer).values():
                if extent(behaviour.obj):
                    base_name = ASSOCIATION if behaviour is current else self._base_names.of(behaviour.obj)
                    entries.append(ObjectListElementSN(base_name, seen.class_id, seen.version, seen.logical_name))
            classes = Registry(dict.fromkeys(type(behaviour.obj) for behaviour in self.objects))
            names = self._short_names[offer] = ShortNames(entries, classes)
        return names

    # --- the meter itself ---

    def notify(self, body: Value, *, only: ServerAssociation | None = None, client: int | None = None) -> int:
        """Send a DataNotification to every associated client, to those of one address, or on one association.

        How many it goes to. On HDLC it waits until the client lets the meter speak.
        """
        pushed = self.notification(body)
        meant = [
            association
            for association in self.associated
            if only in (None, association) and client in (None, _client_of(association))
        ]
        for association in meant:
            self.associated[association].notify(association, pushed)
        return len(meant)

    def report(self, *attributes: Bound[Any], client: int | None = None) -> int:
        """Tell attributes to every associated client, or to those of one address: in an EventNotification each, by short
        names in one InformationReport.

        Each is told what it may read. How many it goes to. On HDLC it waits until the client lets the meter speak.
        """
        told = [*reports(self, attributes, client)]
        for association, apdus in told:
            for apdu in apdus:
                self.associated[association].notify(association, apdu)
        return len(told)

    def notification(self, body: Value) -> DataNotification:
        """The next DataNotification, with the time of its clock."""
        self._notified += 1
        return DataNotification(self._notified & _LONG_INVOKE_ID, self.stamp, body)

    @property
    def stamp(self) -> bytes:
        """The time of its clock as a date-time; empty where it has none."""
        clock = next((one for one in self.objects if isinstance(one, RunningClock)), None)
        return clock.local(self.now).raw if clock is not None else b""

    @property
    def now(self) -> datetime:
        """The time of day in UTC, as the environment has it; the meter's clock may differ."""
        return self.environment.now()

    def peek(self, logical_name: Obis | str | bytes, attribute: Attribute[T], when: datetime | None = None) -> T:
        """What an attribute holds now, or held at a past moment, as Python has it.

        Raises UsageError where there is no such object, no value, or one that has to be awaited.
        """
        obis = as_obis(logical_name)
        behaviour = self.find(attribute.owner.class_id, bytes(obis))
        if behaviour is None:
            raise UsageError(f"{self.logical_name} has no {attribute.owner.class_id}:{obis}")
        value = behaviour.get(attribute.index, Context(when or self.now))
        if not isinstance(value, Value):
            discard(value)
            raise UsageError(f"{behaviour.obj}/{attribute.name} has to be awaited")
        return attribute.kind.load(value)


def _client_of(association: ServerAssociation) -> int | None:
    return association.served.client if isinstance(association.served, Offer) else None


def _check(offer: Offer) -> None:
    """Refuse an offer that nobody could take up. Raises UsageError, MissingKey."""
    mechanism = offer.mechanism
    if mechanism in WITH_SECRET and offer.hls is None and not offer.password:
        raise UsageError(f"authentication mechanism {mechanism} needs a password")
    if mechanism in WITH_TITLES and offer.own_title is None:
        raise UsageError(f"authentication mechanism {mechanism} needs the device's system title")
    if mechanism == Mechanism.GMAC and offer.ciphering is None:
        raise MissingKey("HLS-GMAC needs the encryption and the authentication key")
    if mechanism > Mechanism.LOW and offer.stoc_length not in hls_of(mechanism, offer.hls).challenge_sizes:
        raise UsageError(f"mechanism {mechanism} takes no challenge of {offer.stoc_length} octets")
    if offer.is_pre_established and offer.ciphering is not None and offer.ciphering.peer_title is None:
        raise UsageError("no AARQ tells the client's system title in a pre-established association: client_title")
