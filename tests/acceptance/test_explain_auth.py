"""`dlmskit explain-auth` as a user calls it."""

from __future__ import annotations

from pathlib import Path

from tests.acceptance.running import run
from tests.unit.explain import conversation

RIGHT = ("--ek", conversation.EK.hex(), "--ak", conversation.AK.hex())
EXCHANGED = ("--ek", conversation.AK.hex(), "--ak", conversation.EK.hex())
LINES = conversation.gmac()


def test_with_the_right_keys_everything_fits(tmp_path: Path) -> None:
    ended = run(tmp_path, "explain-auth", "-", *RIGHT, stdin=LINES)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.rstrip().endswith("everything fits")
    assert max(map(len, ended.out.splitlines())) <= 80


def test_exchanged_keys_are_named_and_no_key_is_shown(tmp_path: Path) -> None:
    capture = tmp_path / "capture.txt"
    capture.write_bytes(LINES)
    ended = run(tmp_path, "explain-auth", str(capture), *EXCHANGED)
    assert ended.status == 1
    assert "the encryption key and the authentication key are exchanged: mends" in ended.out
    for key in (conversation.EK, conversation.AK):
        assert key.hex() not in ended.out.lower()


def test_json_is_a_step_a_line_and_then_what_follows(tmp_path: Path) -> None:
    ended = run(tmp_path, "explain-auth", "-", *EXCHANGED, "--json", stdin=LINES)
    *steps, end = ended.records
    assert {step["state"] for step in steps} >= {"note", "wrong"}
    assert end["fits"] is False
    assert end["suggestions"][0]["id"] == "keys-exchanged"  # type: ignore[index]


def test_wrong_usage_is_said(tmp_path: Path) -> None:
    nothing = run(tmp_path, "explain-auth", "-")
    assert nothing.status in (1, 2)
    assert "dlmskit:" in nothing.last_line
    title = run(tmp_path, "explain-auth", "-", "--client-title", "00", stdin=LINES)
    assert (title.status, "8 octets" in title.last_line) == (2, True)
