"""Ciphering against the standard's example, a slow twin, and everything an attacker may change."""

from __future__ import annotations

import copy
import pickle

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import (
    AuthenticationFailed,
    CounterExhausted,
    DlmsError,
    DowngradeRefused,
    MissingKey,
    RemoteProtocolError,
    UnsupportedProtection,
    UsageError,
)
from dlmskit.security.cipher import Aead, SecurityControl, aead_of, protect, unprotect

EK = bytes(range(16))
AK = bytes(range(0xD0, 0xE0))
TITLE = bytes.fromhex("4D4D4D0000BC614E")
KEY = Aead(EK)
COUNTER = 0x01234567
APDU = bytes.fromhex("C0010000080000010000FF0200")
# Green Book, example of a glo-get-request in its three protections.
EXAMPLE = {
    0x10: "1001234567C0010000080000010000FF020006725D910F9221D263877516",
    0x20: "2001234567411312FF935A47566827C467BC",
    0x30: "3001234567411312FF935A47566827C467BC7D825C3BE4A77C3FCC056B6B",
}

controls = st.sampled_from([0x10, 0x20, 0x30, 0x11, 0x21, 0x31, 0x50, 0x60, 0x70])
octets16 = st.binary(min_size=16, max_size=16)
titles = st.binary(min_size=8, max_size=8)
counters = st.integers(0, 0xFFFFFFFF)


def sealed(control: int, plaintext: bytes = APDU) -> bytes:
    return protect(plaintext, control=control, title=TITLE, counter=COUNTER, key=KEY, ak=AK)


def slow_protect(plaintext: bytes, control: int, title: bytes, counter: int, ek: bytes, ak: bytes) -> bytes:
    """The same by the ordinary encryptor, which is the reference."""
    header = bytes([control]) + counter.to_bytes(4)
    encryptor = Cipher(AES(ek), GCM(title + header[1:])).encryptor()
    if not control & 0x10:
        return header + encryptor.update(plaintext) + encryptor.finalize()
    if control & 0x20:
        encryptor.authenticate_additional_data(header[:1] + ak)
        text = encryptor.update(plaintext)
    else:
        encryptor.authenticate_additional_data(header[:1] + ak + plaintext)
        text = plaintext
    encryptor.finalize()
    return header + text + encryptor.tag[:12]


def slow_unprotect(content: bytes, title: bytes, ek: bytes, ak: bytes) -> bytes | None:
    """The same by the ordinary decryptor; None for a wrong tag."""
    control, text, tag = content[0], content[5:-12], content[-12:]
    decryptor = Cipher(AES(ek), GCM(title + content[1:5], tag, min_tag_length=12)).decryptor()
    decryptor.authenticate_additional_data(content[:1] + ak + (b"" if control & 0x20 else text))
    try:
        plaintext = decryptor.update(text) if control & 0x20 else text
        decryptor.finalize()
    except InvalidTag:
        return None
    return plaintext


@pytest.mark.parametrize("control", EXAMPLE)
def test_the_standards_example_in_each_protection(control: int) -> None:
    content = bytes.fromhex(EXAMPLE[control])
    assert sealed(control) == content
    opened = unprotect(content, title=TITLE, key=KEY, ak=AK, required=control)
    assert (opened.plaintext, opened.control, opened.counter) == (APDU, control, COUNTER)
    assert opened.state == ("verified" if control & 0x10 else "absent")


@given(controls, st.binary(max_size=300), titles, counters, octets16, octets16)
def test_what_is_protected_is_unprotected_and_both_equal_the_slow_twin(
    control: int, plaintext: bytes, title: bytes, counter: int, ek: bytes, ak: bytes
) -> None:
    content = protect(plaintext, control=control, title=title, counter=counter, key=aead_of(ek), ak=ak)
    assert content == slow_protect(plaintext, control, title, counter, ek, ak)
    opened = unprotect(content, title=title, key=aead_of(ek), ak=ak, broadcast=bool(control & 0x40))
    assert (opened.plaintext, opened.control, opened.counter) == (plaintext, control, counter)


@given(st.sampled_from([0x10, 0x30, 0x31]), st.binary(max_size=40), st.data())
def test_tampering_is_judged_as_by_the_slow_twin(control: int, plaintext: bytes, data: st.DataObject) -> None:
    content = bytearray(sealed(control, plaintext))
    for at in data.draw(st.lists(st.integers(1, len(content) - 1), max_size=3)):
        content[at] ^= data.draw(st.integers(0, 255))
    try:
        mine: bytes | None = unprotect(bytes(content), title=TITLE, key=KEY, ak=AK).plaintext
    except AuthenticationFailed:
        mine = None
    assert mine == slow_unprotect(bytes(content), TITLE, EK, AK)


@pytest.mark.parametrize("control", [0x10, 0x30])
def test_every_single_flipped_bit_fails(control: int) -> None:
    content = sealed(control)
    assert unprotect(content, title=TITLE, key=KEY, ak=AK, required=control).plaintext == APDU
    for bit in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 0x80 >> bit % 8
        expected = AuthenticationFailed if bit >= 8 else (AuthenticationFailed, DowngradeRefused, UnsupportedProtection)
        with pytest.raises(expected):
            unprotect(bytes(flipped), title=TITLE, key=KEY, ak=AK, required=control)


@given(st.binary(max_size=64), st.booleans(), st.sampled_from([None, AK]), st.sampled_from([0, 0x10, 0x30]))
def test_any_octets_give_a_value_or_an_error_of_our_tree(
    content: bytes, broadcast: bool, ak: bytes | None, required: int
) -> None:
    try:
        opened = unprotect(
            content, title=TITLE, key=KEY, ak=ak, required=required, broadcast=broadcast, allow_unchecked=True
        )
    except DlmsError:
        return
    assert opened.state != "verified"
    assert len(opened.plaintext) <= len(content) - 5


@pytest.mark.parametrize("required", [0x10, 0x20, 0x30])
def test_A42_less_protection_than_required_is_refused_before_deciphering(required: int) -> None:
    for control in (0x10, 0x20, 0x30):
        if control & required == required:
            opened = unprotect(sealed(control), title=TITLE, key=KEY, ak=AK, required=required)
            assert opened.plaintext == APDU
        else:
            with pytest.raises(DowngradeRefused):
                unprotect(sealed(control), title=TITLE, key=KEY, ak=AK, required=required)


def test_A42_a_control_that_protects_nothing_is_refused() -> None:
    with pytest.raises(UnsupportedProtection):
        unprotect(bytes(5) + APDU, title=TITLE, key=KEY, ak=AK)
    with pytest.raises(UsageError):
        sealed(0)


@pytest.mark.parametrize("control", [0xB0, 0x90, 0xA0, 0x80, 0x33, 0x3F, 0x1F, 0x70, 0x50, 0x60])
def test_A43_compression_unknown_suites_and_the_broadcast_key_on_unicast_are_refused(control: int) -> None:
    content = sealed(0x30)
    with pytest.raises(UnsupportedProtection) as refused:
        unprotect(bytes([control]) + content[1:], title=TITLE, key=KEY, ak=AK)
    assert refused.value.offset == 0
    assert unprotect(content, title=TITLE, key=KEY, ak=AK).plaintext == APDU


def test_A43_a_broadcast_is_opened_with_the_broadcast_key_only() -> None:
    content = sealed(0x70)
    assert unprotect(content, title=TITLE, key=KEY, ak=AK, broadcast=True).plaintext == APDU
    with pytest.raises(UnsupportedProtection):
        unprotect(sealed(0x30), title=TITLE, key=KEY, ak=AK, broadcast=True)


@pytest.mark.parametrize("control", [0x10, 0x30])
@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:-1],
        lambda content: content + b"\x00",
        lambda content: content[:-12] + bytes(12),
        lambda content: content[:-12],
        lambda content: content[:5] + content[-11:],
        lambda content: content[:5],
    ],
    ids=["tag of 11", "tag of 13", "zero tag", "no tag", "no text, tag of 11", "header only"],
)
def test_A44_a_tag_cut_stretched_or_zero_fails(control: int, change: object) -> None:
    assert callable(change)
    content = sealed(control)
    with pytest.raises(AuthenticationFailed):
        unprotect(change(content), title=TITLE, key=KEY, ak=AK)
    assert unprotect(content, title=TITLE, key=KEY, ak=AK).plaintext == APDU


@pytest.mark.parametrize("control", [0x10, 0x30])
def test_A57_every_cause_of_a_wrong_tag_gives_one_identical_error(control: int) -> None:
    content = sealed(control)
    attempts = [
        (content, TITLE[::-1], KEY, AK),
        (content[:4] + b"\x00" + content[5:], TITLE, KEY, AK),
        (content[:6] + b"\x00" + content[7:], TITLE, KEY, AK),
        (content[:-1] + b"\x00", TITLE, KEY, AK),
        (content[:-1], TITLE, KEY, AK),
        (content[:9], TITLE, KEY, AK),
        (content, TITLE, Aead(AK), AK),
        (content, TITLE, KEY, EK),
    ]
    seen = set()
    for octets, title, key, ak in attempts:
        with pytest.raises(AuthenticationFailed) as failed:
            unprotect(octets, title=title, key=key, ak=ak)
        seen.add((type(failed.value), str(failed.value), repr(failed.value.to_json()), failed.value.hints))
    assert len(seen) == 1
    assert unprotect(content, title=TITLE, key=KEY, ak=AK).state == "verified"


def test_a_header_cut_short_is_the_peers_fault() -> None:
    for size in range(5):
        with pytest.raises(RemoteProtocolError):
            unprotect(sealed(0x30)[:size], title=TITLE, key=KEY, ak=AK)


@pytest.mark.parametrize("control", [0x10, 0x30])
def test_without_an_authentication_key_a_tag_is_left_unchecked_only_when_asked_for(control: int) -> None:
    content = sealed(control)
    with pytest.raises(MissingKey):
        unprotect(content, title=TITLE, key=KEY, ak=None)
    opened = unprotect(content, title=TITLE, key=KEY, ak=None, allow_unchecked=True)
    assert (opened.plaintext, opened.state) == (APDU, "unchecked")
    with pytest.raises(AuthenticationFailed):  # a key that is there is used, whatever is allowed
        unprotect(content, title=TITLE, key=KEY, ak=EK, allow_unchecked=True)


def test_encryption_alone_needs_no_authentication_key_and_is_never_called_verified() -> None:
    content = protect(APDU, control=0x20, title=TITLE, counter=COUNTER, key=KEY, ak=None)
    assert content == sealed(0x20)
    assert unprotect(content, title=TITLE, key=KEY, ak=None) == (APDU, 0x20, COUNTER, "absent")
    with pytest.raises(MissingKey):
        protect(APDU, control=0x30, title=TITLE, counter=COUNTER, key=KEY, ak=None)


def test_wrong_arguments_are_refused() -> None:
    with pytest.raises(UsageError):
        protect(APDU, control=0xB0, title=TITLE, counter=1, key=KEY, ak=AK)
    with pytest.raises(UsageError):
        protect(APDU, control=0x30, title=TITLE[:7], counter=1, key=KEY, ak=AK)
    with pytest.raises(UsageError):
        unprotect(sealed(0x30), title=TITLE + b"\x00", key=KEY, ak=AK)
    for counter in (-1, 1 << 32):
        with pytest.raises(CounterExhausted):
            protect(APDU, control=0x30, title=TITLE, counter=counter, key=KEY, ak=AK)
    with pytest.raises(UsageError):
        Aead(EK[:15])


def test_the_security_control_octet_reads_as_claims() -> None:
    control = SecurityControl(0x71)
    assert (control.suite, control.authenticated, control.encrypted, control.broadcast, control.compressed) == (
        1,
        True,
        True,
        True,
        False,
    )
    assert SecurityControl(0x80).compressed


def test_A76_neither_key_nor_plaintext_shows() -> None:
    assert EK.hex() not in repr(KEY).lower()
    assert repr(EK)[2:-1] not in repr(KEY)
    dedicated = protect(b"\x01\x01\x10" + AK, control=0x30, title=TITLE, counter=1, key=KEY, ak=AK)
    assert repr(AK)[2:-1] not in repr(unprotect(dedicated, title=TITLE, key=KEY, ak=AK))
    for leak in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            leak(KEY)


def test_one_cipher_is_kept_per_key_in_a_bounded_cache() -> None:
    assert aead_of(EK) is aead_of(bytes(EK))
    assert aead_of.cache_info().maxsize == 256
