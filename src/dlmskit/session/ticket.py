"""What a caller holds of a request, and what an answer that is an error means for it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, Generic, TypeVar

from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.faults import INITIATE_SERVICE, ConfirmedServiceError, ExceptionResponse
from dlmskit.errors import (
    DlmsError,
    LocalProtocolError,
    OutcomeUnknown,
    Refused,
    RemoteProtocolError,
    ServiceRefused,
)
from dlmskit.session.opening.asking import initiate_refused
from dlmskit.session.services.steps import Exchange, Service

T = TypeVar("T")


class Ticket(Generic[T]):
    """One request: queued, under way, then done with a `result` or an `error`."""

    __slots__ = ("attempts", "error", "exchange", "is_done", "is_sent", "on_done", "result", "service", "timeout_s")

    def __init__(self, service: Service[T], timeout_s: float, on_done: Callable[[Ticket[T]], None] | None) -> None:
        self.service, self.timeout_s, self.on_done = service, timeout_s, on_done
        self.exchange: Exchange[T] | None = None
        self.result: T | None = None
        self.error: BaseException | None = None
        self.is_done = self.is_sent = False
        self.attempts = 0

    def finish(self, result: T | None = None, error: BaseException | None = None) -> None:
        if self.is_done:
            return
        self.is_done, self.result, self.error, self.exchange = True, result, error, None
        if self.on_done is not None:
            self.on_done(self)

    def break_off(self, error: DlmsError) -> None:
        """Let the exchange know that there is no going on."""
        if self.exchange is not None:
            with suppress(DlmsError, StopIteration):
                self.exchange.throw(error)
            self.exchange.close()


def invoke_id_of(apdu: Apdu) -> int | None:
    """The short or long invoke-id; None where it carries none."""
    short: int | None = getattr(apdu, "invoke_id_and_priority", None)
    if short is not None:
        return short & 0x0F
    long: int | None = getattr(apdu, "long_invoke_id_and_priority", None)
    return None if long is None else long & 0xFFFFFF


def truth(ticket: Ticket[Any], error: DlmsError, is_proven: bool = True) -> DlmsError:
    """A command whose answer was lost, or that anyone may have forged, may have been carried out: then that is the
    error.
    """
    is_told = isinstance(error, LocalProtocolError) or (is_proven and isinstance(error, Refused))
    if not ticket.service.command or not ticket.is_sent or is_told:
        return error
    unknown = OutcomeUnknown(f"the command was sent and its outcome is unknown: {error.message}", hints=error.hints)
    unknown.__cause__ = error
    return unknown


def service_error(apdu: Apdu) -> DlmsError:
    """What an ExceptionResponse or a ConfirmedServiceError says."""
    if isinstance(apdu, ExceptionResponse):
        return ServiceRefused(
            f"the meter refused the service: {apdu.words}",
            state_error=apdu.state_error,
            service_error=apdu.service_error,
            invocation_counter=apdu.invocation_counter,
        )
    if isinstance(apdu, ConfirmedServiceError):
        if apdu.service == INITIATE_SERVICE:
            return initiate_refused(apdu)
        return ServiceRefused(
            f"the meter refused the service: {apdu.words}", service_error=apdu.code, category=apdu.category
        )
    return RemoteProtocolError(f"{apdu.name} for an error")
