"""Key rings: what they take, what they give, and what they never show."""

from __future__ import annotations

import copy
import pickle

import pytest

from dlmskit.errors import AuthenticationFailed, MissingKey, UsageError
from dlmskit.security.cipher import aead_of
from dlmskit.security.keys import KeyRing, KeyRole, KeySource, fingerprint, parse_secret
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.security.signature import load_private, random_octets_for, verify

EK = bytes(range(16))
AK = bytes(range(0xD0, 0xE0))
OTHER = bytes(range(0x40, 0x50))
TITLE = b"ABC00001"


def ring_of(keys: dict[str, bytes], *, allow_weak: bool = False) -> KeyRing:
    return KeyRing(
        ek=keys.get("ek"),
        ak=keys.get("ak"),
        dedicated=keys.get("dedicated"),
        broadcast=keys.get("broadcast"),
        master=keys.get("master"),
        allow_weak=allow_weak,
    )


def test_a_ring_gives_operations_by_role() -> None:
    ring: KeySource = KeyRing(ek=EK, ak=AK.hex(), dedicated=OTHER)
    assert ring.aead(KeyRole.ENCRYPTION) is aead_of(EK)
    assert ring.aead(KeyRole.DEDICATED) is aead_of(OTHER)
    assert ring.ak == AK
    assert ring.fingerprint(KeyRole.ENCRYPTION) == fingerprint(EK) != fingerprint(OTHER)
    for role in (KeyRole.BROADCAST, KeyRole.MASTER):
        with pytest.raises(MissingKey, match=role.name.lower()):
            ring.aead(role)


def test_keys_by_title_stand_alone_and_others_get_the_default() -> None:
    entry = KeyRing(ek=OTHER)
    ring = KeyRing(ek=EK, ak=AK, by_title={TITLE: entry})
    assert ring.for_title(TITLE) is entry
    assert ring.for_title(TITLE).ak is None
    assert ring.for_title(b"XYZ00001") is ring
    with pytest.raises(UsageError):
        KeyRing(by_title={b"short": entry})


@pytest.mark.parametrize("role", ["ek", "ak", "dedicated", "broadcast", "master"])
@pytest.mark.parametrize("size", [0, 15, 17, 32])
def test_a_key_of_another_size_is_refused(role: str, size: int) -> None:
    with pytest.raises(UsageError, match=f"{size} octets"):
        ring_of({role: (OTHER * 2)[:size]})


def test_an_unknown_suite_is_refused() -> None:
    with pytest.raises(UsageError, match="suite 9"):
        KeyRing(ek=EK, suite=9)


def test_A51_weak_keys_are_refused_unless_allowed() -> None:
    for weak in ({"ek": bytes(16)}, {"dedicated": bytes(16)}, {"ek": EK, "ak": EK}, {"ek": EK, "dedicated": EK}):
        with pytest.raises(UsageError) as refused:
            ring_of(weak)
        assert refused.value.hints
        ring_of(weak, allow_weak=True)
    KeyRing(ek=EK, ak=AK, dedicated=OTHER)


def test_secrets_are_read_as_hex_or_text() -> None:
    assert parse_secret("000102 0aFF") == bytes.fromhex("0001020AFF")
    assert parse_secret("ascii:Gurux") == b"Gurux"
    assert parse_secret("") == b""


@pytest.mark.parametrize("text", ["hunter2", "0", "ascii:pässword", "0x00"])
def test_A76_a_bad_secret_is_not_repeated_in_the_error(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        parse_secret(text)
    shown = str(refused.value) + repr(refused.value) + str(refused.value.__context__)
    assert text not in shown.replace("hex digits or as ascii:text", "")


def test_A76_no_key_is_shown_pickled_or_copied() -> None:
    ring = KeyRing(ek=EK, ak=AK, by_title={TITLE: KeyRing(ek=OTHER)})
    shown = f"{ring!r} {ring} {ring.aead(KeyRole.ENCRYPTION)!r}"
    assert shown.startswith("<KeyRing ek ak, 1 by title>")
    for key in (EK, AK, OTHER):
        assert key.hex() not in shown.lower()
        assert repr(key)[2:-1] not in shown
        assert fingerprint(key).hex() not in shown
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(ring)
    assert not hasattr(ring, "__dict__")


def test_a_fingerprint_is_stable_because_stores_keep_it() -> None:
    assert fingerprint(EK).hex() == "dbd2fbae022da44a"
    assert len(fingerprint(EK)) == 8


def test_key_pairs_are_operations_and_show_nothing() -> None:
    ours, theirs = (KeyPair.drawn(bytes((n,)) * random_octets_for(1), 1) for n in (7, 9))
    ring: KeySource = KeyRing(ek=EK, signing=ours, agreement=ours, publics={(TITLE, KeyUse.SIGNATURE): theirs.public})
    verify(ring.signer(1).sign(b"content"), b"content", ours.public, 1)
    assert ring.agreement(1).exchange(theirs.public) == theirs.exchange(ring.agreement(1).public)
    assert ring.public_key(TITLE, KeyUse.SIGNATURE, 1) == theirs.public
    assert ring.public_key(TITLE, KeyUse.SIGNATURE, 2) is None
    assert ring.public_key(TITLE, KeyUse.AGREEMENT, 1) is None
    for missing in (lambda: ring.signer(2), lambda: KeyRing(ek=EK).signer(1), lambda: KeyRing(ek=EK).agreement(1)):
        with pytest.raises(MissingKey):
            missing()
    with pytest.raises(TypeError):
        pickle.dumps(ours)
    assert ours.public.hex() not in repr(ours)
    with pytest.raises(UsageError):
        KeyPair(load_private(5, 1), 2)


def test_the_master_key_wraps_and_unwraps_and_refuses_anything_else() -> None:
    ring = KeyRing(master=OTHER)
    wrapped = ring.wrap(EK)
    assert ring.unwrap(wrapped) == EK
    for wrong in (wrapped[:-1], wrapped[:-8], b"", wrapped[::-1], bytes((wrapped[0] ^ 1,)) + wrapped[1:]):
        with pytest.raises(AuthenticationFailed):
            ring.unwrap(wrong)
    with pytest.raises(AuthenticationFailed):
        KeyRing(master=AK).unwrap(wrapped)
    with pytest.raises(MissingKey):
        KeyRing(ek=EK).wrap(AK)
