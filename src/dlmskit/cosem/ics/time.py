"""Clock: class id 8."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    boolean,
    date_time,
    enum_of,
    field,
    flags_in,
    integer,
    long,
    structure,
    structure_of,
    unsigned,
)
from dlmskit.times import ClockStatus, CosemDateTime


class ClockBase(IntEnum):
    """What drives the clock."""

    NOT_DEFINED = 0
    INTERNAL_CRYSTAL = 1
    MAINS_50HZ = 2
    MAINS_60HZ = 3
    GPS = 4
    RADIO_CONTROLLED = 5


@structure
class PresetTime:
    """A time to be set later, and from when to when `adjust_to_preset_time` may set it."""

    preset_time: CosemDateTime = field(date_time)
    validity_interval_start: CosemDateTime = field(date_time)
    validity_interval_end: CosemDateTime = field(date_time)


class Clock(CosemObject, class_id=8, version=0, methods_at=0x60, offsets=Basis.PARTLY_STATED):
    """The meter's clock, its zone and its daylight saving. Blue Book 4.5.1.

    UTC = local time + deviation, so at UTC+1 `time_zone` is -60.
    """

    time = Attribute(2, date_time, static=False, doc="local date and time, deviation and status")
    time_zone = Attribute(3, long, doc="what to add to local normal time for UTC, in minutes")
    status = Attribute(4, flags_in(unsigned, ClockStatus), static=False, doc="the status octet of the time")
    daylight_savings_begin = Attribute(5, date_time, doc="local time at which daylight saving begins")
    daylight_savings_end = Attribute(6, date_time, doc="local time at which daylight saving ends")
    daylight_savings_deviation = Attribute(7, integer, doc="how far daylight saving shifts the deviation, in minutes")
    daylight_savings_enabled = Attribute(8, boolean, doc="whether daylight saving is used")
    clock_base = Attribute(9, enum_of(ClockBase), doc="what drives the clock")

    adjust_to_quarter = Trigger(1, doc="set to the nearest quarter of an hour")
    adjust_to_measuring_period = Trigger(2, doc="set to the nearest start of a measuring period")
    adjust_to_minute = Trigger(3, doc="set to the nearest minute")
    adjust_to_preset_time = Trigger(4, doc="set to the preset time, within its validity interval")
    preset_adjusting_time = Method(5, structure_of(PresetTime), doc="name a time to be set by adjust_to_preset_time")
    shift_time = Method(6, long, doc="shift by -900 to 900 seconds")
