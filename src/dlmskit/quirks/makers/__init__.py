"""Makers' deviations, a file each."""

from __future__ import annotations

from dlmskit.quirks.makers import jdlms

ALL = (*jdlms.QUIRKS,)
