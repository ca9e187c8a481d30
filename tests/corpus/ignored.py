"""What the corpus says that we do not compare, each with its reason; see `tests.support.corpus.Book`."""

from __future__ import annotations

from tests.support.corpus import Book

MEMBERS = {
    "amsreader_decodes": "says what another program makes of the octets, not what they say",
    "golden_filter": "says which test list of another program the case comes from",
}

FACTS: dict[tuple[str, str], str] = {}

CASES: dict[str, str] = {}

BOOK = Book(MEMBERS, FACTS, CASES)
