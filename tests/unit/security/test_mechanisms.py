"""Passwords, challenges and the HLS-GMAC answers of passes 3 and 4."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import AuthenticationFailed, ChallengeRefused, DlmsError, MissingKey
from dlmskit.security.cipher import Aead
from dlmskit.security.mechanisms import (
    HLS,
    HlsFacts,
    HlsMechanism,
    Mechanism,
    check_challenge,
    gmac_response,
    gmac_verify,
    verify_password,
)

EK = bytes(range(16))
AK = bytes(range(0xD0, 0xE0))
KEY = Aead(EK)
CLIENT = bytes.fromhex("4D4D4D0000BC614E")
SERVER = bytes.fromhex("4D4D4D0000000001")
CTOS = bytes.fromhex("4B35366956616759")
STOC = bytes.fromhex("503677524A323146")
# Green Book, HLS-GMAC example: what the client and the server answer.
F_STOC = bytes.fromhex("10000000011A52FE7DD3E72748973C1E28")
F_CTOS = bytes.fromhex("1001234567FE1466AFB3DBCD4F9389E2B7")

challenges = st.binary(min_size=8, max_size=64)


def test_the_standards_example_of_both_answers() -> None:
    assert gmac_response(STOC, counter=1, title=SERVER, key=KEY, ak=AK) == F_STOC
    assert gmac_response(CTOS, counter=0x01234567, title=CLIENT, key=KEY, ak=AK) == F_CTOS
    assert gmac_verify(F_STOC, STOC, title=SERVER, key=KEY, ak=AK) == 1
    assert gmac_verify(F_CTOS, CTOS, title=CLIENT, key=KEY, ak=AK) == 0x01234567


@given(challenges, st.integers(0, 0xFFFFFFFF), st.sampled_from([0, 1, 0x10, 0x30, 0x31]))
def test_an_answer_proves_its_sender_at_every_challenge_length(challenge: bytes, counter: int, control: int) -> None:
    answer = gmac_response(challenge, control=control, counter=counter, title=CLIENT, key=KEY, ak=AK)
    assert answer[:5] == bytes([0x10 | control & 1]) + counter.to_bytes(4)
    assert len(answer) == 17
    assert gmac_verify(answer, challenge, title=CLIENT, key=KEY, ak=AK) == counter


def test_A57_every_flipped_bit_and_every_wrong_input_of_an_answer_fails_alike() -> None:
    attempts = [(F_STOC, STOC[::-1], SERVER, KEY, AK), (F_STOC, STOC, CLIENT, KEY, AK)]
    attempts += [(F_STOC, STOC, SERVER, Aead(AK), AK), (F_STOC, STOC, SERVER, KEY, EK)]
    attempts += [(F_STOC[:size], STOC, SERVER, KEY, AK) for size in range(17)]
    attempts += [(F_STOC + b"\x00", STOC, SERVER, KEY, AK), (F_STOC + STOC, STOC, SERVER, KEY, AK)]
    for bit in range(8 * len(F_STOC)):
        flipped = bytearray(F_STOC)
        flipped[bit // 8] ^= 1 << bit % 8
        attempts.append((bytes(flipped), STOC, SERVER, KEY, AK))
    shown = set()
    for answer, challenge, title, key, ak in attempts:
        with pytest.raises(AuthenticationFailed) as failed:
            gmac_verify(answer, challenge, title=title, key=key, ak=ak)
        shown.add(repr(failed.value.to_json()))
    assert len(shown) == 1
    assert gmac_verify(F_STOC, STOC, title=SERVER, key=KEY, ak=AK) == 1


@given(st.binary(max_size=40), challenges)
def test_any_octets_for_an_answer_fail(answer: bytes, challenge: bytes) -> None:
    with pytest.raises(AuthenticationFailed):
        gmac_verify(answer, challenge, title=SERVER, key=KEY, ak=AK)


def test_both_roles_run_the_same_mechanism_and_prove_each_other() -> None:
    gmac: HlsMechanism = HLS[Mechanism.GMAC]
    client = HlsFacts(CLIENT, SERVER, CTOS, STOC, key=KEY, ak=AK)
    server = HlsFacts(SERVER, CLIENT, STOC, CTOS, key=KEY, ak=AK)
    assert gmac.uses_counter
    gmac.verify(gmac.answer(client, counter=7), server)
    gmac.verify(gmac.answer(server, counter=7), client)
    with pytest.raises(AuthenticationFailed):
        gmac.verify(gmac.answer(client, counter=7), client)
    with pytest.raises(MissingKey):
        gmac.answer(HlsFacts(CLIENT, SERVER, CTOS, STOC, key=KEY), counter=7)


def test_A46_our_challenge_sent_back_is_refused() -> None:
    with pytest.raises(ChallengeRefused):
        check_challenge(CTOS, CTOS)
    check_challenge(STOC, CTOS)


def test_A46_our_answer_sent_back_proves_nothing() -> None:
    answer = gmac_response(STOC, counter=1, title=CLIENT, key=KEY, ak=AK)
    with pytest.raises(AuthenticationFailed):
        gmac_verify(answer, CTOS, title=SERVER, key=KEY, ak=AK)
    assert gmac_verify(answer, STOC, title=CLIENT, key=KEY, ak=AK) == 1


@pytest.mark.parametrize("challenge", [b"", b"a", bytes(range(7)), bytes(range(65)), bytes(8), b"\xff" * 64])
def test_A47_a_challenge_too_short_too_long_or_constant_is_refused(challenge: bytes) -> None:
    with pytest.raises(ChallengeRefused):
        check_challenge(challenge, CTOS)
    check_challenge(bytes(range(8)), CTOS)
    check_challenge(bytes(range(64)), CTOS)


def test_A47_the_lengths_are_a_bound_that_can_be_set() -> None:
    check_challenge(b"abcd", CTOS, sizes=range(4, 65))
    with pytest.raises(ChallengeRefused):
        check_challenge(bytes(range(8)), CTOS, sizes=range(32, 65))


def test_A52_only_the_right_password_is_right_and_an_empty_one_never() -> None:
    assert verify_password(b"dlmskit1", b"dlmskit1")
    for given_one in (b"", b"dlmskit", b"dlmskit1\x00", b"Dlmskit1"):
        assert not verify_password(given_one, b"dlmskit1")
    assert not verify_password(b"", b"")


def test_A76_facts_show_no_secret() -> None:
    shown = repr(HlsFacts(CLIENT, SERVER, CTOS, STOC, key=KEY, ak=AK, secret=b"Gurux-secret"))
    assert "Gurux" not in shown
    assert repr(AK)[2:-1] not in shown


def test_mechanism_ids_are_the_standards() -> None:
    assert [mechanism.name for mechanism in Mechanism] == [
        "NONE",
        "LOW",
        "MANUFACTURER",
        "MD5",
        "SHA1",
        "GMAC",
        "SHA256",
        "ECDSA",
    ]
    assert [m for m in Mechanism if not m.is_hls] == [Mechanism.NONE, Mechanism.LOW]
    assert set(HLS) == {m for m in Mechanism if m.is_hls}
    assert issubclass(ChallengeRefused, DlmsError)
