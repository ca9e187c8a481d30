"""Bad lines again over real sockets and pseudo-terminals, with times scaled to milliseconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import dlmskit
from dlmskit.client import connect
from dlmskit.data.value import Tag, Value
from dlmskit.edge.memory import Fault
from dlmskit.edge.url import ConnectionUrl
from dlmskit.errors import DlmsError
from dlmskit.obis import Obis
from tests.pairs.test_bad_lines import ours
from tests.support import bad_line
from tests.support.bad_relay import port_relay, reordered, tcp_relay, udp_relay
from tests.support.device import COUNTED, LONG, NUMBER, small_device

pytestmark = pytest.mark.real_time

FAST: dict[str, Any] = {"timeout_s": 0.1, "inter_octet_s": 0.02, "retries": 3}
RIGHT = Value(Tag.OCTET_STRING, bytes(range(256)) * 4)

FAULTS: dict[str, tuple[Callable[[int], Fault], dict[str, Any]]] = {
    "1 % of octets corrupted, 32 in a frame": (
        lambda seed: bad_line.corrupted(0.01, seed=seed),
        {"max_info_tx": 32, "max_info_rx": 32},
    ),
    "0.1 % of octets corrupted, 128 in a frame": (lambda seed: bad_line.corrupted(0.001, seed=seed), {}),
    "5 % of frames lost": (lambda seed: bad_line.lost(0.05, seed=seed), {}),
    "5 % of frames doubled": (lambda seed: bad_line.doubled(0.05, seed=seed), {}),
    "5 % of frames 40 ms late": (lambda seed: bad_line.delayed(0.04, 0.05, seed=seed), {}),
    "bursts of garbage": (lambda seed: bad_line.garbage(0.05, seed=seed), {}),
}


async def read_twice(url: str, **options: Any) -> None:
    async with connect(url, client=16, **{**FAST, **options}) as it:
        for _ in range(2):
            assert await it.read_attribute(1, LONG, 2) == RIGHT
            assert await it.read_attribute(1, NUMBER, 2) == Value(Tag.LONG_UNSIGNED, 7)


def port_of(url: str) -> int:
    return ConnectionUrl.parse(url).port or 0


@pytest.mark.parametrize("fault", FAULTS)
async def test_over_tcp_hdlc_gets_through(fault: str) -> None:
    make, options = FAULTS[fault]
    async with (
        dlmskit.serve(small_device(), "hdlc+tcp://127.0.0.1:0") as served,
        tcp_relay(port_of(served.urls[0]), make(1), make(2)) as port,
    ):
        await read_twice(f"hdlc+tcp://127.0.0.1:{port}", **options)


@pytest.mark.parametrize("fault", FAULTS)
async def test_over_a_serial_port_hdlc_gets_through(fault: str) -> None:
    pytest.importorskip("serialx")
    make, options = FAULTS[fault]
    async with port_relay(make(1), make(2)) as (here, there), dlmskit.serve(small_device(), f"serial://{there}"):
        await read_twice(f"serial://{here}", **options)


UDP_FAULTS: dict[str, Callable[[int], Fault]] = {
    "5 % lost": lambda seed: bad_line.lost(0.05, seed=seed),
    "20 % doubled": lambda seed: bad_line.doubled(0.2, seed=seed),
    "10 % reordered": lambda seed: reordered(0.1, seed=seed),
    "0.02 % of octets corrupted": lambda seed: bad_line.corrupted(0.0002, seed=seed),
}


@pytest.mark.parametrize("fault", UDP_FAULTS)
async def test_over_udp_under_authentication_values_are_right_or_errors_and_a_command_goes_once(fault: str) -> None:
    make, right = UDP_FAULTS[fault], 0
    device = small_device()
    calls = device.object(COUNTED).calls  # type: ignore[attr-defined]
    async with dlmskit.serve(device, "udp://127.0.0.1:0") as served:
        for seed in range(6):
            done = 0
            async with udp_relay(port_of(served.urls[0]), make(seed), make(seed + 100)) as port:
                calls.clear()
                try:
                    async with connect(f"udp://127.0.0.1:{port}", **ours(timeout_s=0.1, retries=2)) as it:
                        for _ in range(5):
                            assert await it.read_attribute(1, NUMBER, 2) == Value(Tag.LONG_UNSIGNED, 7)
                            assert await it.read_attribute(1, LONG, 2) == RIGHT
                            right += 1
                        await it.call_method(3, Obis.parse(COUNTED), 1, Value(Tag.INTEGER, 0))
                        done = 1
                except DlmsError:
                    pass
            assert done <= len(calls) <= 1
    assert right
