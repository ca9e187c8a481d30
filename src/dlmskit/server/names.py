"""Where the objects of a device have their short names.

Base names are given in the order in which the objects came, each with room for every attribute and method of its class,
and never given again. Source: Blue Book, short name referencing, reserved base names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from dlmskit.cosem.model import CosemObject
from dlmskit.cosem.offsets import STEP
from dlmskit.errors import UsageError
from dlmskit.obis import Obis
from dlmskit.session.naming import LOGICAL_DEVICE_NAME, SAP_ASSIGNMENT, SCRIPT_TABLE, signed

#: Objects whose base names are the same in every meter, by class id and logical name.
RESERVED: Final[Mapping[tuple[int, Obis], int]] = {
    (9, Obis.parse("0.0.10.0.125.255")): SCRIPT_TABLE,
    (17, Obis.parse("0.0.41.0.0.255")): SAP_ASSIGNMENT,
    (1, Obis.parse("0.0.42.0.0.255")): LOGICAL_DEVICE_NAME,
    (3, Obis.parse("0.0.42.0.0.255")): LOGICAL_DEVICE_NAME,
}

#: Names that are given to other objects: from here to the first one that is reserved.
_FIRST, _LAST = 0x0100, 0xF9FF
_MASK = 0xFFFF


class BaseNames:
    """The base names of one device's objects, as they are sent: signed."""

    def __init__(self) -> None:
        self._given: dict[CosemObject, int] = {}
        self._taken: dict[int, CosemObject] = {}  # every name of 16 bits that stands for something
        self._next = _FIRST

    def place(self, obj: CosemObject, base_name: int) -> None:
        """Give an object this base name. Raises UsageError where it cannot have it."""
        start = base_name & _MASK
        if base_name % STEP or start + extent(obj) > _MASK + 1:
            raise UsageError(f"{obj} cannot have the base name 0x{start:04X}: names lie {STEP} apart, up to 0xFFF8")
        names = range(start, start + extent(obj), STEP)
        others = {str(self._taken[name]) for name in names if name in self._taken}
        if others:
            raise UsageError(f"{obj} with the base name 0x{start:04X} would have names of {', '.join(sorted(others))}")
        self._given[obj] = signed(start)
        self._taken.update(dict.fromkeys(names, obj))

    def of(self, obj: CosemObject) -> int:
        """The base name of an object, given now if it has none. Raises UsageError where there are none left."""
        if obj not in self._given:
            self.place(obj, RESERVED.get((obj.class_id, obj.obis)) or self._free(obj))
        return self._given[obj]

    def _free(self, obj: CosemObject) -> int:
        while any(name in self._taken for name in range(self._next, self._next + extent(obj), STEP)):
            self._next += STEP
        start, self._next = self._next, self._next + extent(obj)
        if self._next > _LAST + 1:
            raise UsageError(f"no short names are left for {obj}")
        return start


def extent(obj: CosemObject) -> int:
    """How many names an object takes up; 0 where its class has none."""
    offsets = [one.offset for one in obj.attributes.values()] + [one.offset for one in obj.methods.values()]
    return max((offset for offset in offsets if offset is not None), default=-STEP) + STEP
