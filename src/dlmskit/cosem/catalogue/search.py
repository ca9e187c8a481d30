"""From words to codes: every description the catalogue gives, in an index built on first use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from typing import TypeAlias

from dlmskit.cosem.catalogue.aliases import ALIASES
from dlmskit.cosem.catalogue.electric import processings, quantities
from dlmskit.cosem.catalogue.grammar import explain, objects
from dlmskit.cosem.catalogue.media import measured_codes
from dlmskit.cosem.catalogue.words import MEDIA
from dlmskit.obis import Obis

#: How unusual a code is, how long its description, and its octets.
Rank: TypeAlias = tuple[int, int, bytes]

_WORD = re.compile("[a-z][a-z0-9]+")

# A person who asks for an energy or a power means the register or the present value.
_USUAL_D = {8: 0, 7: 1}

# Energies and maxima of power that meters keep by rate; currents and voltages whose harmonics they tell.
_RATED_C, _RATED_D, _RATES = range(1, 11), (6, 8), range(1, 9)
_HARMONIC_C, _HARMONICS = (11, 12, 31, 32, 51, 52, 71, 72), (*range(1, 41), 124, 125, 126, 127)

#: What people say, and how the descriptions put it.
_MEANT = {
    "demand": "power (import|export).* (average|maximum|minimum)",
    "quadrant": "qi",
    **{f"q{number}": rf"{roman}\b" for number, roman in enumerate(("qi", "qii", "qiii", "qiv"), 1)},
    "version": "(version|identifier)",
    **dict.fromkeys(("sag", "sags", "dip", "dips"), "voltage (.*under limit occurrence|dips)"),
    **dict.fromkeys(("swell", "swells"), "voltage (.*over limit occurrence|swells)"),
    **dict.fromkeys(("breaker", "contactor", "relay"), "disconnect control"),
    "mbus": "m bus",
    "valve": "(valve|disconnect control)",
}


def search(words: str, limit: int) -> list[tuple[Obis, str]]:
    """The best `limit` codes whose description holds words that begin so; where none does, words close to them."""
    wanted = _folded(words).split()
    if not wanted:
        return []
    found = _holding(wanted) or _holding([_close(word) for word in wanted])
    found.sort(key=lambda hit: (hit[0][0] > 0, wanted[0] not in hit[2].lower().split(), hit[0]))
    return [(code, text) for _, code, text in found[:limit]]


def _folded(text: str) -> str:
    return text.lower().replace("_", " ").replace("-", " ")


def _holding(wanted: Sequence[str]) -> list[tuple[Rank, Obis, str]]:
    meant = [re.compile(rf"(?<!\w){_MEANT.get(word) or re.escape(word)}").search for word in wanted]
    return [(rank, code, text) for rank, code, text, folded in _index() if all(holds(folded) for holds in meant)]


def _close(word: str) -> str:
    """The word of a description that is written most like this one and begins alike; itself where none is."""
    alike = [known for known in _vocabulary() if known[0] == word[0]]
    if any(known.startswith(word) for known in alike):
        return word
    return next(iter(get_close_matches(word, alike, n=1, cutoff=0.75)), word)


@cache
def _vocabulary() -> tuple[str, ...]:
    """Every word of every description, and what else is understood."""
    return tuple(sorted({word for *_, folded in _index() for word in _WORD.findall(folded)} | {*_MEANT}))


@cache
def _index() -> list[tuple[Rank, Obis, str, str]]:
    short_names = {code: name for name, code in ALIASES.items()}
    index = []
    for code in dict.fromkeys(_codes()):
        text = explain(code).text
        folded = _folded(f"{text} {short_names.get(code, '')}")
        rank = (0 if code in short_names else 1 + _USUAL_D.get(code.d, 2), len(text), bytes(code))
        index.append((rank, code, text, folded))
    return index


def _codes() -> list[Obis]:
    """One code for each object and measured value of every medium, with the usual rates and harmonics."""
    named = [(a, row.c[0][0], row.d[0][0], row.e[0][0]) for a in MEDIA for row in objects(a).rows]
    electric = [(1, c, d, 0) for c in quantities() for d in processings()]
    rates = [(1, c, d, e) for c in _RATED_C for d in _RATED_D for e in _RATES]
    harmonics = [(1, c, 7, e) for c in _HARMONIC_C for e in _HARMONICS]
    measured = [(a, c, d, 0) for a, c, d in measured_codes()]
    codes = named + electric + rates + harmonics + measured
    return [*ALIASES.values(), *(Obis(bytes((a, 0, c, d, e, 255))) for a, c, d, e in codes)]
