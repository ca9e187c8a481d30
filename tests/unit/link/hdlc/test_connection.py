"""The link as each role sees it: turns, repetition, segments, refusals, pushes, attacks."""

from __future__ import annotations

import pytest

from dlmskit.errors import LimitExceeded, LinkRefused, LocalProtocolError, RemoteProtocolError, Timeout
from dlmskit.link.events import ApduReceived, FrameDropped, LinkDown, LinkUp
from dlmskit.link.hdlc.address import client_address, server_address
from dlmskit.link.hdlc.connection import HdlcConnection, HdlcSettings
from dlmskit.link.hdlc.frames import Frame, FrameReader, encode
from dlmskit.link.hdlc.parameters import HdlcParameters
from dlmskit.link.hdlc.state import State
from tests.unit.link.hdlc.station import DISC, DM, FRMR, FROM, GET, RR, SNRM, TO, UA, Station, command, request

LLC = b"\xe6\xe7\x00"


class Caller:
    """The client side, driven by frames of a meter."""

    def __init__(self, settings: HdlcSettings = HdlcSettings()) -> None:
        self.link = HdlcConnection("client", client_address(16), server_address(1), settings)

    def hear(self, control: int, information: bytes = b"", *, segmented: bool = False, now: float = 0.0) -> list[int]:
        self.link.receive_frame(Frame(FROM, TO, control, information, segmented), now)
        return self.said()

    def said(self) -> list[int]:
        return [frame.control for frame in self.frames()]

    def frames(self) -> list[Frame]:
        return [frame for frame in FrameReader().receive(self.link.to_send(), 0.0) if isinstance(frame, Frame)]

    def wait(self) -> list[int]:
        deadline = self.link.next_deadline()
        assert deadline is not None
        self.link.handle_timer(deadline)
        return self.said()

    def connected(self, information: bytes = b"") -> Caller:
        self.link.connect(0.0)
        assert self.said() == [SNRM]
        assert self.hear(UA, information) == []
        assert isinstance(self.link.events()[0], LinkUp)
        return self

    def down(self) -> LinkDown:
        [event] = [event for event in self.link.events() if isinstance(event, LinkDown)]
        return event


# --- opening and closing ---


def test_snrm_has_no_information_with_the_defaults_and_says_all_four_parameters_otherwise() -> None:
    plain = HdlcConnection("client", client_address(1), server_address(1))
    plain.connect(0.0)
    assert plain.to_send().hex() == "7ea0070303938c117e"
    for settings in (HdlcSettings(always_negotiate=True), HdlcSettings(max_info_rx=512)):
        link = HdlcConnection("client", client_address(1), server_address(1), settings)
        link.connect(0.0)
        [frame] = FrameReader().receive(link.to_send(), 0.0)
        assert isinstance(frame, Frame)
        assert frame.information[:2] == b"\x81\x80"


def test_the_link_is_up_with_what_both_sides_can() -> None:
    caller = Caller(HdlcSettings(max_info_tx=512, max_info_rx=1024, window_rx=7))
    caller.link.connect(0.0)
    caller.hear(UA, bytes.fromhex("8180140502 00ef 0602 00ef 0704 00000001 0804 00000001"))
    assert caller.link.events() == [LinkUp(HdlcParameters(239, 239, 1, 1))]
    assert caller.link.negotiated == HdlcParameters(239, 239, 1, 1)
    assert caller.link.next_deadline() is None


@pytest.mark.parametrize("answer", [UA, DM, None])
def test_a_meter_may_be_disconnected_first_whatever_it_says_to_that(answer: int | None) -> None:
    caller = Caller(HdlcSettings(disconnect_first=True))
    caller.link.connect(0.0)
    assert caller.said() == [DISC]
    assert (caller.wait() if answer is None else caller.hear(answer)) == [SNRM]
    caller.hear(UA)
    assert caller.link.is_up


def test_snrm_is_repeated_and_then_given_up() -> None:
    caller = Caller(HdlcSettings(response_timeout_s=2, retries=2))
    caller.link.connect(0.0)
    assert caller.said() == [SNRM]
    assert caller.link.next_deadline() == 2.0
    assert caller.wait() == [SNRM]
    assert caller.wait() == [SNRM]
    assert caller.wait() == []
    down = caller.down()
    assert (down.reason, type(down.error)) == ("no answer to SNRM", Timeout)
    assert caller.link.next_deadline() is None
    caller.link.connect(9.0)
    assert caller.said() == [SNRM]


def test_dm_and_frmr_refuse_the_link() -> None:
    for refusal, word in ((DM, "DM"), (FRMR, "FRMR")):
        for caller in (Caller(HdlcSettings(retries=0)), Caller().connected()):
            caller.link.connect(0.0)
            caller.hear(refusal)
            error = caller.down().error
            assert isinstance(error, LinkRefused)
            assert word in error.message
            assert caller.link.state is State.DISCONNECTED


@pytest.mark.parametrize("refusal", [DM, FRMR])
def test_a_session_that_an_earlier_client_left_is_reset_at_once(refusal: int) -> None:
    caller = Caller()
    caller.link.connect(0.0)
    assert caller.said() == [SNRM]
    assert caller.hear(refusal) == []
    assert caller.link.state is State.WAITING
    assert caller.link.next_deadline() == 0.0
    assert caller.wait() == [DISC]
    assert caller.hear(DM) == [SNRM]
    caller.hear(UA)
    assert caller.link.is_up


def test_a_meter_that_goes_on_refusing_is_waited_out_within_bounds() -> None:
    caller, now = Caller(HdlcSettings(response_timeout_s=2, retries=3)), 0.0
    caller.link.connect(now)
    assert caller.said() == [SNRM]
    for pause in (0, 2, 2):
        assert caller.hear(DM, now=now) == []
        assert caller.link.next_deadline() == now + pause
        now += pause
        caller.link.handle_timer(now)
        assert caller.said() == [DISC]
        assert caller.hear(UA, now=now) == [SNRM]
    assert caller.hear(DM, now=now) == []
    assert isinstance(caller.down().error, LinkRefused)
    assert caller.link.next_deadline() is None


def test_waiting_ends_when_nobody_wants_the_link_any_more() -> None:
    caller = Caller()
    caller.link.connect(0.0)
    caller.said()
    caller.hear(DM)
    caller.link.disconnect(0.0)
    assert caller.said() == []
    assert caller.down().error is None


def test_a_ua_that_cannot_be_read_ends_the_attempt() -> None:
    caller = Caller()
    caller.link.connect(0.0)
    caller.hear(UA, bytes.fromhex("8180140502"))
    assert isinstance(caller.down().error, RemoteProtocolError)


def test_disconnecting_waits_for_the_answer_and_ends_without_one() -> None:
    for answer in (UA, DM):
        caller = Caller().connected()
        caller.link.disconnect(0.0)
        assert caller.said() == [DISC]
        with pytest.raises(LocalProtocolError):
            caller.link.connect(0.0)
        caller.hear(answer)
        assert caller.down() == LinkDown("disconnected")
    caller = Caller(HdlcSettings(retries=1)).connected()
    caller.link.disconnect(0.0)
    assert caller.said() + caller.wait() + caller.wait() == [DISC, DISC]
    assert caller.down().reason == "no answer to DISC"


def test_sending_without_a_link_is_a_local_error() -> None:
    for link in (Caller().link, Station().link):
        with pytest.raises(LocalProtocolError):
            link.send(GET, 0.0)


# --- turns of the client ---


def test_segments_of_the_meter_are_asked_for_one_by_one() -> None:
    caller = Caller().connected()
    caller.link.send(GET, 0.0)
    assert caller.said() == [0x10]
    assert caller.hear(0x30, LLC + b"\xc4", segmented=True) == [0x31]
    assert caller.hear(0x32, b"\x01", segmented=True) == [0x51]
    assert caller.hear(0x34, b"\x02") == []
    assert caller.link.events() == [ApduReceived(b"\xc4\x01\x02")]
    caller.link.send(GET, 0.0)
    assert caller.said() == [0x72]


def test_what_was_not_answered_is_repeated_octet_for_octet_and_then_given_up() -> None:
    caller = Caller(HdlcSettings(retries=2)).connected()
    caller.link.send(GET, 0.0)
    first = caller.link.to_send()
    for _ in range(2):
        caller.link.handle_timer(caller.link.next_deadline() or 0.0)
        assert caller.link.to_send() == first
    assert caller.wait() == []
    assert isinstance(caller.down().error, Timeout)


def test_octets_that_come_slowly_are_no_silence() -> None:
    caller = Caller(HdlcSettings(response_timeout_s=2)).connected()
    caller.link.send(GET, 0.0)
    for tenth in range(100):
        caller.link.note_octets(tenth / 10)
        caller.link.handle_timer(tenth / 10)
    assert caller.said() == [0x10]
    assert caller.link.next_deadline() == pytest.approx(11.9)


def test_octets_without_end_that_are_no_frame_are_silence() -> None:
    caller, now = Caller(HdlcSettings(response_timeout_s=2, retries=0)).connected(), 0.0
    caller.link.send(GET, 0.0)
    while caller.link.state is not State.DISCONNECTED:
        now += 1.0
        caller.link.note_octets(now, 500)
        caller.link.handle_timer(now)
        assert now < 60
    assert isinstance(caller.down().error, Timeout)


def test_damaged_answers_are_borne_longer_than_silence_and_not_for_ever() -> None:
    tries = {}
    for is_damaged in (False, True):
        caller = Caller(HdlcSettings(retries=2)).connected()
        caller.link.send(GET, 0.0)
        tries[is_damaged] = 0
        while caller.link.is_up:
            tries[is_damaged] += 1
            if is_damaged:
                caller.link.note_damage(0.0)
            caller.wait()
    assert tries == {False: 3, True: 17}


def test_a_link_without_an_answer_is_not_taken_for_a_bad_line() -> None:
    caller = Caller(HdlcSettings(retries=2))
    caller.link.connect(0.0)
    for _ in range(3):
        caller.link.note_damage(0.0)
        caller.wait()
    assert isinstance(caller.down().error, Timeout)


def test_what_it_does_about_silence_is_told() -> None:
    told: list[tuple[str, object]] = []
    link = HdlcConnection(
        "client",
        client_address(16),
        server_address(1),
        HdlcSettings(retries=1),
        lambda name, detail: told.append((name, detail.get("input", detail.get("tries")))),
    )
    link.connect(0.0)
    link.handle_timer(link.next_deadline() or 0.0)
    link.receive_frame(Frame(FROM, TO, UA), 0.0)
    link.send(GET, 0.0)
    link.handle_timer(link.next_deadline() or 0.0)
    link.receive_frame(Frame(FROM, TO, 0x31), 0.0)
    link.handle_timer(link.next_deadline() or 0.0)
    link.handle_timer(link.next_deadline() or 0.0)
    assert told == [
        ("connecting", "connect"),
        ("connected", "ua"),
        ("repeating", 1.0),
        ("polling", 1.0),
        ("disconnected", "exhausted"),
    ]


def test_a_meter_that_has_no_answer_yet_is_polled_at_once_and_then_at_intervals() -> None:
    caller = Caller(HdlcSettings(poll_interval_s=0.5)).connected()
    caller.link.send(GET, 0.0)
    assert caller.said() == [0x10]
    assert caller.hear(0x31) == [0x11]
    for _ in range(20):
        assert caller.hear(0x31) == []
        assert caller.link.next_deadline() == 0.5
        assert caller.wait() == [0x11]
    assert caller.hear(0x30, LLC + b"\xc4") == []
    assert caller.link.next_deadline() is None


def test_nothing_is_polled_for_where_no_answer_is_expected() -> None:
    caller = Caller().connected()
    caller.link.send(GET, 0.0, expect_answer=False)
    assert caller.said() == [0x10]
    assert caller.hear(0x31) == []
    assert caller.link.next_deadline() is None
    caller.link.poll(0.0)
    assert caller.said() == [0x11]


def test_a_busy_meter_gets_no_data_until_it_is_ready() -> None:
    caller = Caller().connected()
    caller.link.send(bytes(200), 0.0)
    assert caller.said() == [0x10]
    assert caller.hear(0x35) == []  # RNR takes the first segment and wants no more
    assert caller.wait() == [0x11]
    assert caller.hear(0x31) == [0x12]


def test_a_window_is_sent_at_once_and_repeated_from_the_frame_that_was_lost() -> None:
    caller = Caller(HdlcSettings(window_tx=3)).connected(bytes.fromhex("8180 06 050180080103".replace(" ", "")))
    caller.link.send(bytes(128 * 4 - 3), 0.0)
    assert caller.said() == [0x00, 0x02, 0x14]
    assert caller.hear(0x31) == [0x02, 0x04, 0x16]
    assert caller.hear(0x91) == [0x11]


def test_a_meter_that_acknowledges_nothing_for_ever_is_given_up() -> None:
    caller = Caller(HdlcSettings(retries=3)).connected()
    caller.link.send(GET, 0.0)
    assert caller.said() == [0x10]
    assert [caller.hear(0x11) for _ in range(4)] == [[0x10], [0x10], [0x10], []]
    assert isinstance(caller.down().error, Timeout)


def test_an_invalid_acknowledgement_ends_the_link() -> None:
    caller = Caller().connected()
    caller.hear(0xB1)
    assert isinstance(caller.down().error, RemoteProtocolError)


def test_a_second_llc_header_is_passed_over_and_a_missing_one_is_no_apdu() -> None:
    caller = Caller().connected()
    for number, (information, events) in enumerate(
        [
            (LLC + LLC + b"\x61", [ApduReceived(b"\x61")]),
            (b"\x61\x00\x00\x00", []),
            (LLC, []),
            (LLC + b"\x61", [ApduReceived(b"\x61")]),
        ]
    ):
        caller.hear(0x10 | number << 1, information)
        assert [event for event in caller.link.events() if not isinstance(event, FrameDropped)] == events


def test_frames_between_others_are_dropped() -> None:
    caller = Caller().connected()
    for frame in (Frame(b"\x23", TO, DM), Frame(FROM, b"\x05", DM), Frame(TO, FROM, DM)):
        caller.link.receive_frame(frame, 0.0)
    assert [type(event) for event in caller.link.events()] == [FrameDropped] * 3
    assert caller.link.is_up


# --- turns of the server ---


def test_the_answer_may_come_later_and_the_final_bit_is_kept_for_it() -> None:
    station = Station(answer=None).connected()
    assert station.tell(request(GET)) == []
    station.link.send(b"\xc4", 9.0)
    assert [frame.control for frame in station.said()] == [0x30]


def test_polled_meanwhile_it_says_rr_and_answers_the_next_poll() -> None:
    station = Station(answer=None).connected()
    assert station.tell(request(GET)) == []
    assert station.controls(command(RR)) == [0x31]
    station.link.send(b"\xc4", 9.0)
    assert station.said() == []  # it is not our turn
    assert station.controls(command(RR)) == [0x30]


def test_the_turn_can_be_given_back_where_there_is_nothing_to_answer() -> None:
    station = Station(answer=None).connected()
    station.tell(request(GET))
    station.link.pass_turn(0.0)
    assert [frame.control for frame in station.said()] == [0x31]
    station.link.pass_turn(0.0)
    assert station.said() == []


def test_an_answer_not_acknowledged_is_repeated_when_polled() -> None:
    station = Station().connected()
    [first] = station.tell(request(GET))
    assert station.tell(command(RR)) == [first]
    assert station.controls(command(0x31)) == [0x31]


def test_snrm_on_a_link_resets_it_and_says_so() -> None:
    station = Station().connected()
    station.tell(request(GET))
    station.happened.clear()
    assert station.controls(command(SNRM)) == [UA]
    assert [type(event) for event in station.happened] == [LinkDown, LinkUp]
    assert station.recovers()


def test_a_server_that_drops_the_link_tells_when_asked() -> None:
    station = Station().connected()
    station.link.disconnect(0.0)
    assert station.said() == []
    assert station.controls(command(RR)) == [DM]
    assert station.recovers()


def test_commands_without_poll_bit_get_no_answer() -> None:
    station = Station()
    assert station.tell(command(0x43)) == []
    station.connected()
    assert station.tell(request(GET, 0x00)) == []
    assert station.apdus == [GET]
    assert station.controls(command(RR)) == [0x30]


def test_a_push_ends_with_a_final_and_waits_for_the_turn_on_a_link() -> None:
    station = Station(HdlcSettings(max_info_tx=64), answer=None)
    station.link.send_unconfirmed(bytes(100), 0.0)
    assert [(frame.control, frame.segmented) for frame in station.said()] == [(0x03, True), (0x13, False)]
    station.connected()
    station.link.send_unconfirmed(b"\x0f", 0.0)
    assert station.said() == []
    assert station.controls(command(RR)) == [0x03, 0x11]
    station.tell(request(GET))
    station.link.send_unconfirmed(b"\x0f", 0.0)
    assert [frame.control for frame in station.said()] == [0x03]  # our turn, and it stays ours
    station.link.send(b"\xc4", 0.0)
    assert [frame.control for frame in station.said()] == [0x30]


def test_a_push_is_taken_in_any_state_and_does_not_spend_the_turn() -> None:
    caller = Caller()
    caller.hear(0x03, LLC + b"\x0f\x01", segmented=True)
    caller.hear(0x13, b"\x02")
    assert caller.link.events() == [ApduReceived(b"\x0f\x01\x02", unconfirmed=True)]
    caller.connected()
    caller.link.send(GET, 0.0)
    assert caller.said() == [0x10]
    assert caller.hear(0x13, LLC + b"\x0f") == []
    assert caller.hear(0x30, LLC + b"\xc4") == []
    assert caller.link.events() == [ApduReceived(b"\x0f", unconfirmed=True), ApduReceived(b"\xc4")]


@pytest.mark.parametrize("answer", [[0x13], [0x03, 0x11]], ids=["UI with a final", "UI, then RR"])
def test_an_empty_ui_frame_lets_the_meter_notify(answer: list[int]) -> None:
    caller = Caller()
    caller.connected()
    caller.link.trigger(0.0)
    (frame,) = caller.frames()
    assert (frame.control, frame.information) == (0x13, b"")
    assert not caller.link.has_turn
    for control in answer:
        assert caller.hear(control, LLC + b"\xc2" if control & 0x02 else b"") == []
    assert caller.link.events() == [ApduReceived(b"\xc2", unconfirmed=True)] and caller.link.has_turn
    caller.link.send(GET, 0.0)
    assert caller.said() == [0x10]


def test_a_meter_that_answers_the_trigger_with_a_frame_again_gives_the_turn_back_too() -> None:
    caller = Caller()
    caller.connected()
    caller.link.send(GET, 0.0)
    assert caller.said() == [0x10] and caller.hear(0x30, LLC + b"\xc4") == []
    caller.link.trigger(0.0)
    assert caller.said() == [0x13]
    assert caller.hear(0x30, LLC + b"\xc4") == [0x31]
    assert caller.hear(0x31) == [] and caller.link.has_turn


def test_a_meter_that_does_not_answer_the_trigger_is_polled() -> None:
    caller = Caller()
    caller.connected()
    caller.link.trigger(0.0)
    caller.said()
    caller.link.handle_timer(caller.link.next_deadline() or 0.0)
    assert caller.said() == [0x11]


def test_a_meter_sends_what_waits_when_an_empty_ui_frame_comes() -> None:
    station = Station()
    station.connected()
    assert station.controls(request(GET)) == [0x30]
    station.link.send_unconfirmed(b"\xc2", 0.0)
    assert station.said() == []
    assert station.controls(command(0x13)) == [0x03, 0x31], "and not what it said before"
    assert len(station.happened) == 2


def test_a_push_that_lost_its_last_segment_does_not_spoil_the_next() -> None:
    caller = Caller()
    caller.hear(0x03, LLC + b"\x0f\x01", segmented=True)
    caller.hear(0x13, LLC + b"\x0f\x09")
    assert caller.link.events() == [ApduReceived(b"\x0f\x09", unconfirmed=True)]


def test_a_client_s_unconfirmed_apdu_waits_for_its_turn() -> None:
    caller = Caller().connected()
    caller.link.send(GET, 0.0)
    caller.said()
    caller.link.send_unconfirmed(b"\xc1", 0.0)
    assert caller.said() == []
    assert caller.hear(0x30, LLC + b"\xc4") == [0x03]


# --- attacks ---


@pytest.mark.parametrize("piece", [100, 1, 0])
def test_A02_segments_without_end_are_rejected_at_the_limit(piece: int) -> None:
    station = Station(HdlcSettings(max_apdu=1000)).connected()
    for number in range(2000):
        octet = 0x10 | (number & 7) << 1
        station.link.receive_frame(Frame(TO, FROM, octet, bytes(piece), True), 0.0)
        if not station.link.is_up:
            break
    assert station.said()[-1].control == FRMR
    station.events()
    assert isinstance(station.downs[0].error, LimitExceeded)
    assert number <= 1000 // max(piece, 1) + 1
    assert station.recovers()
    control_case = Station(HdlcSettings(max_apdu=1000)).connected()
    for number in range(8):
        control_case.tell(
            command(0x10 | (number & 7) << 1, (LLC if not number else b"") + bytes(100), segmented=number < 7)
        )
    assert control_case.apdus == [bytes(800)]


def test_A02_a_meter_that_never_ends_its_segments_is_left() -> None:
    caller = Caller(HdlcSettings(max_apdu=1000)).connected()
    for number in range(100):
        caller.hear(0x10 | (number & 7) << 1, bytes(100), segmented=True)
        if not caller.link.is_up:
            break
    assert isinstance(caller.down().error, LimitExceeded)
    assert number == 10


def test_A02_pushes_without_end_hold_no_more_than_the_limit() -> None:
    caller = Caller(HdlcSettings(max_apdu=1000))
    for _ in range(100):
        caller.hear(0x03, bytes(100), segmented=True)
    caller.link.events()
    caller.hear(0x13, LLC + b"\x0f")
    assert caller.link.events() == [ApduReceived(b"\x0f", unconfirmed=True)]


@pytest.mark.parametrize("field", ["8180140502", "8180 06 0704 00000000", "8180 03 050100", "8180 07 0505 0000000080"])
def test_A03_an_snrm_that_lies_is_refused_with_dm(field: str) -> None:
    lie = command(SNRM, bytes.fromhex(field))
    station = Station()
    assert station.controls(lie) == [DM]
    station.connected()
    assert station.controls(lie) == [DM]
    assert isinstance(station.downs[0].error, RemoteProtocolError)
    assert station.recovers()


def test_A03_a_field_of_one_octet_is_served_one_octet_a_frame() -> None:
    station = Station()
    station.tell(command(SNRM, bytes.fromhex("8180 06 050101 060101")))
    assert station.link.negotiated == HdlcParameters(1, 1)
    station.link.send(b"\xc4", 0.0)
    assert station.controls(command(RR)) == [0x10]


@pytest.mark.parametrize("control", [0x10, 0x00, 0x13, 0x03, 0x11, 0xFF])
def test_A05_a_flood_without_a_link_gets_at_most_one_frame_each_and_fills_no_memory(control: int) -> None:
    link = Station().link
    flood = Frame(TO, FROM, control, LLC + b"\x0f" * 60)
    for _ in range(5000):
        link.receive_frame(flood, 0.0)
        assert len(link.to_send()) <= len(encode(Frame(FROM, TO, DM)))
    assert len(link.events()) <= 256
    assert not link.is_up
    station = Station()
    for _ in range(1000):
        station.tell(command(control, LLC + b"\x0f"))
    assert station.recovers()
