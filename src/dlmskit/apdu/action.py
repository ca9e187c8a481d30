"""ACTION: calling methods.

Source: Green Book, Action-Request and Action-Response.
"""

from __future__ import annotations

from dlmskit.apdu.base import (
    ActionResult,
    DataBlock,
    MethodDescriptor,
    action_result,
    data,
    data_block,
    method_descriptor,
    optional,
    sequence_of,
    u8,
    u32,
)
from dlmskit.apdu.codec import Apdu, wire
from dlmskit.data.value import Value


class ActionRequestNormal(Apdu, tag=b"\xc3\x01"):
    """One method, with its parameters if it has any."""

    invoke_id_and_priority: int = wire(u8)
    method: MethodDescriptor = wire(method_descriptor)
    parameters: Value | None = wire(optional(data), default=None)


class ActionRequestNextPblock(Apdu, tag=b"\xc3\x02"):
    """Asks for the block behind `block_number`."""

    invoke_id_and_priority: int = wire(u8)
    block_number: int = wire(u32)


class ActionRequestWithList(Apdu, tag=b"\xc3\x03"):
    """Several methods and as many parameters (null-data for none)."""

    invoke_id_and_priority: int = wire(u8)
    methods: tuple[MethodDescriptor, ...] = wire(sequence_of(method_descriptor))
    parameters: tuple[Value, ...] = wire(sequence_of(data))


class ActionRequestWithFirstPblock(Apdu, tag=b"\xc3\x04"):
    """One method and the first block of its encoded parameters."""

    invoke_id_and_priority: int = wire(u8)
    method: MethodDescriptor = wire(method_descriptor)
    block: DataBlock = wire(data_block)


class ActionRequestWithListAndFirstPblock(Apdu, tag=b"\xc3\x05"):
    """Several methods and the first block of their encoded list of parameters."""

    invoke_id_and_priority: int = wire(u8)
    methods: tuple[MethodDescriptor, ...] = wire(sequence_of(method_descriptor))
    block: DataBlock = wire(data_block)


class ActionRequestWithPblock(Apdu, tag=b"\xc3\x06"):
    """A further block."""

    invoke_id_and_priority: int = wire(u8)
    block: DataBlock = wire(data_block)


class ActionResponseNormal(Apdu, tag=b"\xc7\x01"):
    """The result and what the method returned."""

    invoke_id_and_priority: int = wire(u8)
    response: ActionResult = wire(action_result)


class ActionResponseWithPblock(Apdu, tag=b"\xc7\x02"):
    """One block of what the method returned."""

    invoke_id_and_priority: int = wire(u8)
    block: DataBlock = wire(data_block)


class ActionResponseWithList(Apdu, tag=b"\xc7\x03"):
    """The result of each method."""

    invoke_id_and_priority: int = wire(u8)
    responses: tuple[ActionResult, ...] = wire(sequence_of(action_result))


class ActionResponseNextPblock(Apdu, tag=b"\xc7\x04"):
    """A block arrived; the next one, please."""

    invoke_id_and_priority: int = wire(u8)
    block_number: int = wire(u32)
