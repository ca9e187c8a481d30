"""The built-in meter read whole through bad lines, in virtual time: the right values, or an error, never wrong ones.

An unauthenticated HDLC frame is held by a checksum of 16 bits: of frames damaged in three bits or more, one in 65536
passes. The seeds are fixed; over an association with keys such a frame is an error.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

import pytest

import dlmskit
from dlmskit.client import connect
from dlmskit.client.saved.survey import Survey
from dlmskit.cosem.ics import DisconnectControl
from dlmskit.data.value import Tag, Value
from dlmskit.edge.clock import repeatable
from dlmskit.edge.memory import Channel, Fault, channel
from dlmskit.edge.stores import MemoryCounterStore
from dlmskit.errors import DlmsError, OutcomeUnknown, Timeout
from dlmskit.server.behaviour import Context, performs
from dlmskit.server.behaviours.disconnect import Breaker
from dlmskit.simulator import build
from tests.support import bad_line
from tests.support.bad_line import Resetting
from tests.support.device import LONG, NUMBER, small_device
from tests.support.meters import ways
from tests.support.virtual_time import elapsed

TIME = datetime.fromisoformat("2026-11-22T15:04:00+01:00")
NAME = "bad-line"
HDLC, WRAPPER, MBUS = f"hdlc+memory:{NAME}", f"memory:{NAME}", f"mbus+memory:{NAME}"
LOAD_PROFILE = "1.0.99.1.0.255"


def meter() -> Any:
    return build("electricity", seed=1, environment=repeatable(seed=1, start=TIME, monotonic=lambda: 0.0))


async def everything(url: str, **options: Any) -> dict[str, Any]:
    """Every attribute of every object, as the command line reads it."""
    found: dict[str, Any] = {}
    async with connect(url, **{"client": 16, **options}) as it:
        async for _, obj, answers in Survey(it.backend).everything(await it.objects()):
            found |= {f"{obj}/{index}": answer for index, answer in answers.items()}
    return found


async def test_a_profile_is_read_through_a_connection_that_is_reset_every_20_frames() -> None:
    async with dlmskit.serve(meter(), HDLC), connect(HDLC) as it:
        profile = it.profile(LOAD_PROFILE)
        wanted = (await profile.last(200)).raw_rows
        line = Resetting(channel(NAME), 20)
        assert (await profile.last(200)).raw_rows == wanted
    assert len(wanted) == 200
    assert line.resets >= 10


async def test_everything_is_read_through_a_connection_that_is_reset_every_500_frames() -> None:
    async with dlmskit.serve(meter(), HDLC):
        wanted = await everything(HDLC)
        line = Resetting(channel(NAME), 500)
        assert await everything(HDLC) == wanted
    assert line.resets >= 3


#: What the line does in each direction, and how the client opens it.
FAULTS: dict[str, tuple[Callable[[int], Fault], dict[str, Any]]] = {
    "1 % of octets corrupted, 32 in a frame": (
        lambda seed: bad_line.corrupted(0.01, seed=seed),
        {"max_info_tx": 32, "max_info_rx": 32},
    ),
    "0.1 % of octets corrupted, 128 in a frame": (lambda seed: bad_line.corrupted(0.001, seed=seed), {}),
    "5 % of frames lost": (lambda seed: bad_line.lost(0.05, seed=seed), {}),
    "5 % of frames doubled": (lambda seed: bad_line.doubled(0.05, seed=seed), {}),
    "5 % of frames 2 s late": (lambda seed: bad_line.delayed(2.0, 0.05, seed=seed), {}),
    "every frame 2 s late": (lambda seed: bad_line.delayed(2.0, 1.0, seed=seed), {}),
    "bursts of garbage": (lambda seed: bad_line.garbage(0.05, seed=seed), {}),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_everything_is_read_over_hdlc_through(fault: str) -> None:
    make, options = FAULTS[fault]
    async with dlmskit.serve(meter(), HDLC):
        wanted = await everything(HDLC)
        channel(NAME).to_server, channel(NAME).to_client = make(1), make(2)
        assert await everything(HDLC, **options) == wanted


async def test_everything_is_read_over_hdlc_through_an_echo() -> None:
    async with dlmskit.serve(meter(), HDLC):
        wanted = await everything(HDLC)
        channel(NAME).to_server = bad_line.echoing(channel(NAME))
        assert await everything(HDLC) == wanted


#: The checksum of M-Bus has eight bits: octets that change pass for others too often to be read without keys.
MBUS_FAULTS = {"5 % of frames lost", "every frame 2 s late", "bursts of garbage"}


@pytest.mark.parametrize("fault", sorted(MBUS_FAULTS))
async def test_everything_is_read_over_m_bus_through(fault: str) -> None:
    make, options = FAULTS[fault]
    async with dlmskit.serve(meter(), MBUS):
        wanted = await everything(MBUS)
        channel(NAME).to_server, channel(NAME).to_client = make(1), make(2)
        assert await everything(MBUS, **options) == wanted


async def test_everything_is_read_over_m_bus_through_an_echo() -> None:
    async with dlmskit.serve(meter(), HDLC):
        wanted = await everything(HDLC)
    async with dlmskit.serve(meter(), MBUS):
        channel(NAME).to_server = bad_line.echoing(channel(NAME))
        assert await everything(MBUS) == wanted


# --- the wrapper, under authentication ---


def ours(**changes: Any) -> dict[str, Any]:
    """The client with all rights and keys."""
    return {**ways()["gmac"], "invocation_counter": 0, "counters": MemoryCounterStore(), **changes}


WRAPPER_FAULTS: dict[str, Callable[[int], Fault]] = {
    "octets corrupted": lambda seed: bad_line.corrupted(0.001, seed=seed),
    "octets often corrupted": lambda seed: bad_line.corrupted(0.01, seed=seed),
    "messages lost": lambda seed: bad_line.lost(0.05, seed=seed),
    "messages doubled": lambda seed: bad_line.doubled(0.05, seed=seed),
    "messages late": lambda seed: bad_line.delayed(7.0, 0.05, seed=seed),
    "bursts of garbage": lambda seed: bad_line.garbage(0.01, seed=seed),
}


@pytest.mark.parametrize("url", [WRAPPER, MBUS])
@pytest.mark.parametrize("fault", WRAPPER_FAULTS)
async def test_under_authentication_values_are_right_or_errors(url: str, fault: str) -> None:
    """Each value is asked for by itself; what fails is no value, and the line is opened again."""
    right = wrong = 0
    async with dlmskit.serve(small_device(), url):
        for seed in range(30):
            line = channel(NAME)
            line.to_server, line.to_client = WRAPPER_FAULTS[fault](seed), WRAPPER_FAULTS[fault](seed + 1000)
            try:
                async with connect(url, timeout_s=2, **ours()) as it:
                    for _ in range(10):
                        assert await it.data(NUMBER).value == Value(Tag.LONG_UNSIGNED, 7)
                        assert await it.data(LONG).value == Value(Tag.OCTET_STRING, bytes(range(256)) * 4)
                        right += 1
            except DlmsError:
                wrong += 1
    assert right or fault == "octets often corrupted"
    assert wrong or fault in ("messages doubled", "messages late") or url == MBUS


# --- commands ---


class CountedBreaker(Breaker):
    """A breaker that counts how often it was told to disconnect."""

    count = 0

    @performs(DisconnectControl.remote_disconnect)
    def remote_disconnect(self, argument: int, context: Context) -> None:
        self.count += 1


async def assert_at_most_once(url: str, spoil: Callable[[Channel], None], **options: Any) -> str:
    """Disconnect over a spoiled line; how it ended."""
    device, breaker = small_device(), CountedBreaker(DisconnectControl("0.0.96.3.10.255"))
    device.add(breaker)
    async with dlmskit.serve(device, url):
        spoil(channel(NAME))
        try:
            async with connect(url, **ours(**options)) as it:
                try:
                    await it.call(it.disconnect_control.remote_disconnect)
                except OutcomeUnknown:
                    assert breaker.count <= 1
                    return "unknown"
                except DlmsError:
                    assert breaker.count == 0
                    return "not done"
                assert breaker.count == 1
        except DlmsError:
            assert breaker.count == 0
            return "not even asked"
    assert breaker.count == 1
    return "done"


@pytest.mark.parametrize("url", [HDLC, WRAPPER, MBUS])
async def test_a_disconnect_is_carried_out_at_most_once_wherever_the_connection_is_reset(url: str) -> None:
    def breaks_at(frame: int) -> Callable[[Channel], None]:
        return lambda line: setattr(Resetting(line, 10_000), "frames", 10_000 - frame)

    ended = [await assert_at_most_once(url, breaks_at(frame)) for frame in range(1, 16)]
    assert {"not even asked", "unknown", "done"} <= set(ended)


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_disconnect_is_carried_out_at_most_once_over_hdlc_through(fault: str) -> None:
    make, options = FAULTS[fault]
    ended = [await assert_at_most_once(HDLC, spoiled(make, seed), **options) for seed in range(10)]
    assert "done" in ended


@pytest.mark.parametrize("url", [WRAPPER, MBUS])
@pytest.mark.parametrize("fault", WRAPPER_FAULTS)
async def test_a_disconnect_is_carried_out_at_most_once_whatever_the_line_does(url: str, fault: str) -> None:
    ended = [await assert_at_most_once(url, spoiled(WRAPPER_FAULTS[fault], seed)) for seed in range(20)]
    assert "done" in ended or fault == "octets often corrupted"


async def test_a_disconnect_whose_answers_never_come_is_carried_out_once_and_told_as_unknown() -> None:
    for url in (HDLC, WRAPPER):
        assert await assert_at_most_once(url, deaf_after_the_command) == "unknown"


def deaf_after_the_command(line: Channel) -> None:
    """From the ninth chunk of the meter on nothing comes back."""
    count = 0

    def fault(chunk: bytes) -> list[tuple[float, bytes]]:
        nonlocal count
        count += 1
        return [(0.0, chunk)] if count < (4 if line.url.framing == "hdlc" else 3) else []

    line.to_client = fault


def spoiled(make: Callable[[int], Fault], seed: int) -> Callable[[Channel], None]:
    def spoil(line: Channel) -> None:
        line.to_server, line.to_client = make(seed), make(seed + 1000)

    return spoil


# --- nothing answers ---


@pytest.mark.parametrize(("url", "patience_s"), [(HDLC, 20.0), (WRAPPER, 5.0), (MBUS, 20.0)])
async def test_with_nothing_answering_it_fails_within_its_deadline_and_says_why(url: str, patience_s: float) -> None:
    async with dlmskit.serve(meter(), url):
        channel(NAME).to_server = lambda chunk: ()
        with pytest.raises(Timeout) as caught:
            async with connect(url):
                pass
    assert elapsed() == pytest.approx(patience_s, abs=0.1)
    assert caught.value.hints


@pytest.mark.parametrize("url", [HDLC, WRAPPER])
async def test_leaving_a_meter_that_has_not_answered_takes_half_a_second_whatever_its_time_out(url: str) -> None:
    async with dlmskit.serve(meter(), url):
        channel(NAME).to_server = lambda chunk: ()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3), connect(url, timeout_s=60):
                pass
    assert elapsed() == pytest.approx(3.5 if url == HDLC else 3.0, abs=0.1)


@pytest.mark.parametrize("url", [HDLC, WRAPPER, MBUS])
async def test_a_line_that_only_makes_noise_is_given_up_within_bounds(url: str) -> None:
    async with dlmskit.serve(meter(), url), asyncio.TaskGroup() as group:
        line = channel(NAME)
        line.to_server = lambda chunk: ()
        noise = group.create_task(babble(line))
        with pytest.raises(DlmsError) as caught:
            async with connect(url):
                pass
        noise.cancel()
    assert caught.value.hints
    assert elapsed() < 30


async def babble(line: Channel) -> None:
    random = Random(1)
    while True:
        await asyncio.sleep(0.1)
        for end in tuple(line.connections):
            end.write(bytes(random.choice((0x7E, 0xA0, 0x05, random.randrange(256))) for _ in range(20)))
