"""APDUs: `decode` gives the class of the octets, `.to_bytes()` the octets of a class.

Importing this package makes every APDU known to `decode`.
"""

from __future__ import annotations

from dlmskit.apdu import acse, action, ciphered, faults, get, initiate, notify, set  # noqa: A004 - the service's name
from dlmskit.apdu.codec import Apdu, Span, decode, spans
from dlmskit.apdu.tags import name_of

__all__ = [
    "Apdu",
    "Span",
    "acse",
    "action",
    "ciphered",
    "decode",
    "faults",
    "get",
    "initiate",
    "name_of",
    "notify",
    "set",
    "spans",
]
