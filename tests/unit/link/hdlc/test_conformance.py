"""The link cases of the DLMS conformance test (ATS_DL) against our server, by their names."""

from __future__ import annotations

import pytest

from dlmskit.errors import Timeout
from dlmskit.link.hdlc import parameters
from dlmskit.link.hdlc.address import HdlcAddress, client_address, server_address
from dlmskit.link.hdlc.connection import HdlcConnection, HdlcSettings
from dlmskit.link.hdlc.fcs import fcs16
from dlmskit.link.hdlc.frames import Frame, encode
from dlmskit.link.hdlc.parameters import HdlcParameters
from dlmskit.link.hdlc.state import State
from tests.unit.link.hdlc.station import DISC, DM, FRMR, FROM, GET, RR, SNRM, TO, UA, Station, command, request


def checked(body: bytes) -> bytes:
    """A frame around `body` with a right FCS."""
    return b"\x7e" + body + fcs16(body).to_bytes(2, "little") + b"\x7e"


def test_HDLC_FRAME_P1_connect_and_disconnect() -> None:
    station = Station()
    assert station.controls(command(DISC)) == [DM]
    assert station.controls(command(SNRM)) == [UA]
    assert station.controls(command(RR)) == [0x11]
    assert station.controls(command(DISC)) == [UA]
    assert station.controls(command(DISC)) == [DM]


def test_HDLC_FRAME_P2_an_unfinished_frame_is_dropped_and_the_link_kept() -> None:
    for unfinished in (command(DISC)[:-1], command(SNRM)[:-2]):
        station = Station().connected()
        assert station.tell(unfinished) == []
        station.wait(0.55)
        assert station.controls(command(RR)) == [0x11]
        assert station.link.is_up


def test_HDLC_FRAME_P3_silence_ends_the_link() -> None:
    station = Station(HdlcSettings(inactivity_s=120)).connected()
    station.wait(100)
    assert station.controls(command(RR)) == [0x11]
    station.wait(119)
    assert station.link.is_up
    station.wait(1)
    assert isinstance(station.downs[0].error, Timeout)
    assert station.controls(command(DISC)) == [DM]
    assert station.link.next_deadline() is None
    endless = Station(HdlcSettings(inactivity_s=0)).connected()
    endless.wait(1e9)
    assert endless.link.is_up


def test_HDLC_FRAME_N1_without_flags_there_is_no_frame() -> None:
    station = Station()
    assert station.controls(command(DISC)) == [DM]
    for cut in (command(SNRM)[1:], command(SNRM)[:-1], command(SNRM)[1:-1]):
        assert station.tell(cut) == []
        station.wait(0.55)
        assert station.link.state is State.DISCONNECTED
    assert station.recovers()


def test_HDLC_FRAME_N2_too_short_a_frame_is_none() -> None:
    whole = command(SNRM)
    for length in range(1, len(whole) - 1):
        station = Station()
        assert station.tell(whole[:length] + b"\x7e") == []
        station.wait(0.55)
        assert station.recovers()


@pytest.mark.parametrize("first", [0x00, 0x40, 0xC0, 0xB0, 0x20, 0xE0])
def test_HDLC_FRAME_N3_another_format_type_is_discarded(first: int) -> None:
    station = Station()
    assert station.tell(checked(bytes((first, 7)) + TO + FROM + b"\x93")) == []
    assert station.controls(command(DISC)) == [DM]
    assert station.recovers()


@pytest.mark.parametrize("length", [0, 6, 8, 2047])
def test_HDLC_FRAME_N4_a_wrong_length_is_discarded(length: int) -> None:
    station = Station()
    assert station.tell(checked((0xA000 | length).to_bytes(2, "big") + TO + FROM + b"\x93")) == []
    station.wait(0.55)
    assert station.controls(command(DISC)) == [DM]
    assert station.recovers()


def test_HDLC_FRAME_N5_an_unknown_command_is_rejected() -> None:
    station = Station().connected()
    [reject] = station.tell(command(0xFF))
    assert (reject.control, reject.information) == (FRMR, b"\xff\x00\x01")
    assert station.controls(command(RR)) == [FRMR]
    assert len(station.downs) == 1
    assert station.recovers()


def test_HDLC_FRAME_N7_a_wrong_header_checksum_is_discarded_though_the_frame_s_is_right() -> None:
    good = bytearray(command(SNRM, parameters.encode(HdlcParameters())))
    good[6] ^= 1
    station = Station()
    assert station.tell(checked(bytes(good[1:-3]))) == []
    assert station.controls(command(DISC)) == [DM]
    assert station.recovers()


def test_HDLC_FRAME_N8_a_wrong_frame_checksum_is_discarded() -> None:
    bad = bytearray(command(SNRM))
    bad[-2] ^= 1
    station = Station()
    assert station.tell(bytes(bad)) == []
    assert station.controls(command(DISC)) == [DM]
    assert station.recovers()


@pytest.mark.parametrize("own", [server_address(1), server_address(1, 17), server_address(1, 17, 4)])
def test_HDLC_ADDRESS_P1_each_form_of_address_works(own: HdlcAddress) -> None:
    link = HdlcConnection("server", client_address(16), own)
    link.receive_frame(Frame(own.to_bytes(), FROM, SNRM), 0.0)
    assert link.to_send()[3 : 4 + own.size] == FROM + own.to_bytes()
    assert link.is_up


def test_HDLC_ADDRESS_N1_a_client_in_two_octets_gets_no_UA() -> None:
    station = Station()
    assert station.tell(encode(Frame(TO, b"\x00\x21", SNRM))) == []
    assert station.recovers()


def test_HDLC_ADDRESS_N4_and_N6_other_destinations_get_no_answer() -> None:
    station = Station()
    for destination in (server_address(2), server_address(1, 17), server_address(1, 1, 4), server_address(0)):
        assert station.tell(encode(Frame(destination.to_bytes(), FROM, SNRM))) == []
        assert station.link.state is State.DISCONNECTED
    assert station.recovers()


@pytest.mark.parametrize("frame", ["7ea009000205219 3afd07e".replace(" ", ""), "7ea00b00020204052193"])
def test_HDLC_ADDRESS_N7_destinations_of_three_or_five_octets_get_no_answer(frame: str) -> None:
    octets = bytes.fromhex(frame)
    station = Station()
    assert station.tell(octets if octets[-1] == 0x7E else checked(octets[1:])) == []
    assert station.recovers()


def test_a_broadcast_is_never_answered_and_no_station_is_nobody() -> None:
    station = Station()
    for destination in (b"\xff", b"\x01"):
        assert station.tell(encode(Frame(destination, FROM, SNRM))) == []
        assert station.tell(encode(Frame(destination, FROM, DISC))) == []
    station.tell(encode(Frame(b"\xff", FROM, 0x13, b"\xe6\xe6\x00" + GET)))
    assert station.apdus == [GET]
    assert station.said() == []
    assert station.recovers()


@pytest.mark.parametrize("proposed", [2030, 500, 128, 32, None])
def test_HDLC_NDM2NRM_P1_the_information_field_is_no_longer_than_proposed(proposed: int | None) -> None:
    station = Station(HdlcSettings(max_info_tx=1024, max_info_rx=1024))
    field = parameters.encode(HdlcParameters(proposed, proposed)) if proposed else b""
    [answer] = station.tell(command(SNRM, field))
    agreed = parameters.decode(answer.information)
    assert agreed == HdlcParameters(min(proposed or 128, 1024), min(proposed or 128, 1024))


@pytest.mark.parametrize("proposed", [1, 2, 4, 7])
def test_HDLC_NDM2NRM_P2_the_window_is_no_larger_than_proposed(proposed: int) -> None:
    station = Station(HdlcSettings(window_tx=3, window_rx=5))
    [answer] = station.tell(command(SNRM, parameters.encode(HdlcParameters(window_tx=proposed, window_rx=proposed))))
    agreed = parameters.decode(answer.information)
    assert (agreed.window_tx, agreed.window_rx) == (min(proposed, 3), min(proposed, 5))


def test_only_one_parameter_may_be_proposed() -> None:
    for field, expected in (("8180 03 060180", HdlcParameters()), ("8180 03 080102", HdlcParameters(window_tx=2))):
        station = Station(HdlcSettings(window_tx=3, window_rx=5))
        [answer] = station.tell(command(SNRM, bytes.fromhex(field)))
        assert parameters.decode(answer.information) == expected


def test_HDLC_INFO_P1_a_request_in_one_frame_and_in_segments() -> None:
    station = Station(HdlcSettings(max_info_rx=32)).connected()
    assert [frame.information for frame in station.tell(request(GET))] == [b"\xe6\xe7\x00\xc4\x01"]
    long = b"\xe6\xe6\x00" + bytes(range(60))
    assert station.controls(command(0x32, long[:32], segmented=True)) == [0x51]
    assert station.controls(command(0x34, long[32:])) == [0x72]
    assert station.apdus == [GET, bytes(range(60))]


def test_HDLC_INFO_N1_too_long_an_information_field_is_rejected() -> None:
    station = Station().connected()
    assert station.controls(command(0x10, b"\xe6\xe6\x00" + bytes(125))) == [0x30]
    station = Station().connected()
    [reject] = station.tell(command(0x10, b"\xe6\xe6\x00" + bytes(126)))
    assert (reject.control, reject.information) == (FRMR, b"\x10\x00\x04")
    assert station.apdus == []
    assert station.recovers()


def test_HDLC_INFO_N2_an_acknowledgement_of_what_was_never_sent_is_rejected() -> None:
    station = Station().connected()
    [reject] = station.tell(command(0x31))
    assert (reject.control, reject.information) == (FRMR, b"\x31\x00\x08")
    assert station.recovers()


def test_HDLC_INFO_N3_a_wrong_sequence_number_gets_RR_and_no_data() -> None:
    station = Station().connected()
    assert station.controls(request(GET, 0x12)) == [0x11]
    assert station.apdus == []
    assert station.controls(request(GET)) == [0x30]
    assert station.recovers()


def test_HDLC_NDMOP_N1_information_without_a_link_gets_DM() -> None:
    station = Station()
    assert station.controls(request(GET)) == [DM]
    assert station.apdus == []
    assert station.recovers()


def test_a_repeated_request_gets_RR_and_is_not_executed_twice() -> None:
    """Extra case 101 of GXDLMSDirector."""
    station = Station().connected()
    assert station.controls(request(GET)) == [0x30]
    assert station.controls(request(GET)) == [0x31]
    assert station.apdus == [GET]
    assert station.controls(request(GET, 0x32)) == [0x52]
    assert station.apdus == [GET, GET]
