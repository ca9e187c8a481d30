"""Lengths and counts as A-XDR writes them: one octet below 128, else 0x80 + n and n octets."""

from __future__ import annotations

from dlmskit.errors import LimitExceeded, RemoteProtocolError

MOST_LENGTH_OCTETS = 4


def read_length(buf: bytes, at: int) -> tuple[int, int]:
    """A length and the offset behind it; longer forms than needed are accepted."""
    if at >= len(buf):
        raise too_short(buf, "a length")
    first = buf[at]
    if first < 0x80:
        return first, at + 1
    octets = first & 0x7F
    end = at + 1 + octets
    if octets == 0:
        raise RemoteProtocolError("indefinite length", data=buf, offset=at)
    if octets > MOST_LENGTH_OCTETS:
        raise LimitExceeded(f"length of {octets} octets", data=buf, offset=at)
    if end > len(buf):
        raise too_short(buf, "a length")
    return int.from_bytes(buf[at + 1 : end], "big"), end


def write_length(n: int, out: bytearray) -> None:
    """Append the shortest form of a length."""
    if n < 0x80:
        out.append(n)
    else:
        octets = (n.bit_length() + 7) // 8
        out.append(0x80 | octets)
        out += n.to_bytes(octets, "big")


def too_short(buf: bytes, what: str) -> RemoteProtocolError:
    """The error for data that end in the middle of something; its offset is where they end."""
    return RemoteProtocolError(
        f"the data end after {len(buf)} octets, in the middle of {what}", data=buf, offset=len(buf)
    )
