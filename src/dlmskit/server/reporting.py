"""EventNotification and InformationReport: attributes told to clients that have not asked.

Source: Green Book, EventNotification and InformationReport services.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.notify import EventNotificationRequest, InformationReportRequest
from dlmskit.apdu.variables import VariableName
from dlmskit.cosem.access import AccessFlags
from dlmskit.cosem.model import Bound
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Value
from dlmskit.errors import AccessRefused
from dlmskit.server.behaviour import Context
from dlmskit.server.later import discard
from dlmskit.server.offer import Offer
from dlmskit.session.protection.policy import of_response
from dlmskit.session.responder import ServerAssociation

if TYPE_CHECKING:
    from dlmskit.server.device import Device

#: GeneralizedTime of ASN.1, in UTC.
_TIME = "%Y%m%d%H%M%SZ"


def reports(
    device: Device, wanted: Sequence[Bound[Any]], client: int | None
) -> Iterator[tuple[ServerAssociation, list[Apdu]]]:
    """What goes to each associated client that agreed to it, of what it may read: all in one InformationReport by
    short names, by logical names an EventNotification each.
    """
    for association in device.associated:
        offer = association.served
        if isinstance(offer, Offer) and client in (None, offer.client):
            by_short_names = offer.short_names is not None
            bit = Conformance.INFORMATION_REPORT if by_short_names else Conformance.EVENT_NOTIFICATION
            told = [*_told(device, association, offer, wanted)] if association.context.has(bit) else []
            if told:
                yield association, [_report(device, offer, told)] if by_short_names else _events(device, told)


def _report(device: Device, offer: Offer, told: Sequence[tuple[AttributeDescriptor, Value]]) -> Apdu:
    names = device.short_names(offer)
    variables = tuple(VariableName(names.attribute(target)) for target, _ in told)
    time = device.now.strftime(_TIME).encode()
    return InformationReportRequest(time, variables, tuple(value for _, value in told))


def _events(device: Device, told: Sequence[tuple[AttributeDescriptor, Value]]) -> list[Apdu]:
    return [EventNotificationRequest(device.stamp or None, target, value) for target, value in told]


def _told(
    device: Device, association: ServerAssociation, offer: Offer, wanted: Sequence[Bound[Any]]
) -> Iterator[tuple[AttributeDescriptor, Value]]:
    """The attributes and values of what the client may read, and may be told as a report is protected."""
    view, shield = device.view(offer), association.push_shield
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
            yield target, value
        else:
            discard(value)
