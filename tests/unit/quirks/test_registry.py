"""Makers' deviations: found by name, never two at once, every one with evidence and a field that exists."""

from __future__ import annotations

from dataclasses import fields

import pytest

from dlmskit.cosem.model import CosemObject
from dlmskit.errors import UsageError
from dlmskit.quirks.registry import Quirk, by_name, known_for, quirk, quirks, registry_of, tolerances_of
from dlmskit.tolerances import DEFAULT, Tolerances


@pytest.mark.parametrize("name", quirks())
def test_an_entry_says_why_and_changes_something(name: str) -> None:
    entry = quirk(name)
    assert len(entry.evidence.split()) > 5
    assert set(entry.sets) <= {field.name for field in fields(Tolerances)}
    assert entry.classes or tolerances_of([name]) != DEFAULT


def test_one_that_is_not_known_is_refused_with_those_that_are() -> None:
    assert quirk("jdlms-server").sets["unannounced_challenge"] is True
    with pytest.raises(UsageError, match="no deviation is called 'jdlms'; known are jdlms-server"):
        quirk("jdlms")


def test_a_meter_is_known_by_how_its_name_begins_and_two_matches_are_refused() -> None:
    one, other = (Quirk(name=name, names=(b"XYZ",), evidence="…") for name in "ab")
    unnamed = Quirk(name="c", evidence="…")
    assert known_for(b"XYZ0001", by_name([one, unnamed])) is one
    assert known_for(b"ABC0001", by_name([one, unnamed])) is None
    with pytest.raises(UsageError, match="a and b both say"):
        known_for(b"XYZ0001", by_name([one, other]))
    with pytest.raises(UsageError, match="two deviations are called a"):
        by_name([one, one])


def test_a_makers_class_lies_over_the_standards() -> None:
    registry = registry_of(["uni-ts-tariff-plan"])
    assert registry is not None
    assert registry[8192, 0].attributes[4].name == "plan"
    assert (8192, 0) not in CosemObject.registry
    assert registry[3, 0] is CosemObject.registry[3, 0]
    assert registry_of(["jdlms-server"]) is None
