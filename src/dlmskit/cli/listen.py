"""`dlmskit listen`: show the meters that dial in and what they push, until interrupted."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import Annotated

import typer

from dlmskit.cli.config import counter_store
from dlmskit.cli.explained import show_found
from dlmskit.cli.output import Output
from dlmskit.cli.secrets import Secrets
from dlmskit.cli.signals import stop_on_signals
from dlmskit.dissect import Found
from dlmskit.listener import Caller, Listening, Standing
from dlmskit.listener import listen as listen_on

_STANDINGS = {
    Standing.CLAIMED: "anyone may say so",
    Standing.SEALED: "from a push that is verified",
    Standing.PROVEN: "proven",
}

Url = Annotated[str, typer.Argument(help="Where to wait: listen+tcp://0.0.0.0:4059, …", metavar="URL")]
Count = Annotated[
    int | None, typer.Option("--count", metavar="N", min=1, show_default=False, help="End after so many pushes.")
]


async def listen(output: Output, secrets: Secrets, url: Url, count: Count = None) -> None:
    """Show meters that dial in, and what they push.

    Prints `ready` and the URL, then callers and pushes as they come, deciphered with --ek and --ak or by system title with --keys. Ends on Ctrl-C
    or SIGTERM. A verified push that was seen before is left out, also one that an earlier run has seen.
    """
    secrets.warn(output)
    secrets.allow_weak = True  # nothing is protected here, only looked at
    stop, keys = asyncio.Event(), secrets.key_ring
    stop_on_signals(stop)
    async with AsyncExitStack() as stack:
        counters = None if keys is None else stack.enter_context(counter_store())
        callers = await stack.enter_async_context(listen_on(url, keys=keys, trace=output.tracer, counters=counters))
        group = await stack.enter_async_context(asyncio.TaskGroup())
        if output.as_json:
            output.emit({"ready": True, "urls": [callers.url]})
        else:
            print("ready", callers.url, sep="\n", flush=True)
        shown = group.create_task(_Show(output, count, stop).all(callers))
        await stop.wait()
        shown.cancel()
        for reason, number in callers.counted.items():
            output.note(f"{reason}: {number}")


class _Show:
    """What came, on the screen or as JSON lines, until `left` pushes were shown."""

    def __init__(self, output: Output, left: int | None, stop: asyncio.Event) -> None:
        self._output, self._left, self._stop = output, left, stop

    async def all(self, callers: Listening) -> None:
        """Every caller, and each one's pushes beside those of the others."""
        async with asyncio.TaskGroup() as group:
            async for caller in callers:
                self._caller(caller)
                group.create_task(self._pushes(caller))

    async def _pushes(self, caller: Caller) -> None:
        async for found in caller.pushes:
            if self._left == 0:
                return
            self._push(caller, found)
            if self._left is not None:
                self._left -= 1
                if not self._left:
                    self._stop.set()

    def _caller(self, caller: Caller) -> None:
        if self._output.as_json:
            self._output.emit({"event": "caller", "peer": caller.peer, **caller.identity.to_json()})
            return
        self._output.say()
        self._output.say(caller.peer, style="bold cyan")
        title, name = caller.identity.system_title, caller.identity.logical_device_name
        if name is not None:
            self._output.say(f"  logical device name {name.value}: {_STANDINGS[name.standing]}")
        if title is not None:
            self._output.say(f"  system title {title.value.hex()}: {_STANDINGS[title.standing]}")

    def _push(self, caller: Caller, found: Found) -> None:
        if self._output.as_json:
            self._output.emit({"event": "push", "peer": caller.peer, **found.to_json()})
        else:
            self._output.say()
            self._output.say(f"from {caller.peer}", style="dim")
            show_found(self._output, found, first=True)
