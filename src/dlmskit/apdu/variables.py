"""Variables by short names: what the requests of READ and WRITE, and reports, say which one is meant.

A name is an Integer16, as the object list has it: 0xFA00 is -1536. An object's base name is that of its first
attribute. Source: Green Book, Variable-Access-Specification; services of IEC 61334-4-41.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from dlmskit.apdu.base import boolean, choice, data, integer, octet_string, record, sequence_of, u8, u16
from dlmskit.apdu.codec import Codec
from dlmskit.data.value import Value

object_name = integer("Integer16", ">h")


class VariableName(NamedTuple):
    """An attribute, or a method without parameters."""

    name: int


class ParameterisedAccess(NamedTuple):
    """A part of an attribute, or a method with its parameters; the selector of a method is 0."""

    name: int
    selector: int
    parameter: Value


class BlockNumberAccess(NamedTuple):
    """The next block of a long answer; `block_number` is the one that arrived."""

    block_number: int


class ReadDataBlockAccess(NamedTuple):
    """One block of a long READ; joined, the blocks are the request without its tag."""

    last_block: bool
    block_number: int
    raw_data: bytes


class WriteDataBlockAccess(NamedTuple):
    """One block of a long WRITE, whose octets stand in the list of data."""

    last_block: bool
    block_number: int


class BlockNumber(NamedTuple):
    """A block of a long request arrived; the next one, please."""

    block_number: int


VariableAccess: TypeAlias = (
    VariableName | ParameterisedAccess | BlockNumberAccess | ReadDataBlockAccess | WriteDataBlockAccess
)

variable_access: Codec[VariableAccess] = choice(
    "Variable-Access-Specification",
    {
        2: (VariableName, record(VariableName, object_name)),
        4: (ParameterisedAccess, record(ParameterisedAccess, object_name, u8, data)),
        5: (BlockNumberAccess, record(BlockNumberAccess, u16)),
        6: (ReadDataBlockAccess, record(ReadDataBlockAccess, boolean, u16, octet_string)),
        7: (WriteDataBlockAccess, record(WriteDataBlockAccess, boolean, u16)),
    },
)
variable_list = sequence_of(variable_access)
block_number: Codec[BlockNumber] = record(BlockNumber, u16)
