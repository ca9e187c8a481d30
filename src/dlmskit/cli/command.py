"""How a function becomes a command: bundles of options, and one way out for every error.

    async def read(connection: Connection, output: Output, objects: Objects = None) -> int | None: ...

A parameter whose class has `from_options` is a bundle: what that takes (or what its `parameters` lists) become options
of the command, and the function gets the object made of them. A status that is returned is the exit status; None is 0.
"""

from __future__ import annotations

import asyncio
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import typer

from dlmskit.cli.output import Output
from dlmskit.cli.signals import cancelled_by_sigterm
from dlmskit.cli.text import printable
from dlmskit.errors import DlmsError, UsageError

DONE, FAILED, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
CommandFunction = Callable[..., int | Coroutine[Any, Any, int | None] | None]


@dataclass
class General:
    """What was said before the command's name: `dlmskit -v read …`."""

    verbose: int = 0
    no_color: bool = False


class Bundle(NamedTuple):
    """Options that make one object."""

    make: Callable[..., Any]
    parameters: list[inspect.Parameter]


def command(app: typer.Typer, function: CommandFunction, *, panel: str) -> None:
    """Make `function` a command of `app`; its docstring is the help."""
    app.command(
        function.__name__.replace("_", "-"), rich_help_panel=panel, help=inspect.cleandoc(function.__doc__ or "")
    )(_unbundled(function))


def _unbundled(function: CommandFunction) -> Callable[..., None]:
    """`function` with its bundles spread out into options, and a context in front."""
    bundles: dict[str, Bundle] = {}
    parameters = [inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)]
    for parameter in inspect.signature(function, eval_str=True).parameters.values():
        bundle = _bundle(parameter.annotation)
        if bundle is not None:
            bundles[parameter.name] = bundle
        parameters += bundle.parameters if bundle is not None else [parameter]

    def run(ctx: typer.Context, **given: Any) -> None:
        raise typer.Exit(_run(ctx, function, bundles, given))

    keyword_only = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in parameters]
    run.__name__ = function.__name__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in keyword_only}
    run.__signature__ = inspect.Signature(keyword_only)  # type: ignore[attr-defined]
    return run


def _bundle(annotation: Any) -> Bundle | None:
    make = getattr(annotation, "from_options", None)
    if make is None:
        return None
    listed = getattr(annotation, "parameters", None)
    return Bundle(make, listed() if listed else list(inspect.signature(make, eval_str=True).parameters.values()))


def _run(ctx: typer.Context, function: CommandFunction, bundles: Mapping[str, Bundle], given: dict[str, Any]) -> int:
    general = ctx.find_object(General) or General()
    verbose = general.verbose + given.get("verbose", 0)
    try:
        for name, bundle in bundles.items():
            given[name] = bundle.make(**{item.name: given.pop(item.name) for item in bundle.parameters})
            if isinstance(given[name], Output):
                given[name].verbose, given[name].no_color = verbose, general.no_color or given[name].no_color
        result: Any = function(**given)
        status: int | None = asyncio.run(cancelled_by_sigterm(result)) if inspect.iscoroutine(result) else result
        sys.stdout.flush()
    except (KeyboardInterrupt, asyncio.CancelledError):
        print("dlmskit: interrupted", file=sys.stderr)
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 - whatever happens, a command ends with a line, never with a traceback
        return _failed(ctx, error, verbose)
    return status or DONE


def _failed(ctx: typer.Context, error: Exception, verbose: int) -> int:
    if isinstance(error, BrokenPipeError):
        _leave_the_pipe()
        return DONE  # whoever read along has seen enough
    if isinstance(error, ExceptionGroup):
        return _failed(ctx, error.exceptions[0], verbose)
    if isinstance(error, UsageError):
        return refuse(ctx, one_line(error))
    if verbose > 1:
        traceback.print_exception(error)
    print(f"dlmskit: {one_line(error)}", file=sys.stderr)
    return FAILED


def one_line(error: Exception) -> str:
    """What happened, then likely causes and what to try, most likely first."""
    if isinstance(error, DlmsError):
        parts = [error.message or error.kind, *_numbered(error.hints)]
    elif isinstance(error, OSError):
        parts = [str(error)]
    else:
        parts = [f"unexpected {type(error).__name__}: {error}", "a defect of dlmskit; -vv shows where"]
    return printable(". ".join(parts).replace("\n", " "))


def _numbered(hints: tuple[str, ...]) -> list[str]:
    return list(hints) if len(hints) < 2 else [f"{number}) {hint}" for number, hint in enumerate(hints, 1)]


def refuse(ctx: typer.Context | None, message: str) -> int:
    """Say that the command was called wrongly, and how it is called."""
    if ctx is not None:
        print(f"{ctx.get_usage()}\nTry '{ctx.command_path} --help' for help.", file=sys.stderr)
    print(f"dlmskit: {message}", file=sys.stderr)
    return WRONG_USAGE


def _leave_the_pipe() -> None:
    """Let the interpreter's last flush go nowhere instead of failing a second time."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError):
        pass
