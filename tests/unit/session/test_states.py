"""The association table: every pair of state and input."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlmskit.session.states import TRANSITIONS, Action, Input, State


@given(st.sampled_from(State), st.lists(st.sampled_from(Input), max_size=12))
def test_any_inputs_from_any_state_stay_in_the_table_or_change_nothing(state: State, inputs: list[Input]) -> None:
    for event in inputs:
        found = TRANSITIONS.get((state, event))
        if found is not None:
            state, action = found
            assert isinstance(state, State) and isinstance(action, Action)


def test_link_down_and_abort_lead_to_idle_from_everywhere() -> None:
    for (_, event), (after, _) in TRANSITIONS.items():
        if event in (Input.LINK_DOWN, Input.ABORT, Input.REFUSE, Input.RELEASED):
            assert after is State.IDLE
    assert {state for state, event in TRANSITIONS if event is Input.LINK_DOWN} == set(State)
    assert {state for state, event in TRANSITIONS if event is Input.ABORT} == set(State)


def test_every_state_can_be_reached_from_idle() -> None:
    reached, fresh = {State.IDLE}, {State.IDLE}
    while fresh:
        fresh = {after for (before, _), (after, _) in TRANSITIONS.items() if before in reached} - reached
        reached |= fresh
    assert reached == set(State)


def test_associated_is_entered_only_by_an_accepting_aare_by_proof_or_where_it_stands_beforehand() -> None:
    entries = {pair for pair, (after, _) in TRANSITIONS.items() if after is State.ASSOCIATED}
    beforehand = (State.IDLE, Input.BEFOREHAND)  # a server's pre-established association
    assert entries == {(State.REQUESTED, Input.ACCEPT), (State.AUTHENTICATING, Input.PROVE), beforehand}
    assert all(TRANSITIONS[pair][1] is Action.ESTABLISH for pair in entries)
