"""Associations by short names, both roles on one line: READ, WRITE and their blocks, and names that are nothing's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from dlmskit.apdu.base import (
    AttributeDescriptor,
    AttributeRequest,
    DataAccessResult,
    DataBlock,
    MethodDescriptor,
    Selection,
)
from dlmskit.apdu.codec import Apdu, decode
from dlmskit.apdu.faults import ConfirmedServiceError
from dlmskit.apdu.read import ReadRequest, ReadResponse
from dlmskit.apdu.variables import (
    BlockNumber,
    BlockNumberAccess,
    ParameterisedAccess,
    ReadDataBlockAccess,
    VariableName,
)
from dlmskit.apdu.write import UnconfirmedWriteRequest, WriteRequest, WriteResponse
from dlmskit.cosem.ics import Clock, Data, ProfileGeneric, Register
from dlmskit.cosem.ics.association_sn import AssociationSN, ObjectListElementSN
from dlmskit.cosem.model import CosemObject
from dlmskit.data import axdr
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Tag, Value
from dlmskit.errors import (
    AccessRefused,
    DlmsError,
    LocalProtocolError,
    ObjectClassInconsistent,
    ObjectUndefined,
    OutcomeUnknown,
    RemoteProtocolError,
    Timeout,
)
from dlmskit.obis import Obis
from dlmskit.session.blocks.transfer import Joined
from dlmskit.session.context import SHORT_NAME_CONFORMANCE, Context
from dlmskit.session.naming import ASSOCIATION, OBJECT_LIST, NameBook, ShortNames
from dlmskit.session.services import exchanges
from dlmskit.session.services.advertised import Extra, Services, Standing
from dlmskit.session.services.steps import Ask
from dlmskit.session.states import State
from tests.support.session_pair import CELLS, ENERGY, Pair, client_settings, served
from tests.support.values import values

CLOCK, PROFILE, DATA = bytes((0, 0, 1, 0, 0, 255)), bytes((1, 0, 99, 1, 0, 255)), bytes((0, 0, 96, 1, 0, 255))
VALUE, TIME = AttributeDescriptor(3, ENERGY, 2), AttributeDescriptor(8, CLOCK, 2)
BUFFER, TEXT = AttributeDescriptor(7, PROFILE, 2), AttributeDescriptor(1, DATA, 2)
RESET, SHIFT = MethodDescriptor(3, ENERGY, 1), MethodDescriptor(8, CLOCK, 6)
FIVE, SIX = Value(Tag.UNSIGNED, 5), Value(Tag.UNSIGNED, 6)
LONG = Value(Tag.OCTET_STRING, bytes(range(256)) * 3)
PARTS = Selection(2, Value(Tag.STRUCTURE, (FIVE, SIX)))
NO_SUCH = AttributeDescriptor(3, bytes((1, 0, 9, 9, 9, 255)), 2)

FIVE_FIVES = Value(Tag.ARRAY, (FIVE,) * 5)
FIVES = axdr.encode(FIVE_FIVES)

Change = Callable[[str, bytes], bytes]


def entry(base_name: int, cls: type[CosemObject], name: bytes) -> ObjectListElementSN:
    return ObjectListElementSN(base_name, cls.class_id, cls.class_version, Obis(name))


LIST = (
    entry(ASSOCIATION, AssociationSN, bytes((0, 0, 40, 0, 0, 255))),
    entry(0x0100, Register, ENERGY),
    entry(0x0200, Clock, CLOCK),
    entry(0x0300, ProfileGeneric, PROFILE),
    entry(0x7FF8, Data, DATA),  # its value has the name 0x8000, which is sent as -32768
)
NAMES = ShortNames(LIST)
OBJECT_LIST_VALUE = AssociationSN.object_list.kind.dump(LIST)


def pair(
    framing: Any = "wrapper", mechanism: int = 0, *, wire: Change = lambda _, octets: octets, **offer: Any
) -> Pair:
    given = {"conformance": SHORT_NAME_CONFORMANCE, "short_names": lambda: NAMES, **offer}
    settings = client_settings(mechanism, conformance=SHORT_NAME_CONFORMANCE, names=NameBook())
    both = Pair(framing, mechanism, settings=settings, offer=served(mechanism, **given), wire=wire)
    both.model.values = {
        AttributeDescriptor(12, bytes((0, 0, 40, 0, 0, 255)), 2): OBJECT_LIST_VALUE,
        VALUE: FIVE, BUFFER: LONG, TEXT: LONG, TIME: SIX,
    }  # fmt: skip
    both.open()
    return both


def book() -> NameBook:
    known = NameBook()
    known.known = NAMES
    return known


def asked(both: Pair, apdu: Apdu) -> Apdu:
    """What our server answers to an APDU said as it is, on the link there is."""
    heard: list[Apdu] = []
    both.meter._on_answer = lambda answer, shield, now: heard.append(answer)  # type: ignore[method-assign]
    both.meter._on_error_answer = lambda answer, shield, now: heard.append(answer)  # type: ignore[method-assign]
    both.meter._send(apdu.to_bytes(), both.meter._shield(), both.now)
    both.pump()
    (answer,) = heard
    return answer


@pytest.mark.parametrize(("framing", "mechanism"), CELLS)
def test_attributes_are_read_and_written_by_short_names(framing: Any, mechanism: int) -> None:
    both = pair(framing, mechanism)
    assert both.do(lambda context: exchanges.get(context, VALUE)) == FIVE
    both.do(lambda context: exchanges.put(context, VALUE, SIX), command=True)
    assert both.model.values[VALUE] == SIX
    assert both.do(lambda context: exchanges.get(context, TEXT)) == LONG
    assert both.meter.context.conformance == SHORT_NAME_CONFORMANCE


@pytest.mark.parametrize("size", [1, 70, 225, 230, 235, 240, 500, 2000])
def test_whatever_the_length_a_value_is_read_and_written_whole(size: int) -> None:
    both, value = pair(), Value(Tag.OCTET_STRING, bytes(range(250)) * 8)
    value = Value(Tag.OCTET_STRING, value.value[:size])
    both.do(lambda context: exchanges.put(context, TEXT, value), command=True)
    assert both.model.values[TEXT] == value
    assert both.do(lambda context: exchanges.get(context, TEXT)) == value
    assert both.do(lambda context: exchanges.get_octets(context, TEXT))[-size:] == value.value


def test_the_object_list_is_read_once_and_before_the_first_name() -> None:
    said: list[bytes] = []

    def listen(way: str, octets: bytes) -> bytes:
        said.extend([octets[8:]] if way == "C" else [])
        return octets

    both = pair(wire=listen)
    both.do(lambda context: exchanges.get(context, VALUE))
    both.do(lambda context: exchanges.get(context, VALUE))
    requests = [decode(octets) for octets in said if octets[0] == 5]
    reads = [apdu.variables[0] for apdu in requests if isinstance(apdu, ReadRequest)]
    assert reads == [VariableName(OBJECT_LIST), VariableName(0x108), VariableName(0x108)]


def test_a_list_is_read_at_once_and_what_the_view_does_not_have_is_refused_in_its_place() -> None:
    both = pair()
    wanted = [
        AttributeRequest(VALUE),
        AttributeRequest(NO_SUCH),
        AttributeRequest(BUFFER, PARTS),
        AttributeRequest(TIME),
    ]
    before = len(both.server_events)
    assert both.do(lambda context: exchanges.get_many(context, wanted)) == [FIVE, DataAccessResult(4), LONG, SIX]
    assert both.server_events[before + 1 :][1].selection == PARTS  # type: ignore[union-attr]


def test_a_list_of_one_that_is_long_comes_in_blocks() -> None:
    both = pair()
    assert both.do(lambda context: exchanges.get_many(context, [AttributeRequest(TEXT)])) == [LONG]


def test_a_list_a_meter_ends_the_association_over_is_read_one_by_one_in_the_next() -> None:
    services = Services()
    for _ in range(2):
        settings = client_settings(0, conformance=SHORT_NAME_CONFORMANCE, names=book(), services=services)
        offer = served(0, conformance=SHORT_NAME_CONFORMANCE, short_names=lambda: NAMES)
        both = Pair(settings=settings, offer=offer, wire=lambda side, octets: octets)
        both.model.values = {VALUE: FIVE, TIME: SIX}
        both.open()
        both.wire = lambda side, octets: b"" if octets[8:10] == b"\x05\x02" else octets
        ticket = both.submit(
            lambda context: exchanges.get_many(context, [AttributeRequest(VALUE), AttributeRequest(TIME)])
        )
        both.tick(6)
    assert ticket.result == [FIVE, SIX]
    assert services.known == {Extra.WITH_LIST: Standing.BROKEN}


def test_without_multiple_references_a_list_is_read_one_by_one() -> None:
    both = pair(conformance=SHORT_NAME_CONFORMANCE & ~Conformance.MULTIPLE_REFERENCES)
    wanted = [AttributeRequest(VALUE), AttributeRequest(TIME)]
    assert both.do(lambda context: exchanges.get_many(context, wanted)) == [FIVE, SIX]
    refused = asked(both, ReadRequest((VariableName(0x108), VariableName(0x208))))
    assert refused == ConfirmedServiceError(1, 3, 2)


def test_methods_that_return_nothing_are_written_others_are_read() -> None:
    both = pair()
    both.do(lambda context: exchanges.call(context, SHIFT, SIX), command=True)
    both.do(lambda context: exchanges.call(context, RESET), command=True)
    assert [(call.method, call.parameters) for call in both.model.calls] == [
        (SHIFT, SIX),
        (RESET, Value(Tag.INTEGER, 0)),
    ]
    by_name = MethodDescriptor(12, bytes((0, 0, 40, 0, 0, 255)), 3)
    assert both.do(lambda context: exchanges.call(context, by_name, FIVE), command=True) == FIVE
    assert both.model.calls[-1].method == by_name


def test_a_method_without_parameters_may_be_read_by_its_name_alone() -> None:
    both = pair()
    assert asked(both, ReadRequest((VariableName(ASSOCIATION + 0x30),))) == ReadResponse((Value(Tag.NULL_DATA, None),))
    assert both.model.calls[0].parameters is None


def test_an_unconfirmed_write_is_carried_out_and_not_answered() -> None:
    both = pair()
    both.do(lambda context: exchanges.put_unconfirmed(context, VALUE, SIX), command=True)
    both.do(lambda context: exchanges.call_unconfirmed(context, SHIFT, FIVE), command=True)
    assert both.model.values[VALUE] == SIX
    assert both.model.calls[0].method == SHIFT
    assert both.do(lambda context: exchanges.get(context, TIME)) == SIX


def test_a_refusal_is_told_as_by_logical_names() -> None:
    both = pair()
    with pytest.raises(ObjectUndefined):
        both.do(lambda context: exchanges.get(context, AttributeDescriptor(3, ENERGY, 3)))
    with pytest.raises(ObjectUndefined):
        both.do(lambda context: exchanges.get(context, NO_SUCH))
    with pytest.raises(ObjectClassInconsistent):
        both.do(lambda context: exchanges.get(context, AttributeDescriptor(4, ENERGY, 2)))
    with pytest.raises(ObjectUndefined):
        both.do(lambda context: exchanges.put(context, NO_SUCH, SIX), command=True)


def test_long_requests_to_read_go_in_blocks() -> None:
    both, selection = pair(), Selection(1, LONG)
    assert both.do(lambda context: exchanges.get(context, BUFFER, selection)) == LONG
    assert both.server_events[-1].selection == selection  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("first", "second", "answer"),
    [
        (None, BlockNumberAccess(1), 16),
        (ReadDataBlockAccess(False, 1, b"\1"), ReadDataBlockAccess(False, 3, b"\2"), 19),
        (VariableName(0x308), BlockNumberAccess(2), 19),
        (None, ReadDataBlockAccess(False, 2, b"\1"), 16),
    ],
)
def test_a_block_out_of_order_is_refused(first: Any, second: Any, answer: int) -> None:
    both = pair()
    if first is not None:
        asked(both, ReadRequest((first,)))
    assert asked(both, ReadRequest((second,))) == ReadResponse((DataAccessResult(answer),))


@pytest.mark.parametrize(
    "name", [0x101, 0x107, 0x110 + 0x10, 0x0F8, 0, 8, -1, -8, 0x7FF0, -0x8000 + 8, ASSOCIATION - 8]
)
def test_a62_a_name_that_is_nothings_reaches_nothing(name: int) -> None:
    both = pair()
    before = len(both.server_events)
    undefined = DataAccessResult(4)
    assert asked(both, ReadRequest((VariableName(name),))) == ReadResponse((undefined,))
    assert asked(both, ReadRequest((ParameterisedAccess(name, 0, FIVE),))) == ReadResponse((undefined,))
    assert asked(both, WriteRequest((VariableName(name),), (FIVE,))) == WriteResponse((undefined,))
    assert len(both.server_events) == before
    assert asked(both, ReadRequest((VariableName(0x108),))) == ReadResponse((FIVE,))


def test_a62_names_of_both_signs_are_one_count() -> None:
    both = pair()
    assert NAMES.attribute(TEXT) == -0x8000
    assert both.do(lambda context: exchanges.get(context, TEXT)) == LONG


def test_a62_behind_the_last_name_the_count_does_not_begin_anew() -> None:
    names = ShortNames((entry(-8, Clock, CLOCK), entry(0, Data, DATA)))
    assert names.attribute(AttributeDescriptor(8, CLOCK, 1)) == -8
    with pytest.raises(RemoteProtocolError, match="0xFFF8"):
        names.attribute(TIME)
    with pytest.raises(RemoteProtocolError):
        names.method(SHIFT)
    assert names.target(0) == AttributeDescriptor(1, DATA, 1)


def test_a_timeout_ends_the_association_because_a_late_answer_would_answer_anything() -> None:
    both = pair()
    both.do(lambda context: exchanges.get(context, VALUE))
    both.answers = False
    ticket = both.submit(lambda context: exchanges.get(context, VALUE))
    both.tick(100)
    assert isinstance(ticket.error, Timeout)
    assert both.meter.state is State.IDLE


def test_a_command_is_not_unknown_while_only_the_object_list_was_asked_for() -> None:
    both = pair()
    both.answers = False
    ticket = both.submit(lambda context: exchanges.put(context, VALUE, SIX), command=True)
    both.tick(100)
    assert isinstance(ticket.error, Timeout)
    assert not isinstance(ticket.error, OutcomeUnknown)


def test_methods_of_a_version_that_is_not_known_have_no_name() -> None:
    names = ShortNames(
        (ObjectListElementSN(0x100, 8, 200, Obis(CLOCK)), ObjectListElementSN(0x200, 9999, 0, Obis(DATA)))
    )
    assert names.attribute(TIME) == 0x108
    assert names.attribute(AttributeDescriptor(9999, DATA, 3)) == 0x210
    with pytest.raises(LocalProtocolError, match="device profile"):
        names.method(SHIFT)


def test_without_parameterised_access_parts_are_refused_on_both_sides() -> None:
    both = pair(conformance=SHORT_NAME_CONFORMANCE & ~Conformance.PARAMETERIZED_ACCESS)
    with pytest.raises(LocalProtocolError, match="parameterised"):
        both.do(lambda context: exchanges.get(context, BUFFER, PARTS))
    refused = asked(both, ReadRequest((ParameterisedAccess(0x308, 2, FIVE),)))
    assert refused == ReadResponse((DataAccessResult(3),))


def test_a_refusal_with_the_number_of_the_block_is_no_acknowledgement() -> None:
    acknowledged, refused = (
        WriteResponse((BlockNumber(1),)).to_bytes(),
        WriteResponse((DataAccessResult(1),)).to_bytes(),
    )

    def refuse(way: str, octets: bytes) -> bytes:
        return octets.replace(b"\0\5" + acknowledged, b"\0\4" + refused) if way == "S" else octets

    both = pair()
    both.do(lambda context: exchanges.get(context, VALUE))
    both.wire = refuse
    with pytest.raises(AccessRefused) as caught:
        both.do(lambda context: exchanges.put(context, TEXT, LONG), command=True)
    assert caught.value.code == 1


def test_an_unconfirmed_write_of_nothing_that_is_there_is_silent() -> None:
    both = pair()
    both.meter._send(UnconfirmedWriteRequest((VariableName(1),), (FIVE,)).to_bytes(), None, both.now)
    both.pump()
    assert both.do(lambda context: exchanges.get(context, VALUE)) == FIVE


@pytest.mark.parametrize("as_list", [True, False])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [(b"\x00" + FIVES, FIVE_FIVES), (b"\x01\x0e", 14)],
    ids=["value", "refusal"],
)
def test_one_value_in_blocks_is_taken_in_a_list_and_alone(as_list: bool, answer: bytes, expected: Any) -> None:
    """Two libraries send the value alone, where the standard has the list of results."""
    raw = b"\x01" + answer if as_list else answer[1:]
    exchange = exchanges.get(Context(names=book()), VALUE)
    asked = next(exchange)
    at = 0
    while True:
        assert isinstance(asked, Ask)
        block = DataBlock(at + 3 >= len(raw), at // 3 + 1, raw[at : at + 3])
        at += 3
        try:
            asked = exchange.send(ReadResponse((block,)))
        except StopIteration as done:
            assert done.value == expected
            return
        except AccessRefused as error:
            assert error.code == expected
            return
        except RemoteProtocolError:
            assert not as_list
            assert expected == 14  # a code alone is no value
            return


OWN_LIST = AttributeDescriptor(12, bytes((0, 0, 40, 0, 0, 255)), 2)


@given(told=values(max_leaves=6))
def test_whatever_the_object_list_is_it_gives_names_or_our_error(told: Value) -> None:
    known = NameBook()
    exchange = exchanges.get(Context(names=known), VALUE)
    next(exchange)
    try:
        exchange.send(ReadResponse((told,)))
    except DlmsError:
        assert known.known is None or VALUE.instance_id not in {entry.logical_name for entry in known.known.entries}


@pytest.mark.parametrize("base_name", [-8, -0x8000, 0x7FF8, 3, 0])
def test_a62_a_meter_that_lies_about_base_names_is_asked_for_those_or_not_at_all(base_name: int) -> None:
    both = pair()
    both.model.values[OWN_LIST] = AssociationSN.object_list.kind.dump((entry(base_name, Clock, CLOCK),))
    asked = both.submit(lambda context: exchanges.call(context, SHIFT, SIX), command=True)
    assert isinstance(asked.error, RemoteProtocolError | AccessRefused)
    assert both.model.calls == []


@pytest.mark.parametrize(
    "results",
    [(), (FIVE, FIVE), (BlockNumber(1),), (DataBlock(False, 2, b"\1"),), (DataBlock(False, 1, b""),)],
    ids=["none", "two", "word to go on", "block 2", "empty block"],
)
def test_an_answer_that_is_none_to_a_read_is_told_as_that(results: Any) -> None:
    exchange = exchanges.get(Context(names=book()), VALUE)
    next(exchange)
    with pytest.raises(RemoteProtocolError):
        exchange.send(ReadResponse(results))


@pytest.mark.parametrize("results", [(), (None, None), (BlockNumber(1),)])
def test_an_answer_that_is_none_to_a_write_is_told_as_that(results: Any) -> None:
    exchange = exchanges.put(Context(names=book()), VALUE, SIX)
    next(exchange)
    with pytest.raises(RemoteProtocolError):
        exchange.send(WriteResponse(results))


def test_of_an_answer_that_broke_off_the_rows_are_kept_without_what_stands_before_them() -> None:
    """The first octets of a profile as a meter sent them: one result, a value; then the array of 85 rows of 29."""
    joined = Joined()
    exchange = exchanges.get_octets(Context(names=book()), BUFFER, None, joined)
    next(exchange)
    exchange.send(ReadResponse((DataBlock(False, 1, bytes.fromhex("01000155021d090c07e10418010e0120ff800000")),)))
    assert joined.octets().startswith(bytes.fromhex("0155021d090c07e1"))
