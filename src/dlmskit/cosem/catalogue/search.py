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

#: What people say, and what stands in the descriptions instead: one of these.
_MEANT = {
    "demand": ("average", "maximum", "minimum"),
    "quadrant": ("qi", "qii", "qiii", "qiv"),
    **{f"q{number}": (roman,) for number, roman in enumerate(("qi", "qii", "qiii", "qiv"), 1)},
}


def search(words: str, limit: int) -> list[tuple[Obis, str]]:
    """The best `limit` codes whose description holds all of `words`, or where none does, words close to them."""
    wanted = words.lower().replace("_", " ").replace("-", " ").split()
    if not wanted:
        return []
    found = _holding(wanted) or _holding([_close(word) for word in wanted])
    found.sort(key=lambda hit: (hit[0][0] > 0, wanted[0] not in hit[2].lower().split(), hit[0]))
    return [(code, text) for _, code, text in found[:limit]]


def _holding(wanted: Sequence[str]) -> list[tuple[Rank, Obis, str]]:
    meant = [_MEANT.get(word, (word,)) for word in wanted]
    return [
        (rank, code, text)
        for rank, code, text, folded in _index()
        if all(any(one in folded for one in words) for words in meant)
    ]


def _close(word: str) -> str:
    """The word of a description that is written most like this one; itself where none is."""
    return next(iter(get_close_matches(word, _vocabulary(), n=1, cutoff=0.75)), word)


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
        folded = f"{text} {short_names.get(code, '')}".lower().replace("_", " ").replace("-", " ")
        rank = (0 if code in short_names else 1 + _USUAL_D.get(code.d, 2), len(text), bytes(code))
        index.append((rank, code, text, folded))
    return index


def _codes() -> list[Obis]:
    """One code for every object listed and every measured value of every medium."""
    named = [(a, row.c[0][0], row.d[0][0], row.e[0][0]) for a in MEDIA for row in objects(a).rows]
    electric = [(1, c, d, 0) for c in quantities() for d in processings()]
    measured = [(a, c, d, 0) for a, c, d in measured_codes()]
    return [*ALIASES.values(), *(Obis(bytes((a, 0, c, d, e, 255))) for a, c, d, e in named + electric + measured)]
