from __future__ import annotations

import json
import math
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import UsageError
from dlmskit.units import Quantity, Unit, plain, scale
from tests.support.source import ROOT

FACTS = Path(ROOT).parent / "shared" / "reference" / "units.json"

SCALERS = st.integers(-128, 127)


@pytest.mark.parametrize(
    ("number", "symbol"),
    [(1, "a"), (9, "°C"), (13, "m³"), (27, "W"), (28, "VA"), (29, "var"), (30, "Wh"), (32, "varh"), (33, "A"), (35, "V"),
     (44, "Hz"), (52, "K"), (56, "%"), (70, "dBm"), (171, "Btu/s"), (255, "")],
)  # fmt: skip
def test_units_carry_the_standards_number_and_symbol(number: int, symbol: str) -> None:
    assert Unit(number).symbol == symbol


@pytest.mark.skipif(not FACTS.exists(), reason="no ../shared/reference beside the project")
def test_every_unit_is_as_the_table_has_it_and_no_other_is_listed() -> None:
    table = {entry["n"]: entry["symbol"] for entry in json.loads(FACTS.read_text())["units"]}
    assert len(table) > 100
    assert {n: Unit(n).symbol for n in table} == table
    assert {n for n in range(1, 256) if Unit(n).name != f"UNIT_{n}"} == table.keys()


def test_a_unit_the_standard_does_not_list_is_kept() -> None:
    unit = Unit(99)
    assert (unit, unit.name, unit.symbol) == (99, "UNIT_99", "unit 99")
    assert Unit(99) is unit
    assert str(Quantity(Decimal(5), unit)) == "5 unit 99"


@pytest.mark.parametrize("number", [-1, 256, "Wh"])
def test_what_no_octet_can_hold_is_no_unit(number: object) -> None:
    with pytest.raises(ValueError):
        Unit(number)  # type: ignore[arg-type]


@given(st.integers(0, 255))
def test_every_octet_is_a_unit(number: int) -> None:
    assert Unit(number) == number


@pytest.mark.parametrize(
    ("raw", "scaler", "unit", "text"),
    [(12345, -1, Unit.WH, "1234.5 Wh"), (12, 3, Unit.W, "12000 W"), (7, -7, Unit.A, "0.0000007 A"), (3, 0, Unit.NONE, "3"),
     (-5, -2, Unit.CELSIUS, "-0.05 °C"), (0, 0, Unit(0), "0")],
)  # fmt: skip
def test_a_quantity_prints_as_a_person_writes_it(raw: int, scaler: int, unit: Unit, text: str) -> None:
    assert str(Quantity(scale(raw, scaler), unit)) == text


@given(st.integers(-(2**63), 2**64 - 1), SCALERS)
def test_scaling_an_integer_is_exact_whatever_the_callers_context(raw: int, scaler: int) -> None:
    with localcontext(prec=3):
        scaled = scale(raw, scaler)
    assert Fraction(scaled) == raw * Fraction(10) ** scaler
    assert Decimal(plain(scaled)) == scaled
    assert "E" not in plain(scaled)


@given(st.floats(allow_nan=False, allow_infinity=False), SCALERS)
def test_scaling_a_float_is_exact(raw: float, scaler: int) -> None:
    assert Fraction(scale(raw, scaler)) == Fraction(raw) * Fraction(10) ** scaler


@given(SCALERS)
def test_a_float_that_is_no_number_stays_one(scaler: int) -> None:
    assert scale(math.nan, scaler).is_nan()
    assert scale(-math.inf, scaler) == Decimal("-Infinity")


@pytest.mark.parametrize("scaler", [-129, 128, 10**9])
def test_a_scaler_beyond_one_octet_is_refused(scaler: int) -> None:
    with pytest.raises(UsageError, match="scaler"):
        scale(1, scaler)
