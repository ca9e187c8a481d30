"""Serial ports, and those of serial servers by RFC 2217, through serialx (extra `[serial]`).

A port has one peer, or a bus of them that is silent until spoken to. A served port is opened again when its connection
ends, so that the next client finds it as the first one did.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from functools import cache
from typing import Any

from dlmskit.edge.rs485 import turn_around
from dlmskit.edge.transport import Listener, Receiver, ReceiverFactory, Transport
from dlmskit.edge.url import SCHEMES, ConnectionUrl
from dlmskit.errors import DlmsError, TransportError, UsageError
from dlmskit.link.echo import EchoFilter

#: A served port that went away is tried again so often.
_AGAIN_S = 1.0
#: An adapter may hold the last characters when the system thinks them sent; a change of speed would lose them.
_OUT_S = 0.01
#: A serial server has so long to confirm each mask of states; nothing depends on it.
_MASK_S = 0.5


class _SerialTransport(Transport, asyncio.Protocol):
    """An open port. What it gives back of our own is taken away; what is written while its speed changes waits."""

    def __init__(self, receiver: Receiver, peer: str) -> None:
        super().__init__(peer)
        self._receiver = receiver
        self._echo = EchoFilter()
        self._held = bytearray()
        self._change: asyncio.Task[None] | None = None
        self._is_ending = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._port: Any = transport
        self._receiver.connection_made(self)

    def data_received(self, data: bytes) -> None:
        heard = self._echo.received(data)
        if heard:
            self._receiver.data_received(heard)

    def pause_writing(self) -> None:
        self._receiver.pause_writing()

    def resume_writing(self) -> None:
        self._receiver.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._change is not None:
            self._change.cancel()
        self._mark_lost()
        self._receiver.connection_lost(None if exc is None else _error(self.peer, exc))

    def change_speed(self, baud: int) -> None:
        self._change = asyncio.get_running_loop().create_task(self._change_speed(baud))

    async def _change_speed(self, baud: int) -> None:
        try:
            await self._port.flush()
            await asyncio.sleep(_OUT_S)
            await self._port.reconfigure_port(baudrate=baud, byte_size=8, parity=_parity("none"))
            self._change = None
            held, self._held = bytes(self._held), bytearray()
            if held:
                self._echo.note_sent(held)
                self._port.write(held)
            if self._is_ending:
                await self._port.flush()
                self._port.close()
        except Exception:  # noqa: BLE001 - serialx raises what the platform raises; the port is of no more use
            self.abort()

    def keep_echo(self) -> None:
        self._echo.is_echoing = False

    def write(self, data: bytes) -> None:
        if self.is_closing():
            return
        if self._change is not None:
            self._held += data
            return
        self._echo.note_sent(data)
        self._port.write(data)

    def pause_reading(self) -> None:
        self._port.pause_reading()

    def resume_reading(self) -> None:
        self._port.resume_reading()

    def is_closing(self) -> bool:
        return self._is_ending or bool(self._port.is_closing())

    def close(self) -> None:
        """Close the port; while its speed changes, once what was written is out."""
        if self._change is None:
            self._port.close()
        self._is_ending = True

    def abort(self) -> None:
        self._port.abort()


async def open_serial(url: ConnectionUrl, receiver: Receiver) -> Transport:
    """Open the port of `url`: a device of this machine, or of a serial server that speaks RFC 2217.

    Raises UsageError without serialx, TransportError where the port does not open.
    """
    serialx = _serialx()
    merged, (baud, parity) = url.merge(), SCHEMES[url.scheme].port
    options = merged.line
    if "baud" in merged.given:
        baud = options.baud
    if "parity" in merged.given:
        parity = options.parity
    line = _SerialTransport(receiver, str(url.line))
    host = f"[{url.host}]" if ":" in url.host else url.host
    is_remote = url.transport == "rfc2217"
    try:
        if options.rs485 != "off":
            _turn_around(url, options.rs485)
        await serialx.create_serial_connection(
            asyncio.get_running_loop(),
            lambda: line,
            f"rfc2217://{host}:{url.port}" if is_remote else url.path,
            transport_cls=_patient() if is_remote else None,
            baudrate=options.initial_baud if url.signs_on else baud,
            parity=_parity("none" if url.signs_on else parity),
            byte_size=8 if url.signs_on else options.bytesize,
        )
    except DlmsError:
        raise
    except (OSError, ValueError, serialx.SerialException) as error:
        raise _error(str(url.line), error) from error
    return line


def _turn_around(url: ConnectionUrl, direction: str) -> None:
    if url.transport == "rfc2217":
        raise UsageError("rs485 is for ports of this machine", hints=("set it on the serial server",))
    turn_around(url.path, direction)


@cache
def _patient() -> Any:
    """Serialx's transport for RFC 2217, which goes on where a server confirms no masks: pyserial's does not."""
    from serialx.platforms.serial_rfc2217 import RFC2217SerialTransport

    class Patient(RFC2217SerialTransport):
        async def _send_and_wait(self, cmd: Any) -> Any:
            is_mask = type(cmd).__name__.endswith("MaskCmd")
            try:
                async with asyncio.timeout(_MASK_S if is_mask else None):
                    return await super()._send_and_wait(cmd)
            except TimeoutError:
                if not is_mask:
                    raise
                return cmd

    return Patient


def _serialx() -> Any:
    try:
        import serialx
    except ImportError:
        raise UsageError("serial ports need the extra: pip install 'dlmskit[serial]'") from None
    return serialx


def _parity(name: str) -> Any:
    return _serialx().Parity[name.upper()]


def _error(where: str, error: Exception) -> TransportError:
    """What is wrong with the port, and what to try."""
    hints: tuple[str, ...] = ("is the adapter still plugged in?",)
    words = str(error) or type(error).__name__
    if isinstance(error, FileNotFoundError):
        words, hints = "there is no such port", ("adapters get names like /dev/ttyUSB0, /dev/ttyACM0 or COM3",)
    elif isinstance(error, PermissionError):
        words, hints = "not permitted", ("join the group that owns the port, often dialout",)
    elif isinstance(error, BlockingIOError):
        words, hints = "the port is in use", ("another program holds it: a modem manager, a terminal",)
    return TransportError(f"{where}: {words}", hints=hints)


class _SerialListener(Listener):
    """Serves one port, one connection after another."""

    __slots__ = ("_closed", "_factory", "_task")

    def __init__(self, url: ConnectionUrl, factory: ReceiverFactory) -> None:
        super().__init__(url)
        self._factory = factory
        self._closed = asyncio.Event()
        self._task: asyncio.Task[None]

    async def start(self) -> None:
        first = await open_serial(self.url, self._factory())
        self._task = asyncio.get_running_loop().create_task(self._serve(first))

    async def _serve(self, first: Transport) -> None:
        """One connection after another. Not cancelled: serialx, cancelled while it opens a port, leaves it open."""
        transport: Transport | None = first
        while transport is not None:
            self.connections.add(transport)
            await transport.wait_closed()
            self.connections.discard(transport)
            transport = await self._opened_again()
            if transport is not None and self._closed.is_set():
                transport.close()

    async def _opened_again(self) -> Transport | None:
        """The port for its next connection; None where there is to be none."""
        while not self._closed.is_set():
            try:
                return await open_serial(self.url, self._factory())
            except TransportError:
                with suppress(TimeoutError):
                    async with asyncio.timeout(_AGAIN_S):
                        await self._closed.wait()
        return None

    def close(self) -> None:
        self._closed.set()

    async def aclose(self, grace_s: float = 1.0) -> None:
        await super().aclose(grace_s)
        await self._task


async def listen_serial(url: ConnectionUrl, factory: ReceiverFactory) -> Listener:
    """Serve a port of this machine."""
    listener = _SerialListener(url, factory)
    await listener.start()
    return listener
