"""What was read of a meter, kept: the same references as on the meter, without one.

snapshot = await meter.snapshot()
snapshot.save("meter.json")

snapshot = dlmskit.Snapshot.load("meter.json")
print(snapshot[snapshot.clock.time], snapshot["1.0.1.8.0.255"], snapshot.profile("1.0.99.1.0.255").last(4).rows)
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar, overload

from dlmskit.client.meter import Meter as AsyncMeter
from dlmskit.client.meter import Name
from dlmskit.client.saved.as_json import LARGEST, OF_WHAT, from_text, to_text
from dlmskit.client.saved.offline import Offline, at_once
from dlmskit.client.saved.saved import Saved
from dlmskit.client.synchronous import Meter
from dlmskit.cosem.model import Bound, CosemObject
from dlmskit.cosem.registry import Registry
from dlmskit.errors import UsageError

T = TypeVar("T")

#: How the name of a snapshot's file ends, where it has to be told from a URL or a name.
SAVED: Final = ".json"


class Snapshot(Meter):
    """A meter as one association saw it at one time; it is read with the methods of the blocking meter.

    registry  classes to know objects by: a maker's over the standard's
    What was refused is refused again, and what nobody read is ObjectUnavailable. Writing and calling are UsageErrors.
    """

    def __init__(self, saved: Saved, *, registry: Registry | None = None) -> None:
        self.saved = saved
        super().__init__(AsyncMeter(Offline(saved, registry)), at_once)

    @property
    def meter(self) -> AsyncMeter:
        """The same with awaitables, for code that reads meters."""
        return self._meter

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, registry: Registry | None = None, most: int = LARGEST) -> Snapshot:
        """Read a file of `save`. Raises UsageError for what is none, and for one of more than `most` octets."""
        try:
            with Path(path).open("rb") as file:
                octets = file.read(most + 1)
            return cls(from_text(octets.decode(), most=most), registry=registry)
        except OSError as error:
            raise UsageError(f"{os.fspath(path)}: {error.strerror or error}", hints=(OF_WHAT,)) from None
        except UnicodeDecodeError:
            raise UsageError(f"{os.fspath(path)}: no snapshot: not UTF-8 text", hints=(OF_WHAT,)) from None
        except UsageError as error:
            raise UsageError(f"{os.fspath(path)}: {error.message}", hints=error.hints) from None

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file that `load` reads; one that is there is replaced once the new one is whole."""
        target = Path(path)
        beside = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            with beside.open("w", encoding="utf-8") as file:
                file.write(to_text(self.saved))
                file.flush()
                os.fsync(file.fileno())  # else a power cut could leave the name to an empty file
            beside.replace(target)
        except OSError as error:
            beside.unlink(missing_ok=True)
            raise UsageError(f"{target}: {error.strerror or error}") from None

    @property
    def taken(self) -> datetime:
        """When the meter was read, in UTC."""
        return self.saved.taken

    @overload
    def __getitem__(self, wanted: Bound[T]) -> T: ...
    @overload
    def __getitem__(self, wanted: Name) -> CosemObject: ...
    def __getitem__(self, wanted: Bound[Any] | Name) -> Any:
        """The value of a reference, or the object of a name. Raises AccessRefused where there is none."""
        return self.get(wanted) if isinstance(wanted, Bound) else self.object(wanted)

    def __repr__(self) -> str:
        return f"<Snapshot of {len(self.saved.view)} objects, {self.taken:%Y-%m-%d %H:%M} UTC>"


def saved_in(given: Snapshot | str | os.PathLike[str] | None) -> Saved | None:
    """What a snapshot or its file holds. Raises UsageError."""
    if given is None:
        return None
    return (given if isinstance(given, Snapshot) else Snapshot.load(given)).saved
