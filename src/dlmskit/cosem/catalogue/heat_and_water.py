"""OBIS codes of heat cost allocators (A = 4), cooling and heating (5, 6), cold and hot water (8, 9).

Lines of `OBJECTS`: value groups C D E, `*F` where F may be other than 255 | name | classes | unit family | instance.
See `rows` for how they are read. Source: Blue Book Ed. 13, OBIS.
`…_QUANTITIES`: C name | unit family. `…_PROCESSINGS`: D name.
"""

from __future__ import annotations

HCA_OBJECTS = """\
0 0 0..9 | HCA ID | 1 3 4 |  | E+1
0 0 255 | All HCA IDs | 7 61
0 1 1 | Historical value counter | 1 3 4 | count
0 1 2 | Available historical values | 1 3 4 | count
0 1 10 | Set date | 1 3 4
0 1 11 | Billing date | 1 3 4
0 2 0 | Program version | 1 3 4
0 2 1 | Firmware version | 1 3 4
0 2 2 | Software version | 1 3 4
0 2 3 | Measuring principle (0 single, 1 single + start, 2 dual, 3 triple sensor) | 1 3 4
0 4 0 | Resulting rating factor K | 1 3 4
0 4 1 | Thermal output rating factor KQ | 1 3 4
0 4 2 | Thermal coupling rating factor, overall KC | 1 3 4
0 4 3 | Thermal coupling rating factor, room side KCR | 1 3 4
0 4 4 | Thermal coupling rating factor, heater side KCH | 1 3 4
0 4 5 | Low temperature rating factor KT | 1 3 4
0 4 6 | Display scaling factor | 1 3 4
0 5 10 | Start temperature threshold | 3 4 | temp
0 5 11 | Difference temperature threshold | 3 4 | temp
0 8 0 | Averaging measuring period | 1 3 4 | time
0 8 4 | Consumption profile recording interval | 1 3 4 | time
0 8 6 | Billing period length | 1 3 4 | time
0 9 1 | Local time | 1 3 4
0 9 2 | Local date | 1 3 4
0 9 3 | Most recent billing period time stamp | 1 3 4
97 97 0..127 | Error register (HCA) | 1 3 4 |  | E+1
98 1 0..127,255*0..99,101..126,255 | HCA billing data list, scheme 1 | 7 |  | (E)
98 2 0..127,255*0..99,101..126,255 | HCA billing data list, scheme 2 | 7 |  | (E)
99 1 0..127 | HCA data profile | 7 |  | (E)
"""

HCA_QUANTITIES = """\
1 Unrated integral | none
2 Rated integral | none
3 Radiator surface temperature | temp
4 Heating medium temperature | temp
5 Flow temperature | temp
6 Return temperature | temp
7 Room temperature | temp
"""

HCA_PROCESSINGS = """\
0 current value
1 periodical value
2 set date value
3 billing date value
4 minimum
5 maximum
6 test value
"""

THERMAL_OBJECTS = """\
0 0 0..9 | Thermal meter ID | 1 3 4 |  | E+1
0 0 255 | All thermal meter IDs | 7 61
0 1 1*0..255 | Historical or periodical value counter | 1 3 4 | count
0 1 2*0..255 | Available historical or periodical values | 1 3 4 | count
0 1 10 | Set date | 1 3 4
0 1 11 | Billing date | 1 3 4
0 2 0 | Program version | 1 3 4
0 2 1 | Firmware version | 1 3 4
0 2 2 | Software version | 1 3 4
0 2 3 | Flow meter location (non-zero = flow pipe) | 1 3 4
0 2 4 | Device version | 1 3 4
0 2 10 | Inlet temperature sensor serial number | 1 3 4
0 2 11 | Outlet temperature sensor serial number | 1 3 4
0 2 12 | Forward flow sensor serial number | 1 3 4
0 2 13 | Return flow sensor serial number | 1 3 4
0 4 1 | Heat coefficient k | 1 3 4
0 4 2 | Pressure backup value (default 16 bar) | 1 3 4 | pressure
0 4 3 | Enthalpy of the liquid | 1 3 4
0 5 1..9 | Rate threshold, rate | 1 3 4 |  | E
0 5 21 | Maximum contracted flow rate | 3 4 | flow
0 5 22 | Maximum contracted power | 3 4 | thermalP
0 5 23 | Maximum contracted temperature difference | 3 4 | temp
0 5 24 | Minimum contracted return temperature | 3 4 | temp
0 8 0 | Averaging period: generic | 1 3 4 | time
0 8 1 | Averaging period: instantaneous | 1 3 4 | time
0 8 2 | Averaging period: volume or flow | 1 3 4 | time
0 8 3 | Averaging period: temperature | 1 3 4 | time
0 8 4 | Averaging period: pressure | 1 3 4 | time
0 8 5 | Averaging period: power | 1 3 4 | time
0 8 6 | Averaging period: flow rate | 1 3 4 | time
0 8 7 | Averaging period: test values | 1 3 4 | time
0 8 11 | Peak value measurement period 1 | 1 3 4 | time
0 8 21 | Periodical value measurement period 1 | 1 3 4 | time
0 8 12 | Peak value measurement period 2 | 1 3 4 | time
0 8 22 | Periodical value measurement period 2 | 1 3 4 | time
0 8 13 | Peak value measurement period 3 | 1 3 4 | time
0 8 23 | Periodical value measurement period 3 | 1 3 4 | time
0 8 14 | Peak value measurement period 4 | 1 3 4 | time
0 8 24 | Periodical value measurement period 4 | 1 3 4 | time
0 8 25 | Test value measurement period | 1 3 4 | time
0 8 31 | Profile recording interval 1 | 1 3 4 | time
0 8 32 | Profile recording interval 2 | 1 3 4 | time
0 8 33 | Profile recording interval 3 | 1 3 4 | time
0 8 34 | Billing period length | 1 3 4 | time
0 9 1 | Local time | 1 3 4
0 9 2 | Local date | 1 3 4
0 9 3 | Most recent billing period time stamp | 1 3 4
97 97 0..127 | Error register (thermal) | 1 3 4 |  | E+1
98 1 0..127,255*0..99,101..126,255 | Thermal billing data list, scheme 1 | 7 |  | (E)
98 2 0..127,255*0..99,101..126,255 | Thermal billing data list, scheme 2 | 7 |  | (E)
99 1 1 | Thermal load profile, recording interval 1 | 7
99 2 1 | Thermal maxima profile, recording interval 1 | 7
99 1 2 | Thermal load profile, recording interval 2 | 7
99 2 2 | Thermal maxima profile, recording interval 2 | 7
99 1 3 | Thermal load profile, recording interval 3 | 7
99 2 3 | Thermal maxima profile, recording interval 3 | 7
99 3 1 | Thermal load profile during test | 7
99 99 0..127 | Thermal certification data log | 7 |  | (E)
"""

THERMAL_QUANTITIES = """\
1 Energy | thermalE
2 Volume | volume
3 Mass | mass
4 Inlet (flow) volume | volume
5 Inlet (flow) mass | mass
6 Outlet (return) volume | volume
7 Outlet (return) mass | mass
8 Power | thermalP
9 Flow rate | flow
10 Inlet (flow) temperature | temp
11 Outlet (return) temperature | temp
12 Temperature difference | temp
13 Pressure | pressure
"""

THERMAL_PROCESSINGS = """\
0 current value
1 periodical value 1
2 set date value
3 billing date value
4 minimum 1
5 maximum 1
6 test value
7 instantaneous
8 time integral 1
9 time integral 2
10 current average
11 last average
12 periodical value 2
13 periodical value 3
14 minimum 2
15 maximum 2
20 under-limit occurrence counter
21 under-limit duration
22 over-limit occurrence counter
23 over-limit duration
24 missing data occurrence counter
25 missing data duration
"""

WATER_OBJECTS = """\
0 0 0..9 | Water meter ID | 1 3 4 |  | E+1
0 0 255 | All water meter IDs | 7 61
0 1 1 | Historical value counter | 1 3 4 | count
0 1 2 | Available historical values | 1 3 4 | count
0 1 10 | Due date | 1 3 4
0 1 11 | Billing date | 1 3 4
0 1 12 | Billing date period | 1 3 4
0 2 0 | Program version | 1 3 4
0 2 3 | Device version | 1 3 4
0 5 1 | Contracted maximum consumption | 3 4 | volume
0 7 1 | Input pulse constant: volume forward | 3 4 | volume
0 8 1 | Load profile recording interval | 1 3 4 | time
0 8 6 | Flow rate averaging period | 1 3 4 | time
0 9 1 | Local time | 1 3 4
0 9 2 | Local date | 1 3 4
0 9 3 | Most recent billing period time stamp | 1 3 4
97 97 0..127 | Error register (water) | 1 3 4 |  | E+1
98 1 0..127,255*0..99,101..126,255 | Water billing data list, scheme 1 | 7 |  | (E)
98 2 0..127,255*0..99,101..126,255 | Water billing data list, scheme 2 | 7 |  | (E)
99 1 0..127 | Water load profile | 7 |  | (E)
"""

WATER_QUANTITIES = """\
1 Accumulated volume | volume
2 Flow rate | flow
3 Temperature | temp
"""

WATER_PROCESSINGS = """\
0 current value
1 periodical value
2 set date value
3 billing date value
4 minimum
5 maximum
6 test value
"""
