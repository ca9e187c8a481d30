"""Whole recorded conversations as one capture: system titles are learnt from the association, segments put together."""

from __future__ import annotations

from collections import Counter

from dlmskit.dissect import decode
from dlmskit.security.keys import KeyRing
from tests.support import corpus

KEYS = KeyRing(ek=bytes(range(0x10)), ak=bytes(range(0xD0, 0xE0)))

# How many protected APDUs each conversation has, and what is known of their tags.
PROTECTED = {
    "gocosem-trace-none": {"verified": 2},
    "gocosem-trace-authentication": {"verified": 6},
    "gocosem-trace-encryption": {"absent": 4, "verified": 2},
    "gocosem-trace-authentication-and-encryption": {"verified": 6},
    "interop-gurux-c-server-ln-hdlc-gmac": {"verified": 688},
    "interop-gurux-c-server-ln-wrap-gmac": {"verified": 688},
    "interop-gurux-c-server2-wrap-gmac": {"verified": 120},
    "interop-gurux-c-simple-server-hdlc-gmac": {"verified": 42},
    "interop-jdlms-server-wrap-gmac": {"verified": 92},
}
# The C server writes a clock attribute with the beginning of another one behind it.
DOUBTFUL = {"interop-gurux-c-server-ln-hdlc-gmac": 1, "interop-gurux-c-server-ln-wrap-gmac": 1}


@corpus.each_session(*PROTECTED)
def test_every_protected_apdu_of_a_conversation_is_opened(session: corpus.Session) -> None:
    found = decode(b"".join(message.data for message in session.messages), KEYS)
    assert Counter(one.security.tag for one in found if one.security) == PROTECTED[session.id]
    assert sum(one.error is not None for one in found) == DOUBTFUL.get(session.id, 0)


@corpus.each_session(*PROTECTED)
def test_one_flipped_bit_in_the_longest_message_is_told(session: corpus.Session) -> None:
    octets = [bytearray(message.data) for message in session.messages]
    before = decode(b"".join(octets), KEYS)
    max(octets, key=len)[-10] ^= 1
    after = decode(b"".join(octets), KEYS)
    assert sum(one.error is None for one in after) < sum(one.error is None for one in before)
