"""Wi-SUN, RPL and MPL: class ids 95 to 98."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.model import Attribute, CosemObject, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import anything, boolean, enum, enum_of, long, long_unsigned, octet_string, unsigned


class WiSunSetup(CosemObject, class_id=95, version=0, offsets=Basis.STATED):
    """A Wi-SUN field area network. Blue Book Ed. 16, 4.18.1.

    A test tool has the same attributes in the same order. It alone has fields for channel plan and exclusions and names
    for the enums, without numbers: both are carried as they come.
    """

    network_name = Attribute(2, octet_string, doc="name of the network")
    routing_method = Attribute(3, enum, static=False, doc="number of the routing method")
    pan_id = Attribute(4, long_unsigned, static=False, doc="identifier of the network")
    disc_imin = Attribute(5, unsigned, doc="smallest trickle interval of discovery")
    disc_imax = Attribute(6, unsigned, doc="doublings of that interval")
    data_message_imin = Attribute(7, unsigned, doc="smallest trickle interval of multicasts")
    data_message_imax = Attribute(8, unsigned, doc="doublings of that interval")
    default_dio_interval_min = Attribute(
        9, unsigned, doc="smallest trickle interval of DIO messages, a power of 2 in ms"
    )
    default_dio_interval_doublings = Attribute(10, unsigned, doc="doublings of that interval")
    channel_plan = Attribute(11, anything, doc="the channels there are, as they come")
    channel_function = Attribute(12, enum, doc="number of the way channels are hopped")
    excluded_channels = Attribute(13, anything, doc="channels left out, as they come")
    join_state = Attribute(14, enum, static=False, doc="number of the state of joining")
    reg_channel_exclusions = Attribute(15, anything, doc="channels left out by regulation, as they come")

    reset_join_state = Trigger(1, doc="join anew; that it takes 0 is assumed")


class WiSunDiagnostic(CosemObject, class_id=96, version=0):
    """How well a Wi-SUN network works. Blue Book Ed. 16, 4.18.2.

    Two public lists of its attributes have nothing in common, and the standard's is not public: read by number.
    """


class ModeOfOperation(IntEnum):
    """What RPL does downwards, by RFC 6550."""

    NO_DOWNWARD_ROUTES = 0
    NON_STORING = 1
    STORING_NO_MULTICAST = 2
    STORING_WITH_MULTICAST = 3


class RplDiagnostic(CosemObject, class_id=97, version=0, offsets=Basis.STATED):
    """The node's place in its routing graph, by RFC 6550. Blue Book Ed. 16, 4.18.3.

    A test tool has the same attributes in the same order. The table has a signed rank, RFC 6550 an unsigned one.
    """

    rpl_instance_id = Attribute(2, unsigned, static=False, doc="identifier of the RPL instance")
    dodag_version_number = Attribute(3, unsigned, static=False, doc="version of the graph")
    dodag_rank = Attribute(4, long, static=False, doc="rank of the node in the graph")
    grounded = Attribute(5, boolean, static=False, doc="whether the graph reaches its goal")
    mode_of_operation = Attribute(6, enum_of(ModeOfOperation), static=False, doc="what RPL does downwards")
    dodag_prf = Attribute(7, unsigned, static=False, doc="preference of the graph, 0 to 7")
    dodag_dtsn = Attribute(8, unsigned, static=False, doc="number of the trigger for destination advertisements")
    dodag_id = Attribute(9, octet_string, static=False, doc="address of the root, 16 octets")

    reset = Trigger(1, doc="collect anew")


class MplDiagnostic(CosemObject, class_id=98, version=0, offsets=Basis.STATED):
    """Parameters of multicast by RFC 7731. Blue Book Ed. 16, 4.18.4. The table leaves short name 0x10 out.

    A test tool has the same attributes in the same order, with values that fit the types.
    """

    proactive_forwarding = Attribute(2, boolean, static=False, doc="whether messages are forwarded unasked")
    z = Attribute(3, unsigned, static=False, offset=0x18, doc="multicast scope")
    tunit = Attribute(4, unsigned, static=False, offset=0x20, doc="the unit of the times here")
    se_lifetime = Attribute(5, long_unsigned, static=False, offset=0x28, doc="life of a seed, in units of tunit")
    dm_k = Attribute(6, unsigned, static=False, offset=0x30, doc="redundancy constant of data messages")
    dm_imin = Attribute(7, long_unsigned, static=False, offset=0x38, doc="smallest interval of data messages, in tunit")
    dm_imax = Attribute(8, unsigned, static=False, offset=0x40, doc="largest interval of data messages")
    dm_t_exp = Attribute(9, long_unsigned, static=False, offset=0x48, doc="expirations of the data message timer")
    c_k = Attribute(10, unsigned, static=False, offset=0x50, doc="redundancy constant of control messages")
    c_imin = Attribute(
        11, long_unsigned, static=False, offset=0x58, doc="smallest interval of control messages, in tunit"
    )
    c_imax = Attribute(12, unsigned, static=False, offset=0x60, doc="largest interval of control messages")
    c_t_exp = Attribute(13, long_unsigned, static=False, offset=0x68, doc="expirations of the control message timer")

    reset = Trigger(1, doc="collect anew")
