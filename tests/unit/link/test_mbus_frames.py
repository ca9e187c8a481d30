"""M-Bus long frames: segments, headers, lengths modulo 256, damage."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.link.hdlc.frames import BadFrame
from dlmskit.link.mbus.frames import MbusFrame, frames


def long_frame(ci: int, data: bytes, control: int = 0x53, address: int = 0xFF) -> bytes:
    body = bytes((control, address, ci)) + data
    size = len(body) & 0xFF
    return bytes((0x68, size, size, 0x68)) + body + bytes((sum(body) & 0xFF, 0x16))


def test_a_segment_says_its_number_and_whether_it_is_the_last() -> None:
    (first,) = frames(long_frame(0x00, b"\x01\x67\xc0\x01"))
    (last,) = frames(long_frame(0x11, b"\x01\x67\xc1"))
    assert first == MbusFrame(0x53, 0xFF, 0x00, b"\x01\x67\xc0\x01")
    assert (first.sequence, first.is_final, first.payload) == (0, False, b"\xc0\x01")  # type: ignore[union-attr]
    assert (last.sequence, last.is_final, last.payload) == (1, True, b"\xc1")  # type: ignore[union-attr]


@pytest.mark.parametrize(("ci", "header"), [(0x60, 12), (0x61, 4), (0x7C, 12), (0x7D, 4)])
def test_the_header_of_other_layers_stands_before_the_saps(ci: int, header: int) -> None:
    (frame,) = frames(long_frame(ci, bytes(header) + b"\x10\x01\xc0\x01"))
    assert isinstance(frame, MbusFrame)
    assert (frame.payload, frame.is_final, frame.sequence) == (b"\xc0\x01", True, 0)


def test_a_frame_of_another_layer_carries_no_dlms() -> None:
    (frame,) = frames(long_frame(0x72, b"\x01\x02\x03\x04"))
    assert isinstance(frame, MbusFrame)
    assert frame.payload == b""


@pytest.mark.parametrize("size", [252, 253, 254, 260, 500, 900])
def test_a_length_sent_modulo_256_is_told_from_checksum_and_stop(size: int) -> None:
    data = bytes((n * 7) & 0xFF for n in range(size))
    assert list(frames(long_frame(0x10, data))) == [MbusFrame(0x53, 0xFF, 0x10, data)]


def test_short_frames_and_noise_around_are_passed_over() -> None:
    good = long_frame(0x10, b"\x01\x67\xc0")
    assert (
        list(frames(b"\x10\x40\x01\x41\x16" + good + b"\x00\x68\x01" + good))
        == [MbusFrame(0x53, 0xFF, 0x10, b"\x01\x67\xc0")] * 2
    )


def test_a_wrong_checksum_and_a_missing_end_are_told() -> None:
    good = long_frame(0x10, b"\x01\x67\xc0")
    flipped = good[:8] + bytes((good[8] ^ 1,)) + good[9:]
    assert list(frames(flipped)) == [BadFrame("checksum", flipped)]
    assert list(frames(good[:-1])) == [BadFrame("unfinished", good[:-1])]
    assert list(frames(flipped + good))[1:] == list(frames(good))


@given(octets=st.binary(max_size=300), data=st.binary(min_size=2, max_size=600))
def test_any_octets_give_frames_and_a_frame_behind_noise_is_found(octets: bytes, data: bytes) -> None:
    for found in frames(octets):
        assert isinstance(found, MbusFrame | BadFrame)
    noise = octets.replace(b"\x68", b"")
    assert list(frames(noise + long_frame(0x10, data))) == [MbusFrame(0x53, 0xFF, 0x10, data)]
