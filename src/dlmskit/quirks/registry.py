"""Deviations of makers' meters: why we think so, and what it means for us.

An entry is declared once, in a file per maker under `makers/`. Its tolerances teach the client to cope with such a meter
and a served meter to be one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from types import MappingProxyType

from dlmskit.cosem.model import CosemObject
from dlmskit.cosem.registry import Registry
from dlmskit.errors import UsageError
from dlmskit.tolerances import DEFAULT, Tolerances


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """One deviation; a device profile says who has it.

    evidence  what shows it
    sets      fields of `Tolerances`, which differ from the standard
    classes   the maker's own interface classes
    """

    name: str
    evidence: str
    sets: Mapping[str, object] = field(default_factory=dict)
    classes: tuple[type[CosemObject], ...] = ()


@cache
def quirks() -> Mapping[str, Quirk]:
    """Every known deviation by name."""
    from dlmskit.quirks.makers import ALL

    return by_name(ALL)


def by_name(entries: Sequence[Quirk]) -> Mapping[str, Quirk]:
    """Entries by name. Raises UsageError where two have one name."""
    found: dict[str, Quirk] = {}
    for entry in entries:
        if entry.name in found:
            raise UsageError(f"two deviations are called {entry.name}")
        found[entry.name] = entry
    return MappingProxyType(found)


def quirk(name: str) -> Quirk:
    """The deviation of that name. Raises UsageError."""
    found = quirks().get(name)
    if found is None:
        raise UsageError(f"no deviation is called {name[:40]!r}; known are {', '.join(quirks())}")
    return found


def tolerances_of(entries: Sequence[Quirk], base: Tolerances = DEFAULT) -> Tolerances:
    """What deviations set together, over `base`. Raises UsageError where two set one field differently."""
    fields: dict[str, object] = {}
    for entry in entries:
        for member, value in entry.sets.items():
            if fields.setdefault(member, value) != value:
                raise UsageError(f"{entry.name} sets {member} to {value!r}, another deviation to {fields[member]!r}")
    return replace(base, **fields)  # type: ignore[arg-type]  # a test holds every entry against the fields


def registry_of(entries: Sequence[Quirk]) -> Registry | None:
    """The makers' classes of deviations over the standard's; None where none declares any."""
    classes = [cls for entry in entries for cls in entry.classes]
    return Registry(classes) if classes else None
