"""Which class stands for a class id and version: the standard's, with a maker's laid over them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from dlmskit.errors import UsageError

if TYPE_CHECKING:
    from dlmskit.cosem.model import Backend, CosemObject
    from dlmskit.obis import Obis

Key = tuple[int, int]


class Registry(Mapping[Key, "type[CosemObject]"]):
    """Classes by (class id, version): an overlay of one association over a base, which it never changes.

    overlay  a maker's classes, or another declaration of standard ones
    base     what stands below; by default the standard's classes
    """

    def __init__(self, overlay: Iterable[type[CosemObject]] = (), base: Registry | None = None) -> None:
        self._overlay, self._base = tuple(overlay), base

    @cached_property
    def _classes(self) -> Mapping[Key, type[CosemObject]]:
        return {**self._below(), **keyed(self._overlay)}

    def _below(self) -> Mapping[Key, type[CosemObject]]:
        from dlmskit.cosem.model import CosemObject

        return self._base if self._base is not None else CosemObject.registry

    @cached_property
    def _versions(self) -> Mapping[int, tuple[type[CosemObject], ...]]:
        """The classes of one id, oldest version first."""
        versions: dict[int, tuple[type[CosemObject], ...]] = {}
        for class_id, version in sorted(self._classes):
            versions[class_id] = (*versions.get(class_id, ()), self._classes[class_id, version])
        return versions

    def __getitem__(self, key: Key) -> type[CosemObject]:
        return self._classes[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._classes)

    def __len__(self) -> int:
        return len(self._classes)

    def newest(self, class_id: int) -> type[CosemObject] | None:
        """The newest declared version of a class."""
        versions = self._versions.get(class_id)
        return versions[-1] if versions else None

    def nearest(self, class_id: int, version: int) -> type[CosemObject] | None:
        """The declared version, or the nearest older one."""
        older = [cls for cls in self._versions.get(class_id, ()) if cls.class_version <= version]
        return older[-1] if older else None

    def object(
        self, class_id: int, version: int, logical_name: Obis | str | bytes, backend: Backend | None = None
    ) -> CosemObject:
        """An object of the declared class; of an unknown class or version a `GenericObject`."""
        declared = self._classes.get((class_id, version))
        if declared is not None:
            return declared(logical_name, backend)
        from dlmskit.cosem.model import GenericObject

        return GenericObject(class_id, version, logical_name, backend, like=self.nearest(class_id, version))


class StandardRegistry(Registry):
    """The standard's classes, loaded when first asked for."""

    def _below(self) -> Mapping[Key, type[CosemObject]]:
        from dlmskit.cosem.ics import STANDARD

        return keyed(STANDARD)


def keyed(classes: Iterable[type[CosemObject]]) -> dict[Key, type[CosemObject]]:
    """Classes by (class id, version). Raises UsageError where two claim one key."""
    by_key: dict[Key, type[CosemObject]] = {}
    for cls in classes:
        key = cls.class_id, cls.class_version
        if key in by_key:
            raise UsageError(f"{by_key[key].__name__} and {cls.__name__} both declare class {key[0]} version {key[1]}")
        by_key[key] = cls
    return by_key
