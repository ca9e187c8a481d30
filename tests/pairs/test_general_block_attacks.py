"""General blocks from those who mean no good, to a served meter: nothing is carried out that should not be, or kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dlmskit.apdu.action import ActionRequestNormal, ActionResponseNormal
from dlmskit.apdu.base import AttributeDescriptor, MethodDescriptor
from dlmskit.apdu.codec import Apdu, decode
from dlmskit.apdu.faults import ExceptionResponse
from dlmskit.apdu.get import GetRequestNormal, GetResponseNormal
from dlmskit.apdu.transfer import GeneralBlockTransfer, block
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Tag, Value
from dlmskit.obis import Obis
from dlmskit.session.context import CLIENT_CONFORMANCE
from dlmskit.session.serving.requests import MAX_INCOMING
from tests.support.device import COUNTED, LONG, NUMBER, small_device
from tests.support.served_line import ServedLine

INVOKE = 0xC1
GET = GetRequestNormal(INVOKE, AttributeDescriptor(1, bytes(Obis.parse(NUMBER)), 2), None)
GET_LONG = GetRequestNormal(INVOKE, AttributeDescriptor(1, bytes(Obis.parse(LONG)), 2), None)
RESET = ActionRequestNormal(INVOKE, MethodDescriptor(3, bytes(Obis.parse(COUNTED)), 1), Value(Tag.INTEGER, 0))


def public(**proposed: object) -> ServedLine:
    line = ServedLine(small_device(), client=16)
    line.associate(**proposed)
    return line


def proven() -> ServedLine:
    line = ServedLine(small_device(), client=1)
    line.associate_with_hls()
    return line


def calls(line: ServedLine) -> list[int]:
    found: list[int] = line.device.object(COUNTED).calls  # type: ignore[attr-defined]
    return found


def parts(octets: bytes, size: int = 7) -> Iterator[GeneralBlockTransfer]:
    """An APDU in blocks each of which wants an acknowledgement."""
    count = -(-len(octets) // size)
    for n in range(1, count + 1):
        yield block(n, octets[(n - 1) * size : n * size], acknowledged=n - 1, window=1, last=n == count)


def carried(answer: Apdu) -> Apdu:
    """The answer in one block."""
    assert isinstance(answer, GeneralBlockTransfer) and answer.is_last
    return decode(answer.block_data)


def held(line: ServedLine) -> int:
    """Octets of half a transfer that the meter keeps for its clients."""
    found = [link.association._blocks._transfer for link in line.line._links.values()]
    return sum(transfer._octets for transfer in found if transfer is not None)


def is_alive(line: ServedLine) -> bool:
    return isinstance(line.one(GET), GetResponseNormal)


def test_A30_a_request_in_general_blocks_in_their_order_is_carried_out() -> None:
    line = public()
    *before, last = parts(RESET.to_bytes())
    for n, one in enumerate(before, 1):
        answer = line.one(one)
        assert isinstance(answer, GeneralBlockTransfer)
        assert (answer.block_number_ack, answer.block_data, answer.is_last) == (n, b"", False)
    assert isinstance(carried(line.one(last)), ActionResponseNormal)
    assert calls(line) == [0]


def test_A30_a_general_block_with_number_0_ends_the_transfer() -> None:
    line = public()
    first, *_, last = parts(RESET.to_bytes())
    line.one(first)
    assert isinstance(line.one(block(0, b"\0", window=1)), ExceptionResponse)
    assert not line.ask(last), "it acknowledges what belongs to that transfer"
    assert not calls(line) and is_alive(line)


def test_A31_a_stream_without_end_or_acknowledgement_is_ended() -> None:
    line, size = public(), 60_000
    for n in range(1, 2 + MAX_INCOMING // size):
        answers = line.ask(block(n, bytes(size), window=63, streaming=True))
        assert held(line) <= MAX_INCOMING
    assert [type(answer) for answer in answers] == [ExceptionResponse]
    assert not held(line) and is_alive(line)


def test_A32_a_last_general_block_twice_is_carried_out_once() -> None:
    line = public()
    *before, last = parts(RESET.to_bytes())
    for one in before:
        line.one(one)
    first, again = line.one(last), line.one(last)
    assert carried(again) == carried(first), "the answer may have been lost"
    assert calls(line) == [0]


def test_A33_another_service_in_the_middle_is_answered_and_the_rest_is_not_carried_out_with_it() -> None:
    line = public()
    first, *_, last = parts(RESET.to_bytes())
    line.one(first)
    assert isinstance(line.one(GET), GetResponseNormal)
    line.ask(last)
    assert not calls(line) and is_alive(line)


def test_A33_a_request_begun_anew_in_general_blocks_is_not_mixed_with_the_old_one() -> None:
    line = public()
    line.one(next(parts(RESET.to_bytes())))
    answers = [line.one(one) for one in parts(GET.to_bytes())]
    assert isinstance(carried(answers[-1]), GetResponseNormal)
    assert not calls(line)


@pytest.mark.parametrize("shielded", [(True, False), (False, True)], ids=["protected first", "protected last"])
def test_A33_blocks_with_different_protection_are_not_one_request(shielded: tuple[bool, bool]) -> None:
    line = proven()
    *before, last = parts(RESET.to_bytes())
    for one in [*before, last]:
        line.one(line.shield(one, general=True) if shielded[one is last] else one)
    assert not calls(line)
    assert isinstance(line.one(line.shield(GET)), GetResponseNormal)


def test_A34_of_hundreds_of_half_transfers_one_is_kept() -> None:
    line = public()
    for n in range(300):
        line.one(block(1, n.to_bytes(2, "big") * 500, window=1))
    assert held(line) == 1000 and is_alive(line)
    line.line.receive_eof(0.0)
    assert not held(line)


def test_A42_general_blocks_are_no_way_around_protection() -> None:
    line = proven()
    answers = [line.one(one) for one in parts(RESET.to_bytes())]
    assert not calls(line)
    assert isinstance(carried(answers[-1]), ExceptionResponse)


def test_blocks_inside_the_ciphering_are_taken_and_acknowledged_inside_it() -> None:
    line = proven()
    *before, last = parts(RESET.to_bytes())
    for one in before:
        answer = line.one(line.shield(one, general=True))
        assert isinstance(answer, GeneralBlockTransfer) and not answer.block_data
    assert isinstance(line.one(line.shield(last, general=True)), ActionResponseNormal)
    assert calls(line) == [0]


def test_ciphering_inside_blocks_is_the_usual_way() -> None:
    line = proven()
    *before, last = parts(line.shield(RESET), 20)
    for one in before:
        line.one(one)
    answer = line.one(last)
    assert isinstance(answer, GeneralBlockTransfer)
    assert isinstance(line.open(decode(answer.block_data)), ActionResponseNormal)
    assert calls(line) == [0]


def test_GBT_P_a_long_answer_is_fetched_window_by_window() -> None:
    line = public(conformance=CLIENT_CONFORMANCE & ~Conformance.BLOCK_TRANSFER_GET)
    (first,) = line.ask(GET_LONG)
    got, said = [first], 0
    while not got[-1].is_last:  # type: ignore[attr-defined]
        said += 1
        acknowledged = got[-1].block_number  # type: ignore[attr-defined]
        got += line.ask(block(said, b"", acknowledged=acknowledged, window=2, last=True))
    blocks = [one for one in got if isinstance(one, GeneralBlockTransfer)]
    assert [one.block_number for one in blocks] == list(range(1, len(blocks) + 1))
    assert [one.block_number_ack for one in blocks] == [0, *(1 + n // 2 for n in range(len(blocks) - 1))]
    answer = decode(b"".join(one.block_data for one in blocks))
    assert isinstance(answer, GetResponseNormal)


@pytest.mark.parametrize("window", [0, 1])
def test_GBT_N_a_window_of_0_counts_as_1(window: int) -> None:
    line = public(conformance=CLIENT_CONFORMANCE & ~Conformance.BLOCK_TRANSFER_GET)
    line.ask(GET_LONG)
    assert len(line.ask(block(1, b"", acknowledged=1, window=window, last=True))) == 1
