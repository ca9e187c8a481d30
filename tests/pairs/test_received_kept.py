"""A40: what was accepted is durable before it has any effect, wherever a restart could let it pass again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.apdu.notify import DataNotification
from dlmskit.data.value import Tag, Value
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import AssociationRefused, DlmsError, TransportError
from dlmskit.security.cipher import BOTH, BROADCAST
from dlmskit.security.counters import Received
from dlmskit.security.keys import KeyRole
from dlmskit.server.access import ALL, Rule
from dlmskit.server.counters import MeterCounters
from dlmskit.server.device import Device
from dlmskit.session.context import Ciphering
from dlmskit.session.events import Event, Notified, SetIndication
from dlmskit.session.services.exchanges import get, put, put_unconfirmed
from dlmskit.tolerances import Tolerances
from tests.support.session_pair import CLIENT_TITLE, ENERGY, SERVER_TITLE, Model, Pair, client_settings, served
from tests.support.suites import rings

VALUE, NINE = AttributeDescriptor(3, ENERGY, 2), Value(Tag.LONG_UNSIGNED, 9)
KEYS = rings(0)


def kept_by(received: Received, log: list[Any]) -> Received:
    received.keep = lambda fingerprint, title, counter: log.append(counter)
    return received


def pair(mechanism: int = 0, *, beforehand: bool = False, control: int = BOTH, **received: Received) -> Pair:
    """Both sides cipher; `client` and `server` are what they have received."""
    own = Ciphering(CLIENT_TITLE, KEYS.client, control, peer_title=SERVER_TITLE)
    theirs = Ciphering(SERVER_TITLE, KEYS.server, peer_title=CLIENT_TITLE)
    common: dict[str, Any] = {"is_pre_established": beforehand}
    settings = client_settings(mechanism, ciphering=own, received=received.get("client"), **common)
    offer = served(mechanism, ciphering=theirs, required=BOTH, **common)
    return Pair(settings=settings, offer=replace(offer, received=received.get("server", Received())))


class Noting(Model):
    """Notes when it is written to."""

    def __init__(self, log: list[Any]) -> None:
        super().__init__()
        self.log = log

    def answer(self, event: Event, now: float) -> None:
        if isinstance(event, SetIndication):
            self.log.append("set")
        super().answer(event, now)


def sets(on: Pair) -> int:
    return sum(isinstance(event, SetIndication) for event in on.server_events)


def test_A40_where_nothing_is_opened_each_counter_is_kept_before_its_effect() -> None:
    log: list[Any] = []
    on = pair(beforehand=True, server=kept_by(Received(), log), client=kept_by(Received(), theirs := []))
    on.model = Noting(log)
    assert on.open().error is None
    for _ in range(2):
        on.do(lambda context: put_unconfirmed(context, VALUE, NINE), command=True)
    assert log == [1, "set", 2, "set"]
    assert on.do(lambda context: get(context, VALUE)) == NINE
    assert theirs == [1000]


@pytest.mark.parametrize(("mechanism", "kept"), [(0, [1]), (1, [1]), (5, [])])
def test_A40_of_an_association_that_is_opened_the_first_counter_is_enough(mechanism: int, kept: list[int]) -> None:
    """Every other one is higher; and a challenge is fresh by itself."""
    on = pair(mechanism, server=kept_by(Received(), ours := []), client=kept_by(Received(), theirs := []))
    assert on.open().error is None
    on.model.values[VALUE] = NINE
    assert on.do(lambda context: get(context, VALUE)) == NINE
    assert ours == kept
    assert theirs == [1000 for _ in kept]


def test_A40_the_next_association_on_the_link_keeps_its_first_counter_too() -> None:
    on = pair(1, server=kept_by(Received(), log := []))
    assert on.open().error is None
    on.meter.release(on.now)
    on.pump()
    on.renew()
    assert on.open().error is None
    assert log == [1, 500]


def test_A40_a_push_is_kept_before_it_is_told_whatever_the_association() -> None:
    """It answers nothing, so that one from before a crash would be taken between any two requests."""
    log: list[Any] = []
    on = pair(5, client=kept_by(Received(), log))
    assert on.open().error is None
    server = next(iter(on.server._links.values())).association
    for _ in range(2):
        server.notify(DataNotification(1, b"", NINE), on.now)
        on.pump()
        log.append(sum(isinstance(event, Notified) for event in on.client_events))
    first, *rest = log
    assert rest == [1, first + 1, 2]


def failing(received: Received) -> Received:
    def keep(fingerprint: bytes, title: bytes, counter: int) -> None:
        raise TransportError("the disk is full")

    received.keep = keep
    return received


def test_what_cannot_be_kept_has_no_effect() -> None:
    on = pair(beforehand=True, server=failing(Received()))
    assert on.open().error is None
    with pytest.raises(DlmsError):
        on.do(lambda context: put(context, VALUE, NINE), command=True)
    assert sets(on) == 0
    assert isinstance(pair(1, server=failing(Received())).open().error, AssociationRefused)
    assert isinstance(pair(1, client=failing(Received())).open().error, TransportError)


# --- a served meter that is killed and started again ---


def device(**terms: Any) -> Device:
    made = Device(logical_name="DKT0000000000001", system_title=SERVER_TITLE)
    made.association(
        client=16,
        access=(Rule("*", write=ALL),),
        keys=KEYS.server,
        client_title=CLIENT_TITLE,
        is_pre_established=True,
        **terms,
    )
    return made


def restarted(store: MemoryCounterStore | None, control: int, **terms: Any) -> Pair:
    """A meter just started, with what the store has; nothing is written when it ends."""
    meter = device(**terms)
    MeterCounters(store).load(meter.offers)
    on = pair(beforehand=True, control=control)
    fresh = Pair(settings=on._settings, offer=meter.offers[0])
    assert fresh.open().error is None
    return fresh


@pytest.mark.parametrize("control", [BOTH, BOTH | BROADCAST])
def test_A40_a_command_from_before_a_crash_is_not_carried_out_again(control: int) -> None:
    store, sent = MemoryCounterStore(), list[bytes]()
    on = restarted(store, control)
    on.wire = lambda way, octets: (sent.append(octets) if way == "C" else None) or octets
    on.do(lambda context: put_unconfirmed(context, VALUE, NINE), command=True)
    assert sets(on) == 1
    after = restarted(store, control)
    after.server.receive(sent[0], 0.0)
    after.pump()
    assert sets(after) == 0
    role = KeyRole.BROADCAST if control & BROADCAST else KeyRole.ENCRYPTION
    own = f"{SERVER_TITLE.hex()}/16/1"
    assert store.received_by(KEYS.server.fingerprint(role), own) == {CLIENT_TITLE: 1}
    for forgetful in (restarted(None, control), restarted(store, control, tolerances=_FOR_ONE_SESSION)):  # the control
        forgetful.server.receive(sent[0], 0.0)
        forgetful.pump()
        assert sets(forgetful) == 1


_FOR_ONE_SESSION = Tolerances(receive_counters="session")
