"""What a bad line does to what is written on it: faults for a served memory channel, each with a seed of its own.

channel("meter").to_server = corrupted(0.01, seed=1)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from random import Random

from dlmskit.edge.memory import Channel, Fault
from dlmskit.link.hdlc.frames import Frame, FrameReader, encode

Pieces = Iterable[tuple[float, bytes]]


def corrupted(rate: float, *, seed: int) -> Fault:
    """Each octet becomes another one with this probability."""
    random = Random(seed)

    def fault(chunk: bytes) -> Pieces:
        yield 0.0, bytes(octet ^ random.randrange(1, 256) if random.random() < rate else octet for octet in chunk)

    return fault


def frames(data: bytes) -> Iterator[bytes]:
    """The HDLC frames of one write, each with flags of its own; anything else as it is."""
    found = [encode(frame) for frame in FrameReader().receive(data, 0.0) if isinstance(frame, Frame)]
    yield from found or [data]


def lost(rate: float, *, seed: int) -> Fault:
    """Frames are lost."""
    random = Random(seed)
    return lambda chunk: [(0.0, frame) for frame in frames(chunk) if random.random() >= rate]


def doubled(rate: float, *, seed: int) -> Fault:
    """Frames come twice, one right behind the other."""
    random = Random(seed)
    return lambda chunk: [(0.0, frame) for frame in frames(chunk) for _ in range(2 if random.random() < rate else 1)]


def delayed(seconds: float, rate: float, *, seed: int) -> Fault:
    """Frames come late, and hold up those behind them."""
    random = Random(seed)
    return lambda chunk: [(seconds if random.random() < rate else 0.0, frame) for frame in frames(chunk)]


def garbage(rate: float, *, seed: int) -> Fault:
    """Before a write stands a burst of anything, with flags in it."""
    random = Random(seed)

    def fault(chunk: bytes) -> Pieces:
        if random.random() < rate:
            burst = bytes(random.choice((0x7E, 0xA0, random.randrange(256))) for _ in range(random.randrange(1, 300)))
            yield 0.0, burst
        yield 0.0, chunk

    return fault


def echoing(line: Channel) -> Fault:
    """What the client sends comes back to it, as a probe does, before the meter hears it."""

    def fault(chunk: bytes) -> Pieces:
        for end in tuple(line.connections):
            end.write(chunk)
        yield 0.0, chunk

    return fault


class Resetting:
    """The connection breaks at every so many frames, counted in both directions.

    resets  how often it broke
    """

    def __init__(self, line: Channel, every: int, split: Callable[[bytes], Iterable[bytes]] = frames) -> None:
        self.line, self.every, self.split = line, every, split
        self.frames = self.resets = 0
        line.to_server = line.to_client = self

    def __call__(self, chunk: bytes) -> Pieces:
        passed = []
        for frame in self.split(chunk):
            self.frames += 1
            if self.frames % self.every == 0:
                self.resets += 1
                self.line.cut()
                break
            passed.append((0.0, frame))
        return passed
