"""What both sides agreed on when an association was opened."""

from __future__ import annotations

from dataclasses import dataclass

from dlmskit.client.conversation import Conversation
from dlmskit.data.conformance import Conformance
from dlmskit.link.hdlc.parameters import HdlcParameters


@dataclass(frozen=True, slots=True)
class AssociationFacts:
    """The facts of one association.

    conformance          services both sides know
    max_pdu_sent         largest APDU the meter takes, in octets; 0: no limit
    max_pdu_received     largest APDU we take
    server_system_title  the meter's, 8 octets; None where it did not say
    hdlc                 link parameters as agreed; None over the wrapper
    """

    client: int
    server: int
    auth: str
    level: str
    conformance: Conformance
    max_pdu_sent: int
    max_pdu_received: int
    server_system_title: bytes | None
    hdlc: HdlcParameters | None


def facts_of(conversation: Conversation) -> AssociationFacts:
    """The facts of an association that was opened."""
    association, options = conversation.association, conversation.plan.options
    security, protection = conversation.plan.security, association.protection
    return AssociationFacts(
        options.client,
        options.server,
        options.auth,
        security.level if security is not None else "none",
        association.context.conformance,
        association.context.max_send,
        options.max_pdu,
        protection.peer_title if protection is not None else None,
        association.link_parameters,
    )
