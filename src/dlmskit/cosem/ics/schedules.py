"""What a meter does at a time: scripts, schedules, calendars; class ids 9, 10, 11, 20, 22."""

from __future__ import annotations

from enum import IntEnum, IntFlag

from dlmskit.cosem.common import action_item, time_and_date
from dlmskit.cosem.model import Attribute, CosemObject, Method, Trigger
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    anything,
    array_of,
    bit_string,
    boolean,
    date,
    date_time,
    enum_of,
    field,
    flags_of,
    integer,
    logical_name,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    time,
    unsigned,
)
from dlmskit.data.value import Value
from dlmskit.obis import Obis
from dlmskit.times import CosemDate, CosemDateTime, CosemTime


class ServiceId(IntEnum):
    """What one action of a script does."""

    WRITE_ATTRIBUTE = 1
    EXECUTE_METHOD = 2


@structure
class ActionSpecification:
    """One action of a script: an attribute written or a method executed, with its value or parameter."""

    service_id: ServiceId = field(enum_of(ServiceId))
    class_id: int = field(long_unsigned)
    logical_name: Obis = field(logical_name)
    index: int = field(integer)
    parameter: Value = field(anything)


@structure
class Script:
    """What is done together; number 0 stands for no script and cannot be defined."""

    script_identifier: int = field(long_unsigned)
    actions: tuple[ActionSpecification, ...] = field(array_of(structure_of(ActionSpecification)))


class ScriptTable(CosemObject, class_id=9, version=0, methods_at=0x20, offsets=Basis.PARTLY_STATED):
    """Scripts, each a list of attributes to write and methods to execute. Blue Book 4.5.2."""

    scripts = Attribute(2, array_of(structure_of(Script)), doc="every script with its actions, in order")

    execute = Method(1, long_unsigned, doc="carry out the script of that number")


class Weekdays(IntFlag):
    """Days of the week; Monday is the first bit."""

    MONDAY = 0x40
    TUESDAY = 0x20
    WEDNESDAY = 0x10
    THURSDAY = 0x08
    FRIDAY = 0x04
    SATURDAY = 0x02
    SUNDAY = 0x01


@structure
class ScheduleTableEntry:
    """One switching of a schedule.

    validity_window  after a power failure it is still carried out, so many minutes late at most; 0xFFFF for any time
    exec_specdays    bit n: on special days with day id n
    """

    index: int = field(long_unsigned)
    enable: bool = field(boolean)
    script_logical_name: Obis = field(logical_name)
    script_selector: int = field(long_unsigned)
    switch_time: CosemTime = field(time)
    validity_window: int = field(long_unsigned)
    exec_weekdays: Weekdays = field(flags_of(Weekdays, 7))
    exec_specdays: str = field(bit_string)
    begin_date: CosemDate = field(date)
    end_date: CosemDate = field(date)


@structure
class ScheduleRanges:
    """Entries to disable, range A, and then entries to enable, range B; 0 to 0 is no entry."""

    first_index_a: int = field(long_unsigned)
    last_index_a: int = field(long_unsigned)
    first_index_b: int = field(long_unsigned)
    last_index_b: int = field(long_unsigned)


@structure
class ScheduleRange:
    """The entries from one number to another, both included."""

    first_index: int = field(long_unsigned)
    last_index: int = field(long_unsigned)


_schedule_entry = structure_of(ScheduleTableEntry)


class Schedule(CosemObject, class_id=10, version=0, methods_at=0x20, offsets=Basis.PARTLY_STATED):
    """Scripts executed by time of day, weekday, special day and date. Blue Book 4.5.3."""

    entries = Attribute(2, array_of(_schedule_entry), doc="every switching, by its number")

    enable_disable = Method(1, structure_of(ScheduleRanges), doc="disable entries of range A, then enable those of B")
    insert = Method(2, _schedule_entry, doc="add an entry, or replace the one of that number")
    delete = Method(3, structure_of(ScheduleRange), doc="delete a range of entries")


@structure
class SpecialDayEntry:
    """A day that is treated otherwise than its weekday says; the date may have wildcards."""

    index: int = field(long_unsigned)
    specialday_date: CosemDate = field(date)
    day_id: int = field(unsigned)


class SpecialDaysTable(CosemObject, class_id=11, version=0, offsets=Basis.PARTLY_STATED):
    """Days that schedules and calendars treat otherwise than their weekday. Blue Book 4.5.4."""

    entries = Attribute(2, array_of(structure_of(SpecialDayEntry)), doc="every special day with the day id it follows")

    insert = Method(1, structure_of(SpecialDayEntry), doc="add a day, or replace the one of that number")
    delete = Method(2, long_unsigned, doc="delete the day of that number")


@structure
class Season:
    """A season: when it starts, recurring or once, and the week that is followed in it."""

    season_profile_name: bytes = field(octet_string)
    season_start: CosemDateTime = field(date_time)
    week_name: bytes = field(octet_string)


@structure
class WeekProfile:
    """The day id followed on each day of a week."""

    week_profile_name: bytes = field(octet_string)
    monday: int = field(unsigned)
    tuesday: int = field(unsigned)
    wednesday: int = field(unsigned)
    thursday: int = field(unsigned)
    friday: int = field(unsigned)
    saturday: int = field(unsigned)
    sunday: int = field(unsigned)


@structure
class DayProfileAction:
    """A script executed at a time of day."""

    start_time: CosemTime = field(time)
    script_logical_name: Obis = field(logical_name)
    script_selector: int = field(long_unsigned)


@structure
class DayProfile:
    """What happens on a day of this id, in order of time."""

    day_id: int = field(unsigned)
    day_schedule: tuple[DayProfileAction, ...] = field(array_of(structure_of(DayProfileAction)))


_seasons = array_of(structure_of(Season))
_weeks = array_of(structure_of(WeekProfile))
_days = array_of(structure_of(DayProfile))


class ActivityCalendar(CosemObject, class_id=20, version=0, offsets=Basis.PARTLY_STATED):
    """Seasons, weeks and days of a tariff, and a passive copy to be activated. Blue Book 4.5.5."""

    calendar_name_active = Attribute(2, octet_string, doc="name of the calendar in force")
    season_profile_active = Attribute(3, _seasons, doc="its seasons, none for the same week all year")
    week_profile_table_active = Attribute(4, _weeks, doc="its weeks by name")
    day_profile_table_active = Attribute(5, _days, doc="its days by id, each with the scripts executed")
    calendar_name_passive = Attribute(6, octet_string, doc="name of the calendar to come")
    season_profile_passive = Attribute(7, _seasons, doc="its seasons")
    week_profile_table_passive = Attribute(8, _weeks, doc="its weeks by name")
    day_profile_table_passive = Attribute(9, _days, doc="its days by id")
    activate_passive_calendar_time = Attribute(
        10, date_time, doc="when the passive calendar takes over; all wildcards for never"
    )

    activate_passive_calendar = Trigger(1, doc="copy the passive calendar over the active one now")


class ScheduleType(IntEnum):
    """How many execution times there are, whether they share a time of day, and where wildcards may stand."""

    SIZE_1_WILDCARDS_ALLOWED = 1
    SIZE_N_SAME_TIME_WILDCARDS_IN_DATE = 2
    SIZE_N_SAME_TIME_NO_WILDCARDS_IN_DATE = 3
    SIZE_N_DIFFERENT_TIME_WILDCARDS_IN_DATE = 4
    SIZE_N_DIFFERENT_TIME_NO_WILDCARDS_IN_DATE = 5


class SingleActionSchedule(CosemObject, class_id=22, version=0):
    """One script executed at given times, such as the end of a billing period. Blue Book 4.5.7."""

    executed_script = Attribute(2, action_item, doc="script table and number of the script")
    type = Attribute(3, enum_of(ScheduleType), doc="how many times there are, and where wildcards may stand")
    execution_time = Attribute(4, array_of(time_and_date), doc="times of day with their dates")
