"""Who a caller says it is, and what of that is proven.

Whoever reaches the port can name any meter. What a name is worth goes with it, as its `Standing`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final, Generic, TypeVar

from dlmskit.data.value import Tag, Value
from dlmskit.dissect import Found
from dlmskit.obis import Obis

T = TypeVar("T")

_NAME_OBJECT: Final = Obis.parse("0.0.42.0.0.255")
#: A logical device name: the maker's three letters, then what makes it unique, up to 16 characters in all.
_NAME: Final = re.compile(rb"[A-Z]{3}[0-9A-Za-z ._-]{5,13}")
_TEXTS: Final = (Tag.OCTET_STRING, Tag.VISIBLE_STRING)


class Standing(IntEnum):
    """What a name is worth."""

    #: Anyone may have said it.
    CLAIMED = 0
    #: It stands in a push whose tag verified and whose counter is new to this listener. The push is the meter's, but
    #: whoever brought it may have taken it from the line.
    SEALED = 1
    #: The caller itself answered our challenge with the keys of that system title.
    PROVEN = 2


@dataclass(frozen=True, slots=True)
class Claim(Generic[T]):
    """A name and what it is worth."""

    value: T
    standing: Standing


@dataclass(frozen=True, slots=True)
class Identity:
    """What is known of a caller so far; None for what it has not told."""

    system_title: Claim[bytes] | None = None
    logical_device_name: Claim[str] | None = None

    @property
    def is_proven(self) -> bool:
        """Whether the caller itself, on this connection, has proven its system title."""
        return self.system_title is not None and self.system_title.standing is Standing.PROVEN

    def told_by(self, found: Found, standing: Standing) -> Identity:
        """With the names in a push; one that is worth less does not displace another."""
        title, name = found.security.system_title if found.security is not None else None, logical_device_name(found)
        return replace(
            self,
            system_title=_better(self.system_title, title, standing),
            logical_device_name=_better(self.logical_device_name, name, standing),
        )

    def proven_as(self, system_title: bytes) -> Identity:
        """After the challenge was answered. A name told by another system's push is not the caller's."""
        is_same = self.system_title is not None and self.system_title.value == system_title
        name = self.logical_device_name
        if name is not None and not is_same:
            name = replace(name, standing=Standing.CLAIMED)
        return Identity(Claim(system_title, Standing.PROVEN), name)

    def to_json(self) -> dict[str, object]:
        """Each name, or null, with its standing in words."""
        title, name = self.system_title, self.logical_device_name
        return {
            "system_title": title and {"value": title.value.hex(), "standing": title.standing.name.lower()},
            "logical_device_name": name and {"value": name.value, "standing": name.standing.name.lower()},
        }


def _better(known: Claim[T] | None, told: T | None, standing: Standing) -> Claim[T] | None:
    if told is None or (known is not None and known.standing > standing):
        return known
    return Claim(told, standing)


def logical_device_name(found: Found) -> str | None:
    """The logical device name in a push: as its reading, else a text of that form at its beginning."""
    for reading in found.readings:
        if reading.object == _NAME_OBJECT and (name := _name(reading.raw)):
            return name
    return next(filter(None, map(_name, _first_values(found.value))), None)


def _first_values(value: Value | None) -> Iterator[Value]:
    """The members of the outermost structure; names stand among them, not deeper."""
    if value is not None and value.tag == Tag.STRUCTURE:
        yield from value.value


def _name(value: Value) -> str | None:
    if value.tag not in _TEXTS:
        return None
    octets = value.value if isinstance(value.value, bytes) else value.value.encode()
    return octets.decode() if _NAME.fullmatch(octets) else None
