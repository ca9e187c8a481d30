"""M-Bus: class ids 25, 72, 73, 74, 76, 77."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.common import capture_time, window
from dlmskit.cosem.ics.local import CommSpeed
from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    double_long_unsigned,
    enum_of,
    field,
    logical_name,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    tagged_date_time,
    unsigned,
)
from dlmskit.data.value import Value
from dlmskit.times import CosemDateTime


class AddressState(IntEnum):
    """Whether the device has been given an address."""

    NOT_ASSIGNED = 0
    ASSIGNED = 1


class MBusSlavePortSetup(CosemObject, class_id=25, version=0):
    """A port at which the meter is an M-Bus slave. Blue Book 4.8.2. Two libraries agree on it."""

    default_baud = Attribute(2, enum_of(CommSpeed), doc="speed of the opening, in baud")
    avail_baud = Attribute(3, enum_of(CommSpeed), doc="speed that can be agreed on, in baud")
    addr_state = Attribute(4, enum_of(AddressState), static=False, doc="whether it has an address")
    bus_address = Attribute(5, unsigned, doc="its primary address on the bus")


@structure
class CaptureDefinition:
    """A data record of the slave: DIB and VIB by which it is found."""

    data_information_block: bytes = field(octet_string)
    value_information_block: bytes = field(octet_string)


@structure
class MBusData:
    """A data record to be sent to the slave."""

    data_information_block: bytes = field(octet_string)
    value_information_block: bytes = field(octet_string)
    data: Value = field(anything)


class EncryptionKeyStatus(IntEnum):
    """How far the slave's key is."""

    NO_ENCRYPTION_KEY = 0
    ENCRYPTION_KEY_SET = 1
    ENCRYPTION_KEY_TRANSFERRED = 2
    ENCRYPTION_KEY_SET_AND_TRANSFERRED = 3
    ENCRYPTION_KEY_IN_USE = 4


class MBusClient_v0(CosemObject, class_id=72, version=0, offsets=Basis.PARTLY_STATED):
    """An M-Bus slave behind the meter: identity, what is captured of it, its keys."""

    mbus_port_reference = Attribute(2, logical_name, doc="the M-Bus master port setup object used")
    capture_definition = Attribute(3, array_of(structure_of(CaptureDefinition)), doc="the data records captured")
    capture_period = Attribute(4, double_long_unsigned, doc="between two captures, in seconds; 0 for on demand")
    primary_address = Attribute(5, unsigned, static=False, doc="primary address of the slave; 0 before it is installed")
    identification_number = Attribute(6, double_long_unsigned, static=False, doc="the slave's number, BCD digits")
    manufacturer_id = Attribute(7, long_unsigned, static=False, doc="three letters in 15 bits, as M-Bus packs them")
    version = Attribute(8, unsigned, static=False, doc="version in the slave's header")
    device_type = Attribute(9, unsigned, static=False, doc="medium in the slave's header, such as 3 for gas")
    access_number = Attribute(10, unsigned, static=False, doc="access number in the slave's header")
    status = Attribute(11, unsigned, static=False, doc="status octet in the slave's header")
    alarm = Attribute(12, unsigned, static=False, doc="alarm octet of the slave")

    slave_install = Method(1, unsigned, doc="install a slave at a primary address; 0 lets the meter choose")
    slave_deinstall = Trigger(2, doc="take the slave off, and forget its keys")
    capture = Trigger(3, doc="capture now")
    reset_alarm = Trigger(4, doc="clear the slave's alarms")
    synchronize_clock = Trigger(5, doc="set the slave's clock to the meter's")
    data_send = Method(6, array_of(structure_of(MBusData)), doc="send data records to the slave")
    set_encryption_key = Method(7, octet_string, doc="the key the meter uses; empty for none")
    transfer_key = Method(8, octet_string, doc="hand a new key to the slave, encrypted with its default key")


class MBusClient_v1(MBusClient_v0, class_id=72, version=1):
    """An M-Bus slave behind the meter, with its configuration field and the state of its key."""

    configuration = Attribute(13, long_unsigned, static=False, doc="configuration field in the slave's header")
    encryption_key_status = Attribute(
        14, enum_of(EncryptionKeyStatus), static=False, doc="how far its key is: set, transferred, in use"
    )


class MBusClient(MBusClient_v1, class_id=72, version=2):
    """An M-Bus slave behind the meter. Blue Book 4.8.3.

    Version 2 is in the class lists of Ed. 16 and 17; what it changes is not public. Two public libraries know
    nothing beyond version 1; one list of attributes contradicts all before and is not followed. It is read like version 1.
    """


class WirelessModeQChannel_v0(CosemObject, class_id=73, version=0):
    """A wireless channel by EN 13757-5.

    Version 0 stands in one table of the Blue Book, perhaps by misprint, and in a list of conformance tests. Two public
    libraries have version 1 only, so it is read like version 1.
    """

    addr_state = Attribute(2, enum_of(AddressState), static=False, doc="whether the device has an address")
    device_address = Attribute(3, octet_string, doc="address of the device")
    address_mask = Attribute(4, octet_string, doc="group addresses it obeys")


class WirelessModeQChannel(WirelessModeQChannel_v0, class_id=73, version=1):
    """A wireless channel by EN 13757-5, mode Q. Blue Book 4.8.4."""


class MBusMasterPortSetup(CosemObject, class_id=74, version=0):
    """A port at which the meter is the M-Bus master. Blue Book 4.8.5."""

    comm_speed = Attribute(2, enum_of(CommSpeed), doc="speed of the port, in baud")


class MBusPortState(IntEnum):
    """How far a meter on M-Bus can be reached."""

    NO_ACCESS = 0
    TEMPORARY_NO_ACCESS = 1
    LIMITED_ACCESS = 2
    UNLIMITED_ACCESS = 3
    W_M_BUS = 4


class DataHeaderType(IntEnum):
    """The header in front of M-Bus data."""

    NONE = 0
    SHORT = 1
    LONG = 2


class MBusPortSetup(CosemObject, class_id=76, version=0):
    """A port at which a DLMS/COSEM server is reached over M-Bus. Blue Book 4.8.6.

    Names, order and types rest on one public library; which attributes are static is judged.
    """

    m_bus_profile_selection = Attribute(2, octet_string, doc="the M-Bus communication profile used")
    m_bus_port_communication_state = Attribute(3, enum_of(MBusPortState), static=False, doc="how far it can be reached")
    m_bus_data_header_type = Attribute(4, enum_of(DataHeaderType), doc="the header in front of data")
    primary_address = Attribute(5, unsigned, static=False, doc="primary address on the bus")
    identification_number = Attribute(6, double_long_unsigned, static=False, doc="identification in the header")
    manufacturer_id = Attribute(7, long_unsigned, static=False, doc="three letters in 15 bits, as M-Bus packs them")
    version = Attribute(8, unsigned, static=False, doc="version in the header")
    device_type = Attribute(9, unsigned, static=False, doc="medium in the header")
    max_pdu_size = Attribute(10, long_unsigned, doc="largest APDU, in octets")
    listening_window = Attribute(11, array_of(window), doc="when it can be reached; empty for always")


class LinkStatus(IntEnum):
    """The state of an M-Bus connection."""

    NONE = 0
    NORMAL = 1
    TEMPORARILY_INTERRUPTED = 2
    PERMANENTLY_INTERRUPTED = 3


@structure
class BroadcastFrames:
    """Broadcast frames heard from one client, and when the last one was."""

    client_id: int = field(unsigned)
    counter: int = field(double_long_unsigned)
    time_stamp: CosemDateTime = field(tagged_date_time)


class MBusDiagnostic(CosemObject, class_id=77, version=0):
    """How well an M-Bus connection works. Blue Book 4.8.7. Two libraries agree on its attributes."""

    received_signal_strength = Attribute(2, unsigned, static=False, doc="strength of the received signal, in dBm")
    channel_id = Attribute(3, unsigned, static=False, doc="number of the wireless channel")
    link_status = Attribute(4, enum_of(LinkStatus), static=False, doc="state of the connection")
    broadcast_frames_counter = Attribute(
        5, array_of(structure_of(BroadcastFrames)), static=False, doc="broadcast frames by client"
    )
    transmissions_counter = Attribute(6, double_long_unsigned, static=False, doc="frames sent")
    fcs_ok_frames_counter = Attribute(7, double_long_unsigned, static=False, doc="frames received whole")
    fcs_nok_frames_counter = Attribute(8, double_long_unsigned, static=False, doc="frames received damaged")
    capture_time = Attribute(9, capture_time, static=False, doc="which attribute changed last, and when")

    reset = Trigger(1, doc="set all counters to 0")
