"""A77: keys that protect nothing are found, keys that are drawn are not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.security.hygiene import examine, is_published_password, key_problem
from dlmskit.security.keys import KeyRole

ONE, TWO = b"DKT00001", b"DKT00002"
DRAWN = bytes.fromhex("8a5f3be1907c42d6f01be3724dc9a5e8")
OTHER = bytes.fromhex("17b0c4e95d2f8a6340e1d7f29c38ab56")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        (bytes(range(16)), "published"),
        (bytes(range(0xD0, 0xE0)), "published"),
        (bytes(range(0xD0, 0xF0)), "published"),
        (bytes(16), "few different octets"),
        (b"\xab\xcd" * 8, "few different octets"),
        (bytes(range(3, 19)), "counts"),
        (bytes(range(200, 184, -1)), "counts"),
        (b"OurSecretKey2026", "is text"),
    ],
)
def test_A77_a_poor_key_is_found(key: bytes, words: str) -> None:
    assert words in str(key_problem(key))
    assert key_problem(DRAWN) is None
    assert [(one.titles, one.role) for one in examine({ONE: {KeyRole.ENCRYPTION: key}})] == [
        ((ONE,), KeyRole.ENCRYPTION)
    ]


def test_A77_one_key_for_many_meters_is_found() -> None:
    apart = {ONE: {KeyRole.ENCRYPTION: DRAWN}, TWO: {KeyRole.ENCRYPTION: OTHER}}
    assert examine(apart) == []
    shared = {title: {KeyRole.ENCRYPTION: DRAWN} for title in (ONE, TWO)}
    (found,) = examine(shared)
    assert (found.titles, found.role, found.problem) == ((ONE, TWO), KeyRole.ENCRYPTION, "is shared by 2 meters")
    assert examine({title: {KeyRole.BROADCAST: DRAWN} for title in (ONE, TWO)}) == [], "it is meant to be shared"
    assert len(examine({ONE: {KeyRole.BROADCAST: DRAWN}, TWO: {KeyRole.ENCRYPTION: DRAWN}})) == 1


def test_A77_one_key_in_two_roles_is_found() -> None:
    (found,) = examine({ONE: {KeyRole.ENCRYPTION: DRAWN, KeyRole.AUTHENTICATION: DRAWN}})
    assert found.problem == "is also the authentication key"


def test_A77_a_finding_never_shows_the_key() -> None:
    for key in (bytes(range(16)), b"OurSecretKey2026"):
        shown = repr(examine({ONE: {KeyRole.ENCRYPTION: key}, TWO: {KeyRole.ENCRYPTION: key}}))
        assert key.hex() not in shown
        assert repr(key)[2:-1] not in shown


def test_A77_passwords_as_delivered_are_known() -> None:
    assert is_published_password(b"12345678")
    assert is_published_password(b"Gurux")
    assert not is_published_password(b"k7#pWq91")


@given(st.binary(min_size=16, max_size=16))
def test_a_key_is_judged_without_fail(key: bytes) -> None:
    assert key_problem(key) is None or key_problem(key)
