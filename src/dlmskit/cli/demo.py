"""`dlmskit demo`: served meters, read over the real protocols.

What the client reads is compared with what the meters hold.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Annotated, Any

import typer

from dlmskit.cli.command import DONE, FAILED
from dlmskit.cli.fetch import fetch
from dlmskit.cli.output import Output
from dlmskit.cli.reading import Reading
from dlmskit.cli.rows import brief_time, row_to_json, series_chart
from dlmskit.cli.text import fold, pad, printable, width_of
from dlmskit.client import Meter, Security, connect
from dlmskit.client.profile.series import series_of
from dlmskit.client.profile.table import ProfileTable
from dlmskit.client.saved.survey import Survey
from dlmskit.cosem.catalogue import title
from dlmskit.edge.clock import MACHINE, Environment
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import TransportError
from dlmskit.server import Device, serve
from dlmskit.simulator import build, expected
from dlmskit.units import plain

TIME_LIMIT_S = 50
_INDENT = 20
_ALONG_WITH = ("0.0.42.0.0.255", "0.0.96.1.0.255", "0.0.1.0.0.255")
_ENERGY = ("1.0.1.8.0.255", "1.0.2.8.0.255", "1.0.1.7.0.255")
_PHASES = ("1.0.32.7.0.255", "1.0.52.7.0.255", "1.0.72.7.0.255", "1.0.31.7.0.255", "1.0.51.7.0.255", "1.0.71.7.0.255")
# Written down here once more: what is compared must not come from the tables that are tried.
_UNITS = {13: "m³", 15: "m³/h", 27: "W", 30: "Wh", 33: "A", 35: "V", 44: "Hz"}

Check = Annotated[
    bool,
    typer.Option("--check", metavar="", help="Exit 0 only if every reading equals what the meter holds."),
]


@dataclass(frozen=True)
class Stop:
    """One meter of the tour: how it is served, how it is read, what of it."""

    words: str
    how: str
    model: str
    scheme: str
    options: dict[str, Any]
    objects: Sequence[str]
    profile: str
    rows: int


TOUR = (
    Stop(
        "Electricity, three phases",
        "wrapper, HLS-GMAC, authenticated and encrypted",
        "electricity",
        "tcp",
        {"client": 1, "auth": "gmac"},
        (*_ALONG_WITH, *_ENERGY, *_PHASES),
        "1.0.99.1.0.255",
        96,
    ),
    Stop(
        "Electricity, next door",
        "HDLC, low-level security",
        "electricity",
        "hdlc+tcp",
        {"client": 32, "auth": "low", "password": "dlmskit1"},
        (*_ALONG_WITH, *_ENERGY),
        "1.0.99.1.0.255",
        96,
    ),
    Stop(
        "Gas",
        "wrapper, the public client",
        "gas",
        "tcp",
        {"client": 16},
        (*_ALONG_WITH, "7.0.3.0.0.255", "7.0.43.0.0.255"),
        "7.0.99.99.2.255",
        24,
    ),
)


@dataclass
class Tally:
    """How many values came, and those that differ from what the meter holds."""

    compared: int = 0
    wrong: list[str] = field(default_factory=list)

    def compare(self, what: str, found: object, held: object) -> None:
        self.compared += 1
        if found != held:
            self.wrong.append(f"{what}: read {found!r}, the meter holds {held!r}")


async def demo(output: Output, check: Check = False) -> int:
    """Serve three meters on this machine, read them over the real protocols, show what they say.

    Every value is compared with what the served meter holds.
    """
    began, tally = MACHINE.monotonic(), Tally()
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            await _tour(output, tally)
    except TimeoutError:
        raise TransportError(f"the demo was not through after {TIME_LIMIT_S} s") from None
    for line in tally.wrong:
        output.note(line)
    if not output.as_json:
        verdict = "all equal to what the meters hold" if not tally.wrong else f"{len(tally.wrong)} differ"
        seconds = MACHINE.monotonic() - began
        output.say()
        output.say(f"{len(TOUR)} meters, {tally.compared} values in {seconds:.1f} s: {verdict}", style="bold")
        if not check:
            output.say("Yours next: dlmskit simulate, then dlmskit read tcp://127.0.0.1:4059", style="dim")
    return FAILED if tally.wrong else DONE


async def _tour(output: Output, tally: Tally) -> None:
    # Time stands still for the meters, so that what is read can be compared with what they hold.
    present = MACHINE.now()
    environment = Environment(now=lambda: present)
    async with AsyncExitStack() as stack:
        served = []
        for serial, stop in enumerate(TOUR, 1):
            device = build(stop.model, environment=environment, serial=serial)
            line = await stack.enter_async_context(serve(device, f"{stop.scheme}://127.0.0.1:0", trace=output.tracer))
            served.append((stop, device, line.urls[0]))
        for number, (stop, device, url) in enumerate(served, 1):
            if not output.as_json:
                _headline(output, number, stop, url)
            async with connect(url, security=_security(stop), trace=output.tracer, **stop.options) as meter:
                await _visit(output, tally, stop, device, meter)


def _security(stop: Stop) -> Security | None:
    """The standard's example keys, as the built-in meters have them, with counters that end with the demo."""
    if stop.options.get("auth") != "gmac":
        return None
    ek, ak = bytes(range(0x10)), bytes(range(0xD0, 0xE0))
    return Security("both", ek=ek, ak=ak, system_title=b"DKCdemo\x01", counters=MemoryCounterStore())


async def _visit(output: Output, tally: Tally, stop: Stop, device: Device, meter: Meter) -> None:
    held = expected(device)
    for name in stop.objects:
        obj = await meter.object(name)
        (reading,) = await fetch(Survey(meter.backend), obj, [2])
        _compare(tally, reading, held)
        if output.as_json:
            output.emit(reading.to_json())
        else:
            _show(output, reading)
    table = await meter.profile(stop.profile).last(stop.rows)
    entries: Any = held[f"7:{stop.profile}/2"]
    tally.compare(f"{stop.profile}: rows", len(table), stop.rows)
    for row, entry in zip(table, entries[-stop.rows :], strict=False):
        tally.compare(f"{stop.profile} {row.time}", row.raw, entry)
    if output.as_json:
        for row in table:
            output.emit(row_to_json(table, row))
    else:
        _show_profile(output, table)


def _compare(tally: Tally, reading: Reading, held: dict[str, object]) -> None:
    """The raw value with the held one; a quantity with what plain arithmetic makes of number, scaler and unit."""
    obj = reading.ref.obj
    result: Any = reading.result
    value: Any = held[f"{obj}/2"]
    tally.compare(f"{obj}", getattr(result, "value", result), value)
    scaling: Any = held.get(f"{obj}/3") if reading.scaling is not None else None
    if scaling is not None:
        scaler, unit = scaling
        digits = f"{value:0{1 - min(scaler, 0)}d}"
        number = f"{digits[:scaler]}.{digits[scaler:]}" if scaler < 0 else digits + "0" * scaler
        found = reading.quantity
        tally.compare(f"{obj} with its unit", found and (plain(found.value), found.unit.symbol), (number, _UNITS[unit]))


def _headline(output: Output, number: int, stop: Stop, url: str) -> None:
    if number > 1:
        output.say()
    output.say(f"{number}  {stop.words}", style="bold cyan")
    output.say(f"   {url}", style="cyan", end="")
    output.say(f"  {stop.how}", style="dim")


def _show(output: Output, reading: Reading) -> None:
    obj = reading.ref.obj
    text = printable(str(reading))
    width = min(output.width, 80)
    first, *rest = fold(title(obj.obis, obj.class_id), width - _INDENT - width_of(text) - 1)
    name = f"   {pad(str(obj.obis), _INDENT - 3)}{first}"
    output.say(pad(name, width - width_of(text)), end="")
    output.say(text, style="bold green" if reading.is_read else "red")
    for line in rest:
        output.say(" " * _INDENT + line)


def _show_profile(output: Output, table: ProfileTable) -> None:
    at = table.values_at[0]
    column = table.columns[at]
    what = title(column.object, column.class_id)
    times = f", {brief_time(table[0].time)} to {brief_time(table[-1].time)}" if table.rows else ""
    output.say(f"   {pad(str(table.object), _INDENT - 3)}{len(table)} rows{times}")
    if not output.is_terminal:
        return
    for line in fold(f"{what}, {column.unit} per period", min(output.width, 80) - 3):
        output.say(f"   {line}", style="dim")
    for line in series_chart(series_of(table, at), width=min(output.width, 80) - 3, height=5):
        output.say(f"   {line}", style="green")
