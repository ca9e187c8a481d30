"""What watches values: register monitor, parameter monitor, sensor manager; class ids 21, 65, 67."""

from __future__ import annotations

from dlmskit.cosem.common import (
    action_set,
    register_status,
    register_value,
    scaler_unit,
    value_definition,
)
from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    enum,
    field,
    integer,
    logical_name,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    tagged_date_time,
)
from dlmskit.data.value import Value
from dlmskit.obis import Obis


class RegisterMonitor(CosemObject, class_id=21, version=0):
    """Scripts executed when a value crosses thresholds. Blue Book 4.5.6."""

    thresholds = Attribute(2, array_of(register_value), doc="numbers of the monitored value's type, scaler and unit")
    monitored_value = Attribute(3, value_definition, doc="the attribute that is watched")
    actions = Attribute(
        4, array_of(action_set), doc="for each threshold the scripts for rising above and falling below"
    )


@structure
class ChangedParameter:
    """An attribute that was changed, and its new value."""

    class_id: int = field(long_unsigned)
    logical_name: Obis = field(logical_name)
    attribute_index: int = field(integer)
    attribute_value: Value = field(anything)


class ParameterMonitor_v0(CosemObject, class_id=65, version=0, offsets=Basis.PARTLY_STATED):
    """The parameter changed last, of a list that is watched."""

    changed_parameter = Attribute(2, structure_of(ChangedParameter), static=False, doc="what was changed, and to what")
    capture_time = Attribute(3, tagged_date_time, static=False, doc="when it was changed; some send an octet-string")
    parameter_list = Attribute(4, array_of(value_definition), doc="the attributes that are watched")

    add_parameter = Method(1, value_definition, doc="watch an attribute")
    delete_parameter = Method(2, value_definition, doc="watch an attribute no longer")


class ParameterMonitor(ParameterMonitor_v0, class_id=65, version=1):
    """The parameter changed last, and a digest over all that are watched. Blue Book Ed. 16, 4.5.10.

    Attributes 5 to 8 have the same names and order in two sources; a public library knows version 0 only. The numbers of
    the hash algorithms and the shape of parameter_values are not public: both are carried as they come.
    """

    parameter_list_name = Attribute(5, octet_string, doc="name of the list of watched attributes")
    hash_algorithm_id = Attribute(6, enum, doc="number of the hash algorithm")
    parameter_value_digest = Attribute(7, octet_string, static=False, doc="hash over the values of the list")
    parameter_values = Attribute(8, anything, static=False, doc="the values of the list, as they come")


class SensorManager(CosemObject, class_id=67, version=0, methods_at=0x80, offsets=Basis.STATED):
    """A sensor of a gas or other meter: identity, raw value, processed value, limits. Blue Book 4.5.11.

    Names and order are the same in three sources. The members of output_type and sealing_method are not public; they are
    carried as numbers.
    """

    serial_number = Attribute(2, octet_string, static=False, doc="identifies the sensor")
    metrological_identification = Attribute(
        3, octet_string, static=False, doc="metrologically relevant data of the sensor"
    )
    output_type = Attribute(4, enum, static=False, doc="number of the physical output, such as 4 to 20 mA")
    adjustment_method = Attribute(5, octet_string, static=False, doc="how the sensor is adjusted")
    sealing_method = Attribute(6, enum, static=False, doc="number of the kind of seal")
    raw_value = Attribute(7, register_value, static=False, doc="what the sensor gives, in the unit of scaler_unit")
    scaler_unit = Attribute(8, scaler_unit, static=False, doc="power of ten and unit of the raw value")
    status = Attribute(9, register_status, static=False, doc="maker's or companion's meaning")
    capture_time = Attribute(10, tagged_date_time, static=False, doc="when the raw value was captured")
    raw_value_thresholds = Attribute(
        11, array_of(register_value), static=False, doc="limits of the raw value, same unit"
    )
    raw_value_actions = Attribute(12, array_of(action_set), static=False, doc="scripts for crossing each of them")
    processed_value = Attribute(13, value_definition, static=False, doc="the attribute with the processed value")
    processed_value_thresholds = Attribute(
        14, array_of(register_value), static=False, doc="limits of the processed value, in its unit"
    )
    processed_value_actions = Attribute(15, array_of(action_set), static=False, doc="scripts for crossing each of them")

    reset = Trigger(1, doc="set the raw value to its default")
