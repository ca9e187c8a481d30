"""Frames: their octets, and finding them in a stream that is chunked, garbled, interrupted or hostile."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import UsageError
from dlmskit.link.hdlc.fcs import GOOD, advance, trailer
from dlmskit.link.hdlc.frames import BadFrame, Frame, FrameLimits, FrameReader, encode, fcs16

address = st.one_of(
    st.integers(0, 127).map(lambda n: bytes((n << 1 | 1,))),
    st.tuples(st.integers(0, 127), st.integers(0, 127)).map(lambda p: bytes((p[0] << 1, p[1] << 1 | 1))),
    st.tuples(*[st.integers(0, 127)] * 4).map(lambda p: bytes((p[0] << 1, p[1] << 1, p[2] << 1, p[3] << 1 | 1))),
)
octets = st.binary(max_size=80) | st.lists(st.sampled_from([0x7E, 0xA0, 0xA8, 7, 0]), max_size=40).map(bytes)
frames = st.builds(Frame, address, address, st.integers(0, 255), octets, st.booleans())

SNRM = bytes.fromhex("7ea00a00020023219318717e")  # from a real conversation
SNRM_FRAME = Frame(bytes.fromhex("00020023"), b"\x21", 0x93)
REQUEST = Frame(b"\x03", b"\x21", 0x10, b"\xe6\xe6\x00\x60\x1d\x7e\xa1")


def read(data: bytes, reader: FrameReader | None = None) -> list[Frame | BadFrame]:
    return (reader or FrameReader()).receive(data, 0.0)


def good(found: list[Frame | BadFrame]) -> list[Frame]:
    return [each for each in found if isinstance(each, Frame)]


def reasons(found: list[Frame | BadFrame]) -> list[str]:
    return [each.reason for each in found if isinstance(each, BadFrame)]


def test_the_check_value_of_the_checksum_is_906E() -> None:
    assert fcs16(b"123456789") == 0x906E


@given(st.binary(max_size=300), st.integers(0, 300))
def test_a_checksum_behind_its_data_leaves_the_good_state(data: bytes, cut: int) -> None:
    assert trailer(advance(data)) == fcs16(data).to_bytes(2, "little")
    assert advance(data + trailer(advance(data))) == GOOD
    assert advance(data[cut:], advance(data[:cut])) == advance(data)


def test_a_frame_without_information_has_one_checksum_and_with_it_two() -> None:
    assert encode(SNRM_FRAME) == SNRM
    assert read(SNRM) == [SNRM_FRAME]
    assert len(encode(REQUEST)) == len(REQUEST.information) + 11
    assert encode(REQUEST._replace(segmented=True))[1] == 0xA8


@given(frames)
def test_a_frame_comes_back_from_its_octets(frame: Frame) -> None:
    assert read(encode(frame)) == [frame]


def test_information_beyond_the_length_field_is_a_usage_error() -> None:
    largest = Frame(b"\x03", b"\x21", 0x10, bytes(2047 - 9))
    assert read(encode(largest)) == [largest]
    with pytest.raises(UsageError):
        encode(largest._replace(information=bytes(2047 - 8)))


@given(st.lists(frames | octets, max_size=8), st.lists(st.integers(1, 50), min_size=1, max_size=6), st.booleans())
def test_any_chunks_give_the_same_result(parts: list[Frame | bytes], sizes: list[int], shared: bool) -> None:
    stream = b"".join(encode(part) if isinstance(part, Frame) else part for part in parts)
    if shared:
        stream = stream.replace(b"\x7e\x7e", b"\x7e")
    whole, chunked = FrameReader(), FrameReader()
    expected = read(stream, whole)
    got, at, turn = [], 0, 0
    while at < len(stream):
        size = sizes[turn % len(sizes)]
        got += chunked.receive(stream[at : at + size], 0.0)
        at, turn = at + size, turn + 1
    assert got == expected
    assert chunked.handle_timer(1.0) == whole.handle_timer(1.0)


def test_an_address_that_ends_behind_its_frame_is_judged_alike_in_any_chunks() -> None:
    stream = bytes.fromhex("7ea007 7ea00a0100000001 00 0000 7e")
    for size in range(1, len(stream)):
        reader = FrameReader()
        got = [each for at in range(0, len(stream), size) for each in read(stream[at : at + size], reader)]
        assert reasons(got)[0] == "address"


@given(st.lists(frames, min_size=1, max_size=6))
def test_a_flag_may_close_one_frame_and_open_the_next(sent: list[Frame]) -> None:
    stream = b"\x7e" + b"".join(encode(frame)[1:] for frame in sent)
    assert read(stream) == sent


def test_flags_inside_a_frame_and_in_its_checksum_are_octets_like_any_other() -> None:
    inside = Frame(b"\x03", b"\x21", 0x10, b"\x7e\x7e\xa0\x07\x7e")
    assert read(encode(inside)) == [inside]
    tailed = next(
        frame
        for number in range(70_000)
        if b"\x7e" in encode(frame := Frame(b"\x03", b"\x21", 0x10, number.to_bytes(3, "big")))[-3:-1]
    )
    assert read(encode(tailed) + encode(REQUEST)) == [tailed, REQUEST]


@given(octets, frames)
def test_after_any_garbage_and_a_pause_the_next_frame_is_read(garbage: bytes, frame: Frame) -> None:
    reader = FrameReader()
    read(garbage, reader)
    reader.handle_timer(0.5)
    assert read(encode(frame), reader) == [frame]


@given(octets.filter(lambda data: 0x7E not in data), frames)
def test_garbage_before_the_flag_costs_nothing(garbage: bytes, frame: Frame) -> None:
    assert read(garbage + encode(frame)) == [frame]


def test_a_frame_hidden_in_a_false_opening_is_found() -> None:
    false = b"\x7e\xa0\x20\x03\x21\x10"  # promises 32 octets, and its header checksum is wrong
    assert good(read(false + encode(REQUEST))) == [REQUEST]


@given(frames, st.data())
def test_one_flipped_bit_is_noticed(frame: Frame, data: st.DataObject) -> None:
    octets = bytearray(encode(frame))
    at = data.draw(st.integers(0, len(octets) - 1))
    octets[at] ^= 1 << data.draw(st.integers(0, 7))
    reader = FrameReader()
    assert frame not in [*read(bytes(octets), reader), *reader.handle_timer(1.0)]


def test_an_unfinished_frame_is_dropped_on_the_timer() -> None:
    reader = FrameReader(FrameLimits(inter_octet_s=0.1))
    assert reader.next_deadline() is None
    assert reader.receive(encode(REQUEST)[:-2], 1.0) == []
    assert reader.is_inside_frame
    assert reader.next_deadline() == pytest.approx(1.1)
    assert reader.handle_timer(1.05) == []
    assert reasons(reader.handle_timer(1.1)) == ["unfinished"]
    assert reader.next_deadline() is None
    assert read(encode(REQUEST), reader) == [REQUEST]


def test_each_chunk_restarts_the_timer() -> None:
    reader = FrameReader(FrameLimits(inter_octet_s=0.1))
    whole = encode(REQUEST)
    for at in range(len(whole) - 1):
        assert reader.receive(whole[at : at + 1], at * 0.09) == []
        assert reader.handle_timer(at * 0.09 + 0.08) == []
    assert reader.receive(whole[-1:], 5.0) == [REQUEST]


def test_frames_behind_an_unfinished_one_come_out_when_its_time_is_up() -> None:
    reader = FrameReader()
    false = encode(Frame(b"\x03", b"\x21", 0x10, bytes(200)))[:20]
    assert read(false + encode(REQUEST), reader) == []
    assert good(reader.handle_timer(0.5)) == [REQUEST]


def test_the_closing_flag_is_not_shared_across_a_pause_or_our_own_turn() -> None:
    for end in ("pause", "turn"):
        reader = FrameReader()
        assert read(encode(REQUEST), reader) == [REQUEST]
        if end == "pause":
            reader.handle_timer(0.5)
        else:
            reader.turn()
        assert read(encode(REQUEST)[1:], reader) == []
        reader.handle_timer(0.5)
        assert read(encode(REQUEST), reader) == [REQUEST]


def test_our_own_turn_forgets_no_opening_flag() -> None:
    reader = FrameReader()
    read(encode(REQUEST) + b"\x7e", reader)
    reader.turn()
    assert read(encode(REQUEST)[1:], reader) == [REQUEST]


def test_A01_lengths_that_lie_are_no_frames() -> None:
    for length in (0, 1, 6, len(SNRM) - 3, len(SNRM) - 1, 2047):
        head = (0xA000 | length).to_bytes(2, "big")
        body = head + SNRM[3:-3]
        bad = b"\x7e" + body + fcs16(body).to_bytes(2, "little") + b"\x7e"
        reader = FrameReader()
        assert good(read(bad, reader)) == []
        assert good(reader.handle_timer(0.5)) == []
        assert read(SNRM, reader) == [SNRM_FRAME]


def test_A01_2047_promised_and_3_octets_sent() -> None:
    reader = FrameReader()
    assert read(b"\x7e\xa7\xff\x03", reader) == []
    assert good(read(SNRM, reader)) == [SNRM_FRAME]


def test_A04_flags_without_end_fill_no_memory() -> None:
    reader = FrameReader()
    start = time.process_time()
    for _ in range(100):
        assert read(b"\x7e" * 10_000, reader) == []
    assert time.process_time() - start < 1.0
    assert not reader.is_inside_frame
    assert read(SNRM[1:], reader) == [SNRM_FRAME]


def test_A04_an_address_without_end_bit_is_no_frame() -> None:
    body = b"\xa0\x0c" + b"\x02" * 8
    endless = b"\x7e" + body + fcs16(body).to_bytes(2, "little") + b"\x7e"
    assert reasons(read(endless)) == ["address"]
    assert read(SNRM) == [SNRM_FRAME]


@given(st.binary(max_size=400) | st.lists(st.sampled_from([0x7E, 0xA0, 0xA7, 0xFF, 3, 0x10]), max_size=400).map(bytes))
def test_any_octets_are_frames_or_none_in_bounded_memory(data: bytes) -> None:
    reader = FrameReader()
    found = read(data, reader)
    assert all(encode(frame)[1:] in data for frame in good(found) if frame.information)
    reader.handle_timer(1.0)
    assert not reader.is_inside_frame


def test_a_stream_of_false_openings_takes_time_in_proportion_to_its_length() -> None:
    lie = bytes.fromhex("a7ff032110")
    hostile = (b"\x7e" + lie + fcs16(lie).to_bytes(2, "little")) * 8000
    start = time.process_time()
    assert good(read(hostile)) == []
    assert time.process_time() - start < 3.0
