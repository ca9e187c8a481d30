"""One association on a line, seen from above: opened, asked, closed; the backend of its objects."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from typing import Any, TypeAlias, TypeVar

from dlmskit.client.backend import MeterBackend
from dlmskit.client.counters import AssociationCounters
from dlmskit.client.diagnosis.causes import RENEW_KEY
from dlmskit.client.diagnosis.diagnosis import diagnose
from dlmskit.client.diagnosis.situation import Situation, Stage
from dlmskit.client.facts import AssociationFacts
from dlmskit.client.keep_alive import KeepAlive
from dlmskit.client.notifications import Notification
from dlmskit.client.plan import AssociationPlan
from dlmskit.client.pump import Pump
from dlmskit.cosem.model import Bound, BoundMethod
from dlmskit.edge.clock import Environment
from dlmskit.edge.options import LineOptions
from dlmskit.errors import (
    AssociationRefused,
    DlmsError,
    LocalProtocolError,
    OutcomeUnknown,
    SecurityError,
    ServiceRefused,
    Timeout,
    TransportError,
)
from dlmskit.security.counters import RESYNCHRONISED, CounterBlock
from dlmskit.session.association import COUNTER_BLOCK
from dlmskit.session.context import Context
from dlmskit.session.events import Closed, Ended, Established, Event, NeedCounters, NeedWork, Notified
from dlmskit.session.requester import ClientAssociation
from dlmskit.session.services.steps import Service
from dlmskit.session.ticket import Ticket

T = TypeVar("T")

#: How long a link is taken down on which no association came about: a meter that has not answered need not answer now.
_PARTING_S = 0.5
#: How an association breaks off that may be opened anew.
_LOST = (Timeout, TransportError)
#: Octets of the APDUs asked for after a loss in which nothing could be kept: half of this, then less.
_NARROW, _NARROWEST = 1024, 64


Renew: TypeAlias = "Callable[[Conversation, DlmsError], Awaitable[None]]"
Discover: TypeAlias = Callable[[AssociationPlan], Awaitable[int]]


class Conversation(MeterBackend):
    """Drives one `ClientAssociation` through its line's pump, and another in its place where that one broke off.

    line   its `timeout_s` is how long a release may take, its `retries` how often it is associated anew in a row
    renew  associates this conversation anew; None where it ends with its association
    discover  asks the meter, as the public client, for its invocation counter
    """

    __slots__ = (
        "_closed", "_discover", "_end", "_explained", "_is_closing", "_is_established", "_is_resynchronised",
        "_keep_alive", "_lease_end", "_line", "_renew", "association", "counter_known", "counters", "pump",
    )  # fmt: skip

    def __init__(
        self,
        pump: Pump,
        association: ClientAssociation,
        plan: AssociationPlan,
        counters: AssociationCounters | None = None,
        *,
        line: LineOptions,
        renew: Renew | None = None,
        discover: Discover | None = None,
        environment: Environment,
    ) -> None:
        super().__init__(plan, environment)
        self.pump, self.association, self.counters = pump, association, counters
        self._line, self._renew, self._discover = line, renew, discover
        self._is_resynchronised, self._lease_end = False, 0
        self._is_closing = False
        self._keep_alive = KeepAlive(line)
        self.counter_known = True
        self._closed: asyncio.Future[None] | None = None
        self._end: DlmsError | None = None
        self._is_established = False
        self._explained: DlmsError | None = None

    @property
    def context(self) -> Context:
        return self.association.context

    @property
    def facts(self) -> AssociationFacts:
        association, options, security = self.association, self.plan.options, self.plan.security
        return AssociationFacts(
            options.client,
            options.server,
            options.auth,
            security.level if security is not None else "none",
            association.context.conformance,
            association.context.max_send,
            options.max_pdu,
            self._title,
            association.link_parameters,
            association.protection.shown if association.protection is not None else None,
        )

    def now(self) -> float:
        return self.pump.now()

    # --- opened and closed ---

    async def open(self) -> None:
        """Associate. Raises what the meter, the link or the keys say, with likely causes as hints."""
        if self.pump.error is not None:
            gone = TransportError(f"the line is gone: {self.pump.error.message}", hints=self.pump.error.hints)
            self.explain(gone, None)
            raise gone
        self._closed = self.pump.loop.create_future()
        self.pump.listen(self.association, self._on_event)
        future: asyncio.Future[None] = self.pump.loop.create_future()
        ticket = self.association.open(self.pump.now(), partial(self._settle, future, None))
        self.pump.earshot.begin()
        self.pump.flush()
        try:
            await future
        except asyncio.CancelledError:
            self._give_up(future, ticket)
            raise

    async def close(self) -> None:
        """Release, and wait within bounds until the link is down; a second cancellation drops it at once."""
        self._is_closing = True
        self._keep_alive.stop()
        if self._closed is not None and not self._closed.done():
            association = self.association
            association.release(self.pump.now())
            self.pump.flush()
            try:
                if not self._closed.done():
                    patience_s = self._line.timeout_s if self._is_established else _PARTING_S
                    await asyncio.wait((self._closed,), timeout=min(patience_s, self._line.timeout_s))
            finally:
                if not self._closed.done():
                    association.abort(self.pump.now())
                    self.pump.flush()
        self.pump.forget(self.association)
        self.notifications.end(None)
        await self._settle_counters()

    async def _settle_counters(self) -> None:
        protection = self.association.protection
        if self.counters is None or protection is None:
            return
        try:
            await self.counters.settle(protection.pool.surrender())
        except DlmsError as error:  # the reading is done; what is not given back is wasted and no more
            self.pump.tell("counters-not-kept", {"error": error.to_json()}, layer="security")

    def trigger(self) -> None:
        """Let the meter notify."""
        self.association.trigger_event_notification(self.pump.now())
        self.pump.flush()

    # --- asked ---

    async def ask(self, service: Service[T], what: object = None, *, keep: Callable[[], bool] | None = None) -> T:
        """Carry out one service; they go one at a time, in order.

        Where the association breaks off, it is opened anew and the service asked again; not a command that was sent,
        unless it is idempotent. After `retries` losses in a row in which nothing came, the last is raised.
        Cancelled, a request still waiting never goes; one that was sent has its answer waited out and dropped.
        """
        losses = 0
        while True:
            try:
                future, ticket = self._submit(service, what)
                try:
                    answer = await future
                except asyncio.CancelledError:
                    self._give_up(future, ticket)
                    raise
                if not self.counter_known:
                    await self.confirm_counter()
                return answer
            except (*_LOST, OutcomeUnknown, ServiceRefused) as error:
                losses = await self._recover(error, service, losses, keep)

    def _submit(self, service: Service[T], what: object) -> tuple[asyncio.Future[T], Ticket[T]]:
        if not self.association.is_associated:
            raise self._gone()
        pump = self.pump
        if service.secrets:
            pump.line.hide(*service.secrets)
        future: asyncio.Future[T] = pump.loop.create_future()
        ticket = self.association.submit(service, pump.now(), on_done=partial(self._settle, future, what))
        pump.earshot.begin()
        pump.flush()
        return future, ticket

    def _settle(self, future: asyncio.Future[T], what: object, ticket: Ticket[T]) -> None:
        if future.done():
            return
        if ticket.error is None:
            future.set_result(ticket.result)  # type: ignore[arg-type]  # a ticket without an error has its result
            return
        if isinstance(ticket.error, DlmsError):
            self.explain(ticket.error, what)
        future.set_exception(ticket.error)

    async def _recover(
        self, error: DlmsError, service: Service[Any], losses: int, keep: Callable[[], bool] | None
    ) -> int:
        """Get where the service may be asked again, or raise `error`; how often in a row something was lost now."""
        if await self._resynchronise(error) and service.is_repeatable:
            return losses
        if isinstance(error, ServiceRefused):
            raise error
        is_known = service.idempotent or not isinstance(error, OutcomeUnknown)
        losses = 1 if keep is not None and keep() else losses + 1
        renew = self._renew
        if renew is None or not is_known or not self._is_lost or losses > self._line.retries:
            raise error
        if keep is not None and losses > 1:
            self._narrow()
        await self._open_anew(renew, error, losses)
        return losses

    # --- invocation counters ---

    def supply(self, block: CounterBlock) -> None:
        """Hand a lease to the association; where the key's counters come to an end, say so in time."""
        self._lease_end = block.end
        if block.is_alarming:
            self.pump.tell("counters-running-out", {"used": block.start, "hint": RENEW_KEY}, layer="security")
        self.association.supply_counters(block, self.pump.now())

    async def learn_from(self, error: DlmsError) -> bool:
        """Take up the counter of a meter that refused ours, provisionally; whether there is one to go on from.

        Once in a conversation, and within bounds: anybody may have said it.
        """
        refused = error.__cause__ if isinstance(error, OutcomeUnknown) else error
        if not isinstance(refused, ServiceRefused) or not refused.is_counter_error or self.counters is None:
            return False
        if self._is_resynchronised:
            return False
        self._is_resynchronised = True
        told = await self._told(refused)
        if told is None or told - self._lease_end > RESYNCHRONISED:
            return False
        self.pump.tell("resynchronising", {"from": self._lease_end, "to": told + 1}, layer="security")
        await self.counters.learn(told)
        self.counter_known = False
        return True

    async def _told(self, refused: ServiceRefused) -> int | None:
        """The last counter the meter has taken, as it says; unproven."""
        if refused.invocation_counter is not None:
            return max(0, refused.invocation_counter - 1)
        try:
            return await self._discover(self.plan) if self._discover is not None else None
        except DlmsError:
            return None

    async def _resynchronise(self, error: DlmsError) -> bool:
        """Go on in the association there is, above what the meter says."""
        if not await self.learn_from(error) or self.counters is None or self.association.protection is None:
            return False
        self.association.protection.pool.surrender()
        self.supply(await self.counters.reserve(COUNTER_BLOCK))
        return True

    async def confirm_counter(self) -> None:
        """What was learnt holds: the meter has proven itself under it."""
        if self.counters is not None and not self.counter_known:
            await self.counters.confirm()
            self.counter_known = True

    def _give_up(self, future: asyncio.Future[T], ticket: Ticket[T]) -> None:
        if future.done() and not future.cancelled():
            future.exception()  # came in the same moment; taken note of, so that asyncio does not complain
        self.association.cancel(ticket, self.pump.now())
        self.pump.flush()

    def _gone(self) -> DlmsError:
        if self._end is not None:
            return TransportError(f"the association has ended: {self._end.message}", hints=self._end.hints)
        return LocalProtocolError("the association is closed")

    # --- opened anew ---

    @property
    def _is_lost(self) -> bool:
        """Whether the association is gone by a failure of the line, and nobody wanted it to end."""
        is_gone = self._is_established and not self.association.is_associated and not self._is_closing
        return is_gone and isinstance(self._end, _LOST)

    async def _open_anew(self, renew: Renew, error: DlmsError, losses: int) -> None:
        """Associate again, or raise `error`: whole silence, a refusal or too many failures are the end."""
        for attempt in range(losses, self._line.retries + 1):
            self.pump.tell("reopening", {"error": str(error), "attempt": attempt})
            try:
                await self._renewed(renew, error)
                return
            except (TransportError, AssociationRefused) as failed:
                if isinstance(failed, AssociationRefused) and not failed.is_transient:
                    raise error from failed
                # The meter may still hold the old association, or be on its way back.
                await asyncio.sleep(self._line.timeout_s)
            except Timeout as failed:
                if not self.pump.earshot.octets:
                    raise error from failed
        raise error

    async def _renewed(self, renew: Renew, error: DlmsError) -> None:
        known = self._title
        await renew(self, error)
        if known is not None and self._title != known:
            await self.close()
            raise SecurityError("another meter answers on the line that was opened anew")
        self.notifications.go_on()

    def move(self, pump: Pump, association: ClientAssociation) -> None:
        """Go on with another association, perhaps on another transport; it is to be opened."""
        self.pump.forget(self.association)
        self.pump, self.association = pump, association

    @property
    def _title(self) -> bytes | None:
        """The system title the meter has proven to be its own."""
        return self.association.protection.peer_title if self.association.protection is not None else None

    def _narrow(self) -> None:
        """Ask for smaller APDUs from the next opening on, so that some come whole before the line breaks."""
        size = max(min(self.plan.options.max_pdu or _NARROW, _NARROW) // 2, _NARROWEST)
        self.plan = replace(self.plan, options=replace(self.plan.options, max_pdu=size))

    # --- what happened ---

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Notified):
            self.notifications.add(Notification(event.apdu, event.shield is not None, self.plan.names))
        elif isinstance(event, NeedCounters):
            self._reserve(event)
        elif isinstance(event, NeedWork):
            self._work(event)
        elif isinstance(event, Established):
            self._is_established = True
            self._keep_alive.start(self.pump, self.association)
        elif isinstance(event, Ended):
            self._end = event.error
            self.notifications.end(event.error if self._is_established else None)
        elif isinstance(event, Closed) and self._closed is not None and not self._closed.done():
            self._closed.set_result(None)

    def _work(self, wanted: NeedWork) -> None:
        """Signatures and key agreement take their time, and a key in hardware more: in a thread."""
        begun = self.pump.loop.run_in_executor(None, wanted.perform, self.environment.random_bytes)
        begun.add_done_callback(partial(self._on_worked, wanted))

    def _on_worked(self, wanted: NeedWork, begun: asyncio.Future[object]) -> None:
        if not begun.cancelled():
            wanted.association.supply_work(wanted, begun.result(), self.pump.now())
            self.pump.flush()

    def _reserve(self, wanted: NeedCounters) -> None:
        if self.counters is None:
            return
        self.counters.reserve(wanted.count).add_done_callback(self._on_reserved)

    def _on_reserved(self, reserved: asyncio.Future[CounterBlock]) -> None:
        if reserved.cancelled():
            return
        error = reserved.exception()
        if error is None:
            self.supply(reserved.result())
        else:
            reason = error if isinstance(error, DlmsError) else TransportError(f"no invocation counter: {error}")
            self.association.abort(self.pump.now(), reason)
        self.pump.flush()

    # --- what went wrong ---

    def explain(self, error: DlmsError, what: object) -> None:
        if error is self._explained:
            return  # one error may end several requests
        self._explained = error
        where = str(what or self.pump.peer)
        name = str(what.obj.obis) if isinstance(what, Bound | BoundMethod) else where
        if name not in error.message:
            error.args = (f"{where}: {error.message}",)
        known, causes = error.hints, diagnose(error, self.situation())
        # The system's words on a broken line fit any program; the situation says more.
        ranked = (*causes, *known) if isinstance(error, TransportError) else (*known, *causes)
        error.hints = tuple(dict.fromkeys(ranked))

    def situation(self) -> Situation:
        """How far the association has come, and what was heard since the last request."""
        options, pump = self.plan.options, self.pump
        return Situation(
            self._stage(),
            pump.line.framing,
            options.client,
            options.server,
            options.auth,
            self.plan.security.level if self.plan.security is not None else "none",
            referencing=options.referencing,
            line=pump.peer,
            heard=pump.earshot.recognise(pump.line.framing),
            counter_known=self.counter_known,
        )

    def _stage(self) -> Stage:
        if self._is_established:
            return Stage.SERVICE
        if self.association.context.conformance:
            return Stage.PROOF
        return Stage.ASSOCIATION if self.association.is_linked else Stage.LINK
