"""READ: attributes by short names, and methods that return something.

Source: Green Book, ReadRequest and ReadResponse.
"""

from __future__ import annotations

from typing import TypeAlias

from dlmskit.apdu.base import (
    DataAccessResult,
    DataBlock,
    boolean,
    choice,
    data,
    data_access_result,
    octet_string,
    record,
    sequence_of,
    u16,
)
from dlmskit.apdu.codec import Apdu, Codec, wire
from dlmskit.apdu.variables import BlockNumber, VariableAccess, block_number, variable_list
from dlmskit.data.value import Value

#: A value, why there is none, one block of all results, or the word that a block of the request arrived.
ReadResult: TypeAlias = Value | DataAccessResult | DataBlock | BlockNumber

read_result: Codec[ReadResult] = choice(
    "Read-Result",
    {
        0: (Value, data),
        1: (DataAccessResult, data_access_result),
        2: (DataBlock, record(DataBlock, boolean, u16, octet_string)),
        3: (BlockNumber, block_number),
    },
)
read_results = sequence_of(read_result)


class ReadRequest(Apdu, tag=b"\x05"):
    """Variables to be read."""

    variables: tuple[VariableAccess, ...] = wire(variable_list)


class ReadResponse(Apdu, tag=b"\x0c"):
    """The results in the order of the request; one alone that is a `DataBlock` is a piece of their list."""

    results: tuple[ReadResult, ...] = wire(read_results)
