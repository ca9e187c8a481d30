"""What nobody has declared never stops a read: classes, versions, units, names, members of enums."""

from __future__ import annotations

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.client import connect
from dlmskit.cosem.common import ScalerUnit
from dlmskit.cosem.ics import Data, DisconnectControl, LteMonitoring, Register
from dlmskit.cosem.ics.control import ControlMode
from dlmskit.cosem.model import Attribute, CosemObject, GenericObject
from dlmskit.data.kinds import enum_of, long
from dlmskit.data.value import Tag, Value
from dlmskit.obis import Obis
from dlmskit.server.access import Rule
from dlmskit.server.behaviour import Behaviour
from dlmskit.server.device import Device
from dlmskit.server.serve import serve
from dlmskit.units import Unit

URL = "memory:unknown"
CLOCK, CONTROL, BOX = "0.0.1.0.0.255", "0.0.96.3.10.255", "0.0.128.0.0.255"
REGISTER, ODD_NAME = "1.0.1.8.0.255", "1.199.254.240.9.7"
SEVEN = Value(Tag.LONG_UNSIGNED, 7)


class LaterClock(CosemObject, class_id=8, version=9):
    """A version that is not declared."""

    time = Attribute(2, long, doc="of another type than before")
    time_zone = Attribute(3, long, doc="in minutes")


class Box(CosemObject, class_id=9_999, version=4):
    """A class that is not declared."""

    lid = Attribute(2, long, doc="how open")


def device() -> Device:
    served = Device(logical_name="DKT0000000000001")
    mode = enum_of(ControlMode).member(201)
    unit = enum_of(Unit).member(202)
    for obj in (
        LaterClock(CLOCK, time=5, time_zone=-60),
        DisconnectControl(CONTROL, output_state=True, control_mode=mode),
        Box(BOX, lid=3),
        Register(REGISTER, value=SEVEN, scaler_unit=ScalerUnit(-1, unit)),
        Data(ODD_NAME, value=SEVEN),
    ):
        served.add(Behaviour(obj))
    served.association(client=16, access=(Rule("*"),))
    return served


async def test_classes_and_versions_that_are_not_declared_are_read_by_number_and_by_the_names_of_older_ones() -> None:
    async with serve(device(), URL), connect(URL) as meter:
        shown = {(one.class_id, one.version) for one in await meter.objects()}
        assert {(8, 9), (9_999, 4)} <= shown
        box, clock = await meter.object(BOX), await meter.object(CLOCK)
        assert isinstance(box, GenericObject) and isinstance(clock, GenericObject)
        assert await meter.get(box.attribute(2)) == Value(Tag.LONG, 3)
        assert await meter.get(clock.attribute("time_zone")) == Value(Tag.LONG, -60)
        assert await meter.get(clock.attribute("time")) == Value(Tag.LONG, 5)


async def test_units_names_and_members_of_enums_that_are_not_declared_are_kept() -> None:
    async with serve(device(), URL), connect(URL) as meter:
        quantity = await meter.register(REGISTER).quantity()
        assert (str(quantity.value), quantity.unit) == ("0.7", 202)
        assert await meter.disconnect_control.control_mode == 201
        odd = await meter.object(ODD_NAME)
        assert await meter.get(odd.attribute(2)) == SEVEN


async def test_what_is_not_declared_is_kept_in_a_snapshot_like_the_rest() -> None:
    async with serve(device(), URL), connect(URL) as meter:
        kept = (await meter.snapshot()).saved.values
    assert kept[AttributeDescriptor(9_999, Obis.parse(BOX), 2)] == Value(Tag.LONG, 3)
    assert kept[AttributeDescriptor(8, Obis.parse(CLOCK), 3)] == Value(Tag.LONG, -60)
    assert kept[AttributeDescriptor(70, Obis.parse(CONTROL), 4)] == Value(Tag.ENUM, 201)
    assert kept[AttributeDescriptor(1, Obis.parse(ODD_NAME), 2)] == SEVEN


async def test_a_structure_of_other_fields_is_read_raw_where_profiles_disagree_on_it() -> None:
    eleven = Value(Tag.STRUCTURE, tuple(Value(Tag.LONG_UNSIGNED, number) for number in range(11)))
    served = Device(logical_name="DKT0000000000001")
    served.add(Behaviour(LteMonitoring("0.1.25.11.0.255", lte_network_parameters=eleven)))
    served.association(client=16, access=(Rule("*"),))
    async with serve(served, URL), connect(URL) as meter:
        assert await meter.get(LteMonitoring.lte_network_parameters, at="0.1.25.11.0.255") == eleven
