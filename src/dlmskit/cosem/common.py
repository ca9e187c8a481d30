"""Kinds and structures that several interface classes share."""

from __future__ import annotations

from enum import IntEnum

from dlmskit.data.kind import Kind
from dlmskit.data.kinds import (
    choice,
    date,
    date_time,
    double_long_unsigned,
    enum_of,
    field,
    integer,
    logical_name,
    long_unsigned,
    null_data,
    structure,
    structure_of,
    tagged_date_time,
    time,
    unsigned,
)
from dlmskit.data.value import Tag, Value, type_name
from dlmskit.errors import RemoteProtocolError
from dlmskit.obis import Obis
from dlmskit.times import CosemDate, CosemDateTime, CosemTime
from dlmskit.units import Quantity, Unit, scale


class TaggedChoice(Kind[Value]):
    """A value of one of several types, kept with its tag: without it, 5 could not be sent back as it came.

    wide  any type is taken when received
    """

    name = "choice"

    def __init__(self, *tags: Tag, wide: bool = False) -> None:
        self.tags = () if wide else tags
        self.offered = tags

    def load(self, value: Value) -> Value:
        if self.tags and value.tag not in self.tags:
            raise self._misfit(value)
        return value

    def dump(self, value: Value) -> Value:
        if not isinstance(value, Value) or value.tag not in self.offered:
            raise self._unfit(value)
        return value

    def describe(self) -> str:
        return f"choice{{{'|'.join(map(type_name, self.offered))}}}"


# Without a unit (255) the Blue Book allows every type in a register, so what is received is never refused.
register_value = TaggedChoice(
    Tag.NULL_DATA,
    Tag.BIT_STRING,
    Tag.DOUBLE_LONG,
    Tag.DOUBLE_LONG_UNSIGNED,
    Tag.OCTET_STRING,
    Tag.VISIBLE_STRING,
    Tag.UTF8_STRING,
    Tag.INTEGER,
    Tag.LONG,
    Tag.UNSIGNED,
    Tag.LONG_UNSIGNED,
    Tag.LONG64,
    Tag.LONG64_UNSIGNED,
    Tag.ENUM,
    Tag.FLOAT32,
    Tag.FLOAT64,
    wide=True,
)
register_status = TaggedChoice(
    Tag.NULL_DATA,
    Tag.BIT_STRING,
    Tag.DOUBLE_LONG_UNSIGNED,
    Tag.OCTET_STRING,
    Tag.VISIBLE_STRING,
    Tag.UTF8_STRING,
    Tag.UNSIGNED,
    Tag.LONG_UNSIGNED,
    Tag.LONG64_UNSIGNED,
)


@structure
class ScalerUnit:
    """What turns a register's number into a quantity: ten to the power of `scaler`, and the unit."""

    scaler: int = field(integer)
    unit: Unit = field(enum_of(Unit))

    def quantity(self, value: Value) -> Quantity:
        """The exact quantity. Raises RemoteProtocolError where `value` is no number."""
        number = value.value
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise RemoteProtocolError(f"a {type_name(value.tag)} is no number to scale")
        return Quantity(scale(number, self.scaler), self.unit)


scaler_unit = structure_of(ScalerUnit)


@structure
class CaptureObject:
    """One attribute of one object, or one element of it: a column of a profile, a part of a push.

    attribute_index  0 stands for all public attributes
    data_index       0 the whole attribute; n its n-th element
    """

    class_id: int = field(long_unsigned)
    logical_name: Obis = field(logical_name)
    attribute_index: int = field(integer)
    data_index: int = field(long_unsigned)


capture_object = structure_of(CaptureObject)


@structure
class ObjectDefinition:
    """One object: class and name."""

    class_id: int = field(long_unsigned)
    logical_name: Obis = field(logical_name)


@structure
class ValueDefinition:
    """One attribute of one object."""

    class_id: int = field(long_unsigned)
    logical_name: Obis = field(logical_name)
    attribute_index: int = field(integer)


@structure
class ActionItem:
    """A script to be executed: its table, and its number in it; 0 for none."""

    script_logical_name: Obis = field(logical_name)
    script_selector: int = field(long_unsigned)


object_definition = structure_of(ObjectDefinition)
value_definition = structure_of(ValueDefinition)
action_item = structure_of(ActionItem)


@structure
class ActionSet:
    """The scripts for rising above a threshold and for falling below it."""

    action_up: ActionItem = field(action_item)
    action_down: ActionItem = field(action_item)


@structure
class Window:
    """A time, possibly recurring, from when to when something is allowed."""

    start_time: CosemDateTime = field(date_time)
    end_time: CosemDateTime = field(date_time)


@structure
class TimeAndDate:
    """A time of day and a date, either possibly with wildcards."""

    time: CosemTime = field(time)
    date: CosemDate = field(date)


@structure
class CaptureTime:
    """The attribute that changed last, and when."""

    attribute_id: int = field(unsigned)
    time_stamp: CosemDateTime = field(tagged_date_time)


action_set = structure_of(ActionSet)
window = structure_of(Window)
time_and_date = structure_of(TimeAndDate)
capture_time = structure_of(CaptureTime)


class RestrictionType(IntEnum):
    """How a captured or pushed buffer is restricted."""

    NONE = 0
    BY_DATE = 1
    BY_ENTRY = 2


@structure
class DateRestriction:
    """The entries between two days, both included."""

    from_date: CosemDate = field(date)
    to_date: CosemDate = field(date)


@structure
class EntryRestriction:
    """The entries between two numbers, both included."""

    from_entry: int = field(double_long_unsigned)
    to_entry: int = field(double_long_unsigned)


# Apart from its field, so that its type is inferred from its members.
_restriction_value = choice(null_data, structure_of(DateRestriction), structure_of(EntryRestriction))


@structure
class Restriction:
    """Which entries of a buffer are meant; the type says which of the forms follows."""

    restriction_type: RestrictionType = field(enum_of(RestrictionType))
    restriction_value: DateRestriction | EntryRestriction | None = field(_restriction_value)


restriction = structure_of(Restriction)
