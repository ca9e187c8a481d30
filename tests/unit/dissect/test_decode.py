"""Octets in every framing to what they say, and what stands when something is wrong."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.get import GetRequestNormal, GetResponseNormal
from dlmskit.apdu.notify import DataNotification, EventNotificationRequest
from dlmskit.data.axdr import encode as encode_value
from dlmskit.data.value import Tag, Value
from dlmskit.dissect import DissectLimits, Found, decode
from dlmskit.errors import LimitExceeded, RemoteProtocolError, UnknownTag
from dlmskit.link import wrapper
from dlmskit.link.hdlc import parameters
from dlmskit.link.hdlc.frames import Frame, encode
from dlmskit.obis import Obis
from tests.unit.dissect.pushes import LLC, NOW, PUSH, SIMPLE, array, name, number, push, struct, ui_frame
from tests.unit.link.test_mbus_frames import long_frame

REGISTER = AttributeDescriptor(3, bytes(Obis.parse("1.0.1.8.0.255")), 2)


def mbus(apdu: bytes) -> bytes:
    return long_frame(0x10, b"\x01\x67" + apdu)


@pytest.mark.parametrize(
    ("framing", "data"),
    [
        ("apdu", PUSH),
        ("apdu", LLC + PUSH),
        ("hdlc", ui_frame(LLC + PUSH)),
        ("hdlc", b"\x10\x40\x01\x41\x16\xc3" + ui_frame(LLC + PUSH)),
        ("wrapper", wrapper.encode(1, 102, PUSH)),
        ("mbus", mbus(PUSH)),
    ],
)
def test_a_push_says_the_same_in_every_framing(framing: str, data: bytes) -> None:
    (found,) = decode(data)
    assert found.framing == framing
    assert found.apdu == DataNotification(0x40000001, NOW, SIMPLE)
    assert found.to_json() | {"frame": None, "fields": None, "framing": None} == {
        "framing": None,
        "apdu": "data-notification",
        "apdu_hex": PUSH.hex(),
        "security": None,
        "layers": [],
        "date_time": "2026-11-22T15:04:00+01:00",
        "value": {"structure": [{"octet-string": "0100010800ff"}, {"double-long-unsigned": 4027}]},
        "readings": [{"object": "1.0.1.8.0.255", "value": "4027", "unit": None}],
        "fields": None,
        "user_information": None,
        "error": None,
        "frame": None,
    }


def test_a_bare_value_is_data() -> None:
    (found,) = decode(encode_value(SIMPLE))
    assert (found.framing, found.name, found.value, found.error) == ("data", None, SIMPLE, None)
    assert [str(reading.object) for reading in found.readings] == ["1.0.1.8.0.255"]


@pytest.mark.parametrize(
    ("octets", "framing"),
    [
        ("01 00 00 00 06 5f1f0400007e1f 04b0", "apdu"),
        ("01 02 11 01 11 02", "data"),
        ("06 00000005", "data"),
        ("0f fe", "data"),
        ("0e 01 06 01", "apdu"),
        ("02 02 11 01 12", "data"),
    ],
)
def test_what_an_octet_leaves_open_is_told_by_what_can_be_read(octets: str, framing: str) -> None:
    (found,) = decode(bytes.fromhex(octets))
    assert found.framing == framing


def test_frames_without_an_apdu_are_told() -> None:
    snrm = encode(Frame(b"\x02\x23", b"\x21", 0x93, parameters.encode(parameters.HdlcParameters(62, 128))))
    receive_ready = encode(Frame(b"\x21", b"\x02\x23", 0x51))
    first, second = (found.to_json() for found in decode(snrm + receive_ready))
    assert (first["apdu"], first["error"]) == (None, None)
    assert first["frame"] == {
        "type": "SNRM",
        "destination": {"logical": 1, "physical": 17, "octets": 2},
        "source": {"logical": 16, "physical": None, "octets": 1},
        "control": 0x93,
        "poll_final": True,
        "segmented": False,
        "parameters": {"max_info_tx": 62, "max_info_rx": 128, "window_tx": 1, "window_rx": 1},
        "information": parameters.encode(parameters.HdlcParameters(62, 128)).hex(),
    }
    assert second["frame"]["receive_sequence"] == 2  # type: ignore[index]


def test_requests_and_answers_show_their_fields_and_name_no_object() -> None:
    request, answer = decode(
        wrapper.encode(16, 1, GetRequestNormal(0xC1, REGISTER).to_bytes())
        + wrapper.encode(1, 16, GetResponseNormal(0xC1, number(5)).to_bytes())
    )
    assert request.to_json()["fields"] == {
        "invoke_id_and_priority": 0xC1,
        "attribute": {"class_id": 3, "instance_id": "1.0.1.8.0.255", "attribute_id": 2},
        "selection": None,
    }
    assert (answer.value, answer.readings) == (number(5), ())


def test_an_event_notification_is_a_reading_of_its_attribute() -> None:
    (found,) = decode(EventNotificationRequest(NOW, REGISTER, number(7)).to_bytes())
    assert found.date_time is not None
    assert found.date_time.raw == NOW
    assert [reading.to_json() for reading in found.readings] == [
        {"object": "1.0.1.8.0.255", "value": "7", "unit": None, "class_id": 3, "attribute": 2}
    ]


# --- wire shapes ---


def test_P1_a_flag_inside_a_frame_or_its_checksum_does_not_cut_it() -> None:
    candidates = (push(struct(name("1.0.1.8.0.255"), number(n))) for n in range(70_000))
    apdu = next(apdu for apdu in candidates if 0x7E in encode(Frame(b"\x21", b"\x03", 0x13, LLC + apdu))[-3:-1])
    (found,) = decode(encode(Frame(b"\x21", b"\x03", 0x13, LLC + apdu)))
    assert found.octets == apdu


def test_P2_several_apdus_in_one_frame_are_several_entries() -> None:
    found = decode(ui_frame(LLC + PUSH + LLC + PUSH + PUSH))
    assert [one.octets for one in found] == [PUSH] * 3
    assert [one.error for one in found] == [None] * 3


def test_P6_pushes_in_i_frames_without_a_connection_are_read() -> None:
    found = decode(ui_frame(LLC + PUSH, control=0x10) * 3)
    assert [one.octets for one in found] == [PUSH] * 3


@pytest.mark.parametrize(
    "date_time",
    [b"\x0c" + NOW, b"\x09\x0c" + NOW, b"\x00\x09\x0c" + NOW, b"\x00"],
    ids=["0c", "09 0c", "00 09 0c", "00"],
)
def test_P13_the_date_time_of_a_push_comes_in_four_forms(date_time: bytes) -> None:
    (found,) = decode(b"\x0f\x40\x00\x00\x01" + date_time + encode_value(SIMPLE))
    assert (found.date_time is None) == (date_time == b"\x00")
    assert found.value == SIMPLE


# --- faults ---


def test_what_stands_before_a_fault_is_shown() -> None:
    octets = push(struct(name("1.0.1.8.0.255"), number(4027), name("1.0.2.8.0.255"), number(1)))[:-7]
    (found,) = decode(octets)
    assert (found.name, found.apdu) == ("data-notification", None)
    assert found.date_time is not None
    assert found.readings[0].to_json()["value"] == "4027"
    assert isinstance(found.error, RemoteProtocolError)
    assert found.apdu_hex == octets.hex()


def test_octets_behind_an_apdu_are_told_beside_it() -> None:
    (found,) = decode(PUSH + b"\xff\xff")
    assert found.value == SIMPLE
    assert found.error is not None
    assert found.error.offset == len(PUSH)


def test_an_apdu_that_is_not_known_is_named_and_kept() -> None:
    (found,) = decode(ui_frame(LLC + b"\xe6\x01\x02\xfa\x08"))
    assert (found.name, found.apdu_hex) == ("gateway-request", "e60102fa08")
    assert isinstance(found.error, UnknownTag)


def test_a_frame_with_a_wrong_checksum_is_an_error_that_shows_what_it_says() -> None:
    good = ui_frame(LLC + PUSH)
    damaged = good[:-8] + bytes((good[-8] ^ 1,)) + good[-7:]
    bad, sound = decode(damaged + good)
    assert bad.error is not None
    assert "frame checksum" in bad.error.message
    assert (bad.name, bad.date_time) == ("data-notification", sound.date_time)
    assert (sound.error, sound.octets) == (None, PUSH)


def test_a_cut_frame_and_a_cut_wrapper_message_are_errors_that_show_what_they_say() -> None:
    for data in (ui_frame(LLC + PUSH)[:-6], wrapper.encode(1, 2, PUSH)[:-3], mbus(PUSH)[:-4]):
        (found,) = decode(data)
        assert found.error is not None
        assert found.name == "data-notification"
        assert found.date_time is not None


def test_messages_before_a_wrong_wrapper_header_stand() -> None:
    first, second = decode(wrapper.encode(1, 2, PUSH) + b"\x00\x07" + wrapper.encode(1, 2, PUSH)[2:])
    assert first.octets == PUSH
    assert second.error is not None
    assert "version 7" in second.error.message


def test_no_octets_and_noise_are_one_error() -> None:
    for data in (b"", b"\x7e", b"\x7e\x7e\x7e", b"\xff" * 100, LLC, b"\x68\x05\x05\x68"):
        (found,) = decode(data)
        assert found.error is not None, data


# --- bounds ---


def test_octets_beyond_the_limit_are_not_looked_at() -> None:
    frame = ui_frame(LLC + PUSH)
    *before, last = decode(frame * 10, limits=DissectLimits(octets=len(frame) * 2))
    assert [found.octets for found in before] == [PUSH, PUSH]
    assert isinstance(last.error, LimitExceeded)


def test_entries_beyond_the_limit_are_not_given() -> None:
    *before, last = decode(ui_frame(LLC + PUSH) * 10, limits=DissectLimits(found=3))
    assert len(before) == 3
    assert isinstance(last.error, LimitExceeded)


@pytest.mark.parametrize(
    "data",
    [
        b"\x7e\xa7\xff" * 20_000,
        b"\x68" * 60_000,
        b"\x68\x03\x03\x68" * 15_000,
        b"\xdb\x00\x05\x20\x00\x00\x00\x01" * 8_000,
        b"\x0f\x00\x00\x00\x00\x00\x00" * 8_000,
        b"\x0f\x00\x00\x00\x00\x00" + b"\x02\x02" * 31 + b"\x01\x83\x04\x93\xe0" + bytes(60_000),
        b"\xe0\xc0\x00\x01\x00\x00\x82\xff\xf0" * 6_000,
        b"\x00\x01\x00\x01\x00\x01\x00\x01\x0f" * 6_000,
        LLC * 20_000,
    ],
)
def test_hostile_octets_take_time_in_proportion_to_their_length(data: bytes) -> None:
    begin = time.process_time()
    assert decode(data)
    assert time.process_time() - begin < 5  # quadratic would be minutes


# --- any octets ---

PIECES = st.sampled_from(
    [ui_frame(LLC + PUSH), wrapper.encode(1, 2, PUSH), PUSH, mbus(PUSH), LLC, b"\x7e", b"\xdb\x08", b"\xe0\x40\x00\x01"]
)


def _is_clean(found: list[Found]) -> None:
    assert found
    for one in found:
        json.dumps(one.to_json())
        repr(one)


@given(data=st.binary(max_size=400))
def test_any_octets_give_entries(data: bytes) -> None:
    _is_clean(decode(data))


@given(pieces=st.lists(PIECES | st.binary(max_size=20), max_size=8))
def test_any_mixture_of_good_and_bad_gives_entries(pieces: list[bytes]) -> None:
    _is_clean(decode(b"".join(pieces)))


@given(at=st.integers(0, 200), octet=st.integers(0, 255), cut=st.integers(0, 200), framing=st.integers(0, 3))
def test_any_damage_gives_entries(at: int, octet: int, cut: int, framing: int) -> None:
    whole = (PUSH, ui_frame(LLC + PUSH), wrapper.encode(1, 2, PUSH), mbus(PUSH))[framing]
    octets = bytearray(whole[: max(1, len(whole) - cut % len(whole))])
    octets[at % len(octets)] = octet
    _is_clean(decode(bytes(octets)))


@given(counts=st.lists(st.integers(1, 0xFFFF), min_size=1, max_size=6))
def test_captures_one_behind_the_other_say_what_each_says(counts: list[int]) -> None:
    apdus = [push(array(struct(name("1.0.1.8.0.255"), Value(Tag.LONG_UNSIGNED, count)))) for count in counts]
    for framed in (lambda apdu: ui_frame(LLC + apdu), lambda apdu: wrapper.encode(1, 2, apdu), mbus):
        data = b"".join(framed(apdu) for apdu in apdus)
        assert [found.octets for found in decode(data)] == apdus


def test_an_access_request_says_what_is_done_to_what() -> None:
    (found,) = decode(bytes.fromhex("d9 40000001 00 02 01 00030100010800ff02 03 00030100010800ff01 02 00 0f00"))
    fields = found.to_json()["fields"]
    assert [(one["kind"], *one["target"].values()) for one in fields["specifications"]] == [
        ("get", 3, "1.0.1.8.0.255", 2),
        ("action", 3, "1.0.1.8.0.255", 1),
    ]
    assert fields["data"] == [{"null-data": None}, {"integer": 0}]
