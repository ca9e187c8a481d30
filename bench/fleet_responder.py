"""Meters that answer from a table, any number at once: `python -m bench.fleet_responder` prints two ports, wrapper and HDLC.

It serves until stdin ends. One association without authentication; every GET is 12345.
"""

from __future__ import annotations

import asyncio
import sys
from typing import cast

from bench.responder import AARE, LAST, RLRE
from dlmskit.link.hdlc.frames import Frame, FrameReader, encode

UA, SNRM, DISC = 0x73, 0x93, 0x53
LLC = b"\xe6\xe7\x00"


def answer(apdu: bytes) -> bytes:
    if apdu[0] == 0x60:
        return AARE
    return RLRE if apdu[0] == 0x62 else b"\xc4\x01" + apdu[2:3] + b"\x00" + LAST


class _Wrapped(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        said = answer(data[8:])
        self.transport.write(b"\x00\x01" + data[4:6] + data[2:4] + len(said).to_bytes(2, "big") + said)


class _Hdlc(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.reader = FrameReader()

    def data_received(self, data: bytes) -> None:
        for frame in self.reader.receive(data, 0.0):
            if isinstance(frame, Frame):
                self.transport.write(self.answer(frame))

    def answer(self, frame: Frame) -> bytes:
        if frame.control in (SNRM, DISC):
            return encode(Frame(frame.source, frame.destination, UA))
        received, sent = frame.control >> 1 & 7, frame.control >> 5
        control = (received + 1 & 7) << 5 | 0x10 | sent << 1
        return encode(Frame(frame.source, frame.destination, control, LLC + answer(frame.information[3:])))


async def main() -> None:
    loop = asyncio.get_running_loop()
    for protocol in (_Wrapped, _Hdlc):
        server = await loop.create_server(protocol, "127.0.0.1", 0, backlog=4096)
        print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
