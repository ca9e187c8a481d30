"""The client's side against a scripted meter: late, wrong, missing, weaker and hostile answers."""

from __future__ import annotations

import math
from typing import Any

import pytest

from dlmskit.apdu.acse import Aare, Rlre
from dlmskit.apdu.action import ActionResponseNormal
from dlmskit.apdu.base import ActionResult, AttributeDescriptor
from dlmskit.apdu.codec import Apdu, decode
from dlmskit.apdu.faults import ConfirmedServiceError, ExceptionResponse
from dlmskit.apdu.get import GetResponseNormal, GetResponseWithDatablock
from dlmskit.apdu.initiate import InitiateResponse
from dlmskit.apdu.set import SetResponseNormal
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Tag, Value
from dlmskit.errors import (
    AuthenticationFailed,
    AuthenticationFailure,
    ChallengeRefused,
    DlmsError,
    DowngradeRefused,
    InitiateRefused,
    LocalProtocolError,
    MissingKey,
    OutcomeUnknown,
    RemoteProtocolError,
    SecurityError,
    ServiceRefused,
    Timeout,
    UsageError,
)
from dlmskit.link.events import LinkUp
from dlmskit.session.context import CLIENT_CONFORMANCE
from dlmskit.session.events import Closed, Ended, Event
from dlmskit.session.opening.asking import ClientSettings
from dlmskit.session.port import Way
from dlmskit.session.requester import ClientAssociation
from dlmskit.session.services import exchanges as x
from dlmskit.session.services.steps import Service
from dlmskit.session.states import State
from dlmskit.session.ticket import Ticket
from dlmskit.tolerances import Tolerances
from tests.support.session_pair import CLIENT_TITLE, ENERGY, SERVER_TITLE, Pair, ciphering, client_settings, served

VALUE = AttributeDescriptor(3, ENERGY, 2)
ONE, TWO = Value(Tag.UNSIGNED, 1), Value(Tag.UNSIGNED, 2)
ACCEPTED = InitiateResponse(negotiated_conformance=CLIENT_CONFORMANCE, server_max_receive_pdu_size=200)


class Meter:
    """A port that keeps what is sent, and gives back what the test says."""

    def __init__(self, settings: ClientSettings | None = None) -> None:
        self.sent: list[Apdu] = []
        self.events: list[Event] = []
        self.is_up = False
        self.association = ClientAssociation(self, settings or client_settings(0), self.events.append)

    def connect(self, now: float) -> None:
        self.is_up = True
        self.association.link_event(LinkUp(), now)

    def disconnect(self, now: float) -> None:
        self.is_up = False

    def send(self, apdu: bytes, now: float, way: Way) -> None:
        self.sent.append(decode(apdu))

    progress_at = -math.inf

    def pass_turn(self, now: float) -> None:
        raise AssertionError("a client keeps no turn")

    def says(self, apdu: Apdu, now: float = 0.0) -> None:
        self.association.receive(apdu.to_bytes(), now)

    @property
    def invoke(self) -> int:
        """Of the last request."""
        return self.sent[-1].invoke_id_and_priority  # type: ignore[attr-defined, no-any-return]


def aare(**changes: Any) -> Aare:
    given: dict[str, Any] = {
        "application_context": 1,
        "result": 0,
        "diagnostic_source": 1,
        "diagnostic": 0,
        "user_information": ACCEPTED.to_bytes(),
    }
    return Aare(**{**given, **changes})


def associated(**changes: Any) -> Meter:
    meter = Meter(client_settings(0, **changes))
    ticket = meter.association.open(0.0)
    meter.says(aare())
    assert ticket.is_done
    assert ticket.error is None
    return meter


def get(meter: Meter, now: float = 0.0) -> Ticket[Value]:
    return meter.association.submit(Service(lambda c: x.get(c, VALUE)), now)


def put(meter: Meter, *, idempotent: bool = False) -> Ticket[None]:
    service = Service(lambda c: x.put(c, VALUE, ONE), command=True, idempotent=idempotent)
    return meter.association.submit(service, 0.0)


# --- answers -----------------------------------------------------------------------------------------------------


def test_invoke_ids_rotate_through_one_to_fifteen() -> None:
    meter, seen = associated(), []
    for _ in range(17):
        get(meter)
        seen.append(meter.invoke & 0x0F)
        meter.says(GetResponseNormal(meter.invoke, ONE))
    assert seen == [*range(1, 16), 1, 2]


def test_requests_go_one_at_a_time_in_order() -> None:
    meter = associated()
    tickets = [get(meter) for _ in range(3)]
    assert len(meter.sent) == 2  # the AARQ and one GET
    for number, ticket in enumerate(tickets, 1):
        assert not ticket.is_done
        meter.says(GetResponseNormal(meter.invoke, Value(Tag.UNSIGNED, number)))
        assert ticket.result == Value(Tag.UNSIGNED, number)


def test_a_late_answer_is_dropped_by_its_invoke_id() -> None:
    meter = associated()
    first, late = get(meter), meter.invoke
    meter.association.handle_timer(5.0)
    assert isinstance(first.error, Timeout)
    second = get(meter, 5.0)
    meter.says(GetResponseNormal(late, ONE), 5.1)
    assert not second.is_done
    meter.says(GetResponseNormal(meter.invoke, TWO), 5.2)
    assert second.result == TWO


def test_a_meter_that_echoes_a_constant_invoke_id_is_read_where_tolerated() -> None:
    strict, tolerant = associated(), associated(tolerances=Tolerances(constant_invoke_id=True))
    for meter, answered in ((strict, False), (tolerant, True)):
        ticket = get(meter)
        meter.says(GetResponseNormal(0xCF, ONE))
        assert ticket.is_done is answered
    get(tolerant)
    tolerant.association.handle_timer(60.0)  # a late answer could not be told from the next one
    assert tolerant.association.state is State.IDLE


def test_a_read_is_repeated_as_a_new_request_where_asked_and_a_command_is_not() -> None:
    meter = associated(repeats=1)
    ticket = get(meter)
    first = meter.invoke
    meter.association.handle_timer(5.0)
    assert meter.invoke != first
    meter.says(GetResponseNormal(meter.invoke, ONE), 5.1)
    assert ticket.result == ONE
    sent = len(meter.sent)
    command = put(meter)
    meter.association.handle_timer(60.0)
    assert len(meter.sent) == sent + 1
    assert isinstance(command.error, OutcomeUnknown)
    assert isinstance(command.error.__cause__, Timeout)


def test_a_command_said_to_be_idempotent_may_be_repeated() -> None:
    meter = associated(repeats=1)
    command = put(meter, idempotent=True)
    meter.association.handle_timer(5.0)
    meter.says(SetResponseNormal(meter.invoke, 0), 5.1)
    assert command.is_done
    assert command.error is None


def test_a_refused_command_has_a_known_outcome() -> None:
    meter = associated()
    command = put(meter)
    meter.says(SetResponseNormal(meter.invoke, 3))
    assert isinstance(command.error, DlmsError)
    assert command.error.kind == "read-write-denied"


@pytest.mark.parametrize(
    "answer",
    [ExceptionResponse(1, 2), ExceptionResponse(1, 6, 77), ConfirmedServiceError(5, 0, 6)],
    ids=lambda a: a.name,
)
def test_an_error_answer_fails_the_request_and_keeps_the_association(answer: Apdu) -> None:
    meter = associated()
    ticket = get(meter)
    meter.says(answer)
    assert isinstance(ticket.error, ServiceRefused)
    assert ticket.error.invocation_counter == getattr(answer, "invocation_counter", None)
    again = get(meter)
    meter.says(GetResponseNormal(meter.invoke, ONE))
    assert again.result == ONE


def test_A33_a_service_switched_in_mid_transfer_is_refused() -> None:
    meter = associated()
    ticket = get(meter)
    meter.says(GetResponseWithDatablock(meter.invoke, False, 1, b"\x11"))
    meter.says(GetResponseNormal(meter.invoke, ONE))
    assert isinstance(ticket.error, RemoteProtocolError)
    good = get(meter)  # positive control
    meter.says(GetResponseWithDatablock(meter.invoke, False, 1, b"\x11"))
    meter.says(GetResponseWithDatablock(meter.invoke, True, 2, b"\x01"))
    assert good.result == ONE


@pytest.mark.parametrize("number", [0, 1, 3])
def test_A30_a_block_out_of_order_ends_the_read_and_not_the_association(number: int) -> None:
    meter = associated()
    ticket = get(meter)
    meter.says(GetResponseWithDatablock(meter.invoke, False, 1, b"\x11"))
    meter.says(GetResponseWithDatablock(meter.invoke, True, number, b"\x01"))
    assert isinstance(ticket.error, RemoteProtocolError)
    assert meter.association.is_associated


def test_octets_that_are_no_apdu_fail_the_request_they_may_answer() -> None:
    meter = associated()
    ticket = get(meter)
    meter.association.receive(b"\xc4\x01", 0.0)
    assert isinstance(ticket.error, RemoteProtocolError)
    assert meter.association.is_associated


# --- cancelling and ending -----------------------------------------------------------------------------------------


def test_a_cancelled_request_drains_its_answer_before_the_next_goes() -> None:
    meter = associated()
    cancelled = get(meter)
    follower = get(meter)
    sent = len(meter.sent)
    meter.association.cancel(cancelled, 0.0)
    assert cancelled.is_done
    assert len(meter.sent) == sent
    meter.says(GetResponseNormal(meter.invoke, ONE))
    assert not follower.is_done
    meter.says(GetResponseNormal(meter.invoke, TWO))
    assert follower.result == TWO


def test_a_cancelled_request_that_is_never_answered_ends_the_association() -> None:
    meter = associated()
    meter.association.cancel(get(meter), 0.0)
    meter.association.handle_timer(4.9)
    assert meter.association.is_associated
    meter.association.handle_timer(5.0)
    assert meter.association.state is State.IDLE
    assert not meter.is_up


def test_cancelling_the_opening_drops_the_link() -> None:
    meter = Meter()
    meter.association.cancel(meter.association.open(0.0), 0.0)
    assert not meter.is_up
    assert meter.association.state is State.IDLE


def test_release_waits_for_the_answer_a_bounded_time() -> None:
    for answered in (True, False):
        meter = associated()
        meter.association.release(0.0)
        assert meter.sent[-1].name == "rlrq"
        if answered:
            meter.says(Rlre(reason=0))
        else:
            meter.association.handle_timer(5.0)
        assert not meter.is_up
        assert isinstance(meter.events[-1], Ended)


def test_nothing_can_be_asked_without_an_association() -> None:
    meter = Meter()
    with pytest.raises(LocalProtocolError):
        get(meter)
    meter.association.open(0.0)
    with pytest.raises(LocalProtocolError):
        meter.association.open(0.0)


# --- opening -------------------------------------------------------------------------------------------------------


def refused(meter: Meter, answer: Apdu) -> BaseException | None:
    ticket = meter.association.open(0.0)
    meter.says(answer)
    assert ticket.is_done
    assert not meter.is_up
    assert isinstance(meter.events[-1], Ended | Closed)
    return ticket.error


def test_a_refused_aarq_says_why() -> None:
    error = refused(Meter(), aare(result=1, diagnostic=13, user_information=None))
    assert isinstance(error, AuthenticationFailure)
    failed = ConfirmedServiceError(1, 6, 3).to_bytes()
    assert isinstance(refused(Meter(), aare(result=1, diagnostic=1, user_information=failed)), InitiateRefused)
    assert isinstance(refused(Meter(), ExceptionResponse(1, 2)), ServiceRefused)


def test_no_answer_to_the_aarq_is_a_time_out() -> None:
    meter = Meter()
    ticket = meter.association.open(0.0)
    meter.association.handle_timer(5.0)
    assert isinstance(ticket.error, Timeout)
    assert not meter.is_up


@pytest.mark.parametrize(
    "changes",
    [
        {"diagnostic": 0},  # accepted without authentication
        {"mechanism": 1},  # high asked for, low given
        {"mechanism": 3},
    ],
    ids=["none", "low", "md5"],
)
def test_A49_a_weaker_mechanism_in_the_aare_is_refused(changes: dict[str, Any]) -> None:
    def offer(octets: bytes) -> bytes:
        return aare_changed(octets, **changes)

    pair = Pair("wrapper", 5, wire=lambda side, octets: offer(octets) if side == "S" else octets)
    assert isinstance(pair.open().error, DowngradeRefused)
    assert Pair("wrapper", 5).open().error is None


def test_a_challenge_without_its_diagnostic_is_answered_where_that_is_tolerated() -> None:
    def opened(**changes: Any) -> DlmsError | None:
        settings = client_settings(5, tolerances=Tolerances(unannounced_challenge=True))
        pair = Pair("wrapper", 5, settings=settings, wire=lambda s, o: aare_changed(o, **changes) if s == "S" else o)
        return pair.open().error

    assert opened(diagnostic=0) is None
    assert isinstance(opened(diagnostic=0, responding_authentication_value=None), DowngradeRefused)
    assert isinstance(opened(diagnostic=13), DowngradeRefused)


def aare_changed(octets: bytes, **changes: Any) -> bytes:
    """The wrapped AARE with other fields; anything else as it is."""
    apdu = decode(octets[8:])
    if not isinstance(apdu, Aare):
        return octets
    fields = {name: getattr(apdu, name) for name in apdu.__dict__}
    changed = Aare(**{**fields, **changes}).to_bytes()
    return octets[:6] + len(changed).to_bytes(2, "big") + changed


def test_A50_another_application_context_in_the_aare_is_refused() -> None:
    error = refused(Meter(), aare(application_context=2))
    assert isinstance(error, DowngradeRefused)
    pair = Pair("wrapper", 5, wire=lambda s, o: aare_changed(o, application_context=1) if s == "S" else o)
    assert isinstance(pair.open().error, DowngradeRefused)


def test_an_unprotected_initiate_in_answer_to_a_protected_one_is_refused() -> None:
    plain = ACCEPTED.to_bytes()
    pair = Pair("wrapper", 5, wire=lambda s, o: aare_changed(o, user_information=plain) if s == "S" else o)
    assert isinstance(pair.open().error, DowngradeRefused)


def test_A46_our_own_challenge_sent_back_is_refused() -> None:
    own = client_settings(5).challenge
    pair = Pair("wrapper", 5, wire=lambda s, o: aare_changed(o, responding_authentication_value=own) if s == "S" else o)
    assert isinstance(pair.open().error, ChallengeRefused)
    assert not pair.meter.is_associated


@pytest.mark.parametrize("challenge", [b"", b"short", bytes(16), bytes(range(65))], ids=["none", "short", "same", "65"])
def test_A47_a_worthless_challenge_is_refused(challenge: bytes) -> None:
    change = {"responding_authentication_value": challenge}
    pair = Pair("wrapper", 5, wire=lambda s, o: aare_changed(o, **change) if s == "S" else o)
    assert isinstance(pair.open().error, SecurityError)
    assert Pair("wrapper", 5).open().error is None


def test_conformance_that_was_not_proposed_or_is_lacking_is_refused() -> None:
    wide = InitiateResponse(negotiated_conformance=CLIENT_CONFORMANCE | Conformance.READ)
    assert isinstance(refused(Meter(), aare(user_information=wide.to_bytes())), DowngradeRefused)
    tolerant = Meter(client_settings(0, tolerances=Tolerances(conformance_beyond_proposal=True)))
    assert tolerant.association.open(0.0).error is None
    tolerant.says(aare(user_information=wide.to_bytes()))
    assert tolerant.association.context.conformance == CLIENT_CONFORMANCE
    narrow = InitiateResponse(negotiated_conformance=Conformance.GET)
    needing = Meter(client_settings(0, required=Conformance.SET))
    assert isinstance(refused(needing, aare(user_information=narrow.to_bytes())), DowngradeRefused)


def test_a_wrong_proof_of_the_meter_is_refused() -> None:
    def forge(side: str, octets: bytes) -> bytes:
        if side == "C" or octets[8] != 0xCF:
            return octets
        return octets[:-1] + bytes([octets[-1] ^ 1])

    pair = Pair("wrapper", 5, wire=forge)
    assert isinstance(pair.open().error, AuthenticationFailed)
    assert not pair.meter.is_associated


def test_settings_that_cannot_work_are_refused_before_anything_is_sent() -> None:
    with pytest.raises(UsageError, match="password"):
        Meter(client_settings(1, password=None))
    with pytest.raises(MissingKey):
        Meter(client_settings(5, ciphering=None))
    with pytest.raises(UsageError, match="8 to 64"):
        Meter(client_settings(5, challenge=b"short"))
    with pytest.raises(UsageError, match="32 to 64"):
        Meter(client_settings(7))
    with pytest.raises(UsageError, match="no HLS mechanism 9"):
        Meter(client_settings(9))


# --- protected -----------------------------------------------------------------------------------------------------


def protected_pair() -> Pair:
    pair = Pair("wrapper", 5)
    assert pair.open().error is None
    pair.model.values = {VALUE: ONE}
    return pair


def test_a_plain_answer_in_a_protected_association_is_not_believed() -> None:
    pair = protected_pair()
    pair.answers = False
    ticket = pair.submit(lambda c: x.get(c, VALUE))
    pair.meter.receive(GetResponseNormal(pair.meter.context.invoke_id | 0xC0, ONE).to_bytes(), 0.0)
    assert isinstance(ticket.error, SecurityError)
    assert protected_pair().do(lambda c: x.get(c, VALUE)) == ONE


def test_A46_our_own_apdu_echoed_is_no_answer() -> None:
    pair = protected_pair()
    pair.wire = lambda side, octets: octets
    ticket = pair.meter.submit(Service(lambda c: x.get(c, VALUE)), 0.0)
    echo = pair.client.to_send()[8:]
    pair.meter.receive(echo, 0.0)
    assert isinstance(ticket.error, AuthenticationFailed)


def test_every_flipped_bit_of_a_protected_answer_fails_it() -> None:
    for bit in range(8 * 33):
        pair = protected_pair()
        flipped: list[bytes] = []

        def flip(side: str, octets: bytes, bit: int = bit, seen: list[bytes] = flipped) -> bytes:
            if side == "C" or octets[8] != 0xCC:
                return octets
            at = 8 + bit // 8
            if at < len(octets):
                octets = octets[:at] + bytes([octets[at] ^ (1 << bit % 8)]) + octets[at + 1 :]
                seen.append(octets)
            return octets

        pair.wire = flip
        ticket = pair.submit(lambda c: x.get(c, VALUE))
        if flipped:
            assert ticket.result is None
            assert ticket.error is None or isinstance(ticket.error, DlmsError)


def test_counters_run_low_are_asked_for_and_never_repeated() -> None:
    pair = protected_pair()
    seen: list[bytes] = []
    pair.wire = lambda side, octets: (seen.append(octets) if side == "C" else None) or octets
    for _ in range(150):
        assert pair.do(lambda c: x.get(c, VALUE)) == ONE
    counters = [int.from_bytes(octets[11:15], "big") for octets in seen]
    assert len(counters) == len(set(counters)) == 150


def test_the_dedicated_key_is_used_where_it_was_agreed() -> None:
    settings = client_settings(5)
    assert settings.ciphering is not None
    keys = settings.ciphering.keys
    ciphering = type(settings.ciphering)(settings.ciphering.title, keys, envelope="ded", dedicated=bytes(range(1, 17)))
    pair = Pair("wrapper", 5, settings=client_settings(5, ciphering=ciphering), offer=served(5))
    sent: list[int] = []
    pair.wire = lambda side, octets: (sent.append(octets[8]) if side == "C" else None) or octets
    assert pair.open().error is None
    pair.model.values = {VALUE: ONE}
    assert pair.do(lambda c: x.get(c, VALUE)) == ONE
    assert sent[-1] == 0xD0  # ded-get-request


def test_general_glo_ciphering_carries_everything() -> None:
    settings = client_settings(5)
    assert settings.ciphering is not None
    ciphering = type(settings.ciphering)(settings.ciphering.title, settings.ciphering.keys, envelope="general-glo")
    pair = Pair("wrapper", 5, settings=client_settings(5, ciphering=ciphering))
    sent: list[int] = []
    pair.wire = lambda side, octets: (sent.append(octets[8]) if side == "C" else None) or octets
    assert pair.open().error is None
    pair.model.values = {VALUE: ONE}
    assert pair.do(lambda c: x.get(c, VALUE)) == ONE
    assert sent[-1] == 0xDB


def test_an_answer_out_of_nowhere_changes_nothing() -> None:
    pair = protected_pair()
    stray = ActionResponseNormal(0xC1, ActionResult(0, Value(Tag.OCTET_STRING, bytes(17))))
    pair.meter.receive(stray.to_bytes(), 0.0)
    assert pair.meter.is_associated
    assert pair.do(lambda c: x.get(c, VALUE)) == ONE


@pytest.mark.parametrize("control", [0x10, 0x20])
def test_an_initiate_protected_less_than_the_policy_opens_nothing(control: int) -> None:
    weak = client_settings(5, ciphering=ciphering(CLIENT_TITLE, 5, initiate=control))
    assert isinstance(Pair("wrapper", 5, settings=weak).open().error, AuthenticationFailure)
    lenient = served(5, required=control, ciphering=ciphering(SERVER_TITLE, 5, initiate=control))
    assert Pair("wrapper", 5, settings=weak, offer=lenient).open().error is None


def test_another_suite_than_the_association_has_is_refused() -> None:
    other = client_settings(5, ciphering=ciphering(CLIENT_TITLE, 5, control=0x31, initiate=0x31))
    assert isinstance(Pair("wrapper", 5, settings=other).open().error, AuthenticationFailure)
    assert Pair("wrapper", 5).open().error is None
