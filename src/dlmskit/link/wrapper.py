"""The wrapper of TCP and UDP profiles: an eight-octet header before each APDU.

    version (2, always 1) | source wPort (2) | destination wPort (2) | length (2) | APDU        all big-endian

Source: IEC 62056-47; Green Book, DLMS/COSEM wrapper.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, Literal, NamedTuple

from dlmskit.errors import LimitExceeded, RemoteProtocolError, UsageError
from dlmskit.link.ports import PortPair

VERSION: Final = 1
HEADER_SIZE: Final = 8
MAX_APDU: Final = 0xFFFF

_HEADER: Final = Struct(">HHHH")


class WrapperMessage(NamedTuple):
    """One APDU with the wPorts it goes from and to."""

    source: int
    destination: int
    apdu: bytes


def encode(source: int, destination: int, apdu: bytes) -> bytes:
    """Header and APDU, ready for the wire."""
    if len(apdu) > MAX_APDU:
        raise UsageError(f"an APDU of {len(apdu)} octets does not fit the wrapper (65535)")
    if not (0 <= source <= 0xFFFF and 0 <= destination <= 0xFFFF):
        raise UsageError(f"wPorts are 0 to 65535, not {source} and {destination}")
    return _HEADER.pack(VERSION, source, destination, len(apdu)) + apdu


class WrapperReader:
    """Messages out of a TCP stream, however its segments are merged or split.

    The wrapper has no mark to resynchronise on: after a wrong header the stream is lost, and every later
    `receive` raises the same error. It holds at most one unfinished message.
    """

    __slots__ = ("_buffer", "_max_apdu")

    def __init__(self, max_apdu: int = MAX_APDU) -> None:
        self._buffer = bytearray()
        self._max_apdu = max_apdu

    @property
    def unfinished(self) -> int:
        """Octets held of a message that has not come whole."""
        return len(self._buffer)

    def receive(self, data: bytes) -> list[WrapperMessage]:
        """Whole messages. A wrong header raises RemoteProtocolError, but only once the messages before it are out.

        So a caller that got messages and wants to know at once whether the stream still makes sense calls
        again with no data.
        """
        buffer = self._buffer
        buffer += data
        messages: list[WrapperMessage] = []
        at = 0
        while len(buffer) - at >= HEADER_SIZE:
            version, source, destination, length = _HEADER.unpack_from(buffer, at)
            if version != VERSION or length > self._max_apdu:
                if messages:
                    break
                raise self._lost(version, length)
            end = at + HEADER_SIZE + length
            if len(buffer) < end:
                break
            messages.append(WrapperMessage(source, destination, bytes(buffer[at + HEADER_SIZE : end])))
            at = end
        if at:
            del buffer[:at]
        return messages

    def _lost(self, version: int, length: int) -> RemoteProtocolError:
        del self._buffer[HEADER_SIZE:]
        header = bytes(self._buffer)
        if version != VERSION:
            return RemoteProtocolError(
                f"wrapper version {version}, not 1: this is no wrapper, or octets were lost", data=header, offset=0
            )
        return LimitExceeded(f"a wrapper message of {length} octets, {self._max_apdu} allowed", data=header, offset=6)


class WrapperConnection(PortPair):
    """A pair of wPorts; `client` and `server` are their numbers. The transport is the link."""

    __slots__ = ("_out",)

    def __init__(self, role: Literal["client", "server"], client: int, server: int) -> None:
        super().__init__(role, client, server)
        self._out = bytearray()

    def send_unconfirmed(self, apdu: bytes, now: float) -> None:
        self._out += encode(self._own, self._peer, apdu)

    def to_send(self) -> bytes:
        if not self._out:
            return b""
        data = bytes(self._out)
        self._out.clear()
        return data
