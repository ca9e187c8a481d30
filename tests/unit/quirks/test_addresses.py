"""Physical addresses from serial numbers: arithmetic, named rules, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import UsageError
from dlmskit.quirks.addresses import USUAL_RULE, check_rule, physical_address


@pytest.mark.parametrize(
    ("rule", "serial_number", "address"),
    [
        (USUAL_RULE, 12345678, 6678),
        (USUAL_RULE, 0, 1000),
        ("SN // 10 - 2 * 3", 1234, 117),
        ("(SN + 1) % 100", 99, 0),
        ("16", 7, 16),
        ("mercury-234", 41234567, 67),  # 567 is above 239
        ("mercury-234", 41234120, 120),
        ("mercury-234", 41234000, 1),
        ("mercury-234", 41234300, 1),
    ],
)
def test_a_rule_makes_an_address(rule: str, serial_number: int, address: int) -> None:
    assert physical_address(check_rule(rule), serial_number) == address


@given(st.integers(min_value=0, max_value=10**12))
def test_the_usual_rule_stays_above_the_reserved_addresses(serial_number: int) -> None:
    assert 1000 <= physical_address(USUAL_RULE, serial_number) <= 10999


@pytest.mark.parametrize(
    "rule",
    ["", "SN **", "SN ** 2", "-SN", "print(SN)", "SN.real", "True", "1.5", "SN if SN else 1", "x", "1" * 101, "(" * 90],
)
def test_anything_else_is_no_rule(rule: str) -> None:
    with pytest.raises(UsageError, match="no address rule"):
        check_rule(rule)


@given(st.text(max_size=120))
def test_any_text_is_a_rule_or_refused(text: str) -> None:
    try:
        check_rule(text)
        assert 0 <= physical_address(text, 4711) <= 0x3FFF
    except UsageError:
        pass


def test_an_address_outside_the_range_is_refused() -> None:
    assert physical_address("SN", 16383) == 16383
    with pytest.raises(UsageError, match="addresses end at 16383"):
        physical_address("SN", 16384)
    with pytest.raises(UsageError, match="division by zero"):
        physical_address("1 % SN", 0)
    with pytest.raises(UsageError, match="not negative"):
        physical_address(USUAL_RULE, -1)
