"""Association by short names: class id 12."""

from __future__ import annotations

from dlmskit.cosem.common import object_definition, value_definition
from dlmskit.cosem.ics.access import User
from dlmskit.cosem.model import Attribute, CosemObject, Method
from dlmskit.cosem.object_list import AccessRightsElementKind
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    bit_string,
    field,
    integer,
    logical_name,
    long,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    unsigned,
)
from dlmskit.obis import Obis


@structure
class ObjectListElementSN:
    """One object and its base name, a signed number: 0xFA00 is -1536."""

    base_name: int = field(long)
    class_id: int = field(long_unsigned)
    version: int = field(unsigned)
    logical_name: Obis = field(logical_name)


@structure
class ObjectDescription:
    """What may be done with one object: bit n, counted from 0, stands for attribute or method n + 1."""

    read_attributes: str = field(bit_string)
    write_attributes: str = field(bit_string)
    methods: str = field(bit_string)


_object_list = array_of(structure_of(ObjectListElementSN))
_descriptions = array_of(structure_of(ObjectDescription))
_attribute_list = array_of(value_definition)
_object_id_list = array_of(object_definition)
_user = structure_of(User)

# What `read_by_logicalname` returns no public source says; served here it is one value for each attribute that was asked
# for, and a structure for attribute 0. Base name 0xFA00; methods begin at 0x20 whatever the attributes, and a number once given is never given again.


class AssociationSN_v0(CosemObject, class_id=12, version=0, methods_at=0x20, offsets=Basis.PARTLY_STATED):
    """An association by short names, first edition: its objects are looked up by methods."""

    object_list = Attribute(2, _object_list, doc="every object with its base name")

    getlist_by_classid = Method(1, long_unsigned, _object_list, doc="the objects of a class")
    getobj_by_logicalname = Method(2, logical_name, structure_of(ObjectListElementSN), doc="the object of a name")
    read_by_logicalname = Method(3, _attribute_list, anything, doc="the values of attributes by logical names")
    get_attributes_and_services = Method(4, _object_id_list, _descriptions, doc="what may be done with objects")
    change_lls_secret = Method(5, octet_string, secret=True, doc="replace the password")
    change_hls_secret = Method(
        6, octet_string, secret=True, doc="replace the HLS secret, wrapped as the mechanism says"
    )
    get_hls_challenge = Method(7, integer, octet_string, doc="the meter's challenge")
    reply_to_hls_challenge = Method(8, octet_string, octet_string, doc="pass 3 of HLS; pass 4 comes back")


class AssociationSN_v1(CosemObject, class_id=12, version=1, methods_at=0x20, offsets=Basis.PARTLY_STATED):
    """An association by short names.

    Methods 1, 2 and 7 of version 0 are gone, selective access does their work.
    """

    object_list = Attribute(2, _object_list, doc="every object with its base name")

    read_by_logicalname = Method(3, _attribute_list, anything, doc="the values of attributes by logical names")
    get_attributes_and_methods = Method(4, _object_id_list, _descriptions, doc="what may be done with objects")
    change_lls_secret = Method(5, octet_string, secret=True, doc="replace the password")
    change_hls_secret = Method(
        6, octet_string, secret=True, doc="replace the HLS secret, wrapped as the mechanism says"
    )
    reply_to_hls_authentication = Method(8, octet_string, octet_string, doc="pass 3 of HLS; pass 4 comes back")


class AssociationSN_v2(CosemObject, class_id=12, version=2, methods_at=0x20, offsets=Basis.PARTLY_STATED):
    """An association by short names that tells access rights and its security setup.

    Method 4 is gone, the list of rights does its work; it can be called by its number. Sources disagree on methods 4
    and 6: one library keeps both, an implementation after Blue Book 12.1 has 3, 5 and 8 alone.
    """

    object_list = Attribute(2, _object_list, doc="every object with its base name")
    access_rights_list = Attribute(
        3, array_of(AccessRightsElementKind(1)), doc="the rights over every object, by base name"
    )
    security_setup_reference = Attribute(4, logical_name, doc="the security setup object in force; zeros for none")

    read_by_logicalname = Method(3, _attribute_list, anything, doc="the values of attributes by logical names")
    change_lls_secret = Method(5, octet_string, secret=True, doc="replace the password")
    change_hls_secret = Method(
        6, octet_string, secret=True, doc="replace the HLS secret, wrapped as the mechanism says"
    )
    reply_to_hls_authentication = Method(8, octet_string, octet_string, doc="pass 3 of HLS; pass 4 comes back")


class AssociationSN_v3(CosemObject, class_id=12, version=3, methods_at=0x20, offsets=Basis.PARTLY_STATED):
    """An association by short names, with users of the client and one method for any secret."""

    object_list = Attribute(2, _object_list, doc="every object with its base name")
    access_rights_list = Attribute(
        3, array_of(AccessRightsElementKind(1)), doc="the rights over every object, by base name"
    )
    security_setup_reference = Attribute(4, logical_name, doc="the security setup object in force; zeros for none")
    user_list = Attribute(5, array_of(_user), doc="the users allowed; empty for any")
    current_user = Attribute(6, _user, doc="the user the association was opened by")

    read_by_logicalname = Method(3, _attribute_list, anything, doc="the values of attributes by logical names")
    change_secret = Method(5, octet_string, secret=True, doc="replace the LLS or HLS secret")
    reply_to_hls_authentication = Method(8, octet_string, octet_string, doc="pass 3 of HLS; pass 4 comes back")
    add_user = Method(9, _user, doc="allow a user")
    remove_user = Method(10, _user, doc="allow a user no longer")


class AssociationSN(AssociationSN_v3, class_id=12, version=4, methods_at=0x20):
    """An association by short names: objects, base names, rights, users. Blue Book 4.4.3.

    Version 4 tells access rights as flags, like version 3 of the association by logical names.
    """

    access_rights_list = Attribute(
        3, array_of(AccessRightsElementKind(3)), doc="the rights over every object, by base name"
    )
