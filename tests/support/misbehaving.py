"""Peers that misbehave on purpose, on any line that can be listened on.

async with raw("memory:m", answer=lambda data: data):                           # an echo, octet for octet
async with answering("hdlc+memory:m", lambda apdu: Aare(...).to_bytes()):       # proper framing, odd APDUs
channel("m").to_client = silent_after(2)                                        # a line that dies in a transfer
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import TypeVar

from dlmskit.apdu.acse import Aare
from dlmskit.apdu.ciphered import ServiceCiphered
from dlmskit.apdu.initiate import InitiateResponse
from dlmskit.edge.memory import Fault
from dlmskit.edge.streams import open_listener
from dlmskit.edge.transport import Receiver, Transport
from dlmskit.link.events import ApduReceived
from dlmskit.link.hdlc.address import client_address, server_address
from dlmskit.link.hdlc.connection import HdlcConnection
from dlmskit.link.hdlc.frames import Frame, FrameReader, encode
from dlmskit.link.wrapper import WrapperConnection, WrapperReader
from dlmskit.security.cipher import protect
from dlmskit.security.keys import KeyRing, KeyRole
from dlmskit.session.context import CLIENT_CONFORMANCE

T = TypeVar("T")
Answer = Callable[[bytes], bytes]
Reply = Callable[[bytes], bytes | None]


class Raw(Receiver):
    """Octets for octets: says `greeting`, answers each chunk, hangs up when told to."""

    def __init__(self, answer: Answer, greeting: bytes, hangs_up: bool) -> None:
        self.answer, self.greeting, self.hangs_up = answer, greeting, hangs_up
        self.transport: Transport | None = None

    def connection_made(self, transport: Transport) -> None:
        self.transport = transport
        if self.greeting:
            transport.write(self.greeting)
        if self.hangs_up:
            transport.close()

    def data_received(self, data: bytes) -> None:
        octets = self.answer(data)
        if octets and self.transport is not None:
            self.transport.write(octets)

    def connection_lost(self, error: object) -> None: ...
    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...


@asynccontextmanager
async def raw(
    url: str, *, answer: Answer = lambda _: b"", greeting: bytes = b"", hangs_up: bool = False
) -> AsyncIterator[str]:
    """Serve octets; gives the URL. Without anything it takes all and says nothing."""
    async with await open_listener(url, lambda: Raw(answer, greeting, hangs_up)) as listener:
        yield str(listener.url)


class Answering(Receiver):
    """One client's link, properly framed; `reply` gives the APDU for each that came, None for silence."""

    def __init__(self, framing: str, reply: Reply, client: int) -> None:
        self.reply = reply
        self.reader: FrameReader | WrapperReader = FrameReader() if framing == "hdlc" else WrapperReader()
        self.link: HdlcConnection | WrapperConnection = (
            HdlcConnection("server", client_address(client), server_address(1))
            if framing == "hdlc"
            else WrapperConnection("server", client, 1)
        )
        if isinstance(self.link, WrapperConnection):
            self.link.connect(0.0)
        self.transport: Transport | None = None

    def connection_made(self, transport: Transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        now = asyncio.get_running_loop().time()
        packets: Iterable[object] = (
            self.reader.receive(data, now) if isinstance(self.reader, FrameReader) else self.reader.receive(data)
        )
        for packet in packets:
            self.link.receive_frame(packet, now)  # type: ignore[arg-type]
        for event in self.link.events():
            apdu = self.reply(event.apdu) if isinstance(event, ApduReceived) else None
            if apdu is not None:
                self.link.send(apdu, now)
        if self.transport is not None:
            self.transport.write(self.link.to_send())

    def connection_lost(self, error: object) -> None: ...
    def pause_writing(self) -> None: ...
    def resume_writing(self) -> None: ...


@asynccontextmanager
async def answering(url: str, reply: Reply | bytes, *, client: int = 16) -> AsyncIterator[str]:
    """Serve one client with what `reply` gives; octets answer everything."""
    octets = reply
    script: Reply = (lambda _: octets) if isinstance(octets, bytes) else octets
    framing = "hdlc" if url.startswith("hdlc") else "wrapper"
    async with await open_listener(url, lambda: Answering(framing, script, client)) as listener:
        yield str(listener.url)


# --- what such peers say ---

BUSY_DM, UNNUMBERED_ANSWER = 0x1F, 0x73
LLC_OF_CLIENT = bytes.fromhex("e6e600")


def unnumbered(control: int, *, physical: int | None = None, size: int | None = None) -> bytes:
    """A frame without information from a meter's address to client 16."""
    return encode(Frame(client_address(16).to_bytes(), server_address(1, physical, size).to_bytes(), control))


def refusal(
    diagnostic: int, *, provider: bool = False, transient: bool = False, user_information: bytes | None = None
) -> bytes:
    """An AARE that says no."""
    return Aare(
        application_context=1,
        result=2 if transient else 1,
        diagnostic_source=2 if provider else 1,
        diagnostic=diagnostic,
        user_information=user_information,
    ).to_bytes()


def acceptance(*, max_pdu: int = 200) -> bytes:
    """An AARE that accepts, unciphered."""
    initiate = InitiateResponse(negotiated_conformance=CLIENT_CONFORMANCE, server_max_receive_pdu_size=max_pdu)
    return Aare(
        application_context=1, result=0, diagnostic_source=1, diagnostic=0, user_information=initiate.to_bytes()
    ).to_bytes()


def ciphered_acceptance(title: bytes, keys: KeyRing) -> bytes:
    """An AARE that accepts HLS-GMAC without having looked, ciphered with keys of its own."""
    initiate = InitiateResponse(negotiated_conformance=CLIENT_CONFORMANCE, server_max_receive_pdu_size=200).to_bytes()
    key = keys.aead(KeyRole.ENCRYPTION)
    content = protect(initiate, control=0x30, title=title, counter=1, key=key, ak=keys.ak or b"")
    return Aare(
        application_context=3,
        result=0,
        diagnostic_source=1,
        diagnostic=14,
        responding_ap_title=title,
        responder_acse_requirements=True,
        mechanism=5,
        responding_authentication_value=bytes(range(50, 66)),
        user_information=ServiceCiphered(0x28, content).to_bytes(),
    ).to_bytes()


def silent_after(chunks: int) -> Fault:
    """A line that loses everything behind that many written chunks."""
    left = chunks

    def fault(chunk: bytes) -> Iterable[tuple[float, bytes]]:
        nonlocal left
        left -= 1
        return ((0.0, chunk),) if left >= 0 else ()

    return fault


def cut_after(chunks: int, cut: Callable[[], None]) -> Fault:
    """A line that carries that many written chunks and breaks with the next."""
    left = chunks

    def fault(chunk: bytes) -> Iterable[tuple[float, bytes]]:
        nonlocal left
        left -= 1
        if left < 0:
            cut()
            return ()
        return ((0.0, chunk),)

    return fault


def silent_at(apdu: bytes) -> Fault:
    """A line that loses every chunk in which such an APDU begins: the meter never answers it."""
    return lambda chunk: () if _carries(chunk, apdu) else ((0.0, chunk),)


def dies_at(apdu: bytes, hang_up: Callable[[], None]) -> Fault:
    """A meter that hangs up on such an APDU."""

    def fault(chunk: bytes) -> Iterable[tuple[float, bytes]]:
        if _carries(chunk, apdu):
            hang_up()
            return ()
        return ((0.0, chunk),)

    return fault


def _carries(chunk: bytes, apdu: bytes) -> bool:
    """Behind the header of the wrapper, or behind the LLC header of HDLC."""
    return chunk[8:].startswith(apdu) or LLC_OF_CLIENT + apdu in chunk


@contextmanager
def in_background(peer: Callable[[], AbstractAsyncContextManager[T]]) -> Iterator[T]:
    """A peer in a thread and an event loop of its own, for a client that has this one."""
    loop, served = asyncio.new_event_loop(), peer()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield asyncio.run_coroutine_threadsafe(served.__aenter__(), loop).result(10)
        asyncio.run_coroutine_threadsafe(served.__aexit__(None, None, None), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
