"""What the meter sends unasked, kept in order until somebody takes it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.notify import DataNotification, EventNotificationRequest, InformationReportRequest
from dlmskit.apdu.variables import ParameterisedAccess, VariableAccess, VariableName
from dlmskit.client.kept import Kept
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.session.naming import NameBook
from dlmskit.times import CosemDateTime

KEPT = 256
_TIME = re.compile(rb"(\d{14})(?:[.,]\d+)?(Z?)")


@dataclass(frozen=True, slots=True)
class Notification:
    """One DataNotification, EventNotification or InformationReport.

    is_protected  it came ciphered under the association's keys; otherwise anyone on the line may have sent it
    names         the meter's short names, which may become known later
    """

    apdu: Apdu
    is_protected: bool
    names: NameBook | None = None

    @property
    def value(self) -> Value:
        """What was sent; of a report of several attributes a structure of their values."""
        if isinstance(self.apdu, DataNotification):
            return self.apdu.body
        if isinstance(self.apdu, InformationReportRequest):
            values = self.apdu.values
            return values[0] if len(values) == 1 else Value(Tag.STRUCTURE, values)
        return self.apdu.value if isinstance(self.apdu, EventNotificationRequest) else NULL

    @property
    def time(self) -> CosemDateTime | None:
        """When the meter sent it, where it says so."""
        raw = getattr(self.apdu, "date_time", None) or getattr(self.apdu, "time", None)
        if raw and len(raw) != CosemDateTime.size:
            return _of_text(raw)
        return CosemDateTime(raw) if raw else None

    @property
    def attribute(self) -> AttributeDescriptor | None:
        """The attribute an EventNotification, or a report of one alone, is about."""
        return self.attributes[0] if len(self.attributes) == 1 else None

    @property
    def attributes(self) -> tuple[AttributeDescriptor | None, ...]:
        """The attributes it is about; None for a short name that is not known, or is no attribute's."""
        if isinstance(self.apdu, EventNotificationRequest):
            return (self.apdu.attribute,)
        if isinstance(self.apdu, InformationReportRequest):
            return tuple(map(self._attribute, self.apdu.variables))
        return ()

    def _attribute(self, variable: VariableAccess) -> AttributeDescriptor | None:
        known = self.names.known if self.names is not None else None
        if known is None or not isinstance(variable, VariableName | ParameterisedAccess):
            return None
        target = known.target(variable.name)
        return target if isinstance(target, AttributeDescriptor) else None


def _of_text(raw: bytes) -> CosemDateTime | None:
    """A GeneralizedTime of ASN.1: `20261126024500Z`; without the Z it is the meter's local time."""
    found = _TIME.fullmatch(raw)
    if found is None:
        return None
    try:
        moment = datetime.strptime(found[1].decode(), "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return CosemDateTime.from_datetime(moment.replace(tzinfo=UTC) if found[2] else moment)


class Notifications(Kept[Notification]):
    """The association's notifications; it ends with the association."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(KEPT)
