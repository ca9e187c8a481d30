from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import UsageError
from dlmskit.obis import Obis, as_obis

CODES = st.binary(min_size=6, max_size=6).map(Obis)


@pytest.mark.parametrize("text", ["1.0.1.8.0.255", "1-0:1.8.0*255", "1-0:1.8.0.255", "1-0:1.8.0", " 1-0:1.8.0&255 "])
def test_every_usual_spelling_gives_the_same_code(text: str) -> None:
    assert Obis.parse(text) == bytes((1, 0, 1, 8, 0, 255))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.8.0",
        "1.0.1.8.0",
        "1.0.1.8.0.256",
        "1-0:1.8.999",
        "1.0.1.8.0.255.1",
        "clock",
        "-1.0.1.8.0.255",
        "\u0661.0.1.8.0.2",
    ],
)
def test_what_is_no_code_is_a_usage_error_that_shows_how_to_write_one(text: str) -> None:
    with pytest.raises(UsageError, match=r"1\.0\.1\.8\.0\.255"):
        Obis.parse(text)


@given(st.binary(max_size=20).filter(lambda octets: len(octets) != 6))
def test_another_number_of_octets_is_refused(octets: bytes) -> None:
    with pytest.raises(UsageError, match="6 octets"):
        Obis(octets)


@given(CODES)
def test_text_and_octets_both_lead_back_to_the_code(code: Obis) -> None:
    assert Obis.parse(str(code)) == code == Obis(bytes(code))
    assert pickle.loads(pickle.dumps(code)) == code
    assert repr(code) == f"Obis.parse('{code}')"
    assert f"{code:>24}" == str(code).rjust(24)


@given(CODES)
def test_a_code_equals_and_hashes_like_its_octets(code: Obis) -> None:
    octets = bytes(code)
    assert type(octets) is bytes
    assert {code: 1}[octets] == 1  # type: ignore[index]
    assert (code.a, code.b, code.c, code.d, code.e, code.f) == tuple(octets)


def test_as_obis_takes_any_form() -> None:
    code = Obis.parse("0.0.1.0.0.255")
    assert as_obis(code) is code
    assert as_obis("0-0:1.0.0") == as_obis(b"\x00\x00\x01\x00\x00\xff") == code


def test_a_code_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Obis.parse("0.0.1.0.0.255").g = 1  # type: ignore[attr-defined]
