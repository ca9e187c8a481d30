"""Measured values of electricity: what C, D and E say together. Source: Blue Book Ed. 13, OBIS, A = 1."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from dlmskit.cosem.catalogue import electricity
from dlmskit.cosem.catalogue.rows import Entry, classes_of, names, numbered
from dlmskit.cosem.catalogue.words import billing, channel, ordinal, rate
from dlmskit.obis import Obis

PHASE_ANGLE, LOSSES = 81, 83
THRESHOLDS = range(31, 46)

_HARMONIC_C = frozenset((11, 12, 15, 31, 32, 35, 51, 52, 55, 71, 72, 75, 90, 91, 92, 124, 125, 126))
_HARMONIC_D = frozenset((7, 24, 56))
_HARMONIC_WORDS = {
    1: "fundamental",
    124: "THD",
    125: "TDD",
    126: "all harmonics",
    127: "all harmonics to nominal ratio",
}
_HARMONIC_RATIOS = frozenset((124, 125, 127))

# E = 0 of D = 32 is both the plain sag counter and the first dip class; meters mean the counter.
_DIP_C, _DIP_D = frozenset((12, 32, 52, 72, 124, 125, 126)), 32
_DIP_DEPTHS = ("10 to 15", "15 to 30", "30 to 60", "60 to 90", "90 to 100")
_DIP_DURATIONS = ("0.01 to 0.1", "0.1 to 0.5", "0.5 to 1", "1 to 3", "3 to 20", "20 to 60")

_ANGLES = {0: "U(L1)", 1: "U(L2)", 2: "U(L3)", 4: "I(L1)", 5: "I(L2)", 6: "I(L3)", 7: "I(neutral)"}

# Processings whose E = 0 is said: the sum over rates is a register of its own. The others have rates only on paper.
_TOTAL_D = frozenset((29, 30, 46))
_MONITORED_D = frozenset((4, 5, 14, 15, 24, 25))
_MOST_RATE = 63


class Quantity(NamedTuple):
    """One value of C."""

    name: str
    integral: str
    unit: str
    integral_unit: str | None
    phase: str

    def called(self, kind: str) -> str:
        name = self.integral if kind == "integral" else self.name
        return f"{name} {self.phase}" if self.phase else name


class Processing(NamedTuple):
    """One value of D."""

    name: str
    kind: str
    classes: tuple[int, ...]
    per_billing: bool
    per_rate: bool


def electric_value(code: Obis) -> Entry | None:
    """A measured value, or None where C is none."""
    _, b, c, d, e, f = code
    if c == PHASE_ANGLE and d == 7:
        return _angle(code)
    quantity, processing = quantities().get(c), processings().get(d)
    if quantity is None:
        return None
    if processing is None:
        return Entry(f"{quantity.called('power')}, D={d}, E={e}{billing(f)}{channel(b)}")
    if c == LOSSES:
        return _losses(code, processing)
    return _dips(code, quantity) or _value(code, quantity, processing)


@cache
def quantities() -> dict[int, Quantity]:
    """C of measured values; 1 to 20 repeated for the three phases."""
    table = {}
    for c, columns in numbered(electricity.QUANTITIES).items():
        name, integral, unit, integral_unit, phase = (*columns, "", "", "", "", "")[:5]
        table[c] = Quantity(name, integral or name, unit, integral_unit or None, phase)
        for number, line in enumerate(("L1", "L2", "L3"), start=1):
            if c <= 20:
                table[c + 20 * number] = table[c]._replace(phase=line)
    return table


@cache
def processings() -> dict[int, Processing]:
    """D of measured values."""
    table = {}
    for d, columns in numbered(electricity.PROCESSINGS).items():
        name, kind, classes, flags = (*columns, "")[:4]
        table[d] = Processing(name, kind, classes_of(classes), "B" in flags, "R" in flags)
    return table


@cache
def _loss_names() -> dict[int, str]:
    return names(electricity.LOSSES)


def _value(code: Obis, quantity: Quantity, processing: Processing) -> Entry:
    _, b, _, d, e, f = code
    harmonic = _harmonic(code)
    if harmonic:
        e_words = f", {harmonic}"
    elif processing.per_rate or e:
        total = processing.per_billing or d in _TOTAL_D
        e_words = rate(e, _MOST_RATE if processing.per_rate else 0, total=total)
    else:
        e_words = ""
    threshold = d in THRESHOLDS and f < 100
    f_words = f", threshold {f}" if threshold else billing(f)
    classes = processing.classes
    if processing.per_billing:
        classes = (*classes, 7)
    if d in _MONITORED_D:
        classes = (*classes, 21)
    unit = _unit(quantity, processing)
    if harmonic and e in _HARMONIC_RATIOS and processing.kind == "power":
        unit = "percent"
    text = f"{quantity.called(processing.kind)}, {processing.name}{e_words}{f_words}{channel(b)}"
    return Entry(text, classes, unit)


def _unit(quantity: Quantity, processing: Processing) -> str | None:
    if processing.kind in ("count", "time"):
        return processing.kind
    return quantity.integral_unit if processing.kind == "integral" else quantity.unit


def _harmonic(code: Obis) -> str:
    """E as the order of a harmonic; empty where it is something else."""
    _, _, c, d, e, _ = code
    if e == 0 or c not in _HARMONIC_C or not (d in _HARMONIC_D or d in THRESHOLDS):
        return ""
    if e in _HARMONIC_WORDS:
        return _HARMONIC_WORDS[e]
    return f"{ordinal(e)} harmonic" if e <= 120 else ""


def _dips(code: Obis, quantity: Quantity) -> Entry | None:
    """Counters of voltage dips by depth and duration (UNIPEDE): tens digit of E depth, units digit duration."""
    if code.d != _DIP_D or code.c not in _DIP_C or code.e == 0:
        return None
    name = quantity.called("power")
    if code.e == 255:
        return Entry(f"{name} dip counts, all classes{channel(code.b)}", (61,), "count")
    depth, duration = divmod(code.e, 10)
    if depth >= len(_DIP_DEPTHS) or duration >= len(_DIP_DURATIONS):
        return None
    text = f"{name} dip count, depth {_DIP_DEPTHS[depth]} %, duration {_DIP_DURATIONS[duration]} s"
    return Entry(text + channel(code.b), (1, 3), "count")


def _angle(code: Obis) -> Entry:
    """C = 81: tens digit of E the reference, units digit the quantity."""
    if code.e == 255:
        return Entry(f"Phase angles, all{channel(code.b)}", (61,), "angle")
    reference, measured = divmod(code.e, 10)
    if reference in _ANGLES and measured in _ANGLES:
        return Entry(f"Phase angle of {_ANGLES[measured]} to {_ANGLES[reference]}{channel(code.b)}", (3, 4), "angle")
    return Entry(f"Phase angle, E={code.e}{channel(code.b)}", (3, 4), "angle")


def _losses(code: Obis, processing: Processing) -> Entry:
    """C = 83: E says which losses."""
    name = _loss_names().get(code.e)
    if name is None:
        return Entry(f"Transformer and line losses, {processing.name}, E={code.e}{channel(code.b)}", processing.classes)
    if name.startswith("All phases: "):
        name = name.removeprefix("All phases: ")
        name = name[0].upper() + name[1:]
    integral = processing.kind == "integral"
    if "ampere-squared" in name or code.e == 20:
        unit = "A2h"
    elif "volt-squared" in name or code.e == 19:
        unit = "V2h"
    elif "eactive" in name:
        unit = "R" if integral else "Q"
    else:
        unit = "A" if integral else "P"
    text = f"{name}, {processing.name}{billing(code.f)}{channel(code.b)}"
    return Entry(text, processing.classes, unit)
