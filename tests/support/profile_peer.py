"""A meter with a load profile that is read by range and by entry."""

from __future__ import annotations

from typing import Any

from dlmskit.apdu.base import DataAccessResult, Selection
from dlmskit.cosem.selectors import RangeDescriptor, parse_selection
from dlmskit.data.value import Value
from dlmskit.session.events import Event, GetIndication
from dlmskit.times import CosemDateTime
from tests.support.meters import CLOCK, ENERGY, array, structure, values
from tests.support.peer import Peer

OTHER_REASON = 250


class ProfilePeer(Peer):
    """A meter whose load profile is read by range and by entry; `refuses` selectors, and notes what was asked."""

    def __init__(self, rows: list[Value], refuses: set[int] | None = None, **changes: Any) -> None:
        super().__init__({**values(), **changes.pop("values", {})}, changes.pop("devices", None))
        self.rows, self.refuses = rows, refuses or set()
        self.asked: list[Any] = []
        self.refuses_columns = False
        self.ignores_columns = False
        self.answer = self.read

    def read(self, event: Event) -> Value | DataAccessResult | None:
        if not isinstance(event, GetIndication) or event.attribute[::2] != (7, 2):
            return None
        if event.selection is None:
            self.asked.append("all")
            return array(*self.rows)
        return self.selected(event.selection)

    def selected(self, selection: Selection) -> Value | DataAccessResult:
        wanted = parse_selection(selection)  # type: ignore[arg-type]
        self.asked.append(wanted)
        if selection.selector in self.refuses:
            return DataAccessResult(OTHER_REASON)
        if not isinstance(wanted, RangeDescriptor):
            return array(*self.rows[wanted.from_entry - 1 : wanted.to_entry or None])
        if wanted.selected_values and self.refuses_columns:
            return DataAccessResult(OTHER_REASON)
        start, end = (CosemDateTime(v.value).local for v in (wanted.from_value, wanted.to_value))
        rows = [row for row in self.rows if start <= CosemDateTime(row.value[0].value).local <= end]  # type: ignore[operator]
        if wanted.selected_values and not self.ignores_columns:
            names = [CLOCK, "0.0.96.10.1.255", ENERGY]
            at = [names.index(str(one.logical_name)) for one in wanted.selected_values]
            rows = [structure(*(row.value[i] for i in at)) for row in rows]
        return array(*rows)
