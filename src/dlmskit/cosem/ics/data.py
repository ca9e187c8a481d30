"""Data and registers: class ids 1, 3, 4, 5, 6, 63."""

from __future__ import annotations

from dlmskit.cosem.common import object_definition, register_status, register_value, scaler_unit
from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    choice,
    date_time,
    double_long_unsigned,
    field,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    unsigned,
)
from dlmskit.units import Quantity


class Data(CosemObject, class_id=1, version=0, offsets=Basis.STATED):
    """A value of any type: an identifier, a parameter, a status word. Blue Book 4.3.1."""

    value = Attribute(2, anything, static=False, doc="any type; its meaning follows from the logical name")


class Register(CosemObject, class_id=3, version=0, methods_at=0x28, offsets=Basis.STATED):
    """A measured value with scaler and unit. Blue Book 4.3.2."""

    value = Attribute(2, register_value, static=False, doc="the number before scaling, in the unit of scaler_unit")
    scaler_unit = Attribute(3, scaler_unit, doc="power of ten and unit of the value")

    reset = Trigger(1, doc="set the value to its default")

    async def quantity(self) -> Quantity:
        """The value, scaled, with its unit: two reads."""
        scaler_unit = await self.scaler_unit
        return scaler_unit.quantity(await self.value)


class ExtendedRegister(Register, class_id=4, version=0, methods_at=0x38, offsets=Basis.PARTLY_STATED):
    """A register that also tells its status and when it was captured. Blue Book 4.3.3."""

    status = Attribute(4, register_status, static=False, doc="maker's or companion's meaning")
    capture_time = Attribute(5, date_time, static=False, doc="when the value was captured")


class DemandRegister(CosemObject, class_id=5, version=0, offsets=Basis.PARTLY_STATED):
    """An average over a fixed or sliding window: the running one and the last one. Blue Book 4.3.4."""

    current_average_value = Attribute(
        2, register_value, static=False, doc="running average, in the unit of scaler_unit"
    )
    last_average_value = Attribute(3, register_value, static=False, doc="average of the last window, same unit")
    scaler_unit = Attribute(4, scaler_unit, doc="power of ten and unit of both averages")
    status = Attribute(
        5, register_status, static=False, doc="status of the last average; maker's or companion's meaning"
    )
    capture_time = Attribute(6, date_time, static=False, doc="when the last average was calculated")
    start_time_current = Attribute(7, date_time, static=False, doc="when the running average was started")
    period = Attribute(8, double_long_unsigned, doc="between two updates of the last average, in seconds")
    number_of_periods = Attribute(9, long_unsigned, doc="periods in the window; 1 is a block, more slide")

    reset = Trigger(1, doc="set both averages to their defaults")
    next_period = Trigger(2, doc="end the running period and start the next")

    async def quantity(self) -> Quantity:
        """The running average, scaled, with its unit: two reads."""
        scaler_unit = await self.scaler_unit
        return scaler_unit.quantity(await self.current_average_value)

    async def last_quantity(self) -> Quantity:
        """The average of the last window, scaled, with its unit: two reads."""
        scaler_unit = await self.scaler_unit
        return scaler_unit.quantity(await self.last_average_value)


@structure
class RegisterActMask:
    """A named set of registers: places in the list of assigned ones, counted from 1."""

    mask_name: bytes = field(octet_string)
    index_list: tuple[int, ...] = field(array_of(unsigned))


class RegisterActivation(CosemObject, class_id=6, version=0, methods_at=0x30, offsets=Basis.PARTLY_STATED):
    """Which registers count at a time, such as those of one rate. Blue Book 4.3.5."""

    register_assignment = Attribute(2, array_of(object_definition), doc="the registers it switches")
    mask_list = Attribute(3, array_of(structure_of(RegisterActMask)), doc="named sets of them")
    active_mask = Attribute(
        4, octet_string, static=False, doc="name of the set that counts now; the others stand still"
    )

    add_register = Method(1, object_definition, doc="assign a register")
    add_mask = Method(2, structure_of(RegisterActMask), doc="add a set, or replace the one of that name")
    delete_mask = Method(3, octet_string, doc="delete the set of that name")


_ref_table_mapping = choice(long_unsigned, array_of(long_unsigned))


@structure
class MappingTable:
    """What the bits of a status word mean: entries of a table, for all bits from the first one, or one for each."""

    ref_table_id: int = field(unsigned)
    ref_table_mapping: int | tuple[int, ...] = field(_ref_table_mapping)


class StatusMapping(CosemObject, class_id=63, version=0):
    """A status word, and what its bits mean. Blue Book 4.3.9.

    The types the word may have are recalled in part.
    """

    status_word = Attribute(2, register_status, static=False, doc="the status, a bit for each condition")
    mapping_table = Attribute(3, structure_of(MappingTable), doc="what the bits mean")
