"""Device profiles: everything about a kind of meter that a user should not have to know.

A profile is a TOML text. `extends` names another one that it starts from; tables are merged member by member, a role
included. What a member means:

    title, confidence, sources, notes   for people; confidence is high, medium or low
    companion    code of the companion specification whose object names come first (IN, IT, NL, RU …)
    lines        kinds of line it was seen on, as schemes of a URL
    quirks       names of entries of `registry`, whose tolerances and classes hold
    [addresses]  physical = rule that makes the physical address of a serial number; see `addresses`
    [options]    members of a URL: client, server, max_info_rx, baud …
    [objects]    names for objects: block_load = "1.0.99.1.0.255"
    [scalers]    profiles whose scalers and units stand in one row of another: block_load = "block_load_scalers"
    [texts.CODE] what the numbers in an object mean: 101 = "power failure, begins"
    [short_names."CLASS.VERSION"]  methods_at = 0x58, attributes = {3 = 0x18}: where its short names lie
    [roles.NAME] one association: options as above, and use, confidence, security, suite, invocation_counter, counters,
                 mechanism
    default      the role used where nothing says otherwise

Source of the form: our own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from dlmskit.cosem.relocation import Relocation
from dlmskit.errors import UsageError
from dlmskit.obis import Obis
from dlmskit.quirks.addresses import USUAL_RULE, check_rule, physical_address
from dlmskit.security.counters import LAST_COUNTER

LEVELS = ("none", "authenticated", "encrypted", "both")
_DEEPEST = 8


class Confidence(StrEnum):
    """How sure the facts are: read in a source of the maker or the specification, one secondary source, or memory."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One association that a kind of meter offers.

    options             members of a URL, still unchecked
    security, suite     what its services are protected with
    invocation_counter  the object that tells the meter's counter to the public client
    counters            first and last invocation counter of the range this client may use; None for all
    mechanism           with auth = "manufacturer", which form of it: a built-in one, or one the user has to bring
    """

    name: str
    use: str = ""
    confidence: Confidence
    options: Mapping[str, object] = field(default_factory=dict)
    security: str = "none"
    suite: int = 0
    invocation_counter: Obis | None = None
    counters: tuple[int, int] | None = None
    mechanism: str | None = None

    @property
    def client(self) -> object:
        return self.options.get("client")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceProfile:
    """What is known of one kind of meter; see the module for the members."""

    name: str
    title: str
    confidence: Confidence
    default: str
    roles: Mapping[str, Role]
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    companion: str | None = None
    lines: tuple[str, ...] = ()
    quirks: tuple[str, ...] = ()
    options: Mapping[str, object] = field(default_factory=dict)
    objects: Mapping[str, Obis] = field(default_factory=dict)
    scalers: Mapping[Obis, Obis] = field(default_factory=dict)
    texts: Mapping[Obis, Mapping[int, str]] = field(default_factory=dict)
    short_names: tuple[Relocation, ...] = ()
    physical: str = USUAL_RULE

    def role(self, name: str | None = None, *, client: int | None = None) -> Role:
        """The role of that name, else that of the client address, else the default one. Raises UsageError."""
        if name is not None:
            if name not in self.roles:
                raise UsageError(f"profile {self.name} has no role {name!r}; it has {', '.join(self.roles)}")
            return self.roles[name]
        of_client = [role for role in self.roles.values() if client is not None and role.client == client]
        return of_client[0] if of_client else self.roles[self.default]

    def physical_address(self, serial_number: int) -> int:
        """The HDLC physical address of the meter with that serial number. Raises UsageError."""
        return physical_address(self.physical, serial_number)


Find = Callable[[str], str]
"""Gives the text of the profile of a name. Raises UsageError."""


def parse_profile(name: str, text: str, find: Find) -> DeviceProfile:
    """Read a profile and those it extends. Raises UsageError, naming the member that is wrong."""
    try:
        return _profile(name, _merged(name, text, find, _DEEPEST))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UsageError(f"profile {name}: {error}") from None
    except UsageError as error:
        where = "" if error.message.startswith("profile ") else f"profile {name}: "
        raise UsageError(f"{where}{error.message}", hints=error.hints) from None


def _merged(name: str, text: str, find: Find, depth: int) -> dict[str, Any]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"profile {name} is no TOML: {error}") from None
    base = table.pop("extends", None)
    if "confidence" not in table:
        raise UsageError(f"profile {name}: confidence is missing; it is {', '.join(Confidence)}")
    for role in table.get("roles", {}).values():
        role.setdefault("confidence", table["confidence"])  # what a profile inherits keeps the confidence it had
    if base is None:
        return table
    if not isinstance(base, str) or depth == 0:
        raise UsageError(f"profile {name}: extends names one profile, and none that leads back here")
    return _over(_merged(base, find(base), find, depth - 1), table)


def _over(base: dict[str, Any], table: Mapping[str, Any]) -> dict[str, Any]:
    """`table` laid over `base`, tables within tables likewise."""
    merged = dict(base)
    for name, value in table.items():
        below = merged.get(name)
        merged[name] = _over(below, value) if isinstance(value, dict) and isinstance(below, dict) else value
    return merged


def _profile(name: str, table: dict[str, Any]) -> DeviceProfile:
    known = {"title", "confidence", "sources", "notes", "companion", "lines", "quirks", "default"}
    _refuse_unknown(table, known | {"addresses", "options", "objects", "roles", "scalers", "short_names", "texts"})
    confidence = Confidence(table["confidence"])
    roles = {role: _role(role, members) for role, members in table["roles"].items()}
    default = table["default"]
    if default not in roles:
        raise UsageError(f"the default role {default!r} is not there")
    addresses = table.get("addresses", {})
    objects = {word: Obis.parse(code) for word, code in table.get("objects", {}).items()}
    _refuse_unknown(addresses, {"physical"})
    return DeviceProfile(
        name=name,
        title=table["title"],
        confidence=confidence,
        default=default,
        roles=MappingProxyType(roles),
        sources=tuple(table.get("sources", ())),
        notes=tuple(table.get("notes", ())),
        companion=table.get("companion"),
        lines=tuple(table.get("lines", ())),
        quirks=tuple(table.get("quirks", ())),
        options=MappingProxyType(table.get("options", {})),
        objects=MappingProxyType(objects),
        scalers=MappingProxyType({objects[one]: objects[other] for one, other in table.get("scalers", {}).items()}),
        texts=MappingProxyType({Obis.parse(code): _texts(texts) for code, texts in table.get("texts", {}).items()}),
        short_names=tuple(_relocation(*item) for item in table.get("short_names", {}).items()),
        physical=check_rule(addresses.get("physical", USUAL_RULE)),
    )


def _role(name: str, members: dict[str, Any]) -> Role:
    own = dict(members)
    counter, counters = own.pop("invocation_counter", None), own.pop("counters", None)
    security = own.pop("security", "none")
    if security not in LEVELS:
        raise UsageError(f"role {name}: security is one of {', '.join(LEVELS)}, not {security!r}")
    return Role(
        name=name,
        mechanism=own.pop("mechanism", None),
        use=own.pop("use", ""),
        confidence=Confidence(own.pop("confidence")),
        security=security,
        suite=own.pop("suite", 0),
        invocation_counter=None if counter is None else Obis.parse(counter),
        counters=None if counters is None else _range(name, counters),
        options=MappingProxyType(own),
    )


def _texts(members: dict[str, str]) -> Mapping[int, str]:
    return MappingProxyType({int(number): str(text) for number, text in members.items()})


def _relocation(name: str, members: dict[str, Any]) -> Relocation:
    _refuse_unknown(members, {"methods_at", "attributes"})
    class_id, _, version = name.partition(".")
    attributes = {int(index): offset for index, offset in members.get("attributes", {}).items()}
    return Relocation(int(class_id), int(version or 0), attributes, members.get("methods_at"))


def _range(role: str, counters: list[int]) -> tuple[int, int]:
    if len(counters) != 2 or not 0 <= counters[0] < counters[1] <= LAST_COUNTER:
        raise UsageError(f"role {role}: counters are the first and the last invocation counter it may use")
    return counters[0], counters[1]


def _refuse_unknown(table: Mapping[str, Any], known: set[str]) -> None:
    for name in table:
        if name not in known:
            raise UsageError(f"unknown member {name!r}; known are {', '.join(sorted(known))}")
