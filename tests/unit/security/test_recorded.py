"""What real meters protected and answered, from the recorded conversations and the cryptographic cases."""

from __future__ import annotations

import pytest

from dlmskit.errors import AuthenticationFailed
from dlmskit.security.cipher import aead_of, protect, unprotect
from dlmskit.security.mechanisms import gmac_response, gmac_verify
from tests.support import corpus

GMAC_ANSWERS = [case for case in corpus.cases("crypto") if case.expected["op"] in ("hls-gmac", "hls5-gmac")]


def key(case: corpus.Case, name: str) -> bytes:
    return bytes.fromhex(case.keys[name])


@corpus.each("crypto", where=lambda case: case in GMAC_ANSWERS)
def test_recorded_hls_gmac_answers_are_ours_and_verify(case: corpus.Case) -> None:
    title, challenge = bytes.fromhex(case.expected["system_title"]), bytes.fromhex(case.expected["challenge"])
    ek, ak, counter = aead_of(key(case, "ek")), key(case, "ak"), case.expected["invocation_counter"]
    answer = gmac_response(challenge, counter=counter, title=title, key=ek, ak=ak)
    assert answer[-len(case.data) :] == case.data
    assert gmac_verify(answer, challenge, title=title, key=ek, ak=ak) == counter


@corpus.each("crypto", where=lambda case: case.expected["op"] == "gcm-auth-encrypt")
def test_published_authenticated_encryption_is_ours(case: corpus.Case) -> None:
    said = case.expected
    content = protect(
        bytes.fromhex(said["plain"]),
        control=said["security_control"],
        title=bytes.fromhex(said["system_title"]),
        counter=said["invocation_counter"],
        key=aead_of(key(case, "ek")),
        ak=key(case, "ak"),
    )
    assert content[5:] == case.data


@corpus.each_session(
    "gocosem-trace-authentication", "gocosem-trace-encryption", "gocosem-trace-authentication-and-encryption"
)
def test_each_protected_apdu_of_a_real_conversation_opens_and_is_made_again(session: corpus.Session) -> None:
    ek, ak = aead_of(bytes.fromhex(session.about["keys"]["ek"])), bytes.fromhex(session.about["keys"]["ak"])
    checked = 0
    for said in (message.said for message in session.messages if "plain" in message.said):
        # One octet each of tag and length stand before the security header.
        content = bytes.fromhex(said.get("user_information_ciphered") or said["apdu"])[2:]
        title, control = bytes.fromhex(said["system_title"]), said["security_control"]
        opened = unprotect(content, title=title, key=ek, ak=ak, required=control)
        assert (opened.plaintext.hex().upper(), opened.counter) == (said["plain"], said["invocation_counter"])
        assert opened.state == ("verified" if control & 0x10 else "absent")
        again = protect(opened.plaintext, control=control, title=title, counter=opened.counter, key=ek, ak=ak)
        assert again == content
        if control & 0x10:
            with pytest.raises(AuthenticationFailed):
                unprotect(content[:-1] + bytes([content[-1] ^ 1]), title=title, key=ek, ak=ak)
        checked += 1
    assert checked >= 6
