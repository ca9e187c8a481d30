"""From an indication to its answer: what is found, what is allowed, what a handler may do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

import pytest

from dlmskit.apdu.action import ActionRequestNormal, ActionResponseNormal
from dlmskit.apdu.base import ActionResult, AttributeDescriptor, DataAccessResult, MethodDescriptor, Selection
from dlmskit.apdu.get import GetRequestNormal, GetResponseNormal
from dlmskit.apdu.set import SetRequestNormal, SetResponseNormal
from dlmskit.cosem.access import AccessFlags
from dlmskit.cosem.ics import Clock, Data, Register
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import ObjectUnavailable, TemporaryFailure, UsageError
from dlmskit.obis import Obis
from dlmskit.server.access import ALL, Rule
from dlmskit.server.behaviour import Behaviour, Context, accepts, performs, serves
from dlmskit.server.behaviours.clock import RunningClock
from dlmskit.server.device import Device
from dlmskit.server.dispatch import words
from dlmskit.server.serve import serve
from dlmskit.session.events import SetIndication
from dlmskit.session.opening.asking import ClientSettings
from dlmskit.trace import TraceEvent
from tests.support.caller import Caller
from tests.support.served_line import ServedLine

NAME = "0.0.96.1.1.255"
SEVEN = Value(Tag.LONG_UNSIGNED, 7)


class Odd(Behaviour):
    """A value whose handlers do what the test says."""

    def __init__(self, behave: object = None) -> None:
        super().__init__(Register(NAME, value=SEVEN))
        self.behave, self.taken, self.context = behave, [], None

    @serves(Register.value)
    def value(self, context: Context) -> Value:
        self.context = context
        if isinstance(self.behave, Exception):
            raise self.behave
        return self.behave if isinstance(self.behave, Value) else SEVEN

    @accepts(Register.value)
    def take(self, value: Value, context: Context) -> None:
        if isinstance(self.behave, Exception):
            raise self.behave
        self.taken.append(value)

    @performs(Register.reset)
    def reset(self, argument: int, context: Context) -> None:
        if isinstance(self.behave, Exception):
            raise self.behave
        self.taken.append(argument)


def serving(
    *objects: Behaviour | Data | Register | Clock, access: tuple[Rule, ...] = (Rule("*", write=ALL, call=ALL),)
) -> ServedLine:
    device = Device(logical_name="DKT0000000000001")
    for obj in objects:
        device.add(obj)
    device.association(client=16, access=access)
    line = ServedLine(device, client=16)
    line.associate(max_pdu=0)
    return line


def get(
    line: ServedLine, index: int = 2, *, class_id: int = 3, name: str = NAME, selection: Selection | None = None
) -> Value | DataAccessResult:
    answer = line.one(GetRequestNormal(0xC1, AttributeDescriptor(class_id, bytes(Obis.parse(name)), index), selection))
    assert isinstance(answer, GetResponseNormal)
    return answer.result


def put(line: ServedLine, value: Value, index: int = 2, *, class_id: int = 3, name: str = NAME) -> int:
    wanted = AttributeDescriptor(class_id, bytes(Obis.parse(name)), index)
    answer = line.one(SetRequestNormal(0xC1, wanted, None, value))
    assert isinstance(answer, SetResponseNormal)
    return answer.result


def call(line: ServedLine, argument: Value | None, index: int = 1, *, class_id: int = 3) -> ActionResult:
    answer = line.one(ActionRequestNormal(0xC1, MethodDescriptor(class_id, bytes(Obis.parse(NAME)), index), argument))
    assert isinstance(answer, ActionResponseNormal)
    return answer.response


def test_what_is_not_there_is_told_apart() -> None:
    line = serving(Odd(), access=(Rule("3:*"),))
    assert get(line) == SEVEN
    assert get(line, name="0.0.96.1.9.255") == DataAccessResult(4)
    assert get(line, class_id=4) == DataAccessResult(9)
    assert get(line, 3) == DataAccessResult(3)
    assert get(line, 99) == DataAccessResult(3)
    assert get(line, -1) == DataAccessResult(3)


def test_what_no_rule_names_is_not_there() -> None:
    line = serving(Odd(), Data("0.0.96.1.2.255", value=SEVEN), access=(Rule("1:*"),))
    assert get(line) == DataAccessResult(4)
    assert get(line, class_id=1, name="0.0.96.1.2.255") == SEVEN


def test_what_is_not_allowed_is_denied_and_not_done() -> None:
    odd = Odd()
    line = serving(odd, access=(Rule("*"),))
    assert put(line, SEVEN) == 3
    assert call(line, Value(Tag.INTEGER, 0)).result == 3
    assert odd.taken == []
    assert get(line) == SEVEN


@pytest.mark.parametrize(("error", "code"), [(TemporaryFailure(), 2), (ObjectUnavailable("later"), 11)])
def test_a_handler_refuses_with_the_code_of_what_it_raises(error: Exception, code: int) -> None:
    line = serving(Odd(error))
    assert get(line) == DataAccessResult(code)
    assert put(line, SEVEN) == code
    assert call(line, Value(Tag.INTEGER, 0)) == ActionResult(code)
    assert line.failures == []


def test_a_handler_that_fails_is_answered_told_and_survived() -> None:
    error = ZeroDivisionError("oh")
    odd = Odd(error)
    line = serving(odd)
    assert get(line) == DataAccessResult(250)
    assert put(line, SEVEN) == 250
    assert call(line, Value(Tag.INTEGER, 0)) == ActionResult(250)
    assert line.failures == [error] * 3
    odd.behave = None
    assert get(line) == SEVEN


@pytest.mark.parametrize(
    "value", [Value(Tag.LONG_UNSIGNED, 70_000), Value(Tag.LONG_UNSIGNED, "x"), Value(Tag.FLOAT32, None)]
)
def test_a_handler_that_gives_what_cannot_be_encoded_is_answered_and_survived(value: Value) -> None:
    odd = Odd(value)
    line = serving(odd)
    assert get(line) == DataAccessResult(250)
    odd.behave = None
    assert get(line) == SEVEN


def test_a_handler_that_gives_another_type_is_answered_and_told() -> None:
    class Wrong(Behaviour):
        @serves(Clock.time_zone)
        def zone(self, context: Context) -> int:
            return 1 << 40

    line = serving(Wrong(Clock(NAME)))
    assert get(line, 3, class_id=8) == DataAccessResult(250)
    assert len(line.failures) == 1


def test_a_value_of_another_type_than_declared_is_type_unmatched() -> None:
    line = serving(Clock(NAME))
    assert put(line, Value(Tag.LONG, 60), 3, class_id=8) == 0
    assert put(line, Value(Tag.DOUBLE_LONG, 60), 3, class_id=8) == 12
    assert put(line, Value(Tag.OCTET_STRING, bytes(5)), 2, class_id=8) == 12
    assert get(line, 3, class_id=8) == Value(Tag.LONG, 60)


def test_where_any_type_is_declared_the_one_that_is_there_counts() -> None:
    line = serving(Data(NAME, value=SEVEN))
    assert put(line, Value(Tag.LONG_UNSIGNED, 8), class_id=1) == 0
    assert put(line, Value(Tag.UNSIGNED, 8), class_id=1) == 12
    assert get(line, class_id=1) == Value(Tag.LONG_UNSIGNED, 8)


def test_an_argument_of_another_type_is_type_unmatched_and_a_missing_one_is_filled_in() -> None:
    odd = Odd()
    line = serving(odd)
    assert call(line, Value(Tag.LONG, 0)).result == 12
    assert call(line, None).result == 0
    assert call(line, Value(Tag.INTEGER, 3)).result == 0
    assert odd.taken == [0, 3]


def test_the_logical_name_is_never_written() -> None:
    line = serving(Data(NAME, value=SEVEN))
    assert put(line, Value(Tag.OCTET_STRING, bytes(6)), 1, class_id=1) == 3


def test_attribute_0_gives_every_attribute_and_nothing_for_what_is_denied() -> None:
    line = serving(Data(NAME, value=SEVEN), access=(Rule("1:*", read=("value",)),))
    assert get(line, 0, class_id=1) == Value(Tag.STRUCTURE, (NULL, SEVEN))
    everything = serving(Data(NAME, value=SEVEN))
    own_name = Value(Tag.OCTET_STRING, bytes(Obis.parse(NAME)))
    assert get(everything, 0, class_id=1) == Value(Tag.STRUCTURE, (own_name, SEVEN))


def test_A61_attribute_0_is_no_way_around_denied_attributes() -> None:
    line = serving(Odd(), access=(Rule("3:*", read=()),))
    assert get(line, 0) == Value(Tag.STRUCTURE, (NULL, NULL, NULL))
    assert get(line) == DataAccessResult(3)


def test_selective_access_where_there_is_none_is_denied() -> None:
    line = serving(Data(NAME, value=SEVEN))
    assert get(line, class_id=1, selection=Selection(1, NULL)) == DataAccessResult(3)


def test_what_needs_protection_is_out_of_scope_without() -> None:
    guarded = Rule("3:*", write=ALL, call=ALL, protection=AccessFlags.AUTHENTICATED_REQUEST)
    odd = Odd()
    line = serving(odd, access=(guarded,))
    assert get(line) == DataAccessResult(13)
    assert put(line, SEVEN) == 13
    assert call(line, Value(Tag.INTEGER, 0)).result == 13
    assert odd.taken == []


def test_a_handler_is_told_who_asks_and_when() -> None:
    odd = Odd()
    line = serving(odd)
    get(line)
    context = odd.context
    assert isinstance(context, Context)
    assert (context.client, context.user_id, context.now.tzinfo is not None) == (16, None, True)


def test_a_handler_that_serves_another_class_is_refused_at_once() -> None:
    with pytest.raises(Exception, match="serves Register"):

        class _Misplaced(Odd):
            def __init__(self) -> None:
                Behaviour.__init__(self, Clock(NAME))

        _Misplaced()


class Slow(Behaviour):
    """A value that is given when the test says so."""

    def __init__(self) -> None:
        super().__init__(Data(NAME, value=SEVEN))
        self.gate, self.started, self.cancelled = asyncio.Event(), 0, 0

    @serves(Data.value)
    def value(self, context: Context) -> Awaitable[Value]:
        return self._later()

    async def _later(self) -> Value:
        self.started += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return SEVEN


def slow_device() -> tuple[Device, Slow]:
    device, slow = Device(logical_name="DKT0000000000001"), Slow()
    device.add(slow)
    device.association(client=16, access=(Rule("*"),))
    device.association(client=17, access=(Rule("*"),))
    return device, slow


async def test_the_session_does_not_wait_for_a_handler() -> None:
    device, slow = slow_device()
    async with (
        serve(device, "memory:slow"),
        Caller.on("memory:slow", ClientSettings(), client=16) as caller,
        Caller.on("memory:slow", ClientSettings(), client=17) as other,
        asyncio.TaskGroup() as group,
    ):
        asking = group.create_task(caller.get(1, NAME, 2))
        await asyncio.sleep(0.1)
        assert slow.started == 1
        assert await other.get(1, "0.0.42.0.0.255", 2) == Value(Tag.OCTET_STRING, b"DKT0000000000001")
        assert not asking.done()
        slow.gate.set()
        assert await asking == SEVEN


async def test_attribute_0_waits_for_what_has_to_be_awaited() -> None:
    device, slow = slow_device()
    slow.gate.set()
    async with serve(device, "memory:slow"), Caller.on("memory:slow", ClientSettings(), client=16) as caller:
        whole = await caller.get_many((1, NAME, 2), (1, "0.0.42.0.0.255", 2), (1, NAME, 2))
        assert whole[0] == whole[2] == SEVEN


async def test_a_handler_ends_with_the_connection_that_waits_for_it() -> None:
    device, slow = slow_device()
    async with serve(device, "memory:slow") as served:
        with pytest.raises(ExceptionGroup):
            async with (
                Caller.on("memory:slow", ClientSettings(), client=16) as caller,
                asyncio.TaskGroup() as group,
            ):
                asking = group.create_task(caller.get(1, NAME, 2))
                await asyncio.sleep(0.1)
                caller.hang_up()
                await asking
        await asyncio.sleep(0.1)
        assert (slow.started, slow.cancelled, served.connections) == (1, 1, 0)


async def test_a_failing_handler_is_traced_and_handed_to_the_loop() -> None:
    told: list[TraceEvent] = []
    handed: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: handed.append(context))
    device = Device(logical_name="DKT0000000000001")
    device.add(Odd(ZeroDivisionError("oh")))
    device.association(client=16, access=(Rule("*"),))
    async with (
        serve(device, "memory:fails", trace=told.append),
        Caller.on("memory:fails", ClientSettings(), client=16) as caller,
    ):
        with pytest.raises(Exception, match="other reason"):
            await caller.get(3, NAME, 2)
        assert [event.name for event in told if event.layer == "server"] == ["handler-failed"]
        assert isinstance(handed[0]["exception"], ZeroDivisionError)


def test_A76_what_is_told_of_a_failure_leaves_the_value_sent_out() -> None:
    line = serving(Odd(ZeroDivisionError()))
    put(line, Value(Tag.OCTET_STRING, b"a new secret"))
    (asked,) = [event for event in line.events if isinstance(event, SetIndication)]
    assert words(asked) == f"set 3:{NAME}/2"
    get(line)
    call(line, None)
    assert [words(event) for event in line.events[-2:]] == [f"get 3:{NAME}/2", f"call 3:{NAME}/1"]


def test_the_meter_itself_is_asked_without_a_client() -> None:
    device, _ = slow_device()
    device.add(Clock("0.0.1.0.0.255", time_zone=-60))
    assert device.peek("0.0.1.0.0.255", Clock.time_zone) == -60
    assert device.peek("0.0.1.0.0.255", Clock.time, device.now).deviation == -60
    for name, attribute in ((NAME, Data.value), ("0.0.96.9.9.255", Data.value)):
        with pytest.raises(UsageError):
            device.peek(name, attribute)
    assert device.object("0.0.1.0.0.255", RunningClock).device is device
    with pytest.raises(UsageError, match="no RunningClock called"):
        device.object(NAME, RunningClock)
