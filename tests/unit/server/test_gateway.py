"""Meters behind a gateway: the prefix, and reading two of them through one connection."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dlmskit
from dlmskit.errors import RemoteProtocolError, Timeout, UsageError
from dlmskit.link.gateway import Route, routed
from dlmskit.server.gateway import serve_gateway
from dlmskit.simulator import build

ROUTES = st.builds(Route, st.integers(0, 255), st.binary(max_size=20))


@given(ROUTES, st.binary(min_size=1, max_size=20), ROUTES)
def test_a_prefix_comes_off_as_it_went_on(route: Route, apdu: bytes, other: Route) -> None:
    assert routed(route.request(apdu)) == (route, apdu)
    assert route.answer(route.response(apdu)) == apdu
    if other != route:
        assert other.answer(route.response(apdu)) is None


def test_the_prefix_is_laid_out_as_a_foreign_client_does() -> None:
    assert Route(5, b"\x12\x34").request(b"\x60") == bytes.fromhex("e60502123460")


@given(st.binary(max_size=12))
def test_any_octets_are_a_request_or_our_error(data: bytes) -> None:
    try:
        route, apdu = routed(data)
    except RemoteProtocolError:
        return
    assert route.request(apdu) == data


async def serial_number(line: dlmskit.OpenLine, address: str) -> object:
    async with line.meter(network_id=5, gateway_address=bytes.fromhex(address)) as meter:
        return (await meter.read_attribute(1, "0.0.96.1.0.255", 2)).value


async def test_each_meter_behind_a_gateway_is_read_by_its_address() -> None:
    meters = {Route(5, bytes((number,))): build(serial=number) for number in (1, 2)}
    async with serve_gateway(meters, "memory:gateway"), dlmskit.open_line("memory:gateway") as line:
        assert await serial_number(line, "01") == b"00000001"
        assert await serial_number(line, "02") == b"00000002"
        with pytest.raises(Timeout):
            await serial_number(line, "03")


async def test_a_network_without_an_address_is_refused() -> None:
    with pytest.raises(UsageError, match="gateway_address"):
        async with dlmskit.connect("memory:nobody", network_id=5):
            pass


async def test_a_gateway_is_served_over_the_wrapper_only() -> None:
    with pytest.raises(UsageError, match="wrapper"):
        async with serve_gateway({}, "hdlc+memory:gateway"):
            pass
