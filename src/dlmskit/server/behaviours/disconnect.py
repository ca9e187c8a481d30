"""Disconnect control, served: the breaker and the transitions its control mode allows."""

from __future__ import annotations

from typing import Final

from dlmskit.cosem.ics import DisconnectControl
from dlmskit.cosem.ics.control import ControlMode, ControlState, DisconnectControl_v0
from dlmskit.errors import OtherReason, ReadWriteDenied
from dlmskit.server.behaviour import Behaviour, Context, accepts, performs, serves

_OFF, _ON, _READY = ControlState.DISCONNECTED, ControlState.CONNECTED, ControlState.READY_FOR_RECONNECTION

#: Control mode → where a remote reconnection of a disconnected supply leads. Mode 0 is always connected.
_RECONNECTS_TO: Final = {1: _READY, 2: _ON, 3: _READY, 4: _ON, 5: _READY, 6: _READY, 7: _ON}
#: Modes in which a person may cut the supply off.
_MANUAL_OFF: Final = frozenset({1, 2, 5})


class Breaker(Behaviour):
    """A breaker, connected at first. `press` is the button on the meter. Source: Blue Book, Disconnect control."""

    def __init__(self, obj: DisconnectControl_v0) -> None:
        super().__init__(obj)
        self.default(DisconnectControl.control_mode, ControlMode.MODE_2)
        given = self.values.pop(DisconnectControl.control_state.index, None)
        self.values.pop(DisconnectControl.output_state.index, None)
        self.state = _ON if given is None else DisconnectControl.control_state.kind.load(given)

    @property
    def mode(self) -> int:
        return self.stored(DisconnectControl.control_mode)

    @serves(DisconnectControl.output_state)
    def output_state(self, context: Context) -> bool:
        return self.state is _ON

    @serves(DisconnectControl.control_state)
    def control_state(self, context: Context) -> ControlState:
        return self.state

    @accepts(DisconnectControl.control_mode)
    def set_mode(self, value: ControlMode, context: Context) -> None:
        if value not in set(ControlMode):
            raise OtherReason(f"{self.obj}: there is no control mode {int(value)}")
        self.store(DisconnectControl.control_mode, value)
        if value == ControlMode.MODE_0:
            self.state = _ON

    @performs(DisconnectControl.remote_disconnect)
    def remote_disconnect(self, argument: int, context: Context) -> None:
        if self.mode not in _RECONNECTS_TO:
            raise ReadWriteDenied(f"{self.obj}: control mode {self.mode} is always connected")
        self.state = _OFF

    @performs(DisconnectControl.remote_reconnect)
    def remote_reconnect(self, argument: int, context: Context) -> None:
        if self.mode not in _RECONNECTS_TO:
            raise ReadWriteDenied(f"{self.obj}: control mode {self.mode} is always connected")
        if self.state is _OFF:
            self.state = _RECONNECTS_TO[self.mode]

    def press(self) -> None:
        """What the button does: connect a supply that is ready for it, or cut it off where the mode lets it."""
        if self.state is _READY:
            self.state = _ON
        elif self.state is _ON and self.mode in _MANUAL_OFF:
            self.state = _READY
