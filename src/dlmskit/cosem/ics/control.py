"""Disconnect control: class id 70."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.model import Attribute, CosemObject, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import boolean, enum_of


class ControlState(IntEnum):
    """Whether the supply is connected, and whether a person on site may connect it."""

    DISCONNECTED = 0
    CONNECTED = 1
    READY_FOR_RECONNECTION = 2


class ControlMode(IntEnum):
    """Which of the transitions remote, manual and local are allowed; 0 is always connected."""

    MODE_0 = 0
    MODE_1 = 1
    MODE_2 = 2
    MODE_3 = 3
    MODE_4 = 4
    MODE_5 = 5
    MODE_6 = 6
    MODE_7 = 7


class DisconnectControl_v0(CosemObject, class_id=70, version=0, offsets=Basis.PARTLY_STATED):
    """The breaker or valve of the supply, control modes 0 to 6. Blue Book 4.5.8."""

    output_state = Attribute(2, boolean, static=False, doc="whether the supply is physically connected")
    control_state = Attribute(3, enum_of(ControlState), static=False, doc="what the control logic says")
    control_mode = Attribute(4, enum_of(ControlMode), doc="which transitions are allowed")

    remote_disconnect = Trigger(1, doc="cut the supply off")
    remote_reconnect = Trigger(2, doc="connect the supply, or make it ready for reconnection on site")


class DisconnectControl_v1(DisconnectControl_v0, class_id=70, version=1):
    """The breaker or valve of the supply, with control mode 7 added. Blue Book Ed. 16, 4.5.8."""


class DisconnectControl(DisconnectControl_v1, class_id=70, version=2):
    """The breaker or valve of the supply.

    Version 2 is known from the list of classes of Ed. 17 only; it is read like version 1.
    """
