"""ACCESS as an exchange: everything in one request and one answer. Source: Green Book, ACCESS service."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dlmskit.apdu.access import BREAK_ON_ERROR, AccessKind, AccessRequest, AccessResponse, AccessSpecification
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import NULL, Value
from dlmskit.errors import LocalProtocolError, RemoteProtocolError
from dlmskit.session.context import Context
from dlmskit.session.services.steps import Ask, Exchange


class Item(NamedTuple):
    """One thing to be done; `data` is the new value, or the parameters."""

    specification: AccessSpecification
    data: Value = NULL


class Outcome(NamedTuple):
    """What came of it: a data-access-result or action-result, 0 for success, and data."""

    code: int
    data: Value


def is_command(items: Sequence[Item]) -> bool:
    """Whether anything is set or invoked."""
    return any(item.specification.kind is not AccessKind.GET for item in items)


def access(context: Context, items: Sequence[Item], *, break_on_error: bool = False) -> Exchange[list[Outcome]]:
    """Carry everything out in order, each on its own; what came of each.

    break_on_error  leave out what stands behind the first that fails; its code is then "other reason"
    Raises LocalProtocolError, before anything is sent, where the meter did not agree to ACCESS or takes no request
    that long.
    """
    if not context.has(Conformance.ACCESS):
        raise LocalProtocolError("the meter did not agree to ACCESS: use get, set, call and batch")
    number = context.next_long_invoke() | (BREAK_ON_ERROR if break_on_error else 0)
    specifications = tuple(item.specification for item in items)
    request = AccessRequest(number, b"", specifications, tuple(item.data for item in items))
    size = len(request.to_bytes())
    if size > context.general_room:
        raise LocalProtocolError(
            f"an ACCESS of {size} octets, and the meter takes {context.general_room}: ask for less at a time"
        )
    reply = yield Ask(request, (AccessResponse,))
    if not isinstance(reply, AccessResponse):
        raise RemoteProtocolError(f"{reply.name} in answer to an ACCESS")
    _check(reply, specifications)
    return [Outcome(result.code, data) for result, data in zip(reply.results, reply.data, strict=True)]


def _check(reply: AccessResponse, asked: tuple[AccessSpecification, ...]) -> None:
    """Raises RemoteProtocolError for an answer to anything else than what was asked."""
    if len(reply.data) != len(asked):
        raise RemoteProtocolError(f"{len(asked)} things asked for, {len(reply.data)} data came")
    if [result.kind for result in reply.results] != [one.kind for one in asked]:
        raise RemoteProtocolError("the results are not those of what was asked for")
    if reply.specifications is not None and reply.specifications != asked:
        raise RemoteProtocolError("the answer repeats something else than was asked for")
