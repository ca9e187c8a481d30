"""Classes of national specifications: class id 8192, Italy."""

from __future__ import annotations

from dlmskit.cosem.common import time_and_date
from dlmskit.cosem.model import Attribute, CosemObject
from dlmskit.cosem.offsets import Basis
from dlmskit.data.kinds import (
    array_of,
    bit_string,
    boolean,
    field,
    long_unsigned,
    octet_string,
    structure,
    structure_of,
    unsigned,
)


@structure
class TariffSeason:
    """A season: its first day, and five intervals for each kind of day.

    An interval is one octet: bits 0 to 4 the hour it starts, 5 and 6 the tariff, 7 whether it is used.
    """

    day_of_month: int = field(unsigned)
    month: int = field(unsigned)
    working_day_intervals: tuple[int, ...] = field(array_of(unsigned))
    saturday_intervals: tuple[int, ...] = field(array_of(unsigned))
    holiday_intervals: tuple[int, ...] = field(array_of(unsigned))


@structure
class TariffPlanValue:
    """A plan: winter and summer, weekly activation, and the special days of a year."""

    default_tariff_band: int = field(unsigned)
    seasons: tuple[TariffSeason, ...] = field(array_of(structure_of(TariffSeason)))
    weekly_activation: str = field(bit_string)
    special_days: tuple[int, ...] = field(array_of(long_unsigned))


class TariffPlan(CosemObject, class_id=8192, version=0, offsets=Basis.NO_SHORT_NAMES):
    """The tariff plan of Italian gas meters, UNI/TS 11291; known from one public library."""

    calendar_name = Attribute(2, octet_string, doc="name of the plan")
    enabled = Attribute(3, boolean, doc="whether the plan is in force")
    plan = Attribute(4, structure_of(TariffPlanValue), doc="seasons, intervals and special days")
    activation_time = Attribute(5, time_and_date, doc="when the plan takes over")
