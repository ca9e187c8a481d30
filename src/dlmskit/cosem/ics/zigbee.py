"""ZigBee: class ids 101 to 105."""

from __future__ import annotations

from dlmskit.cosem.model import Attribute, CosemObject, Method
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    bit_string,
    boolean,
    double_long_unsigned,
    enum,
    field,
    integer,
    long_unsigned,
    octet_string,
    octet_string_of,
    structure,
    structure_of,
    tagged_date_time,
    unsigned,
)
from dlmskit.times import CosemDateTime


class ZigBeeSasStartup(CosemObject, class_id=101, version=0, offsets=Basis.STATED):
    """How a ZigBee PRO device starts: network, channels, keys. Blue Book 4.15.2.

    Two implementations agree on attributes and order, one of them on types too. Numbers are those of ZigBee.
    """

    short_address = Attribute(2, long_unsigned, static=False, doc="the device's address; 0xFFFF before it has one")
    extended_pan_id = Attribute(3, octet_string, static=False, doc="extended identifier of the network, 8 octets")
    pan_id = Attribute(4, long_unsigned, static=False, doc="identifier of the network; 0xFFFF for none")
    channel_mask = Attribute(5, double_long_unsigned, static=False, doc="a bit for each channel that may be used")
    protocol_version = Attribute(6, unsigned, doc="version of the ZigBee protocol")
    stack_profile = Attribute(7, enum, doc="number of the stack profile; 2 is ZigBee PRO")
    start_up_control = Attribute(8, unsigned, static=False, doc="number of the way it starts")
    trust_center_address = Attribute(9, octet_string, static=False, doc="the trust centre's address, 8 octets")
    link_key = Attribute(10, octet_string, static=False, secret=True, doc="link key, 16 octets; usually not readable")
    network_key = Attribute(
        11, octet_string, static=False, secret=True, doc="network key, 16 octets; usually not readable"
    )
    use_insecure_join = Attribute(12, boolean, doc="whether it may join without security")


class ZigBeeSasJoin(CosemObject, class_id=102, version=0, offsets=Basis.STATED):
    """How a ZigBee PRO device joins, and joins again. Blue Book 4.15.3.

    Two implementations agree on attributes and types; two sources give every time in seconds.
    """

    scan_attempts = Attribute(2, unsigned, doc="scans at start before it gives up")
    time_between_scans = Attribute(3, long_unsigned, doc="between two scans, in seconds")
    rejoin_interval = Attribute(4, long_unsigned, doc="first wait before it joins again, in seconds")
    rejoin_retry_interval = Attribute(5, long_unsigned, doc="longest wait before it joins again, in seconds")


class ZigBeeSasApsFragmentation(CosemObject, class_id=103, version=0, offsets=Basis.STATED):
    """How long messages are cut in pieces. Blue Book 4.15.4. Two implementations agree on it."""

    aps_interframe_delay = Attribute(2, long_unsigned, doc="between two pieces, in milliseconds")
    aps_max_window_size = Attribute(3, long_unsigned, doc="pieces sent before one is acknowledged")


@structure
class ActiveDevice:
    """A device in the network: how it is heard and how it fares.

    Powers in dBm. A library and a chip maker's stack agree on the fields and their order.
    """

    mac_address: bytes = field(octet_string_of(8))
    status: str = field(bit_string)
    max_rssi: int = field(integer)
    average_rssi: int = field(integer)
    min_rssi: int = field(integer)
    max_lqi: int = field(unsigned)
    average_lqi: int = field(unsigned)
    min_lqi: int = field(unsigned)
    last_communication_date_time: CosemDateTime = field(tagged_date_time)
    number_of_hops: int = field(unsigned)
    transmission_failures: int = field(unsigned)
    transmission_successes: int = field(unsigned)
    application_version: int = field(unsigned)
    stack_version: int = field(unsigned)


class ZigBeeNetworkControl(CosemObject, class_id=104, version=0, offsets=Basis.STATED):
    """The coordinator's view of its network. Blue Book 4.15.5.

    A library and a table of Ed. 16 agree on names and order. What the methods take is not established: any value.
    """

    enable_disable_joining = Attribute(2, boolean, doc="whether devices may join")
    join_timeout = Attribute(3, long_unsigned, doc="for how long they may, in seconds")
    active_devices = Attribute(4, array_of(structure_of(ActiveDevice)), static=False, doc="the devices in the network")

    register_device = Method(1, anything, anything, doc="let a device in")
    unregister_device = Method(2, anything, anything, doc="put a device out")
    unregister_all_devices = Method(3, anything, anything, doc="put all devices out")
    backup_pan = Method(4, anything, anything, doc="keep a copy of the network")
    restore_pan = Method(5, anything, anything, doc="set the network up from the copy")
    identify_device = Method(6, anything, anything, doc="make a device show itself")
    remove_mirror = Method(7, anything, anything, doc="remove the mirror of a device")
    update_network_key = Method(8, anything, anything, doc="use a new network key")
    update_link_key = Method(9, anything, anything, doc="use a new link key with a device")
    create_pan = Method(10, anything, anything, doc="set a network up")
    remove_pan = Method(11, anything, anything, doc="take the network down")


class ZigBeeTunnelSetup(CosemObject, class_id=105, version=0, offsets=Basis.STATED):
    """The tunnel that carries DLMS/COSEM over ZigBee. Blue Book 4.15.6. A chip maker's stack agrees."""

    maximum_incoming_transfer_size = Attribute(2, long_unsigned, doc="longest message taken, in octets")
    maximum_outgoing_transfer_size = Attribute(3, long_unsigned, doc="longest message sent, in octets")
    protocol_address = Attribute(4, octet_string, doc="address within the tunnelled protocol")
    close_tunnel_timeout = Attribute(5, long_unsigned, doc="silence that closes the tunnel, in seconds")
