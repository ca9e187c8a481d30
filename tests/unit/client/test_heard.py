"""What was heard on a line is told from its first octets, whatever they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.client.diagnosis.heard import SAMPLE, SILENCE, Earshot, Heard, Sound
from dlmskit.link.hdlc.address import client_address, server_address
from dlmskit.link.hdlc.frames import Frame, encode
from dlmskit.link.wrapper import encode as wrap

US, METER, ELSEWHERE = client_address(16).to_bytes(), server_address(1).to_bytes(), server_address(1, 17).to_bytes()
SNRM = encode(Frame(METER, US, 0x93))
AARQ = wrap(16, 1, b"\x60\x1d\xa1\x09")


def heard(framing: str, sent: bytes, *received: bytes) -> Sound:
    earshot = Earshot()
    earshot.note_sent(sent)
    for octets in received:
        earshot.note_received(octets)
    return earshot.recognise(framing)


def test_nothing_is_silence() -> None:
    assert heard("hdlc", SNRM) == heard("wrapper", AARQ) == SILENCE


@pytest.mark.parametrize(
    ("framing", "received", "kind"),
    [
        ("hdlc", SNRM, Heard.ECHO),
        ("wrapper", AARQ, Heard.ECHO),
        ("hdlc", encode(Frame(US, METER, 0x73)), Heard.ANSWER),
        ("hdlc", SNRM + encode(Frame(US, METER, 0x73)), Heard.ANSWER),  # behind an echo
        ("hdlc", encode(Frame(US, METER, 0x11)), Heard.ACKNOWLEDGEMENT),
        ("hdlc", encode(Frame(US, METER, 0x11)) + encode(Frame(US, METER, 0x30, b"\xe6\xe7\x00")), Heard.ANSWER),
        ("hdlc", encode(Frame(client_address(5).to_bytes(), ELSEWHERE, 0x73)), Heard.NOISE),  # others' talk
        ("hdlc", wrap(1, 16, b"\xd8\x01\x01"), Heard.WRAPPER),
        ("hdlc", SNRM[1:], Heard.ECHO),  # its first octet lost
        ("hdlc", b"\x7e\xa0\x07\x21\x03\x73\x00\x00\x7e", Heard.NOISE),  # a wrong checksum
        ("wrapper", wrap(1, 16, b"\xd8\x01\x01"), Heard.ANSWER),
        ("wrapper", encode(Frame(US, METER, 0x1F)), Heard.HDLC),
        ("wrapper", b"\x00\x02" + AARQ[2:], Heard.NOISE),
        ("hdlc", b"HTTP/1.0 400 Bad Request", Heard.WEB_SERVER),
        ("wrapper", bytes.fromhex("15030100020246"), Heard.TLS),
        ("hdlc", b"SSH-2.0-dropbear\r\n", Heard.SSH),
        ("hdlc", b"\xff\xfb\x01\xff\xfb\x03", Heard.TELNET),
        ("hdlc", b"/LGZ4ZMF100AC.M29\r\n", Heard.SIGN_ON),
        ("wrapper", b"login: ", Heard.TEXT),
        ("hdlc", b"\x00", Heard.NOISE),
    ],
)
def test_what_came_is_told(framing: str, received: bytes, kind: Heard) -> None:
    sent = SNRM if framing == "hdlc" else AARQ
    assert heard(framing, sent, received) == Sound(kind, len(received))
    assert heard(framing, sent, *(bytes((octet,)) for octet in received)) == Sound(kind, len(received))


def test_an_answer_from_elsewhere_says_from_where() -> None:
    assert heard("hdlc", SNRM, encode(Frame(US, ELSEWHERE, 0x73))).station == "server=1 physical=17 address_size=2"
    assert heard("wrapper", AARQ, wrap(2, 16, b"\xd8\x01\x01")).station == "server=2 to client=16"


def test_a_new_request_forgets_what_was() -> None:
    earshot = Earshot()
    earshot.note_sent(SNRM)
    earshot.note_received(SNRM)
    earshot.begin()
    assert earshot.recognise("hdlc") == SILENCE


def test_of_a_long_answer_no_more_than_the_sample_is_kept_and_all_is_counted() -> None:
    earshot = Earshot()
    for _ in range(1000):
        earshot.note_received(bytes(1000))
    assert earshot.recognise("wrapper").octets == 1_000_000
    assert len(earshot._received) < SAMPLE + 1000


@given(st.sampled_from(["hdlc", "wrapper"]), st.binary(max_size=80), st.lists(st.binary(max_size=80)))
def test_any_octets_are_something(framing: str, sent: bytes, received: list[bytes]) -> None:
    sound = heard(framing, sent, *received)
    assert sound.octets == sum(map(len, received))
    assert (sound.kind is Heard.NOTHING) == (sound.octets == 0)
