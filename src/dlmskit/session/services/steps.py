"""The steps of a service: what its exchange, a generator over whole APDUs, has the association do."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Generic, NamedTuple, TypeVar

from dlmskit.apdu.base import AttributeDescriptor, MethodDescriptor
from dlmskit.apdu.codec import Apdu
from dlmskit.data.conformance import Conformance
from dlmskit.errors import DlmsError, LocalProtocolError, Refused, RemoteProtocolError, Timeout, TransportError
from dlmskit.obis import Obis
from dlmskit.session.context import Context
from dlmskit.session.events import raised
from dlmskit.session.protection.general import Draw
from dlmskit.session.services.advertised import Extra, Outcome

T = TypeVar("T")


class Ask(NamedTuple):
    """Send this and want one of these answers.

    is_whole  with it the peer has the whole request, and may have carried it out
    """

    apdu: Apdu
    expect: tuple[type[Apdu], ...]
    is_whole: bool = True


class Tell(NamedTuple):
    """Send this and want no answer."""

    apdu: Apdu


class Work:
    """Do this, at the edge where it `blocks`; `value` is what it gave, or raises what it ended with."""

    __slots__ = ("blocks", "outcome", "run")

    def __init__(self, run: Callable[[Draw], bytes | None], *, blocks: bool) -> None:
        self.run, self.blocks = run, blocks
        self.outcome: object = None

    @property
    def value(self) -> bytes:
        found = raised(self.outcome)
        return found if isinstance(found, bytes) else b""


Exchange = Generator["Ask | Tell | Work", Apdu, T]


class Service(NamedTuple, Generic[T]):
    """One service to be carried out.

    command     SET or ACTION: never repeated by itself, its outcome may become unknown
    idempotent  the caller says that carrying it out twice does no harm
    protection  what the rights over the object demand, in their flags: the request goes no weaker, and a weaker answer
                is refused
    secrets     octets of what is sent that no trace shows
    """

    run: Callable[[Context], Exchange[T]]
    command: bool = False
    idempotent: bool = False
    protection: int = 0
    secrets: tuple[bytes, ...] = ()

    @property
    def is_repeatable(self) -> bool:
        return self.idempotent or not self.command


def given(exchange: Exchange[T], reply: Apdu | DlmsError | None) -> Ask | Tell | Work:
    """The next step of an exchange that gets this."""
    if isinstance(reply, DlmsError):
        return exchange.throw(reply)
    return next(exchange) if reply is None else exchange.send(reply)


def with_extra(
    context: Context, extra: Extra, way: Callable[[], Exchange[T]], other: Callable[[], Exchange[T]]
) -> Exchange[T]:
    """Read something one way, and the other way where the meter fails at it.

    It fails that refuses the service, answers something else or not at all. Where the association breaks off over it, whoever asks again in the next one goes the other way.
    Not for commands: whoever answered otherwise may have carried them out.
    """
    services = context.services
    if services.may(extra):
        try:
            found = yield from way()
        except (Refused, RemoteProtocolError):
            services.note(extra, Outcome.REFUSED)
        except (Timeout, TransportError):
            services.note(extra, Outcome.LOST)
        else:
            services.note(extra, Outcome.WORKED)
            return found
    found = yield from other()
    services.note(extra, Outcome.OTHERWISE)
    return found


def need(context: Context, bits: Conformance, what: str) -> None:
    """Raises LocalProtocolError where these were not agreed on."""
    if not context.has(bits):
        raise LocalProtocolError(
            f"{what}, which the meter did not agree to; it takes {context.max_send} octets at most"
        )


def named(target: AttributeDescriptor | MethodDescriptor) -> str:
    """An attribute or method in errors."""
    number = target.attribute_id if isinstance(target, AttributeDescriptor) else target.method_id
    return f"{Obis(target.instance_id)}/{number}"
