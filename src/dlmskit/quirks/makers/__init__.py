"""Makers' deviations, a file each."""

from __future__ import annotations

from dlmskit.quirks.makers import jdlms, lnt

ALL = (*jdlms.QUIRKS, *lnt.QUIRKS)
