"""`dlmskit decode`: what octets in any framing say."""

from __future__ import annotations

import codecs
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from dlmskit.cli.command import DONE, FAILED
from dlmskit.cli.explained import show_found
from dlmskit.cli.output import Output
from dlmskit.cli.secrets import Secrets
from dlmskit.dissect import Found
from dlmskit.dissect import decode as dissect
from dlmskit.errors import UsageError
from dlmskit.explain.capture import written

_SEPARATORS = re.compile(r"0[xX]|[\s:,;-]+", re.ASCII)
_HEX_TEXT = re.compile(rb"[0-9A-Fa-fxX\s:,;-]+")
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# Framings that do not say where they end: several of them on lines of a text are messages of their own.
_UNFRAMED = ("apdu", "data")

Input = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="HEX|FILE|-", show_default=False, help="Hex digits, a file of hex or of octets, or - for stdin."
    ),
]


def decode(output: Output, secrets: Secrets, input: Input = None) -> int:  # noqa: A002 - the word of the help
    """Say what octets mean, whatever framing they are in.

    HDLC, wrapper, M-Bus, bare APDUs and data are told apart; protected APDUs are deciphered with --ek and --ak.
    """
    secrets.warn(output)
    secrets.allow_weak = True  # nothing is protected here, only looked at
    found = _decoded(_lines(input or ["-"]), secrets)
    for number, one in enumerate(found):
        if output.as_json:
            output.emit(one.to_json())
        else:
            show_found(output, one, first=not number)
    faults = [one.error for one in found if one.error is not None]
    if not faults:
        return DONE
    output.note(f"{len(faults)} of {len(found)} could not be decoded: {faults[0].message}")
    return FAILED


def _decoded(lines: Sequence[bytes], secrets: Secrets) -> list[Found]:
    keys, title = secrets.key_ring, secrets.system_title
    joined = dissect(b"".join(lines), keys, title)
    if len(lines) > 1 and joined[0].framing in _UNFRAMED:
        each = [found for line in lines for found in dissect(line, keys, title)]
        if all(found.error is None for found in each):
            return each
    return joined


def _lines(words: list[str]) -> list[bytes]:
    """The octets to decode; of a text of hex digits line by line."""
    if words == ["-"]:
        lines = _read(sys.stdin.buffer.read())
    elif len(words) == 1 and words[0] and not _HEX_TEXT.fullmatch(words[0].encode(errors="surrogateescape")):
        lines = _from_file(words[0])
    else:
        lines = [_from_hex("".join(words))]
    if not any(lines):
        raise UsageError("there is nothing to decode")
    return lines


def _from_file(name: str) -> list[bytes]:
    try:
        content = Path(name).read_bytes()
    except OSError as error:
        raise UsageError(f"{name[:60]!r} is neither hex digits nor a file that can be read: {error.strerror}") from None
    except ValueError:
        raise UsageError(f"{name[:60]!r} is neither hex digits nor a file") from None
    return _read(content)


def _read(content: bytes) -> list[bytes]:
    """The octets of a file or of stdin: those of each line where it is a text of hex digits or a log with some."""
    text = _plain_text(content)
    if not _HEX_TEXT.fullmatch(text):
        is_unknown = all(found.framing in _UNFRAMED and found.error is not None for found in dissect(content))
        return (written(content) if is_unknown else []) or [content]
    lines = [_SEPARATORS.sub("", line) for line in text.decode("ascii").splitlines()]
    if any(len(line) % 2 for line in lines):  # wrapped in the middle of an octet: lines mean nothing
        lines = ["".join(lines)]
    return [_from_hex(line) for line in lines if line]


def _plain_text(content: bytes) -> bytes:
    """A text without the byte order mark that editors and shells of Windows put in front."""
    for mark, encoding in _MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, errors="replace").encode(errors="replace")
    return content


def _from_hex(text: str) -> bytes:
    try:
        return bytes.fromhex(_SEPARATORS.sub("", text))
    except ValueError:
        raise UsageError(f"{text[:40]!r} is no whole number of octets in hex") from None
