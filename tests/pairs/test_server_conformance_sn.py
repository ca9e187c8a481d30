"""Cases of the conformance test plan by their ids: what a meter answers to services by short names."""

from __future__ import annotations

import pytest

from dlmskit.apdu.acse import Aare, ApplicationContext
from dlmskit.apdu.base import DataAccessResult
from dlmskit.apdu.codec import Apdu, decode
from dlmskit.apdu.faults import ConfirmedServiceError
from dlmskit.apdu.initiate import InitiateRequest, InitiateResponse
from dlmskit.apdu.read import ReadRequest, ReadResponse
from dlmskit.apdu.variables import BlockNumberAccess, VariableName
from dlmskit.apdu.write import WriteRequest, WriteResponse
from dlmskit.cosem.ics import Data
from dlmskit.data.value import Tag, Value
from dlmskit.server.access import ALL, Rule
from dlmskit.server.device import Device
from dlmskit.session.context import SHORT_NAME_CONFORMANCE
from tests.support.device import LONG, NUMBER
from tests.support.served_line import ServedLine

NUMBER_NAME, LONG_NAME = 0x1000, 0x2000
UNSUPPORTED = ConfirmedServiceError(1, 3, 2)
SEVEN, EIGHT = Value(Tag.LONG_UNSIGNED, 7), Value(Tag.LONG_UNSIGNED, 8)
#: GET, SET, ACTION of the current association by logical names, each whole.
BY_LOGICAL_NAMES = [
    "c001c1000f0000280000ff0100",
    "c101c1000f0000280000ff0200" + "00",
    "c301c1000f0000280000ff0100",
]


def line() -> ServedLine:
    device = Device(logical_name="DKT0000000000001")
    device.add(Data(NUMBER, value=SEVEN), base_name=NUMBER_NAME)
    device.add(Data(LONG, value=Value(Tag.OCTET_STRING, bytes(600))), base_name=LONG_NAME)
    device.association(client=16, access=(Rule("*", write=ALL),), referencing="sn")
    return ServedLine(device, client=16)


def opened(size: int = 200) -> ServedLine:
    served = line()
    initiate = InitiateRequest(proposed_conformance=SHORT_NAME_CONFORMANCE, client_max_receive_pdu_size=size)
    aarq = served.aarq(application_context=ApplicationContext.SN, user_information=initiate.to_bytes())
    aare = served.one(aarq)
    assert isinstance(aare, Aare)
    assert (aare.result, aare.application_context) == (0, ApplicationContext.SN)
    agreed = decode(aare.user_information or b"")
    assert isinstance(agreed, InitiateResponse)
    assert (agreed.vaa_name, agreed.negotiated_conformance) == (0xFA00, SHORT_NAME_CONFORMANCE)
    return served


def assert_serves(served: ServedLine) -> None:
    assert served.one(ReadRequest((VariableName(NUMBER_NAME + 8),))) == ReadResponse((SEVEN,))


@pytest.mark.parametrize("octets", [*BY_LOGICAL_NAMES, "050102fa08", "0601021008011200" + "08"])
def test_APPL_IDLE_N1_data_before_the_association_by_short_names(octets: str) -> None:
    served = line()
    assert served.one(bytes.fromhex(octets)) == UNSUPPORTED


@pytest.mark.parametrize(
    "octets", ["050103fa00", "050102fa", "0501", "05", "050102fa0000", "05ff02fa00", "050104100801"]
)
def test_APPL_DATA_SN_N1_a_malformed_read_is_answered_and_the_association_survives(octets: str) -> None:
    served = opened()
    assert isinstance(served.one(bytes.fromhex(octets)), ConfirmedServiceError)
    assert_serves(served)


def test_APPL_DATA_SN_N1_a_base_name_that_is_not_there() -> None:
    served = opened()
    assert served.one(ReadRequest((VariableName(0x4000),))) == ReadResponse((DataAccessResult(4),))
    assert_serves(served)


@pytest.mark.parametrize(
    "octets",
    ["060103100801120008", "0601021008", "060102100801", "06", "06010210080212000812000" + "8", "060102100800"],
)
def test_APPL_DATA_SN_N2_a_malformed_write_is_answered_and_changes_nothing(octets: str) -> None:
    served = opened()
    assert isinstance(served.one(bytes.fromhex(octets)), ConfirmedServiceError)
    assert_serves(served)


def test_APPL_DATA_SN_N2_a_base_name_that_is_not_there() -> None:
    served = opened()
    assert served.one(WriteRequest((VariableName(0x4000),), (EIGHT,))) == WriteResponse((DataAccessResult(4),))
    assert served.one(WriteRequest((VariableName(NUMBER_NAME),), (EIGHT,))) == WriteResponse((DataAccessResult(3),))
    assert_serves(served)


@pytest.mark.parametrize("octets", BY_LOGICAL_NAMES)
def test_APPL_DATA_SN_N3_services_by_logical_names_are_not_supported(octets: str) -> None:
    served = opened()
    assert served.one(bytes.fromhex(octets)) == UNSUPPORTED
    assert_serves(served)


@pytest.mark.parametrize("size", [12, 13, 20, 64, 599, 600, 603, 604, 605, 606, 607, 608])
def test_no_answer_is_longer_than_the_client_takes_and_none_is_lost(size: int) -> None:
    served, held, number = opened(size), b"", 0
    answer: Apdu = served.one(ReadRequest((VariableName(LONG_NAME + 8),)))
    while isinstance(answer, ReadResponse) and not isinstance(answer.results[0], Value):
        assert len(answer.to_bytes()) <= size
        block = answer.results[0]
        assert isinstance(block, tuple)
        last, number, raw = block  # type: ignore[misc]
        held += raw
        if last:
            break
        answer = served.one(ReadRequest((BlockNumberAccess(number),)))
    assert len(answer.to_bytes()) <= size
    whole = b"\x0c" + held if held else answer.to_bytes()
    assert decode(whole) == ReadResponse((Value(Tag.OCTET_STRING, bytes(600)),))
    assert bool(held) == (size < 607)
