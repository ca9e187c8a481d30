"""The blocking twin: the same references, values instead of awaitables, and a Ctrl-C that releases."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import UTC

import pytest

import dlmskit.blocking as blocking
from dlmskit.apdu.notify import DataNotification
from dlmskit.cosem.ics import Clock, Register
from dlmskit.data.value import NULL, Tag, Value
from dlmskit.errors import LocalProtocolError, ObjectUndefined, TransportError
from dlmskit.server import DialOut, serve
from dlmskit.session.events import Event
from dlmskit.simulator import build
from tests.support.meters import CLOCK, ENERGY, NOW, PROFILE, unsigned32, values, ways
from tests.support.peer import Peer

URL = "memory:blocking"


@contextmanager
def served(peer: Peer | Calling) -> Iterator[asyncio.AbstractEventLoop]:
    """A peer in a thread and a loop of its own."""
    ready, loop, leave = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def main() -> None:
        async with peer.on(URL):
            ready.set()
            await leave.wait()

    def serve() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(main())

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(10)
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(leave.set)
        thread.join(10)


def nobody_stayed() -> bool:
    return "dlmskit" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("way", ways())
def test_a_meter_is_read_without_async(way: str) -> None:
    peer = Peer(values())
    with served(peer), blocking.connect(URL, **ways()[way]) as meter:
        assert meter.get(meter.clock.time).local == NOW
        assert meter.get(Clock.time, at=CLOCK).local == NOW
        assert str(meter.register(ENERGY).quantity()) == "1234.5 Wh"
        assert meter.get(meter.register(ENERGY).value) == unsigned32(12345)
        assert str(meter.quantity(meter.register(ENERGY).value)) == "1234.5 Wh"
        assert meter.batch(meter.clock.time_zone, meter.register(ENERGY).value) == (-60, unsigned32(12345))
        assert meter.association.auth == way
    assert "released" in peer.log
    assert nobody_stayed()


def test_everything_else_a_meter_does() -> None:
    peer = Peer(values())
    with served(peer) as loop, blocking.connect(URL) as meter:
        meter.set(meter.clock.time_zone, -120)
        assert meter.get(meter.clock.time_zone) == -120
        assert meter.get(meter.clock.time) != meter.set_clock(zone=UTC) == meter.get(meter.clock.time)
        meter.call(meter.clock.adjust_to_minute)
        meter.call(meter.clock.shift_time, 5)
        assert meter.call_method(8, CLOCK, 1, Value(Tag.INTEGER, 0)) == NULL
        meter.write_attribute(8, CLOCK, 3, Value(Tag.LONG, 0))
        assert meter.read_attribute(8, CLOCK, 3) == Value(Tag.LONG, 0)
        assert len(meter.objects()) == 6
        assert type(meter.object(ENERGY)) is Register
        with pytest.raises(ObjectUndefined):
            meter.get(meter.clock.status)
        loop.call_soon_threadsafe(peer.notify, DataNotification(7))
        assert next(meter.notifications()).value == NULL


def test_profiles_and_streams() -> None:
    peer = Peer(values())
    with served(peer), blocking.connect(URL) as meter:
        profile = meter.profile(PROFILE)
        assert len(profile.all()) == 10
        assert len(profile.last(10)) == len(profile.entries(1)) == 10
        assert len(profile.between(NOW, NOW)) == 10  # this peer selects nothing
        rows = profile.stream(NOW, NOW)
        assert next(rows).time is not None
        rows.close()  # type: ignore[attr-defined]


def test_several_connections_share_one_thread() -> None:
    peer = Peer(values())
    with served(peer), blocking.open_line(URL) as line, line.meter() as first, blocking.connect(URL) as second:
        assert [thread.name for thread in threading.enumerate()].count("dlmskit") == 1
        assert first.get(first.clock.time) == second.get(second.clock.time)
    assert peer.log.count("connected") == 2
    assert nobody_stayed()


def test_an_error_in_the_block_releases() -> None:
    peer = Peer(values())
    with served(peer), pytest.raises(ZeroDivisionError), blocking.connect(URL):
        raise ZeroDivisionError
    assert "released" in peer.log
    assert nobody_stayed()


def test_what_does_not_open_leaves_no_thread() -> None:
    with pytest.raises(TransportError), blocking.connect("memory:nowhere"):
        pass
    assert nobody_stayed()


def test_after_the_block_it_is_closed() -> None:
    peer = Peer(values())
    with served(peer):
        with blocking.connect(URL) as meter:
            pass
        with pytest.raises(LocalProtocolError):
            meter.get(meter.clock.time)


@pytest.fixture
def interruptible() -> Iterator[None]:
    """As in a foreground run: a shell's background job ignores the signal."""
    was = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, was)


def interrupt(event: Event | None) -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a thread")
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_cancels_what_is_under_way_and_releases() -> None:
    peer = Peer(values())
    peer.silent_on.add("get")
    peer.answer = interrupt  # type: ignore[assignment]
    with served(peer), pytest.raises(KeyboardInterrupt), blocking.connect(URL) as meter:
        meter.get(meter.clock.time)
    assert "released" in peer.log
    assert nobody_stayed()


@pytest.mark.skipif(os.name != "posix", reason="sends a signal to a thread")
@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_while_connecting_leaves_nothing_open() -> None:
    peer = Peer(values())  # does not answer for logical device 9
    timer = threading.Timer(0.05, interrupt, (None,))
    with served(peer), pytest.raises(KeyboardInterrupt):
        timer.start()
        try:
            with blocking.connect(URL, server=9):
                pass
        finally:
            timer.join()
    assert peer.log.count("connected") == peer.log.count("disconnected")
    assert nobody_stayed()


class Calling:
    """A built-in meter that is not called but calls."""

    def on(self, url: str) -> AbstractAsyncContextManager[object]:
        return serve(build("electricity"), dial=DialOut(url, client=102))


def test_a_meter_that_dials_in_is_read_without_async() -> None:
    with blocking.listen(URL) as callers, served(Calling()):
        assert callers.url == URL
        caller = next(iter(callers))
        assert caller.identity.logical_device_name is not None
        assert caller.identity.logical_device_name.value == "DKT0000000000001"
        (pushed,) = caller.pushed
        assert next(caller.pushes()) is pushed
        with caller.meter(client=16) as meter:
            assert meter.get(meter.clock.time_zone) == -60
        caller.close()
    assert nobody_stayed()
