"""`decode`: hex, files and stdin; what is protected, what is damaged."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.running import AK, EK, Ended

Dlmskit = Callable[..., Ended]
RESPONSE = "c401c1000600001391"
REQUEST = "c001c100080000010000ff0200"
#: The standard's example of a protected request: Green Book, system title MMM 00 00 BC 61 4E.
PROTECTED = "db084d4d4d0000bc614e1e3001234567411312ff935a47566827c467bc7d825c3be4a77c3fcc056b6b"
RECORD = {
    "framing": "apdu",
    "apdu": "get-response-normal",
    "apdu_hex": RESPONSE,
    "security": None,
    "layers": [],
    "date_time": None,
    "value": {"double-long-unsigned": 5009},
    "readings": [],
    "error": None,
}


def promised(record: dict[str, object]) -> dict[str, object]:
    return {name: record[name] for name in RECORD}


def test_hex_file_and_stdin_give_the_same(dlmskit: Dlmskit, tmp_path: Path) -> None:
    binary, text = tmp_path / "apdu.bin", tmp_path / "apdu.hex"
    binary.write_bytes(bytes.fromhex(RESPONSE))
    text.write_text("C4 01 C1 00\n06:00:00:13:91\n")
    ways = [
        dlmskit("decode", "--json", RESPONSE),
        dlmskit("decode", "--json", *"C4 01 C1 00 06 00 00 13 91".split()),
        dlmskit("decode", "--json", str(binary)),
        dlmskit("decode", "--json", str(text)),
        dlmskit("decode", "--json", "-", stdin=bytes.fromhex(RESPONSE)),
        dlmskit("decode", "--json", stdin=RESPONSE.encode()),
    ]
    for ended in ways:
        assert (ended.status, ended.err) == (0, "")
        assert [promised(record) for record in ended.records] == [RECORD]


@pytest.mark.parametrize(
    "content",
    [
        f"{RESPONSE[:5]}\n{RESPONSE[5:]}\n".encode(),
        f"0x{RESPONSE}\r\n".encode("utf-8-sig"),
        f"{RESPONSE}\r\n".encode("utf-16"),
    ],
    ids=["wrapped within an octet", "UTF-8 mark", "UTF-16"],
)
def test_hex_as_editors_and_shells_leave_it(dlmskit: Dlmskit, tmp_path: Path, content: bytes) -> None:
    text = tmp_path / "apdu.hex"
    text.write_bytes(content)
    ended = dlmskit("decode", "--json", str(text))
    assert [promised(record) for record in ended.records] == [RECORD]


@pytest.mark.parametrize(
    "log",
    [
        "(V) APDU:\n(V) C4 01 C1 00\n(V) 06 00  00 13 91 \n",
        "[16:58:09.396][VV][meter:030]: C401C100\n[16:58:09.399][D][uart:114]: <<< 06:00:00:13:91\n",
        "14:26:17.366 -> C401C100\n14:26:17.371 -> 0600001391\n",
        "RX: C4 01 C1 00 06 00 00 13 91\n",
        "started\nc401c100 // a response\n    0600001391 // 5009\n",
    ],
    ids=["letters", "brackets", "times", "direction", "comments"],
)
def test_octets_are_found_in_a_log(dlmskit: Dlmskit, tmp_path: Path, log: str) -> None:
    text = tmp_path / "meter.log"
    text.write_text(log)
    ended = dlmskit("decode", "--json", str(text))
    assert (ended.status, [promised(record) for record in ended.records]) == (0, [RECORD])


def test_a_text_without_octets_is_taken_as_it_is(dlmskit: Dlmskit) -> None:
    ended = dlmskit("decode", "--json", stdin=b"nothing was received\n")
    assert (ended.status, [record["apdu_hex"] for record in ended.records]) == (1, [b"nothing was received\n".hex()])


def test_half_an_octet_in_a_file_is_told_as_that(dlmskit: Dlmskit, tmp_path: Path) -> None:
    text = tmp_path / "apdu.hex"
    text.write_text("c40")
    ended = dlmskit("decode", str(text))
    assert (ended.status, ended.last_line) == (2, "dlmskit: 'c40' is no whole number of octets in hex")


def test_lines_of_bare_apdus_are_apdus_of_their_own(dlmskit: Dlmskit) -> None:
    ended = dlmskit("decode", "--json", stdin=f"{REQUEST}\n{RESPONSE}\n".encode())
    assert [record["apdu"] for record in ended.records] == ["get-request-normal", "get-response-normal"]


@pytest.mark.parametrize(
    ("keys", "tag", "apdu"),
    [
        ((), "no-key", "general-glo-ciphering"),
        (("--ek", EK, "--ak", AK), "verified", "get-request-normal"),
        (("--ek", EK), "unchecked", "get-request-normal"),
    ],
)
def test_a_protected_apdu_with_and_without_keys(dlmskit: Dlmskit, keys: tuple[str, ...], tag: str, apdu: str) -> None:
    ended = dlmskit("decode", "--json", PROTECTED, *keys)
    assert ended.status == 0, ended.err
    (record,) = ended.records
    assert record["apdu"] == apdu
    assert record["security"] == {
        "service": "general-glo-ciphering",
        "system_title": "4d4d4d0000bc614e",
        "control": 0x30,
        "suite": 0,
        "invocation_counter": 0x01234567,
        "tag": tag,
    }


def test_a_wrong_key_shows_nothing(dlmskit: Dlmskit) -> None:
    ended = dlmskit("decode", "--json", PROTECTED, "--ek", AK, "--ak", EK)
    assert ended.status == 1
    security = ended.records[0]["security"]
    assert isinstance(security, dict) and security["tag"] == "wrong"
    assert ended.records[0]["value"] is None
    assert ended.err.startswith("dlmskit: 1 of 1 could not be decoded: ") and EK not in ended.err


def test_for_people_it_explains(dlmskit: Dlmskit) -> None:
    ended = dlmskit("decode", REQUEST)
    assert ended.out.splitlines() == [
        "get-request-normal",
        "  framing                 apdu",
        "  invoke id and priority  1, confirmed, high priority",
        "  attribute               8:0.0.1.0.0.255/2 (Clock, time)",
    ]
    protected = dlmskit("decode", PROTECTED)
    words = " ".join(protected.out.split())
    assert "4d4d4d0000bc614e (MMM)" in words and "give --ek" in words
    assert max(map(len, protected.out.splitlines())) <= 80


def test_damaged_octets_are_one_line_and_status_1(dlmskit: Dlmskit) -> None:
    ended = dlmskit("decode", "7ea00703419305de7e")
    assert ended.status == 1
    assert "SNRM frame" in ended.out
    assert ended.err == "dlmskit: 1 of 1 could not be decoded: damaged HDLC frame: frame checksum\n"


def test_what_a_meter_sends_cannot_steer_the_terminal(dlmskit: Dlmskit) -> None:
    hostile = "c401c100" + "0a07" + b"\x1b[2Jx\x9b\n".hex()
    ended = dlmskit("decode", hostile)
    assert "\x1b" not in ended.out and "\\x1b[2Jx" in ended.out
    as_json = dlmskit("decode", "--json", hostile)
    assert "\x1b" not in as_json.out and len(as_json.records) == 1


def test_bytes_that_say_nothing_are_shown_all_the_same(dlmskit: Dlmskit) -> None:
    ended = dlmskit("decode", "--json", "ffffffff")
    assert ended.status == 1
    assert ended.records[0]["apdu"] is None and ended.records[0]["error"] is not None


def test_nothing_to_decode_is_wrong_usage(dlmskit: Dlmskit) -> None:
    ended = dlmskit("decode", "-")
    assert (ended.status, ended.out) == (2, "")
    assert ended.last_line == "dlmskit: there is nothing to decode"
