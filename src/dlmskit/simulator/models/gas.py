"""The gas meter: a volume and its hours, for the public client."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dlmskit.cosem.common import ScalerUnit
from dlmskit.cosem.ics import ExtendedRegister, ProfileGeneric, SapAssignment
from dlmskit.data.value import Tag, Value
from dlmskit.edge.clock import Environment
from dlmskit.server.access import Rule
from dlmskit.server.behaviours.profile import EVER, Profile
from dlmskit.server.behaviours.register import Measuring, MeasuringWithTime
from dlmskit.server.device import Device, Referencing
from dlmskit.simulator.curves import Curve
from dlmskit.simulator.models.identity import CLOCK, PUBLIC, STATUS, ZONE, column, new_device, register
from dlmskit.units import Unit

VOLUME: Final = "7.0.3.0.0.255"

#: Cubic metres that a heated house burns on an average day, and when.
_PER_DAY: Final = 4.1
_BURNT: Final = (2, 2, 2, 2, 2.5, 5, 9, 9, 7, 5, 4, 4, 4.5, 4, 4, 4, 5, 7, 8, 8, 7, 5, 3.5, 2.5)


def gas(seed: int, environment: Environment, serial: int, referencing: Referencing) -> Device:
    """The gas meter of that serial number."""
    device, clock = new_device(serial, environment)
    burnt = Curve((seed, serial, "gas"), _PER_DAY, _BURNT, zone=ZONE)

    def litres(moment: datetime) -> int:
        return int(1000 * burnt.total(moment))

    volume = ExtendedRegister(VOLUME, scaler_unit=ScalerUnit(-3, Unit.M3), status=Value(Tag.UNSIGNED, 0))
    device.add(MeasuringWithTime(volume, litres, clock))
    flow = register("7.0.43.0.0.255", -3, Unit.M3_PER_H)
    device.add(Measuring(flow, lambda moment: int(1000 * burnt.rate(moment))))
    hours = ProfileGeneric(
        "7.0.99.99.2.255",
        capture_objects=(column(8, CLOCK), column(1, STATUS), column(4, VOLUME)),
        capture_period=3600,
        sort_object=column(8, CLOCK),
        profile_entries=24 * 40,
    )
    device.add(Profile(hours, since=EVER))
    device.add(SapAssignment("0.0.41.0.0.255"))
    device.association(client=PUBLIC, access=(Rule("*"),), referencing=referencing)
    return device
