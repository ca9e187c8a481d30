"""A console of rich's that leaves it to the command what a closed pipe means."""

from __future__ import annotations

from rich.console import Console


class Terminal(Console):
    """Raises BrokenPipeError, where rich would end the process with status 1 in the middle of an association."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError
