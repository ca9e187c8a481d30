"""Secrets looked for in what a program shows, in every form they could have there."""

from __future__ import annotations

import base64
import json
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dlmskit.errors import DlmsError
from dlmskit.trace import TraceEvent, to_line


def forms(secret: bytes) -> Iterator[bytes]:
    """A secret raw, in hex of both cases, as Python shows it, and in base64 wherever it may begin in a longer text."""
    yield secret
    yield secret.hex().encode()
    yield secret.hex().upper().encode()
    yield secret.hex(" ").encode()
    yield repr(secret)[2:-1].encode()
    yield json.dumps(secret.decode("latin-1"))[1:-1].encode()
    yield str(list(secret))[1:-1].encode()
    yield str(int.from_bytes(secret)).encode()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + secret)
        cut = whole[(8 * before + 5) // 6 : len(whole) - 4]  # the characters that no neighbour has a part in
        yield cut
        yield cut.replace(b"+", b"-").replace(b"/", b"_")


def leaks(shown: Mapping[str, bytes], secrets: Mapping[str, bytes]) -> set[tuple[str, str]]:
    """(channel, secret) of everything that is shown and must not be."""
    return {
        (channel, name)
        for channel, octets in shown.items()
        for name, secret in secrets.items()
        if any(form in octets for form in forms(secret))
    }


@dataclass
class Channels:
    """What was shown, by channel."""

    shown: dict[str, bytearray] = field(default_factory=dict)

    def add(self, channel: str, *texts: object) -> None:
        taken = self.shown.setdefault(channel, bytearray())
        for text in texts:
            taken += (text if isinstance(text, bytes) else str(text).encode("utf-8", "backslashreplace")) + b"\n"

    def trace(self, event: TraceEvent) -> None:
        self.add("trace", to_line(event))
        self.add("repr", repr(event))

    def error(self, error: BaseException) -> None:
        """An error with all that led to it, as logs and debuggers show it."""
        seen: list[BaseException] = []
        while error is not None and error not in seen:  # type: ignore[redundant-expr]  # the last one has no cause
            seen.append(error)
            self.add("errors", str(error), repr(error), error.args, getattr(error, "__notes__", ""))
            if isinstance(error, DlmsError):
                self.add("json", json.dumps(error.to_json()), error.hints)
            error = error.__cause__ or error.__context__  # type: ignore[assignment]
        self.add("errors", "".join(traceback.format_exception(seen[0])))

    def octets(self) -> dict[str, bytes]:
        return {channel: bytes(shown) for channel, shown in self.shown.items()}
