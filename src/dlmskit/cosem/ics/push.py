"""Push setup: class id 40."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.common import CaptureObject, capture_object
from dlmskit.cosem.model import Attribute, CosemObject, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    array_of,
    choice,
    date,
    date_time,
    double_long_unsigned,
    enum_of,
    field,
    integer,
    logical_name,
    long_unsigned,
    null_data,
    octet_string,
    structure,
    structure_of,
    tagged_date_time,
    unsigned,
)
from dlmskit.obis import Obis
from dlmskit.times import CosemDate, CosemDateTime


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
class Window:
    """A time, possibly recurring, in which the meter may push."""

    start_time: CosemDateTime = field(date_time)
    end_time: CosemDateTime = field(date_time)


class RestrictionType(IntEnum):
    """How a pushed buffer is restricted."""

    NONE = 0
    BY_DATE = 1
    BY_ENTRY = 2


@structure
class DateRestriction:
    """The entries between two days, both included."""

    from_date: CosemDate = field(date)
    to_date: CosemDate = field(date)


@structure
class EntryRestriction:
    """The entries between two numbers, both included."""

    from_entry: int = field(double_long_unsigned)
    to_entry: int = field(double_long_unsigned)


_restriction_value = choice(null_data, structure_of(DateRestriction), structure_of(EntryRestriction))


@structure
class Restriction:
    """Which entries of a buffer are pushed; the type says which of the forms follows."""

    restriction_type: RestrictionType = field(enum_of(RestrictionType))
    restriction_value: DateRestriction | EntryRestriction | None = field(_restriction_value)


@structure
class PushObject_v1:
    """One part of a push, as version 1 declares it."""

    class_id: int = field(long_unsigned)
    logical_name: Obis = field(logical_name)
    attribute_index: int = field(integer)
    data_index: int = field(long_unsigned)
    restriction: Restriction = field(structure_of(Restriction))


@structure
class PushObject:
    """One part of a push: an attribute, which entries of it, and which columns."""

    class_id: int = field(long_unsigned)
    logical_name: Obis = field(logical_name)
    attribute_index: int = field(integer)
    data_index: int = field(long_unsigned)
    restriction: Restriction = field(structure_of(Restriction))
    columns: tuple[CaptureObject, ...] = field(array_of(capture_object))


class ProtectionType(IntEnum):
    """One layer of protection of a push."""

    AUTHENTICATION = 0
    ENCRYPTION = 1
    AUTHENTICATION_AND_ENCRYPTION = 2
    DIGITAL_SIGNATURE = 3


class KeyInfoType(IntEnum):
    """How the key of a protection layer is told."""

    IDENTIFIED_KEY = 0
    WRAPPED_KEY = 1
    AGREED_KEY = 2


class IdentifiedKey(IntEnum):
    """A key both sides have."""

    GLOBAL_UNICAST_ENCRYPTION_KEY = 0
    GLOBAL_BROADCAST_ENCRYPTION_KEY = 1


class KekId(IntEnum):
    """The key that wraps another."""

    MASTER_KEY = 0


@structure
class WrappedKey:
    """A key sent along, wrapped."""

    kek_id: KekId = field(enum_of(KekId))
    key_ciphered_data: bytes = field(octet_string)


@structure
class AgreedKey:
    """What is needed to agree on a key."""

    key_parameters: bytes = field(octet_string)
    key_ciphered_data: bytes = field(octet_string)


_key_info_options = choice(enum_of(IdentifiedKey), structure_of(WrappedKey), structure_of(AgreedKey))


@structure
class KeyInfo:
    """The key of a protection layer; the type says which of the forms follows.

    An identified key is sent as a bare enum by most meters and in a structure of one field by some.
    """

    key_info_type: KeyInfoType = field(enum_of(KeyInfoType))
    key_info_options: IdentifiedKey | WrappedKey | AgreedKey = field(_key_info_options)


@structure
class ProtectionOptions:
    """The header of a protection layer."""

    transaction_id: bytes = field(octet_string)
    originator_system_title: bytes = field(octet_string)
    recipient_system_title: bytes = field(octet_string)
    other_information: bytes = field(octet_string)
    key_info: KeyInfo = field(structure_of(KeyInfo))


@structure
class ProtectionParameters:
    """One layer of protection, in the order applied."""

    protection_type: ProtectionType = field(enum_of(ProtectionType))
    protection_options: ProtectionOptions = field(structure_of(ProtectionOptions))


@structure
class RepetitionDelay:
    """Growing delay between attempts: min x (exponent / 100) to the power of the attempt, at most max; seconds."""

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
_windows = array_of(structure_of(Window))
_protection = array_of(structure_of(ProtectionParameters))


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
    push_protection_parameters = Attribute(10, _protection, doc="protection layers, in the order applied")

    push = Trigger(1, doc="push now")


class PushSetup_v2(CosemObject, class_id=40, version=2):
    """What the meter sends by itself, with columns and confirmation."""

    push_object_list = Attribute(2, array_of(structure_of(PushObject)), doc="what is pushed")
    send_destination_and_method = Attribute(3, _destination, doc="where to, by what and in which form")
    communication_window = Attribute(4, _windows, doc="when the meter may push; empty for always")
    randomisation_start_interval = Attribute(5, long_unsigned, doc="random delay before the first attempt, in seconds")
    number_of_retries = Attribute(6, unsigned, doc="attempts after the first")
    repetition_delay = Attribute(7, structure_of(RepetitionDelay), doc="growing delay between attempts, in seconds")
    port_reference = Attribute(8, logical_name, doc="the communication port setup object used")
    push_client_sap = Attribute(9, integer, doc="address of the client pushed to")
    push_protection_parameters = Attribute(10, _protection, doc="protection layers, in the order applied")
    push_operation_method = Attribute(11, enum_of(PushOperationMethod), doc="confirmed or not, and when to retry")
    confirmation_parameters = Attribute(
        12, structure_of(ConfirmationParameters), doc="from when on confirmed data is pushed; interval in seconds"
    )
    last_confirmation_date_time = Attribute(
        13, tagged_date_time, static=False, doc="up to when the client has confirmed"
    )

    push = Trigger(1, doc="push now")
    reset = Trigger(2, doc="forget what is waiting to be pushed or confirmed")


class PushSetup(PushSetup_v2, class_id=40, version=3):
    """What the meter sends by itself, where to, when and how protected. Blue Book Ed. 16, 4.4.8.2.

    Names and order are as in version 2; what else changed is not public. The CoAP transports are taken to be new.
    """
