"""Classes whose short names lie elsewhere in some meter than they are declared.

Many offsets are inferred, and makers have not always followed the rule. A relocation gives the same class with other
offsets, for the overlay of that meter's registry: Relocation(7, 1, methods_at=0x58).
"""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dlmskit.cosem.model import Attribute, CosemObject
from dlmskit.cosem.offsets import STEP
from dlmskit.cosem.registry import Registry
from dlmskit.errors import UsageError

_HIGHEST = 0xFFF8


@dataclass(frozen=True, slots=True)
class Relocation:
    """Where the short names of one class in one version lie, as offsets from the base name.

    attributes  by number, those that lie elsewhere
    methods_at  of the first method; None where it is declared
    """

    class_id: int
    version: int
    attributes: Mapping[int, int] = field(default_factory=dict)
    methods_at: int | None = None

    def __post_init__(self) -> None:
        for offset in (*self.attributes.values(), self.methods_at or 0):
            if not 0 <= offset <= _HIGHEST or offset % STEP:
                raise UsageError(f"class {self.class_id}: offsets are multiples of {STEP}, not {offset}")

    def of(self, cls: type[CosemObject]) -> type[CosemObject]:
        """The class, with its short names there. Raises UsageError for an attribute it does not have."""
        keys = {one.index: key for key, one in vars(cls).items() if isinstance(one, Attribute)}
        unknown = self.attributes.keys() - keys.keys()
        if unknown:
            raise UsageError(f"{cls.__name__} has no attributes {', '.join(map(str, sorted(unknown)))}")

        def declare(body: dict[str, Any]) -> None:
            body["__slots__"] = ()
            for index, offset in self.attributes.items():
                body[keys[index]] = cls.attributes[index].copy(offset=offset)

        start = cls.methods_at if self.methods_at is None else self.methods_at
        kept = {"class_id": cls.class_id, "version": cls.class_version, "methods_at": start, "offsets": cls.offsets}
        return types.new_class(cls.__name__, (cls,), kept, declare)


def relocated(classes: Registry, relocations: Iterable[Relocation]) -> Registry:
    """A registry in which these classes lie elsewhere. Raises UsageError for one it does not have."""
    found = []
    for one in relocations:
        cls = classes.get((one.class_id, one.version))
        if cls is None:
            raise UsageError(f"class {one.class_id} has no version {one.version} here")
        found.append(one.of(cls))
    return Registry(found, classes)
