"""`dlmskit simulate`: serve built-in meters until interrupted."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime
from typing import Annotated, Literal

import typer

from dlmskit.cli.config import simulated_counters
from dlmskit.cli.output import Output
from dlmskit.cli.signals import stop_on_signals
from dlmskit.edge.clock import MACHINE, Environment, repeatable
from dlmskit.edge.options import did_you_mean
from dlmskit.errors import UsageError
from dlmskit.server import DialOut, serve
from dlmskit.simulator import MODELS, SAVED, build, moment

DEFAULT_PORT = 4059
MOST_METERS = 1000
EXAMPLE_KEYS_WARNING = (
    "warning: these meters have the standard's example keys, which everybody knows, and keep their counters in memory"
)

Model = Annotated[
    str, typer.Argument(metavar="MODEL", help=f"What to serve: {', '.join(MODELS)}, or a file of `read --save`.")
]
Meters = Annotated[int, typer.Option("--meters", metavar="N", min=1, max=MOST_METERS, help="How many of them.")]
Tcp = Annotated[
    int | None,
    typer.Option(
        "--tcp",
        metavar="PORT",
        min=0,
        max=0xFFFF,
        show_default=False,
        help=f"Wrapper over TCP; the next meter gets the next port, 0 picks free ones. Port {DEFAULT_PORT} by default.",
    ),
]
HdlcTcp = Annotated[
    int | None,
    typer.Option("--hdlc-tcp", metavar="PORT", min=0, max=0xFFFF, help="HDLC over TCP, likewise."),
]
On = Annotated[
    list[str] | None,
    typer.Option(
        "--on",
        metavar="URL",
        show_default=False,
        help="The first meter on any other line: mbus:///dev/ttyUSB0, mode-e+tcp://HOST:PORT, … May be repeated.",
    ),
]
Dial = Annotated[
    str | None,
    typer.Option(
        "--dial", metavar="URL", show_default=False, help="Call this address, push, and answer on that connection."
    ),
]
DialEvery = Annotated[
    float | None,
    typer.Option(
        "--dial-every",
        metavar="SECONDS",
        min=0.1,
        show_default=False,
        help="Push again so often, or call again where the line is gone. Without it: once, and again when the line is lost.",
    ),
]
Host = Annotated[str, typer.Option("--host", metavar="ADDRESS", help="Where to listen.")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", help="Equal seeds and times give equal readings.")]
Time = Annotated[
    str | None,
    typer.Option(
        "--time",
        metavar="ISO",
        help="What time it is for the meters, such as 2026-11-22T15:00; without an offset it is their local time.",
    ),
]

ShortNames = Annotated[bool, typer.Option("--short-names", help="Name objects by short names instead of logical ones.")]


async def simulate(
    output: Output,
    model: Model = "electricity",
    meters: Meters = 1,
    tcp: Tcp = None,
    hdlc_tcp: HdlcTcp = None,
    on: On = None,
    dial: Dial = None,
    dial_every: DialEvery = None,
    host: Host = "127.0.0.1",
    seed: Seed = 0,
    time: Time = None,
    short_names: ShortNames = False,
) -> None:
    """Serve built-in meters, or one that was saved.

    Prints `ready`, then one URL a line, and ends on Ctrl-C or SIGTERM.
    """
    _check(model)
    is_bare = tcp is None and hdlc_tcp is None and dial is None and not on
    urls = _urls(host, DEFAULT_PORT if is_bare else tcp, hdlc_tcp, meters)
    urls[0].extend(on or ())
    calls = None if dial is None else DialOut(dial, every_s=dial_every, keep=dial_every is None)
    environment = _environment(seed, time)
    stop = asyncio.Event()
    stop_on_signals(stop)
    async with AsyncExitStack() as stack:
        served, counters = [], simulated_counters()
        for serial, of_meter in enumerate(urls, 1):
            names: Literal["ln", "sn"] = "sn" if short_names else "ln"
            device = build(model, seed=seed, environment=environment, serial=serial, referencing=names)
            serving = serve(device, *of_meter, dial=calls, trace=output.tracer, counters=counters)
            served.append(await stack.enter_async_context(serving))
        output.note(EXAMPLE_KEYS_WARNING)
        reached = [url for one in served for url in one.urls]
        if output.as_json:
            output.emit({"ready": True, "urls": reached})
        else:
            print("ready", *reached, sep="\n", flush=True)
        await stop.wait()


def _check(model: str) -> None:
    if model not in MODELS and not model.endswith(SAVED):
        there = f"; there are {', '.join(MODELS)}, and files of `read --save`, which end in {SAVED}"
        raise UsageError(f"there is no model {model!r}{did_you_mean(model, MODELS) or there}")


def _urls(host: str, tcp: int | None, hdlc_tcp: int | None, meters: int) -> list[list[str]]:
    """The URLs of each meter. Raises UsageError where two would get one port."""
    shown = f"[{host}]" if ":" in host else host
    lines = [(scheme, port) for scheme, port in (("tcp", tcp), ("hdlc+tcp", hdlc_tcp)) if port is not None]
    ports = [port + number for _, port in lines if port for number in range(meters)]
    if len(set(ports)) < len(ports) or max(ports, default=0) > 0xFFFF:
        raise UsageError(f"{meters} meters take the ports from each one named upwards: name ports further apart, or 0")
    return [[f"{scheme}://{shown}:{port and port + number}" for scheme, port in lines] for number in range(meters)]


def _environment(seed: int, time: str | None) -> Environment:
    """The machine's own, unless a time is named; its randomness stays real, for challenges."""
    if time is None:
        return MACHINE
    try:
        start = moment(datetime.fromisoformat(time))
    except (ValueError, OverflowError):
        raise UsageError(f"--time {time[:40]}: write it like 2026-11-22T15:00 or 2026-11-22T15:00+01:00") from None
    return repeatable(start=start)
