"""Opening an association, client side: what is asked, and what of the answer is accepted.

Pure functions over settings and APDUs; `requester.py` sends and receives. A meter that answers with less than was
asked (another context, a weaker mechanism, an unprotected initiate, more conformance than proposed) is refused.
Source: Green Book, COSEM-OPEN, HLS passes 1 to 4.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from dlmskit.apdu.acse import Aare, Aarq, ApplicationContext
from dlmskit.apdu.base import MethodDescriptor
from dlmskit.apdu.codec import Apdu, decode
from dlmskit.apdu.faults import ConfirmedServiceError
from dlmskit.apdu.initiate import InitiateRequest, InitiateResponse
from dlmskit.data.conformance import Conformance
from dlmskit.data.value import Tag, Value
from dlmskit.errors import (
    AuthenticationFailed,
    DowngradeRefused,
    InitiateRefused,
    MissingKey,
    RemoteProtocolError,
    UsageError,
    association_refused,
)
from dlmskit.security.counters import Received
from dlmskit.security.mechanisms import HlsFacts, HlsMechanism, Mechanism, check_challenge, hls_of
from dlmskit.security.pairs import KeyUse
from dlmskit.session.context import CLIENT_CONFORMANCE, Ciphering, Context
from dlmskit.session.naming import NameBook
from dlmskit.session.protection.protection import Protection
from dlmskit.session.services.advertised import Services
from dlmskit.tolerances import DEFAULT, Tolerances

#: reply_to_HLS_authentication of the current association.
REPLY_TO_HLS = MethodDescriptor(15, bytes((0, 0, 40, 0, 0, 255)), 1)
AUTHENTICATION_REQUIRED = 14
REJECTED_TRANSIENT = 2
#: A server may take no less than this. Source: Green Book, client-max-receive-pdu-size.
SMALLEST_PDU = 12


class Pair(NamedTuple):
    """Something both sides have: ours and the peer's."""

    own: bytes | None
    peer: bytes | None


@dataclass(frozen=True, slots=True)
class ClientSettings:
    """What a client asks for when it opens an association.

    hls         the maker's own mechanism, for mechanism 2
    title       own system title where nothing is ciphered; HLS-SHA256 proves it
    password    for low-level authentication, and the secret of the HLS mechanisms that have one
    challenge   CtoS, fresh random octets from the edge, for HLS
    required    conformance bits without which the association is useless to the caller
    timeout_s   for each answer
    object_delay_s  pause between two requests
    repeats     how often a request that may be repeated is sent anew after a time-out
    use_release send RLRQ when closing; over HDLC the DISC says it already

    require_protected_responses  take only answers that are protected like our requests
    received                     counters of the meter, kept over associations
    services                     what is known of the meter's services, kept over associations
    names                        the meter's short names, to be found out; None for an association by logical names
    is_pre_established           the meter holds the association at all times: no AARQ, no RLRQ, and `conformance` and
                                 `max_pdu` are what was agreed on beforehand
    """

    mechanism: int = Mechanism.NONE
    password: bytes | None = field(default=None, repr=False)
    challenge: bytes = field(default=b"", repr=False)
    ciphering: Ciphering | None = None
    conformance: Conformance = CLIENT_CONFORMANCE
    required: Conformance = Conformance(0)
    max_pdu: int = 0xFFFF
    quality_of_service: int | None = None
    user_id: int | None = None
    high_priority: bool = True
    timeout_s: float = 5.0
    object_delay_s: float = 0.0
    repeats: int = 0
    use_release: bool = True
    require_protected_responses: bool = True
    received: Received | None = None
    is_pre_established: bool = False
    tolerances: Tolerances = DEFAULT
    hls: HlsMechanism | None = None
    title: bytes | None = None
    services: Services = field(default_factory=Services)
    names: NameBook | None = None

    @property
    def own_title(self) -> bytes | None:
        """Our system title, where the association tells it."""
        return self.title if self.ciphering is None else self.ciphering.title

    @property
    def application_context(self) -> ApplicationContext:
        return application_context(self.ciphering, by_short_names=self.names is not None)


def application_context(ciphering: Ciphering | None, *, by_short_names: bool) -> ApplicationContext:
    """How objects are named in an association, and whether APDUs may be ciphered."""
    if by_short_names:
        return ApplicationContext.SN if ciphering is None else ApplicationContext.SN_CIPHERED
    return ApplicationContext.LN if ciphering is None else ApplicationContext.LN_CIPHERED


def build_aarq(settings: ClientSettings, protection: Protection | None) -> Aarq:
    """The AARQ for these settings; takes one invocation counter where the initiate is ciphered."""
    ciphering, mechanism = settings.ciphering, settings.mechanism
    initiate = InitiateRequest(
        dedicated_key=ciphering.dedicated if ciphering else None,
        proposed_quality_of_service=settings.quality_of_service,
        proposed_conformance=settings.conformance,
        client_max_receive_pdu_size=settings.max_pdu,
    ).to_bytes()
    return Aarq(
        application_context=settings.application_context,
        calling_ap_title=settings.own_title,
        calling_ae_qualifier=protection.certificate if protection else None,
        calling_ae_invocation_id=settings.user_id,
        sender_acse_requirements=mechanism != Mechanism.NONE,
        mechanism=mechanism or None,
        calling_authentication_value=_proof_of_caller(settings),
        user_information=protection.wrap_initiate(initiate) if protection else initiate,
    )


def _proof_of_caller(settings: ClientSettings) -> bytes | None:
    if settings.mechanism == Mechanism.NONE:
        return None
    if settings.mechanism == Mechanism.LOW:
        if settings.password is None:
            raise UsageError("low-level authentication needs a password")
        return settings.password
    return settings.challenge


def check_settings(settings: ClientSettings) -> None:
    """Refuse settings that cannot work, before anything is sent. Raises UsageError or MissingKey."""
    if settings.is_pre_established:
        _check_pre_established(settings)
    if settings.mechanism not in (Mechanism.NONE, Mechanism.LOW):
        sizes = hls_of(settings.mechanism, settings.hls).challenge_sizes
        if len(settings.challenge) not in sizes:
            raise UsageError(
                f"a challenge for mechanism {settings.mechanism} has {sizes.start} to {sizes.stop - 1} octets"
            )
        if settings.mechanism == Mechanism.GMAC and settings.ciphering is None:
            raise MissingKey("HLS-GMAC needs the encryption key, the authentication key and a system title")
    _proof_of_caller(settings)


def _check_pre_established(settings: ClientSettings) -> None:
    if settings.mechanism != Mechanism.NONE:
        raise UsageError("a pre-established association is not authenticated when it is opened: leave auth away")
    ciphering = settings.ciphering
    if ciphering is not None and ciphering.dedicated is not None:
        raise UsageError("a pre-established association has no opening that could carry a dedicated key")
    if ciphering is not None and ciphering.peer_title is None:
        raise UsageError("no AARE tells the meter's system title in a pre-established association: give server_title")


def agree_beforehand(settings: ClientSettings, context: Context, protection: Protection | None) -> None:
    """The context of a pre-established association."""
    context.conformance, context.max_send = settings.conformance, settings.max_pdu
    context.overhead = protection.overhead if protection else 0


def accept_aare(aare: Aare, settings: ClientSettings, context: Context, protection: Protection | None) -> bytes | None:
    """Take over what the meter agreed to; StoC where passes 3 and 4 must follow, else None.

    Raises AssociationRefused, InitiateRefused, DowngradeRefused, SecurityError or RemoteProtocolError.
    """
    if protection is not None and aare.responding_ap_title is not None:
        _check_title(aare.responding_ap_title, protection)
        protection.shown = aare.responding_ae_qualifier
    if aare.result:
        raise _refusal(aare)
    if aare.application_context != settings.application_context:
        raise DowngradeRefused(
            f"application context {int(settings.application_context)} was asked for, {aare.application_context} came"
        )
    _accept_initiate(aare, settings, context, protection)
    if settings.mechanism <= Mechanism.LOW:
        return None
    return _challenge_of_server(aare, settings)


def _refusal(aare: Aare) -> Exception:
    error = _initiate_error(aare.user_information)
    if error is not None:
        return initiate_refused(error)
    transient = aare.result == REJECTED_TRANSIENT
    return association_refused(aare.diagnostic, provider=aare.diagnostic_source == 2, transient=transient)


def initiate_refused(error: ConfirmedServiceError) -> InitiateRefused:
    """The meter's word that initiate failed, in the AARE or in place of it."""
    return InitiateRefused(f"association refused: {error.words}", code=error.code, category=error.category)


def _initiate_error(user_information: bytes | None) -> ConfirmedServiceError | None:
    if not user_information or user_information[0] != ConfirmedServiceError.tag[0]:
        return None
    found = decode(user_information)
    return found if isinstance(found, ConfirmedServiceError) else None


def _check_title(title: bytes, protection: Protection) -> None:
    if len(title) != 8:
        raise RemoteProtocolError(f"the meter's system title has {len(title)} octets, not 8", data=title)
    if protection.peer_title is not None and protection.peer_title != title:
        raise AuthenticationFailed(
            "the meter's system title is not the one that was named",
            hints=("another meter answers: check its address and server_title",),
        )
    if title == protection.ciphering.title:
        raise AuthenticationFailed(
            "the meter answers with our own system title", hints=("it is an echo: give us a system_title of our own",)
        )
    protection.peer_title = title


def _accept_initiate(aare: Aare, settings: ClientSettings, context: Context, protection: Protection | None) -> None:
    if aare.user_information is None:
        raise RemoteProtocolError("the AARE carries no InitiateResponse")
    found: Apdu = decode(aare.user_information)
    if isinstance(found, ConfirmedServiceError):
        raise initiate_refused(found)
    if protection is not None:
        if isinstance(found, InitiateResponse):
            raise DowngradeRefused("the initiate was sent protected and answered unprotected")
        try:
            plain, _ = protection.unwrap(found, protection.ciphering.initiate)
        except AuthenticationFailed as error:
            raise AuthenticationFailed("the meter's answer to the AARQ does not verify", hints=error.hints) from None
        found = decode(plain)
    if not isinstance(found, InitiateResponse):
        raise RemoteProtocolError(f"the AARE carries {found.name} for an InitiateResponse", data=aare.user_information)
    _agree(found, settings, context, protection)


def _agree(found: InitiateResponse, settings: ClientSettings, context: Context, protection: Protection | None) -> None:
    agreed = found.negotiated_conformance
    if agreed & ~settings.conformance and not settings.tolerances.conformance_beyond_proposal:
        raise DowngradeRefused("the meter agreed to services that were not proposed")
    if settings.required & ~agreed:
        raise DowngradeRefused(f"the meter does not agree to {settings.required & ~agreed!r}")
    if found.negotiated_dlms_version_number < 6:
        raise RemoteProtocolError(f"DLMS version {found.negotiated_dlms_version_number}, 6 is needed")
    if 0 < found.server_max_receive_pdu_size < SMALLEST_PDU:
        raise RemoteProtocolError(f"the meter takes APDUs of {found.server_max_receive_pdu_size} octets at most")
    context.conformance = agreed & settings.conformance
    context.max_send = found.server_max_receive_pdu_size
    context.overhead = protection.overhead if protection else 0


def _challenge_of_server(aare: Aare, settings: ClientSettings) -> bytes:
    if not _is_challenged(aare, settings.tolerances):
        raise DowngradeRefused("high-level authentication was asked for, the meter accepts without")
    if aare.mechanism is not None and aare.mechanism != settings.mechanism:
        raise DowngradeRefused(f"authentication mechanism {settings.mechanism} was asked for, {aare.mechanism} came")
    challenge = aare.responding_authentication_value or b""
    sizes = hls_of(settings.mechanism, settings.hls).challenge_sizes
    check_challenge(challenge, settings.challenge, sizes=sizes)
    return challenge


def _is_challenged(aare: Aare, tolerances: Tolerances) -> bool:
    if tolerances.unannounced_challenge and aare.responding_authentication_value and not aare.diagnostic:
        return True
    return aare.diagnostic == AUTHENTICATION_REQUIRED and aare.diagnostic_source == 1


def challenge_length(mechanism: HlsMechanism, wanted: int | None) -> int:
    """How long our challenge is: as wanted, else 16 octets or what the mechanism takes at least."""
    return wanted or max(16, mechanism.challenge_sizes.start)


def hls_facts(challenges: Pair, titles: Pair, secret: bytes | None, protection: Protection | None) -> HlsFacts:
    """What one side knows for passes 3 and 4: challenges and titles, its own first, and keys or a secret."""
    facts = HlsFacts(
        titles.own or b"", titles.peer or b"", challenges.own or b"", challenges.peer or b"", secret=secret
    )
    if protection is None:
        return facts
    keys, suite = protection.ciphering.keys, protection.ciphering.control & 0x0F
    return replace(
        facts,
        sign=lambda data: keys.signer(suite).sign(data),
        peer_public=lambda: keys.public_key(facts.peer_title, KeyUse.SIGNATURE, suite, shown=protection.shown),
        control=protection.ciphering.control,
        key=protection.encryption_key,
        ak=protection.authentication_key,
    )


def octets_of(value: Value | object) -> bytes:
    """The octet-string an HLS pass carries. Raises RemoteProtocolError for anything else."""
    if isinstance(value, Value) and value.tag == Tag.OCTET_STRING and isinstance(value.value, bytes):
        return value.value
    raise RemoteProtocolError("an HLS pass carries no octet-string")
