"""Text for people: what a meter sent made harmless, and laid out in the columns there are."""

from __future__ import annotations

import json
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells


def width_of(text: str) -> int:
    """How many columns `text` takes on a terminal."""
    return cell_len(text)


def printable(text: str) -> str:
    """`text` with everything that could steer a terminal escaped: control characters, marks of direction."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)


def harmless_json(line: str) -> str:
    r"""A line of JSON with invisible characters as `\u…`; they occur inside strings only, so it says the same."""
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else json.dumps(char)[1:-1] for char in line)


def fold(text: str, width: int) -> Iterator[str]:
    """Lines of at most `width` columns, broken at spaces where there are any."""
    width = max(width, 8)
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if cell_len(longer) <= width:
            line = longer
            continue
        if line:
            yield line
        *full, line = chop_cells(word, width) or [""]
        yield from full
    yield line


def pad(text: str, width: int) -> str:
    """`text` filled up to `width` columns."""
    return text + " " * (width - cell_len(text))
