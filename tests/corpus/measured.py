"""Facts about quantities, identities and moments in pushes, by the names their sources give them."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from dlmskit.apdu.codec import decode as apdu_decode
from dlmskit.apdu.general import GeneralCiphering
from dlmskit.times import CosemDateTime
from tests.corpus.seen import Seen, close

Fact = Callable[[Seen, Any], object]

_QUANTITIES = {
    "active_import_W": (1, 7), "active_export_W": (2, 7), "import_counter_kWh": (1, 8), "import_Wh_or_W": (1, 7),
    "export": (2, 7), "active_power_P_W": (1, 7), "active_power_N_W": (2, 7), "active_energy_P": (1, 8),
    "active_energy_N": (2, 8), "reactive_energy_P": (3, 8), "reactive_energy_N": (4, 8),
    "active_power_import": (1, 7), "active_power_export": (2, 7), "reactive_power_import": (3, 7),
    "reactive_power_export": (4, 7), "active_power_import_total": (1, 8), "active_power_export_total": (2, 8),
    "reactive_power_import_total": (3, 8), "reactive_power_export_total": (4, 8),
    "active_power_import_l1": (21, 7), "active_power_import_l2": (41, 7), "active_power_import_l3": (61, 7),
    "active_power_export_l1": (22, 7), "active_power_export_l2": (42, 7), "active_power_export_l3": (62, 7),
    "reactive_power_import_l1": (23, 7), "reactive_power_import_l2": (43, 7), "reactive_power_import_l3": (63, 7),
    "reactive_power_export_l1": (24, 7), "reactive_power_export_l2": (44, 7), "reactive_power_export_l3": (64, 7),
    "current_l1": (31, 7), "current_l2": (51, 7), "current_l3": (71, 7),
    "voltage_l1": (32, 7), "voltage_l2": (52, 7), "voltage_l3": (72, 7),
}  # fmt: skip
_PHASES = {"current_A": (31, 51, 71), "voltage_V": (32, 52, 72), "current": (31, 51, 71), "voltage": (32, 52, 72)}
_IDENTITIES = (
    "meter_id", "device_id", "source_id", "list_version", "meter_type", "list_ver_id", "value_ascii",
)  # fmt: skip


def _quantity(place: tuple[int, int]) -> Fact:
    return lambda seen, expected: seen.quantity(*place, expected)


def _phases(places: tuple[int, ...]) -> Fact:
    """None in the source: absent or zero."""
    return lambda seen, expected: [
        None if one is None else seen.quantity(c, 7, one) for c, one in zip(places, expected, strict=True)
    ]


def _identity(seen: Seen, expected: str) -> object:
    """A text among those sent. One source joins the maker's letters and the serial number behind it."""
    joined = [text[:3] + text[8:] for text in seen.texts]
    return expected if expected in seen.texts or expected in joined else seen.texts


def _local(seen: Seen, expected: str) -> object:
    """A moment in the push that reads so, with or without its offset."""
    moment = dt.datetime.fromisoformat(expected)
    found = [time.utc if moment.tzinfo else time.local for time in seen.times]
    return expected if moment in [_whole(time) for time in found if time] else [time.isoformat() for time in seen.times]


def _utc(seen: Seen, expected: str) -> object:
    moment = dt.datetime.fromisoformat(expected).replace(tzinfo=dt.UTC)
    return (
        expected
        if moment in [_whole(time.utc) for time in seen.times if time.utc]
        else [str(time.utc) for time in seen.times]
    )


def _whole(moment: dt.datetime) -> dt.datetime:
    return moment.replace(microsecond=0)


def _date_time(seen: Seen, expected: object) -> object:
    """The date-time of the header, in the words of the source: ISO, or with deviation and status."""
    found = seen.main.date_time
    if found is None and isinstance(sent := apdu_decode(seen.outermost), GeneralCiphering):
        return sent.date_time
    if found is None or not isinstance(expected, str):
        return found
    if len(expected) == 2 * found.size and expected.isalnum():
        return found.raw
    words = expected.replace(",", " ").split()
    said = {"date": found.isoformat()[:10]}
    if words[0] != said["date"]:  # ISO with a T between
        moment = dt.datetime.fromisoformat(words[0])
        if moment != (found.aware if moment.tzinfo else found.local):
            return found.isoformat()
    elif dt.datetime.fromisoformat(" ".join(words[:2])) != found.local:
        return found.isoformat()
    told = dict(itertools.pairwise(words))
    fits = int(told.get("deviation", found.deviation or 0)) == (found.deviation or 0)
    fits = fits and int(told.get("status", hex(found.raw[11])), 16) == found.raw[11]
    return expected if fits else (found.deviation, found.status)


MEASURED: dict[str, Fact] = {
    **{name: _quantity(place) for name, place in _QUANTITIES.items()},
    **{name: _phases(places) for name, places in _PHASES.items()},
    **dict.fromkeys(_IDENTITIES, _identity),
    "timestamp_local": _local,
    "meter_datetime": _local,
    "timestamp_utc": _utc,
    "date_time": _date_time,
    "time": _date_time,
    "cosem_date_time": _local,
}


def value_of_object(obis: str) -> Fact:
    """The value of an object, scaled."""

    def fact(seen: Seen, expected: float) -> object:
        reading = seen.reading(obis)
        value = None if reading is None else reading.value
        return expected if isinstance(value, Decimal) and close(value, expected) else value

    return fact


def text_of_object(obis: str) -> Fact:
    """The text or moment of an object; the source writes 0.0.0.0.0.0 where the push names none."""

    def fact(seen: Seen, expected: str) -> object:
        reading = seen.reading(obis)
        if reading is not None:
            return (
                reading.value.isoformat().replace("T", " ")
                if isinstance(reading.value, CosemDateTime)
                else reading.value
            )
        nameless = obis == "0.0.0.0.0.0" and (expected in seen.texts or _local(seen, expected) == expected)
        return expected if nameless else None

    return fact
