"""AARQ, AARE, RLRQ, RLRE: the forms on the wire, what is tolerated, what is refused."""

from __future__ import annotations

import pytest

from dlmskit.apdu import decode, spans
from dlmskit.apdu.acse import (
    Aare,
    Aarq,
    ApplicationContext,
    ForeignName,
    MechanismId,
    Rlre,
    Rlrq,
    fits_challenge,
    fits_system_title,
)
from dlmskit.apdu.initiate import InitiateRequest, InitiateResponse
from dlmskit.data.conformance import Conformance
from dlmskit.data.limits import Limits
from dlmskit.errors import LimitExceeded, RemoteProtocolError, UnknownTag, UsageError

CONTEXT = "a109060760857405080101"
ACCEPTED = "a203020100a305a103020100"
TITLE = b"DKT\0\0\0\0\1"


def ber(tag: int, contents: str) -> bytes:
    """An element whose contents are given in hex."""
    body = bytes.fromhex(contents)
    assert len(body) < 0x80
    return bytes((tag, len(body))) + body


def test_an_aarq_without_security_is_as_short_as_can_be() -> None:
    request = InitiateRequest(proposed_conformance=Conformance(0x007E1F), client_max_receive_pdu_size=1200)
    apdu = Aarq(application_context=ApplicationContext.LN, user_information=request.to_bytes())
    octets = bytes.fromhex("601d" + CONTEXT + "be10040e01000000065f1f0400007e1f04b0")
    assert apdu.to_bytes() == octets
    assert decode(octets) == apdu
    assert apdu.user_information is not None
    assert decode(apdu.user_information) == request


def test_an_aarq_with_hls_gmac_and_a_title() -> None:
    apdu = Aarq(
        application_context=ApplicationContext.LN_CIPHERED,
        calling_ap_title=TITLE,
        sender_acse_requirements=True,
        mechanism=MechanismId.GMAC,
        calling_authentication_value=b"01234567",
        user_information=b"\x21\x01\x00",
    )
    octets = bytes.fromhex(
        "6037a109060760857405080103a60a0408444b54000000000"
        "18a0207808b0760857405080205ac0a80083031323334353637be050403210100"
    )
    assert apdu.to_bytes() == octets
    assert decode(octets) == apdu


def test_every_field_of_an_aarq_has_its_own_tag_in_ascending_order() -> None:
    apdu = Aarq(
        application_context=1,
        protocol_version="1",
        called_ap_title=b"\1",
        called_ae_qualifier=b"\2",
        called_ap_invocation_id=3,
        called_ae_invocation_id=4,
        calling_ap_title=b"\5",
        calling_ae_qualifier=b"\6",
        calling_ap_invocation_id=7,
        calling_ae_invocation_id=300,
        sender_acse_requirements=True,
        mechanism=0,
        calling_authentication_value=b"\x09",
        implementation_information=b"x",
        user_information=b"y",
    )
    octets = apdu.to_bytes()
    assert octets.hex() == (
        "6052"
        "80020780" + CONTEXT + "a203040101"
        "a303040102"
        "a403020103"
        "a503020104"
        "a603040105"
        "a703040106"
        "a803020107"
        "a9040202012c"
        "8a020780"
        "8b0760857405080200"
        "ac03800109"
        "9d0178"
        "be03040179"
    )
    assert decode(octets) == apdu
    assert [span.start for span in spans(octets)] == sorted(span.start for span in spans(octets))


def test_an_aare_names_the_source_of_its_diagnostic() -> None:
    user = ber(0x61, CONTEXT + "a203020101a305a10302010d")
    provider = ber(0x61, CONTEXT + "a203020102a305a203020102")
    assert decode(user) == Aare(1, result=1, diagnostic_source=1, diagnostic=13)
    assert decode(provider) == Aare(1, result=2, diagnostic_source=2, diagnostic=2)
    assert [decode(octets).to_bytes() for octets in (user, provider)] == [user, provider]


def test_an_aare_of_hls_carries_title_and_challenge() -> None:
    response = InitiateResponse(negotiated_conformance=Conformance.GET, server_max_receive_pdu_size=500)
    apdu = Aare(
        application_context=3,
        diagnostic=14,
        responding_ap_title=TITLE,
        responder_acse_requirements=True,
        mechanism=5,
        responding_authentication_value=b"76543210",
        user_information=response.to_bytes(),
    )
    octets = apdu.to_bytes()
    assert octets.hex() == (
        "614ea109060760857405080103a203020100a305a10302010ea40a0408444b540000000001"
        "88020780890760857405080205aa0a80083736353433323130be10040e0800065f1f040000001001f40007"
    )
    assert decode(octets) == apdu


@pytest.mark.parametrize("cls", [Rlrq, Rlre])
def test_a_release_may_say_nothing_a_reason_or_more(cls: type[Rlrq] | type[Rlre]) -> None:
    tag = cls.tag.hex()
    assert cls().to_bytes().hex() == tag + "00"
    assert cls(reason=0).to_bytes().hex() == tag + "03800100"
    assert cls(reason=30, user_information=b"\x01").to_bytes().hex() == tag + "0880011ebe03040101"
    for octets in ("00", "03800100", "0880011ebe03040101"):
        assert decode(bytes.fromhex(tag + octets)).to_bytes().hex() == tag + octets


def test_an_explicit_protocol_version_is_accepted_and_kept() -> None:
    octets = ber(0x61, "80020780" + CONTEXT + ACCEPTED)
    apdu = decode(octets)
    assert apdu == Aare(1, protocol_version="1")
    assert apdu.to_bytes() == octets


def test_a_mechanism_name_may_be_tagged_twice() -> None:
    plain = ber(0x60, CONTEXT + "8b0760857405080205")
    tagged = ber(0x60, CONTEXT + "8b09060760857405080205")
    assert decode(tagged) == decode(plain) == Aarq(1, mechanism=MechanismId.GMAC)
    assert decode(tagged).to_bytes() == plain


def test_acse_requirements_without_the_authentication_bit_are_none() -> None:
    assert decode(ber(0x60, CONTEXT + "8a020700")) == Aarq(1)
    assert decode(ber(0x60, CONTEXT + "8a020640")) == Aarq(1)
    assert decode(ber(0x60, CONTEXT + "8a0206c0")) == Aarq(1, sender_acse_requirements=True)


def test_names_outside_the_dlms_arc_are_kept_and_equal_none_of_ours() -> None:
    octets = ber(0x60, "a1060604" + "2a030405" + "8b022b06")
    apdu = decode(octets)
    assert isinstance(apdu, Aarq)
    assert apdu.application_context_oid == bytes.fromhex("2a030405")
    assert apdu.application_context == ForeignName(bytes.fromhex("2a030405"))
    assert apdu.mechanism == ForeignName(bytes.fromhex("2b06"))
    assert apdu.mechanism != ForeignName(b"")
    assert all(apdu.application_context != context for context in (0x100, *ApplicationContext))
    assert all(mechanism != apdu.mechanism for mechanism in (0x100, *MechanismId))
    assert "2a030405" in repr(apdu)
    assert apdu.to_bytes() == octets
    assert Aarq(3).application_context_oid.hex() == "60857405080103"
    assert Aare(2).application_context_oid.hex() == "60857405080102"


@pytest.mark.parametrize(
    ("apdu", "field"),
    [
        (Aarq(200), "application_context"),
        (Aarq(application_context=None), "application_context"),  # type: ignore[arg-type]
        (Aare(diagnostic_source=3), "diagnostic_source"),
        (Aare(result=2**40), "result"),
        (Aarq(protocol_version="2"), "protocol_version"),
        (Aarq(calling_ap_title=8), "calling_ap_title"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_written_is_a_usage_error_naming_the_field(apdu: Aarq | Aare, field: str) -> None:
    with pytest.raises(UsageError, match=field):
        apdu.to_bytes()


def test_neither_passwords_nor_challenges_are_shown() -> None:
    aarq = Aarq(calling_authentication_value=b"topsecret")
    aare = Aare(responding_authentication_value=b"topsecret")
    assert "topsecret" not in repr(aarq) + repr(aare)
    assert {span.name for span in spans(aarq.to_bytes()) if span.secret} == {"calling_authentication_value"}
    assert "K" * 16 not in repr(InitiateRequest(dedicated_key=b"K" * 16))


REQUIRED = [
    ("60", "", "application-context"),
    ("61", "a203020100a305a103020100", "application-context"),
    ("61", CONTEXT + "a305a103020100", "result"),
    ("61", CONTEXT + "a203020100", "diagnostic-source"),
]


@pytest.mark.parametrize(("tag", "contents", "missing"), REQUIRED)
def test_a_missing_field_is_named(tag: str, contents: str, missing: str) -> None:
    assert decode(ber(0x61, CONTEXT + ACCEPTED)) == Aare(1)
    with pytest.raises(RemoteProtocolError, match=missing):
        decode(ber(int(tag, 16), contents))


A10 = {
    "indefinite length of the whole": ("6080" + CONTEXT + "0000", "indefinite"),
    "indefinite length of a field": ("600da180060760857405080101" + "0000", "indefinite"),
    "length of four octets of ones": ("6084ffffffff" + CONTEXT, "4294967295 octets"),
    "field of four octets of ones": ("6006a184ffffffff", "4294967295 octets"),
    "length of five octets": ("60850000000002" + CONTEXT, "length of 5"),
    "length of 127 octets": ("60ff" + CONTEXT, "length of 127"),
    "tag of several octets": ("600f" + CONTEXT + "bf1f0100", "BER tag 0xBF"),
    "a field nested in itself": ("600da10ba109060760857405080101", "where 0x06 belongs"),
    "a title nested twice": ("6015" + CONTEXT + "a608a606a604a6020400", "where 0x04 belongs"),
    "the same field twice": ("6016" + CONTEXT + CONTEXT, "0xA1 twice"),
    "primitive and constructed of one number": ("6012" + CONTEXT + "a603040141" + "8600", "0x86"),
    "wrong order": ("6014" + "a207040544" + "4b543031" + CONTEXT, "0xA1 out of order"),
    "descending order": ("6015" + CONTEXT + "be03040101" + "a603040141", "0xA6 out of order"),
    "an unknown field": ("600f" + CONTEXT + "ad020500", "0xAD"),
    "a universal tag among the fields": ("600f" + CONTEXT + "04020101", "0x04"),
    "octets behind the title": ("6013" + CONTEXT + "a60604024142" + "0500", "2 octets too many"),
    "an empty explicit field": ("600d" + CONTEXT + "a600", "missing"),
    "an integer of no octets": ("600f" + CONTEXT + "a9020200", "INTEGER of 0"),
    "an integer of five octets": ("6014" + CONTEXT + "a90702050000000001", "INTEGER of 5"),
    "unused bits of nothing": ("600e" + "800107" + CONTEXT, "unused bits"),
    "eight unused bits": ("600f" + "80020880" + CONTEXT, "unused bits"),
    "a bit string of nothing": ("600d" + "8000" + CONTEXT, "unused bits"),
    "authentication value of another choice": ("6010" + CONTEXT + "ac03810131", "where 0x80 belongs"),
}


@pytest.mark.parametrize(("octets", "words"), A10.values(), ids=A10.keys())
def test_A10_malformed_ber_is_our_error_with_its_offset(octets: str, words: str) -> None:
    assert decode(ber(0x60, CONTEXT)) == Aarq(1)
    with pytest.raises(RemoteProtocolError, match=words) as caught:
        decode(bytes.fromhex(octets))
    assert caught.value.offset is not None


def test_A10_a_length_in_a_longer_form_than_needed_is_read_and_written_short() -> None:
    longer = bytes.fromhex("6082000ca18109060760857405080101")
    assert decode(longer) == Aarq(1)
    assert decode(longer).to_bytes() == ber(0x60, CONTEXT)


def test_A10_thousands_of_nested_elements_are_refused_without_recursion() -> None:
    nested = b""
    for _ in range(20_000):
        size = len(nested)
        length = bytes((size,)) if size < 0x80 else b"\x83" + size.to_bytes(3, "big")
        nested = b"\xa6" + length + nested
    with pytest.raises(RemoteProtocolError):
        decode(b"\x60\x83" + len(nested).to_bytes(3, "big") + nested)


def test_A11_an_aarq_of_64_kB_is_read_once_and_bounded() -> None:
    large = Aarq(calling_authentication_value=b"x" * 65_500, mechanism=MechanismId.LOW)
    octets = large.to_bytes()
    assert decode(octets) == large
    with pytest.raises(LimitExceeded):
        decode(octets, Limits(octets=4096))
    many = b"\xa6\x03\x04\x01A" * 13_000
    with pytest.raises(RemoteProtocolError, match="twice") as caught:
        decode(b"\x60\x83" + len(many).to_bytes(3, "big") + many)
    assert caught.value.offset == 10


def test_A13_user_information_longer_than_the_aarq_is_refused() -> None:
    fits = ber(0x60, CONTEXT + "be0404020102")
    assert decode(fits) == Aarq(1, user_information=b"\1\2")
    for longer in ("be0504020102", "be0404030102", "be7f04020102", "be040482ffff", "be0484ffffffff"):
        with pytest.raises(RemoteProtocolError):
            decode(ber(0x60, CONTEXT + longer))
    inside_out = bytearray(fits)
    inside_out[1] -= 1
    with pytest.raises(RemoteProtocolError):
        decode(bytes(inside_out))


@pytest.mark.parametrize("size", [0, 1, 7, 65, 200])
def test_A14_a_challenge_of_another_size_is_kept_and_told_apart(size: int) -> None:
    value = bytes(range(size))
    again = decode(Aarq(calling_authentication_value=value).to_bytes())
    assert isinstance(again, Aarq)
    assert again.calling_authentication_value == value
    assert not fits_challenge(value)
    assert not fits_challenge(None)
    assert all(fits_challenge(bytes(allowed)) for allowed in (8, 16, 64))


@pytest.mark.parametrize("size", [0, 7, 9])
def test_A15_a_system_title_of_another_size_is_kept_and_told_apart(size: int) -> None:
    title = bytes(range(size))
    for apdu in (Aarq(calling_ap_title=title), Aare(responding_ap_title=title)):
        assert decode(apdu.to_bytes()) == apdu
    assert not fits_system_title(title)
    assert not fits_system_title(None)
    assert fits_system_title(TITLE)


def test_a_diagnostic_of_another_choice_is_named() -> None:
    for choice in ("00", "02", "a0", "a3"):
        with pytest.raises(UnknownTag, match=f"0x{choice.upper()}"):
            decode(ber(0x61, CONTEXT + f"a203020100a305{choice}03020100"))
    with pytest.raises(RemoteProtocolError, match="behind"):
        decode(ber(0x61, CONTEXT + "a203020100a307a1030201000500"))


@pytest.mark.parametrize(
    ("number", "contents"),
    [
        (0, "00"),
        (127, "7f"),
        (128, "0080"),
        (-128, "80"),
        (-129, "ff7f"),
        (2**31 - 1, "7fffffff"),
        (-(2**31), "80000000"),
    ],
)
def test_an_integer_takes_as_few_octets_as_it_can(number: int, contents: str) -> None:
    apdu = Aarq(calling_ae_invocation_id=number)
    octets = apdu.to_bytes()
    assert octets.hex().endswith(f"02{len(contents) // 2:02x}{contents}")
    assert decode(octets) == apdu
