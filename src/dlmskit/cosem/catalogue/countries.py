"""OBIS codes given a meaning by countries (C = 94) and by companion specifications.

Source: public object lists; where two disagree `countries` of the catalogue says so.
"""

from __future__ import annotations

# D of C = 94.
COUNTRIES = """\
0 Finland
1 USA
2 Canada
3 Serbia
7 Russia
10 Czech Republic
11 Bulgaria
12 Croatia
13 Ireland
14 Israel
15 Ukraine
16 Yugoslavia (withdrawn)
20 Egypt
27 South Africa
30 Greece
31 Netherlands
32 Belgium
33 France
34 Spain
35 Portugal
36 Hungary
37 Lithuania
38 Slovenia
39 Italy
40 Romania
41 Switzerland
42 Slovakia
43 Austria
44 United Kingdom
45 Denmark
46 Sweden
47 Norway
48 Poland
49 Germany
51 Peru
52 South Korea
53 Cuba
54 Argentina
55 Brazil
56 Chile
57 Colombia
58 Venezuela
60 Malaysia
61 Australia
62 Indonesia
63 Philippines
64 New Zealand
65 Singapore
66 Thailand
71 Latvia
73 Moldova
75 Belarus
81 Japan
82 Mexico
85 Hong Kong
86 China
87 Bosnia and Herzegovina
90 Turkey
91 India
92 Pakistan
96 Saudi Arabia
97 United Arab Emirates
98 Iran
"""

# country: code, B = x for any channel | name | classes | unit family.
OBJECTS = """\
91: 0.0.94.91.0.255 | Tamper count, cumulative | 1 | count
91: 0.0.94.91.8.255 | Power failure duration, cumulative | 1 3 | time
91: 0.0.94.91.9.255 | Meter type | 1
91: 0.0.94.91.10.255 | Name plate profile | 7
91: 0.0.94.91.11.255 | Meter category | 1
91: 0.0.94.91.12.255 | Current rating | 1
91: 0.0.94.91.13.255 | Power-on duration in billing period | 3 | time
91: 0.0.94.91.14.255 | Power-on duration, cumulative | 3 | time
91: 0.0.94.91.18.255 | Event status word 1 | 1
91: 0.0.94.91.26.255 | Event status word filter | 1
91: 0.0.94.96.19.255 | Metering mode | 1
91: 0.0.94.96.20.255 | Payment mode | 1
91: 0.0.94.96.21.255 | Last token recharge amount | 1 | currency
91: 0.0.94.96.22.255 | Last token recharge time | 1
91: 0.0.94.96.23.255 | Total amount at last recharge | 1 | currency
91: 0.0.94.96.24.255 | Current balance amount | 1 | currency
91: 0.0.94.96.25.255 | Current balance time | 1
91: 1.0.94.91.0.255 | Instantaneous parameters profile | 7
91: 1.0.94.91.3.255 | Scaler profile for the instantaneous profile | 7
91: 1.0.94.91.4.255 | Scaler profile for the block load profile | 7
91: 1.0.94.91.5.255 | Scaler profile for the daily load profile | 7
91: 1.0.94.91.6.255 | Scaler profile for the billing profile | 7
91: 1.0.94.91.7.255 | Scaler profile for the event profiles | 7
91: 1.0.94.91.14.255 | Active current | 3 | I
91: 1.0.94.91.10.255 | Name plate details | 7
31: 0.1.94.31.0.255 | Administrative in/out status | 1
31: 0.1.94.31.3.255 | Configuration object | 1
31: 0.1.94.31.6.255 | Definable load profile | 7
31: 0.x.94.31.10.255 | Clear M-Bus status mask | 1
31: 0.1.94.31.12.255 | Randomisation settings | 1
31: 0.1.94.31.21.255 | THD hysteresis | 3
31: 0.1.94.31.22.255 | THD minimum duration, normal to over | 3
31: 0.1.94.31.23.255 | THD minimum duration, over to normal | 3
31: 0.1.94.31.24.255 | Current fingerprint at THD event, L1 | 1
31: 0.1.94.31.25.255 | Current fingerprint at THD event, L2 | 1
31: 0.1.94.31.26.255 | Current fingerprint at THD event, L3 | 1
39: 0.0.94.39.1.255 | Valve enable password | 1
39: 0.0.94.39.2.255 | Maximum password attempts | 1
39: 0.0.94.39.3.255 | Valve configuration | 1
39: 0.0.94.39.4.255 | Days without communication | 3
39: 0.0.94.39.5.255 | Days without communication threshold | 21
39: 0.0.94.39.6.255 | Valve opening command validity time | 1
39: 0.0.94.39.7.255 | Valve closure cause | 1
39: 0.0.94.39.8.255 | On-demand snapshot time | 1
39: 0.0.94.39.9.255 | Synchronous access | 1
39: 0.0.94.39.10.255 | Orphan threshold (PM1 radio) | 21
39: 0.0.94.39.11.255 | Billing snapshot start date | 1
39: 0.0.94.39.12.255 | Maintenance window (b=0) / synchronisation window (b=1) | 1
39: 0.0.94.39.13.255 | Radio transmit power | 1
39: 0.0.94.39.14.255 | Battery change authorisation | 3
39: 0.0.94.39.15.255 | Radio channel plan | 1
39: 0.0.94.39.16.255 | Radio PIB | 1
39: 0.0.94.39.17.255 | Power level selection script | 9
39: 0.0.94.39.18.255 | Radio MIB | 1
39: 0.0.94.39.19.255 | Radio affiliation parameters | 1
39: 0.0.94.39.20.255 | Synchronisation registers | 1
39: 0.0.94.39.21.255 | Active UNI/TS tariff plan | 8192
39: 0.0.94.39.22.255 | Passive UNI/TS tariff plan | 8192
39: 0.0.94.39.23.255 | Radio data-link frame information | 1
39: 0.0.94.39.24.255 | Radio received RSSI | 1
39: 0.0.94.39.25.255 | Tampering attempts threshold | 21
39: 0.0.94.39.26.255 | Leakage test parameters | 1
39: 0.0.94.39.30.255 | Installer/maintainer setup | 1
39: 0.0.94.39.31.255 | Installer/maintainer remaining time | 3
39: 0.0.94.39.32.255 | Installer/maintainer monitor | 21
39: 0.0.94.39.33.255 | Frame counter thresholds | 1
39: 0.0.94.39.34.255 | Detected frequency offset | 1
39: 0.0.94.39.40.255 | Spare object | 1
39: 0.0.94.39.41.255 | Block transfer status | 1
39: 0.0.94.39.42.255 | Session error reason | 1
39: 0.0.94.39.43.255 | Invoke-id of the faulty APDU | 1
39: 0.0.94.39.44.255 | Synchronisation algorithm | 1
39: 0.0.94.39.46.255 | User message | 1
39: 0.0.94.39.27.255 | Radio request identifier | 1
39: 0.0.94.39.35.255 | Radio RSSI statistics | 1
39: 0.0.94.39.36.255 | First detected UNIX time (radio) | 1
39: 0.0.94.39.38.255 | Detected entry status | 1
39: 0.0.94.39.39.255 | White list control information | 1
39: 0.0.94.39.45.255 | Radio request priority | 1
39: 0.0.94.39.47.255 | Black-listed devices | 1
39: 0.0.94.39.48.255 | White-listed devices | 1
39: 0.1.94.39.12.255 | Synchronisation window | 1
34: 0.1.94.34.1.255 | Active demand control threshold, contract 1, rate 1 | 3 | P
34: 0.1.94.34.11.255 | Passive demand control threshold, contract 1, rate 1 | 3 | P
34: 0.1.94.34.21.255 | Active demand control threshold, contract 3, rate 1 | 3 | P
34: 0.1.94.34.41.255 | Passive demand control threshold, contract 3, rate 1 | 3 | P
34: 0.1.94.34.2.255 | Active demand control threshold, contract 1, rate 2 | 3 | P
34: 0.1.94.34.12.255 | Passive demand control threshold, contract 1, rate 2 | 3 | P
34: 0.1.94.34.22.255 | Active demand control threshold, contract 3, rate 2 | 3 | P
34: 0.1.94.34.42.255 | Passive demand control threshold, contract 3, rate 2 | 3 | P
34: 0.1.94.34.3.255 | Active demand control threshold, contract 1, rate 3 | 3 | P
34: 0.1.94.34.13.255 | Passive demand control threshold, contract 1, rate 3 | 3 | P
34: 0.1.94.34.23.255 | Active demand control threshold, contract 3, rate 3 | 3 | P
34: 0.1.94.34.43.255 | Passive demand control threshold, contract 3, rate 3 | 3 | P
34: 0.1.94.34.4.255 | Active demand control threshold, contract 1, rate 4 | 3 | P
34: 0.1.94.34.14.255 | Passive demand control threshold, contract 1, rate 4 | 3 | P
34: 0.1.94.34.24.255 | Active demand control threshold, contract 3, rate 4 | 3 | P
34: 0.1.94.34.44.255 | Passive demand control threshold, contract 3, rate 4 | 3 | P
34: 1.1.94.34.1.255 | Clock shift invalid limit | 3
34: 0.1.94.34.20.255 | Previous disconnect control | 70
34: 0.0.94.34.51.255 | Reading client session timeout | 3
34: 0.0.94.34.52.255 | Management client session timeout | 3
34: 0.0.94.34.54.255 | Security client session timeout (PLC) | 3
34: 0.0.94.34.60.255 | Long power failure threshold | 3
34: 0.0.94.34.70.255 | Demand close to contract threshold | 3
34: 0.0.94.34.80.255 | Time trigger for sag, swell or long failure | 1
34: 0.0.94.34.110.255 | Display scroll time | 3
34: 1.1.94.34.100.255 | Active quadrant | 1
34: 1.1.94.34.101.255 | Active quadrant, L1 | 1
34: 1.1.94.34.102.255 | Active quadrant, L2 | 1
34: 1.1.94.34.103.255 | Active quadrant, L3 | 1
34: 1.1.94.34.104.255 | Phase presence | 1
34: 0.0.94.34.11.255 | Last billing reset time stamp, contract 1 | 1
34: 0.0.94.34.41.255 | Passive end of billing period, contract 1 | 1
34: 0.0.94.34.12.255 | Last billing reset time stamp, contract 2 | 1
34: 0.0.94.34.42.255 | Passive end of billing period, contract 2 | 1
34: 0.0.94.34.13.255 | Last billing reset time stamp, contract 3 | 1
34: 0.0.94.34.43.255 | Passive end of billing period, contract 3 | 1
34: 0.1.94.34.105.255 | Standard event log filter | 1
34: 0.1.94.34.106.255 | Fraud log filter | 1
34: 0.1.94.34.107.255 | Unfinished power quality log filter | 1
34: 0.1.94.34.108.255 | Finished power quality log filter | 1
34: 0.1.94.34.111.255 | Import contract power log filter | 1
34: 0.1.94.34.112.255 | Firmware log filter | 1
34: 0.1.94.34.113.255 | Synchronisation log filter | 1
34: 0.1.94.34.114.255 | Disconnect control log filter | 1
34: 0.1.94.34.115.255 | Export contract power log filter | 1
34: 0.1.94.34.116.255 | Successful security operations log filter | 1
34: 0.1.94.34.117.255 | Failed security operations log filter | 1
34: 0.0.94.34.100.255 | Current long power failure duration, any phase | 3 | time
34: 0.0.94.34.101.255 | Current long power failure duration, L1 | 3 | time
34: 0.0.94.34.102.255 | Current long power failure duration, L2 | 3 | time
34: 0.0.94.34.103.255 | Current long power failure duration, L3 | 3 | time
34: 0.0.94.34.55.255 | Security client session timeout (PLC), current association | 3 | time
34: 0.1.94.34.30.255 | Import power over threshold status | 1
34: 0.1.94.34.31.255 | Import power threshold in force | 3
34: 0.1.94.34.32.255 | Export power over threshold status | 1
34: 0.1.94.34.33.255 | Export power threshold in force | 3
34: 1.0.94.34.130.255 | New calendar activation time stamp | 1
34: 1.0.94.34.90.255 | Voltage sag count, mean of three phases | 1
34: 1.0.94.34.91.255 | Voltage sag duration, mean of three phases | 3
34: 1.0.94.34.92.255 | Voltage swell count, mean of three phases | 1
34: 1.0.94.34.93.255 | Voltage swell duration, mean of three phases | 3
96: 0.1.94.96.2.255 | Storage failure date and time | 1
96: 0.1.94.96.3.255 | Power restore count, all three phases | 1
96: 0.1.94.96.4.255 | Power restore count, L1 | 1
96: 0.1.94.96.5.255 | Power restore count, L2 | 1
96: 0.1.94.96.6.255 | Power restore count, L3 | 1
96: 0.1.94.96.12.255 | Data transport security mode | 1
96: 0.1.94.96.22.255 | Display return time | 1
96: 0.1.94.96.23.255 | Display scroll time | 1
96: 0.1.94.96.24.255 | Display night-off option | 1
96: 0.1.94.96.25.255 | Display night-off times | 1
96: 0.1.94.96.10.255 | Meter program configuration | 9 1
96: 0.1.94.96.11.255 | Meter program configuration status | 9 1
"""

# Names that a companion specification gives to standard codes.
COMPANIONS = {
    "IN": """\
1.0.99.1.0.255 Block load profile
1.0.99.2.0.255 Daily load profile
1.0.98.1.0.255 Billing profile
0.0.99.98.0.255 Event log: voltage
0.0.99.98.1.255 Event log: current
0.0.99.98.2.255 Event log: power
0.0.99.98.3.255 Event log: transactions
0.0.99.98.4.255 Event log: other tamper
0.0.99.98.5.255 Event log: non-rollover
0.0.99.98.6.255 Event log: control
0.0.96.11.0.255 Event code: voltage
0.0.96.11.1.255 Event code: current
0.0.96.11.2.255 Event code: power
0.0.96.11.3.255 Event code: transactions
0.0.96.11.4.255 Event code: other
0.0.96.11.5.255 Event code: non-rollover
0.0.96.11.6.255 Event code: control
0.0.40.0.1.255 Public client association
0.0.40.0.2.255 Meter reader association
0.0.40.0.3.255 Utility setting association
0.0.40.0.4.255 Push association
0.0.40.0.5.255 Firmware upgrade association
0.0.40.0.6.255 In-home display association
0.0.43.1.2.255 Invocation counter: meter reader
0.0.43.1.3.255 Invocation counter: utility setting
0.0.43.1.4.255 Invocation counter: push
0.0.43.1.5.255 Invocation counter: firmware upgrade
0.0.43.1.6.255 Invocation counter: in-home display
0.0.25.9.0.255 Push setup: periodic to head end
0.4.25.9.0.255 Push setup: alerts
0.0.96.1.0.255 Meter serial number
0.0.96.1.1.255 Manufacturer name
0.0.96.1.2.255 Device ID
0.0.96.1.4.255 Year of manufacture
1.0.1.29.0.255 Block active energy import
0.0.94.96.19.255 Metering mode
0.0.94.96.20.255 Payment mode
0.0.94.96.21.255 Last token recharge amount
0.0.94.96.22.255 Last token recharge time
0.0.94.96.23.255 Total amount at last recharge
0.0.94.96.24.255 Current balance amount
0.0.94.96.25.255 Current balance time
""",
    "NL": """\
1.0.99.1.0.255 Interval values, electricity
1.0.99.1.1.255 Power quality profile 1
1.0.99.1.2.255 Power quality profile 2
1.0.99.2.0.255 Daily values
0.0.98.1.0.255 Monthly values
0.x.24.3.0.255 M-Bus hourly values
0.x.24.3.1.255 M-Bus daily values
0.x.24.3.2.255 M-Bus monthly values
0.x.24.2.1.255 M-Bus index
0.0.99.98.0.255 Event log: standard
0.0.99.98.1.255 Event log: fraud detection
0.0.99.98.3.255 Event log: M-Bus
0.0.99.98.4.255 Event log: communication sessions
0.0.99.98.5.255 Event log: power quality
0.0.99.98.6.255 Event log: auxiliary
0.0.99.98.7.255 Event log: extended power quality
0.0.99.98.8.255 Event log: THD
0.1.25.9.0.255 Push setup: alarms
0.2.25.9.0.255 Push setup: SMS
0.3.25.9.0.255 Push setup: UDP (last gasp)
0.0.96.10.2.255 AMR profile status
0.1.25.6.0.255 CDMA diagnostic
0.2.25.6.0.255 LTE diagnostic
""",
    "IT": """\
0.0.40.0.1.255 Management association
0.0.40.0.3.255 Installer/maintainer association
0.0.40.0.16.255 Public association
0.0.40.0.32.255 Broadcast association
0.0.40.0.48.255 Guarantor authority association
0.0.40.0.64.255 Gateway association
0.0.43.1.1.255 Management frame counter (on-line)
0.1.43.1.1.255 Management frame counter (off-line)
7.0.99.99.3.255 Daily load profile
7.0.98.11.0.255 Snapshot period data
7.0.99.98.0.255 Event logbook
7.0.99.98.1.255 Metrological logbook
7.0.99.98.6.255 Radio logbook
7.0.99.16.0.255 Parameter monitor logbook
0.0.66.0.1.255 Compact frame 1
0.0.66.0.2.255 Compact frame 2
0.0.66.0.4.255 Compact frame 4
0.0.66.0.6.255 Compact frame 6
0.0.66.0.7.255 Compact frame 7
0.0.66.0.9.255 Compact frame 9
0.0.66.0.10.255 Compact frame 10
0.0.66.0.11.255 Compact frame 11
0.0.94.39.18.254 Radio MIB (second)
""",
    "RU": """\
1.0.94.7.0.255 Current values profile
1.0.94.7.1.255 Scaler profile for monthly values
1.0.94.7.2.255 Scaler profile for daily values
1.0.94.7.3.255 Scaler profile for current values
1.0.94.7.4.255 Scaler profile for load profile
1.0.94.7.5.255 Telemetry profile
1.0.94.7.6.255 Tele-signalling profile
1.0.98.1.0.255 Monthly values
1.0.98.2.0.255 Daily values
1.0.99.1.0.255 Load profile
0.0.94.7.1.255 Passport data profile
0.0.96.4.1.255 Display mode (SPODES 3)
""",
    "ES": """\
1.0.94.34.130.255 New calendar activation time stamp
""",
    "SA": """\
1.0.130.7.0.255 Voltage L1-L2
1.0.131.7.0.255 Voltage L2-L3
1.0.132.7.0.255 Voltage L3-L1
0.128.25.9.0.255 Push setup: load profile
0.128.15.0.4.255 Push schedule: load profile
0.129.25.9.0.255 Push setup: daily energy
0.129.15.0.4.255 Push schedule: daily energy
0.130.25.9.0.255 Push setup: billing
0.130.15.0.4.255 Push schedule: billing
0.131.25.9.0.255 Push setup: maximum demand
0.131.15.0.4.255 Push schedule: maximum demand
0.132.25.9.0.255 Push setup: cumulated demand
0.132.15.0.4.255 Push schedule: cumulated demand
0.133.25.9.0.255 Push setup: averages
0.133.15.0.4.255 Push schedule: averages
0.134.25.9.0.255 Push setup: instantaneous values
0.134.15.0.4.255 Push schedule: instantaneous values
""",
}
