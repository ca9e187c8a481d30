"""Disconnect control, limiter and arbitrator: class ids 68, 70, 71."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.common import ActionItem, action_item, register_value, value_definition
from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    array_of,
    bit_string,
    boolean,
    date_time,
    double_long_unsigned,
    enum_of,
    field,
    long_unsigned,
    structure,
    structure_of,
    unsigned,
)
from dlmskit.times import CosemDateTime


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

    Version 2 is in the list of classes of Ed. 17. One public catalogue gives it the attributes and methods of version 1,
    without the modes; two libraries end before it. A mode that is not known stays a number.
    """


@structure
class EmergencyProfile:
    """A threshold for an emergency: which one, from when, and for how many seconds."""

    emergency_profile_id: int = field(long_unsigned)
    emergency_activation_time: CosemDateTime = field(date_time)
    emergency_duration: int = field(double_long_unsigned)


@structure
class LimiterActions:
    """Scripts executed when the value has gone above the threshold, and below again."""

    action_over_threshold: ActionItem = field(action_item)
    action_under_threshold: ActionItem = field(action_item)


class Limiter(CosemObject, class_id=71, version=0):
    """Scripts executed when a value stays above a threshold, with another one for emergencies.

    Blue Book 4.5.9.
    """

    monitored_value = Attribute(2, value_definition, doc="the attribute that is watched")
    threshold_active = Attribute(
        3, register_value, static=False, doc="threshold in force, in the monitored value's unit"
    )
    threshold_normal = Attribute(4, register_value, doc="threshold of normal operation, same unit")
    threshold_emergency = Attribute(5, register_value, doc="threshold of an emergency, same unit")
    min_over_threshold_duration = Attribute(6, double_long_unsigned, doc="time above before acting, in seconds")
    min_under_threshold_duration = Attribute(7, double_long_unsigned, doc="time below before acting, in seconds")
    emergency_profile = Attribute(
        8, structure_of(EmergencyProfile), doc="the emergency: id, start, duration in seconds"
    )
    emergency_profile_group_id_list = Attribute(9, array_of(long_unsigned), doc="the emergency ids this meter obeys")
    emergency_profile_active = Attribute(10, boolean, static=False, doc="whether an emergency is in force")
    actions = Attribute(11, structure_of(LimiterActions), doc="the scripts for above and below")


@structure
class RequestedActions:
    """What an actor requests: one bit for each action of the arbitrator."""

    request_actor: int = field(unsigned)
    request_action_list: str = field(bit_string)


class Arbitrator(CosemObject, class_id=68, version=0, offsets=Basis.STATED):
    """Decides between actors, such as limiter and client, that request different actions.

    Blue Book 4.5.12.
    """

    actions = Attribute(2, array_of(action_item), doc="the scripts there are to choose from")
    permissions_table = Attribute(3, array_of(bit_string), doc="for each actor a bit for each action it may request")
    weightings_table = Attribute(4, array_of(array_of(long_unsigned)), doc="for each actor the weight of each action")
    most_recent_requests_table = Attribute(5, array_of(bit_string), static=False, doc="what each actor requested last")
    last_outcome = Attribute(6, unsigned, static=False, doc="number of the action executed last, from 1; 0 for none")

    request_action = Method(1, structure_of(RequestedActions), doc="request actions for an actor")
    reset = Trigger(2, doc="forget requests, and weights and permissions if so configured")
