"""A foreign client reads our electricity meter over sockets; what it reads is compared with a literal table.

gurux-dlms (GPL-2.0) runs in processes of its own, from `.venv-peers`; see `gurux_client.py`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Literal

import pytest

from dlmskit.client import connect
from dlmskit.cosem.ics import Register
from dlmskit.edge.clock import Environment
from dlmskit.server import Device, serve
from dlmskit.simulator import recorded
from dlmskit.simulator.models import build
from tests.peers import model
from tests.peers.model import (
    BREAKER,
    CLOCK,
    ENERGY,
    LOAD_PROFILE,
    MANAGEMENT,
    MIDNIGHTS,
    OPERATOR,
    OTHERWISE,
    PUBLIC,
    PUSH,
)

HERE = Path(__file__).resolve()
PYTHON = HERE.parents[2] / ".venv-peers" / "bin" / "python"

pytestmark = [
    pytest.mark.peer,
    pytest.mark.skipif(
        not PYTHON.exists() and os.environ.get("CI") != "true", reason="no .venv-peers here: `make test` sets it up"
    ),
]

CLIENTS = {"none": PUBLIC, "low": OPERATOR, "gmac": MANAGEMENT}
CELLS = [f"{framing}-{auth}" for framing in ("hdlc", "wrapper") for auth in CLIENTS]

SECRETS = {
    "password": "dlmskit1",
    "title": "4355530000000001",
    "ek": "000102030405060708090a0b0c0d0e0f",
    "ak": "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf",
    "counter": 1,
}
#: Differing sizes and addresses, so that blocks, segments and all address lengths occur.
SIZES: dict[str, dict[str, int]] = {
    "hdlc-none": {"max_pdu": 65535},
    "hdlc-low": {"max_pdu": 256, "physical": 17, "address_size": 2},
    "hdlc-gmac": {"max_pdu": 1024, "physical": 17, "address_size": 4, "max_info": 512},
    "wrapper-none": {"max_pdu": 65535},
    "wrapper-low": {"max_pdu": 256},
    "wrapper-gmac": {"max_pdu": 512},
}
STEPS: dict[str, list[Any]] = {
    "attributes": ["attributes"],
    "list": ["get_list", [ENERGY, 2], [CLOCK, 3], [LOAD_PROFILE, 4]],
    "clock": ["understand", CLOCK, "time", "timeZone", "deviation", "enabled"],
    "energy": ["understand", ENERGY, "value", "scaler", "unit"],
    "profile": ["understand", LOAD_PROFILE, "capturePeriod", "entriesInUse", "profileEntries"],
    "entries": ["entries", LOAD_PROFILE, 11, 10],
    "between": ["between", LOAD_PROFILE, "2026-11-22T10:00:00+00:00", "2026-11-22T12:15:00+00:00"],
    "import": ["between", LOAD_PROFILE, "2026-11-22T10:00:00+00:00", "2026-11-22T12:15:00+00:00", "1.0.1.8.0.255"],
    "nowhere": ["get", "3:1.0.99.99.99.255", 2],
    "other class": ["get", "1:1.0.1.8.0.255", 2],
    "unseen": ["get", BREAKER, 2],
    "set zone": ["set", CLOCK, 3, "timeZone", "INT16", -120],
    "zone": ["get", CLOCK, 3],
    "set energy": ["set", ENERGY, 2, "value", "UINT32", 5],
    "energy after": ["get", ENERGY, 2],
    "shift": ["call", CLOCK, 6, "INT16", 60],
    "time": ["get", CLOCK, 2],
    "disconnect": ["call", BREAKER, 1, "INT8", 0],
    "breaker": ["get", BREAKER, 2],
    "received": ["get", model.RECEIVED_COUNTER, 2],
    "next": ["counter"],
}
#: By short names, as far as gurux goes: it finds no names of methods, and takes blocks for values without a head.
SHORT_NAMES: dict[str, list[Any]] = {
    "attributes": ["attributes"],
    "list": ["get_list", [ENERGY, 2], [CLOCK, 3], [LOAD_PROFILE, 4]],
    "entries": ["entries", LOAD_PROFILE, 11, 10],
    "between": ["between", LOAD_PROFILE, "2026-11-22T10:00:00+00:00", "2026-11-22T12:15:00+00:00"],
    "set zone": ["set", CLOCK, 3, "timeZone", "INT16", -120],
    "zone": ["get", CLOCK, 3],
    "set energy": ["set", ENERGY, 2, "value", "UINT32", 5],
}
DESTINATION = "meter-data.example:4059/" + 3000 * "x"
#: More for the client that may do everything: a setting that takes several blocks.
LONG_SETTING: list[Any] = [["view"], ["set", PUSH, 3, "destination", "STRUCTURE", DESTINATION], ["get", PUSH, 3]]
#: Read by a client that takes general blocks only: rows, and a list.
GENERAL_BLOCKS: list[Any] = [["entries", LOAD_PROFILE, 11, 10], ["get_list", *[[ENERGY, 2]] * 9]]
WINDOW = 1
ACCESS: list[Any] = [["access", [ENERGY, 2], ["3:1.0.99.99.99.255", 2], [CLOCK, 3]]]
#: Requests in an association that wants all of them authenticated and encrypted.
PROTECTION: dict[str, list[Any]] = {
    "authenticated only": [["protect", 0x10], ["get", CLOCK, 3]],
    "encrypted only": [["protect", 0x20], ["get", CLOCK, 3]],
    "plain": [["protect", 0], ["get", CLOCK, 3]],
    "repeated counter": [["protect", 0x30], ["get", CLOCK, 3], ["recount", -1], ["get", CLOCK, 3]],
    "skipped counters": [["recount", 100], ["get", CLOCK, 3]],
}
#: Attempts that must fail: what differs from a cell that succeeds, and what gurux then says.
ATTEMPTS: dict[str, tuple[str, dict[str, Any], str]] = {
    "wrong password": ("low", {"password": "dlmskit2"}, "Authentication failure."),
    "password too short": ("low", {"password": "dlmskit"}, "Authentication failure."),
    "no password where one is wanted": ("low", {"auth": "none"}, "Authentication is required."),
    "no authentication where keys are wanted": (
        "gmac",
        {"auth": "none"},
        "The application context name is not supported.",
    ),
    "wrong encryption key": ("gmac", {"ek": "ff" * 16}, "Authentication failure."),
    "wrong authentication key": ("gmac", {"ak": "ff" * 16}, "Authentication failure."),
    "unknown client": ("none", {"client": 99}, "No reason is given."),
}


def frozen() -> Environment:
    return Environment(now=lambda: model.NOW, random_bytes=random.Random(model.SEED).randbytes)


def meter(referencing: Literal["ln", "sn"] = "ln") -> Device:
    return build("electricity", seed=model.SEED, environment=frozen(), referencing=referencing)


async def saved_meter(framing: str) -> Device:
    """The meter as the operator saw it, saved and served again."""
    url, low = f"memory:{framing}", {"auth": "low", "password": SECRETS["password"]}
    async with serve(meter(), url), connect(url, client=OPERATOR, environment=frozen(), **low) as seen:
        return recorded((await seen.snapshot()).saved, frozen())


def job(framing: str, auth: str, /, **changes: Any) -> dict[str, Any]:
    sizes = SIZES[f"{framing}-{auth}"]
    secrets = {**SECRETS, "password": SECRETS["password"] if auth == "low" else None}
    return {"framing": framing, "auth": auth, "client": CLIENTS[auth], **sizes, **secrets, "steps": [], **changes}


def jobs(framing: str) -> dict[str, dict[str, Any]]:
    """What one process does: three cells, attempts, protection, blocks."""
    wanted = {auth: job(framing, auth, steps=list(STEPS.values())) for auth in CLIENTS}
    wanted |= {name: job(framing, auth, **changes) for name, (auth, changes, _) in ATTEMPTS.items()}
    wanted |= {name: job(framing, "gmac", steps=steps) for name, steps in PROTECTION.items()}
    if framing == "wrapper":
        wanted["short names"] = job(framing, "low", max_pdu=65535, referencing="sn", steps=list(SHORT_NAMES.values()))
    wanted["access"] = job(framing, "low", steps=ACCESS)
    wanted["general blocks"] = job(framing, "low", max_pdu=128, window=WINDOW, steps=GENERAL_BLOCKS)
    wanted["saved"] = job(framing, "low", steps=[STEPS["attributes"], STEPS["between"]])
    wanted["long setting"] = job(framing, "gmac", max_pdu=128, steps=LONG_SETTING)
    return wanted


async def run(stack: AsyncExitStack, framing: str) -> dict[str, Any]:
    """Each job on a meter of its own, so that none finds what another has set."""
    url = "tcp://127.0.0.1:0" if framing == "wrapper" else "hdlc+tcp://127.0.0.1:0"
    wanted = jobs(framing)
    for name, one in wanted.items():
        device = await saved_meter(framing) if name == "saved" else meter(one.get("referencing", "ln"))
        served = await stack.enter_async_context(serve(device, url))
        one["port"] = int(served.urls[0].rsplit(":", 1)[1])
    wanted["used counter"] = {**job(framing, "gmac"), "port": wanted["gmac"]["port"], "counter": 100}
    wanted["fresh counter"] = {**job(framing, "gmac"), "port": wanted["gmac"]["port"], "counter": 100_000}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        PYTHON, HERE.with_name("gurux_client.py"), stdin=pipe, stdout=pipe, stderr=pipe
    )
    out, complaint = await process.communicate(json.dumps(list(wanted.values())).encode())
    if process.returncode != 0:
        pytest.fail(f"the foreign client failed:\n{complaint.decode()}")
    return dict(zip(wanted, json.loads(out), strict=True))


@pytest.fixture(scope="module")
def outcome() -> dict[str, dict[str, Any]]:
    """`FRAMING-JOB` → what came of it, step by step."""

    async def both() -> list[dict[str, Any]]:
        async with AsyncExitStack() as stack, asyncio.timeout(100):
            return await asyncio.gather(*(run(stack, framing) for framing in ("hdlc", "wrapper")))

    if not PYTHON.exists():
        pytest.fail("no .venv-peers: foreign implementations are not installed")
    hdlc, wrapper = asyncio.run(both())
    found = {f"hdlc-{name}": result for name, result in hdlc.items()}
    return found | {f"wrapper-{name}": result for name, result in wrapper.items()}


@pytest.fixture(params=CELLS)
def cell(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def client(cell: str) -> int:
    return CLIENTS[cell.split("-")[1]]


@pytest.fixture
def read(outcome: dict[str, dict[str, Any]], cell: str) -> dict[str, Any]:
    """What each step of a cell gave."""
    assert "results" in outcome[cell], outcome[cell]
    return dict(zip(STEPS, outcome[cell]["results"], strict=True))


def test_every_attribute_is_what_the_table_says(read: dict[str, Any], cell: str, client: int) -> None:
    expected = model.attributes(client, SIZES[cell]["max_pdu"], SECRETS["title"])
    found = read["attributes"]
    assert found.keys() == expected.keys()
    different = {
        key: (found[key], value) for key, value in expected.items() if value is not OTHERWISE and found[key] != value
    }
    assert not different
    assert len(found) >= (50 if client == PUBLIC else 150)


def test_secrets_are_denied(read: dict[str, Any]) -> None:
    secrets = [value for key, value in read["attributes"].items() if key.startswith("15:") and key.endswith("/7")]
    assert secrets
    assert all(value == model.DENIED for value in secrets)


def test_ten_rows_by_entry(read: dict[str, Any]) -> None:
    assert read["entries"] == model.ENTRIES
    assert len(model.ENTRIES) == 10


def test_ten_rows_by_range(read: dict[str, Any]) -> None:
    assert read["between"] == model.BETWEEN
    assert len(model.BETWEEN) == 10


def test_one_column_by_range(read: dict[str, Any]) -> None:
    assert read["import"] == [model.struct(row["structure"][2]) for row in model.BETWEEN]


def test_the_whole_buffers_are_what_the_registers_showed(read: dict[str, Any], client: int) -> None:
    device = meter()
    buffers = {LOAD_PROFILE: quarters()} if client == PUBLIC else {LOAD_PROFILE: quarters(), MIDNIGHTS: midnights()}
    for name, moments in buffers.items():
        rows = read["attributes"][f"{name}/2"]
        assert len(rows) == len(moments)
        for row, moment in zip(rows, moments, strict=True):
            energies = [device.peek(obis, Register.value, moment).value for obis in ("1.0.1.8.0.255", "1.0.2.8.0.255")]
            assert row == model.row(stamp(moment), *energies)


def test_a_list_of_attributes_is_read_with_one_request(read: dict[str, Any]) -> None:
    energy = model.OBJECTS[ENERGY][2]
    assert read["list"] == [energy, {"int": -60}, model.u32(900)]


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_saved_meter_that_is_served_reads_as_the_one_it_was_saved_of(
    outcome: dict[str, dict[str, Any]], framing: str
) -> None:
    attributes, between = outcome[f"{framing}-saved"]["results"]
    assert between == model.BETWEEN
    steps = dict(zip(STEPS, outcome[f"{framing}-low"]["results"], strict=True))
    live = steps["attributes"]
    assert attributes.keys() == live.keys()
    terms = "15:0.0.40.0.2.255/5"  # of the opening in which it was saved
    assert {key for key, value in attributes.items() if value != live[key]} == {terms}


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_long_answers_go_in_general_blocks(outcome: dict[str, dict[str, Any]], framing: str) -> None:
    rows, energies = outcome[f"{framing}-general blocks"]["results"]
    assert rows == model.ENTRIES
    assert energies == [model.OBJECTS[ENERGY][2]] * 9


def test_the_foreign_client_understands_clock_register_and_profile(read: dict[str, Any]) -> None:
    assert read["clock"] == ["2026-11-22T16:07:30+01:00", -60, 60, True]
    assert read["energy"] == [240854152, pytest.approx(0.1), 30]
    assert read["profile"] == [900, 2880, 2880]


def test_what_is_not_there_is_refused_as_such(read: dict[str, Any], client: int) -> None:
    assert read["nowhere"] == model.UNDEFINED
    assert read["other class"] == {"error": 9}
    assert read["unseen"] == (model.UNDEFINED if client == PUBLIC else True)


def test_a_setting_is_taken_where_it_is_permitted(read: dict[str, Any], client: int) -> None:
    if client == PUBLIC:
        assert (read["set zone"], read["zone"]) == (3, {"Int16": -60})
    else:
        assert (read["set zone"], read["zone"]) == (0, {"Int16": -120})


def test_a_setting_is_denied_where_it_is_not_permitted(read: dict[str, Any]) -> None:
    assert (read["set energy"], read["energy after"]) == (3, model.OBJECTS[ENERGY][2])


def test_methods_are_carried_out_where_they_are_permitted(read: dict[str, Any], client: int) -> None:
    """One minute later, and in the zone set before."""
    if client == PUBLIC:
        assert (read["shift"], read["time"]) == (3, model.OBJECTS[CLOCK][2])
    else:
        assert (read["shift"], read["time"]) == (0, model.octets("07ea 0b 16 07 11 08 1e 00 ff88 00"))
    disconnected = {PUBLIC: (4, model.UNDEFINED), OPERATOR: (3, True), MANAGEMENT: (0, False)}
    assert (read["disconnect"], read["breaker"]) == disconnected[client]


def test_the_received_counter_is_the_one_the_client_used(read: dict[str, Any], client: int) -> None:
    used = read["next"] - 1 if client == MANAGEMENT else 0
    assert read["received"] == model.u32(used)
    assert read["attributes"][f"{model.RECEIVED_COUNTER}/2"]["UInt32"] <= used


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_an_association_is_refused(outcome: dict[str, dict[str, Any]], framing: str, attempt: str) -> None:
    """The positive control is the cell: it differs in nothing but what the attempt changes."""
    auth, _, reason = ATTEMPTS[attempt]
    assert "results" in outcome[f"{framing}-{auth}"]
    assert outcome[f"{framing}-{attempt}"].get("refused", "accepted").endswith(reason)


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_counter_that_was_used_is_refused(outcome: dict[str, dict[str, Any]], framing: str) -> None:
    assert "refused" in outcome[f"{framing}-used counter"]
    # Its RLRQ carries nothing protected, which a protected association is not released by.
    assert outcome[f"{framing}-fresh counter"] == {"results": [], "release": "Service not allowed. Ciphering failed"}


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
@pytest.mark.parametrize("attempt", PROTECTION)
def test_a_attemptprotected_too_little_or_twice_is_refused(
    outcome: dict[str, dict[str, Any]], framing: str, attempt: str
) -> None:
    zone, deciphering = {"Int16": -60}, {"exception": "Service not allowed. Ciphering failed"}
    counter = {"exception": "Service not allowed. Invocation counter is invalid."}
    assert (
        outcome[f"{framing}-{attempt}"]["results"]
        == {
            "authenticated only": [None, deciphering],
            "encrypted only": [None, deciphering],
            "plain": [None, deciphering],
            "repeated counter": [None, zone, None, counter],
            "skipped counters": [None, zone],
        }[attempt]
    )


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_several_attributes_are_read_with_one_access(outcome: dict[str, dict[str, Any]], framing: str) -> None:
    (found,) = outcome[f"{framing}-access"]["results"]
    assert found == [model.OBJECTS[ENERGY][2], model.UNDEFINED, {"int": -60}]


@pytest.mark.parametrize("framing", ["hdlc", "wrapper"])
def test_a_setting_of_several_blocks_is_taken(outcome: dict[str, dict[str, Any]], framing: str) -> None:
    _, result, found = outcome[f"{framing}-long setting"]["results"]
    assert result == 0
    assert found == model.struct(model.enum(0), model.text(DESTINATION), model.enum(0))


def quarters() -> list[datetime]:
    """The quarter hours of thirty days up to 15:00 UTC."""
    last = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
    return [last - timedelta(minutes=15) * back for back in reversed(range(2880))]


def midnights() -> list[datetime]:
    """The midnights of 366 days in UTC: by standard time, as a period of 24 hours has it."""
    last = datetime(2026, 11, 21, 23, tzinfo=UTC)
    return [last - timedelta(days=back) for back in reversed(range(366))]


def is_summer(moment: datetime) -> bool:
    """Daylight saving in central Europe between the autumns of 2025 and 2026."""
    return datetime(2026, 3, 29, 1, tzinfo=UTC) <= moment < datetime(2026, 10, 25, 1, tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """Twelve octets of a date-time, written out without dlmskit."""
    hours, tail = (2, "ff8880") if is_summer(moment) else (1, "ffc400")
    local = moment.astimezone(timezone(timedelta(hours=hours)))
    fields = (local.month, local.day, local.isoweekday(), local.hour, local.minute, local.second, 0)
    return f"{local.year:04x}{bytes(fields).hex()}{tail}"


def test_by_short_names_the_foreign_client_reads_and_writes_the_same(outcome: dict[str, dict[str, Any]]) -> None:
    assert "results" in outcome["wrapper-short names"], outcome["wrapper-short names"]
    found = dict(zip(SHORT_NAMES, outcome["wrapper-short names"]["results"], strict=True))
    expected = model.attributes(OPERATOR, 65535, SECRETS["title"])
    same = {key: value for key, value in expected.items() if value is not OTHERWISE and not key.startswith("15:")}
    assert {key: found["attributes"].get(key) for key in same} == same
    assert len(same) > 100
    assert found["list"] == [{"UInt32": 240854152}, {"int": -60}, {"UInt32": 900}]
    assert found["entries"] == model.ENTRIES
    assert found["between"] == model.BETWEEN
    assert (found["set zone"], found["zone"]) == (0, {"Int16": -120})
    assert found["set energy"] == 3
