"""How much a dissection agrees to hold."""

from __future__ import annotations

from dataclasses import dataclass

from dlmskit.data.limits import LIMITS as APDU_LIMITS
from dlmskit.data.limits import Limits


@dataclass(frozen=True, slots=True)
class DissectLimits:
    """Bounds of one dissection.

    octets           looked at in all; the rest is an error
    found            entries given in all; what follows is not looked at
    transfers        unfinished transfers kept at a time (segmented frames, blocks); the oldest is given up
    transfer_octets  one transfer may grow to; the default holds 65535 and an envelope
    associations     whose system titles are remembered at a time
    apdu             bounds of each APDU
    """

    octets: int = 16 * 1024 * 1024
    found: int = 100_000
    transfers: int = 64
    transfer_octets: int = 65_600
    associations: int = 256
    apdu: Limits = APDU_LIMITS


LIMITS = DissectLimits()
