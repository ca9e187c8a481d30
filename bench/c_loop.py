"""What a plain C program takes for the rows of a profile, compiled when it is measured."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

from bench import inputs
from bench.timing import Timer, timer

SOURCE = Path(__file__).with_name("rows.c")
ROWS, HEADER = 10_000, 4  # an array's tag and its length in three octets


def c_loop() -> Timer:
    """Rows into columns. Raises ImportError where there is no compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise ImportError("no C compiler", name="cc")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "rows.so"
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", str(library), str(SOURCE)], check=True)
        read = ctypes.CDLL(str(library)).rows
    read.restype = ctypes.c_size_t
    octets = inputs.profile(ROWS)[HEADER:]
    clocks, states = ctypes.create_string_buffer(12 * ROWS), ctypes.create_string_buffer(ROWS)
    energies = (ctypes.c_uint32 * ROWS)(), (ctypes.c_uint32 * ROWS)()

    def run() -> None:
        if read(octets, ctypes.c_size_t(ROWS), clocks, states, *energies) != ROWS:
            raise SystemExit("the rows were not read")

    run()
    if (energies[0][ROWS - 1], energies[1][0]) != (1000 + ROWS - 1, 77):
        raise SystemExit("the columns were not read")
    return timer(run)
