"""`dlmskit profile`: the rows of a load profile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from dlmskit.cli.connection import Connection
from dlmskit.cli.output import Output
from dlmskit.cli.rows import plot, row_to_json, show_table
from dlmskit.cli.targets import Target
from dlmskit.client import Meter
from dlmskit.client.profile.picture import figure_for
from dlmskit.client.profile.reading import MeterProfile
from dlmskit.client.profile.table import ProfileTable, parquet_writer
from dlmskit.errors import UsageError
from dlmskit.obis import Obis
from dlmskit.times import CosemDateTime

PROFILE_CLASS = 7
_BEGINNING = "2000-01-01T00:00"

Name = Annotated[str, typer.Argument(metavar="OBJECT", help="The profile, such as load_profile or 1.0.99.1.0.255.")]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="TIME", help="First moment; without an offset it is the meter's local time."),
]
To = Annotated[str | None, typer.Option("--to", metavar="TIME", help="Last moment; by default the meter's present.")]
Last = Annotated[int | None, typer.Option("--last", metavar="N", min=1, help="Only the last N rows.")]
Columns = Annotated[
    str | None, typer.Option("--columns", metavar="A,B", help="Only these captured objects, and the clock.")
]
Csv = Annotated[Path | None, typer.Option("--csv", metavar="FILE", help="Write the rows to a CSV file.")]
Parquet = Annotated[Path | None, typer.Option("--parquet", metavar="FILE", help="Write the rows to a Parquet file.")]
Plot = Annotated[bool, typer.Option("--plot", metavar="", help="A chart of each column, on a terminal.")]
Picture = Annotated[
    Path | None, typer.Option("--plot-file", metavar="FILE", help="Draw a chart of each column to a PNG or SVG file.")
]


async def profile(
    connection: Connection,
    output: Output,
    name: Name,
    start: From = None,
    end: To = None,
    last: Last = None,
    columns: Columns = None,
    csv: Csv = None,
    parquet: Parquet = None,
    plot_columns: Plot = False,
    picture: Picture = None,
) -> None:
    """Read a load profile: rows with time, status, values and units.

    Without --from, --to or --last every row is read.
    """
    target = Target.parse(name, connection.words)
    if target.member is not None or target.class_id not in (None, PROFILE_CLASS):
        raise UsageError(f"{name!r} names no profile; write it like load_profile or 1.0.99.1.0.255")
    if last is not None and (start or end):
        raise UsageError("--last goes without --from and --to")
    span = (_moment("--from", start or _BEGINNING), _moment("--to", end) if end else None) if start or end else None
    wanted = [Target.parse(column.strip(), connection.words).obis for column in columns.split(",")] if columns else None
    if parquet is not None:
        parquet_writer()
    if picture is not None:
        figure_for(picture)
    async with connection.meter(output) as meter:
        with output.progress(f"reading {target.obis}"):
            table = await _read(meter, meter.profile(target.obis), wanted, last, span)
    _write(output, table, (csv, table.to_csv), (parquet, table.to_parquet), (picture, table.to_image))
    if output.as_json:
        for row in table:
            output.emit(row_to_json(table, row))
    elif not (csv or parquet or picture or (plot_columns and output.is_terminal)):
        show_table(output, table)
    if table.report:
        output.note(str(table.report))
    if plot_columns:
        plot(output, table)


async def _read(
    meter: Meter,
    profile: MeterProfile,
    wanted: list[Obis] | None,
    last: int | None,
    span: tuple[CosemDateTime, CosemDateTime | None] | None,
) -> ProfileTable:
    if last is not None:
        return await profile.last(last, wanted)
    if span is None:
        return await profile.all(wanted)
    start, end = span
    return await profile.between(start, end or await meter.clock.time, wanted)


def _moment(option: str, text: str) -> CosemDateTime:
    try:
        found = CosemDateTime.parse(text)
    except UsageError as error:
        raise UsageError(f"{option}: {error.message}") from None
    if found.local is None:
        raise UsageError(f"{option} {text[:40]}: write a moment, such as 2026-11-22T15:00")
    return found


def _write(output: Output, table: ProfileTable, *files: tuple[Path | None, Callable[[Path], None]]) -> None:
    for path, write in files:
        if path is None:
            continue
        try:
            write(path)
        except OSError as error:
            raise UsageError(f"{path}: {error.strerror or error}") from None
        output.note(f"{len(table)} rows written to {path}")
