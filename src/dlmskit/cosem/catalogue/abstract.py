"""OBIS codes that belong to no medium (A = 0).

Lines of `OBJECTS`: value groups C D E, `*F` where F may be other than 255 | name | classes | unit family | instance.
See `rows` for how they are read. Source: Blue Book Ed. 13, OBIS.
"""

from __future__ import annotations

OBJECTS = """\
0 1 0*0..99,255 | Billing period counter, scheme 1 | 1 3 4 | count
0 1 1 | Stored billing periods, scheme 1 | 1 3 4 | count
0 1 2*0..99,101..126,255 | Billing period time stamp, scheme 1 | 1 3 4
0 1 3*0..99,255 | Billing period counter, scheme 2 | 1 3 4 | count
0 1 4 | Stored billing periods, scheme 2 | 1 3 4 | count
0 1 5*0..99,101..126,255 | Billing period time stamp, scheme 2 | 1 3 4
0 2 0 | Firmware identifier (active) | 1 3 4
0 2 1 | Firmware version (active) | 1 3 4
0 2 8 | Firmware signature (active) | 1 3 4
0 9 1 | Local time | 1 3 4
0 9 2 | Local date | 1 3 4
1 0 0..127 | Clock | 8 |  | (E)
1 1 0..127 | UNIX clock | 1 3 4 | time | (E)
1 2 0..127 | High-resolution clock | 1 3 4 |  | (E)
2 0 0 | Modem configuration | 27
2 1 0 | Auto connect | 29
2 2 0 | Auto answer | 28
10 0..127 0 | Global meter reset script table | 9 |  | D
10 0..127 1 | Billing reset (MDI) script table | 9 |  | D
10 0..127 100 | Tariffication script table | 9 |  | D
10 0..127 101 | Activate test mode script table | 9 |  | D
10 0..127 102 | Activate normal mode script table | 9 |  | D
10 0..127 103 | Set output signals script table | 9 |  | D
10 0..127 104 | Switch optical test output script table | 9 |  | D
10 0..127 105 | Power quality measurement script table | 9 |  | D
10 0..127 106 | Disconnect control script table | 9 |  | D
10 0..127 107 | Image activation script table | 9 |  | D
10 0..127 108 | Push script table | 9 |  | D
10 0..127 109 | Load profile control script table | 9 |  | D
10 0..127 110 | M-Bus profile control script table | 9 |  | D
10 0..127 111 | Function control script table | 9 |  | D
10 0..127 125 | Broadcast script table | 9 |  | D
11 0 0..127 | Special days table | 11 |  | (E)
12 0 0..127 | Schedule | 10 |  | (E)
13 0 0..127 | Activity calendar | 20 |  | (E)
14 0 0..127 | Register activation | 6 |  | (E)
15 0..127 0 | End of billing period schedule | 22 |  | D
15 0..127 1 | Disconnect control schedule | 22 |  | D
15 0..127 2 | Image activation schedule | 22 |  | D
15 0..127 3 | Output control schedule | 22 |  | D
15 0..127 4 | Push schedule | 22 |  | D
15 0..127 5 | Load profile control schedule | 22 |  | D
15 0..127 6 | M-Bus profile control schedule | 22 |  | D
15 0..127 7 | Function control schedule | 22 |  | D
16 0 0..127 | Register monitor | 21 |  | (E)
16 1 0..9 | Alarm monitor | 21 |  | (E)
16 2 0..127 | Parameter monitor | 65 |  | (E)
17 0 0..127 | Limiter | 71 |  | (E)
18 0 0..127 | Array manager | 123 |  | (E)
19 0..9 0 | Account | 111 |  | D
19 10..19 0..127 | Credit | 112 |  | D-9
19 20..29 0..127 | Charge | 113 |  | D-19
19 40..49 0..127 | Token gateway | 115 |  | D-39
19 50..59 1 | Maximum credit limit | 1 3 4 | currency | D-49
19 50..59 2 | Maximum vend limit | 1 3 4 | currency | D-49
19 60..69 0 | IEC 62055-41 (STS) attributes | 116 |  | D-59
20 0 0 | IEC 62056-21 optical port setup | 19
20 0 1 | IEC 62056-21 electrical port setup | 19
21 0 0 | General local port readout | 7 1
21 0 1 | General display readout | 7 1
21 0 2 | Alternate display readout | 7 1
21 0 3 | Service display readout | 7 1
21 0 4 | Configurable meter data list | 7 1
21 0 5..127 | Additional readout profile | 7 1 |  | E-4
22 0 0 | HDLC setup | 23
23 0 0 | Twisted pair setup (IEC 62056-3-1) | 24
23 1 0 | Twisted pair MAC address | 43
23 2 0 | Twisted pair fatal error register | 1 3 4
23 3 0 | Twisted pair short readout | 7 1
23 3 1 | Twisted pair long readout | 7 1
23 3 2..9 | Twisted pair alternate readout | 7 1 |  | E-1
23 3 10..127 | Twisted pair readout parametrisation | 1
24 0 0 | M-Bus slave port setup | 25
24 1 0 | M-Bus client | 72
24 2 0..127 | M-Bus value | 4 |  | E
24 3 0..127 | M-Bus profile | 7 |  | (E)
24 4 0 | M-Bus disconnect control | 70
24 5 0 | M-Bus control log | 7
24 6 0 | M-Bus master port setup | 74
24 8 0..127 | DLMS server M-Bus port setup | 76
24 9 0..127 | M-Bus diagnostic | 77
25 0 0 | TCP-UDP setup | 41
25 1 0 | IPv4 setup | 42
25 2 0 | MAC address | 43
25 3 0 | PPP setup | 44
25 4 0 | GPRS modem setup | 45
25 5 0 | SMTP setup | 46
25 6 0 | GSM diagnostic | 47
25 7 0 | IPv6 setup | 48
25 10 0 | NTP setup | 100
25 11 0 | LTE monitoring | 151
25 9 0..127 | Push setup | 40 |  | B
26 0 0 | S-FSK PHY and MAC setup | 50
26 1 0 | S-FSK active initiator | 51
26 2 0 | S-FSK MAC synchronisation timeouts | 52
26 3 0 | S-FSK MAC counters | 53
26 5 0 | IEC 61334-4-32 LLC setup | 55
26 6 0 | S-FSK reporting system list | 56
27 0 0 | LLC type 1 setup (ISO/IEC 8802-2) | 57
27 1 0 | LLC type 2 setup (ISO/IEC 8802-2) | 58
27 2 0 | LLC type 3 setup (ISO/IEC 8802-2) | 59
28 0 0 | PRIME LLC SSCS setup (61334-4-32) | 80
28 1 0 | PRIME physical layer counters | 81
28 2 0 | PRIME MAC setup | 82
28 3 0 | PRIME MAC functional parameters | 83
28 4 0 | PRIME MAC counters | 84
28 5 0 | PRIME MAC network administration | 85
28 6 0 | PRIME MAC address | 43
28 7 0 | PRIME application identification | 86
29 0 0 | G3-PLC MAC counters | 90
29 1 0 | G3-PLC MAC setup | 91
29 2 0 | G3-PLC 6LoWPAN adaptation setup | 92
30 0 0..127 | ZigBee SAS startup | 101 |  | (E)
30 1 0..127 | ZigBee SAS join | 102 |  | (E)
30 2 0..127 | ZigBee SAS APS fragmentation | 103 |  | (E)
30 3 0..127 | ZigBee network control | 104 |  | (E)
30 4 0..127 | ZigBee tunnel setup | 105 |  | (E)
31 0 0 | Wireless M-Bus mode Q channel | 73
33 0 0 | HS-PLC MAC setup | 140
33 1 0 | HS-PLC CPAS setup | 141
33 2 0 | HS-PLC IP SSAS setup | 142
33 3 0 | HS-PLC HDLC SSAS setup | 143
40 0 0 | Current association | 12 15
40 0 1..127 | Association | 12 15 |  | E
41 0 0 | SAP assignment | 17
42 0 0 | COSEM logical device name | 1 3
43 0 0..127 | Security setup | 64 |  | E
43 1 0..127 | Invocation counter | 1 3 4 | count | E
43 2 0..127 | Data protection | 30 |  | E
44 0 0..127 | Image transfer | 18 |  | (E)
44 1 0..127 | Function control | 122 |  | (E)
44 2 0..127 | Communication port protection | 124 |  | (E)
65 0..15 0..127 | ANSI standard table (number D*128+E) | 26
65 16..31 0..127 | ANSI manufacturer table (number (D-16)*128+E) | 26
65 32..47 0..127 | ANSI standard pending table (number (D-32)*128+E) | 26
65 48..63 0..127 | ANSI manufacturer pending table (number (D-48)*128+E) | 26
66 0 0..127 | Compact data | 62 |  | (E)
96 1 0..9 | Device ID | 1 3 4 |  | E+1
96 1 10 | Metering point ID | 1 3 4
96 1 255 | All device IDs | 7 61
96 2 0 | Configuration program change count | 1 3 4 | count
96 2 1 | Last configuration change date | 1 3 4
96 2 2 | Last time switch program change date | 1 3 4
96 2 3 | Last ripple control program change date | 1 3 4
96 2 4 | Security switch status | 1 3 4
96 2 5 | Last calibration date | 1 3 4
96 2 6 | Next configuration change date | 1 3 4
96 2 7 | Passive calendar activation date | 1 3 4
96 2 10 | Protected configuration change count | 1 3 4 | count
96 2 11 | Last protected configuration change date | 1 3 4
96 2 12 | Last clock synchronisation or setting date | 1 3 4
96 2 13 | Last firmware activation date | 1 3 4
96 3 0 | Input/output control signal state, global | 1 3 4 63 7 61
96 3 1 | Input control signal state | 1 3 4 63
96 3 2 | Output control signal state | 1 3 4 63
96 3 3 | Input/output control signal state (word 3) | 1 3 4 63
96 3 4 | Input/output control signal state (word 4) | 1 3 4 63
96 3 10 | Disconnect control | 70
96 3 20..29 | Arbitrator | 68 |  | E-19
96 4 0 | Internal control signal state, global | 1 3 4 63 7 61
96 4 1..4 | Internal control signal state | 1 3 4 63 |  | word E
96 5 0 | Internal operating status, global | 1 3 4 63 7 61
96 5 1..4 | Internal operating status | 1 3 4 63 |  | word E
96 6 0 | Battery use time | 1 3 4 | time
96 6 1 | Battery charge display | 1 3 4
96 6 2 | Next battery change date | 1 3 4
96 6 3 | Battery voltage | 1 3 4 | U
96 6 4 | Battery initial capacity | 1 3 4 | Ah
96 6 5 | Battery installation date | 1 3 4
96 6 6 | Battery estimated remaining time | 1 3 4 | time
96 6 10 | Auxiliary supply use time | 1 3 4 | time
96 6 11 | Auxiliary supply voltage | 1 3 4 | U
96 7 0 | Power failure count, all three phases | 1 3 4 | count
96 7 1 | Power failure count, L1 | 1 3 4 | count
96 7 2 | Power failure count, L2 | 1 3 4 | count
96 7 3 | Power failure count, L3 | 1 3 4 | count
96 7 4 | Power failure count, auxiliary supply | 1 3 4 | count
96 7 5 | Long power failure count, all three phases | 1 3 4 | count
96 7 10 | Power failure time stamp, all three phases | 1 3 4
96 7 15 | Last long power failure duration, all three phases | 1 3 4 | time
96 7 6 | Long power failure count, L1 | 1 3 4 | count
96 7 11 | Power failure time stamp, L1 | 1 3 4
96 7 16 | Last long power failure duration, L1 | 1 3 4 | time
96 7 7 | Long power failure count, L2 | 1 3 4 | count
96 7 12 | Power failure time stamp, L2 | 1 3 4
96 7 17 | Last long power failure duration, L2 | 1 3 4 | time
96 7 8 | Long power failure count, L3 | 1 3 4 | count
96 7 13 | Power failure time stamp, L3 | 1 3 4
96 7 18 | Last long power failure duration, L3 | 1 3 4 | time
96 7 9 | Long power failure count, any phase | 1 3 4 | count
96 7 14 | Power failure time stamp, any phase | 1 3 4
96 7 19 | Last long power failure duration, any phase | 1 3 4 | time
96 7 20 | Long power failure time threshold | 1 3 4 | time
96 7 21 | Power failure count, any phase | 1 3 4 | count
96 8 0 | Operating time, total | 1 3 4 | time
96 8 1..63 | Operating time, rate | 1 3 4 | time | E
96 9 0 | Ambient temperature | 3 4 | temp
96 9 1 | Ambient pressure | 3 4 | pressure
96 9 2 | Relative humidity | 3 4 | rh
96 10 1..10 | Status register | 1 3 4 63 |  | E
96 11 0..99 | Event code | 1 3 4 |  | E+1
96 12 1 | Communication port connection count | 1 3 4 | count
96 12 4 | Communication port parameter 1 | 1 3 4
96 12 5 | GSM field strength | 1 3 4 | dBm
96 12 6 | Device telephone number or address | 1 3 4
96 13 0 | Consumer message, local consumer port | 1 3 4
96 13 1 | Consumer message, display and/or consumer port | 1 3 4
96 14 0..15 | Active tariff | 1 3 4 |  | E+1
96 15 0..99 | Event counter | 1 3 4 | count | E+1
96 16 0..9 | Profile entry digital signature | 1 3 4 |  | E+1
96 20 0 | Meter open event count | 1 3 4 | count
96 20 1 | Meter open event, current occurrence time stamp | 1 3 4
96 20 2 | Meter open event, current duration | 1 3 4 | time
96 20 3 | Meter open event, cumulated duration | 1 3 4 | time
96 20 5 | Terminal cover open event count | 1 3 4 | count
96 20 6 | Terminal cover open event, current occurrence time stamp | 1 3 4
96 20 7 | Terminal cover open event, current duration | 1 3 4 | time
96 20 8 | Terminal cover open event, cumulated duration | 1 3 4 | time
96 20 10 | Tilt event count | 1 3 4 | count
96 20 11 | Tilt event, current occurrence time stamp | 1 3 4
96 20 12 | Tilt event, current duration | 1 3 4 | time
96 20 13 | Tilt event, cumulated duration | 1 3 4 | time
96 20 15 | Strong DC magnetic field event count | 1 3 4 | count
96 20 16 | Strong DC magnetic field event, current occurrence time stamp | 1 3 4
96 20 17 | Strong DC magnetic field event, current duration | 1 3 4 | time
96 20 18 | Strong DC magnetic field event, cumulated duration | 1 3 4 | time
96 20 20 | Supply switch or valve tamper event count | 1 3 4 | count
96 20 21 | Supply switch or valve tamper event, current occurrence time stamp | 1 3 4
96 20 22 | Supply switch or valve tamper event, current duration | 1 3 4 | time
96 20 23 | Supply switch or valve tamper event, cumulated duration | 1 3 4 | time
96 20 25 | Metrology tamper event count | 1 3 4 | count
96 20 26 | Metrology tamper event, current occurrence time stamp | 1 3 4
96 20 27 | Metrology tamper event, current duration | 1 3 4 | time
96 20 28 | Metrology tamper event, cumulated duration | 1 3 4 | time
96 20 30 | Communication tamper event count | 1 3 4 | count
96 20 31 | Communication tamper event, current occurrence time stamp | 1 3 4
96 20 32 | Communication tamper event, current duration | 1 3 4 | time
96 20 33 | Communication tamper event, cumulated duration | 1 3 4 | time
97 97 0..9 | Error register | 1 3 4 |  | E+1
97 97 255 | Error register profile | 7 61
97 98 0..9 | Alarm register | 1 3 4 |  | E+1
97 98 10..19 | Alarm filter | 1 3 4 |  | E-9
97 98 20..29 | Alarm descriptor | 1 3 4 |  | E-19
97 98 255 | Alarm register profile | 7 61
98 1 0..127,255*0..99,101..126,255 | Billing data list, scheme 1 | 7 |  | (E)
98 2 0..127,255*0..99,101..126,255 | Billing data list, scheme 2 | 7 |  | (E)
98 10 0..127*0..99,101..126,255 | Register table | 61 |  | (E)
99 1 0..127 | Load profile, recording period 1 | 7 |  | (E)
99 2 0..127 | Load profile, recording period 2 | 7 |  | (E)
99 3 0 | Load profile during test | 7
99 12 0..127 | Connection profile | 7 |  | (E)
99 13 0..127 | GSM diagnostic profile | 7 |  | (E)
99 14 0..127 | Charge collection history | 7 |  | (E)
99 15 0..127 | Token credit history | 7 |  | (E)
99 16 0..127 | Parameter monitor log | 7 |  | (E)
99 17 0..127 | Token transfer log | 7 |  | (E)
99 18 0..127 | LTE monitoring profile | 7 |  | (E)
99 98 0..127 | Event log | 7 |  | (E)
"""

# What a value group C is about.
GROUPS = """\
0 general objects
1 clock
2 modem
10 script tables
11 special days
12 schedules
13 activity calendars
14 register activation
15 single action schedules
16 register/alarm/parameter monitors
17 limiters
18 array manager
19 payment metering
20 IEC 62056-21 ports
21 readout lists
22 HDLC
23 twisted pair
24 M-Bus
25 internet and push
26 S-FSK PLC
27 LLC 8802-2
28 PRIME PLC
29 G3-PLC
30 ZigBee
31 wireless M-Bus
33 HS-PLC
40 associations
41 SAP assignment
42 logical device name
43 security
44 image transfer and function control
65 ANSI utility tables
66 compact data
93 consortium
94 country
96 general and service
97 errors and alarms
98 lists
99 profiles
127 inactive
"""
