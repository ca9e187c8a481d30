"""Data stored in bulk: class ids 26, 61, 62, 66."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.common import (
    CaptureObject,
    Restriction,
    capture_object,
    restriction,
    scaler_unit,
)
from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    double_long_unsigned,
    enum,
    enum_of,
    field,
    integer,
    logical_name,
    long64_unsigned,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    unsigned,
)
from dlmskit.obis import Obis


class UtilityTables(CosemObject, class_id=26, version=0):
    """A table of ANSI C12.19, as octets. Blue Book 4.3.7."""

    table_id = Attribute(2, long_unsigned, doc="number of the table in ANSI C12.19")
    length = Attribute(3, double_long_unsigned, static=False, doc="length of the table, in octets")
    buffer = Attribute(4, octet_string, static=False, doc="the table; selectable by offset or by index")


@structure
class TableCellDefinition:
    """The attribute that is captured, and the group E values of its objects."""

    class_id: int = field(long_unsigned)
    logical_name: Obis = field(logical_name)
    group_e_values: tuple[int, ...] = field(array_of(unsigned))
    attribute_index: int = field(integer)


class RegisterTable(CosemObject, class_id=61, version=0, methods_at=0x28, offsets=Basis.PARTLY_STATED):
    """One attribute of many objects that differ in group E, such as harmonics. Blue Book 4.3.8.

    Two libraries agree on attributes and methods; the type of a group E value rests on one.
    """

    table_cell_values = Attribute(2, array_of(anything), static=False, doc="the values, in the unit of scaler_unit")
    table_cell_definition = Attribute(3, structure_of(TableCellDefinition), doc="which attribute of which objects")
    scaler_unit = Attribute(4, scaler_unit, doc="power of ten and unit of the values")

    reset = Trigger(1, doc="empty the table")
    capture = Trigger(2, doc="capture all values now")


class CaptureMethod(IntEnum):
    """When Compact data captures: when told to, or whenever it is read."""

    INVOKE = 0
    IMPLICIT = 1


@structure
class CompactCaptureObject:
    """What a part of the buffer captures: an attribute, which entries of it, and which columns.

    Of meters of version 1 some leave the columns out; such a list is then read raw.
    """

    class_id: int = field(long_unsigned)
    logical_name: Obis = field(logical_name)
    attribute_index: int = field(integer)
    data_index: int = field(long_unsigned)
    restriction: Restriction = field(restriction)
    columns: tuple[CaptureObject, ...] = field(array_of(capture_object))


class _CompactData(CosemObject):
    """What both versions share."""

    compact_buffer = Attribute(2, octet_string, static=False, doc="the values without their types")
    template_id = Attribute(4, unsigned, doc="identifies the template that the values follow")
    template_description = Attribute(5, octet_string, static=False, doc="the types of the values, as octets")
    capture_method = Attribute(6, enum_of(CaptureMethod), doc="when it captures")

    reset = Trigger(1, doc="empty the buffer")
    capture = Trigger(2, doc="capture now")


class CompactData_v0(_CompactData, class_id=62, version=0):
    """Captured values without types, and the template to read them by."""

    capture_objects = Attribute(3, array_of(capture_object), doc="what is captured, in order")


class CompactData(_CompactData, class_id=62, version=1):
    """Captured values without types, and the template to read them by. Blue Book 4.3.10.

    Restriction and columns are taken to be as in Push setup: one public library reads five fields, and a sixth where
    there is one.
    """

    capture_objects = Attribute(3, array_of(structure_of(CompactCaptureObject)), doc="what is captured, in order")


class MeasurementDataMonitoring(CosemObject, class_id=66, version=0, offsets=Basis.STATED):
    """A waveform recorded around a trigger. Blue Book Ed. 16, 4.3.11, measurement data monitoring objects.

    Numbers and types rest on one list of Ed. 16; a second source has most of the names in another order, without
    types. What triggered it rests on that list alone, and the elements of the waveform, the members of status and what
    the methods take are not public: these are carried as they come.
    """

    waveform_data = Attribute(2, anything, static=False, doc="the samples, a compact-array, in the unit of scaler_unit")
    trigger_time = Attribute(3, long64_unsigned, static=False, doc="when it was triggered, as a number")
    trigger_source = Attribute(4, anything, static=False, doc="what triggered it, as it comes")
    status = Attribute(5, enum, static=False, doc="number of the recorder's state")
    sampling_rate = Attribute(6, double_long_unsigned, doc="samples a second")
    number_of_samples_before_trigger = Attribute(7, double_long_unsigned, doc="samples kept from before the trigger")
    number_of_samples_after_trigger = Attribute(8, double_long_unsigned, doc="samples recorded after the trigger")
    scaler_unit = Attribute(9, scaler_unit, doc="power of ten and unit of the samples")

    reset = Method(1, anything, doc="forget the recording")
    trigger = Method(2, anything, doc="record now")
