"""Makers' deviations: found by name, never two at once, every one with evidence and a field that exists."""

from __future__ import annotations

from dataclasses import fields

import pytest

from dlmskit.cosem.model import CosemObject
from dlmskit.errors import UsageError
from dlmskit.quirks.registry import Quirk, by_name, quirk, quirks, registry_of, tolerances_of
from dlmskit.tolerances import DEFAULT, Tolerances


@pytest.mark.parametrize("name", quirks())
def test_an_entry_says_why_and_changes_something(name: str) -> None:
    entry = quirk(name)
    assert len(entry.evidence.split()) > 5
    assert set(entry.sets) <= {field.name for field in fields(Tolerances)}
    assert entry.classes or tolerances_of([entry]) != DEFAULT


def test_one_that_is_not_known_is_refused_with_those_that_are() -> None:
    assert quirk("jdlms-server").sets["unannounced_challenge"] is True
    with pytest.raises(UsageError, match="no deviation is called 'jdlms'; known are jdlms-server"):
        quirk("jdlms")


def test_two_of_one_name_are_refused() -> None:
    one, other = (Quirk(name=name, evidence="…") for name in "ab")
    assert by_name([one, other]) == {"a": one, "b": other}
    with pytest.raises(UsageError, match="two deviations are called a"):
        by_name([one, one])


class Lamp(CosemObject, class_id=8200, version=0):
    """A maker's."""


class OtherRegister(CosemObject, class_id=3, version=0):
    """A maker's idea of a register."""


def test_a_makers_classes_lie_over_the_standards() -> None:
    registry = registry_of([Quirk(name="a", evidence="…", classes=(Lamp, OtherRegister))])
    assert registry is not None
    assert (registry[8200, 0], registry[3, 0]) == (Lamp, OtherRegister)
    assert registry[8, 0] is CosemObject.registry[8, 0]
    assert (8200, 0) not in CosemObject.registry
    assert registry_of([quirk("jdlms-server")]) is None


def test_two_that_set_one_field_differently_are_refused() -> None:
    one, same, other = (
        Quirk(name=name, evidence="…", sets={"with_list_max": most}) for name, most in (("a", 8), ("b", 8), ("c", 9))
    )
    assert tolerances_of([one, same]).with_list_max == 8
    with pytest.raises(UsageError, match="c sets with_list_max to 9, another deviation to 8"):
        tolerances_of([one, other])
