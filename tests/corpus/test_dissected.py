"""Octets of real meters through `decode`, compared with what their sources say."""

from __future__ import annotations

import json

from dlmskit.dissect import decode
from dlmskit.errors import DlmsError
from tests.corpus.facts import compare
from tests.corpus.ignored import BOOK
from tests.support import corpus

LAYERS = ("hdlc-frame", "hdlc-stream", "wrapper", "mbus-stream", "apdu", "axdr-data")


def _has_facts(case: corpus.Case) -> bool:
    return not case.robustness_only and "gurux_xml" not in case.expected


@corpus.each(*LAYERS, where=_has_facts)
def test_a_case_says_what_its_source_says(case: corpus.Case) -> None:
    with BOOK.expecting(case):
        compare(BOOK, case)


@corpus.each(*LAYERS, where=lambda case: case.robustness_only)
def test_what_is_truncated_or_garbled_gives_a_clean_error(case: corpus.Case) -> None:
    with BOOK.expecting(case):
        found = decode(case.data)
        assert found
        assert json.dumps([one.to_json() for one in found])
        assert all(isinstance(one.error, DlmsError) or one.value is None for one in found)
        BOOK.clean_error(case)
