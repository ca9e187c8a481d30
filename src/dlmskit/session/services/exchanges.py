"""Services as exchanges: generators over whole APDUs, driven by the association; here by logical names.

A step is `Ask` (send, want one of these answers) or `Tell` (send, want none). Block transfers are loops here; timeouts,
repetition and abort belong to the driver. Errors raised here leave the association usable: the next request ends
whatever the meter still had under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial, wraps
from typing import Concatenate, NamedTuple, ParamSpec, TypeVar

from dlmskit.apdu import action as a
from dlmskit.apdu import get as g
from dlmskit.apdu import set as s
from dlmskit.apdu.base import (
    ActionResult,
    AttributeDescriptor,
    AttributeRequest,
    DataAccessResult,
    DataBlock,
    MethodDescriptor,
    Selection,
    action_result,
    get_data_result,
    sequence_of,
)
from dlmskit.apdu.codec import Apdu
from dlmskit.data import axdr
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import RemoteProtocolError, access_refused
from dlmskit.session.blocks.transfer import AS_OCTETS, AS_VALUE, Form, Joined, block_size, cut, read_whole
from dlmskit.session.context import Context
from dlmskit.session.services import short_names
from dlmskit.session.services.advertised import Extra
from dlmskit.session.services.steps import Ask, Exchange, Tell, named, need, with_extra

T = TypeVar("T")
P = ParamSpec("P")
By = Callable[Concatenate[Context, P], Exchange[T]]


def or_by(short_names: By[P, T]) -> Callable[[By[P, T]], By[P, T]]:
    """A service by logical names that has this other form in an association by short names."""

    def either(logical_names: By[P, T]) -> By[P, T]:
        @wraps(logical_names)
        def chosen(context: Context, /, *args: P.args, **kwargs: P.kwargs) -> Exchange[T]:
            return (logical_names if context.names is None else short_names)(context, *args, **kwargs)

        return chosen

    return either


_GET_ANSWERS = (g.GetResponseNormal, g.GetResponseWithDatablock)
_GET_BLOCK = (g.GetResponseWithDatablock,)
_GET_LIST = (g.GetResponseWithList, g.GetResponseWithDatablock)
_SET_NORMAL = (s.SetResponseNormal,)
_SET_LAST = (s.SetResponseLastDatablock, s.SetResponseNormal)
_ACTION_ANSWERS = (a.ActionResponseNormal, a.ActionResponseWithPblock)
_ACTION_BLOCK = (a.ActionResponseWithPblock,)


class _Blocks(NamedTuple):
    """How one service sends blocks: the APDU of each further one, what acknowledges it, what ends it early."""

    request: Callable[[int, DataBlock], Apdu]
    acknowledgement: type[s.SetResponseDatablock] | type[a.ActionResponseNextPblock]
    refusal: type[Apdu]


_SET_BLOCKS = _Blocks(s.SetRequestWithDatablock, s.SetResponseDatablock, s.SetResponseNormal)
_ACTION_BLOCKS = _Blocks(a.ActionRequestWithPblock, a.ActionResponseNextPblock, a.ActionResponseNormal)


# --- GET -------------------------------------------------------------------------------------------------------------


def get(context: Context, attribute: AttributeDescriptor, selection: Selection | None = None) -> Exchange[Value]:
    """The attribute's value. Raises AccessRefused."""
    return _get(context, attribute, selection, AS_VALUE)


def get_octets(
    context: Context, attribute: AttributeDescriptor, selection: Selection | None = None, joined: Joined | None = None
) -> Exchange[bytes]:
    """The attribute's value as its A-XDR octets, undecoded where it came in blocks.

    joined  gets the blocks as they come, so that they outlive an exchange that is broken off
    """
    return _get(context, attribute, selection, AS_OCTETS, joined)


@or_by(short_names.get)
def _get(
    context: Context,
    attribute: AttributeDescriptor,
    selection: Selection | None,
    form: Form[T],
    joined: Joined | None = None,
) -> Exchange[T]:
    invoke = context.next_invoke()
    reply = yield Ask(g.GetRequestNormal(invoke, attribute, selection), _GET_ANSWERS)
    if isinstance(reply, g.GetResponseNormal):
        result = reply.result
        if isinstance(result, DataAccessResult):
            raise access_refused(result.code, named(attribute))
        return form.of_value(result)
    return form.of_octets((yield from _get_blocks(invoke, reply, named(attribute), joined)))


def _get_blocks(invoke: int, reply: Apdu, where: str, joined: Joined | None = None) -> Exchange[bytes]:
    joined = joined or Joined()
    while True:
        if not isinstance(reply, g.GetResponseWithDatablock):
            raise RemoteProtocolError(f"{where}: {reply.name} in the middle of a block transfer")
        if isinstance(reply.result, DataAccessResult):
            raise access_refused(reply.result.code, where)
        joined.add(reply.block_number, reply.result, reply.last_block)
        if joined.is_complete:
            return joined.octets()
        reply = yield Ask(g.GetRequestNext(invoke, joined.number), _GET_BLOCK)


@or_by(short_names.get_many)
def get_many(context: Context, requests: Sequence[AttributeRequest]) -> Exchange[list[Value | DataAccessResult]]:
    """A value or a refusal per request; with-list where the meter copes, else one by one."""
    if len(requests) < 2 or not context.has(Conformance.MULTIPLE_REFERENCES):
        return (yield from _get_each(context, requests))
    found: list[Value | DataAccessResult] = []
    for group in _groups(requests, context):
        at_once, each = partial(_get_list, context, group), partial(_get_each, context, group)
        found += yield from with_extra(context, Extra.WITH_LIST, at_once, each) if len(group) > 1 else each()
    return found


def get_all(
    context: Context, whole: AttributeDescriptor, each: Sequence[AttributeRequest]
) -> Exchange[list[Value | DataAccessResult]]:
    """The attributes of one object: by `whole`, its attribute 0, where the meter copes, else by `each`."""

    def at_once() -> Exchange[list[Value | DataAccessResult]]:
        found = yield from get(context, whole)
        if found.tag != Tag.STRUCTURE:
            raise RemoteProtocolError(f"{named(whole)}: attribute 0 is no structure")
        return list(found.value)

    if not context.has(Conformance.ATTRIBUTE0_GET):
        return (yield from get_many(context, each))
    return (yield from with_extra(context, Extra.ATTRIBUTE_0, at_once, partial(get_many, context, each)))


def _get_each(context: Context, requests: Sequence[AttributeRequest]) -> Exchange[list[Value | DataAccessResult]]:
    found: list[Value | DataAccessResult] = []
    for request in requests:
        invoke = context.next_invoke()
        reply = yield Ask(g.GetRequestNormal(invoke, *request), _GET_ANSWERS)
        if isinstance(reply, g.GetResponseNormal):
            found.append(reply.result)
        else:
            found.append(axdr.decode((yield from _get_blocks(invoke, reply, named(request.attribute)))))
    return found


def _get_list(context: Context, group: Sequence[AttributeRequest]) -> Exchange[list[Value | DataAccessResult]]:
    invoke = context.next_invoke()
    reply = yield Ask(g.GetRequestWithList(invoke, tuple(group)), _GET_LIST)
    if isinstance(reply, g.GetResponseWithList):
        results = list(reply.results)
    else:
        octets = yield from _get_blocks(invoke, reply, "GET with list")
        whole = read_whole(sequence_of(get_data_result), octets)
        results = list(whole)
    if len(results) != len(group):
        raise RemoteProtocolError(f"{len(group)} attributes asked for, {len(results)} results came")
    return results


def _groups(requests: Sequence[AttributeRequest], context: Context) -> Iterator[list[AttributeRequest]]:
    """Split so that each with-list request fits what the peer takes."""
    room, group, size = context.room - 8, list[AttributeRequest](), 0
    for request in requests:
        octets = 10 + (0 if request.selection is None else 1 + len(axdr.encode(request.selection.parameters)))
        if group and (size + octets > room or len(group) >= context.list_max):
            yield group
            group, size = [], 0
        group.append(request)
        size += octets
    if group:
        yield group


# --- SET -------------------------------------------------------------------------------------------------------------


@or_by(short_names.put)
def put(
    context: Context, attribute: AttributeDescriptor, value: Value, selection: Selection | None = None
) -> Exchange[None]:
    """Write one attribute, in blocks where it must be. Raises AccessRefused."""
    octets, invoke = axdr.encode(value), context.next_invoke()
    head = 13 + (0 if selection is None else 1 + len(axdr.encode(selection.parameters)))
    if head + len(octets) <= context.room_beside(Conformance.BLOCK_TRANSFER_SET):
        reply = yield Ask(s.SetRequestNormal(invoke, attribute, selection, value), _SET_NORMAL)
    else:
        need(context, Conformance.BLOCK_TRANSFER_SET, f"{named(attribute)}: {len(octets)} octets need blocks")
        blocks = cut(octets, block_size(context.room, head + 10), block_size(context.room, 12))
        first = s.SetRequestWithFirstDatablock(invoke, attribute, selection, next(blocks))
        reply = yield from _send_blocks(invoke, first, blocks, _SET_BLOCKS, _SET_LAST)
    if not isinstance(reply, s.SetResponseNormal | s.SetResponseLastDatablock):
        raise RemoteProtocolError(f"{reply.name} in answer to a SET")
    if reply.result:
        raise access_refused(reply.result, named(attribute))


@or_by(short_names.put_unconfirmed)
def put_unconfirmed(
    context: Context, attribute: AttributeDescriptor, value: Value, selection: Selection | None = None
) -> Exchange[None]:
    """Write one attribute and want no answer."""
    yield Tell(s.SetRequestNormal(context.next_invoke(confirmed=False), attribute, selection, value))


# --- ACTION ----------------------------------------------------------------------------------------------------------


@or_by(short_names.call)
def call(context: Context, method: MethodDescriptor, parameters: Value | None = None) -> Exchange[Value]:
    """Invoke one method; its return value, null-data where it gives none. Raises AccessRefused."""
    invoke = context.next_invoke()
    whole = a.ActionRequestNormal(invoke, method, parameters)
    if len(whole.to_bytes()) <= context.room_beside(Conformance.BLOCK_TRANSFER_ACTION):
        reply = yield Ask(whole, _ACTION_ANSWERS)
    else:
        need(context, Conformance.BLOCK_TRANSFER_ACTION, f"{named(method)}: the parameters need blocks")
        octets = axdr.encode(parameters if parameters is not None else NULL)
        blocks = cut(octets, block_size(context.room, 24), block_size(context.room, 12))
        first = a.ActionRequestWithFirstPblock(invoke, method, next(blocks))
        reply = yield from _send_blocks(invoke, first, blocks, _ACTION_BLOCKS, _ACTION_ANSWERS)
    answer = yield from _action_answer(invoke, reply, named(method))
    return _returned(answer, named(method))


@or_by(short_names.call_unconfirmed)
def call_unconfirmed(context: Context, method: MethodDescriptor, parameters: Value | None = None) -> Exchange[None]:
    """Invoke one method and want no answer."""
    yield Tell(a.ActionRequestNormal(context.next_invoke(confirmed=False), method, parameters))


def _action_answer(invoke: int, reply: Apdu, where: str) -> Exchange[ActionResult]:
    if isinstance(reply, a.ActionResponseNormal):
        return reply.response
    joined = Joined()
    while True:
        if not isinstance(reply, a.ActionResponseWithPblock):
            raise RemoteProtocolError(f"{where}: {reply.name} in the middle of a block transfer")
        block = reply.block
        joined.add(block.block_number, block.raw_data, block.last_block)
        if joined.is_complete:
            return read_whole(action_result, joined.octets())
        reply = yield Ask(a.ActionRequestNextPblock(invoke, joined.number), _ACTION_BLOCK)


def _returned(answer: ActionResult, where: str) -> Value:
    if answer.result:
        raise access_refused(answer.result, where, action=True)
    if isinstance(answer.data, DataAccessResult):
        raise access_refused(answer.data.code, f"{where}: return value")
    return NULL if answer.data is None else answer.data


# --- shared ----------------------------------------------------------------------------------------------------------


def _send_blocks(
    invoke: int, first: Apdu, rest: Iterator[DataBlock], service: _Blocks, last: tuple[type[Apdu], ...]
) -> Exchange[Apdu]:
    """Send a long request block by block, each acknowledged; the answer to the last one, or a refusal before it."""
    request, number = first, 1
    for block in rest:
        reply = yield Ask(request, (service.acknowledgement, service.refusal), is_whole=False)
        if isinstance(reply, service.refusal):
            return reply
        if not isinstance(reply, service.acknowledgement) or reply.block_number != number:
            raise RemoteProtocolError(f"block {number} was sent, another was acknowledged")
        request, number = service.request(invoke, block), block.block_number
    return (yield Ask(request, last))
