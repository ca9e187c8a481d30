"""Associations and logical devices: class ids 15, 17."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.access import ObjectListElement
from dlmskit.cosem.model import Attribute, CosemObject, Method
from dlmskit.cosem.object_list import ObjectListElementKind
from dlmskit.cosem.offsets import Basis
from dlmskit.data.conformance import Conformance
from dlmskit.data.kinds import (
    array_of,
    choice,
    enum_of,
    field,
    flags_of,
    integer,
    logical_name,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    unsigned,
    visible_string,
)


class AssociationStatus(IntEnum):
    """How far the association is."""

    NON_ASSOCIATED = 0
    ASSOCIATION_PENDING = 1
    ASSOCIATED = 2


@structure
class AssociatedPartners:
    """The two ends of an association: client and logical device addresses."""

    client_sap: int = field(integer)
    server_sap: int = field(long_unsigned)


@structure
class ApplicationContextName:
    """The object identifier 2.16.756.5.8.1.x, arc by arc.

    `context_id_element` is x: 1 LN, 2 SN, 3 and 4 ciphered.
    """

    joint_iso_ctt_element: int = field(unsigned)
    country_element: int = field(unsigned)
    country_name_element: int = field(long_unsigned)
    identified_organization_element: int = field(unsigned)
    dlms_ua_element: int = field(unsigned)
    application_context_element: int = field(unsigned)
    context_id_element: int = field(unsigned)


@structure
class AuthenticationMechanismName:
    """The object identifier 2.16.756.5.8.2.x, arc by arc.

    `mechanism_id_element` is x: 0 none, 1 LLS, 5 HLS-GMAC.
    """

    joint_iso_ctt_element: int = field(unsigned)
    country_element: int = field(unsigned)
    country_name_element: int = field(long_unsigned)
    identified_organization_element: int = field(unsigned)
    dlms_ua_element: int = field(unsigned)
    authentication_mechanism_name_element: int = field(unsigned)
    mechanism_id_element: int = field(unsigned)


@structure
class XdlmsContextInfo:
    """What was negotiated for the association."""

    conformance: Conformance = field(flags_of(Conformance, 24))
    max_receive_pdu_size: int = field(long_unsigned)
    max_send_pdu_size: int = field(long_unsigned)
    dlms_version_number: int = field(unsigned)
    quality_of_service: int = field(integer)
    cyphering_info: bytes = field(octet_string)


@structure
class User:
    """A user of the client: the calling AE invocation id and a name."""

    user_id: int = field(unsigned)
    user_name: str = field(visible_string)


def _object_list(version: int) -> Attribute[tuple[ObjectListElement, ...]]:
    kind = array_of(ObjectListElementKind(version))
    return Attribute(2, kind, doc="every object this association shows, with its access rights")


_associated_partners = structure_of(AssociatedPartners)
_context_info = structure_of(XdlmsContextInfo)
_user = structure_of(User)
_context_name = choice(structure_of(ApplicationContextName), octet_string)
_mechanism_name = choice(structure_of(AuthenticationMechanismName), octet_string)


class AssociationLN_v0(CosemObject, class_id=15, version=0, offsets=Basis.NO_SHORT_NAMES):
    """An association by logical names, first edition: rights without authentication, no security setup."""

    object_list = _object_list(0)
    associated_partners_id = Attribute(3, _associated_partners, doc="client and logical device addresses")
    application_context_name = Attribute(4, _context_name, doc="referencing and ciphering; a structure or the OID")
    xdlms_context_info = Attribute(5, _context_info, doc="services and PDU sizes, in octets, as negotiated")
    authentication_mechanism_name = Attribute(6, _mechanism_name, doc="authentication; a structure or the OID")
    lls_secret = Attribute(7, octet_string, secret=True, doc="the password; usually not readable")
    association_status = Attribute(8, enum_of(AssociationStatus), static=False, doc="how far the association is")

    reply_to_hls_authentication = Method(1, octet_string, octet_string, doc="pass 3 of HLS; pass 4 comes back")
    change_hls_secret = Method(
        2, octet_string, secret=True, doc="replace the HLS secret, wrapped as the mechanism says"
    )
    add_object = Method(3, ObjectListElementKind(0), doc="make an object visible")
    remove_object = Method(4, ObjectListElementKind(0), doc="make an object invisible")


class AssociationLN_v1(CosemObject, class_id=15, version=1, offsets=Basis.NO_SHORT_NAMES):
    """An association by logical names, with authenticated access modes and a security setup."""

    object_list = _object_list(1)
    associated_partners_id = Attribute(3, _associated_partners, doc="client and logical device addresses")
    application_context_name = Attribute(4, _context_name, doc="referencing and ciphering; a structure or the OID")
    xdlms_context_info = Attribute(5, _context_info, doc="services and PDU sizes, in octets, as negotiated")
    authentication_mechanism_name = Attribute(6, _mechanism_name, doc="authentication; a structure or the OID")
    secret = Attribute(7, octet_string, secret=True, doc="the LLS or HLS secret; usually not readable")
    association_status = Attribute(8, enum_of(AssociationStatus), static=False, doc="how far the association is")
    security_setup_reference = Attribute(9, logical_name, doc="the security setup object in force; zeros for none")

    reply_to_hls_authentication = Method(1, octet_string, octet_string, doc="pass 3 of HLS; pass 4 comes back")
    change_hls_secret = Method(
        2, octet_string, secret=True, doc="replace the HLS secret, wrapped as the mechanism says"
    )
    add_object = Method(3, ObjectListElementKind(1), doc="make an object visible")
    remove_object = Method(4, ObjectListElementKind(1), doc="make an object invisible")


class AssociationLN_v2(AssociationLN_v1, class_id=15, version=2, offsets=Basis.NO_SHORT_NAMES):
    """An association by logical names, with users of the client."""

    user_list = Attribute(10, array_of(_user), doc="the users allowed; empty for any")
    current_user = Attribute(11, _user, doc="the user the association was opened by")

    add_user = Method(5, _user, doc="allow a user")
    remove_user = Method(6, _user, doc="allow a user no longer")


class AssociationLN(AssociationLN_v2, class_id=15, version=3, offsets=Basis.NO_SHORT_NAMES):
    """An association by logical names: partners, context, users, objects shown. Blue Book 4.4.4.

    Version 3 tells access rights as flags, protection of requests and responses among them.
    """

    object_list = _object_list(3)

    add_object = Method(3, ObjectListElementKind(3), doc="make an object visible")
    remove_object = Method(4, ObjectListElementKind(3), doc="make an object invisible")


@structure
class SapAssignmentElement:
    """A logical device and its address; the name has up to 16 octets, the maker's three letters first."""

    sap: int = field(long_unsigned)
    logical_device_name: bytes = field(octet_string)


class SapAssignment(CosemObject, class_id=17, version=0, methods_at=0x20, offsets=Basis.PARTLY_STATED):
    """Which logical devices the meter has, at which addresses. Blue Book 4.4.5."""

    sap_assignment_list = Attribute(
        2, array_of(structure_of(SapAssignmentElement)), doc="address and name of every logical device"
    )

    connect_logical_device = Method(1, structure_of(SapAssignmentElement), doc="give a logical device an address")
