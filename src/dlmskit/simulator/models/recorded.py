"""A meter served as it was saved: everything stands still, the clock, too, and is refused where it was refused.

What the saved rights let be written is written; methods are not carried out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.client.plan import MECHANISMS
from dlmskit.client.saved.saved import LOGICAL_DEVICE_NAME, Answer, Saved
from dlmskit.client.view import ASSOCIATION_CLASS, CURRENT_ASSOCIATION, View
from dlmskit.cosem.access import AccessRight
from dlmskit.cosem.ics import AssociationLN, ProfileGeneric
from dlmskit.cosem.model import CosemObject, Selection
from dlmskit.cosem.selectors import EntryDescriptor, RangeDescriptor, parse_selection
from dlmskit.data.conformance import Conformance
from dlmskit.data.kinds import date_time
from dlmskit.data.value import Tag, Value
from dlmskit.edge.clock import Environment
from dlmskit.errors import OtherReason, RemoteProtocolError, TypeUnmatched, UsageError, access_refused
from dlmskit.obis import Obis
from dlmskit.security.mechanisms import WITH_SECRET, Mechanism
from dlmskit.server.behaviour import Behaviour, Context
from dlmskit.server.device import SERVER_CONFORMANCE, Device
from dlmskit.session.context import SHORT_NAME_CONFORMANCE
from dlmskit.simulator.models.identity import EXAMPLE_KEYS, MAKER, PASSWORD
from dlmskit.times import CosemDateTime

#: Associations of this and older versions are served.
_NEWEST_ASSOCIATION: Final = 3
_SECURITY_SETUP: Final = AttributeDescriptor(
    ASSOCIATION_CLASS, CURRENT_ASSOCIATION, AssociationLN.security_setup_reference.index
)
#: What a meter is called that did not let its name be read, or has an odd one.
_NAMELESS: Final = f"{MAKER}0000000000000"
#: Cells that say something only together with the row above.
_DEPENDENT: Final = frozenset(tag for tag in Tag if tag == Tag.NULL_DATA or tag.name.startswith("DELTA"))


class Recorded(Behaviour):
    """One object with the answers it gave."""

    def __init__(self, obj: CosemObject, answers: Mapping[int, Answer]) -> None:
        super().__init__(obj)
        self.values |= {index: answer for index, answer in answers.items() if isinstance(answer, Value)}
        self._refused = {index: one.code for index, one in answers.items() if not isinstance(one, Value)}

    def get(self, index: int, context: Context) -> Value | Awaitable[Value]:
        if index in self._refused:
            raise access_refused(self._refused[index], f"{self.obj}/{index}")
        return super().get(index, context)


class RecordedProfile(Recorded):
    """A profile whose rows are selected from those that were saved."""

    selectors: ClassVar = {ProfileGeneric.buffer.index: (RangeDescriptor.selector, EntryDescriptor.selector)}

    def get(self, index: int, context: Context) -> Value | Awaitable[Value]:
        found = super().get(index, context)
        if context.selection is None or not isinstance(found, Value):
            return found
        return self._selected(found, Selection(*context.selection))

    def _selected(self, buffer: Value, selection: Selection) -> Value:
        try:
            captured = self.stored(ProfileGeneric.capture_objects)
        except RemoteProtocolError as error:
            raise OtherReason(f"what is captured was saved as it came: {error.message}") from error
        rows = _whole_rows(buffer, len(captured))
        columns = range(len(captured))
        try:
            wanted = parse_selection(selection)
        except RemoteProtocolError as error:
            raise TypeUnmatched(error.message) from error
        if isinstance(wanted, EntryDescriptor):
            rows = rows[max(wanted.from_entry - 1, 0) : wanted.to_entry or None]
            columns = columns[max(wanted.from_selected_value - 1, 0) : wanted.to_selected_value or None]
            return _buffer(rows, columns)
        if not {wanted.restricting_object, *wanted.selected_values} <= set(captured):
            raise OtherReason(f"{self.obj} does not capture that")
        is_within, at = _between(wanted.from_value, wanted.to_value), captured.index(wanted.restricting_object)
        picked = [column for column in columns if captured[column] in wanted.selected_values] or columns
        return _buffer([row for row in rows if is_within(row.value[at])], picked)


@dataclass(frozen=True, slots=True)
class SavedRights:
    """The rights of a view, in the place of rules."""

    view: View

    def names(self, class_id: int, obis: Obis) -> bool:
        return self.view.find(obis, class_id) is not None

    def rights(self, behaviour: Behaviour) -> AccessRight:
        entry = self.view.find(behaviour.obj.obis, behaviour.obj.class_id)
        return AccessRight() if entry is None else entry.access_rights


def recorded(saved: Saved, environment: Environment) -> Device:
    """The device of a snapshot, with the one association it was taken in; its secrets are the published examples."""
    facts, mechanism = saved.facts, MECHANISMS[saved.facts.auth]
    if mechanism == Mechanism.ECDSA:
        raise UsageError("a meter read with auth=ecdsa is not served: there are no example certificates")
    has_keys = facts.level != "none" or mechanism == Mechanism.GMAC
    device = Device(
        logical_name=_name(saved.value(LOGICAL_DEVICE_NAME)),
        sap=facts.server,
        system_title=facts.server_system_title or MAKER.encode() + bytes(5),
        environment=environment,
    )
    _add_objects(device, saved)
    by_short_names = Conformance.GET not in facts.conformance
    own = saved.view.find(CURRENT_ASSOCIATION)
    known = SHORT_NAME_CONFORMANCE if by_short_names else SERVER_CONFORMANCE
    device.association(
        client=facts.client,
        access=(SavedRights(saved.view),),
        mechanism=mechanism,
        password=PASSWORD if mechanism in WITH_SECRET else None,
        keys=EXAMPLE_KEYS if has_keys else None,
        required=0 if facts.level == "none" else None,
        conformance=facts.conformance & known | (Conformance.READ if by_short_names else Conformance.GET),
        referencing="sn" if by_short_names else "ln",
        security_setup=_security_setup(saved),
        version=None if own is None else min(own.version, _NEWEST_ASSOCIATION),
        number=next(number for number in range(1, 256) if saved.view.find(f"0.0.40.0.{number}.255") is None),
    )
    return device


def _add_objects(device: Device, saved: Saved) -> None:
    """Every object but the current association, which is the served one's own."""
    answers: dict[tuple[int, bytes], dict[int, Answer]] = {}
    for (class_id, name, index), answer in saved.values.items():
        answers.setdefault((class_id, name), {})[index] = answer
    for entry in saved.view:
        key = entry.class_id, bytes(entry.logical_name)
        told, there = answers.get(key, {}), device.find(*key)
        if entry.logical_name == CURRENT_ASSOCIATION:
            continue
        if there is not None:  # the logical device name, or an object that is listed twice
            there.values |= {index: one for index, one in told.items() if isinstance(one, Value)}
            continue
        obj = CosemObject.registry.object(entry.class_id, entry.version, entry.logical_name)
        device.add(RecordedProfile(obj, told) if isinstance(obj, ProfileGeneric) else Recorded(obj, told))


def _security_setup(saved: Saved) -> bytes | None:
    """The security setup object the association names; None for none."""
    told = saved.value(_SECURITY_SETUP)
    is_name = told is not None and told.tag == Tag.OCTET_STRING and len(told.value) == 6 and any(told.value)
    return bytes(told.value) if told is not None and is_name else None


def _name(told: Value | None) -> str:
    """The logical device name, as far as it is text."""
    octets = told.value if told is not None and isinstance(told.value, bytes) else b""
    text = octets.decode("ascii", "replace")
    return text if text.isprintable() and text.isascii() and 3 <= len(text) <= 16 else _NAMELESS


# --- selected rows ---


def _whole_rows(buffer: Value, width: int) -> Sequence[Value]:
    """The rows of a buffer that can be told apart. Raises OtherReason where a cell depends on the row above."""
    rows: Sequence[Value] = buffer.value if buffer.tag == Tag.ARRAY else (buffer,)
    for row in rows:
        if row.tag != Tag.STRUCTURE or len(row.value) != width or any(cell.tag in _DEPENDENT for cell in row.value):
            raise OtherReason("the rows were saved compressed: they are read as a whole")
    return rows


def _buffer(rows: Sequence[Value], columns: Sequence[int]) -> Value:
    kept = (Value(Tag.STRUCTURE, tuple([row.value[column] for column in columns])) for row in rows)
    return Value(Tag.ARRAY, tuple(kept))


def _between(low: Value, high: Value) -> Callable[[Value], bool]:
    """Whether a cell lies between two values: both moments or both numbers. Raises TypeUnmatched for others."""
    first, last = _comparable(low), _comparable(high)

    def is_within(cell: Value) -> bool:
        try:
            found = _comparable(cell)
            return _is_ordered(first, found) and _is_ordered(found, last)
        except (TypeError, TypeUnmatched):
            return False

    return is_within


def _is_ordered(one: Any, other: Any) -> bool:
    """Whether one does not follow the other; moments in UTC where both tell it, else as the clock showed them."""
    if isinstance(one, CosemDateTime) and isinstance(other, CosemDateTime):
        if one.utc is not None and other.utc is not None:
            return one.utc <= other.utc
        one, other = one.local, other.local
    return bool(one <= other)


def _comparable(value: Value) -> Any:
    """A number or a moment. Raises TypeUnmatched for others."""
    if type(value.value) in (int, float):
        return value.value
    try:
        moment = date_time.load(value)
    except RemoteProtocolError as error:
        raise TypeUnmatched(error.message) from error
    if moment.local is None:
        raise TypeUnmatched("a range is between two numbers or two moments")
    return moment
