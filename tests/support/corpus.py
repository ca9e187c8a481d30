"""Cases and conversations of real meters, if they lie beside the project, and the bookkeeping of what was compared.

`../shared/corpus` holds them. A test takes cases by layer and says what it decoded; the book says what need not be compared, and why:

    @corpus.each("apdu")
    def test_an_apdu_says_what_its_source_says(case: corpus.Case) -> None:
        with corpus.book.expecting(case):
            corpus.book.compare(case, {"apdu": decode(case.data).name, ...})

Every member of a case's `expected` is either compared or excused by name, and a case that compares nothing fails. Nothing is excused
silently: `Book.members` excuses a member everywhere, `Book.facts` in one case, and `Book.cases` lists the cases that do not hold; all
three carry reasons, and a listed case that holds after all fails until it is taken off the list. The tables are tests/corpus/ignored.py.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
ROOT = PROJECT.parent / "shared" / "corpus"
AVAILABLE = (ROOT / "cases.json").is_file()


@dataclass(frozen=True, slots=True)
class Case:
    """One byte sequence with what its source says about it, and in `checks` what other libraries make of it."""

    id: str
    layer: str
    data: bytes
    expected: Mapping[str, Any]
    keys: Mapping[str, str]
    note: str
    checks: Mapping[str, Any] = field(default_factory=dict)

    @property
    def robustness_only(self) -> bool:
        """Truncated or garbled: it must give a clean error and need not decode."""
        return bool(self.expected.get("robustness_only"))

    def key(self, name: str) -> bytes | None:
        return bytes.fromhex(self.keys[name]) if name in self.keys else None


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a conversation; `sender` is "C" (client) or "S" (server)."""

    sender: str
    data: bytes
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Session:
    """A whole recorded conversation."""

    id: str
    messages: tuple[Message, ...]
    about: Mapping[str, Any]

    def sent_by(self, sender: str) -> list[bytes]:
        return [message.data for message in self.messages if message.sender == sender]


@cache
def all_cases() -> tuple[Case, ...]:
    """Every case there is; empty where the corpus is not at hand."""
    if not AVAILABLE:
        return ()
    listed = json.loads((ROOT / "cases.json").read_text(encoding="utf-8"))
    return tuple(
        Case(
            c["id"],
            c["layer"],
            bytes.fromhex(c["hex"]),
            c["expected"],
            _of(c, "keys"),
            c.get("note", ""),
            _of(c, "checks"),
        )
        for c in listed
    )


def _of(case: Mapping[str, Any], name: str) -> dict[str, Any]:
    return case.get(name) or {}


def cases(*layers: str) -> list[Case]:
    return [case for case in all_cases() if case.layer in layers]


def each(*layers: str, where: Any = None) -> pytest.MarkDecorator:
    """Run a test once a case of these layers, or not at all without the corpus."""
    chosen = [case for case in cases(*layers) if where is None or where(case)]
    return pytest.mark.parametrize(
        "case", [pytest.param(case, id=case.id, marks=pytest.mark.corpus) for case in chosen]
    )


def each_session(*names: str) -> pytest.MarkDecorator:
    """Run a test once a conversation, or not at all without the corpus."""
    chosen = names if AVAILABLE else ()
    return pytest.mark.parametrize(
        "session", [pytest.param(session(name), id=name, marks=pytest.mark.corpus) for name in chosen]
    )


@cache
def session(name: str) -> Session:
    """A conversation by the name of its file without suffix."""
    told = ROOT / "sessions" / f"{name}.json"
    if told.is_file():
        about = json.loads(told.read_text(encoding="utf-8"))
        messages = about.pop("messages")
        sender = {"TX": "C", "RX": "S"}
        return Session(name, tuple(Message(sender[m["dir"]], bytes.fromhex(m["hex"]), m) for m in messages), about)
    lines = told.with_suffix(".txt").read_text(encoding="ascii").split("\n")
    pairs = (line.split() for line in lines if line)
    return Session(name, tuple(Message(sender, bytes.fromhex(octets), {}) for sender, octets in pairs), {})


@dataclass(slots=True)
class Count:
    """What a run did with the corpus; printed at its end."""

    tests: int = 0
    cases: set[str] = field(default_factory=set)
    compared: int = 0
    ignored: int = 0


COUNT = Count()


@dataclass(frozen=True, slots=True)
class Book:
    """What is not compared, each with its reason.

    members  name of a member of `expected` → reason, for every case
    facts    (case id, member) → reason
    cases    case id → why it does not hold
    """

    members: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[tuple[str, str], str] = field(default_factory=dict)
    cases: Mapping[str, str] = field(default_factory=dict)

    @contextlib.contextmanager
    def expecting(self, case: Case) -> Iterator[None]:
        """Let a listed case fail, and fail if it does not."""
        COUNT.cases.add(case.id)
        if case.id not in self.cases:
            yield
            return
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a case that does not hold may do so in any way
            pytest.xfail(f"{self.cases[case.id]} ({type(error).__name__})")
        except pytest.fail.Exception:
            pytest.xfail(self.cases[case.id])
        pytest.fail(f"{case.id} holds now: take it off the list of cases that do not")

    def compare(self, case: Case, facts: Mapping[str, object]) -> None:
        """Compare every expected member with the fact of the same name, or find it excused.

        Octets are compared with hex strings, times with their ISO form, numbers by value, sequences and mappings member by member.
        """
        wrong, compared = [], 0
        for name, expected in case.expected.items():
            if name in facts:
                compared += 1
                if not same(facts[name], expected):
                    wrong.append(f"{name}: expected {expected!r}, found {facts[name]!r}")
            elif self.excuses(case, name):
                COUNT.ignored += 1
            else:
                wrong.append(f"{name}: neither compared nor excused (expected {expected!r})")
        COUNT.compared += compared
        if wrong:
            pytest.fail(f"{case.id} {case.note}\n  " + "\n  ".join(wrong), pytrace=False)
        if not compared:
            pytest.fail(f"{case.id}: nothing was compared", pytrace=False)

    def excuses(self, case: Case, name: str) -> bool:
        return name in self.members or (case.id, name) in self.facts

    def clean_error(self, case: Case) -> None:
        """Count a robustness-only case that gave a value or an error of our own tree."""
        COUNT.compared += 1
        COUNT.ignored += len(case.expected) - 1


def same(found: object, expected: object) -> bool:
    """Whether what was decoded says the same as the source, which writes octets as hex."""
    if isinstance(found, bytes | bytearray):
        return isinstance(expected, str) and bytes(found).hex() == expected.replace(" ", "").lower()
    if isinstance(found, Mapping):
        return isinstance(expected, Mapping) and all(k in found and same(found[k], v) for k, v in expected.items())
    if isinstance(found, Sequence) and not isinstance(found, str):
        if not isinstance(expected, Sequence) or isinstance(expected, str):
            return False
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(expected, float) or (isinstance(found, Decimal) and isinstance(expected, int)):
        return isinstance(found, Decimal | float | int) and math.isclose(float(found), expected, rel_tol=1e-9)
    return type(found) is not object and found == expected


def summary() -> str:
    """The closing line about the corpus."""
    if not AVAILABLE:
        return "corpus: 0 cases, skipped: no ../shared/corpus beside the project"
    return (
        f"corpus: {COUNT.tests} tests held, {len(COUNT.cases)} cases, "
        f"{COUNT.compared} facts compared, {COUNT.ignored} facts ignored with a reason"
    )
