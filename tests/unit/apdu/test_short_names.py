"""What stands in the APDUs of short names beyond their forms."""

from __future__ import annotations

import pytest

from dlmskit.apdu import decode
from dlmskit.apdu.read import ReadRequest, ReadResponse
from dlmskit.apdu.variables import BlockNumber, VariableName
from dlmskit.errors import UnknownTag, UsageError

NOW = "07ea0b16070f1f2a00ffc400"


@pytest.mark.parametrize("head", ["0c", "090c"], ids=["length", "tag"])
def test_the_time_of_a_report_may_lack_its_presence_octet(head: str) -> None:
    assert decode(bytes.fromhex(f"18 {head}{NOW} 00 00")).to_bytes() == bytes.fromhex(f"18 010c{NOW} 00 00")


def test_a_choice_that_is_none_is_named_with_its_place() -> None:
    with pytest.raises(UnknownTag, match="Variable-Access-Specification") as caught:
        decode(bytes.fromhex("05 01 03 fa08"))
    assert (caught.value.tag, caught.value.offset) == (3, 2)


def test_what_is_no_alternative_does_not_fit() -> None:
    with pytest.raises(UsageError, match="results"):
        ReadResponse((VariableName(8),)).to_bytes()  # type: ignore[arg-type]


def test_alternatives_of_one_shape_keep_apart() -> None:
    assert type(decode(ReadResponse((BlockNumber(8),)).to_bytes()).results[0]) is BlockNumber  # type: ignore[attr-defined]
    assert type(decode(ReadRequest((VariableName(8),)).to_bytes()).variables[0]) is VariableName  # type: ignore[attr-defined]
