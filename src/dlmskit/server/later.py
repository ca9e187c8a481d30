"""Results of handlers that have to be awaited: worked on before they are there, and given up on cleanly."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Iterable, Sequence
from inspect import isawaitable
from typing import Any


class Later:
    """`function` of several results, some of which have to be awaited; `failed` turns an error into a result."""

    __slots__ = ("_failed", "_function", "parts")

    def __init__(
        self,
        parts: Sequence[Any],
        function: Callable[[list[Any]], Any],
        failed: Callable[[Exception], Any] | None = None,
    ) -> None:
        self.parts, self._function, self._failed = parts, function, failed

    def __await__(self) -> Generator[Any, None, Any]:
        values = []
        try:
            for part in self.parts:
                values.append((yield from part.__await__()) if isawaitable(part) else part)  # noqa: PERF401
            return self._function(values)
        except Exception as error:
            if self._failed is None:
                raise
            return self._failed(error)
        finally:
            discard(self)


def then(result: Any, function: Callable[[Any], Any]) -> Any:
    """`function` of a result; where that has to be awaited first, something to await."""
    return Later((result,), lambda values: function(values[0])) if isawaitable(result) else function(result)


def gathered(results: Iterable[Any], function: Callable[[list[Any]], Any]) -> Any:
    """`function` of several results; where one of them has to be awaited first, something to await.

    The results are drawn one by one; where one cannot be had, those before it are given up on.
    """
    parts: list[Any] = []
    try:
        parts.extend(results)
    except Exception:
        for part in parts:
            discard(part)
        raise
    return Later(parts, function) if any(map(isawaitable, parts)) else function(parts)


def discard(result: object) -> None:
    """Give up on a result; one that was awaited already stays as it is."""
    if isinstance(result, Later):
        for part in result.parts:
            discard(part)
    elif isinstance(result, Coroutine):
        result.close()
