"""The services by short names: READ and WRITE in the place of GET, SET and ACTION.

The functions are those of `exchanges.py`, which chooses between the two. What stands behind which name is told by the
object list; it is read when the first name is needed. Source: Green Book, mapping of the services by logical names onto
Read and Write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from dlmskit.apdu.base import (
    AttributeDescriptor,
    AttributeRequest,
    DataAccessResult,
    DataBlock,
    MethodDescriptor,
    Selection,
)
from dlmskit.apdu.codec import Apdu, Codec
from dlmskit.apdu.read import ReadRequest, ReadResponse, ReadResult, read_results
from dlmskit.apdu.variables import (
    BlockNumber,
    BlockNumberAccess,
    ParameterisedAccess,
    ReadDataBlockAccess,
    VariableAccess,
    VariableName,
    WriteDataBlockAccess,
    variable_list,
)
from dlmskit.apdu.write import UnconfirmedWriteRequest, WriteContent, WriteRequest, WriteResponse, write_content
from dlmskit.data import axdr
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import AccessRefused, LocalProtocolError, RemoteProtocolError, access_refused
from dlmskit.session.blocks.transfer import Form, Joined, block_size, cut, read_whole
from dlmskit.session.context import Context
from dlmskit.session.naming import OBJECT_LIST, ShortNames
from dlmskit.session.services.advertised import Extra
from dlmskit.session.services.steps import Ask, Exchange, Tell, named, need, with_extra

T = TypeVar("T")

#: What a method is given that takes no argument.
_NO_ARGUMENT = Value(Tag.INTEGER, 0)
#: Octets around the raw data of a block, at most: tag, count, choice, last, number, and a list of one octet-string.
_BLOCK_HEAD = 11
#: How a list of one result begins that is a value.
_ONE_VALUE = b"\x01\x00"
#: And one that is none: its code follows.
_ONE_REFUSAL = b"\x01\x01"


def get(
    context: Context,
    attribute: AttributeDescriptor,
    selection: Selection | None,
    form: Form[T],
    joined: Joined | None = None,
) -> Exchange[T]:
    """The attribute's value in that form. Raises AccessRefused."""
    names = yield from names_of(context)
    variable = _variable(context, names.attribute(attribute), selection, named(attribute))
    found = yield from _read(context, [variable], named(attribute), joined)
    return form.of_value(_value(found[0], named(attribute))) if isinstance(found, list) else form.of_octets(found)


def get_many(context: Context, requests: Sequence[AttributeRequest]) -> Exchange[list[Value | DataAccessResult]]:
    """A value or a refusal per request; several at once where the meter copes."""
    names = yield from names_of(context)
    found: dict[int, Value | DataAccessResult] = {}
    variables: dict[int, VariableAccess] = {}
    for at, (attribute, selection) in enumerate(requests):
        try:
            variables[at] = _variable(context, names.attribute(attribute), selection, named(attribute))
        except AccessRefused as error:  # the object list does not have it
            found[at] = DataAccessResult(error.code or 0)
    for group in _groups(variables.items(), context):
        wanted = [variable for _, variable in group]
        at_once, each = partial(_read_list, context, wanted), partial(_read_each, context, wanted)
        results = yield from with_extra(context, Extra.WITH_LIST, at_once, each) if len(wanted) > 1 else each()
        found.update(zip([at for at, _ in group], results, strict=True))
    return [found[at] for at in range(len(requests))]


def _read_each(context: Context, variables: Sequence[VariableAccess]) -> Exchange[list[Value | DataAccessResult]]:
    found: list[Value | DataAccessResult] = []
    for variable in variables:
        found += yield from _read_list(context, [variable])
    return found


def _read_list(context: Context, variables: Sequence[VariableAccess]) -> Exchange[list[Value | DataAccessResult]]:
    results = yield from _read(context, variables, "READ of a list")
    whole = results if isinstance(results, list) else [axdr.decode(results)]
    if len(whole) != len(variables):
        raise RemoteProtocolError(f"{len(variables)} variables asked for, {len(whole)} results came")
    return list(map(_result, whole))


def put(
    context: Context, attribute: AttributeDescriptor, value: Value, selection: Selection | None = None
) -> Exchange[None]:
    """Write one attribute, in blocks where it must be. Raises AccessRefused."""
    names = yield from names_of(context)
    variable = _variable(context, names.attribute(attribute), selection, named(attribute))
    yield from _write(context, variable, value, named(attribute))


def put_unconfirmed(
    context: Context, attribute: AttributeDescriptor, value: Value, selection: Selection | None = None
) -> Exchange[None]:
    """Write one attribute and want no answer."""
    names = yield from names_of(context)
    variable = _variable(context, names.attribute(attribute), selection, named(attribute))
    need(context, Conformance.UNCONFIRMED_WRITE, f"{named(attribute)}: unconfirmed WRITE")
    yield Tell(UnconfirmedWriteRequest((variable,), (value,)))


def call(context: Context, method: MethodDescriptor, parameters: Value | None = None) -> Exchange[Value]:
    """Invoke one method: read where it returns something, else written. Raises AccessRefused."""
    names = yield from names_of(context)
    name, where = names.method(method), named(method)
    if not names.returns(method):
        yield from _write(context, VariableName(name), _argument(parameters), where, action=True)
        return NULL
    selection = None if parameters is None else Selection(0, parameters)
    found = yield from _read(context, [_variable(context, name, selection, where)], where)
    return axdr.decode(found) if isinstance(found, bytes) else _value(found[0], where, action=True)


def call_unconfirmed(context: Context, method: MethodDescriptor, parameters: Value | None = None) -> Exchange[None]:
    """Invoke one method and want no answer."""
    names = yield from names_of(context)
    need(context, Conformance.UNCONFIRMED_WRITE, f"{named(method)}: unconfirmed WRITE")
    yield Tell(UnconfirmedWriteRequest((VariableName(names.method(method)),), (_argument(parameters),)))


# --- names -----------------------------------------------------------------------------------------------------------


def names_of(context: Context) -> Exchange[ShortNames]:
    """What stands behind which name: read once, then kept."""
    book = context.names
    if book is None:
        raise LocalProtocolError("the association is one by logical names")
    if book.known is not None:
        return book.known
    where = "the object list"
    found = yield from _read(context, [VariableName(OBJECT_LIST)], where, is_whole=False)
    return book.load(_value(found[0], where) if isinstance(found, list) else axdr.decode(found))


def _variable(context: Context, name: int, selection: Selection | None, where: str) -> VariableAccess:
    if selection is None:
        return VariableName(name)
    need(context, Conformance.PARAMETERIZED_ACCESS, f"{where}: parameterised access")
    return ParameterisedAccess(name, *selection)


def _argument(parameters: Value | None) -> Value:
    return _NO_ARGUMENT if parameters is None else parameters


def _groups(
    variables: Iterable[tuple[int, VariableAccess]], context: Context
) -> Iterator[list[tuple[int, VariableAccess]]]:
    """As many in one request as the meter takes."""
    most = context.list_max if context.has(Conformance.MULTIPLE_REFERENCES) else 1
    room, group, size = context.room - 4, list[tuple[int, VariableAccess]](), 0
    for at, variable in variables:
        octets = len(_written(variable_list, (variable,))) - 1
        if group and (size + octets > room or len(group) >= most):
            yield group
            group, size = [], 0
        group.append((at, variable))
        size += octets
    if group:
        yield group


# --- READ and WRITE --------------------------------------------------------------------------------------------------


def _read(
    context: Context,
    variables: Sequence[VariableAccess],
    where: str,
    joined: Joined | None = None,
    *,
    is_whole: bool = True,
) -> Exchange[list[ReadResult] | bytes]:
    """The results; of one variable whose value came in blocks, its octets.

    is_whole  this is what the service is about, not something it needs first
    """
    reply = yield from _ask_to_read(context, tuple(variables), where, is_whole=is_whole)
    if not _is_block(reply):
        if len(reply.results) != len(variables):
            raise RemoteProtocolError(f"{len(variables)} variables asked for, {len(reply.results)} results came")
        return list(reply.results)
    joined, is_one = joined or Joined(), len(variables) == 1
    while not joined.is_complete:
        (block,) = reply.results
        if not isinstance(block, DataBlock):
            _value(block, where)
            raise RemoteProtocolError(f"{where}: {reply.name} without a block in the middle of a block transfer")
        if not joined.number and is_one and block.raw_data[: len(_ONE_VALUE)] == _ONE_VALUE:
            joined.head = len(_ONE_VALUE)
        joined.add(block.block_number, block.raw_data, block.last_block)
        if not joined.is_complete:
            request = ReadRequest((BlockNumberAccess(joined.number),))
            reply = _read_response((yield Ask(request, (ReadResponse,), is_whole=is_whole)))
            if len(reply.results) != 1:
                raise RemoteProtocolError(f"{where}: {len(reply.results)} results in the middle of a block transfer")
    return _whole(joined.whole(), is_one=is_one)


def _whole(octets: bytes, *, is_one: bool) -> list[ReadResult] | bytes:
    """What the blocks of an answer hold. Some servers give the one value that was asked for alone, not as a list."""
    if is_one and octets[: len(_ONE_VALUE)] == _ONE_VALUE:
        return octets[len(_ONE_VALUE) :]
    if is_one and not (len(octets) == len(_ONE_REFUSAL) + 1 and octets.startswith(_ONE_REFUSAL)):
        return octets
    results = read_whole(read_results, octets)
    return list(results)


def _is_block(reply: ReadResponse) -> bool:
    return len(reply.results) == 1 and isinstance(reply.results[0], DataBlock)


def _ask_to_read(
    context: Context, variables: tuple[VariableAccess, ...], where: str, *, is_whole: bool
) -> Exchange[ReadResponse]:
    content = _written(variable_list, variables)
    if len(content) < context.room_beside(Conformance.BLOCK_TRANSFER_GET):
        return _read_response((yield Ask(ReadRequest(variables), (ReadResponse,), is_whole=is_whole)))
    need(context, Conformance.BLOCK_TRANSFER_GET, f"{where}: {len(content)} octets need blocks")
    return _read_response(
        (
            yield from _in_blocks(
                context, content, lambda block: ReadRequest((ReadDataBlockAccess(*block),)), ReadResponse
            )
        )
    )


def _read_response(reply: Apdu) -> ReadResponse:
    if not isinstance(reply, ReadResponse):
        raise RemoteProtocolError(f"{reply.name} in answer to a READ")
    return reply


def _write(
    context: Context, variable: VariableAccess, value: Value, where: str, *, action: bool = False
) -> Exchange[None]:
    content = _written(write_content, WriteContent((variable,), (value,)))
    if len(content) < context.room_beside(Conformance.BLOCK_TRANSFER_SET):
        reply: Apdu = yield Ask(WriteRequest((variable,), (value,)), (WriteResponse,))
    else:
        need(context, Conformance.BLOCK_TRANSFER_SET, f"{where}: {len(content)} octets need blocks")
        reply = yield from _in_blocks(context, content, _write_block, WriteResponse)
    if not isinstance(reply, WriteResponse) or len(reply.results) != 1:
        raise RemoteProtocolError(f"{where}: {reply.name} with other than one result in answer to a WRITE")
    if reply.results[0] is not None:
        _value(reply.results[0], where, action=action)


def _write_block(block: DataBlock) -> Apdu:
    raw = Value(Tag.OCTET_STRING, block.raw_data)
    return WriteRequest((WriteDataBlockAccess(block.last_block, block.block_number),), (raw,))


def _in_blocks(
    context: Context, content: bytes, request: Callable[[DataBlock], Apdu], answer: type[ReadResponse | WriteResponse]
) -> Exchange[Apdu]:
    """Send a long request block by block; the answer to the last one, or what came in the place of a word to go on."""
    size = block_size(context.room, _BLOCK_HEAD)
    *before, last = cut(content, size, size)
    for block in before:
        reply = yield Ask(request(block), (answer,), is_whole=False)
        if not isinstance(reply, answer) or not _acknowledges(reply.results, block.block_number):
            return reply
    return (yield Ask(request(last), (answer,)))


def _acknowledges(results: tuple[object, ...], number: int) -> bool:
    """A code of refusal has the same shape, and may be the same number."""
    return len(results) == 1 and isinstance(results[0], BlockNumber) and results[0].block_number == number


def _value(result: object, where: str, *, action: bool = False) -> Value:
    """A result that is a value. Raises AccessRefused, or RemoteProtocolError for what has no place here."""
    if isinstance(result, DataAccessResult):
        raise access_refused(result.code, where, action=action)
    if not isinstance(result, Value):
        raise RemoteProtocolError(f"{where}: {result} in the place of a result")
    return result


def _result(result: ReadResult) -> Value | DataAccessResult:
    return result if isinstance(result, DataAccessResult) else _value(result, "READ of a list")


def _written(codec: Codec[T], value: T) -> bytes:
    out = bytearray()
    codec.write(value, out)
    return bytes(out)
