"""A small device for tests: a long octet-string, a number, a counted method, and three associations."""

from __future__ import annotations

from dlmskit.cosem.ics import Data, Register
from dlmskit.data.value import Tag, Value
from dlmskit.edge.clock import Environment
from dlmskit.security.keys import KeyRing
from dlmskit.server.access import ALL, Rule
from dlmskit.server.behaviour import Behaviour, Context, performs
from dlmskit.server.device import Device
from tests.support.served_line import AK, EK

LONG, NUMBER, COUNTED = "0.0.96.1.1.255", "0.0.96.1.2.255", "1.0.1.8.0.255"
EVERYTHING = (Rule("*", write=ALL, call=ALL),)


class Counted(Behaviour):
    """A register whose reset is counted and remembers its argument."""

    def __init__(self) -> None:
        super().__init__(Register(COUNTED, value=Value(Tag.DOUBLE_LONG_UNSIGNED, 5)))
        self.calls: list[int] = []

    @performs(Register.reset)
    def reset(self, argument: int, context: Context) -> None:
        self.calls.append(argument)


def small_device(environment: Environment | None = None) -> Device:
    """Clients 16 without authentication, 32 with LLS, 1 with HLS-GMAC, all allowed everything."""
    device = Device(
        logical_name="DKT0000000000001",
        system_title=b"DKT\0\0\0\0\1",
        **({} if environment is None else {"environment": environment}),
    )
    device.add(Data(LONG, value=Value(Tag.OCTET_STRING, bytes(range(256)) * 4)))
    device.add(Data(NUMBER, value=Value(Tag.LONG_UNSIGNED, 7)))
    device.add(Counted())
    device.association(client=16, access=EVERYTHING)
    device.association(client=32, access=EVERYTHING, mechanism=1, password=b"dlmskit1")
    device.association(client=1, access=EVERYTHING, mechanism=5, keys=KeyRing(ek=EK, ak=AK))
    return device
