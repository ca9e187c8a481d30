"""SET, served. Source: Green Book, SET service."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dlmskit.apdu import set as s
from dlmskit.apdu.base import AttributeRequest, DataAccessResult, DataBlock, data, sequence_of
from dlmskit.apdu.codec import Apdu
from dlmskit.data import axdr
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Value
from dlmskit.errors import RemoteProtocolError
from dlmskit.session.blocks.transfer import read_whole
from dlmskit.session.events import SetIndication
from dlmskit.session.protection.protection import Shield
from dlmskit.session.serving.requests import LONG_SET_ABORTED, NO_LONG_SET, READ_WRITE_DENIED, Handlers, Job, Requests

#: Codes of all results → the response.
Response = Callable[[tuple[int, ...]], Apdu]


def _put(desk: Requests, request: s.SetRequestNormal, shield: Shield | None, now: float) -> None:
    invoke, wanted = request.invoke_id_and_priority, [AttributeRequest(request.attribute, request.selection)]
    _start(desk, invoke, shield, wanted, [request.value], lambda codes: s.SetResponseNormal(invoke, codes[0]), now)


def _put_list(desk: Requests, request: s.SetRequestWithList, shield: Shield | None, now: float) -> None:
    invoke, wanted, values = request.invoke_id_and_priority, request.attributes, request.values
    if not desk.takes_list(len(wanted), now):
        return
    _start(desk, invoke, shield, wanted, values, lambda codes: s.SetResponseWithList(invoke, codes), now)


def _start(
    desk: Requests,
    invoke: int,
    shield: Shield | None,
    wanted: Sequence[AttributeRequest],
    values: Sequence[Value],
    response: Response,
    now: float,
) -> None:
    if len(wanted) != len(values):
        raise RemoteProtocolError(f"{len(wanted)} attributes to be set to {len(values)} values")

    def reply(job: Job, at: float) -> None:
        desk.send(response(tuple(result.code for result in job.results)), job.shield, at)

    ids = desk.start(invoke, shield, len(wanted), reply)
    for number, one, value in zip(ids, wanted, values, strict=True):
        if desk.may_access(one, Conformance.ATTRIBUTE0_SET):
            desk.emit(SetIndication(desk.association, number, one.attribute, one.selection, value, shield))
        else:
            desk.respond(number, DataAccessResult(READ_WRITE_DENIED), now)


def _put_first(desk: Requests, request: s.SetRequestWithFirstDatablock, shield: Shield | None, now: float) -> None:
    invoke, wanted = request.invoke_id_and_priority, [AttributeRequest(request.attribute, request.selection)]

    def whole(octets: bytes, last: int, at: float) -> None:
        values = [axdr.decode(octets)]
        _start(desk, invoke, shield, wanted, values, lambda codes: _last(invoke, codes[0], last), at)

    desk.begin("set", invoke, shield, whole)
    _take(desk, invoke, request.block, shield, now)


def _put_list_first(
    desk: Requests, request: s.SetRequestWithListAndFirstDatablock, shield: Shield | None, now: float
) -> None:
    invoke, wanted = request.invoke_id_and_priority, request.attributes
    if not desk.takes_list(len(wanted), now):
        return

    def whole(octets: bytes, last: int, at: float) -> None:
        values = read_whole(sequence_of(data), octets)
        _start(desk, invoke, shield, wanted, values, lambda codes: _last_list(invoke, codes, last), at)

    desk.begin("set", invoke, shield, whole)
    _take(desk, invoke, request.block, shield, now)


def _put_block(desk: Requests, request: s.SetRequestWithDatablock, shield: Shield | None, now: float) -> None:
    _take(desk, request.invoke_id_and_priority, request.block, shield, now)


def _take(desk: Requests, invoke: int, block: DataBlock, shield: Shield | None, now: float) -> None:
    wrong = desk.take_block("set", invoke, shield, block, NO_LONG_SET, LONG_SET_ABORTED, now)
    if wrong:
        desk.send(_last(invoke, wrong, block.block_number), shield, now)
    elif not block.last_block:
        desk.send(s.SetResponseDatablock(invoke, block.block_number), shield, now)


def _last(invoke: int, code: int, number: int) -> Apdu:
    return s.SetResponseLastDatablock(invoke, code, number)


def _last_list(invoke: int, codes: tuple[int, ...], number: int) -> Apdu:
    return s.SetResponseLastDatablockWithList(invoke, codes, number)


HANDLERS: Handlers = {
    s.SetRequestNormal: (Conformance.SET, _put),
    s.SetRequestWithList: (Conformance.SET | Conformance.MULTIPLE_REFERENCES, _put_list),
    s.SetRequestWithFirstDatablock: (Conformance.SET | Conformance.BLOCK_TRANSFER_SET, _put_first),
    s.SetRequestWithListAndFirstDatablock: (
        Conformance.SET | Conformance.BLOCK_TRANSFER_SET | Conformance.MULTIPLE_REFERENCES,
        _put_list_first,
    ),
    s.SetRequestWithDatablock: (Conformance.SET | Conformance.BLOCK_TRANSFER_SET, _put_block),
}
