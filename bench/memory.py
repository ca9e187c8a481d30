"""Octets of one connection of the client, idle and associated, in a fresh process: `python -m bench.memory PORT`."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import dlmskit

CONNECTIONS = 50


async def grown_by(enter: Callable[[], AbstractAsyncContextManager[object]]) -> float:
    """Octets per connection, after a few that fill the caches."""
    async with AsyncExitStack() as stack:
        for _ in range(5):
            await stack.enter_async_context(enter())
        before = _allocated()
        for _ in range(CONNECTIONS):
            await stack.enter_async_context(enter())
        return (_allocated() - before) / CONNECTIONS


def _allocated() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


async def main(port: int) -> None:
    url = f"tcp://127.0.0.1:{port}"
    tracemalloc.start()
    idle = await grown_by(lambda: dlmskit.open_line(url))
    associated = await grown_by(lambda: dlmskit.connect(url, client=16))
    print(json.dumps({"idle": idle, "associated": associated}))


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(main(int(sys.argv[1])))
