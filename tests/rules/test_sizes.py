"""Files and functions stay small enough to be read."""

from __future__ import annotations

import ast

from tests.support.source import Function, modules

FILE_CEILING = 500
FUNCTION_CEILING = 40
# Tables of declarations, one line a fact, may be as long as the facts.
TABLES = frozenset({"src/dlmskit/cosem/catalogue/gas.py"})


def test_no_file_passes_the_ceiling() -> None:
    sizes = {module.place: len(module.text.splitlines()) for module in modules()}
    offenders = {place: size for place, size in sizes.items() if size > FILE_CEILING and place not in TABLES}
    assert not offenders
    assert sizes.keys() >= TABLES


def test_no_function_passes_the_ceiling() -> None:
    offenders = {
        f"{module.at(function)} {function.name}": _lines(function)
        for module in modules()
        for function in module.functions()
        if _lines(function) > FUNCTION_CEILING
    }
    assert not offenders


def _lines(function: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    first = function.body[0]
    said = first if ast.get_docstring(function) is not None else None
    return function.end_lineno - function.lineno + 1 - (said.end_lineno - said.lineno + 1 if said else 0)
