"""Protected APDUs: keys, titles, what is proven, what is not shown."""

from __future__ import annotations

from random import Random

import pytest

from dlmskit.apdu.acse import Aare, Aarq, ApplicationContext
from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.ciphered import DED_TAG, GLO_TAG, GeneralDedCiphering, GeneralGloCiphering, ServiceCiphered
from dlmskit.apdu.general import GeneralCiphering, GeneralSigning
from dlmskit.apdu.get import GetRequestNormal, GetResponseNormal
from dlmskit.apdu.initiate import InitiateRequest, InitiateResponse
from dlmskit.dissect import Protection, decode
from dlmskit.dissect.general import READINGS
from dlmskit.errors import AuthenticationFailed, UsageError
from dlmskit.link import wrapper
from dlmskit.security.cipher import AUTHENTICATED, BOTH, BROADCAST, ENCRYPTED, aead_of, protect
from dlmskit.security.keys import KeyRing
from dlmskit.security.pairs import KeyPair
from dlmskit.session.protection.general import KeyForm, Parties, cipher, sign
from dlmskit.tolerances import DEFAULT, Tolerances
from tests.support.session_pair import CLIENT_TITLE, SERVER_TITLE
from tests.support.suites import rings
from tests.unit.dissect.pushes import AK, EK, KEYS, PUSH, SIMPLE, TITLE, ciphered, number

OTHER = bytes(range(0x10, 0x20))
CLIENT = b"DKTCLNT1"
REQUEST = GetRequestNormal(0xC1, AttributeDescriptor(1, b"\0\0\x60\x01\0\xff", 2)).to_bytes()
ANSWER = GetResponseNormal(0xC1, number(5)).to_bytes()


def service(
    plain: bytes, title: bytes, *, control: int = BOTH, key: bytes = EK, tags: dict[int, int] = GLO_TAG
) -> bytes:
    content = protect(plain, control=control, title=title, counter=5, key=aead_of(key), ak=AK)
    return ServiceCiphered(tags[plain[0]], content).to_bytes()


@pytest.mark.parametrize(("control", "tag"), [(BOTH, "verified"), (AUTHENTICATED, "verified"), (ENCRYPTED, "absent")])
@pytest.mark.parametrize("suite", [0, 1])
def test_P11_each_protection_is_opened_and_named(control: int, tag: str, suite: int) -> None:
    (found,) = decode(ciphered(PUSH, control=control | suite), KEYS)
    assert (found.octets, found.value, found.error) == (PUSH, SIMPLE, None)
    assert found.to_json()["security"] == {
        "service": "general-glo-ciphering",
        "system_title": TITLE.hex(),
        "control": control | suite,
        "suite": suite,
        "invocation_counter": 18,
        "tag": tag,
    }
    assert found.layers == ()


def test_without_the_authentication_key_it_is_deciphered_and_not_proven() -> None:
    (found,) = decode(ciphered(PUSH), KeyRing(ek=EK))
    assert found.security is not None
    assert (found.security.tag, found.octets) == ("unchecked", PUSH)


@pytest.mark.parametrize("control", [BOTH, ENCRYPTED])
def test_without_keys_the_envelope_is_shown_and_that_is_no_error(control: int) -> None:
    sent = ciphered(PUSH, control=control)
    for keys in (None, KeyRing(ak=AK)):
        (found,) = decode(sent, keys)
        assert (found.name, found.octets, found.value, found.error) == ("general-glo-ciphering", sent, None, None)
        assert found.security is not None
        assert (found.security.tag, found.security.invocation_counter) == ("no-key", 18)


def test_what_is_only_authenticated_is_readable_without_keys_and_not_proven() -> None:
    (found,) = decode(ciphered(PUSH, control=AUTHENTICATED))
    assert found.security is not None
    assert (found.security.tag, found.octets) == ("unchecked", PUSH)


@pytest.mark.parametrize("control", [BOTH, AUTHENTICATED])
def test_a_wrong_tag_shows_nothing(control: int) -> None:
    sent = ciphered(PUSH, control=control)
    flipped = sent[:-1] + bytes((sent[-1] ^ 1,))
    for data, keys in ((flipped, KEYS), (sent, KeyRing(ek=EK, ak=OTHER)), (sent, KeyRing(ek=OTHER, ak=AK))):
        (found,) = decode(data, keys)
        assert found.security is not None
        assert (found.security.tag, found.value, found.apdu_hex) == ("wrong", None, data.hex())
        assert isinstance(found.error, AuthenticationFailed)
    assert decode(sent, KEYS)[0].octets == PUSH


def test_a_wrong_key_without_a_tag_is_told_by_what_comes_out() -> None:
    wrong = 0
    for counter in range(40):
        (found,) = decode(ciphered(PUSH, control=ENCRYPTED, counter=counter), KeyRing(ek=OTHER))
        assert found.error is not None
        wrong += found.name == "general-glo-ciphering"
    assert wrong > 20  # the rest looked like the beginning of an APDU


def test_each_meter_has_its_own_keys_by_its_title() -> None:
    theirs = b"DKT\x00\x00\x00\x00\x08"
    keys = KeyRing(ek=EK, ak=AK, by_title={theirs: KeyRing(ek=OTHER, ak=AK)})
    found = decode(ciphered(PUSH) + ciphered(PUSH, title=theirs, ek=OTHER), keys)
    assert [one.security.tag for one in found if one.security] == ["verified", "verified"]


def test_a_broadcast_is_opened_with_the_broadcast_key() -> None:
    sent = ciphered(PUSH, control=BOTH | BROADCAST, ek=OTHER)
    (found,) = decode(sent, KeyRing(ek=EK, ak=AK, broadcast=OTHER))
    assert found.octets == PUSH
    (shut,) = decode(sent, KEYS)
    assert shut.security is not None
    assert shut.security.tag == "no-key"


def test_the_title_can_be_given_where_the_octets_do_not_have_it() -> None:
    sent = service(ANSWER, TITLE)
    (found,) = decode(sent, KEYS, TITLE)
    assert found.octets == ANSWER
    (shut,) = decode(sent, KEYS)
    assert shut.error is not None
    assert "system title" in shut.error.message
    with pytest.raises(UsageError):
        decode(sent, KEYS, b"short")


def test_titles_and_the_dedicated_key_are_learnt_from_the_association() -> None:
    initiate = InitiateRequest(dedicated_key=OTHER, client_max_receive_pdu_size=1024).to_bytes()
    answered = InitiateResponse(server_max_receive_pdu_size=512).to_bytes()
    context = ApplicationContext.LN_CIPHERED
    said = (
        (16, 1, Aarq(context, calling_ap_title=CLIENT, user_information=service(initiate, CLIENT)).to_bytes()),
        (1, 16, Aare(context, responding_ap_title=TITLE, user_information=service(answered, TITLE)).to_bytes()),
        (16, 1, service(REQUEST, CLIENT)),
        (1, 16, service(ANSWER, TITLE)),
        (16, 1, service(REQUEST, CLIENT, key=OTHER, tags=DED_TAG)),
        (1, 16, service(ANSWER, TITLE, key=OTHER, tags=DED_TAG)),
        (1, 16, GeneralDedCiphering(TITLE, service(ANSWER, TITLE, key=OTHER, tags=DED_TAG)[2:]).to_bytes()),
    )
    found = decode(b"".join(wrapper.encode(*one) for one in said), KEYS)
    assert [one.error for one in found] == [None] * 7
    assert [one.security.tag for one in found if one.security] == ["verified"] * 7
    assert found[0].user_information == InitiateRequest(dedicated_key=OTHER, client_max_receive_pdu_size=1024)
    assert [one.octets for one in found[2:]] == [REQUEST, ANSWER, REQUEST, ANSWER, ANSWER]
    carried = found[0].to_json()["user_information"]
    assert isinstance(carried, dict)
    assert carried["dedicated_key"] == {"secret": OTHER.hex()}


def test_a_password_is_marked_and_stays_out_of_repr() -> None:
    password = b"\x80\x08password"
    aarq = Aarq(mechanism=1, sender_acse_requirements=True, calling_authentication_value=b"password")
    (found,) = decode(aarq.to_bytes())
    fields = found.to_json()["fields"]
    assert isinstance(fields, dict)
    assert fields["calling_authentication_value"] == {"secret": b"password".hex()}
    assert "password" not in repr(found)
    assert password.hex() not in repr(found)


def test_layers_are_listed_outermost_first() -> None:
    inner = service(ANSWER, TITLE)
    outer = protect(inner, control=AUTHENTICATED, title=TITLE, counter=9, key=aead_of(EK), ak=AK)
    (found,) = decode(GeneralGloCiphering(TITLE, outer).to_bytes(), KEYS, TITLE)
    assert found.octets == ANSWER
    assert [layer.service for layer in found.layers] == ["general-glo-ciphering", "glo-get-response"]
    assert found.security == found.layers[-1]


def test_a_signed_apdu_is_opened_with_the_title_of_who_signed_it() -> None:
    signed = GeneralSigning(b"", TITLE, CLIENT, b"", b"", service(ANSWER, TITLE), bytes(64))
    (found,) = decode(signed.to_bytes(), KEYS)
    assert found.octets == ANSWER
    assert found.layers[0] == Protection(
        "general-signing", TITLE, tag="unchecked", recipient=CLIENT, transaction_id=b"", signature=bytes(64)
    )


def sealed(apdu: bytes, form: KeyForm, *, signed: bool = False, tolerances: Tolerances = DEFAULT) -> bytes:
    """From the client of the test's rings to its server, in suite 1."""
    parties = Parties(CLIENT_TITLE, SERVER_TITLE, rings(1).client, 1, tolerances)
    draw = Random(3).randbytes
    return cipher(sign(apdu, parties, draw) if signed else apdu, BOTH | 1, form, 9, parties, draw)


@pytest.mark.parametrize("tolerances", READINGS, ids=["the standard's", "the other"])
@pytest.mark.parametrize("form", list(KeyForm))
def test_general_ciphering_is_opened_in_every_key_form_and_reading(form: KeyForm, tolerances: Tolerances) -> None:
    (found,) = decode(sealed(ANSWER, form, signed=True, tolerances=tolerances), rings(1).server)
    assert (found.octets, found.error) == (ANSWER, None)
    outer, inner = found.layers
    assert (outer.service, outer.tag, outer.key_info, outer.suite) == ("general-ciphering", "verified", form.value, 1)
    assert (inner.service, inner.tag, inner.suite) == ("general-signing", "verified", 1)
    assert found.security == inner
    told = outer.to_json()
    assert (told["originator"], told["recipient"]) == (CLIENT_TITLE.hex(), SERVER_TITLE.hex())
    assert (told["key_info"], told["signature"], told["compressed"]) == (form.value, None, False)
    assert inner.to_json()["signature"]


@pytest.mark.parametrize("form", list(KeyForm))
def test_general_ciphering_with_a_flipped_bit_or_without_keys_stays_closed(form: KeyForm) -> None:
    octets = sealed(ANSWER, form)
    (found,) = decode(octets[:-1] + bytes((octets[-1] ^ 1,)), rings(1).server)
    assert found.security is not None
    assert (found.security.tag, found.name) == ("wrong", "general-ciphering")
    assert isinstance(found.error, AuthenticationFailed)
    for nothing in (None, KeyRing()):
        (found,) = decode(octets, nothing)
        assert found.security is not None
        assert (found.security.tag, found.security.invocation_counter, found.error) == ("no-key", 9, None)
        assert found.name == "general-ciphering"


def test_an_ephemeral_key_nobody_vouches_for_proves_nothing() -> None:
    keys = rings(1).server
    ring = KeyRing(ak=bytes(range(0xD0, 0xE0)), agreement=KeyPair(2009, 1))
    assert ring.agreement(1).public == keys.agreement(1).public
    (found,) = decode(sealed(ANSWER, KeyForm.ONE_PASS), ring)
    assert found.security is not None
    assert (found.octets, found.security.tag) == (ANSWER, "unchecked")


def test_a_wrong_signature_is_said_and_hides_the_content() -> None:
    parties = Parties(CLIENT_TITLE, SERVER_TITLE, rings(1).client, 1, DEFAULT)
    octets = sign(ANSWER, parties, Random(3).randbytes)
    (found,) = decode(octets, rings(1).server)
    assert found.security is not None
    assert (found.octets, found.security.tag) == (ANSWER, "verified")
    (found,) = decode(octets[:-1] + bytes((octets[-1] ^ 1,)), rings(1).server)
    assert found.security is not None
    assert (found.name, found.security.tag) == ("general-signing", "wrong")


def test_a_layer_that_only_names_parties_is_never_called_verified() -> None:
    sent = GeneralCiphering(b"\x01", TITLE, CLIENT, b"", b"", None, b"\x01" + ANSWER)
    (found,) = decode(sent.to_bytes(), KEYS)
    assert found.security is not None
    assert (found.octets, found.security.tag) == (ANSWER, "absent")


def test_P10_a_telegram_of_text_inside_a_ciphered_apdu_is_its_value() -> None:
    text = b"/DKT5 meter\r\n\r\n1-0:1.8.0(000123.456*kWh)\r\n!ABCD\r\n"
    for data in (ciphered(text), b"/DKT5 meter\r\n\r\n" + ciphered(text)):
        (found,) = decode(data, KEYS)
        assert found.value is not None
        assert (found.value.value, found.error) == (text, None)
    (plain,) = decode(text)
    assert (plain.framing, plain.value and plain.value.value) == ("dsmr", text)


@pytest.mark.parametrize("length", ["5f", "815f", "82005f"])
def test_P12_the_length_of_the_content_may_be_written_in_any_form(length: str) -> None:
    sent = ciphered(PUSH)
    content = sent[11:]
    size = bytes.fromhex(length)[:-1] + bytes((len(content),))
    (found,) = decode(sent[:10] + size + content, KEYS)
    assert found.octets == PUSH


@pytest.mark.parametrize("cut", range(2, 40, 3))
def test_a_cut_envelope_shows_its_header_as_far_as_it_goes(cut: int) -> None:
    (found,) = decode(ciphered(PUSH)[:cut], KEYS)
    assert found.name == "general-glo-ciphering"
    assert found.error is not None
    assert found.security is not None
    assert found.security.system_title == (TITLE if cut >= 10 else None)
    assert (found.security.invocation_counter == 18) == (cut >= 16)


def test_many_nested_envelopes_end_at_a_bound() -> None:
    sent = PUSH
    for counter in range(30):
        sent = ciphered(sent, counter=counter)
    (found,) = decode(sent, KEYS)
    assert found.name == "general-glo-ciphering"
    assert len(found.layers) == 8
