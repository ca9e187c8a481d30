"""Compact data: a buffer and its template fit, or it is said where they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.data.template import decode_with_template
from dlmskit.data.value import Tag, Value
from dlmskit.errors import DlmsError, RemoteProtocolError, UnknownTag

TEMPLATE = bytes(
    (2, 3, 17, 9, 1, 2, 2, 6, 17)
)  # structure of unsigned, octet-string, array of {double-long-unsigned, unsigned}
BUFFER = bytes.fromhex("07 02 4142 02 0000000a 01 0000000b 02")


def _row(energy: int, status: int) -> Value:
    return Value(Tag.STRUCTURE, (Value(Tag.DOUBLE_LONG_UNSIGNED, energy), Value(Tag.UNSIGNED, status)))


def test_the_types_come_from_the_template_and_the_counts_of_arrays_from_the_buffer() -> None:
    rows = Value(Tag.ARRAY, (_row(10, 1), _row(11, 2)))
    expected = Value(Tag.STRUCTURE, (Value(Tag.UNSIGNED, 7), Value(Tag.OCTET_STRING, b"AB"), rows))
    assert decode_with_template(TEMPLATE, BUFFER) == expected


def test_an_empty_array_still_uses_up_its_type() -> None:
    found = decode_with_template(bytes((2, 2, 1, 2, 2, 6, 17, 17)), bytes((0, 5)))
    assert found.value == (Value(Tag.ARRAY, ()), Value(Tag.UNSIGNED, 5))


@pytest.mark.parametrize("buffer", [BUFFER[:-1], BUFFER + b"\x00", b"", BUFFER[:4] + b"\xff" + BUFFER[5:]])
def test_A28_a_buffer_that_does_not_fit_its_template_is_refused(buffer: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_with_template(TEMPLATE, buffer)
    assert decode_with_template(TEMPLATE, BUFFER).tag == Tag.STRUCTURE


@pytest.mark.parametrize("template", [TEMPLATE[:-1], TEMPLATE + b"\x11", b"", b"\x02\xff" + TEMPLATE[2:]])
def test_A28_a_template_cut_short_or_too_long_is_refused(template: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        decode_with_template(template, BUFFER)


def test_an_unknown_type_in_the_template_is_named() -> None:
    with pytest.raises(UnknownTag, match="0x7F"):
        decode_with_template(b"\x02\x01\x7f", b"\x00")


@pytest.mark.parametrize("template", [b"\x01" * 200, b"\x02\x01" * 200, b"\x01\x02\x01" * 100])
def test_endless_nesting_is_refused_whatever_the_buffer_says(template: bytes) -> None:
    for buffer in (b"\x01" * 400, b"\x00" * 400):
        with pytest.raises(RemoteProtocolError):
            decode_with_template(template, buffer)


def test_elements_that_take_no_octets_are_bounded() -> None:
    with pytest.raises(RemoteProtocolError):
        decode_with_template(b"\x01\x00", b"\x84\xff\xff\xff\xff")


@given(st.binary(max_size=40), st.binary(max_size=60))
def test_any_octets_give_a_value_or_an_error_of_ours(template: bytes, buffer: bytes) -> None:
    try:
        found = decode_with_template(template, buffer)
    except DlmsError:
        return
    assert isinstance(found, Value)
