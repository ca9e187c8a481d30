"""The opening of an optical port, mode E: from a sign-on at 300 baud, 7E1, to HDLC at the speed agreed, 8N1.

Both sides are machines without clock or port: octets and `now` go in; octets, a speed and an error come out. The parity
bit is made and taken away here, for ports and serial servers that carry eight bits; who signs on without it is answered
without it. Source: IEC 62056-21, clauses 6.3 and 6.4.5, annex B.2 (wake-up), annex E.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final, Literal

from dlmskit.errors import DlmsError, RemoteProtocolError, Timeout, TransportError

SPEEDS: Mapping[str, int] = MappingProxyType(
    {"0": 300, "1": 600, "2": 1200, "3": 2400, "4": 4800, "5": 9600, "6": 19200}
)
"""Speeds in baud by the character that stands for them."""

MODE_B_SPEEDS: Mapping[str, int] = MappingProxyType({"A": 600, "B": 1200, "C": 2400, "D": 4800, "E": 9600, "F": 19200})
"""The same of mode B, whose meters ask nobody."""

STX: Final = 0x02
HDLC_FLAG: Final = 0x7E
#: A meter answers within 1.5 s; some take a little more.
REACTION_S: Final = 2.0
#: What is heard within an exchange, at most; a longer line is none.
_MOST_LINE: Final = 128
_WAKE_UP_S, _AFTER_WAKE_UP_S = 2.2, 1.6
#: Who has not answered the identification by then gets the readout.
UNASKED_S: Final = 2.2
#: Before an answer there is a pause, a short one where the third letter of the maker is a small one.
_PAUSE_S, _SHORT_PAUSE_S = 0.2, 0.02
#: The meter needs this long to change its speed.
_SETTLE_S: Final = 0.2

#: The character of the speed is any in mode A, which has none.
_IDENTIFICATION = re.compile(rb"/([A-Za-z]{3})([^\x00-\x1f/!\\\x7f-\xff])((?:\\[!-~])*)([ -.0-~]{0,48})\r\n")
_REQUEST = re.compile(rb"/\?([0-9A-Za-z ]{0,32})!\r\n")
_OPTION = re.compile(rb"\x06([0-9])([0-9A-I])([0-9A-Z])\r\n")


@dataclass(frozen=True, slots=True)
class Identification:
    """What a meter says first: maker (three letters), the speed it proposes, its extensions, its own text."""

    maker: str
    speed: str
    extensions: str
    text: str

    @classmethod
    def decode(cls, line: bytes) -> Identification:
        """Read a line, with its CR LF. Raises RemoteProtocolError."""
        found = _IDENTIFICATION.fullmatch(line)
        if found is None:
            raise RemoteProtocolError(
                "that is no identification: expected / and three letters, a speed, a text", data=line
            )
        return cls(*(part.decode("ascii") for part in found.groups()))

    def __bytes__(self) -> bytes:
        return f"/{self.maker}{self.speed}{self.extensions}{self.text}\r\n".encode("ascii")


def with_parity(data: bytes) -> bytes:
    """Seven-bit characters with even parity in the eighth bit."""
    return bytes(octet & 0x7F | (octet & 0x7F).bit_count() % 2 << 7 for octet in data)


def without_parity(data: bytes) -> bytes:
    """The characters; one whose parity is wrong, where there is parity at all, becomes NUL, which no line contains."""
    if not any(octet & 0x80 for octet in data):
        return data
    return bytes(0 if octet.bit_count() % 2 else octet & 0x7F for octet in data)


class Opening(ABC):
    """What precedes the framing on a line: once `is_done`, `speed` is in force and `rest` has come too early.

    `error` says why it failed. `next_deadline` is when `handle_timer` wants to be called.
    """

    __slots__ = ("_deadline", "_heard", "_out", "error", "is_done", "rest", "speed")

    def __init__(self, speed: int) -> None:
        self.speed = speed
        self.is_done, self.rest = False, b""
        self.error: DlmsError | None = None
        self._out, self._heard = bytearray(), bytearray()
        self._deadline: float | None = None

    @abstractmethod
    def start(self, now: float) -> None:
        """The line is open."""

    @abstractmethod
    def receive(self, data: bytes, now: float) -> None:
        """Take octets from the line."""

    @abstractmethod
    def handle_timer(self, now: float) -> None:
        """Time has passed."""

    def to_send(self) -> bytes:
        """What is to go out now."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_deadline(self) -> float | None:
        return None if self.is_done or self.error is not None else self._deadline

    def _line(self) -> bytes:
        """A line that is whole, taken from what was heard; empty where there is none. Noise before it is dropped."""
        end = self._heard.find(0x0A)
        if end < 0:
            end = self._heard.find(0x8A)
        line = bytes(self._heard[: end + 1])
        del self._heard[: end + 1 if end >= 0 else max(0, len(self._heard) - _MOST_LINE)]
        return without_parity(line)

    def _finish(self) -> None:
        self.is_done, self.rest = True, bytes(self._heard)
        self._heard.clear()


class _State(Enum):
    CALLING = auto()
    WAKING = auto()
    REACTING = auto()
    AGREEING = auto()
    SETTLING = auto()


class SignOn(Opening):
    """The client.

    device_address  the meter meant, where several share the port
    initial_baud    the speed of the sign-on
    most_baud       agree on no faster speed; `initial_baud` keeps it as it is
    parity          give characters their parity bit
    protocol        "2" for HDLC, "0" for the data readout, which comes without more ado
    wake_up         "auto" wakes a meter that keeps silent, as battery meters sleep, and asks once more; "always" wakes it
                    first, "never" does not
    reaction_s      the pause before the meter is answered (0.02 to 1.5); by default as its identification says
    One that confirms another speed than
    it proposed gets that; one that confirms nothing is taken to have changed its speed at once.
    """

    __slots__ = (
        "_asked",
        "_is_woken",
        "_most_baud",
        "_parity",
        "_protocol",
        "_reaction_s",
        "_request",
        "_state",
        "_wakes_first",
        "identification",
    )

    def __init__(
        self,
        *,
        device_address: str = "",
        initial_baud: int = 300,
        most_baud: int | None = None,
        parity: bool = False,
        protocol: Literal["0", "2"] = "2",
        wake_up: str = "auto",
        reaction_s: float | None = None,
    ) -> None:
        super().__init__(initial_baud)
        self._protocol, self._reaction_s = protocol, reaction_s
        self._request = f"/?{device_address}!\r\n".encode("ascii")
        self._most_baud, self._parity = most_baud, parity
        self._state, self._is_woken, self._wakes_first = _State.CALLING, wake_up == "never", wake_up == "always"
        self._asked = ""
        self.identification: Identification | None = None

    def start(self, now: float) -> None:
        """Ask who is there, or wake it first."""
        if self._wakes_first:
            self._wake(now)
        else:
            self._call(now)

    def receive(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        self._heard += data
        while not self.is_done and self.error is None and (line := self._line()):
            hear = _HEAR.get(self._state)
            if hear is not None:
                hear(self, line, now)
        if self._state in _HEAR and not self.is_done and self._deadline is not None:
            self._deadline = max(self._deadline, now + REACTION_S)

    def handle_timer(self, now: float) -> None:
        """Time has passed."""
        deadline = self.next_deadline()
        if deadline is not None and now >= deadline:
            _EXPIRE[self._state](self, now)

    def _say(self, text: bytes, state: _State, now: float, patience_s: float) -> None:
        self._out += with_parity(text) if self._parity else text
        self._state = state
        self._deadline = now + len(text) * 10 / self.speed + patience_s

    def _call(self, now: float) -> None:
        self._say(self._request, _State.CALLING, now, REACTION_S)

    def _wake(self, now: float) -> None:
        self._is_woken = True
        self._say(bytes(round(_WAKE_UP_S * self.speed / 10)), _State.WAKING, now, _AFTER_WAKE_UP_S)

    def _identified(self, line: bytes, now: float) -> None:
        start = line.rfind(b"/")
        if start < 0 or line[start:].startswith(b"/?"):
            return
        try:
            self.identification = Identification.decode(line[start:])
        except RemoteProtocolError:
            return
        proposed = self.identification.speed
        if self._protocol == "0" and proposed not in SPEEDS:  # modes A and B: nothing is agreed, the data follow
            self.speed = MODE_B_SPEEDS.get(proposed, self.speed)
            self._finish()
            return
        pause_s = _SHORT_PAUSE_S if self.identification.maker[2].islower() else _PAUSE_S
        self._asked = self._speed(proposed)
        self._state, self._deadline = _State.REACTING, now + (self._reaction_s or pause_s)

    def _acknowledge(self, now: float) -> None:
        speed, protocol = self._asked, self._protocol
        self._say(f"\x06{protocol}{speed}{protocol}\r\n".encode("ascii"), _State.AGREEING, now, REACTION_S)
        if protocol == "0":
            self.speed = SPEEDS[speed]
            self._finish()

    def _speed(self, proposed: str) -> str:
        """The character of the speed to ask for."""
        most = SPEEDS.get(proposed, self.speed)
        if self._most_baud is not None:
            most = min(most, self._most_baud)
        return max((character for character, baud in SPEEDS.items() if baud <= most), default="0")

    def _agreed(self, line: bytes, now: float) -> None:
        if line[0] == STX:
            self.error = TransportError(
                "the meter answers with its data readout instead of mode E",
                hints=("read it with mode-c in place of mode-e",),
            )
            return
        found = _OPTION.search(line)
        if found is None:
            return
        protocol, speed, mode = (part.decode("ascii") for part in found.groups())
        if (protocol, mode) != ("2", "2"):
            self.error = TransportError(
                f"the meter refuses HDLC: it confirms protocol {protocol}, mode {mode}",
                hints=("its data readout may do: mode-c in place of mode-e",),
            )
            return
        self._settle(speed, now)

    def _settle(self, speed: str, now: float) -> None:
        self.speed = SPEEDS.get(speed, self.speed)
        self._state, self._deadline = _State.SETTLING, now + _SETTLE_S

    def _silent(self, now: float) -> None:
        self._heard.clear()
        if self._is_woken:
            self.error = Timeout(
                "nobody answers the sign-on",
                hints=(
                    "check the probe's seat and the port",
                    "a meter whose optical port speaks HDLC at once is read with serial in place of mode-e",
                ),
            )
            return
        self._wake(now)

    def _unconfirmed(self, now: float) -> None:
        self._settle(self._asked, now)

    def _settled(self, _now: float) -> None:
        self._finish()


_HEAR: Mapping[_State, Callable[[SignOn, bytes, float], None]] = MappingProxyType(
    {_State.CALLING: SignOn._identified, _State.AGREEING: SignOn._agreed}
)
_EXPIRE: Mapping[_State, Callable[[SignOn, float], None]] = MappingProxyType(
    {
        _State.CALLING: SignOn._silent,
        _State.WAKING: SignOn._call,
        _State.REACTING: SignOn._acknowledge,
        _State.AGREEING: SignOn._unconfirmed,
        _State.SETTLING: SignOn._settled,
    }
)


class Port(Opening):
    """The meter's optical port: it identifies itself, then goes over to HDLC or its data readout, as it is asked to.

    A client that sends a frame at once gets what it wants at once. One that says nothing to the identification gets the
    readout at the speed of the sign-on. Once it is done, `protocol` is "2" for HDLC or "0" for the readout, and
    `has_parity` says whether the client's characters had their parity bit.
    identification  what it says, with the speed it proposes; one that is no speed of mode C makes it a port of mode B
                    or A, which gives its readout to whoever signs on, at its speed of mode B or the initial one
    device_address  answer a request for this address, and one for none; by default for any
    patience_s      wait so long for the opening to end; by default for ever, as a port of its own does
    protocols       what may be asked for
    """

    __slots__ = (
        "_device_address",
        "_is_identified",
        "_initial",
        "_patience_s",
        "_protocols",
        "has_parity",
        "identification",
        "protocol",
    )

    def __init__(
        self,
        identification: Identification,
        *,
        initial_baud: int = 300,
        device_address: str | None = None,
        patience_s: float | None = None,
        protocols: str = "2",
    ) -> None:
        super().__init__(initial_baud)
        self._patience_s, self._protocols = patience_s, protocols
        self.protocol = "2"
        self.identification = identification
        self._initial, self._device_address = initial_baud, device_address
        self.has_parity, self._is_identified = False, False

    def start(self, now: float) -> None:
        """Wait: the client speaks first."""
        self._deadline = None if self._patience_s is None else now + self._patience_s

    def handle_timer(self, now: float) -> None:
        """Time has passed."""
        deadline = self.next_deadline()
        if deadline is None or now < deadline:
            return
        if self._is_identified and "0" in self._protocols:
            self._read_out(self._initial)
        else:
            self.error = Timeout("the client did not sign on")

    def receive(self, data: bytes, now: float) -> None:
        """Take octets from the line."""
        if not self._heard and data[:1] == bytes((HDLC_FLAG,)):
            self._heard += data
            self._finish()
            return
        self._heard += data
        while not self.is_done:
            has_parity = any(octet & 0x80 for octet in self._heard)
            if not (line := self._line()):
                break
            self._answer(line, has_parity, now)

    def _answer(self, line: bytes, has_parity: bool, now: float) -> None:
        request, option = _REQUEST.search(line), _OPTION.search(line)
        if request is not None and self._is_meant(request[1].decode("ascii")):
            self.has_parity, self._is_identified = has_parity, True
            self._say(bytes(self.identification))
            proposed = self.identification.speed
            if "0" in self._protocols and proposed not in SPEEDS:
                self._read_out(MODE_B_SPEEDS.get(proposed, self._initial))
            elif "0" in self._protocols:
                self._deadline = now + UNASKED_S
        elif option is not None and self._is_identified:
            self._choose(option[0])

    def _choose(self, line: bytes) -> None:
        """What an acknowledgement asks for; a port says nothing to what it has not."""
        protocol, speed, mode = tuple(line[1:4].decode("ascii"))
        if protocol not in self._protocols or mode not in (protocol, "0"):
            return
        baud = SPEEDS.get(speed, self._initial)
        if protocol == "2" and mode == "2":
            self._say(line)
            self.speed = baud
            self._finish()
        elif protocol == "0":
            self._read_out(baud)

    def _read_out(self, baud: int) -> None:
        self.protocol, self.speed = "0", baud
        self._finish()

    def _is_meant(self, address: str) -> bool:
        own = self._device_address
        return not address or own is None or address.lstrip("0") == own.lstrip("0")

    def _say(self, text: bytes) -> None:
        self._out += with_parity(text) if self.has_parity else text
