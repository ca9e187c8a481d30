"""OBIS codes of electricity (A = 1).

Lines of `OBJECTS`: value groups C D E, `*F` where F may be other than 255 | name | classes | unit family | instance.
See `rows` for how they are read. Source: Blue Book Ed. 13, OBIS.
"""

from __future__ import annotations

OBJECTS = """\
0 0 0..9 | Electricity ID | 1 3 4 |  | E+1
0 0 255 | All electricity IDs | 7 61
0 1 0*0..99,255 | Billing period counter, scheme 1 | 1 3 4 | count
0 1 1 | Stored billing periods, scheme 1 | 1 3 4 | count
0 1 2*0..99,101..126,255 | Billing period time stamp, scheme 1 | 1 3 4
0 1 3*0..99,255 | Billing period counter, scheme 2 | 1 3 4 | count
0 1 4 | Stored billing periods, scheme 2 | 1 3 4 | count
0 1 5*0..99,101..126,255 | Billing period time stamp, scheme 2 | 1 3 4
0 2 0 | Firmware identifier (active) | 1 3 4
0 2 1*1,255 | Parameter record number | 1 3 4
0 2 2 | Time switch program number | 1 3 4
0 2 3 | Ripple control program number | 1 3 4
0 2 4 | Meter connection diagram ID | 1 3 4
0 2 7 | Passive calendar name | 1 3 4
0 2 8 | Firmware signature (active) | 1 3 4
0 3 0 | Meter constant: active energy, metrology LED | 1 3 4 | none
0 3 1 | Meter constant: reactive energy, metrology LED | 1 3 4 | none
0 3 2 | Meter constant: apparent energy, metrology LED | 1 3 4 | none
0 3 3 | Meter constant: active energy, output pulse | 1 3 4 | none
0 3 4 | Meter constant: reactive energy, output pulse | 1 3 4 | none
0 3 5 | Meter constant: apparent energy, output pulse | 1 3 4 | none
0 3 6 | Meter constant: volt-squared hours, metrology LED | 1 3 4 | none
0 3 7 | Meter constant: ampere-squared hours, metrology LED | 1 3 4 | none
0 3 8 | Meter constant: volt-squared hours, output pulse | 1 3 4 | none
0 3 9 | Meter constant: ampere-squared hours, output pulse | 1 3 4 | none
0 4 0 | Reading factor for power | 1 3 4 | none
0 4 1 | Reading factor for energy | 1 3 4 | none
0 4 2*0..99,101..126,255 | Current transformer ratio, numerator | 1 3 4 | none
0 4 3*0..99,101..126,255 | Voltage transformer ratio, numerator | 1 3 4 | none
0 4 4*0..99,101..126,255 | Overall transformer ratio, numerator | 1 3 4 | none
0 4 5*0..99,101..126,255 | Current transformer ratio, denominator | 1 3 4 | none
0 4 6*0..99,101..126,255 | Voltage transformer ratio, denominator | 1 3 4 | none
0 4 7*0..99,101..126,255 | Overall transformer ratio, denominator | 1 3 4 | none
0 5 1*1..4 | Demand limit | 3 4 | P
0 5 2*1..9 | Demand limit, rate | 3 4 | P
0 6 0 | Nominal voltage | 3 4 | U
0 6 1 | Basic or nominal current | 3 4 | I
0 6 2 | Nominal frequency | 3 4 | f
0 6 3 | Maximum current | 3 4 | I
0 6 4*0..99,101..126,255 | Reference voltage for power quality | 3 4 | U
0 6 5*0..99,101..126,255 | Reference voltage of auxiliary supply | 3 4 | U
0 7 0 | Input pulse value: active energy | 3 4
0 7 1 | Input pulse value: reactive energy | 3 4
0 7 2 | Input pulse value: apparent energy | 3 4
0 7 3 | Input pulse value: volt-squared hours | 3 4
0 7 4 | Input pulse value: ampere-squared hours | 3 4
0 7 5 | Input pulse value: unitless quantity | 3 4
0 7 10 | Input pulse value: active energy export | 3 4
0 7 11 | Input pulse value: reactive energy export | 3 4
0 7 12 | Input pulse value: apparent energy export | 3 4
0 8 0 | Measurement period 1 (averaging scheme 1) | 1 3 4 | time
0 8 1 | Measurement period 2 (averaging scheme 2) | 1 3 4 | time
0 8 2 | Measurement period 3 (instantaneous values) | 1 3 4 | time
0 8 3 | Measurement period 4 (test values) | 1 3 4 | time
0 8 4 | Recording interval 1 (load profile) | 1 3 4 | time
0 8 5 | Recording interval 2 (load profile) | 1 3 4 | time
0 8 6*0..99,101..126,255 | Billing period length, scheme 1 | 1 3 4 | time
0 8 7*0..99,101..126,255 | Billing period length, scheme 2 | 1 3 4 | time
0 8 8*0..99,101..126,255 | Measurement period 4 (harmonics) | 1 3 4 | time
0 9 0 | Time since last end of billing period, scheme 1 | 1 3 4 | time
0 9 1 | Local time | 1 3 4
0 9 2 | Local date | 1 3 4
0 9 3 | Reserved for Germany | 1 3 4
0 9 4 | Reserved for Germany | 1 3 4
0 9 5 | Week day | 1 3 4
0 9 6 | Last billing reset time, scheme 1 | 1 3 4
0 9 7 | Last billing reset date, scheme 1 | 1 3 4
0 9 8 | Output pulse duration | 1 3 4 | time
0 9 9 | Clock synchronisation window | 1 3 4 | time
0 9 10 | Clock synchronisation method | 1 3 4
0 9 11 | Clock time shift limit | 1 3 4 | time
0 9 12 | Billing reset lockout time, scheme 1 | 1 3 4 | time
0 9 13 | Time since last end of billing period, scheme 2 | 1 3 4 | time
0 9 14 | Last billing reset time, scheme 2 | 1 3 4
0 9 15 | Last billing reset date, scheme 2 | 1 3 4
0 9 16 | Billing reset lockout time, scheme 2 | 1 3 4 | time
0 10 0*0..99,101..126,255 | Transformer magnetic losses Xm | 3 4
0 10 1*0..99,101..126,255 | Transformer iron losses RFe | 3 4
0 10 2*0..99,101..126,255 | Line resistance losses RCu | 3 4
0 10 3*0..99,101..126,255 | Line reactance losses Xs | 3 4
0 11 1 | Measurement algorithm: active power | 1 3
0 11 2 | Measurement algorithm: active energy | 1 3
0 11 3 | Measurement algorithm: reactive power | 1 3
0 11 4 | Measurement algorithm: reactive energy | 1 3
0 11 5 | Measurement algorithm: apparent power | 1 3
0 11 6 | Measurement algorithm: apparent energy | 1 3
0 11 7 | Measurement algorithm: power factor | 1 3
96 1 0..9 | Metering point ID (electricity) | 1 3 4 |  | E+1
96 1 255 | All metering point IDs (electricity) | 7 61
96 5 0 | Internal operating status (electricity), global | 1 3 4 63 7 61
96 5 1..4 | Internal operating status (electricity) | 1 3 4 63 |  | word E
96 5 5 | Meter started flag | 1 3 4
96 10 0 | Status: missing voltage | 1 3 4
96 10 1 | Status: missing current | 1 3 4
96 10 2 | Status: current without voltage | 1 3 4
96 10 3 | Status: auxiliary supply | 1 3 4
97 97 0..127 | Error register (electricity) | 1 3 4 |  | E+1
97 97 255 | Error register profile (electricity) | 7 61
98 1 0..127,255*0..99,101..126,255 | Electricity billing data list, scheme 1 | 7 |  | (E)
98 2 0..127,255*0..99,101..126,255 | Electricity billing data list, scheme 2 | 7 |  | (E)
98 10 0..127*0..99,101..126,255 | Electricity register table | 61 |  | (E)
99 1 0..127 | Electricity load profile, recording period 1 | 7 |  | (E)
99 2 0..127 | Electricity load profile, recording period 2 | 7 |  | (E)
99 3 0 | Electricity load profile during test | 7
99 10 1 | Voltage dips profile | 7
99 10 2 | Voltage swells profile | 7
99 10 3 | Voltage cuts profile | 7
99 11 1..120,124..127 | Voltage harmonics profile, order | 7 |  | E
99 12 1..120,124..127 | Current harmonics profile, order | 7 |  | E
99 13 0 | Voltage unbalance profile | 7
99 14 0..127 | Power quality profile | 7 |  | (E)
99 97 0..127 | Power failure event log | 7 |  | (E)
99 98 0..127 | Event log (electricity) | 7 |  | (E)
99 99 0..127 | Certification data log | 7 |  | (E)
"""

# C name | name of its time integral | unit family | unit family of the integral | phase.
# 1 to 20 stand for all phases; 21 to 40 are the same for L1, 41 to 60 for L2, 61 to 80 for L3.
QUANTITIES = """\
1 Active power import (+P) | Active energy import (+A) | P | A
2 Active power export (-P) | Active energy export (-A) | P | A
3 Reactive power import (+Q) | Reactive energy import (+R) | Q | R
4 Reactive power export (-Q) | Reactive energy export (-R) | Q | R
5 Reactive power QI | Reactive energy QI | Q | R
6 Reactive power QII | Reactive energy QII | Q | R
7 Reactive power QIII | Reactive energy QIII | Q | R
8 Reactive power QIV | Reactive energy QIV | Q | R
9 Apparent power import (+S) | Apparent energy import (+S) | S | VAh
10 Apparent power export (-S) | Apparent energy export (-S) | S | VAh
11 Current | Ampere-hours | I | Ah | any phase
12 Voltage | Volt-hours | U |  | any phase
13 Power factor | Power factor | pf
14 Supply frequency | Supply frequency | f
15 Active power absolute (|+P|+|-P|) | Active energy absolute (|+A|+|-A|) | P | A
16 Active power net (|+P|-|-P|) | Active energy net (|+A|-|-A|) | P | A
17 Active power QI | Active energy QI | P | A
18 Active power QII | Active energy QII | P | A
19 Active power QIII | Active energy QIII | P | A
20 Active power QIV | Active energy QIV | P | A
81 Phase angle |  | angle
82 Unitless quantity (pulses) | Unitless quantity (pulses) | count | count
83 Transformer and line losses |  | A
84 Power factor export (PF-) | Power factor export (PF-) | pf
85 Power factor export (PF-) | Power factor export (PF-) | pf |  | L1
86 Power factor export (PF-) | Power factor export (PF-) | pf |  | L2
87 Power factor export (PF-) | Power factor export (PF-) | pf |  | L3
88 Ampere-squared hours, all phases | Ampere-squared hours, all phases | A2h | A2h
89 Volt-squared hours, all phases | Volt-squared hours, all phases | V2h | V2h
90 Current, sum of phases (unsigned) | Ampere-hours, sum of phases | I | Ah
91 Current | Ampere-hours | I | Ah | neutral
92 Voltage | Volt-hours | U |  | neutral
100 Reactive power inductive (QI+QIII) | Reactive energy inductive (QI+QIII) | Q | R
101 Reactive power inductive (QI+QIII) | Reactive energy inductive (QI+QIII) | Q | R | L1
102 Reactive power inductive (QI+QIII) | Reactive energy inductive (QI+QIII) | Q | R | L2
103 Reactive power inductive (QI+QIII) | Reactive energy inductive (QI+QIII) | Q | R | L3
104 Reactive power capacitive (QII+QIV) | Reactive energy capacitive (QII+QIV) | Q | R
105 Reactive power capacitive (QII+QIV) | Reactive energy capacitive (QII+QIV) | Q | R | L1
106 Reactive power capacitive (QII+QIV) | Reactive energy capacitive (QII+QIV) | Q | R | L2
107 Reactive power capacitive (QII+QIV) | Reactive energy capacitive (QII+QIV) | Q | R | L3
124 Line voltage | Line volt-hours | U |  | L1-L2
125 Line voltage | Line volt-hours | U |  | L2-L3
126 Line voltage | Line volt-hours | U |  | L3-L1
"""

# D name | kind | classes | B: F names a past billing period, R: E is a rate.
PROCESSINGS = """\
0 billing period average | power | 3 4 5 | BR
1 cumulative minimum 1 | power | 3 4 | BR
2 cumulative maximum 1 | power | 3 4 | BR
3 minimum 1 | power | 3 4 | BR
4 current average 1 | power | 3 4 5 | R
5 last average 1 | power | 3 4 5 | R
6 maximum 1 | power | 3 4 | BR
7 instantaneous | power | 3 4
8 time integral 1 | integral | 3 4 | BR
9 time integral 2 | integral | 3 4 | BR
10 time integral 3 | integral | 3 4 | BR
11 cumulative minimum 2 | power | 3 4 | BR
12 cumulative maximum 2 | power | 3 4 | BR
13 minimum 2 | power | 3 4 | BR
14 current average 2 | power | 3 4 5 | R
15 last average 2 | power | 3 4 5 | R
16 maximum 2 | power | 3 4 | BR
17 time integral 7 | integral | 3 4 | R
18 time integral 8 | integral | 3 4 | R
19 time integral 9 | integral | 3 4 | R
20 time integral 10 | integral | 3 4 | R
21 cumulative minimum 3 | power | 3 4 | BR
22 cumulative maximum 3 | power | 3 4 | BR
23 minimum 3 | power | 3 4 | BR
24 current average 3 | power | 3 4 5 | R
25 last average 3 | power | 3 4 5 | R
26 maximum 3 | power | 3 4 | BR
27 current average 5 | power | 3 4 5 | R
28 current average 6 | power | 3 4 5 | R
29 time integral 5 | integral | 3 4 | R
30 time integral 6 | integral | 3 4 | R
31 under-limit threshold | power | 1 3 4 21 | R
32 under-limit occurrence counter | count | 1 3 4 | R
33 under-limit duration | time | 1 3 4 | R
34 under-limit magnitude | power | 1 3 4 | R
35 over-limit threshold | power | 1 3 4 21 | R
36 over-limit occurrence counter | count | 1 3 4 | R
37 over-limit duration | time | 1 3 4 | R
38 over-limit magnitude | power | 1 3 4 | R
39 missing threshold | power | 1 3 4 21 | R
40 missing occurrence counter | count | 1 3 4 | R
41 missing duration | time | 1 3 4 | R
42 missing magnitude | power | 1 3 4 | R
43 under-limit time threshold | time | 1 3 4 | R
44 over-limit time threshold | time | 1 3 4 | R
45 missing-magnitude time threshold | time | 1 3 4 | R
46 contracted value | power | 3 4 | R
49 average in recording interval 1 | power | 3 4 | R
50 average in recording interval 2 | power | 3 4 | R
51 minimum in recording interval 1 | power | 3 4 | R
52 minimum in recording interval 2 | power | 3 4 | R
53 maximum in recording interval 1 | power | 3 4 | R
54 maximum in recording interval 2 | power | 3 4 | R
55 test average | power | 3 5
56 current average 4 (harmonics) | power | 3 4 5
58 time integral 4 (test) | integral | 3 4
"""

# E of C = 83.
LOSSES = """\
1 All phases: active line losses import
2 All phases: active line losses export
3 All phases: active line losses
4 All phases: active transformer losses import
5 All phases: active transformer losses export
6 All phases: active transformer losses
7 All phases: active total losses import
8 All phases: active total losses export
9 All phases: active total losses
10 All phases: reactive line losses import
11 All phases: reactive line losses export
12 All phases: reactive line losses
13 All phases: reactive transformer losses import
14 All phases: reactive transformer losses export
15 All phases: reactive transformer losses
16 All phases: reactive total losses import
17 All phases: reactive total losses export
18 All phases: reactive total losses
19 All phases: transformer losses normalised to RFe = 1 MOhm
20 All phases: line losses normalised to RCu = 1 Ohm
21 Loss-compensated energy: active import, gross
22 Loss-compensated energy: active import, net
23 Loss-compensated energy: active export, gross
24 Loss-compensated energy: active export, net
25 Loss-compensated energy: reactive import, gross
26 Loss-compensated energy: reactive import, net
27 Loss-compensated energy: reactive export, gross
28 Loss-compensated energy: reactive export, net
31 L1: active line losses import
32 L1: active line losses export
33 L1: active line losses
34 L1: active transformer losses import
35 L1: active transformer losses export
36 L1: active transformer losses
37 L1: active total losses import
38 L1: active total losses export
39 L1: active total losses
40 L1: reactive line losses import
41 L1: reactive line losses export
42 L1: reactive line losses
43 L1: reactive transformer losses import
44 L1: reactive transformer losses export
45 L1: reactive transformer losses
46 L1: reactive total losses import
47 L1: reactive total losses export
48 L1: reactive total losses
49 L1: ampere-squared hours
50 L1: volt-squared hours
51 L2: active line losses import
52 L2: active line losses export
53 L2: active line losses
54 L2: active transformer losses import
55 L2: active transformer losses export
56 L2: active transformer losses
57 L2: active total losses import
58 L2: active total losses export
59 L2: active total losses
60 L2: reactive line losses import
61 L2: reactive line losses export
62 L2: reactive line losses
63 L2: reactive transformer losses import
64 L2: reactive transformer losses export
65 L2: reactive transformer losses
66 L2: reactive total losses import
67 L2: reactive total losses export
68 L2: reactive total losses
69 L2: ampere-squared hours
70 L2: volt-squared hours
71 L3: active line losses import
72 L3: active line losses export
73 L3: active line losses
74 L3: active transformer losses import
75 L3: active transformer losses export
76 L3: active transformer losses
77 L3: active total losses import
78 L3: active total losses export
79 L3: active total losses
80 L3: reactive line losses import
81 L3: reactive line losses export
82 L3: reactive line losses
83 L3: reactive transformer losses import
84 L3: reactive transformer losses export
85 L3: reactive transformer losses
86 L3: reactive total losses import
87 L3: reactive total losses export
88 L3: reactive total losses
89 L3: ampere-squared hours
90 L3: volt-squared hours
"""
