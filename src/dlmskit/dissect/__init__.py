"""Bytes in any framing to what they say: `decode`.

    for found in decode(data, KeyRing(ek=ek, ak=ak)): found.apdu, found.security, found.readings, found.error

octets -> framing -> frames -> reassembly -> deciphering -> APDUs -> readings. Nothing is asked of the outside; the same
octets give the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from dlmskit.dissect.deciphering import Decipherer
from dlmskit.dissect.dissector import Dissector
from dlmskit.dissect.found import Found, Protection
from dlmskit.dissect.framing import split
from dlmskit.dissect.limits import LIMITS, DissectLimits
from dlmskit.dissect.readings import Reading
from dlmskit.errors import LimitExceeded
from dlmskit.security.keys import KeySource, check_title

__all__ = ["DissectLimits", "Found", "Protection", "Reading", "decode"]


def decode(
    data: bytes,
    keys: KeySource | None = None,
    system_title: bytes | None = None,
    *,
    limits: DissectLimits = LIMITS,
) -> list[Found]:
    """Everything found in `data`, in order: an entry for each APDU, each frame without one and each fault.

    keys          for protected APDUs; without them their envelope is shown
    system_title  of the sender, 8 octets, for APDUs that do not name it and where no association request does
    Never raises for octets, whatever they are. UsageError for a system title of another size.
    """
    title = None if system_title is None else check_title(system_title)
    octets = bytes(data)
    found = list(islice(_entries(octets, Dissector(Decipherer(keys, title), limits), limits), limits.found))
    if len(found) == limits.found:
        found.append(_stopped(found, f"more than {limits.found} entries"))
    elif len(octets) > limits.octets:
        found.append(_stopped(found, f"{len(octets)} octets, {limits.octets} allowed"))
    return found


def _entries(octets: bytes, dissector: Dissector, limits: DissectLimits) -> Iterator[Found]:
    for message in split(octets[: limits.octets], limits):
        yield from dissector.read(message)
    yield from dissector.finish()


def _stopped(found: list[Found], why: str) -> Found:
    return Found(found[-1].framing if found else "data", error=LimitExceeded(why))
