"""Functions, arrays, ports and attestation: class ids 122, 123, 124, 170."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.common import ObjectDefinition, ValueDefinition, object_definition, value_definition
from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    boolean,
    double_long_unsigned,
    enum_of,
    field,
    logical_name,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    unsigned,
)
from dlmskit.data.value import Value


@structure
class FunctionStatus:
    """A function of the meter, and whether it is on."""

    function_name: bytes = field(octet_string)
    function_status: bool = field(boolean)


@structure
class FunctionDefinition:
    """A function of the meter, and the objects that make it up."""

    function_name: bytes = field(octet_string)
    function_definition: tuple[ObjectDefinition, ...] = field(array_of(object_definition))


class FunctionControl(CosemObject, class_id=122, version=0, methods_at=0x20, offsets=Basis.STATED):
    """Functions of the meter that can be switched on and off. Blue Book 4.4.10."""

    activation_status = Attribute(2, array_of(structure_of(FunctionStatus)), static=False, doc="which functions are on")
    function_list = Attribute(3, array_of(structure_of(FunctionDefinition)), doc="which objects make up each function")

    set_function_status = Method(1, array_of(structure_of(FunctionStatus)), doc="switch functions on or off")
    add_function = Method(2, structure_of(FunctionDefinition), doc="define a function")
    remove_function = Method(
        3, structure_of(FunctionDefinition), doc="take a function off; one library sends the name only"
    )


@structure
class ArrayObject:
    """An attribute that is an array, by the number it is managed under."""

    array_object_id: int = field(unsigned)
    array_object: ValueDefinition = field(value_definition)


@structure
class EntryRange:
    """Entries from one number to another, counted from 1, both included."""

    from_entry: int = field(long_unsigned)
    to_entry: int = field(long_unsigned)


@structure
class ArrayEntries:
    """Some entries of one array."""

    array_object_id: int = field(unsigned)
    entry_range: EntryRange = field(structure_of(EntryRange))


@structure
class NumberedEntry:
    """An entry, and its number, counted from 1."""

    entry_number: int = field(long_unsigned)
    entry_data: Value = field(anything)


@structure
class ArrayEntry:
    """One entry of one array."""

    array_object_id: int = field(unsigned)
    entry: NumberedEntry = field(structure_of(NumberedEntry))


class ArrayManager(CosemObject, class_id=123, version=0, methods_at=0x20, offsets=Basis.STATED):
    """Reads and changes entries of arrays elsewhere, one by one. Blue Book 4.4.11."""

    array_object_list = Attribute(2, array_of(structure_of(ArrayObject)), doc="the arrays it manages")

    retrieve_number_of_entries = Method(1, unsigned, anything, doc="how many entries an array has")
    retrieve_entries = Method(2, structure_of(ArrayEntries), anything, doc="some entries of an array")
    insert_entry = Method(3, structure_of(ArrayEntry), doc="put an entry in front of the one of that number")
    update_entry = Method(4, structure_of(ArrayEntry), doc="replace an entry")
    remove_entries = Method(5, structure_of(ArrayEntries), doc="remove some entries")


class ProtectionMode(IntEnum):
    """Whether a port is closed, or closes after failed attempts."""

    LOCKED = 0
    LOCKED_ON_FAILED_ATTEMPTS = 1
    UNLOCKED = 2


class ProtectionStatus(IntEnum):
    """Whether a port is closed now."""

    UNLOCKED = 0
    TEMPORARILY_LOCKED = 1
    LOCKED = 2


class CommunicationPortProtection(CosemObject, class_id=124, version=0, offsets=Basis.STATED):
    """Closes a port for longer and longer after failed attempts. Blue Book 4.4.12."""

    protection_mode = Attribute(2, enum_of(ProtectionMode), doc="whether it closes, and after what")
    allowed_failed_attempts = Attribute(3, long_unsigned, doc="attempts that may fail before it closes")
    initial_lockout_time = Attribute(4, double_long_unsigned, doc="for how long it closes first, in seconds")
    steepness_factor = Attribute(5, unsigned, doc="by which that time grows with each further attempt")
    max_lockout_time = Attribute(6, double_long_unsigned, doc="for how long it closes at most, in seconds")
    port_reference = Attribute(7, logical_name, doc="the communication port setup object meant")
    protection_status = Attribute(8, enum_of(ProtectionStatus), static=False, doc="whether it is closed now")
    failed_attempts = Attribute(9, double_long_unsigned, static=False, doc="attempts failed since the last good one")
    cumulative_failed_attempts = Attribute(
        10, double_long_unsigned, static=False, doc="attempts failed since the last reset"
    )

    reset = Trigger(1, doc="open the port, and forget failed attempts")


class Attestation(CosemObject, class_id=170, version=0, offsets=Basis.NO_SHORT_NAMES):
    """Proof of what a meter is. Blue Book Ed. 17, 4.20.2.

    One public list of classes has its name; no source has its attributes, which are read by number.
    """
