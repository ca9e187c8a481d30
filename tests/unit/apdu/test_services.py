"""GET, SET, ACTION, notifications, initiate, faults and envelopes: the octets of each form."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dlmskit.apdu import Apdu, Span, decode, decode_from, name_of
from dlmskit.apdu.access import AccessKind, AccessRequest, AccessResponse, AccessResult, AccessSpecification
from dlmskit.apdu.acse import Aarq
from dlmskit.apdu.action import (
    ActionRequestNextPblock,
    ActionRequestNormal,
    ActionRequestWithFirstPblock,
    ActionRequestWithList,
    ActionRequestWithListAndFirstPblock,
    ActionRequestWithPblock,
    ActionResponseNextPblock,
    ActionResponseNormal,
    ActionResponseWithList,
    ActionResponseWithPblock,
)
from dlmskit.apdu.base import (
    ActionResult,
    AttributeDescriptor,
    AttributeRequest,
    DataAccessResult,
    DataBlock,
    MethodDescriptor,
    Selection,
)
from dlmskit.apdu.ciphered import (
    DED_TAG,
    GLO_TAG,
    PLAIN_TAG,
    GeneralDedCiphering,
    GeneralGloCiphering,
    ServiceCiphered,
)
from dlmskit.apdu.faults import ConfirmedServiceError, ExceptionResponse
from dlmskit.apdu.general import GeneralCiphering, GeneralSigning, KeyInfo
from dlmskit.apdu.get import (
    GetRequestNext,
    GetRequestNormal,
    GetRequestWithList,
    GetResponseNormal,
    GetResponseWithDatablock,
    GetResponseWithList,
)
from dlmskit.apdu.initiate import InitiateRequest, InitiateResponse
from dlmskit.apdu.notify import DataNotification, DataNotificationConfirm, EventNotificationRequest
from dlmskit.apdu.set import (
    SetRequestNormal,
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetRequestWithList,
    SetRequestWithListAndFirstDatablock,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseLastDatablockWithList,
    SetResponseNormal,
    SetResponseWithList,
)
from dlmskit.apdu.transfer import GeneralBlockTransfer
from dlmskit.data.conformance import Conformance
from dlmskit.data.limits import Limits
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import LimitExceeded, RemoteProtocolError, UnknownTag, UsageError
from tests.support.short_name_forms import SHORT_NAMES

LN = b"\x01\x00\x01\x08\x00\xff"
REGISTER = AttributeDescriptor(3, LN, 2)
RESET = MethodDescriptor(3, LN, 1)
FIVE = Value(Tag.UNSIGNED, 5)
GET, SET, ACTION = AccessKind
PART = Selection(2, Value(Tag.STRUCTURE, (FIVE,)))
GET_PART = AccessSpecification(GET, REGISTER, PART)
SET_REGISTER, CALL_RESET = AccessSpecification(SET, REGISTER), AccessSpecification(ACTION, RESET)
BLOCK = DataBlock(True, 1, b"\x11\x05")
NOW = bytes.fromhex("07ea0b16070f1f2a00ffc400")

FORMS: list[tuple[str, Apdu, str]] = [
    ("get-request-normal", GetRequestNormal(0xC1, REGISTER), "c001c1 00030100010800ff02 00"),
    ("get-request-normal", GetRequestNormal(0xC1, REGISTER, PART), "c001c1 00030100010800ff02 01 02 0201 1105"),
    ("get-request-next", GetRequestNext(0xC1, 2), "c002c1 00000002"),
    (
        "get-request-with-list",
        GetRequestWithList(0xC1, (AttributeRequest(REGISTER, None), AttributeRequest(REGISTER, PART))),
        "c003c1 02 00030100010800ff02 00 00030100010800ff02 01 02 0201 1105",
    ),
    ("get-response-normal", GetResponseNormal(0xC1, FIVE), "c401c1 00 1105"),
    ("get-response-normal", GetResponseNormal(0xC1, DataAccessResult(3)), "c401c1 01 03"),
    (
        "get-response-with-datablock",
        GetResponseWithDatablock(0xC1, False, 1, b"\x01\x02"),
        "c402c1 00 00000001 00 020102",
    ),
    (
        "get-response-with-datablock",
        GetResponseWithDatablock(0xC1, True, 2, DataAccessResult(19)),
        "c402c1 01 00000002 01 13",
    ),
    ("get-response-with-list", GetResponseWithList(0xC1, (FIVE, DataAccessResult(4))), "c403c1 02 00 1105 01 04"),
    ("set-request-normal", SetRequestNormal(0xC1, REGISTER, None, FIVE), "c101c1 00030100010800ff02 00 1105"),
    (
        "set-request-with-first-datablock",
        SetRequestWithFirstDatablock(0xC1, REGISTER, PART, BLOCK),
        "c102c1 00030100010800ff02 01 02 0201 1105 01 00000001 021105",
    ),
    ("set-request-with-datablock", SetRequestWithDatablock(0xC1, BLOCK), "c103c1 01 00000001 021105"),
    (
        "set-request-with-list",
        SetRequestWithList(0xC1, (AttributeRequest(REGISTER),), (FIVE,)),
        "c104c1 01 00030100010800ff02 00 01 1105",
    ),
    (
        "set-request-with-list-and-first-datablock",
        SetRequestWithListAndFirstDatablock(0xC1, (AttributeRequest(REGISTER),), DataBlock(False, 1, b"")),
        "c105c1 01 00030100010800ff02 00 00 00000001 00",
    ),
    ("set-response-normal", SetResponseNormal(0xC1, 0), "c501c1 00"),
    ("set-response-datablock", SetResponseDatablock(0xC1, 1), "c502c1 00000001"),
    ("set-response-last-datablock", SetResponseLastDatablock(0xC1, 3, 7), "c503c1 03 00000007"),
    (
        "set-response-last-datablock-with-list",
        SetResponseLastDatablockWithList(0xC1, (0, 3), 7),
        "c504c1 02 00 03 00000007",
    ),
    ("set-response-with-list", SetResponseWithList(0xC1, (0, 12)), "c505c1 02 00 0c"),
    ("action-request-normal", ActionRequestNormal(0xC1, RESET), "c301c1 00030100010800ff01 00"),
    ("action-request-normal", ActionRequestNormal(0xC1, RESET, FIVE), "c301c1 00030100010800ff01 01 1105"),
    ("action-request-next-pblock", ActionRequestNextPblock(0xC1, 9), "c302c1 00000009"),
    (
        "action-request-with-list",
        ActionRequestWithList(0xC1, (RESET, RESET), (FIVE, NULL)),
        "c303c1 02 00030100010800ff01 00030100010800ff01 02 1105 00",
    ),
    (
        "action-request-with-first-pblock",
        ActionRequestWithFirstPblock(0xC1, RESET, BLOCK),
        "c304c1 00030100010800ff01 01 00000001 021105",
    ),
    (
        "action-request-with-list-and-first-pblock",
        ActionRequestWithListAndFirstPblock(0xC1, (RESET,), BLOCK),
        "c305c1 01 00030100010800ff01 01 00000001 021105",
    ),
    ("action-request-with-pblock", ActionRequestWithPblock(0xC1, BLOCK), "c306c1 01 00000001 021105"),
    ("action-response-normal", ActionResponseNormal(0xC1, ActionResult(0)), "c701c1 00 00"),
    ("action-response-normal", ActionResponseNormal(0xC1, ActionResult(0, FIVE)), "c701c1 00 01 00 1105"),
    (
        "action-response-normal",
        ActionResponseNormal(0xC1, ActionResult(1, DataAccessResult(250))),
        "c701c1 01 01 01 fa",
    ),
    ("action-response-with-pblock", ActionResponseWithPblock(0xC1, BLOCK), "c702c1 01 00000001 021105"),
    (
        "action-response-with-list",
        ActionResponseWithList(0xC1, (ActionResult(0), ActionResult(0, FIVE))),
        "c703c1 02 00 00 00 01 00 1105",
    ),
    ("action-response-next-pblock", ActionResponseNextPblock(0xC1, 1), "c704c1 00000001"),
    (
        "access-request",
        AccessRequest(0x40000001, b"", (GET_PART, SET_REGISTER, CALL_RESET), (NULL, FIVE, NULL)),
        "d9 40000001 00 03 04 00030100010800ff02 02 0201 1105 02 00030100010800ff02 03 00030100010800ff01 03 00 1105 00",
    ),
    (
        "access-response",
        AccessResponse(0x40000001, b"", None, (FIVE, NULL), (AccessResult(GET, 0), AccessResult(ACTION, 3))),
        "da 40000001 00 00 02 1105 00 02 01 00 03 03",
    ),
    (
        "access-response",
        AccessResponse(0x50000001, NOW, (SET_REGISTER,), (NULL,), (AccessResult(SET, 0),)),
        "da 50000001 0c 07ea0b16070f1f2a00ffc400 01 01 02 00030100010800ff02 01 00 01 02 00",
    ),
    ("data-notification", DataNotification(0x40000001, b"", FIVE), "0f 40000001 00 1105"),
    ("data-notification", DataNotification(1, NOW, FIVE), "0f 00000001 0c 07ea0b16070f1f2a00ffc400 1105"),
    (
        "data-notification",
        DataNotification(1, b"", Value(Tag.OCTET_STRING, NOW)),
        "0f 00000001 00 090c 07ea0b16070f1f2a00ffc400",
    ),
    ("data-notification-confirm", DataNotificationConfirm(1, b""), "10 00000001 00"),
    ("event-notification-request", EventNotificationRequest(None, REGISTER, FIVE), "c2 00 00030100010800ff02 1105"),
    (
        "event-notification-request",
        EventNotificationRequest(NOW, REGISTER, FIVE),
        "c2 01 0c 07ea0b16070f1f2a00ffc400 00030100010800ff02 1105",
    ),
    ("exception-response", ExceptionResponse(1, 2), "d8 01 02"),
    ("exception-response", ExceptionResponse(2, 6, 0x1234), "d8 02 06 00001234"),
    ("confirmed-service-error", ConfirmedServiceError(1, 6, 1), "0e 01 06 01"),
    (
        "initiate-request",
        InitiateRequest(b"0123456789abcdef", False, -1, 6, Conformance.GET | Conformance.ACTION, 0xFFFF),
        "01 01 10 30313233343536373839616263646566 01 00 01 ff 06 5f1f0400000011 ffff",
    ),
    ("initiate-request", InitiateRequest(client_max_receive_pdu_size=1), "01 00 00 00 06 5f1f0400000000 0001"),
    (
        "initiate-response",
        InitiateResponse(1, 6, Conformance.GENERAL_PROTECTION, 500),
        "08 01 01 06 5f1f0400400000 01f4 0007",
    ),
    ("initiate-response", InitiateResponse(vaa_name=0xFA00), "08 00 06 5f1f0400000000 0000 fa00"),
    ("glo-get-request", ServiceCiphered(0xC8, b"\x30"), "c8 01 30"),
    ("ded-action-response", ServiceCiphered(0xD7, b"\x30"), "d7 01 30"),
    ("general-glo-ciphering", GeneralGloCiphering(b"DKT00001", b"\x30"), "db 08 444b543030303031 01 30"),
    ("general-ded-ciphering", GeneralDedCiphering(b"", b"\x30" * 200), "dc 00 81c8" + "30" * 200),
    (
        "general-ciphering",
        GeneralCiphering(b"\x01", b"DKT00001", b"DKT00002", b"", b"", KeyInfo(0, b"\x00"), b"\x30"),
        "dd 0101 08444b543030303031 08444b543030303032 00 00 010000 0130",
    ),
    (
        "general-ciphering",
        GeneralCiphering(b"", b"", b"", b"", b"", KeyInfo(1, b"\x00", b"\xaa"), b""),
        "dd 00 00 00 00 00 01010001aa 00",
    ),
    (
        "general-ciphering",
        GeneralCiphering(b"", b"", b"", b"", b"", KeyInfo(2, b"\x01", b"\xaa\xbb"), b""),
        "dd 00 00 00 00 00 0102010102aabb 00",
    ),
    ("general-ciphering", GeneralCiphering(b"", b"", b"", NOW, b"", None, b""), f"dd 00 00 00 0c{NOW.hex()} 00 00 00"),
    ("general-signing", GeneralSigning(b"", b"", b"", b"", b"", b"\xc0", b"\xff"), "df 00 00 00 00 00 01c0 01ff"),
    ("general-block-transfer", GeneralBlockTransfer(0x41, 1, 0, b"\xc4\x01"), "e0 41 0001 0000 02 c401"),
    *SHORT_NAMES,
]


@pytest.mark.parametrize(("name", "apdu", "octets"), FORMS, ids=lambda x: x if isinstance(x, str) and "-" in x else "")
def test_each_form_has_these_octets(name: str, apdu: Apdu, octets: str) -> None:
    expected = bytes.fromhex(octets)
    assert apdu.to_bytes() == expected
    assert decode(expected) == apdu
    assert apdu.name == name


def test_every_apdu_class_is_among_the_forms() -> None:
    acse = {cls for cls in Apdu.registry.values() if cls.__module__.endswith("acse")}
    assert {type(apdu) for _, apdu, _ in FORMS} == set(Apdu.registry.values()) - acse


@pytest.mark.parametrize(
    ("tolerated", "canonical"),
    [
        ("0f40000000 090c07ea0b16070f1f2a00ffc400 1105", "0f40000000 0c07ea0b16070f1f2a00ffc400 1105"),
        (
            "c2 090c07ea0b16070f1f2a00ffc400 00030100010800ff02 1105",
            "c2 010c07ea0b16070f1f2a00ffc400 00030100010800ff02 1105",
        ),
        (
            "c2 01090c07ea0b16070f1f2a00ffc400 00030100010800ff02 1105",
            "c2 010c07ea0b16070f1f2a00ffc400 00030100010800ff02 1105",
        ),
        ("0f40000000 00090c07ea0b16070f1f2a00ffc400 1105", "0f40000000 0c07ea0b16070f1f2a00ffc400 1105"),
        ("c8 13 20 00000001 0102", "c8 07 20 00000001 0102"),
        ("c2 0100 00030100010800ff02 1105", "c2 0100 00030100010800ff02 1105"),
        ("01 00 01ff 00 06 5f1f0400007e1f 04b0", "01 00 00 00 06 5f1f0400007e1f 04b0"),
        ("01 00 00 00 06 5f0400007e1f 04b0", "01 00 00 00 06 5f1f0400007e1f 04b0"),
        ("c402c1 ff 00000001 00 8102 0102", "c402c1 01 00000001 00 020102"),
        ("c001c1 00030100010800ff02 ff 02 0201 1105", "c001c1 00030100010800ff02 01 02 0201 1105"),
    ],
    ids=[
        "extra tag before the date-time",
        "tag in place of the presence octet",
        "tag behind the presence octet",
        "date-time absent and yet there",
        "length that counts the tag which encryption alone does not have",
        "time of no octets",
        "explicit default of response-allowed",
        "conformance tag of one octet",
        "boolean other than 1 and a long length",
        "presence octet other than 1",
    ],
)
def test_what_is_accepted_though_not_canonical(tolerated: str, canonical: str) -> None:
    assert decode(bytes.fromhex(tolerated)).to_bytes() == bytes.fromhex(canonical)


@pytest.mark.parametrize(
    ("octets", "offset"),
    [
        ("0f40000000 05 0102030405 1105", 5),
        ("c2 01 04 01020304 00030100010800ff02 1105", 2),
        ("01 00 00 00 06 5e1f0400007e1f 04b0", 5),
        ("01 00 00 00 06 5f1f0300007e1f 04b0", 5),
        ("01 00 00 00 06 5f1f0408007e1f 04b0", 5),
        ("c401c1 02 1105", 3),
        ("c403c1 01 07 1105", 4),
        ("c701c1 00 01 02 00", 5),
        ("c401c1 00 07 00", 4),
        ("c8 13 30 00000001 0102", 9),
        ("c8 14 20 00000001 0102", 9),
        ("db 00 13 20 00000001 0102", 10),
        ("d9 40000001 00 01 06 00030100010800ff01 01 00", 7),
        ("d9 40000001 00 01 00 00030100010800ff01 01 00", 7),
        ("d9 40000001 00 01 07 00030100010800ff01 01 00", 7),
        ("da 40000001 00 00 01 00 01 04 00", 10),
    ],
)
def test_what_is_refused_says_where(octets: str, offset: int) -> None:
    with pytest.raises(RemoteProtocolError) as caught:
        decode(bytes.fromhex(octets))
    assert caught.value.offset == offset


def test_an_apdu_cut_short_says_in_which_field() -> None:
    with pytest.raises(RemoteProtocolError, match=r"get-request-normal.*attribute") as caught:
        decode(bytes.fromhex("c001c1000301"))
    assert caught.value.offset == 6


@pytest.mark.parametrize("count", ["ff", "81ff", "82ffff", "84ffffffff"])
def test_A25_a_list_of_fewer_elements_than_announced_is_refused(count: str) -> None:
    one = "00030100010800ff0200"
    assert decode(bytes.fromhex("c003c101" + one)) == GetRequestWithList(0xC1, (AttributeRequest(REGISTER),))
    for lists in ("c003c1" + count + one, "c403c1" + count + "00" + "1105", "c505c1" + count + "00"):
        with pytest.raises(RemoteProtocolError) as caught:
            decode(bytes.fromhex(lists))
        assert caught.value.offset == 3


@pytest.mark.parametrize("count", ["ff", "81ff", "82ffff", "84ffffffff"])
def test_A25_an_access_of_fewer_elements_than_announced_is_refused(count: str) -> None:
    one = "02 00030100010800ff02"
    assert decode(bytes.fromhex(f"d94000000100 01 {one} 01 1105")).to_bytes()
    for lists, offset in ((f"d94000000100 {count} {one} 01 1105", 6), (f"da4000000100 00 {count} 1105 01 0200", 7)):
        with pytest.raises(RemoteProtocolError) as caught:
            decode(bytes.fromhex(lists))
        assert caught.value.offset == offset


@pytest.mark.parametrize(
    "specification",
    [
        AccessSpecification(ACTION, REGISTER),
        AccessSpecification(GET, RESET),
        AccessSpecification(ACTION, RESET, PART),
    ],
)
def test_an_access_of_another_target_than_its_kind_is_not_written(specification: AccessSpecification) -> None:
    with pytest.raises(UsageError, match="specifications"):
        AccessRequest(0x40000001, b"", (specification,), (NULL,)).to_bytes()


def test_a_list_of_more_elements_than_the_limit_is_refused() -> None:
    octets = SetResponseWithList(0xC1, (0,) * 20).to_bytes()
    assert decode(octets, Limits(elements=20))
    with pytest.raises(LimitExceeded):
        decode(octets, Limits(elements=19))


def test_the_limits_reach_the_values_inside() -> None:
    nested = FIVE
    for _ in range(5):
        nested = Value(Tag.STRUCTURE, (nested,))
    octets = GetResponseNormal(0xC1, nested).to_bytes()
    assert decode(octets, Limits(depth=5))
    with pytest.raises(LimitExceeded):
        decode(octets, Limits(depth=4))


def test_a_refusal_never_equals_data() -> None:
    assert GetResponseNormal(0xC1, DataAccessResult(5)) != GetResponseNormal(0xC1, FIVE)
    assert DataAccessResult(5) != 5


def test_an_instance_id_of_other_than_six_octets_is_a_usage_error() -> None:
    for wrong in (b"", LN[:5], LN + b"\0"):
        with pytest.raises(UsageError, match=r"attribute.*6 octets"):
            GetRequestNormal(0xC1, AttributeDescriptor(3, wrong, 2)).to_bytes()


@pytest.mark.parametrize(
    ("apdu", "field"),
    [
        (GetRequestNormal(256, REGISTER), "invoke_id_and_priority"),
        (GetRequestNormal(0, AttributeDescriptor(65536, LN, 2)), "attribute"),
        (GetRequestNext(0, 2**32), "block_number"),
        (DataNotification(0, NOW[:11]), "date_time"),
        (ExceptionResponse(1, 6), "invocation_counter"),
        (ExceptionResponse(1, 2, 5), "invocation_counter"),
        (InitiateRequest(proposed_conformance=Conformance(1 << 24)), "proposed_conformance"),
        (SetRequestNormal(0, REGISTER, None, Value(Tag.UNSIGNED, 256)), "value"),
    ],
)
def test_a_number_out_of_range_is_a_usage_error_naming_the_field(apdu: Apdu, field: str) -> None:
    with pytest.raises(UsageError, match=f"{apdu.name}: {field}"):
        apdu.to_bytes()


def test_plain_and_ciphered_tags_belong_together() -> None:
    assert GLO_TAG[0x01] == 0x21
    assert GLO_TAG[0x08] == 0x28
    assert GLO_TAG[0x0E] == 0x2E
    assert [GLO_TAG[tag] for tag in (0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC7)] == [*range(0xC8, 0xCE), 0xCF]
    assert [DED_TAG[tag] for tag in (0xC0, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC7)] == [*range(0xD0, 0xD6), 0xD7]
    assert [DED_TAG[tag] for tag in (0x01, 0x08, 0x0E)] == [0x41, 0x48, 0x4E]
    assert len(PLAIN_TAG) == len(GLO_TAG) + len(DED_TAG)
    for table, prefix in ((GLO_TAG, "glo-"), (DED_TAG, "ded-")):
        for plain, ciphered in table.items():
            assert PLAIN_TAG[ciphered] == plain
            assert name_of(bytes((ciphered,))) == prefix + name_of(bytes((plain,)))
    for never in (0x0F, 0xD8, 0xDB):
        assert never not in GLO_TAG


def test_faults_speak_words_also_for_numbers_the_standard_does_not_list() -> None:
    assert ExceptionResponse(1, 5).words == "service not allowed, deciphering error"
    assert ExceptionResponse(9, 99).words == "state error 9, service error 99"
    assert ConfirmedServiceError(1, 6, 1).words == "initiate: DLMS version too low (initiate)"
    assert ConfirmedServiceError(5, 5, 2).words == "read: object access violated (access)"
    assert ConfirmedServiceError(99, 98, 97).words == "service 99: code 97 (category 98)"
    assert ConfirmedServiceError(1, 6, 97).words == "initiate: code 97 (initiate)"


def test_the_first_bit_of_the_conformance_block_is_the_highest() -> None:
    octets = InitiateRequest(proposed_conformance=Conformance.GENERAL_PROTECTION).to_bytes()
    assert octets[9:12] == b"\x40\x00\x00"
    request = decode(bytes.fromhex("01000000065f1f0400ffffff0000"))
    assert isinstance(request, InitiateRequest)
    assert request.proposed_conformance == 0xFFFFFF
    assert Conformance.ACTION in request.proposed_conformance


def test_apdus_are_frozen() -> None:
    with pytest.raises(AttributeError):
        SetResponseNormal(0xC1, 0).result = 1  # type: ignore[misc]


def test_an_unknown_choice_inside_is_named() -> None:
    with pytest.raises(UnknownTag, match="Get-Data-Result tag 0x02"):
        decode(bytes.fromhex("c401c1021105"))


def test_apdus_one_behind_the_other_are_read_one_by_one() -> None:
    parts = [DataNotification(1, NOW, FIVE), Aarq(1, calling_ap_title=b"DKT00001"), GetRequestNext(0xC1, 7)]
    octets = b"".join(apdu.to_bytes() for apdu in parts)
    at, found = 0, []
    while at < len(octets):
        apdu, at = decode_from(octets, at)
        found.append(apdu)
    assert found == parts


def test_the_fields_before_a_fault_can_still_be_walked() -> None:
    notification = bytes.fromhex("0f 40000001 0c 07ea0b16070f1f2a00ffc400 0202 1105 99")
    found, fault = walked(DataNotification.walk(notification))
    assert found == {"long_invoke_id_and_priority": 0x40000001, "date_time": NOW}
    assert fault.offset == 22
    found, fault = walked(DataNotification.walk(notification[:10]))
    assert found == {"long_invoke_id_and_priority": 0x40000001}
    assert fault.offset == 10
    found, fault = walked(Aarq.walk(bytes.fromhex("6012a109060760857405080103a605040244ff00")))
    assert found == {"application_context": 3}
    assert fault.offset == 19


def walked(spans: Iterator[Span]) -> tuple[dict[str, object], RemoteProtocolError]:
    """The fields up to the fault, and the fault."""
    found = {}
    with pytest.raises(RemoteProtocolError) as caught:
        for span in spans:
            found[span.name] = span.value
    return found, caught.value


@pytest.mark.parametrize(
    ("control", "is_last", "is_streaming", "window"),
    [(0x80, True, False, 0), (0x41, False, True, 1), (0x3F, False, False, 63)],
)
def test_block_control_says_last_streaming_and_window(
    control: int, is_last: bool, is_streaming: bool, window: int
) -> None:
    block = GeneralBlockTransfer(control, 1, 0)
    assert (block.is_last, block.is_streaming, block.window) == (is_last, is_streaming, window)


def test_a_key_info_that_is_none_is_an_error() -> None:
    with pytest.raises(UnknownTag, match="Key-Info tag 0x03") as caught:
        decode(bytes.fromhex("dd 00 00 00 00 00 0103 00"))
    assert caught.value.offset == 7
