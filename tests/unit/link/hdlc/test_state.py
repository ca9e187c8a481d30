"""The state tables: complete, without dead ends, and obeyed by the engine for every pair."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import DlmsError, LocalProtocolError
from dlmskit.link.events import LinkDown, LinkUp
from dlmskit.link.hdlc.address import client_address, server_address
from dlmskit.link.hdlc.connection import HdlcConnection, HdlcSettings, Role
from dlmskit.link.hdlc.control import KIND
from dlmskit.link.hdlc.frames import Frame, FrameReader
from dlmskit.link.hdlc.state import CLIENT, SERVER, Action, Input, State, Table

TABLES: dict[Role, Table] = {"client": CLIENT, "server": SERVER}
UP_TO_DOWN = {Action.CLOSE, Action.CLOSE_WITH_UA, Action.REFUSED, Action.FAIL, Action.FAIL_WITH_DM, Action.TIMED_OUT}
OWN, PEER = {"client": client_address(16), "server": server_address(1)}, {}
PEER.update(client=OWN["server"], server=OWN["client"])

controls = st.sampled_from(
    [0x10, 0x00, 0x30, 0x32, 0x12, 0x11, 0x31, 0x15, 0x19, 0x93, 0x53, 0x73, 0x1F, 0x97, 0x13, 0xFF]
)
information = st.sampled_from([b"", b"\xe6\xe6\x00\xc0", b"\xe6\xe7\x00\xc4", b"\x81\x80\x00", b"\x81", bytes(200)])
steps = st.one_of(
    st.tuples(st.just("frame"), controls, information, st.booleans()),
    st.tuples(st.sampled_from(["connect", "disconnect", "send", "notify", "poll", "pass", "wait"])),
)


@pytest.mark.parametrize("role", TABLES)
def test_every_state_of_the_role_answers_every_input(role: Role) -> None:
    table = TABLES[role]
    states = {state for state, _ in table}
    assert set(table) == {(state, event) for state in states for event in Input}
    assert {after for after, _ in table.values()} == states


@pytest.mark.parametrize("role", TABLES)
def test_every_state_is_reached_and_left(role: Role) -> None:
    table = TABLES[role]
    reached, grown = {State.DISCONNECTED}, 0
    while len(reached) != grown:
        grown = len(reached)
        reached |= {after for (state, _), (after, _) in table.items() if state in reached}
    assert reached == {state for state, _ in table}
    for state in reached - {State.DISCONNECTED}:
        assert any(after is not state for (before, _), (after, _) in table.items() if before is state)


@pytest.mark.parametrize("role", TABLES)
def test_data_is_taken_in_one_state_only_and_every_fall_from_it_is_told(role: Role) -> None:
    for (state, _), (after, action) in TABLES[role].items():
        if action in (Action.TAKE_INFORMATION, Action.TAKE_SUPERVISORY):
            assert state is after is State.CONNECTED
        if state is State.CONNECTED and after in (State.DISCONNECTED, State.REJECTED):
            assert action in UP_TO_DOWN | {Action.FAIL_WITH_FRMR}


def test_the_classes_of_control_octets() -> None:
    named = {0x93: Input.SNRM, 0x83: Input.SNRM, 0x53: Input.DISC, 0x73: Input.UA, 0x1F: Input.DM, 0x97: Input.FRMR}
    named |= {0x13: Input.UI, 0x03: Input.UI, 0x11: Input.RR, 0xF1: Input.RR, 0x15: Input.RNR, 0x19: Input.UNKNOWN}
    assert {octet: KIND[octet] for octet in named} == named
    assert all(KIND[octet] is Input.I for octet in range(0, 256, 2))
    assert KIND[0xFF] is Input.UNKNOWN


class Driven:
    """A link under any steps, watched for what must always hold."""

    def __init__(self, role: Role, disconnect_first: bool) -> None:
        settings = HdlcSettings(disconnect_first=disconnect_first, inactivity_s=30, max_apdu=300)
        self.link = HdlcConnection(role, client_address(16), server_address(1), settings)
        self.own, self.peer = OWN[role].to_bytes(), PEER[role].to_bytes()
        self.now, self.is_up = 0.0, False

    def do(self, step: tuple[object, ...]) -> None:
        link, name = self.link, step[0]
        if name == "frame":
            link.receive_frame(Frame(self.own, self.peer, *step[1:]), self.now)  # type: ignore[arg-type]
        elif name == "wait":
            self.now = max(self.now, link.next_deadline() or self.now)
            link.handle_timer(self.now)
        elif name == "send":
            link.send(bytes(200), self.now)
        elif name == "notify":
            link.send_unconfirmed(b"\x0f", self.now)
        else:
            {"connect": link.connect, "disconnect": link.disconnect, "poll": link.poll, "pass": link.pass_turn}[name](  # type: ignore[index]
                self.now
            )

    def check(self) -> None:
        sent = self.link.to_send()
        frames = FrameReader().receive(sent, 0.0)
        assert all(isinstance(frame, Frame) for frame in frames)
        for event in self.link.events():
            if isinstance(event, LinkUp | LinkDown):
                assert not (isinstance(event, LinkUp) and self.is_up)
                self.is_up = isinstance(event, LinkUp)
        # LinkDown follows the answer to DISC; until then the layer above knows what it asked for.
        closing = self.is_up and self.link.state is State.DISCONNECTING
        assert self.is_up == (self.link.is_up or closing)


@given(st.sampled_from(list(TABLES)), st.booleans(), st.lists(steps, max_size=25))
def test_any_steps_leave_a_link_that_is_up_or_down_as_it_says(
    role: Role, disconnect_first: bool, wanted: list[tuple[object, ...]]
) -> None:
    driven = Driven(role, disconnect_first)
    for step in wanted:
        before = driven.link.state
        try:
            driven.do(step)
        except DlmsError as error:
            assert isinstance(error, LocalProtocolError)
            assert driven.link.state is before
        driven.check()


@given(st.data(), st.sampled_from(list(TABLES)), st.sampled_from(list(Input)))
def test_the_engine_goes_where_the_table_says_for_every_pair(data: st.DataObject, role: Role, event: Input) -> None:
    table = TABLES[role]
    before = data.draw(st.sampled_from(sorted({state for state, _ in table})))
    driven = Driven(role, False)
    driven.link._state = before
    driven.is_up = before is State.CONNECTED
    after, action = table[before, event]
    try:
        driven.link._apply(event, Frame(driven.own, driven.peer, 0x11), 0.0)
    except LocalProtocolError:
        assert action is Action.MISUSE
    assert driven.link.state is after
