"""The passphrase of a key file: from the environment, from a file, or asked for."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from dlmskit.cli.config import variable
from dlmskit.edge.keyfiles import KeyFile, is_key_file
from dlmskit.errors import UsageError


def passphrase(file: Path) -> bytes:
    """`DLMSKIT_PASSPHRASE`, the first line of the file `DLMSKIT_PASSPHRASE_FILE` names, or what the user types."""
    given = variable("passphrase")
    if given is not None:
        return given.encode()
    named = variable("passphrase_file")
    if named is not None:
        try:
            return Path(named).expanduser().read_bytes().split(b"\n", 1)[0].rstrip(b"\r")
        except OSError as error:
            raise UsageError(f"DLMSKIT_PASSPHRASE_FILE: {error.strerror or error}") from None
    if not sys.stdin.isatty():
        raise UsageError(f"{file} needs its passphrase", hints=("set DLMSKIT_PASSPHRASE or DLMSKIT_PASSPHRASE_FILE",))
    typed = typer.prompt(f"Passphrase of {file}", hide_input=True, confirmation_prompt=not file.exists(), err=True)
    return str(typed).encode()


def open_key_file(file: Path, *, create: bool = False) -> KeyFile:
    """The key file, opened with its passphrase. Raises UsageError where there is none, unless one is to be made."""
    if not create and not (file.exists() and is_key_file(file)):
        raise UsageError(f"{file} is no key file", hints=("`dlmskit keys new FILE TITLE` makes one",))
    return KeyFile(file, passphrase(file))
