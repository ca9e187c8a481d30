"""A saved meter as the backend of its objects: services are answered from what was read, at once."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from dlmskit.apdu.base import DataAccessResult
from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.get import GetRequestNormal, GetResponseNormal
from dlmskit.client.backend import MeterBackend
from dlmskit.client.facts import AssociationFacts
from dlmskit.client.plan import AssociationPlan
from dlmskit.client.saved.saved import Saved
from dlmskit.cosem.registry import Registry
from dlmskit.data.conformance import Conformance
from dlmskit.edge.clock import MACHINE
from dlmskit.edge.options import AssociationOptions
from dlmskit.errors import DlmsError, LocalProtocolError, UsageError
from dlmskit.session.context import Context
from dlmskit.session.services.steps import Ask, Service, Tell, Work

T = TypeVar("T")

_DENIED = 3


class Offline(MeterBackend):
    """Answers GET of whole attributes; there is no other service, so nothing is selected, written or called."""

    __slots__ = ("_context", "saved")

    def __init__(self, saved: Saved, registry: Registry | None = None) -> None:
        options = AssociationOptions(client=saved.facts.client, server=saved.facts.server)
        super().__init__(AssociationPlan(options=options, registry=registry), MACHINE)
        self.saved, self.view = saved, saved.view
        self.plan.recall_services(saved)
        self._context = Context(Conformance.GET)
        self.notifications.end(None)

    @property
    def context(self) -> Context:
        return self._context

    @property
    def facts(self) -> AssociationFacts:
        return self.saved.facts

    def now(self) -> float:
        return 0.0

    async def ask(self, service: Service[T], what: object = None, *, keep: Callable[[], bool] | None = None) -> T:
        exchange = service.run(self._context)
        try:
            step = next(exchange)
            while True:
                step = exchange.send(self._answer(step))
        except StopIteration as done:
            found: T = done.value
            return found
        except DlmsError as error:
            self.explain(error, what)
            raise

    def trigger(self) -> None:
        raise UsageError("what was saved of a meter has nothing to tell")

    def explain(self, error: DlmsError, what: object) -> None:
        error.hints = (*error.hints, f"a snapshot of {self.saved.taken:%Y-%m-%d %H:%M} UTC answers, not the meter")

    def _answer(self, step: Ask | Tell | Work) -> Apdu:
        if not isinstance(step, Ask) or not isinstance(step.apdu, GetRequestNormal):
            raise UsageError("a snapshot is read, and nothing else")
        asked = step.apdu
        answer = self.saved.answer(asked.attribute) if asked.selection is None else DataAccessResult(_DENIED)
        return GetResponseNormal(asked.invoke_id_and_priority, answer)


def at_once(coroutine: Coroutine[Any, Any, T], /) -> T:
    """What a coroutine returns that has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        found: T = done.value
        return found
    coroutine.close()
    raise LocalProtocolError("a snapshot waits for nothing")
