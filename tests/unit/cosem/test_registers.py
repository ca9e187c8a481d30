"""Registers: an exact quantity from the number, its scaler and its unit."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.cosem.common import ScalerUnit
from dlmskit.cosem.ics import DemandRegister, ExtendedRegister, Register
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import RemoteProtocolError, UsageError
from dlmskit.units import Quantity, Unit
from tests.support.objects import Table

WATT_HOURS = Value(Tag.STRUCTURE, (Value(Tag.INTEGER, -1), Value(Tag.ENUM, 30)))


@pytest.mark.parametrize("cls", [Register, ExtendedRegister])
async def test_a_register_gives_an_exact_quantity(cls: type[Register]) -> None:
    table = Table({2: Value(Tag.DOUBLE_LONG_UNSIGNED, 12345), 3: WATT_HOURS})
    assert await cls("1.0.1.8.0.255", table).quantity() == Quantity(Decimal("1234.5"), Unit.WH)
    assert [str(entry[1]).rpartition("/")[2] for entry in table.asked] == ["scaler_unit", "value"]


async def test_a_demand_register_gives_both_its_averages() -> None:
    table = Table({2: Value(Tag.LONG, 7), 3: Value(Tag.LONG, 9), 4: WATT_HOURS})
    register = DemandRegister("1.0.1.4.0.255", table)
    assert str(await register.quantity()) == "0.7 Wh"
    assert str(await register.last_quantity()) == "0.9 Wh"


@given(st.integers(-(2**63), 2**64 - 1), st.integers(-128, 127))
def test_scaling_is_exact_for_every_number_and_scaler(number: int, scaler: int) -> None:
    quantity = ScalerUnit(scaler, Unit.W).quantity(Value(Tag.LONG64, number))
    assert quantity.value == Decimal((int(number < 0), tuple(map(int, str(abs(number)))), scaler))


@pytest.mark.parametrize(
    "value", [NULL, Value(Tag.OCTET_STRING, b"\x01"), Value(Tag.BOOLEAN, True), Value(Tag.BIT_STRING, "1")]
)
def test_what_is_no_number_is_not_scaled(value: Value) -> None:
    with pytest.raises(RemoteProtocolError, match="is no number"):
        ScalerUnit(0, Unit.W).quantity(value)


def test_a_unit_the_standard_does_not_list_is_kept() -> None:
    loaded = Register("1.0.1.8.0.255").scaler_unit.load(
        Value(Tag.STRUCTURE, (Value(Tag.INTEGER, 0), Value(Tag.ENUM, 201)))
    )
    assert loaded.unit == 201
    assert "201" in str(loaded.quantity(Value(Tag.LONG, 5)))


def test_a_register_takes_any_type_a_meter_sends_and_sends_only_the_declared_ones() -> None:
    value = Register("1.0.1.8.0.255").value
    structure = Value(Tag.STRUCTURE, ())
    assert value.load(structure) == structure
    with pytest.raises(UsageError):
        value.dump(structure)
    assert value.dump(Value(Tag.FLOAT32, 1.5)) == Value(Tag.FLOAT32, 1.5)


def test_a_status_of_an_undeclared_type_is_refused() -> None:
    status = ExtendedRegister("1.0.1.8.0.255").status
    assert status.load(Value(Tag.UNSIGNED, 3)) == Value(Tag.UNSIGNED, 3)
    with pytest.raises(RemoteProtocolError):
        status.load(Value(Tag.ARRAY, ()))
