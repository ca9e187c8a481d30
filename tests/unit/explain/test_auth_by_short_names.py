"""An authentication by short names, explained."""

from __future__ import annotations

from dlmskit.explain import Known, auth
from dlmskit.session.context import SHORT_NAME_CONFORMANCE
from dlmskit.session.naming import NameBook, ShortNames
from tests.support import session_pair
from tests.support.session_pair import Pair, client_settings, served


def test_the_passes_of_hls_are_found_by_short_names_too() -> None:
    said: list[str] = []

    def listen(way: str, octets: bytes) -> bytes:
        said.append(f"{way} {octets.hex()}")
        return octets

    settings = client_settings(5, conformance=SHORT_NAME_CONFORMANCE, names=NameBook())
    offer = served(5, conformance=SHORT_NAME_CONFORMANCE, short_names=lambda: ShortNames(()))
    Pair("wrapper", 5, settings=settings, offer=offer, wire=listen).open()
    explanation = auth("\n".join(said).encode(), Known(ek=session_pair.EK, ak=session_pair.AK))
    assert [(step.what, step.state) for step in explanation.steps if step.what.startswith("hls")] == [
        ("hls pass 3", "fits"),
        ("hls pass 4", "fits"),
    ]
