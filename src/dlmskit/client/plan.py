"""Everything that is asked of one association, checked before a line is opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, cast

from dlmskit.client.saved.saved import Saved
from dlmskit.client.security import ENVELOPES, CounterPlace, Level, Security
from dlmskit.cosem.model import CosemObject
from dlmskit.cosem.registry import Registry
from dlmskit.data.conformance import Conformance
from dlmskit.edge.options import AssociationOptions, LineOptions
from dlmskit.errors import UsageError
from dlmskit.link.gateway import Route
from dlmskit.obis import Obis, as_obis
from dlmskit.security.cipher import BROADCAST
from dlmskit.security.counters import Received, Scope
from dlmskit.security.mechanisms import MAKERS, WITH_SECRET, WITH_TITLES, HlsMechanism, Mechanism, hls_of
from dlmskit.session.context import CLIENT_CONFORMANCE, SHORT_NAME_CONFORMANCE
from dlmskit.session.naming import NameBook
from dlmskit.session.opening.asking import ClientSettings, challenge_length
from dlmskit.session.services.advertised import UNASKED, Extra, Services
from dlmskit.tolerances import DEFAULT, Tolerances

if TYPE_CHECKING:
    from dlmskit.edge.profiles import Chosen
    from dlmskit.quirks.profile import Role

MECHANISMS: dict[str, Mechanism] = {mechanism.name.lower(): mechanism for mechanism in Mechanism}
PUBLIC_CLIENT = 16
#: What is proposed of each, unless it is never to be used.
_BITS = {
    Extra.WITH_LIST: Conformance.MULTIPLE_REFERENCES,
    Extra.ATTRIBUTE_0: Conformance.ATTRIBUTE0_GET,
    Extra.GENERAL_BLOCKS: Conformance.GENERAL_BLOCK_TRANSFER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociationPlan:
    """What one association is opened with.

    password            for `auth=low`, and the HLS secret of `auth=manufacturer`, `md5`, `sha1` and `sha256`; text is
                        sent as UTF-8
    hls                 the maker's own mechanism, for `auth=manufacturer`; by default what the device profile names, else
                        that of IS 15959
    counters            where invocation counters are kept: a store or a path; by default what `security` says, then
                        the platform's state folder
    invocation_counter  for a first contact: the object that tells the meter's counter, or the counter itself
    required            services without which the association is useless to the caller
    meter_replaced      the reason why counters received from this meter so far no longer count; kept on record
    registry            classes to know objects by: a maker's over the standard's; None for the standard's
    chosen              the device profile that gives what is not said: tolerances, classes, the counter's object
    given               the options that somebody said for this meter: they go over what is known of it from before
    services            what is known of the meter's services beyond the usual
    saved               what was read of the same association before, and need not be read again
    names               what is known of the meter's short names; None in an association by logical names
    """

    options: AssociationOptions
    password: str | bytes | None = field(default=None, repr=False)
    hls: HlsMechanism | None = None
    security: Security | None = None
    counters: CounterPlace | None = None
    invocation_counter: Obis | str | bytes | int | None = None
    meter_replaced: str | None = None
    required: Conformance = Conformance(0)
    tolerances: Tolerances = DEFAULT
    registry: Registry | None = None
    chosen: Chosen | None = None
    given: frozenset[str] = frozenset()
    services: Services = field(default_factory=Services, repr=False, compare=False)
    saved: Saved | None = field(default=None, repr=False)
    names: NameBook | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.chosen is not None:
            self._follow(self.chosen)
        self._take_words()
        if self.options.referencing == "sn" and self.names is None:
            object.__setattr__(self, "names", NameBook(self.classes))
        self._check_what_is_there()
        self._check_saved()
        self._check_secrets()
        if self.options.opening == "pre-established":
            self._check_pre_established()
        elif self.security is not None and self.security.control & BROADCAST:
            raise UsageError("nobody answers a broadcast: opening=pre-established")
        if self.invocation_counter is not None and not isinstance(self.invocation_counter, int):
            as_obis(self.invocation_counter)

    def _check_what_is_there(self) -> None:
        options = self.options
        if options.network_id is not None and options.gateway_address is None:
            raise UsageError("network_id names a network behind a gateway: gateway_address names the meter there")
        if self.security is not None and options.protection not in ENVELOPES:
            raise UsageError(f"protection={options.protection} is not there yet")

    def _check_saved(self) -> None:
        if self.saved is None:
            return
        seen, asked = self.saved.facts, self.options
        if (seen.client, seen.server) != (asked.client, asked.server):
            raise UsageError(
                f"the snapshot is what client={seen.client} of server={seen.server} sees,"
                f" not client={asked.client} of server={asked.server}",
                hints=("keep a file for each association",),
            )

    def _check_secrets(self) -> None:
        options = self.options
        if self.password is not None and options.auth == "none":
            raise UsageError("a password is given and no authentication asked for", hints=("add auth=low",))
        is_ours = self.hls is None or self.hls in MAKERS.values()
        if MECHANISMS[options.auth] in WITH_SECRET and not self.password and is_ours:
            raise UsageError(f"auth={options.auth} needs a password")
        if self.hls is not None:
            hls_of(MECHANISMS[options.auth], self.hls)
        if MECHANISMS[options.auth] in WITH_TITLES and (self.security is None or self.security.title is None):
            raise UsageError(f"auth={options.auth} needs security with a system_title")
        if options.auth == "gmac" and (self.security is None or not self.security.ciphers):
            raise UsageError("auth=gmac needs security: ek, ak and system_title")

    def _follow(self, chosen: Chosen) -> None:
        """Take from the device profile what nobody said."""
        if self.tolerances is DEFAULT:
            object.__setattr__(self, "tolerances", chosen.tolerances)
        if self.registry is None:
            object.__setattr__(self, "registry", chosen.registry)
        if self.invocation_counter is None:
            object.__setattr__(self, "invocation_counter", chosen.role.invocation_counter)
        if self.security is not None and self.security.ciphers:
            object.__setattr__(self, "security", self._secured_as(chosen.role, self.security))
        named = chosen.role.mechanism
        if self.hls is None and named is not None and self.options.auth == "manufacturer":
            if named not in MAKERS:
                raise UsageError(
                    f"profile {chosen.profile.name} authenticates by {named!r}, which is not built in",
                    hints=("give the mechanism as hls=",),
                )
            object.__setattr__(self, "hls", MAKERS[named])

    def _secured_as(self, role: Role, security: Security) -> Security:
        if role.suite and role.suite != security.suite:
            raise UsageError(
                f"the device profile is of security suite {role.suite}, the keys of {security.suite}",
                hints=(f"Security(suite={role.suite}, …) with keys for it",),
            )
        return security.following(cast(Level, role.security), role.counters)

    def _take_words(self) -> None:
        """What is said of services a meter may not really have: what is never used is not proposed."""
        if self._never & self.required:
            raise UsageError(f"{self._never & self.required!r} is required, and never to be used")
        if self.options.general_blocks == "use":
            object.__setattr__(self, "tolerances", replace(self.tolerances, block_transfer="general"))
        self.services.tried = UNASKED.union(self._said("use"))

    def _said(self, word: str) -> list[Extra]:
        return [extra for extra in Extra if getattr(self.options, extra.value) == word]

    @property
    def _never(self) -> Conformance:
        return reduce(or_, map(_BITS.__getitem__, self._said("never")), Conformance(0))

    def recall_services(self, saved: Saved) -> None:
        """Take up what was found out before; "use" in the caller's own words goes over it, in the profile's not."""
        insisted = [extra for extra in self._said("use") if extra.value in self.given]
        self.services.recall({extra: found for extra, found in saved.services.items() if extra not in insisted})

    def _check_pre_established(self) -> None:
        if self.options.auth != "none":
            raise UsageError("nobody authenticates in a pre-established association: leave auth away")
        if self.security is not None and self.security.title is not None and self.security.server_title is None:
            raise UsageError("no AARE tells the meter's system title in a pre-established association: server_title")

    @property
    def classes(self) -> Registry:
        """The classes objects of this association are known by."""
        return CosemObject.registry if self.registry is None else self.registry

    @property
    def route(self) -> Route | None:
        """Which meter behind a gateway is meant; None without a gateway."""
        address = self.options.gateway_address
        return None if address is None else Route(self.options.network_id or 0, address)

    @property
    def counter_place(self) -> CounterPlace | None:
        """Where its counters are kept; None for the platform's state folder."""
        if self.counters is None and self.security is not None:
            return self.security.counters
        return self.counters

    @property
    def counter_scope(self) -> Scope | None:
        """Where our invocation counters count; None where nothing is ciphered."""
        return self.security.scope() if self.security is not None else None

    @property
    def counter_association(self) -> str | None:
        """The name under which counters received are kept; None to keep them for one session."""
        scope, within = self.counter_scope, self.tolerances.receive_counters
        if scope is None or within == "session":
            return None
        own = scope.title.hex()
        return own if within == "key" else f"{own}/{self.options.client}/{self.options.server}"

    def settings(
        self,
        line: LineOptions,
        framing: str,
        draw: Callable[[int], bytes],
        *,
        repeats: int = 0,
        received: Received | None = None,
    ) -> ClientSettings:
        """The session's settings for one opening; `draw` gives fresh random octets, `received` has the meter's counters."""
        options = self.options
        mechanism = MECHANISMS[options.auth]
        password = self.password.encode() if isinstance(self.password, str) else self.password
        challenge, usual = b"", CLIENT_CONFORMANCE if self.names is None else SHORT_NAME_CONFORMANCE
        if mechanism > Mechanism.LOW:
            challenge = draw(challenge_length(hls_of(mechanism, self.hls), options.challenge_length))
        return ClientSettings(
            mechanism=mechanism,
            password=password,
            hls=self.hls,
            title=self.security.title if self.security is not None else None,
            challenge=challenge,
            ciphering=self.security.ciphering(options.protection, draw) if self.security is not None else None,
            conformance=(usual if options.conformance is None else options.conformance) & ~self._never,
            required=self.required,
            max_pdu=options.max_pdu,
            user_id=options.user_id,
            is_pre_established=options.opening == "pre-established",
            require_protected_responses=self.security is None or self.security.require_protected_responses,
            received=received,
            timeout_s=_patience(line, framing),
            object_delay_s=line.object_delay_s,
            repeats=repeats,
            tolerances=self.tolerances,
            services=self.services,
            names=self.names,
        )


def _patience(line: LineOptions, framing: str) -> float:
    """How long the association waits: below the wrapper's, a link repeats first and says more when it gives up."""
    once = line.timeout_s + line.frame_delay_s
    return once if framing == "wrapper" else once * (line.retries + 1.5)
