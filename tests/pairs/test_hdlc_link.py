"""Two HDLC links against each other: every size, window and chunking, and over a line that loses frames."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import Timeout
from dlmskit.link.events import LinkDown
from dlmskit.link.hdlc.connection import HdlcSettings
from dlmskit.link.hdlc.frames import Frame, FrameReader, encode
from tests.support.hdlc_pair import CLIENT, Damage, Pair

sizes = st.sampled_from([5, 32, 128, 300, 2030])
windows = st.integers(1, 7)
sides = st.builds(HdlcSettings, max_info_tx=sizes, max_info_rx=sizes, window_tx=windows, window_rx=windows)
FATES = ["pass", "pass", "pass", "pass", "drop", "garble", "repeat", "hold"]
# No APDU begins like an LLC header.
octets = st.binary(min_size=1, max_size=700).filter(lambda apdu: apdu[0] != 0xE6)
apdus = st.lists(octets, min_size=1, max_size=4)


@given(sides, sides, apdus)
def test_apdus_of_any_size_come_whole_whatever_the_parameters(
    client: HdlcSettings, server: HdlcSettings, wanted: list[bytes]
) -> None:
    pair = Pair(client, server)
    pair.connect()
    for apdu in wanted:
        assert pair.ask(apdu) == [apdu]
    assert pair.received("server") == wanted
    assert pair.now < 5.0  # nobody waited for a time-out


@given(sides, st.lists(st.integers(1, 40), min_size=1, max_size=6))
def test_the_chunks_do_not_matter(settings: HdlcSettings, chunks: list[int]) -> None:
    def cut(data: bytes) -> Iterator[bytes]:
        at, turn = 0, 0
        while at < len(data):
            size = chunks[turn % len(chunks)]
            yield data[at : at + size]
            at, turn = at + size, turn + 1

    pair, plain = Pair(settings, settings, damage=cut), Pair(settings, settings)
    for each in (pair, plain):
        each.connect()
        assert each.ask(bytes(range(256)) * 2) == [bytes(range(256)) * 2]
    assert pair.sent == plain.sent


def damaging(draw: st.DataObject, most: int) -> Damage:
    """A line that drops, garbles, repeats or holds back single frames, at most `most` in all; order is kept."""
    left = [most]
    held: dict[bytes, list[bytes]] = {}

    def damage(data: bytes) -> Iterator[bytes]:
        for frame in FrameReader().receive(data, 0.0):
            assert isinstance(frame, Frame)
            octets = encode(frame)
            what = draw.draw(st.sampled_from(FATES)) if left[0] else "pass"
            left[0] -= what != "pass"
            if what == "garble":
                at = draw.draw(st.integers(0, len(octets) - 1))
                octets = octets[:at] + bytes((octets[at] ^ 1 << draw.draw(st.integers(0, 7)),)) + octets[at + 1 :]
            if what == "hold":
                held.setdefault(frame.source, []).append(octets)
                continue
            yield from held.pop(frame.source, [])
            if what != "drop":
                yield octets
            if what == "repeat":
                yield octets

    return damage


@given(st.data(), sides, sides, apdus, st.booleans())
def test_over_a_line_that_damages_frames_apdus_come_once_and_in_order_or_the_link_goes_down(
    data: st.DataObject, client: HdlcSettings, server: HdlcSettings, wanted: list[bytes], late: bool
) -> None:
    pair = Pair(client, server, handler=lambda apdu: ([b"re " + apdu], late), damage=damaging(data, 40))
    pair.connect()
    asked, got = [], []
    for number, apdu in enumerate(wanted):
        if not pair.client.is_up:
            break
        asked.append(bytes((number,)) + apdu)
        got += pair.ask(asked[-1])
    downs = [event for event in pair.at_client if isinstance(event, LinkDown)]
    assert pair.received("server") == asked[: len(pair.received("server"))]
    assert got == [b"re " + apdu for apdu in asked][: len(got)]
    if not downs:
        assert len(got) == len(wanted)
    else:
        assert isinstance(downs[0].error, Timeout)


@given(st.data(), sides, sides, st.binary(min_size=200, max_size=600), st.booleans())
def test_a_few_damaged_frames_never_bring_the_link_down(
    data: st.DataObject, client: HdlcSettings, server: HdlcSettings, apdu: bytes, late: bool
) -> None:
    pair = Pair(client, server, handler=lambda apdu: ([apdu], late), damage=damaging(data, 3))
    pair.connect()
    for number in range(3):
        assert pair.ask(bytes((number,)) + apdu) == [bytes((number,)) + apdu]
    assert not [event for event in pair.at_client if isinstance(event, LinkDown)]


def test_after_a_late_answer_the_line_is_not_doubled_for_good() -> None:
    """The client repeats because the meter is slow, and so gets two answers; then it is one frame each way again."""
    kept: list[bytes] = []
    answers = 0

    def two_answers_late(data: bytes) -> Iterator[bytes]:
        nonlocal answers
        if data[3:4] == CLIENT.to_bytes():
            answers += 1
            if answers in (2, 3):  # the first was UA
                yield from kept
                kept[:] = [data]
                return
            yield from kept
            kept.clear()
        yield data

    pair = Pair(damage=two_answers_late)
    pair.connect()
    for number in range(4):
        assert pair.ask(bytes((number,))) == [bytes((number,))]
    assert pair.now > 5.0
    pair.sent.clear()
    assert pair.ask(b"again") == [b"again"]
    assert [(name, len(FrameReader().receive(octets, 0.0))) for name, octets in pair.sent] == [("C", 1), ("S", 1)]
