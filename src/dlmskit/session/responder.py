"""The server's side of an association: weighs the AARQ, proves and checks itself, releases.

What an associated client asks is carried out by `serving/requests.py`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import ClassVar, cast

from dlmskit.apdu.acse import Aare, Aarq, ApplicationContext, Rlre, Rlrq
from dlmskit.apdu.base import ActionResult
from dlmskit.apdu.codec import Apdu
from dlmskit.apdu.faults import ConfirmedServiceError, ExceptionResponse
from dlmskit.apdu.initiate import VAA_LOGICAL_NAME, VAA_SHORT_NAME, InitiateRequest, InitiateResponse
from dlmskit.data.value import Tag, Value
from dlmskit.errors import DlmsError, RemoteProtocolError, ReplayDetected, SecurityError, UnknownTag
from dlmskit.link.events import LinkEvent, LinkUp
from dlmskit.security.attempts import Caller
from dlmskit.security.cipher import BOTH
from dlmskit.security.counters import LAST_COUNTER, CounterBlock
from dlmskit.security.keys import fingerprint
from dlmskit.security.mechanisms import Mechanism, hls_of
from dlmskit.session.association import Association, Emit
from dlmskit.session.context import Context
from dlmskit.session.dispatch import SERVER_RULES, Rule
from dlmskit.session.events import Ended, Established, NeedRandom, raised
from dlmskit.session.opening.asking import Pair, hls_facts, octets_of
from dlmskit.session.opening.judging import (
    AUTHENTICATION_FAILURE,
    NO_REASON,
    NOT_NOW,
    ServedAssociation,
    Verdict,
    judge,
    refuse,
)
from dlmskit.session.opening.proving import PassThree, pass_three
from dlmskit.session.opening.release import check_release
from dlmskit.session.port import Port, Way
from dlmskit.session.protection.general import Draw
from dlmskit.session.protection.protection import Protection, Shield
from dlmskit.session.serving import access, action, get, read, write
from dlmskit.session.serving import set as set_
from dlmskit.session.serving.requests import MAX_INCOMING, READ_WRITE_DENIED, Requests
from dlmskit.session.states import Action, Input, State
from dlmskit.session.tracing import LineTrace

# state-error and service-error of an ExceptionResponse
NOT_ALLOWED, UNKNOWN_SERVICE = 1, 2
NOT_SUPPORTED, OTHER_REASON, DECIPHERING_ERROR, COUNTER_ERROR = 2, 3, 5, 6
INITIATE_ERROR, INITIATE_CATEGORY = 1, 6
#: Answers that may wait for counters; a client that goes on asking is not heard until they are out.
MAX_STARVED = 64
#: Notifications that may wait for an answer to be out; then the oldest give way.
MAX_TOLD = 64
#: Counters that an opening uses up: in the AARE, and in the proof of pass 4.
OPENING = 2
#: What is wrong with a service, in a ConfirmedServiceError.
SERVICE_CATEGORY, OTHER, UNSUPPORTED = 3, 0, 2

HANDLERS = {
    **get.HANDLERS,
    **set_.HANDLERS,
    **action.HANDLERS,
    **access.HANDLERS,
    **read.HANDLERS,
    **write.HANDLERS,
}


class ServerAssociation(Association):
    """One association as its server. See `Association` for the way in and out.

    served  None where nothing is offered to that client: it is told so
    caller  the client's address, and where it calls from
    """

    rules: ClassVar[Mapping[int, Rule]] = SERVER_RULES
    asks = False
    most_in_blocks = MAX_INCOMING

    def __init__(
        self,
        port: Port,
        served: ServedAssociation | None,
        emit: Emit,
        trace: LineTrace | None = None,
        caller: Caller = (0, ""),
    ) -> None:
        super().__init__(port, Context(), emit, trace)
        self.served, self.caller = served, caller
        self.requests = Requests(self, emit, HANDLERS)
        self.aarq: Aarq | None = None
        self._verdict: Verdict | None = None
        self._challenge = b""
        self._initiate = InitiateResponse()
        self._deadline: float | None = None
        self._told: deque[Apdu] = deque(maxlen=MAX_TOLD)
        if served is not None and served.ciphering is not None:
            self.protection = Protection(served.ciphering, received=served.received, tolerances=served.tolerances)

    # --- what the edge does ---

    def respond(self, indication: int, result: object, now: float, *, protection: int = 0) -> None:
        """Answer an indication: Value or DataAccessResult to a GET, DataAccessResult to a SET, ActionResult to an
        ACTION. An answer to an indication that is gone (the client left) is dropped.

        protection  bits the response has to be protected with at least, by the rights over the object
        """
        self._at(now)
        self.requests.respond(indication, result, now, protection)

    def supply_random(self, octets: bytes, now: float) -> None:
        """StoC, asked for by NeedRandom."""
        self._at(now)
        self._challenge = octets
        self._answer_aarq(now)

    def supply_counters(self, block: CounterBlock, now: float) -> None:
        super().supply_counters(block, now)
        self._answer_aarq(now)

    def notify(self, apdu: Apdu, now: float) -> None:
        """Send a DataNotification or EventNotification, protected as the association is.

        Between the general blocks of a ciphered answer it would come with a higher counter before the answer is whole,
        which would then look like a replay: it waits for the last of them.
        """
        self._at(now)
        self._told.append(apdu)
        self._tell(now)

    def _tell(self, now: float) -> None:
        """Send the notifications that wait, where nothing keeps them waiting."""
        while self._told and not (self._blocks.has_more and self.protection is not None):
            self._send(self._told.popleft().to_bytes(), self.push_shield, now, Way.NOTIFY)

    @property
    def push_shield(self) -> Shield | None:
        """How a notification goes."""
        protection = self.protection
        shield = protection.services if protection is not None and protection.services.control & BOTH else None
        return self.response_shield(shield)

    def send_apdu(self, octets: bytes, shield: Shield | None, now: float) -> None:
        """Answer with an APDU, protected as what it answers and as the policy demands of responses."""
        self._send(octets, self.response_shield(shield), now)

    def response_shield(self, shield: Shield | None, bits: int = 0) -> Shield | None:
        """How a response goes to a request that came with `shield`: no weaker, and with `bits` in any case."""
        if self.protection is None or self.served is None:
            return shield
        return self.protection.at_least(shield, bits | self.served.policy.response)

    def refuse_service(self, refusal: ExceptionResponse, now: float) -> None:
        """Say that a request cannot be served; in plain, so that it is understood whatever was wrong with the keys."""
        said = _by_short_names(refusal) if self._has_short_names else refusal
        self._send(said.to_bytes(), None, now)

    def pass_turn(self, now: float) -> None:
        """A request that wants no answer is done."""
        self._port.pass_turn(now)

    def next_deadline(self) -> float | None:
        return self._deadline

    def handle_timer(self, now: float) -> None:
        """The client was silent too long: the association ends and the link goes down."""
        if self._deadline is not None and now >= self._deadline:
            self._deadline = None
            self._perform(self._step(Input.ABORT), None, now)
            self._port.disconnect(now)

    def receive(self, data: bytes, now: float) -> None:
        if self.served is not None and self.served.inactivity_s is not None:
            self._deadline = now + self.served.inactivity_s
        self._use()
        if len(self._starved) < MAX_STARVED:
            super().receive(data, now)
        self._tell(now)

    def link_event(self, event: LinkEvent, now: float) -> None:
        super().link_event(event, now)
        if isinstance(event, LinkUp):
            self._use()

    # --- opening ---

    def _use(self) -> None:
        """Take up a pre-established association: nothing is said, what was agreed beforehand holds."""
        served = self.served
        if served is None or not served.is_pre_established or self._step(Input.BEFOREHAND) is None:
            return
        self.aarq = None
        self._forget_the_last_one(served.ciphering.peer_title if served.ciphering is not None else None)
        self.context.conformance, self.context.max_send = served.conformance, served.max_pdu
        self.context.overhead = self.protection.overhead if self.protection is not None else 0
        self._emit(Established(self))

    def _on_aarq(self, apdu: Apdu, shield: Shield | None, now: float) -> None:
        if not isinstance(apdu, Aarq):
            raise RemoteProtocolError(f"{apdu.name} for an AARQ")
        if self._step(Input.AARQ) is None:  # a second one must not disturb the association there is
            self._send(_aare(apdu, refuse(NO_REASON)).to_bytes(), None, now)
            return
        self.aarq = apdu
        self._challenge = b""
        self._forget_the_last_one(apdu.calling_ap_title)
        if self.protection is not None:
            self.protection.shown = apdu.calling_ae_qualifier
        verdict = self._judge(apdu, now)
        keeping = self.protection.keeping() if self.protection is not None else None
        if keeping is not None:
            self._do(keeping, partial(self._on_aarq_kept, verdict), now, blocks=True)
            return
        self._go_on_with(verdict, now)

    def _on_aarq_kept(self, verdict: Verdict, outcome: object, now: float) -> None:
        """The counter of the AARQ cannot come again, and no other comes before it: what follows is of this association."""
        if self.protection is not None:
            self.protection.is_fresh = True
        self._go_on_with(NOT_NOW if isinstance(outcome, DlmsError) else verdict, now)

    def _go_on_with(self, verdict: Verdict, now: float) -> None:
        self._verdict = verdict
        if verdict.is_hls and self.served is not None:
            self._emit(NeedRandom(self, self.served.stoc_length))
        self._answer_aarq(now)

    def _judge(self, aarq: Aarq, now: float) -> Verdict:
        """The verdict, unless this caller has been wrong too often."""
        if not self._may_try(now):
            return NOT_NOW
        verdict = judge(aarq, self.served, self.protection)
        if verdict.diagnostic == AUTHENTICATION_FAILURE or (verdict.initiate is not None and not verdict.is_hls):
            self._note_attempt(verdict.initiate is not None, now)
        return verdict

    def _may_try(self, now: float) -> bool:
        attempts = self.served.attempts if self.served is not None and self.served.mechanism else None
        return attempts is None or attempts.are_left(self.caller, now)

    def _note_attempt(self, is_right: bool, now: float) -> None:
        if self.served is not None and self.served.attempts is not None:
            self.served.attempts.note(self.caller, is_right, now)

    def _forget_the_last_one(self, title: bytes | None) -> None:
        """Nothing of an earlier association on this link lives on but the reserved counters."""
        self.requests.reset()
        self._told.clear()
        self.context = Context(tolerances=self.served.tolerances) if self.served else Context()
        if self.protection is not None and self.served is not None:
            pool, is_kept = self.protection.pool, self.context.tolerances.receive_counters != "session"
            received = self.served.received if is_kept else None
            self.protection = Protection(
                self.protection.ciphering, received=received, tolerances=self.served.tolerances
            )
            self.protection.pool, self.protection.peer_title = pool, title
            self.protection.is_fresh = self.served.mechanism > Mechanism.LOW and not self.served.is_pre_established

    def _answer_aarq(self, now: float) -> None:
        """Send the AARE as soon as the challenge and a counter are there."""
        verdict, aarq = self._verdict, self.aarq
        if verdict is None or aarq is None or (verdict.is_hls and not self._challenge):
            return
        if verdict.initiate is not None and self.protection is not None and self.protection.pool.left < OPENING:
            self._ask_for_counters()
            return
        self._verdict = None
        self._send(self._aare(aarq, verdict).to_bytes(), None, now)
        if verdict.initiate is None:
            self._perform(self._step(Input.REFUSE), None, now)
        elif verdict.is_hls:
            self._step(Input.CHALLENGE)
        else:
            self._establish(Input.ACCEPT)

    def _aare(self, aarq: Aarq, verdict: Verdict) -> Aare:
        title = self.served.own_title if self.served is not None else None
        if verdict.initiate is None or self.served is None:
            return _aare(aarq, verdict, title=title)
        self._initiate = self._agree(verdict.initiate, self.served)
        response = self._wrapped(self._initiate)
        challenge = self._challenge if verdict.is_hls else None
        certificate = self.protection.certificate if self.protection is not None else None
        return _aare(
            aarq, verdict, title=title, certificate=certificate, challenge=challenge, user_information=response
        )

    def _agree(self, initiate: InitiateRequest, served: ServedAssociation) -> InitiateResponse:
        context, protection = self.context, self.protection
        context.conformance = initiate.proposed_conformance & served.conformance
        context.max_send = initiate.client_max_receive_pdu_size
        context.overhead = protection.overhead if protection else 0
        if initiate.dedicated_key is not None and protection is not None:
            protection.use_dedicated(initiate.dedicated_key)
            served.received.dedicated.append(fingerprint(initiate.dedicated_key))
        goes_beyond = served.tolerances.conformance_beyond_proposal
        return InitiateResponse(
            negotiated_quality_of_service=initiate.proposed_quality_of_service,
            negotiated_conformance=served.conformance if goes_beyond else context.conformance,
            server_max_receive_pdu_size=served.max_pdu,
            vaa_name=VAA_LOGICAL_NAME if served.short_names is None else VAA_SHORT_NAME,
        )

    def _prove(self, request: Apdu, shield: Shield | None, now: float) -> None:
        """Pass 3 in, pass 4 out."""
        carried = pass_three(request, by_short_names=self._has_short_names)
        if self.served is None or self.aarq is None or carried is None:
            self._on_out_of_place(request, now)
            return
        mechanism, proof = hls_of(self.served.mechanism, self.served.hls), carried.proof
        challenges = Pair(self._challenge, self.aarq.calling_authentication_value)
        titles = Pair(self.served.own_title, self.aarq.calling_ap_title)
        facts = hls_facts(challenges, titles, self.served.password, self.protection)
        counter = self.protection.pool.take() if mechanism.uses_counter and self.protection else 0

        def work(draw: Draw) -> bytes:
            mechanism.verify(octets_of(proof), facts)
            return mechanism.answer(facts, counter=counter)

        self._do(work, partial(self._answer_proof, carried, shield), now, blocks=mechanism.may_block)

    def _answer_proof(self, carried: PassThree, shield: Shield | None, outcome: object, now: float) -> None:
        """Pass 4, or a refusal."""
        may_try = self._may_try(now)  # others of this caller may have failed since the AARQ
        is_refused = not may_try or isinstance(outcome, SecurityError | RemoteProtocolError)
        if may_try:
            self._note_attempt(not is_refused, now)
        if is_refused:
            self._send(carried.answer(ActionResult(READ_WRITE_DENIED)).to_bytes(), shield, now)
            self._perform(self._step(Input.REFUSE), None, now)
            return
        proof = Value(Tag.OCTET_STRING, cast(bytes, raised(outcome)))
        self.send_apdu(carried.answer(ActionResult(0, proof)).to_bytes(), shield, now)
        self._establish(Input.PROVE)

    @property
    def _has_short_names(self) -> bool:
        return self.served is not None and self.served.short_names is not None

    def _establish(self, event: Input) -> None:
        self._step(event)
        self._emit(Established(self))

    # --- associated ---

    def _on_request(self, apdu: Apdu, shield: Shield | None, now: float) -> None:
        if self.state is State.ASSOCIATED:
            self.requests.receive(apdu, shield, now)
        else:
            self._prove(apdu, shield, now)

    def _on_block(self, apdu: Apdu, shield: Shield | None, now: float) -> None:
        if not self.context.takes_general_blocks:
            raise UnknownTag("APDU (not agreed on)", apdu.tag[0])
        super()._on_block(apdu, shield, now)

    def _on_confirm(self, apdu: Apdu, shield: Shield | None, now: float) -> None:
        """A DataNotification was confirmed; nothing waits for it, and nothing answers it."""
        self._port.pass_turn(now)

    def _on_rlrq(self, apdu: Apdu, shield: Shield | None, now: float) -> None:
        """A protected association is ended by who proves to be its client, and by nobody else on the line."""
        if self.served is not None and self.served.is_pre_established:
            self._on_out_of_place(apdu, now)
            return
        carried = apdu.user_information if isinstance(apdu, Rlrq) else None
        if carried or not self.context.tolerances.plain_release:
            check_release(carried, self.protection, self._required())
        agreed = self._wrapped(self._initiate) if carried and self._can_wrap() else None
        self._step(Input.RELEASE)
        self._send(Rlre(reason=0, user_information=agreed).to_bytes(), None, now)
        self._perform(self._step(Input.RELEASED), None, now)

    def _can_wrap(self) -> bool:
        return self.protection is None or self.protection.pool.left > 0

    def _wrapped(self, initiate: InitiateResponse) -> bytes:
        """The answer to an initiate as AARE and RLRE carry it."""
        octets, protection = initiate.to_bytes(), self.protection
        return protection.wrap_initiate(octets) if protection is not None and protection.ciphering.initiate else octets

    def _required(self) -> int:
        """What the association was opened with counts: passes 3 and 4, too, are protected by policy."""
        return 0 if self.served is None else self.served.demanded

    def _perform(self, action: Action | None, error: DlmsError | None, now: float) -> None:
        if action in (Action.FAIL, Action.END):
            self.requests.reset()
            self._forget_waiting()
            self._verdict = None
            self._emit(Ended(self, error))

    def _on_bad(self, error: DlmsError, now: float) -> None:
        self.refuse_service(_exception_for(error, self), now)

    def _on_out_of_place(self, apdu: Apdu, now: float) -> None:
        self.refuse_service(ExceptionResponse(NOT_ALLOWED, NOT_SUPPORTED), now)


def _exception_for(error: DlmsError, association: ServerAssociation) -> ExceptionResponse:
    """One answer for whatever fails to decipher, so that it tells an attacker nothing."""
    protection = association.protection
    if isinstance(error, ReplayDetected) and protection is not None:
        expected = min((protection.windows.last(protection.peer_title or b"") or 0) + 1, LAST_COUNTER)
        return ExceptionResponse(NOT_ALLOWED, COUNTER_ERROR, expected)
    if isinstance(error, SecurityError):
        return ExceptionResponse(NOT_ALLOWED, DECIPHERING_ERROR)
    if isinstance(error, UnknownTag):
        return ExceptionResponse(UNKNOWN_SERVICE, NOT_SUPPORTED)
    return ExceptionResponse(NOT_ALLOWED, OTHER_REASON)


def _by_short_names(refusal: ExceptionResponse) -> Apdu:
    """The same, as older clients know it; what is wrong with the protection has no other words."""
    if refusal.service_error in (DECIPHERING_ERROR, COUNTER_ERROR):
        return refusal
    code = UNSUPPORTED if refusal.service_error == NOT_SUPPORTED else OTHER
    return ConfirmedServiceError(INITIATE_ERROR, SERVICE_CATEGORY, code)


def _aare(
    aarq: Aarq,
    verdict: Verdict,
    *,
    title: bytes | None = None,
    certificate: bytes | None = None,
    challenge: bytes | None = None,
    user_information: bytes | None = None,
) -> Aare:
    if verdict.initiate_error is not None:
        failed = ConfirmedServiceError(INITIATE_ERROR, INITIATE_CATEGORY, verdict.initiate_error)
        user_information = failed.to_bytes()
    known = aarq.application_context in set(ApplicationContext)
    return Aare(
        application_context=aarq.application_context if known else ApplicationContext.LN,
        result=verdict.result,
        diagnostic_source=verdict.source,
        diagnostic=verdict.diagnostic,
        responding_ap_title=title,
        responding_ae_qualifier=certificate,
        responder_acse_requirements=challenge is not None,
        mechanism=aarq.mechanism if challenge is not None else None,
        responding_authentication_value=challenge,
        user_information=user_information,
    )
