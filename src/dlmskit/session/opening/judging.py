"""Opening an association, server side: an AARQ weighed against what is served.

`judge` gives a verdict and changes nothing; `responder.py` carries it out.
Source: Green Book, COSEM-OPEN, AARE result and diagnostics, xDLMS initiate errors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from dlmskit.apdu.acse import Aarq, ApplicationContext
from dlmskit.apdu.codec import decode
from dlmskit.apdu.initiate import InitiateRequest
from dlmskit.data.conformance import Conformance
from dlmskit.errors import ChallengeRefused, DlmsError
from dlmskit.security.attempts import Attempts
from dlmskit.security.counters import Received
from dlmskit.security.keys import fingerprint
from dlmskit.security.mechanisms import HlsMechanism, Mechanism, check_challenge, hls_of, verify_password
from dlmskit.security.suites import SUITES
from dlmskit.session.context import Ciphering
from dlmskit.session.naming import ShortNames
from dlmskit.session.opening.asking import AUTHENTICATION_REQUIRED, SMALLEST_PDU, application_context, challenge_length
from dlmskit.session.protection.policy import Policy
from dlmskit.session.protection.protection import Protection
from dlmskit.tolerances import DEFAULT, Tolerances

DLMS_VERSION = 6
USER, PROVIDER = 1, 2
CONTEXT_NAME, CALLING_TITLE, CALLING_USER, MECHANISM_UNKNOWN, MECHANISM_REQUIRED, AUTHENTICATION_FAILURE = (
    2,
    3,
    6,
    11,
    12,
    13,
)
NO_REASON, NO_COMMON_VERSION = 1, 2
VERSION_TOO_LOW, INCOMPATIBLE_CONFORMANCE, PDU_SIZE_TOO_SHORT, REFUSED_BY_HANDLER = 1, 2, 3, 4


@dataclass(frozen=True, slots=True, eq=False)
class ServedAssociation:
    """One association a logical device offers, to one client.

    required    protection bits every service must come with, whatever the policy
    attempts    who got authentication wrong, and may try again when, for all associations of a device; None: at once
    users       number and name of each user of the client that may associate; none: any user, and none named
    is_pre_established  the association is there without AARQ, with `conformance` and `max_pdu` agreed on beforehand
    policy      the security policy in force, which may be raised while it is served
    received    counters of clients, kept over associations
    password    for low-level authentication, and the secret of the HLS mechanisms that have one
    challenge_length  of StoC, in octets; None for the usual one
    hls         the maker's own mechanism, for mechanism 2
    title       own system title, where nothing is ciphered and the mechanism proves it
    short_names gives the names that stand for what is served now; None for an association by logical names
    """

    mechanism: int = Mechanism.NONE
    password: bytes | None = field(default=None, repr=False)
    ciphering: Ciphering | None = None
    required: int = 0
    policy: Policy = field(default_factory=Policy)
    conformance: Conformance = Conformance(0)
    max_pdu: int = 1024
    challenge_length: int | None = None
    tolerances: Tolerances = DEFAULT
    received: Received = field(default_factory=Received)
    attempts: Attempts | None = None
    inactivity_s: float | None = None
    users: dict[int, str] = field(default_factory=dict)
    is_pre_established: bool = False
    hls: HlsMechanism | None = None
    title: bytes | None = None
    short_names: Callable[[], ShortNames] | None = None

    @property
    def demanded(self) -> int:
        """The protection bits a request must come with now."""
        return self.required | self.policy.request

    @property
    def own_title(self) -> bytes | None:
        """The system title, where the association tells it."""
        return self.title if self.ciphering is None else self.ciphering.title

    @property
    def stoc_length(self) -> int:
        """How long our challenge is."""
        return challenge_length(hls_of(self.mechanism, self.hls), self.challenge_length)

    @property
    def contexts(self) -> frozenset[ApplicationContext]:
        return frozenset({application_context(self.ciphering, by_short_names=self.short_names is not None)})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the AARE will say.

    result          0 accepted, 1 rejected-permanent, 2 rejected-transient
    initiate_error  carried in the AARE for an initiate that failed
    """

    result: int
    source: int = USER
    diagnostic: int = 0
    initiate_error: int | None = None
    initiate: InitiateRequest | None = None
    is_hls: bool = False


def refuse(diagnostic: int, source: int = USER, *, initiate_error: int | None = None) -> Verdict:
    """A rejection, permanent."""
    return Verdict(1, source, diagnostic, initiate_error)


#: Too many wrong attempts: not even a right one is looked at now.
NOT_NOW = Verdict(2, USER, NO_REASON)


def judge(aarq: Aarq, served: ServedAssociation | None, protection: Protection | None) -> Verdict:
    """Whether this AARQ opens this association, and what the AARE says."""
    if served is None:
        return refuse(NO_REASON)
    if aarq.protocol_version is not None and not aarq.protocol_version.startswith("1"):
        return refuse(NO_COMMON_VERSION, PROVIDER)
    if aarq.application_context not in served.contexts:
        return refuse(CONTEXT_NAME)
    wrong = _judge_caller(aarq, served)
    if wrong is not None:
        return wrong
    try:
        initiate = _initiate(aarq, protection, served.demanded)
    except DlmsError:  # one answer, whatever does not fit
        return refuse(AUTHENTICATION_FAILURE if protection else NO_REASON)
    return _judge_initiate(initiate, served)


def _judge_caller(aarq: Aarq, served: ServedAssociation) -> Verdict | None:
    if served.users and aarq.calling_ae_invocation_id not in served.users:
        return refuse(CALLING_USER)
    title = aarq.calling_ap_title or b""
    if served.ciphering is not None and (len(title) != 8 or title == served.ciphering.title):
        return refuse(CALLING_TITLE)  # under our own title it would share our IVs, and be sent our own APDUs back
    if served.mechanism == Mechanism.NONE:
        return refuse(MECHANISM_UNKNOWN) if aarq.mechanism else None
    if not aarq.mechanism or not aarq.sender_acse_requirements:
        return refuse(AUTHENTICATION_REQUIRED)
    if aarq.mechanism != served.mechanism:
        return refuse(MECHANISM_UNKNOWN)
    given = aarq.calling_authentication_value or b""
    if served.mechanism == Mechanism.LOW:
        return None if verify_password(given, served.password or b"") else refuse(AUTHENTICATION_FAILURE)
    try:
        check_challenge(given, b"", sizes=hls_of(served.mechanism, served.hls).challenge_sizes)
    except ChallengeRefused:
        return refuse(AUTHENTICATION_FAILURE)
    return None


def _initiate(aarq: Aarq, protection: Protection | None, required: int) -> InitiateRequest:
    found = decode(aarq.user_information or b"")
    if protection is not None and not isinstance(found, InitiateRequest):
        found = decode(protection.unwrap(found, required)[0])
    elif protection is not None and protection.ciphering.initiate:
        raise ChallengeRefused("the initiate came unprotected")
    if not isinstance(found, InitiateRequest):
        raise ChallengeRefused("no initiate")
    return found


def _judge_initiate(initiate: InitiateRequest, served: ServedAssociation) -> Verdict:
    error = None
    if initiate.proposed_dlms_version_number < DLMS_VERSION:
        error = VERSION_TOO_LOW
    elif not initiate.proposed_conformance & served.conformance:
        error = INCOMPATIBLE_CONFORMANCE
    elif 0 < initiate.client_max_receive_pdu_size < SMALLEST_PDU:
        error = PDU_SIZE_TOO_SHORT
    elif initiate.dedicated_key is not None and not _is_fresh_key(initiate.dedicated_key, served):
        error = REFUSED_BY_HANDLER
    if error is not None:
        return refuse(NO_REASON, initiate_error=error)
    is_hls = served.mechanism > Mechanism.LOW
    is_announced = is_hls and not served.tolerances.unannounced_challenge
    return Verdict(0, USER, AUTHENTICATION_REQUIRED if is_announced else 0, initiate=initiate, is_hls=is_hls)


def _is_fresh_key(octets: bytes, served: ServedAssociation) -> bool:
    if served.ciphering is None or fingerprint(octets) in served.received.dedicated:
        return False
    return len(octets) == SUITES[served.ciphering.control & 0x0F].key_size and any(octets)
