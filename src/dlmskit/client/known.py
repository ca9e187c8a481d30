"""Objects that have the same name in every meter, as attributes of a meter: `meter.clock`."""

from __future__ import annotations

from typing import Any, Generic, Protocol, Self, TypeVar, overload

from dlmskit.client.backend import MeterBackend
from dlmskit.cosem.model import CosemObject
from dlmskit.obis import Obis

T = TypeVar("T", bound=CosemObject)


class HasBackend(Protocol):
    """Anything that reaches a meter."""

    @property
    def backend(self) -> MeterBackend: ...


class Known(Generic[T]):
    """The declaration of a well-known object; on a meter, the object, in the version told once it is."""

    __slots__ = ("cls", "name")

    def __init__(self, cls: type[T], logical_name: str) -> None:
        self.cls, self.name = cls, Obis.parse(logical_name)

    @overload
    def __get__(self, meter: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, meter: HasBackend, owner: type[Any]) -> T: ...
    def __get__(self, meter: HasBackend | None, owner: type[Any]) -> Self | T:
        if meter is None:
            return self
        return meter.backend.in_version(self.cls, self.name)(self.name, meter.backend)
