"""A backend that answers from a table, for tests of the object model without a meter."""

from __future__ import annotations

from typing import Any

from dlmskit.cosem.model import Bound, BoundMethod
from dlmskit.data.value import NULL, Value


class Table:
    """Answers references from `values` by index and keeps what it was asked."""

    def __init__(self, values: dict[int, Value] | None = None, returned: Value = NULL) -> None:
        self.values, self.returned = values or {}, returned
        self.asked: list[tuple[Any, ...]] = []

    async def get(self, ref: Bound[Any], /) -> Value:
        self.asked.append(("get", str(ref), ref.selection))
        return self.values[ref.attribute.index]

    async def set(self, ref: Bound[Any], value: Value, /) -> None:
        self.asked.append(("set", str(ref), value))
        self.values[ref.attribute.index] = value

    async def call(self, ref: BoundMethod[Any, Any], argument: Value, /) -> Value:
        self.asked.append(("call", str(ref), argument))
        return self.returned
