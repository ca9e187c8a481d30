"""`Kind[T]`: how a Python type is carried in a tagged `Value`.

The ready-made kinds and the builders stand in `dlmskit.data.kinds`.
"""

from __future__ import annotations

import json
from typing import Any, Generic, TypeAlias, TypeVar

from dlmskit.data.tagged import from_json
from dlmskit.data.value import Value, type_name
from dlmskit.errors import RemoteProtocolError, UsageError

T = TypeVar("T")


class Kind(Generic[T]):
    """A COSEM type as Python sees it.

    name      the standard's name of the type, such as `double-long-unsigned`
    tags      the type tags that `load` may take; empty: any
    children  the kinds inside: of an array's element, a structure's fields, a choice's alternatives
    """

    name: str
    tags: tuple[int, ...] = ()
    children: tuple[AnyKind, ...] = ()

    def load(self, value: Value) -> T:
        """The Python value; RemoteProtocolError where `value` is of another type or size."""
        raise NotImplementedError

    def dump(self, value: T) -> Value:
        """The value to send; UsageError where `value` does not fit."""
        raise NotImplementedError

    def parse(self, text: str) -> T:
        """What a person typed, in the type's own notation or as tagged JSON."""
        if not text.lstrip().startswith("{"):
            return self._parse(text)
        try:
            return self.load(from_json(json.loads(text)))
        except RemoteProtocolError as error:
            raise UsageError(error.message) from None
        except (json.JSONDecodeError, RecursionError) as error:
            raise UsageError(f"not JSON: {error}") from None

    def describe(self) -> str:
        """The type in full, such as `octet-string[6] logical-name`."""
        return self.name

    def __repr__(self) -> str:
        return f"<Kind {self.describe()}>"

    def _parse(self, text: str) -> T:
        raise UsageError(f'write a {self.describe()} as tagged JSON, like {{"structure": [{{"long": 60}}]}}')

    def _misfit(self, value: Value) -> RemoteProtocolError:
        size = f" of {len(value.value)}" if isinstance(value.value, (bytes, str, tuple)) else ""
        return RemoteProtocolError(f"expected {self.describe()}, got {type_name(value.tag)}{size}")

    def _unfit(self, value: object) -> UsageError:
        text = repr(value)
        return UsageError(f"{text if len(text) <= 60 else text[:57] + '...'} is no {self.describe()}")


AnyKind: TypeAlias = Kind[Any]


def parse_integer(text: str) -> int:
    """A whole number, decimal or 0x...; UsageError otherwise."""
    try:
        return int(text, 16) if text.strip().lower().startswith(("0x", "-0x")) else int(text)
    except ValueError:
        raise UsageError(f"{text!r} is no whole number") from None


def unquote(text: str) -> str:
    """The text between double quotes, escapes resolved; ValueError for others."""
    content = json.loads(text)
    if not isinstance(content, str):
        raise ValueError(text)
    return content
