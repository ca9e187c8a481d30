"""The names other programs call are where the table says, for people and for type checkers."""

from __future__ import annotations

import ast
import inspect

import pytest

import dlmskit
from dlmskit import errors
from tests.support.source import modules

PROMISED = (
    "blocking connect cosem data decode Device DlmsError KeyRing listen open_line Security serve"
    " data.columns.rows data.decode data.decode_from data.encode blocking.connect"
    " cosem.model.CosemObject.registry cosem.ics.Clock cosem.ics.ProfileGeneric cosem.ics.Register"
).split()


@pytest.mark.parametrize("name", [*PROMISED, *dlmskit._HOME])
def test_a_promised_name_is_there(name: str) -> None:
    found: object = dlmskit
    for part in name.split("."):
        found = getattr(found, part)
    assert found is not None


def test_an_unknown_name_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = dlmskit.nothing


def test_the_whole_error_tree_is_at_the_top() -> None:
    tree = {name for name, cls in vars(errors).items() if inspect.isclass(cls) and issubclass(cls, errors.DlmsError)}
    assert {name for name in tree if not name.startswith("_")} <= vars(dlmskit).keys()


def test_type_checkers_are_told_the_same_as_the_table() -> None:
    init = next(module for module in modules() if module.place == "src/dlmskit/__init__.py")
    block = next(node for node in init.tree.body if isinstance(node, ast.If))
    told = {
        alias.name: f"dlmskit.{alias.name}" if node.module == "dlmskit" else node.module
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert told == dlmskit._HOME
