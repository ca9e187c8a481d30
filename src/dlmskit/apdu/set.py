"""SET: writing attributes. Results are data-access-result numbers, 0 for success.

Source: Green Book, Set-Request and Set-Response.
"""

from __future__ import annotations

from dlmskit.apdu.base import (
    AttributeDescriptor,
    AttributeRequest,
    DataBlock,
    Selection,
    attribute_descriptor,
    attribute_request,
    data,
    data_block,
    selective_access,
    sequence_of,
    u8,
    u32,
)
from dlmskit.apdu.codec import Apdu, wire
from dlmskit.data.value import Value


class SetRequestNormal(Apdu, tag=b"\xc1\x01"):
    """One attribute and its new value."""

    invoke_id_and_priority: int = wire(u8)
    attribute: AttributeDescriptor = wire(attribute_descriptor)
    selection: Selection | None = wire(selective_access)
    value: Value = wire(data)


class SetRequestWithFirstDatablock(Apdu, tag=b"\xc1\x02"):
    """One attribute and the first block of its encoded value."""

    invoke_id_and_priority: int = wire(u8)
    attribute: AttributeDescriptor = wire(attribute_descriptor)
    selection: Selection | None = wire(selective_access)
    block: DataBlock = wire(data_block)


class SetRequestWithDatablock(Apdu, tag=b"\xc1\x03"):
    """A further block."""

    invoke_id_and_priority: int = wire(u8)
    block: DataBlock = wire(data_block)


class SetRequestWithList(Apdu, tag=b"\xc1\x04"):
    """Several attributes and as many values."""

    invoke_id_and_priority: int = wire(u8)
    attributes: tuple[AttributeRequest, ...] = wire(sequence_of(attribute_request))
    values: tuple[Value, ...] = wire(sequence_of(data))


class SetRequestWithListAndFirstDatablock(Apdu, tag=b"\xc1\x05"):
    """Several attributes and the first block of their encoded list of values."""

    invoke_id_and_priority: int = wire(u8)
    attributes: tuple[AttributeRequest, ...] = wire(sequence_of(attribute_request))
    block: DataBlock = wire(data_block)


class SetResponseNormal(Apdu, tag=b"\xc5\x01"):
    """The result."""

    invoke_id_and_priority: int = wire(u8)
    result: int = wire(u8)


class SetResponseDatablock(Apdu, tag=b"\xc5\x02"):
    """A block arrived; the next one, please."""

    invoke_id_and_priority: int = wire(u8)
    block_number: int = wire(u32)


class SetResponseLastDatablock(Apdu, tag=b"\xc5\x03"):
    """The last block arrived, and the result."""

    invoke_id_and_priority: int = wire(u8)
    result: int = wire(u8)
    block_number: int = wire(u32)


class SetResponseLastDatablockWithList(Apdu, tag=b"\xc5\x04"):
    """The last block arrived, and the result of each attribute."""

    invoke_id_and_priority: int = wire(u8)
    results: tuple[int, ...] = wire(sequence_of(u8))
    block_number: int = wire(u32)


class SetResponseWithList(Apdu, tag=b"\xc5\x05"):
    """The result of each attribute."""

    invoke_id_and_priority: int = wire(u8)
    results: tuple[int, ...] = wire(sequence_of(u8))
