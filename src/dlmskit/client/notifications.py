"""What the meter sends unasked, kept in order until somebody takes it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.notify import DataNotification, EventNotificationRequest
from dlmskit.data.value import NULL, Value
from dlmskit.errors import DlmsError
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


class Notifications(AsyncIterator[Notification]):
    """The association's notifications, oldest first; each is given out once.

    It ends with the association: quietly after a release, with the error that ended it otherwise.

    dropped  how many were thrown away, the oldest first, because nobody took them
    """

    __slots__ = ("_ended", "_error", "_kept", "_waiting", "dropped")

    def __init__(self) -> None:
        self._kept: deque[Notification] = deque()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._ended = False
        self._error: DlmsError | None = None
        self.dropped = 0

    def add(self, notification: Notification) -> None:
        """Keep one; the oldest goes where there are too many."""
        if len(self._kept) >= KEPT:
            self._kept.popleft()
            self.dropped += 1
        self._kept.append(notification)
        self._wake(one=True)

    def end(self, error: DlmsError | None) -> None:
        """Nothing comes any more; the first reason holds."""
        if self._ended:
            return
        self._ended, self._error = True, error
        self._wake(one=False)

    def go_on(self) -> None:
        """The association was opened anew."""
        self._ended, self._error = False, None

    async def __anext__(self) -> Notification:
        while not self._kept:
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                await future
            finally:
                if future in self._waiting:
                    self._waiting.remove(future)
                elif future.cancelled() or self._kept:
                    self._wake(one=True)  # woken and cancelled at once: the next in line takes over
        return self._kept.popleft()

    def _wake(self, *, one: bool) -> None:
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                if one:
                    return
