from __future__ import annotations

import pytest

from dlmskit.cli.targets import Target
from dlmskit.errors import UsageError
from dlmskit.obis import Obis

ENERGY = Obis.parse("1.0.1.8.0.255")


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("1.0.1.8.0.255", Target(ENERGY)),
        ("1-0:1.8.0*255", Target(ENERGY)),
        ("1-0:1.8.0/2", Target(ENERGY, member="2")),
        ("3:1.0.1.8.0.255", Target(ENERGY, 3)),
        ("3.0:1-0:1.8.0*255/Scaler-Unit", Target(ENERGY, 3, 0, "scaler_unit")),
        ("active_energy_import/value", Target(ENERGY, member="value")),
        ("9000:1.0.1.8.0.255/-3", Target(ENERGY, 9000, member="-3")),
    ],
)
def test_objects_and_attributes_in_every_spelling(text: str, target: Target) -> None:
    assert Target.of_attribute(text) == target


@pytest.mark.parametrize(
    "text",
    ["", "/2", "1.0.1.8", "1.0.1.8.0.256", "clok", "clock/", "65536:clock", "8.256:clock", "clock/tme", "x:clock"],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Target.of_attribute(text)


def test_a_method_must_be_named() -> None:
    assert Target.of_method("clock/shift_time").member == "shift_time"
    with pytest.raises(UsageError, match="names no method"):
        Target.of_method("clock")
    with pytest.raises(UsageError, match="did you mean 'shift_time'"):
        Target.of_method("clock/shift_tme")


def test_a_value_is_checked_against_every_class_the_object_may_have() -> None:
    clock = Target.of_attribute("clock/time_zone")
    clock.check_value("attributes", "-60")
    with pytest.raises(UsageError, match="no whole number"):
        clock.check_value("attributes", "noon")
    Target.of_attribute("clock/77").check_value("attributes", "anything goes where nothing is declared")


def test_names_of_a_device_profile_go_before_those_of_the_standard() -> None:
    words = {"block_load": Obis.parse("1.0.99.1.0.255"), "clock": Obis.parse("0.0.1.0.7.255")}
    assert str(Target.parse("block-load/4", words).obis) == "1.0.99.1.0.255"
    assert str(Target.of_attribute("clock/time", words).obis) == "0.0.1.0.7.255"
    with pytest.raises(UsageError, match="close: block_load"):
        Target.parse("block_laod", words)
