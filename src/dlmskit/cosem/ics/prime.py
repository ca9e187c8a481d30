"""PRIME narrow-band power line carrier: class ids 80 to 86."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.model import Attribute, CosemObject, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    array_of,
    double_long_unsigned,
    enum_of,
    field,
    integer,
    long,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    unsigned,
)


class PrimeLlcSscsSetup(CosemObject, class_id=80, version=0, methods_at=0x20, offsets=Basis.STATED):
    """Addresses in the convergence layer for IEC 61334-4-32. Blue Book 4.12.3."""

    service_node_address = Attribute(2, long_unsigned, static=False, doc="the meter's address; 0xFFE before it has one")
    base_node_address = Attribute(3, long_unsigned, static=False, doc="the concentrator's address")

    reset = Trigger(1, doc="forget both addresses")


class PrimePhysicalLayerCounters(CosemObject, class_id=81, version=0, offsets=Basis.STATED):
    """Bursts lost in the physical layer. Blue Book 4.12.5."""

    phy_stats_crc_incorrect_count = Attribute(2, long_unsigned, static=False, doc="bursts with a wrong CRC")
    phy_stats_crc_fail_count = Attribute(
        3, long_unsigned, static=False, doc="bursts with a right CRC and a wrong header"
    )
    phy_stats_tx_drop_count = Attribute(4, long_unsigned, static=False, doc="bursts not sent, for want of room")
    phy_stats_rx_drop_count = Attribute(5, long_unsigned, static=False, doc="bursts not taken, for want of room")

    reset = Trigger(1, doc="set all counters to 0")


class PrimeMacSetup(CosemObject, class_id=82, version=0):
    """Parameters of the MAC layer. Blue Book 4.12.6. Two libraries and a table of Ed. 16 agree on it."""

    mac_min_switch_search_time = Attribute(2, unsigned, doc="search for a switch before promotion, in seconds")
    mac_max_promotion_pdu = Attribute(3, unsigned, doc="promotion-needed PDUs sent at most")
    mac_promotion_pdu_tx_period = Attribute(4, unsigned, doc="between two of them, in seconds")
    mac_beacons_per_frame = Attribute(5, unsigned, doc="beacons in a frame at most")
    mac_scp_max_tx_attempts = Attribute(6, unsigned, doc="attempts to send with contention")
    mac_ctl_re_tx_timer = Attribute(7, unsigned, doc="wait before a control PDU is sent again, in seconds")
    mac_max_ctl_re_tx = Attribute(8, unsigned, doc="times a control PDU is sent again")


class PrimeMacState(IntEnum):
    """What a node is in its subnetwork."""

    DISCONNECTED = 0
    TERMINAL = 1
    SWITCH = 2
    BASE = 3


class PrimeMacFunctionalParameters(CosemObject, class_id=83, version=0, offsets=Basis.STATED):
    """What the node is in its subnetwork, and when it sends. Blue Book 4.12.7."""

    mac_lnid = Attribute(2, long, doc="local node identifier")
    mac_lsid = Attribute(3, unsigned, doc="local switch identifier; 0xFF for none")
    mac_sid = Attribute(4, unsigned, doc="identifier of the switch it is connected through")
    mac_sna = Attribute(5, octet_string, doc="subnetwork address, 6 octets")
    mac_state = Attribute(6, enum_of(PrimeMacState), doc="what the node is")
    mac_scp_length = Attribute(7, long, doc="length of the contention period, in symbols")
    mac_node_hierarchy_level = Attribute(8, unsigned, doc="level below the base node")
    mac_beacon_slot_count = Attribute(9, unsigned, doc="beacon slots in a frame")
    mac_beacon_rx_slot = Attribute(10, unsigned, doc="slot in which its switch sends the beacon")
    mac_beacon_tx_slot = Attribute(11, unsigned, doc="slot in which it sends its own beacon")
    mac_beacon_rx_frequency = Attribute(12, unsigned, doc="frames between two beacons heard")
    mac_beacon_tx_frequency = Attribute(13, unsigned, doc="frames between two beacons sent")
    mac_capabilities = Attribute(14, long_unsigned, doc="bits of what it can do, as PRIME numbers them")


class PrimeMacCounters(CosemObject, class_id=84, version=0, methods_at=0x40, offsets=Basis.STATED):
    """Packets counted in the MAC layer. Blue Book 4.12.8."""

    mac_tx_data_pkt_count = Attribute(2, double_long_unsigned, static=False, doc="data packets sent")
    mac_rx_data_pkt_count = Attribute(3, double_long_unsigned, static=False, doc="data packets received")
    mac_tx_ctrl_pkt_count = Attribute(4, double_long_unsigned, static=False, doc="control packets sent")
    mac_rx_ctrl_pkt_count = Attribute(5, double_long_unsigned, static=False, doc="control packets received")
    mac_csma_fail_count = Attribute(6, double_long_unsigned, static=False, doc="attempts to send that failed")
    mac_csma_ch_busy_count = Attribute(7, double_long_unsigned, static=False, doc="times the channel was busy")

    reset = Trigger(1, doc="set all counters to 0")


@structure
class MulticastEntry:
    """A multicast group, and how many members it has below this node."""

    mcast_entry_lcid: int = field(integer)
    mcast_entry_members: int = field(long)


@structure
class DirectConnection:
    """A direct connection switched here; field names follow PRIME."""

    dconn_entry_src_sid: int = field(long)
    dconn_entry_src_lnid: int = field(long)
    dconn_entry_src_lcid: int = field(long)
    dconn_entry_dst_sid: int = field(long)
    dconn_entry_dst_lnid: int = field(long)
    dconn_entry_dst_lcid: int = field(long)
    dconn_entry_did: bytes = field(octet_string)


@structure
class AvailableSwitch:
    """A switch heard: subnetwork, level, reception level and signal to noise."""

    slist_entry_sna: bytes = field(octet_string)
    slist_entry_lsid: int = field(long)
    slist_entry_level: int = field(integer)
    slist_entry_rx_lvl: int = field(integer)
    slist_entry_rx_snr: int = field(integer)


@structure
class PhyCommunication:
    """Powers and codings used with one node, by its EUI-48."""

    phy_comm_eui: bytes = field(octet_string)
    phy_comm_tx_pwr: int = field(integer)
    phy_comm_tx_cod: int = field(integer)
    phy_comm_rx_cod: int = field(integer)
    phy_comm_rx_lvl: int = field(integer)
    phy_comm_snr: int = field(integer)
    phy_comm_tx_pwr_mod: int = field(integer)
    phy_comm_tx_cod_mod: int = field(integer)
    phy_comm_rx_cod_mod: int = field(integer)


class PrimeMacNetworkAdministration(CosemObject, class_id=85, version=0, offsets=Basis.STATED):
    """Tables of the network around the node. Blue Book 4.12.9, network administration data."""

    mac_list_multicast_entries = Attribute(
        2, array_of(structure_of(MulticastEntry)), static=False, doc="multicast groups"
    )
    mac_list_switch_table = Attribute(3, array_of(long), static=False, doc="identifiers of the switches below it")
    mac_list_direct_table = Attribute(
        4, array_of(structure_of(DirectConnection)), static=False, doc="direct connections"
    )
    mac_list_available_switches = Attribute(
        5, array_of(structure_of(AvailableSwitch)), static=False, doc="switches heard"
    )
    mac_list_phy_comm = Attribute(
        6, array_of(structure_of(PhyCommunication)), static=False, doc="powers, in the steps of PRIME"
    )

    reset = Trigger(1, doc="empty all tables")


class PrimeApplicationIdentification(CosemObject, class_id=86, version=0):
    """Who made the modem, and its firmware. Blue Book 4.12.11. Two libraries agree on it."""

    firmware_version = Attribute(2, octet_string, doc="version of the firmware, as text")
    vendor_id = Attribute(3, long_unsigned, doc="maker's number, given by the PRIME Alliance")
    product_id = Attribute(4, long_unsigned, doc="the maker's number of the product")
