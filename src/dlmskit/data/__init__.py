"""A-XDR values: `decode`, `encode`, `decode_from`, `Value` and `Tag`."""

from __future__ import annotations

from dlmskit.data.axdr import decode, decode_from, encode
from dlmskit.data.value import Tag, Value

__all__ = ["Tag", "Value", "decode", "decode_from", "encode"]
