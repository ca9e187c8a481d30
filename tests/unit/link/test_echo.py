"""Echo taken away: in any pieces, learned from the first octets, never taken from a meter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dlmskit.link.echo import EchoFilter


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=9), st.binary(max_size=9)), max_size=5), st.integers(1, 5))
def test_an_echo_in_any_pieces_leaves_the_answers(turns: list[tuple[bytes, bytes]], size: int) -> None:
    line = EchoFilter()
    for request, answer in turns:
        line.note_sent(request)
        back = request + answer
        heard = b"".join(line.received(back[at : at + size]) for at in range(0, len(back), size))
        assert heard == answer
        assert line.is_echoing


@given(st.binary(min_size=1, max_size=9), st.integers(1, 5))
def test_a_line_without_echo_gives_everything(answer: bytes, size: int) -> None:
    line = EchoFilter()
    line.note_sent(b"\x7e\xa0\x07\x7e")
    reply = b"\x7e\xa0\x08" + answer
    heard = b"".join(line.received(reply[at : at + size]) for at in range(0, len(reply), size))
    assert heard == reply
    assert line.is_echoing is False
    line.note_sent(b"abc")
    assert line.received(b"abc") == b"abc"


def test_a_damaged_echo_is_passed_on_from_where_it_differs() -> None:
    line = EchoFilter()
    line.note_sent(b"first")
    assert line.received(b"first") == b""
    line.note_sent(b"second")
    assert line.received(b"seXond") == b"Xond"
    line.note_sent(b"third")
    assert line.received(b"third!") == b"!"
