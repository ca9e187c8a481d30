"""OBIS codes of gas (A = 7).

Lines of `OBJECTS`: value groups C D E, `*F` where F may be other than 255 | name | classes | unit family | instance.
See `rows` for how they are read. Source: Blue Book Ed. 13, OBIS.
"""

from __future__ import annotations

OBJECTS = """\
0 0 0..9 | Gas ID | 1 3 4 |  | E+1
0 0 255 | All gas IDs | 7 61
0 1 0*0..99,255 | Billing period counter, scheme 1 | 1 3 4 | count
0 1 1 | Stored billing periods, scheme 1 | 1 3 4 | count
0 1 2*0..99,101..126,255 | Billing period time stamp, scheme 1 | 1 3 4
0 1 3*0..99,255 | Billing period counter, scheme 2 | 1 3 4 | count
0 1 4 | Stored billing periods, scheme 2 | 1 3 4 | count
0 1 5*0..99,101..126,255 | Billing period time stamp, scheme 2 | 1 3 4
0 1 6*0..99,255 | Billing period counter, scheme 3 | 1 3 4 | count
0 1 7 | Stored billing periods, scheme 3 | 1 3 4 | count
0 1 8*0..99,101..126,255 | Billing period time stamp, scheme 3 | 1 3 4
0 1 9*0..99,255 | Billing period counter, scheme 4 | 1 3 4 | count
0 1 10 | Stored billing periods, scheme 4 | 1 3 4 | count
0 1 11*0..99,101..126,255 | Billing period time stamp, scheme 4 | 1 3 4
0 2 0 | Program version | 1 3 4
0 2 1 | Firmware version | 1 3 4
0 2 2 | Software version | 1 3 4
0 2 3 | Device version | 1 3 4
0 2 8 | Firmware signature (active) | 1 3 4
0 2 10 | Number of device channels | 1 3 4
0 2 11 | Pressure sensor serial number | 1 3 4
0 2 12 | Temperature sensor serial number | 1 3 4
0 2 13 | Calculator serial number | 1 3 4
0 2 14 | Volume sensor serial number | 1 3 4
0 2 15 | Density sensor serial number | 1 3 4
0 2 16 | Sensor serial number (any medium) | 1 3 4
0 2 17 | Digital output configuration | 1 3 4
0 2 18 | Analogue output configuration | 1 3 4
0 3 0 | Output pulse constant: volume forward, metering conditions | 3 4 | volume
0 7 0 | Input pulse constant: volume forward, metering conditions | 3 4 | volume
0 3 1 | Output pulse constant: volume reverse, metering conditions | 3 4 | volume
0 7 1 | Input pulse constant: volume reverse, metering conditions | 3 4 | volume
0 3 2 | Output pulse constant: volume absolute, metering conditions | 3 4 | volume
0 7 2 | Input pulse constant: volume absolute, metering conditions | 3 4 | volume
0 3 3 | Output pulse constant: volume forward, base conditions | 3 4 | volume
0 7 3 | Input pulse constant: volume forward, base conditions | 3 4 | volume
0 3 4 | Output pulse constant: volume reverse, base conditions | 3 4 | volume
0 7 4 | Input pulse constant: volume reverse, base conditions | 3 4 | volume
0 3 5 | Output pulse constant: volume absolute, base conditions | 3 4 | volume
0 7 5 | Input pulse constant: volume absolute, base conditions | 3 4 | volume
0 4 0..4 | Conversion factor | 1 3 4 |  | E+1
0 5 1*1..14 | Power threshold for over-consumption | 3 4
0 5 2*1..19 | Consumption threshold, by rate | 3 4
0 5 3 | Maximum contracted consumption, recording interval 1 | 3 4 | volume
0 5 4 | Maximum contracted consumption, recording interval 2 | 3 4 | volume
0 5 11 | Absolute temperature lower limit | 3 4 | temp
0 5 12 | Absolute temperature upper limit | 3 4 | temp
0 5 13 | Absolute pressure lower limit | 3 4 | pressure
0 5 14 | Absolute pressure upper limit | 3 4 | pressure
0 6 1 | Volume sensor nominal pressure | 3 4 | pressure
0 6 2 | Volume sensor nominal temperature | 3 4 | temp
0 6 3 | Volume sensor Qmin | 3 4 | flow
0 6 4 | Volume sensor Qmax | 3 4 | flow
0 8 1 | Recording interval 1 | 1 3 4 | time
0 8 2 | Recording interval 2 | 1 3 4 | time
0 8 3 | Measurement period 1 (average value 1) | 1 3 4 | time
0 8 4 | Measurement period 2 (average value 2) | 1 3 4 | time
0 8 5 | Measurement period 3 (instantaneous value) | 1 3 4 | time
0 8 6 | Measurement period 4 (test value) | 1 3 4 | time
0 8 10 | Billing period | 1 3 4 | time
0 8 11 | Process interval 1 (default 15 min) | 1 3 4 | time
0 8 12 | Process interval 2 (default 1 h) | 1 3 4 | time
0 8 13 | Process interval 3 (default 1 day) | 1 3 4 | time
0 8 14 | Process interval 4 (default 1 month) | 1 3 4 | time
0 8 15 | Process interval 5 (since last event) | 1 3 4 | time
0 8 16 | Process interval 6 (between last two events) | 1 3 4 | time
0 8 17 | Index measurement period 1 (default 15 min) | 1 3 4 | time
0 8 18 | Index measurement period 2 (default 1 h) | 1 3 4 | time
0 8 19 | Index measurement period 3 | 1 3 4 | time
0 8 20 | Index billing period 1 (default 1 day) | 1 3 4 | time
0 8 21 | Index billing period 2 (default 1 month) | 1 3 4 | time
0 8 22 | Index billing period 3 (default 1 year) | 1 3 4 | time
0 8 23 | Index billing period 4 | 1 3 4 | time
0 8 25 | Averaging period 1 (default 5 min) | 1 3 4 | time
0 8 26 | Averaging period 2 (default 15 min) | 1 3 4 | time
0 8 27 | Averaging period 3 (default 1 h) | 1 3 4 | time
0 8 28 | Averaging period 4 | 1 3 4 | time
0 8 29 | Averaging period 5 (default 1 day) | 1 3 4 | time
0 8 30 | Averaging period 6 (default 1 month) | 1 3 4 | time
0 8 31 | Averaging period 7 (default 1 year) | 1 3 4 | time
0 8 32 | Averaging period 8 | 1 3 4 | time
0 8 33 | Averaging period 9 (since last event) | 1 3 4 | time
0 8 34 | Averaging period 10 (between last two events) | 1 3 4 | time
0 8 35 | Sub-periods in averaging period 2 | 1 3 4 | time
0 9 0 | Days since last reset | 1 3 4
0 9 1 | Local time | 1 3 4
0 9 2 | Local date | 1 3 4
0 9 3 | Start of conventional gas day | 1 3 4
0 9 4 | Residual time shift | 1 3 4
0 9 6 | Last billing reset time, scheme 1 | 1 3 4
0 9 7 | Last billing reset date, scheme 1 | 1 3 4
0 9 11 | Clock time shift limit | 1 3 4
0 9 12 | Billing reset lockout time, scheme 1 | 1 3 4
0 9 13 | Time since last end of billing period, scheme 2 | 1 3 4
0 9 14 | Last billing reset time, scheme 2 | 1 3 4
0 9 15 | Last billing reset date, scheme 2 | 1 3 4
0 9 16 | Billing reset lockout time, scheme 2 | 1 3 4
0 9 17 | Time since last end of billing period, scheme 3 | 1 3 4
0 9 18 | Last billing reset time, scheme 3 | 1 3 4
0 9 19 | Last billing reset date, scheme 3 | 1 3 4
0 9 20 | Billing reset lockout time, scheme 3 | 1 3 4
0 9 21 | Time since last end of billing period, scheme 4 | 1 3 4
0 9 22 | Last billing reset time, scheme 4 | 1 3 4
0 9 23 | Last billing reset date, scheme 4 | 1 3 4
0 9 24 | Billing reset lockout time, scheme 4 | 1 3 4
0 10 0 | Heating temperature, current | 1 3 4 | temp
0 10 1 | Heating temperature, 15 min average | 1 3 4 | temp
0 10 11 | Heating temperature, 60 min average | 1 3 4 | temp
0 10 21 | Heating temperature, day average | 1 3 4 | temp
0 10 31 | Heating temperature, month average | 1 3 4 | temp
0 11 0 | Ambient device temperature, current | 1 3 4 | temp
0 11 1 | Ambient device temperature, 15 min average | 1 3 4 | temp
0 11 11 | Ambient device temperature, 60 min average | 1 3 4 | temp
0 11 21 | Ambient device temperature, day average | 1 3 4 | temp
0 11 31 | Ambient device temperature, month average | 1 3 4 | temp
0 12 8 | Gas parameter: reference pressure | 1 3 4
0 12 9 | Gas parameter: reference temperature | 1 3 4
0 12 10 | Gas parameter: superior Wobbe index at 0 degC | 1 3 4
0 12 11 | Gas parameter: inferior Wobbe index at 0 degC | 1 3 4
0 12 12 | Gas parameter: methane number | 1 3 4
0 12 13 | Gas parameter: total sulphur | 1 3 4
0 12 14 | Gas parameter: hydrogen sulphide H2S | 1 3 4
0 12 15 | Gas parameter: mercaptans | 1 3 4
0 12 16 | Gas parameter: water dew point | 1 3 4
0 12 17 | Gas parameter: water dew point, outlet or normalised | 1 3 4
0 12 18 | Gas parameter: hydrocarbon dew point | 1 3 4
0 12 19 | Gas parameter: inferior calorific value | 1 3 4
0 12 20 | Gas parameter: water H2O | 1 3 4
0 12 60 | Gas parameter: nitrogen N2 | 1 3 4
0 12 61 | Gas parameter: hydrogen H2 | 1 3 4
0 12 62 | Gas parameter: oxygen O2 | 1 3 4
0 12 63 | Gas parameter: helium He | 1 3 4
0 12 64 | Gas parameter: argon Ar | 1 3 4
0 12 65 | Gas parameter: carbon monoxide CO | 1 3 4
0 12 66 | Gas parameter: carbon dioxide CO2 | 1 3 4
0 12 67 | Gas parameter: methane CH4 | 1 3 4
0 12 68 | Gas parameter: ethene C2H4 | 1 3 4
0 12 69 | Gas parameter: ethane C2H6 | 1 3 4
0 12 70 | Gas parameter: propene C3H6 | 1 3 4
0 12 71 | Gas parameter: propane C3H8 | 1 3 4
0 12 72 | Gas parameter: i-butane C4H10 | 1 3 4
0 12 73 | Gas parameter: n-butane C4H10 | 1 3 4
0 12 74 | Gas parameter: neo-pentane C5H12 | 1 3 4
0 12 75 | Gas parameter: i-pentane C5H12 | 1 3 4
0 12 76 | Gas parameter: n-pentane C5H12 | 1 3 4
0 12 77 | Gas parameter: hexane C6H14 | 1 3 4
0 12 78 | Gas parameter: hexane share of higher hydrocarbons | 1 3 4
0 12 79 | Gas parameter: hexane and higher C6+ | 1 3 4
0 12 80 | Gas parameter: heptane C7H16 | 1 3 4
0 12 81 | Gas parameter: octane C8H18 | 1 3 4
0 12 82 | Gas parameter: nonane C9H20 | 1 3 4
0 12 83 | Gas parameter: decane C10H22 | 1 3 4
0 12 84 | Gas parameter: tetrahydrothiophene THT | 1 3 4
0 12 45 | Gas parameter: gas density at base conditions | 1 3 4
0 12 46 | Gas parameter: relative density | 1 3 4
0 12 54 | Gas parameter: superior calorific value | 1 3 4
0 13 1 | Orifice metering: internal pipe diameter | 1 3 4
0 13 2 | Orifice metering: orifice diameter | 1 3 4
0 13 3 | Orifice metering: orifice pressure fitting type | 1 3 4
0 13 4 | Orifice metering: flow coefficient alpha | 1 3 4
0 13 5 | Orifice metering: expansion coefficient epsilon | 1 3 4
0 13 6 | Orifice metering: reflux coefficient | 1 3 4
0 13 7 | Orifice metering: isentropic coefficient | 1 3 4
0 13 8 | Orifice metering: dynamic viscosity | 1 3 4
0 13 9 | Orifice metering: cut-off differential pressure | 1 3 4
0 13 10 | Orifice metering: Reynolds number | 1 3 4
0 14 1 | Densimeter coefficient K0 | 1 3 4
0 14 2 | Densimeter coefficient K2 | 1 3 4
0 14 10 | Densimeter period, instantaneous | 1 3 4
0 14 11 | Densimeter period, 15 min | 1 3 4
0 15 0..127 | Sensor manager | 67 |  | E+1
96 5 0..9 | Internal operating status (gas) | 1 3 4 |  | word E
97 97 0..127 | Error register (gas) | 1 3 4 |  | E+1
98 1 0..127,255*0..99,101..126,255 | Gas billing data list, scheme 1 | 7 |  | (E)
98 2 0..127,255*0..99,101..126,255 | Gas billing data list, scheme 2 | 7 |  | (E)
98 3 0..127,255*0..99,101..126,255 | Gas billing data list, scheme 3 | 7 |  | (E)
98 4 0..127,255*0..99,101..126,255 | Gas billing data list, scheme 4 | 7 |  | (E)
98 11 0..127,255*0..99,101..126,255 | Gas billing data list, event triggered | 7 |  | (E)
99 1 4 | Gas load profile, recording interval 1 | 7
99 2 4 | Gas load profile, recording interval 2 | 7
99 3 4 | Gas maxima profile, recording interval 1 | 7
99 4 4 | Gas maxima profile, recording interval 2 | 7
99 97 0..127 | Power failure event log (gas) | 7 |  | (E)
99 98 0..127 | Event log (gas) | 7 |  | (E)
99 99 0 | Gas certification data log | 7
99 99 1 | Gas load profile, 15 min | 7
99 99 2 | Gas load profile, 60 min | 7
99 99 3 | Gas load profile, daily | 7
99 99 4 | Gas load profile, monthly | 7
"""

# C name | unit family | group, which says what D means.
QUANTITIES = """\
1 Forward undisturbed meter volume | volume | index
2 Forward disturbed meter volume | volume | index
3 Forward absolute meter volume | volume | index
4 Reverse undisturbed meter volume | volume | index
5 Reverse disturbed meter volume | volume | index
6 Reverse absolute meter volume | volume | index
7 Forward absolute meter volume (encoder) | volume | index
8 Reverse absolute meter volume (encoder) | volume | index
11 Forward undisturbed converter volume | volume | index
12 Forward disturbed converter volume | volume | index
13 Forward absolute converter volume | volume | index
14 Reverse undisturbed converter volume | volume | index
15 Reverse disturbed converter volume | volume | index
16 Reverse absolute converter volume | volume | index
21 Forward undisturbed logger volume | volume | index
22 Forward disturbed logger volume | volume | index
23 Forward absolute logger volume | volume | index
24 Reverse undisturbed logger volume | volume | index
25 Reverse disturbed logger volume | volume | index
26 Reverse absolute logger volume | volume | index
31 Forward undisturbed energy | thermalE | index
32 Forward disturbed energy | thermalE | index
33 Forward absolute energy | thermalE | index
34 Reverse undisturbed energy | thermalE | index
35 Reverse disturbed energy | thermalE | index
36 Reverse absolute energy | thermalE | index
41 Absolute temperature | temp | process
42 Absolute pressure | pressure | process
43 Flow rate | flow | flow
44 Velocity of sound | none | process
45 Gas density | density | process
46 Relative density | none | process
47 Gauge pressure | pressure | process
48 Differential pressure | pressure | process
49 Air density | density | process
51 Correction factor | none | factor
52 Conversion factor | none | factor
53 Compressibility factor | none | factor
54 Superior calorific value | calorific | factor
55 Gas law deviation coefficient | none | factor
61 Forward undisturbed mass | mass | index
62 Forward disturbed mass | mass | index
63 Forward absolute mass | mass | index
64 Reverse undisturbed mass | mass | index
65 Reverse disturbed mass | mass | index
66 Reverse absolute mass | mass | index
70 Natural gas analysis | none | analysis
"""

INDEX = """\
0 index, metering conditions
1 index, corrected
2 index, base conditions
3 index, metering conditions, redundant
6 index difference, metering conditions, current measurement period 1
7 index difference, corrected, current measurement period 1
8 index difference, base conditions, current measurement period 1
9 index difference, metering conditions, last measurement period 1
10 index difference, corrected, last measurement period 1
11 index difference, base conditions, last measurement period 1
12 index difference, metering conditions, current measurement period 2
13 index difference, corrected, current measurement period 2
14 index difference, base conditions, current measurement period 2
15 index difference, metering conditions, last measurement period 2
16 index difference, corrected, last measurement period 2
17 index difference, base conditions, last measurement period 2
18 index difference, metering conditions, current measurement period 3
19 index difference, corrected, current measurement period 3
20 index difference, base conditions, current measurement period 3
21 index difference, metering conditions, last measurement period 3
22 index difference, corrected, last measurement period 3
23 index difference, base conditions, last measurement period 3
24 historical index, metering conditions, billing period 1
25 historical index, corrected, billing period 1
26 historical index, base conditions, billing period 1
27 index difference, metering conditions, current billing period 1
28 index difference, corrected, current billing period 1
29 index difference, base conditions, current billing period 1
30 index difference, metering conditions, last billing period 1
31 index difference, corrected, last billing period 1
32 index difference, base conditions, last billing period 1
33 maximum index difference over measurement period 1, metering conditions, billing period 1
34 maximum index difference over measurement period 1, corrected, billing period 1
35 maximum index difference over measurement period 1, base conditions, billing period 1
36 maximum index difference over measurement period 2, metering conditions, billing period 1
37 maximum index difference over measurement period 2, corrected, billing period 1
38 maximum index difference over measurement period 2, base conditions, billing period 1
39 maximum index difference over measurement period 3, metering conditions, billing period 1
40 maximum index difference over measurement period 3, corrected, billing period 1
41 maximum index difference over measurement period 3, base conditions, billing period 1
42 historical index, metering conditions, billing period 2
43 historical index, corrected, billing period 2
44 historical index, base conditions, billing period 2
45 index difference, metering conditions, current billing period 2
46 index difference, corrected, current billing period 2
47 index difference, base conditions, current billing period 2
48 index difference, metering conditions, last billing period 2
49 index difference, corrected, last billing period 2
50 index difference, base conditions, last billing period 2
51 maximum index difference over measurement period 1, metering conditions, billing period 2
52 maximum index difference over measurement period 1, corrected, billing period 2
53 maximum index difference over measurement period 1, base conditions, billing period 2
54 maximum index difference over measurement period 2, metering conditions, billing period 2
55 maximum index difference over measurement period 2, corrected, billing period 2
56 maximum index difference over measurement period 2, base conditions, billing period 2
57 maximum index difference over measurement period 3, metering conditions, billing period 2
58 maximum index difference over measurement period 3, corrected, billing period 2
59 maximum index difference over measurement period 3, base conditions, billing period 2
60 maximum index difference over billing period 1, metering conditions, billing period 2
61 maximum index difference over billing period 1, corrected, billing period 2
62 maximum index difference over billing period 1, base conditions, billing period 2
63 historical index, metering conditions, billing period 3
64 historical index, corrected, billing period 3
65 historical index, base conditions, billing period 3
66 index difference, metering conditions, current billing period 3
67 index difference, corrected, current billing period 3
68 index difference, base conditions, current billing period 3
69 index difference, metering conditions, last billing period 3
70 index difference, corrected, last billing period 3
71 index difference, base conditions, last billing period 3
72 maximum index difference over measurement period 1, metering conditions, billing period 3
73 maximum index difference over measurement period 1, corrected, billing period 3
74 maximum index difference over measurement period 1, base conditions, billing period 3
75 maximum index difference over measurement period 2, metering conditions, billing period 3
76 maximum index difference over measurement period 2, corrected, billing period 3
77 maximum index difference over measurement period 2, base conditions, billing period 3
78 maximum index difference over measurement period 3, metering conditions, billing period 3
79 maximum index difference over measurement period 3, corrected, billing period 3
80 maximum index difference over measurement period 3, base conditions, billing period 3
81 historical index, metering conditions, billing period 4
82 historical index, corrected, billing period 4
83 historical index, base conditions, billing period 4
84 index difference, metering conditions, current billing period 4
85 index difference, corrected, current billing period 4
86 index difference, base conditions, current billing period 4
87 index difference, metering conditions, last billing period 4
88 index difference, corrected, last billing period 4
89 index difference, base conditions, last billing period 4
90 maximum index difference over measurement period 1, metering conditions, billing period 4
91 maximum index difference over measurement period 1, corrected, billing period 4
92 maximum index difference over measurement period 1, base conditions, billing period 4
93 maximum index difference over measurement period 2, metering conditions, billing period 4
94 maximum index difference over measurement period 2, corrected, billing period 4
95 maximum index difference over measurement period 2, base conditions, billing period 4
96 maximum index difference over measurement period 3, metering conditions, billing period 4
97 maximum index difference over measurement period 3, corrected, billing period 4
98 maximum index difference over measurement period 3, base conditions, billing period 4
"""

FLOW = """\
0 instantaneous, metering conditions
1 instantaneous, corrected
2 instantaneous, base conditions
13 instantaneous, standard conditions
15 current average, averaging period 1, metering conditions
16 current average, averaging period 1, corrected
17 current average, averaging period 1, base conditions
18 current average, averaging period 1, standard conditions
19 last average, averaging period 1, metering conditions
20 last average, averaging period 1, corrected
21 last average, averaging period 1, base conditions
22 last average, averaging period 1, standard conditions
23 maximum of last averages (averaging period 1) in measurement period 2, metering conditions
24 maximum of last averages (averaging period 1) in measurement period 2, corrected
25 maximum of last averages (averaging period 1) in measurement period 2, base conditions
26 maximum of last averages (averaging period 1) in measurement period 2, standard conditions
27 maximum of last averages (averaging period 1) in measurement period 3, metering conditions
28 maximum of last averages (averaging period 1) in measurement period 3, corrected
29 maximum of last averages (averaging period 1) in measurement period 3, base conditions
30 maximum of last averages (averaging period 1) in measurement period 3, standard conditions
31 maximum of last averages (averaging period 1) in billing period 1, metering conditions
32 maximum of last averages (averaging period 1) in billing period 1, corrected
33 maximum of last averages (averaging period 1) in billing period 1, base conditions
34 maximum of last averages (averaging period 1) in billing period 1, standard conditions
35 current average, averaging period 2, metering conditions
36 current average, averaging period 2, corrected
37 current average, averaging period 2, base conditions
38 current average, averaging period 2, standard conditions
39 last average, averaging period 2, metering conditions
40 last average, averaging period 2, corrected
41 last average, averaging period 2, base conditions
42 last average, averaging period 2, standard conditions
43 maximum of last averages (averaging period 2) in measurement period 2, metering conditions
44 maximum of last averages (averaging period 2) in measurement period 2, corrected
45 maximum of last averages (averaging period 2) in measurement period 2, base conditions
46 maximum of last averages (averaging period 2) in measurement period 2, standard conditions
47 maximum of last averages (averaging period 2) in measurement period 3, metering conditions
48 maximum of last averages (averaging period 2) in measurement period 3, corrected
49 maximum of last averages (averaging period 2) in measurement period 3, base conditions
50 maximum of last averages (averaging period 2) in measurement period 3, standard conditions
51 maximum of last averages (averaging period 2) in billing period 1, metering conditions
52 maximum of last averages (averaging period 2) in billing period 1, corrected
53 maximum of last averages (averaging period 2) in billing period 1, base conditions
54 maximum of last averages (averaging period 2) in billing period 1, standard conditions
55 current average, averaging period 3, metering conditions
56 current average, averaging period 3, corrected
57 current average, averaging period 3, base conditions
58 current average, averaging period 3, standard conditions
59 last average, averaging period 3, metering conditions
60 last average, averaging period 3, corrected
61 last average, averaging period 3, base conditions
62 last average, averaging period 3, standard conditions
63 current average, averaging period 4, metering conditions
64 current average, averaging period 4, corrected
65 current average, averaging period 4, base conditions
66 current average, averaging period 4, standard conditions
67 last average, averaging period 4, metering conditions
68 last average, averaging period 4, corrected
69 last average, averaging period 4, base conditions
70 last average, averaging period 4, standard conditions
"""

PROCESS = """\
0 instantaneous, metering conditions
2 instantaneous, base conditions (reference)
3 instantaneous, backup value
10 instantaneous, actual value
11 instantaneous, preset value
13 instantaneous, standard conditions
15 average, current process interval 1, metering conditions
16 average, current process interval 1, base conditions
17 average, current process interval 1, standard conditions
18 minimum, current process interval 1, metering conditions
19 minimum, current process interval 1, base conditions
20 minimum, current process interval 1, standard conditions
21 maximum, current process interval 1, metering conditions
22 maximum, current process interval 1, base conditions
23 maximum, current process interval 1, standard conditions
24 average, last process interval 1, metering conditions
25 average, last process interval 1, base conditions
26 average, last process interval 1, standard conditions
27 minimum, last process interval 1, metering conditions
28 minimum, last process interval 1, base conditions
29 minimum, last process interval 1, standard conditions
30 maximum, last process interval 1, metering conditions
31 maximum, last process interval 1, base conditions
32 maximum, last process interval 1, standard conditions
33 average, current process interval 2, metering conditions
34 average, current process interval 2, base conditions
35 average, current process interval 2, standard conditions
36 minimum, current process interval 2, metering conditions
37 minimum, current process interval 2, base conditions
38 minimum, current process interval 2, standard conditions
39 maximum, current process interval 2, metering conditions
40 maximum, current process interval 2, base conditions
41 maximum, current process interval 2, standard conditions
42 average, last process interval 2, metering conditions
43 average, last process interval 2, base conditions
44 average, last process interval 2, standard conditions
45 minimum, last process interval 2, metering conditions
46 minimum, last process interval 2, base conditions
47 minimum, last process interval 2, standard conditions
48 maximum, last process interval 2, metering conditions
49 maximum, last process interval 2, base conditions
50 maximum, last process interval 2, standard conditions
51 average, current process interval 3, metering conditions
52 average, current process interval 3, base conditions
53 average, current process interval 3, standard conditions
54 minimum, current process interval 3, metering conditions
55 minimum, current process interval 3, base conditions
56 minimum, current process interval 3, standard conditions
57 maximum, current process interval 3, metering conditions
58 maximum, current process interval 3, base conditions
59 maximum, current process interval 3, standard conditions
60 average, last process interval 3, metering conditions
61 average, last process interval 3, base conditions
62 average, last process interval 3, standard conditions
63 minimum, last process interval 3, metering conditions
64 minimum, last process interval 3, base conditions
65 minimum, last process interval 3, standard conditions
66 maximum, last process interval 3, metering conditions
67 maximum, last process interval 3, base conditions
68 maximum, last process interval 3, standard conditions
69 average, current process interval 4, metering conditions
70 average, current process interval 4, base conditions
71 average, current process interval 4, standard conditions
72 minimum, current process interval 4, metering conditions
73 minimum, current process interval 4, base conditions
74 minimum, current process interval 4, standard conditions
75 maximum, current process interval 4, metering conditions
76 maximum, current process interval 4, base conditions
77 maximum, current process interval 4, standard conditions
78 average, last process interval 4, metering conditions
79 average, last process interval 4, base conditions
80 average, last process interval 4, standard conditions
81 minimum, last process interval 4, metering conditions
82 minimum, last process interval 4, base conditions
83 minimum, last process interval 4, standard conditions
84 maximum, last process interval 4, metering conditions
85 maximum, last process interval 4, base conditions
86 maximum, last process interval 4, standard conditions
87 average, process interval 5 (since last event), metering conditions
88 average, process interval 5 (since last event), base conditions
89 average, process interval 5 (since last event), standard conditions
90 average, process interval 6 (between last two events), metering conditions
91 average, process interval 6 (between last two events), base conditions
92 average, process interval 6 (between last two events), standard conditions
"""

FACTOR = """\
0 current value, metering conditions
2 current value, base conditions
3 backup value
10 actual value
11 preset value
12 calculation method
"""

ANALYSIS = """\
8 reference pressure
9 reference temperature
10 superior Wobbe index at 0 degC
11 inferior Wobbe index at 0 degC
12 methane number
13 total sulphur
14 hydrogen sulphide H2S
15 mercaptans
16 water dew point
17 water dew point, outlet or normalised
18 hydrocarbon dew point
19 inferior calorific value
20 water H2O
60 nitrogen N2
61 hydrogen H2
62 oxygen O2
63 helium He
64 argon Ar
65 carbon monoxide CO
66 carbon dioxide CO2
67 methane CH4
68 ethene C2H4
69 ethane C2H6
70 propene C3H6
71 propane C3H8
72 i-butane C4H10
73 n-butane C4H10
74 neo-pentane C5H12
75 i-pentane C5H12
76 n-pentane C5H12
77 hexane C6H14
78 hexane share of higher hydrocarbons
79 hexane and higher C6+
80 heptane C7H16
81 octane C8H18
82 nonane C9H20
83 decane C10H22
84 tetrahydrothiophene THT
"""

# E of the groups factor and analysis.
AVERAGING = """\
0 process independent current value
1 weighted value
11 average, current averaging period 1
12 average, last averaging period 1
13 average, current averaging period 2
14 average, last averaging period 2
15 average, current averaging period 3
16 average, last averaging period 3
17 average, current averaging period 4
18 average, last averaging period 4
19 average, current averaging period 5
20 average, last averaging period 5
21 average, current averaging period 6
22 average, last averaging period 6
23 average, current averaging period 7
24 average, last averaging period 7
25 average, current averaging period 8
26 average, last averaging period 8
27 average, averaging period 9 (since last event)
28 average, averaging period 10 (between last two events)
"""
