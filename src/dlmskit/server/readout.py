"""The data readout of a served meter: what anybody at its optical port may see, as text.

It shows the numbers and texts of the objects that the public client may read without keys; where a device offers the
public client nothing, it shows nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Final

from dlmskit.cosem.access import ObjectListElement
from dlmskit.cosem.ics import Data, Register
from dlmskit.data.value import Value
from dlmskit.edge.opening import READOUT_ONLY
from dlmskit.edge.transport import Receiver, Transport
from dlmskit.errors import DlmsError, TransportError
from dlmskit.link import mode_c, mode_d
from dlmskit.link.mode_c import DataSet, unit_text
from dlmskit.server.access import is_protected_enough
from dlmskit.server.behaviour import Behaviour, Context
from dlmskit.server.device import Device
from dlmskit.server.later import discard
from dlmskit.units import Unit, plain, scale

PUBLIC_CLIENT: Final = 16
#: A meter that speaks by itself does so this often, as P1 ports do.
EVERY_S: Final = 10.0
_VALUE, _SCALER_UNIT = Register.value.index, Register.scaler_unit.index
_NUMBERED: Final = (3, 4)  # Register, Extended register
_MOST_TEXT: Final = 128
_RESERVED: Final = frozenset("()*/!")


def readout(devices: Sequence[Device]) -> list[DataSet]:
    """What the devices show now."""
    return [one for device in devices for one in _shown(device)]


def _shown(device: Device) -> Iterator[DataSet]:
    offer = next((offer for offer in device.offers if offer.client == PUBLIC_CLIENT and not offer.required), None)
    if offer is None:
        return
    context = Context(device.now, offer=offer)
    for behaviour, seen in device.view(offer).values():
        if _may_see(seen, _VALUE):
            value = _value_of(behaviour, context)
            if value is not None:
                a, b, c, d, e, f = bytes(behaviour.obj.obis)
                yield DataSet(f"{a}-{b}:{c}.{d}.{e}" + ("" if f == 0xFF else f"*{f}"), *value)


def _may_see(seen: ObjectListElement, index: int) -> bool:
    entry = seen.attribute(index)
    return entry is not None and entry.can_read and is_protected_enough(0, entry.rights)


def _value_of(behaviour: Behaviour, context: Context) -> tuple[str, str] | None:
    """Value and unit in words; None for what has none that is a number or a text."""
    class_id = behaviour.obj.class_id
    if class_id == Data.class_id:
        return _words(_get(behaviour, _VALUE, context))
    if class_id not in _NUMBERED:
        return None
    value, told = _get(behaviour, _VALUE, context), _get(behaviour, _SCALER_UNIT, context)
    if not isinstance(value, int | float) or isinstance(value, bool) or not isinstance(told, tuple):
        return None
    scaler, unit = (part.value for part in told)
    return plain(scale(value, scaler)), unit_text(Unit(unit))


def _get(behaviour: Behaviour, index: int, context: Context) -> object:
    """The payload of an attribute; None where it has to be awaited or is refused."""
    try:
        value = behaviour.get(index, context)
    except DlmsError:
        return None
    if isinstance(value, Value):
        return value.value
    discard(value)
    return None


def _words(value: object) -> tuple[str, str] | None:
    if isinstance(value, bytes) and value.isascii():
        value = value.decode("ascii")
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or len(value) > _MOST_TEXT:
        return None
    return None if _RESERVED & set(value) else (value, "")


class Readout(Receiver):
    """Says what the devices show: once to who has signed on, or again and again by itself (`mode-d`)."""

    def __init__(self, devices: Sequence[Device], framing: str) -> None:
        self._devices, self._framing = devices, framing
        self._transport: Transport
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:
        self._transport = transport
        if self._framing == "mode-d":
            self._speak()
        else:
            transport.write(mode_c.readout(readout(self._devices)))
            transport.close()

    def _speak(self) -> None:
        self._transport.write(mode_d.telegram(READOUT_ONLY, readout(self._devices)))
        self._timer = asyncio.get_running_loop().call_later(EVERY_S, self._speak)

    def data_received(self, data: bytes) -> None:
        """Who is read out says nothing more."""

    def pause_writing(self) -> None:
        """A readout is small."""

    def resume_writing(self) -> None:
        """Likewise."""

    def connection_lost(self, error: TransportError | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
