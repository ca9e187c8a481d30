"""What the meter sends unasked, kept in order until somebody takes it."""

from __future__ import annotations

from dataclasses import dataclass

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.notify import DataNotification, EventNotificationRequest
from dlmskit.client.kept import Kept
from dlmskit.data.value import NULL, Value
from dlmskit.times import CosemDateTime

KEPT = 256


@dataclass(frozen=True, slots=True)
class Notification:
    """One DataNotification or EventNotification.

    is_protected  it came ciphered under the association's keys; otherwise anyone on the line may have sent it
    """

    apdu: Apdu
    is_protected: bool

    @property
    def value(self) -> Value:
        """What was sent."""
        if isinstance(self.apdu, DataNotification):
            return self.apdu.body
        return self.apdu.value if isinstance(self.apdu, EventNotificationRequest) else NULL

    @property
    def time(self) -> CosemDateTime | None:
        """When the meter sent it, where it says so."""
        raw = getattr(self.apdu, "date_time", None) or getattr(self.apdu, "time", None)
        return CosemDateTime(raw) if raw else None

    @property
    def attribute(self) -> AttributeDescriptor | None:
        """The attribute an EventNotification is about."""
        return self.apdu.attribute if isinstance(self.apdu, EventNotificationRequest) else None


class Notifications(Kept[Notification]):
    """The association's notifications; it ends with the association."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(KEPT)
