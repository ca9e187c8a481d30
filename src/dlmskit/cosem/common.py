"""Kinds and structures that several interface classes share."""

from __future__ import annotations

from dlmskit.data.kind import Kind
from dlmskit.data.kinds import enum_of, field, integer, logical_name, long_unsigned, structure, structure_of
from dlmskit.data.value import Tag, Value, type_name
from dlmskit.errors import RemoteProtocolError
from dlmskit.obis import Obis
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
