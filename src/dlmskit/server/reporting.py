"""InformationReport: attributes told by short names to clients that have not asked.

Source: Green Book, InformationReport service.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.notify import InformationReportRequest
from dlmskit.apdu.variables import VariableName
from dlmskit.cosem.access import AccessFlags
from dlmskit.cosem.model import Bound
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Value
from dlmskit.errors import AccessRefused
from dlmskit.server.behaviour import Context
from dlmskit.server.later import discard
from dlmskit.server.offer import Offer
from dlmskit.session.policy import of_response
from dlmskit.session.responder import ServerAssociation

if TYPE_CHECKING:
    from dlmskit.server.device import Device

#: GeneralizedTime of ASN.1, in UTC.
_TIME = "%Y%m%d%H%M%SZ"


def reports(
    device: Device, wanted: Sequence[Bound[Any]], client: int | None
) -> Iterator[tuple[ServerAssociation, InformationReportRequest]]:
    """A report for each client associated by short names that agreed to them, of what it may read."""
    time = device.now.strftime(_TIME).encode()
    for association in device.associated:
        offer = association.served
        agreed = association.context.has(Conformance.INFORMATION_REPORT)
        if isinstance(offer, Offer) and offer.short_names is not None and agreed and client in (None, offer.client):
            told = [*_told(device, association, offer, wanted)]
            if told:
                variables, values = zip(*told, strict=True)
                yield association, InformationReportRequest(time, variables, values)


def _told(
    device: Device, association: ServerAssociation, offer: Offer, wanted: Sequence[Bound[Any]]
) -> Iterator[tuple[VariableName, Value]]:
    """The names and values of what the client may read, and may be told as a report is protected."""
    view, names, shield = device.view(offer), device.short_names(offer), association.push_shield
    for ref in wanted:
        target = AttributeDescriptor(ref.obj.class_id, bytes(ref.obj.obis), ref.attribute.index)
        behaviour, seen = view.get(target[:2], (None, None))
        right = seen.attribute(target.attribute_id) if seen is not None else None
        if behaviour is None or right is None or not right.rights & AccessFlags.READ:
            continue
        if of_response(right.rights) & ~(shield.control if shield is not None else 0):
            continue
        try:
            value = behaviour.get(target.attribute_id, Context(device.now, association, offer))
        except AccessRefused:
            continue
        if isinstance(value, Value):
            yield VariableName(names.attribute(target)), value
        else:
            discard(value)
