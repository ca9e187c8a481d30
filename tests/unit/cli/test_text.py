from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.cli.text import fold, harmless_json, pad, printable, width_of

STEERING = "\x1b[2J\x07\x9b1m\u202e\u200b\u2028"


def test_what_could_steer_a_terminal_is_escaped() -> None:
    assert printable("m³ \x1b[31mred") == "m³ \\x1b[31mred"
    assert printable(STEERING).isascii()


@given(st.text())
def test_any_text_becomes_printable(text: str) -> None:
    assert printable(text).isprintable()


@given(st.text())
def test_harmless_json_says_the_same_without_steering(text: str) -> None:
    line = harmless_json(json.dumps({"text": text}, ensure_ascii=False))
    assert json.loads(line) == {"text": text}
    assert line.isprintable()


@given(st.text(alphabet="ab ³漢 "), st.integers(8, 40))
def test_folded_lines_fit_and_lose_nothing_but_spaces(text: str, width: int) -> None:
    lines = list(fold(text, width))
    assert all(width_of(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


@pytest.mark.parametrize(("text", "padded"), [("ab", "ab  "), ("漢", "漢  "), ("abcde", "abcde")])
def test_padding_counts_columns(text: str, padded: str) -> None:
    assert pad(text, 4) == padded
