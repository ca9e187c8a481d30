"""`dlmskit keys`: key files, and certificates for a laboratory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dlmskit.cli.certificates import issue_certificate, make_authority, show_certificate
from dlmskit.cli.output import Output
from dlmskit.cli.passphrase import open_key_file
from dlmskit.cli.secrets import KEYS, Secrets
from dlmskit.cosem.catalogue.identity import identity
from dlmskit.edge.clock import random_bytes
from dlmskit.edge.keyfiles import DEFAULT_TITLE, KeyFile, MeterKeys
from dlmskit.errors import UsageError
from dlmskit.security.hygiene import examine
from dlmskit.security.keys import KeyRole, check_title, fingerprint, parse_secret
from dlmskit.security.suites import SUITES

_NEW_ROLES = (KeyRole.ENCRYPTION, KeyRole.AUTHENTICATION, KeyRole.MASTER)
_ANY = "any other"


class What(StrEnum):
    """What to do."""

    NEW = "new"
    PUT = "put"
    LIST = "list"
    REMOVE = "remove"
    CHECK = "check"
    CA = "ca"
    ISSUE = "issue"
    SHOW = "show"


Action = Annotated[
    What,
    typer.Argument(
        metavar="ACTION",
        help="With a key file: new (draw keys), put (those given as --ek …), list, remove, check. "
        "With a laboratory's authority: ca (make one), issue (answer a request). show: a certificate.",
    ),
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="The key file; a certificate; the authority's folder.")]
Title = Annotated[
    str | None,
    typer.Argument(metavar="[TITLE]", help="The meter's system title; for ca its name, for issue the request."),
]
Use = Annotated[str, typer.Option(metavar="USE", help="issue: for signature or agreement.")]
Days = Annotated[int, typer.Option(min=1, max=36500, metavar="N", help="ca and issue: how long it is valid.")]


def keys(
    output: Output,
    secrets: Secrets,
    action: Action,
    file: File,
    title: Title = None,
    use: Use = "signature",
    days: Days = 3650,
) -> int | None:
    """Keep meters' keys in a file under a passphrase, find keys that protect nothing, make certificates."""
    if action is What.CA:
        make_authority(output, file, title or "dlmskit laboratory", secrets.suite or 1, days)
    elif action is What.ISSUE:
        issue_certificate(output, file, _needed(title, "the request"), use, days)
    elif action is What.SHOW:
        show_certificate(output, file)
    else:
        with open_key_file(file, create=action in (What.NEW, What.PUT)) as opened:
            return _WITH_FILE[action](output, secrets, opened, title)
    return None


def _new(output: Output, secrets: Secrets, file: KeyFile, title: str | None) -> None:
    size = SUITES[secrets.suite].key_size
    drawn = {role: random_bytes(size) for role in _NEW_ROLES}
    _keep(output, file, title, MeterKeys(drawn, suite=secrets.suite))


def _put(output: Output, secrets: Secrets, file: KeyFile, title: str | None) -> None:
    given = {KeyRole(name): octets for name in KEYS if (octets := secrets.get(name)) is not None}
    if not given:
        raise UsageError("put which keys? Give --ek, --ak, --master, --broadcast or a keys file")
    new = MeterKeys(given, suite=secrets.suite)
    new.ring()  # refuses keys of a wrong size and weak ones
    _keep(output, file, title, new)


def _keep(output: Output, file: KeyFile, title: str | None, new: MeterKeys) -> None:
    name = _title(title)

    def put(before: MeterKeys) -> MeterKeys:
        if before.pending or before.held.keys() & new.held.keys():
            raise UsageError(f"{file.path} has keys for {_shown(name)}: remove them first")
        return replace(new, held={**before.held, **new.held})

    _tell(output, name, file.change(name, put))


def _list(output: Output, secrets: Secrets, file: KeyFile, title: str | None) -> None:
    for name in file.titles() if title is None else (_title(title),):
        _tell(output, name, file.get(name))


def _remove(output: Output, secrets: Secrets, file: KeyFile, title: str | None) -> None:
    name = _title(_needed(title, "the system title"))
    file.get(name)
    file.remove(name)
    output.note(f"{_shown(name)}: its keys are forgotten")


def _check(output: Output, secrets: Secrets, file: KeyFile, title: str | None) -> int:
    findings = examine({name: file.get(name).held for name in file.titles()})
    for finding in findings:
        meters = [_shown(name) for name in finding.titles]
        if output.as_json:
            output.emit({"titles": meters, "role": finding.role.name.lower(), "problem": finding.problem})
        else:
            output.say(f"{', '.join(meters)}: the {finding.role.name.lower()} key {finding.problem}")
    if not findings and not output.as_json:
        output.say("nothing found")
    return 1 if findings else 0


_WITH_FILE: dict[What, Callable[[Output, Secrets, KeyFile, str | None], int | None]] = {
    What.NEW: _new,
    What.PUT: _put,
    What.LIST: _list,
    What.REMOVE: _remove,
    What.CHECK: _check,
}


def _tell(output: Output, name: bytes, found: MeterKeys) -> None:
    """The roles of a meter's keys, each by its fingerprint."""
    prints = {role.name.lower(): fingerprint(key).hex() for role, key in found.held.items()}
    pending = [role.name.lower() for role in found.pending]
    if output.as_json:
        output.emit({"title": name.hex(), "suite": found.suite, "fingerprints": prints, "pending": pending})
        return
    holder = f" {identity(name)}" if name else ""
    output.say(f"{_shown(name)}{holder}  suite {found.suite}" + (f", pending: {', '.join(pending)}" if pending else ""))
    for role, text in prints.items():
        output.say(f"  {role:<16}{text}")


def _title(text: str | None) -> bytes:
    return DEFAULT_TITLE if text is None else check_title(parse_secret(text))


def _shown(name: bytes) -> str:
    return name.hex() or _ANY


def _needed(text: str | None, what: str) -> str:
    if text is None:
        raise UsageError(f"{what} is missing")
    return text
