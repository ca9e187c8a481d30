"""Meters and simulators built on jDLMS."""

from __future__ import annotations

from dlmskit.quirks.registry import Quirk

QUIRKS = (
    Quirk(
        name="jdlms-server",
        evidence="recorded conversation of its server with a foreign client: the AARE carries a challenge and says that "
        "authentication succeeded, and agrees to services that were not proposed",
        sets={"unannounced_challenge": True, "conformance_beyond_proposal": True},
    ),
)
