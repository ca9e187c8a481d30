"""A served meter that calls by itself: at start, on schedule, on event; then it answers on that connection.

async with serve(device, dial=DialOut("tcp://head-end:4059", every_s=900)) as served:
    served.dial_now()
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from dlmskit.edge.streams import open_transport
from dlmskit.edge.transport import Transport
from dlmskit.edge.url import ConnectionUrl, as_url
from dlmskit.errors import DlmsError, UsageError
from dlmskit.obis import Obis, as_obis
from dlmskit.server.behaviours.push import Pusher
from dlmskit.server.connection import Connection
from dlmskit.session.framing import FramingName

if TYPE_CHECKING:
    from dlmskit.server.device import Device
    from dlmskit.server.serve import Served

_MOST_DOUBLINGS: Final = 32


@dataclass(frozen=True, slots=True)
class DialOut:
    """Where a meter calls, when, and what it says.

    url       where: tcp://… or hdlc+tcp://…
    client    whom its push is for; where that client is offered an association with keys, they protect it
    push      the push setup whose list is sent; None: nothing is said. A device without that object says nothing
    at_start  call when serving begins
    every_s   call, or push again where the line is still there, so often
    keep      call again whenever the line was lost
    spread_s  each call begins somewhere within this time, so that a fleet does not call at once
    retry_s   where nobody answers: try again somewhere within this time, which doubles up to `most_s`
    """

    url: str | ConnectionUrl
    client: int = 1
    push: Obis | str | bytes | None = "0.0.25.9.0.255"
    at_start: bool = True
    every_s: float | None = None
    keep: bool = False
    spread_s: float = 0.0
    retry_s: float = 5.0
    most_s: float = 600.0

    def __post_init__(self) -> None:
        if as_url(self.url).dial_in:
            raise UsageError(f"{self.url}: a meter that calls connects", hints=("leave listen+ away",))


class Dialler:
    """Calls for the devices of one server, as long as it runs."""

    def __init__(self, served: Served, plan: DialOut) -> None:
        self._served, self._plan = served, plan
        self._url = as_url(plan.url)
        self._called = asyncio.Event()
        self._draw = next(iter(served.devices.values())).environment.random_bytes

    def call(self) -> None:
        """Call now, or push again where the line is there."""
        self._called.set()

    async def run(self) -> None:
        """Call when it is time, without end."""
        failures = 0
        if not self._plan.at_start:
            await self._wait(self._plan.every_s)
        while True:
            await asyncio.sleep(self._somewhere_within(self._plan.spread_s))
            began = self._now()
            try:
                await self._session()
                is_reached = True
            except DlmsError as error:
                is_reached = False
                self._served.tell(self._now(), "line", "not-reached", {"url": str(self._url), "error": error.to_json()})
            # Whoever takes a call and drops it at once is as good as not there.
            failures = 0 if self._now() - began > self._plan.retry_s else failures + 1
            await self._wait(self._plan.every_s if is_reached and not self._plan.keep else self._backoff(failures))

    async def _session(self) -> None:
        """One call, until its line is gone. Raises what opening the line raises."""
        connection = Connection(self._served, cast(FramingName, self._url.framing))
        transport = await open_transport(self._url, connection)
        watching = self._served.spawn(self._watch(transport))
        try:
            while not transport.is_closing():
                self._push(connection)
                await self._wait(self._plan.every_s)
        finally:
            watching.cancel()
            await transport.aclose()

    def _push(self, connection: Connection) -> None:
        for device in self._served.devices.values():
            pusher = self._pusher(device)
            if pusher is not None:
                offer = next((one for one in device.offers if one.client == self._plan.client), None)
                connection.push(device.sap, self._plan.client, device.notification(pusher.body(offer)))

    def _pusher(self, device: Device) -> Pusher | None:
        if self._plan.push is None:
            return None
        obis = as_obis(self._plan.push)
        return next((one for one in device.objects if isinstance(one, Pusher) and one.obj.obis == obis), None)

    # --- time ---

    async def _watch(self, transport: Transport) -> None:
        """A line that is lost is news as well."""
        await transport.wait_closed()
        self._called.set()

    async def _wait(self, seconds: float | None) -> None:
        """Until somebody says so, or for so long; None: as long as nobody does."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._called.wait()
        self._called.clear()

    def _backoff(self, failures: int) -> float:
        doublings = min(max(failures - 1, 0), _MOST_DOUBLINGS)
        window = min(self._plan.retry_s * 2**doublings, self._plan.most_s)
        return self._somewhere_within(window)

    def _somewhere_within(self, window_s: float) -> float:
        return window_s * int.from_bytes(self._draw(4)) / 2**32

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
