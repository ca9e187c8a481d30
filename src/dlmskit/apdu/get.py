"""GET: reading attributes.

`invoke_id_and_priority` is the raw octet: bits 0-3 invoke id, 0x40 confirmed, 0x80 high priority.
Source: Green Book, Get-Request and Get-Response.
"""

from __future__ import annotations

from dlmskit.apdu.base import (
    AttributeDescriptor,
    AttributeRequest,
    DataAccessResult,
    Selection,
    attribute_descriptor,
    attribute_request,
    boolean,
    data_or_refusal,
    get_data_result,
    octet_string,
    selective_access,
    sequence_of,
    u8,
    u32,
)
from dlmskit.apdu.codec import Apdu, wire
from dlmskit.data.value import Value


class GetRequestNormal(Apdu, tag=b"\xc0\x01"):
    """One attribute, or with `selection` a part of it."""

    invoke_id_and_priority: int = wire(u8)
    attribute: AttributeDescriptor = wire(attribute_descriptor)
    selection: Selection | None = wire(selective_access, default=None)


class GetRequestNext(Apdu, tag=b"\xc0\x02"):
    """Asks for the block behind `block_number`."""

    invoke_id_and_priority: int = wire(u8)
    block_number: int = wire(u32)


class GetRequestWithList(Apdu, tag=b"\xc0\x03"):
    """Several attributes at once."""

    invoke_id_and_priority: int = wire(u8)
    attributes: tuple[AttributeRequest, ...] = wire(sequence_of(attribute_request))


class GetResponseNormal(Apdu, tag=b"\xc4\x01"):
    """The attribute's value, or why not."""

    invoke_id_and_priority: int = wire(u8)
    result: Value | DataAccessResult = wire(get_data_result)


class GetResponseWithDatablock(Apdu, tag=b"\xc4\x02"):
    """One block: a piece of the encoded value, or of the list of results."""

    invoke_id_and_priority: int = wire(u8)
    last_block: bool = wire(boolean)
    block_number: int = wire(u32)
    result: bytes | DataAccessResult = wire(data_or_refusal("DataBlock-G result", octet_string))


class GetResponseWithList(Apdu, tag=b"\xc4\x03"):
    """The results in the order of the request."""

    invoke_id_and_priority: int = wire(u8)
    results: tuple[Value | DataAccessResult, ...] = wire(sequence_of(get_data_result))
