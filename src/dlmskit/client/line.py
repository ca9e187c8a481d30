"""An open line: a transport, its framing, and any number of associations on it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import cast

from dlmskit.client.conversation import Conversation
from dlmskit.client.counters import AssociationCounters
from dlmskit.client.diagnosis.causes import counter_behind
from dlmskit.client.discovery import discover_counter
from dlmskit.client.meter import Meter
from dlmskit.client.plan import PUBLIC_CLIENT, AssociationPlan
from dlmskit.client.pump import Pump
from dlmskit.client.saved.snapshot import Snapshot, saved_in
from dlmskit.client.security import CounterPlace, Security
from dlmskit.cosem.registry import Registry
from dlmskit.data.conformance import Conformance
from dlmskit.edge.clock import MACHINE, Environment
from dlmskit.edge.options import MEMBERS, AssociationOptions, LineOptions, Options
from dlmskit.edge.streams import open_transport
from dlmskit.edge.url import ConnectionUrl, as_url
from dlmskit.errors import (
    AssociationRefused,
    AuthenticationFailure,
    DlmsError,
    NoReasonGiven,
    Refused,
    SecurityError,
    ServiceRefused,
    Timeout,
    UsageError,
)
from dlmskit.link.hdlc.frames import FrameLimits
from dlmskit.link.hdlc.parameters import HdlcSettings
from dlmskit.link.mbus.master import MasterSettings
from dlmskit.obis import Obis, as_obis
from dlmskit.security.counters import CounterBlock
from dlmskit.security.mechanisms import HlsMechanism
from dlmskit.session.association import COUNTER_BLOCK
from dlmskit.session.calling import ClientLine
from dlmskit.session.framing import FramingName
from dlmskit.session.requester import ClientAssociation
from dlmskit.tolerances import DEFAULT, Tolerances
from dlmskit.trace import Tracer


class OpenLine:
    """A line on which this side calls; made by `open_line`.

    Over HDLC one conversation has the line at a time, and the others wait; over the wrapper they go side by side.

    reopen  opens its transport anew; None where that is not in our hands
    """

    __slots__ = ("_conversations", "_environment", "_pump", "_reopen", "_renewing", "_repeats", "options", "url")

    def __init__(
        self,
        url: ConnectionUrl,
        options: LineOptions,
        pump: Pump,
        environment: Environment,
        *,
        repeats: int = 0,
        reopen: Callable[[], Awaitable[Pump]] | None = None,
    ) -> None:
        self.url, self.options = url, options
        self._pump, self._environment, self._repeats = pump, environment, repeats
        self._reopen = reopen
        self._renewing = asyncio.Lock()
        self._conversations = 0

    @asynccontextmanager
    async def meter(
        self,
        *,
        password: str | bytes | None = None,
        hls: HlsMechanism | None = None,
        security: Security | None = None,
        counters: CounterPlace | None = None,
        invocation_counter: Obis | str | bytes | int | None = None,
        meter_replaced: str | None = None,
        required: Conformance = Conformance(0),
        tolerances: Tolerances = DEFAULT,
        registry: Registry | None = None,
        snapshot: Snapshot | str | os.PathLike[str] | None = None,
        **options: object,
    ) -> AsyncIterator[Meter]:
        """A meter on this line, associated until the block ends; arguments as for `connect`."""
        merged = _merged(self.url, options)
        plan = AssociationPlan(
            options=merged.association,
            password=password,
            hls=hls,
            security=security,
            counters=counters,
            invocation_counter=invocation_counter,
            meter_replaced=meter_replaced,
            required=required,
            tolerances=tolerances,
            registry=registry,
            saved=saved_in(snapshot),
            chosen=merged.chosen,
            given=merged.given,
        )
        async with self.associated(plan) as meter:
            yield meter

    @asynccontextmanager
    async def associated(self, plan: AssociationPlan) -> AsyncIterator[Meter]:
        """The same from a plan."""
        async with AsyncExitStack() as stack:
            scope, counters = plan.counter_scope, None
            is_known = True
            if scope is not None:
                counters = AssociationCounters(plan.counter_place, scope, plan.counter_association)
                stack.callback(counters.close)
                dedicated = plan.security.dedicated_scope() if plan.security is not None else None
                if dedicated is not None:
                    await counters.spend(dedicated)
                is_known = await self._make_known(plan, counters)
            conversation = self._begin(plan, counters)
            stack.push_async_callback(self._end, conversation)
            conversation.counter_known = is_known
            block = await self._supply(conversation)
            try:
                await self._open(conversation)
            except (AuthenticationFailure, NoReasonGiven) as error:
                if block is not None and is_known:
                    await self._doubt_counter(plan, conversation, block, error)
                raise
            if plan.saved is not None:
                await conversation.recall(plan.saved)
            yield Meter(conversation)

    async def _open(self, conversation: Conversation) -> None:
        """Associate; once more, with the counter the meter asks for, where it refuses ours."""
        try:
            await conversation.open()
        except Timeout as error:
            await self._persist(conversation, error)
        except ServiceRefused as error:
            if not await conversation.learn_from(error):
                raise
            conversation.pump.line.forget(conversation.association)
            conversation.move(self._pump, self._associate(conversation.plan, conversation.counters))
            await self._supply(conversation)
            await conversation.open()
        await conversation.confirm_counter()

    async def _persist(self, conversation: Conversation, error: DlmsError) -> None:
        """Open once more, as another caller, where silence may mean no more than a lost datagram."""
        for _ in range(self.options.retries if self.url.transport == "udp" else 0):
            try:
                await self._renew(conversation, error)
            except Timeout as again:
                error = again
            else:
                return
        raise error

    def _begin(self, plan: AssociationPlan, counters: AssociationCounters | None) -> Conversation:
        association = self._associate(plan, counters)
        self._conversations += 1
        return Conversation(
            self._pump,
            association,
            plan,
            counters,
            line=self.options,
            renew=self._renew,
            discover=self._discover,
            environment=self._environment,
        )

    def _associate(self, plan: AssociationPlan, counters: AssociationCounters | None) -> ClientAssociation:
        options, framing = plan.options, self._pump.line.framing
        received = counters.received if counters is not None else None
        draw = self._environment.random_bytes
        return self._pump.line.associate(
            plan.settings(self.options, framing, draw, repeats=self._repeats, received=received),
            client=options.client,
            server=options.server,
            physical=options.physical,
            address_size=options.address_size,
            route=plan.route,
        )

    async def _supply(self, conversation: Conversation) -> CounterBlock | None:
        """Counters for an association about to be opened, where it ciphers."""
        if conversation.counters is None:
            return None
        block = await conversation.counters.reserve(COUNTER_BLOCK)
        conversation.supply(block)
        return block

    async def _end(self, conversation: Conversation) -> None:
        self._conversations -= 1
        try:
            await conversation.close()
        finally:
            conversation.pump.line.forget(conversation.association)

    # --- opened anew ---

    async def _renew(self, conversation: Conversation, error: DlmsError) -> None:
        """Associate anew after `error`, where another request has not done it meanwhile.

        Where the line was silent to the end, it is dropped first: what still looks open may lead nowhere. Others that
        use it keep it.
        """
        async with self._renewing:
            if conversation.association.is_associated:
                return
            pump = self._pump
            is_dead = isinstance(error, Timeout) and not pump.earshot.octets and self._conversations == 1
            if pump.error is not None or is_dead:
                if self._reopen is None:
                    raise error
                await pump.aclose()
                self._pump = await self._reopen()
            conversation.pump.line.forget(conversation.association)
            conversation.move(self._pump, self._associate(conversation.plan, conversation.counters))
            await self._supply(conversation)
            await conversation.open()

    async def aclose(self) -> None:
        """Close the transport."""
        await self._pump.aclose()

    # --- first contact ---

    async def _make_known(self, plan: AssociationPlan, counters: AssociationCounters) -> bool:
        """Learn the meter's counter where nothing is known of it, or it is given; whether it was known already."""
        named = plan.invocation_counter
        if await counters.load(forget=plan.meter_replaced) and not isinstance(named, int):
            return True
        counter = named if isinstance(named, int) else await self._discover(plan)
        await counters.learn(counter)
        return False

    async def _doubt_counter(
        self, plan: AssociationPlan, refused: Conversation, used: CounterBlock, error: AssociationRefused
    ) -> None:
        """Where keys that worked before are refused, ask the public client whether our counter is the cause."""
        await refused.close()
        try:
            told = await self._discover(plan)
        except DlmsError:
            return  # it stays a guess
        if told >= used.start:
            error.hints = (counter_behind(used.start, told), *error.hints)

    async def _discover(self, plan: AssociationPlan) -> int:
        """What the public client is told of the meter's counter, in the object that was named or belongs to it."""
        options, named = plan.options, plan.invocation_counter
        public = AssociationPlan(
            options=AssociationOptions(
                client=PUBLIC_CLIENT,
                server=options.server,
                physical=options.physical,
                address_size=options.address_size,
                referencing=options.referencing,
                max_pdu=options.max_pdu,
                network_id=options.network_id,
                gateway_address=options.gateway_address,
            ),
            tolerances=plan.tolerances,
            registry=plan.registry,
        )
        try:
            async with self.associated(public) as meter:
                known = None if named is None or isinstance(named, int) else as_obis(named)
                return await discover_counter(meter, options.client, known)
        except Refused as error:
            raise SecurityError(
                f"the meter does not tell its invocation counter to the public client: {error.message}",
                hints=("give the counter itself as a number: invocation_counter=...", *error.hints),
            ) from error


def _merged(url: ConnectionUrl, keywords: dict[str, object]) -> Options:
    for name in keywords:
        if name in MEMBERS and MEMBERS[name].group is LineOptions:
            raise UsageError(f"{name} belongs to the line: give it to open_line")
    return url.merge(**keywords)


@asynccontextmanager
async def open_line(
    url: str | ConnectionUrl,
    *,
    trace: Tracer | None = None,
    environment: Environment = MACHINE,
    **options: object,
) -> AsyncIterator[OpenLine]:
    """Open a line and close it with the block.

    trace        called with every `TraceEvent` of the line and its associations
    environment  where time and randomness come from
    options      members of the URL's query; those of an association are defaults for `meter`. HDLC repeats frames;
                 over the wrapper `retries`, where it is given and over UDP always, repeats requests that may be
    Raises UsageError for anything malformed, Timeout and TransportError where the line does not open.
    """
    url = as_url(url)
    if url.is_readout:
        raise UsageError(f"{url.line} gives a data readout and no associations: dlmskit.client.readout.read_out")
    merged = url.merge(**options)
    url = replace(url, options={**url.options, **{name: value for name, value in options.items() if value is not None}})
    is_lossy = url.transport == "udp" or "retries" in merged.given
    repeats = merged.line.retries if url.framing == "wrapper" and is_lossy else 0

    async def reopen() -> Pump:
        return await _open(url, merged.line, trace)

    line = OpenLine(url, merged.line, await reopen(), environment, repeats=repeats, reopen=reopen)
    try:
        yield line
    finally:
        await line.aclose()


async def _open(url: ConnectionUrl, options: LineOptions, trace: Tracer | None) -> Pump:
    pump = Pump(client_line(url, options, trace), trace, frame_delay_s=options.frame_delay_s)
    await open_transport(url, pump, connect_timeout_s=options.connect_timeout_s)
    return pump


def client_line(url: ConnectionUrl, options: LineOptions, trace: Tracer | None) -> ClientLine:
    """The line that talks over the transport a URL names."""
    return ClientLine(
        cast(FramingName, url.framing),  # all but a data readout, which has no lines of associations
        hdlc=_hdlc_settings(options),
        mbus=_mbus_settings(options),
        frame_limits=FrameLimits(inter_octet_s=options.inter_octet_s),
        tracer=trace,
    )


def _mbus_settings(options: LineOptions) -> MasterSettings:
    once = options.timeout_s + options.frame_delay_s
    return MasterSettings(
        response_s=once,
        retries=options.retries,
        patience_s=once * (options.retries + 1),
        inter_octet_s=options.inter_octet_s,
    )


def _hdlc_settings(options: LineOptions) -> HdlcSettings:
    return HdlcSettings(
        max_info_tx=options.max_info_tx,
        max_info_rx=options.max_info_rx,
        window_tx=options.window_tx,
        window_rx=options.window_rx,
        response_timeout_s=options.timeout_s + options.frame_delay_s,
        retries=options.retries,
    )
