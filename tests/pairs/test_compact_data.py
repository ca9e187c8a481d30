"""Compact data of a meter: values without types, read with the template beside them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

import dlmskit
from dlmskit.cosem.common import CaptureObject, Restriction, RestrictionType, ScalerUnit
from dlmskit.cosem.ics import CompactData, CompactData_v0, Register
from dlmskit.cosem.ics.tables import CompactCaptureObject
from dlmskit.data.value import Tag, Value
from dlmskit.errors import ProfileMismatch
from dlmskit.obis import Obis
from dlmskit.server.device import Device
from dlmskit.times import CosemDateTime
from dlmskit.units import Unit
from tests.support.device import EVERYTHING

COMPACT, ENERGY = "0.0.66.0.1.255", "1.0.1.8.0.255"
NOW = CosemDateTime.parse("2026-11-22T15:00:00+01:00")
#: Template id, clock, energy twice, a small table.
CAPTURED = [(62, COMPACT, 4), (8, "0.0.1.0.0.255", 2), (3, ENERGY, 2), (3, ENERGY, 2), (7, "1.0.99.1.0.255", 2)]
TEMPLATE = bytes((2, 5, 17, 9, 6, 6, 1, 2, 1, 6))
BUFFER = (
    bytes((7, 12)) + NOW.raw + (1234).to_bytes(4, "big") + (5).to_bytes(4, "big") + bytes((2, 0, 0, 0, 8, 0, 0, 0, 9))
)


def compact(version: int, **changes: Any) -> Any:
    columns = [CaptureObject(class_id, Obis.parse(name), index, 0) for class_id, name, index in CAPTURED]
    values = {"template_id": 7, "template_description": TEMPLATE, "compact_buffer": BUFFER, **changes}
    if version == 0:
        return CompactData_v0(COMPACT, capture_objects=tuple(columns), **values)
    whole = Restriction(RestrictionType.NONE, None)
    captured = [CompactCaptureObject(c.class_id, c.logical_name, c.attribute_index, 0, whole, ()) for c in columns]
    return CompactData(COMPACT, capture_objects=tuple(captured), **values)


@asynccontextmanager
async def met(served: Any) -> AsyncIterator[tuple[Any, Any]]:
    device = Device(logical_name="DKT0000000000001")
    behaviour = device.add(served)
    device.add(Register(ENERGY, value=Value(Tag.DOUBLE_LONG_UNSIGNED, 1), scaler_unit=ScalerUnit(-1, Unit.WH)))
    device.association(client=16, access=EVERYTHING)
    async with dlmskit.serve(device, "memory:compact"), dlmskit.connect("memory:compact") as meter:
        yield meter, behaviour


@pytest.mark.parametrize("version", [0, 1])
async def test_a_buffer_is_a_row_of_times_and_exact_values(version: int) -> None:
    async with met(compact(version)) as (meter, _):
        row = await meter.compact_data(COMPACT).read()
    assert row.time == NOW and row.utc == datetime(2026, 11, 22, 14, tzinfo=UTC)
    assert [cell.value for cell in row.values] == [7, Decimal("123.4"), Decimal("0.5"), ((8,), (9,))]
    assert str(row.values[1].quantity) == "123.4 Wh"


async def test_another_template_is_read_when_its_id_changes() -> None:
    async with met(compact(1)) as (meter, served):
        found = meter.compact_data(COMPACT)
        await found.read()
        served.store(CompactData.template_id, 8)
        served.store(CompactData.template_description, bytes((2, 5, 17, 9, 6, 0, 0)))
        served.store(CompactData.compact_buffer, bytes((8, 0, 0, 0, 0, 9)))
        row = await found.read()
    assert (row.time, [cell.raw for cell in row.values]) == (None, [8, 9, None, None])


async def test_a_pushed_buffer_and_a_template_of_the_specification() -> None:
    async with met(compact(1, template_description=b"")) as (meter, _):
        row = await meter.compact_data(COMPACT, template=TEMPLATE).decode(BUFFER)
    assert row.values[1].raw == 1234


@pytest.mark.parametrize(
    "changes",
    [
        {"compact_buffer": BUFFER[:-1]},
        {"compact_buffer": b""},
        {"template_description": TEMPLATE[:-1]},
        {"template_description": b"\xee"},
        {"template_description": bytes((2, 1, 17)), "compact_buffer": b"\x07"},
        {"template_description": bytes((17,)), "compact_buffer": b"\x07"},
    ],
)
async def test_a28_a_buffer_that_is_not_what_was_said_is_an_error_that_says_so(changes: dict[str, bytes]) -> None:
    async with met(compact(1, **changes)) as (meter, _):
        with pytest.raises(ProfileMismatch, match=f"62:{COMPACT}"):
            await meter.compact_data(COMPACT).read()
