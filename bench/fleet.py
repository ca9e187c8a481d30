"""CPU of one GET while a thousand meters are read at once, beside that of bare asyncio: `python -m bench.fleet PORT PORT`.

The ports are those of `bench.fleet_responder`. Prints seconds per GET as JSON: bare, wrapper, HDLC.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from statistics import median

import dlmskit
from bench.cases import Echo
from bench.limits import raise_file_limit

METERS, EACH, ROUNDS = 1000, 10, 5
REQUEST = bytes.fromhex("000100100001000dc001c100030100010800ff0200")


async def measured(asks: list[Callable[[], Awaitable[object]]]) -> float:
    """CPU seconds of one request, all of them going on side by side."""

    async def several(ask: Callable[[], Awaitable[object]]) -> None:
        for _ in range(EACH):
            await ask()

    start = time.process_time()
    await asyncio.gather(*map(several, asks))
    return (time.process_time() - start) / (len(asks) * EACH)


async def bare(port: int) -> list[Callable[[], Awaitable[object]]]:
    loop = asyncio.get_running_loop()
    lines = [(await loop.create_connection(Echo, "127.0.0.1", port))[1] for _ in range(METERS)]
    return [lambda line=line: line.ask(REQUEST) for line in lines]  # type: ignore[misc]


async def ours(stack: AsyncExitStack, url: str) -> list[Callable[[], Awaitable[object]]]:
    meters = [await stack.enter_async_context(dlmskit.connect(url, client=16)) for _ in range(METERS)]
    references = [(meter, meter.register("1.0.1.8.0.255").value) for meter in meters]
    if {(await meter.get(reference)).value for meter, reference in references} != {12345}:
        raise SystemExit("the registers were not read")
    return [lambda meter=meter, ref=ref: meter.get(ref) for meter, ref in references]  # type: ignore[misc]


async def main(wrapper: int, hdlc: int) -> None:
    raise_file_limit()
    async with AsyncExitStack() as stack:
        ways = {
            "bare": await bare(wrapper),
            "wrapper": await ours(stack, f"tcp://127.0.0.1:{wrapper}"),
            "hdlc": await ours(stack, f"hdlc+tcp://127.0.0.1:{hdlc}"),
        }
        rounds = [{name: await measured(asks) for name, asks in ways.items()} for _ in range(ROUNDS)]
        print(json.dumps({name: median(one[name] for one in rounds) for name in ways}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
