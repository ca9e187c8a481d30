"""Reads the tables of OBIS codes: one line is one object, or one object per value of a range.

    96 1 0..9 | Device ID | 1 3 4 | | E+1
    0 5 1*1..4 | Demand limit | 3 4 | P

The first column is C D E, then `*F` where F may be other than 255. The last one says which value group numbers
the instance: `E+1` appends E + 1, `D-9` appends D - 9, `(E)` appends "(instance E)" unless E is 0, `word E`
appends "(word E)", `D` and `B` append D + 1 and B unless they are 0.
"""

from __future__ import annotations

from typing import NamedTuple

Span = tuple[tuple[int, int], ...]


class Entry(NamedTuple):
    """What is known of one code: its description, usual classes (most usual first) and unit family."""

    text: str
    classes: tuple[int, ...] = ()
    unit: str | None = None


class Row(NamedTuple):
    """One line of a table of objects."""

    c: Span
    d: Span
    e: Span
    f: Span
    name: str
    classes: tuple[int, ...]
    unit: str | None
    instance: str


class ObjectTable:
    """The named objects of one medium, found by C, D and E."""

    def __init__(self, text: str) -> None:
        self.rows = [_row(line) for line in text.splitlines()]
        self._by_group: dict[tuple[int, int], list[Row]] = {}
        for row in self.rows:
            for c in _numbers(row.c):
                for d in _numbers(row.d):
                    self._by_group.setdefault((c, d), []).append(row)

    def find(self, c: int, d: int, e: int) -> Row | None:
        for row in self._by_group.get((c, d), ()):
            if within(e, row.e):
                return row
        return None


def numbered(text: str) -> dict[int, tuple[str, ...]]:
    """Lines `number column | column | …` by number."""
    table = {}
    for line in text.splitlines():
        number, _, rest = line.partition(" ")
        table[int(number)] = tuple(column.strip() for column in rest.split(" | "))
    return table


def names(text: str) -> dict[int, str]:
    """Lines `number name` by number."""
    return {number: columns[0] for number, columns in numbered(text).items()}


def classes_of(text: str) -> tuple[int, ...]:
    """Class ids from `1 3 4`."""
    return tuple(map(int, text.split()))


def instance(row: Row, b: int, d: int, e: int) -> str:
    """The words that tell one instance of `row` from another, with their leading space."""
    rule = row.instance
    if rule == "(E)":
        return f" (instance {e})" if 0 < e < 255 else ", all" if e == 255 else ""
    if rule == "word E":
        return f" (word {e})"
    if rule in ("D", "B"):
        number = d + 1 if rule == "D" and d else b if rule == "B" else 0
        return f" {number}" if number else ""
    if not rule:
        return ""
    return f" {(d if rule[0] == 'D' else e) + int(rule[1:] or 0)}"


def within(number: int, span: Span) -> bool:
    """Whether `number` lies in one of the ranges."""
    return any(low <= number <= high for low, high in span)


def _row(line: str) -> Row:
    code, name, classes, unit, rule, *_ = (*line.split(" | "), "", "")
    groups, _, f = code.partition("*")
    c, d, e = map(_span, groups.split())
    return Row(c, d, e, _span(f or "255"), name, classes_of(classes), unit.strip() or None, rule.strip())


def _span(text: str) -> Span:
    """`0..99,255` as pairs of lowest and highest."""
    pairs = (part.partition("..") for part in text.split(","))
    return tuple((int(low), int(high or low)) for low, _, high in pairs)


def _numbers(span: Span) -> list[int]:
    return [number for low, high in span for number in range(low, high + 1)]
