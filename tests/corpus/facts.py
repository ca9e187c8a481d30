"""What a case says, member by member, beside what we found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dlmskit.errors import DlmsError
from tests.corpus.framed import FRAMED
from tests.corpus.measured import MEASURED, Fact, text_of_object, value_of_object
from tests.corpus.seen import Seen
from tests.corpus.spoken import SPOKEN
from tests.support.corpus import Book, Case

_FACTS: dict[str, Fact] = {**FRAMED, **MEASURED, **SPOKEN}
_OPENED = ("decoded", "values", "strings", "initiate", "wrapper")


def opened(case: Case) -> Case:
    """The case with its tables member by member, and with the second opinions that other libraries gave."""
    members: dict[str, Any] = {}
    for name, said in case.expected.items():
        if name == "amsreader_decodes" and said:
            members["decodes"] = said
        elif name in _OPENED and isinstance(said, Mapping):
            members |= {f"{name}.{inner}": value for inner, value in said.items()}
        else:
            members[name] = said
    members |= {f"checks.{name}": said for name, said in case.checks.items()}
    return replace(case, expected=members)


def compare(book: Book, case: Case) -> None:
    """Compare everything the case says that is not excused."""
    seen, told = Seen(case), opened(case)
    found: dict[str, object] = {}
    for name, expected in told.expected.items():
        if not book.excuses(case, name):
            fact = _fact(name)
            if fact is not None:
                found[name] = _tried(fact, seen, expected)
    book.compare(told, found)


def _fact(name: str) -> Fact | None:
    prefix, _, rest = name.partition(".")
    if prefix == "values" and rest:
        return value_of_object(rest)
    if prefix == "strings" and rest:
        return text_of_object(rest)
    return _FACTS.get(name) or (_FACTS.get(rest) if prefix in ("decoded", "checks") else None)


def _tried(fact: Fact, seen: Seen, expected: object) -> object:
    try:
        return fact(seen, expected)
    except (AssertionError, AttributeError, DlmsError, IndexError, KeyError, TypeError, ValueError) as error:
        return error
