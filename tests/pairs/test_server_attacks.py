"""Attacks on a served device, by their ids; in each the same exchange unmodified is accepted."""

from __future__ import annotations

from typing import Any

import pytest

from dlmskit.apdu.acse import Aare, Rlre, Rlrq
from dlmskit.apdu.action import ActionRequestNormal, ActionResponseNormal
from dlmskit.apdu.base import AttributeDescriptor, DataAccessResult, DataBlock, MethodDescriptor
from dlmskit.apdu.codec import Apdu, decode
from dlmskit.apdu.faults import ExceptionResponse
from dlmskit.apdu.get import GetRequestNext, GetRequestNormal, GetResponseNormal, GetResponseWithDatablock
from dlmskit.apdu.initiate import InitiateRequest, InitiateResponse
from dlmskit.apdu.set import (
    SetRequestNormal,
    SetRequestWithDatablock,
    SetRequestWithFirstDatablock,
    SetResponseDatablock,
    SetResponseLastDatablock,
    SetResponseNormal,
)
from dlmskit.data import axdr
from dlmskit.data.value import Tag, Value
from dlmskit.obis import Obis
from dlmskit.session.context import CLIENT_CONFORMANCE
from tests.support.device import COUNTED, LONG, NUMBER, small_device
from tests.support.served_line import CTOS, STOC, ServedLine

INVOKE = 0xC1
SEVEN, NINE = Value(Tag.LONG_UNSIGNED, 7), Value(Tag.LONG_UNSIGNED, 9)


def named(name: str, index: int = 2, class_id: int = 1) -> AttributeDescriptor:
    return AttributeDescriptor(class_id, bytes(Obis.parse(name)), index)


def get_number(invoke: int = INVOKE) -> GetRequestNormal:
    return GetRequestNormal(invoke, named(NUMBER), None)


def public() -> ServedLine:
    line = ServedLine(small_device(), client=16)
    assert line.associate().result == 0
    return line


def protected() -> ServedLine:
    line = ServedLine(small_device(), client=1)
    line.associate_with_hls()
    return line


def assert_alive(line: ServedLine, *, value: Value = SEVEN) -> None:
    """The association is there as before, and the number was not touched."""
    request: Apdu | bytes = get_number() if line.client == 16 else line.shield(get_number())
    assert line.one(request) == GetResponseNormal(INVOKE, value)


# --- associations ---


def test_A12_a_second_aarq_inside_an_association_is_refused_and_changes_nothing() -> None:
    line = public()
    refused = line.one(line.aarq())
    assert isinstance(refused, Aare)
    assert refused.result == 1
    assert_alive(line)


def test_A12_a_second_aarq_inside_a_protected_association_is_refused_and_changes_nothing() -> None:
    line = protected()
    refused = line.one(line.aarq(mechanism=5, value=CTOS))
    assert isinstance(refused, Aare)
    assert refused.result == 1
    assert_alive(line)


def test_A48_pass_3_left_out_leaves_every_service_refused() -> None:
    line = ServedLine(small_device(), client=1)
    aare = line.one(line.aarq(mechanism=5, value=CTOS))
    assert isinstance(aare, Aare)
    assert (aare.result, aare.diagnostic) == (0, 14)
    for request in (
        get_number(),
        SetRequestNormal(INVOKE, named(NUMBER), None, NINE),
        ActionRequestNormal(INVOKE, MethodDescriptor(3, bytes(Obis.parse(COUNTED)), 1), Value(Tag.INTEGER, 0)),
    ):
        assert isinstance(line.one(line.shield(request)), ExceptionResponse)
    assert isinstance(line.one(get_number()), ExceptionResponse)
    assert isinstance(line.prove(STOC), ActionResponseNormal)
    assert_alive(line)


def test_A48_pass_3_repeated_is_refused_and_the_association_stays() -> None:
    line = protected()
    repeated = line.prove(STOC)
    assert isinstance(repeated, ActionResponseNormal)
    assert repeated.response.result == 3
    assert repeated.response.data is None
    assert_alive(line)


def test_A48_a_wrong_pass_3_ends_the_attempt() -> None:
    line = ServedLine(small_device(), client=1)
    line.one(line.aarq(mechanism=5, value=CTOS))
    wrong = line.prove(bytes(16))
    assert isinstance(wrong, ActionResponseNormal)
    assert wrong.response.result != 0
    assert wrong.response.data is None
    assert isinstance(line.prove(STOC), ExceptionResponse)  # the right answer comes too late
    line.associate_with_hls()
    assert_alive(line)


@pytest.mark.parametrize("challenge", [b"", b"\1\2\3\4\5\6\7", bytes(16), bytes(range(65))])
def test_A47_a_challenge_too_short_constant_or_too_long_is_refused(challenge: bytes) -> None:
    line = ServedLine(small_device(), client=1)
    refused = line.one(line.aarq(mechanism=5, value=challenge))
    assert isinstance(refused, Aare)
    assert (refused.result, refused.diagnostic) == (1, 13)
    assert refused.responding_authentication_value is None
    line.associate_with_hls()
    assert_alive(line)


# --- protection ---


def test_A40_a_replayed_apdu_an_equal_and_a_lower_counter_are_refused() -> None:
    line = protected()
    write = line.shield(SetRequestNormal(INVOKE, named(NUMBER), None, NINE))
    assert line.one(write) == SetResponseNormal(INVOKE, 0)
    line.one(line.shield(SetRequestNormal(INVOKE, named(NUMBER), None, SEVEN)))
    refused = line.one(write)
    assert isinstance(refused, ExceptionResponse)
    assert refused.invocation_counter == line.counter
    for counter in (line.counter - 1, 1):
        assert isinstance(line.one(line.shield(get_number(), counter=counter)), ExceptionResponse)
    assert_alive(line)


def test_A40_after_the_last_counter_none_is_accepted_so_it_cannot_wrap() -> None:
    line = protected()
    assert isinstance(line.one(line.shield(get_number(), counter=0xFFFFFFFF)), GetResponseNormal)
    for counter in (0, 1, 0xFFFFFFFF):
        assert isinstance(line.one(line.shield(get_number(), counter=counter)), ExceptionResponse)


def test_A40_a_replayed_opening_gets_a_new_challenge_and_no_further() -> None:
    device = small_device()
    line = ServedLine(device, client=1)
    line.associate_with_hls()
    thief = ServedLine(device, client=1, stoc=bytes(range(70, 86)))
    opening = line.aarq(mechanism=5, value=CTOS).to_bytes()
    assert line.one(opening).result == 1  # type: ignore[attr-defined]
    replayed = thief.one(opening)
    assert isinstance(replayed, Aare)
    if replayed.result == 0:
        assert replayed.responding_authentication_value != STOC
        assert isinstance(thief.one(get_number()), ExceptionResponse)


@pytest.mark.parametrize("control", [None, 0x10, 0x20])
def test_A42_less_protection_than_both_is_refused_and_not_carried_out(control: int | None) -> None:
    line = protected()
    write = SetRequestNormal(INVOKE, named(NUMBER), None, NINE)
    sent = write.to_bytes() if control is None else line.shield(write, control=control)
    assert isinstance(line.one(sent), ExceptionResponse)
    assert_alive(line)
    assert line.one(line.shield(write)) == SetResponseNormal(INVOKE, 0)


@pytest.mark.parametrize("control", [0x30 | 0x80, 0x30 | 0x40, 0x30 | 0x05])
def test_A43_compression_the_broadcast_key_and_unknown_suites_are_refused(control: int) -> None:
    line = protected()
    sent = bytearray(line.shield(get_number()))
    at = sent.index(0x30, 2)
    sent[at] = control
    assert isinstance(line.one(bytes(sent)), ExceptionResponse)
    assert_alive(line)


@pytest.mark.parametrize("change", ["cut", "longer", "zero", "flipped", "none"])
def test_A44_a_tag_that_does_not_fit_is_refused_before_anything_is_done(change: str) -> None:
    line = protected()
    counter = line.counter
    sent = line.shield(SetRequestNormal(INVOKE, named(NUMBER), None, NINE))
    changed = {
        "cut": sent[:1] + bytes((sent[1] - 1,)) + sent[2:-1],
        "longer": sent[:1] + bytes((sent[1] + 1,)) + sent[2:] + b"\0",
        "zero": sent[:-12] + bytes(12),
        "flipped": sent[:-1] + bytes((sent[-1] ^ 1,)),
        "none": sent[:1] + bytes((sent[1] - 12,)) + sent[2:-12],
    }[change]
    refused = line.one(changed)
    assert refused == ExceptionResponse(1, 5)
    line.counter = counter  # a forged counter has moved nothing
    assert_alive(line)


def test_A57_every_flipped_bit_of_a_protected_request_is_refused_alike() -> None:
    line = protected()
    sent = line.shield(get_number())
    head = sent.index(0x30, 2) + 1
    answers = set()
    for bit in range(8 * head, 8 * len(sent)):
        changed = bytearray(sent)
        changed[bit // 8] ^= 1 << bit % 8
        answers.add(line.one(bytes(changed)).to_bytes())
    assert answers == {ExceptionResponse(1, 5).to_bytes()}
    assert line.one(sent) == GetResponseNormal(INVOKE, SEVEN)


def test_A45_a_general_envelope_with_another_title_than_the_aarqs_is_refused() -> None:
    line = protected()
    foreign = line.shield(get_number(), title=b"CLI00002", general=True)
    assert isinstance(line.one(foreign), ExceptionResponse)
    (answer,) = line.ask(line.shield(get_number(), general=True))
    assert line.open(answer) == GetResponseNormal(INVOKE, SEVEN)


def test_A46_the_meters_own_apdus_sent_back_are_refused() -> None:
    line = protected()
    (answer,) = line.ask(line.shield(get_number()))
    echoed = line.one(answer)
    assert isinstance(echoed, ExceptionResponse)
    assert_alive(line)


def test_A46_a_client_with_the_meters_own_title_cannot_prove_itself_by_reflection() -> None:
    """The answer to a challenge holds the title of who answers, so that of the meter proves no client."""
    line = protected()
    thief = ServedLine(line.device, client=1, stoc=STOC)
    thief.counter = line.counter
    thief.one(thief.aarq(mechanism=5, value=STOC))
    refused = thief.prove(bytes(reversed(STOC)))
    assert isinstance(refused, ActionResponseNormal)
    assert refused.response.result != 0


# --- block transfer ---


def first_block(data: bytes, invoke: int = INVOKE, number: int = 1) -> SetRequestWithFirstDatablock:
    return SetRequestWithFirstDatablock(invoke, named(LONG), None, DataBlock(False, number, data))


def block(number: int, data: bytes, *, last: bool = False, invoke: int = INVOKE) -> SetRequestWithDatablock:
    return SetRequestWithDatablock(invoke, DataBlock(last, number, data))


OCTETS = axdr.encode(Value(Tag.OCTET_STRING, b"a" * 300))
PARTS = OCTETS[:100], OCTETS[100:200], OCTETS[200:]


def long_value(line: ServedLine) -> bytes:
    stored: bytes = line.device.object(LONG).values[2].value
    return stored


def test_A30_blocks_of_a_set_in_their_order_are_accepted() -> None:
    line = public()
    assert line.one(first_block(PARTS[0])) == SetResponseDatablock(INVOKE, 1)
    assert line.one(block(2, PARTS[1])) == SetResponseDatablock(INVOKE, 2)
    assert line.one(block(3, PARTS[2], last=True)) == SetResponseLastDatablock(INVOKE, 0, 3)
    assert long_value(line) == b"a" * 300


@pytest.mark.parametrize("number", [0, 1, 3, 0xFFFFFFFF])
def test_A30_a_block_of_a_set_skipped_repeated_or_zero_ends_the_transfer(number: int) -> None:
    line = public()
    before = long_value(line)
    line.one(first_block(PARTS[0]))
    assert line.one(block(number, PARTS[1])) == SetResponseLastDatablock(INVOKE, 19, number)
    assert line.one(block(2, PARTS[1])) == SetResponseLastDatablock(INVOKE, 18, 2)
    assert long_value(line) == before
    assert_alive(line)


@pytest.mark.parametrize("number", [0, 2, 0xFFFFFFFF])
def test_A30_a_first_block_that_is_not_number_1_is_refused(number: int) -> None:
    line = public()
    assert line.one(first_block(PARTS[0], number=number)) == SetResponseLastDatablock(INVOKE, 19, number)
    assert_alive(line)


@pytest.mark.parametrize("number", [0, 2, 0xFFFFFFFF])
def test_A30_a_get_next_for_another_block_ends_the_transfer(number: int) -> None:
    line = public()
    first = line.one(GetRequestNormal(INVOKE, named(LONG), None))
    assert isinstance(first, GetResponseWithDatablock)
    refused = line.one(GetRequestNext(INVOKE, number))
    assert isinstance(refused, GetResponseWithDatablock)
    assert (refused.last_block, refused.result) == (True, DataAccessResult(19))
    gone = line.one(GetRequestNext(INVOKE, 1))
    assert isinstance(gone, GetResponseWithDatablock)
    assert gone.result == DataAccessResult(16)
    assert_alive(line)


def test_A32_a_last_block_sent_twice_is_carried_out_once() -> None:
    line = public()
    line.one(first_block(PARTS[0]))
    line.one(block(2, PARTS[1]))
    last = block(3, PARTS[2], last=True)
    assert line.one(last) == SetResponseLastDatablock(INVOKE, 0, 3)
    line.device.object(LONG).values[2] = Value(Tag.OCTET_STRING, b"written by somebody else")
    assert line.one(last) == SetResponseLastDatablock(INVOKE, 18, 3)
    assert long_value(line) == b"written by somebody else"


def test_A33_another_service_in_the_middle_ends_the_transfer() -> None:
    line = public()
    line.one(GetRequestNormal(INVOKE, named(LONG), None))
    assert line.one(SetRequestNormal(INVOKE, named(NUMBER), None, NINE)) == SetResponseNormal(INVOKE, 0)
    gone = line.one(GetRequestNext(INVOKE, 1))
    assert isinstance(gone, GetResponseWithDatablock)
    assert gone.result == DataAccessResult(16)
    assert_alive(line, value=NINE)


def test_A33_a_get_in_the_middle_of_a_set_ends_the_set() -> None:
    line = public()
    before = long_value(line)
    line.one(first_block(PARTS[0]))
    assert_alive(line)
    assert line.one(block(2, PARTS[1], last=True)) == SetResponseLastDatablock(INVOKE, 18, 2)
    assert long_value(line) == before


def test_A33_another_invoke_id_in_the_middle_aborts_the_transfer() -> None:
    line = public()
    before = long_value(line)
    line.one(first_block(PARTS[0]))
    assert line.one(block(2, PARTS[1], invoke=0xC2)) == SetResponseLastDatablock(0xC2, 17, 2)
    assert line.one(block(2, PARTS[1])) == SetResponseLastDatablock(INVOKE, 18, 2)
    assert long_value(line) == before
    line.one(GetRequestNormal(INVOKE, named(LONG), None))
    aborted = line.one(GetRequestNext(0xC2, 1))
    assert isinstance(aborted, GetResponseWithDatablock)
    assert aborted.result == DataAccessResult(15)


# --- access ---


def release(line: ServedLine, **protection: Any) -> Rlrq:
    """An RLRQ whose initiate is protected as the client's requests are, or otherwise."""
    initiate = InitiateRequest(proposed_conformance=CLIENT_CONFORMANCE, client_max_receive_pdu_size=200)
    return Rlrq(reason=0, user_information=line.shield(initiate, **protection))


def test_A58_a_plain_release_of_a_protected_association_is_refused_and_the_association_stays() -> None:
    """SYMSEC_REL_N1"""
    line = protected()
    weak = (
        bytes.fromhex("6200"),
        Rlrq(reason=0),
        Rlrq(reason=0, user_information=InitiateRequest(proposed_conformance=CLIENT_CONFORMANCE).to_bytes()),
        release(line, control=0x10),
        release(line, control=0x20),
    )
    for apdu in weak:
        assert isinstance(line.one(apdu), ExceptionResponse)
    forged = bytearray(release(line).to_bytes())
    forged[-1] ^= 1
    assert line.one(bytes(forged)) == ExceptionResponse(1, 5)
    assert_alive(line)


def test_A58_who_proves_to_be_the_client_releases_and_gets_proof_back() -> None:
    line = protected()
    sent = release(line)
    released = line.one(sent)
    assert isinstance(released, Rlre)
    inside = line.open(decode(released.user_information or b""))
    assert isinstance(inside, InitiateResponse)
    assert isinstance(line.one(line.shield(get_number())), ExceptionResponse)
    line.associate_with_hls()
    assert isinstance(line.one(sent), ExceptionResponse)  # once more is a replay
    assert_alive(line)


def test_A58_what_is_not_protected_is_released_plainly() -> None:
    line = public()
    assert line.one(Rlrq(reason=0)) == Rlre(reason=0)
    assert isinstance(line.one(get_number()), ExceptionResponse)
