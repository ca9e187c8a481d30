"""Text for people: what a meter sent made harmless, and laid out in the columns there are."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rich.cells import cell_len, chop_cells

_INVISIBLE_IN_JSON = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


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
    return _INVISIBLE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


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
