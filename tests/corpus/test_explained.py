"""Recorded conversations of foreign clients and meters, explained: what fits is said to fit, what is altered is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dlmskit.explain import Known, auth
from tests.support import corpus

EK, AK = bytes(range(0x10)), bytes(range(0xD0, 0xE0))
KNOWN = Known(ek=EK, ak=AK, secret=b"Gurux")
SECRETS = {
    "gocosem-trace-low-level-sec": b"12345678",
    "interop-gurux-c-server-ln-hdlc-high": b"Gurux".ljust(16, b"\0"),  # filled up to an AES key
}

# What each conversation has to check: `fits` counts ciphered APDUs, and passes 3 and 4 or the password.
CHECKED = {
    "gocosem-trace-none": {"note": 4, "fits": 4},
    "gocosem-trace-authentication": {"note": 4, "fits": 8},
    "gocosem-trace-encryption": {"note": 4, "fits": 4, "plausible": 4},
    "gocosem-trace-authentication-and-encryption": {"note": 4, "fits": 8},
    "gocosem-trace-low-level-sec": {"note": 2, "fits": 1},
    "interop-gurux-c-server-ln-hdlc-gmac": {"note": 3, "fits": 690},
    "interop-gurux-c-server-ln-hdlc-high": {"note": 2, "fits": 2},
    "interop-gurux-c-server-ln-hdlc-low": {"note": 2, "fits": 1},
    "interop-gurux-c-server-ln-modee-none": {"note": 2},
    "interop-gurux-c-server-ln-wrap-gmac": {"note": 5, "fits": 690},
    "interop-gurux-c-server2-wrap-gmac": {"note": 2, "fits": 122},
    "interop-gurux-c-simple-server-hdlc-gmac": {"note": 2, "fits": 44},
    "interop-gurux-java-server-ln-hdlc-low": {"note": 2, "fits": 1},
    "interop-gurux-java-server-ln-hdlc-md5": {"note": 2, "fits": 2},
    "interop-gurux-java-server-ln-hdlc-sha1": {"note": 2, "fits": 2},
    "interop-gurux-java-server-ln-hdlc-sha256": {"note": 2, "fits": 1},  # pass 4 was written down before pass 3
    "interop-gurux-java-server-sn-hdlc-low": {"note": 2, "fits": 1},
    "interop-gurux-java-server-sn-wrap-none": {"note": 2},
    "interop-jdlms-server-wrap-gmac": {"note": 2, "fits": 94},
}


def recorded(name: str, suffix: str = ".txt") -> bytes:
    return (corpus.ROOT / "sessions" / f"{name}{suffix}").read_bytes()


@corpus.each_session(*CHECKED)
@pytest.mark.parametrize("suffix", [".txt", ".json"])
def test_everything_in_it_fits(session: corpus.Session, suffix: str) -> None:
    if suffix == ".json" and not session.about:
        pytest.skip("recorded as lines only")
    known = replace(KNOWN, secret=SECRETS.get(session.id, b"Gurux"))
    explanation = auth(recorded(session.id, suffix), known)
    assert explanation.fits
    assert explanation.states == CHECKED[session.id]


# What is altered in the recording of jDLMS, or given wrongly, and what is then named.
CLIENT_TITLE, SERVER_TITLE = b"4775727578313233", b"5249470000000001"
CTOS, STOC = b"cd65212f733460b0a2d82ab17c32a164", b"581141c17a8d2e1f7de9632681bcea5e"


def exchanged(content: bytes, one: bytes, other: bytes) -> bytes:
    return content.replace(one, b"~").replace(other, one).replace(b"~", other)


@corpus.each_session("interop-jdlms-server-wrap-gmac")
def test_what_is_altered_is_named(session: corpus.Session) -> None:
    right = recorded(session.id)
    altered = {
        "keys-exchanged": (right, replace(KNOWN, ek=AK, ak=EK), 94),
        "system-title": (exchanged(right, CLIENT_TITLE, SERVER_TITLE), KNOWN, 94),
        "challenge-exchanged": (exchanged(right, CTOS, STOC), KNOWN, 2),
        "challenge-reversed": (right.replace(STOC, bytes.fromhex(STOC.decode())[::-1].hex().encode()), KNOWN, 1),
        "counter": (right.replace(b"c81e3000000008", b"c81e3000000009"), KNOWN, 1),
        "security-control": (right.replace(b"c81e3000000008", b"c81e2000000008"), KNOWN, 1),
    }
    for change, (content, known, mended) in altered.items():
        explanation = auth(content, known)
        assert {found.id for found, _ in explanation.suggestions} == {change}
        assert sum(times for _, times in explanation.suggestions) == mended == explanation.states["wrong"]


@corpus.each_session("interop-gurux-c-server-ln-hdlc-low")
def test_a_password_of_a_foreign_client_is_told_apart(session: corpus.Session) -> None:
    explanation = auth(recorded(session.id), Known(secret=b"Gurux".hex().encode()))
    ((change, mended),) = explanation.suggestions
    assert (change.id, mended) == ("secret-spelling", 1)
    assert not auth(recorded(session.id), Known(secret=b"another")).suggestions


@corpus.each_session("interop-gurux-java-server-ln-hdlc-md5", "interop-gurux-java-server-ln-hdlc-sha256")
def test_mistakes_with_a_secret_are_named(session: corpus.Session) -> None:
    right = recorded(session.id)
    assert {change.id for change, _ in auth(right, Known(secret=b"4775727578")).suggestions} == {"secret-spelling"}
    assert not auth(right, Known(secret=b"another")).suggestions


@corpus.each_session("interop-gurux-c-server-ln-hdlc-high")
def test_a_secret_that_is_filled_up_is_named(session: corpus.Session) -> None:
    ((change, mended),) = auth(recorded(session.id), KNOWN).suggestions
    assert (change.id, mended) == ("secret-spelling", 2)
    assert "filled up" in change.text
