"""Data and registers: class ids 1, 3, 4, 5."""

from __future__ import annotations

from dlmskit.cosem.common import register_status, register_value, scaler_unit
from dlmskit.cosem.model import Attribute, CosemObject, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import anything, date_time, double_long_unsigned, long_unsigned
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
