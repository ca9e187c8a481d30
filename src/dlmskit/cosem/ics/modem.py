"""Modems and mobile networks: class ids 27, 28, 29, 45, 47, 151."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.common import window
from dlmskit.cosem.ics.local import CommSpeed
from dlmskit.cosem.model import Attribute, CosemObject, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    choice,
    double_long_unsigned,
    enum_of,
    field,
    integer,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    tagged_date_time,
    unsigned,
    visible_string,
)


@structure
class InitializationString_v0:
    """What is sent to the modem, and the answer expected."""

    request: bytes = field(octet_string)
    response: bytes = field(octet_string)


@structure
class InitializationString:
    """What is sent to the modem, the answer expected, and the pause behind it in milliseconds."""

    request: bytes = field(octet_string)
    response: bytes = field(octet_string)
    delay_after_response: int = field(long_unsigned)


class ModemConfiguration_v0(CosemObject, class_id=27, version=0):
    """How a modem is set up, first edition, called PSTN modem configuration."""

    comm_speed = Attribute(2, enum_of(CommSpeed), doc="speed between meter and modem, in baud")
    initialization_string = Attribute(3, array_of(structure_of(InitializationString_v0)), doc="commands that set it up")
    modem_profile = Attribute(4, array_of(octet_string), doc="the modem's own commands for the standard ones")


class ModemConfiguration(CosemObject, class_id=27, version=1):
    """How a modem is set up: speed, commands, profile. Blue Book 4.7.4."""

    comm_speed = Attribute(2, enum_of(CommSpeed), doc="speed between meter and modem, in baud")
    initialization_string = Attribute(3, array_of(structure_of(InitializationString)), doc="commands that set it up")
    modem_profile = Attribute(4, array_of(octet_string), doc="the modem's own commands for the standard ones")


class AutoAnswerMode(IntEnum):
    """Whether the line is the meter's own, and when it answers."""

    LINE_DEDICATED_TO_DEVICE = 0
    SHARED_LINE_LIMITED_CALLS = 1
    SHARED_LINE_CONNECTED_AFTER_WAKEUP = 2
    NO_MODEM = 3


class AutoAnswerStatus(IntEnum):
    """Whether the meter answers now."""

    INACTIVE = 0
    ACTIVE = 1
    LOCKED = 2


@structure
class NumberOfRings:
    """Rings before the meter answers, inside its listening window and outside."""

    nr_rings_in_window: int = field(unsigned)
    nr_rings_out_of_window: int = field(unsigned)


class CallType(IntEnum):
    """What a caller wants: a data connection, or to wake the meter up."""

    NORMAL_CSD = 0
    WAKE_UP = 1


@structure
class AllowedCaller:
    """A number that may call, with wildcards, and what its calls are."""

    caller_id: bytes = field(octet_string)
    call_type: CallType = field(enum_of(CallType))


class AutoAnswer_v0(CosemObject, class_id=28, version=0):
    """How the meter answers calls, from any number."""

    mode = Attribute(2, enum_of(AutoAnswerMode), doc="whose line it is, and when it answers")
    listening_window = Attribute(3, array_of(window), doc="when it answers; empty for always")
    status = Attribute(4, enum_of(AutoAnswerStatus), static=False, doc="whether it answers now")
    number_of_calls = Attribute(5, unsigned, doc="calls answered in a window; 0 for no limit")
    number_of_rings = Attribute(6, structure_of(NumberOfRings), doc="rings before it answers")


class AutoAnswer_v1(AutoAnswer_v0, class_id=28, version=1):
    """How the meter answers calls; the Blue Book lists version 1 as not to be used.

    No source describes it: one public library has attribute 7 already in version 0, another from version 2 on. Where a
    meter has it, it is carried as it comes.
    """

    list_of_allowed_callers = Attribute(7, anything, doc="who may call, as it comes")


class AutoAnswer(AutoAnswer_v0, class_id=28, version=2):
    """How the meter answers calls, and whose. Blue Book 4.7.5."""

    list_of_allowed_callers = Attribute(7, array_of(structure_of(AllowedCaller)), doc="who may call; empty for anybody")


class AutoConnectMode(IntEnum):
    """When the meter calls, or is connected; 200 and above are the maker's."""

    NO_AUTO_CONNECT = 0
    ANYTIME = 1
    WITHIN_WINDOW = 2
    REGULAR_IN_WINDOW = 3
    SMS_PLMN = 4
    SMS_PSTN = 5
    EMAIL = 6
    PERMANENT_CONNECTION = 101
    WINDOW_CONNECTION = 102
    ON_CONNECT = 103
    ON_CONNECT_OR_WINDOW = 104


class _AutoConnect(CosemObject):
    """What all versions share."""

    mode = Attribute(2, enum_of(AutoConnectMode), doc="when it calls, or is connected")
    repetitions = Attribute(3, unsigned, doc="attempts before it gives up")
    repetition_delay = Attribute(4, long_unsigned, doc="delay between attempts, in seconds")
    calling_window = Attribute(5, array_of(window), doc="when it may call; empty for always")


class AutoConnect_v0(_AutoConnect, class_id=29, version=0):
    """When and whom the meter calls, first edition, called PSTN auto dial."""

    phone_list = Attribute(6, array_of(octet_string), doc="numbers to call, in order")


class AutoConnect_v1(_AutoConnect, class_id=29, version=1):
    """When and to whom the meter connects."""

    destination_list = Attribute(6, array_of(octet_string), doc="numbers, addresses or names, in order")


class AutoConnect(AutoConnect_v1, class_id=29, version=2):
    """When and to whom the meter connects, and a method to make it do so. Blue Book 4.7.6."""

    connect = Trigger(1, doc="connect now")


@structure
class QualityOfServiceElement:
    """Quality of service in the classes of 3GPP TS 24.008."""

    precedence: int = field(unsigned)
    delay: int = field(unsigned)
    reliability: int = field(unsigned)
    peak_throughput: int = field(unsigned)
    mean_throughput: int = field(unsigned)


@structure
class QualityOfService:
    """What is asked for by default, and what is requested."""

    default: QualityOfServiceElement = field(structure_of(QualityOfServiceElement))
    requested: QualityOfServiceElement = field(structure_of(QualityOfServiceElement))


class GprsModemSetup(CosemObject, class_id=45, version=0):
    """Access point, PIN and quality of service of a mobile data modem. Blue Book 4.7.7."""

    apn = Attribute(2, octet_string, doc="access point name")
    pin_code = Attribute(3, long_unsigned, secret=True, doc="the SIM card's PIN as a number")
    quality_of_service = Attribute(4, structure_of(QualityOfService), doc="quality of service, default and requested")


class NetworkRegistration(IntEnum):
    """Whether the modem is registered in a mobile network."""

    NOT_REGISTERED = 0
    REGISTERED_HOME = 1
    SEARCHING = 2
    REGISTRATION_DENIED = 3
    UNKNOWN = 4
    REGISTERED_ROAMING = 5


class CsAttachment(IntEnum):
    """What goes on in the circuit-switched domain."""

    INACTIVE = 0
    INCOMING_CALL = 1
    ACTIVE = 2


class PsStatus(IntEnum):
    """By what the modem is attached to the packet-switched domain."""

    INACTIVE = 0
    GPRS = 1
    EDGE = 2
    UMTS = 3
    HSDPA = 4
    LTE = 5
    CDMA = 6
    LTE_CAT_M1 = 7
    LTE_CAT_NB1 = 8
    LTE_CAT_NB2 = 9


@structure
class CellInfo_v0:
    """The cell in use, as version 0 tells it; signal quality 0 to 31, 99 for unknown."""

    cell_id: int = field(long_unsigned)
    location_id: int = field(long_unsigned)
    signal_quality: int = field(unsigned)
    ber: int = field(unsigned)


@structure
class CellInfo:
    """The cell in use; signal quality 0 to 31, 99 for unknown, bit error rate 0 to 7, 99 for unknown."""

    cell_id: int = field(double_long_unsigned)
    location_id: int = field(long_unsigned)
    signal_quality: int = field(unsigned)
    ber: int = field(unsigned)
    mcc: int = field(long_unsigned)
    mnc: int = field(long_unsigned)
    channel_number: int = field(double_long_unsigned)


@structure
class AdjacentCell_v0:
    """A cell heard besides, as version 0 tells it."""

    cell_id: int = field(long_unsigned)
    signal_quality: int = field(unsigned)


@structure
class AdjacentCell:
    """A cell heard besides the one in use."""

    cell_id: int = field(double_long_unsigned)
    signal_quality: int = field(unsigned)


class _GsmDiagnostic(CosemObject):
    """What all versions share.

    From attribute 6 on short names lie one step further: the table leaves 0x28 out.
    """

    operator = Attribute(2, visible_string, static=False, doc="name of the network operator")
    status = Attribute(3, enum_of(NetworkRegistration), static=False, doc="whether it is registered")
    cs_attachment = Attribute(4, enum_of(CsAttachment), static=False, doc="state of the circuit-switched domain")
    ps_status = Attribute(5, enum_of(PsStatus), static=False, doc="state of the packet-switched domain")
    capture_time = Attribute(8, tagged_date_time, static=False, offset=0x40, doc="when this was captured")


class GsmDiagnostic_v0(_GsmDiagnostic, class_id=47, version=0):
    """The mobile network as the modem sees it, with cell ids of 16 bits."""

    cell_info = Attribute(6, structure_of(CellInfo_v0), static=False, offset=0x30, doc="the cell in use")
    adjacent_cells = Attribute(
        7, array_of(structure_of(AdjacentCell_v0)), static=False, offset=0x38, doc="other cells, with signal quality"
    )


class GsmDiagnostic_v1(_GsmDiagnostic, class_id=47, version=1):
    """The mobile network as the modem sees it, with cell ids of 32 bits, country and network code."""

    cell_info = Attribute(6, structure_of(CellInfo), static=False, offset=0x30, doc="the cell in use")
    adjacent_cells = Attribute(
        7, array_of(structure_of(AdjacentCell)), static=False, offset=0x38, doc="other cells, with signal quality"
    )


class GsmDiagnostic(GsmDiagnostic_v1, class_id=47, version=2, offsets=Basis.STATED):
    """The mobile network as the modem sees it, narrow-band LTE included. Blue Book 4.7.8.

    Its cell_info is taken to be that of version 1; the new members of ps_status rest on one source.
    """


@structure
class LteQualityOfService_v0:
    """Timers, in seconds, and reception of LTE, as the numbers that 3GPP has for steps of dB and dBm."""

    t3402: int = field(long_unsigned)
    t3412: int = field(long_unsigned)
    rsrq: int = field(unsigned)
    rsrp: int = field(unsigned)
    q_rx_lev_min: int = field(integer)


class CeLevel(IntEnum):
    """Coverage enhancement in use, from none to the strongest."""

    LEVEL_0 = 0
    LEVEL_1 = 1
    LEVEL_2 = 2


@structure
class LteNetworkParameters:
    """Timers and thresholds of the network, as 3GPP names them: in seconds, tedrx and tptw in hundredths."""

    t3402: int = field(long_unsigned)
    t3412: int = field(long_unsigned)
    t3412ext2: int = field(double_long_unsigned)
    t3324: int = field(long_unsigned)
    tedrx: int = field(double_long_unsigned)
    tptw: int = field(long_unsigned)
    q_rx_lev_min: int = field(integer)
    q_rx_lev_min_ce_r13: int = field(integer)
    q_rx_lev_min_ce1_r13: int = field(integer)


@structure
class LteQualityOfService:
    """Reception of LTE: quality and power as the numbers of 3GPP, signal to noise, coverage enhancement."""

    rsrq: int = field(integer)
    rsrp: int = field(integer)
    snr: int = field(integer)
    ce_level: CeLevel = field(enum_of(CeLevel))


_timers_and_reception = choice(structure_of(LteQualityOfService_v0), anything)
_network_parameters = choice(structure_of(LteNetworkParameters), anything)


class LteMonitoring_v0(CosemObject, class_id=151, version=0):
    """LTE reception and timers in one structure of five fields.

    Two libraries agree on it; a structure of other fields is read raw.
    """

    lte_quality_of_service = Attribute(2, _timers_and_reception, static=False, doc="timers and reception")


class LteMonitoring(CosemObject, class_id=151, version=1, offsets=Basis.STATED):
    """LTE network parameters and reception. Blue Book 4.7.9.

    Two sources agree on the two attributes; the four fields of reception rest on one library. A Dutch profile of 2019 calls
    a single structure of eleven fields, these nine among them, version 1 too: what is not the nine is read raw.
    """

    lte_network_parameters = Attribute(2, _network_parameters, static=False, doc="timers and thresholds")
    lte_quality_of_service = Attribute(
        3, structure_of(LteQualityOfService), static=False, doc="quality and power of reception, as numbers of 3GPP"
    )
