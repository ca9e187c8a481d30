"""The values of a small meter for the client's tests, and the four ways to reach it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from dlmskit.client import Security
from dlmskit.data.value import Tag, Value
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.times import CosemDateTime
from tests.support.peer import AK, CLIENT_TITLE, EK, Name, object_list

CLOCK, ENERGY, PROFILE, COUNTER = "0.0.1.0.0.255", "1.0.1.8.0.255", "1.0.99.1.0.255", "0.0.43.1.0.255"
NOW = datetime(2026, 11, 22, 15, 4)
URLS = ("memory:meter", "hdlc+memory:meter")


def octets(*, text: bytes) -> Value:
    return Value(Tag.OCTET_STRING, text)


def time(moment: datetime) -> Value:
    return octets(text=CosemDateTime.from_datetime(moment).raw)


def structure(*members: Value) -> Value:
    return Value(Tag.STRUCTURE, members)


def array(*members: Value) -> Value:
    return Value(Tag.ARRAY, members)


def unsigned32(number: int) -> Value:
    return Value(Tag.DOUBLE_LONG_UNSIGNED, number)


def capture(class_id: int, name: str, attribute: int = 2) -> Value:
    from dlmskit.cosem.common import CaptureObject, capture_object
    from dlmskit.obis import Obis

    return capture_object.dump(CaptureObject(class_id, Obis.parse(name), attribute, 0))


def profile_rows(count: int, start: datetime = NOW, minutes: int = 15) -> list[Value]:
    return [
        structure(time(start + timedelta(minutes=minutes * n)), Value(Tag.UNSIGNED, n % 2), unsigned32(1000 + n))
        for n in range(count)
    ]


def values() -> dict[Name, Any]:
    return {
        (8, CLOCK, 2): time(NOW),
        (8, CLOCK, 3): Value(Tag.LONG, -60),
        (3, ENERGY, 2): unsigned32(12345),
        (3, ENERGY, 3): structure(Value(Tag.INTEGER, -1), Value(Tag.ENUM, 30)),
        (1, COUNTER, 2): unsigned32(77),
        (7, PROFILE, 2): array(*profile_rows(10)),
        (7, PROFILE, 3): array(capture(8, CLOCK), capture(1, "0.0.96.10.1.255"), capture(3, ENERGY)),
        (7, PROFILE, 4): unsigned32(900),
        (7, PROFILE, 5): Value(Tag.ENUM, 1),
        (7, PROFILE, 7): unsigned32(10),
        (15, "0.0.40.0.0.255", 2): object_list(
            (15, 1, "0.0.40.0.0.255"),
            (8, 0, CLOCK),
            (3, 0, ENERGY),
            (1, 0, COUNTER),
            (7, 1, PROFILE),
            (9999, 3, "0.0.96.99.0.255"),
        ),
    }


def security(**changes: Any) -> Security:
    """Keys of the served GMAC association, with counters in memory."""
    given = {"ek": EK, "ak": AK, "system_title": CLIENT_TITLE, "counters": MemoryCounterStore(), **changes}
    return Security(**given)


def ways() -> dict[str, dict[str, Any]]:
    """Arguments of `connect` for each association served."""
    return {
        "none": {"client": 16},
        "low": {"client": 32, "auth": "low", "password": "secret"},
        "gmac": {"client": 1, "auth": "gmac", "security": security()},
    }
