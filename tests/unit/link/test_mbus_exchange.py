"""Telegrams in a stream; a master and a meter on one bus, through losses and lies."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import DlmsError, Timeout, UsageError
from dlmskit.link.hdlc.frames import BadFrame
from dlmskit.link.mbus import master, segments
from dlmskit.link.mbus.bus import ACCESS_DEMAND, ANY_STATION, FCB, REQ_UD2, RSP_UD, SND_NKE, SND_UD
from dlmskit.link.mbus.frames import MbusFrame
from dlmskit.link.mbus.master import TABLE, Input, Master, MasterSettings, State
from dlmskit.link.mbus.meter import MAX_WAITING, Meter
from dlmskit.link.mbus.reader import (
    ACKNOWLEDGEMENT,
    Acknowledged,
    ShortFrame,
    Telegram,
    TelegramReader,
    encode_long,
    encode_short,
)
from dlmskit.link.mbus.segments import Joiner, MbusMessage, cut

octet = st.integers(0, 255)
telegrams = st.one_of(
    st.just(Acknowledged()),
    st.builds(ShortFrame, octet, octet),
    st.builds(MbusFrame, octet, octet, octet, st.binary(max_size=252)),
)
STATION, CLIENT, SERVER = 5, 16, 1
SHORT, LONG = b"\xc0\x01", bytes(n * 7 & 0xFF for n in range(5000))


def encoded(telegram: Telegram) -> bytes:
    if isinstance(telegram, Acknowledged):
        return ACKNOWLEDGEMENT
    return encode_short(*telegram) if isinstance(telegram, ShortFrame) else encode_long(*telegram)


# --- the reader ---


@given(st.lists(telegrams, max_size=6), st.integers(1, 40))
def test_telegrams_come_out_as_they_went_in_however_they_are_cut(sent: list[Telegram], size: int) -> None:
    stream, reader = b"".join(map(encoded, sent)), TelegramReader()
    found = [telegram for at in range(0, len(stream), size) for telegram in reader.receive(stream[at : at + size], 0.0)]
    assert found == sent
    assert reader.unfinished == 0
    assert reader.next_deadline() is None


@given(st.binary(max_size=300), st.integers(1, 20))
def test_what_is_found_does_not_depend_on_the_chunks(data: bytes, size: int) -> None:
    cut_up, whole = TelegramReader(), TelegramReader()
    found = [one for at in range(0, len(data), size) for one in cut_up.receive(data[at : at + size], 0.0)]
    assert found == whole.receive(data, 0.0)
    assert cut_up.handle_timer(2.0) == whole.handle_timer(2.0)
    assert cut_up.unfinished == 0


def test_a_telegram_is_found_behind_noise_and_behind_a_beginning_that_does_not_go_on() -> None:
    good, reader = encode_long(SND_UD, 1, 0x10, b"\x10\x01\xc0"), TelegramReader(0.5)
    assert reader.receive(b"\x00\x68\x04\x05" + good, 0.0) == [MbusFrame(SND_UD, 1, 0x10, b"\x10\x01\xc0")]
    assert reader.receive(b"\x68\xff\xff\x68" + good, 1.0) == []
    assert reader.next_deadline() == 1.5
    assert reader.handle_timer(1.4) == []
    assert reader.handle_timer(1.5)[1:] == [MbusFrame(SND_UD, 1, 0x10, b"\x10\x01\xc0")]


@pytest.mark.parametrize("at", range(4, len(encode_long(SND_UD, 1, 0x10, b"\x10\x01\xc0"))))
def test_a_wrong_octet_behind_the_head_is_a_damaged_telegram(at: int) -> None:
    good = bytearray(encode_long(SND_UD, 1, 0x10, b"\x10\x01\xc0"))
    good[at] ^= 0x01
    (first, *_) = TelegramReader().receive(bytes(good), 0.0)
    assert isinstance(first, BadFrame)


def test_a_telegram_has_room_for_252_octets() -> None:
    assert len(encode_long(SND_UD, 1, 0x10, bytes(252))) == 261
    with pytest.raises(UsageError):
        encode_long(SND_UD, 1, 0x10, bytes(253))


# --- segments ---


@given(st.binary(max_size=9000))
def test_segments_are_put_together_again(apdu: bytes) -> None:
    joiner, parts = Joiner(), cut(CLIENT, SERVER, apdu)
    joined = [joiner.add(MbusFrame(SND_UD, STATION, part.ci, part.data)) for part in parts]
    assert joined == [None] * (len(parts) - 1) + [MbusMessage(CLIENT, SERVER, apdu, STATION)]
    assert [part.is_final for part in parts] == [False] * (len(parts) - 1) + [True]
    assert not joiner._parts


def segment(ci: int, data: bytes = b"\x10\x01\xc0\x01") -> MbusFrame:
    return MbusFrame(SND_UD, STATION, ci, data)


def test_A08_a_sequence_that_lies_gives_no_message() -> None:
    joiner = Joiner()
    assert joiner.add(segment(0x00)) is None
    assert joiner.add(segment(0x1F)) == "a segment is missing"
    assert joiner.add(segment(0x11)) == "a segment is missing"
    assert joiner.add(segment(0x00)) is None
    assert joiner.add(segment(0x11, b"\x11\x01\xc0\x01")) == "a segment is missing"
    assert joiner.add(segment(0x20)) == "no DLMS"
    assert joiner.add(segment(0x10, b"\x10")) == "no DLMS"
    # as they should be
    assert joiner.add(segment(0x00)) is None
    assert joiner.add(segment(0x11)) == MbusMessage(16, 1, b"\xc0\x01\xc0\x01", STATION)


def test_A08_segments_without_a_last_one_fill_no_memory() -> None:
    joiner = Joiner()
    said = [joiner.add(segment(number % 16, b"\x10\x01" + bytes(250))) for number in range(2001)]
    assert "too long" in said
    assert joiner._size <= segments.MAX_APDU
    assert joiner.add(segment(0x10)) == MbusMessage(16, 1, b"\xc0\x01", STATION)


@pytest.mark.parametrize("lie", ["68 05 06 68", "68 02 02 68", "68 05 05 69", "68 00 00 68"])
def test_A08_lengths_that_disagree_are_no_telegram(lie: str) -> None:
    reader, good = TelegramReader(), encode_long(SND_UD, 1, 0x10, b"\x10\x01\xc0")
    assert reader.receive(bytes.fromhex(lie) + good, 0.0) == [MbusFrame(SND_UD, 1, 0x10, b"\x10\x01\xc0")]
    assert reader.unfinished == 0


# --- both ends ---


class Asker:
    """Whoever has errands."""

    def __init__(self) -> None:
        self.ups = 0
        self.errors: list[DlmsError] = []

    def came_up(self) -> None:
        self.ups += 1

    def failed(self, error: DlmsError) -> None:
        self.errors.append(error)

    def moved(self, now: float) -> None:
        """Of no concern."""


class Bus:
    """A master and a meter; `line` gives what arrives of what was sent. The meter echoes after `delay` rounds."""

    def __init__(self, line: Callable[[bytes], bytes] = bytes, *, delay: int = 0, station: int = STATION) -> None:
        self.master, self.meter, self.asker = Master(MasterSettings(1.0, 3, 0.2, 10.0)), Meter(STATION), Asker()
        self.line, self.now, self.delay, self.station = line, 0.0, delay, station
        self.asked: list[bytes] = []
        self.answers: list[bytes] = []
        self.said: list[bytes] = []
        self._owed: list[tuple[int, bytes]] = []

    def ask(self, apdu: bytes) -> None:
        self.master.send(self.asker, self.station, CLIENT, SERVER, apdu, self.now, wants_answer=True)

    def run(self, seconds: float = 60.0) -> None:
        end = self.now + seconds
        while self.now < end:
            while self._exchange():
                pass
            deadlines = (self.master.next_deadline(), self.meter.next_deadline())
            self.now = max(self.now, min(at for at in (*deadlines, end) if at is not None))
            self._heard(self.master.handle_timer(self.now))
            self.meter.handle_timer(self.now)

    def _exchange(self) -> bool:
        sent = self.master.to_send()
        if sent:
            self.said.append(sent)
            for message in self.meter.receive(self.line(sent), self.now):
                if isinstance(message, MbusMessage):
                    self.asked.append(message.apdu)
                    self._owed.append((self.delay, message.apdu))
        self._answer()
        answer = self.meter.to_send()
        if answer:
            self._heard(self.master.receive(self.line(answer), self.now))
        return bool(sent or answer)

    def _answer(self) -> None:
        for left, apdu in self._owed:
            if not left:
                self.meter.owe_less()
                self.meter.send(SERVER, CLIENT, apdu)
        self._owed = [(left - 1, apdu) for left, apdu in self._owed if left]

    def _heard(self, found: list[MbusMessage | BadFrame]) -> None:
        self.answers += [one.apdu for one in found if isinstance(one, MbusMessage)]


@pytest.mark.parametrize("station", [STATION, ANY_STATION])
@pytest.mark.parametrize("delay", [0, 7])
def test_an_apdu_goes_and_its_answer_comes(station: int, delay: int) -> None:
    bus = Bus(delay=delay, station=station)
    bus.master.reset(bus.asker, station, 0.0)
    for apdu in (SHORT, LONG, SHORT):
        bus.ask(apdu)
    bus.run(20)
    assert bus.asked == bus.answers == [SHORT, LONG, SHORT]
    assert (bus.asker.ups, bus.asker.errors) == (1, [])


def test_the_telegrams_are_those_of_the_standard() -> None:
    bus = Bus()
    bus.master.reset(bus.asker, STATION, 0.0)
    bus.ask(SHORT)
    bus.ask(SHORT)
    bus.run(5)
    saps = bytes((CLIENT, SERVER))
    assert bus.said == [
        encode_short(SND_NKE, STATION),
        encode_long(SND_UD | FCB, STATION, 0x10, saps + SHORT),
        encode_short(REQ_UD2 | FCB, STATION),
        encode_long(SND_UD, STATION, 0x10, saps + SHORT),
        encode_short(REQ_UD2, STATION),
    ]
    assert bus.said[0] == bytes.fromhex("1040054516")  # as in the standard's own example of SND_NKE, for address 5


@pytest.mark.parametrize("seed", range(20))
def test_losses_in_either_direction_neither_lose_nor_repeat_an_apdu(seed: int) -> None:
    random = Random(seed)
    bus = Bus(lambda octets: b"" if random.random() < 0.15 else octets, delay=2)
    bus.master.reset(bus.asker, STATION, 0.0)
    for apdu in (SHORT, LONG[:900], SHORT):
        bus.ask(apdu)
    bus.run(300)
    if bus.asker.errors:  # four telegrams in a row were lost, and what comes after is another conversation
        assert bus.asked in ([], [SHORT], [SHORT, LONG[:900]])
    else:
        assert bus.asked == bus.answers == [SHORT, LONG[:900], SHORT]


def test_a_bus_on_which_nobody_answers_is_given_up() -> None:
    bus = Bus(lambda octets: b"")
    bus.master.reset(bus.asker, STATION, 0.0)
    bus.ask(SHORT)
    bus.run(3.9)
    assert not bus.asker.errors
    bus.run(0.2)
    assert [type(error) for error in bus.asker.errors] == [Timeout]
    assert bus.said == [encode_short(SND_NKE, STATION)] * 4
    assert bus.master.state is State.IDLE
    assert bus.master.next_deadline() is None


def test_a_meter_that_never_has_an_answer_is_asked_for_so_long() -> None:
    bus = Bus(delay=10_000)
    bus.ask(SHORT)
    bus.run(9.9)
    assert not bus.asker.errors
    bus.run(0.5)
    assert len(bus.asker.errors) == 1
    assert 40 <= len(bus.said) <= 55


def test_A08_a_meter_whose_answer_has_no_end_is_given_up() -> None:
    asker, bus, now = Asker(), Master(MasterSettings(1.0, 3, 0.2, 10.0)), 0.0
    bus.send(asker, STATION, CLIENT, SERVER, SHORT, now, wants_answer=True)
    bus.receive(ACKNOWLEDGEMENT, now)
    held = 0
    for number in range(20_000):
        now += 0.01
        bus.receive(encode_long(RSP_UD, STATION, number % 16, bytes((SERVER, CLIENT)) + bytes(250)), now)
        held = max(held, bus._joiner._size)
        bus.to_send()
        if asker.errors:
            break
    assert held <= segments.MAX_APDU + 252
    assert asker.errors
    assert bus.state is State.IDLE


def test_a_push_before_the_answer_does_not_take_its_place() -> None:
    bus = Bus(delay=4)
    bus.ask(SHORT)
    bus.meter.send(SERVER, CLIENT, b"\x0f\x00")
    bus.run(5)
    assert bus.answers == [b"\x0f\x00", SHORT]
    assert encode_short(0x5A | FCB, STATION) in bus.said  # REQ_UD1: the meter had set its access demand bit


def test_a_response_of_another_meter_and_one_out_of_place_are_dropped() -> None:
    bus, asker = Master(), Asker()
    answer = encode_long(RSP_UD, STATION, 0x10, bytes((SERVER, CLIENT)) + SHORT)
    assert all(isinstance(found, BadFrame) for found in bus.receive(answer + ACKNOWLEDGEMENT, 0.0))
    bus.send(asker, STATION, CLIENT, SERVER, SHORT, 0.0, wants_answer=True)
    bus.receive(ACKNOWLEDGEMENT, 0.0)
    other = encode_long(RSP_UD, STATION + 1, 0x10, bytes((SERVER, CLIENT)) + SHORT)
    assert all(isinstance(found, BadFrame) for found in bus.receive(other, 0.0))
    assert bus.receive(answer, 0.0) == [MbusMessage(SERVER, CLIENT, SHORT, STATION)]


def test_a_meter_hears_what_is_for_it_and_answers_no_broadcast() -> None:
    meter, saps = Meter(STATION), bytes((CLIENT, SERVER)) + SHORT
    assert meter.receive(encode_long(SND_UD | FCB, STATION + 1, 0x10, saps), 0.0) == []
    assert meter.to_send() == b""
    assert meter.receive(encode_long(SND_UD | FCB, 255, 0x10, saps), 0.0) == [MbusMessage(16, 1, SHORT, STATION)]
    assert meter.to_send() == b""
    assert isinstance(meter.receive(encode_short(0x49, STATION), 0.0)[0], BadFrame)
    assert isinstance(meter.receive(encode_long(RSP_UD, STATION, 0x10, saps), 0.0)[0], BadFrame)


def test_A08_a_frame_count_bit_that_stands_still_repeats_and_does_not_act_twice() -> None:
    meter, request = Meter(STATION), encode_long(SND_UD | FCB, STATION, 0x10, bytes((CLIENT, SERVER)) + SHORT)
    assert len(meter.receive(request, 0.0)) == 1
    assert meter.receive(request * 50, 0.0) == []
    assert meter.to_send() == ACKNOWLEDGEMENT * 51
    meter.send(SERVER, CLIENT, SHORT)
    meter.receive(encode_short(REQ_UD2 | FCB, STATION) * 2, 0.0)
    assert meter.to_send() == encode_long(RSP_UD | ACCESS_DEMAND, STATION, 0x10, bytes((SERVER, CLIENT)) + SHORT) * 2


def test_what_waits_to_be_asked_for_has_a_bound_and_goes_with_a_reset() -> None:
    meter = Meter(STATION)
    for _ in range(MAX_WAITING + 10):
        meter.send(SERVER, CLIENT, SHORT)
    assert len(meter._waiting) == MAX_WAITING
    meter.receive(encode_short(SND_NKE, STATION), 0.0)
    assert not meter._waiting


def test_every_pair_of_the_table_is_a_state_and_an_input_that_can_meet() -> None:
    assert {state for state, _ in TABLE} == set(State)
    assert {event for _, event in TABLE} == set(Input) - {Input.STRANGE}
    assert all(after in State and action in master._ACTIONS for after, action in TABLE.values())


@given(st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=40)), max_size=20))
def test_neither_end_is_ever_stuck_whatever_comes(steps: list[tuple[int, bytes]]) -> None:
    bus, meter, asker, now = Master(MasterSettings(1.0, 1, 0.2, 3.0)), Meter(STATION), Asker(), 0.0
    for kind, octets in steps:
        now += 0.3
        if kind == 0:
            bus.send(asker, STATION, CLIENT, SERVER, octets, now, wants_answer=True)
        elif kind == 1:
            bus.receive(octets, now)
        elif kind == 2:
            bus.receive(encode_long(RSP_UD, STATION, len(octets) & 0x1F, octets), now)
        else:
            bus.receive(ACKNOWLEDGEMENT, now)
        meter.receive(octets, now)
    for _ in range(200):
        deadline = bus.next_deadline()
        if deadline is None:
            break
        now = max(now, deadline)
        bus.handle_timer(now)
    assert bus.state is State.IDLE
