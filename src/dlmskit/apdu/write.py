"""WRITE: attributes by short names, and methods that return nothing; confirmed or not.

Source: Green Book, WriteRequest, WriteResponse and UnconfirmedWriteRequest.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from dlmskit.apdu.base import DataAccessResult, choice, data, data_access_result, nothing, record, sequence_of
from dlmskit.apdu.codec import Apdu, Codec, wire
from dlmskit.apdu.variables import BlockNumber, VariableAccess, block_number, variable_list
from dlmskit.data.value import Value

#: None where it was written, why it was not, or the word that a block of the request arrived.
WriteResult: TypeAlias = DataAccessResult | BlockNumber | None

write_result: Codec[WriteResult] = choice(
    "Write-Result",
    {0: (type(None), nothing), 1: (DataAccessResult, data_access_result), 2: (BlockNumber, block_number)},
)
data_list = sequence_of(data)


class WriteContent(NamedTuple):
    """What stands behind the tag of a request, and in the joined blocks of a long one."""

    variables: tuple[VariableAccess, ...]
    values: tuple[Value, ...]


write_content = record(WriteContent, variable_list, data_list)


class WriteRequest(Apdu, tag=b"\x06"):
    """Variables and as many values."""

    variables: tuple[VariableAccess, ...] = wire(variable_list)
    values: tuple[Value, ...] = wire(data_list)


class WriteResponse(Apdu, tag=b"\x0d"):
    """The result of each."""

    results: tuple[WriteResult, ...] = wire(sequence_of(write_result))


class UnconfirmedWriteRequest(Apdu, tag=b"\x16"):
    """Variables and as many values; no answer is wanted."""

    variables: tuple[VariableAccess, ...] = wire(variable_list)
    values: tuple[Value, ...] = wire(data_list)
