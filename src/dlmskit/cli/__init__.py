"""The command line: `dlmskit COMMAND …`, one thin file per command.

The only place that reads the environment. Results go to stdout, everything else to stderr; the exit status is 0 done,
1 the meter, the line or the bytes said no, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec

from dlmskit.errors import MissingExtra


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    if find_spec("typer") is None or find_spec("rich") is None:
        print(f"dlmskit: {MissingExtra('cli', 'the command line').message}", file=sys.stderr)
        return 1
    try:
        from dlmskit.cli.app import run

        return run(arguments)
    except KeyboardInterrupt:
        return 130
