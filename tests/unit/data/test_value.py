"""Values are equal only with an equal tag, and say what they are."""

from __future__ import annotations

import pytest

from dlmskit.data import decode
from dlmskit.data.lengths import read_length, write_length
from dlmskit.data.value import NULL, Tag, Value, type_name
from dlmskit.errors import LimitExceeded, RemoteProtocolError


def test_values_are_equal_only_with_an_equal_tag() -> None:
    assert Value(Tag.UNSIGNED, 5) == Value(17, 5)
    assert Value(Tag.UNSIGNED, 5) != Value(Tag.ENUM, 5)
    assert Value(Tag.UNSIGNED, 5) != 5
    assert Value(Tag.NULL_DATA) == NULL


def test_a_decoded_value_equals_and_hashes_like_a_made_one() -> None:
    decoded = decode(b"\x02\x02\x12\x00\x05\x09\x01a")
    made = Value(Tag.STRUCTURE, (Value(Tag.LONG_UNSIGNED, 5), Value(Tag.OCTET_STRING, b"a")))
    assert isinstance(decoded, Value)
    assert decoded == made
    assert made == decoded
    assert {decoded: "found"}[made] == "found"


def test_repr_names_the_type_as_the_standard_does() -> None:
    assert repr(Value(6, 1)) == "Value(double-long-unsigned, 1)"
    assert type_name(14) == "type 14"


@pytest.mark.parametrize("n", [0, 1, 127, 128, 255, 256, 65535, 65536, 2**24, 2**32 - 1])
def test_a_length_comes_back(n: int) -> None:
    out = bytearray()
    write_length(n, out)
    assert read_length(bytes(out), 0) == (n, len(out))
    for cut in range(len(out)):
        with pytest.raises(RemoteProtocolError) as error:
            read_length(bytes(out[:cut]), 0)
        assert error.value.offset == cut


def test_an_indefinite_or_oversized_length_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="indefinite"):
        read_length(b"\x80", 0)
    with pytest.raises(LimitExceeded):
        read_length(b"\x85\x00\x00\x00\x00\x01", 0)
