"""The electricity meter: three phases, a roof with some solar cells, two rates, a breaker.

client 16  none        clock, identity, invocation counter, energy, load profile; read only
client 32  LLS         everything is read, the clock is set; password `dlmskit1`
client 1   HLS-GMAC    everything; the standard's example keys
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dlmskit.cosem.common import ScalerUnit
from dlmskit.cosem.ics import (
    Data,
    DemandRegister,
    DisconnectControl_v0,
    HdlcSetup,
    ProfileGeneric,
    PushSetup_v0,
    SapAssignment,
    SecuritySetup,
    TcpUdpSetup,
)
from dlmskit.cosem.ics.control import ControlMode
from dlmskit.cosem.ics.local import CommSpeed
from dlmskit.cosem.ics.push import Message, SendDestination, TransportService
from dlmskit.cosem.ics.security import SecurityPolicy, SecuritySuiteId
from dlmskit.data.value import Tag, Value
from dlmskit.edge.clock import Environment
from dlmskit.obis import Obis
from dlmskit.security.mechanisms import Mechanism
from dlmskit.server.access import ALL, Rule
from dlmskit.server.behaviours.clock import RunningClock
from dlmskit.server.behaviours.profile import EVER, Profile
from dlmskit.server.behaviours.register import Demand, Measuring
from dlmskit.server.behaviours.security_setup import ReceivedCounter, SecurityState
from dlmskit.server.device import Device, Referencing
from dlmskit.simulator.curves import QUARTERS, Curve, chance
from dlmskit.simulator.models.identity import (
    CLOCK,
    EXAMPLE_KEYS,
    MANAGEMENT,
    OPERATOR,
    PASSWORD,
    PUBLIC,
    STATUS,
    ZONE,
    column,
    new_device,
    register,
)
from dlmskit.units import Unit

SECURITY_SETUP: Final = Obis.parse("0.0.43.0.0.255")

PUBLIC_ACCESS: Final = (
    Rule("8:0.0.1.0.0.255"),
    Rule("0.0.42.0.0.255"),
    Rule("0.0.96.1.0.255"),
    Rule("0.0.43.1.0.255"),
    Rule("1.0.1.8.*.255"),
    Rule("1.0.2.8.*.255"),
    Rule("1.0.99.1.0.255"),
    Rule("0.0.96.10.1.255"),
)
OPERATOR_ACCESS: Final = (
    Rule("*"),
    Rule("8:0.0.1.0.0.255", write=("time", "time_zone"), call=("adjust_to_minute", "shift_time")),
)
MANAGEMENT_ACCESS: Final = (
    Rule("*"),
    Rule("8:0.0.1.0.0.255", write=ALL, call=ALL),
    Rule("7:*", write=("capture_period",), call=ALL),
    Rule("70:*", write=("control_mode",), call=ALL),
    Rule("40:*", write=ALL, call=ALL),
    Rule("23:*", write=ALL),
    Rule("41:*", write=ALL),
)

#: Watt-hours that a household uses, and that its roof gives back, on an average day, and when.
_USED_PER_DAY, _GIVEN_PER_DAY = 9_600.0, 4_200.0
_USED: Final = (3, 2.5, 2.3, 2.2, 2.2, 2.6, 4, 7, 7.5, 6, 5.2, 5.4, 6.5, 6, 5, 5, 5.8, 8, 10.5, 11, 10, 8, 6, 4)
_GIVEN: Final = (0, 0, 0, 0, 0, 0.1, 0.8, 2.5, 5, 7.5, 9.5, 10.5, 11, 10.5, 9, 7, 4.5, 2, 0.6, 0.1, 0, 0, 0, 0)
#: Rate 1 from 6 to 22 o'clock, in quarter hours; rate 2 at night.
_RATE_1: Final = (24, 88)
_PHASE_SHARES: Final = (0.46, 0.31, 0.23)
_POWER_FACTOR: Final = 0.97


def electricity(seed: int, environment: Environment, serial: int, referencing: Referencing) -> Device:
    """The three-phase electricity meter of that serial number."""
    device, clock = new_device(serial, environment)
    device.add(Data("1.0.0.2.0.255", value=Value(Tag.OCTET_STRING, b"dlmskit electricity 1")))
    used = Curve((seed, serial, "used"), _USED_PER_DAY, _USED, zone=ZONE)
    given = Curve((seed, serial, "given"), _GIVEN_PER_DAY, _GIVEN, zone=ZONE, winter=False)
    _add_energy(device, 1, used)
    _add_energy(device, 2, given)
    _add_power(device, (seed, serial), used, given)
    _add_demand(device, used, clock)
    _add_profiles(device)
    device.add(DisconnectControl_v0("0.0.96.3.10.255", control_mode=ControlMode.MODE_2))
    _add_communication(device)
    _add_associations(device, referencing)
    return device


def _add_energy(device: Device, quantity: int, curve: Curve) -> None:
    """Energy in tenths of a watt-hour: by rate, and as the sum of the rates."""

    def day(moment: datetime) -> int:
        return int(10 * curve.total(moment, *_RATE_1))

    def night(moment: datetime) -> int:
        return int(10 * (curve.total(moment, 0, _RATE_1[0]) + curve.total(moment, _RATE_1[1], QUARTERS)))

    for rate, number in enumerate((lambda moment: day(moment) + night(moment), day, night)):
        device.add(Measuring(register(f"1.0.{quantity}.8.{rate}.255", -1, Unit.WH), number))


def _add_power(device: Device, seed: tuple[int, int], used: Curve, given: Curve) -> None:
    device.add(Measuring(register("1.0.1.7.0.255", 0, Unit.W), lambda moment: int(used.rate(moment))))
    device.add(Measuring(register("1.0.2.7.0.255", 0, Unit.W), lambda moment: int(given.rate(moment))))
    for phase, share in enumerate(_PHASE_SHARES, 1):
        _add_phase(device, (*seed, phase), 20 * phase, share, used)
    device.add(Measuring(register("1.0.14.7.0.255", -2, Unit.HZ), _Jitter((*seed, "f"), 5000, 4), Tag.LONG_UNSIGNED))


def _add_phase(device: Device, seed: tuple[int, ...], group: int, share: float, used: Curve) -> None:
    volts = _Jitter(seed, 2312, 25)

    def amperes(moment: datetime) -> int:
        return int(1000 * used.rate(moment) * share / volts(moment) / _POWER_FACTOR)

    power = register(f"1.0.{group + 1}.7.0.255", 0, Unit.W)
    device.add(Measuring(power, lambda moment: int(used.rate(moment) * share)))
    device.add(Measuring(register(f"1.0.{group + 11}.7.0.255", -2, Unit.A), amperes, Tag.LONG_UNSIGNED))
    device.add(Measuring(register(f"1.0.{group + 12}.7.0.255", -1, Unit.V), volts, Tag.LONG_UNSIGNED))


class _Jitter:
    """A number that wavers around its middle from second to second."""

    def __init__(self, seed: tuple[object, ...], middle: int, most: int) -> None:
        self._seed, self._middle, self._most = seed, middle, most

    def __call__(self, moment: datetime) -> int:
        return self._middle + round((2 * chance(self._seed, int(moment.timestamp())) - 1) * self._most)


def _add_demand(device: Device, used: Curve, clock: RunningClock) -> None:
    declared = DemandRegister("1.0.1.4.0.255", scaler_unit=ScalerUnit(0, Unit.W), period=900, number_of_periods=1)
    device.add(Demand(declared, used.total, clock))


def _add_profiles(device: Device) -> None:
    """Quarter hours for thirty days, and midnights for a year."""
    energy = [column(3, "1.0.1.8.0.255"), column(3, "1.0.2.8.0.255")]
    stamps = [column(8, CLOCK), column(1, STATUS)]
    for name, period_s, entries in (("1.0.99.1.0.255", 900, 2880), ("1.0.99.2.0.255", 86_400, 366)):
        declared = ProfileGeneric(
            name,
            capture_objects=(*stamps, *energy),
            capture_period=period_s,
            sort_object=column(8, CLOCK),
            profile_entries=entries,
        )
        device.add(Profile(declared, since=EVER))


def _add_communication(device: Device) -> None:
    device.add(SapAssignment("0.0.41.0.0.255"))
    device.add(
        HdlcSetup(
            "0.0.22.0.0.255",
            comm_speed=CommSpeed.BAUD_9600,
            window_size_transmit=1,
            window_size_receive=1,
            max_info_field_length_transmit=128,
            max_info_field_length_receive=128,
            inter_octet_time_out=1000,
            inactivity_time_out=120,
            device_address=1,
        )
    )
    device.add(
        TcpUdpSetup(
            "0.0.25.0.0.255",
            tcp_udp_port=4059,
            ip_reference=Obis.parse("0.0.25.1.0.255"),
            mss=1460,
            nb_of_sim_conn=64,
            inactivity_time_out=180,
        )
    )
    device.add(
        PushSetup_v0(
            "0.0.25.9.0.255",
            push_object_list=(column(1, "0.0.42.0.0.255"), column(8, CLOCK), column(3, "1.0.1.8.0.255")),
            send_destination_and_method=SendDestination(TransportService.TCP, b"", Message.A_XDR_ENCODED_APDU),
            communication_window=(),
            randomisation_start_interval=0,
            number_of_retries=0,
            repetition_delay=0,
        )
    )


def _add_associations(device: Device, referencing: Referencing) -> None:
    device.association(client=PUBLIC, access=PUBLIC_ACCESS, referencing=referencing)
    device.association(
        client=OPERATOR,
        access=OPERATOR_ACCESS,
        mechanism=Mechanism.LOW,
        password=PASSWORD,
        referencing=referencing,
    )
    protected = device.association(
        client=MANAGEMENT,
        access=MANAGEMENT_ACCESS,
        mechanism=Mechanism.GMAC,
        keys=EXAMPLE_KEYS,
        security_setup=SECURITY_SETUP,
        referencing=referencing,
    )
    policy = (
        SecurityPolicy.AUTHENTICATED_REQUEST
        | SecurityPolicy.ENCRYPTED_REQUEST
        | SecurityPolicy.AUTHENTICATED_RESPONSE
        | SecurityPolicy.ENCRYPTED_RESPONSE
    )
    device.add(
        SecurityState(
            SecuritySetup(
                SECURITY_SETUP,
                security_policy=policy,
                security_suite=SecuritySuiteId.AES_GCM_128,
                server_system_title=device.system_title or b"",
                certificates=(),
            )
        )
    )
    device.add(ReceivedCounter(Data("0.0.43.1.0.255"), protected))
