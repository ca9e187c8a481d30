"""Every authentication mechanism that rests on a secret, between a client and a served meter."""

from __future__ import annotations

import hashlib

import pytest

from dlmskit.errors import AuthenticationFailed, UsageError
from dlmskit.security.mechanisms import ChallengeCipher, HlsFacts, HlsMechanism, Mechanism, SharedSecret
from tests.support.session_pair import CLIENT_TITLE, CTOS, SERVER_TITLE, Pair, client_settings, served

SECRET = b"0123456789abcdef"


class Backwards(SharedSecret):
    """A maker's own mechanism, as a user writes it."""

    def prove(self, facts: HlsFacts) -> bytes:
        return hashlib.sha256(facts.peer_challenge[::-1] + (facts.secret or b"")).digest()


CELLS = [
    (Mechanism.MANUFACTURER, None),
    (Mechanism.MANUFACTURER, Backwards()),
    (Mechanism.MD5, None),
    (Mechanism.SHA1, None),
    (Mechanism.SHA256, None),
]
NAMES = ["manufacturer", "user's own", "md5", "sha1", "sha256"]


def pair_of(mechanism: Mechanism, hls: HlsMechanism | None, *, secret: bytes = SECRET, theirs: bytes = SECRET) -> Pair:
    settings = client_settings(mechanism, hls=hls, password=secret, title=CLIENT_TITLE)
    return Pair(settings=settings, offer=served(mechanism, hls=hls, password=theirs, title=SERVER_TITLE))


@pytest.mark.parametrize(("mechanism", "hls"), CELLS, ids=NAMES)
def test_the_right_secret_opens_and_serves(mechanism: Mechanism, hls: HlsMechanism | None) -> None:
    pair = pair_of(mechanism, hls)
    assert pair.open().error is None
    assert pair.meter.is_associated


@pytest.mark.parametrize(("mechanism", "hls"), CELLS, ids=NAMES)
def test_a_wrong_secret_on_either_side_opens_nothing(mechanism: Mechanism, hls: HlsMechanism | None) -> None:
    pair = pair_of(mechanism, hls, secret=SECRET[::-1])
    assert isinstance(pair.open().error, AuthenticationFailed)
    assert not pair.meter.is_associated
    assert not any(link.association.is_associated for link in pair.server._links.values())


@pytest.mark.parametrize(("mechanism", "hls"), CELLS, ids=NAMES)
@pytest.mark.parametrize("answer", ["pass 3", "pass 4"])
def test_one_flipped_bit_in_either_answer_opens_nothing(
    mechanism: Mechanism, hls: HlsMechanism | None, answer: str
) -> None:
    prover, start = ("C", 0xC3) if answer == "pass 3" else ("S", 0xC7)

    def flip(sender: str, octets: bytes) -> bytes:
        if sender == prover and len(octets) > 8 and octets[8] == start:
            return octets[:-1] + bytes((octets[-1] ^ 1,))
        return octets

    pair = pair_of(mechanism, hls)
    pair.wire = flip
    assert isinstance(pair.open().error, AuthenticationFailed)
    assert not pair.meter.is_associated


@pytest.mark.parametrize("sender", ["C", "S"])
def test_another_title_on_the_way_proves_nothing_with_sha256(sender: str) -> None:
    def another(by: str, octets: bytes) -> bytes:
        title = CLIENT_TITLE if sender == "C" else SERVER_TITLE
        return octets.replace(title, title[:-1] + b"9") if by == sender else octets

    pair = pair_of(Mechanism.SHA256, None)
    pair.wire = another
    assert isinstance(pair.open().error, AuthenticationFailed)


def test_a_mechanism_of_ones_own_stands_for_mechanism_2_only() -> None:
    with pytest.raises(UsageError, match="manufacturer"):
        pair_of(Mechanism.MD5, Backwards())


def test_challenges_are_as_long_as_the_mechanism_takes() -> None:
    with pytest.raises(UsageError, match="16 to"):
        Pair(settings=client_settings(Mechanism.MANUFACTURER, password=SECRET, challenge=CTOS[:12]))
    assert 24 not in ChallengeCipher().challenge_sizes
    pair = Pair(
        settings=client_settings(Mechanism.MD5, password=SECRET, challenge=bytes(range(64))),
        offer=served(Mechanism.MD5, password=SECRET, challenge_length=8),
    )
    assert pair.open().error is None
