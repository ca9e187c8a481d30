"""Security setup, served, and the invocation counter that a newcomer must start above."""

from __future__ import annotations

from dlmskit.cosem.ics import Data, SecuritySetup
from dlmskit.data.value import Tag, Value
from dlmskit.server.behaviour import Behaviour, Context, serves
from dlmskit.server.offer import Offer


class SecurityState(Behaviour):
    """Policy, suite and titles as stored; the client's title is that of the association that asks."""

    @serves(SecuritySetup.client_system_title)
    def client_system_title(self, context: Context) -> bytes:
        protection = context.association.protection if context.association is not None else None
        return protection.peer_title or b"" if protection is not None else b""


class ReceivedCounter(Behaviour):
    """The highest invocation counter accepted in an association: a client's next one has to be greater."""

    def __init__(self, obj: Data, offer: Offer) -> None:
        super().__init__(obj)
        self._offer = offer

    @serves(Data.value)
    def value(self, context: Context) -> Value:
        return Value(Tag.DOUBLE_LONG_UNSIGNED, self._offer.window.last or 0)
