"""APDUs: `decode` gives the class of the octets, `.to_bytes()` the octets of a class.

Importing this package makes every APDU known to `decode`. Octets that decode are written again as they were, except
for what is accepted though not canonical: lengths in a longer form than needed, presence and boolean octets other
than 0 and 1, an explicit default of response-allowed, a conformance tag of one octet, a date-time with the tag 09 of
Data, a time of a report without its presence octet, a mechanism-name tagged twice, a length that counts a tag which
encryption alone does not have, ACSE
requirements without or with more than authentication, and what `dlmskit.data.axdr` lists.
"""

from __future__ import annotations

from dlmskit.apdu import (
    access,
    acse,
    action,
    ciphered,
    faults,
    general,
    get,
    initiate,
    notify,
    read,
    set,  # noqa: A004 - the service's name
    transfer,
    write,
)
from dlmskit.apdu.codec import Apdu, Span, decode, decode_from, spans
from dlmskit.apdu.tags import name_of

__all__ = [
    "Apdu",
    "Span",
    "access",
    "acse",
    "action",
    "ciphered",
    "decode",
    "decode_from",
    "faults",
    "general",
    "get",
    "initiate",
    "name_of",
    "notify",
    "read",
    "set",
    "spans",
    "transfer",
    "write",
]
