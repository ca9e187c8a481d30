"""Italian gas meters after UNI/TS 11291-11."""

from __future__ import annotations

from dlmskit.cosem.model import Attribute, CosemObject
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
from dlmskit.quirks.registry import Quirk


@structure
class Season:
    """From when on, and up to five intervals for each kind of day.

    An interval is one octet: start hour in bits 0 to 4, tariff in bits 5 and 6, bit 7 where it is in use.
    """

    day_of_month: int = field(unsigned)
    month: int = field(unsigned)
    working_day_intervals: tuple[int, ...] = field(array_of(unsigned))
    saturday_intervals: tuple[int, ...] = field(array_of(unsigned))
    holiday_intervals: tuple[int, ...] = field(array_of(unsigned))


@structure
class Plan:
    """Winter and summer, the days of a week on which the plan holds, and its special days."""

    default_tariff_band: int = field(unsigned)
    seasons: tuple[Season, ...] = field(array_of(structure_of(Season)))
    weekly_activation: str = field(bit_string)
    special_days: tuple[int, ...] = field(array_of(long_unsigned))


@structure
class ActivationTime:
    """When a passive plan becomes the active one: time (4 octets) and date (5 octets)."""

    time: bytes = field(octet_string)
    date: bytes = field(octet_string)


class TariffPlan(CosemObject, class_id=8192, version=0):
    """Which tariff holds when. UNI/TS 11291-11-2; known from one public implementation, not from the text itself."""

    calendar_name = Attribute(2, octet_string, doc="as the operator calls it")
    enabled = Attribute(3, boolean, doc="whether it holds")
    plan = Attribute(4, structure_of(Plan), doc="tariff bands by season, kind of day and hour")
    activation_time = Attribute(5, structure_of(ActivationTime), doc="when a passive plan becomes active")


QUIRKS = (
    Quirk(
        name="uni-ts-tariff-plan",
        evidence="class 8192 stands in public lists of Italian meters' objects, at 0.0.94.39.21.255 and 0.0.94.39.22.255",
        classes=(TariffPlan,),
    ),
)
