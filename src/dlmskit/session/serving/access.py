"""ACCESS, served: item by item, each begun when the one before it is done.

Rights and protection are weighed for each item as if it had come alone. What there is no room for in the answer is
refused in its place, so that what came of the other items is told. Source: Green Book, ACCESS service.
"""

from __future__ import annotations

from dlmskit.apdu.access import (
    BREAK_ON_ERROR,
    SELF_DESCRIPTIVE,
    AccessKind,
    AccessRequest,
    AccessResponse,
    AccessResult,
)
from dlmskit.apdu.base import AttributeRequest, MethodDescriptor
from dlmskit.apdu.faults import ExceptionResponse
from dlmskit.data import axdr
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import NULL
from dlmskit.errors import RemoteProtocolError, UsageError
from dlmskit.session.context import CONFIRMED, LONG_FLAGS
from dlmskit.session.events import ActionIndication, GetIndication, SetIndication
from dlmskit.session.protection.protection import Shield
from dlmskit.session.serving.requests import (
    OTHER_REASON,
    READ_WRITE_DENIED,
    Handlers,
    Job,
    Outcome,
    Requests,
    outcome_of,
)

_NOT_DONE = Outcome(OTHER_REASON)


class _Course:
    """One ACCESS being carried out.

    asked  how the request came; shield  how the answer goes
    room   octets of data that the answer takes beyond a null-data for each item; below 0 it takes no answer at all
    """

    def __init__(self, desk: Requests, request: AccessRequest, shield: Shield | None) -> None:
        self._desk, self._request, self._asked, self._shield = desk, request, shield, shield
        self._outcomes = [_NOT_DONE] * len(request.specifications)
        self._at, self._has_failed = 0, False
        self.room = desk.context.general_room - len(self._answer().to_bytes())

    def go_on(self, now: float) -> None:
        """Begin the next item that may be begun; behind the last one, answer."""
        while self._at < len(self._outcomes):
            if self._may_begin():
                self._begin()
                return
            self._note(Outcome(READ_WRITE_DENIED) if self._may_go_on else _NOT_DONE)
        if self.is_confirmed:
            self._desk.send(self._answer(), self._shield, now)
        else:
            self._desk.association.pass_turn(now)

    @property
    def is_confirmed(self) -> bool:
        """Whether the client wants an answer."""
        return bool(self._request.long_invoke_id_and_priority & CONFIRMED << LONG_FLAGS)

    @property
    def _may_go_on(self) -> bool:
        return not (self._has_failed and self._request.long_invoke_id_and_priority & BREAK_ON_ERROR)

    def _may_begin(self) -> bool:
        """Whether nothing has failed that ends the course, and what the item needs was negotiated."""
        kind, target, selection = self._request.specifications[self._at]
        if not self._may_go_on or isinstance(target, MethodDescriptor):
            return self._may_go_on
        attribute_0 = Conformance.ATTRIBUTE0_GET if kind is AccessKind.GET else Conformance.ATTRIBUTE0_SET
        return self._desk.may_access(AttributeRequest(target, selection), attribute_0)

    def _begin(self) -> None:
        desk, asked, given = self._desk, self._asked, self._request.data[self._at]
        kind, target, selection = self._request.specifications[self._at]
        (number,) = desk.expect(CONFIRMED, self._shield, 1, self._take)
        if isinstance(target, MethodDescriptor):
            parameters = None if given == NULL else given
            desk.emit(ActionIndication(desk.association, number, target, parameters, asked))
        elif kind is AccessKind.GET:
            desk.emit(GetIndication(desk.association, number, target, selection, asked))
        else:
            desk.emit(SetIndication(desk.association, number, target, selection, given, asked))

    def _take(self, job: Job, now: float) -> None:
        self._shield = job.shield
        self._note(self._fitted(outcome_of(job.results[0])))
        self.go_on(now)

    def _note(self, outcome: Outcome) -> None:
        self._outcomes[self._at] = outcome
        self._at += 1
        self._has_failed = self._has_failed or bool(outcome.code)

    def _fitted(self, outcome: Outcome) -> Outcome:
        """The outcome, if its data can be encoded and there is room for them."""
        try:
            more = len(axdr.encode(outcome.data)) - 1
        except UsageError:  # a handler gave what cannot be encoded
            return _NOT_DONE
        if more > self.room:
            return _NOT_DONE
        self.room -= more
        return outcome

    def _answer(self) -> AccessResponse:
        number, specifications = self._request.long_invoke_id_and_priority, self._request.specifications
        return AccessResponse(
            number,
            b"",
            specifications if number & SELF_DESCRIPTIVE else None,
            tuple(outcome.data for outcome in self._outcomes),
            tuple(
                AccessResult(one.kind, outcome.code)
                for one, outcome in zip(specifications, self._outcomes, strict=True)
            ),
        )


def _access(desk: Requests, request: AccessRequest, shield: Shield | None, now: float) -> None:
    asked, given = len(request.specifications), len(request.data)
    if asked != given:
        raise RemoteProtocolError(f"{asked} things to be done with {given} data")
    desk.supersede(asked)
    course = _Course(desk, request, shield)
    if course.is_confirmed and course.room < 0:  # said before anything is done
        desk.association.refuse_service(ExceptionResponse(1, 1), now)
    else:
        course.go_on(now)


HANDLERS: Handlers = {AccessRequest: (Conformance.ACCESS, _access)}
