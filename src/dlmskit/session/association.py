"""One association on one link: what client and server have in common.

Octets of whole APDUs and `now` come in; APDUs for the link and events for the edge go out. The roles stand in
`requester.py` (client) and `responder.py` (server).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import ClassVar, cast

from dlmskit.apdu.ciphered import GeneralDedCiphering, GeneralGloCiphering, ServiceCiphered
from dlmskit.apdu.codec import Apdu, decode
from dlmskit.apdu.general import GeneralCiphering, GeneralSigning
from dlmskit.apdu.transfer import GeneralBlockTransfer
from dlmskit.errors import (
    DlmsError,
    DowngradeRefused,
    LimitExceeded,
    LocalProtocolError,
    MissingKey,
    RemoteProtocolError,
    SecurityError,
    UnknownTag,
)
from dlmskit.link.events import ApduReceived, LinkDown, LinkEvent, LinkUp
from dlmskit.link.hdlc.parameters import HdlcParameters
from dlmskit.security.cipher import BOTH
from dlmskit.security.counters import CounterBlock
from dlmskit.session.blocks.general_blocks import GeneralBlocks, is_unacknowledged
from dlmskit.session.context import SIGNED, Context
from dlmskit.session.dispatch import Rule, is_push
from dlmskit.session.events import Closed, Event, NeedCounters, NeedWork, outcome_of, raised
from dlmskit.session.port import Port, Way
from dlmskit.session.protection.general import Draw
from dlmskit.session.protection.protection import Layer, Protection, Shield, may_block, merged, no_random
from dlmskit.session.states import TRANSITIONS, Action, Input, State
from dlmskit.session.tracing import LineTrace

#: Ask for more invocation counters when this few are left, and for how many.
LOW_WATER, COUNTER_BLOCK = 16, 64

_CIPHERED = (ServiceCiphered, GeneralGloCiphering, GeneralDedCiphering, GeneralCiphering, GeneralSigning)
#: Envelopes within each other; APDUs that wait while one before them is being opened.
MAX_LAYERS, MAX_INBOX = 3, 64

Emit = Callable[[Event], None]


class Association:
    """State, protection and the way in and out; see `states.TRANSITIONS`."""

    rules: ClassVar[Mapping[int, Rule]]
    asks: ClassVar[bool]
    most_in_blocks: ClassVar[int]  # octets of an APDU that comes in general blocks

    def __init__(self, port: Port, context: Context, emit: Emit, trace: LineTrace | None = None) -> None:
        self.state = State.IDLE
        self.context = context
        self.protection: Protection | None = None
        self.is_linked = False  # whether it ever was
        self.link_parameters: HdlcParameters | None = None
        self._port, self._emit, self._trace = port, emit, trace
        self._starved: deque[tuple[bytes, Shield | None, Way]] = deque()
        self._counters_asked = False
        self._works: deque[NeedWork] = deque()
        self._inbox: deque[bytes] = deque(maxlen=MAX_INBOX)
        self._blocks = GeneralBlocks(asks=self.asks, limit=self.most_in_blocks)

    @property
    def is_associated(self) -> bool:
        return self.state is State.ASSOCIATED

    # --- from the link ---

    def link_event(self, event: LinkEvent, now: float) -> None:
        if isinstance(event, ApduReceived):
            self.receive(event.apdu, now)
        elif isinstance(event, LinkUp):
            self.is_linked, self.link_parameters = True, event.parameters
            self._perform(self._step(Input.LINK_UP), None, now)
        elif isinstance(event, LinkDown):
            self._perform(self._step(Input.LINK_DOWN), event.error, now)
            self._forget_waiting()
            self._emit(Closed(self, event.error))

    def _at(self, now: float) -> None:
        """What follows happens now, and says so in the trace."""
        if self._trace is not None:
            self._trace.now = now

    def receive(self, data: bytes, now: float) -> None:
        """Take one whole APDU as it came from the link; it waits while the one before it is being opened."""
        if self._works:
            self._inbox.append(data)
            return
        try:
            apdu = decode(data)
            if self._trace is not None:
                self._trace.tell("apdu", "in", apdu.name, data, {})
            self._take_off(apdu, None, 0, now)
        except DlmsError as error:
            self._refuse(error, data, now)

    def _refuse(self, error: DlmsError, data: bytes | None, now: float) -> None:
        if self._trace is not None:
            self._trace.tell("apdu", "in", "refused", data, {"error": error.to_json()})
        self._on_bad(error, now)

    def _take_off(self, apdu: Apdu, shield: Shield | None, layers: int, now: float) -> None:
        """Open envelope after envelope, then carry out what is inside."""
        if not isinstance(apdu, _CIPHERED):
            self._dispatch(apdu, shield, now)
            return
        protection, required = self.protection, self._required()
        if protection is None:
            raise MissingKey("a ciphered APDU came, and this association has no keys")
        if layers == MAX_LAYERS:
            raise LimitExceeded(f"more than {MAX_LAYERS} envelopes around one APDU")

        if may_block(apdu):
            then = partial(self._taken_off, apdu, shield, layers)
            self._do(lambda draw: protection.open(apdu, required), then, now, blocks=True)
        else:
            self._taken_off(apdu, shield, layers, protection.open(apdu, required), now)

    def _taken_off(self, envelope: Apdu, outer: Shield | None, layers: int, outcome: object, now: float) -> None:
        layer, protection = cast(Layer, raised(outcome)), self.protection
        if protection is not None:
            protection.accept(layer)
        inner, shield = decode(layer.plain), merged(outer, layer.shield)
        keeping = protection.keeping(is_unasked=is_push(inner)) if protection is not None else None
        if keeping is not None:
            self._do(keeping, partial(self._kept, envelope, inner, shield, layers), now, blocks=True)
        else:
            self._go_in(envelope, inner, shield, layers, now)

    def _kept(self, envelope: Apdu, inner: Apdu, shield: Shield, layers: int, outcome: object, now: float) -> None:
        raised(outcome)
        self._go_in(envelope, inner, shield, layers, now)

    def _go_in(self, envelope: Apdu, inner: Apdu, shield: Shield, layers: int, now: float) -> None:
        if self._trace is not None:
            detail = {"envelope": envelope.name, "control": int(shield.control)}
            self._trace.tell("apdu", "in", inner.name, None, detail)
        self._take_off(inner, shield, layers + 1, now)

    # --- what may block ---

    def _do(
        self, work: Callable[[Draw], object], then: Callable[[object, float], None], now: float, *, blocks: bool
    ) -> None:
        """Do something and go on with its outcome: here, or at the edge where it may block. One after the other."""
        if not blocks:
            then(outcome_of(work, no_random), now)
            return
        need = NeedWork(self, work, then)
        self._works.append(need)
        if len(self._works) == 1:
            self._emit(need)

    def supply_work(self, need: NeedWork, outcome: object, now: float) -> None:
        """What came of a `NeedWork`; dropped where nobody waits for it any more."""
        if not self._works or self._works[0] is not need:
            return
        self._at(now)
        self._works.popleft()
        following = self._works[0] if self._works else None
        try:
            need.then(outcome, now)
        except DlmsError as error:
            self._refuse(error, None, now)
        if following is not None and self._works and self._works[0] is following:  # not given up meanwhile
            self._emit(following)
        self._send_waiting(now)
        while self._inbox and not self._works:
            self.receive(self._inbox.popleft(), now)

    def _forget_waiting(self) -> None:
        """Nothing that waits is sent, opened or gone on with any more."""
        self._starved.clear()
        self._works.clear()
        self._inbox.clear()
        self._blocks.reset()

    def _dispatch(self, apdu: Apdu, shield: Shield | None, now: float) -> None:
        rule = self.rules.get(apdu.tag[0])
        if rule is None:
            raise UnknownTag("APDU (for this role)", apdu.tag[0])
        if self.state not in rule.states:
            self._on_out_of_place(apdu, now)
            return
        missing = self._required() & (BOTH | SIGNED) & ~(shield.bits if shield is not None else 0)
        if missing and not rule.trusted_plain:
            if shield is None:
                self._on_unprotected(apdu, now)
                return
            raise DowngradeRefused(f"{apdu.name} lacks protection: 0x{missing:X} of signed (0x100), 0x20 and 0x10")
        getattr(self, rule.handler)(apdu, shield, now)

    # --- general blocks ---

    def _on_block(self, apdu: Apdu, shield: Shield | None, now: float) -> None:
        """A general block; the last one of an APDU has it taken as if it had come at once."""
        if not isinstance(apdu, GeneralBlockTransfer):
            raise RemoteProtocolError(f"{apdu.name} for a general block")
        if is_unacknowledged(apdu):
            whole = self._join_block(apdu, shield, now)
        else:
            whole = self._exchange_block(apdu, shield, now)
        if whole is not None:
            inner = decode(whole)
            if self._trace is not None:
                self._trace.tell("apdu", "in", inner.name, whole, {"blocks": "general"})
            self._take_off(inner, shield, 0, now)

    def _join_block(self, block: GeneralBlockTransfer, shield: Shield | None, now: float) -> bytes | None:
        """Take a block that nobody acknowledges."""
        whole = self._blocks.join(block, shield)
        if whole is None:
            self._port.pass_turn(now)
        return whole

    def _exchange_block(self, block: GeneralBlockTransfer, shield: Shield | None, now: float) -> bytes | None:
        """Take a block that is acknowledged, where it is our turn, with blocks; the whole APDU with the last one."""
        reply, whole, is_news, gives_turn = self._blocks.hear(block, shield, self.context)
        if is_news:
            self._on_progress(now)
        if shield is None:
            self._put_blocks(reply, now)
        else:
            for one in reply:
                self._send(one.to_bytes(), shield, now)
        if gives_turn:
            self._port.pass_turn(now)
        return whole

    def _on_progress(self, now: float) -> None:
        """A part of a long APDU came, or arrived."""

    # --- to the link ---

    def _send(self, apdu: bytes, shield: Shield | None, now: float, way: Way = Way.ASK) -> None:
        """Protect and hand to the link; waits in order for invocation counters where none is left."""
        if self._starved or not self._may_send(shield):
            self._starved.append((apdu, shield, way))
            if not self._works:
                self._ask_for_counters()
        else:
            self._hand_over(apdu, shield, way, now)

    def _hand_over(self, apdu: bytes, shield: Shield | None, way: Way, now: float) -> None:
        if self._trace is not None:
            name, octets = decode(apdu).name, None if shield else apdu
            self._trace.tell("apdu", "out", name, octets, {"control": int(shield.control)} if shield else {})
        if shield is not None and self.protection is not None:
            wrapping = self.protection.wrapping(apdu, shield)
            if self.protection.pool.left < LOW_WATER:
                self._ask_for_counters()
            if shield.may_block:
                self._do(wrapping, partial(self._send_wrapped, way), now, blocks=True)
            else:
                self._put(wrapping(no_random), now, way)
        else:
            self._put(apdu, now, way)

    def _send_wrapped(self, way: Way, outcome: object, now: float) -> None:
        self._put(cast(bytes, raised(outcome)), now, way)

    def _put(self, octets: bytes, now: float, way: Way) -> None:
        """Hand what is ready to the link, in general blocks where it has to be."""
        blocks = self._blocks.cut(octets, way, self.context)
        if blocks:
            self._put_blocks(blocks, now, way)
        else:
            self._port.send(octets, now, way)

    def _put_blocks(self, blocks: Sequence[GeneralBlockTransfer], now: float, way: Way = Way.ASK) -> None:
        for block in blocks:
            octets = block.to_bytes()
            if self._trace is not None:
                self._trace.tell("apdu", "out", block.name, octets, {})
            self._port.send(octets, now, way if block is blocks[-1] or way is Way.NOTIFY else Way.MORE)

    def _may_send(self, shield: Shield | None) -> bool:
        """Whether a counter is there, and nothing sent before is still being protected."""
        if self._works:
            return False
        if shield is None or not shield.control & BOTH:
            return True
        return self.protection is not None and (shield.key != "global" or self.protection.pool.left > 0)

    def _send_waiting(self, now: float) -> None:
        while self._starved and self._may_send(self._starved[0][1]):
            self._hand_over(*self._starved.popleft(), now)
        if self._starved and not self._works:
            self._ask_for_counters()

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
        self._send_waiting(now)

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
