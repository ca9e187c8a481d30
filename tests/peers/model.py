"""What the built-in electricity meter of seed 7 holds at `NOW`, written down as the foreign client prints it.

Nothing here is worked out by dlmskit. Attribute 1, the logical name, follows from an object's name and is left out.
"""

from __future__ import annotations

from datetime import UTC, datetime

SEED = 7
NOW = datetime(2026, 11, 22, 15, 7, 30, tzinfo=UTC)

PUBLIC, OPERATOR, MANAGEMENT = 16, 32, 1
DENIED = {"error": 3}
UNDEFINED = {"error": 4}

#: Stands for a value that differs by who asks, or that is compared by itself.
OTHERWISE = object()


def u8(number: int) -> object:
    return {"UInt8": number}


def u16(number: int) -> object:
    return {"UInt16": number}


def u32(number: int) -> object:
    return {"UInt32": number}


def i8(number: int) -> object:
    return {"Int8": number}


def enum(number: int) -> object:
    return {"Enum": number}


def octets(hexadecimal: str) -> object:
    return {"octets": hexadecimal.replace(" ", "")}


def text(characters: str) -> object:
    return {"octets": characters.encode().hex()}


def name(obis: str) -> object:
    return {"octets": bytes(map(int, obis.split("."))).hex()}


def struct(*members: object) -> object:
    return {"structure": list(members)}


def column(class_id: int, obis: str, attribute: int = 2) -> object:
    return struct(u16(class_id), name(obis), i8(attribute), u16(0))


def identifier(*arcs: int) -> object:
    """An object identifier of DLMS as an association tells it: 2.16.756.5.8 and on."""
    return struct(u8(2), u8(16), u16(756), u8(5), u8(8), *map(u8, arcs))


CLOCK = "8:0.0.1.0.0.255"
ENERGY = "3:1.0.1.8.0.255"
LOAD_PROFILE = "7:1.0.99.1.0.255"
MIDNIGHTS = "7:1.0.99.2.0.255"
CURRENT = "15:0.0.40.0.0.255"
BREAKER = "70:0.0.96.3.10.255"
RECEIVED_COUNTER = "1:0.0.43.1.0.255"
PUSH = "40:0.0.25.9.0.255"

_FULL_HOUR = octets("07ea 0b 16 07 10 00 00 00 ffc4 00")
_COLUMNS = [
    column(8, "0.0.1.0.0.255"),
    column(1, "0.0.96.10.1.255"),
    column(3, "1.0.1.8.0.255"),
    column(3, "1.0.2.8.0.255"),
]

#: Registers: number, scaler, unit.
_MEASURED = {
    "1.0.1.8.0.255": (u32(240854152), -1, 30),
    "1.0.1.8.1.255": (u32(197816916), -1, 30),
    "1.0.1.8.2.255": (u32(43037236), -1, 30),
    "1.0.2.8.0.255": (u32(106121237), -1, 30),
    "1.0.2.8.1.255": (u32(105579553), -1, 30),
    "1.0.2.8.2.255": (u32(541684), -1, 30),
    "1.0.1.7.0.255": (u32(382), 0, 27),
    "1.0.2.7.0.255": (u32(166), 0, 27),
    "1.0.21.7.0.255": (u32(175), 0, 27),
    "1.0.31.7.0.255": (u16(78), -2, 33),
    "1.0.32.7.0.255": (u16(2324), -1, 35),
    "1.0.41.7.0.255": (u32(118), 0, 27),
    "1.0.51.7.0.255": (u16(52), -2, 33),
    "1.0.52.7.0.255": (u16(2334), -1, 35),
    "1.0.61.7.0.255": (u32(87), 0, 27),
    "1.0.71.7.0.255": (u16(39), -2, 33),
    "1.0.72.7.0.255": (u16(2292), -1, 35),
    "1.0.14.7.0.255": (u16(5002), -2, 44),
}

_ASSOCIATION = {
    2: OTHERWISE,
    3: OTHERWISE,
    4: OTHERWISE,
    5: OTHERWISE,
    6: OTHERWISE,
    7: DENIED,
    8: OTHERWISE,
    9: OTHERWISE,
}

#: `CLASS:OBIS` → attribute → value.
OBJECTS: dict[str, dict[int, object]] = {
    CURRENT: _ASSOCIATION,
    "1:0.0.42.0.0.255": {2: text("DKT0000000000001")},
    "1:0.0.96.1.0.255": {2: text("00000001")},
    "1:0.0.96.10.1.255": {2: u8(0)},
    CLOCK: {
        2: octets("07ea 0b 16 07 10 07 1e 00 ffc4 00"),
        3: {"Int16": -60},
        4: u8(0),
        5: octets("ffff 03 fe 07 02 00 00 00 8000 00"),
        6: octets("ffff 0a fe 07 03 00 00 00 8000 00"),
        7: i8(60),
        8: True,
        9: enum(1),
    },
    "1:1.0.0.2.0.255": {2: text("dlmskit electricity 1")},
    **{
        f"3:{obis}": {2: number, 3: struct(i8(scaler), enum(unit))}
        for obis, (number, scaler, unit) in _MEASURED.items()
    },
    "5:1.0.1.4.0.255": {
        2: u32(191),
        3: u32(503),
        4: struct(i8(0), enum(27)),
        5: u8(0),
        6: _FULL_HOUR,
        7: _FULL_HOUR,
        8: u32(900),
        9: u16(1),
    },
    LOAD_PROFILE: {
        2: OTHERWISE,
        3: _COLUMNS,
        4: u32(900),
        5: enum(1),
        6: column(8, "0.0.1.0.0.255"),
        7: u32(2880),
        8: u32(2880),
    },
    MIDNIGHTS: {
        2: OTHERWISE,
        3: _COLUMNS,
        4: u32(86400),
        5: enum(1),
        6: column(8, "0.0.1.0.0.255"),
        7: u32(366),
        8: u32(366),
    },
    BREAKER: {2: True, 3: enum(1), 4: enum(2)},
    "17:0.0.41.0.0.255": {2: [struct(u16(1), text("DKT0000000000001"))]},
    "23:0.0.22.0.0.255": {
        2: enum(5),
        3: u8(1),
        4: u8(1),
        5: u16(128),
        6: u16(128),
        7: u16(1000),
        8: u16(120),
        9: u16(1),
    },
    "41:0.0.25.0.0.255": {2: u16(4059), 3: name("0.0.25.1.0.255"), 4: u16(1460), 5: u8(64), 6: u16(180)},
    PUSH: {
        2: [column(1, "0.0.42.0.0.255"), column(8, "0.0.1.0.0.255"), column(3, "1.0.1.8.0.255")],
        3: struct(enum(0), octets(""), enum(0)),
        4: [],
        5: u16(0),
        6: u8(0),
        7: u16(0),
    },
    "15:0.0.40.0.1.255": _ASSOCIATION,
    "15:0.0.40.0.2.255": _ASSOCIATION,
    "15:0.0.40.0.3.255": _ASSOCIATION,
    "64:0.0.43.0.0.255": {
        2: enum(0x6C),
        3: enum(0),
        4: OTHERWISE,
        5: octets("444b540000000001"),
        6: [],
    },
    RECEIVED_COUNTER: {2: OTHERWISE},
}

#: Versions that are not 0, and how many methods a class has, by class.
VERSIONS = {7: 1, 15: 1, 23: 1, 64: 1}
METHODS = {3: 1, 5: 2, 7: 2, 8: 6, 15: 4, 17: 1, 40: 1, 64: 8, 70: 2}

#: What a client sees at all; the others see everything.
PUBLIC_VIEW = {
    CURRENT,
    "1:0.0.42.0.0.255",
    "1:0.0.96.1.0.255",
    "1:0.0.96.10.1.255",
    CLOCK,
    *(f"3:1.0.{quantity}.8.{rate}.255" for quantity in (1, 2) for rate in (0, 1, 2)),
    LOAD_PROFILE,
    RECEIVED_COUNTER,
}

#: Client → object → attributes that may be written, methods that may be called.
RIGHTS: dict[int, dict[str, tuple[set[int], set[int]]]] = {
    PUBLIC: {},
    OPERATOR: {CLOCK: ({2, 3}, {3, 6})},
    MANAGEMENT: {
        CURRENT: (set(), {1}),
        CLOCK: ({2, 3, 5, 6, 7, 8, 9}, {1, 2, 3, 4, 5, 6}),
        LOAD_PROFILE: ({4}, {1, 2}),
        MIDNIGHTS: ({4}, {1, 2}),
        BREAKER: ({4}, {1, 2}),
        PUSH: ({2, 3, 4, 5, 6, 7}, {1}),
        "23:0.0.22.0.0.255": ({2, 3, 4, 5, 6, 7, 8, 9}, set()),
        "41:0.0.25.0.0.255": ({2, 3, 4, 5, 6}, set()),
    },
}

#: Client → application context, authentication mechanism.
MECHANISMS = {PUBLIC: (1, 0), OPERATOR: (1, 1), MANAGEMENT: (3, 5)}


def row(time: str, energy_in: int, energy_out: int) -> object:
    """A row of a profile: time, status, the two energies."""
    return struct(octets(time), u8(0), u32(energy_in), u32(energy_out))


#: Entries 11 to 20 of the load profile, whose first was captured at 17:15 in summer time thirty days before.
ENTRIES = [
    row("07ea 0a 17 05 13 2d 00 00 ff88 80", 237604587, 105053308),
    row("07ea 0a 17 05 14 00 00 00 ff88 80", 237606918, 105053336),
    row("07ea 0a 17 05 14 0f 00 00 ff88 80", 237608784, 105053348),
    row("07ea 0a 17 05 14 1e 00 00 ff88 80", 237610917, 105053357),
    row("07ea 0a 17 05 14 2d 00 00 ff88 80", 237612989, 105053362),
    row("07ea 0a 17 05 15 00 00 00 ff88 80", 237615098, 105053365),
    row("07ea 0a 17 05 15 0f 00 00 ff88 80", 237617259, 105053365),
    row("07ea 0a 17 05 15 1e 00 00 ff88 80", 237618734, 105053365),
    row("07ea 0a 17 05 15 2d 00 00 ff88 80", 237620552, 105053365),
    row("07ea 0a 17 05 16 00 00 00 ff88 80", 237621882, 105053365),
]

#: The quarter hours from 11:00 to 13:15, local time.
BETWEEN = [
    row("07ea 0b 16 07 0b 00 00 00 ffc4 00", 240830567, 106101225),
    row("07ea 0b 16 07 0b 0f 00 00 ffc4 00", 240831466, 106102552),
    row("07ea 0b 16 07 0b 1e 00 00 ffc4 00", 240832427, 106103476),
    row("07ea 0b 16 07 0b 2d 00 00 ffc4 00", 240833842, 106104419),
    row("07ea 0b 16 07 0c 00 00 00 ffc4 00", 240835335, 106105514),
    row("07ea 0b 16 07 0c 0f 00 00 ffc4 00", 240836702, 106106873),
    row("07ea 0b 16 07 0c 1e 00 00 ffc4 00", 240837815, 106108127),
    row("07ea 0b 16 07 0c 2d 00 00 ffc4 00", 240838850, 106109429),
    row("07ea 0b 16 07 0d 00 00 00 ffc4 00", 240840006, 106110412),
    row("07ea 0b 16 07 0d 0f 00 00 ffc4 00", 240841385, 106111412),
]

#: What gurux proposes and the meter offers, agreed on; and all that the meter offers.
AGREED = "000000000001111001011101"
OFFERED = "001000000111111011011111"


def seen_by(client: int) -> list[str]:
    """The objects a client sees."""
    return [key for key in OBJECTS if client != PUBLIC or key in PUBLIC_VIEW]


def object_list(client: int) -> list[object]:
    """The association view of a client, as the object list tells it."""
    return [_listed(key, *RIGHTS[client].get(key, (set(), set()))) for key in seen_by(client)]


def _listed(key: str, writable: set[int], callable_: set[int]) -> object:
    kind, obis = key.split(":")
    class_id = int(kind)
    attributes = []
    for index in (1, *OBJECTS[key]):
        mode = 0 if OBJECTS[key].get(index) is DENIED else 3 if index in writable else 1
        selectors = [i8(1), i8(2)] if (class_id, index) == (7, 2) else None
        attributes.append(struct(i8(index), enum(mode), selectors))
    methods = [
        struct(i8(index), enum(1 if index in callable_ else 0)) for index in range(1, METHODS.get(class_id, 0) + 1)
    ]
    return struct(u16(class_id), u8(VERSIONS.get(class_id, 0)), name(obis), struct(attributes, methods))


def association(client: int, obis: str, asking: int, max_pdu: int) -> dict[int, object]:
    """What the association object of a client says to the one that asks, whose PDU size is told."""
    context, mechanism = MECHANISMS[client]
    is_own = client == asking
    return {
        1: name(obis),
        2: object_list(client),
        3: struct(i8(client), u16(1)),
        4: identifier(1, context),
        5: struct(
            {"bits": AGREED if is_own else OFFERED},
            u16(1024),
            u16(max_pdu if is_own else 65535),
            u8(6),
            i8(0),
            octets(""),
        ),
        6: identifier(2, mechanism),
        7: DENIED,
        8: enum(2 if is_own else 0),
        9: name("0.0.43.0.0.255" if client == MANAGEMENT else "0.0.0.0.0.0"),
    }


def attributes(client: int, max_pdu: int, title: str) -> dict[str, object]:
    """Every attribute a client sees, `CLASS:OBIS/INDEX` → value; OTHERWISE for what is compared by itself."""
    found: dict[str, object] = {}
    for key in seen_by(client):
        values = {1: name(key.split(":")[1]), **OBJECTS[key]}
        if key.startswith("15:"):
            whose = {"0": client, "1": PUBLIC, "2": OPERATOR, "3": MANAGEMENT}[key.split(".")[4]]
            values = association(whose, key.split(":")[1], client, max_pdu)
        found.update({f"{key}/{index}": value for index, value in values.items()})
    if client == MANAGEMENT:
        found["64:0.0.43.0.0.255/4"] = octets(title)
    elif client == OPERATOR:
        found["64:0.0.43.0.0.255/4"] = octets("")
    return found
