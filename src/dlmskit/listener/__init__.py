"""Meters that dial in: `listen` yields each as a `Caller`, with what it pushed and who it says it is."""

from __future__ import annotations

from dlmskit.listener.caller import Caller
from dlmskit.listener.identity import Claim, Identity, Standing
from dlmskit.listener.limits import ListenLimits
from dlmskit.listener.listening import Listening, listen

__all__ = ["Caller", "Claim", "Identity", "ListenLimits", "Listening", "Standing", "listen"]
