"""Push setup: class id 40."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.common import CaptureObject, Restriction, capture_object, restriction, window
from dlmskit.cosem.ics.protection import protection_parameters
from dlmskit.cosem.model import Attribute, CosemObject, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    array_of,
    choice,
    double_long_unsigned,
    enum_of,
    field,
    integer,
    logical_name,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    tagged_date_time,
    unsigned,
)
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime


class TransportService(IntEnum):
    """What carries a push; 200 and above are the maker's."""

    TCP = 0
    UDP = 1
    FTP = 2
    SMTP = 3
    SMS = 4
    HDLC = 5
    M_BUS = 6
    ZIGBEE = 7
    DLMS_GATEWAY = 8
    COAP_RELIABLE = 9
    COAP_UNRELIABLE = 10


class Message(IntEnum):
    """How a push is encoded; 128 and above are the maker's."""

    A_XDR_ENCODED_APDU = 0
    XML_ENCODED_APDU = 1


@structure
class SendDestination:
    """Where a push goes, by what and in which form."""

    transport_service: TransportService = field(enum_of(TransportService))
    destination: bytes = field(octet_string)
    message: Message = field(enum_of(Message))


@structure
class PushObject_v1:
    """One part of a push, as version 1 declares it."""

    class_id: int = field(long_unsigned)
    logical_name: Obis = field(logical_name)
    attribute_index: int = field(integer)
    data_index: int = field(long_unsigned)
    restriction: Restriction = field(restriction)


@structure
class PushObject(PushObject_v1):
    """One part of a push: an attribute, which entries of it, and which columns."""

    columns: tuple[CaptureObject, ...] = field(array_of(capture_object))


@structure
class RepetitionDelay:
    """Growing delay between attempts: min x (exponent / 100) to the power of the attempt, at most max.

    Seconds.
    """

    repetition_delay_min: int = field(long_unsigned)
    repetition_delay_exponent: int = field(long_unsigned)
    repetition_delay_max: int = field(long_unsigned)


class PushOperationMethod(IntEnum):
    """Whether a push is confirmed, and when it is tried again."""

    UNCONFIRMED_RETRY_ON_SUPPORTING_LAYER_FAILURE = 0
    UNCONFIRMED_RETRY_ON_MISSING_SUPPORTING_LAYER_CONFIRMATION = 1
    CONFIRMED = 2


@structure
class ConfirmationParameters:
    """From when on, and how long, confirmed data is pushed; seconds."""

    confirmation_start_date: CosemDateTime = field(tagged_date_time)
    confirmation_interval: int = field(double_long_unsigned)


_destination = structure_of(SendDestination)
_windows = array_of(window)
_growing_delay = structure_of(RepetitionDelay)
_delay = choice(_growing_delay, long_unsigned)


class PushSetup_v0(CosemObject, class_id=40, version=0, offsets=Basis.PARTLY_STATED):
    """What the meter sends by itself, where to and when, first edition."""

    push_object_list = Attribute(2, array_of(capture_object), doc="what is pushed")
    send_destination_and_method = Attribute(3, _destination, doc="where to, by what and in which form")
    communication_window = Attribute(4, _windows, doc="when the meter may push; empty for always")
    randomisation_start_interval = Attribute(5, long_unsigned, doc="random delay before the first attempt, in seconds")
    number_of_retries = Attribute(6, unsigned, doc="attempts after the first")
    repetition_delay = Attribute(7, long_unsigned, doc="delay between attempts, in seconds")

    push = Trigger(1, doc="push now")


class PushSetup_v1(CosemObject, class_id=40, version=1):
    """What the meter sends by itself, with restrictions, port, client and protection."""

    push_object_list = Attribute(2, array_of(structure_of(PushObject_v1)), doc="what is pushed")
    send_destination_and_method = Attribute(3, _destination, doc="where to, by what and in which form")
    communication_window = Attribute(4, _windows, doc="when the meter may push; empty for always")
    randomisation_start_interval = Attribute(5, long_unsigned, doc="random delay before the first attempt, in seconds")
    number_of_retries = Attribute(6, unsigned, doc="attempts after the first")
    repetition_delay = Attribute(7, long_unsigned, doc="delay between attempts, in seconds")
    port_reference = Attribute(8, logical_name, doc="the communication port setup object used")
    push_client_sap = Attribute(9, integer, doc="address of the client pushed to")
    push_protection_parameters = Attribute(10, protection_parameters, doc="protection layers, in the order applied")

    push = Trigger(1, doc="push now")


class _ConfirmedPushSetup(CosemObject):
    """What versions 2 and 3 share."""

    push_object_list = Attribute(2, array_of(structure_of(PushObject)), doc="what is pushed")
    send_destination_and_method = Attribute(3, _destination, doc="where to, by what and in which form")
    communication_window = Attribute(4, _windows, doc="when the meter may push; empty for always")
    randomisation_start_interval = Attribute(5, long_unsigned, doc="random delay before the first attempt, in seconds")
    number_of_retries = Attribute(6, unsigned, doc="attempts after the first")
    port_reference = Attribute(8, logical_name, doc="the communication port setup object used")
    push_client_sap = Attribute(9, integer, doc="address of the client pushed to")
    push_protection_parameters = Attribute(10, protection_parameters, doc="protection layers, in the order applied")
    push_operation_method = Attribute(11, enum_of(PushOperationMethod), doc="confirmed or not, and when to retry")
    confirmation_parameters = Attribute(
        12, structure_of(ConfirmationParameters), doc="from when on confirmed data is pushed; interval in seconds"
    )
    last_confirmation_date_time = Attribute(
        13, tagged_date_time, static=False, doc="up to when the client has confirmed"
    )

    push = Trigger(1, doc="push now")
    reset = Trigger(2, doc="forget what is waiting to be pushed or confirmed")


class PushSetup_v2(_ConfirmedPushSetup, class_id=40, version=2):
    """What the meter sends by itself, with columns and confirmation."""

    repetition_delay = Attribute(7, _growing_delay, doc="growing delay between attempts, in seconds")


class PushSetup(_ConfirmedPushSetup, class_id=40, version=3):
    """What the meter sends by itself, where to, when and how protected. Blue Book Ed. 16, 4.4.8.2.

    Two public lists of version 3 have the names and the order of version 2. They disagree on repetition_delay, a structure
    or one number, so both are read. Two libraries end with version 2; the CoAP transports are known from one of them.
    """

    repetition_delay = Attribute(7, _delay, doc="delay between attempts, in seconds; a structure where it grows")
