"""How much of strangers a listener agrees to hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ListenLimits:
    """Bounds of one listener. What goes beyond is closed or dropped, and counted.

    connections        open at a time
    per_address        open at a time from one address, of IPv6 from one /64 network; meters of one mobile network may share theirs
    hello_s            how long a caller may take to push before it is handed out without having said anything
    idle_s             a connection on which nothing came for so long is closed: its other end may be gone
    unfinished_s       a message may take so long to come whole
    unfinished_octets  of messages that have not come whole, over all connections
    waiting            callers kept for whoever takes them; the oldest is closed
    pushes             kept of one caller; the oldest is dropped
    """

    connections: int = 16_384
    per_address: int = 256
    hello_s: float = 2.0
    idle_s: float = 3600.0
    unfinished_s: float = 30.0
    unfinished_octets: int = 16 * 1024 * 1024
    waiting: int = 1024
    pushes: int = 64


LIMITS = ListenLimits()
