"""WRITE, served, confirmed or not: attributes by short names, and methods whose return values nobody wants.

Source: Green Book, Write and UnconfirmedWrite services, mapping of the services by logical names onto them.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlmskit.apdu.base import DataAccessResult, DataBlock
from dlmskit.apdu.variables import BlockNumber, VariableAccess, WriteDataBlockAccess
from dlmskit.apdu.write import UnconfirmedWriteRequest, WriteRequest, WriteResponse, write_content
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Tag, Value
from dlmskit.errors import RemoteProtocolError
from dlmskit.session.blocks.transfer import read_whole
from dlmskit.session.context import CONFIRMED
from dlmskit.session.protection.protection import Shield
from dlmskit.session.serving.read import begin, is_agreed
from dlmskit.session.serving.requests import LONG_SET_ABORTED, NO_LONG_SET, Handlers, Job, Requests, outcome_of


def _write(desk: Requests, request: WriteRequest, shield: Shield | None, now: float) -> None:
    one = request.variables[0] if len(request.variables) == 1 else None
    if isinstance(one, WriteDataBlockAccess):
        _take(desk, one, request.values, shield, now)
    else:
        _start(desk, CONFIRMED, request.variables, request.values, shield, now)


def _write_unconfirmed(desk: Requests, request: UnconfirmedWriteRequest, shield: Shield | None, now: float) -> None:
    _start(desk, 0, request.variables, request.values, shield, now)


def _start(
    desk: Requests,
    invoke: int,
    variables: Sequence[VariableAccess],
    values: Sequence[Value],
    shield: Shield | None,
    now: float,
) -> None:
    if len(variables) != len(values):
        raise RemoteProtocolError(f"{len(variables)} variables to be set to {len(values)} values")
    if not is_agreed(desk, variables, now):
        return
    ids = desk.start(invoke, shield, len(variables), lambda job, at: _reply(desk, job, at))
    for number, variable, value in zip(ids, variables, values, strict=True):
        begin(desk, number, variable, value, shield, now)


def _reply(desk: Requests, job: Job, now: float) -> None:
    codes = [outcome_of(result).code for result in job.results]
    desk.send(WriteResponse(tuple(DataAccessResult(code) if code else None for code in codes)), job.shield, now)


def _take(
    desk: Requests, block: WriteDataBlockAccess, values: Sequence[Value], shield: Shield | None, now: float
) -> None:
    """One block of a long request; the last one is answered as a short one."""

    def whole(octets: bytes, last: int, at: float) -> None:
        variables, content = read_whole(write_content, octets)
        _start(desk, CONFIRMED, variables, content, shield, at)

    if len(values) != 1 or values[0].tag != Tag.OCTET_STRING:
        raise RemoteProtocolError("a block of a long write is no octet-string")
    if block.block_number == 1:
        desk.begin("write", CONFIRMED, shield, whole)
    raw = DataBlock(*block, values[0].value)
    wrong = desk.take_block("write", CONFIRMED, shield, raw, NO_LONG_SET, LONG_SET_ABORTED, now)
    if wrong:
        desk.send(WriteResponse((DataAccessResult(wrong),)), shield, now)
    elif not block.last_block:
        desk.send(WriteResponse((BlockNumber(block.block_number),)), shield, now)


HANDLERS: Handlers = {
    WriteRequest: (Conformance.WRITE, _write),
    UnconfirmedWriteRequest: (Conformance.UNCONFIRMED_WRITE, _write_unconfirmed),
}
