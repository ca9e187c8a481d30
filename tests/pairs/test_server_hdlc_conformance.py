"""The 22 HDLC cases of the conformance test, by their ids, against a served meter as a tool on the line sees it.

Each begins with a line of its own and ends with the link being set up anew. The same cases are held frame by frame in
tests/unit/link/hdlc/test_conformance.py; here the line, the addresses and the timers of the server are in play.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

import dlmskit
from dlmskit.edge.streams import open_transport
from dlmskit.edge.transport import Receiver, Transport
from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import TransportError
from dlmskit.link.hdlc import parameters
from dlmskit.link.hdlc.address import HdlcAddress, client_address, server_address
from dlmskit.link.hdlc.fcs import fcs16
from dlmskit.link.hdlc.frames import Frame, FrameReader, encode
from dlmskit.link.hdlc.parameters import HdlcParameters, HdlcSettings
from tests.support.device import small_device

URL = "hdlc+memory:tool"
SERVER, CLIENT = server_address(1).to_bytes(), client_address(16).to_bytes()
SNRM, DISC, UA, DM, FRMR, RR = 0x93, 0x53, 0x73, 0x1F, 0x97, 0x11
AARQ = bytes.fromhex("e6e600601da109060760857405080101be10040e01000000065f1f040000101d00c8")
GET = bytes.fromhex("e6e600c001c100010000600102ff0200")
AARE_TAG, GET_RESPONSE_TAG = 0x61, 0xC4


def command(control: int, information: bytes = b"", *, to: bytes = SERVER, segmented: bool = False) -> bytes:
    return encode(Frame(to, CLIENT, control, information, segmented))


def checked(content: bytes) -> bytes:
    """Any content with a right frame checksum between flags."""
    return b"\x7e" + content + fcs16(content).to_bytes(2, "little") + b"\x7e"


class Tool(Receiver):
    """A conformance tool: sends octets, sees frames."""

    def __init__(self) -> None:
        self.transport: Transport | None = None
        self.reader = FrameReader()
        self.heard: list[Frame] = []

    def connection_made(self, transport: Transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard += [frame for frame in self.reader.receive(data, 0.0) if isinstance(frame, Frame)]

    def connection_lost(self, error: TransportError | None) -> None:
        self.transport = None

    async def frames(self, octets: bytes) -> list[Frame]:
        """What is answered to these octets."""
        assert self.transport is not None
        self.reader.turn()
        self.transport.write(octets)
        await asyncio.sleep(0.1)
        heard, self.heard = self.heard, []
        return heard

    async def ask(self, octets: bytes) -> list[int]:
        return [frame.control for frame in await self.frames(octets)]

    async def connect(self) -> None:
        assert await self.ask(command(SNRM)) == [UA]

    async def recovers(self) -> None:
        """The link can be set up anew and carries an association."""
        await self.connect()
        [aare] = await self.frames(command(0x10, AARQ))
        assert aare.control == 0x30
        assert aare.information[3] == AARE_TAG
        [answer] = await self.frames(command(0x32, GET))
        assert answer.information[3] == GET_RESPONSE_TAG


@asynccontextmanager
async def tool(**served: Any) -> AsyncIterator[Tool]:
    async with dlmskit.serve(small_device(), URL, **served):
        found = Tool()
        transport = await open_transport(ConnectionUrl.parse(URL), found)
        try:
            yield found
            await found.recovers()
        finally:
            transport.abort()


async def test_HDLC_FRAME_P1() -> None:
    async with tool() as it:
        assert await it.ask(command(DISC)) == [DM]
        await it.connect()
        assert await it.ask(command(RR)) == [RR]
        assert await it.ask(command(DISC)) == [UA]
        assert await it.ask(command(DISC)) == [DM]


@pytest.mark.parametrize("unfinished", [command(DISC)[:-1], command(SNRM)[:-2]])
async def test_HDLC_FRAME_P2(unfinished: bytes) -> None:
    async with tool() as it:
        await it.connect()
        assert await it.ask(unfinished) == []
        await asyncio.sleep(0.55)
        assert await it.ask(command(RR)) == [RR]


async def test_HDLC_FRAME_P3() -> None:
    async with tool(hdlc=HdlcSettings(inactivity_s=60)) as it:
        await it.connect()
        await asyncio.sleep(50)
        assert await it.ask(command(RR)) == [RR]
        await asyncio.sleep(60 * 1.1)
        assert await it.ask(command(DISC)) == [DM]


@pytest.mark.parametrize("cut", [slice(1, None), slice(None, -1), slice(1, -1)])
async def test_HDLC_FRAME_N1(cut: slice) -> None:
    async with tool() as it:
        assert await it.ask(command(SNRM)[cut]) == []
        await asyncio.sleep(0.55)


async def test_HDLC_FRAME_N2() -> None:
    whole = command(SNRM)
    for length in range(1, len(whole) - 1):
        async with tool() as it:
            assert await it.ask(whole[:length]) == []
            await asyncio.sleep(0.55)


@pytest.mark.parametrize("first", [0x00, 0x40, 0xC0])
async def test_HDLC_FRAME_N3(first: int) -> None:
    async with tool() as it:
        assert await it.ask(checked(bytes((first, 7)) + SERVER + CLIENT + bytes((SNRM,)))) == []
        assert await it.ask(command(DISC)) == [DM]


@pytest.mark.parametrize("length", [0, 8, 2047])
async def test_HDLC_FRAME_N4(length: int) -> None:
    async with tool() as it:
        assert await it.ask(checked((0xA000 | length).to_bytes(2) + SERVER + CLIENT + bytes((SNRM,)))) == []
        await asyncio.sleep(0.55)
        assert await it.ask(command(DISC)) == [DM]


async def test_HDLC_FRAME_N5() -> None:
    async with tool() as it:
        await it.connect()
        assert await it.ask(command(0xFF)) == [FRMR]


async def test_HDLC_FRAME_N7() -> None:
    good = bytearray(command(SNRM, parameters.encode(HdlcParameters())))
    good[6] ^= 1
    async with tool() as it:
        assert await it.ask(checked(bytes(good[1:-3]))) == []
        assert await it.ask(command(DISC)) == [DM]


async def test_HDLC_FRAME_N8() -> None:
    bad = bytearray(command(SNRM))
    bad[-2] ^= 1
    async with tool() as it:
        assert await it.ask(bytes(bad)) == []
        assert await it.ask(command(DISC)) == [DM]


@pytest.mark.parametrize("own", [server_address(1), server_address(1, 17), server_address(1, 17, 4)])
async def test_HDLC_ADDRESS_P1(own: HdlcAddress) -> None:
    async with tool() as it:
        [answer] = await it.frames(command(SNRM, to=own.to_bytes()))
        assert (answer.control, answer.source, answer.destination) == (UA, own.to_bytes(), CLIENT)


async def test_HDLC_ADDRESS_N1() -> None:
    async with tool() as it:
        assert await it.ask(encode(Frame(SERVER, b"\x00\x21", SNRM))) == []


@pytest.mark.parametrize("other", [server_address(2), server_address(2, 17), server_address(1, 18), server_address(0)])
async def test_HDLC_ADDRESS_N4(other: HdlcAddress) -> None:
    async with tool(physical=17) as it:
        assert await it.ask(command(SNRM, to=other.to_bytes())) == []


@pytest.mark.parametrize("octets", ["7ea00900020521 93afd07e", "7ea00b000202040521937e"])
async def test_HDLC_ADDRESS_N7(octets: str) -> None:
    async with tool() as it:
        assert await it.ask(bytes.fromhex(octets)) == []
        await asyncio.sleep(0.55)


async def test_HDLC_ADDRESS_N6() -> None:
    """A one-octet destination of another device, where this one is called in two or four."""
    async with tool(physical=17) as it:
        assert await it.ask(command(SNRM, to=server_address(17).to_bytes())) == []
        assert await it.ask(command(SNRM, to=server_address(1, 17).to_bytes())) == [UA]


@pytest.mark.parametrize("proposed", [2030, 128, 32, None])
async def test_HDLC_NDM2NRM_P1(proposed: int | None) -> None:
    field = parameters.encode(HdlcParameters(proposed, proposed)) if proposed else b""
    async with tool() as it:
        [answer] = await it.frames(command(SNRM, field))
        agreed = parameters.decode(answer.information)
        assert 0 < agreed.max_info_tx <= min(proposed or 128, 2030)
        assert 0 < agreed.max_info_rx <= min(proposed or 128, 2030)


@pytest.mark.parametrize("proposed", [1, 4, 7])
async def test_HDLC_NDM2NRM_P2(proposed: int) -> None:
    async with tool(hdlc=HdlcSettings(window_tx=3, window_rx=3)) as it:
        [answer] = await it.frames(command(SNRM, parameters.encode(HdlcParameters(128, 128, proposed, proposed))))
        agreed = parameters.decode(answer.information)
        assert agreed.window_tx == agreed.window_rx == min(proposed, 3)


async def test_HDLC_INFO_P1() -> None:
    async with tool() as it:
        await it.connect()
        assert await it.ask(command(0x10, AARQ[:20], segmented=True)) == [0x31]
        [aare] = await it.frames(command(0x12, AARQ[20:]))
        assert aare.information[3] == AARE_TAG


async def test_HDLC_INFO_N1() -> None:
    async with tool() as it:
        await it.connect()
        assert await it.ask(command(0x10, AARQ.ljust(129, b"\0"))) == [FRMR]


async def test_HDLC_INFO_N2() -> None:
    async with tool() as it:
        await it.connect()
        assert await it.ask(command(0x31)) == [FRMR]


async def test_HDLC_INFO_N3() -> None:
    async with tool() as it:
        await it.connect()
        assert await it.ask(command(0x12, AARQ)) == [0x11]


async def test_HDLC_NDMOP_N1() -> None:
    async with tool() as it:
        assert await it.ask(command(0x10, AARQ)) == [DM]


@pytest.mark.parametrize("own", [server_address(1, 0x7F), server_address(1, 0x3FFF, 4), server_address(0x7F)])
async def test_nobody_answers_a_call_to_all_stations(own: HdlcAddress) -> None:
    async with tool() as it:
        assert await it.ask(command(SNRM, to=own.to_bytes())) == []
        assert await it.ask(command(DISC, to=own.to_bytes())) == []


async def test_a_repeated_request_is_carried_out_once() -> None:
    """Extra case 101 of GXDLMSDirector."""
    async with tool() as it:
        await it.connect()
        assert await it.ask(command(0x10, AARQ)) == [0x30]
        assert await it.ask(command(0x10, AARQ)) == [0x31]
        assert await it.ask(command(0x32, GET)) == [0x52]
