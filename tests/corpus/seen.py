"""A case as `dlmskit.decode` sees it, and the small questions that facts are made of."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

from dlmskit.data.template import decode_with_template
from dlmskit.data.value import Tag, Value
from dlmskit.dissect import Found, Protection, Reading, decode
from dlmskit.dissect.message import behind_llc
from dlmskit.link.hdlc.frames import Frame, FrameReader
from dlmskit.link.mbus.frames import MbusFrame
from dlmskit.link.mbus.frames import frames as mbus_frames
from dlmskit.times import CosemDateTime
from tests.corpus.published_keys import ring_of
from tests.support.corpus import Case

NUMBERS = frozenset((5, 6, 15, 16, 17, 18, 20, 21, 22, 23, 24))
TEXTS = frozenset((Tag.OCTET_STRING, Tag.VISIBLE_STRING, Tag.UTF8_STRING))


@dataclass
class Seen:
    """One case and what was found in it."""

    case: Case

    @cached_property
    def found(self) -> list[Found]:
        title = self.case.expected.get("system_title")
        return decode(self.case.data, ring_of(self.case), bytes.fromhex(title) if title else None)

    @cached_property
    def main(self) -> Found:
        """The APDU or value that the source speaks of: the one without a fault, else the first."""
        sound = [found for found in self.found if found.error is None and (found.name or found.value)]
        return (sound or self.found)[0]

    @cached_property
    def frames(self) -> list[Frame]:
        """The sound HDLC frames."""
        reader = FrameReader()
        found = reader.receive(self.case.data, 0.0) + reader.handle_timer(math.inf)
        return [frame for frame in found if isinstance(frame, Frame)]

    @property
    def frame(self) -> Any:
        return self.main.frame

    @property
    def said(self) -> dict[str, Any]:
        """The frame as JSON."""
        told = self.main.to_json()["frame"]
        assert isinstance(told, dict)
        return told

    @property
    def apdu(self) -> Any:
        assert self.main.apdu is not None, self.main.error
        return self.main.apdu

    @property
    def initiate(self) -> Any:
        """The initiate request or response, alone or carried by an association."""
        return self.main.user_information or self.apdu

    @property
    def security(self) -> Protection:
        assert self.main.security is not None
        return self.main.security

    @property
    def outermost(self) -> bytes:
        """The octets of the APDU as it was sent: still protected, no LLC header."""
        if isinstance(self.frame, MbusFrame):
            frames = [frame for frame in mbus_frames(self.case.data) if isinstance(frame, MbusFrame)]
            return b"".join(frame.payload for frame in frames)
        if isinstance(self.frame, Frame):
            return self.frame.information[behind_llc(self.frame.information) :]
        return self.case.data[behind_llc(self.case.data) :]

    @property
    def plain(self) -> bytes:
        carried = self.main.user_information
        return carried.to_bytes() if carried is not None else self.main.octets or b""

    @property
    def value(self) -> Value:
        template = self.case.expected.get("template")
        if template is not None:
            return decode_with_template(bytes.fromhex(template), self.case.data)
        assert self.main.value is not None
        return self.main.value

    @cached_property
    def leaves(self) -> list[Value]:
        return list(_leaves(self.value))

    @property
    def readings(self) -> tuple[Reading, ...]:
        return self.main.readings

    def reading(self, obis: str) -> Reading | None:
        return next((reading for reading in self.readings if str(reading.object) == obis), None)

    @cached_property
    def texts(self) -> list[str]:
        return [leaf.value.decode("ascii", "replace") for leaf in self.leaves if leaf.tag in TEXTS]

    @cached_property
    def times(self) -> list[CosemDateTime]:
        """Every moment in it, the header's first."""
        inside = [CosemDateTime(leaf.value) for leaf in self.leaves if leaf.tag in TEXTS and len(leaf.value) == 12]
        return ([self.main.date_time] if self.main.date_time else []) + inside

    def numbers(self, c: int, d: int) -> list[Decimal]:
        """The values of this quantity; where the push names no objects, every number in it.

        Meters that send no scaler leave the decimal point to agreement, so the number is right up to a power of ten.
        """
        named = [r for r in self.readings if (r.object.c, r.object.d) == (c, d) and r.object.a == 1]
        if self.readings:
            return [number for r in named for number in _possible(r)]
        return [number for leaf in self.leaves if leaf.tag in NUMBERS for number in _any_point(leaf.value)]

    def quantity(self, c: int, d: int, expected: float) -> object:
        """`expected`, if it is among the values of this quantity; else those."""
        found = self.numbers(c, d)
        return expected if any(close(number, expected) for number in found) else [str(number) for number in found]


def close(number: Decimal | float, expected: float) -> bool:
    """Equal as far as the single-precision floats of the sources go."""
    return math.isclose(float(number), float(expected), rel_tol=3e-7)


def _possible(reading: Reading) -> list[Decimal]:
    value = reading.value
    if not isinstance(value, Decimal):
        return []
    return [value, value / 1000] if reading.unit is not None else _any_point(reading.raw.value)


def _any_point(number: float) -> list[Decimal]:
    return [Decimal(number).scaleb(shift) for shift in range(-6, 4)]


def _leaves(value: Value) -> Iterator[Value]:
    if value.tag in (Tag.ARRAY, Tag.STRUCTURE):
        for item in value.value:
            yield from _leaves(item)
    else:
        yield value
