"""The client's side of an association: opens it, drives exchanges, releases it.

Requests queue in order and one confirmed exchange is under way at a time. `Ticket` is the caller's hold on a request;
its `on_done` is called once, from within `receive`, `handle_timer` or `link_event`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar

from dlmskit.apdu.acse import Rlre
from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.transfer import GeneralBlockTransfer
from dlmskit.errors import (
    DlmsError,
    LocalProtocolError,
    RemoteProtocolError,
    Timeout,
    TransportError,
)
from dlmskit.security.cipher import BOTH
from dlmskit.security.hygiene import is_published_password
from dlmskit.security.mechanisms import Mechanism
from dlmskit.session.association import Association, Emit
from dlmskit.session.blocks.transfer import MAX_TRANSFER
from dlmskit.session.context import Context
from dlmskit.session.dispatch import CLIENT_RULES, Rule, is_push
from dlmskit.session.events import Ended, Established, Notified
from dlmskit.session.opening.asking import ClientSettings, check_settings
from dlmskit.session.opening.passes import opening
from dlmskit.session.opening.release import build_rlrq, check_release
from dlmskit.session.port import Port, Way
from dlmskit.session.protection.policy import of_request, of_response
from dlmskit.session.protection.protection import Protection, Shield
from dlmskit.session.services.advertised import Extra, Outcome
from dlmskit.session.services.steps import Ask, Exchange, Service, Work, given
from dlmskit.session.states import Action, Input, State
from dlmskit.session.ticket import Ticket, invoke_id_of, service_error, truth
from dlmskit.session.tracing import LineTrace

T = TypeVar("T")

#: What is left of an old round trip with every new one.
FADING = 0.9

#: Said before a password goes out: low-level authentication proves us to the meter, and nothing the other way round.
PASSWORD_IN_CLEAR = (
    "the password goes to whoever answers, and to all who listen: prefer auth=gmac where the meter has it"
)
AS_DELIVERED = f"{PASSWORD_IN_CLEAR}. This one everybody knows: meters and tools are delivered with it"


class ClientAssociation(Association):
    """One association as its client. See `Association` for the way in and out."""

    rules: ClassVar[Mapping[int, Rule]] = CLIENT_RULES
    asks = True
    most_in_blocks = MAX_TRANSFER

    def __init__(self, port: Port, settings: ClientSettings, emit: Emit, trace: LineTrace | None = None) -> None:
        check_settings(settings)
        context = Context(
            tolerances=settings.tolerances,
            high_priority=settings.high_priority,
            services=settings.services,
            names=settings.names,
        )
        super().__init__(port, context, emit, trace)
        self.settings = settings
        if settings.ciphering is not None:
            self.protection = Protection(settings.ciphering, received=settings.received, tolerances=settings.tolerances)
            self.protection.is_fresh = settings.mechanism > Mechanism.LOW
        self._queue: deque[Ticket[Any]] = deque()
        self._active: Ticket[Any] | None = None
        self._asked: Ask | None = None
        self._draining = self._is_spent = False
        self._deadline: float | None = None
        self._free_at = 0.0
        self.asked_at = 0.0  # when something last went
        self.round_trip_s = 0.0  # the longest of late from a question to its answer

    # --- what the caller does ---

    @property
    def is_busy(self) -> bool:
        """Whether a request is under way or waits."""
        return self._active is not None or bool(self._queue)

    def open(self, now: float, on_done: Callable[[Ticket[None]], None] | None = None) -> Ticket[None]:
        """Bring the link up and associate; the ticket is done when services may go."""
        self._at(now)
        if self._is_spent:
            raise LocalProtocolError("a challenge or dedicated key serves for one opening: make a new association")
        ticket = Ticket(Service(lambda _: self._opening()), self.settings.timeout_s, on_done)
        action = self._step(Input.OPEN)
        if action is None:
            raise LocalProtocolError(f"the association is {self.state.value} already")
        self._active = ticket
        self._perform(action, None, now)
        return ticket

    def submit(
        self,
        service: Service[T],
        now: float,
        *,
        timeout_s: float | None = None,
        on_done: Callable[[Ticket[T]], None] | None = None,
    ) -> Ticket[T]:
        """Queue a service; it goes when those before it are done."""
        if self.state is not State.ASSOCIATED:
            raise LocalProtocolError(f"no association: it is {self.state.value}")
        self._at(now)
        ticket = Ticket(service, self.settings.timeout_s if timeout_s is None else timeout_s, on_done)
        self._queue.append(ticket)
        self._next(now)
        return ticket

    def trigger_event_notification(self, now: float) -> None:
        """Let the meter send what it has to notify. Source: Green Book, TriggerEventNotificationSending."""
        if self.state is not State.ASSOCIATED:
            raise LocalProtocolError(f"no association: it is {self.state.value}")
        self._at(now)
        self._port.trigger(now)

    def cancel(self, ticket: Ticket[Any], now: float) -> None:
        """Give a request up: one in the queue never goes; the answer to one under way is waited out and dropped."""
        self._at(now)
        if ticket is self._active:
            if ticket.exchange is not None:
                ticket.exchange.close()
            if self._asked is None or self.state is not State.ASSOCIATED:
                self.abort(now)
            else:
                self._draining, self._deadline = True, now + ticket.timeout_s
        elif ticket in self._queue:
            self._queue.remove(ticket)
        ticket.finish(error=LocalProtocolError("cancelled"))

    def release(self, now: float) -> None:
        """End in order: RLRQ where it is used, then the link. `Ended` tells when it is over."""
        self._at(now)
        action = self._step(Input.RELEASE)
        if action is None:
            self.abort(now)
        else:
            self._perform(action, None, now)

    def abort(self, now: float, error: DlmsError | None = None) -> None:
        """Drop the link at once."""
        self._at(now)
        self._perform(self._step(Input.ABORT), error, now)
        self._port.disconnect(now)

    def next_deadline(self) -> float | None:
        return self._deadline

    def handle_timer(self, now: float) -> None:
        if self._deadline is None or now < self._deadline:
            return
        moved_at, ticket = self._port.progress_at, self._active
        if ticket is not None and moved_at + ticket.timeout_s > now:  # a long APDU is still on its way
            self._deadline = moved_at + ticket.timeout_s
            return
        self._deadline = None
        if self.state is State.RELEASING:
            self._finish_release(now)
        elif self._draining:
            self.abort(now, Timeout("the answer to a cancelled request never came"))
        elif self._active is not None:
            self._time_out(self._active, now)
        else:
            self._deadline = None
            self._next(now)

    # --- the driver ---

    def _next(self, now: float) -> None:
        if self._active is None and self._queue and self.state is State.ASSOCIATED:
            if now < self._free_at:  # a slow meter is given its time
                self._deadline = self._free_at
                return
            self._active = self._queue.popleft()
            self._start(self._active, now)

    def _start(self, ticket: Ticket[Any], now: float) -> None:
        ticket.attempts += 1
        ticket.exchange = ticket.service.run(self.context)
        self._advance(ticket, None, now)

    def _restart(self, ticket: Ticket[Any], now: float) -> None:
        if ticket.exchange is not None:
            ticket.exchange.close()
        self._start(ticket, now)

    def _advance(
        self, ticket: Ticket[Any], reply: Apdu | DlmsError | None, now: float, *, is_proven: bool = True
    ) -> None:
        """Give the exchange its answer, or what came in its place, and send what it wants next."""
        exchange = ticket.exchange
        if exchange is None:  # given up meanwhile
            return
        self._asked = self._deadline = None
        try:
            step = given(exchange, reply)
            while not isinstance(step, Ask):
                if isinstance(step, Work):
                    self._have_done(step, ticket, now)
                    return
                way = Way.NOTIFY if self.settings.is_pre_established else Way.TELL
                self._send(step.apdu.to_bytes(), self._shield(), now, way)
                ticket.is_sent = True
                step = next(exchange)
            self._asked, self._deadline, self.asked_at = step, now + ticket.timeout_s, now
            self._send(step.apdu.to_bytes(), self._shield(), now)
            ticket.is_sent = ticket.is_sent or step.is_whole
        except StopIteration as done:
            self._finish(ticket, done.value, None, now)
        except DlmsError as error:
            self._finish(ticket, None, error, now, is_proven=is_proven or error is not reply)

    def _have_done(self, work: Work, ticket: Ticket[Any], now: float) -> None:
        """Have an exchange's work done and go on with the exchange."""

        def go_on(outcome: object, at: float) -> None:
            work.outcome = outcome
            self._advance(ticket, None, at)

        self._deadline = now + ticket.timeout_s
        self._do(work.run, go_on, now, blocks=work.blocks)

    def _finish(
        self, ticket: Ticket[Any], result: object, error: DlmsError | None, now: float, *, is_proven: bool = True
    ) -> None:
        self._active = self._asked = self._deadline = None
        if error is not None and self.state is not State.ASSOCIATED:
            self._close_failed(error, now)
        if error is None and not self._blocks.carries_request:
            self.context.services.note(Extra.GENERAL_BLOCKS, Outcome.OTHERWISE)
        if self.settings.object_delay_s:
            self._free_at = now + self.settings.object_delay_s
        ticket.finish(result, truth(ticket, error, is_proven) if error is not None else None)
        if self._queue:
            self._next(now)

    def _close_failed(self, error: DlmsError, now: float) -> None:
        """The opening failed: the link goes down too."""
        self._perform(self._step(Input.REFUSE), error, now)
        self._port.disconnect(now)

    def _join_block(self, block: GeneralBlockTransfer, shield: Shield | None, now: float) -> bytes | None:
        """So pushes come, for which there is no turn to give; one without its beginning touches no request."""
        try:
            return self._blocks.join(block, shield)
        except DlmsError as error:
            if self._trace is not None:
                self._trace.tell("apdu", "in", "refused", None, {"apdu": block.name, "error": error.to_json()})
            return None

    def _on_progress(self, now: float) -> None:
        if self._active is not None and self._asked is not None:
            self._deadline = now + self._active.timeout_s
            if self._blocks.carries_request:
                self.context.services.note(Extra.GENERAL_BLOCKS, Outcome.WORKED)

    def _time_out(self, ticket: Ticket[Any], now: float) -> None:
        blocks = self._blocks.poll()
        if blocks:
            self._deadline = now + ticket.timeout_s
            self._put_blocks(blocks, now)
            return
        error = Timeout(f"no answer within {ticket.timeout_s:g} s")
        if self.state is State.ASSOCIATED and not self._can_tell_answers:
            self.abort(now, error)  # a late answer could not be told from the next one
        elif self.state is State.ASSOCIATED and self._may_repeat(ticket):
            self._restart(ticket, now)
        else:
            self._advance(ticket, error, now)

    @property
    def _can_tell_answers(self) -> bool:
        """Whether answers say what they answer: by short names nothing does."""
        return not self.context.tolerances.constant_invoke_id and self.context.names is None

    def _may_repeat(self, ticket: Ticket[Any]) -> bool:
        """Whether the request may go again: so often as it did, and then without general blocks."""
        is_repeatable = ticket.service.is_repeatable
        if is_repeatable and ticket.attempts <= self.settings.repeats:
            return True
        return self._gives_up_general(Outcome.LOST) and is_repeatable

    def _shield(self) -> Shield | None:
        """How requests of this association are protected; its opening carries its protection inside."""
        if self.protection is None or self.state is State.REQUESTED:
            return None
        usual = self.protection.services if self.protection.services.control else None
        rights = self._rights()
        return self.protection.at_least(usual, of_request(rights)) if rights else usual

    def _required(self) -> int:
        if self.protection is None:
            return 0
        usual = self.protection.services.control if self.settings.require_protected_responses else 0
        rights = self._rights()
        return usual | of_response(rights) if rights else usual

    def _rights(self) -> int:
        """What the rights over the object of the present request ask for."""
        return self._active.service.protection if self._active is not None else 0

    # --- what came ---

    def _on_answer(self, apdu: Apdu, shield: Shield | None, now: float) -> None:
        ticket, asked = self._active, self._asked
        is_over = self.state is State.RELEASING  # only the RLRE counts, and its deadline stays
        if is_over or ticket is None or asked is None or not self._fits(apdu, asked.apdu):
            self._drop_late(apdu)
            return
        self.round_trip_s = max(now - self.asked_at, FADING * self.round_trip_s)
        if self._draining:
            self._drained(now)
        elif isinstance(apdu, asked.expect):
            self._advance(ticket, apdu, now)
        else:
            error = RemoteProtocolError(f"{apdu.name} in answer to {asked.apdu.name}", data=apdu.to_bytes())
            self._advance(ticket, error, now)

    def _fits(self, answer: Apdu, asked: Apdu) -> bool:
        """Whether the answer carries the invoke-id of what was asked."""
        wanted = invoke_id_of(asked)
        return wanted is None or self.context.tolerances.constant_invoke_id or invoke_id_of(answer) == wanted

    def _drop_late(self, apdu: Apdu) -> None:
        if self._trace is not None:
            self._trace.tell("apdu", "in", "late-answer-dropped", None, {"apdu": apdu.name})

    def _drained(self, now: float) -> None:
        self._active = self._asked = self._deadline = None
        self._draining = False
        self._next(now)

    def _on_error_answer(self, apdu: Apdu, shield: Shield | None, now: float) -> None:
        if self.state is State.RELEASING:
            self._finish_release(now)
        elif self._draining:
            self._drained(now)
        elif self._active is not None and self._asked is not None:
            is_proven = shield is not None or not self._required() & BOTH
            self._refused(self._active, service_error(apdu), now, is_proven=is_proven)

    def _refused(self, ticket: Ticket[Any], error: DlmsError, now: float, *, is_proven: bool) -> None:
        """The exchange may go on otherwise; where its request went in general blocks, it is sent without them, once.

        A command is not sent again for a refusal that anyone may have forged.
        """
        if self._gives_up_general(Outcome.REFUSED) and (is_proven or ticket.service.is_repeatable):
            self._restart(ticket, now)
        else:
            self._advance(ticket, error, now, is_proven=is_proven)

    def _gives_up_general(self, outcome: Outcome) -> bool:
        """Note what came of a request that went in general blocks by choice; whether the next one goes without them."""
        services, extra = self.context.services, Extra.GENERAL_BLOCKS
        if not self._blocks.carries_request or not self.context.prefers_general_blocks:
            return False
        services.note(extra, outcome)
        return not services.may(extra)

    def _on_notification(self, apdu: Apdu, shield: Shield | None, now: float) -> None:
        self._emit(Notified(self, apdu, shield))

    def _on_released(self, apdu: Apdu, shield: Shield | None, now: float) -> None:
        if isinstance(apdu, Rlre):
            check_release(apdu.user_information, self.protection, 0)
        self._finish_release(now)

    def _on_bad(self, error: DlmsError, now: float) -> None:
        """Octets that cannot be used fail the request under way, which they may have been meant for."""
        if self.state is State.RELEASING:
            self._finish_release(now)
        elif self._draining:
            self._drained(now)
        elif self._active is not None and self._asked is not None:
            self._advance(self._active, error, now)

    def _on_out_of_place(self, apdu: Apdu, now: float) -> None:
        self._drop_late(apdu)

    def _on_unprotected(self, apdu: Apdu, now: float) -> None:
        """A push that proves nothing is not taken, and does not touch the request under way."""
        if not is_push(apdu):
            super()._on_unprotected(apdu, now)
        elif self._trace is not None:
            self._trace.tell("apdu", "in", "refused", None, {"apdu": apdu.name, "error": "unprotected"})

    # --- opening and closing ---

    def _opening(self) -> Exchange[None]:
        settings, protection = self.settings, self.protection
        if not settings.is_pre_established:
            # Under the same dedicated key the meter would begin to count again; the same challenge lets its old proof pass.
            self._is_spent = settings.mechanism > Mechanism.LOW or (protection is not None and protection.has_dedicated)
        if settings.mechanism == Mechanism.LOW and self._trace is not None:
            hint = AS_DELIVERED if is_published_password(settings.password or b"") else PASSWORD_IN_CLEAR
            self._trace.tell("security", "state", "password-in-clear", None, {"hint": hint})
        yield from opening(settings, self.context, protection, self._step)
        self._emit(Established(self))

    def _perform(self, action: Action | None, error: DlmsError | None, now: float) -> None:
        if action is Action.CONNECT_LINK:
            self._deadline = None  # the link has timers of its own
            self._port.connect(now)
        elif action is Action.REQUEST and self._active is not None:
            self._start(self._active, now)
        elif action is Action.RELEASE:
            self._release(now)
        elif action in (Action.FAIL, Action.END):
            self._collapse(error, now)

    def _release(self, now: float) -> None:
        rlrq = build_rlrq(self.settings, self.protection)
        if rlrq is None:
            self._finish_release(now)
            return
        self._deadline = now + self.settings.timeout_s
        self._send(rlrq.to_bytes(), None, now)

    def _finish_release(self, now: float) -> None:
        self._deadline = None
        self._perform(self._step(Input.RELEASED), None, now)
        self._port.disconnect(now)

    def _collapse(self, error: DlmsError | None, now: float) -> None:
        """Nothing goes any more: what is under way and what waits gets the reason."""
        why = error or TransportError("the association is closed")
        waiting = [self._active] if self._active is not None else []
        if error is not None and waiting:
            self._break_off(waiting[0], error)
        waiting += self._queue
        self._active = self._asked = self._deadline = None
        self._draining = False
        self._queue.clear()
        self._forget_waiting()
        for ticket in waiting:
            ticket.finish(error=truth(ticket, why))
        self._emit(Ended(self, error))

    def _break_off(self, ticket: Ticket[Any], error: DlmsError) -> None:
        """Let the exchange under way know, which may remember what it was about; there is no going on."""
        if isinstance(error, Timeout | TransportError):
            self._gives_up_general(Outcome.LOST)
        if self._asked is not None:
            ticket.break_off(error)
