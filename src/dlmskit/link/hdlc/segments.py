"""APDUs in segments: the LLC header, cutting, sending within a window, putting together.

The LLC header (destination, source, quality) stands in the first segment only:
E6 E6 00 before a command, E6 E7 00 before a response. Source: Green Book, LLC sublayer.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from dlmskit.errors import LimitExceeded, RemoteProtocolError

LLC_COMMAND: Final = b"\xe6\xe6\x00"
LLC_RESPONSE: Final = b"\xe6\xe7\x00"
_LLC: Final = (LLC_COMMAND, LLC_RESPONSE)

Segment = tuple[bytes, bool]  # information, whether more follows


def cut(data: bytes, size: int) -> list[Segment]:
    """`data` in pieces of at most `size`."""
    last = len(data) - size
    return [(data[at : at + size], at < last) for at in range(0, len(data), size)]


def strip_llc(data: bytes) -> bytes:
    """The APDU behind the LLC header, which some meters write twice."""
    if data[:3] not in _LLC:
        raise RemoteProtocolError(f"no LLC header but {data[:3].hex()}", data=data, offset=0)
    apdu = data[6:] if data[3:6] in _LLC else data[3:]
    if not apdu:
        raise RemoteProtocolError("an LLC header without APDU", data=data, offset=3)
    return apdu


class Sending:
    """Segments on their way: those sent and not acknowledged, then those that wait. Numbers are modulo 8."""

    __slots__ = ("_queue", "_unacknowledged", "first")

    def __init__(self) -> None:
        self.first = 0  # N(S) of the oldest segment not acknowledged
        self._unacknowledged: deque[Segment] = deque()
        self._queue: deque[Segment] = deque()

    @property
    def next(self) -> int:
        """V(S)."""
        return (self.first + len(self._unacknowledged)) & 7

    @property
    def is_pending(self) -> bool:
        return bool(self._unacknowledged or self._queue)

    @property
    def has_unsent(self) -> bool:
        """Whether some were never sent yet."""
        return bool(self._queue)

    @property
    def is_unacknowledged(self) -> bool:
        return bool(self._unacknowledged)

    def put(self, segments: list[Segment]) -> None:
        self._queue += segments

    def admits(self, nr: int) -> bool:
        """Whether N(R) acknowledges only what was sent."""
        return (nr - self.first) & 7 <= len(self._unacknowledged)

    def acknowledge(self, nr: int) -> bool:
        """Take an admitted N(R); whether it acknowledged anything new."""
        moved = self.first != nr
        while self.first != nr:
            self._unacknowledged.popleft()
            self.first = (self.first + 1) & 7
        return moved

    def burst(self, window: int) -> deque[Segment]:
        """What to send in this turn, from N(S) = `first`: everything not acknowledged, then new ones."""
        while self._queue and len(self._unacknowledged) < window:
            self._unacknowledged.append(self._queue.popleft())
        return self._unacknowledged


def is_repeated(ns: int, due: int, window: int) -> bool:
    """Whether a frame out of sequence can only be one we had before, not one ahead of a lost one."""
    return (due - ns) & 7 <= window <= (ns - due) & 7


class Reassembly:
    """Segments put together, up to `limit` octets."""

    __slots__ = ("_limit", "_parts", "_size")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0

    @property
    def is_unfinished(self) -> bool:
        return bool(self._parts)

    def admits(self, information: bytes) -> bool:
        return self._size + len(information) <= self._limit

    def add(self, information: bytes, more: bool) -> bytes | None:
        """The whole, LLC header included, when the last segment has come."""
        if not self.admits(information):
            self._parts.clear()
            self._size = 0
            raise LimitExceeded(f"segments of more than {self._limit} octets", data=information[:16])
        if not more and not self._parts:
            return information
        # An empty segment counts for one octet: a million of them must not fill the memory either.
        self._parts.append(information)
        self._size += len(information) or 1
        if more:
            return None
        whole = b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        return whole

    def add_unnumbered(self, information: bytes, more: bool) -> bytes | None:
        """As `add`, for UI frames: an LLC header begins anew, since a lost segment is noticed by nothing else."""
        if self._parts and information[:3] in _LLC:
            self._parts.clear()
            self._size = 0
        return self.add(information, more)
