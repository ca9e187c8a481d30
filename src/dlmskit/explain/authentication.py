"""Why an association is refused, or an APDU does not verify: every step of a capture recomputed.

AARQ and AARE tell titles, mechanism and challenges; the envelopes are opened one by one; passes 3 and 4 are answered
anew. What does not fit is tried with one input changed at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from dlmskit.apdu.acse import Aare, Aarq, ApplicationContext
from dlmskit.apdu.base import ActionResult
from dlmskit.apdu.faults import ConfirmedServiceError, ExceptionResponse
from dlmskit.data.value import Value
from dlmskit.dissect import Found
from dlmskit.dissect.dissector import Dissector
from dlmskit.dissect.limits import LIMITS
from dlmskit.dissect.partial import take
from dlmskit.errors import association_refused
from dlmskit.explain.capture import Side, Spoken, messages
from dlmskit.explain.changes import Seen
from dlmskit.explain.checks import Answer, Check, Password, Sealed
from dlmskit.explain.examiner import Examiner, Place, explained
from dlmskit.explain.known import Known
from dlmskit.explain.steps import Explanation, Step
from dlmskit.security.cipher import HEADER_SIZE, TAG_SIZE, TITLE_SIZE
from dlmskit.security.mechanisms import HLS, WITH_SECRET, WITH_TITLES, Mechanism
from dlmskit.session.opening.proving import pass_four, pass_three

#: Titles tried where one does not fit: a capture of many senders must not take long for each of its messages.
MOST_TITLES = 16


def auth(capture: bytes, known: Known) -> Explanation:
    """Everything in `capture` that authenticates or protects, step by step.

    capture  octets, hex, lines of a conversation, a recording or a trace: see `dlmskit.explain.capture`
    Raises UsageError where there is nothing in it; never for what the messages say.
    """
    spoken = messages(capture)
    walk = _Walk(known, _titles(spoken))
    for number, one in enumerate(spoken, 1):
        walk.read(number, one)
    walk.finish()
    return Explanation(tuple(walk.steps))


def _titles(spoken: list[Spoken]) -> dict[bytes, str]:
    """System titles that stand in the capture, and whose they are.

    Those of openings come first; there are no more than are tried.
    """
    named, opening = dict[bytes, str](), dict[bytes, str]()
    for number, one in enumerate(spoken, 1):
        fields = take(one.message.octets or b"", 0, LIMITS.apdu).fields
        opening.update(_whose(fields.get("calling_ap_title"), fields.get("responding_ap_title")))
        if title := fields.get("system_title"):
            named.setdefault(title, f"that of message {number}")
    found = opening | {title: whose for title, whose in named.items() if title not in opening}
    return dict(islice(((title, whose) for title, whose in found.items() if len(title) == TITLE_SIZE), MOST_TITLES))


def _whose(client: bytes | None, server: bytes | None) -> dict[bytes, str]:
    return {title: whose for title, whose in ((client, "the client's"), (server, "the server's")) if title}


class _Walk:
    """One capture from its first message to its last."""

    def __init__(self, known: Known, titles: dict[bytes, str]) -> None:
        self.steps: list[Step] = []
        self._seen = Seen(known, {**titles, **_whose(known.client_title, known.server_title)})
        self._examiner = Examiner(self._seen, self.steps.append)
        self._dissector = Dissector(self._examiner, LIMITS)
        self._aarq: Aarq | None = None
        self._aare: Aare | None = None
        self._is_answered = False  # pass 3 came, pass 4 is to follow

    def read(self, number: int, spoken: Spoken) -> None:
        self._examiner.place, begin = Place(number, spoken.side), len(self.steps)
        self._is_blanked = spoken.is_blanked
        for found in self._dissector.read(spoken.message):
            self._take(found, begin)

    def finish(self) -> None:
        for found in self._dissector.finish():
            self._take(found, len(self.steps))

    def _take(self, found: Found, begin: int) -> None:
        apdu = found.apdu
        if isinstance(apdu, Aarq):
            self._aarq, self._aare = apdu, None
            self.steps[begin:begin] = [*self._of_aarq(apdu)]
        elif isinstance(apdu, Aare):
            self._aare = apdu
            self.steps[begin:begin] = [self._of_aare(apdu, found)]
        elif apdu is not None and (proof := pass_three(apdu, by_short_names=self._has_short_names)) is not None:
            self._is_answered = True
            self._pass("hls pass 3", "client", proof.proof)
        elif apdu is not None and self._is_answered and (answer := pass_four(apdu)) is not None:
            self._is_answered = False
            self._pass_four(answer)
        elif isinstance(apdu, ExceptionResponse):
            self._note("server", found, _said(apdu))
        elif isinstance(apdu, ConfirmedServiceError):
            self._note("server", found, apdu.words)

    @property
    def _has_short_names(self) -> bool:
        by_short_names = (ApplicationContext.SN, ApplicationContext.SN_CIPHERED)
        return self._aarq is not None and self._aarq.application_context in by_short_names

    def _note(self, side: Side, found: Found, words: str) -> None:
        at = self._examiner.place.message
        self.steps.append(Step(at, side, found.name or "apdu", "note", notes=(words,)))

    # --- AARQ and AARE ---

    def _of_aarq(self, aarq: Aarq) -> Iterator[Step]:
        at, mechanism = self._examiner.place.message, aarq.mechanism or 0
        is_low = mechanism == Mechanism.LOW
        challenge = None if is_low else aarq.calling_authentication_value
        yield Step(at, "client", "aarq", "note", _opening(mechanism, aarq.calling_ap_title, "ctos", challenge))
        if is_low:
            yield self._of_password(at, aarq.calling_authentication_value or b"")

    def _of_password(self, at: int, sent: bytes) -> Step:
        known, what = self._seen.known.secret, "lls password"
        if self._is_blanked:
            lacks = "the password is blanked in the trace, so that it cannot be compared"
        elif known is None:
            lacks = "the password was not given"
        else:
            return explained(Password(sent, known), self._seen, at, "client", what)[0]
        return Step(at, "client", what, "not-checked", notes=(lacks,))

    def _of_aare(self, aare: Aare, found: Found) -> Step:
        at, mechanism = self._examiner.place.message, aare.mechanism
        ctos = self._aarq.calling_authentication_value if self._aarq else None
        stoc = aare.responding_authentication_value
        inputs = _opening(mechanism, aare.responding_ap_title, "stoc", stoc)
        notes: list[str] = []
        if aare.result:
            notes.append(
                f"refused: {association_refused(aare.diagnostic, provider=aare.diagnostic_source == 2).message}"
            )
        if isinstance(found.user_information, ConfirmedServiceError):
            notes.append(f"refused: {found.user_information.words}")
        if stoc is not None and stoc == ctos:
            notes.append("StoC is CtoS sent back: whoever answers proves itself with our own answer")
        if self._aarq and mechanism is not None and mechanism != (self._aarq.mechanism or 0):
            notes.append(f"mechanism {self._aarq.mechanism or 0} was asked for")
        return Step(at, "server", "aare", "note", inputs, notes=tuple(notes))

    # --- passes 3 and 4 ---

    def _pass_four(self, response: ActionResult) -> None:
        if response.result:
            self._refused_answer(response.result)
        else:
            self._pass("hls pass 4", "server", response.data)

    def _refused_answer(self, result: int) -> None:
        at = self._examiner.place.message
        words = f"the server did not take the answer of pass 3: action-result {result}"
        self.steps.append(Step(at, "server", "hls pass 4", "note", notes=(words,)))

    def _pass(self, what: str, side: Side, carried: object) -> None:
        at = self._examiner.place.message
        check = self._check_of_pass(side, carried)
        if isinstance(check, str):
            self.steps.append(Step(at, side, what, "not-checked", notes=(check,)))
        else:
            self.steps.append(explained(check, self._seen, at, side, what)[0])

    def _check_of_pass(self, side: Side, carried: object) -> Check | str:
        """The check of an answer, or what lacks for it."""
        answer = carried.value if isinstance(carried, Value) else None
        if not isinstance(answer, bytes):
            return "it carries no octet-string"
        aarq, aare, known = self._aarq, self._aare, self._seen.known
        ctos = aarq and aarq.calling_authentication_value
        stoc = aare and aare.responding_authentication_value
        if aarq is None or aare is None or not ctos or not stoc:
            return "the AARQ and the AARE with the challenges are not in the capture"
        titles = (aarq.calling_ap_title or known.client_title, aare.responding_ap_title or known.server_title)
        (title, verifier), (challenge, other) = titles, (stoc, ctos)
        if side == "server":
            (verifier, title), (other, challenge) = titles, (stoc, ctos)
        mechanism = aarq.mechanism or 0
        lacks = self._lacks(mechanism, side, title, verifier)
        if lacks:
            return lacks
        if mechanism == Mechanism.GMAC and len(answer) == HEADER_SIZE + TAG_SIZE and known.ek and title:
            sealed = answer[:HEADER_SIZE] + challenge + answer[HEADER_SIZE:]
            return Sealed.of(sealed, title=title, key=known.ek, ak=known.ak, other=other)
        return Answer(
            mechanism,
            answer,
            challenge,
            other,
            title or b"",
            verifier or b"",
            known.secret,
            known.ek,
            known.ak,
            self._public(side),
        )

    def _public(self, side: Side) -> bytes | None:
        return self._seen.known.client_public if side == "client" else self._seen.known.server_public

    def _lacks(self, mechanism: int, side: Side, title: bytes | None, verifier: bytes | None) -> str | None:
        known = self._seen.known
        if mechanism not in HLS:
            return f"authentication mechanism {mechanism} is not known here"
        if mechanism == Mechanism.GMAC and (known.ek is None or known.ak is None):
            return "GMAC wants the encryption and the authentication key: give --ek and --ak"
        if mechanism == Mechanism.GMAC and not title:
            return f"the {side}'s system title is not in the capture: give --system-title or --server-title"
        if mechanism in WITH_TITLES and not (title and verifier):
            return "both system titles are wanted and not in the capture: give --system-title and --server-title"
        if mechanism in WITH_SECRET and not known.secret:
            return "the HLS secret was not given: give --password"
        if mechanism == Mechanism.ECDSA and not self._public(side):
            return f"the signing key of the {side} was not given: give --{side}-public"
        return None


def _opening(mechanism: int | None, title: bytes | None, name: str, challenge: bytes | None) -> Mapping[str, str]:
    shown = {
        "mechanism": None if mechanism is None else _mechanism(mechanism),
        "system_title": None if title is None else title.hex(),
        name: None if challenge is None else challenge.hex(),
    }
    return {name: value for name, value in shown.items() if value is not None}


def _mechanism(number: int) -> str:
    names = {mechanism.value: mechanism.name for mechanism in Mechanism}
    return f"{number} ({names.get(number, 'unknown')})"


def _said(fault: ExceptionResponse) -> str:
    if fault.invocation_counter is None:
        return fault.words
    return f"{fault.words}: it expects {fault.invocation_counter}"
