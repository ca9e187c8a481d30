"""The built-in meters by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from dlmskit.client.saved.snapshot import SAVED as SAVED
from dlmskit.client.saved.snapshot import Snapshot
from dlmskit.edge.clock import MACHINE, Environment
from dlmskit.errors import UsageError
from dlmskit.server.device import Device, Referencing
from dlmskit.simulator.models.electricity import electricity
from dlmskit.simulator.models.gas import gas
from dlmskit.simulator.models.identity import moment as moment
from dlmskit.simulator.models.recorded import recorded

#: seed, environment, serial number, by logical or short names → the meter
Model = Callable[[int, Environment, int, Referencing], Device]

MODELS: Final[Mapping[str, Model]] = MappingProxyType({"electricity": electricity, "gas": gas})


def build(
    name: str = "electricity",
    *,
    seed: int = 0,
    environment: Environment = MACHINE,
    serial: int = 1,
    referencing: Referencing = "ln",
) -> Device:
    """A built-in meter; equal seed, serial number and time give equal readings. Raises UsageError.

    Where `name` is a file `….json` of a snapshot, the meter that was saved, as it was.
    """
    if name.endswith(SAVED):
        return recorded(Snapshot.load(name).saved, environment)
    if name not in MODELS:
        raise UsageError(f"there is no meter model {name!r}; there are {', '.join(MODELS)}")
    return MODELS[name](seed, environment, serial, referencing)
