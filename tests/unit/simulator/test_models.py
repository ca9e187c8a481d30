"""The built-in meters: what they hold, for whom, and that it can be repeated."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dlmskit.cosem.catalogue import describe, usual_classes
from dlmskit.cosem.ics import ProfileGeneric, Register
from dlmskit.data.value import Tag, Value
from dlmskit.edge.clock import Environment, repeatable
from dlmskit.errors import ReadWriteDenied, ScopeOfAccessViolated, UsageError
from dlmskit.obis import Obis
from dlmskit.server.device import Device
from dlmskit.server.serve import serve
from dlmskit.session.opening.asking import ClientSettings
from dlmskit.simulator import MODELS, build, expected, moment
from tests.support.caller import Caller, gmac, low

SUMMER = datetime(2026, 7, 1, 12, 7, 30, tzinfo=UTC)
PUBLIC, OPERATOR, MANAGEMENT = 16, 32, 1
SETTINGS = {PUBLIC: ClientSettings(), OPERATOR: low(), MANAGEMENT: gmac()}


def frozen(moment: datetime = SUMMER) -> Environment:
    return repeatable(seed=0, start=moment, monotonic=lambda: 0.0)


def meter(model: str = "electricity", moment: datetime = SUMMER, **more: int) -> Device:
    return build(model, environment=frozen(moment), **more)


@pytest.mark.parametrize("model", MODELS)
def test_equal_seed_serial_and_time_give_equal_readings(model: str) -> None:
    assert expected(meter(model)) == expected(meter(model))
    assert expected(meter(model, seed=1)) != expected(meter(model))
    assert expected(meter(model, serial=2)) != expected(meter(model))


def test_a_time_without_offset_is_the_meters_local_time() -> None:
    assert moment(datetime(2026, 1, 1)) == datetime(2025, 12, 31, 23, tzinfo=UTC)
    assert moment(datetime(2026, 7, 1)) == datetime(2026, 6, 30, 22, tzinfo=UTC)
    assert moment(SUMMER) == SUMMER


def test_the_readings_at_a_moment_are_known() -> None:
    """Written down once: a change here breaks what others have written down."""
    known = expected(meter())
    assert known["1:0.0.42.0.0.255/2"] == b"DKT0000000000001"
    assert known["1:0.0.96.1.0.255/2"] == b"00000001"
    assert known["8:0.0.1.0.0.255/2"] == bytes.fromhex("07ea0701030e071e00ff8880")
    assert known["3:1.0.1.8.0.255/3"] == (-1, 30)
    assert known["64:0.0.43.0.0.255/5"] == b"DKT\0\0\0\0\1"
    buffer = known["7:1.0.99.1.0.255/2"]
    assert isinstance(buffer, tuple)
    assert len(buffer) == 2880
    assert buffer[-1][0] == bytes.fromhex("07ea0701030e000000ff8880")


@pytest.mark.parametrize("model", MODELS)
def test_names_are_the_catalogues(model: str) -> None:
    for behaviour in meter(model).objects:
        obj = behaviour.obj
        assert "unknown" not in describe(obj.obis, obj.class_id).lower()
        assert obj.class_id in usual_classes(obj.obis), obj


def test_the_sum_is_that_of_the_rates_and_of_the_profile() -> None:
    device = meter()
    for quantity in (1, 2):
        total, day, night = (device.peek(f"1.0.{quantity}.8.{rate}.255", Register.value).value for rate in range(3))
        assert total == day + night
    hour = meter(moment=datetime(2026, 7, 1, 12, tzinfo=UTC))
    last = hour.peek("1.0.99.1.0.255", ProfileGeneric.buffer)[-1]
    assert last.value[2] == hour.peek("1.0.1.8.0.255", Register.value)
    assert last.value[3] == hour.peek("1.0.2.8.0.255", Register.value)


@pytest.mark.parametrize(("model", "name"), [("electricity", "1.0.1.8.0.255"), ("gas", "7.0.3.0.0.255")])
def test_counters_count_on(model: str, name: str) -> None:
    device = meter(model)
    attribute = next(one for one in device.objects if str(one.obj.obis) == name).obj.attributes[2]
    counted = [device.peek(name, attribute, SUMMER + timedelta(hours=hour)).value for hour in range(48)]
    assert counted == sorted(counted)
    assert counted[0] < counted[-1]


def test_the_load_profile_reaches_thirty_days_back_through_the_change_of_time() -> None:
    device = meter(moment=datetime(2026, 4, 10, 12, tzinfo=UTC))
    rows = device.peek("1.0.99.1.0.255", ProfileGeneric.buffer)
    assert len(rows) == 30 * 96
    deviations = {row.value[0].value[9:11] for row in rows}
    assert deviations == {(-60).to_bytes(2, "big", signed=True), (-120).to_bytes(2, "big", signed=True)}
    counted = [row.value[2].value for row in rows]
    assert counted == sorted(counted)


def test_time_runs_on_from_where_it_was_set() -> None:
    seconds = [0.0]
    device = build(environment=repeatable(start=SUMMER, monotonic=lambda: seconds[0]))
    before = expected(device)
    seconds[0] = 3600.0
    after = expected(device)
    assert before["8:0.0.1.0.0.255/2"] != after["8:0.0.1.0.0.255/2"]
    assert after["8:0.0.1.0.0.255/2"] == expected(meter(moment=SUMMER + timedelta(hours=1)))["8:0.0.1.0.0.255/2"]


@pytest.mark.parametrize("wrong", [{"name": "steam"}, {"serial": -1}, {"serial": 2**40}])
def test_what_is_no_meter_is_a_usage_error(wrong: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        build(**wrong)  # type: ignore[arg-type]


# --- who may do what ---

ONLY_PUBLIC = {
    "0.0.1.0.0.255", "0.0.42.0.0.255", "0.0.96.1.0.255", "0.0.43.1.0.255", "0.0.96.10.1.255", "1.0.99.1.0.255",
    "1.0.1.8.0.255", "1.0.1.8.1.255", "1.0.1.8.2.255", "1.0.2.8.0.255", "1.0.2.8.1.255", "1.0.2.8.2.255",
    "0.0.40.0.0.255",
}  # fmt: skip


def offered(device: Device, client: int) -> dict[str, tuple[set[int], set[int], set[int]]]:
    """What an association may read, write and call, by name."""
    offer = next(offer for offer in device.offers if offer.client == client)
    found = {}
    for _, seen in device.view(offer).values():
        attributes, methods = seen.access_rights.attribute_access, seen.access_rights.method_access
        found[str(seen.logical_name)] = (
            {entry.attribute_id for entry in attributes if entry.can_read},
            {entry.attribute_id for entry in attributes if entry.can_write},
            {entry.method_id for entry in methods if entry.can_call},
        )
    return found


def test_the_public_client_sees_its_objects_and_changes_nothing() -> None:
    seen = offered(meter(), PUBLIC)
    assert set(seen) == ONLY_PUBLIC
    assert all(not write and not call for _, write, call in seen.values())


def test_A64_the_operator_sets_the_clock_and_nothing_else() -> None:
    changed = {name: (write, call) for name, (_, write, call) in offered(meter(), OPERATOR).items() if write or call}
    assert changed == {"0.0.1.0.0.255": ({2, 3}, {3, 6})}


def test_the_management_changes_what_is_meant_to_be_changed() -> None:
    changed = {name for name, (_, write, call) in offered(meter(), MANAGEMENT).items() if write or call}
    assert changed == {
        "0.0.1.0.0.255", "1.0.99.1.0.255", "1.0.99.2.0.255", "0.0.96.3.10.255", "0.0.22.0.0.255", "0.0.25.0.0.255",
        "0.0.25.9.0.255", "0.0.40.0.0.255",
    }  # fmt: skip


@pytest.mark.parametrize("client", SETTINGS)
async def test_A60_every_attribute_and_method_is_open_as_declared_and_no_further(client: int) -> None:
    device = meter()
    seen = offered(device, client)
    async with (
        serve(device, "memory:matrix"),
        Caller.on("memory:matrix", SETTINGS[client], client=client) as caller,
    ):
        for behaviour in device.objects:
            obj, name = behaviour.obj, str(behaviour.obj.obis)
            read, write, call = seen.get(name, (set(), set(), set()))
            wanted = [(obj.class_id, name, index) for index in (*obj.attributes, max(obj.attributes) + 1)]
            for (_, _, index), result in zip(wanted, await caller.get_many(*wanted), strict=True):
                assert isinstance(result, Value) is (index in read), (name, index)
            for index in set(obj.attributes) - write:
                with pytest.raises(Exception, match="denied|undefined"):
                    await caller.put(obj.class_id, name, index, Value(Tag.INTEGER, 1))
            for index in set(obj.methods) - call:
                with pytest.raises(Exception, match="denied|undefined"):
                    await caller.call(obj.class_id, name, index, Value(Tag.INTEGER, 0))
    assert expected(device) == expected(meter()) | {"1:0.0.43.1.0.255/2": expected(device)["1:0.0.43.1.0.255/2"]}


async def test_A63_the_public_client_neither_reads_nor_pushes_what_is_protected() -> None:
    device = meter()
    async with serve(device, "memory:public"), Caller.on("memory:public", ClientSettings(), client=16) as caller:
        for class_id, name, index in ((64, "0.0.43.0.0.255", 5), (40, "0.0.25.9.0.255", 2), (70, "0.0.96.3.10.255", 2)):
            with pytest.raises(Exception, match="undefined"):
                await caller.get(class_id, name, index)
        with pytest.raises(Exception, match="undefined"):
            await caller.call(40, "0.0.25.9.0.255", 1)
        assert caller.pushed == []
        with pytest.raises((ReadWriteDenied, ScopeOfAccessViolated)):
            await caller.put(8, "0.0.1.0.0.255", 3, Value(Tag.LONG, 0))


async def test_the_management_switches_the_breaker_and_sets_the_clock() -> None:
    device = meter()
    async with serve(device, "memory:manage"), Caller.on("memory:manage", gmac(), client=1) as caller:
        await caller.call(70, "0.0.96.3.10.255", 1)
        assert (await caller.get(70, "0.0.96.3.10.255", 2)).value is False
        await caller.call(70, "0.0.96.3.10.255", 2)
        assert (await caller.get(70, "0.0.96.3.10.255", 2)).value is True
        await caller.put(8, "0.0.1.0.0.255", 2, Value(Tag.OCTET_STRING, bytes.fromhex("07ea0701030f000000ff8880")))
        assert (await caller.get(8, "0.0.1.0.0.255", 2)).value == bytes.fromhex("07ea0701030f000000ff8880")
        await caller.call(8, "0.0.1.0.0.255", 6, Value(Tag.LONG, -30))
        assert (await caller.get(8, "0.0.1.0.0.255", 2)).value == bytes.fromhex("07ea0701030e3b1e00ff8880")


async def test_the_invocation_counter_is_the_one_to_start_above() -> None:
    device = meter()
    async with serve(device, "memory:counter"):
        async with Caller.on("memory:counter", gmac(), client=1, counter=5000) as caller:
            await caller.get(1, "0.0.42.0.0.255", 2)
            title = await caller.get(64, "0.0.43.0.0.255", 4)
            assert title == Value(Tag.OCTET_STRING, b"CLI00001")
        async with Caller.on("memory:counter", ClientSettings(), client=16) as caller:
            counter = (await caller.get(1, "0.0.43.1.0.255", 2)).value
            assert 5000 < counter < 5010
        with pytest.raises(Exception, match="authentication failure"):
            async with Caller.on("memory:counter", gmac(), client=1, counter=counter - 3):
                pass
        async with Caller.on("memory:counter", gmac(), client=1, counter=counter + 1) as caller:
            assert await caller.get(1, "0.0.42.0.0.255", 2) == Value(Tag.OCTET_STRING, b"DKT0000000000001")


async def test_the_gas_meter_is_open_to_the_public_client() -> None:
    device = meter("gas")
    async with serve(device, "memory:gas"), Caller.on("memory:gas", ClientSettings(), client=16) as caller:
        known = expected(device)
        for behaviour in device.objects:
            if behaviour.obj.class_id == 15:
                continue
            for index in sorted(behaviour.readable):
                value = await caller.get(behaviour.obj.class_id, str(behaviour.obj.obis), index)
                assert _plain(value) == known[f"{behaviour.obj}/{index}"]
    assert Obis.parse("7.0.3.0.0.255") in {behaviour.obj.obis for behaviour in device.objects}


def _plain(value: Value) -> object:
    return tuple(map(_plain, value.value)) if isinstance(value.value, tuple) else value.value
