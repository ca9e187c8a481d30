"""Breaker, registers, push, associations and logical devices, as served objects."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dlmskit.apdu.notify import DataNotification
from dlmskit.cosem.common import CaptureObject, ScalerUnit
from dlmskit.cosem.ics import (
    STANDARD,
    Clock,
    Data,
    DemandRegister,
    DisconnectControl_v0,
    ExtendedRegister,
    PushSetup,
    PushSetup_v0,
    Register,
    SapAssignment,
)
from dlmskit.cosem.ics.access import AssociationLN_v2, AssociationStatus
from dlmskit.cosem.ics.control import ControlMode, ControlState
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import OtherReason, ReadWriteDenied, UsageError
from dlmskit.obis import Obis
from dlmskit.server.access import ALL, Rule
from dlmskit.server.behaviour import Behaviour, Context, serves
from dlmskit.server.behaviours import behaviour_of
from dlmskit.server.behaviours.association import AssociationObject_v2
from dlmskit.server.behaviours.clock import RunningClock
from dlmskit.server.behaviours.disconnect import Breaker
from dlmskit.server.behaviours.push import Pusher
from dlmskit.server.behaviours.register import Demand, MeasuringWithTime
from dlmskit.server.device import Device
from dlmskit.server.serve import serve
from dlmskit.session.opening.asking import ClientSettings
from dlmskit.units import Unit
from tests.support.caller import Caller, gmac, low
from tests.support.device import small_device

NOW = datetime(2026, 1, 15, 12, 7, 30, tzinfo=UTC)
ASKED = Context(NOW)
OFF, ON, READY = ControlState.DISCONNECTED, ControlState.CONNECTED, ControlState.READY_FOR_RECONNECTION


def breaker(mode: int, state: ControlState = ON) -> Breaker:
    return Breaker(DisconnectControl_v0("0.0.96.3.10.255", control_mode=ControlMode(mode), control_state=state))


@pytest.mark.parametrize(("mode", "reconnected"), [(1, READY), (2, ON), (3, READY), (4, ON), (5, READY), (6, READY)])
def test_a_breaker_is_switched_as_its_mode_allows(mode: int, reconnected: ControlState) -> None:
    served = breaker(mode)
    assert (served.control_state(ASKED), served.output_state(ASKED)) == (ON, True)
    served.remote_disconnect(0, ASKED)
    assert (served.control_state(ASKED), served.output_state(ASKED)) == (OFF, False)
    served.remote_reconnect(0, ASKED)
    assert (served.control_state(ASKED), served.output_state(ASKED)) == (reconnected, reconnected is ON)
    served.press()
    cuts_off = reconnected is ON and mode in {1, 2, 5}
    assert served.control_state(ASKED) is (READY if cuts_off else ON)


def test_mode_0_is_always_connected() -> None:
    served = breaker(0)
    for method in (served.remote_disconnect, served.remote_reconnect):
        with pytest.raises(ReadWriteDenied):
            method(0, ASKED)
    served.press()
    assert served.state is ON
    off = breaker(2, OFF)
    off.set_mode(ControlMode.MODE_0, ASKED)
    assert off.state is ON


def test_a_disconnected_supply_that_is_ready_is_cut_off_again() -> None:
    served = breaker(1, READY)
    served.remote_disconnect(0, ASKED)
    assert served.state is OFF
    served.press()
    assert served.state is OFF


def test_a_mode_that_is_none_is_refused() -> None:
    served = breaker(2)
    unlisted = DisconnectControl_v0.control_mode.kind.load(Value(Tag.ENUM, 99))
    with pytest.raises(OtherReason):
        served.set_mode(unlisted, ASKED)
    assert served.mode == 2


def test_a_demand_register_averages_the_running_and_the_last_period() -> None:
    device = Device(logical_name="DKT0000000000001")
    clock = RunningClock(Clock("0.0.1.0.0.255"))
    device.add(clock)
    start = datetime(2026, 1, 15, 12, tzinfo=UTC)
    served = Demand(
        DemandRegister("1.0.1.4.0.255"), lambda moment: 1000 * (moment - start).total_seconds() / 3600, clock
    )
    assert served.last_average_value(ASKED).value == 1000
    assert served.current_average_value(ASKED).value == 500  # half the period is over
    assert served.start_time_current(ASKED).isoformat() == "2026-01-15T12:00:00+00:00"
    assert served.capture_time(ASKED) == served.start_time_current(ASKED)


def test_an_extended_register_is_captured_when_it_is_read() -> None:
    device = Device(logical_name="DKT0000000000001")
    clock = RunningClock(Clock("0.0.1.0.0.255", time_zone=-60))
    device.add(clock)
    served = MeasuringWithTime(ExtendedRegister("7.0.3.0.0.255"), lambda moment: moment.minute, clock)
    assert served.value(ASKED).value == 7
    assert served.capture_time(ASKED).isoformat() == "2026-01-15T13:07:30+01:00"


def test_every_version_of_a_push_setup_pushes() -> None:
    versions = [cls for cls in STANDARD if cls.class_id == PushSetup.class_id]
    assert len(versions) == 4
    assert all(type(behaviour_of(cls("0.0.25.9.0.255"))) is Pusher for cls in versions)


async def test_push_sends_what_the_client_may_read_and_null_for_the_rest() -> None:
    device = small_device()
    listed = tuple(
        CaptureObject(1, Obis.parse(name), 2, 0) for name in ("0.0.42.0.0.255", "0.0.96.1.2.255", "0.0.96.9.9.255")
    )
    device.add(PushSetup_v0("0.0.25.9.0.255", push_object_list=listed))
    hidden = (Rule("*", call=ALL), Rule("0.0.96.1.2.255", read=()))
    device.association(client=17, access=hidden)
    name, seven = Value(Tag.OCTET_STRING, b"DKT0000000000001"), Value(Tag.LONG_UNSIGNED, 7)
    async with serve(device, "memory:push", "hdlc+memory:push-hdlc"):
        for url in ("memory:push", "hdlc+memory:push-hdlc"):
            for settings, client, expected in (
                (ClientSettings(), 16, (name, seven, NULL)),
                (ClientSettings(), 17, (name, NULL, NULL)),
                (gmac(), 1, (name, seven, NULL)),
            ):
                device.offers[2].received.by_key.clear()
                async with (
                    Caller.on(url, settings, client=client) as caller,
                    Caller.on(url, low(), client=32) as other,
                ):
                    await caller.call(40, "0.0.25.9.0.255", 1)
                    await caller.get(1, "0.0.42.0.0.255", 2)
                    (pushed,) = caller.pushed
                    assert isinstance(pushed.apdu, DataNotification)
                    assert pushed.apdu.body == Value(Tag.STRUCTURE, expected)
                    assert (pushed.shield is not None) is (client == 1)
                    await other.get(1, "0.0.42.0.0.255", 2)
                    assert other.pushed == []


async def test_a_device_notifies_whom_it_is_told_to() -> None:
    device = small_device()
    async with serve(device, "memory:notify"):
        assert device.notify(NULL) == 0
        async with (
            Caller.on("memory:notify", ClientSettings(), client=16) as public,
            Caller.on("memory:notify", low(), client=32) as operator,
        ):
            assert device.notify(NULL) == 2
            assert device.notify(NULL, client=32) == 1
            for caller, count in ((public, 1), (operator, 2)):
                await caller.get(1, "0.0.42.0.0.255", 2)
                assert len(caller.pushed) == count


async def test_the_current_association_is_the_one_that_asks() -> None:
    device = small_device()
    async with serve(device, "memory:current"):
        async with (
            Caller.on("memory:current", ClientSettings(), client=16) as public,
            Caller.on("memory:current", gmac(max_pdu=500), client=1) as manager,
        ):
            for caller, client, context, mechanism in ((public, 16, 1, 0), (manager, 1, 3, 5)):
                partners = await caller.get(15, "0.0.40.0.0.255", 3)
                assert [part.value for part in partners.value] == [client, 1]
                assert (await caller.get(15, "0.0.40.0.0.255", 4)).value[-1].value == context
                assert (await caller.get(15, "0.0.40.0.0.255", 6)).value[-1].value == mechanism
                assert (await caller.get(15, "0.0.40.0.0.255", 8)).value == AssociationStatus.ASSOCIATED
            info = await manager.get(15, "0.0.40.0.0.255", 5)
            assert [part.value for part in info.value[1:]] == [1024, 500, 6, 0, b""]
            assert (await public.get(15, "0.0.40.0.3.255", 8)).value == AssociationStatus.ASSOCIATED
            assert (await public.get(15, "0.0.40.0.2.255", 8)).value == AssociationStatus.NON_ASSOCIATED
            assert (await public.get(15, "0.0.40.0.3.255", 5)).value[2].value == 500
        async with Caller.on("memory:current", ClientSettings(), client=16) as public:
            assert (await public.get(15, "0.0.40.0.3.255", 8)).value == AssociationStatus.NON_ASSOCIATED


async def test_the_secret_is_never_read_and_never_changed() -> None:
    device = small_device()
    async with serve(device, "memory:secret"), Caller.on("memory:secret", low(), client=32) as caller:
        for name in ("0.0.40.0.0.255", "0.0.40.0.2.255", "0.0.40.0.3.255"):
            with pytest.raises(ReadWriteDenied):
                await caller.get(15, name, 7)
            with pytest.raises(ReadWriteDenied):
                await caller.put(15, name, 7, Value(Tag.OCTET_STRING, b"new"))
            with pytest.raises(ReadWriteDenied):
                await caller.call(15, name, 2, Value(Tag.OCTET_STRING, b"new"))
        assert await caller.get(15, "0.0.40.0.0.255", 1) == Value(Tag.OCTET_STRING, bytes((0, 0, 40, 0, 0, 255)))


async def test_from_version_2_on_the_user_is_told() -> None:
    device = Device(logical_name="DKT0000000000001")
    offer = device.association(client=16, access=(Rule("*"),), version=2)
    current = next(iter(device.view(offer).values()))[0]
    assert isinstance(current, AssociationObject_v2)
    async with serve(device, "memory:user"), Caller.on("memory:user", ClientSettings(user_id=7), client=16) as caller:
        user = await caller.get(15, "0.0.40.0.0.255", AssociationLN_v2.current_user.index)
        assert user.value[0].value == 7
        assert (await caller.get(15, "0.0.40.0.0.255", AssociationLN_v2.user_list.index)).value == ()


async def test_sap_assignment_tells_every_logical_device_served_together() -> None:
    devices = [Device(logical_name=f"DKT{number:013d}", sap=number) for number in (1, 17)]
    for device in devices:
        device.add(SapAssignment("0.0.41.0.0.255"))
        device.add(Data("0.0.96.1.0.255", value=Value(Tag.UNSIGNED, device.sap)))
        device.association(client=16, access=(Rule("*"),))
    async with serve(devices, "memory:two", "hdlc+memory:two-hdlc"):
        for url in ("memory:two", "hdlc+memory:two-hdlc"):
            for device in devices:
                async with Caller.on(url, ClientSettings(), client=16, server=device.sap) as caller:
                    listed = await caller.get(17, "0.0.41.0.0.255", 2)
                    assert [[part.value for part in one.value] for one in listed.value] == [
                        [1, b"DKT0000000000001"],
                        [17, b"DKT0000000000017"],
                    ]
                    assert (await caller.get(1, "0.0.96.1.0.255", 2)).value == device.sap


def test_handlers_of_all_bases_are_kept() -> None:
    class Told(Behaviour):
        @serves(Register.value)
        def value(self, context: Context) -> Value:
            return Value(Tag.UNSIGNED, 7)

    class Scaled(Behaviour):
        @serves(Register.scaler_unit)
        def scaler_unit(self, context: Context) -> ScalerUnit:
            return ScalerUnit(0, Unit.WH)

    class Both(Told, Scaled):
        pass

    both = Both(Register("1.0.1.8.0.255"))
    assert both.get(2, ASKED) == Value(Tag.UNSIGNED, 7)
    assert Register.scaler_unit.kind.load(both.get(3, ASKED)) == ScalerUnit(0, Unit.WH)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="serves Register"):
        Both(Clock("0.0.1.0.0.255"))
