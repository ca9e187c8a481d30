"""Access rights as an association's object_list tells them, in every version of the class.

    version 0     attribute: 0 none, 1 read, 2 write, 3 both            method: boolean
    version 1, 2  the same, and 4 to 6 authenticated                     method: 0 none, 1 access, 2 authenticated
    version 3     attribute: flags, see `AccessFlags`                    method: flags, see `MethodFlags`

What came is kept as it came; `rights` puts every version in the flags of version 3. Source: Blue Book, Association LN.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, IntFlag

from dlmskit.obis import Obis


class AccessMode(IntEnum):
    """What an association may do with an attribute, versions 0 to 2."""

    NO_ACCESS = 0
    READ_ONLY = 1
    WRITE_ONLY = 2
    READ_AND_WRITE = 3
    AUTHENTICATED_READ_ONLY = 4
    AUTHENTICATED_WRITE_ONLY = 5
    AUTHENTICATED_READ_AND_WRITE = 6


class AccessFlags(IntFlag):
    """What an association may do with an attribute and how its APDUs are to be protected, version 3."""

    READ = 0x01
    WRITE = 0x02
    AUTHENTICATED_REQUEST = 0x04
    ENCRYPTED_REQUEST = 0x08
    SIGNED_REQUEST = 0x10
    AUTHENTICATED_RESPONSE = 0x20
    ENCRYPTED_RESPONSE = 0x40
    SIGNED_RESPONSE = 0x80


class MethodMode(IntEnum):
    """Whether an association may call a method; versions 1 and 2, and 0 and 1 for the boolean of version 0."""

    NO_ACCESS = 0
    ACCESS = 1
    AUTHENTICATED_ACCESS = 2


class MethodFlags(IntFlag):
    """Whether an association may call a method and how its APDUs are to be protected, version 3."""

    ACCESS = 0x01
    AUTHENTICATED_REQUEST = 0x04
    ENCRYPTED_REQUEST = 0x08
    SIGNED_REQUEST = 0x10
    AUTHENTICATED_RESPONSE = 0x20
    ENCRYPTED_RESPONSE = 0x40
    SIGNED_RESPONSE = 0x80


AnyAttributeMode = AccessMode | AccessFlags
AnyMethodMode = MethodMode | MethodFlags

_READ_WRITE = AccessFlags.READ | AccessFlags.WRITE
_PROTECTED_REQUEST = 0x1C
#: The flags of rights that demand protection of requests and responses.
PROTECTION = 0xFC


def attribute_rights(mode: AnyAttributeMode) -> AccessFlags:
    """An attribute's access mode of any version as flags; a number the standard does not list gives no access."""
    if isinstance(mode, AccessFlags):
        return mode
    if mode <= AccessMode.READ_AND_WRITE:
        return AccessFlags(mode)
    if mode <= AccessMode.AUTHENTICATED_READ_AND_WRITE:
        return AccessFlags(mode - 3) | AccessFlags.AUTHENTICATED_REQUEST
    return AccessFlags(0)


def method_rights(mode: AnyMethodMode) -> MethodFlags:
    """A method's access mode of any version as flags; a number the standard does not list gives no access."""
    if isinstance(mode, MethodFlags):
        return mode
    if mode == MethodMode.AUTHENTICATED_ACCESS:
        return MethodFlags.ACCESS | MethodFlags.AUTHENTICATED_REQUEST
    return MethodFlags.ACCESS if mode == MethodMode.ACCESS else MethodFlags(0)


def attribute_mode(rights: AccessFlags, version: int) -> AnyAttributeMode:
    """`rights` as an association of `version` tells them: up to 2, any protection becomes "authenticated"."""
    if version >= 3:
        return rights
    mode = int(rights & _READ_WRITE)
    authenticated = mode and version > 0 and rights & _PROTECTED_REQUEST
    return AccessMode(mode + 3 if authenticated else mode)


def method_mode(rights: MethodFlags, version: int) -> AnyMethodMode:
    """`rights` as an association of `version` tells them: up to 2, any protection becomes "authenticated"."""
    if version >= 3:
        return rights
    if not rights & MethodFlags.ACCESS:
        return MethodMode.NO_ACCESS
    authenticated = version > 0 and rights & _PROTECTED_REQUEST
    return MethodMode.AUTHENTICATED_ACCESS if authenticated else MethodMode.ACCESS


def words(mode: AnyAttributeMode | AnyMethodMode) -> str:
    """An access mode in words: `read and write, authenticated request`."""
    if isinstance(mode, (AccessMode, AccessFlags)):
        rights: int = attribute_rights(mode)
        can = " and ".join(word for flag, word in ((1, "read"), (2, "write")) if rights & flag)
    else:
        rights = method_rights(mode)
        can = "call" if rights & 1 else ""
    if not can:
        return "no access" if not mode else f"no access (mode {int(mode)})"
    protections = AccessFlags(rights & PROTECTION)
    return ", ".join([can, *((flag.name or "").lower().replace("_", " ") for flag in protections)])


@dataclass(frozen=True, slots=True)
class AttributeAccess:
    """What may be done with one attribute.

    access_selectors  the selectors it takes for selective access; None where the meter gave none
    """

    attribute_id: int
    access_mode: AnyAttributeMode
    access_selectors: tuple[int, ...] | None = None

    @property
    def rights(self) -> AccessFlags:
        return attribute_rights(self.access_mode)

    @property
    def can_read(self) -> bool:
        return bool(self.rights & AccessFlags.READ)

    @property
    def can_write(self) -> bool:
        return bool(self.rights & AccessFlags.WRITE)

    def __str__(self) -> str:
        return words(self.access_mode)


@dataclass(frozen=True, slots=True)
class MethodAccess:
    """Whether one method may be called."""

    method_id: int
    access_mode: AnyMethodMode

    @property
    def rights(self) -> MethodFlags:
        return method_rights(self.access_mode)

    @property
    def can_call(self) -> bool:
        return bool(self.rights & MethodFlags.ACCESS)

    def __str__(self) -> str:
        return words(self.access_mode)


@dataclass(frozen=True, slots=True)
class AccessRight:
    """What may be done with each attribute and method of one object."""

    attribute_access: tuple[AttributeAccess, ...] = ()
    method_access: tuple[MethodAccess, ...] = ()


@dataclass(frozen=True, slots=True)
class ObjectListElement:
    """One object as an association shows it: class, version, name and access rights."""

    class_id: int
    version: int
    logical_name: Obis
    access_rights: AccessRight = field(default=AccessRight())

    def attribute(self, index: int) -> AttributeAccess | None:
        """The entry of an attribute; None where the meter does not list it."""
        return next((entry for entry in self.access_rights.attribute_access if entry.attribute_id == index), None)

    def method(self, index: int) -> MethodAccess | None:
        """The entry of a method; None where the meter does not list it."""
        return next((entry for entry in self.access_rights.method_access if entry.method_id == index), None)

    def can_read(self, index: int) -> bool:
        entry = self.attribute(index)
        return entry is not None and entry.can_read

    def can_write(self, index: int) -> bool:
        entry = self.attribute(index)
        return entry is not None and entry.can_write

    @property
    def readable(self) -> list[int]:
        """The attributes that may be read, in the meter's order."""
        return [entry.attribute_id for entry in self.access_rights.attribute_access if entry.can_read]

    def can_call(self, index: int) -> bool:
        entry = self.method(index)
        return entry is not None and entry.can_call


@dataclass(frozen=True, slots=True)
class AccessRightsElement:
    """The rights over one object of an association by short names, told by its base name, a signed number."""

    base_name: int
    access_rights: AccessRight = field(default=AccessRight())
