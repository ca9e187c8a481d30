"""Service-specific block transfer: cutting and joining, the same for both directions and roles.

Source: Green Book, GET/SET/ACTION with datablock (block numbers start at 1 and rise by one).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, Generic, NamedTuple, TypeVar

from dlmskit.apdu.base import DataBlock
from dlmskit.apdu.codec import RAN_OUT, Codec
from dlmskit.data import axdr
from dlmskit.data.limits import LIMITS
from dlmskit.data.value import Value
from dlmskit.errors import LimitExceeded, RemoteProtocolError

T = TypeVar("T")


class Form(NamedTuple, Generic[T]):
    """What a caller wants of a value: how it is had from one that came at once, and from octets that came in blocks."""

    of_value: Callable[[Value], T]
    of_octets: Callable[[bytes], T]


AS_VALUE: Final[Form[Value]] = Form(lambda value: value, axdr.decode)
AS_OCTETS: Final[Form[bytes]] = Form(axdr.encode, lambda octets: octets)

MAX_TRANSFER = 16 * 1024 * 1024


def cut(data: bytes, first: int, size: int) -> Iterator[DataBlock]:
    """`data` as blocks: `first` octets in the first, `size` in every other."""
    if len(data) <= first:
        yield DataBlock(True, 1, data)
        return
    yield DataBlock(False, 1, data[:first])
    number, at = 2, first
    while at < len(data):
        end = at + size
        yield DataBlock(end >= len(data), number, data[at:end])
        number, at = number + 1, end


class Joined:
    """Blocks as they come, until the last: numbers without gaps, size bounded.

    head  how many octets stand before those that are wanted
    """

    __slots__ = ("_limit", "_parts", "_size", "head", "is_complete", "number")

    def __init__(self, limit: int = MAX_TRANSFER) -> None:
        self._limit, self._parts, self._size = limit, list[bytes](), 0
        self.number, self.is_complete, self.head = 0, False, 0

    def add(self, number: int, data: bytes, last: bool) -> None:
        """Raises RemoteProtocolError for a number out of order, LimitExceeded beyond the limit."""
        if self.is_complete or number != self.number + 1:
            raise RemoteProtocolError(f"block {number} came, block {self.number + 1} was due", data=data)
        if not data and not last:
            raise RemoteProtocolError(f"block {number} is empty and not the last", data=data)
        self._size += len(data)
        if self._size > self._limit:
            raise LimitExceeded(f"block transfer grows over {self._limit} octets")
        self._parts.append(data)
        self.number, self.is_complete = number, last

    def octets(self) -> bytes:
        return self.whole()[self.head :]

    def whole(self) -> bytes:
        return b"".join(self._parts)


class Outgoing:
    """A long answer being fetched block by block."""

    __slots__ = ("_data", "_at", "_size", "invoke", "number", "service")

    def __init__(self, service: str, invoke: int, data: bytes, size: int) -> None:
        self.service, self.invoke = service, invoke
        self._data, self._at, self._size = data, 0, size
        self.number = 0

    def next_block(self) -> DataBlock:
        start = self._at
        self._at = start + self._size
        self.number += 1
        return DataBlock(self._at >= len(self._data), self.number, self._data[start : self._at])

    @property
    def is_complete(self) -> bool:
        return self.number > 0 and self._at >= len(self._data)


def block_size(room: int, overhead: int) -> int:
    """Octets of raw data in one block APDU; never less than one."""
    return max(1, room - overhead)


def read_whole(codec: Codec[T], octets: bytes) -> T:
    """What joined blocks hold, whole. Raises RemoteProtocolError with the offset."""
    try:
        value, at = codec.read(octets, 0, LIMITS)
    except RAN_OUT:
        raise RemoteProtocolError("the joined blocks end too early", data=octets, offset=len(octets)) from None
    if at != len(octets):
        raise RemoteProtocolError("octets left over in the joined blocks", data=octets, offset=at)
    return value
