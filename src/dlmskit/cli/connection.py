"""A URL with everything that belongs to it: the options of line and association, secrets, protection."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Self, cast

import typer

from dlmskit.cli import secrets
from dlmskit.cli.config import Config, counter_store
from dlmskit.cli.machine_title import machine_title
from dlmskit.cli.output import Output
from dlmskit.cli.secrets import Password, Secrets
from dlmskit.client import Meter, Security, connect
from dlmskit.client.saved.snapshot import SAVED, Snapshot
from dlmskit.client.security import LEVELS, Level
from dlmskit.edge.domains import Choice, Integer, Seconds
from dlmskit.edge.options import MEMBERS, AssociationOptions, Member, Options, did_you_mean
from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import AuthenticationFailure, UsageError
from dlmskit.obis import Obis

_PANELS = {True: "Association (also members of the URL)", False: "Line (also members of the URL)"}
_WITH_KEYS = ("gmac", "ecdsa")
_LONGEST_METAVAR = 12

Url = Annotated[
    str,
    typer.Argument(
        help="Where the meter is: tcp://host:4059, hdlc+tcp://host:port, …; or a file of `read --save`", metavar="URL"
    ),
]
SecurityLevel = Annotated[
    str | None,
    typer.Option(
        "--security",
        metavar="LEVEL",
        rich_help_panel=secrets.PANEL,
        help=f"Protection of requests: {', '.join(LEVELS)}. Without it both where keys are used.",
    ),
]
InvocationCounter = Annotated[
    str | None,
    typer.Option(
        metavar="OBIS|N",
        rich_help_panel=secrets.PANEL,
        help="First contact: the object that tells the meter's counter, or the counter.",
    ),
]
KnownFrom = Annotated[
    Path | None,
    typer.Option(
        "--snapshot",
        metavar="FILE",
        dir_okay=False,
        help="A file of `read --save` of this association: the view and what is configured is not read again.",
    ),
]
MeterReplaced = Annotated[
    str | None,
    typer.Option(
        metavar="REASON",
        rich_help_panel=secrets.PANEL,
        help="Another meter has these keys now: counters received so far no longer count. The reason is kept on record.",
    ),
]


@dataclass(repr=False)
class Connection:
    """One association with one meter, before it is opened.

    level    what `--security` said; None where it said nothing
    offline  the saved meter, where the file of one stands in the place of a URL
    """

    url: ConnectionUrl
    options: dict[str, object]
    secrets: Secrets
    level: str | None = None
    invocation_counter: Obis | int | None = None
    meter_replaced: str | None = None
    snapshot: Path | None = None
    offline: Snapshot | None = None

    @classmethod
    def from_options(cls, **given: Any) -> Self:
        """The connection that the options of a command say, checked; nothing is opened."""
        level = given["security"]
        if level is not None and level not in LEVELS:
            raise UsageError(f"--security: must be one of {', '.join(LEVELS)}{did_you_mean(level, LEVELS)}")
        texts = {name: given[name] for name in secrets.NAMES}
        gathered = Secrets.gather(texts, given["keys"], given["suite"], allow_weak=given["allow_weak"])
        offline = Snapshot.load(given["url"]) if given["url"].endswith(SAVED) else None
        url = ConnectionUrl.parse(given["url"]) if offline is None else ConnectionUrl("memory", path=given["url"])
        typed = {name: _parsed(member, given[name]) for name, member in MEMBERS.items() if given[name] is not None}
        options = {**Config.load().options, **url.options, **typed}
        counter = _counter(given["invocation_counter"])
        return cls(url, options, gathered, level, counter, given["meter_replaced"], given["snapshot"], offline)

    @classmethod
    def parameters(cls) -> list[inspect.Parameter]:
        """What `from_options` takes, as parameters of a command."""
        return [
            _parameter("url", Url, inspect.Parameter.empty),
            *[_parameter(name, _option(member)) for name, member in MEMBERS.items()],
            _parameter("password", Password),
            *inspect.signature(Secrets.from_options, eval_str=True).parameters.values(),
            _parameter("security", SecurityLevel),
            _parameter("invocation_counter", InvocationCounter),
            _parameter("meter_replaced", MeterReplaced),
            _parameter("snapshot", KnownFrom),
        ]

    @asynccontextmanager
    async def meter(self, output: Output) -> AsyncIterator[Meter]:
        """The meter, associated until the block ends; or the one that was saved."""
        if self.offline is not None:
            yield self.offline.meter
            return
        self.secrets.warn(output)
        async with AsyncExitStack() as stack:
            opening = connect(
                replace(self.url, options=self.options),
                password=self._password,
                security=self._security(stack),
                invocation_counter=self.invocation_counter,
                meter_replaced=self.meter_replaced,
                snapshot=self.snapshot,
                trace=output.tracer,
            )
            with output.progress(f"connecting to {self.url.line}"):
                try:
                    meter = await stack.enter_async_context(opening)
                except AuthenticationFailure as error:
                    error.hints = (*self._password_hint, *error.hints)
                    raise
            services = meter.backend.plan.services
            before = services.failed
            yield meter
            for extra in services.failed - before:
                name = secrets.option(extra.value)
                output.note(f"the meter agrees to {name} and fails at it: {name} never spares the trial")

    @cached_property
    def _merged(self) -> Options:
        return replace(self.url, options=self.options).merge()

    @property
    def words(self) -> Mapping[str, Obis]:
        """Names that the device profile gives to objects."""
        chosen = self._merged.chosen
        return {} if chosen is None else chosen.profile.objects

    @property
    def _auth(self) -> str:
        return self._merged.association.auth

    @property
    def _password(self) -> bytes | None:
        """The password, where one is used; that one stands in the environment is no reason to authenticate."""
        if self._auth == "none" and "password" not in self.secrets.typed:
            return None
        return self.secrets.get("password")

    @property
    def _password_hint(self) -> tuple[str, ...]:
        text = self.secrets.typed.get("password", "")
        if self._auth != "low" or text.startswith("ascii:") or self._password == text.encode():
            return ()
        return ("the password was read as hex: if it is text, write ascii: in front of it",)

    def _security(self, stack: AsyncExitStack) -> Security | None:
        """Keys and level; None where nothing asks for ciphering, whatever stands in the environment."""
        level = self.level or self._usual_level
        ring = self.secrets.key_ring
        if level == "none" and (self._auth not in _WITH_KEYS or ring is None):
            return None
        if ring is None:
            raise UsageError(f"security {level} needs keys: --ek and --ak, or --keys FILE")
        store = counter_store()
        stack.callback(store.close)
        return Security(
            cast(Level, level),
            self.secrets.suite,
            keys=ring,
            system_title=self.secrets.system_title or machine_title(),
            # One that stands in the environment or a file is for what was captured: it serves for one association.
            dedicated=("dedicated" in self.secrets.typed and self.secrets.get("dedicated")) or False,
            counters=store,
        )

    @property
    def _usual_level(self) -> str:
        """What holds without `--security`: what the device profile says of the role, else both where keys are used."""
        chosen = self._merged.chosen
        if chosen is not None:
            return chosen.role.security
        return "both" if self._auth in _WITH_KEYS or "ek" in self.secrets.typed else "none"


def _parameter(name: str, annotation: Any, default: Any = None) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


def _option(member: Member) -> Any:
    default = "" if member.default is None else f"; {member.domain.format(member.default)} by default"
    panel = _PANELS[member.group is AssociationOptions]
    metavar = _metavar(member)
    choices = f" ({member.domain.words})" if metavar == "NAME" else ""
    words = f"{member.doc[0].upper()}{member.doc[1:]}{choices}{default}."
    return Annotated[
        str | None,
        typer.Option(secrets.option(member.name), help=words, metavar=metavar, rich_help_panel=panel),
    ]


def _metavar(member: Member) -> str:
    domain = member.domain
    if isinstance(domain, Choice):
        choices = "|".join(map(str, domain.values))
        return choices if len(choices) <= _LONGEST_METAVAR else "NAME"
    return "N" if isinstance(domain, Integer) else "SECONDS" if isinstance(domain, Seconds) else "TEXT"


def _parsed(member: Member, text: str) -> object:
    try:
        return member.domain.parse(text)
    except UsageError as error:
        values = member.domain.values if isinstance(member.domain, Choice) else ()
        near = did_you_mean(text, map(str, values))
        raise UsageError(f"{secrets.option(member.name)} {text[:40]}: must be {error.message}{near}") from None


def _counter(text: str | None) -> Obis | int | None:
    if text is None:
        return None
    return int(text) if text.isdecimal() else Obis.parse(text)
