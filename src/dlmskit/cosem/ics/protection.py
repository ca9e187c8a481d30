"""Data protection, and how protection is told in other objects: class id 30."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.common import Restriction, restriction
from dlmskit.cosem.ics.security import SecurityPolicy
from dlmskit.cosem.model import Attribute, CosemObject, Method
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    choice,
    enum,
    enum_of,
    field,
    flags_in,
    integer,
    logical_name,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
)
from dlmskit.obis import Obis


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


protection_parameters = array_of(structure_of(ProtectionParameters))


@structure
class ProtectionObject:
    """An attribute that is read and written protected, and which entries of it."""

    class_id: int = field(long_unsigned)
    logical_name: Obis = field(logical_name)
    attribute_index: int = field(integer)
    data_index: int = field(long_unsigned)
    restriction: Restriction = field(restriction)


_object_list = array_of(structure_of(ProtectionObject))


@structure
class GetProtectedAttributes:
    """What is to be read, and how what is read is to be protected."""

    object_list: tuple[ProtectionObject, ...] = field(_object_list)
    protection_parameters: tuple[ProtectionParameters, ...] = field(protection_parameters)


@structure
class SetProtectedAttributes:
    """What is to be written, how it is protected, and the values, protected."""

    object_list: tuple[ProtectionObject, ...] = field(_object_list)
    protection_parameters: tuple[ProtectionParameters, ...] = field(protection_parameters)
    protected_attributes: bytes = field(octet_string)


@structure
class ObjectMethod:
    """One method of one object."""

    class_id: int = field(long_unsigned)
    logical_name: Obis = field(logical_name)
    method_index: int = field(integer)


@structure
class InvokeProtectedMethod:
    """What is to be called, how its parameter is protected, and the parameter, protected."""

    object_method: ObjectMethod = field(structure_of(ObjectMethod))
    protection_parameters: tuple[ProtectionParameters, ...] = field(protection_parameters)
    protected_method_invocation_parameters: bytes = field(octet_string)


class DataProtection(CosemObject, class_id=30, version=0, offsets=Basis.STATED):
    """Attributes and methods of other objects with protection of their own, end to end. Blue Book 4.4.9.

    Sources disagree on an identified key: a bare enum, as here, or a structure of one field, which is read raw.
    """

    protection_buffer = Attribute(2, octet_string, static=False, doc="the listed attributes, protected")
    protection_object_list = Attribute(3, _object_list, doc="what the buffer holds")
    protection_parameters_get = Attribute(4, protection_parameters, doc="layers put on when it is read, in order")
    protection_parameters_set = Attribute(5, protection_parameters, doc="layers taken off when it is written, in order")
    required_protection = Attribute(6, flags_in(enum, SecurityPolicy), doc="what is demanded of requests and responses")

    get_protected_attributes = Method(
        1, structure_of(GetProtectedAttributes), anything, doc="read attributes, protected"
    )
    set_protected_attributes = Method(
        2, structure_of(SetProtectedAttributes), anything, doc="write attributes, protected"
    )
    invoke_protected_method = Method(3, structure_of(InvokeProtectedMethod), anything, doc="call a method, protected")
