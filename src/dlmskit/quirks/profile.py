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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from dlmskit.cosem.relocation import Relocation
from dlmskit.errors import UsageError
from dlmskit.obis import Obis
from dlmskit.quirks.addresses import USUAL_RULE, check_rule, physical_address
from dlmskit.quirks.members import Members, number
from dlmskit.quirks.registry import quirk
from dlmskit.security.counters import LAST_COUNTER

LEVELS = ("none", "authenticated", "encrypted", "both")
SUITES = (0, 1, 2)
_DEEPEST = 8
_MEMBERS = frozenset(
    "title confidence sources notes companion lines quirks default addresses options objects roles scalers short_names "
    "texts".split()
)
_OF_ROLE = frozenset("use confidence security suite invocation_counter counters mechanism".split())


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
        return _profile(name, Members(_merged(name, text, find, _DEEPEST)))
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
    for role in table["roles"].values() if isinstance(table.get("roles"), dict) else ():
        if isinstance(role, dict):  # what a profile inherits keeps the confidence it had
            role.setdefault("confidence", table["confidence"])
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


def _profile(name: str, members: Members) -> DeviceProfile:
    members.only(_MEMBERS)
    roles = {role: _role(role, own) for role, own in members.table("roles").tables()}
    default = members.needed("default")
    if default not in roles:
        raise UsageError(f"the default role {default!r} is not there")
    addresses, codes = members.table("addresses"), members.table("objects")
    addresses.only({"physical"})
    objects = {word: codes.obis(word) for word in codes}
    return DeviceProfile(
        name=name,
        title=members.needed("title"),
        confidence=Confidence(members.one_of("confidence", tuple(Confidence))),
        default=default,
        roles=MappingProxyType(roles),
        sources=members.texts("sources"),
        notes=members.texts("notes"),
        companion=members.text("companion", None),
        lines=members.texts("lines"),
        quirks=tuple(quirk(one).name for one in members.texts("quirks")),
        options=MappingProxyType(members.table("options").without(())),
        objects=MappingProxyType(objects),
        scalers=MappingProxyType(dict(_scalers(members.table("scalers"), objects))),
        texts=MappingProxyType({_code(code): _texts(texts) for code, texts in members.table("texts").tables()}),
        short_names=tuple(_relocation(*item) for item in members.table("short_names").tables()),
        physical=check_rule(addresses.text("physical", USUAL_RULE)),
    )


def _role(name: str, members: Members) -> Role:
    security = members.one_of("security", LEVELS) if "security" in members else "none"
    suite = members.whole("suite", 0)
    if suite not in SUITES:
        raise UsageError(f"{members.path('suite')} is one of {', '.join(map(str, SUITES))}, not {suite}")
    return Role(
        name=name,
        mechanism=members.text("mechanism", None),
        use=members.text("use", ""),
        confidence=Confidence(members.one_of("confidence", tuple(Confidence))),
        security=security,
        suite=suite,
        invocation_counter=members.obis("invocation_counter") if "invocation_counter" in members else None,
        counters=_range(members) if "counters" in members else None,
        options=MappingProxyType(members.without(_OF_ROLE)),
    )


def _scalers(members: Members, objects: Mapping[str, Obis]) -> Iterator[tuple[Obis, Obis]]:
    for one in members:
        other = members.needed(one)
        for word in (one, other):
            if word not in objects:
                raise UsageError(f"{members.path(one)}: {word!r} is not among the objects")
        yield objects[one], objects[other]


def _code(text: str) -> Obis:
    try:
        return Obis.parse(text)
    except UsageError as error:
        raise UsageError(f"texts: {error.message}", hints=error.hints) from None


def _texts(members: Members) -> Mapping[int, str]:
    return MappingProxyType({number(one, members.where): members.needed(one) for one in members})


def _relocation(name: str, members: Members) -> Relocation:
    members.only({"methods_at", "attributes"})
    class_id, _, version = name.partition(".")
    table = members.table("attributes")
    attributes = {number(index, table.where): table.whole(index, 0) for index in table}
    where = members.where
    return Relocation(
        number(class_id, where), number(version or "0", where), attributes, members.whole("methods_at", None)
    )


def _range(members: Members) -> tuple[int, int]:
    counters = members.wholes("counters")
    if len(counters) != 2 or not 0 <= counters[0] < counters[1] <= LAST_COUNTER:
        where = members.path("counters")
        raise UsageError(f"{where} are the first and the last invocation counter it may use")
    return counters[0], counters[1]
