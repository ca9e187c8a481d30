"""GET, served. Source: Green Book, GET service."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from dlmskit.apdu import get as g
from dlmskit.apdu.base import AttributeRequest, DataAccessResult
from dlmskit.apdu.codec import Apdu
from dlmskit.data import axdr
from dlmskit.data.conformance import Conformance
from dlmskit.data.lengths import write_length
from dlmskit.session.events import GetIndication
from dlmskit.session.protection.protection import Shield
from dlmskit.session.serving.requests import (
    LONG_GET_ABORTED,
    NO_LONG_GET,
    OTHER_REASON,
    READ_WRITE_DENIED,
    Encoder,
    Handlers,
    Job,
    Reply,
    Requests,
    Take,
)


def _get(desk: Requests, request: g.GetRequestNormal, shield: Shield | None, now: float) -> None:
    wanted = [AttributeRequest(request.attribute, request.selection)]
    _start(desk, request.invoke_id_and_priority, shield, wanted, lambda job, at: _reply(desk, job, at), now)


def _get_list(desk: Requests, request: g.GetRequestWithList, shield: Shield | None, now: float) -> None:
    wanted, reply = request.attributes, partial(_reply_list, desk)
    if not desk.takes_list(len(wanted), now):
        return
    _start(desk, request.invoke_id_and_priority, shield, wanted, reply, now, take=Encoder())


def _start(
    desk: Requests,
    invoke: int,
    shield: Shield | None,
    wanted: Sequence[AttributeRequest],
    reply: Reply,
    now: float,
    take: Take = lambda result: result,
) -> None:
    ids = desk.start(invoke, shield, len(wanted), reply, take)
    for number, one in zip(ids, wanted, strict=True):
        if desk.may_access(one, Conformance.ATTRIBUTE0_GET):
            desk.emit(GetIndication(desk.association, number, one.attribute, one.selection, shield))
        else:
            desk.respond(number, DataAccessResult(READ_WRITE_DENIED), now)


def _reply(desk: Requests, job: Job, now: float) -> None:
    (result,) = job.results
    if isinstance(result, DataAccessResult):
        desk.send(g.GetResponseNormal(job.invoke, result), job.shield, now)
        return
    octets = axdr.encode(result)
    if len(octets) + 4 <= desk.room(Conformance.BLOCK_TRANSFER_GET):
        whole = bytes((*g.GetResponseNormal.tag, job.invoke, 0)) + octets
        desk.association.send_apdu(whole, job.shield, now)
    else:
        _reply_long(desk, job, octets, now)


def _reply_list(desk: Requests, job: Job, now: float) -> None:
    head = bytearray((*g.GetResponseWithList.tag, job.invoke))
    write_length(len(job.results), head)
    whole = bytes(head) + b"".join(job.results)
    if len(whole) <= desk.room(Conformance.BLOCK_TRANSFER_GET):
        desk.association.send_apdu(whole, job.shield, now)
    else:
        _reply_long(desk, job, whole[3:], now)  # behind tag, choice and invoke-id stands the SEQUENCE OF results


def _reply_long(desk: Requests, job: Job, octets: bytes, now: float) -> None:
    if desk.context.has(Conformance.BLOCK_TRANSFER_GET):
        block = desk.answer_in_blocks("get", job, octets, desk.room(Conformance.BLOCK_TRANSFER_GET))
        desk.send(_block(job.invoke, *block), job.shield, now)
    else:
        desk.send(g.GetResponseNormal(job.invoke, DataAccessResult(OTHER_REASON)), job.shield, now)


def _get_next(desk: Requests, request: g.GetRequestNext, shield: Shield | None, now: float) -> None:
    invoke, number = request.invoke_id_and_priority, request.block_number
    found = desk.next_block("get", invoke, shield, number, NO_LONG_GET, LONG_GET_ABORTED)
    if isinstance(found, int):
        refused = g.GetResponseWithDatablock(invoke, True, number, DataAccessResult(found))
        desk.send(refused, shield, now)
    else:
        desk.send(_block(invoke, *found), desk.outgoing_shield, now)


def _block(invoke: int, last: bool, number: int, octets: bytes) -> Apdu:
    return g.GetResponseWithDatablock(invoke, last, number, octets)


HANDLERS: Handlers = {
    g.GetRequestNormal: (Conformance.GET, _get),
    g.GetRequestWithList: (Conformance.GET | Conformance.MULTIPLE_REFERENCES, _get_list),
    g.GetRequestNext: (Conformance.GET | Conformance.BLOCK_TRANSFER_GET, _get_next),
}
