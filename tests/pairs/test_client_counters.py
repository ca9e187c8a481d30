"""Invocation counters of the client: reserved before use, learnt at first contact, confirmed by a verified answer."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest

from dlmskit.apdu.base import DataAccessResult
from dlmskit.apdu.faults import ExceptionResponse
from dlmskit.client import connect
from dlmskit.client.counters import Counters, default_counter_file
from dlmskit.data.value import Tag, Value
from dlmskit.edge.stores import MemoryCounterStore, SqliteCounterStore
from dlmskit.errors import (
    CounterExhausted,
    DlmsError,
    OutcomeUnknown,
    ReplayDetected,
    SecurityError,
    ServiceRefused,
    TransportError,
    UsageError,
)
from dlmskit.obis import Obis
from dlmskit.security.counters import CounterBlock, Scope, Span
from dlmskit.session.events import GetIndication, SetIndication
from dlmskit.session.responder import ServerAssociation
from dlmskit.tolerances import Tolerances
from dlmskit.trace import TraceEvent
from tests.support.meters import CLOCK, COUNTER, octets, security, structure, unsigned32, values
from tests.support.peer import CLIENT_TITLE, DENIED, TITLE, Peer, gmac, object_list, public

URL = "memory:meter"
WAY: dict[str, Any] = {"client": 1, "auth": "gmac"}
OTHER = "0.0.43.1.4.255"


class Watched(MemoryCounterStore):
    """A store that notes what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.steps: list[str] = []
        self.settled: list[tuple[tuple[Scope, Span] | None, dict[Scope, int]]] = []
        self.most = 1 << 32

    def reserve(self, scope: Scope, count: int, received: Mapping[Scope, int] = {}) -> CounterBlock:
        self.steps.append("reserve")
        return super().reserve(scope, min(count, self.most), received)

    def settle(self, block: tuple[Scope, Span] | None, received: Mapping[Scope, int]) -> None:
        self.settled.append((block, dict(received)))
        super().settle(block, received)

    def learn(self, scope: Scope, at_least: int, *, consent: bool = False) -> None:
        self.steps.append(f"learn {at_least}")
        super().learn(scope, at_least, consent=consent)

    def confirm(self, scope: Scope) -> None:
        self.steps.append("confirm")
        super().confirm(scope)


async def read(store: Any, **arguments: Any) -> None:
    async with connect(URL, **WAY, security=security(counters=store), **arguments) as meter:
        assert await meter.clock.time_zone == -60


async def test_a_first_contact_learns_the_counter_and_confirms_it_once_the_meter_has_proven_itself() -> None:
    store, peer = Watched(), Peer(values())
    async with peer.on(URL):
        await read(store)
        assert store.steps == ["learn 78", "reserve", "confirm"]
        store.steps.clear()
        peer.log.clear()
        await read(store)
    assert store.steps == ["reserve"]
    assert [what for what in peer.log if what.startswith("get")] == [f"get 8:{CLOCK}/3"]


async def test_counters_run_on_when_a_block_is_used_up() -> None:
    store, peer = Watched(), Peer(values())
    store.most = 20
    async with peer.on(URL), connect(URL, **WAY, security=security(counters=store)) as meter:
        for _ in range(50):
            await meter.clock.time_zone
    assert store.steps.count("reserve") >= 3


async def test_counters_used_up_for_good_end_the_association_with_the_reason() -> None:
    store, peer = Watched(), Peer(values())
    store.most = 20
    async with peer.on(URL), connect(URL, **WAY, security=security(counters=store)) as meter:

        def refuse(scope: Scope, count: int, received: object) -> CounterBlock:
            raise CounterExhausted("no more")

        store.reserve = refuse  # type: ignore[method-assign]
        with pytest.raises(DlmsError, match="no more"):
            for _ in range(30):
                await meter.clock.time_zone


async def test_a_file_keeps_counters_over_connections(tmp_path: Path) -> None:
    place, peer = tmp_path / "state" / "counters.sqlite", Peer(values())
    async with peer.on(URL):
        await read(None, counters=place)
        peer.log.clear()
        await read(None, counters=str(place))
    assert not [what for what in peer.log if COUNTER in what]
    scope = security().scope()
    assert scope is not None
    with SqliteCounterStore(place) as store:
        assert store.known(scope)
        assert 78 < store.reserve(scope, 1).start < 78 + 64  # the leases were given back


def test_without_a_place_counters_go_to_the_state_folder_of_the_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert default_counter_file().is_relative_to(tmp_path)
    assert default_counter_file().name == "counters.sqlite"


async def test_a_place_that_cannot_be_written_is_said_before_anything_is_ciphered(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    peer = Peer(values())
    async with peer.on(URL):
        with pytest.raises(UsageError, match="cannot be kept"):
            await read(None, counters=tmp_path / "file" / "counters.sqlite")
    assert "established" not in peer.log


async def test_a_closed_place_takes_no_more_steps(tmp_path: Path) -> None:
    counters = Counters(tmp_path / "counters.sqlite")
    counters.close()
    with pytest.raises(TransportError, match="closed"):
        await counters.begin(lambda store: store.known(Scope(bytes(8), bytes(8))))


# --- where the counter is found ---


def shown(*names: str) -> Value:
    return object_list((15, 1, "0.0.40.0.0.255"), (15, 1, "0.0.40.0.3.255"), *((1, 0, name) for name in names))


async def test_the_object_that_was_named_is_read() -> None:
    store, peer = Watched(), Peer({**values(), (1, OTHER, 2): unsigned32(500)})
    async with peer.on(URL):
        await read(store, invocation_counter=OTHER)
    assert store.steps[0] == "learn 501"
    assert "get 15:0.0.40.0.0.255/2" not in peer.log


async def test_a_counter_given_as_a_number_asks_nobody() -> None:
    store, peer = Watched(), Peer(values(), {1: {1: gmac()}})
    async with peer.on(URL):
        await read(store, invocation_counter=1234)
    assert store.steps == ["learn 1235", "reserve", "confirm"]


async def test_of_several_counters_the_one_of_our_security_setup_is_taken() -> None:
    partners = structure(Value(Tag.INTEGER, 1), Value(Tag.LONG_UNSIGNED, 1))
    setup = octets(text=bytes(Obis.parse("0.0.43.0.4.255")))
    served = {
        **values(),
        (15, "0.0.40.0.0.255", 2): shown(COUNTER, OTHER),
        (15, "0.0.40.0.3.255", 3): partners,
        (15, "0.0.40.0.3.255", 9): setup,
        (1, OTHER, 2): unsigned32(500),
    }
    store, peer = Watched(), Peer(served)
    async with peer.on(URL):
        await read(store)
    assert store.steps[0] == "learn 501"


async def test_of_several_counters_none_is_guessed() -> None:
    store = Watched()
    peer = Peer({**values(), (15, "0.0.40.0.0.255", 2): shown(COUNTER, OTHER)})
    async with peer.on(URL):
        with pytest.raises(SecurityError, match=r"0\.0\.43\.1\.4\.255") as caught:
            await read(store)
    assert "invocation_counter=" in caught.value.hints[0]
    assert store.steps == []


async def test_where_the_view_is_refused_none_is_made_up() -> None:
    store = Watched()
    peer = Peer({**values(), (15, "0.0.40.0.0.255", 2): DataAccessResult(DENIED)})
    async with peer.on(URL):
        with pytest.raises(SecurityError, match="which object") as caught:
            await read(store)
        assert store.steps == []
        assert "invocation_counter=" in caught.value.hints[0]
        await read(store, invocation_counter=COUNTER)  # what the hint says
    assert store.steps[0] == "learn 78"


@pytest.mark.parametrize("refusal", ["association", "object"])
async def test_a_counter_that_the_public_client_may_not_read_asks_for_a_number(refusal: str) -> None:
    clients = {1: gmac()} if refusal == "association" else {1: gmac(), 16: public()}
    peer = Peer({**values(), (1, COUNTER, 2): DataAccessResult(DENIED)}, {1: clients})
    async with peer.on(URL):
        with pytest.raises(SecurityError, match="public client") as caught:
            await read(Watched())
    assert "as a number" in caught.value.hints[0]


async def test_a_counter_that_is_no_number_is_an_error_of_ours() -> None:
    peer = Peer({**values(), (1, COUNTER, 2): octets(text=b"77")})
    async with peer.on(URL):
        with pytest.raises(DlmsError, match="no invocation counter"):
            await read(Watched())


async def test_a_forged_counter_at_the_end_of_the_range_kills_no_key() -> None:
    store, peer = Watched(), Peer({**values(), (1, COUNTER, 2): unsigned32(0xFFFFFFFE)})
    async with peer.on(URL):
        with pytest.raises(CounterExhausted):
            await read(store)
    peer = Peer(values())  # the same meter, told truly: it still works
    async with peer.on(URL):
        await read(store)
    assert "confirm" in store.steps


async def test_a_learnt_counter_stays_unproven_where_the_association_fails() -> None:
    store, peer = Watched(), Peer(values())
    async with peer.on(URL):
        with pytest.raises(DlmsError):
            async with connect(URL, **WAY, security=security(counters=store, ek=b"\x55" * 16)):
                pass
        assert "confirm" not in store.steps


# --- leases, and what the meter sends ---


async def test_a_clean_end_gives_the_lease_back_so_that_short_runs_waste_nothing(tmp_path: Path) -> None:
    place, peer, scope = tmp_path / "counters.sqlite", Peer(values()), security().scope()
    assert scope is not None
    async with peer.on(URL):
        for _ in range(3):
            await read(None, counters=place)
    with SqliteCounterStore(place) as store:
        # each run: AARQ, pass 3 and its GMAC, one GET, RLRQ
        assert store.reserve(scope, 1).start == 78 + 3 * 5


async def test_at_the_end_the_counters_of_the_meter_are_kept_in_the_same_step() -> None:
    store, peer = Watched(), Peer(values())
    async with peer.on(URL):
        await read(store)
    ((block, received),) = store.settled
    assert block is not None
    ((kept, counter),) = received.items()
    assert (kept.title, kept.association) == (TITLE, f"{CLIENT_TITLE.hex()}/1/1")
    assert counter > 1000


async def test_A40_a_meter_that_counts_backwards_is_refused_over_sessions_until_it_was_replaced() -> None:
    store, before = Watched(), Peer(values())
    before.counters = count(50_000, 1000)
    async with before.on(URL):
        await read(store)
    async with Peer(values()).on(URL):  # the same title and key, lower counters: a recording, or another meter
        with pytest.raises(ReplayDetected) as caught:
            await read(store)
        assert any("meter_replaced" in hint for hint in caught.value.hints)
        with pytest.raises(ReplayDetected):
            await read(store)
        await read(store, tolerances=Tolerances(receive_counters="session"))
        await read(store, meter_replaced="struck by lightning")
        await read(store)
    ((scope, _, after, reason),) = store.overrides
    assert (scope.title, after, reason) == (TITLE, None, "struck by lightning")


# --- resynchronisation ---


class Forgetful:
    """A meter that says at the given requests that it has taken a higher counter, in plain, and does nothing."""

    def __init__(self, peer: Peer, ahead: int, *, times: int = 1) -> None:
        self.peer, self.ahead, self.times = peer, ahead, times
        peer.answer = self.answer

    def answer(self, event: Any) -> Any:
        if isinstance(event, GetIndication | SetIndication) and self.times and event.shield is not None:
            self.times -= 1
            server = event.association
            window = server.protection.windows
            window.accept(CLIENT_TITLE, (window.last(CLIENT_TITLE) or 0) + self.ahead)
            server.requests.reset()
            server.refuse_service(ExceptionResponse(1, 6, (window.last(CLIENT_TITLE) or 0) + 1), 0.0)
            return Value(Tag.NULL_DATA, None)
        return None


async def test_a_read_refused_for_its_counter_is_asked_once_more_above_what_the_meter_says() -> None:
    store, peer = Watched(), Peer(values())
    told: list[TraceEvent] = []
    async with peer.on(URL), connect(URL, **WAY, security=security(counters=store), trace=told.append) as meter:
        store.steps.clear()
        Forgetful(peer, 1000)
        assert await meter.clock.time_zone == -60
        assert [step.partition(" ")[0] for step in store.steps] == ["learn", "reserve", "confirm"]
        assert [event.name for event in told if event.layer == "security"] == ["resynchronising"]
        Forgetful(peer, 1000)
        with pytest.raises(ServiceRefused):  # never a loop: the second time is told
            await meter.clock.time_zone


@pytest.mark.parametrize("ahead", [1 << 17, 1 << 25])
async def test_a_forged_counter_far_ahead_is_not_followed(ahead: int) -> None:
    store, peer = Watched(), Peer(values())
    async with peer.on(URL), connect(URL, **WAY, security=security(counters=store)) as meter:
        store.steps.clear()
        Forgetful(peer, ahead)
        with pytest.raises(ServiceRefused):
            await meter.clock.time_zone
    assert store.steps == []


@pytest.mark.parametrize("idempotent", [True, False])
async def test_a_command_refused_for_its_counter_is_asked_again_only_where_that_does_no_harm(idempotent: bool) -> None:
    store, peer = Watched(), Peer(values())
    async with peer.on(URL), connect(URL, **WAY, security=security(counters=store)) as meter:
        Forgetful(peer, 1000)
        if idempotent:
            await meter.set(meter.clock.time_zone, -120, idempotent=True)
        else:
            with pytest.raises(OutcomeUnknown):
                await meter.set(meter.clock.time_zone, -120)
        assert await meter.clock.time_zone == (-120 if idempotent else -60)  # the association goes on


async def test_an_opening_refused_for_its_counter_is_tried_once_more() -> None:
    store, peer = Watched(), Peer(values())
    openings: list[int] = []

    class Strict(ServerAssociation):
        def _on_aarq(self, apdu: Any, shield: Any, now: float) -> None:
            openings.append(1)
            if len(openings) == 1:
                self.refuse_service(ExceptionResponse(1, 6, 5000), now)
            else:
                super()._on_aarq(apdu, shield, now)

    store.learn(cast(Scope, security().scope()), 100)
    store.confirm(cast(Scope, security().scope()))
    store.steps.clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dlmskit.session.called.ServerAssociation", Strict)
        async with peer.on(URL):
            await read(store)
    assert store.steps == ["reserve", "learn 5000", "reserve", "confirm"]
    assert len(openings) == 2


async def test_a_key_whose_counters_come_to_an_end_is_told_in_time() -> None:
    for start, is_late in ((0xBFFFFF00, False), (0xC0000001, True)):
        told: list[TraceEvent] = []
        store = MemoryCounterStore(first=start)
        peer = Peer({**values(), (1, COUNTER, 2): unsigned32(start)})
        async with peer.on(URL), connect(URL, **WAY, security=security(counters=store), trace=told.append) as meter:
            assert await meter.clock.time_zone == -60
        alarms = [event for event in told if event.name == "counters-running-out"]
        assert bool(alarms) is is_late
        assert all("new encryption key" in str(event.detail["hint"]) for event in alarms)


# --- keys that must not come again ---


async def test_A51_a_dedicated_key_given_twice_is_refused_over_sessions_and_processes(tmp_path: Path) -> None:
    """Its counters begin anew, so that a second association would cipher with the key stream of the first."""
    place, peer, key = tmp_path / "counters.sqlite", Peer(values()), bytes(range(0x60, 0x70))
    async with peer.on(URL):
        for _ in range(2):
            async with connect(URL, **WAY, security=security(counters=place, dedicated=True)) as meter:
                assert await meter.clock.time_zone == -60
        async with connect(URL, **WAY, security=security(counters=place, dedicated=key)) as meter:
            assert await meter.clock.time_zone == -60
        opened = peer.log.count("established")
        with pytest.raises(UsageError, match="dedicated key serves for one association"):
            async with connect(URL, **WAY, security=security(counters=place, dedicated=key)):
                pass
        assert peer.log.count("established") == opened
