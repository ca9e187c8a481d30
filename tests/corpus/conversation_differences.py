"""Where our side of a recorded conversation is not the recorded one, each with its reason.

Injected and so equal: system titles, challenges, invocation counters, conformance, PDU sizes, and the invoke-id, which
the recorded clients leave at 1 and ours rotates.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlmskit.tolerances import Tolerances

NO_TAG = "the recorded client counts a tag of 12 octets that encryption alone does not have"
ONE_ENVELOPE = "ours keeps to one envelope; the recorded client takes up general-glo only behind pass 3"
CLOCK = "behind the time of the clock the server sends 18 octets more"
LIST_OF_ONE = "ours asks for one attribute without a list"


@dataclass(frozen=True)
class Difference:
    """In that line of the client (from 0) stands `recorded` where ours has `ours`."""

    session: str
    line: int
    field: str
    recorded: str
    ours: str
    reason: str


_TITLED = "DB08477572757831323331"
CLIENT = [
    Difference("gocosem-trace-encryption", 7, "length of the ciphered APDU", "CB31", "CB25", NO_TAG),
    Difference("gocosem-trace-encryption", 8, "length of the ciphered APDU", "C81E", "C812", NO_TAG),
    Difference("interop-gurux-c-server-ln-hdlc-gmac", 2, "envelope of pass 3", "CB31", _TITLED, ONE_ENVELOPE),
    Difference("interop-gurux-c-server-ln-wrap-gmac", 4, "envelope of pass 3", "CB31", _TITLED, ONE_ENVELOPE),
]

#: What has to be tolerated of a recorded server.
TOLERATED = {
    # Its AARE has a challenge and the diagnostic 0; it agrees to READ, WRITE and PARAMETERIZED_ACCESS, too.
    "interop-jdlms-server-wrap-gmac": Tolerances(conformance_beyond_proposal=True, unannounced_challenge=True),
}

#: (session, attribute) → why our client has an error where the answer is not read as strictly.
UNREADABLE = {
    ("interop-gurux-c-server-ln-hdlc-low", "0.0.1.0.0.255/2"): CLOCK,
    ("interop-gurux-c-server-ln-hdlc-gmac", "0.0.1.0.0.255/2"): CLOCK,
    ("interop-gurux-c-server-ln-wrap-gmac", "0.0.1.0.0.255/2"): CLOCK,
}

#: (session, attribute) asked for as it was recorded, by an exchange of the test.
UNUSUAL = {("interop-gurux-c-simple-server-hdlc-gmac", "1.1.21.25.0.255/3"): LIST_OF_ONE}
