"""Who answers on a line: addresses of one, two and four octets, several devices, several associations."""

from __future__ import annotations

import pytest

from dlmskit.apdu.base import AttributeDescriptor
from dlmskit.data.value import Tag, Value
from dlmskit.session.called import ServerLine
from dlmskit.session.calling import ClientLine
from dlmskit.session.events import GetIndication
from dlmskit.session.services import exchanges as x
from dlmskit.session.services.steps import Service
from tests.support.session_pair import ENERGY, client_settings, served

VALUE = AttributeDescriptor(3, ENERGY, 2)


def converse(client: ClientLine, server: ServerLine) -> None:
    """Carry octets until nothing moves; the server answers every GET with 7."""
    for _ in range(200):
        to_server, to_client = client.to_send(), server.to_send()
        server.receive(to_server, 0.0)
        client.receive(to_client, 0.0)
        events = server.events()
        client.events()
        for event in events:
            if isinstance(event, GetIndication):
                event.association.respond(event.id, Value(Tag.UNSIGNED, 7), 0.0)  # type: ignore[attr-defined]
        if not (to_server or to_client or events):
            return
    raise AssertionError("the two never come to rest")


@pytest.mark.parametrize(("physical", "size"), [(None, 1), (17, 2), (17, 4), (None, 4), (0x7E, 2), (0x3FFE, 4)])
def test_a_meter_answers_to_its_address_in_every_size_and_to_calling(physical: int | None, size: int) -> None:
    server = ServerLine("hdlc", {1: {16: served(0)}}, physical=None if physical is None else 17)
    client = ClientLine("hdlc")
    meter = client.associate(client_settings(0), client=16, server=1, physical=physical, address_size=size)
    opening = meter.open(0.0)
    converse(client, server)
    assert opening.is_done
    assert opening.error is None


@pytest.mark.parametrize(("server_address", "physical"), [(2, None), (1, 18), (0x7F, None), (0, None)])
def test_nobody_answers_to_an_address_that_is_not_served(server_address: int, physical: int | None) -> None:
    server = ServerLine("hdlc", {1: {16: served(0)}}, physical=17)
    client = ClientLine("hdlc")
    meter = client.associate(client_settings(0), client=16, server=server_address, physical=physical)
    opening = meter.open(0.0)
    converse(client, server)
    assert not opening.is_done


def test_two_associations_share_a_half_duplex_line_in_turns() -> None:
    server = ServerLine("hdlc", {1: {16: served(0), 32: served(1)}})
    client = ClientLine("hdlc")
    meters = [
        client.associate(client_settings(0), client=16, server=1),
        client.associate(client_settings(1), client=32, server=1),
    ]
    openings = [meter.open(0.0) for meter in meters]
    assert client.to_send().count(b"\x93") == 1  # one SNRM at a time
    client.handle_timer(6.0)
    converse(client, server)
    assert [opening.error for opening in openings] == [None, None]
    tickets = [meter.submit(Service(lambda c: x.get(c, VALUE)), 6.0) for meter in meters for _ in range(3)]
    converse(client, server)
    assert [ticket.result for ticket in tickets] == [Value(Tag.UNSIGNED, 7)] * 6


def test_several_logical_devices_answer_on_one_wrapper_line() -> None:
    server = ServerLine("wrapper", {1: {16: served(0)}, 2: {16: served(0)}})
    client = ClientLine("wrapper")
    meters = [client.associate(client_settings(0), client=16, server=number) for number in (1, 2, 3)]
    openings = [meter.open(0.0) for meter in meters]
    converse(client, server)
    assert [opening.is_done for opening in openings] == [True, True, False]


def test_a_client_that_is_offered_nothing_is_told_so() -> None:
    for framing in ("wrapper", "hdlc"):
        server, client = ServerLine(framing, {1: {16: served(0)}}), ClientLine(framing)
        opening = client.associate(client_settings(0), client=99, server=1).open(0.0)
        converse(client, server)
        assert opening.is_done
        assert opening.error is not None


def test_a_flood_of_addresses_holds_a_bounded_number_of_links() -> None:
    server = ServerLine("wrapper", {1: {16: served(0)}})
    for number in range(1000):
        server.receive(b"\x00\x01" + number.to_bytes(2, "big") + b"\x00\x01\x00\x01\xc0", 0.0)
        server.to_send()
        server.events()
    assert len(server._links) <= 64
