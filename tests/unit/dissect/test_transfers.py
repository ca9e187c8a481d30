"""Segments and blocks put together: in order, once, within bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.apdu.transfer import GeneralBlockTransfer
from dlmskit.dissect import DissectLimits, Found, decode
from dlmskit.errors import LimitExceeded
from dlmskit.link.hdlc.frames import Frame, encode
from tests.unit.dissect.pushes import (
    KEYS,
    LLC,
    PUSH,
    SIMPLE,
    TITLE,
    blocks,
    ciphered,
    ui_frame,
)  # fmt: skip
from tests.unit.link.test_mbus_frames import long_frame

PARTS = [LLC + PUSH[:10], PUSH[10:20], PUSH[20:]]


def segments(parts: list[bytes], numbers: list[int] | None = None, source: bytes = b"\x03") -> list[bytes]:
    """I frames, numbered if numbers are given, else UI frames."""
    return [
        encode(Frame(b"\x21", source, 0x13 if numbers is None else numbers[at] << 1 | 0x10, part, at < len(parts) - 1))
        for at, part in enumerate(parts)
    ]


def octets(found: list[Found]) -> list[bytes | None]:
    return [one.octets for one in found if one.error is None]


@pytest.mark.parametrize("numbers", [None, [0, 1, 2], [6, 7, 0]])
def test_P3_segments_are_put_together_with_the_llc_header_in_the_first_only(numbers: list[int] | None) -> None:
    (found,) = decode(b"".join(segments(PARTS, numbers)))
    assert (found.octets, found.error) == (PUSH, None)
    assert isinstance(found.frame, Frame)
    assert found.frame.information == PARTS[0]


def test_a_repeated_segment_counts_once() -> None:
    first, second, third = segments(PARTS, [0, 1, 2])
    assert octets(decode(first + second + second + third)) == [PUSH]


def test_a_missing_segment_gives_the_transfer_up_and_shows_what_had_come() -> None:
    first, _, third = segments(PARTS, [0, 1, 2])
    lone, broken, whole = decode(first + third + b"".join(segments(PARTS, [3, 4, 5])))
    assert lone.error is not None
    assert broken.name == "data-notification"
    assert broken.octets == PARTS[0][3:]
    assert broken.error is not None
    assert (whole.octets, whole.error) == (PUSH, None)


def test_segments_that_never_end_are_told_at_the_end() -> None:
    (found,) = decode(b"".join(segments(PARTS)[:2]))
    assert found.date_time is not None
    assert found.error is not None
    assert "without end after 2" in found.error.message


def test_segments_of_several_stations_do_not_mix() -> None:
    ours, theirs = segments(PARTS, [0, 1, 2]), segments(PARTS, [4, 5, 6], source=b"\x05")
    mixed = b"".join(frame for pair in zip(ours, theirs, strict=True) for frame in pair)
    assert octets(decode(mixed)) == [PUSH, PUSH]


def test_a_repetition_by_the_other_end_with_the_same_address_is_no_segment() -> None:
    first, second, third = segments(PARTS, [7, 0, 1], source=b"\x21")
    repeated = encode(Frame(b"\x21", b"\x21", 0x10, b"\xe6\xe6\x00" + PUSH))
    assert octets(decode(first + repeated + second + third)) == [PUSH, PUSH]


def test_P4_blocks_in_a_frame_each_are_put_together() -> None:
    first, *rest = blocks(PUSH, 9)
    (found,) = decode(ui_frame(LLC + first) + b"".join(map(ui_frame, rest)))
    assert (found.octets, found.value, found.error) == (PUSH, SIMPLE, None)


def test_P5_ciphering_that_begins_inside_the_first_block_is_opened_behind_the_last() -> None:
    sent = b"".join(map(ui_frame, blocks(ciphered(PUSH), 16)))
    (found,) = decode(sent, KEYS)
    assert (found.octets, found.error) == (PUSH, None)
    assert found.security is not None
    assert (found.security.tag, found.security.system_title) == ("verified", TITLE)
    (shut,) = decode(sent)
    assert shut.name == "general-glo-ciphering"


def test_a_transfer_begun_anew_gives_up_the_one_before() -> None:
    first, second, *rest = map(ui_frame, blocks(PUSH, 9))
    other = list(map(ui_frame, blocks(PUSH[:-1] + b"\x07", 9)))
    found = decode(first + second + b"".join(other))
    assert octets(found) == [PUSH[:-1] + b"\x07"]
    assert octets(decode(first + second + b"".join(rest))) == [PUSH]


@pytest.mark.parametrize("order", [[0, 1, 3, 2], [0, 2], [1, 2, 3], [0, 1, 1, 3, 2], [3]])
def test_blocks_out_of_order_make_no_message(order: list[int]) -> None:
    frames = list(map(ui_frame, blocks(PUSH, 9)))
    assert len(frames) == 4
    assert octets(decode(b"".join(frames[at] for at in order))) == []
    assert octets(decode(b"".join(frames))) == [PUSH]


def test_a_repeated_block_counts_once() -> None:
    frames = [frame for frame in map(ui_frame, blocks(PUSH, 9)) for _ in range(2)]
    assert octets(decode(b"".join(frames[:-1]))) == [PUSH]


def test_a_block_that_only_acknowledges_is_shown_as_it_is() -> None:
    acknowledgement = GeneralBlockTransfer(0x80, 1, 3)
    (found,) = decode(acknowledgement.to_bytes())
    assert found.apdu == acknowledgement


def test_blocks_inside_blocks_are_not_followed() -> None:
    nested = PUSH
    for _ in range(50):
        (nested,) = blocks(nested, len(nested))
    (found,) = decode(nested)
    assert found.name == "general-block-transfer"


def test_P7_P8_m_bus_segments_are_put_together_whatever_their_length() -> None:
    long = ciphered(PUSH)
    data = long_frame(0x00, b"\x01\x67" + long[:20]) + long_frame(0x11, b"\x01\x67" + long[20:])
    assert octets(decode(data, KEYS)) == [PUSH]
    (alone,) = decode(long_frame(0x11, b"\x01\x67" + long[20:]))
    assert alone.error is not None


def test_transfers_are_bounded_in_size_and_number() -> None:
    limits = DissectLimits(transfer_octets=15)
    found, *_ = decode(b"".join(segments([LLC + PUSH[:20], PUSH[20:]])), limits=limits)
    assert isinstance(found.error, LimitExceeded)
    begun = b"".join(segments(PARTS, source=bytes((2 * at + 1,)))[0] for at in range(20))
    found_all = decode(begun, limits=DissectLimits(transfers=4))
    assert len(found_all) == 20
    assert sum("more than 4" in str(one.error) for one in found_all) == 16


@given(size=st.integers(1, 60), segment=st.integers(1, 60))
def test_any_cut_into_blocks_and_segments_says_the_same(size: int, segment: int) -> None:
    sent = b"".join(ui_frame(block) for block in blocks(ciphered(PUSH), size))
    assert octets(decode(sent, KEYS)) == [PUSH]
    whole = LLC + PUSH
    parts = [whole[at : at + segment] for at in range(0, len(whole), segment)]
    if segment >= len(LLC):  # else the header itself is cut, which no meter does
        assert octets(decode(b"".join(segments(parts)))) == [PUSH]
