"""OBIS codes in English, both ways: what a code names, and which codes a few words may mean.

The tables are facts of the Blue Book in our own words; `grammar` holds the rules that join them.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from dlmskit.cosem.catalogue.aliases import ALIASES
from dlmskit.cosem.catalogue.grammar import companion_name, explain
from dlmskit.cosem.catalogue.rows import Entry
from dlmskit.errors import UsageError
from dlmskit.obis import Obis, as_obis

_TOTAL = re.compile(", total(?=,|$)")

# What an object of this class is, under a code that more often names the value itself.
_ABOUT_A_VALUE = {7: "profile", 21: "register monitor", 61: "register table"}


def describe(obis: Obis | str | bytes, class_id: int | None = None, *, companion: str | None = None) -> str:
    """What `obis` names: "Voltage L1, instantaneous". Never fails for a code; unlisted ones are told group by group.

    class_id   an unusual class is added: "…, over-limit threshold (register monitor)"
    companion  a companion specification (ES, IN, IT, NL, RU, SA) whose names come first
    """
    code = as_obis(obis)
    name = companion_name(code, companion) if companion else None
    if name is not None:
        return name
    entry = _entry(code)
    about = _ABOUT_A_VALUE.get(class_id) if class_id is not None else None
    if about and entry.classes and entry.classes[0] != class_id:
        return f"{entry.text} ({about})"
    return entry.text


def title(obis: Obis | str | bytes, class_id: int | None = None, *, companion: str | None = None) -> str:
    """`describe` without the word that E = 0 is the total: "Active energy import (+A), time integral 1"."""
    return _TOTAL.sub("", describe(obis, class_id, companion=companion))


def usual_classes(obis: Obis | str | bytes) -> tuple[int, ...]:
    """The interface classes an object of this name usually has, most usual first; empty where nothing is known."""
    return _entry(as_obis(obis)).classes


def unit_family(obis: Obis | str | bytes) -> str | None:
    """The family of units its value usually has: P, A (energy), U, volume, count, time …; None without one."""
    return _entry(as_obis(obis)).unit


def alias(name: str, more: Mapping[str, Obis] = MappingProxyType({})) -> Obis:
    """The code of a short name such as `clock` or `load-profile`. Raises UsageError, naming close ones.

    more  names of a device profile, which go before these
    """
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    known = {**ALIASES, **more}
    if wanted in known:
        return known[wanted]
    close = ", ".join(difflib.get_close_matches(wanted, known, n=3))
    raise UsageError(f"{name!r} is neither an OBIS code nor a known name" + (f"; close: {close}" if close else ""))


def find(words: str, *, limit: int = 20) -> list[tuple[Obis, str]]:
    """Codes whose description holds all `words`, the most usual first: `find("active energy import")`."""
    from dlmskit.cosem.catalogue.search import search

    return search(words, limit)


@lru_cache(maxsize=4096)
def _entry(code: Obis) -> Entry:
    return explain(code)
