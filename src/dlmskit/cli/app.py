"""The commands put together, and what stands before them: version, trace, colour."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

from dlmskit._version import __version__
from dlmskit.cli.call import call
from dlmskit.cli.command import DONE, INTERRUPTED, WRONG_USAGE, CommandFunction, General, command, refuse
from dlmskit.cli.decode import decode
from dlmskit.cli.demo import demo
from dlmskit.cli.objects import objects
from dlmskit.cli.output import NoColor, Verbose
from dlmskit.cli.profile import profile
from dlmskit.cli.read import read
from dlmskit.cli.simulate import simulate
from dlmskit.cli.text import printable
from dlmskit.cli.write import write

EXTRAS = {"cli": ("typer", "rich"), "serial": ("serialx",), "columns": ("numpy",), "arrow": ("pyarrow",)}
# Click's own classes: typer has moved them, but its public ones still derive from them.
_ParseError: type[Exception] = typer.BadParameter.__bases__[0]

_NEGATIVE = re.compile(r"-[0-9][0-9.eE+-]*", re.ASCII)

app = typer.Typer(
    name="dlmskit",
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "token_normalize_func": lambda token: token.replace("_", "-"),
        "max_content_width": 100,
    },
)
_PANELS: Mapping[str, tuple[CommandFunction, ...]] = {
    "With a meter": (read, objects, profile, write, call),
    "Without one": (decode, simulate, demo),
}
for panel, functions in _PANELS.items():
    for function in functions:
        command(app, function, panel=panel)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = app(
            _with_negatives(sys.argv[1:] if arguments is None else arguments),
            prog_name="dlmskit",
            standalone_mode=False,
        )
    except _ParseError as error:
        return _refuse(error)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    return status if isinstance(status, int) else DONE


def _with_negatives(arguments: Sequence[str]) -> list[str]:
    """A negative number would be taken for an option; behind a space it is a value, and reads the same."""
    return [f" {argument}" if _NEGATIVE.fullmatch(argument) else argument for argument in arguments]


def _refuse(error: Exception) -> int:
    """What the parser found wrong, said as every other refusal is."""
    words = error.format_message() if hasattr(error, "format_message") else str(error)
    return refuse(getattr(error, "ctx", None), printable(words.rstrip(".").replace("\n", " ")))


def _version(wanted: bool) -> None:
    if not wanted:
        return
    print(f"dlmskit {__version__}")
    print(f"Python {platform.python_version()} ({platform.python_implementation()}), {platform.platform()}")
    print(f"cryptography {_installed('cryptography')}")
    for extra, packages in EXTRAS.items():
        print(f"{extra:12} {', '.join(f'{package} {_installed(package)}' for package in packages)}")
    raise typer.Exit


def _installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


@app.callback(invoke_without_command=True)
def general(
    ctx: typer.Context,
    verbose: Verbose = 0,
    no_color: NoColor = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Versions of dlmskit, Python, system, extras."
        ),
    ] = False,
) -> None:
    """DLMS/COSEM on the command line: read smart meters, decode what they send, serve meters of your own."""
    ctx.obj = General(verbose, no_color)
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())
        raise typer.Exit(WRONG_USAGE)
