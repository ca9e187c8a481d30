"""`dlmskit classes`: the interface classes that are declared."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Annotated, Any, NamedTuple

import typer

from dlmskit.cli.output import Output
from dlmskit.cli.text import fold, pad
from dlmskit.cosem.ics import STANDARD
from dlmskit.cosem.model import CosemObject, Method
from dlmskit.edge.options import did_you_mean
from dlmskit.errors import UsageError

_NUMBER, _NAME = 5, 30

Wanted = Annotated[
    str | None,
    typer.Argument(
        metavar="[ID]", help="A class id, or id.version, or a name such as Clock; without one all are listed."
    ),
]


def classes(output: Output, wanted: Wanted = None) -> None:
    """Show interface classes: attributes and methods with their types, as the reference pages do."""
    found = list(STANDARD) if wanted is None else _found(wanted)
    for cls in found:
        if output.as_json:
            output.emit(to_json(cls))
        elif wanted is None:
            _line(output, f"{cls.class_id:>{_NUMBER}} {cls.class_version} ", cls.__name__, summary(cls))
        else:
            _whole(output, sheet(cls))


def to_json(cls: type[CosemObject]) -> dict[str, object]:
    """One class with everything that is declared."""
    return {
        "class_id": cls.class_id,
        "version": cls.class_version,
        "name": cls.__name__,
        "description": inspect.cleandoc(cls.__doc__ or ""),
        "attributes": [
            {
                "attribute": one.index,
                "name": one.name,
                "type": one.kind.describe(),
                "static": one.static,
                "doc": one.doc,
            }
            for one in cls.attributes.values()
        ],
        "methods": [
            {
                "method": one.index,
                "name": one.name,
                "takes": one.takes.describe(),
                "gives": one.returns.describe(),
                "doc": one.doc,
            }
            for one in cls.methods.values()
        ],
    }


def summary(cls: type[CosemObject]) -> str:
    """The first line of what a class is."""
    return (cls.__doc__ or "").strip().partition("\n")[0]


def _found(wanted: str) -> list[type[CosemObject]]:
    """Every version of an id or name, or the one version that is meant. Raises UsageError."""
    head, _, version = wanted.partition(".")
    head = _plain(head)
    found = [
        cls
        for cls in STANDARD
        if head in (str(cls.class_id), _plain(cls.__name__), _plain(cls.__name__.partition("_v")[0]))
        and version in ("", str(cls.class_version))
    ]
    if not found:
        names = dict.fromkeys(cls.__name__.partition("_v")[0] for cls in STANDARD)
        raise UsageError(f"no class {wanted[:40]!r} is declared{did_you_mean(wanted, names)}")
    return found


def _plain(name: str) -> str:
    """A name in whatever way people join its words: ProfileGeneric, profile_generic, "Profile generic"."""
    return re.sub("[-_ ]", "", name).lower()


class Member(NamedTuple):
    """An attribute or method as it is told: `kind` is its type, of a method what it takes and gives."""

    number: int
    name: str
    kind: str
    doc: str


class Sheet(NamedTuple):
    """What is told of a class, here and on its page."""

    title: str
    paragraphs: tuple[str, ...]
    members: tuple[tuple[str, tuple[Member, ...]], ...]


def sheet(cls: type[CosemObject]) -> Sheet:
    """One class, ready to be printed; members stand under their heading, none under no heading."""
    told = (
        (
            "attributes",
            tuple(Member(one.index, one.name, one.kind.describe(), one.doc) for one in cls.attributes.values()),
        ),
        ("methods", tuple(Member(one.index, one.name, _signature(one), one.doc) for one in cls.methods.values())),
    )
    return Sheet(
        f"{cls.__name__}: class {cls.class_id}, version {cls.class_version}",
        tuple(" ".join(text.split()) for text in inspect.cleandoc(cls.__doc__ or "").split("\n\n")),
        tuple((heading, members) for heading, members in told if members),
    )


def _signature(method: Method[Any, Any]) -> str:
    takes, gives = method.takes.describe(), method.returns.describe()
    return takes if gives == "null-data" else f"{takes} → {gives}"


def _whole(output: Output, told: Sheet) -> None:
    output.say(told.title, style="bold")
    for paragraph in told.paragraphs:
        for line in fold(paragraph, output.width - 2):
            output.say(f"  {line}")
    for heading, members in told.members:
        output.say(f"  {heading}")
        _members(output, members)
    output.say()


def _members(output: Output, members: Iterable[Member]) -> None:
    for one in members:
        _line(output, f"{one.number:>{_NUMBER}} ", one.name, one.kind)
        for line in fold(one.doc, output.width - _NUMBER - 3) if one.doc else ():
            output.say(f"{'':{_NUMBER + 3}}{line}", style="dim")


def _line(output: Output, head: str, name: str, text: str) -> None:
    left = head + pad(name, _NAME) + " "
    for line in fold(text, output.width - len(left)):
        output.say(left + line)
        left = " " * len(left)
