"""ACTION, served. Source: Green Book, ACTION service.

The parameters, and the return values, of a long ACTION come in blocks of the same encoding as in a short one: Data or
SEQUENCE OF Data there, the response with optional data or a SEQUENCE OF them back.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlmskit.apdu import action as a
from dlmskit.apdu.base import ActionResult, DataBlock, MethodDescriptor, data, sequence_of
from dlmskit.apdu.codec import Apdu
from dlmskit.data import axdr
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Value
from dlmskit.errors import RemoteProtocolError
from dlmskit.session.blocks.transfer import read_whole
from dlmskit.session.events import ActionIndication
from dlmskit.session.protection.protection import Shield
from dlmskit.session.serving.requests import (
    LONG_ACTION_ABORTED,
    NO_LONG_ACTION,
    OTHER_REASON,
    Handlers,
    Job,
    Requests,
)


def _call(desk: Requests, request: a.ActionRequestNormal, shield: Shield | None, now: float) -> None:
    _start(desk, request.invoke_id_and_priority, shield, [request.method], [request.parameters], is_list=False)


def _call_list(desk: Requests, request: a.ActionRequestWithList, shield: Shield | None, now: float) -> None:
    _start(desk, request.invoke_id_and_priority, shield, request.methods, request.parameters, is_list=True)


def _start(
    desk: Requests,
    invoke: int,
    shield: Shield | None,
    methods: Sequence[MethodDescriptor],
    parameters: Sequence[Value | None],
    *,
    is_list: bool,
) -> None:
    if len(methods) != len(parameters):
        raise RemoteProtocolError(f"{len(methods)} methods to be invoked with {len(parameters)} parameters")

    def reply(job: Job, at: float) -> None:
        whole: Apdu = (
            a.ActionResponseWithList(invoke, tuple(job.results))
            if is_list
            else a.ActionResponseNormal(invoke, job.results[0])
        )
        _reply(desk, job, whole.to_bytes(), at)

    ids = desk.start(invoke, shield, len(methods), reply)
    for number, method, value in zip(ids, methods, parameters, strict=True):
        desk.emit(ActionIndication(desk.association, number, method, value, shield))


def _reply(desk: Requests, job: Job, whole: bytes, now: float) -> None:
    room = desk.room(Conformance.BLOCK_TRANSFER_ACTION)
    if len(whole) <= room:
        desk.association.send_apdu(whole, job.shield, now)
    elif desk.context.has(Conformance.BLOCK_TRANSFER_ACTION):
        octets = whole[3:]  # behind tag, choice and invoke-id
        block = desk.answer_in_blocks("action", job, octets, room)
        desk.send(a.ActionResponseWithPblock(job.invoke, block), job.shield, now)
    else:
        desk.send(_refused(job.invoke, OTHER_REASON), job.shield, now)


def _call_next(desk: Requests, request: a.ActionRequestNextPblock, shield: Shield | None, now: float) -> None:
    invoke, number = request.invoke_id_and_priority, request.block_number
    found = desk.next_block("action", invoke, shield, number, NO_LONG_ACTION, LONG_ACTION_ABORTED)
    if isinstance(found, int):
        desk.send(_refused(invoke, found), shield, now)
    else:
        desk.send(a.ActionResponseWithPblock(invoke, found), desk.outgoing_shield, now)


def _call_first(desk: Requests, request: a.ActionRequestWithFirstPblock, shield: Shield | None, now: float) -> None:
    invoke, methods = request.invoke_id_and_priority, [request.method]

    def whole(octets: bytes, last: int, at: float) -> None:
        _start(desk, invoke, shield, methods, [axdr.decode(octets)], is_list=False)

    desk.begin("action", invoke, shield, whole)
    _take(desk, invoke, request.block, shield, now)


def _call_list_first(
    desk: Requests, request: a.ActionRequestWithListAndFirstPblock, shield: Shield | None, now: float
) -> None:
    invoke, methods = request.invoke_id_and_priority, request.methods

    def whole(octets: bytes, last: int, at: float) -> None:
        values = read_whole(sequence_of(data), octets)
        _start(desk, invoke, shield, methods, values, is_list=True)

    desk.begin("action", invoke, shield, whole)
    _take(desk, invoke, request.block, shield, now)


def _call_block(desk: Requests, request: a.ActionRequestWithPblock, shield: Shield | None, now: float) -> None:
    _take(desk, request.invoke_id_and_priority, request.block, shield, now)


def _take(desk: Requests, invoke: int, block: DataBlock, shield: Shield | None, now: float) -> None:
    wrong = desk.take_block("action", invoke, shield, block, NO_LONG_ACTION, LONG_ACTION_ABORTED, now)
    if wrong:
        desk.send(_refused(invoke, wrong), shield, now)
    elif not block.last_block:
        desk.send(a.ActionResponseNextPblock(invoke, block.block_number), shield, now)


def _refused(invoke: int, code: int) -> Apdu:
    return a.ActionResponseNormal(invoke, ActionResult(code))


HANDLERS: Handlers = {
    a.ActionRequestNormal: (Conformance.ACTION, _call),
    a.ActionRequestWithList: (Conformance.ACTION | Conformance.MULTIPLE_REFERENCES, _call_list),
    a.ActionRequestNextPblock: (Conformance.ACTION | Conformance.BLOCK_TRANSFER_ACTION, _call_next),
    a.ActionRequestWithFirstPblock: (Conformance.ACTION | Conformance.BLOCK_TRANSFER_ACTION, _call_first),
    a.ActionRequestWithListAndFirstPblock: (
        Conformance.ACTION | Conformance.BLOCK_TRANSFER_ACTION | Conformance.MULTIPLE_REFERENCES,
        _call_list_first,
    ),
    a.ActionRequestWithPblock: (Conformance.ACTION | Conformance.BLOCK_TRANSFER_ACTION, _call_block),
}
