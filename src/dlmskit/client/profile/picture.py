"""Charts of a table in a picture file."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

from dlmskit.client.profile.series import all_series
from dlmskit.client.profile.table import ProfileTable
from dlmskit.errors import MissingExtra, UsageError

ENDINGS = (".png", ".svg")
_WIDTH, _HEIGHT = 10.0, 2.6
#: Charts in one picture: more would make a file that nothing shows.
_MOST = 24


def figure_for(path: str | os.PathLike[str]) -> type[Any]:
    """What draws into such a file. Raises UsageError for another ending, MissingExtra without Matplotlib."""
    if Path(path).suffix.lower() not in ENDINGS:
        raise UsageError(f"{os.fspath(path)}: a chart is written to a file that ends in {' or '.join(ENDINGS)}")
    try:
        # No window, no global state: `pyplot` would bring both.
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtra("plot", "a chart in a file") from None
    figure: type[Any] = Figure
    return figure


def draw(table: ProfileTable, path: str | os.PathLike[str]) -> None:
    """A chart below the other for each column with numbers. Raises as `figure_for`, and UsageError without numbers."""
    figure_of = figure_for(path)
    found = list(all_series(table))[:_MOST]
    if not found:
        raise UsageError(f"{table.object}: there are no numbers to draw")
    figure = figure_of(figsize=(_WIDTH, _HEIGHT * len(found)), layout="constrained")
    for axes, series in zip(figure.subplots(len(found), squeeze=False, sharex=True)[:, 0], found, strict=True):
        when = [None if time is None else time.local for time in series.times]
        points = [(at, number) for at, number in zip(when, series.numbers, strict=True) if at is not None]
        axes.step(
            [at for at, _ in points],
            [math.nan if number is None else number for _, number in points],
            where="pre" if series.counted else "post",
        )
        axes.set_title(_plain(series.title), loc="left", fontsize="medium")
        axes.set_ylabel(_plain(series.unit))
        axes.grid(visible=True, alpha=0.3)
    figure.savefig(path)


def _plain(text: str) -> str:
    """Text that is not taken for a formula."""
    return text.replace("$", r"\$")
