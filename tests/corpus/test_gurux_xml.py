"""APDUs compared with what the Gurux translator makes of them, leaf by leaf."""

from __future__ import annotations

from dlmskit.apdu.codec import decode
from tests.corpus.gurux_xml import leaves_of_apdu, leaves_of_xml
from tests.corpus.ignored import BOOK, LEFT_OUT
from tests.support import corpus


@corpus.each("apdu", where=lambda case: "gurux_xml" in case.expected)
def test_an_apdu_says_what_the_translator_says(case: corpus.Case) -> None:
    with BOOK.expecting(case):
        apdu = decode(case.data)
        theirs, ours = leaves_of_xml(case.expected["gurux_xml"]), list(leaves_of_apdu(apdu))
        if case.id in LEFT_OUT:
            rest = iter(ours)
            assert all(leaf in rest for leaf in theirs), LEFT_OUT[case.id]
            assert len(ours) > len(theirs), f"{case.id}: nothing is left out any more"
        else:
            assert ours == theirs
        assert apdu.to_bytes() == case.data
        BOOK.compare(case, {"gurux_xml": case.expected["gurux_xml"]})
