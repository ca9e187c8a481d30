"""Rows of a profile: as JSON, as tables as wide as the terminal, as charts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dlmskit.cli.chart import chart
from dlmskit.cli.output import Output
from dlmskit.cli.text import pad, printable, width_of
from dlmskit.cli.words import in_words
from dlmskit.client.profile.series import Series, all_series
from dlmskit.client.profile.table import Cell, ProfileTable, Row
from dlmskit.cosem.model import CosemObject
from dlmskit.data import tagged
from dlmskit.data.kinds import date_time
from dlmskit.data.value import Value
from dlmskit.times import CosemDateTime
from dlmskit.units import plain

_GAP = "  "
_TIME, _STATUS = 22, 6


def row_to_json(table: ProfileTable, row: Row) -> dict[str, object]:
    """The promised shape of a row."""
    time = _time(table, row)
    return {
        "object": str(table.object),
        "time": None if time is None else time.isoformat(),
        "status": plain_json(row.status),
        "values": [_cell_to_json(cell) for cell in row.values],
    } | ({} if row.odd_time is None else {"time_raw": plain_json(row.odd_time)})


def _time(table: ProfileTable, row: Row) -> CosemDateTime | None:
    """The time of a row with the deviation of the standard, whichever sign the meter gives it."""
    return row.time.mirrored if row.time is not None and table.timing.deviation_reversed else row.time


def _cell_to_json(cell: Cell) -> dict[str, object]:
    column, quantity = cell.column, cell.quantity
    return {
        "object": str(column.object),
        "class_id": column.class_id,
        "attribute": column.attribute,
        "data_index": column.data_index,
        "value": plain_json(_meaning(cell)) if quantity is None else plain(quantity.value),
        "unit": column.unit or None,
        "raw": plain_json(cell.raw),
    }


def _meaning(cell: Cell) -> object:
    """What came; a captured time as a time, an event by its text."""
    if cell.text is not None:
        return cell.text
    cls = CosemObject.registry.newest(cell.column.class_id)
    declared = cls.attributes.get(cell.column.attribute) if cls is not None else None
    is_time = declared is not None and declared.kind is date_time and not cell.column.data_index
    return CosemDateTime(cell.raw) if is_time and isinstance(cell.raw, bytes) and len(cell.raw) == 12 else cell.raw


def plain_json(raw: object) -> object:
    """A captured value as JSON has it: octets in hex, nested ones as lists."""
    if isinstance(raw, Value):
        return tagged.to_json(raw)
    if isinstance(raw, bytes):
        return raw.hex()
    if isinstance(raw, list | tuple):
        return [plain_json(item) for item in raw]
    return raw if raw is None or isinstance(raw, str | int | float) else str(raw)


def show_table(output: Output, table: ProfileTable) -> None:
    """The rows, in as many tables as the columns need; each repeats time and status."""
    if not table:
        output.say("no rows")
        return
    stamps = [_stamp(table, row) for row in table]
    cells = [[_text(cell) for cell in row.values] for row in table]
    columns = [table.columns[at] for at in table.values_at]
    widths = [
        max(map(width_of, (str(column), column.unit, *(row[at] for row in cells)))) for at, column in enumerate(columns)
    ]
    for number, group in enumerate(_groups(widths, output.width - width_of(stamps[0]))):
        if number:
            output.say()
        stamp_head = pad("time", _TIME) + (_right("status", _STATUS) if table.status_at is not None else "")
        for head in ([str(column) for column in columns], [column.unit for column in columns]):
            line = "".join(_right(head[at], widths[at]) for at in group)
            output.say(stamp_head + line, style="cyan")
            stamp_head = " " * len(stamp_head)
        for stamp, row in zip(stamps, cells, strict=True):
            output.say(stamp + "".join(_right(row[at], widths[at]) for at in group))


def _groups(widths: Sequence[int], room: int) -> list[list[int]]:
    """Columns that fit beside each other, in order."""
    groups: list[list[int]] = [[]]
    used = 0
    for at, width in enumerate(widths):
        if groups[-1] and used + width + len(_GAP) > room:
            groups.append([])
            used = 0
        groups[-1].append(at)
        used += width + len(_GAP)
    return groups


def _right(text: str, width: int) -> str:
    return _GAP + " " * (width - width_of(text)) + text


def _stamp(table: ProfileTable, row: Row) -> str:
    text = pad(brief_time(_time(table, row)) if row.odd_time is None else _plain_text(row.odd_time), _TIME)
    return text if table.status_at is None else text + _right(_plain_text(row.status), _STATUS)


def brief_time(time: CosemDateTime | None) -> str:
    """A time for a table: `2026-11-22 15:00+01:00`, seconds only where there are some."""
    if time is None:
        return "(no time)"
    local = time.local
    if local is None:
        return time.isoformat()
    offset = re.search(r"[+-]\d\d:\d\d$", time.isoformat())
    return local.strftime("%Y-%m-%d %H:%M" + (":%S" if local.second else "")) + (offset[0] if offset else "")


def _text(cell: Cell) -> str:
    quantity = cell.quantity
    return _plain_text(_meaning(cell)) if quantity is None else plain(quantity.value)


def _plain_text(raw: object) -> str:
    if raw is None:
        return "–"
    return printable(in_words(raw).replace("\n", "; "))


def plot(output: Output, table: ProfileTable) -> None:
    """A chart of each column; of a counting register what it counted in each period."""
    if not output.is_terminal:
        output.note("no chart: the output is no terminal")
        return
    for series in all_series(table):
        output.say(series.title, style="bold")
        output.say(series.unit, style="dim")
        for line in series_chart(series, width=output.width):
            output.say(line, style="green")


def series_chart(series: Series, *, width: int, height: int = 8) -> list[str]:
    """The lines of a chart of one column."""
    first, last = ("" if time is None else brief_time(time)[:16] for time in (series.times[0], series.times[-1]))
    return chart(series.numbers, width=width, height=height, first=first, last=last)
