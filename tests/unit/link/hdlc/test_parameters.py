"""Link parameters: their octets, what both sides agree on, and fields that lie."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import RemoteProtocolError, UsageError
from dlmskit.link.hdlc.parameters import DEFAULTS, HdlcParameters, HdlcSettings, agree, decode, encode

lengths, windows = st.integers(1, 2030), st.integers(1, 7)
parameters = st.builds(HdlcParameters, lengths, lengths, windows, windows)

UA = bytes.fromhex("8180140502 00ef 0602 00ef 0704 00000001 0804 00000001")  # from a real meter


def test_lengths_take_one_octet_where_they_fit_and_windows_four() -> None:
    assert encode(DEFAULTS).hex() == "8180120501800601800704000000010804" + "00000001"
    assert encode(HdlcParameters(2030, 255, 7, 1)).hex() == "818013050207ee0601ff0704000000070804" + "00000001"


@given(parameters)
def test_parameters_come_back_from_their_octets(wanted: HdlcParameters) -> None:
    assert decode(encode(wanted)) == wanted


def test_a_meter_s_answer_and_an_empty_field() -> None:
    assert decode(UA) == HdlcParameters(239, 239, 1, 1)
    assert decode(b"") == DEFAULTS


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("8180 03 050180", HdlcParameters()),
        ("8180 03 080102", HdlcParameters(window_rx=2)),
        ("8180 06 0504 000007ee", HdlcParameters(max_info_tx=2030)),
        ("8180 00", HdlcParameters()),
        ("81", HdlcParameters()),
        ("8180 04 0602 ffff", HdlcParameters(max_info_rx=2030)),
        ("8180 03 0701ff", HdlcParameters(window_tx=7)),
        ("8180 06 090100 050140", HdlcParameters(max_info_tx=64)),
        ("81 f0 02 0102 80 03 050140", HdlcParameters(max_info_tx=64)),
    ],
)
def test_what_is_left_out_unknown_or_too_high(field: str, expected: HdlcParameters) -> None:
    assert decode(bytes.fromhex(field)) == expected


@given(parameters, parameters)
def test_both_sides_agree_on_the_same_and_never_on_more(client: HdlcParameters, server: HdlcParameters) -> None:
    answer = agree(server, client)
    settled = agree(client, answer)
    assert (settled.max_info_tx, settled.window_tx) == (answer.max_info_rx, answer.window_rx)
    assert (settled.max_info_rx, settled.window_rx) == (answer.max_info_tx, answer.window_tx)
    assert settled.max_info_tx <= min(client.max_info_tx, server.max_info_rx)
    assert settled.window_rx <= min(client.window_rx, server.window_tx)


@pytest.mark.parametrize(
    "field",
    [
        "8180 14 0502 00ef",  # the group is longer than the field
        "8180 02 050180",  # the group ends inside a parameter
        "8180 04 050380 00",  # a value ends beyond the group
        "8180 01 05",
        "8180",
        "8080 00",
        "8180 06 050180 050180",  # twice
        "8180 02 0500",  # no octets
        "8180 07 0505 0000000080",  # five octets
        "8180 03 050100",  # no information at all
        "8180 06 0704 00000000",  # window 0
        "8180 03 050180 ff",  # something behind
    ],
)
def test_A03_a_field_that_lies_is_a_clean_error(field: str) -> None:
    with pytest.raises(RemoteProtocolError):
        decode(bytes.fromhex(field))


def test_A03_a_field_of_one_octet_a_frame_is_lawful() -> None:
    assert decode(bytes.fromhex("8180 06 050101 060101")) == HdlcParameters(1, 1)


@given(st.binary(max_size=40) | st.binary(max_size=30).map(lambda tail: b"\x81\x80" + bytes((len(tail),)) + tail))
def test_A03_any_octets_are_parameters_within_the_bounds_or_a_clean_error(field: bytes) -> None:
    try:
        found = decode(field)
    except RemoteProtocolError:
        return
    assert 1 <= min(found.max_info_tx, found.max_info_rx) <= max(found.max_info_tx, found.max_info_rx) <= 2030
    assert 1 <= min(found.window_tx, found.window_rx) <= max(found.window_tx, found.window_rx) <= 7


@pytest.mark.parametrize("wrong", [{"max_info_tx": 0}, {"max_info_rx": 2031}, {"window_tx": 8}, {"window_rx": 0}])
def test_settings_out_of_range_are_a_usage_error(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        HdlcSettings(**wrong)  # type: ignore[arg-type]
