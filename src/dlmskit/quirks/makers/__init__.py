"""Makers' deviations, a file each."""

from __future__ import annotations

from dlmskit.quirks.makers import jdlms, uni_ts

ALL = (*jdlms.QUIRKS, *uni_ts.QUIRKS)
