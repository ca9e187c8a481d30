"""Members of a TOML table, read by their type: what is wrong is told with where it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, TypeVar

from dlmskit.errors import UsageError
from dlmskit.obis import Obis

T = TypeVar("T")
_DIGITS = 10


class Members:
    """One table. Every reader takes a member's name and raises UsageError where the member is of another type.

    where  path of the table in the text, as in `roles.reader`; empty for the text itself
    """

    __slots__ = ("_table", "where")

    def __init__(self, table: object, where: str = "") -> None:
        self.where = where
        if not isinstance(table, dict):
            raise UsageError(f"{where} must be a table, not {table!r}")
        self._table: dict[str, Any] = table

    def only(self, known: Collection[str]) -> None:
        """Refuse members of any other name."""
        for name in self._table:
            if name not in known:
                raise UsageError(f"unknown member {self.path(name)!r}; known are {', '.join(sorted(known))}")

    def without(self, names: Collection[str]) -> Mapping[str, object]:
        """All other members as they are."""
        return {name: value for name, value in self._table.items() if name not in names}

    def text(self, name: str, default: T) -> str | T:
        found: str | T = self._of(str, "text", name, default)
        return found

    def whole(self, name: str, default: T) -> int | T:
        found: int | T = self._of(int, "a whole number", name, default)
        return found

    def needed(self, name: str) -> str:
        """A text without which there is no profile."""
        found = self.text(name, None)
        if found is None:
            raise UsageError(f"{self.path(name)} is missing")
        return found

    def one_of(self, name: str, words: Collection[str]) -> str:
        """One of some words, which is missing or another at the caller's peril."""
        found = self._table.get(name)
        if found not in words:
            raise UsageError(f"{self.path(name)} is one of {', '.join(words)}, not {found!r}")
        return str(found)

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty where there is none."""
        return tuple(self._list(str, "a list of texts", name))

    def wholes(self, name: str) -> tuple[int, ...]:
        return tuple(self._list(int, "a list of whole numbers", name))

    def obis(self, name: str) -> Obis:
        """The code in a member that is there."""
        text = self.needed(name)
        try:
            return Obis.parse(text)
        except UsageError as error:
            raise UsageError(f"{self.path(name)}: {error.message}", hints=error.hints) from None

    def table(self, name: str) -> Members:
        """The table of that name; an empty one where there is none."""
        return Members(self._table.get(name, {}), self.path(name))

    def tables(self) -> Iterator[tuple[str, Members]]:
        """Every member, each a table."""
        for name in self._table:
            yield name, self.table(name)

    def path(self, name: str) -> str:
        return f"{self.where}.{name}" if self.where else name

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __contains__(self, name: str) -> bool:
        return name in self._table

    def _of(self, kind: type, words: str, name: str, default: Any) -> Any:
        found = self._table.get(name, default)
        if name in self._table and type(found) is not kind:  # True is no number here
            raise UsageError(f"{self.path(name)} must be {words}, not {found!r}")
        return found

    def _list(self, kind: type, words: str, name: str) -> list[Any]:
        found: list[Any] = self._of(list, words, name, [])
        if any(type(one) is not kind for one in found):
            raise UsageError(f"{self.path(name)} must be {words}, not {found!r}")
        return found


def number(text: str, where: str) -> int:
    """A whole number that is the name of a member."""
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        raise UsageError(f"{where}: {text!r} must be a whole number")
    return int(text)
