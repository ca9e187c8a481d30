"""Unfinished transfers: parts of one whole that come one after the other, per link."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import Generic, NamedTuple, TypeVar

from dlmskit.dissect.limits import DissectLimits
from dlmskit.errors import LimitExceeded, RemoteProtocolError

K = TypeVar("K", bound=Hashable)
C = TypeVar("C")


class Outcome(NamedTuple, Generic[C]):
    """A transfer that has ended: whole (no error), or given up with what had come."""

    octets: bytes
    context: C
    error: RemoteProtocolError | None = None


class _Transfer(Generic[C]):
    __slots__ = ("context", "number", "parts", "size")

    def __init__(self, context: C) -> None:
        self.context = context
        self.parts: list[bytes] = []
        self.size = 0
        self.number = 0

    def end(self, error: RemoteProtocolError | None = None) -> Outcome[C]:
        return Outcome(b"".join(self.parts), self.context, error)


class Transfers(Generic[K, C]):
    """Puts numbered parts together. Numbers count up from the first one, modulo `modulus`.

    A part that repeats the last one, as after a lost acknowledgement, is passed over. A gap gives the transfer up:
    parts are never taken out of order, since old and new transfers cannot be told apart then.
    """

    def __init__(self, what: str, modulus: int, limits: DissectLimits) -> None:
        self._what, self._modulus, self._limits = what, modulus, limits
        self._open: dict[K, _Transfer[C]] = {}

    @property
    def unfinished(self) -> int:
        """Octets held, over all transfers."""
        return sum(transfer.size for transfer in self._open.values())

    def begin(self, key: K, number: int, part: bytes, last: bool, context: C) -> Iterator[Outcome[C]]:
        """A first part; an unfinished transfer before it is given up."""
        yield from self.give_up(key, "another one begins")
        if len(self._open) >= self._limits.transfers:
            yield from self.give_up(next(iter(self._open)), f"more than {self._limits.transfers} are unfinished")
        self._open[key] = _Transfer(context)
        yield from self._add(key, number, part, last)

    def go_on(self, key: K, number: int, part: bytes, last: bool) -> Iterator[Outcome[C]]:
        """A further part of the transfer that `context` says is there."""
        if self.repeats(key, number, part):
            return
        transfer = self._open[key]
        if number != self.next_number(key):
            yield from self.give_up(key, f"part {number} follows part {transfer.number}")
            return
        yield from self._add(key, number, part, last)

    def context(self, key: K) -> C | None:
        """What the unfinished transfer began with; None if there is none."""
        transfer = self._open.get(key)
        return None if transfer is None else transfer.context

    def next_number(self, key: K) -> int:
        return (self._open[key].number + 1) % self._modulus

    def follows(self, key: K, number: int) -> bool:
        """Whether `number` is what comes next, or the last one again."""
        transfer = self._open.get(key)
        return transfer is not None and (number - transfer.number) % self._modulus <= 1

    def repeats(self, key: K, number: int, part: bytes) -> bool:
        """Whether this is the last part over again."""
        transfer = self._open.get(key)
        return transfer is not None and transfer.number == number and transfer.parts[-1] == part

    def give_up(self, key: K, why: str) -> Iterator[Outcome[C]]:
        transfer = self._open.pop(key, None)
        if transfer is not None:
            yield transfer.end(RemoteProtocolError(f"{self._what} without end after {len(transfer.parts)}: {why}"))

    def finish(self) -> Iterator[Outcome[C]]:
        for key in list(self._open):
            yield from self.give_up(key, "nothing follows")

    def _add(self, key: K, number: int, part: bytes, last: bool) -> Iterator[Outcome[C]]:
        transfer = self._open[key]
        transfer.parts.append(part)
        transfer.size += len(part) or 1  # a million empty parts must not fill the memory either
        transfer.number = number
        if transfer.size > self._limits.transfer_octets:
            del self._open[key]
            yield transfer.end(LimitExceeded(f"{self._what} of more than {self._limits.transfer_octets} octets"))
        elif last:
            del self._open[key]
            yield transfer.end()
