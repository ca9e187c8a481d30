"""Lines that begin with a protocol of their own: the sign-on of an optical port, before HDLC has the line.

Whoever uses the line learns of it when the opening is over. An echo of the probe is taken away for as long as the line
lives.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import MappingProxyType

from dlmskit.edge.transport import Receiver, ReceiverFactory, Transport
from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import DlmsError, TransportError, UsageError
from dlmskit.link.echo import EchoFilter
from dlmskit.link.mode_e import HDLC_FLAG, Identification, Opening, Port, SignOn, with_parity

#: What a served meter says on its optical port.
IDENTIFICATION = Identification("DKt", "5", "\\2", "DLMSKIT")
READOUT_ONLY = Identification("DKt", "5", "", "DLMSKIT")
#: The same for modes that agree on nothing: a speed of mode B, and none.
_UNAGREED = MappingProxyType({"a": replace(READOUT_ONLY, speed="Z"), "b": replace(READOUT_ONLY, speed="E")})

#: Who connects to a served port has so long to sign on.
SIGN_ON_WITHIN_S = 30.0


class OpenedLine(Transport, Receiver):
    """Between a line and whoever uses it; `opened` is set once the opening is over."""

    __slots__ = ("_inner", "_machine", "_receiver", "_timer", "opened")

    def __init__(self, machine: Opening, receiver: Receiver, peer: str) -> None:
        super().__init__(peer)
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._machine, self._receiver = machine, receiver
        self._inner: Transport
        self._timer: asyncio.TimerHandle | None = None

    # --- the line's side ---

    def connection_made(self, transport: Transport) -> None:
        self._inner = transport
        self._machine.start(asyncio.get_running_loop().time())
        self._settle()

    def data_received(self, data: bytes) -> None:
        if self._machine.is_done:
            self._deliver(data)
            return
        if self.opened.done():
            return
        self._machine.receive(data, asyncio.get_running_loop().time())
        self._settle()

    def pause_writing(self) -> None:
        if self._machine.is_done:
            self._receiver.pause_writing()

    def resume_writing(self) -> None:
        if self._machine.is_done:
            self._receiver.resume_writing()

    def connection_lost(self, error: TransportError | None) -> None:
        self._stop_timer()
        self._mark_lost()
        if self._machine.is_done:
            self._receiver.connection_lost(error)
        elif not self.opened.done():
            self.opened.set_exception(error or TransportError(f"{self.peer}: the line was closed"))

    # --- the machine's side ---

    def _settle(self) -> None:
        data = self._machine.to_send()
        if data:
            self.write(data)
        if self._machine.is_done:
            self._begin()
            return
        if self._machine.error is not None:
            if not self.opened.done():
                self.opened.set_exception(self._machine.error)
            self._inner.abort()
            return
        self._stop_timer()
        deadline = self._machine.next_deadline()
        if deadline is not None:
            self._timer = asyncio.get_running_loop().call_at(deadline, self._on_timer)

    def _on_timer(self) -> None:
        self._machine.handle_timer(asyncio.get_running_loop().time())
        self._settle()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _begin(self) -> None:
        self._stop_timer()
        self._inner.change_speed(self._machine.speed)
        if not self.opened.done():
            self.opened.set_result(None)
        self._receiver.connection_made(self)
        if self._machine.rest:
            self._deliver(self._machine.rest)

    def _deliver(self, data: bytes) -> None:
        self._receiver.data_received(data)

    # --- the user's side ---

    def write(self, data: bytes) -> None:
        self._inner.write(data)

    def pause_reading(self) -> None:
        self._inner.pause_reading()

    def resume_reading(self) -> None:
        self._inner.resume_reading()

    def is_closing(self) -> bool:
        return self._inner.is_closing()

    def close(self) -> None:
        self._inner.close()

    def abort(self) -> None:
        self._inner.abort()


class ProbeLine(OpenedLine):
    """The client's end: its own octets that come back are taken away.

    A meter may confirm a speed and keep the one of the sign-on: until a frame is heard, what is repeated goes out at the
    two by turns.
    """

    __slots__ = ("_echo", "_initial", "_is_tuned", "_speed")

    def __init__(self, machine: SignOn, receiver: Receiver, peer: str) -> None:
        super().__init__(machine, receiver, peer)
        self._echo = EchoFilter()
        self._initial, self._is_tuned = machine.speed, False
        self._speed: int | None = None

    def write(self, data: bytes) -> None:
        if self._machine.is_done and not self._is_tuned:
            self._tune()
        self._echo.note_sent(data)
        super().write(data)

    def _tune(self) -> None:
        """The first frame goes out at the speed that was agreed, each further one at the other."""
        agreed, before = self._machine.speed, self._speed
        self._speed = self._initial if before == agreed else agreed
        if before not in (None, self._speed):
            self._inner.change_speed(self._speed)

    def data_received(self, data: bytes) -> None:
        heard = self._echo.received(data)
        self._is_tuned |= self._machine.is_done and HDLC_FLAG in heard
        if heard:
            super().data_received(heard)


def probe(url: ConnectionUrl, receiver: Receiver) -> ProbeLine:
    """The client's end of a line that begins with a sign-on; parity is made here where no port makes it."""
    options = url.merge()
    machine = SignOn(
        device_address=_device_address(options.line.device_address),
        initial_baud=options.line.initial_baud,
        most_baud=options.line.baud if "baud" in options.given else None,
        protocol="0" if url.framing == "mode-c" else "2",
        parity=url.transport != "tcp"
        if options.line.sign_on_parity == "auto"
        else options.line.sign_on_parity == "even",
        wake_up=options.line.wake_up,
        reaction_s=options.line.reaction_s,
    )
    return ProbeLine(machine, receiver, str(url.line))


async def signed_on(line: OpenedLine, inner: Transport) -> Transport:
    """The line once its opening is over; closed where it fails."""
    try:
        await line.opened
    except BaseException as error:
        inner.abort()
        if isinstance(error, DlmsError):
            error.args = (f"{line.peer}: {error.message}",)
        raise
    return line


class PortLine(OpenedLine):
    """The meter's end: what the client asks for gets its receiver, the readout with the client's parity."""

    __slots__ = ("_port", "_readout")

    def __init__(self, machine: Port, receiver: Receiver, readout: ReceiverFactory | None, peer: str) -> None:
        super().__init__(machine, receiver, peer)
        self._port, self._readout = machine, readout

    def _begin(self) -> None:
        if self._port.protocol == "0" and self._readout is not None:
            self._receiver = self._readout()
        super()._begin()

    def write(self, data: bytes) -> None:
        is_text = self._port.is_done and self._port.protocol == "0" and self._port.has_parity
        super().write(with_parity(data) if is_text else data)


def port(url: ConnectionUrl, factory: ReceiverFactory, readout: ReceiverFactory | None = None) -> ReceiverFactory:
    """The meter's end: a factory for receivers that stand before those of `factory` and of `readout`."""
    options = url.merge().line
    protocols = ("2" if url.opening else "") + ("0" if readout is not None else "")

    def make() -> Receiver:
        machine = Port(
            _UNAGREED.get(options.readout_mode, IDENTIFICATION if url.opening else READOUT_ONLY),
            initial_baud=options.initial_baud,
            device_address=options.device_address,
            patience_s=None if url.transport == "serial" else SIGN_ON_WITHIN_S,
            protocols=protocols,
        )
        line = PortLine(machine, factory(), readout, str(url.line))
        line.opened.add_done_callback(asyncio.Future.exception)  # nobody waits for it: the line is closed, no more
        return line

    return make


def _device_address(address: str | None) -> str:
    if address is not None and not (address.isascii() and address.replace(" ", "").isalnum()):
        raise UsageError(f"device_address={address}: letters and digits")
    return address or ""
