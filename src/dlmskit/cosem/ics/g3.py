"""G3 power line carrier: class ids 90, 91, 92.

Names follow the information bases of ITU-T G.9903, whose units they have.
"""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    bit_string,
    boolean,
    double_long_unsigned,
    enum_of,
    field,
    integer,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    unsigned,
)


class G3MacLayerCounters_v0(CosemObject, class_id=90, version=0):
    """Packets counted in the MAC layer by G.9903 of 2013; the list is taken to be that of version 1."""

    mac_tx_data_packet_count = Attribute(2, double_long_unsigned, static=False, doc="data packets sent")
    mac_rx_data_packet_count = Attribute(3, double_long_unsigned, static=False, doc="data packets received")
    mac_tx_cmd_packet_count = Attribute(4, double_long_unsigned, static=False, doc="command packets sent")
    mac_rx_cmd_packet_count = Attribute(5, double_long_unsigned, static=False, doc="command packets received")
    mac_csma_fail_count = Attribute(6, double_long_unsigned, static=False, doc="attempts to send that failed")
    mac_csma_no_ack_count = Attribute(7, double_long_unsigned, static=False, doc="packets not acknowledged")
    mac_bad_crc_count = Attribute(8, double_long_unsigned, static=False, doc="frames received damaged")
    mac_tx_data_broadcast_count = Attribute(9, double_long_unsigned, static=False, doc="broadcasts sent")
    mac_rx_data_broadcast_count = Attribute(10, double_long_unsigned, static=False, doc="broadcasts received")

    reset = Trigger(1, doc="set all counters to 0")


class G3MacLayerCounters(G3MacLayerCounters_v0, class_id=90, version=1, offsets=Basis.STATED):
    """Packets counted in the MAC layer. Blue Book 4.13.3. A maker's firmware has the same list."""


@structure
class MacKey:
    """A group master key and its number; keys are usually not readable."""

    key_id: int = field(unsigned)
    key: bytes = field(octet_string)


class Modulation(IntEnum):
    """The modulation used with a neighbour."""

    ROBUST_MODE = 0
    DBPSK = 1
    DQPSK = 2
    D8PSK = 3
    QAM16 = 4


class TxResolution(IntEnum):
    """The step of a gain."""

    STEP_6DB = 0
    STEP_3DB = 1


@structure
class Neighbour:
    """A neighbour and how it is heard.

    Four public implementations agree on the fields, three of them on the types, two on the numbers of the enums.
    """

    short_address: int = field(long_unsigned)
    payload_modulation_scheme: bool = field(boolean)
    tone_map: str = field(bit_string)
    modulation: Modulation = field(enum_of(Modulation))
    tx_gain: int = field(integer)
    tx_res: TxResolution = field(enum_of(TxResolution))
    tx_coeff: str = field(bit_string)
    lqi: int = field(unsigned)
    phase_differential: int = field(integer)
    tmr_valid_time: int = field(unsigned)
    neighbour_valid_time: int = field(unsigned)


@structure
class Pos:
    """A node in reach: link quality, and for how many minutes the entry is good."""

    short_address: int = field(long_unsigned)
    lqi: int = field(unsigned)
    pos_valid_time: int = field(unsigned)


class _G3MacSetup(CosemObject):
    """What all versions share."""

    mac_short_address = Attribute(2, long_unsigned, static=False, doc="the meter's address; 0xFFFF before it has one")
    mac_rc_coord = Attribute(3, long_unsigned, static=False, doc="route cost to the coordinator")
    mac_pan_id = Attribute(4, long_unsigned, static=False, doc="identifier of the network; 0xFFFF for none")
    mac_key_table = Attribute(
        5, array_of(structure_of(MacKey)), static=False, secret=True, doc="group master keys; usually not readable"
    )
    mac_frame_counter = Attribute(6, double_long_unsigned, static=False, doc="frames sent protected")
    mac_tone_mask = Attribute(7, bit_string, doc="a bit for each tone, 1 where it is used")
    mac_tmr_ttl = Attribute(8, unsigned, doc="life of tone map values, in minutes")
    mac_max_frame_retries = Attribute(9, unsigned, doc="attempts to send a frame again")
    mac_neighbour_table = Attribute(
        11, array_of(structure_of(Neighbour)), static=False, doc="neighbours, and how they are heard"
    )
    mac_high_priority_window_size = Attribute(12, unsigned, doc="contention slots of high priority")
    mac_csma_fairness_limit = Attribute(13, unsigned, doc="failed attempts before the contention window is widened")
    mac_beacon_randomization_window_length = Attribute(14, unsigned, doc="spread of beacons, in seconds")
    mac_a = Attribute(15, unsigned, doc="step by which the contention window shrinks")
    mac_k = Attribute(16, unsigned, doc="rate by which it shrinks under load")
    mac_min_cw_attempts = Attribute(17, unsigned, doc="attempts with the smallest contention window")
    mac_cenelec_legacy_mode = Attribute(18, unsigned, doc="interleaver of the CENELEC band, as older devices have it")
    mac_fcc_legacy_mode = Attribute(19, unsigned, doc="interleaver of the FCC band, as older devices have it")
    mac_max_be = Attribute(20, unsigned, doc="largest backoff exponent")
    mac_max_csma_backoffs = Attribute(21, unsigned, doc="backoffs before sending has failed")
    mac_min_be = Attribute(22, unsigned, doc="smallest backoff exponent")

    mac_get_neighbour_table_entry = Method(1, long_unsigned, anything, doc="the neighbour of a short address")


class G3MacSetup_v0(_G3MacSetup, class_id=91, version=0):
    """Parameters of the MAC layer by G.9903 of 2013.

    A public library has the list of version 1 here; an older one has nine attributes, before the standard.
    """

    mac_neighbour_table_entry_ttl = Attribute(10, unsigned, doc="life of a neighbour, in minutes")


class G3MacSetup_v1(G3MacSetup_v0, class_id=91, version=1):
    """Parameters of the MAC layer by G.9903 of 2014.

    Two public implementations agree on the attributes; a maker's firmware leaves out 5 and 6.
    """


class G3MacSetup_v2(_G3MacSetup, class_id=91, version=2, methods_at=0xE0, offsets=Basis.STATED):
    """Parameters of the MAC layer, with a table of the nodes in reach. Blue Book Ed. 13, 4.13.4."""

    mac_pos_table_entry_ttl = Attribute(10, unsigned, doc="life of an entry of the POS table, in minutes")
    mac_broadcast_max_cw_enabled = Attribute(23, boolean, doc="whether broadcasts use the largest contention window")
    mac_transmit_atten = Attribute(24, unsigned, doc="attenuation of the sender, in dB")
    mac_pos_table = Attribute(25, array_of(structure_of(Pos)), static=False, doc="the nodes in reach")


class G3MacSetup_v3(G3MacSetup_v2, class_id=91, version=3, methods_at=0xE0):
    """Parameters of the MAC layer, with detection of duplicates.

    One public library has this version; the table of version 4 has what is new here, with the same numbers and types.
    """

    mac_duplicate_detection_ttl = Attribute(26, unsigned, doc="for how long duplicates are looked for, in seconds")

    mac_get_pos_table_entry = Method(2, long_unsigned, anything, doc="the entry of a short address")


class G3MacSetup(G3MacSetup_v3, class_id=91, version=4, offsets=Basis.STATED):
    """Parameters of the MAC layer. Blue Book Ed. 16, 4.13.4.

    No library has this version; a chip maker's stack has the three new parameters, as wide where it tells widths.
    """

    mac_pos_recent_entry_threshold = Attribute(27, unsigned, doc="age below which an entry is recent, in minutes")
    mac_pos_recent_entries = Attribute(28, long_unsigned, doc="recent entries of the POS table")
    mac_preamble_length = Attribute(29, unsigned, doc="symbols of the preamble")


@structure
class RoutingConfiguration:
    """Parameters of LOADng routing, as G.9903 names them."""

    adp_net_traversal_time: int = field(unsigned)
    adp_routing_table_entry_ttl: int = field(long_unsigned)
    adp_kr: int = field(unsigned)
    adp_km: int = field(unsigned)
    adp_kc: int = field(unsigned)
    adp_kq: int = field(unsigned)
    adp_kh: int = field(unsigned)
    adp_krt: int = field(unsigned)
    adp_rreq_retries: int = field(unsigned)
    adp_rreq_wait: int = field(unsigned)
    adp_blacklist_table_entry_ttl: int = field(long_unsigned)
    adp_unicast_rreq_gen_enable: bool = field(boolean)
    adp_rlc_enabled: bool = field(boolean)
    adp_add_rev_link_cost: int = field(unsigned)


@structure
class Route:
    """A route: next hop, cost, and for how many minutes it is good."""

    destination_address: int = field(long_unsigned)
    next_hop_address: int = field(long_unsigned)
    route_cost: int = field(long_unsigned)
    hop_count: int = field(unsigned)
    weak_link_count: int = field(unsigned)
    valid_time: int = field(long_unsigned)


@structure
class ContextInformation:
    """A context of header compression; `c` says whether it may be used to compress."""

    cid: str = field(bit_string)
    context_length: int = field(unsigned)
    context: bytes = field(octet_string)
    c: bool = field(boolean)
    valid_lifetime: int = field(long_unsigned)


@structure
class BlacklistedNeighbour:
    """A neighbour not routed through, for so many minutes."""

    blacklisted_neighbour_address: int = field(long_unsigned)
    valid_time: int = field(long_unsigned)


@structure
class BroadcastLog:
    """A broadcast already seen, remembered for so many minutes."""

    source_address: int = field(long_unsigned)
    sequence_number: int = field(unsigned)
    valid_time: int = field(long_unsigned)


class AdpDeviceType(IntEnum):
    """What a device is in its network."""

    PAN_DEVICE = 0
    PAN_COORDINATOR = 1
    NOT_DEFINED = 2


class G3LowpanSetup_v0(CosemObject, class_id=92, version=0):
    """The 6LoWPAN adaptation layer by G.9903 of 2013, as a public library has it.

    An older list differs. The element of the prefix table is not established in any version and carried as it comes.
    """

    adp_max_hops = Attribute(2, unsigned, doc="hops of a route at most")
    adp_weak_lqi_value = Attribute(3, unsigned, doc="link quality below which a link is weak")
    adp_security_level = Attribute(4, unsigned, doc="security level of frames: 0 none, 5 encrypted and authenticated")
    adp_prefix_table = Attribute(5, array_of(anything), static=False, doc="prefixes, as they come")
    adp_routing_configuration = Attribute(6, array_of(structure_of(RoutingConfiguration)), doc="parameters of routing")
    adp_broadcast_log_table_entry_ttl = Attribute(7, long_unsigned, doc="life of an entry of the log, in minutes")
    adp_routing_table = Attribute(8, array_of(structure_of(Route)), static=False, doc="routes known")
    adp_context_information_table = Attribute(
        9, array_of(structure_of(ContextInformation)), static=False, doc="contexts of header compression"
    )
    adp_blacklist_table = Attribute(
        10, array_of(structure_of(BlacklistedNeighbour)), static=False, doc="neighbours shunned"
    )
    adp_broadcast_log_table = Attribute(11, array_of(structure_of(BroadcastLog)), static=False, doc="broadcasts seen")
    adp_group_table = Attribute(12, array_of(long_unsigned), static=False, doc="group addresses it obeys")
    adp_max_join_wait_time = Attribute(13, long_unsigned, doc="wait for the answer to a join, in seconds")
    adp_path_discovery_time = Attribute(14, unsigned, doc="wait for a path discovery, in seconds")
    adp_active_key_index = Attribute(15, unsigned, doc="number of the key in use")
    adp_metric_type = Attribute(16, unsigned, doc="number of the routing metric")


class G3LowpanSetup_v1(G3LowpanSetup_v0, class_id=92, version=1):
    """The 6LoWPAN adaptation layer by G.9903 of 2014.

    Four public implementations agree on the attributes, two on the structures of the tables; for the prefix table one
    has numbers, one structures.
    """

    adp_coord_short_address = Attribute(17, long_unsigned, doc="address of the coordinator")
    adp_disable_default_routing = Attribute(18, boolean, doc="whether LOADng is off")
    adp_device_type = Attribute(19, enum_of(AdpDeviceType), doc="what the device is in its network")


class G3LowpanSetup_v2(G3LowpanSetup_v1, class_id=92, version=2, offsets=Basis.STATED):
    """The 6LoWPAN adaptation layer. Blue Book Ed. 13, 4.13.5."""

    adp_default_coord_route_enabled = Attribute(20, boolean, doc="whether the coordinator is the default route")
    adp_destination_address_set = Attribute(21, array_of(long_unsigned), static=False, doc="addresses it answers for")


class G3LowpanSetup_v3(G3LowpanSetup_v2, class_id=92, version=3):
    """The 6LoWPAN adaptation layer, with two bounds of link quality.

    One public library has this version; the table of version 4 has both bounds, with the same numbers and types.
    """

    adp_low_lqi_value = Attribute(22, unsigned, doc="link quality at and below which a link is bad")
    adp_high_lqi_value = Attribute(23, unsigned, doc="link quality at and above which a link is good")


class G3LowpanSetup(G3LowpanSetup_v3, class_id=92, version=4, offsets=Basis.STATED):
    """The 6LoWPAN adaptation layer, with trickle and cluster parameters. Blue Book Ed. 16, 4.13.5.

    No library has this version; a chip maker's stack has the new parameters in this order, each as wide.
    """

    adp_delay_low_lqi = Attribute(24, long_unsigned, doc="delay of a broadcast over a bad link, in milliseconds")
    adp_delay_high_lqi = Attribute(25, long_unsigned, doc="delay of a broadcast over a good link, in milliseconds")
    adp_rreq_jitter_low_lqi = Attribute(26, unsigned, doc="spread of route requests over a bad link")
    adp_rreq_jitter_high_lqi = Attribute(27, unsigned, doc="spread of route requests over a good link")
    adp_trickle_data_enabled = Attribute(28, boolean, doc="whether data broadcasts trickle")
    adp_trickle_lqi_threshold_low = Attribute(29, unsigned, doc="lower bound of link quality for trickle")
    adp_trickle_step = Attribute(30, unsigned, doc="step of the trickle interval")
    adp_trickle_imin = Attribute(31, long_unsigned, doc="smallest trickle interval, in milliseconds")
    adp_trickle_max_ki = Attribute(32, unsigned, doc="largest redundancy constant of trickle")
    adp_trickle_adaptive_imin = Attribute(33, boolean, doc="whether the smallest interval adapts")
    adp_trickle_adaptive_ki = Attribute(34, boolean, doc="whether the redundancy constant adapts")
    adp_cluster_trickle_enabled = Attribute(35, boolean, doc="whether route requests trickle within clusters")
    adp_cluster_min_lqi = Attribute(36, unsigned, doc="link quality a cluster needs")
    adp_cluster_trickle_k = Attribute(37, unsigned, doc="redundancy constant within a cluster")
    adp_cluster_rreq_route_cost_deviation = Attribute(38, unsigned, doc="deviation of route cost allowed in a cluster")
    adp_cluster_trickle_i = Attribute(39, long_unsigned, doc="trickle interval within a cluster, in milliseconds")
    adp_trickle_lqi_threshold_high = Attribute(40, unsigned, doc="upper bound of link quality for trickle")
