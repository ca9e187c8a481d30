"""The device profiles that come with dlmskit, by name."""

from __future__ import annotations

import difflib
from functools import cache
from importlib import resources

from dlmskit.errors import UsageError
from dlmskit.quirks.profile import DeviceProfile, parse_profile

_FOLDER, _ENDING = "profiles", ".toml"


@cache
def names() -> tuple[str, ...]:
    """The names of all shipped profiles."""
    folder = resources.files(__package__).joinpath(_FOLDER)
    return tuple(sorted(item.name.removesuffix(_ENDING) for item in folder.iterdir() if item.name.endswith(_ENDING)))


@cache
def profile(name: str) -> DeviceProfile:
    """The shipped profile of that name. Raises UsageError, naming close ones."""
    return parse_profile(name, text(name), text)


def text(name: str) -> str:
    """The TOML of a shipped profile. Raises UsageError."""
    if name not in names():
        close = ", ".join(difflib.get_close_matches(name[:40].lower(), names(), n=3))
        raise UsageError(
            f"there is no device profile {name[:40]!r}" + (f"; close: {close}" if close else ""),
            hints=("`dlmskit profiles` lists them",),
        )
    # Read as an import would: it is part of the package, wherever that lies.
    return resources.files(__package__).joinpath(_FOLDER, name + _ENDING).read_text("utf-8")
