"""Where our side of a recorded conversation is not the recorded one, each with its reason.

Injected and so equal: system titles, challenges, invocation counters, conformance, PDU sizes, and the invoke-id, which
the recorded clients leave at 1 and ours rotates.
"""

from __future__ import annotations

from dataclasses import dataclass

from dlmskit.data.conformance import Conformance
from dlmskit.tolerances import Tolerances

NO_TAG = "the recorded client counts a tag of 12 octets that encryption alone does not have"
ONE_ENVELOPE = "ours keeps to one envelope; the recorded client takes up general-glo only behind pass 3"
CLOCK = "behind the time of the clock the server sends 18 octets more"
TWICE = "the object list has that object twice; ours reads the first"
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
UNUSUAL = {
    ("interop-gurux-c-simple-server-hdlc-gmac", "1.1.21.25.0.255/3"): LIST_OF_ONE,
    **{("interop-gurux-java-server-sn-wrap-none", f"0.0.25.0.0.255/{index}"): TWICE for index in range(1, 7)},
}


BOOLEAN = "a boolean that is true has the octet 03; ours writes 01"
RELEASE = "the server does not know RLRQ; ours releases"
AARE_FORM = "the AARE names protocol version, no mechanism and diagnostic 0; ours says 14 and what goes with it"
OUR_BLOCKS = "cut between the elements of an array; ours fill each block and so need one less"
UNASKED_BLOCKS = "blocks, though no block transfer was agreed to; ours needs it agreed"

#: (session, APDU of its last association, from 0) → field in which our server's answer is another, and why.
SERVER = {
    ("interop-gurux-c-server-ln-hdlc-low", 78): ("octets behind the value", CLOCK),
    ("interop-gurux-c-server-ln-hdlc-gmac", 82): ("octets behind the value", CLOCK),
    ("interop-gurux-c-server-ln-wrap-gmac", 82): ("octets behind the value", CLOCK),
    ("interop-gurux-c-server-ln-hdlc-low", 254): ("boolean", BOOLEAN),
    ("interop-gurux-c-server-ln-hdlc-gmac", 258): ("boolean", BOOLEAN),
    ("interop-gurux-c-server-ln-wrap-gmac", 258): ("boolean", BOOLEAN),
    ("interop-gurux-c-server-ln-hdlc-gmac", 344): ("kind", RELEASE),
    ("interop-gurux-c-server-ln-wrap-gmac", 344): ("kind", RELEASE),
    ("interop-gurux-java-server-ln-hdlc-low", 0): ("negotiated-conformance", UNASKED_BLOCKS),
    ("interop-jdlms-server-wrap-gmac", 0): ("protocol-version, mechanism, diagnostic", AARE_FORM),
}

#: Where blocks are cut: the joined octets are the same.
BLOCKS = {
    "interop-gurux-c-server-ln-hdlc-low": OUR_BLOCKS,
    "interop-gurux-c-server-ln-hdlc-gmac": OUR_BLOCKS,
    "interop-gurux-c-server-ln-wrap-gmac": OUR_BLOCKS,
    "interop-gurux-c-server2-wrap-gmac": OUR_BLOCKS,
    "interop-gurux-c-simple-server-hdlc-gmac": OUR_BLOCKS,
}

#: What our server agrees to beyond what was recorded.
AGREED = {"interop-gurux-java-server-ln-hdlc-low": Conformance.BLOCK_TRANSFER_GET}
