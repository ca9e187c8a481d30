"""Signatures and public keys: what is written is read, and nothing else passes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import AuthenticationFailed, DlmsError, RemoteProtocolError, UnsupportedProtection, UsageError
from dlmskit.security.agreement import content_key, exchange
from dlmskit.security.signature import draw_private, load_private, load_public, public_octets, random_octets_for, sign
from dlmskit.security.signature import verify as verify_signature
from dlmskit.security.suites import SUITES

CONTENT = b"\xc0\x01\xc1\x00\x01\x00\x00\x2a\x00\x00\xff\x02\x00"
KEYS = {suite: draw_private(bytes(range(random_octets_for(suite))), suite) for suite in (1, 2)}
PUBLIC = {suite: public_octets(key.public_key()) for suite, key in KEYS.items()}
ORDER = {
    1: 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    2: 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973,
}
suites = st.sampled_from([1, 2])


def test_one_table_holds_every_suite() -> None:
    assert {n: (s.key_size, s.curve, s.hash_name, s.pair_size) for n, s in SUITES.items()} == {
        0: (16, None, None, 0),
        1: (16, "P-256", "sha256", 64),
        2: (32, "P-384", "sha384", 96),
    }


@given(suites, st.binary(max_size=300))
def test_a_signature_proves_its_content(suite: int, content: bytes) -> None:
    signature = sign(KEYS[suite], content, suite)
    assert len(signature) == SUITES[suite].pair_size
    verify_signature(signature, content, PUBLIC[suite], suite)
    with pytest.raises(AuthenticationFailed):
        verify_signature(signature, content + b"\0", PUBLIC[suite], suite)


@pytest.mark.parametrize("suite", [1, 2])
def test_A55_numbers_out_of_range_prove_nothing(suite: int) -> None:
    size, good = SUITES[suite].coordinate_size, sign(KEYS[suite], CONTENT, suite)
    r, s, n = int.from_bytes(good[:size]), int.from_bytes(good[size:]), ORDER[suite]
    verify_signature(good, CONTENT, PUBLIC[suite], suite)
    top = (1 << size * 8) - 1
    for wrong in ((0, s), (r, 0), (0, 0), (n, s), (r, n), (top, s), (r, top), (s, r)):
        with pytest.raises(AuthenticationFailed):
            verify_signature(b"".join(x.to_bytes(size) for x in wrong), CONTENT, PUBLIC[suite], suite)
    for cut in (b"", good[:-1], good + b"\0", b"\0" + good):
        with pytest.raises(AuthenticationFailed):
            verify_signature(cut, CONTENT, PUBLIC[suite], suite)


@pytest.mark.parametrize("suite", [1, 2])
def test_A55_a_point_off_the_curve_is_no_public_key(suite: int) -> None:
    good, size = PUBLIC[suite], SUITES[suite].coordinate_size
    assert public_octets(load_public(good, suite)) == good
    zero, top = bytes(2 * size), b"\xff" * 2 * size
    for wrong in (good[:-1] + bytes((good[-1] ^ 1,)), zero, top, b"", good[:-1], good + b"\0", PUBLIC[3 - suite]):
        with pytest.raises(RemoteProtocolError):
            load_public(wrong, suite)
        with pytest.raises(RemoteProtocolError):
            exchange(KEYS[suite], wrong, suite)


def test_A55_keys_of_another_suite_are_refused() -> None:
    for suite in (1, 2):
        with pytest.raises(UsageError):
            sign(KEYS[3 - suite], CONTENT, suite)
        with pytest.raises(RemoteProtocolError):
            verify_signature(sign(KEYS[suite], CONTENT, suite), CONTENT, PUBLIC[suite], 3 - suite)
    for none in (0, 3, 15):
        with pytest.raises(UnsupportedProtection):
            sign(KEYS[1], CONTENT, none)


@given(suites, st.data())
def test_any_random_octets_give_a_private_key(suite: int, data: st.DataObject) -> None:
    size = random_octets_for(suite)
    key = draw_private(data.draw(st.binary(min_size=size, max_size=size)), suite)
    assert 0 < key.private_numbers().private_value < ORDER[suite]


@pytest.mark.parametrize("suite", [1, 2])
def test_private_keys_out_of_range_are_refused(suite: int) -> None:
    for wrong in (0, ORDER[suite], ORDER[suite] + 1):
        with pytest.raises(UsageError):
            load_private(wrong, suite)
    assert load_private(1, suite).private_numbers().private_value == 1
    with pytest.raises(UsageError):
        draw_private(b"", suite)


@given(suites, st.binary(max_size=200), st.binary(max_size=200))
def test_anything_given_as_key_and_signature_is_an_error_of_ours(suite: int, public: bytes, signature: bytes) -> None:
    with pytest.raises(DlmsError):
        verify_signature(signature, CONTENT, public, suite)


@pytest.mark.parametrize("suite", [1, 2])
def test_A56_swapped_parties_and_other_nonces_derive_other_keys(suite: int) -> None:
    ours, theirs = KEYS[suite], draw_private(b"\x07" * random_octets_for(suite), suite)
    z = exchange(ours, public_octets(theirs.public_key()), suite)
    assert z == exchange(theirs, PUBLIC[suite], suite)
    us, them = b"CLI00001", b"DKT00001"

    def derived(originator: bytes, recipient: bytes, nonce: bytes = b"") -> bytes:
        return content_key(z, originator=originator, recipient=recipient, nonce=nonce, suite=suite)

    keys = {derived(us, them), derived(them, us), derived(us, them, b"1"), derived(them, us, b"1"), derived(us, us)}
    assert len(keys) == 5
    assert {len(key) for key in keys} == {SUITES[suite].key_size}
