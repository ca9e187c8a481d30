"""What a profile captures and how: its columns with scalers and units, its period, its order; read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from dlmskit.apdu.base import AttributeRequest, DataAccessResult
from dlmskit.client.backend import MeterBackend, described
from dlmskit.client.profile.table import Column
from dlmskit.cosem.common import CaptureObject, ScalerUnit, scaler_unit
from dlmskit.cosem.ics import DemandRegister, ExtendedRegister, ProfileGeneric, Register
from dlmskit.cosem.ics.profile import CaptureObject_v0, SortMethod
from dlmskit.cosem.model import Bound
from dlmskit.data.value import Tag
from dlmskit.errors import AccessRefused, DlmsError, RemoteProtocolError, UnfitValue, UsageError
from dlmskit.obis import Obis, as_obis
from dlmskit.session.services import exchanges
from dlmskit.session.services.steps import Service

ColumnName = Obis | str | bytes | CaptureObject

_SCALED = {Register.class_id: (2,), ExtendedRegister.class_id: (2,), DemandRegister.class_id: (2, 3)}


_NOTHING: Mapping[Obis, ScalerUnit] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Captured:
    """What a meter says of one profile.

    columns    in capture order
    period_s   seconds between two captures; 0 where it captures on demand, or does not say
    order      FIFO where it does not say
    """

    columns: tuple[Column, ...]
    period_s: int
    order: int

    @property
    def clock(self) -> Column | None:
        return clock_of(self.columns)

    @property
    def newest_first(self) -> bool:
        return self.order == SortMethod.LIFO

    @property
    def by_age(self) -> bool:
        """Whether the entries lie in the order in which they were captured."""
        return self.order in (SortMethod.FIFO, SortMethod.LIFO)

    @property
    def step_s(self) -> int:
        """Seconds from one row to the next."""
        return -self.period_s if self.newest_first else self.period_s if self.by_age else 0

    def chosen(self, columns: Sequence[ColumnName] | None) -> Sequence[Column]:
        """The columns asked for, with the clock, in capture order. Raises UsageError for one that is not captured."""
        if columns is None:
            return self.columns
        wanted = [column if isinstance(column, CaptureObject) else as_obis(column) for column in columns]
        for one in wanted:
            if not any(one in (column.capture, column.object) for column in self.columns):
                there = ", ".join(map(str, self.columns))
                raise UsageError(f"{one} is not captured; these are: {there}")
        clock = self.clock
        return [column for column in self.columns if column is clock or {column.capture, column.object} & {*wanted}]


async def read_captured(profile: ProfileGeneric, backend: MeterBackend) -> Captured:
    """Ask the meter. Raises what it says to capture_objects; the rest may be refused."""
    objects = await _objects(profile, backend)
    chosen = backend.plan.chosen
    scalings: dict[Obis, ScalerUnit] = {}
    if chosen is not None and profile.obis in chosen.profile.scalers:
        scalings = await _joined(ProfileGeneric(chosen.profile.scalers[profile.obis], backend), backend)
    wanted: list[Bound[Any]] = [profile.capture_period, profile.sort_method]
    columns, (period, order) = await read_columns(objects, backend, profile, wanted, scalings)
    return Captured(columns, period or 0, order or SortMethod.FIFO)


async def read_columns(
    objects: Sequence[CaptureObject],
    backend: MeterBackend,
    what: object,
    others: Sequence[Bound[Any]] = (),
    known: Mapping[Obis, ScalerUnit] = _NOTHING,
) -> tuple[tuple[Column, ...], list[Any]]:
    """Columns with scalers, units and texts; and the values of other attributes, None for what is refused.

    known  scalers that need not be asked for
    """
    scaled = {
        capture.logical_name: capture.class_id
        for capture in objects
        if _is_scaled(capture) and capture.logical_name not in known
    }
    registry = backend.plan.classes
    scalers = [registry.object(class_id, 0, name).attribute("scaler_unit") for name, class_id in scaled.items()]
    told = await _asked(backend, [*others, *scalers], what)
    scalings = {**known, **dict(zip(scaled, told[len(others) :], strict=True))}
    chosen = backend.plan.chosen
    texts = {} if chosen is None else chosen.profile.texts
    columns = tuple(
        Column(
            capture,
            scalings.get(capture.logical_name) if _is_scaled(capture) else None,
            texts.get(capture.logical_name, {}),
        )
        for capture in objects
    )
    return columns, told[: len(others)]


async def _objects(profile: ProfileGeneric, backend: MeterBackend) -> list[CaptureObject]:
    ref, known = profile.capture_objects, backend.remembered(profile.capture_objects)
    found: Sequence[CaptureObject | CaptureObject_v0] = await ref if known is None else ref.load(known)
    return [CaptureObject(each.class_id, each.logical_name, each.attribute_index, _index(each)) for each in found]


async def _joined(scalers: ProfileGeneric, backend: MeterBackend) -> dict[Obis, ScalerUnit]:
    """Scalers and units out of the one row of a profile that captures them; none where it cannot be read."""
    try:
        objects, rows = await _objects(scalers, backend), await scalers.buffer
    except (AccessRefused, UnfitValue):
        return {}
    found: dict[Obis, ScalerUnit] = {}
    cells = rows[0].value if rows and rows[0].tag == Tag.STRUCTURE else ()
    for capture, cell in zip(objects, cells, strict=False):
        with suppress(RemoteProtocolError):  # what is no scaler scales nothing
            found[capture.logical_name] = scaler_unit.load(cell)
    return found


async def _asked(backend: MeterBackend, refs: Sequence[Bound[Any]], what: object) -> list[Any]:
    """The values of attributes; None for what is refused or cannot be understood."""
    known: dict[Bound[Any], Any] = {ref: backend.remembered(ref) for ref in refs}
    asked = [ref for ref, value in known.items() if value is None]
    if asked:
        requests = [AttributeRequest(described(ref)) for ref in asked]
        demanded = backend.demanded(*[request.attribute for request in requests])
        service = Service(lambda context: exchanges.get_many(context, requests), protection=demanded)
        results = await backend.ask(service, what)
        known.update(zip(asked, results, strict=True))
    return [_loaded(ref, known[ref]) for ref in refs]


def _loaded(ref: Bound[Any], result: Any) -> Any:
    try:
        return None if isinstance(result, DataAccessResult) else ref.load(result)
    except DlmsError:
        return None


def _index(capture: CaptureObject | CaptureObject_v0) -> int:
    return capture.data_index if isinstance(capture, CaptureObject) else 0


def _is_scaled(capture: CaptureObject) -> bool:
    return capture.attribute_index in _SCALED.get(capture.class_id, ()) and not capture.data_index


def clock_of(columns: Sequence[Column]) -> Column | None:
    """The column that says when a row was captured."""
    return next((column for column in columns if column.role == "time"), None)
