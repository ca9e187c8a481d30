"""Guessing passwords and proofs: slowed down where it comes from, kept out of the trace, and nobody else is locked out."""

from __future__ import annotations

from typing import Any

import pytest

from dlmskit.apdu.acse import Aare
from dlmskit.apdu.action import ActionResponseNormal
from dlmskit.apdu.base import AttributeDescriptor, AttributeRequest, DataAccessResult
from dlmskit.apdu.codec import decode
from dlmskit.apdu.faults import ConfirmedServiceError
from dlmskit.apdu.get import GetRequestWithList, GetResponseWithDatablock, GetResponseWithList
from dlmskit.apdu.initiate import InitiateRequest
from dlmskit.client import connect
from dlmskit.data.value import Tag, Value
from dlmskit.edge.transport import neighbourhood
from dlmskit.link.hdlc.parameters import HdlcSettings
from dlmskit.obis import Obis
from dlmskit.security.attempts import AT_ONCE, EVERY_S
from dlmskit.server.device import Device
from dlmskit.session.called import ServerLine
from dlmskit.session.calling import ClientLine
from dlmskit.session.context import CLIENT_CONFORMANCE
from dlmskit.session.opening.asking import ClientSettings
from dlmskit.session.serving import requests as serving
from dlmskit.session.tracing import LineTrace
from dlmskit.trace import TraceEvent, to_line
from tests.support.device import LONG, NUMBER, small_device
from tests.support.meters import values
from tests.support.peer import Peer, low
from tests.support.served_line import CTOS, ServedLine

RIGHT, WRONG = b"dlmskit1", b"dlmskit2"
ACCEPTED, TRANSIENT = 0, 2


def called_from(place: str, device: Device, client: int, **more: Any) -> ServedLine:
    line = ServedLine(device, client=client, **more)
    line.line.caller = place
    return line


def try_password(line: ServedLine, password: bytes) -> int:
    aare = line.one(line.aarq(mechanism=1, value=password))
    assert isinstance(aare, Aare)
    if aare.result == ACCEPTED:
        line.one(bytes.fromhex("6200"))
    return aare.result


def try_proof(line: ServedLine, *, wrong: bool) -> bool:
    """Whether the meter let it come to pass 3 at all."""
    aare = line.one(line.aarq(mechanism=5, value=CTOS))
    assert isinstance(aare, Aare)
    if aare.result:
        return False
    stoc = aare.responding_authentication_value or b""
    answer = line.prove(bytes(16) if wrong else stoc)
    assert isinstance(answer, ActionResponseNormal)
    assert bool(answer.response.result) is wrong
    return True


def test_A53_wrong_passwords_are_slowed_down_and_the_operator_gets_in_during_the_attack() -> None:
    device = small_device()
    attacker, operator = (called_from(place, device, 32) for place in ("10.0.0.66", "10.0.0.1"))
    for _ in range(AT_ONCE):
        assert try_password(attacker, WRONG) == 1
        assert try_password(operator, RIGHT) == ACCEPTED
    for _ in range(100):
        assert try_password(attacker, RIGHT) == TRANSIENT  # a lucky guess is not told from the others
    assert try_password(operator, RIGHT) == ACCEPTED
    attacker.now = EVERY_S
    assert try_password(attacker, WRONG) == 1
    assert try_password(attacker, WRONG) == TRANSIENT
    attacker.now = 2 * EVERY_S
    assert try_password(attacker, RIGHT) == ACCEPTED


def test_A53_wrong_proofs_are_slowed_down_and_the_operator_gets_in_during_the_attack() -> None:
    device = small_device()
    attacker = called_from("10.0.0.66", device, 1, title=b"EVE00001")
    operator = called_from("10.0.0.1", device, 1)
    assert [try_proof(attacker, wrong=True) for _ in range(AT_ONCE + 3)] == [True] * AT_ONCE + [False] * 3
    assert try_proof(operator, wrong=False)
    attacker.now = EVERY_S
    assert try_proof(attacker, wrong=True)
    assert not try_proof(attacker, wrong=True)


def test_A53_many_lines_opened_before_the_first_wrong_proof_give_no_more_guesses() -> None:
    device = small_device()
    lines = [called_from("10.0.0.66", device, 1, title=b"EVE00001") for _ in range(AT_ONCE + 3)]
    challenges = []
    for number, line in enumerate(lines):
        line.counter = 10 * number + 1  # one sender, whose counters rise over all lines
        aare = line.one(line.aarq(mechanism=5, value=CTOS))
        assert isinstance(aare, Aare)
        assert aare.result == ACCEPTED
        challenges.append(aare.responding_authentication_value or b"")
    proofs = [bytes(16)] * AT_ONCE + challenges[AT_ONCE:]  # the last ones are right
    answers = []
    for number, (line, proof) in enumerate(zip(lines, proofs, strict=True)):
        line.counter = 1000 + 10 * number
        answers.append(line.prove(proof))
    assert all(isinstance(answer, ActionResponseNormal) and answer.response.result for answer in answers)
    assert len({answer.to_bytes()[3:] for answer in answers}) == 1  # a lucky guess is not told from the others
    assert try_proof(called_from("10.0.0.1", device, 1), wrong=False)


def test_A53_a_line_hung_up_and_called_again_starts_no_new_count() -> None:
    device = small_device()
    tries = [try_password(called_from("10.0.0.66", device, 32), WRONG) for _ in range(AT_ONCE + 2)]
    assert tries == [1] * AT_ONCE + [TRANSIENT] * 2


@pytest.mark.parametrize(
    ("peer", "place"),
    [
        ("10.0.0.1:4711", "10.0.0.1"),
        ("[2001:db8::1:2]:4711", "2001:db8::/64"),
        ("[fe80::1%eth0]:4711", "fe80::/64"),
        ("memory:meter", "memory:meter"),
    ],
)
def test_A53_a_caller_is_known_by_its_host_and_of_ipv6_by_its_network(peer: str, place: str) -> None:
    assert neighbourhood(peer) == place


# --- passwords in traces ---


def traced(framing: Any, password: bytes, *, mechanism: int = 1, max_info: int = 128) -> str:
    """The served meter's own trace of an AARQ with that password or challenge."""
    told: list[TraceEvent] = []
    hdlc = HdlcSettings(max_info_tx=max_info, max_info_rx=max_info)
    settings = ClientSettings(mechanism, password, password, title=b"CLI00001")
    client = ClientLine(framing, hdlc=hdlc)
    client.associate(settings, client=32, server=1).open(0.0)
    offers = {offer.client: offer for offer in small_device().offers}
    server = ServerLine(framing, {1: offers}, hdlc=hdlc, tracer=told.append)
    for _ in range(20):
        server.receive(client.to_send(), 0.0)
        client.receive(server.to_send(), 0.0)
    assert "aarq" in {event.name for event in told}
    return "\n".join(map(to_line, told))


@pytest.mark.parametrize("max_info", [32, 40, 48, 60, 128])
@pytest.mark.parametrize("framing", ["wrapper", "hdlc"])
@pytest.mark.parametrize("password", [WRONG, b"a rather long password that somebody uses elsewhere"])
def test_A76_a_wrong_password_does_not_stand_in_the_served_meters_trace(
    framing: str, max_info: int, password: bytes
) -> None:
    shown = traced(framing, password, max_info=max_info)
    for at in range(len(password) - 2):
        assert password[at : at + 3].hex() not in shown


def test_the_challenge_of_another_mechanism_is_shown() -> None:
    assert CTOS.hex() in traced("wrapper", CTOS, mechanism=3)


def test_A76_a_password_in_what_was_dropped_is_blanked() -> None:
    told: list[TraceEvent] = []
    line = ServedLine(small_device(), client=32)
    aarq = line.aarq(mechanism=1, value=WRONG).to_bytes()
    broken = (
        bytes.fromhex("7EA0440321133C0D") + bytes.fromhex("E6E600") + aarq + b"\0\0\x7e"
    )  # a frame, its check wrong
    for octets in (aarq, bytes.fromhex("E6E600") + aarq, aarq[:-20], broken, bytes.fromhex("684040687301FD") + aarq):
        LineTrace(told.append).tell_dropped("hdlc", "no link", octets)
    shown = "\n".join(map(to_line, told))
    assert WRONG.hex() not in shown
    assert aarq[:20].hex() in shown


@pytest.mark.parametrize(("password", "is_known"), [(b"12345678", True), (b"k7#pWq91", False)])
async def test_A77_the_trace_says_so_where_the_password_is_one_that_everybody_knows(
    password: bytes, is_known: bool
) -> None:
    told: list[TraceEvent] = []
    peer = Peer(values(), {1: {32: low(password)}})
    async with (
        peer.on("memory:meter"),
        connect("memory:meter", trace=told.append, auth="low", password=password, client=32),
    ):
        pass
    (warned,) = [event for event in told if event.name == "password-in-clear"]
    assert ("everybody knows" in str(warned.detail["hint"])) == is_known
    assert password.decode() not in str(warned.detail)


async def test_A52_the_trace_warns_before_a_password_goes_to_whoever_answers() -> None:
    for auth, is_warned in (({"auth": "low", "password": "secret", "client": 32}, True), ({}, False)):
        told: list[TraceEvent] = []
        async with Peer(values()).on("memory:meter"), connect("memory:meter", trace=told.append, **auth):
            pass
        names = [event.name for event in told]
        assert ("password-in-clear" in names) is is_warned
        if is_warned:
            assert names.index("password-in-clear") < names.index("aarq")


# --- keys used before ---


def open_with(line: ServedLine, dedicated: bytes) -> Aare:
    initiate = InitiateRequest(
        dedicated_key=dedicated, proposed_conformance=CLIENT_CONFORMANCE, client_max_receive_pdu_size=200
    )
    aare = line.one(line.aarq(mechanism=5, value=CTOS, user_information=line.shield(initiate)))
    assert isinstance(aare, Aare)
    return aare


def test_A51_a_dedicated_key_that_a_client_has_used_before_is_refused() -> None:
    device, first, second = small_device(), bytes(range(40, 56)), bytes(range(60, 76))
    line = ServedLine(device, client=1)
    assert open_with(line, first).result == 0
    again = ServedLine(device, client=1)
    again.counter = line.counter
    refused = open_with(again, first)
    assert refused.result == 1
    assert refused.user_information == ConfirmedServiceError(1, 6, 4).to_bytes()
    assert open_with(again, second).result == 0


# --- lists ---


def test_a_list_of_many_long_reads_holds_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "MAX_LIST", 2500)
    line = ServedLine(small_device(), client=16)
    assert line.associate(max_pdu=0).result == 0
    wanted = [AttributeRequest(AttributeDescriptor(1, bytes(Obis.parse(name)), 2), None) for name in (LONG, NUMBER)]
    request = GetRequestWithList(0xC1, tuple([wanted[0]] * 4 + [wanted[1]]))
    answer = line.one(request)
    octets = b""
    while isinstance(answer, GetResponseWithDatablock):
        assert isinstance(answer.result, bytes)
        octets += answer.result
        if answer.last_block:
            answer = decode(b"\xc4\x03\xc1" + octets)
        else:
            answer = line.one(bytes.fromhex(f"c002c1{answer.block_number:08x}"))
    assert isinstance(answer, GetResponseWithList)
    long = Value(Tag.OCTET_STRING, bytes(range(256)) * 4)
    refused = DataAccessResult(250)
    assert answer.results == (long, long, refused, refused, Value(Tag.LONG_UNSIGNED, 7))
