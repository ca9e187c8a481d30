"""Serving logical devices: on every line named, until the block is left.

async with serve(device, "tcp://127.0.0.1:0", "hdlc+tcp://127.0.0.1:0") as served:
    print(served.urls)
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, Literal, cast

from dlmskit.cosem.ics import HdlcSetup, TcpUdpSetup
from dlmskit.cosem.model import Attribute
from dlmskit.edge.streams import open_listener
from dlmskit.edge.transport import Listener
from dlmskit.edge.url import ConnectionUrl, as_url
from dlmskit.errors import DlmsError, RemoteProtocolError, UsageError
from dlmskit.link.hdlc.parameters import HdlcSettings
from dlmskit.security.counters import CounterStore, Scope, Span
from dlmskit.server.connection import Connection
from dlmskit.server.counters import MeterCounters, received_by
from dlmskit.server.device import Device
from dlmskit.server.dialling import Dialler, DialOut
from dlmskit.server.offer import Offer
from dlmskit.server.readout import Readout
from dlmskit.session.framing import FramingName
from dlmskit.session.responder import ServerAssociation
from dlmskit.trace import TraceEvent, Tracer

#: A server drops an HDLC link after this silence; where no HDLC set-up says otherwise.
HDLC_INACTIVITY_S = 120.0
#: A server closes a connection after this silence where no TCP-UDP set-up says otherwise.
TCP_INACTIVITY_S = 180.0
_HDLC = HdlcSettings(inactivity_s=HDLC_INACTIVITY_S)


class Served:
    """Devices being served.

    urls     where they can be reached, with the ports really taken
    devices  the logical devices, by address
    """

    def __init__(
        self,
        devices: Sequence[Device],
        *,
        tracer: Tracer | None,
        counters: CounterStore | None,
        hdlc: HdlcSettings,
        physical: int | None,
        max_connections: int,
        max_per_address: int,
        idle_timeout_s: float | Literal["set-up"] | None,
        group: asyncio.TaskGroup,
    ) -> None:
        self.devices: Mapping[int, Device] = {device.sap: device for device in devices}
        if not devices or len(self.devices) != len(devices):
            raise UsageError("each logical device that is served needs an address of its own")
        for device in devices:
            device.together = tuple(devices)
            for offer in device.offers:
                device.view(offer)  # a rule that names what is not there is said now, not to a client
                if offer.short_names is not None:
                    offer.short_names()
        self.offers: Mapping[int, Mapping[int, Offer]] = {
            device.sap: {offer.client: offer for offer in device.offers} for device in devices
        }
        self.urls: list[str] = []
        self.tracer, self._hdlc, self.physical = tracer, hdlc, physical
        self.counters = MeterCounters(counters)
        self._unsettled: list[tuple[Scope, Span | None, dict[Scope, int]]] = []
        self._settling = asyncio.Lock()
        self.max_connections, self.max_per_address = max_connections, max_per_address
        self._idle_timeout_s = idle_timeout_s
        self._group = group
        self._connections: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._diallers: list[Dialler] = []

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    @property
    def idle_timeout_s(self) -> float | None:
        """A connection that nothing was asked on for so long is closed; None: never."""
        if self._idle_timeout_s != "set-up":
            return self._idle_timeout_s
        told = _set_up(self.devices.values(), TcpUdpSetup.inactivity_time_out)
        return TCP_INACTIVITY_S if told is None else told or None

    @property
    def hdlc(self) -> HdlcSettings:
        """How an HDLC link is begun; it is dropped for silence as the HDLC set-up says, where there is one."""
        told = _set_up(self.devices.values(), HdlcSetup.inactivity_time_out) if self._hdlc is _HDLC else None
        return self._hdlc if told is None else replace(self._hdlc, inactivity_s=told)

    def dial(self, plan: DialOut) -> None:
        """Have the devices call by themselves."""
        dialler = Dialler(self, plan)
        self._diallers.append(dialler)
        self.spawn(dialler.run())

    def dial_now(self) -> None:
        """Something happened: call now, or push where the line is there."""
        for dialler in self._diallers:
            dialler.call()

    # --- what connections need ---

    def admit(self, connection: Connection) -> bool:
        """Take a connection in, unless there are too many, in all or from where it comes."""
        there = sum(other.caller == connection.caller for other in self._connections)
        if len(self._connections) >= self.max_connections or there >= self.max_per_address:
            return False
        self._connections.add(connection)
        return True

    def dismiss(self, connection: Connection) -> None:
        self._connections.discard(connection)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something besides; it ends with the server."""
        task = self._group.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def settle(self, association: ServerAssociation) -> None:
        """Give back what a link that is down has left of its counters, and keep what it received."""
        if association.protection is None:
            return
        pool, is_first = association.protection.pool, not self._unsettled
        self._unsettled.append((pool.scope, pool.surrender(), received_by(association)))
        if is_first:
            self.spawn(self.settled())

    async def settled(self) -> None:
        """Everything there is to give back and to keep is on the disk."""
        async with self._settling:
            waiting, self._unsettled = self._unsettled, []
            try:
                if waiting:
                    await asyncio.to_thread(self._settle, waiting)
            except DlmsError as error:  # wasted counters, and replays that a restart would not notice: said, not more
                now = asyncio.get_running_loop().time()
                self.tell(now, "security", "counters-not-kept", {"error": error.to_json()})

    def _settle(self, waiting: list[tuple[Scope, Span | None, dict[Scope, int]]]) -> None:
        for scope, rest, received in waiting:
            self.counters.settle(scope, rest, received)

    def tell(self, now: float, layer: str, name: str, detail: Mapping[str, object]) -> None:
        if self.tracer is not None:
            self.tracer(TraceEvent(now, layer, "state", name, None, detail))

    def cancel(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()


def _set_up(devices: Iterable[Device], attribute: Attribute[int]) -> int | None:
    """What the first set-up object of that class says now; None where none is served."""
    for device in devices:
        for behaviour in device.objects:
            if behaviour.obj.class_id == attribute.owner.class_id and attribute.index in behaviour.values:
                with suppress(RemoteProtocolError):  # a meter that was saved may tell something else in its place
                    return behaviour.stored(attribute)
    return None


@asynccontextmanager
async def serve(
    devices: Device | Sequence[Device],
    *urls: str | ConnectionUrl,
    trace: Tracer | None = None,
    counters: CounterStore | None = None,
    hdlc: HdlcSettings = _HDLC,
    physical: int | None = None,
    max_connections: int = 64,
    max_per_address: int = 32,
    idle_timeout_s: float | Literal["set-up"] | None = "set-up",
    dial: DialOut | str | None = None,
) -> AsyncIterator[Served]:
    """Serve logical devices on lines; leaving the block closes them and every connection.

    counters        where invocation counters are kept; by default ours in the memory of this process, and those of
                    clients with the device
    physical        answer to this physical HDLC address only; by default to any
    max_per_address open at a time from one address, of IPv6 from one /64 network: one caller does not shut out others
    hdlc            how HDLC links are; by default they are dropped for silence as the HDLC set-up says
    idle_timeout_s  a connection that nothing was asked on for so long is closed; None: never. By default as the
                    TCP-UDP set-up says
    dial            the devices call by themselves; a URL: once, at the start
    Raises UsageError for a line that cannot be served, TransportError where it cannot be opened.
    """
    chosen = [devices] if isinstance(devices, Device) else list(devices)
    failed: BaseException | None = None  # raised again behind the group, which would wrap it
    async with asyncio.TaskGroup() as group, AsyncExitStack() as stack:
        try:
            served = Served(
                chosen,
                tracer=trace,
                counters=counters,
                hdlc=hdlc,
                physical=physical,
                max_connections=max_connections,
                max_per_address=max_per_address,
                idle_timeout_s=idle_timeout_s,
                group=group,
            )
            await asyncio.to_thread(served.counters.load, [offer for device in chosen for offer in device.offers])
            stack.callback(served.cancel)
            stack.push_async_callback(served.settled)
            for url in map(as_url, urls):
                listener = await stack.enter_async_context(await _listen(served, url))
                served.urls.append(str(listener.url))
            if dial is not None:
                served.dial(DialOut(dial) if isinstance(dial, str) else dial)
            yield served
        except BaseException as error:  # noqa: BLE001
            failed = error
    if failed is not None:
        raise failed


async def _listen(served: Served, url: ConnectionUrl) -> Listener:
    framing = cast(FramingName, "hdlc" if url.signs_on else url.framing)
    readout = partial(Readout, tuple(served.devices.values()), url.framing)
    return await open_listener(url, partial(Connection, served, framing), readout=readout)
