"""`dlmskit explain-auth`: why an authentication fails, from what was captured."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from dlmskit.cli.command import DONE, FAILED
from dlmskit.cli.output import Output
from dlmskit.cli.secrets import Password, Secrets, parse
from dlmskit.cli.text import fold
from dlmskit.errors import UsageError
from dlmskit.explain import Explanation, Known, Step, auth
from dlmskit.security.keys import check_title, parse_secret

_STYLES = {"fits": "green", "plausible": "yellow", "wrong": "bold red", "not-checked": "yellow", "note": "dim"}
_MOST = 1 << 26

Capture = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="HEX|FILE|-",
        show_default=False,
        help="What was captured: hex, frames, a trace of -vv, or a conversation with C and S, TX and RX before each line.",
    ),
]
Title = Annotated[str | None, typer.Option(metavar="TITLE", help="System title, where the capture does not tell it.")]
Public = Annotated[str | None, typer.Option(metavar="HEX", help="Public signing key x | y, for ECDSA.")]


def explain_auth(
    output: Output,
    secrets: Secrets,
    capture: Capture = None,
    password: Password = None,
    client_title: Title = None,
    server_title: Title = None,
    client_public: Public = None,
    server_public: Public = None,
) -> int:
    """Recompute an authentication step by step, and say which single change would make it fit.

    Nothing is sent. Keys and passwords that are at hand are tried, and none is shown.
    """
    secrets.warn(output)
    known = Known(
        **{name: secrets.get(name) for name in ("ek", "ak", "dedicated", "broadcast", "master")},
        secret=secrets.get("password") if password is None else parse("password", password),
        client_title=_title(client_title) or secrets.system_title,
        server_title=_title(server_title),
        client_public=None if client_public is None else parse_secret(client_public),
        server_public=None if server_public is None else parse_secret(server_public),
    )
    explanation = auth(_captured(capture or ["-"]), known)
    for step in explanation.steps:
        if output.as_json:
            output.emit(step.to_json())
        else:
            _show(output, step)
    if output.as_json:
        output.emit(explanation.to_json())
    else:
        _conclude(output, explanation)
    return DONE if explanation.fits else FAILED


def _captured(words: list[str]) -> bytes:
    """What is to be explained: standard input, a file, or what was typed."""
    if words == ["-"]:
        return sys.stdin.buffer.read(_MOST)
    try:
        path = Path(words[0])
        if len(words) == 1 and path.is_file():
            with path.open("rb") as file:
                return file.read(_MOST)
    except (OSError, ValueError) as error:
        raise UsageError(f"{words[0][:60]!r} cannot be read: {error}") from None
    return "\n".join(words).encode(errors="surrogateescape")


def _title(text: str | None) -> bytes | None:
    return None if text is None else check_title(parse_secret(text))


def _show(output: Output, step: Step) -> None:
    head = f"{step.message:>4} {step.sender or '':<7}{step.what}"
    output.say(f"{head}: {step.state}", style=_STYLES[step.state])
    _indented(output, [f"{name} {text}" for name, text in step.inputs.items()])
    if step.computed is not None and step.state != "fits":
        _indented(output, [f"ought to be {step.computed.hex()}"])
    _indented(output, step.notes)
    if step.change is not None:
        changed = ", ".join(f"{name} {text}" for name, text in step.changed.items() if step.inputs.get(name) != text)
        _indented(output, [f"would fit with {step.change.text}" + (f" ({changed})" if changed else "")])
    elif step.state == "wrong":
        _indented(output, [f"tried, and it is not that: {', '.join(step.excluded)}"] if step.excluded else [])
        _indented(output, [f"may be: {reason}" for reason in step.possible])


def _indented(output: Output, texts: Iterable[str]) -> None:
    for text in texts:
        for number, line in enumerate(fold(text, output.width - 10)):
            output.say(f"{'':{8 if number else 6}}{line}")


def _conclude(output: Output, explanation: Explanation) -> None:
    output.say()
    if explanation.fits:
        output.say("everything fits", style="bold")
        return
    for suggestion in explanation.suggestions:
        output.say(f"{suggestion.change.text}: mends {suggestion.mended}", style="bold")
    states = ", ".join(f"{number} {state}" for state, number in explanation.states.items())
    output.say(states if explanation.suggestions else f"no single change makes it fit; {states}")
