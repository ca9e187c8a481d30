"""Measured values of heat cost allocators, cooling, heating, gas and water.

Source: Blue Book Ed. 13, OBIS, A = 4 to 9; EN 13757-1.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from dlmskit.cosem.catalogue import gas, heat_and_water
from dlmskit.cosem.catalogue.rows import Entry, names, numbered
from dlmskit.cosem.catalogue.words import MEDIA, billing, channel, rate
from dlmskit.obis import Obis

_MOST_RATE = 9
_GAS_MOST_RATE = 63
_GAS_CLASSES = {
    "index": (3, 4, 7),
    "flow": (3, 4, 5, 7),
    "process": (3, 4, 7),
    "factor": (3, 4, 7),
    "analysis": (3, 4),
}
_GAS_METHOD = 12
_GAS_PROFILE_GROUPS = ("index", "process", "flow")
_GAS_PROFILE_C = frozenset(
    (*range(1, 9), *range(11, 17), *range(21, 27), *range(31, 37), *range(41, 50), *range(61, 67))
)


class Medium(NamedTuple):
    """The tables of one medium.

    metered  the values of C that add up, so that E = 0 is a total over rates
    """

    quantities: dict[int, tuple[str, ...]]
    processings: dict[int, str]
    classes: tuple[int, ...]
    metered: range


@cache
def _hca() -> Medium:
    tables = numbered(heat_and_water.HCA_QUANTITIES), names(heat_and_water.HCA_PROCESSINGS)
    return Medium(*tables, classes=(3, 4), metered=range(1, 3))


@cache
def _thermal() -> Medium:
    tables = numbered(heat_and_water.THERMAL_QUANTITIES), names(heat_and_water.THERMAL_PROCESSINGS)
    return Medium(*tables, classes=(3, 4, 5), metered=range(1, 8))


@cache
def _water() -> Medium:
    tables = numbered(heat_and_water.WATER_QUANTITIES), names(heat_and_water.WATER_PROCESSINGS)
    return Medium(*tables, classes=(3, 4), metered=range(1, 2))


def hca_value(code: Obis) -> Entry | None:
    """A value of a heat cost allocator."""
    return _simple_value(code, _hca())


def thermal_value(code: Obis) -> Entry | None:
    """A value of a heat or cold meter."""
    return _simple_value(code, _thermal())


def water_value(code: Obis) -> Entry | None:
    """A value of a water meter."""
    return _simple_value(code, _water())


def _simple_value(code: Obis, medium: Medium) -> Entry | None:
    quantity = medium.quantities.get(code.c)
    if quantity is None:
        return None
    name, unit = quantity
    processing = medium.processings.get(code.d, f"D={code.d}")
    counted = processing.endswith("counter")
    lasting = processing.endswith("duration")
    total = code.c in medium.metered and not counted and not lasting
    e_words = rate(code.e, _MOST_RATE, total=total)
    text = f"{MEDIA[code.a]}: {name}, {processing}{e_words}{billing(code.f)}{channel(code.b)}"
    return Entry(text, medium.classes, "count" if counted else "time" if lasting else unit)


@cache
def _gas_quantities() -> dict[int, tuple[str, ...]]:
    return numbered(gas.QUANTITIES)


@cache
def _gas_processings(group: str) -> dict[int, str]:
    return names({"index": gas.INDEX, "flow": gas.FLOW, "process": gas.PROCESS, "factor": gas.FACTOR, "analysis": gas.ANALYSIS}[group])  # fmt: skip


@cache
def _gas_averaging() -> dict[int, str]:
    return names(gas.AVERAGING)


def gas_value(code: Obis) -> Entry | None:
    """A value of a gas meter, volume converter or logger, or a profile of such values."""
    if code.c == 99:
        return _gas_profile(code)
    quantity = _gas_quantities().get(code.c)
    if quantity is None:
        return None
    name, unit, group = quantity
    processing = _gas_processings(group).get(code.d, f"D={code.d}")
    text = f"Gas: {name}, {processing}{_gas_e(code, group)}{billing(code.f)}{channel(code.b)}"
    return Entry(text, _GAS_CLASSES[group], unit)


def _gas_e(code: Obis, group: str) -> str:
    if group == "index":
        return rate(code.e, _GAS_MOST_RATE)
    if group == "factor" and code.d == _GAS_METHOD:
        return ", in use" if code.e == 0 else f", method {code.e} supported"
    if code.e == 0:
        return ""
    averaging = _gas_averaging() if group in ("factor", "analysis") else {}
    return f", {averaging.get(code.e, f'E={code.e}')}"


def _gas_profile(code: Obis) -> Entry | None:
    """7.b.99.d.e: a profile of the value whose C is d and whose D is e."""
    quantity = _gas_quantities().get(code.d)
    if quantity is None or code.d not in _GAS_PROFILE_C:
        return None
    name, _, group = quantity
    processing = _gas_processings(group).get(code.e) if group in _GAS_PROFILE_GROUPS else None
    if processing is None:
        return None
    return Entry(f"Gas profile of {name[0].lower()}{name[1:]}, {processing}{billing(code.f)}{channel(code.b)}", (7,))


def measured_codes() -> list[tuple[int, int, int]]:
    """A, C and D of every measured value that these media have."""
    codes = [
        (a, c, d)
        for a, medium in ((4, _hca()), (5, _thermal()), (6, _thermal()), (8, _water()), (9, _water()))
        for c in medium.quantities
        for d in medium.processings
    ]
    return codes + [(7, c, d) for c, columns in _gas_quantities().items() for d in _gas_processings(columns[2])]
