"""Likely causes of a failure, most likely first, each with what to try.

A pure function over what was tried and what came. The first row of the tables in `causes` that fits speaks; its
causes are attached to the error as `hints`.
"""

from __future__ import annotations

from dlmskit.client.diagnosis.causes import ROWS
from dlmskit.client.diagnosis.situation import Situation
from dlmskit.errors import DlmsError, OutcomeUnknown

READ_BACK = "read back what was to be changed before trying again"


def diagnose(error: DlmsError, situation: Situation) -> tuple[str, ...]:
    """What probably caused `error`, most likely first; empty where nothing useful can be said."""
    cause = error.__cause__ if isinstance(error, OutcomeUnknown) else None
    if isinstance(cause, DlmsError):
        return (READ_BACK, *diagnose(cause, situation))
    for row in ROWS:
        if isinstance(error, row.kind) and row.fits(error, situation):
            return tuple(cause.format(at=situation, error=error) for cause in row.causes)
    return ()
