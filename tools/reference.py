"""Tables of the pages that come from the code: each function gives Markdown for a `generated` block of its name.

What stands in one place in the code is not written down a second time in docs/; the build asks here.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Any

import typer

import dlmskit
from dlmskit import errors, trace
from dlmskit.apdu.tags import name_of
from dlmskit.cli.app import _app
from dlmskit.cli.classes import sheet, summary
from dlmskit.cosem.ics import STANDARD
from dlmskit.cosem.model import CosemObject
from dlmskit.data.value import Tag, type_name
from dlmskit.edge.options import MEMBERS, AssociationOptions, LineOptions
from dlmskit.edge.streams import _OPENERS, _is_there
from dlmskit.edge.url import SCHEMES
from dlmskit.link.hdlc import state as hdlc
from dlmskit.session import states as association
from dlmskit.session.dispatch import CLIENT_RULES, SERVER_RULES
from dlmskit.tolerances import Tolerances

Transitions = Mapping[tuple[Any, Any], tuple[Any, Any]]


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table; a bar within a cell is escaped."""
    lines = [list(head), *([_cell(cell) for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(content: object) -> str:
    return str(content).replace("|", "\\|").replace("\n", " ")


def _first_line(documented: object) -> str:
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def _words(member: Enum) -> str:
    return member.name.lower().replace("_", " ")


# --- lines and options ---


def schemes() -> str:
    rows = (
        (
            f"`{name}`",
            scheme.doc,
            scheme.default_port or "",
            "yes" if _is_there(scheme, _OPENERS) and not scheme.dial_in else "",
        )
        for name, scheme in SCHEMES.items()
    )
    return table(("scheme", "line", "default port", "there"), rows)


def _options(group: type) -> str:
    rows = (
        (
            f"`{name}`",
            member.doc,
            member.domain.words,
            "" if member.default is None else f"`{member.domain.format(member.default)}`",
        )
        for name, member in MEMBERS.items()
        if member.group is group
    )
    return table(("option", "means", "may be", "default"), rows)


def association_options() -> str:
    return _options(AssociationOptions)


def line_options() -> str:
    return _options(LineOptions)


# --- state tables ---


def figure(transitions: Transitions, ignored: Iterable[Enum] = ()) -> str:
    """A state table: a column for each state, a row for each input, in a cell what is done and what state follows.

    Cells of `ignored` actions that lead nowhere else stay empty, rows and columns without any cell are left out.
    """
    told = {key: cell for key, cell in transitions.items() if key[0] is not cell[0] or cell[1] not in tuple(ignored)}
    states, inputs = (dict.fromkeys(key[at] for key in told) for at in (0, 1))
    order = list(type(next(iter(inputs))))
    rows = (
        [f"**{_words(event).upper()}**", *(_transition(state, told.get((state, event))) for state in states)]
        for event in sorted(inputs, key=order.index)
    )
    return table(["", *map(_words, states)], rows)


def _transition(state: Enum, cell: tuple[Enum, Enum] | None) -> str:
    if cell is None:
        return ""
    following, action = cell
    done = "" if action.name in ("NONE", "NOTHING") else _words(action)
    return done if following is state else f"{done} → *{_words(following)}*".strip()


def association_states() -> str:
    return figure(association.TRANSITIONS, (association.Action.NONE,))


def hdlc_client_states() -> str:
    return figure(hdlc.CLIENT, (hdlc.Action.NOTHING, hdlc.Action.DROP))


def hdlc_server_states() -> str:
    return figure(hdlc.SERVER, (hdlc.Action.NOTHING, hdlc.Action.DROP))


def trusted_plain() -> str:
    rows = (
        (who, ", ".join(name_of(bytes((tag,))) for tag, rule in rules.items() if rule.trusted_plain))
        for who, rules in (("client", CLIENT_RULES), ("server", SERVER_RULES))
    )
    return table(("who", "takes unprotected in a protected association"), rows)


# --- names ---


def names() -> str:
    rows = ((f"`{name}`", f"`{home}`", _described(name, home)) for name, home in sorted(dlmskit._HOME.items()))
    return table(("name", "stands in", "is"), rows)


def _described(name: str, home: str) -> str:
    module = importlib.import_module(home)
    return _first_line(getattr(module, name, module) if home != f"dlmskit.{name}" else module)


def error_tree() -> str:
    return "\n".join(_branch(errors.DlmsError, 0))


def _branch(cls: type[errors.DlmsError], depth: int) -> Iterable[str]:
    code = f", code {cls.code}" if isinstance(cls.code, int) else ""
    kind = errors.kebab(cls.__name__)
    yield f"{'  ' * depth}- `{cls.__name__}` (`{kind}`{code}): {_first_line(cls)}"
    for inner in cls.__subclasses__():
        if inner.__module__ == errors.__name__:
            yield from _branch(inner, depth + 1)


def tolerances() -> str:
    described = [line.strip() for line in (inspect.getdoc(Tolerances) or "").splitlines()[2:]]
    rows = ((f"`{name}`", words.strip()) for name, _, words in (line.partition(" ") for line in described))
    return table(("tolerance", "means"), rows)


# --- values and objects ---


def value_types() -> str:
    return table(("tag", "type"), ((int(tag), f"`{type_name(tag)}`") for tag in Tag))


def classes() -> str:
    rows = (
        (cls.class_id, cls.class_version, f"[`{cls.__name__}`](classes/{cls.class_id}.md#{cls.__name__})", summary(cls))
        for cls in STANDARD
    )
    return table(("class", "version", "name", "is"), rows)


def class_pages() -> Mapping[str, str]:
    """A page for each class id, all its versions on it, by its place in docs/; `dlmskit classes ID` prints the same."""
    versions: dict[int, list[type[CosemObject]]] = {}
    for cls in STANDARD:
        versions.setdefault(cls.class_id, []).append(cls)
    return {f"reference/classes/{class_id}.md": _class_page(found) for class_id, found in versions.items()}


def _class_page(versions: list[type[CosemObject]]) -> str:
    newest = versions[-1]
    head = f"# Class {newest.class_id}: {newest.__name__}\n\n[All interface classes](../interface-classes.md)"
    return "\n\n".join([head, *map(_class, versions)])


def _class(cls: type[CosemObject]) -> str:
    told = sheet(cls)
    parts = [f'<h2 id="{cls.__name__}">{told.title}</h2>', *told.paragraphs]
    for heading, members in told.members:
        rows = ((one.number, f"`{one.name}`", f"`{one.kind}`", one.doc) for one in members)
        parts += [f"### {heading.capitalize()}", table(("", "name", "type", "is"), rows)]
    return "\n\n".join(parts)


# --- command line and trace ---

_SHARED = ("Association", "Line", "Secrets", "General")


def commands() -> str:
    group = typer.main.get_command(_app(()))
    return "\n\n".join(_command(name, one) for name, one in group.commands.items())


def _command(name: str, one: Any) -> str:
    own = [parameter for parameter in one.params if not _panel(parameter).startswith(_SHARED)]
    shared = dict.fromkeys(_panel(parameter).split(" ")[0].lower() for parameter in one.params if _panel(parameter))
    arguments = " ".join(parameter.metavar or "" for parameter in one.params if parameter.param_type_name == "argument")
    text = f"### {name}\n\n`dlmskit {name} [OPTIONS] {arguments}`".rstrip(" `") + f"`\n\n{one.help}"
    if own:
        text += "\n\n" + table(("", ""), map(_parameter, own))
    return f"{text}\n\nOptions of: {', '.join(shared)}." if shared else text


def _panel(parameter: Any) -> str:
    return getattr(parameter, "rich_help_panel", None) or ""


def _parameter(parameter: Any) -> tuple[str, str]:
    if parameter.param_type_name == "argument":
        return f"`{parameter.metavar}`", parameter.help or ""
    return f"`{', '.join(parameter.opts)}{f' {parameter.metavar}' if parameter.metavar else ''}`", parameter.help or ""


def secret_options() -> str:
    return _of_panel("Secrets")


def general_options() -> str:
    return _of_panel("General")


def _of_panel(panel: str) -> str:
    read = typer.main.get_command(_app(())).commands["read"]
    return table(("option", "means"), (_parameter(one) for one in read.params if _panel(one).startswith(panel)))


def trace_events() -> str:
    return f"```text\n{(inspect.getdoc(trace) or '').partition(chr(10) * 2)[2]}\n```"


TABLES: Mapping[str, Callable[[], str]] = {
    made.__name__.replace("_", "-"): made
    for made in (
        schemes,
        association_options,
        line_options,
        association_states,
        hdlc_client_states,
        hdlc_server_states,
        trusted_plain,
        names,
        error_tree,
        tolerances,
        value_types,
        classes,
        commands,
        secret_options,
        general_options,
        trace_events,
    )
}
