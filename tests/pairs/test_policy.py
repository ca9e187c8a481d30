"""Security policy and protected rights: enforced by the server at once, demanded by the client."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.apdu.action import ActionRequestNormal, ActionResponseNormal
from dlmskit.apdu.base import AttributeDescriptor, DataAccessResult, MethodDescriptor
from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.faults import ExceptionResponse
from dlmskit.apdu.get import GetRequestNormal, GetResponseNormal
from dlmskit.apdu.set import SetRequestNormal, SetResponseNormal
from dlmskit.cosem.access import AccessFlags
from dlmskit.cosem.ics import Data, SecuritySetup, SecuritySetup_v0
from dlmskit.cosem.ics.security import SecurityPolicy, SecurityPolicy_v0
from dlmskit.data.value import Tag, Value
from dlmskit.errors import OutcomeUnknown, ReadWriteDenied, SecurityError, ServiceRefused
from dlmskit.obis import Obis
from dlmskit.security.cipher import BOTH
from dlmskit.security.keys import KeyRing
from dlmskit.server.access import ALL, Rule
from dlmskit.server.device import Device
from dlmskit.session.protection.policy import Policy, number_of, numbered, of_request, of_response
from dlmskit.session.services import exchanges
from tests.support.served_line import AK, EK, ServedLine
from tests.support.session_pair import CLIENT_TITLE, ENERGY, Pair, ciphering, client_settings, served

SETUP, NUMBER = "0.0.43.0.0.255", "0.0.96.1.2.255"
SEVEN, NINE = Value(Tag.LONG_UNSIGNED, 7), Value(Tag.LONG_UNSIGNED, 9)
ALL_FLAGS = 0xFC
ENERGY_VALUE = AttributeDescriptor(3, ENERGY, 2)


# --- flags and numbers ---


def test_flags_of_requests_and_responses_are_told_apart() -> None:
    assert (of_request(0x24), of_response(0x24)) == (0x10, 0x10)
    assert (of_request(0x08), of_response(0x08)) == (0x20, 0)
    assert (of_request(0x40), of_response(0x40)) == (0, 0x20)
    assert of_request(0x10) & ~BOTH
    assert of_response(0x80) & ~BOTH


def test_version_0_numbers_what_version_1_flags() -> None:
    assert [number_of(numbered(number)) for number in range(4)] == [0, 1, 2, 3]
    assert number_of(SecurityPolicy.AUTHENTICATED_RESPONSE | SecurityPolicy.ENCRYPTED_REQUEST) == 3
    with pytest.raises(ReadWriteDenied):
        numbered(4)


@given(st.lists(st.integers(0, 0xFF)))
def test_SYMSEC_0_SecPol_a_policy_is_only_ever_raised(wanted: list[int]) -> None:
    policy = Policy()
    for flags in wanted:
        before = policy.flags
        try:
            policy.activate(flags)
        except ReadWriteDenied:
            assert flags & ~ALL_FLAGS or before & ~flags
            assert policy.flags == before
        else:
            assert policy.flags == flags
        assert not before & ~policy.flags
        assert (policy.request, policy.response) == (of_request(policy.flags), of_response(policy.flags))


# --- the server enforces ---


def metered(setup: SecuritySetup | SecuritySetup_v0, *, required: int = 0, **rules: Any) -> ServedLine:
    """A meter whose protected client may do everything; nothing but the policy asks for protection."""
    device = Device(logical_name="DKT0000000000001", system_title=b"DKT\0\0\0\0\1")
    device.add(Data(NUMBER, value=SEVEN))
    device.add(setup)
    device.association(
        client=1,
        access=(Rule("*", write=ALL, call=ALL), Rule(NUMBER, write=ALL, **rules)),
        mechanism=5,
        keys=KeyRing(ek=EK, ak=AK),
        required=required,
        security_setup=SETUP,
        version=3,
    )
    line = ServedLine(device, client=1)
    line.associate_with_hls()
    return line


def get_number() -> GetRequestNormal:
    return GetRequestNormal(0xC1, AttributeDescriptor(1, bytes(Obis.parse(NUMBER)), 2), None)


def put_number() -> SetRequestNormal:
    return SetRequestNormal(0xC1, get_number().attribute, None, NINE)


def activate(line: ServedLine, flags: int) -> int:
    setup = MethodDescriptor(64, bytes(Obis.parse(SETUP)), 1)
    answer = line.one(line.shield(ActionRequestNormal(0xC1, setup, Value(Tag.ENUM, flags))))
    assert isinstance(answer, ActionResponseNormal)
    return answer.response.result


def policy_of(line: ServedLine) -> Value | DataAccessResult:
    asked = GetRequestNormal(0xC1, AttributeDescriptor(64, bytes(Obis.parse(SETUP)), 2), None)
    answer = line.one(line.shield(asked))
    assert isinstance(answer, GetResponseNormal)
    return answer.result


def test_SYMSEC_0_SecPol_1_an_activated_policy_holds_at_once_and_is_not_lowered() -> None:
    line = metered(SecuritySetup_v0(SETUP))
    assert line.one(get_number()) == GetResponseNormal(0xC1, SEVEN)
    assert activate(line, SecurityPolicy_v0.ALL_AUTHENTICATED) == 0
    assert isinstance(line.one(get_number()), ExceptionResponse)
    assert isinstance(line.one(line.shield(get_number(), control=0x20)), ExceptionResponse)
    assert line.one(line.shield(get_number(), control=0x10)) == GetResponseNormal(0xC1, SEVEN)
    for lower in (SecurityPolicy_v0.NOTHING, SecurityPolicy_v0.ALL_ENCRYPTED, 9):
        assert activate(line, lower) != 0
    assert policy_of(line) == Value(Tag.ENUM, 1)
    assert activate(line, SecurityPolicy_v0.ALL_AUTHENTICATED_AND_ENCRYPTED) == 0
    assert isinstance(line.one(line.shield(get_number(), control=0x10)), ExceptionResponse)
    assert line.one(line.shield(get_number())) == GetResponseNormal(0xC1, SEVEN)


def test_SYMSEC_0_SecPol_2_requests_and_responses_have_a_policy_each_in_version_1() -> None:
    line = metered(SecuritySetup(SETUP))
    assert line.answered_with(get_number()) == 0
    assert activate(line, SecurityPolicy.ENCRYPTED_RESPONSE) == 0
    assert line.answered_with(get_number()) == 0x20  # a plain request is taken, its response is protected
    both = SecurityPolicy.ENCRYPTED_RESPONSE | SecurityPolicy.AUTHENTICATED_REQUEST
    assert activate(line, both) == 0
    assert isinstance(line.one(get_number()), ExceptionResponse)
    assert line.answered_with(line.shield(get_number(), control=0x10)) == 0x30  # as it came, and encrypted
    assert activate(line, SecurityPolicy.ENCRYPTED_RESPONSE) != 0
    assert activate(line, 0x01) != 0
    assert policy_of(line) == Value(Tag.ENUM, int(both))


def test_SYMSEC_0_SecPol_3_a_policy_holds_for_every_association_of_its_setup_and_no_other() -> None:
    line = metered(SecuritySetup(SETUP))
    ring, everything = KeyRing(ek=EK, ak=AK), (Rule("*"),)
    for client, setup in ((2, SETUP), (3, None)):
        line.device.association(
            client=client, access=everything, mechanism=5, keys=ring, required=0, security_setup=setup
        )
    for client, is_strict in ((2, True), (3, False)):
        other = ServedLine(line.device, client=client)
        other.associate_with_hls()
        assert other.one(get_number()) == GetResponseNormal(0xC1, SEVEN)
        activate(line, SecurityPolicy.AUTHENTICATED_REQUEST)
        assert isinstance(other.one(get_number()), ExceptionResponse) is is_strict


def test_a_stored_policy_is_in_force_from_the_start() -> None:
    line = metered(SecuritySetup(SETUP, security_policy=SecurityPolicy.AUTHENTICATED_REQUEST))
    assert isinstance(line.one(get_number()), ExceptionResponse)
    assert line.one(line.shield(get_number(), control=0x10)) == GetResponseNormal(0xC1, SEVEN)


# --- rights over one object ---


def test_rights_demand_protection_of_a_request_and_of_its_response() -> None:
    flags = AccessFlags.AUTHENTICATED_REQUEST | AccessFlags.ENCRYPTED_RESPONSE
    line = metered(SecuritySetup(SETUP), protection=flags)
    refused = line.one(get_number())
    assert isinstance(refused, GetResponseNormal)
    assert refused.result == DataAccessResult(13)
    assert line.answered_with(line.shield(get_number(), control=0x10)) == 0x30
    assert line.one(line.shield(put_number(), control=0x10)) == SetResponseNormal(0xC1, 0)
    assert line.answered_with(line.shield(put_number(), control=0x30)) == 0x30
    whole = GetRequestNormal(0xC1, AttributeDescriptor(1, bytes(Obis.parse(NUMBER)), 0), None)
    assert line.answered_with(line.shield(whole, control=0x10)) == 0x30


def test_a_response_that_cannot_be_protected_is_not_given() -> None:
    device = Device(logical_name="DKT0000000000001")
    device.add(Data(NUMBER, value=SEVEN))
    device.association(client=16, access=(Rule("*", protection=AccessFlags.AUTHENTICATED_RESPONSE),))
    device.association(client=17, access=(Rule("*"),))
    for client, expected in ((16, DataAccessResult(13)), (17, SEVEN)):
        line = ServedLine(device, client=client)
        line.associate()
        assert line.one(get_number()) == GetResponseNormal(0xC1, expected)


# --- the client demands ---


def pair(control: int, **changes: Any) -> Pair:
    """Both protect with `control`; the meter takes anything."""
    settings = client_settings(5, ciphering=ciphering(CLIENT_TITLE, 5, control=control), **changes)
    made = Pair(mechanism=5, settings=settings, offer=served(5, required=0))
    made.model.values[ENERGY_VALUE] = NINE
    assert made.open().error is None
    return made


def read(made: Pair, protection: int = 0) -> Value:
    return made.do(lambda context: exchanges.get(context, ENERGY_VALUE), protection=protection)


def test_a_request_goes_with_what_the_rights_ask_for_and_takes_no_weaker_answer() -> None:
    made = pair(0x10)
    seen: list[int] = []

    def note(way: str, octets: bytes) -> bytes:
        seen.append(octets[10])  # behind the wrapper's header, tag and length
        return octets

    made.wire = note
    assert read(made) == NINE
    assert seen == [0x10, 0x10]
    seen.clear()
    assert read(made, AccessFlags.ENCRYPTED_REQUEST) == NINE
    assert seen == [0x30, 0x30]
    with pytest.raises(SecurityError):
        read(made, AccessFlags.ENCRYPTED_RESPONSE)  # asked with a tag alone, it is answered with a tag alone
    assert read(made) == NINE


def test_a_weaker_answer_is_refused_unless_that_was_said_to_be_good_enough() -> None:
    for is_strict in (True, False):
        made = pair(0x30, require_protected_responses=is_strict)
        server = next(iter(made.server._links.values())).association
        answer = GetResponseNormal(0, SEVEN)
        made.answers = False
        ticket = made.submit(lambda context: exchanges.get(context, ENERGY_VALUE))
        answer = GetResponseNormal(made.meter.context.invoke_id | 0xC0, SEVEN)
        server.send_apdu(answer.to_bytes(), None, 0.0)
        made.pump()
        assert isinstance(ticket.error, SecurityError) is is_strict
        assert (ticket.result == SEVEN) is not is_strict


@pytest.mark.parametrize(("control", "error"), [(0x30, OutcomeUnknown), (0, ServiceRefused)])
def test_A58_an_unprotected_refusal_leaves_the_outcome_of_a_protected_command_unknown(
    control: int, error: type[Exception]
) -> None:
    made = pair(control)
    made.answers = False
    refusal: Apdu = ExceptionResponse(1, 2)
    command = made.submit(lambda context: exchanges.put(context, ENERGY_VALUE, NINE), command=True)
    question = made.submit(lambda context: exchanges.get(context, ENERGY_VALUE))
    server = next(iter(made.server._links.values())).association
    for _ in range(2):
        server.refuse_service(refusal, 0.0)
        made.pump()
    assert type(command.error) is error
    assert type(question.error) is ServiceRefused
