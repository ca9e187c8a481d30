from __future__ import annotations

import inspect
from dataclasses import fields

import pytest

from dlmskit.tolerances import DEFAULT, Tolerances


def test_the_default_is_the_standard() -> None:
    assert Tolerances() == DEFAULT
    assert not any(getattr(DEFAULT, item.name) for item in fields(Tolerances) if item.type == "bool")


def test_every_tolerance_has_its_line() -> None:
    for item in fields(Tolerances):
        assert f"\n{item.name}  " in (inspect.getdoc(Tolerances) or "")


def test_tolerances_are_frozen() -> None:
    with pytest.raises(AttributeError):
        DEFAULT.no_release = True  # type: ignore[misc]
