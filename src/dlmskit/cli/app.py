"""The commands put together, and what stands before them: version, trace, colour."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from dlmskit._version import __version__
from dlmskit.cli.command import DONE, INTERRUPTED, WRONG_USAGE, General, command, refuse
from dlmskit.cli.output import NoColor, Verbose
from dlmskit.cli.text import printable

#: Each command stands in a module and a function of its own name, `explain-auth` in `explain_auth`; what groups them in the help.
COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("read", "objects", "profile", "write", "call"), "With a meter"),
        **dict.fromkeys(
            ("decode", "explain-auth", "listen", "line-test", "simulate", "classes", "profiles", "keys", "demo"),
            "Without one",
        ),
    }
)
EXTRAS = {
    "cli": ("typer", "rich"),
    "serial": ("serialx",),
    "columns": ("numpy",),
    "arrow": ("pyarrow",),
    "hsm": ("python-pkcs11",),
}
# The parser's own class of what is wrong with a command line. Typer has moved it, but derives its public one from it.
_ParseError: type[Exception] = typer.BadParameter.__bases__[0]
_NEGATIVE = re.compile(r"-[0-9][0-9.eE+-]*", re.ASCII)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command and give its exit status."""
    words = _with_negatives(sys.argv[1:] if arguments is None else arguments)
    _open_closed_streams()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _app(words)(words, prog_name="dlmskit", standalone_mode=False)
    except _ParseError as error:
        return _refuse(error)
    except typer.Abort:
        return INTERRUPTED
    return status if isinstance(status, int) else DONE


def _open_closed_streams() -> None:
    """Give nothing to read, and nowhere to write, where the caller has closed a standard stream."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 - open until the end


def _app(words: Sequence[str]) -> typer.Typer:
    """All commands; only the one that is named where one is, because loading them all takes as long as a reading."""
    app = typer.Typer(
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={
            "help_option_names": ["-h", "--help"],
            "token_normalize_func": lambda token: token.replace("_", "-"),
        },
    )
    app.callback(invoke_without_command=True)(_general)
    named = next((word for word in words if not word.startswith("-")), None)
    for name in [named] if named in COMMANDS else COMMANDS:
        word = str(name).replace("-", "_")
        function = getattr(import_module(f"dlmskit.cli.{word}"), word)
        command(app, function, panel=COMMANDS[str(name)])
    return app


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
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _general(
    ctx: typer.Context,
    verbose: Verbose = 0,
    no_color: NoColor = False,
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            metavar="",
            callback=_version,
            is_eager=True,
            help="Versions of dlmskit, Python, system, extras.",
        ),
    ] = False,
) -> None:
    """DLMS/COSEM on the command line: read smart meters, decode what they send, serve meters of your own."""
    ctx.obj = General(verbose, no_color)
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())
        raise typer.Exit(WRONG_USAGE)
