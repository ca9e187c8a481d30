"""HDLC addresses: forms, the default form, whom a destination means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlmskit.errors import DlmsError, UsageError
from dlmskit.link.hdlc.address import (
    ALL_STATION,
    ALL_STATION_14_BIT,
    CALLING,
    NO_STATION,
    HdlcAddress,
    Reach,
    client_address,
    server_address,
)

seven, fourteen = st.integers(0, 0x7F), st.integers(0, 0x3FFF)
addresses = (
    st.builds(HdlcAddress, seven)
    | st.builds(HdlcAddress, seven, seven, st.just(2))
    | st.builds(HdlcAddress, fourteen, fourteen, st.just(4))
)


@pytest.mark.parametrize(
    ("address", "octets"),
    [
        (client_address(16), "21"),
        (client_address(1), "03"),
        (server_address(1), "03"),
        (server_address(1, 17), "0223"),
        (server_address(1, 17, 4), "00020023"),
        (server_address(0x80, 17), "02000023"),
        (server_address(0x80), "02000001"),
        (server_address(ALL_STATION), "ff"),
        (server_address(CALLING), "fd"),
        (server_address(1, 0x1234), "00024869"),
        (HdlcAddress(ALL_STATION_14_BIT, ALL_STATION_14_BIT, 4), "fefefeff"),
    ],
)
def test_octets(address: HdlcAddress, octets: str) -> None:
    assert address.to_bytes().hex() == octets
    assert HdlcAddress.parse(bytes.fromhex(octets)) == address


@given(addresses)
def test_an_address_comes_back_from_its_octets(address: HdlcAddress) -> None:
    assert HdlcAddress.parse(address.to_bytes()) == address


@given(st.binary(max_size=6))
def test_any_octets_are_an_address_or_a_clean_error(raw: bytes) -> None:
    try:
        assert HdlcAddress.parse(raw).to_bytes() == raw
    except DlmsError as error:
        assert error.kind == "remote-protocol-error"


@pytest.mark.parametrize(
    "make",
    [
        lambda: client_address(128),
        lambda: server_address(-1),
        lambda: server_address(1, 17, 1),
        lambda: server_address(200, 17, 2),
        lambda: server_address(1, 0x4000),
        lambda: server_address(1, 17, 3),
        lambda: HdlcAddress(1, None, 2),
    ],
)
def test_what_does_not_fit_is_a_usage_error(make: object) -> None:
    with pytest.raises(UsageError):
        make()  # type: ignore[operator]


def test_a_station_knows_itself_the_calling_address_and_broadcasts() -> None:
    own = server_address(1, 17)
    assert own.reach(server_address(1, 17)) is Reach.US
    assert own.reach(server_address(1, CALLING)) is Reach.US
    assert own.reach(server_address(ALL_STATION, 17)) is Reach.EVERYONE
    assert own.reach(server_address(ALL_STATION, ALL_STATION)) is Reach.EVERYONE
    assert own.reach(server_address(1, ALL_STATION)) is Reach.EVERYONE
    for other in (server_address(2, 17), server_address(1, 18), server_address(1, 17, 4), server_address(1)):
        assert own.reach(other) is Reach.OTHERS
    wide = server_address(1, 17, 4)
    assert wide.reach(HdlcAddress(1, 0x3FFE, 4)) is Reach.US
    assert wide.reach(HdlcAddress(0x3FFF, 0x3FFF, 4)) is Reach.EVERYONE
    assert wide.reach(HdlcAddress(1, 0x7F, 4)) is Reach.OTHERS


def test_no_station_reaches_nobody_and_one_octet_addresses_have_no_calling_part() -> None:
    assert server_address(1).reach(server_address(NO_STATION)) is Reach.OTHERS
    assert server_address(NO_STATION).reach(server_address(NO_STATION)) is Reach.OTHERS
    assert server_address(1).reach(server_address(ALL_STATION)) is Reach.EVERYONE
    assert server_address(1).reach(server_address(1)) is Reach.US
    assert server_address(1).reach(server_address(CALLING)) is Reach.OTHERS
