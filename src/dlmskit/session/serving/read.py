"""READ, served: attributes by short names, and methods that return something.

Raw data of a long request or answer are the list of variables or of results, as they stand behind the tag. Source:
Green Book, Read service, mapping of the services by logical names onto it.
"""

from __future__ import annotations

from collections.abc import Sequence

from dlmskit.apdu.base import DataAccessResult, DataBlock, MethodDescriptor, Selection
from dlmskit.apdu.faults import ExceptionResponse
from dlmskit.apdu.read import ReadRequest, ReadResponse
from dlmskit.apdu.variables import (
    BlockNumber,
    BlockNumberAccess,
    ParameterisedAccess,
    ReadDataBlockAccess,
    VariableAccess,
    VariableName,
    variable_list,
)
from dlmskit.data.conformance import Conformance
from dlmskit.data.lengths import write_length
from dlmskit.data.value import Value
from dlmskit.session.blocks.transfer import read_whole
from dlmskit.session.context import CONFIRMED
from dlmskit.session.events import ActionIndication, GetIndication, SetIndication
from dlmskit.session.protection.protection import Shield
from dlmskit.session.serving.requests import (
    LONG_GET_ABORTED,
    NO_LONG_GET,
    OBJECT_UNDEFINED,
    OTHER_REASON,
    READ_WRITE_DENIED,
    Encoder,
    Handlers,
    Job,
    Requests,
    Result,
    outcome_of,
)


def _read(desk: Requests, request: ReadRequest, shield: Shield | None, now: float) -> None:
    one = request.variables[0] if len(request.variables) == 1 else None
    if isinstance(one, BlockNumberAccess):
        _read_next(desk, one.block_number, shield, now)
    elif isinstance(one, ReadDataBlockAccess):
        _take(desk, one, shield, now)
    else:
        _start(desk, request.variables, shield, now)


def _start(desk: Requests, variables: Sequence[VariableAccess], shield: Shield | None, now: float) -> None:
    if not is_agreed(desk, variables, now):
        return
    encode = Encoder()

    def take(result: Result) -> bytes:
        code, value = outcome_of(result)
        return encode(DataAccessResult(code) if code else value)

    ids = desk.start(CONFIRMED, shield, len(variables), lambda job, at: _reply(desk, job, at), take)
    for number, variable in zip(ids, variables, strict=True):
        begin(desk, number, variable, None, shield, now)


def is_agreed(desk: Requests, variables: Sequence[VariableAccess], now: float) -> bool:
    """Whether so many may be named at once; if not, the service is refused."""
    if len(variables) > 1 and not desk.context.has(Conformance.MULTIPLE_REFERENCES):
        desk.association.refuse_service(ExceptionResponse(1, 2), now)
        return False
    return desk.takes_list(len(variables), now)


def begin(
    desk: Requests, number: int, variable: VariableAccess, value: Value | None, shield: Shield | None, now: float
) -> None:
    """Ask for what the variable is, or to set it to the value; a method is invoked with the one or the other."""
    selection = Selection(*variable[1:]) if isinstance(variable, ParameterisedAccess) else None
    target = desk.named(variable.name) if isinstance(variable, VariableName | ParameterisedAccess) else None
    if target is None:
        desk.respond(number, DataAccessResult(OBJECT_UNDEFINED), now)
    elif selection is not None and not desk.context.has(Conformance.PARAMETERIZED_ACCESS):
        desk.respond(number, DataAccessResult(READ_WRITE_DENIED), now)
    elif isinstance(target, MethodDescriptor):
        parameters = selection.parameters if value is None and selection is not None else value
        desk.emit(ActionIndication(desk.association, number, target, parameters, shield))
    elif value is None:
        desk.emit(GetIndication(desk.association, number, target, selection, shield))
    else:
        desk.emit(SetIndication(desk.association, number, target, selection, value, shield))


def _reply(desk: Requests, job: Job, now: float) -> None:
    head = bytearray()
    write_length(len(job.results), head)
    content = bytes(head) + b"".join(job.results)
    room = desk.room(Conformance.BLOCK_TRANSFER_GET)
    if len(content) < room:
        desk.association.send_apdu(ReadResponse.tag + content, job.shield, now)
    elif desk.context.has(Conformance.BLOCK_TRANSFER_GET):
        desk.send(ReadResponse((desk.answer_in_blocks("read", job, content, room),)), job.shield, now)
    else:
        refused = DataAccessResult(OTHER_REASON)
        desk.send(ReadResponse((refused,) * len(job.results)), job.shield, now)


def _read_next(desk: Requests, number: int, shield: Shield | None, now: float) -> None:
    found = desk.next_block("read", CONFIRMED, shield, number, NO_LONG_GET, LONG_GET_ABORTED)
    if isinstance(found, int):
        desk.send(ReadResponse((DataAccessResult(found),)), shield, now)
    else:
        desk.send(ReadResponse((found,)), desk.outgoing_shield, now)


def _take(desk: Requests, block: ReadDataBlockAccess, shield: Shield | None, now: float) -> None:
    """One block of a long request; the last one is answered as a short one."""

    def whole(octets: bytes, last: int, at: float) -> None:
        variables = read_whole(variable_list, octets)
        _start(desk, variables, shield, at)

    if block.block_number == 1:
        desk.begin("read", CONFIRMED, shield, whole)
    wrong = desk.take_block("read", CONFIRMED, shield, DataBlock(*block), NO_LONG_GET, LONG_GET_ABORTED, now)
    if wrong:
        desk.send(ReadResponse((DataAccessResult(wrong),)), shield, now)
    elif not block.last_block:
        desk.send(ReadResponse((BlockNumber(block.block_number),)), shield, now)


HANDLERS: Handlers = {ReadRequest: (Conformance.READ, _read)}
