"""A meter that dialled in: what it pushed, who it says it is, and associations on its own connection."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import TracebackType
from typing import Any, Final, Self

from dlmskit.client.kept import Kept
from dlmskit.client.line import OpenLine
from dlmskit.client.meter import Meter
from dlmskit.client.pump import Pump
from dlmskit.dissect import Found
from dlmskit.edge.options import MEMBERS
from dlmskit.errors import TransportError, UnprovenCaller
from dlmskit.listener.identity import Identity

#: Mechanisms in which the meter's answer to our challenge binds its system title.
_PROVING: Final = frozenset({"gmac", "sha256", "ecdsa"})


class Caller:
    """One connection a meter opened; made by `listen`.

    peer      its network address
    identity  who it says it is, with what that is worth; it grows with what comes
    pushes    what it pushed, oldest first: an asynchronous iterator over the last ones, which ends with the connection

    What it sends to the addresses of an association goes to `meter.notifications()` while that one is open.
    """

    __slots__ = ("_kept", "_line", "_open_line", "_pump", "identity", "peer", "pushes")

    def __init__(self, peer: str, pump: Pump, open_line: Callable[[Pump], OpenLine], pushes: int) -> None:
        self.peer = peer
        self.identity = Identity()
        self.pushes: Kept[Found] = Kept(pushes)
        self._pump, self._open_line = pump, open_line
        self._line: OpenLine | None = None
        self._kept: AsyncExitStack | None = None

    @property
    def system_title(self) -> bytes | None:
        """Its system title as far as it was told; `identity` says what that is worth."""
        return self.identity.system_title.value if self.identity.system_title is not None else None

    @property
    def logical_device_name(self) -> str | None:
        """Its logical device name, likewise."""
        name = self.identity.logical_device_name
        return name.value if name is not None else None

    @property
    def pushed(self) -> tuple[Found, ...]:
        """What it pushed and nobody has taken from `pushes` yet."""
        return self.pushes.waiting

    @property
    def is_connected(self) -> bool:
        return self._pump.error is None

    # --- associations on its connection ---

    @property
    def line(self) -> OpenLine:
        """Its connection as a line for several associations; `meter` is the careful way."""
        if self._line is None:
            self._line = self._open_line(self._pump)
        return self._line

    def meter(self, *, trust_name: bool = False, **arguments: Any) -> Opening:
        """An association with it, for `async with` or, until the caller is closed, for `await`.

        trust_name  a password may go out although nothing proves who dialled in
        arguments   as for `OpenLine.meter`: password, security, counters, client=1, auth="gmac", …
        Raises UnprovenCaller before anything is sent where a password would go to somebody unproven; what `connect`
        raises otherwise.
        """
        return Opening(self, self._associated(trust_name, arguments))

    @asynccontextmanager
    async def _associated(self, trust_name: bool, arguments: dict[str, Any]) -> AsyncIterator[Meter]:
        if not self.is_connected:
            raise TransportError(f"{self.peer} has hung up", hints=("wait until it dials in again",))
        auth = self.line.url.merge(**_options(arguments)).association.auth
        if auth == "low" and not (trust_name or self.identity.is_proven):
            raise UnprovenCaller(
                f"{self.peer}: the password would go to whoever dialled in; nothing proves that it is the meter",
                hints=(
                    "associate with auth=gmac first, which proves it",
                    "trust_name=True sends it all the same",
                ),
            )
        async with self.line.meter(**arguments) as meter:
            title = meter.association.server_system_title
            if auth in _PROVING and title is not None:
                self.identity = self.identity.proven_as(title)
            yield meter

    async def keep(self, manager: AbstractAsyncContextManager[Meter]) -> Meter:
        """Enter an association that lasts until the caller is closed."""
        if self._kept is None:
            self._kept = AsyncExitStack()
        return await self._kept.enter_async_context(manager)

    def hang_up(self) -> None:
        """Drop the connection at once."""
        self._pump.abort()

    async def aclose(self) -> None:
        """Release what is associated and hang up."""
        kept, self._kept = self._kept, None
        try:
            if kept is not None:
                await kept.aclose()
        finally:
            await self._pump.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        title = self.system_title.hex() if self.system_title else None
        return f"<Caller {self.peer} system_title={title} logical_device_name={self.logical_device_name}>"


class Opening(AbstractAsyncContextManager[Meter], Awaitable[Meter]):
    """What `Caller.meter` gives: an association about to be opened."""

    __slots__ = ("_caller", "_manager")

    def __init__(self, caller: Caller, manager: AbstractAsyncContextManager[Meter]) -> None:
        self._caller, self._manager = caller, manager

    def __await__(self) -> Generator[Any, None, Meter]:
        return self._caller.keep(self._manager).__await__()

    async def __aenter__(self) -> Meter:
        return await self._manager.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return await self._manager.__aexit__(kind, error, trace)


def _options(arguments: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name in MEMBERS}
