"""A year of quarters of an hour from the octets of a buffer to Arrow; run where PyArrow is: `python -m bench.year`."""

from __future__ import annotations

import pyarrow as pa

from bench import inputs
from bench.timing import loops_for, timer
from dlmskit.client.profile.buffer import read_rows
from dlmskit.client.profile.table import Column, ProfileTable, Timing
from dlmskit.cosem.common import CaptureObject, ScalerUnit
from dlmskit.obis import Obis
from dlmskit.units import Unit

ENERGIES = [f"1.0.{quantity}.8.0.255" for quantity in (1, 2, 3, 4)]
CAPTURED = [(8, "0.0.1.0.0.255"), (1, "0.0.96.10.1.255"), *((3, name) for name in ENERGIES)]


def main() -> None:
    """Print the CPU seconds of one table: rows, exact decimals, times in UTC."""
    columns = [
        Column(CaptureObject(class_id, Obis.parse(name), 2, 0), ScalerUnit(-1, Unit(30)) if class_id == 3 else None)
        for class_id, name in CAPTURED
    ]
    octets = inputs.year()

    def table() -> pa.Table:
        found = read_rows(octets, {len(columns): 0}, 900)
        return ProfileTable(Obis.parse("1.0.99.1.0.255"), columns, found, Timing(900)).to_arrow()

    if table().shape != (35_040, 6):
        raise SystemExit("the year was not read")
    run = timer(table)
    loops = loops_for(run)
    print(run(loops) / loops)


if __name__ == "__main__":
    main()
