"""The invocation counters of served meters: taken in leases, received ones kept, the rest of a lease given back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import partial

from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import MissingKey
from dlmskit.security.counters import CounterBlock, CounterStore, Scope, Span
from dlmskit.security.keys import KeyRole
from dlmskit.server.offer import Offer
from dlmskit.session.events import NeedCounters
from dlmskit.session.responder import ServerAssociation

#: Of all meters served by this process without a store: those served again repeat no counter under the same keys.
_in_memory = MemoryCounterStore()


class MeterCounters:
    """What a server does with its store; every call may wait for a disk and belongs in a thread.

    store  None keeps what is sent in the memory of this process, and what is received with the device
    """

    def __init__(self, store: CounterStore | None) -> None:
        self._store: CounterStore = _in_memory if store is None else store
        self._keeps_received = store is not None

    def load(self, offers: Iterable[Offer]) -> None:
        """Take up what was received before, so that nothing old is taken again, and keep what comes."""
        for offer in offers:
            name, ciphering = _kept_as(offer), offer.ciphering
            if ciphering is None:
                continue
            offer.received.keep = None
            if not self._keeps_received or name is None:
                continue
            fingerprint = ciphering.keys.fingerprint(KeyRole.ENCRYPTION)
            offer.received.under(fingerprint).go_on_from(self._store.received_by(fingerprint, name))
            with suppress(MissingKey):
                to_all = ciphering.keys.fingerprint(KeyRole.BROADCAST)
                offer.received.to_all(to_all).go_on_from(self._store.received_by(to_all, name))
            offer.received.keep = partial(self._keep, name)

    def _keep(self, name: str, fingerprint: bytes, title: bytes, counter: int) -> None:
        self._store.settle(None, {Scope(title, fingerprint, association=name): counter})

    def reserve(self, need: NeedCounters, received: Mapping[Scope, int]) -> CounterBlock:
        """A lease; what was received since the last one is kept in the same step."""
        return self._store.reserve(need.scope, need.count, received if self._keeps_received else {})

    def settle(self, scope: Scope, rest: Span | None, received: Mapping[Scope, int]) -> None:
        """A link is down: what is left of its lease goes back."""
        self._store.settle((scope, rest) if rest is not None else None, received if self._keeps_received else {})


def received_by(association: ServerAssociation) -> dict[Scope, int]:
    """The counters accepted in an association since the last call, as they are kept."""
    protection, offer = association.protection, association.served
    name = _kept_as(offer) if isinstance(offer, Offer) else None
    if protection is None or name is None:
        return {}
    fingerprint, changes = protection.pool.scope.fingerprint, protection.windows.take_changes()
    return {Scope(title, fingerprint, association=name): counter for title, counter in changes.items()}


def _kept_as(offer: Offer) -> str | None:
    """The name received counters of an association are kept under; None where they count for one session."""
    own = offer.ciphering.title.hex() if offer.ciphering is not None else ""
    within = {"association": f"{own}/{offer.client}/{offer.device.sap}", "key": own}
    return within.get(offer.tolerances.receive_counters)
