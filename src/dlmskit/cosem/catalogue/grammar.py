"""The value-group grammar of OBIS codes: what A, C, D, E and F of a measured value mean, by medium.

Order: codes whose range takes the standard's meaning away (utility, manufacturer), countries, then the named objects
of the medium, then its measured values, and at last what the groups say one by one.
Source: Blue Book Ed. 13, tables of OBIS; IEC 62056-61; EN 13757-1 for A = 4 to 9.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from dlmskit.cosem.catalogue import abstract, countries, electricity, gas, heat_and_water
from dlmskit.cosem.catalogue.electric import electric_value
from dlmskit.cosem.catalogue.media import gas_value, hca_value, thermal_value, water_value
from dlmskit.cosem.catalogue.rows import Entry, ObjectTable, classes_of, instance, names, within
from dlmskit.cosem.catalogue.words import MEDIA, billing, channel
from dlmskit.obis import Obis

_OBJECTS = {
    0: abstract.OBJECTS,
    1: electricity.OBJECTS,
    4: heat_and_water.HCA_OBJECTS,
    5: heat_and_water.THERMAL_OBJECTS,
    6: heat_and_water.THERMAL_OBJECTS,
    7: gas.OBJECTS,
    8: heat_and_water.WATER_OBJECTS,
    9: heat_and_water.WATER_OBJECTS,
}
_MEASURED: dict[int, Callable[[Obis], Entry | None]] = {
    0: lambda code: None,
    1: electric_value,
    4: hca_value,
    5: thermal_value,
    6: thermal_value,
    7: gas_value,
    8: water_value,
    9: water_value,
}
_OTHER_MEDIA = 15


def explain(code: Obis) -> Entry:
    """What `code` means by the standard; never fails."""
    a, _, c, d, e, _ = code
    if a not in MEDIA and a != _OTHER_MEDIA:
        return Entry(f"Reserved medium {a}" if a < 16 else f"Not in the OBIS system (A={a})")
    entry = _ranges(code) or (_country(code) if c == 94 else None)
    if entry is not None:
        return entry
    if a == _OTHER_MEDIA:
        kind = "solar" if 1 <= c <= 10 else "wind" if 11 <= c <= 20 else "general" if c == 0 else "unknown"
        return Entry(f"Other media ({kind}), C={c}, D={d}, E={e}")
    return _named(code) or _MEASURED[a](code) or _inherited(code) or _unknown(code)


@cache
def objects(a: int) -> ObjectTable:
    """The named objects of a medium."""
    return ObjectTable(_OBJECTS[a])


def _ranges(code: Obis) -> Entry | None:
    """Codes that a range gives to somebody else than the standard."""
    a, b, c, d, e, f = code
    if 65 <= b <= 127:
        return Entry(f"Utility-specific object ({MEDIA.get(a, 'other media').lower()}, B={b})")
    if 128 <= b <= 199:
        return Entry(f"Manufacturer-specific object (B={b})")
    if b >= 200:
        return Entry(f"Reserved (B={b})")
    if 128 <= c <= 199 or c == 240:
        return Entry(f"Manufacturer-specific object (C={c})")
    for letter, number in (("D", d), ("E", e), ("F", f)):
        if 128 <= number <= 254:
            return Entry(f"Manufacturer-specific object ({letter}={number})")
    if c == 96 and 50 <= d <= 99:
        return Entry(f"Manufacturer-specific display object (D={d})")
    if c == 93:
        return Entry("Consortium-specific object")
    return Entry("Inactive object") if c == 127 else None


def _country(code: Obis) -> Entry:
    """C = 94: D is a country by its telephone number, except where Indian and Saudi codes meet."""
    by_code, by_number = _countries()
    found = by_code.get((code[0], code[1], *code[3:5])) or by_code.get((code[0], None, *code[3:5]))
    if found is not None:
        return found
    return Entry(f"Country-specific object ({by_number.get(code.d, f'D={code.d}')}, E={code.e})")


@cache
def _countries() -> tuple[dict[tuple[int | None, ...], Entry], dict[int, str]]:
    by_number = names(countries.COUNTRIES)
    by_code: dict[tuple[int | None, ...], Entry] = {}
    for line in countries.OBJECTS.splitlines():
        country, _, rest = line.partition(": ")
        code, name, classes, unit, *_ = (*rest.split(" | "), "")
        a, b, _, d, e, _ = code.split(".")
        text = f"{by_number[int(country)]}: {name}"
        if int(d) != int(country):
            text += f" (or a code of {by_number[int(d)]}: the companion specification decides)"
        key = (int(a), None if b == "x" else int(b), int(d), int(e))
        by_code[key] = Entry(text, classes_of(classes), unit or None)
    return by_code, by_number


def _named(code: Obis) -> Entry | None:
    """An object that stands in the medium's table."""
    a, b, c, d, e, f = code
    row = objects(a).find(c, d, e)
    if row is None:
        return None
    text = row.name + instance(row, b, d, e)
    if f != 255 and within(f, row.f) and not within(99, row.f):
        text += f" {f}"
    else:
        text += billing(f)
    if a > 1 and c == 0:
        text = f"{MEDIA[a]}: {text}"
    return Entry(text + ("" if row.instance == "B" else channel(b)), row.classes, row.unit)


def _inherited(code: Obis) -> Entry | None:
    """A general or service code of a medium that only the abstract table knows."""
    if code.a == 0 or 0 < code.c < 93:
        return None
    entry = _named(Obis(bytes((0, *code[1:]))))
    if entry is None:
        return None
    return entry._replace(text=f"{entry.text} (electricity)" if code.a == 1 else f"{MEDIA[code.a]}: {entry.text}")


def _unknown(code: Obis) -> Entry:
    a, _, c, d, e, _ = code
    quantities = _groups() if a == 0 else {}
    about = quantities.get(c) or (f"{MEDIA[a]}, C={c}" if a else f"C={c}")
    return Entry(f"Unlisted object ({about}), D={d}, E={e}{billing(code.f)}{channel(code.b)}")


@cache
def _groups() -> dict[int, str]:
    return names(abstract.GROUPS)


def companion_name(code: Obis, companion: str) -> str | None:
    """The name that a companion specification gives to a standard code."""
    known = _companions(companion.upper())
    return known.get(code) or known.get(code[:1] + code[2:])


@cache
def _companions(companion: str) -> dict[bytes, str]:
    """Names by code; where any channel is meant, by code without B."""
    by_code: dict[bytes, str] = {}
    for line in countries.COMPANIONS.get(companion, "").splitlines():
        code, _, name = line.partition(" ")
        by_code[bytes(int(group) for group in code.split(".") if group != "x")] = name
    return by_code
