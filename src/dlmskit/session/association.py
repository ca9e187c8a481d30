"""One association on one link: what client and server have in common.

Octets of whole APDUs and `now` come in; APDUs for the link and events for the edge go out. The roles stand in
`requester.py` (client) and `responder.py` (server).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import ClassVar, Protocol

from dlmskit.apdu.ciphered import GeneralDedCiphering, GeneralGloCiphering, ServiceCiphered
from dlmskit.apdu.codec import Apdu, decode
from dlmskit.errors import DlmsError, LocalProtocolError, MissingKey, RemoteProtocolError, SecurityError, UnknownTag
from dlmskit.link.events import ApduReceived, LinkDown, LinkEvent, LinkUp
from dlmskit.link.hdlc.parameters import HdlcParameters
from dlmskit.security.cipher import BOTH
from dlmskit.security.counters import CounterBlock
from dlmskit.session.context import Context
from dlmskit.session.dispatch import Rule
from dlmskit.session.events import Closed, Event, NeedCounters
from dlmskit.session.protection import Protection, Shield
from dlmskit.session.states import TRANSITIONS, Action, Input, State
from dlmskit.session.tracing import LineTrace

#: Ask for more invocation counters when this few are left, and for how many.
LOW_WATER, COUNTER_BLOCK = 16, 64

_CIPHERED = (ServiceCiphered, GeneralGloCiphering, GeneralDedCiphering)

Emit = Callable[[Event], None]


class Way(Enum):
    """How an APDU goes: an answer is wanted or is one, none is wanted, or it needs no link (HDLC: UI frames), as a
    push outside any exchange and an unconfirmed request where no opening has to come first.
    """

    ASK = auto()
    TELL = auto()
    NOTIFY = auto()


class Port(Protocol):
    """The link below: one address pair of one line.

    progress_at  when it last moved anything on, or will have: over HDLC a long APDU comes in many frames
    """

    @property
    def progress_at(self) -> float: ...
    def connect(self, now: float) -> None: ...
    def disconnect(self, now: float) -> None: ...
    def send(self, apdu: bytes, now: float, way: Way) -> None: ...
    def pass_turn(self, now: float) -> None: ...


class Association:
    """State, protection and the way in and out; see `states.TRANSITIONS`."""

    rules: ClassVar[Mapping[int, Rule]]

    def __init__(self, port: Port, context: Context, emit: Emit, trace: LineTrace | None = None) -> None:
        self.state = State.IDLE
        self.context = context
        self.protection: Protection | None = None
        self.link_parameters: HdlcParameters | None = None
        self._port, self._emit, self._trace = port, emit, trace
        self._starved: deque[tuple[bytes, Shield | None, Way]] = deque()
        self._counters_asked = False

    @property
    def is_associated(self) -> bool:
        return self.state is State.ASSOCIATED

    # --- from the link ---

    def link_event(self, event: LinkEvent, now: float) -> None:
        if isinstance(event, ApduReceived):
            self.receive(event.apdu, now)
        elif isinstance(event, LinkUp):
            self.link_parameters = event.parameters
            self._perform(self._step(Input.LINK_UP), None, now)
        elif isinstance(event, LinkDown):
            self._perform(self._step(Input.LINK_DOWN), event.error, now)
            self._starved.clear()
            self._emit(Closed(self, event.error))

    def _at(self, now: float) -> None:
        """What follows happens now, and says so in the trace."""
        if self._trace is not None:
            self._trace.now = now

    def receive(self, data: bytes, now: float) -> None:
        """Take one whole APDU as it came from the link."""
        try:
            apdu, shield = decode(data), None
            if self._trace is not None:
                self._trace.tell("apdu", "in", apdu.name, data, {})
            if isinstance(apdu, _CIPHERED):
                apdu, shield = self._unwrap(apdu)
            self._dispatch(apdu, shield, now)
        except DlmsError as error:
            if self._trace is not None:
                self._trace.tell("apdu", "in", "refused", data, {"error": error.to_json()})
            self._on_bad(error, now)

    def _unwrap(self, envelope: Apdu) -> tuple[Apdu, Shield]:
        if self.protection is None:
            raise MissingKey("a ciphered APDU came, and this association has no keys")
        plain, shield = self.protection.unwrap(envelope, self._required())
        apdu = decode(plain)
        if self._trace is not None:
            self._trace.tell("apdu", "in", apdu.name, None, {"envelope": envelope.name, "control": int(shield.control)})
        return apdu, shield

    def _dispatch(self, apdu: Apdu, shield: Shield | None, now: float) -> None:
        rule = self.rules.get(apdu.tag[0])
        if rule is None:
            raise UnknownTag("APDU (for this role)", apdu.tag[0])
        if self.state not in rule.states:
            self._on_out_of_place(apdu, now)
            return
        if shield is None and not rule.trusted_plain and self._required() & BOTH:
            self._on_unprotected(apdu, now)
            return
        getattr(self, rule.handler)(apdu, shield, now)

    # --- to the link ---

    def _send(self, apdu: bytes, shield: Shield | None, now: float, way: Way = Way.ASK) -> None:
        """Protect and hand to the link; waits in order for invocation counters where none is left."""
        if self._starved or (shield is not None and not self._has_counter(shield)):
            self._starved.append((apdu, shield, way))
            self._ask_for_counters()
        else:
            self._hand_over(apdu, shield, way, now)

    def _hand_over(self, apdu: bytes, shield: Shield | None, way: Way, now: float) -> None:
        if self._trace is not None:
            name, octets = decode(apdu).name, None if shield else apdu
            self._trace.tell("apdu", "out", name, octets, {"control": int(shield.control)} if shield else {})
        if shield is not None and self.protection is not None:
            apdu = self.protection.wrap(apdu, shield)
            if self.protection.pool.left < LOW_WATER:
                self._ask_for_counters()
        self._port.send(apdu, now, way)

    def _has_counter(self, shield: Shield) -> bool:
        return self.protection is not None and (shield.key != "global" or self.protection.pool.left > 0)

    def _ask_for_counters(self) -> None:
        if self.protection is not None and not self._counters_asked:
            self._counters_asked = True
            self._emit(NeedCounters(self, self.protection.pool.scope, COUNTER_BLOCK))

    def supply_counters(self, block: CounterBlock, now: float) -> None:
        """Take a reserved block, and send what waited for it."""
        if self.protection is None:
            raise LocalProtocolError("this association ciphers nothing")
        self._at(now)
        self._counters_asked = False
        self.protection.pool.add(block)
        while self._starved and self.protection.pool.left:
            self._hand_over(*self._starved.popleft(), now)

    # --- states ---

    def _step(self, event: Input) -> Action | None:
        """The table's action for this input, None where it has no place."""
        transition = TRANSITIONS.get((self.state, event))
        if transition is None:
            return None
        self.state, action = transition
        if self._trace is not None and action is not Action.NONE:
            self._trace.tell("state", "state", self.state.value, None, {"input": event.name.lower().replace("_", "-")})
        return action

    # --- what the roles fill in ---

    def next_deadline(self) -> float | None:
        """When `handle_timer` wants to be called."""
        raise LocalProtocolError("the role decides")

    def handle_timer(self, now: float) -> None:
        raise LocalProtocolError("the role decides")

    def _required(self) -> int:
        """The protection bits an APDU must come with now."""
        raise LocalProtocolError("the role decides")

    def _perform(self, action: Action | None, error: DlmsError | None, now: float) -> None:
        """Carry out what the table says."""
        raise LocalProtocolError("the role decides")

    def _on_bad(self, error: DlmsError, now: float) -> None:
        """The peer sent what cannot be used."""
        raise LocalProtocolError("the role decides")

    def _on_unprotected(self, apdu: Apdu, now: float) -> None:
        """A lawful APDU that anyone on the line may have sent."""
        raise SecurityError(f"{apdu.name} came unprotected in a protected association")

    def _on_out_of_place(self, apdu: Apdu, now: float) -> None:
        """A lawful APDU in a state that has no place for it."""
        self._on_bad(RemoteProtocolError(f"{apdu.name} while the association is {self.state.value}"), now)
