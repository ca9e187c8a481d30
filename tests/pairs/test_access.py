"""ACCESS: reads, writes and calls in one request, between our client and our server, and from clients that misbehave."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import dlmskit
from dlmskit.apdu.access import (
    BREAK_ON_ERROR,
    SELF_DESCRIPTIVE,
    AccessKind,
    AccessRequest,
    AccessResponse,
    AccessResult,
    AccessSpecification,
)
from dlmskit.apdu.base import AttributeDescriptor, AttributeRequest, DataAccessResult, MethodDescriptor, Selection
from dlmskit.apdu.ciphered import GeneralGloCiphering
from dlmskit.apdu.codec import decode
from dlmskit.apdu.faults import ExceptionResponse
from dlmskit.apdu.get import GetRequestWithList, GetResponseWithList
from dlmskit.apdu.set import SetRequestWithList, SetResponseWithList
from dlmskit.client import Call, Security, Set, connect
from dlmskit.cosem.access import AccessFlags
from dlmskit.cosem.common import ScalerUnit
from dlmskit.cosem.ics import Data, Register
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import (
    LocalProtocolError,
    ObjectUndefined,
    OtherReason,
    OutcomeUnknown,
    RemoteProtocolError,
    ScopeOfAccessViolated,
    Timeout,
    UsageError,
)
from dlmskit.obis import Obis
from dlmskit.security.keys import KeyRing
from dlmskit.server.access import Rule
from dlmskit.server.behaviour import Behaviour, Context, accepts, serves
from dlmskit.server.device import Device
from dlmskit.session.context import CLIENT_CONFORMANCE
from dlmskit.session.services.accessing import Item, Outcome, access
from dlmskit.session.services.exchanges import get
from dlmskit.trace import TraceEvent
from dlmskit.units import Unit
from tests.support.device import COUNTED, EVERYTHING, LONG, NUMBER, small_device
from tests.support.served_line import AK, EK, ServedLine
from tests.support.session_pair import Pair, client_settings, served

URL = "memory:access"
NO_BLOCKS = CLIENT_CONFORMANCE & ~Conformance.GENERAL_BLOCK_TRANSFER
SEVEN, EIGHT, ZERO = Value(Tag.LONG_UNSIGNED, 7), Value(Tag.LONG_UNSIGNED, 8), Value(Tag.INTEGER, 0)
GET, SET, ACTION = AccessKind
CONFIRMED = 0xC0000005
OPEN, SHUT, GUARDED, PROVEN, MISSING = (f"0.0.96.1.{n}.255" for n in (1, 2, 3, 4, 99))
DENIED, UNDEFINED, OUT_OF_SCOPE, OTHER = 3, 4, 13, 250


def of(name: str, index: int = 2) -> AttributeDescriptor:
    return AttributeDescriptor(1, bytes(Obis.parse(name)), index)


def read(name: str, index: int = 2, selection: Selection | None = None) -> Item:
    return Item(AccessSpecification(GET, of(name, index), selection))


def write(name: str, value: Value = EIGHT, index: int = 2) -> Item:
    return Item(AccessSpecification(SET, of(name, index)), value)


def reset(parameters: Value = ZERO) -> Item:
    return Item(AccessSpecification(ACTION, MethodDescriptor(3, bytes(Obis.parse(COUNTED)), 1)), parameters)


def request(*items: Item, number: int = CONFIRMED) -> AccessRequest:
    return AccessRequest(number, b"", tuple(one.specification for one in items), tuple(one.data for one in items))


def line_to(device: Device, *, client: int = 16, **proposed: object) -> ServedLine:
    line = ServedLine(device, client=client)
    line.associate(**{"max_pdu": 0, **proposed})
    return line


def said(answer: object) -> list[tuple[int, Value]]:
    assert isinstance(answer, AccessResponse)
    return [(result.code, data) for result, data in zip(answer.results, answer.data, strict=True)]


# --- the client ---


@pytest.mark.parametrize("is_ciphered", [False, True], ids=["plain", "ciphered"])
async def test_reads_writes_and_calls_go_in_order_in_one_request(is_ciphered: bool) -> None:
    sent: list[tuple[str, object]] = []

    def trace(event: TraceEvent) -> None:
        if (event.layer, event.direction) == ("apdu", "out"):
            sent.append((event.name, event.detail.get("control", 0)))

    keys = Security(ek=EK, ak=AK, system_title=b"CLI00001", counters=MemoryCounterStore())
    way = {"client": 1, "auth": "gmac", "security": keys, "invocation_counter": 0} if is_ciphered else {}
    async with dlmskit.serve(small_device(), URL), connect(URL, trace=trace, **way) as meter:
        number, counted = Data(NUMBER, meter.backend).value, Register(COUNTED, meter.backend)
        sent.clear()
        found = await meter.access(
            number, Set(number, EIGHT), number, Call(counted.reset), Data(MISSING, meter.backend).value
        )
    assert found[:4] == (SEVEN, None, EIGHT, None)
    assert isinstance(found[4], ObjectUndefined) and MISSING in found[4].message
    assert sent[:1] == [("access-request", 0x30 if is_ciphered else 0)]


async def test_behind_a_failure_nothing_is_done_where_the_caller_wants_that() -> None:
    async with dlmskit.serve(small_device(), URL), connect(URL) as meter:
        missing, number = Data(MISSING, meter.backend).value, Data(NUMBER, meter.backend).value
        first, second = await meter.access(missing, Set(number, EIGHT), break_on_error=True)
        assert isinstance(first, ObjectUndefined) and isinstance(second, OtherReason)
        assert await meter.get(number) == SEVEN
        assert (await meter.access(missing, Set(number, EIGHT)))[1] is None
        assert await meter.get(number) == EIGHT


async def test_a_scaler_that_is_written_is_not_taken_from_memory() -> None:
    device = Device(logical_name="DKT0000000000001")
    device.add(Register(COUNTED, value=SEVEN, scaler_unit=ScalerUnit(0, Unit(30))))
    device.association(client=16, access=EVERYTHING)
    async with dlmskit.serve(device, URL), connect(URL) as meter:
        register = meter.register(COUNTED)
        before = await register.scaler_unit
        assert (await meter.access(Set(register.scaler_unit, ScalerUnit(2, before.unit)))) == (None,)
        assert (await register.scaler_unit).scaler == 2


async def test_nothing_is_sent_where_access_was_not_agreed_to_or_nothing_is_asked() -> None:
    device = small_device()
    async with dlmskit.serve(device, URL), connect(URL, conformance=CLIENT_CONFORMANCE & ~Conformance.ACCESS) as meter:
        with pytest.raises(LocalProtocolError, match="did not agree to ACCESS"):
            await meter.access(meter.logical_device_name.value)
        with pytest.raises(UsageError, match="nothing"):
            await meter.access()


def opened(mechanism: int = 0, **changes: Any) -> Pair:
    pair = Pair("wrapper", mechanism, **changes)
    assert pair.open().error is None
    pair.model.values = {of(OPEN): SEVEN}
    return pair


def test_a_request_longer_than_the_meter_takes_is_never_sent() -> None:
    for mechanism in (0, 5):
        pair = opened(mechanism, offer=served(mechanism, max_pdu=300, conformance=NO_BLOCKS))
        longest: list[int] = []

        def note(direction: str, octets: bytes, longest: list[int] = longest) -> bytes:
            longest += [len(octets) - 8] if direction == "C" else []
            return octets

        pair.wire = note
        with pytest.raises(LocalProtocolError, match="ask for less"):
            pair.do(lambda c: access(c, [read(OPEN)] * 40))
        assert not longest
        items = [read(OPEN)] * (23 if mechanism else 26)  # 8 octets and 11 for each, in 300 or what ciphering leaves
        assert pair.do(lambda c, items=items: access(c, items)) == [Outcome(0, SEVEN)] * len(items)
        assert 300 - 11 < longest[0] <= 300
        with pytest.raises(LocalProtocolError, match="ask for less"):
            pair.do(lambda c, items=items: access(c, [*items, read(OPEN)]))


def test_a_lost_answer_is_asked_for_again_only_where_nothing_was_commanded() -> None:
    pair = opened(settings=client_settings(0, repeats=1))
    pair.answers = False
    for items, is_command, asked, error in (
        ([read(OPEN)], False, 2, Timeout),
        ([write(OPEN)], True, 1, OutcomeUnknown),
    ):
        pair.server_events.clear()
        ticket = pair.submit(lambda c, items=items: access(c, items), command=is_command)
        for _ in range(4):
            pair.tick(30)
        assert isinstance(ticket.error, error)
        assert len(pair.server_events) == asked


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data": ()}, "1 things asked for, 0 data came"),
        ({"results": (AccessResult(SET, 0),)}, "not those of what was asked"),
        ({"results": ()}, "not those of what was asked"),
        ({"specifications": (AccessSpecification(GET, of(SHUT)),)}, "repeats something else"),
        ({"specifications": (AccessSpecification(GET, of(OPEN)),)}, ""),
    ],
)
def test_an_answer_to_something_else_is_none(changes: dict[str, Any], words: str) -> None:
    def forge(direction: str, octets: bytes) -> bytes:
        if direction == "C" or octets[8] != 0xDA:
            return octets
        forged = AccessResponse(**{**vars(decode(octets[8:])), **changes}).to_bytes()
        return octets[:6] + len(forged).to_bytes(2, "big") + forged

    pair = opened(wire=forge)
    ticket = pair.submit(lambda c: access(c, [read(OPEN)]))
    if words:
        assert isinstance(ticket.error, RemoteProtocolError) and words in ticket.error.message
    else:
        assert ticket.result == [Outcome(0, SEVEN)]


def test_an_answer_under_another_long_invoke_id_is_dropped() -> None:
    def renumber(direction: str, octets: bytes) -> bytes:
        return (
            octets[:10] + bytes((octets[10] ^ 1,)) + octets[11:] if direction == "S" and octets[8] == 0xDA else octets
        )

    pair = opened()
    pair.wire = renumber
    assert not pair.submit(lambda c: access(c, [read(OPEN)])).is_done


def test_an_access_response_is_no_late_answer_to_a_get_with_another_id() -> None:
    def forge(direction: str, octets: bytes) -> bytes:
        if direction == "C" or octets[8] != 0xC4 or octets[10] & 0x0F != 15:
            return octets
        forged = AccessResponse(0xC0000003, b"", None, (SEVEN,), (AccessResult(GET, 0),)).to_bytes()
        return octets[:6] + len(forged).to_bytes(2, "big") + forged

    pair = opened()
    pair.wire = forge
    for _ in range(14):
        assert pair.do(lambda c: get(c, of(OPEN))) == SEVEN
    assert not pair.submit(lambda c: get(c, of(OPEN))).is_done


# --- the server ---


def test_the_answer_repeats_what_was_asked_for_where_that_is_wanted() -> None:
    line, items = line_to(small_device()), [read(NUMBER), reset()]
    for number, repeated in (
        (CONFIRMED, None),
        (CONFIRMED | SELF_DESCRIPTIVE, tuple(one.specification for one in items)),
    ):
        answer = line.one(request(*items, number=number))
        assert isinstance(answer, AccessResponse)
        assert (answer.long_invoke_id_and_priority, answer.specifications) == (number, repeated)
        assert said(answer) == [(0, SEVEN), (0, NULL)]


def test_an_unconfirmed_access_is_carried_out_and_not_answered() -> None:
    line = line_to(small_device(), max_pdu=100, conformance=NO_BLOCKS)
    assert line.ask(request(write(NUMBER), *[read(MISSING)] * 40, number=0x80000005)) == []
    assert said(line.one(request(read(NUMBER)))) == [(0, EIGHT)]


def test_null_data_for_a_method_are_no_parameters() -> None:
    assert said(line_to(small_device()).one(request(reset(NULL)))) == [(0, NULL)]


def test_what_was_not_negotiated_is_refused_whole_or_item_by_item() -> None:
    asked = request(read(NUMBER), read(NUMBER, 0), write(NUMBER, index=0), read(NUMBER, selection=Selection(1, NULL)))
    for terms, answer in (
        (CLIENT_CONFORMANCE, [0, 0, DENIED, DENIED]),
        (Conformance.ACCESS | Conformance.ATTRIBUTE0_SET, [0, DENIED, DENIED, DENIED]),
        (CLIENT_CONFORMANCE & ~Conformance.ACCESS, None),
    ):
        device = Device(logical_name="DKT0000000000001")
        device.add(Data(NUMBER, value=SEVEN))
        device.association(client=16, access=EVERYTHING, conformance=terms)
        found = line_to(device).one(asked)
        assert (found == ExceptionResponse(1, 2)) if answer is None else ([code for code, _ in said(found)] == answer)


class Slow(Behaviour):
    """A value that takes its time, and notes what is begun."""

    def __init__(self, name: str, begun: list[str]) -> None:
        super().__init__(Data(name, value=SEVEN))
        self.begun = begun

    @serves(Data.value)
    async def value(self, context: Context) -> Value:
        self.begun.append("read")
        await asyncio.sleep(1)
        self.begun.append("was read")
        return self.values[2]

    @accepts(Data.value)
    async def take(self, value: Value, context: Context) -> None:
        self.begun.append("write")
        self.values[2] = value


async def test_an_answer_that_never_comes_leaves_the_outcome_of_commands_unknown() -> None:
    begun: list[str] = []
    device = Device(logical_name="DKT0000000000001")
    device.add(Slow(NUMBER, begun))
    device.association(client=16, access=EVERYTHING)
    async with dlmskit.serve(device, URL), connect(URL, timeout_s=0.5, retries=0) as meter:
        value = Data(NUMBER, meter.backend).value
        with pytest.raises(Timeout):
            await meter.access(value)
        begun.clear()
        with pytest.raises(OutcomeUnknown):
            await meter.access(Set(value, EIGHT), value)
    assert begun[:2] == ["write", "read"] and begun.count("write") == 1


async def test_each_item_is_begun_when_the_one_before_it_is_done() -> None:
    begun: list[str] = []
    device = Device(logical_name="DKT0000000000001")
    device.add(Slow(NUMBER, begun))
    device.association(client=16, access=EVERYTHING)
    async with dlmskit.serve(device, URL), connect(URL) as meter:
        value = Data(NUMBER, meter.backend).value
        assert await meter.access(value, Set(value, EIGHT), value) == (SEVEN, None, EIGHT)
    assert begun == ["read", "was read", "write", "read", "was read"]


def test_values_without_room_are_refused_in_their_place_and_the_rest_is_told() -> None:
    line = line_to(small_device(), max_pdu=100, conformance=NO_BLOCKS)  # LONG has 1024 octets
    answer = line.one(request(read(NUMBER), read(LONG), write(NUMBER), read(NUMBER)))
    assert said(answer) == [(0, SEVEN), (OTHER, NULL), (0, NULL), (0, EIGHT)]
    assert isinstance(answer, AccessResponse) and len(answer.to_bytes()) <= 100


def test_an_answer_without_room_for_every_result_is_refused_before_anything_is_done() -> None:
    line = line_to(small_device(), max_pdu=100, conformance=NO_BLOCKS)
    items = [write(NUMBER), *[read(MISSING)] * 29]
    assert said(line.one(request(*items)))[1:] == [(UNDEFINED, NULL)] * 29  # 9 octets and 3 for each
    line = line_to(small_device(), max_pdu=100, conformance=NO_BLOCKS)
    assert line.one(request(*items, read(MISSING))) == ExceptionResponse(1, 1)
    assert said(line.one(request(read(NUMBER)))) == [(0, SEVEN)]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_A25_an_access_with_more_or_fewer_data_than_items_does_nothing(count: int) -> None:
    line, specification = line_to(small_device()), write(NUMBER).specification
    (answer,) = line.ask(AccessRequest(CONFIRMED, b"", (specification,) * 2, (EIGHT,) * count))
    assert isinstance(answer, ExceptionResponse)
    assert line.ask(AccessRequest(CONFIRMED, b"", (), ())) == [answer]
    assert said(line.one(request(read(NUMBER)))) == [(0, SEVEN)]
    assert said(line.one(AccessRequest(CONFIRMED, b"", (specification,) * 2, (EIGHT,) * 2))) == [(0, NULL)] * 2


# --- A61: allowed and forbidden, mixed ---


def guarded_meter() -> Device:
    device = Device(logical_name="DKT0000000000001", system_title=b"DKT\0\0\0\0\1")
    for name in (OPEN, SHUT, GUARDED, PROVEN):
        device.add(Data(name, value=SEVEN))
    demands = AccessFlags.AUTHENTICATED_REQUEST | AccessFlags.ENCRYPTED_RESPONSE
    rules = (
        Rule(OPEN, write=("value",)),
        Rule(SHUT, read=("logical_name",)),
        Rule(GUARDED, write=("value",), protection=demands),
        Rule(PROVEN, write=("value",), protection=AccessFlags.AUTHENTICATED_RESPONSE),
    )
    device.association(client=16, access=rules)
    device.association(client=1, access=rules, mechanism=5, keys=KeyRing(ek=EK, ak=AK), required=0, version=3)
    return device


def values_of(line: ServedLine) -> list[object]:
    return [behaviour.values[2] for (_, name), (behaviour, _) in _view(line).items() if str(Obis(name)) in (OPEN, SHUT)]


def _view(line: ServedLine) -> Any:
    return line.device.view(next(offer for offer in line.device.offers if offer.client == line.client))


def test_A61_with_list_gives_what_is_allowed_and_nothing_more() -> None:
    line = line_to(guarded_meter())
    lists = tuple(AttributeRequest(of(name)) for name in (OPEN, SHUT, GUARDED, MISSING, OPEN))
    answer = line.one(GetRequestWithList(0xC1, lists))
    assert isinstance(answer, GetResponseWithList)
    refused = [DataAccessResult(code) for code in (DENIED, OUT_OF_SCOPE, UNDEFINED)]
    assert list(answer.results) == [SEVEN, *refused, SEVEN]
    written = line.one(SetRequestWithList(0xC1, lists, (EIGHT,) * 5))
    assert isinstance(written, SetResponseWithList)
    assert written.results == (0, DENIED, OUT_OF_SCOPE, UNDEFINED, 0)
    assert values_of(line) == [EIGHT, SEVEN]


def test_A61_access_gives_what_is_allowed_and_nothing_more() -> None:
    line = line_to(guarded_meter())
    names = (OPEN, SHUT, GUARDED, MISSING)
    answer = said(line.one(request(*map(read, names), *map(write, names), read(OPEN))))
    refused = [(code, NULL) for code in (DENIED, OUT_OF_SCOPE, UNDEFINED)]
    assert answer == [(0, SEVEN), *refused, (0, NULL), *refused, (0, EIGHT)]
    assert values_of(line) == [EIGHT, SEVEN]


def test_A61_attribute_0_in_an_access_is_no_way_around_denied_attributes() -> None:
    line = line_to(guarded_meter())
    allowed, denied, guarded = (
        data for _, data in said(line.one(request(*[read(n, 0) for n in (OPEN, SHUT, GUARDED)])))
    )
    assert allowed.value[1] == SEVEN
    assert denied.value[1] == NULL and denied.value[0] != NULL
    assert guarded.value == (NULL, NULL)


def test_A61_what_failed_keeps_what_stands_behind_it_from_being_done() -> None:
    for number, kept in ((CONFIRMED, EIGHT), (CONFIRMED | BREAK_ON_ERROR, SEVEN)):
        line = line_to(guarded_meter())
        line.ask(request(read(OPEN), write(SHUT), write(OPEN), number=number))
        assert values_of(line) == [kept, SEVEN]


@pytest.mark.parametrize(
    ("control", "codes", "answered"),
    [(None, (0, OUT_OF_SCOPE), 0x20), (0x20, (0, OUT_OF_SCOPE), 0x20), (0x10, (0, 0), 0x30), (0x30, (0, 0), 0x30)],
    ids=["plain", "encrypted", "authenticated", "both"],
)
def test_A61_an_access_needs_and_gets_the_protection_of_each_of_its_items(
    control: int | None, codes: tuple[int, ...], answered: int
) -> None:
    line = ServedLine(guarded_meter(), client=1)
    line.associate_with_hls()
    wanted = request(read(OPEN), read(GUARDED))
    sent = wanted.to_bytes() if control is None else line.shield(wanted, control=control, general=True)
    (answer,) = line.ask(sent)
    assert isinstance(answer, GeneralGloCiphering)
    assert answer.content[0] & 0x30 == answered
    assert tuple(code for code, _ in said(line.open(answer))) == codes
    (alone,) = line.ask(request(read(OPEN)))  # what demands nothing of it goes as it was asked for
    assert isinstance(alone, AccessResponse)


@pytest.mark.parametrize("kind", [read, write])
def test_A61_what_one_item_demands_of_the_answer_is_no_protection_of_the_request(kind: Any) -> None:
    for control, code in ((None, OUT_OF_SCOPE), (0x10, 0)):
        line = ServedLine(guarded_meter(), client=1)
        line.associate_with_hls()
        wanted = request(read(PROVEN), kind(GUARDED))
        (answer,) = line.ask(wanted if control is None else line.shield(wanted, control=control, general=True))
        assert isinstance(answer, GeneralGloCiphering) and answer.content[0] & 0x10
        assert [found for found, _ in said(line.open(answer))] == [0, code]


async def test_A61_a_client_protects_an_access_as_the_rights_over_its_items_demand() -> None:
    keys = Security("none", ek=EK, ak=AK, system_title=b"CLI00001", counters=MemoryCounterStore())
    async with (
        dlmskit.serve(guarded_meter(), URL),
        connect(URL, client=1, auth="gmac", security=keys, invocation_counter=0) as meter,
    ):
        wanted = [Data(name, meter.backend).value for name in (OPEN, GUARDED)]
        allowed, refused = await meter.access(*wanted)
        assert allowed == SEVEN and isinstance(refused, ScopeOfAccessViolated)
        await meter.objects()
        assert await meter.access(*wanted) == (SEVEN, SEVEN)
