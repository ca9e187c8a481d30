"""Cases of the application layer's conformance test, by their ids, against our server.

What the published lists leave open (silence or an error, which diagnostic) is held to what our server does.
"""

from __future__ import annotations

import pytest

from dlmskit.apdu.acse import Aare, Rlre
from dlmskit.apdu.base import AttributeDescriptor, DataAccessResult
from dlmskit.apdu.codec import decode
from dlmskit.apdu.faults import ConfirmedServiceError, ExceptionResponse
from dlmskit.apdu.get import GetRequestNormal, GetResponseNormal
from dlmskit.apdu.initiate import InitiateRequest, InitiateResponse
from dlmskit.cosem.ics import AssociationLN_v1
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Tag, Value
from dlmskit.obis import Obis
from dlmskit.session.context import CLIENT_CONFORMANCE
from tests.support.device import NUMBER, small_device
from tests.support.served_line import CTOS, ServedLine

CURRENT = bytes((0, 0, 40, 0, 0, 255))
ALL_BITS = Conformance((1 << 24) - 1)


def get(index: int = 2, name: str = NUMBER, class_id: int = 1) -> GetRequestNormal:
    return GetRequestNormal(0xC1, AttributeDescriptor(class_id, bytes(Obis.parse(name)), index), None)


def line(client: int = 16) -> ServedLine:
    return ServedLine(small_device(), client=client)


def open_with(served: ServedLine, **changes: object) -> Aare:
    aare = served.one(served.aarq(**changes))
    assert isinstance(aare, Aare)
    return aare


def initiate(**changes: object) -> bytes:
    fields: dict[str, object] = {"proposed_conformance": CLIENT_CONFORMANCE, "client_max_receive_pdu_size": 200}
    return InitiateRequest(**{**fields, **changes}).to_bytes()


def agreed(aare: Aare) -> InitiateResponse:
    found = decode(aare.user_information or b"")
    assert isinstance(found, InitiateResponse)
    return found


def initiate_error(aare: Aare) -> int:
    assert aare.result == 1
    found = decode(aare.user_information or b"")
    assert isinstance(found, ConfirmedServiceError)
    return found.code


def assert_serves(served: ServedLine) -> None:
    assert served.one(get()) == GetResponseNormal(0xC1, Value(Tag.LONG_UNSIGNED, 7))


def test_APPL_IDLE_N1_data_before_the_association() -> None:
    served = line()
    assert served.one(get(1, "0.0.40.0.0.255", 15)) == ExceptionResponse(1, 2)
    assert open_with(served).result == 0
    assert_serves(served)


def test_APPL_OPEN_1_the_current_association_is_read_and_released() -> None:
    served = line()
    assert open_with(served).result == 0
    name = served.one(get(1, "0.0.40.0.0.255", 15))
    assert name == GetResponseNormal(0xC1, Value(Tag.OCTET_STRING, CURRENT))
    partners = served.one(get(AssociationLN_v1.associated_partners_id.index, "0.0.40.0.0.255", 15))
    assert isinstance(partners, GetResponseNormal)
    assert partners.result == Value(Tag.STRUCTURE, (Value(Tag.INTEGER, 16), Value(Tag.LONG_UNSIGNED, 1)))


@pytest.mark.parametrize("user", [None, 0, 1, 255])
def test_APPL_OPEN_2_a_user_is_taken(user: int | None) -> None:
    served = line()
    assert open_with(served, calling_ae_invocation_id=user).result == 0
    assert_serves(served)


def test_APPL_OPEN_3_passes_3_and_4() -> None:
    served = line(1)
    served.associate_with_hls()
    answer = served.one(served.shield(get()))
    assert answer == GetResponseNormal(0xC1, Value(Tag.LONG_UNSIGNED, 7))


@pytest.mark.parametrize("version", [None, "1", "10", "100001"])
def test_APPL_OPEN_4_the_default_protocol_version_is_accepted(version: str | None) -> None:
    assert open_with(line(), protocol_version=version).result == 0


def test_APPL_OPEN_4_another_protocol_version_is_no_common_one() -> None:
    served = line()
    refused = open_with(served, protocol_version="010001")
    assert (refused.result, refused.diagnostic_source, refused.diagnostic) == (1, 2, 2)
    assert open_with(served).result == 0


def test_APPL_OPEN_5_an_unknown_context_is_refused_by_name() -> None:
    served = line()
    octets = bytearray(served.aarq().to_bytes())
    at = octets.index(bytes.fromhex("a109060760857405080101"))
    octets[at : at + 11] = bytes.fromhex("a10906075f857504070203")
    refused = served.one(bytes(octets))
    assert isinstance(refused, Aare)
    assert (refused.result, refused.diagnostic_source, refused.diagnostic) == (1, 1, 2)
    assert open_with(served).result == 0


@pytest.mark.parametrize("context", [2, 3, 4])
def test_APPL_OPEN_5_a_known_context_that_is_not_offered_is_refused(context: int) -> None:
    refused = open_with(line(), application_context=context)
    assert (refused.result, refused.diagnostic) == (1, 2)


def test_APPL_OPEN_6_unused_fields_change_nothing() -> None:
    served = line()
    aare = open_with(
        served,
        called_ap_title=b"x",
        called_ae_qualifier=b"x",
        called_ap_invocation_id=1,
        called_ae_invocation_id=1,
        calling_ap_title=b"12345678",
        calling_ae_qualifier=b"x",
        calling_ap_invocation_id=1,
    )
    assert aare.result == 0
    assert aare.responding_ap_title is None
    assert_serves(served)


@pytest.mark.parametrize("title", [None, b"", b"x", b"7octets", b"9 octets!", b"10 octets!"])
def test_APPL_OPEN_6_A15_a_title_of_another_size_is_not_recognised(title: bytes | None) -> None:
    served = line(1)
    refused = open_with(served, mechanism=5, value=CTOS, calling_ap_title=title)
    assert (refused.result, refused.diagnostic) == (1, 3)
    served.associate_with_hls()


def test_APPL_OPEN_7_the_password_is_weighed() -> None:
    served = line(32)
    for value, diagnostic in ((b"dlmskit2", 13), (b"", 13), (None, 13), (b"dlmskit1 ", 13)):
        refused = open_with(served, mechanism=1, value=value)
        assert (refused.result, refused.diagnostic_source, refused.diagnostic) == (1, 1, diagnostic)
    assert open_with(served, mechanism=1, value=b"dlmskit1").result == 0
    assert_serves(served)


def test_APPL_OPEN_7_without_the_functional_unit_authentication_is_required() -> None:
    served = line(32)
    for changes in ({}, {"mechanism": 1, "value": b"dlmskit1", "sender_acse_requirements": False}):
        refused = open_with(served, **changes)
        assert (refused.result, refused.diagnostic) == (1, 14)


def test_APPL_OPEN_7_another_mechanism_is_not_recognised() -> None:
    refused = open_with(line(32), mechanism=2, value=CTOS)
    assert (refused.result, refused.diagnostic) == (1, 11)


def test_APPL_OPEN_9_a_dedicated_key_without_ciphering_is_not_accepted() -> None:
    served = line()
    assert open_with(served, user_information=initiate(dedicated_key=bytes(range(16)))).result == 1
    assert open_with(served).result == 0


def test_APPL_OPEN_11_the_quality_of_service_comes_back() -> None:
    aare = open_with(line(), user_information=initiate(proposed_quality_of_service=1))
    assert (aare.result, agreed(aare).negotiated_quality_of_service) == (0, 1)


@pytest.mark.parametrize("version", [0, 1, 5])
def test_APPL_OPEN_12_a_lower_dlms_version_is_too_low(version: int) -> None:
    aare = open_with(line(), user_information=initiate(proposed_dlms_version_number=version))
    assert initiate_error(aare) == 1


@pytest.mark.parametrize("version", [6, 7, 255])
def test_APPL_OPEN_12_a_higher_dlms_version_is_answered_with_6(version: int) -> None:
    aare = open_with(line(), user_information=initiate(proposed_dlms_version_number=version))
    assert (aare.result, agreed(aare).negotiated_dlms_version_number) == (0, 6)


@pytest.mark.parametrize("proposed", [ALL_BITS, CLIENT_CONFORMANCE, Conformance.GET])
def test_APPL_OPEN_13_what_both_can_is_agreed_on(proposed: Conformance) -> None:
    served = line()
    aare = open_with(served, user_information=initiate(proposed_conformance=proposed))
    assert (aare.result, agreed(aare).negotiated_conformance) == (0, proposed & CLIENT_CONFORMANCE)
    assert_serves(served)


@pytest.mark.parametrize("proposed", [Conformance(0), Conformance.READ | Conformance.WRITE])
def test_APPL_OPEN_13_nothing_in_common_is_incompatible(proposed: Conformance) -> None:
    served = line()
    assert initiate_error(open_with(served, user_information=initiate(proposed_conformance=proposed))) == 2
    assert open_with(served).result == 0


@pytest.mark.parametrize("size", [1, 11])
def test_APPL_OPEN_14_a_pdu_size_below_12_is_too_short(size: int) -> None:
    aare = open_with(line(), user_information=initiate(client_max_receive_pdu_size=size))
    assert initiate_error(aare) == 3


@pytest.mark.parametrize("size", [0, 12, 0xFFFF])
def test_APPL_OPEN_14_other_pdu_sizes_are_taken(size: int) -> None:
    served = line()
    assert open_with(served, user_information=initiate(client_max_receive_pdu_size=size)).result == 0
    answer = served.one(get())
    assert size == 0 or len(answer.to_bytes()) <= size


@pytest.mark.parametrize(
    "octets",
    ["c004c1", "c0", "c001", "c001c1", "c001c100010000600102ff", "c003c100", "c003c1ff0001", "c002c1", "c003c105"],
)
def test_APPL_DATA_LN_N1_a_malformed_get_is_answered_and_the_association_survives(octets: str) -> None:
    served = line()
    open_with(served)
    assert isinstance(served.one(bytes.fromhex(octets)), ExceptionResponse)
    assert_serves(served)


def test_APPL_DATA_LN_N1_an_object_that_is_not_there() -> None:
    served = line()
    open_with(served)
    assert served.one(get(2, "0.0.99.99.99.255")) == GetResponseNormal(0xC1, DataAccessResult(4))
    assert_serves(served)


@pytest.mark.parametrize("octets", ["c106c1", "c101c1", "c101c100010000600102ff0200", "c101c100010000600102ff020012"])
def test_APPL_DATA_LN_N3_a_malformed_set_is_answered_and_changes_nothing(octets: str) -> None:
    served = line()
    open_with(served)
    assert isinstance(served.one(bytes.fromhex(octets)), ExceptionResponse)
    assert_serves(served)


@pytest.mark.parametrize("octets", ["05010 2fa00", "0601 02fa00 01 0f00"])
def test_APPL_DATA_LN_N4_a_short_name_service_is_not_supported(octets: str) -> None:
    served = line()
    open_with(served)
    assert served.one(bytes.fromhex(octets.replace(" ", ""))) == ExceptionResponse(1, 2)
    assert_serves(served)


def test_an_unknown_service_is_told_apart_from_one_that_is_not_supported() -> None:
    served = line()
    open_with(served)
    assert served.one(b"\x7f\x01") == ExceptionResponse(2, 2)
    assert_serves(served)


def test_APPL_REL_P1_after_a_release_nothing_is_served() -> None:
    served = line()
    open_with(served)
    assert_serves(served)
    assert isinstance(served.one(bytes.fromhex("6203800100")), Rlre)
    assert served.one(get()) == ExceptionResponse(1, 2)
    assert open_with(served).result == 0
    assert_serves(served)
