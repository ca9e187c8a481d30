"""Certificates: issued by an authority of a laboratory, read, checked, and refused for every reason there is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import CertificateRefused, UsageError
from dlmskit.security.certificates import Authority, Certificate, certificate_request, check_issued, parse_certificate
from dlmskit.security.pairs import KeyPair, KeyUse
from dlmskit.security.signature import draw_private, public_octets

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 11, 25, tzinfo=UTC)
TITLE = b"DKT00001"


def private(start: int, suite: int = 1) -> ec.EllipticCurvePrivateKey:
    return draw_private(bytes(range(start, start + (40 if suite == 1 else 56))), suite)


def authority(name: str = "Laboratory", start: int = 0, suite: int = 1) -> Authority:
    return Authority.create(private(start, suite), name, serial_number=1, since=SINCE)


ROOT, OTHER = authority(), authority("Other", 9)


def issued(by: Authority = ROOT, use: KeyUse = KeyUse.SIGNATURE, suite: int = 1, days: int = 3650) -> Certificate:
    public = public_octets(private(50, suite).public_key())
    return by.issue(public, TITLE, use, serial_number=0x80, since=SINCE, days=days)


@pytest.mark.parametrize("use", KeyUse)
@pytest.mark.parametrize("suite", [1, 2])
def test_a_certificate_says_whose_key_it_is_and_what_for(use: KeyUse, suite: int) -> None:
    found = parse_certificate(issued(authority(suite=2), use, suite).der)
    assert (found.title, found.use, found.suite) == (TITLE, use, suite)
    assert found.public == public_octets(private(50, suite).public_key())
    assert found.serial_number == b"\x00\x80", "the octets of the INTEGER, which is positive"
    assert not found.is_authority


@pytest.mark.filterwarnings("ignore:Parsed a")  # what cryptography says of a number that is not positive, by version
def test_one_flipped_bit_and_a_certificate_says_nothing_else() -> None:
    """Refused, or the same but for bits that DER calls unused in the signature."""
    shown = issued()
    check_issued(shown, [ROOT.certificate], AT)
    refused = 0
    for bit in range(8 * len(shown.der)):
        flipped = bytearray(shown.der)
        flipped[bit // 8] ^= 1 << bit % 8
        try:
            found = parse_certificate(bytes(flipped))
            check_issued(found, [ROOT.certificate], AT)
        except CertificateRefused:
            refused += 1
        else:
            assert replace(found, der=shown.der) == shown, f"bit {bit}"
    assert refused >= 8 * len(shown.der) - 7


def test_a_request_is_answered_for_the_key_that_signed_it() -> None:
    key = private(50)
    found = ROOT.answer(certificate_request(key, TITLE), KeyUse.AGREEMENT, serial_number=2, since=SINCE)
    assert (found.title, found.public) == (TITLE, public_octets(key.public_key()))
    assert KeyPair(key, 1).certificate_request(TITLE) != b""
    broken = bytearray(certificate_request(key, TITLE))
    broken[-1] ^= 1
    with pytest.raises(CertificateRefused):
        ROOT.answer(bytes(broken), KeyUse.AGREEMENT, serial_number=2, since=SINCE)


def test_only_what_a_known_authority_has_signed_is_taken_while_it_is_valid() -> None:
    check_issued(issued(), [OTHER.certificate, ROOT.certificate], AT)
    check_issued(issued(authority(suite=2)), [authority(suite=2).certificate], AT)
    with pytest.raises(CertificateRefused, match="nobody|no certificate authority"):
        check_issued(issued(), [OTHER.certificate], AT)
    with pytest.raises(CertificateRefused, match="no certificate authority"):
        check_issued(issued(), [], AT)
    with pytest.raises(CertificateRefused, match="not at 2027-01-02"):
        check_issued(issued(days=366), [ROOT.certificate], SINCE + timedelta(days=366, hours=1))
    with pytest.raises(CertificateRefused, match="not at 2025-12-31"):
        check_issued(issued(), [ROOT.certificate], SINCE - timedelta(hours=1))
    with pytest.raises(CertificateRefused, match="smaller curve"):
        check_issued(issued(suite=2), [ROOT.certificate], AT)


def test_an_authority_of_the_same_name_with_another_key_vouches_for_nothing() -> None:
    with pytest.raises(CertificateRefused):
        check_issued(issued(authority("Laboratory", 9)), [ROOT.certificate], AT)


def test_a_certificate_that_is_no_authoritys_signs_nothing() -> None:
    leaf = issued()
    with pytest.raises(UsageError):
        Authority(private(50), leaf)


def built(common: str = TITLE.hex(), *, usage: tuple[bool, bool] | None = (True, False), key: object = None) -> bytes:
    """A certificate with something unusual about it."""
    own = key or private(50)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(own.public_key())  # type: ignore[attr-defined]
    builder = builder.serial_number(1).not_valid_before(SINCE).not_valid_after(AT)
    if usage is not None:
        sign, agree = usage
        builder = builder.add_extension(
            x509.KeyUsage(sign, False, False, False, agree, False, False, False, False), critical=True
        )
    return builder.sign(private(0), hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@pytest.mark.parametrize(
    ("der", "words"),
    [
        (built("A meter"), "common name"),
        (built("00" * 9), "common name"),
        (built(usage=None), "does not say"),
        (built(usage=(True, True)), "either for signatures or for key agreement"),
        (built(usage=(False, False)), "either for signatures or for key agreement"),
        (built(key=ec.generate_private_key(ec.SECP521R1())), "P-256 or P-384"),
        (built(key=ed25519.Ed25519PrivateKey.generate()), "P-256 or P-384"),
        (bytes(4097), "at most 4096"),
        (b"", "no certificate"),
    ],
)
def test_what_cosem_cannot_use_is_refused(der: bytes, words: str) -> None:
    assert parse_certificate(built()).title == TITLE
    with pytest.raises(CertificateRefused, match=words):
        parse_certificate(der)


@pytest.mark.filterwarnings("ignore:Parsed a")
@given(st.binary(max_size=64), st.integers(0, 300))
def test_any_octets_are_a_certificate_or_refused(noise: bytes, at: int) -> None:
    der = issued().der
    changed = der[:at] + noise + der[at + len(noise) :]
    try:
        found = parse_certificate(changed)
    except CertificateRefused:
        return
    if changed != der:
        with pytest.raises(CertificateRefused):
            check_issued(found, [ROOT.certificate], AT)
