"""Larsen & Toubro."""

from __future__ import annotations

from dlmskit.quirks.registry import Quirk

QUIRKS = (
    Quirk(
        name="lnt-deviation",
        evidence="saved settings of one Regor meter in a public tool, which take the deviation of its clock with the "
        "other sign",
        sets={"deviation_sign_reversed": True},
    ),
)
