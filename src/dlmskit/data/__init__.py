"""A-XDR values: `decode`, `encode`, `decode_from`, `Value`, `Tag`, and `columns` for profile rows."""

from __future__ import annotations

from dlmskit.data import columns
from dlmskit.data.axdr import decode, decode_from, encode
from dlmskit.data.value import Tag, Value

__all__ = ["Tag", "Value", "columns", "decode", "decode_from", "encode"]
