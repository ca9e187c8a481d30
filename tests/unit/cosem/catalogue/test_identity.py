"""Names of meters taken apart, and who holds a FLAG id."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.cosem.catalogue.identity import (
    IdisIdentity,
    ItalianIdentity,
    identity,
    idis_name,
    idis_title,
    italian_title,
)
from dlmskit.cosem.catalogue.makers import maker


@pytest.mark.parametrize(
    ("name", "flag", "holder", "rest"),
    [
        (b"LGZ1030655933512", "LGZ", "Landis", "1030655933512"),  # a logical device name
        (bytes.fromhex("49534b6974ac008f"), "ISK", "Iskra", "6974ac008f"),  # titles as meters have sent them
        (bytes.fromhex("4b464d102002c8f5"), "KFM", "Kaifa", "102002c8f5"),
        (b"DKT0000000000001", "DKT", None, "0000000000001"),
        (b"\x01\x02\x03\x04", "", None, "01020304"),
        (b"", "", None, ""),
    ],
)
def test_a_name_is_taken_apart(name: bytes, flag: str, holder: str | None, rest: str) -> None:
    found = identity(name)
    assert (found.flag, found.rest) == (flag, rest)
    assert (holder or "") in (found.maker.name + str(found.maker.family) if found.maker else "")
    assert (found.maker is None) == (holder is None)


@given(st.binary(max_size=20))
def test_any_octets_are_told(name: bytes) -> None:
    assert isinstance(str(identity(name)), str)
    assert str(identity(name)).isprintable()


def test_idis_names_and_titles_say_the_same() -> None:
    assert idis_title(bytes.fromhex("49534b6974ac008f")) == IdisIdentity(105, 7, 0x4AC008F)
    assert idis_name(b"ISK1050778381199") == IdisIdentity(105, 7, 78381199)
    assert idis_title(b"ISK") is None
    assert idis_name(b"ISK10507783811") is None
    assert idis_name(b"ISK105077838119x") is None


def test_an_italian_title_is_the_address_of_m_bus() -> None:
    assert italian_title(bytes.fromhex("2d2c785634120102")) == ItalianIdentity("KAM", "020112345678")
    assert italian_title(bytes.fromhex("2dac785634120102")) is None  # a sixteenth bit
    assert italian_title(bytes.fromhex("0000785634120102")) is None
    assert italian_title(b"KAM") is None


def test_a_maker_is_found_in_either_case_and_may_be_unlisted() -> None:
    assert maker("kam") == maker("KAM")
    assert maker("KAM") is not None
    assert maker("???") is None
