"""The bookkeeping of the corpus: nothing passes by being left out."""

from __future__ import annotations

import os
import subprocess
import sys
from decimal import Decimal

import pytest

from tests.corpus.ignored import BOOK
from tests.support import corpus
from tests.support.corpus import Book, Case, same

CASE = Case("one", "apdu", b"\x00", {"apdu": "aarq", "length": 3}, {}, "")


@pytest.fixture(autouse=True)
def _not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "COUNT", corpus.Count())


def test_a_case_whose_members_are_all_compared_or_excused_holds() -> None:
    Book().compare(CASE, {"apdu": "aarq", "length": 3})
    Book(facts={("one", "length"): "because"}).compare(CASE, {"apdu": "aarq"})


@pytest.mark.parametrize(
    ("book", "facts", "says"),
    [
        (Book(), {"apdu": "aarq"}, "length: neither compared nor excused"),
        (Book(), {"apdu": "aare", "length": 3}, "apdu: expected 'aarq', found 'aare'"),
        (Book(members={"apdu": "because", "length": "because"}), {}, "nothing was compared"),
    ],
)
def test_a_case_fails_where_something_differs_or_is_left_out(book: Book, facts: dict[str, object], says: str) -> None:
    with pytest.raises(pytest.fail.Exception, match=says):
        book.compare(CASE, facts)


def test_a_listed_case_that_holds_after_all_fails() -> None:
    book = Book(cases={"one": "because"})
    with pytest.raises(pytest.fail.Exception, match="holds now"), book.expecting(CASE):
        book.compare(CASE, {"apdu": "aarq", "length": 3})
    with pytest.raises(pytest.xfail.Exception, match="because"), book.expecting(CASE):
        book.compare(CASE, {"apdu": "aare", "length": 3})


@pytest.mark.parametrize(
    ("found", "expected", "equal"),
    [
        (b"\x0a\xff", "0AFF", True),
        (b"\x0a\xff", "0A FF", True),
        (b"\x0a\xff", "0AFE", False),
        (Decimal("12.5"), 12.5, True),
        (Decimal(12), 12, True),
        ([b"\x01", 2], ["01", 2], True),
        ([b"\x01"], ["01", 2], False),
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ("text", "text", True),
        (1, "1", False),
    ],
)
def test_octets_numbers_and_structures_are_compared_by_what_they_say(
    found: object, expected: object, equal: bool
) -> None:
    assert same(found, expected) is equal


@pytest.mark.skipif(not corpus.AVAILABLE, reason="no corpus beside the project")
def test_every_excuse_names_a_case_and_at_most_one_in_twenty_cases_is_excused() -> None:
    known = {case.id: case for case in corpus.all_cases()}
    assert set(BOOK.cases) <= set(known)
    assert all(member in known[case].expected for case, member in BOOK.facts)
    assert len(BOOK.cases) * 20 <= len(known)


@pytest.mark.skipif(not corpus.AVAILABLE, reason="no corpus beside the project")
@pytest.mark.parametrize(("machine", "code"), [("true", pytest.ExitCode.TESTS_FAILED), ("", pytest.ExitCode.OK)])
def test_a_whole_run_without_a_corpus_test_fails_on_the_build_machine_only(machine: str, code: int) -> None:
    rings = (path for path in (corpus.PROJECT / "tests").iterdir() if path.is_dir() and path.name != "rules")
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "an_hour_passes", *(f"--ignore={ring}" for ring in rings)],
        cwd=corpus.PROJECT,
        env=os.environ | {"CI": machine},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == code, run.stdout
    assert "corpus: 0 tests held" in run.stdout
