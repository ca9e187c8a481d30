"""Where a command's words go: results to stdout, everything else to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Self, TextIO

import typer

from dlmskit.cli.text import harmless_json, printable
from dlmskit.trace import TraceEvent, Tracer, to_line

if TYPE_CHECKING:
    from rich.console import Console

PANEL = "General"
# The layers that tell what was said; frames, timers and the states between them come with -vv.
_TOLD_AT_FIRST = frozenset(("line", "apdu", "security"))

Verbose = Annotated[
    int,
    typer.Option(
        "--verbose",
        "-v",
        count=True,
        show_default=False,
        metavar="",
        rich_help_panel=PANEL,
        help="Trace to stderr as JSON lines: APDUs; -vv also frames, states, timers.",
    ),
]
NoColor = Annotated[
    bool, typer.Option("--no-color", metavar="", rich_help_panel=PANEL, help="No colour; so does NO_COLOR.")
]
Json = Annotated[
    bool,
    typer.Option(
        "--json", metavar="", rich_help_panel=PANEL, help="One JSON object per line on stdout instead of text."
    ),
]


@dataclass
class Output:
    """What every command that prints results is given.

    as_json  results are JSON objects, one a line
    verbose  0 to 2: how much of the trace is told
    """

    as_json: bool = False
    verbose: int = 0
    no_color: bool = False
    stdout: TextIO = field(default_factory=lambda: sys.stdout)
    stderr: TextIO = field(default_factory=lambda: sys.stderr)

    @classmethod
    def from_options(cls, json: Json = False, verbose: Verbose = 0, no_color: NoColor = False) -> Self:
        return cls(json, verbose, no_color)

    @cached_property
    def console(self) -> Console:
        """Text for people, on stdout. Nothing in it is markup, and nothing is shortened."""
        return self._console(self.stdout)

    @cached_property
    def _notes(self) -> Console:
        return self._console(self.stderr)

    def _console(self, file: TextIO) -> Console:
        from dlmskit.cli.terminal import Terminal

        plain = self.no_color or bool(os.environ.get("NO_COLOR"))
        return Terminal(
            file=file,
            color_system=None if plain else "auto",
            markup=False,
            highlight=False,
            emoji=False,
            soft_wrap=True,
        )

    @cached_property
    def width(self) -> int:
        """Columns there are, as the command began."""
        return self.console.width

    @property
    def is_terminal(self) -> bool:
        """Whether somebody looks at the results as they come."""
        return self.stdout.isatty() and not self.as_json

    def say(self, text: str = "", style: str | None = None, end: str = "\n") -> None:
        """A line for people; characters that would steer the terminal are escaped."""
        shown = "\n".join(map(printable, text.split("\n")))
        if style is None or self.console.color_system is None:  # rich is slow, and would say the same
            self.stdout.write(shown + end)
            self.stdout.flush()
        else:
            self.console.print(shown, style=style, end=end)

    def emit(self, record: Mapping[str, object]) -> None:
        """One JSON object, at once, so that whoever reads along is not kept waiting."""
        line = harmless_json(json.dumps(record, ensure_ascii=not _is_unicode(self.stdout)))
        self.stdout.write(line + "\n")
        self.stdout.flush()

    def note(self, text: str) -> None:
        """A line beside the results, on stderr."""
        self.stderr.write(f"dlmskit: {printable(text)}\n")
        self.stderr.flush()

    @contextmanager
    def progress(self, text: str) -> Iterator[None]:
        """What is being waited for, shown on a terminal only; print nothing meanwhile, or the lines would mix."""
        if not (self.stderr.isatty() and self.is_terminal) or self.verbose:
            yield
            return
        with self._notes.status(printable(text), spinner_style="dim"):
            yield

    @property
    def tracer(self) -> Tracer | None:
        """Who is told the trace: nobody without -v."""
        return self._tell if self.verbose else None

    def _tell(self, event: TraceEvent) -> None:
        if self.verbose > 1 or event.layer in _TOLD_AT_FIRST:
            self.stderr.write(harmless_json(to_line(event)) + "\n")


def _is_unicode(file: TextIO) -> bool:
    return (getattr(file, "encoding", None) or "").lower().replace("-", "") == "utf8"
