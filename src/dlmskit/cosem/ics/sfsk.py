"""Power line carrier by S-FSK, and LLC sublayers: class ids 50 to 59."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    boolean,
    double_long_unsigned,
    enum,
    enum_of,
    field,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    unsigned,
)


class ElectricalPhase(IntEnum):
    """The phase the initiator is connected to."""

    NOT_DEFINED = 0
    PHASE_1 = 1
    PHASE_2 = 2
    PHASE_3 = 3


class DeltaElectricalPhase(IntEnum):
    """How the meter's phase lies to the initiator's, in degrees."""

    NOT_DEFINED = 0
    SAME_PHASE = 1
    PLUS_60 = 2
    PLUS_120 = 3
    PLUS_180 = 4
    MINUS_120 = 5
    MINUS_60 = 6


class Repeater(IntEnum):
    """Whether the meter repeats frames."""

    NEVER = 0
    ALWAYS = 1
    DYNAMIC = 2


@structure
class Frequencies:
    """The two frequencies, in hertz."""

    mark_frequency: int = field(double_long_unsigned)
    space_frequency: int = field(double_long_unsigned)


class _SFskPhyMacSetup(CosemObject):
    """What both versions share."""

    initiator_electrical_phase = Attribute(2, enum_of(ElectricalPhase), doc="phase of the initiator")
    delta_electrical_phase = Attribute(
        3, enum_of(DeltaElectricalPhase), static=False, doc="phase of the meter to it, in degrees"
    )
    max_receiving_gain = Attribute(4, unsigned, doc="largest gain of the receiver, in steps of 6 dB")
    max_transmitting_gain = Attribute(5, unsigned, doc="largest gain of the sender, in steps of 6 dB")
    frequencies = Attribute(7, structure_of(Frequencies), doc="mark and space frequency, in hertz")
    mac_address = Attribute(8, long_unsigned, static=False, doc="the meter's MAC address; 0xFFE before registration")
    mac_group_addresses = Attribute(9, array_of(long_unsigned), doc="group addresses it obeys")
    repeater = Attribute(10, enum_of(Repeater), doc="whether it may repeat frames")
    repeater_status = Attribute(11, boolean, static=False, doc="whether it repeats frames now")
    min_delta_credit = Attribute(12, unsigned, static=False, doc="smallest difference of initial and remaining credit")
    initiator_mac_address = Attribute(13, long_unsigned, static=False, doc="MAC address of the initiator")
    synchronization_locked = Attribute(14, boolean, static=False, doc="whether it stays with its initiator")


class SFskPhyMacSetup_v0(_SFskPhyMacSetup, class_id=50, version=0):
    """The physical layer and MAC of S-FSK, deprecated edition.

    One public library has the same attributes in the same order, and two octets for a frequency, which are too few.
    """

    search_initiator_gain = Attribute(6, unsigned, doc="gain for searching an initiator, in steps of 6 dB")


class SFskPhyMacSetup(_SFskPhyMacSetup, class_id=50, version=1, offsets=Basis.STATED):
    """The physical layer and MAC of S-FSK. Blue Book 4.10.3.

    Two libraries number the speeds differently, so the number is carried as it comes.
    """

    search_initiator_threshold = Attribute(6, unsigned, doc="level for searching an initiator, in dBµV")
    transmission_speed = Attribute(15, enum, doc="number of the speed on the line")


@structure
class ActiveInitiator:
    """Who was the last to register the meter."""

    system_title: bytes = field(octet_string)
    mac_address: int = field(long_unsigned)
    l_sap_selector: int = field(unsigned)


class SFskActiveInitiator(CosemObject, class_id=51, version=0, offsets=Basis.STATED):
    """The initiator the meter belongs to. Blue Book 4.10.4.

    What the method takes is recalled from IEC 61334-4-512.
    """

    active_initiator = Attribute(2, structure_of(ActiveInitiator), static=False, doc="title, MAC address, LLC selector")

    reset_new_not_synchronized = Method(
        1, long_unsigned, doc="let the meter be found anew, by the client's MAC address"
    )


class SFskMacSynchronizationTimeouts(CosemObject, class_id=52, version=0, offsets=Basis.STATED):
    """How long the meter waits for an initiator. Blue Book 4.10.5."""

    search_initiator_timeout = Attribute(2, long_unsigned, doc="search for a better initiator, in seconds")
    synchronization_confirmation_timeout = Attribute(3, long_unsigned, doc="wait for a confirming frame, in seconds")
    time_out_not_addressed = Attribute(
        4, long_unsigned, doc="silence towards it that loses synchronization, in minutes"
    )
    time_out_frame_not_ok = Attribute(5, long_unsigned, doc="no good frame that loses synchronization, in seconds")


@structure
class Synchronization:
    """How often the meter was synchronized by one sender."""

    mac_address: int = field(long_unsigned)
    synchronizations_counter: int = field(double_long_unsigned)


@structure
class Desynchronizations:
    """How often synchronization was lost, by cause."""

    physical_layer_desynchronization: int = field(double_long_unsigned)
    time_out_not_addressed_desynchronization: int = field(double_long_unsigned)
    time_out_frame_not_ok_desynchronization: int = field(double_long_unsigned)
    write_request_desynchronization: int = field(double_long_unsigned)
    wrong_initiator_desynchronization: int = field(double_long_unsigned)


@structure
class BroadcastFramesFrom:
    """Broadcast frames heard from one sender."""

    source_mac_address: int = field(long_unsigned)
    frames_counter: int = field(double_long_unsigned)


class SFskMacCounters(CosemObject, class_id=53, version=0, methods_at=0x50, offsets=Basis.STATED):
    """Frames and synchronizations counted. Blue Book 4.10.6."""

    synchronization_register = Attribute(2, array_of(structure_of(Synchronization)), static=False, doc="by sender")
    desynchronization_listing = Attribute(3, structure_of(Desynchronizations), static=False, doc="losses by cause")
    broadcast_frames_counter = Attribute(4, array_of(structure_of(BroadcastFramesFrom)), static=False, doc="by sender")
    repetitions_counter = Attribute(5, double_long_unsigned, static=False, doc="frames repeated")
    transmissions_counter = Attribute(6, double_long_unsigned, static=False, doc="frames sent")
    crc_ok_frames_counter = Attribute(7, double_long_unsigned, static=False, doc="frames received whole")
    crc_nok_frames_counter = Attribute(8, double_long_unsigned, static=False, doc="frames received damaged")

    reset = Trigger(1, doc="set all counters to 0")


@structure
class ReplyStatus:
    """How much waits at one LLC selector."""

    l_sap_selector: int = field(unsigned)
    length_of_waiting_l_sdu: int = field(unsigned)


class Iec61334LlcSetup_v0(CosemObject, class_id=55, version=0):
    """The LLC sublayer of IEC 61334-4-32, first edition.

    A public reading system has these attributes, and does not tell the elements of the list: they are carried as they
    come.
    """

    max_frame_length = Attribute(2, unsigned, doc="longest LLC frame, in octets")
    reply_status_list = Attribute(3, array_of(anything), static=False, doc="what waits at each selector, as it comes")


class Iec61334LlcSetup(CosemObject, class_id=55, version=1):
    """The LLC sublayer of IEC 61334-4-32. Blue Book 4.10.7.

    A public library confirms the attributes and the structure of the list; it has a long-unsigned for the length of a
    frame where a reading system has unsigned, so the length is carried as it comes.
    """

    max_frame_length = Attribute(2, anything, doc="longest LLC frame, in octets, as it comes")
    reply_status_list = Attribute(
        3, array_of(structure_of(ReplyStatus)), static=False, doc="length of what waits at each selector"
    )


class SFskReportingSystemList(CosemObject, class_id=56, version=0):
    """The meters that have asked to be registered. Blue Book 4.10.8. Two libraries agree on it."""

    reporting_system_list = Attribute(2, array_of(octet_string), static=False, doc="system titles, 8 octets each")


class LlcType1Setup(CosemObject, class_id=57, version=0):
    """ISO/IEC 8802-2 LLC type 1, connectionless. Blue Book 4.11.2. Two libraries agree on it."""

    max_octets_ui_pdu = Attribute(2, long_unsigned, doc="longest UI PDU, in octets")


class LlcType2Setup(CosemObject, class_id=58, version=0, offsets=Basis.STATED):
    """ISO/IEC 8802-2 LLC type 2, connected. Blue Book 4.11.3."""

    transmit_window_size_k = Attribute(2, unsigned, doc="I PDUs sent before one is acknowledged")
    receive_window_size_rw = Attribute(3, unsigned, doc="I PDUs taken before one is acknowledged")
    max_octets_i_pdu_n1 = Attribute(4, long_unsigned, doc="longest I PDU, in octets")
    max_number_transmissions_n2 = Attribute(5, unsigned, doc="attempts to send a PDU")
    acknowledgement_timer = Attribute(6, long_unsigned, doc="wait for an acknowledgement, in seconds")
    p_bit_timer = Attribute(7, long_unsigned, doc="wait for a PDU with the final bit, in seconds")
    reject_timer = Attribute(8, long_unsigned, doc="wait for an answer to a reject PDU, in seconds")
    busy_state_timer = Attribute(9, long_unsigned, doc="wait for the end of a busy state, in seconds")


class LlcType3Setup(CosemObject, class_id=59, version=0, offsets=Basis.STATED):
    """ISO/IEC 8802-2 LLC type 3, acknowledged and connectionless. Blue Book 4.11.4."""

    max_octets_acn_pdu_n3 = Attribute(2, long_unsigned, doc="longest ACn PDU, in octets")
    max_number_transmissions_n4 = Attribute(3, unsigned, doc="attempts to send a PDU")
    acknowledgement_time_t1 = Attribute(4, long_unsigned, doc="wait for an acknowledgement, in seconds")
    receive_lifetime_var_t2 = Attribute(5, long_unsigned, doc="life of a receive state, in seconds")
    transmit_lifetime_var_t3 = Attribute(6, long_unsigned, doc="life of a transmit state, in seconds")
