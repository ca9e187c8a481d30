"""Reading compact data: captured values that come without types, and the template to read them by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dlmskit.client.backend import MeterBackend
from dlmskit.client.profile.captured import read_columns
from dlmskit.client.profile.table import Column, ProfileTable, Row, Timing
from dlmskit.cosem.common import CaptureObject
from dlmskit.cosem.ics import CompactData, CompactData_v0
from dlmskit.cosem.ics.tables import CompactCaptureObject
from dlmskit.data import columns
from dlmskit.data.template import decode_with_template
from dlmskit.data.value import Tag, Value, type_name
from dlmskit.errors import AccessRefused, ProfileMismatch, RemoteProtocolError, UnfitValue


@dataclass(frozen=True, slots=True)
class Layout:
    """What a buffer holds: the types of its values as octets, and what each of them is."""

    template: bytes
    columns: tuple[Column, ...]


class MeterCompactData:
    """Compact data of a meter. Template, columns, scalers and units are read once, and anew for another template.

    template  the types of the values, where the meter does not tell them because its specification does
    Raises ProfileMismatch where a buffer is not what the template and the captured objects say.
    """

    __slots__ = ("_backend", "_layout", "_template", "_template_id", "object")

    def __init__(self, compact: CompactData, backend: MeterBackend, template: bytes | None = None) -> None:
        self.object, self._backend, self._template = compact, backend, template
        self._layout: Layout | None = None
        self._template_id: int | None = None

    async def read(self) -> Row:
        """What it holds now, as one row: its time and status, where they are captured, and exact values."""
        template_id = await self._told_id()
        if template_id != self._template_id:
            self._layout, self._template_id = None, template_id
        return await self.decode(await self.object.compact_buffer)

    async def decode(self, buffer: bytes) -> Row:
        """A buffer that was received otherwise, such as in a push."""
        layout = await self.layout()
        try:
            found = decode_with_template(layout.template, buffer)
        except RemoteProtocolError as error:
            raise ProfileMismatch(f"{self.object}: {error.message}", data=buffer) from error
        if found.tag != Tag.STRUCTURE or len(found.value) != len(layout.columns):
            came = f"{len(found.value)} values" if found.tag == Tag.STRUCTURE else type_name(found.tag)
            raise ProfileMismatch(f"{self.object}: {came}, where {len(layout.columns)} are captured", data=buffer)
        rows = columns.rows(Value(Tag.ARRAY, (found,)))
        is_reversed = self._backend.plan.tolerances.deviation_sign_reversed
        table = ProfileTable(self.object.obis, layout.columns, rows, Timing(deviation_reversed=is_reversed))
        return table.rows[0]

    async def layout(self) -> Layout:
        """Template and columns."""
        if self._layout is None:
            found, _ = await read_columns(await self._captured(), self._backend, self.object)
            template = self._template if self._template is not None else await self.object.template_description
            self._layout = Layout(template, found)
        return self._layout

    async def _told_id(self) -> int | None:
        try:
            return await self.object.template_id
        except (AccessRefused, UnfitValue):
            return None

    async def _captured(self) -> list[CaptureObject]:
        """What is captured, in the form of either version: the view need not be known."""
        value = await self._backend.get(self.object.capture_objects)
        found: Sequence[CompactCaptureObject | CaptureObject]
        try:
            found = CompactData.capture_objects.kind.load(value)
        except RemoteProtocolError:
            found = CompactData_v0.capture_objects.kind.load(value)
        return [CaptureObject(one.class_id, one.logical_name, one.attribute_index, one.data_index) for one in found]

    def __str__(self) -> str:
        return str(self.object)
