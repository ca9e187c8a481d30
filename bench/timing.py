"""CPU seconds per operation. Plain Python, because the foreign interpreter reads this file too."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

# Runs a number of operations and says how many CPU seconds of this process they took.
Timer = Callable[[int], float]
ENOUGH_S = 0.02


def timer(operation: Callable[[], object]) -> Timer:
    """A timer of a plain callable."""

    def run(loops: int) -> float:
        gc.collect()
        start = time.process_time()
        for _ in range(loops):
            operation()
        return time.process_time() - start

    return run


def loops_for(run: Timer) -> int:
    """How many operations take long enough to be timed."""
    run(1)
    loops = 1
    while (took := run(loops)) < ENOUGH_S / 4:
        loops *= 4
    return max(1, round(loops * ENOUGH_S / took))
