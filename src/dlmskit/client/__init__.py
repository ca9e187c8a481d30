"""The asyncio client: `connect` for one meter, `open_line` for several on one line."""

from __future__ import annotations

from dlmskit.client.access import Call, Set
from dlmskit.client.connect import connect
from dlmskit.client.line import OpenLine, open_line
from dlmskit.client.meter import Meter
from dlmskit.client.security import Security

__all__ = ["Call", "Meter", "OpenLine", "Security", "Set", "connect", "open_line"]
