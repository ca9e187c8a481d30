"""One meter, one association, one call."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dlmskit.client.line import open_line
from dlmskit.client.meter import Meter
from dlmskit.client.plan import AssociationPlan
from dlmskit.client.saved.snapshot import Snapshot, saved_in
from dlmskit.client.security import CounterPlace, Security
from dlmskit.cosem.registry import Registry
from dlmskit.data.conformance import Conformance
from dlmskit.edge.clock import MACHINE, Environment
from dlmskit.edge.url import ConnectionUrl, as_url
from dlmskit.obis import Obis
from dlmskit.security.mechanisms import HlsMechanism
from dlmskit.tolerances import DEFAULT, Tolerances
from dlmskit.trace import Tracer


@asynccontextmanager
async def connect(
    url: str | ConnectionUrl,
    *,
    password: str | bytes | None = None,
    hls: HlsMechanism | None = None,
    security: Security | None = None,
    trace: Tracer | None = None,
    counters: CounterPlace | None = None,
    invocation_counter: Obis | str | bytes | int | None = None,
    meter_replaced: str | None = None,
    required: Conformance = Conformance(0),
    tolerances: Tolerances = DEFAULT,
    registry: Registry | None = None,
    snapshot: Snapshot | str | os.PathLike[str] | None = None,
    environment: Environment = MACHINE,
    **options: object,
) -> AsyncIterator[Meter]:
    """A meter, connected and associated until the block ends.

        async with dlmskit.connect("tcp://127.0.0.1:4059", client=32, auth="low", password="…") as meter:
            print(await meter.clock.time)

    password            for `auth="low"`, and the HLS secret of `auth="manufacturer"`, `"md5"`, `"sha1"`, `"sha256"`;
                        text is sent as UTF-8
    hls                 the maker's own mechanism, for `auth="manufacturer"`; by default what the device profile names,
                        else that of IS 15959
    security            keys and level for `auth="gmac"` and for ciphering
    counters            where invocation counters are kept: a store or the path of a file. By default what `security`
                        says, then a file in the platform's state folder
    invocation_counter  where nothing is known of the meter's counter yet: the object that tells it to the public
                        client, or the counter itself as a number, which also corrects one that fell behind. By
                        default it is looked for
    meter_replaced      the reason why the counters received from this meter so far count no longer, such as another one
                        in its place; kept on record
    required            services without which the association is useless to you
    tolerances          how the meter deviates from the standard
    registry            classes to know objects by: a maker's over the standard's
    snapshot            what was read of this association before, or a file of it: the view, what changes by
                        configuration only and which services fail are taken from it
    trace               called with every `TraceEvent`
    options             every member of a URL's query, such as `client=1`, `auth="gmac"`, `timeout_s=10`

    However the block ends, the association is released and the line closed, within bounds.
    Raises UsageError before anything is opened; `Refused`, `SecurityError`, `Timeout` or `TransportError` where it
    does not come about, with likely causes as `hints`.
    """
    url = as_url(url).over(**options)
    merged = url.merge()
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
    async with (
        open_line(url, trace=trace, environment=environment) as line,
        line.associated(plan) as meter,
    ):
        yield meter
