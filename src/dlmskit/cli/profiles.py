"""`dlmskit profiles`: device profiles of makers and companion specifications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from dlmskit.cli.output import Output
from dlmskit.cli.text import fold, pad
from dlmskit.cosem.catalogue import title
from dlmskit.edge.profiles import load
from dlmskit.quirks import shipped
from dlmskit.quirks.profile import DeviceProfile, Role

_NAME, _ROLE = 20, 14

Name = Annotated[
    str | None, typer.Argument(help="A profile's name, or a TOML file; without one all are listed.", metavar="[NAME]")
]


def profiles(output: Output, name: Name = None) -> None:
    """Show device profiles: what `profile=NAME` in a URL stands for, and how sure its facts are."""
    found = [shipped.profile(one) for one in shipped.names()] if name is None else [load(name)]
    for profile in found:
        if output.as_json:
            output.emit(to_json(profile))
        elif name is None:
            _line(output, profile)
        else:
            _whole(output, profile)


def to_json(profile: DeviceProfile) -> dict[str, object]:
    """A profile with everything in it, inherited members included."""
    return {
        "name": profile.name,
        "title": profile.title,
        "confidence": profile.confidence.value,
        "companion": profile.companion,
        "lines": list(profile.lines),
        "default": profile.default,
        "physical": profile.physical,
        "options": dict(profile.options),
        "quirks": list(profile.quirks),
        "objects": {word: str(obis) for word, obis in profile.objects.items()},
        "scalers": {str(profile): str(scalers) for profile, scalers in profile.scalers.items()},
        "texts": {
            str(obis): {str(code): text for code, text in texts.items()} for obis, texts in profile.texts.items()
        },
        "roles": [_role_json(role) for role in profile.roles.values()],
        "sources": list(profile.sources),
        "notes": list(profile.notes),
    }


def _role_json(role: Role) -> dict[str, object]:
    return {
        "name": role.name,
        "use": role.use,
        "confidence": role.confidence.value,
        "options": dict(role.options),
        "security": role.security,
        "suite": role.suite,
        "mechanism": role.mechanism,
        "invocation_counter": None if role.invocation_counter is None else str(role.invocation_counter),
        "counters": None if role.counters is None else list(role.counters),
    }


def _line(output: Output, profile: DeviceProfile) -> None:
    """One line: name, confidence, title; the title goes on below where the columns end."""
    head = pad(profile.name, _NAME) + pad(profile.confidence.value, 8)
    for text in fold(profile.title, output.width - len(head)):
        output.say(head + text)
        head = " " * len(head)


def _whole(output: Output, profile: DeviceProfile) -> None:
    output.say(f"{profile.name}: {profile.title}", style="bold")
    _row(output, "confidence", profile.confidence.value)
    _row(output, "lines", ", ".join(profile.lines))
    _row(output, "options", _options(profile.options))
    _row(output, "physical", profile.physical)
    _row(output, "deviations", ", ".join(profile.quirks))
    for role in profile.roles.values():
        _row(output, f"{'*' if role.name == profile.default else ' '} {role.name}", _about(role))
    for word, obis in profile.objects.items():
        _row(output, str(obis), f"{word}: {title(obis, companion=profile.companion)}")
    for heading, texts in (("source", profile.sources), ("note", profile.notes)):
        for text in texts:
            _row(output, heading, text)


def _about(role: Role) -> str:
    parts = [role.use, _options(role.options)]
    if role.security != "none":
        parts.append(f"security={role.security} suite={role.suite}")
    if role.mechanism is not None:
        parts.append(f"mechanism {role.mechanism}")
    if role.invocation_counter is not None:
        parts.append(f"counter {role.invocation_counter}")
    if role.counters is not None:
        parts.append(f"from {role.counters[0]} to {role.counters[1]}")
    return "; ".join([*filter(None, parts), f"confidence {role.confidence.value}"])


def _options(options: Mapping[str, object]) -> str:
    return " ".join(f"{name}={value}" for name, value in options.items())


def _row(output: Output, head: str, text: str) -> None:
    left = pad(head, _NAME)
    for line in fold(text, output.width - _NAME) if text else ():
        output.say(left + line)
        left = " " * _NAME
