"""Physical HDLC addresses that follow from a meter's serial number.

A rule is arithmetic over `SN` (integers, + - * // % and brackets) or the name of one that arithmetic cannot say.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Final

from dlmskit.errors import UsageError

#: What most makers do. Source: common practice of HDLC meters on RS-485, four-digit addresses above the reserved ones.
USUAL_RULE: Final = "SN % 10000 + 1000"

_LARGEST_ADDRESS, _LONGEST_RULE = 0x3FFF, 100
_OPERATORS: Mapping[type[ast.operator], Callable[[int, int], int]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}


def _mercury_234(serial_number: int) -> int:
    """The last three digits where they make 1 to 239, else the last two; 0 becomes 1. Source: maker's service pages."""
    three, two = serial_number % 1000, serial_number % 100
    return three if 1 <= three <= 239 else two or 1


_NAMED: Mapping[str, Callable[[int], int]] = {"mercury-234": _mercury_234}


def physical_address(rule: str, serial_number: int) -> int:
    """The physical address of the meter with that serial number.

    Raises UsageError for a rule that cannot be read and for a result outside 0 to 16383.
    """
    if serial_number < 0:
        raise UsageError("a serial number is not negative")
    named = _NAMED.get(rule)
    address = named(serial_number) if named is not None else _calculated(rule, serial_number)
    if not 0 <= address <= _LARGEST_ADDRESS:
        raise UsageError(f"{rule} makes {address} of serial number {serial_number}; addresses end at 16383")
    return address


def check_rule(rule: str) -> str:
    """The rule, if it can be read. Raises UsageError."""
    if rule not in _NAMED:
        _parsed(rule)
    return rule


def _calculated(rule: str, serial_number: int) -> int:
    try:
        return _value(_parsed(rule), serial_number)
    except ZeroDivisionError:
        raise UsageError(f"{rule}: division by zero") from None


def _parsed(rule: str) -> ast.expr:
    try:
        if len(rule) > _LONGEST_RULE:
            raise _unreadable(rule)
        tree = ast.parse(rule, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise _unreadable(rule) from None
    _check(tree, rule)
    return tree


def _check(node: ast.expr, rule: str) -> None:
    match node:
        case ast.Name(id="SN"):
            return
        case ast.Constant(value=int() as number) if not isinstance(number, bool):
            return
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            _check(left, rule)
            _check(right, rule)
        case _:
            raise _unreadable(rule)


def _value(node: ast.expr, serial_number: int) -> int:
    """The value of what `_check` has let pass."""
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_value(node.left, serial_number), _value(node.right, serial_number))
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, int) else serial_number


def _unreadable(rule: str) -> UsageError:
    names = ", ".join(_NAMED)
    return UsageError(f"{rule[:60]!r} is no address rule; write arithmetic over SN such as {USUAL_RULE}, or {names}")
