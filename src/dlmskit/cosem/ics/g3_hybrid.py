"""The radio half of hybrid G3 networks: class ids 160, 161, 162.

Names follow the hybrid profile of ITU-T G.9903, whose units they have.
"""

from __future__ import annotations

from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    bit_string,
    boolean,
    double_long_unsigned,
    enum,
    long_unsigned,
    unsigned,
)


class G3HybridRfMacLayerCounters(CosemObject, class_id=160, version=0):
    """Packets counted in the MAC layer of the radio. Blue Book Ed. 16, 4.13.6.

    Public sources tell only that the class exists. The names are those of class 90 by analogy, so every value is
    carried as it comes. They are doubtful: in the firmware of two makers the radio counts by IEEE 802.15.4, octets,
    retries, failures and frames, and one has these counters beside, as its own.
    """

    mac_tx_data_packet_count_rf = Attribute(2, anything, static=False, doc="data packets sent, by analogy")
    mac_rx_data_packet_count_rf = Attribute(3, anything, static=False, doc="data packets received, by analogy")
    mac_tx_cmd_packet_count_rf = Attribute(4, anything, static=False, doc="command packets sent, by analogy")
    mac_rx_cmd_packet_count_rf = Attribute(5, anything, static=False, doc="command packets received, by analogy")
    mac_csma_fail_count_rf = Attribute(6, anything, static=False, doc="attempts to send that failed, by analogy")
    mac_csma_no_ack_count_rf = Attribute(7, anything, static=False, doc="packets not acknowledged, by analogy")
    mac_bad_crc_count_rf = Attribute(8, anything, static=False, doc="frames received damaged, by analogy")
    mac_tx_data_broadcast_count_rf = Attribute(9, anything, static=False, doc="broadcasts sent, by analogy")
    mac_rx_data_broadcast_count_rf = Attribute(10, anything, static=False, doc="broadcasts received, by analogy")

    reset = Trigger(1, doc="set all counters to 0")


class G3HybridRfMacSetup_v0(CosemObject, class_id=161, version=0, offsets=Basis.NO_SHORT_NAMES):
    """Parameters of the MAC layer of the radio, first edition.

    No public source has its attributes, which are read by number.
    """


class G3HybridRfMacSetup(CosemObject, class_id=161, version=1, offsets=Basis.STATED):
    """Parameters of the MAC layer of the radio. Blue Book Ed. 16, 4.13.7.

    One source has the list. A maker's firmware has attributes 2 to 21 in this order and these sizes, and a second one most
    of them, with one octet for the channel; of 22 to 38 the second has 27, 29, 31 and 32. The elements of the POS table
    and the members of the frequency band are not established.
    """

    mac_max_be_rf = Attribute(2, unsigned, doc="largest backoff exponent")
    mac_max_csma_backoffs_rf = Attribute(3, unsigned, doc="backoffs before sending has failed")
    mac_max_frame_retries_rf = Attribute(4, unsigned, doc="attempts to send a frame again")
    mac_min_be_rf = Attribute(5, unsigned, doc="smallest backoff exponent")
    mac_frame_counter_rf = Attribute(6, double_long_unsigned, static=False, doc="frames sent protected")
    mac_duplicate_detection_ttl_rf = Attribute(7, unsigned, doc="for how long duplicates are looked for, in seconds")
    mac_pos_table_rf = Attribute(8, array_of(anything), static=False, doc="the nodes in reach, as they come")
    mac_operating_mode_rf = Attribute(9, unsigned, doc="number of the physical layer's mode")
    mac_channel_number_rf = Attribute(10, long_unsigned, doc="number of the channel")
    mac_duty_cycle_usage_rf = Attribute(11, unsigned, static=False, doc="duty cycle used, in percent")
    mac_duty_cycle_period_rf = Attribute(12, long_unsigned, doc="over what it is counted, in seconds")
    mac_duty_cycle_limit_rf = Attribute(13, long_unsigned, doc="how long it may send in a period, in seconds")
    mac_duty_cycle_threshold_rf = Attribute(14, unsigned, doc="usage from which the radio is spared, in percent")
    mac_disable_phy_rf = Attribute(15, boolean, doc="whether the radio is off")
    mac_frequency_band_rf = Attribute(16, enum, doc="number of the frequency band")
    mac_transmit_atten_rf = Attribute(17, unsigned, doc="attenuation of the sender, in dB")
    mac_adaptive_power_step_rf = Attribute(18, unsigned, doc="step of adaptive power, in dB")
    mac_adaptive_power_high_bound_rf = Attribute(19, unsigned, doc="link quality above which power is lowered")
    mac_adaptive_power_low_bound_rf = Attribute(20, unsigned, doc="link quality below which power is raised")
    mac_pos_recent_entries_rf = Attribute(21, long_unsigned, static=False, doc="recent entries of the POS table")
    mac_hopping_enabled_rf = Attribute(22, boolean, doc="whether frequencies are hopped")
    mac_broadcast_interval_duration_rf = Attribute(
        23, long_unsigned, doc="between two broadcast slots, in milliseconds"
    )
    mac_broadcast_slot_duration_rf = Attribute(24, unsigned, doc="length of a broadcast slot, in milliseconds")
    mac_unicast_slot_duration_rf = Attribute(25, unsigned, doc="length of a unicast slot, in milliseconds")
    mac_extended_bitmap_rf = Attribute(26, bit_string, doc="a bit for each channel hopped on")
    mac_beacon_randomization_window_length_rf = Attribute(27, long_unsigned, doc="spread of beacons, in seconds")
    mac_additional_channel_scan_time_rf = Attribute(28, unsigned, doc="time added to the scan of a channel, in seconds")
    mac_max_cca_attempts_retries_rf = Attribute(29, unsigned, doc="attempts to find the channel clear")
    mac_min_inter_tx_interval_rf = Attribute(30, long_unsigned, doc="shortest pause between two frames sent")
    mac_initial_retry_time_rf = Attribute(31, long_unsigned, doc="wait before the first attempt again")
    mac_maximum_retry_time_rf = Attribute(32, long_unsigned, doc="longest wait before an attempt again")
    mac_max_clock_drift_rf = Attribute(33, unsigned, doc="largest drift of the clock, in ppm")
    mac_fh_unicast_schedule_address_rf = Attribute(34, long_unsigned, doc="address whose hopping schedule is told")
    mac_fh_unicast_slot_number_rf = Attribute(35, long_unsigned, doc="number of its unicast slot")
    mac_fh_unicast_offset_rf = Attribute(36, unsigned, doc="offset within that slot, in milliseconds")
    mac_min_guard_time_rf = Attribute(37, unsigned, doc="shortest guard time between slots")
    mac_max_bcast_resync_wait_unit_rf = Attribute(38, unsigned, doc="longest wait for a broadcast to synchronize by")

    mac_get_pos_table_entry_rf = Method(1, long_unsigned, anything, doc="the entry of a short address")


class G3HybridLowpanSetup_v0(CosemObject, class_id=162, version=0, offsets=Basis.NO_SHORT_NAMES):
    """The 6LoWPAN layer over both media, first edition.

    No public source has its attributes, which are read by number.
    """


class G3HybridLowpanSetup(CosemObject, class_id=162, version=1, offsets=Basis.STATED):
    """The 6LoWPAN adaptation layer over both media. Blue Book Ed. 16, 4.13.8.

    One source has the list. A maker's firmware has attributes 8 to 19 in this order and these sizes, and 4, 5 and 7 too;
    a second one has 4, 5, 7 and 8. The elements of the tables are not established: they add a medium to those of class 92.
    """

    adp_routing_table = Attribute(2, array_of(anything), static=False, doc="routes known, as they come")
    adp_blacklist_table = Attribute(3, array_of(anything), static=False, doc="neighbours shunned, as they come")
    adp_low_lqi_value_rf = Attribute(4, unsigned, doc="link quality at and below which a radio link is bad")
    adp_high_lqi_value_rf = Attribute(5, unsigned, doc="link quality at and above which a radio link is good")
    adp_routing_configuration_rf = Attribute(6, array_of(anything), doc="parameters of routing, as they come")
    adp_use_backup_media = Attribute(7, boolean, doc="whether the other medium is tried where one fails")
    adp_weak_lqi_value_rf = Attribute(8, unsigned, doc="link quality below which a radio link is weak")
    adp_trickle_lqi_threshold_low_rf = Attribute(9, unsigned, doc="lower bound of link quality for trickle")
    adp_delay_low_lqi_rf = Attribute(10, long_unsigned, doc="delay of a broadcast over a bad link, in milliseconds")
    adp_delay_high_lqi_rf = Attribute(11, long_unsigned, doc="delay of a broadcast over a good link, in milliseconds")
    adp_rreq_jitter_low_lqi_rf = Attribute(12, unsigned, doc="spread of route requests over a bad link")
    adp_rreq_jitter_high_lqi_rf = Attribute(13, unsigned, doc="spread of route requests over a good link")
    adp_cluster_trickle_i_rf = Attribute(14, long_unsigned, doc="trickle interval within a cluster, in milliseconds")
    adp_cluster_trickle_k_rf = Attribute(15, unsigned, doc="redundancy constant within a cluster")
    adp_cluster_min_lqi_rf = Attribute(16, unsigned, doc="link quality a cluster needs")
    adp_last_gasp = Attribute(17, boolean, doc="whether a meter says that its supply fails")
    adp_probing_interval = Attribute(18, unsigned, doc="between two probes of a link")
    adp_trickle_lqi_threshold_high_rf = Attribute(19, unsigned, doc="upper bound of link quality for trickle")
