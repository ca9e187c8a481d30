"""Passwords, keys and titles: from options, from the environment, from a keys file, in this order.

    password = "ascii:dlmskit1"                       # keys.toml: hex, or ascii:text
    ek = "000102030405060708090a0b0c0d0e0f"
    ["444b540000000001"]                              # keys of the system of that title
    ek = "…"

No message repeats a secret.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Self

import typer

from dlmskit.cli.config import Config, read_toml, variable
from dlmskit.cli.output import Output
from dlmskit.edge.keyfiles import is_key_file
from dlmskit.edge.options import did_you_mean
from dlmskit.errors import UsageError
from dlmskit.security.keys import KeyRing, check_title, parse_secret
from dlmskit.security.suites import SUITES

PANEL = "Secrets (hex or ascii:text; also from DLMSKIT_… in the environment)"
KEYS = ("ek", "ak", "dedicated", "broadcast", "master")
NAMES = (*KEYS, "password", "system_title")


def _secret(doc: str) -> Any:
    return typer.Option(help=doc, rich_help_panel=PANEL, metavar="SECRET", show_default=False)


Ek = Annotated[str | None, _secret("Encryption key.")]
Ak = Annotated[str | None, _secret("Authentication key.")]
Dedicated = Annotated[str | None, _secret("Dedicated key of one association.")]
Broadcast = Annotated[str | None, _secret("Broadcast encryption key.")]
Master = Annotated[str | None, _secret("Master key.")]
Password = Annotated[str | None, _secret("Password for --auth low.")]
SystemTitle = Annotated[
    str | None,
    typer.Option(
        help="System title, 8 octets: ours for a connection, the sender's for decode.",
        rich_help_panel=PANEL,
        metavar="TITLE",
        show_default=False,
    ),
]
KeysFile = Annotated[
    Path | None,
    typer.Option(
        "--keys",
        help="A TOML file with any of these, or an encrypted one made by `dlmskit keys`.",
        rich_help_panel=PANEL,
        metavar="FILE",
    ),
]
Suite = Annotated[int, typer.Option(help="Security suite.", rich_help_panel=PANEL, metavar="0|1|2")]
AllowWeak = Annotated[
    bool,
    typer.Option("--allow-weak", metavar="", rich_help_panel=PANEL, help="Take keys that are all zero or equal."),
]


@dataclass(repr=False)
class Secrets:
    """Every secret a command was given, as octets.

    typed    those that came as options, as they were typed
    """

    octets: dict[str, bytes] = field(default_factory=dict)
    by_title: dict[bytes, KeyRing] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    suite: int = 0
    keys_file: Path | None = None
    allow_weak: bool = False

    @classmethod
    def from_options(
        cls,
        ek: Ek = None,
        ak: Ak = None,
        dedicated: Dedicated = None,
        broadcast: Broadcast = None,
        master: Master = None,
        system_title: SystemTitle = None,
        keys: KeysFile = None,
        suite: Suite = 0,
        allow_weak: AllowWeak = False,
    ) -> Self:
        given = {"ek": ek, "ak": ak, "dedicated": dedicated, "broadcast": broadcast, "master": master}
        return cls.gather({**given, "system_title": system_title}, keys, suite, allow_weak=allow_weak)

    @classmethod
    def gather(cls, given: Mapping[str, str | None], file: Path | None, suite: int, *, allow_weak: bool) -> Self:
        """What options, the environment and a keys file say together. Raises UsageError."""
        file = file or Config.load().keys_file
        content = _content(file) if file is not None else {}
        typed = {name: text for name, text in given.items() if text is not None}
        found = {name: typed.get(name) or variable(name) or content.get(name) for name in NAMES}
        octets = {name: parse(name, text) for name, text in found.items() if text is not None}
        if suite not in SUITES:
            raise UsageError(f"--suite {suite}: must be one of {', '.join(map(str, SUITES))}")
        if "system_title" in octets:
            check_title(octets["system_title"])
        return cls(octets, _by_title(content, suite), typed, suite, file, allow_weak)

    def get(self, name: str) -> bytes | None:
        return self.octets.get(name)

    @property
    def key_ring(self) -> KeyRing | None:
        """The keys; None where none was given."""
        keys: dict[str, Any] = {name: self.octets[name] for name in KEYS if name in self.octets}
        if not keys and not self.by_title:
            return None
        try:
            return KeyRing(**keys, by_title=self.by_title, suite=self.suite, allow_weak=self.allow_weak)
        except UsageError as error:
            error.hints = tuple(hint.replace("allow_weak=True", option("allow_weak")) for hint in error.hints)
            raise

    @property
    def system_title(self) -> bytes | None:
        return self.get("system_title")

    def warn(self, output: Output) -> None:
        """Say so where others can read the keys file."""
        file = self.keys_file
        if file is not None and os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
            output.note(f"warning: {file} can be read by others: chmod 600 {file}")

    def __repr__(self) -> str:
        return f"<Secrets {' '.join(self.octets) or 'none'}>"


def parse(name: str, text: object) -> bytes:
    """A secret in hex or as `ascii:text`; a password may also be written as it is, where it is no hex."""
    if not isinstance(text, str):
        raise UsageError(f"{name} is written as text: hex digits or ascii:text")
    try:
        return parse_secret(text)
    except UsageError as error:
        if name == "password":
            return text.encode()
        raise UsageError(f"{option(name)}: {error.message}") from None


def option(name: str) -> str:
    """A secret's or an option's name as it stands on the command line."""
    return f"--{name.replace('_', '-')}"


def _content(file: Path) -> Mapping[str, Any]:
    """What a keys file says: a TOML text, or an encrypted one, as if its keys were written out."""
    if not file.exists() or not is_key_file(file):
        return read_toml(file, "the keys file")
    from dlmskit.cli.passphrase import open_key_file

    content: dict[str, Any] = {}
    with open_key_file(file) as opened:
        for title in opened.titles():
            held = {role.value: key.hex() for role, key in opened.get(title).held.items()}
            content |= {title.hex(): held} if title else held
    return content


def _by_title(content: Mapping[str, Any], suite: int) -> dict[bytes, KeyRing]:
    rings = {}
    for name, inner in content.items():
        if isinstance(inner, dict):
            try:
                title = check_title(parse_secret(name))
            except UsageError:
                raise UsageError(f"the keys file: [{name!r}] is no system title of 8 octets in hex") from None
            ring: dict[str, Any] = {key: parse(key, text) for key, text in inner.items() if _known(key, KEYS)}
            rings[title] = KeyRing(**ring, suite=suite, allow_weak=True)
        else:
            _known(name, NAMES)
    return rings


def _known(name: str, names: tuple[str, ...]) -> bool:
    if name not in names:
        raise UsageError(f"the keys file: unknown entry {name[:40]!r}{did_you_mean(name, names)}")
    return True
