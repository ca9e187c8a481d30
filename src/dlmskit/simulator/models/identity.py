"""What every built-in meter has: a name, a title, keys that everybody knows, a clock and its status."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from dlmskit.cosem.common import CaptureObject, ScalerUnit
from dlmskit.cosem.ics import Clock, Data, Register
from dlmskit.data.value import Tag, Value
from dlmskit.edge.clock import Environment
from dlmskit.errors import UsageError
from dlmskit.obis import Obis
from dlmskit.security.keys import KeyRing
from dlmskit.server.behaviours.clock import RunningClock
from dlmskit.server.device import Device
from dlmskit.times import CosemDateTime
from dlmskit.units import Unit

MAKER: Final = "DKT"
PUBLIC, OPERATOR, MANAGEMENT = 16, 32, 1
PASSWORD: Final = b"dlmskit1"
#: The standard's example keys: published, so they protect nothing but a demonstration.
EXAMPLE_KEYS: Final = KeyRing(ek=bytes(range(0x10)), ak=bytes(range(0xD0, 0xE0)))

#: UTC+1, the standard time the built-in meters keep, and what their clocks call it.
ZONE: Final = timedelta(hours=1)
ZONE_MINUTES: Final = -60

CLOCK: Final = Obis.parse("0.0.1.0.0.255")
STATUS: Final = Obis.parse("0.0.96.10.1.255")


def new_device(serial: int, environment: Environment) -> tuple[Device, RunningClock]:
    """A device with its identity, its status word and a running clock with European daylight saving."""
    if not 0 <= serial < 2**40:
        raise UsageError("a serial number is 0 to 1099511627775")
    device = Device(
        logical_name=f"{MAKER}{serial:013d}",
        system_title=MAKER.encode() + serial.to_bytes(5, "big"),
        environment=environment,
    )
    device.add(Data("0.0.96.1.0.255", value=Value(Tag.OCTET_STRING, f"{serial:08d}".encode())))
    device.add(Data(STATUS, value=Value(Tag.UNSIGNED, 0)))
    clock = _clock()
    device.add(clock)
    return device, clock


def moment(time: datetime) -> datetime:
    """The moment a time means to a built-in meter: without an offset it is the meter's local time.

    Raises OverflowError outside the years 1 to 9999.
    """
    if time.utcoffset() is not None:
        return time.astimezone(UTC)
    meant = _clock().as_meant(CosemDateTime.from_datetime(time))
    if meant is None:
        raise UsageError(f"{time} is no moment")
    return meant


def _clock() -> RunningClock:
    return RunningClock(Clock(CLOCK, time_zone=ZONE_MINUTES, daylight_savings_enabled=True))


def register(logical_name: str, scaler: int, unit: Unit) -> Register:
    """The declaration of a register; its value comes from a behaviour."""
    return Register(logical_name, scaler_unit=ScalerUnit(scaler, unit))


def column(class_id: int, logical_name: Obis | str, attribute: int = 2) -> CaptureObject:
    """A column of a profile."""
    obis = logical_name if isinstance(logical_name, Obis) else Obis.parse(logical_name)
    return CaptureObject(class_id, obis, attribute, 0)
