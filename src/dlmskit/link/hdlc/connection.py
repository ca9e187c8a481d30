"""One HDLC link between a client and a server: frames and `now` in, octets and events out.

Two-way alternate: whoever has the turn sends, and gives it away with the P/F bit of the last frame. A client has
it first; a server has it from a poll until its final. What happens on which frame stands in `state`; here is how.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Final, Literal, TypeAlias

from dlmskit.errors import DlmsError, LimitExceeded, LinkRefused, LocalProtocolError, RemoteProtocolError, Timeout
from dlmskit.link.events import ApduReceived, FrameDropped, LinkDown, LinkEvent, LinkUp
from dlmskit.link.hdlc import control, parameters
from dlmskit.link.hdlc.address import HdlcAddress, Reach
from dlmskit.link.hdlc.control import KIND, POLL_FINAL
from dlmskit.link.hdlc.frames import MAX_LENGTH, Frame, encode
from dlmskit.link.hdlc.parameters import DEFAULTS, HdlcParameters, HdlcSettings
from dlmskit.link.hdlc.segments import LLC_COMMAND, LLC_RESPONSE, Reassembly, Sending, cut, is_repeated, strip_llc
from dlmskit.link.hdlc.state import CLIENT, SERVER, Action, Input, State
from dlmskit.link.hdlc.unconfirmed import WaitingUi, ui_frames

__all__ = ["HdlcConnection", "HdlcSettings"]

Role = Literal["client", "server"]

#: A damaged answer is a sign of life: it counts as this much of a silence.
_DAMAGED: Final = 1 / 8
#: So many octets without a frame among them are no slow answer but noise: on a link, and in answer to SNRM or DISC.
_MOST_UNFRAMED, _MOST_UNNUMBERED = 2 * MAX_LENGTH, 64

#: Told what happens inside: a name and what else is worth knowing. For the trace.
Note: TypeAlias = Callable[[str, dict[str, object]], None]

_AWAITED: Final = {State.CONNECTING: "SNRM", State.DISCONNECTING: "DISC"}
_MAX_WAITING_EVENTS: Final = 256
_STANDARD: Final = HdlcSettings()
_NO_FRAME: Final = Frame(b"", b"", 0)  # stands where an input is no frame


class HdlcConnection:
    """The link of one pair of addresses, in either role.

    After `receive_frame`, `handle_timer` or any call from above, take `to_send()` and `events()`.
    """

    def __init__(
        self,
        role: Role,
        client: HdlcAddress,
        server: HdlcAddress,
        settings: HdlcSettings = _STANDARD,
        note: Note | None = None,
    ) -> None:
        self.role = role
        self._note = note
        self.settings = settings
        self.negotiated: HdlcParameters = DEFAULTS
        self._is_client = role == "client"
        own, peer = (client, server) if self._is_client else (server, client)
        self._own_address, self._own, self._peer = own, own.to_bytes(), peer.to_bytes()
        self._llc = LLC_COMMAND if self._is_client else LLC_RESPONSE
        self._table = CLIENT if self._is_client else SERVER
        self._state = State.DISCONNECTED
        self._out = bytearray()
        self._events: list[LinkEvent] = []
        self._deadline: float | None = None  # client: answer or next poll; server: inactivity
        self._unnumbered = Reassembly(settings.max_apdu)
        self._tries = 0.0
        self._refusals = self._unframed = 0
        self.progress_at = -inf  # when the other side last moved anything on, or tried to
        self._proposed = DEFAULTS
        self._fault: RemoteProtocolError | None = None
        self._reject = b""
        self._reset()

    def _reset(self) -> None:
        """Sequence numbers and everything under way, as after SNRM."""
        self._sending = Sending()
        self._received = Reassembly(self.settings.max_apdu)
        self._vr = 0
        self._turn = self._is_client
        self._peer_busy = False
        self._waiting_ui = WaitingUi()
        self._expects_answer = False
        self._may_poll_now = self._is_triggered = False
        self._late_answer = False  # a poll was given up on; its answer may still come

    # From above

    @property
    def state(self) -> State:
        return self._state

    @property
    def is_up(self) -> bool:
        return self._state is State.CONNECTED

    @property
    def has_turn(self) -> bool:
        """Client: nothing is outstanding, so another link may use the same line."""
        return self._turn and self._deadline is None and not self._expects_answer

    def connect(self, now: float) -> None:
        """Client: SNRM. LinkUp or LinkDown follows. A server waits for SNRM."""
        self._refusals = 0
        first = self.settings.disconnect_first
        self._apply(Input.RESET_AND_CONNECT if first else Input.CONNECT, _NO_FRAME, now)

    def disconnect(self, now: float) -> None:
        """Client: DISC; LinkDown follows. Server: the link is dropped, and the client told when it next asks."""
        self._apply(Input.DISCONNECT, _NO_FRAME, now)

    def send(self, apdu: bytes, now: float, *, expect_answer: bool = True, more: bool = False) -> None:
        """Queue one APDU in I frames and send what the turn and the window allow; nothing yet where `more` follows.

        `expect_answer`: a client goes on polling until an APDU comes.
        """
        if not self.is_up:
            raise LocalProtocolError("the link is not up")
        self._waiting_ui.pass_by(has_unsent=self._sending.has_unsent)
        self._sending.put(cut(self._llc + apdu, self.negotiated.max_info_tx))
        self._expects_answer = self._may_poll_now = expect_answer
        if self._turn and not more:
            self._speak(now)

    def send_unconfirmed(self, apdu: bytes, now: float) -> None:
        """One APDU in UI frames: at once without a link, else when it is our turn, after what was sent before."""
        segments = cut(self._llc + apdu, self.negotiated.max_info_tx if self.is_up else self.settings.max_info_tx)
        # A push ends with a final. On a link it does not: the turn is given away by I and RR.
        final = POLL_FINAL if not self.is_up and not self._is_client else 0
        frames = ui_frames(self._peer, self._own, segments, final)
        if self.is_up and (self._sending.has_unsent or not self._turn):
            self._waiting_ui.put(frames, has_unsent=self._sending.has_unsent)
        else:
            self._out += frames

    def poll(self, now: float) -> None:
        """Client: ask the server for what it may have, if it is our turn."""
        if self._is_client and self.is_up and self._turn:
            self._speak(now)

    def trigger(self, now: float) -> None:
        """Client: an empty UI frame, with which the server may send what it has to notify, if it is our turn."""
        if self._is_client and self.is_up and self._turn:
            self._emit(control.UI | POLL_FINAL)
            self._await_answer(now)
            self._is_triggered = True

    def pass_turn(self, now: float) -> None:
        """There is nothing to say: a server gives the turn back, a client polls for what follows."""
        self._expects_answer = self._may_poll_now = self._is_client
        if self.is_up and self._turn:
            self._speak(now)

    def to_send(self) -> bytes:
        data, self._out = bytes(self._out), bytearray()
        return data

    def events(self) -> list[LinkEvent]:
        events, self._events = self._events, []
        return events

    # From below

    def receive_frame(self, frame: Frame, now: float) -> None:
        """Take one frame; those between other stations are dropped."""
        kind = KIND[frame.control]
        if frame.source != self._peer or (frame.destination != self._own and not self._is_reached(frame, kind)):
            self._tell_dropped("other stations", frame)
            return
        self._unframed = 0
        self._apply(self._check(kind, frame), frame, now)
        if not self._is_client:
            limit = self.settings.inactivity_s
            self._deadline = now + limit if limit and self._state is not State.DISCONNECTED else None

    def note_octets(self, now: float, count: int = 1) -> None:
        """`count` octets have come that are no frame yet: a slow answer is no silence, unless it has no end."""
        self._unframed += count
        most = _MOST_UNFRAMED if self.is_up else _MOST_UNNUMBERED
        if self._is_client and not self._turn and self._deadline is not None and self._unframed <= most:
            self._deadline, self.progress_at = now + self.settings.response_timeout_s, now

    def note_damage(self, now: float) -> None:
        """A frame has come that is none: if it was the answer, there is not much to wait for."""
        self._unframed += 1
        if self._is_client and not self._turn and self._deadline is not None and self.is_up:
            self._deadline = min(self._deadline, now + self.settings.response_timeout_s / 4)

    def next_deadline(self) -> float | None:
        return self._deadline

    def handle_timer(self, now: float) -> None:
        """Repeat, poll, or give up, if it is time."""
        if self._deadline is None or now < self._deadline:
            return
        self._deadline = None
        if not self._is_client:
            self._apply(Input.INACTIVE, _NO_FRAME, now)
        elif self.is_up and self._turn:
            self._speak(now)
        else:
            self._again(Input.TIMEOUT, now)

    # Classification

    def _is_reached(self, frame: Frame, kind: Input) -> bool:
        """Whether a frame to another address than ours still means us. A broadcast may only be UI: nobody answers."""
        reach = self._own_address.reach(HdlcAddress.parse(frame.destination))
        return reach is Reach.US or (reach is Reach.EVERYONE and kind is Input.UI)

    def _check(self, kind: Input, frame: Frame) -> Input:
        """The input a frame is, after a look at what it carries."""
        if kind <= Input.RNR:
            return kind if self._state is not State.CONNECTED or self._is_lawful(kind, frame) else Input.INVALID
        if kind is Input.SNRM or kind is Input.UA:
            try:
                self._proposed = parameters.decode(frame.information)
            except RemoteProtocolError as error:
                self._fault = error
                return Input.BAD_SNRM if kind is Input.SNRM else Input.BAD_UA
        elif kind is Input.UNKNOWN:
            self._fault = RemoteProtocolError(f"control octet {frame.control:02X} means no frame of DLMS")
            self._reject = self._frame_reject(frame, control.UNDEFINED_CONTROL)
        return kind

    def _is_lawful(self, kind: Input, frame: Frame) -> bool:
        if not self._sending.admits(frame.control >> 5):
            self._fault = RemoteProtocolError(f"N(R) {frame.control >> 5} acknowledges a frame never sent")
            self._reject = self._frame_reject(frame, control.WRONG_NR)
            return False
        if kind is not Input.I:
            return True
        # A client takes what it gets: meters that send more than was agreed are better read than refused.
        if not self._is_client and len(frame.information) > self.negotiated.max_info_rx:
            self._fault = LimitExceeded(f"{len(frame.information)} octets, {self.negotiated.max_info_rx} agreed")
        elif not self._received.admits(frame.information):
            self._fault = LimitExceeded(f"segments of more than {self.settings.max_apdu} octets")
        else:
            return True
        self._reject = self._frame_reject(frame, control.TOO_LONG)
        return False

    def _frame_reject(self, frame: Frame, why: int) -> bytes:
        return bytes((frame.control, self._vr << 5 | self._sending.next << 1, why))

    # The machine

    def _apply(self, event: Input, frame: Frame, now: float) -> None:
        before = self._state
        self._state, action = self._table[before, event]
        if self._state is not before:
            self._tries = 0.0
            if self._note is not None:
                self._note(self._state.name.lower(), {"input": event.name.lower().replace("_", "-")})
        if action is not Action.NOTHING:
            _ACTIONS[action](self, before, frame, now)

    def _again(self, event: Input, now: float) -> None:
        """One more try of what has not been answered, or the end."""
        is_damaged = self._unframed > 0 and self.is_up
        self._tries += _DAMAGED if is_damaged else 1
        self._unframed, self.progress_at = 0, now if is_damaged else self.progress_at
        self._apply(event if self._tries <= self.settings.retries else Input.EXHAUSTED, _NO_FRAME, now)

    def _emit(self, octet: int, information: bytes = b"", more: bool = False) -> None:
        self._out += encode(Frame(self._peer, self._own, octet, information, more))

    def _reply(self, octet: int, frame: Frame, information: bytes = b"") -> None:
        """Answer a command, unless it did not ask for an answer."""
        if frame.control & POLL_FINAL:
            self._emit(octet | POLL_FINAL, information)

    def _tell_dropped(self, reason: str, frame: Frame) -> None:
        if len(self._events) < _MAX_WAITING_EVENTS:
            self._events.append(FrameDropped(reason, bytes((frame.control,)) + frame.information))

    def _await_answer(self, now: float) -> None:
        self._turn = self._is_triggered = False
        self._deadline = now + self.settings.response_timeout_s

    def _down(self, reason: str, error: DlmsError | None) -> None:
        self._reset()
        self._deadline = None
        self._events.append(LinkDown(reason, error))

    # Turns

    def _speak(self, now: float, *, only_ui: bool = False) -> None:
        """Use the turn: UI frames that wait, then I frames, or RR where there are none; the last gives it away."""
        self._out += self._waiting_ui.take(has_unsent=self._sending.has_unsent)
        burst = () if self._peer_busy or only_ui else self._sending.burst(self.negotiated.window_tx)
        last = len(burst) - 1
        for index, (information, more) in enumerate(burst):
            ns = (self._sending.first + index) & 7
            self._emit(control.information(ns, self._vr, index == last), information, more)
        if last < 0:
            self._emit(control.receive_ready(self._vr, True))
        if self._is_client:
            self._await_answer(now)
        else:
            self._turn = False

    def _take_final(self, now: float, *, is_stuck: bool) -> None:
        """Client: the server has given the turn back."""
        if is_stuck:
            if self._late_answer:
                # It answers the poll we gave up on, and ours is still on its way. Taking it for ours would
                # have two polls on the line from here on.
                self._late_answer = False
                return
            self._tries += 1
            if self._tries > self.settings.retries:
                self._apply(Input.EXHAUSTED, _NO_FRAME, now)
                return
        else:
            self._tries = 0.0
        self._turn = True
        self._deadline = None
        if self._received.is_unfinished or is_stuck or (self._sending.is_pending and not self._peer_busy):
            self._speak(now)
        elif self._expects_answer and self._may_poll_now and not self._peer_busy:
            self._may_poll_now = False
            self._speak(now)
        elif self._expects_answer or self._sending.is_pending:
            self._deadline = now + self.settings.poll_interval_s
        else:
            self._out += self._waiting_ui.take(has_unsent=False)

    # Actions

    def _send_snrm(self, before: State, frame: Frame, now: float) -> None:
        self._reset()
        wanted = self.settings.parameters
        explicit = wanted != DEFAULTS or self.settings.always_negotiate
        self._emit(control.SNRM | POLL_FINAL, parameters.encode(wanted) if explicit else b"")
        self._await_answer(now)

    def _send_disc(self, before: State, frame: Frame, now: float) -> None:
        self._reset()
        self._emit(control.DISC | POLL_FINAL)
        self._await_answer(now)

    def _open(self, before: State, frame: Frame, now: float) -> None:
        self._reset()
        self._deadline = None
        self.negotiated = parameters.agree(self.settings.parameters, self._proposed)
        self._events.append(LinkUp(self.negotiated))

    def _accept(self, before: State, frame: Frame, now: float) -> None:
        self._reset()
        self.negotiated = parameters.agree(self.settings.parameters, self._proposed)
        self._reply(control.UA, frame, parameters.encode(self.negotiated))
        self._events.append(LinkUp(self.negotiated))

    def _restart(self, before: State, frame: Frame, now: float) -> None:
        self._events.append(LinkDown("the client connected anew"))
        self._accept(before, frame, now)

    def _take_information(self, before: State, frame: Frame, now: float) -> None:
        octet = frame.control
        ns = octet >> 1 & 7
        self._peer_busy = False
        acknowledged = self._sending.acknowledge(octet >> 5)
        is_next = ns == self._vr
        is_answerable = False
        if is_next:
            self.progress_at = now
            self._vr = (self._vr + 1) & 7
            is_answerable = self._deliver(self._received.add(frame.information, frame.segmented), unconfirmed=False)
        else:
            self._tell_dropped("N(S) out of sequence", frame)
        if not octet & POLL_FINAL:
            if self._is_client:
                self.note_octets(now)
        elif self._is_client:
            # A repeated frame answers an older poll than the one under way: its final bit is spent.
            is_spent = not self._is_triggered and is_repeated(ns, self._vr, self.negotiated.window_rx)
            if not self._turn and (is_next or not is_spent):
                self._take_final(now, is_stuck=not is_next and not acknowledged)
        else:
            self._turn = True
            if not is_next:
                self._emit(control.receive_ready(self._vr, True))
                self._turn = False
            elif not is_answerable or self._sending.is_pending:
                self._speak(now)

    def _take_supervisory(self, before: State, frame: Frame, now: float) -> None:
        octet = frame.control
        self._peer_busy = KIND[octet] is Input.RNR
        acknowledged = self._sending.acknowledge(octet >> 5)
        if acknowledged:
            self.progress_at = now
        if not octet & POLL_FINAL:
            return
        if not self._is_client:
            self._turn = True
            self._speak(now)
        elif not self._turn:
            is_stuck = self._sending.is_unacknowledged and not acknowledged and not self._peer_busy
            self._take_final(now, is_stuck=is_stuck)

    def _take_unconfirmed(self, before: State, frame: Frame, now: float) -> None:
        try:
            whole = self._unnumbered.add_unnumbered(frame.information, frame.segmented)
        except LimitExceeded as error:
            self._tell_dropped(error.message, frame)
        else:
            self._deliver(whole, unconfirmed=True)
        if not self.is_up or not frame.control & POLL_FINAL or frame.destination != self._own:
            return
        if not self._is_client:
            self._turn = True
            self._speak(now, only_ui=True)  # a UI frame acknowledges nothing, and nothing is repeated for it
        elif self._is_triggered and not self._turn:  # any other push has a final of its own accord
            self._take_final(now, is_stuck=False)

    def _deliver(self, whole: bytes | None, *, unconfirmed: bool) -> bool:
        """Hand a whole APDU up; False if there is none."""
        if not whole:
            return False
        try:
            apdu = strip_llc(whole)
        except RemoteProtocolError as error:
            self._events.append(FrameDropped(error.message, whole))
            return False
        if unconfirmed and len(self._events) >= _MAX_WAITING_EVENTS:
            return False
        if not unconfirmed and not self._sending.is_pending:  # else it is late, and answers what was sent before
            self._expects_answer = False
        self._events.append(ApduReceived(apdu, unconfirmed))
        return True

    def _recover(self, before: State, frame: Frame, now: float) -> None:
        self._late_answer = True
        if self._note is not None:
            name = "repeating" if self._sending.is_unacknowledged else "polling"
            self._note(name, {"tries": self._tries, "retries": self.settings.retries})
        self._speak(now)

    def _retreat(self, before: State, frame: Frame, now: float) -> None:
        """At once the first time: a session that an earlier client left ends with DISC. Later ones are waited out."""
        self._refusals += 1
        if self._refusals > self.settings.retries:
            self._apply(Input.EXHAUSTED, frame, now)
        else:
            self._deadline = now + (self.settings.response_timeout_s if self._refusals > 1 else 0.0)

    def _refused(self, before: State, frame: Frame, now: float) -> None:
        said = "DM: it has no link with us" if KIND[frame.control] is Input.DM else "FRMR: it rejects a frame"
        self._down("refused", LinkRefused(f"the meter answered {said}"))

    def _timed_out(self, before: State, frame: Frame, now: float) -> None:
        what = f"no answer to {_AWAITED[before]}" if before in _AWAITED else "no answer"
        reason = what if self._is_client else "inactivity"
        self._down(reason, Timeout(reason))

    def _fail(self, before: State, frame: Frame, now: float) -> None:
        fault = self._fault or RemoteProtocolError()
        self._down(fault.message, fault)

    def _fail_with_dm(self, before: State, frame: Frame, now: float) -> None:
        self._reply(control.DM, frame)
        self._fail(before, frame, now)

    def _send_frmr(self, before: State, frame: Frame, now: float) -> None:
        self._reply(control.FRMR, frame, self._reject)

    def _fail_with_frmr(self, before: State, frame: Frame, now: float) -> None:
        self._send_frmr(before, frame, now)
        self._fail(before, frame, now)

    def _send_dm(self, before: State, frame: Frame, now: float) -> None:
        self._reply(control.DM, frame)

    def _send_ua(self, before: State, frame: Frame, now: float) -> None:
        self._reply(control.UA, frame)

    def _close(self, before: State, frame: Frame, now: float) -> None:
        self._down("disconnected", None)

    def _close_with_ua(self, before: State, frame: Frame, now: float) -> None:
        self._reply(control.UA, frame)
        self._down("disconnected", None)

    def _drop(self, before: State, frame: Frame, now: float) -> None:
        self._tell_dropped(f"not expected while {before.name.lower()}", frame)

    def _misuse(self, before: State, frame: Frame, now: float) -> None:
        raise LocalProtocolError("the link is being disconnected; wait for LinkDown")


_Action = Callable[[HdlcConnection, State, Frame, float], None]

_ACTIONS: Final[dict[Action, _Action]] = {
    action: getattr(HdlcConnection, f"_{action.name.lower()}") for action in Action if action is not Action.NOTHING
}
