"""Short names for well-known objects, as the command line takes them."""

from __future__ import annotations

from types import MappingProxyType

from dlmskit.obis import Obis

_TABLE = """\
clock                   0.0.1.0.0.255
script_table            0.0.10.0.0.255
special_days            0.0.11.0.0.255
schedule                0.0.12.0.0.255
activity_calendar       0.0.13.0.0.255
limiter                 0.0.17.0.0.255
hdlc_setup              0.0.22.0.0.255
tcp_udp_setup           0.0.25.0.0.255
ipv4_setup              0.0.25.1.0.255
mac_address             0.0.25.2.0.255
push_setup              0.0.25.9.0.255
association             0.0.40.0.0.255
sap_assignment          0.0.41.0.0.255
logical_device_name     0.0.42.0.0.255
security_setup          0.0.43.0.0.255
invocation_counter      0.0.43.1.0.255
image_transfer          0.0.44.0.0.255
serial_number           0.0.96.1.0.255
disconnect_control      0.0.96.3.10.255
status                  0.0.96.10.1.255
power_failures          0.0.96.7.0.255
active_tariff           0.0.96.14.0.255
error_register          0.0.97.97.0.255
alarm_register          0.0.97.98.0.255
event_log               0.0.99.98.0.255
firmware                1.0.0.2.0.255
billing                 1.0.98.1.0.255
load_profile            1.0.99.1.0.255
daily_profile           1.0.99.2.0.255
active_energy_import    1.0.1.8.0.255
active_energy_export    1.0.2.8.0.255
reactive_energy_import  1.0.3.8.0.255
reactive_energy_export  1.0.4.8.0.255
apparent_energy_import  1.0.9.8.0.255
apparent_energy_export  1.0.10.8.0.255
active_power_import     1.0.1.7.0.255
active_power_export     1.0.2.7.0.255
reactive_power_import   1.0.3.7.0.255
reactive_power_export   1.0.4.7.0.255
apparent_power_import   1.0.9.7.0.255
apparent_power_export   1.0.10.7.0.255
power_factor            1.0.13.7.0.255
frequency               1.0.14.7.0.255
voltage_l1              1.0.32.7.0.255
voltage_l2              1.0.52.7.0.255
voltage_l3              1.0.72.7.0.255
current_l1              1.0.31.7.0.255
current_l2              1.0.51.7.0.255
current_l3              1.0.71.7.0.255
heat_energy             6.0.1.0.0.255
gas_volume              7.0.3.0.0.255
gas_volume_corrected    7.0.13.2.0.255
water_volume            8.0.1.0.0.255
hot_water_volume        9.0.1.0.0.255
"""

ALIASES = MappingProxyType({name: Obis.parse(code) for name, code in map(str.split, _TABLE.splitlines())})
