"""Every option of a line and of an association, declared once.

A field here is at the same time a member of a URL's query, a keyword argument and a line of help: its type, range,
default and meaning stand in one place. Secrets are not options and have no field.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from dlmskit.data.conformance import Conformance
from dlmskit.edge.domains import Choice, ConformanceBits, Domain, Integer, Octets, Seconds, Text
from dlmskit.errors import UsageError

if TYPE_CHECKING:
    from dlmskit.edge.profiles import Chosen

T = TypeVar("T")

_DOMAIN, _DOC = "domain", "doc"
#: What may be said of a service that meters agree to and do not always have.
_USE = Choice(("auto", "use", "never"))


def _option(default: T, domain: Domain, doc: str) -> T:
    return field(default=default, metadata={_DOMAIN: domain, _DOC: doc})


@dataclass(frozen=True, slots=True, kw_only=True)
class LineOptions:
    """How to talk on a line: waiting, repeating, frame sizes, settings of the port."""

    timeout_s: float = _option(5.0, Seconds(0.001, 3600), "wait this long for an answer")
    connect_timeout_s: float = _option(10.0, Seconds(0.001, 3600), "wait this long for the line to open")
    retries: int = _option(3, Integer(0, 100), "repeat a frame this often before giving up")
    max_info_tx: int = _option(128, Integer(32, 2030), "HDLC: octets of information in a frame we send")
    max_info_rx: int = _option(128, Integer(32, 2030), "HDLC: octets of information in a frame we receive")
    window_tx: int = _option(1, Integer(1, 7), "HDLC: frames we send before waiting")
    window_rx: int = _option(1, Integer(1, 7), "HDLC: frames the peer sends before waiting")
    inter_octet_s: float = _option(1.0, Seconds(0.001, 60), "HDLC, M-Bus: a silence this long ends an unfinished frame")
    keep_alive: str = _option(
        "auto", Choice(("auto", "off")), "say something before the meter drops an idle association"
    )
    inactivity_s: float | None = _option(
        None, Seconds(0, 86_400), "the meter drops an association idle for so long (0: never); read from it by default"
    )
    frame_delay_s: float = _option(0.0, Seconds(0, 60), "slow meters: pause before we speak")
    object_delay_s: float = _option(0.0, Seconds(0, 60), "slow meters: pause between two requests")
    baud: int = _option(9600, Integer(50, 4_000_000), "serial: speed (M-Bus: 2400); mode E: agree on no faster one")
    parity: str = _option("none", Choice(("none", "even", "odd", "mark", "space")), "serial: parity (M-Bus: even)")
    bytesize: int = _option(8, Choice((7, 8)), "serial: data bits")
    rs485: str = _option(
        "off",
        Choice(("off", "on", "inverted")),
        "serial, Linux: the driver turns an RS-485 line around by RTS (inverted: low while sending)",
    )
    initial_baud: int = _option(300, Integer(50, 4_000_000), "mode E: speed of the sign-on")
    sign_on_parity: str = _option(
        "auto",
        Choice(("auto", "even", "none")),
        "mode E: whether characters of the sign-on get a parity bit here (on serial ports)",
    )
    device_address: str | None = _option(None, Text(32), "mode E: address of the device signed on to")
    wake_up: str = _option(
        "auto",
        Choice(("auto", "always", "never")),
        "mode E: wake a battery meter before the sign-on (auto: if it is silent)",
    )
    reaction_s: float | None = _option(
        None,
        Seconds(0.02, 1.5),
        "mode E: pause before we answer the meter (0.2, or 0.02 if its identification says so)",
    )
    readout_mode: str = _option(
        "c", Choice(("a", "b", "c")), "served optical port: a and b give the readout to whoever signs on, and no HDLC"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationOptions:
    """Whom to talk to and as whom, and what to propose."""

    client: int = _option(16, Integer(0, 0xFFFF), "client address (16 is the public client)")
    server: int = _option(1, Integer(0, 0xFFFF), "logical address of the device (1 is the management logical device)")
    physical: int | None = _option(
        None, Integer(0, 0x3FFF), "HDLC: physical address of the meter on its line; M-Bus: primary address"
    )
    address_size: int | None = _option(
        None,
        Choice((1, 2, 4)),
        "HDLC: octets of the server address (1 without physical and below 0x80, else 2, else 4)",
    )
    referencing: str = _option("ln", Choice(("ln", "sn")), "objects by logical or by short names")
    auth: str = _option(
        "none",
        Choice(("none", "low", "manufacturer", "md5", "sha1", "gmac", "sha256", "ecdsa")),
        "authentication mechanism",
    )
    opening: str = _option(
        "aarq", Choice(("aarq", "pre-established")), "whether the association is opened or there beforehand"
    )
    protection: str = _option(
        "glo", Choice(("glo", "ded", "general-glo", "general-ded", "general")), "envelope of ciphered APDUs"
    )
    max_pdu: int = _option(0xFFFF, Integer(0, 0xFFFF), "largest APDU we receive, in octets (0: no limit)")
    user_id: int | None = _option(None, Integer(0, 255), "user of the client, told to the meter")
    challenge_length: int | None = _option(None, Integer(8, 64), "octets of our challenge (16; for ecdsa 32)")
    conformance: Conformance | None = _option(None, ConformanceBits(), "services to propose")
    with_list: str = _option("auto", _USE, "several attributes in one request (auto: until the meter refuses that)")
    attribute_0: str = _option("auto", _USE, "all attributes of an object at once (auto: only where that has worked)")
    general_blocks: str = _option(
        "auto", _USE, "general block transfer (auto: only for what has no blocks of its own; use: for all that is long)"
    )
    network_id: int | None = _option(None, Integer(0, 255), "gateway: network behind it")
    gateway_address: bytes | None = _option(None, Octets(255), "gateway: physical address of the meter behind it")
    profile: str | None = _option(None, Text(200), "device profile, or NAME/ROLE, or a TOML file")
    serial_number: int | None = _option(
        None, Integer(0, 10**18), "HDLC: the meter's serial number, from which the profile makes its physical address"
    )


@dataclass(frozen=True, slots=True)
class Member:
    """One option by its name: where it belongs, what it may be, what it means."""

    name: str
    group: type[LineOptions] | type[AssociationOptions]
    domain: Domain
    default: object
    doc: str

    def parse(self, text: str) -> object:
        """The value a query member spells."""
        try:
            return self.domain.parse(text)
        except UsageError as error:
            raise UsageError(f"{self.name}={text[:40]}: must be {error.message}") from None

    def check(self, value: object) -> object:
        """The value of a keyword argument."""
        try:
            return self.domain.check(value)
        except UsageError as error:
            raise UsageError(f"{self.name}={value!r:.40}: must be {error.message}") from None


def _members() -> dict[str, Member]:
    return {
        item.name: Member(item.name, group, item.metadata[_DOMAIN], item.default, item.metadata[_DOC])
        for group in (AssociationOptions, LineOptions)
        for item in fields(group)
    }


MEMBERS: Mapping[str, Member] = MappingProxyType(_members())
"""Every option by name, in the order help shows them."""


@dataclass(frozen=True, slots=True)
class Options:
    """All options after the merge; `given` names those that somebody set, `chosen` is the device profile they name."""

    line: LineOptions
    association: AssociationOptions
    given: frozenset[str]
    chosen: Chosen | None = None


G = TypeVar("G", LineOptions, AssociationOptions)


def merge(url_options: Mapping[str, object] | None = None, /, **keywords: object) -> Options:
    """All options: keyword arguments over query members over the device profile over defaults.

    A keyword that is None was not given. Raises UsageError for a name that is no option and a value out of range.
    """
    for name in keywords:
        member(name)
    given = dict(url_options or {}) | {name: value for name, value in keywords.items() if value is not None}
    checked = {name: member(name).check(value) for name, value in given.items()}
    chosen = _chosen(checked)
    merged = {**_of_profile(chosen), **checked}
    if "serial_number" in checked and "physical" not in checked:
        merged["physical"] = _physical_address(chosen, merged["serial_number"])
    return Options(_build(LineOptions, merged), _build(AssociationOptions, merged), frozenset(checked), chosen)


def _chosen(checked: Mapping[str, Any]) -> Chosen | None:
    if "profile" not in checked:
        return None
    from dlmskit.edge.profiles import choose

    return choose(checked["profile"], client=checked.get("client"))


def _of_profile(chosen: Chosen | None) -> dict[str, Any]:
    if chosen is None:
        return {}
    try:
        return {name: member(name).check(value) for name, value in chosen.options.items()}
    except UsageError as error:
        raise UsageError(f"profile {chosen.profile.name}: {error.message}", hints=error.hints) from None


def _physical_address(chosen: Chosen | None, serial_number: int) -> int:
    from dlmskit.quirks.addresses import USUAL_RULE, physical_address

    return physical_address(USUAL_RULE if chosen is None else chosen.profile.physical, serial_number)


def _build(group: type[G], checked: Mapping[str, Any]) -> G:
    return group(**{name: value for name, value in checked.items() if MEMBERS[name].group is group})


def member(name: str) -> Member:
    """The option of that name, or a UsageError that says what may have been meant."""
    found = MEMBERS.get(name)
    if found is not None:
        return found
    if _is_secret(name):
        raise UsageError(
            f"{name[:40]!r} is no option of a URL. Secrets are never part of a URL",
            hints=("give secrets as keyword arguments, in a keys file or in the environment of the command line",),
        )
    raise UsageError(f"unknown option {name[:40]!r}{did_you_mean(name, MEMBERS)}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The nearest known word as a question, or nothing."""
    near = difflib.get_close_matches(word[:40].lower().replace("-", "_"), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


_SECRETS = frozenset(
    "password passwd pass pwd pw pin secret lls hls psk token ek ak guek gak gbek kek mk master dedicated broadcast "
    "key keys user username credentials".split()
)


def _is_secret(name: str) -> bool:
    words = name.lower().replace("-", "_").split("_")
    return not _SECRETS.isdisjoint(words)
